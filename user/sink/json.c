// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c - the sink `json`: JSON Lines, an object per event. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/outlet.h"
#include "stream/sink.h"

struct sink_of_json {
	struct outlet out;
	struct buf host; /* event_json_host() of: */
	struct buf of;   /* the host of the event before; s is NULL where that is not known */
	bool hosted, notes;
};

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
	s->notes = !so->form->raw && !so->form->no_notes;
	*so->ret_wants |= s->notes ? SINK_NOTES | SINK_USER : SINK_USER;
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

static int of_json_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_json *s = sink;

	of_json_host(s, o);
	if (s->notes)
		event_json_notes(&s->out.buf, &s->host, o->user, o->ev, o->notes, o->nnotes);
	else
		event_json(&s->out.buf, &s->host, o->user, o->ev);
	return s->out.buf.len < OUTLET_FLUSH ? 0 : outlet_flush(&s->out, err);
}

static int of_json_flush(void *sink, struct err *err)
{
	struct sink_of_json *s = sink;

	return outlet_flush(&s->out, err);
}

static struct outlet *of_json_outlet(void *sink)
{
	struct sink_of_json *s = sink;

	return &s->out;
}

static int of_json_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_json *s = sink;
	int r = outlet_close(&s->out, err);

	(void)end;
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
	.flush = of_json_flush,
	.outlet = of_json_outlet,
	.close = of_json_close,
};
