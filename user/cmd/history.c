// SPDX-License-Identifier: GPL-2.0-or-later
/* history.c - `nswatch history`: events of the past. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "event/evfilter.h"
#include "history/life.h"
#include "history/reader.h"
#include "kernel/nstype.h"
#include "lib/err.h"
#include "out/filter.h"
#include "lib/util.h"
#include "sink/lines.h"

#define S          struct trace_opts
#define LISTED_MAX 20 /* namespaces that had one number */

static const struct opt rows[] = {
	TRACE_ROWS_TIME,
	{'f', "follow", NULL, OPT_FLAG(S, follow_db),
		.help = "show also what is recorded from now on, until Ctrl-C"},
	{0, "generation", "ID", OPT_U64(S, generation), .min = 1,
		.help = "of the namespaces that had the number, the one that is listed with this "
			"ID"},
	TRACE_ROWS_KIND,
	{0, "descendants", NULL, OPT_FLAG(S, follow),
		.help = "with --pid: also what their descendants did"},
	{'n', "ns", "NS,...", OPT_LIST(S, nss), .commas = true,
		.help = "only events that name one of these namespaces: net:[4026532938] or "
			"4026532938, whichever namespace had that number then"},
	TRACE_ROWS_WHO,
	{0, "count", "N", OPT_U64(S, count), .min = 1, .has = OPT_HAS(S, has_count),
		.help = "end after N events"},
	TRACE_ROWS_DB,
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
	.usage = (const char *const[]){"[OPTION...]", "[OPTION...] NS | PID | DEVICE | CONTAINER",
		NULL},
	.permute = true,
	.operand = OPT_C_SUBJECT,
	.columns = lines_cols,
	.shown = LINES_DEFAULT,
	.notes = "With an operand, what is known of that namespace, process, network device or "
		 "container comes first, then the events of its life. Needs no rights but to read "
		 "the database.",
	.examples = (const struct opts_pair[]){{"nswatch history --since '10m ago'",
						       "the last ten minutes"},
		{"nswatch history --since 'yesterday 03:00' --until 'yesterday 03:05' -t net",
			"net namespaces and their devices, that night"},
		{"nswatch history -Q 'result < 0' -J", "all calls that failed, as JSON Lines"},
		{"nswatch history 4711", "what process 4711 did, and what was done to it"},
		{"nswatch history --follow", "what is recorded from now on, too"}, {0}},
	.exits = (const struct opts_pair[]){{"0", "the events were shown, or there are none"},
		{"1", "the database can't be read"}, {"2", "wrong usage"},
		{"4", "events are missing (a lost event says which), with --strict"}, {0}},
};

/* --- a life ----------------------------------------------------------------------------------- */

/* What the operand becomes: a selection of events. Texts live as long as o. */
static int life_select(struct trace_opts *o, const struct life_subject *s, struct err *err)
{
	char number[16];
	auto_buf struct buf filter = {0};

	if (s->of == LIFE_NS) {
		snprintf(number, sizeof(number), "%u", s->number);
		if (s->type >= 0)
			buf_printf(&filter, "%s:[%s]", ns_types[s->type].name, number);
		else
			buf_puts(&filter, number);
		opt_list_add(&o->nss, filter.s, filter.len);
		return 0;
	}
	if (s->of == LIFE_CONTAINER) {
		opt_list_add(&o->containers, s->name, strlen(s->name));
		return 0;
	}
	o->by_pid = s->of == LIFE_PID ? s->number : 0;
	o->by_device = s->of == LIFE_DEVICE ? s->name : NULL;
	life_filter(s, &filter);
	if (o->filter_text) {
		/* A filter that is wrong by itself must not become right within brackets. */
		struct filter *own = NULL;
		int r = filter_compile(o->filter_text, &evfilter_names, err, &own);

		filter_free(own);
		if (r)
			return r;
		buf_printf(&o->life_filter, "(%s) && (%s)", filter.s, o->filter_text);
	} else {
		buf_puts(&o->life_filter, filter.s);
	}
	o->filter_text = o->life_filter.s;
	return 0;
}

/* Of several namespaces that had a number one is to be chosen: 1, and it is in *ret; 0: none. */
static int life_choose(struct trace_opts *o, struct db *db, const struct life_subject *s,
	struct life_ns *ret, struct err *err)
{
	struct life_ns of[LISTED_MAX];
	auto_buf struct buf b = {0};
	uint64_t all = 0;
	int n = o->generation ? life_get(db, s, o->generation, ret, err)
			      : life_list(db, s, o->since, o->until, of, LISTED_MAX, &all, err);

