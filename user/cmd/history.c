// SPDX-License-Identifier: GPL-2.0-or-later
/* history.c - `nswatch history`: events of the past. */
#include <errno.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "lib/err.h"
#include "lib/util.h"
#include "sink/lines.h"

static int take_since(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;

	return when_parse(arg, &o->now, &o->since);
}

static int take_until(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;

	return when_parse(arg, &o->now, &o->until);
}

#define S struct trace_opts

static const struct opt rows[] = {
	{0, "since", "WHEN", OPT_CALL(take_since), .expect = WHEN_EXPECT, .group = "Which time",
		.help = "only events from this time on: `10m ago`, `yesterday 03:00`, `14:03`, an "
			"ISO 8601 date, `@boot`"},
	{0, "until", "WHEN", OPT_CALL(take_until), .expect = WHEN_EXPECT,
		.help = "only events up to this time"},
	{'f', "follow", NULL, OPT_FLAG(S, follow_db),
		.help = "show also what is recorded from now on, until Ctrl-C"},
	TRACE_ROWS_KIND,
	{0, "descendants", NULL, OPT_FLAG(S, follow),
		.help = "with --pid: also what their descendants did"},
	{'n', "ns", "NS,...", OPT_LIST(S, nss), .commas = true,
		.help = "only events that name one of these namespaces: net:[4026532938] or "
			"4026532938, whichever namespace had that number then"},
	TRACE_ROWS_WHO,
	{0, "count", "N", OPT_U64(S, count), .min = 1, .has = OPT_HAS(S, has_count),
		.help = "end after N events"},
	{0, "db", "FILE", OPT_STR(S, db), .complete = OPT_C_FILE, .group = "The database",
		.help = "read FILE (default: one's own history where there is one, else that of "
			"the host)"},
	TRACE_ROWS_OUTPUT,
	{'w', "write", "FILE", OPT_STR(S, write_to), .complete = OPT_C_FILE,
		.help = "write the events to a recording for `nswatch trace -r`"},
	{'q', "quiet", NULL, OPT_FLAG(S, quiet),
		.help = "do not say which spans of that time were not recorded"},
	{0, "strict", NULL, OPT_FLAG(S, strict),
		.help = "exit with status 4 if events are missing"},
	TRACE_ROWS_LISTS,
	OPT_HELP_ROWS,
};

const struct opts_spec history_spec = {
	.name = "nswatch history",
	.summary = "Shows what happened to Linux namespaces, as `nswatch record` recorded it.",
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.no_operands = true,
	.columns = lines_cols,
	.shown = LINES_DEFAULT,
	.notes = "Needs no rights but to read the database.",
	.examples = (const struct opts_pair[]){{"nswatch history --since '10m ago'",
						       "the last ten minutes"},
		{"nswatch history --since 'yesterday 03:00' --until 'yesterday 03:05' -t net",
			"net namespaces and their devices, that night"},
		{"nswatch history -Q 'result < 0' -J", "all calls that failed, as JSON Lines"},
		{"nswatch history --follow", "what is recorded from now on, too"}, {0}},
	.exits = (const struct opts_pair[]){{"0", "the events were shown, or there are none"},
		{"1", "the database can't be read"}, {"2", "wrong usage"},
		{"4", "events are missing (a lost event says which), with --strict"}, {0}},
};

int cmd_history(int argc, char **argv)
{
	struct trace_opts o;
	struct trace_command none = {0};
	struct opts_rest rest;
	int status = trace_read(&history_spec, &o, argc, argv, &rest);

	if (status < 0) {
		o.from_history = true;
		status = trace_settle(&o, &rest, &none);
	}
	if (status < 0)
		status = trace_run(&o, &none);
	trace_opts_free(&o);
	return status;
}
