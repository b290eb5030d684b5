// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - the sink `report`: one HTML file with the events as lanes over time (report.html),
 * which loads nothing from elsewhere.
 *
 * The data in the page is JSON, compressed by zlib and in base64, so that no text of others can be
 * markup: {"v", "host", "begin_ms", "left", "kinds", "types", "texts", "rows"}. Texts are places in
 * "texts"; a row is an event:
 *
 *	[us since begin_ms, kind, pid, comm, container, bits (1: failed), detail,
 *	 [[type, inum], ...], [[code, text], ...], container of the first namespace, [what else]]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "event/pick.h"
#include "event/schema.h"
#include "event/sentence.h"
#include "kernel/nstype.h"
#include "lib/hash.h"
#include "lib/inums.h"
#include "lib/outlet.h"
#include "lib/util.h"
#include "out/escape.h"
#include "stream/sink.h"

#include "report_page.h"

#define EVENTS_MAX 1000000 /* what comes after these is counted */
#define MARK       "@DATA@"

struct sink_of_report {
	struct outlet out;
	struct buf rows, texts, host;
	struct inums known; /* by hash of a text: its place + 1 */
	uint32_t ntexts;
	uint64_t n, left, begin_ms;
};

static int of_report_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_report *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "report");
	r = outlet_open(&s->out, so->arg, err);
	if (r) {
		free(s);
		return r;
	}
	*so->ret_wants |= SINK_NOTES;
	*ret = s;
	return 0;
}

/* --- texts ------------------------------------------------------------------------------------ */

/* The place of a text, which is safe already. The same one is kept once. */
static uint32_t text_at(struct sink_of_report *s, const char *text, size_t len)
{
	uint64_t is = hash_id(hash_add(HASH_BEGIN, text, len));
	struct inum_entry *e;

	/* The first one is no text. */
	if (!s->ntexts++)
		buf_puts(&s->texts, "\"\"");
	else
		s->ntexts--;
	if (!len)
		return 0;
	e = inums_put_id(&s->known, is);
	/* Somebody may have found another text with that hash. */
	if (e && e->a && e->b == len)
		return (uint32_t)e->a - 1;
	buf_puts(&s->texts, ",\n\"");
	escape_json(&s->texts, text, len);
	buf_putc(&s->texts, '"');
	if (e && !e->a) {
		e->a = (uint64_t)s->ntexts + 1;
		e->b = len;
	}
	return s->ntexts++;
}

static uint32_t text_of(struct sink_of_report *s, const struct buf *b)
{
	return text_at(s, b->len ? b->s : "", b->len);
}

/* One of others. */
static uint32_t text_raw(struct sink_of_report *s, const char *text, size_t max)
{
	auto_buf struct buf b = {0};

	escape_text(&b, text, strnlen(text, max));
	return text_of(s, &b);
}

static uint32_t whose_at(struct sink_of_report *s, const struct whose *w)
{
	auto_buf struct buf raw = {0};

	if (!whose_is_named(w))
		return 0;
	whose_text(&raw, w);
	return raw.len ? text_raw(s, raw.s, raw.len) : 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void refs_put(struct buf *b, const struct event *ev)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n = event_refs(ev, refs), shown = 0;

	buf_puts(b, ",[");
	for (size_t i = 0; i < n; i++)
		if (refs[i].slot < NS_SLOTS && refs[i].inum)
			buf_printf(b, "%s[%u,%u]", shown++ ? "," : "", ns_types[refs[i].slot].type,
				refs[i].inum);
	buf_putc(b, ']');
}

static void notes_put(struct sink_of_report *s, struct buf *b, const struct observed *o)
{
	buf_puts(b, ",[");
	for (size_t i = 0; i < o->nnotes; i++) {
		const char *code = o->notes[i].code, *text = o->notes[i].text;
		uint32_t at = text_at(s, code, strlen(code));

		buf_printf(b, "%s[%u,%u]", i ? "," : "", at, text_at(s, text, strlen(text)));
	}
	buf_putc(b, ']');
}

static void more_put(struct sink_of_report *s, struct buf *b, const struct event *ev)
{
	const struct ev_netdev *dev = ev->rec;
	const struct ev_pin *pin = ev->rec;
	const struct ev_pidns_init *init = ev->rec;
	uint32_t old;

	buf_puts(b, ",[");
	switch (ev->schema->kind) {
	case EV_NETDEV:
	case EV_NETDEV_ADD:
	case EV_NETDEV_DEL:
		old = text_raw(s, dev->old_name, EV_DEV_LEN);
		buf_printf(b, "%u,%u,%u,%u", old, text_raw(s, dev->new_name, EV_DEV_LEN), dev->from,
			dev->to);
		break;
	case EV_PIDNS_INIT:
		buf_printf(b, "%u", init->init_pid);
		break;
	case EV_PIN:
	case EV_UNPIN:
		buf_printf(b, "%u", text_raw(s, pin->path, pin->path_len));
		break;
	}
	buf_putc(b, ']');
}