	if (n < 0)
		return n;
	if (o->generation)
		return n ? n
			 : err_say(err, -ENOENT,
				   "--generation %llu: none that had the number has it",
				   (unsigned long long)o->generation);
	if (n == 1)
		*ret = of[0];
	if (n < 2)
		return n;
	buf_printf(&b, "%10s  %s\n", "ID", "WHEN");
	for (int i = n; i-- > 0;)
		life_say_short(db, &of[i], &b);
	output_put(&b);
	err_say(err, -EEXIST, "%s%llu namespaces had the number %u%s",
		all < 1000 ? "" : "at least ", (unsigned long long)all, s->number,
		all > (uint64_t)n ? "; these are the latest" : "");
	err_hint(err, "choose one: --generation ID, or --since and --until");
	return -EEXIST;
}

struct naming_of {
	uint32_t inum;
	bool named;
};

/* A source_sink. */
static int event_names(void *ctx, const void *data, size_t size)
{
	struct event_ref refs[EVENT_REFS_MAX];
	struct naming_of *of = ctx;
	struct event ev;
	size_t n = event_decode(data, size, 0, &ev, NULL) ? 0 : event_refs(&ev, refs);

	for (size_t i = 0; i < n; i++)
		of->named |= refs[i].inum == of->inum;
	return of->named ? -ECANCELED : 0;
}

/* A namespace whose life nobody saw may be named by events all the same. */
static int life_unseen(struct hist_reader *reader, const struct life_subject *s,
	const char *operand, struct err *err)
{
	struct naming_of of = {.inum = s->number};
	int64_t key = s->number;
	const struct hist_want want = {
		.until = INT64_MAX, .kinds = ~0ULL, .by = Q_NS_NEXT, .keys = &key, .nkeys = 1};
	int r = hist_start(reader, &want, err);

	while (!r && (r = hist_take(reader, event_names, &of, err)) > 0)
		r = 0;
	if (of.named)
		return 0;
	return r < 0 ? r
		     : err_say(err, -ENOENT, "%.64s: no namespace of that number was recorded",
			       operand);
}

static int life_tell(
	struct trace_opts *o, struct hist_reader *reader, const char *operand, struct err *err)
{
	struct db *db = hist_db(reader);
	struct life_subject s;
	struct life_ns ns = {0};
	auto_buf struct buf b = {0};
	int r = life_parse(db, operand, &s, err), chosen = 0;

	if (!r && s.of == LIFE_NS)
		chosen = life_choose(o, db, &s, &ns, err);
	if (!r && !chosen && s.of == LIFE_NS)
		r = life_unseen(reader, &s, operand, err);
	if (r || chosen < 0)
		return r ? r : chosen;
	if (chosen) {
		/* Those that had the number before and after it are not meant. */
		s.type = ns.type;
		o->since = ns.created > o->since ? ns.created : o->since;
		o->until = ns.ended && ns.ended < o->until ? ns.ended : o->until;
	}
	r = life_select(o, &s, err);
	if (r || o->json || o->to.n || o->write_to)
		return r;
	r = life_say(db, &s, chosen ? &ns : NULL, &b, err);
	return r ? r : output_write(&b, err);
}

/* An exit status, or -1: go on with the events. */
static int life_begin(struct trace_opts *o, const struct opts_rest *rest)
{
	struct hist_reader *reader = NULL;
	struct err err = {0};
	int r;

	if (rest->argc > 1) {
		log_say("one operand at a time, but '%s' is there, too", rest->argv[1]);
		return EXIT_USAGE;
	}
	r = hist_open(o->db, &reader, &err);
	if (!r)
		r = life_tell(o, reader, rest->argv[0], &err);
	hist_end(reader);
	if (!r)
		return -1;
	log_err(&err);
	return r == -EINVAL ? EXIT_USAGE : EXIT_FAIL;
}

int cmd_history(int argc, char **argv)
{
	struct trace_opts o;
	struct trace_command none = {0};
	struct opts_rest rest;
	int status = trace_read(&history_spec, &o, argc, argv, &rest);

	if (status < 0) {
		o.from_history = true;
		if (rest.argc)
			status = life_begin(&o, &rest);
		rest.argc = 0;
	}
	if (status < 0)
		status = trace_settle(&o, &rest, &none);
	if (status < 0)
		status = trace_run(&o, &none);
	trace_opts_free(&o);
	return status;
}
