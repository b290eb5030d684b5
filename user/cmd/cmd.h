/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd.h - the commands, as main.c, completion and man pages know them. */
#ifndef NSWATCH_CMD_CMD_H
#define NSWATCH_CMD_CMD_H

#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/caps.h"
#include "lib/opts.h"

/* Exit statuses that all commands share. */
enum {
	EXIT_OK = 0,
	EXIT_FAIL = 1,
	EXIT_USAGE = 2,
	EXIT_CANT = 3, /* this kernel, or these rights, do not allow it */
	EXIT_LOST = 4, /* records were lost, and --strict */
};

struct buf;
struct column;
struct form;
struct ns_tasks;
struct table;

struct cmd {
	const char *name;
	const char *summary;               /* one line of `nswatch --help` */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; an exit status */
	const struct opts_spec *spec;
	uint64_t file_rights; /* of those of the program's file, all it may use: lib/caps.h */
};

/*
 * Which rights of the program's file a command may use, as nswatch(8) lists them. CAP_KILL is
 * not among them: a signal that the user sends through nswatch is the user's.
 */
#define RIGHTS_LOOK                                                                                \
	(CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_SYS_PTRACE) |                       \
		CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_SYS_ADMIN) |                            \
		CAP_BIT(CAP_SYS_RESOURCE) | CAP_BIT(CAP_SYSLOG))
#define RIGHTS_TRACE (RIGHTS_LOOK | CAP_BIT(CAP_NET_BROADCAST))
#define RIGHTS_NONE  0

extern const struct cmd cmds[];
extern const size_t cmds_count;

/* NULL: no command is called so. */
const struct cmd *cmd_find(const char *name);

int cmd_trace(int argc, char **argv);
int cmd_ship(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_enter(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_netns(int argc, char **argv);
int cmd_netdev(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_report(int argc, char **argv);

extern const struct opts_spec trace_spec, doctor_spec, ls_spec, create_spec, enter_spec,
	explain_spec, netns_spec, netdev_spec, graph_spec, record_spec, history_spec, metrics_spec,
	report_spec;

extern const struct opts_spec ship_spec;

/* What every command does with what opts_parse said; true: exit with *ret_status. */
bool cmd_opts_done(
	const struct opts_spec *spec, int parsed, const struct err *err, int *ret_status);

/* Writes it to standard output: 0, also where the reader went away, or -errno. */
int output_write(const struct buf *b, struct err *err);
/* The same, and says what failed. */
int output_put(const struct buf *b);
/* Says it; EXIT_CANT where rights or the kernel are the reason, else EXIT_FAIL. */
int output_fail(const struct err *err);
/* How many net namespaces could not be looked into; nothing where that is 0. */
void output_unreadable(size_t n);
/* How many processes do not let their namespaces of a type be seen; nothing where all do. */
void output_hidden(const struct ns_tasks *t, const char *type);
/* A table, and what --list-columns shows; exit statuses. name is that of the array in JSON. */
int output_table(const struct form *f, const struct table *t, const char *name, const char *host);
int output_columns(
	const struct form *f, const struct column *all, const char *first, const char *name);

#endif
