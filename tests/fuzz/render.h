/* SPDX-License-Identifier: GPL-2.0-or-later */
/* render.h - an event by every renderer, for the fuzz targets of records and of recordings. */
#ifndef NSWATCH_FUZZ_RENDER_H
#define NSWATCH_FUZZ_RENDER_H

#include "event/decode.h"
#include "event/value.h"
#include "fuzz/check.h"
#include "lib/buf.h"
#include "event/sentence.h"
#include "out/escape.h"
#include "out/json.h"
#include "sink/lines.h"

/* All but USER, which reads the users of this machine. */
#define RENDER_COLUMNS                                                                             \
	"TIME,TS,EVENT,PID,TID,PPID,UID,COMM,NSPID,PIDNS,CPU,CGROUP,TYPE,NS,RESULT,INFERRED,"      \
	"DETAIL"

/* What a field says lies within its record. */
static inline void render_field(const struct event *ev, const struct ev_field *f, struct buf *b)
{
	const char *rec = ev->rec, *s, *arg;
	size_t len, arg_len, pos = 0, args = 0;

	s = event_str(ev, f, &len);
	MUST(!s || (s >= rec && len <= ev->size && (size_t)(s - rec) <= ev->size - len));
	while (f->type == FT_ARGS && event_arg_next(s, len, &pos, &arg, &arg_len)) {
		MUST(arg >= s && arg + arg_len <= s + len);
		args += arg_len + 1;
	}
	MUST(f->type != FT_ARGS || args == len + event_args_cut(s, len));
	buf_reset(b);
	value_text(b, ev, f);
	/* A list may hold one argument that is empty. */
	MUST(event_is_empty(ev, f) || b->len || f->type == FT_ARGS);
	buf_reset(b);
	escape_text(b, s ? s : "", len);
	MUST(check_line(b->s ? b->s : "", b->len));
}

static inline void render_lines(const struct event *ev, bool raw, struct buf *b)
{
	struct lines_opts opts = {.columns = RENDER_COLUMNS, .raw = raw};
	struct lines *l;
	size_t cells = 1;

	MUST(!lines_open(&opts, &l, NULL));
	buf_reset(b);
	lines_event(l, b, ev, "a\x1b\xff");
	lines_free(l);
	MUST(b->len && b->s[b->len - 1] == '\n' && check_line(b->s, b->len - 1));
	for (size_t i = 0; i < b->len; i++)
		cells += b->s[i] == ' ';
	MUST(!raw || cells == 17);
}

static inline void render(const struct event *ev)
{
	static const struct event_note note = {"code", "reason", "text"};
	struct event_ref refs[EVENT_REFS_MAX];
	auto_buf struct buf b = {0}, host = {0};
	size_t n = event_refs(ev, refs);

	MUST(ev->schema->kind == ev->hdr->kind && ev->size == ev->hdr->size);
	MUST(n <= EVENT_REFS_MAX && !(event_types(ev) >> NS_TYPES));
	for (size_t i = 0; i < n; i++)
		MUST(refs[i].slot <= NS_SLOTS && event_has_inum(ev, refs[i].inum));
	for (size_t i = 0; i < schema_hdr_nfields; i++)
		render_field(ev, &schema_hdr_fields[i], &b);
	for (size_t i = 0; i < ev->schema->nfields; i++)
		render_field(ev, &ev->schema->fields[i], &b);
	buf_reset(&b);
	event_detail(&b, ev);
	MUST(check_line(b.s ? b.s : "", b.len));
	render_lines(ev, false, &b);
	render_lines(ev, true, &b);
	buf_reset(&b);
	event_json_host(&host, "a\x1b\xff", 3);
	event_json(&b, &host, "root", ev);
	check_json_line(b.s, b.len);
	buf_reset(&b);
	event_json_notes(&b, &host, "a\x1b\xff", ev, &note, 1);
	check_json_line(b.s, b.len);
}

#endif
