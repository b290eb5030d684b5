/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netns.h - what the files of `nswatch netns` share. */
#ifndef NSWATCH_CMD_NETNS_H
#define NSWATCH_CMD_NETNS_H

#include "cmd/cmd.h"
#include "cmd/lookback.h"
#include "snapshot/boxed.h"
#include "snapshot/netref.h"
#include "kernel/netlink.h"
#include "out/columns.h"

struct netns_opts {
	struct form form;
	struct opt_list containers;
	struct lookback_opts past;
	bool details, force;
	bool all, l; /* -all, as ip takes it, is -a -l -l */
	bool ip;     /* as ip-netns(8): netns_ip.h */
};

struct netns {
	const struct netns_opts *o;
	struct snapshot d;
	struct boxed boxed; /* what --container chose */
	struct columns cols;
	struct netlink nl; /* of this net namespace, to ask for ids */
};

/* Columns of list, and those that are always shown. */
extern const struct column netns_cols[];
#define NETNS_SHOWN "NAME,NSID,NETNS"

/* A socket to ask with, opened once. */
int netns_socket(struct netns *n, struct err *err);

/* Commands, with their operands (NULL-ended); exit statuses. */
int netns_list(struct netns *n, char **args);
int netns_list_id(struct netns *n, char **args);
int netns_add(struct netns *n, char **args);
int netns_attach(struct netns *n, char **args);
int netns_delete(struct netns *n, char **args);
int netns_set(struct netns *n, char **args);
int netns_exec(struct netns *n, char **args);
int netns_identify(struct netns *n, char **args);
int netns_pids(struct netns *n, char **args);
int netns_monitor(struct netns *n, char **args);

/* `nswatch netns --ip`; argv[0] is no argument. An exit status of ip(8). */
int netns_ip(int argc, char **argv);

/* A wrong operand: says so; EXIT_USAGE. */
int netns_wrong(const struct err *err);

#endif
