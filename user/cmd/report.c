// SPDX-License-Identifier: GPL-2.0-or-later
/* report.c - nswatch report: a recording, or a time of the history, as one HTML page. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/util.h"

#define S struct trace_opts

static const struct opt rows[] = {
	{'r', "read", "FILE", OPT_STR(S, read_from), .complete = OPT_C_FILE, .group = "Files",
		.help = "the recording (`nswatch trace -w FILE`), or the output of `nswatch trace "
			"-J`; - is standard input"},
	{'o', "output", "FILE", OPT_STR(S, write_to), .complete = OPT_C_FILE,
		.help = "the page that is written; standard output without it"},
	TRACE_ROWS_TIME,
	TRACE_ROWS_DB,
	TRACE_ROWS_KIND,
	{'n', "ns", "NS,...", OPT_LIST(S, nss), .commas = true,
		.help = "only events that name one of these namespaces"},
	TRACE_ROWS_WHO,
	OPT_HELP_ROWS,
};

#undef S

const struct opts_spec report_spec = {
	.name = "nswatch report",
	.summary =
		"Show a recording, or what `nswatch record` recorded, as one HTML page: lanes of "
		"namespaces over time.",
	.usage = (const char *const[]){"[OPTION...] -r FILE [-o FILE]",
		"[OPTION...] --since WHEN [-o FILE]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.no_operands = true,
	.notes = "The page loads nothing from elsewhere. It needs no rights to make one. Live, "
		 "`nswatch "
		 "trace --to report:FILE` writes the same page when the trace ends.",
	.examples = (const struct opts_pair[]){{"nswatch report -r t.nsw -o t.html",
						       "of a recording"},
		{"nswatch report -r t.nsw -t net,pid -o t.html", "only of net and pid namespaces"},
		{"nswatch report --since '10m ago' -o t.html",
			"the last ten minutes, by what was recorded"},
		{"nswatch trace -q --to report:t.html --duration 1s", "live, for a second"}, {0}},
	.exits = (const struct opts_pair[]){{"0", "done"}, {"1", "failed while running"},
		{"2", "wrong usage"}, {0}},
};

static int usage(const char *text)
{
	log_say("%s", text);
	log_say("`nswatch report --help` says more");
	return EXIT_USAGE;
}

/* A recording, or a time of the history: not both, and one of them. */
static int origin_check(struct trace_opts *o)
{
	bool time = o->has_since || o->until != INT64_MAX;

	o->from_history = time || o->db;
	if (o->read_from && o->from_history)
		return usage(time ? "--since and --until do not go with --read"
				  : "--db does not go with --read");
	if (!o->read_from && !o->from_history)
		return usage("of which recording, or which time? -r FILE, or --since WHEN");
	if (!o->write_to && isatty(STDOUT_FILENO))
		return usage("a page is nothing for a terminal: -o FILE");
	return -1;
}

int cmd_report(int argc, char **argv)
{
	struct trace_opts o;
	struct trace_command none = {0};
	struct opts_rest rest;
	auto_buf struct buf to = {0};
	int status = trace_read(&report_spec, &o, argc, argv, &rest);

	if (status < 0)
		status = origin_check(&o);
	if (status < 0) {
		buf_puts(&to, "report");
		if (o.write_to)
			buf_printf(&to, ":%s", o.write_to);
		opt_list_add(&o.to, to.s, to.len);
		o.write_to = NULL;
		/* Of a history, the spans that were not recorded are told. */
		o.quiet = !o.from_history;
		status = trace_settle(&o, &rest, &none);
	}
	if (status < 0)
		status = trace_run(&o, &none);
	trace_opts_free(&o);
	return status;
}
