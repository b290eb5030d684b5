// SPDX-License-Identifier: GPL-2.0-or-later
/* cmds.c - the commands, and what several of them share. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/actions.h"
#include "cmd/cmd.h"
#include "cmd/lookback.h"
#include "cmd/trace.h"
#include "kernel/nstype.h"
#include "kernel/tasks.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/util.h"
#include "out/columns.h"
#include "why/step.h"

/* --- output ----------------------------------------------------------------------------------- */

int output_write(const struct buf *b, struct err *err)
{
	int r = b->len ? fd_write_all(STDOUT_FILENO, b->s, b->len) : 0;

	return r && r != -EPIPE ? err_set(err, r, "write to standard output") : 0;
}

int output_put(const struct buf *b)
{
	struct err err = {0};
	int r = output_write(b, &err);

	if (r)
		log_err(&err);
	return r;
}

int output_table(const struct form *f, const struct table *t, const char *name, const char *host)
{
	struct table_style style = form_style(f, name);
	auto_buf struct buf out = {0};

	style.host = host;
	lookback_style(&style);
	table_print(t, &style, &out);
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}

int output_columns(
	const struct form *f, const struct column *all, const char *first, const char *name)
{
	auto_table struct table t = {0};
	struct form form = *f;

	form.noheadings = true;
	columns_list(all, first, &t);
	return output_table(&form, &t, name, NULL);
}

int output_fail(const struct err *err)
{
	log_err(err);
	return err->code == -EPERM || err->code == -EACCES || err->code == -EROFS ? EXIT_CANT
										  : EXIT_FAIL;
}

/* Of whom to ask for what could not be seen; "" where root asked already. */
static const char *root_can(void)
{
	struct stat st;

	if (geteuid())
		return "; root can";
	if (!stat("/proc/thread-self/ns/user", &st) && st.st_ino != ns_types[NS_USER].initial)
		return "; root outside of this user namespace can";
	return "";
}

void output_unreadable(size_t n)
{
	if (n)
		log_say("%zu net namespace%s could not be looked into%s", n, n == 1 ? "" : "s",
			root_can());
}

void output_hidden(const struct ns_tasks *t, const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += (t->rows[i].flags & (TASK_UNREADABLE | TASK_KTHREAD)) == TASK_UNREADABLE;
	if (n)
		log_say("the %s namespaces of %zu process%s could not be seen%s", type, n,
			n == 1 ? "" : "es", root_can());
}

/* --- create and enter ------------------------------------------------------------------------- */

static void step_tell(const struct step *s, int code, void *ctx)
{
	auto_buf struct buf name = {0}, why = {0};
	char *line, *save = NULL;

	step_name(&name, s);
	if (code >= 0) {
		log_say("step: %s", name.s);
		return;
	}
	log_say("step: %s: %s (%s)", name.s, strerror(-code), strerrorname_np(-code) ?: "?");
	if (!step_explain(s, code, &why))
		return;
	for (line = strtok_r(why.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		log_say("  %s", line);
}

int actions_begin(bool explain)
{
	struct err err = {0};

	if (filecaps_limit(0, &err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	if (explain)
		step_set_witness(step_tell, NULL);
	return 0;
}

int actions_trace(const char *options, char **argv, int (*main)(void *ctx), void *ctx)
{
	auto_free char *words = strdup(options ? options : "");
	auto_free char **v = NULL;
	struct trace_command command = {0};
	struct trace_opts o;
	size_t n = 0, most = strlen(options ? options : "") / 2 + 1;
	int argc, status;
	char *save = NULL;

	for (argc = 0; argv[argc]; argc++)
		;
	v = calloc(most + (size_t)argc + 4, sizeof(*v));
	if (!words || !v) {
		log_say("out of memory");
		return EXIT_FAIL;
	}
	v[n++] = (char *)"trace";
	for (char *w = strtok_r(words, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save))
		v[n++] = w;
	v[n++] = (char *)"--";
	v[n++] = (char *)"nswatch";
	for (int i = 0; i < argc; i++)
		v[n++] = argv[i];
	status = trace_parse(&o, (int)n, v, &command);
	if (status < 0) {
		command.main = main;
		command.ctx = ctx;
		status = trace_run(&o, &command);
	}
	trace_opts_free(&o);
	return status;
}

int actions_dry(const struct plan *plans, size_t n, const void *job)
{
	auto_buf struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		plan_tell(&plans[i], job, &b);
	return output_put(&b) ? EXIT_FAIL : EXIT_OK;
}

const char *actions_program(char **argv)
{
	return argv && argv[0] ? argv[0] : "a login shell";
}

/* --- the table -------------------------------------------------------------------------------- */

/*
 * A command of RIGHTS_LOOK or RIGHTS_TRACE that only acts, or reads a recording, gives up all:
 * create and enter have theirs for --trace alone.
 */
const struct cmd cmds[] = {
	{"trace", "live events; also what `nswatch` alone does", cmd_trace, &trace_spec,
		RIGHTS_TRACE},
	{"ls", "list namespaces; also when called as lsns", cmd_ls, &ls_spec, RIGHTS_LOOK},
	{"create", "run a program in new namespaces; also when called as unshare", cmd_create,
		&create_spec, RIGHTS_TRACE},
	{"enter", "run a program in namespaces that exist; also when called as nsenter", cmd_enter,
		&enter_spec, RIGHTS_TRACE},
	{"explain", "why something went wrong with a process, a namespace, a command", cmd_explain,
		&explain_spec, RIGHTS_TRACE},
	{"netns", "named net namespaces; also when called as ip-netns", cmd_netns, &netns_spec,
		RIGHTS_LOOK},
	{"netdev", "network devices of all net namespaces; moves them", cmd_netdev, &netdev_spec,
		RIGHTS_LOOK},
	{"graph", "draws namespaces: text, SVG, Graphviz", cmd_graph, &graph_spec, RIGHTS_LOOK},
	{"report", "a recording as one HTML page with lanes over time", cmd_report, &report_spec,
		RIGHTS_NONE},
	{"record", "keeps what happens in a bounded database", cmd_record, &record_spec,
		RIGHTS_TRACE},
	{"history", "what happened: events of the past, of such a database", cmd_history,
		&history_spec, RIGHTS_NONE},
	{"ship", "what was recorded to the servers of a fleet", cmd_ship, &ship_spec, RIGHTS_NONE},
	{"metrics", "how the namespaces stand, as metrics for Prometheus", cmd_metrics,
		&metrics_spec, RIGHTS_LOOK},
	{"doctor", "what this kernel allows, hook by hook", cmd_doctor, &doctor_spec, RIGHTS_TRACE},
};

const size_t cmds_count = ARRAY_SIZE(cmds);

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < cmds_count; i++)
		if (!strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

bool cmd_opts_done(const struct opts_spec *spec, int parsed, const struct err *err, int *ret_status)
{
	if (parsed == OPTS_RUN)
		return false;
	*ret_status = EXIT_OK;
	if (parsed == OPTS_HELP) {
		opts_help(spec, stdout, opts_width(stdout));
	} else if (parsed == OPTS_VERSION) {
		printf("nswatch %s\n", NSWATCH_VERSION);
	} else {
		log_err(err);
		if (!err->hint[0])
			log_say("`%s --help` says more", spec->name);
		*ret_status = EXIT_USAGE;
	}
	return true;
}
