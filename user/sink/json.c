// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c - the sink `json`: JSON Lines, an object per event. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "event/schema.h"
#include "lib/outlet.h"
#include "sink/fold.h"
#include "stream/sink.h"

#define KEEP 5 /* older files, where there is a limit to one */

struct sink_of_json {
	struct outlet out;
	struct buf host; /* event_json_host() of: */
	struct buf of;   /* the host of the event before; s is NULL where that is not known */
	bool hosted, notes;
	struct fold *fold; /* NULL: nothing is folded */
	uint64_t longest;  /* bytes of the file, 0: no limit */
};

static int put_unit(void *ctx, const struct fold_unit *u, struct err *err);

static int of_json_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_json *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "show events");
	r = outlet_open(&s->out, so->arg, err);
	if (r) {
		free(s);
		return r;
	}
	s->longest = so->form->rotate;
	s->notes = !so->form->raw && !so->form->no_notes;
	*so->ret_wants |= s->notes ? SINK_NOTES | SINK_USER : SINK_USER;
	if (so->form->fold) {
		s->fold = fold_new(put_unit, s);
		if (!s->fold) {
			outlet_close(&s->out, NULL);
			free(s);
			return err_set(err, -ENOMEM, "fold events");
		}
	}
	*ret = s;
	return 0;
}

/* Hosts change rarely: only where recordings of several stand behind one another. */
static void of_json_host(struct sink_of_json *s, const struct observed *o)
{
	if (s->hosted && !s->of.s == !o->host && s->of.len == o->host_len &&
		(!o->host || !memcmp(s->of.s, o->host, o->host_len)))
		return;
	s->hosted = true;
	buf_reset(&s->host);
	event_json_host(&s->host, o->host, o->host_len);
	buf_free(&s->of);
	if (o->host)
		buf_add(&s->of, o->host, o->host_len);
}

static void put_event(struct sink_of_json *s, const struct observed *o)
{
	of_json_host(s, o);
	if (s->notes)
		event_json_notes(&s->out.buf, &s->host, o->user, o->ev, o->notes, o->nnotes);
	else
		event_json(&s->out.buf, &s->host, o->user, o->ev);
}

static int out_flush(struct sink_of_json *s, struct err *err)
{
	struct err e = {0};
	int r = outlet_flush(&s->out, err);

	/* No object is cut in two. */
	if (r || !s->longest || s->out.written < s->longest || s->out.buf.len)
		return r;
	if (outlet_rotate(&s->out, KEEP, &e)) {
		log_err(&e);
		s->longest = 0;
	}
	return 0;
}

static int put_end(struct sink_of_json *s, struct err *err)
{
	return s->out.buf.len < OUTLET_FLUSH ? 0 : out_flush(s, err);
}

/* {"v":1,"event":"fold",...,"of":{the event}}; of one that stands for itself the event alone. */
static int put_unit(void *ctx, const struct fold_unit *u, struct err *err)
{
	struct sink_of_json *s = ctx;
	struct buf *b = &s->out.buf;
	struct json j = {.b = b};

	if (u->count == 1 && !u->pair && !u->repeated_ns) {
		put_event(s, u->o);
		return put_end(s, err);
	}
	json_object(&j);
	json_ku64(&j, "v", SCHEMA_VERSION);
	json_kstr(&j, "event", "fold");
	json_ku64(&j, "count", u->count);
	if (u->count > 1)
		json_ku64(&j, "within_ns", u->within_ns);
	json_kbool(&j, "pair", u->pair);
	if (u->pair)
		json_ku64(&j, "stayed_ns", u->stayed_ns);
	if (u->repeated_ns)
		json_ku64(&j, "repeated_ns", u->repeated_ns);
	json_key(&j, "of");
	put_event(s, u->o);
	/* It ends with a newline. */
	b->s[b->len - 1] = '}';
	buf_putc(b, '\n');
	return put_end(s, err);
}

static int of_json_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_json *s = sink;

	if (s->fold)
		return fold_event(s->fold, o, err);
	put_event(s, o);
	return put_end(s, err);
}

static void of_json_tick(void *sink)
{
	struct sink_of_json *s = sink;

	/* What goes wrong is seen when it is flushed. */
	if (s->fold)
		fold_tick(s->fold, NULL);
}

static int of_json_tick_ms(void *sink)
{
	const struct sink_of_json *s = sink;

	return s->fold ? fold_tick_ms(s->fold) : INT_MAX;
}

static int of_json_flush(void *sink, struct err *err)
{
	return out_flush(sink, err);
}

static int of_json_reopen(void *sink, struct err *err)
{
	struct sink_of_json *s = sink;
	int r = outlet_flush(&s->out, err);

	return r ? r : outlet_reopen(&s->out, err);
}

static struct outlet *of_json_outlet(void *sink)
{
	struct sink_of_json *s = sink;

	return &s->out;
}

static int of_json_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_json *s = sink;
	int r = s->fold && !end->failed ? fold_end(s->fold, err) : 0, e;

	e = outlet_close(&s->out, r ? NULL : err);
	r = r ? r : e;
	fold_free(s->fold);
	buf_free(&s->host);
	buf_free(&s->of);
	free(s);
	return r;
}

const struct sink_ops sink_json = {
	.name = "json",
	.arg = "FILE",
	.help = "JSON Lines, an object per event (-J)",
	.open = of_json_open,
	.event = of_json_event,
	.tick = of_json_tick,
	.tick_ms = of_json_tick_ms,
	.flush = of_json_flush,
	.reopen = of_json_reopen,
	.outlet = of_json_outlet,
	.close = of_json_close,
};
