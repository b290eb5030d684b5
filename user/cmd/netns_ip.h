/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netns_ip.h - `nswatch netns --ip`, also when called as ip-netns: what ip-netns(8) of iproute2
 * takes, with its output on stdout and its exit statuses. The messages are nswatch's own.
 */
#ifndef NSWATCH_CMD_NETNS_IP_H
#define NSWATCH_CMD_NETNS_IP_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/netns.h"

/* Exit statuses of ip(8), as the shell sees them. */
enum {
	IP_OK = 0,
	IP_FAIL = 1,    /* it could not be done */
	IP_REFUSED = 2, /* the kernel refused it, in its answer to a netlink request */
	IP_WRONG = 255, /* wrong usage; exec: the namespace could not be entered */
};

struct netns_ip {
	struct netns *n;
	bool all, json, pretty, force;
	const char *batch; /* file of commands, NULL: none */
	bool ended;        /* ip would have called exit(3): the rest of a batch is not read */
};

/* Commands, with what stands behind their names (NULL-ended): exit statuses. */
int ip_list(struct netns_ip *ip, int argc, char **args);
int ip_list_id(struct netns_ip *ip, int argc, char **args);
int ip_add(struct netns_ip *ip, int argc, char **args);
int ip_attach(struct netns_ip *ip, int argc, char **args);
int ip_set(struct netns_ip *ip, int argc, char **args);
int ip_delete(struct netns_ip *ip, int argc, char **args);
int ip_exec(struct netns_ip *ip, int argc, char **args);
int ip_identify(struct netns_ip *ip, int argc, char **args);
int ip_pids(struct netns_ip *ip, int argc, char **args);
int ip_monitor(struct netns_ip *ip, int argc, char **args);

/* For completion: the names of commands, and of options that count, NULL behind the last. */
const char *ip_command_name(size_t i);
const char *ip_option_name(size_t i);

/* Says so; IP_WRONG, and a batch ends. */
int ip_wrong(struct netns_ip *ip, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A whole number as strtol(3) reads it with base 0, which must fit into an int. */
bool ip_number(const char *s, int *ret);

#endif
