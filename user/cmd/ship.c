// SPDX-License-Identifier: GPL-2.0-or-later
/* ship.c - `nswatch ship`: the events of a history to a stream of NATS JetStream. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/fleet.h"
#include "cmd/trace.h"
#include "history/identity.h"
#include "history/reader.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "lib/util.h"
#include "sink/cursor.h"
#include "sink/ship.h"
#include "source/past.h"
#include "stream/stream.h"

#define WINDOW        2048
#define DUPLICATES_NS (120 * 1000000000ULL)

struct ship_opts {
	struct trace_opts trace; /* first: rows of both */
	struct broker_stream make;
	const char *state;
	uint64_t max_rate, window;
	bool once;
};

static int take_age(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ship_opts *o = opts;
	int64_t age;
	int r = when_span(arg, &age);

	if (r)
		return r;
	if (age < 1000000000LL)
		return -ERANGE;
	o->make.max_age_ns = (uint64_t)age;
	return 0;
}

static int take_bytes(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ship_opts *o = opts;

	return parse_size(arg, &o->make.max_bytes);
}

#define S struct ship_opts

static const struct opt rows[] = {
	TRACE_ROWS_KIND,
	TRACE_ROWS_WHO,
	{0, "no-notes", NULL, OPT_FLAG(S, trace.form.no_notes),
		.help = "without the notes that explain events"},
	{0, "since", "WHEN", OPT_CALL(trace_take_since), .expect = WHEN_EXPECT,
		.help = "only events from this time on (default: all that the history has)"},
	{0, "db", "FILE", OPT_STR(S, trace.db), .complete = OPT_C_FILE, .group = "How to ship",
		.help = "ship the history in FILE (default: one's own history where there is one, "
			"else that of the host)"},
	{0, "state", "DIR", OPT_STR(S, state), .complete = OPT_C_DIR,
		.help = "keep in DIR how far it was shipped (default: /var/lib/nswatch-ship for "
			"root and for a service, else $XDG_STATE_HOME/nswatch/ship)"},
	{0, "once", NULL, OPT_FLAG(S, once),
		.help = "end when all that was recorded is shipped; fail where the servers take "
			"nothing, instead of waiting for them"},
	{0, "max-rate", "N", OPT_U64(S, max_rate), .min = 1, .max = 10000000,
		.help = "ship at most N events a second; others wait in the history"},
	{0, "window", "N", OPT_U64(S, window), .min = 1, .max = 65536,
		.help = "at most N events may wait for their acknowledgement (default 2048)"},
	{'q', "quiet", NULL, OPT_FLAG(S, trace.quiet),
		.help = "nothing on standard error but errors"},
	FLEET_ROWS(S, trace.broker),
	{0, "replicas", "N", OPT_U64(S, make.replicas), .min = 1, .max = 5,
		.group = "A stream that is not there yet",
		.help = "make it on so many servers of the cluster (default 1)"},
	{0, "max-age", "TIME", OPT_CALL(take_age), .expect = "a time from 1s on: 30d, 12h",
		.help = "it forgets what is older (default: nothing)"},
	{0, "max-bytes", "SIZE", OPT_CALL(take_bytes), .expect = "a size: 10G",
		.help = "it forgets what is oldest when it becomes larger (default: no limit)"},
	{0, "duplicates", "TIME", OPT_DURATION(S, make.duplicates_ns),
		.help = "how long it knows what it was sent already (default 2m)"},
	OPT_HELP_ROWS,
};