static int of_report_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_report *s = sink;
	const struct event *ev = o->ev;
	auto_buf struct buf detail = {0};
	uint32_t comm, box, at;

	if (s->n >= EVENTS_MAX) {
		s->left++;
		return 0;
	}
	if (!s->n++) {
		s->begin_ms = ev->wall_ns / 1000000;
		if (o->host)
			buf_add(&s->host, o->host, o->host_len);
	}
	event_detail(&detail, ev);
	comm = text_raw(s, ev->hdr->comm, EV_COMM_LEN);
	box = whose_at(s, event_whose(ev));
	at = text_of(s, &detail);
	buf_printf(&s->rows, "%s[%lld,%u,%u,%u,%u,%u,%u", s->n > 1 ? ",\n" : "",
		(long long)(ev->wall_ns / 1000) - (long long)s->begin_ms * 1000, ev->schema->kind,
		ev->hdr->pid, comm, box, event_failed(ev) ? 1u : 0u, at);
	refs_put(&s->rows, ev);
	notes_put(s, &s->rows, o);
	buf_printf(&s->rows, ",%u", whose_at(s, event_ns_whose(ev, NULL, NULL)));
	more_put(s, &s->rows, ev);
	buf_putc(&s->rows, ']');
	return 0;
}

/* --- the page --------------------------------------------------------------------------------- */

static void data_put(const struct sink_of_report *s, struct buf *b)
{
	struct json j = {.b = b};

	json_object(&j);
	json_ku64(&j, "v", 1);
	json_key(&j, "host");
	if (s->host.len)
		json_strn(&j, s->host.s, s->host.len);
	else
		json_null(&j);
	json_ku64(&j, "begin_ms", s->begin_ms);
	json_ku64(&j, "left", s->left);
	json_key(&j, "kinds");
	json_array(&j);
	for (unsigned int kind = 0; kind < EV_KINDS; kind++) {
		const struct ev_schema *schema = schema_of(kind);

		json_object(&j);
		json_kstr(&j, "name", schema ? schema->name : "");
		json_ku64(&j, "tone", schema ? schema->tone : 0);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_key(&j, "types");
	json_array(&j);
	for (unsigned int type = 0; type < NS_TYPES; type++)
		json_str(&j, ns_types[type].name);
	json_end_array(&j);
	json_key(&j, "texts");
	json_array(&j);
	json_raw(&j, s->texts.len ? s->texts.s : "\"\"", s->texts.len ? s->texts.len : 2);
	json_end_array(&j);
	json_key(&j, "rows");
	json_array(&j);
	if (s->rows.len)
		json_raw(&j, s->rows.s, s->rows.len);
	json_end_array(&j);
	json_end_object(&j);
}

static void base64_put(struct buf *b, const unsigned char *s, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)s[i] << 16 | (i + 1 < len ? (uint32_t)s[i + 1] << 8 : 0) |
			     (i + 2 < len ? s[i + 2] : 0);

		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[v >> 12 & 63]);
		buf_putc(b, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_putc(b, i + 2 < len ? digits[v & 63] : '=');
		if (i % 57 == 54)
			buf_putc(b, '\n');
	}
}

static int page_put(struct sink_of_report *s, struct err *err)
{
	const char *mark = strstr(report_page, MARK);
	auto_buf struct buf data = {0};
	unsigned char *small;
	uLongf len;

	data_put(s, &data);
	len = compressBound(data.len);
	small = malloc(len);
	if (!small || compress2(small, &len, (const Bytef *)data.s, data.len, 9) != Z_OK) {
		free(small);
		return err_set(err, -ENOMEM, "report");
	}
	buf_add(&s->out.buf, report_page, (size_t)(mark - report_page));
	base64_put(&s->out.buf, small, len);
	buf_puts(&s->out.buf, mark + strlen(MARK));
	free(small);
	return 0;
}

static struct outlet *of_report_outlet(void *sink)
{
	struct sink_of_report *s = sink;

	return &s->out;
}

static int of_report_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_report *s = sink;
	int r = page_put(s, err), closed = outlet_close(&s->out, r ? NULL : err);

	(void)end;
	buf_free(&s->rows);
	buf_free(&s->texts);
	buf_free(&s->host);
	inums_free(&s->known);
	free(s);
	return r ? r : closed;
}

const struct sink_ops sink_report = {
	.name = "report",
	.arg = "FILE",
	.help = "at the end, one HTML page with the events as lanes over time, which needs no "
		"network",
	.open = of_report_open,
	.event = of_report_event,
	.outlet = of_report_outlet,
	.close = of_report_close,
};
