// SPDX-License-Identifier: GPL-2.0-or-later
/* lines.c - the sink `lines`: a line per event for people, with notes below it. */
#include <errno.h>
#include <stdlib.h>

#include "lib/outlet.h"
#include "out/color.h"
#include "event/lines.h"
#include "out/wrap.h"
#include "stream/sink.h"

#define NOTE_AT 4

struct sink_of_lines {
	struct outlet out;
	struct lines *lines;
	bool color;
	unsigned int width; /* of the terminal, 0: lines are not broken */
	struct buf line;
};

static void of_lines_free(struct sink_of_lines *s)
{
	lines_free(s->lines);
	buf_free(&s->line);
	free(s);
}

static int of_lines_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_lines *s = calloc(1, sizeof(*s));
	struct lines_opts lo = {.columns = so->form->columns, .raw = so->form->raw};
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "show events");
	r = outlet_open(&s->out, so->arg, err);
	if (r) {
		free(s);
		return r;
	}
	lo.color = color_enabled((enum color_when)so->form->color, s->out.fd);
	lo.width = so->form->nowrap || !outlet_is_terminal(&s->out) ? 0 : wrap_terminal();
	s->color = lo.color;
	s->width = lo.width;
	r = lines_open(&lo, &s->lines, err);
	if (r) {
		outlet_close(&s->out, NULL);
		of_lines_free(s);
		return r;
	}
	if (!so->form->noheadings)
		lines_heading(s->lines, &s->out.buf);
	if (!so->form->raw && !so->form->no_notes)
		*so->ret_wants |= SINK_NOTES;
	*ret = s;
	return 0;
}

static void put_note(struct sink_of_lines *s, const struct event_note *note)
{
	const struct wrap w = {
		.at = NOTE_AT,
		.indent = NOTE_AT + 6,
		.width = s->width,
		.on = color_on(s->color, ROLE_DIM),
		.off = color_off(s->color, ROLE_DIM),
	};

	buf_pad(&s->out.buf, ' ', NOTE_AT);
	buf_reset(&s->line);
	buf_printf(&s->line, "note: %s: %s", note->code, note->text);
	wrap_text(&s->out.buf, s->line.s, &w);
	buf_putc(&s->out.buf, '\n');
}

/* Terminals change their size. */
static void of_lines_measure(struct sink_of_lines *s)
{
	if (!s->width)
		return;
	s->width = wrap_terminal();
	lines_width(s->lines, s->width);
}

static int of_lines_flush(void *sink, struct err *err)
{
	struct sink_of_lines *s = sink;
	bool some = s->out.buf.len;
	int r = outlet_flush(&s->out, err);

	if (some)
		of_lines_measure(s);
	return r;
}

static int of_lines_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_lines *s = sink;

	lines_event(s->lines, &s->out.buf, o->ev);
	for (size_t i = 0; i < o->nnotes; i++)
		put_note(s, &o->notes[i]);
	return s->out.buf.len < OUTLET_FLUSH ? 0 : of_lines_flush(s, err);
}

static struct outlet *of_lines_outlet(void *sink)
{
	struct sink_of_lines *s = sink;

	return &s->out;
}

static int of_lines_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_lines *s = sink;
	int r = outlet_close(&s->out, err);

	(void)end;
	of_lines_free(s);
	return r;
}

const struct sink_ops sink_lines = {
	.name = "lines",
	.arg = "FILE",
	.help = "a line per event, for people; what is used unless another is named",
	.open = of_lines_open,
	.event = of_lines_event,
	.flush = of_lines_flush,
	.outlet = of_lines_outlet,
	.close = of_lines_close,
};
