// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_show.c - events to the screen, as JSON, or into a file. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/trace.h"
#include "event/recfile.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "out/color.h"
#include "out/escape.h"
#include "out/json.h"
#include "out/lines.h"
#include "out/wrap.h"

#define SHOW_FULL (64u << 10) /* write when so much waits, even within a burst */

static int show_open_lines(struct show *s, struct err *err)
{
	struct lines_opts lo = {
		.columns = s->o->columns,
		.color = color_enabled((enum color_when)s->o->color, STDOUT_FILENO),
		.raw = s->o->raw,
		.width = s->o->nowrap ? 0 : wrap_terminal(),
	};
	int r = lines_open(&lo, &s->lines, err);

	s->width = lo.width;
	s->color = lo.color;
	if (!r && !s->o->noheadings)
		lines_heading(s->lines, &s->buf);
	return r;
}

void show_host(struct show *s, const char *name, size_t len)
{
	buf_reset(&s->host);
	event_json_host(&s->host, name, len);
}

int show_open(
	struct show *s, struct trace_opts *o, const char *how, int64_t wall_offset, struct err *err)
{
	auto_buf struct buf meta = {0}, command = {0};

	*s = (struct show){.o = o, .wall_offset = wall_offset};
	if (o->tell)
		return 0;
	if (!o->write_to && !o->no_notes && !o->raw)
		s->notes = notes_new(!o->read_from);
	if (!o->write_to && o->json)
		show_host(s, host_name(), strlen(host_name()));
	if (!o->write_to)
		return o->json ? 0 : show_open_lines(s, err);
	recfile_meta_system(&meta);
	recfile_meta_add(&meta, "hooks", how);
	if (o->command) {
		escape_command(&command, o->command);
		recfile_meta_add(&meta, "command", command.s);
	}
	return recfile_create(o->write_to, wall_offset, &meta, &s->file, err);
}

void show_stops(struct show *s, fd_stopped stopped, void *ctx)
{
	s->stopped = stopped;
	s->stop_ctx = ctx;
	if (s->file)
		recfile_stops(s->file, stopped, ctx);
}

static void show_event(struct show *s, const struct event *ev)
{
	if (s->o->json) {
		if (s->notes)
			notes_json(s->notes, &s->host, ev, &s->buf);
		else
			event_json(&s->buf, &s->host, ev);
		return;
	}
	lines_event(s->lines, &s->buf, ev);
	if (s->notes)
		notes_lines(s->notes, ev, s->color, s->width, &s->buf);
}

int show_record(void *ctx, const void *data, size_t size)
{
	struct show *s = ctx;
	struct event ev;
	int r;

	r = event_decode(data, size, s->wall_offset, &ev, &s->err);
	if (r) {
		s->sum.damaged++;
		return 0;
	}
	if (s->notes)
		notes_take(s->notes, &ev);
	if (!pick_wants(&s->o->pick, &ev))
		return 0;
	summary_add(&s->sum, &ev);
	if (s->o->tell) {
		s->o->tell->event(s->o->tell->ctx, &ev);
		return 0;
	}
	if (s->file) {
		r = recfile_write(s->file, data, size, &s->err);
		if (r)
			return r;
	} else {
		show_event(s, &ev);
		if (s->buf.len >= SHOW_FULL) {
			r = show_flush(s);
			if (r)
				return r;
		}
	}
	if (ev.hdr->kind != EV_LOST)
		s->shown++;
	return s->o->has_count && s->shown >= s->o->count ? -ECANCELED : 0;
}

/* Terminals change their size. */
static void show_measure(struct show *s)
{
	if (!s->width)
		return;
	s->width = wrap_terminal();
	lines_width(s->lines, s->width);
}

int show_flush(struct show *s)
{
	int r = 0;

	if (s->file)
		return recfile_flush(s->file, &s->err);
	if (s->gone)
		return -EPIPE;
	if (!s->buf.len)
		return 0;
	r = fd_write_until(STDOUT_FILENO, s->buf.s, s->buf.len, s->stopped, s->stop_ctx);
	buf_reset(&s->buf);
	show_measure(s);
	if (r == -EINTR)
		r = -EPIPE;
	if (r == -EPIPE)
		s->gone = true;
	else if (r)
		err_set(&s->err, r, "write to standard output");
	return r;
}

int show_close(struct show *s)
{
	int r = s->gone ? 0 : show_flush(s);
	int r2 = recfile_finish(s->file, &s->err);

	s->file = NULL;
	lines_free(s->lines);
	notes_free(s->notes);
	s->notes = NULL;
	buf_free(&s->buf);
	buf_free(&s->host);
	return r ? r : r2;
}
