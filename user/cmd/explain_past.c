// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_past.c - what a history knows of a process, namespace or device, and why it went so. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/explain.h"
#include "event/evfilter.h"
#include "event/pick.h"
#include "history/life.h"
#include "history/reader.h"
#include "lib/err.h"
#include "lib/when.h"
#include "out/filter.h"
#include "source/past.h"

/* Whose past it is, and which events tell it. */
struct past_of {
	struct life_subject subject;
	struct life_ns ns; /* of a namespace: the last one of that number until then */
	struct ns_ref ref;
	char *name;
	struct filter *filter;
	struct pick pick;
	struct past_opts opts;
	struct buf life;
};

static void past_of_free(struct past_of *p)
{
	filter_free(p->filter);
	pick_free(&p->pick);
	buf_free(&p->life);
}

/* The events of its life: of a namespace by its number, else by a filter. */
static int events_choose(struct past_of *p, struct err *err)
{
	auto_buf struct buf text = {0};
	int r;

	p->pick.kinds = ~0ULL;
	p->opts.pick = &p->pick;
	switch (p->subject.of) {
	case LIFE_NS:
		p->ref = (struct ns_ref){p->ns.type, p->subject.number};
		p->pick.refs = &p->ref;
		p->pick.nrefs = 1;
		p->opts.since = p->ns.created;
		if (p->ns.ended && p->ns.ended < p->opts.until)
			p->opts.until = p->ns.ended;
		return 0;
	case LIFE_CONTAINER:
		p->name = (char *)p->subject.name;
		p->pick.containers = &p->name;
		p->pick.ncontainers = 1;
		return 0;
	default:
		p->opts.pid = p->subject.of == LIFE_PID ? p->subject.number : 0;
		p->opts.device = p->subject.of == LIFE_DEVICE ? p->subject.name : NULL;
		life_filter(&p->subject, &text);
		r = filter_compile(text.s, &evfilter_names, err, &p->filter);
		p->pick.filter = p->filter;
		return r;
	}
}

/* 0; -ENOENT: the history does not know it, or there is none; -errno. */
static int past_find(struct past_of *p, const char *db, const char *word, struct err *err)
{
	struct hist_reader *reader = NULL;
	uint64_t all = 0;
	int r = hist_open(db, &reader, err);

	if (!r)
		r = life_parse(hist_db(reader), word, &p->subject, err);
	if (!r && p->subject.of == LIFE_NS) {
		r = life_list(hist_db(reader), &p->subject, 0, p->opts.until, &p->ns, 1, &all, err);
		r = r < 0 ? r
		    : r   ? 0
			: err_say(err, -ENOENT, "%.64s: the history has none of that number", word);
	}
	if (!r && all > 1)
		log_say("%llu namespaces had the number %u; this is the last one until then",
			(unsigned long long)all, p->subject.number);
	if (!r)
		r = life_say(hist_db(reader), &p->subject, p->subject.of == LIFE_NS ? &p->ns : NULL,
			&p->life, err);
	hist_end(reader);
	return r ? r : events_choose(p, err);
}

int explain_past(const struct explain_opts *o, const char *word, bool quiet)
{
	struct when_now now = when_now();
	struct past_of p = {.opts = {.db = o->past.db, .until = now.now}};
	struct err err = {0};
	int r;

	if (o->past.at && (when_parse(o->past.at, &now, &p.opts.until) || p.opts.until > now.now)) {
		log_say("--at: '%.64s' is not " WHEN_EXPECT ", of the past", o->past.at);
		return EXIT_USAGE;
	}
	r = past_find(&p, o->past.db, word, &err);
	if (!r) {
		r = explain_events(o, &p.opts, p.life.s);
	} else if (!quiet) {
		log_err(&err);
		r = r == -EINVAL ? EXIT_USAGE : r == -ENOENT ? EXPLAIN_GONE : EXPLAIN_ERROR;
	} else {
		r = -1;
	}
	past_of_free(&p);
	return r;
}
