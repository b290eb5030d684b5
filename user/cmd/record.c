// SPDX-License-Identifier: GPL-2.0-or-later
/* record.c - `nswatch record`: a trace into the history, with a service's defaults. */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "history/db.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "lib/util.h"

#define RING_SIZE (8U << 20) /* a disk may keep it waiting */

/* Bytes, with K, M or G. */
static int take_size(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;
	uint64_t v;
	int r = parse_size(arg, &v);

	if (r)
		return r;
	if (v < HIST_SIZE_MIN || v > 1ULL << 46)
		return -ERANGE;
	o->keep.size = v;
	return 0;
}

static int take_age(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;
	int64_t age;
	int r = when_span(arg, &age);

	if (r)
		return r;
	if (age < 60 * 1000000000LL)
		return -ERANGE;
	o->keep.age = (uint64_t)age;
	return 0;
}

#define S struct trace_opts

static const struct opt rows[] = {
	{0, "db", "FILE", OPT_STR(S, db), .complete = OPT_C_FILE, .group = "The database",
		.help = "record into FILE (default: /var/lib/nswatch/history.db for root and for a "
			"service, else $XDG_STATE_HOME/nswatch/history.db)"},
	{0, "keep-size", "SIZE", OPT_CALL(take_size), .expect = "a size from 2M on: 256M, 2G",
		.help = "remove what is oldest when the database, its log included, would become "
			"larger (default 256M)"},
	{0, "keep-age", "TIME", OPT_CALL(take_age), .expect = "a time from 1m on: 30d, 12h",
		.help = "remove what is older (default 30d)"},
	{0, "args", NULL, OPT_FLAG(S, keep.args),
		.help = "keep the arguments of programs, too; passwords may stand there"},
	{'r', "read", "FILE", OPT_STR(S, read_from), .exclude = 4, .complete = OPT_C_FILE,
		.help = "record the events of a recording, or of the output of --json; needs no "
			"rights"},
	TRACE_ROWS_KIND,
	{0, "follow", NULL, OPT_FLAG(S, follow),
		.help = "with --pid: also what their descendants do"},
	{'n', "ns", "NS,...", OPT_LIST(S, nss), .commas = true,
		.help = "only events that name one of these namespaces"},
	TRACE_ROWS_WHO,
	{0, "count", "N", OPT_U64(S, count), .min = 1, .has = OPT_HAS(S, has_count),
		.group = "How long", .help = "end after N events"},
	{0, "duration", "TIME", OPT_DURATION(S, duration), .has = OPT_HAS(S, has_duration),
		.help = "end after this time: 5, 500ms, 2m"},
	{'q', "quiet-start", NULL, OPT_FLAG(S, quiet), .group = "Messages",
		.help = "nothing on standard error at the start and at the end, except errors and "
			"losses"},
	{0, "debug", NULL, OPT_FLAG(S, debug), .help = "show what libbpf says"},
	TRACE_ROWS_HOW,
	{0, "strict", NULL, OPT_FLAG(S, strict),
		.help = "exit with status 4 if events are missing"},
	OPT_HELP_ROWS,
};

const struct opts_spec record_spec = {
	.name = "nswatch record",
	.summary = "Records what happens to Linux namespaces into a database that stays bounded.",
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.no_operands = true,
	.notes = "Records until a signal ends it. `nswatch history` shows what was recorded, also "
		 "while the recorder runs.",
	.examples = (const struct opts_pair[]){{"nswatch record", "record with the defaults"},
		{"nswatch record --db /tmp/h.db --keep-size 16M --duration 1s",
			"a second into another file"},
		{0}},
	.exits = (const struct opts_pair[]){{"0", "ended as asked"},
		{"1", "failed while running, or another recorder has the database"},
		{"2", "wrong usage"},
		{"3", "nothing can be traced here: rights or kernel are missing"},
		{"4", "events are missing (a lost event says which), with --strict"}, {0}},
};

int cmd_record(int argc, char **argv)
{
	struct trace_opts o;
	struct trace_command none = {0};
	struct opts_rest rest;
	struct err err = {0};
	int status = trace_read(&record_spec, &o, argc, argv, &rest);

	if (status < 0 && !o.db) {
		if (db_default(true, &o.db_name, &err))
			status = output_fail(&err);
		o.db = o.db_name.s;
	}
	if (status < 0) {
		o.record = true;
		o.ring_size = o.ring_size ? o.ring_size : RING_SIZE;
		status = trace_settle(&o, &rest, &none);
	}
	if (status < 0 && !o.quiet)
		log_say("recording into %s", o.db);
	if (status < 0)
		status = trace_run(&o, &none);
	trace_opts_free(&o);
	return status;
}
