// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/sentence.h"
#include "event/schema.h"
#include "event/value.h"
#include "lib/outlet.h"
#include "out/color.h"
#include "sink/summary.h"
#include "stream/sink.h"

static void add_program(struct summary *s, const struct ev_lost *e)
{
	size_t i = 0;

	while (i < SUMMARY_PROGS && s->skipped[i].runs &&
		strncmp(s->skipped[i].name, e->where, EV_WHERE_LEN) != 0)
		i++;
	if (i == SUMMARY_PROGS)
		return;
	snprintf(s->skipped[i].name, EV_WHERE_LEN, "%.*s", EV_WHERE_LEN - 1, e->where);
	s->skipped[i].runs += e->count;
}

static void add_lost(struct summary *s, const struct ev_lost *e)
{
	/* A reason that this version does not know is none the less a loss. */
	s->lost[e->why < EV_LOST_WHYS ? e->why : EV_LOST_RECORD] += e->count;
	if (e->why == EV_LOST_PROGRAM)
		add_program(s, e);
}

bool summary_lost(const struct summary *s)
{
	for (unsigned int why = 0; why < EV_LOST_WHYS; why++)
		if (s->lost[why])
			return true;
	return false;
}

void summary_add(struct summary *s, const struct event *ev)
{
	if (!s->first_ns || ev->hdr->ts_ns < s->first_ns)
		s->first_ns = ev->hdr->ts_ns;
	if (ev->hdr->ts_ns > s->last_ns)
		s->last_ns = ev->hdr->ts_ns;
	if (ev->schema->kind == EV_LOST) {
		add_lost(s, ev->rec);
		return;
	}
	s->by_kind[ev->schema->kind]++;
	s->inferred += ev->hdr->flags & EVF_INFERRED ? 1 : 0;
	s->failed += event_failed(ev) ? 1 : 0;
}

static void add_count(struct buf *b, const char *between, uint64_t n, const char *what)
{
	buf_puts(b, between);
	buf_u64(b, n);
	buf_putc(b, ' ');
	buf_puts(b, what);
}

static void add_events(struct buf *b, const struct summary *s, uint64_t duration_ns)
{
	const char *between = ": ";
	uint64_t total = 0;

	for (unsigned int kind = 0; kind < EV_KINDS; kind++)
		total += s->by_kind[kind];
	add_count(b, "", total, total == 1 ? "event" : "events");
	if (!duration_ns)
		duration_ns = s->last_ns - s->first_ns;
	if (duration_ns) {
		buf_puts(b, " in ");
		value_duration(b, duration_ns);
	}
	for (unsigned int kind = 0; kind < EV_KINDS; kind++) {
		if (!s->by_kind[kind])
			continue;
		add_count(b, between, s->by_kind[kind], schema_of(kind)->name);
		between = ", ";
	}
	if (s->failed)
		add_count(b, "; ", s->failed, "failed");
	if (s->inferred)
		add_count(b, "; ", s->inferred, "inferred");
	buf_putc(b, '\n');
}

static void add_bad(struct buf *b, const char *prefix, uint64_t n, const char *what, bool color)
{
	buf_puts(b, prefix);
	buf_puts(b, color_on(color, ROLE_FAIL));
	add_count(b, "", n, n == 1 ? "record" : "records");
	buf_puts(b, what);
	buf_puts(b, color_off(color, ROLE_FAIL));
	buf_putc(b, '\n');
}

static void add_skipped(struct buf *b, const struct summary *s)
{
	uint64_t n = s->lost[EV_LOST_PROGRAM];

	add_count(b, "the kernel left out ", n, n == 1 ? "run" : "runs");
	buf_puts(b, " of hooks (");
	for (size_t i = 0; i < SUMMARY_PROGS && s->skipped[i].runs; i++)
		buf_printf(b, "%s%s %llu", i ? ", " : "", s->skipped[i].name,
			(unsigned long long)s->skipped[i].runs);
	buf_puts(b, "): events may be missing");
}

void summary_losses(struct buf *b, const struct summary *s, const char *prefix, bool color)
{
	for (unsigned int why = 0; why < EV_LOST_WHYS; why++) {
		if (!s->lost[why])
			continue;
		buf_puts(b, prefix);
		buf_puts(b, color_on(color, ROLE_FAIL));
		if (why == EV_LOST_PROGRAM)
			add_skipped(b, s);
		else
			loss_text(b, why, s->lost[why], NULL, 0);
		buf_puts(b, color_off(color, ROLE_FAIL));
		buf_putc(b, '\n');
	}
	if (s->damaged)
		add_bad(b, prefix, s->damaged, " damaged and not shown", color);
}

void summary_text(struct buf *b, const struct summary *s, const char *prefix, uint64_t duration_ns,
	const char *const *hooks, size_t nhooks, bool color)
{
	buf_puts(b, prefix);
	add_events(b, s, duration_ns);
	if (!summary_lost(s))
		buf_printf(b, "%sno record lost\n", prefix);
	summary_losses(b, s, prefix, color);
	for (size_t i = 0; i < nhooks; i++) {
		buf_puts(b, i ? ", " : prefix);
		if (!i)
			buf_puts(b, "hooks: ");
		buf_puts(b, hooks[i]);
	}
	if (nhooks)
		buf_putc(b, '\n');
}

/* --- summary ----------------------------------------------------------------------------- */

/* The sink `summary`: how many events of which kind, and what is missing, at the end.
 */

struct sink_of_summary {
	struct outlet out;
	struct summary sum;
	bool color, talk, losses_only, if_lost;
};

static int of_summary_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_summary *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "count events");
	r = outlet_open(&s->out, so->arg ? so->arg : "fd:2", err);
	if (r) {
		free(s);
		return r;
	}
	s->color = color_enabled((enum color_when)so->form->color, s->out.fd);
	s->talk = so->form->talk;
	s->losses_only = so->form->losses_only;
	s->if_lost = so->form->if_lost;
	*ret = s;
	return 0;
}

static int of_summary_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_summary *s = sink;

	(void)err;
	summary_add(&s->sum, o->ev);
	return 0;
}

static struct outlet *of_summary_outlet(void *sink)
{
	struct sink_of_summary *s = sink;

	return &s->out;
}

static int of_summary_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_summary *s = sink;
	int r;

	s->sum.damaged = end->damaged;
	if (end->failed || (s->talk && end->gone) || (s->if_lost && !summary_lost(&s->sum)))
		;
	else if (s->losses_only)
		summary_losses(&s->out.buf, &s->sum, "nswatch: ", s->color);
	else
		summary_text(&s->out.buf, &s->sum, "nswatch: ", end->duration_ns, &end->hooks,
			end->hooks[0] ? 1 : 0, s->color);
	r = outlet_close(&s->out, err);
	free(s);
	return r;
}

const struct sink_ops sink_summary = {
	.name = "summary",
	.arg = "FILE",
	.help = "at the end, how many events of each kind there were, and what is missing; on "
		"standard error unless a FILE is named",
	.open = of_summary_open,
	.event = of_summary_event,
	.outlet = of_summary_outlet,
	.close = of_summary_close,
};