const struct opts_spec ship_spec = {
	.name = "nswatch ship",
	.summary = "Ships what `nswatch record` recorded to a stream of NATS JetStream.",
	.usage = (const char *const[]){"[OPTION...] nats://HOST[:PORT],HOST...", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.permute = true,
	.notes = "Goes on until a signal ends it, and, started again, where it was. The database "
		 "is only read; while no server answers the events wait there. Messages have the "
		 "subject nswatch.v1.HOST.KIND and the JSON of `nswatch trace -J`.",
	.examples =
		(const struct opts_pair[]){{"nswatch ship nats://a,b,c --replicas 3 --max-age 7d",
						   "to a cluster of three servers"},
			{"nswatch ship tls://nats.example:4222 --creds /etc/nswatch/host.creds",
				"by TLS, with credentials"},
			{"nswatch ship nats://localhost --once -e fork-denied",
				"what was recorded of one kind, and end"},
			{0}},
	.exits = (const struct opts_pair[]){{"0", "ended as asked"},
		{"1", "failed: the credentials or the stream were refused, the history or the "
		      "state "
		      "can't be read or written"},
		{"2", "wrong usage"}, {0}},
};

/* --- from where on --------------------------------------------------------------------------- */

/* A database that has fewer events than were shipped was put back from a copy, or lost its last. */
static int64_t after_check(struct ship_opts *o, struct db *db, int64_t at)
{
	int64_t last = db_number(db,
		"SELECT max(coalesce((SELECT max(id) FROM event), 0),"
		" coalesce((SELECT max(id) FROM block), 0))",
		NULL);

	if (last < 0 || at <= last)
		return at;
	log_say("the history ends with event %lld, but %lld were shipped: what has the numbers "
		"between is not shipped again",
		(long long)last, (long long)at);
	return at;
}

/* The database is asked who it is, and the cursor how far it was shipped. */
static int ship_find(struct ship_opts *o, char id[IDENTITY_LEN + 1], struct cursor **ret,
	int64_t *ret_after, struct err *err)
{
	struct hist_reader *reader = NULL;
	int r = hist_open(o->trace.db, &reader, err);

	if (!r)
		r = identity_get(hist_db(reader), id, err);
	if (!r)
		r = cursor_open(o->state,
			o->trace.broker.stream ? o->trace.broker.stream : BROKER_STREAM, id, ret,
			err);
	if (!r)
		*ret_after = after_check(o, hist_db(reader), cursor_at(*ret));
	hist_end(reader);
	return r;
}

/* --- running --------------------------------------------------------------------------------- */

static void ship_tell(const struct ship *s)
{
	auto_buf struct buf b = {0};

	buf_printf(&b, "shipped %llu event%s", (unsigned long long)s->shipped,
		s->shipped == 1 ? "" : "s");
	if (s->duplicates)
		buf_printf(&b, ", of which the stream had %llu already",
			(unsigned long long)s->duplicates);
	if (s->again)
		buf_printf(&b, "; sent %llu again", (unsigned long long)s->again);
	if (s->held)
		buf_printf(&b, "; --max-rate kept %llu waiting", (unsigned long long)s->held);
	log_say("%s", b.s);
}

static int ship_source(struct ship_opts *o, int64_t after, struct source *ret, struct err *err)
{
	const struct past_opts po = {
		.db = o->trace.db,
		.since = o->trace.since,
		.until = INT64_MAX,
		.follow = !o->once,
		.pick = &o->trace.pick,
		.all = true,
		.after = after,
	};

	return past_open(&po, ret, err);
}

static int ship_run(struct ship_opts *o)
{
	const struct stream_opts so = {.quiet = o->trace.quiet};
	char id[IDENTITY_LEN + 1];
	struct ship ship = {
		.broker = &o->trace.broker,
		.make = o->make,
		.id = id,
		.max_rate = o->max_rate,
		.window = o->window,
		.once = o->once,
		.notes = !o->trace.form.no_notes,
		.quiet = o->trace.quiet,
	};
	struct sink_open with = {.form = &o->trace.form, .ctx = &ship};
	struct source source = {0};
	struct stream s;
	struct err err = {0};
	int64_t after = 0;
	int status, r = stream_begin(&s, &so, NULL, NULL, NULL, &err);

	if (!r)
		r = ship_find(o, id, &ship.cursor, &after, &err);
	if (!r)
		r = ship_source(o, after, &source, &err);
	if (!r) {
		stream_open(&s, source);
		ship.reader = past_reader(&source);
		ship.stream = &s;
		r = stream_add(&s, &sink_ship, &o->trace.pick, false, &with, &err);
	}
	if (!r)
		r = stream_run(&s, &err);
	status = stream_end(&s, r, &err);
	if (ship.began && !o->trace.quiet)
		ship_tell(&ship);
	cursor_close(ship.cursor);
	return status;
}

static int ship_check(struct ship_opts *o, const struct opts_rest *rest, struct err *err)
{
	if (!rest->argc) {
		err_say(err, -EINVAL, "the servers are missing");
		err_hint(err, "nswatch ship nats://HOST");
		return -EINVAL;
	}
	if (rest->argc > 1)
		return err_say(err, -EINVAL, "unexpected '%s': servers are separated by commas",
			rest->argv[1]);
	o->trace.broker.servers = rest->argv[0];
	return broker_check(&o->trace.broker, err);
}

int cmd_ship(int argc, char **argv)
{
	struct ship_opts o = {.window = WINDOW, .make.duplicates_ns = DUPLICATES_NS};
	struct trace_command none = {0};
	struct opts_rest rest;
	struct err err = {0};
	int status = trace_read(&ship_spec, &o.trace, argc, argv, &rest);

	if (status < 0 && ship_check(&o, &rest, &err)) {
		log_err(&err);
		status = EXIT_USAGE;
	}
	if (status < 0) {
		o.trace.from_history = true;
		rest.argc = 0;
		status = trace_settle(&o.trace, &rest, &none);
	}
	if (status < 0)
		status = ship_run(&o);
	trace_opts_free(&o.trace);
	return status;
}
