// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journal.c - the sink `journal`: an entry of systemd's journal for each event.
 *
 * An entry is a datagram to journald (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). It is sent from
 * here and not by libsystemd, whose sd_journal_send() waits where journald does not read: here
 * entries wait in the outlet as those of other outputs do, and the stream goes on.
 */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "event/sentence.h"
#include "event/value.h"
#include "event/whose.h"
#include "lib/outlet.h"
#include "out/escape.h"
#include "stream/sink.h"

#define SOCKET "/run/systemd/journal/socket"
#define ROOM   (8 << 20) /* asked of the kernel, which gives less */

/* syslog(3) */
#define PRIORITY_WARNING "4"
#define PRIORITY_NOTICE  "5"
#define PRIORITY_INFO    "6"

/* In out.buf each entry has its length before it. */
struct sink_of_journal {
	struct outlet out;
	struct buf text;
	bool told; /* a message that was too long */
};

static int of_journal_open(void **ret, const struct sink_open *so, struct err *err)
{
	const struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	struct sink_of_journal *s = calloc(1, sizeof(*s));
	int room = ROOM, r = 0;

	if (!s)
		return err_set(err, -ENOMEM, "show events");
	s->out.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->out.fd < 0 || connect(s->out.fd, (const struct sockaddr *)&un, sizeof(un)))
		r = -errno;
	if (r) {
		if (s->out.fd >= 0)
			close(s->out.fd);
		free(s);
		return err_set(err, r, "reach systemd-journald at " SOCKET);
	}
	setsockopt(s->out.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	buf_puts(&s->out.name, "to the journal");
	*so->ret_wants |= SINK_NOTES | SINK_USER;
	*ret = s;
	return 0;
}

/* --- an entry -------------------------------------------------------------------------------- */

/* With its length, since a newline may stand in it. */
static void field_put(struct buf *b, const char *name, const char *s, size_t len)
{
	uint64_t le = htole64(len);

	buf_puts(b, name);
	if (memchr(s, '\n', len)) {
		buf_putc(b, '\n');
		buf_add(b, (const char *)&le, sizeof(le));
	} else {
		buf_putc(b, '=');
	}
	buf_add(b, s, len);
	buf_putc(b, '\n');
}

static void text_put(struct buf *b, const char *name, const char *s)
{
	if (s && *s)
		field_put(b, name, s, strlen(s));
}

/* "ns_flags": NSWATCH_NS_FLAGS, as a number where it is one. */
static void member_put(
	struct buf *b, struct buf *text, const struct event *ev, const struct ev_field *f)
{
	char name[64] = "NSWATCH_";
	size_t at = strlen(name);

	for (const char *c = f->name; *c && at + 1 < sizeof(name); c++)
		name[at++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	name[at] = '\0';
	buf_reset(text);
	switch (f->type) {
	case FT_U16:
	case FT_U32:
	case FT_S32:
	case FT_U64:
	case FT_TIME:
	case FT_DURATION:
	case FT_INUM:
	case FT_UID:
	case FT_PID:
		buf_u64(text, event_num(ev, f));
		break;
	case FT_RESULT:
		buf_printf(text, "%lld", (long long)(int64_t)event_num(ev, f));
		break;
	default:
		value_text(text, ev, f);
	}
	if (text->len)
		field_put(b, name, text->s, text->len);
}

static void message_put(struct buf *b, struct buf *text, const struct observed *o)
{
	const struct event *ev = o->ev;

	buf_reset(text);
	if (!(ev->hdr->flags & EVF_NO_ACTOR)) {
		escape_text(text, ev->hdr->comm, strnlen(ev->hdr->comm, sizeof(ev->hdr->comm)));
		buf_printf(text, "[%u] ", ev->hdr->pid);
	}
	buf_printf(text, "%s: ", ev->schema->name);
	event_detail(text, ev);
	for (size_t i = 0; i < o->nnotes; i++)
		buf_printf(text, "%s%s", i ? "; " : " - ", o->notes[i].text);
	field_put(b, "MESSAGE", text->s, text->len);
}

static const char *priority(const struct event *ev)
{
	return ev->schema->kind == EV_LOST                         ? PRIORITY_WARNING
	       : event_failed(ev) || ev->schema->tone == TONE_FAIL ? PRIORITY_NOTICE
								   : PRIORITY_INFO;
}

static void entry_put(struct buf *b, struct buf *text, const struct observed *o)
{
	const struct event *ev = o->ev;
	const struct whose *whose = event_whose(ev);

	message_put(b, text, o);
	text_put(b, "PRIORITY", priority(ev));
	text_put(b, "SYSLOG_IDENTIFIER", "nswatch");
	text_put(b, "NSWATCH_KIND", ev->schema->name);
	text_put(b, "NSWATCH_USER", o->user);
	for (size_t i = 0; i < schema_hdr_nfields; i++)
		member_put(b, text, ev, &schema_hdr_fields[i]);
	for (size_t i = 0; i < ev->schema->nfields; i++)
		member_put(b, text, ev, &ev->schema->fields[i]);
	for (size_t i = 0; i < o->nnotes; i++)
		text_put(b, "NSWATCH_NOTE",
			o->notes[i].reason ? o->notes[i].reason : o->notes[i].code);
	if (!whose)
		return;
	buf_reset(text);
	whose_text(text, whose);
	if (text->len)
		field_put(b, "NSWATCH_CONTAINER", text->s, text->len);
}

static int of_journal_flush(void *sink, struct err *err);

static int of_journal_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_journal *s = sink;
	struct buf *b = &s->out.buf;
	uint32_t len = 0;
	size_t at = b->len;

	buf_add(b, (const char *)&len, sizeof(len));
	entry_put(b, &s->text, o);
	len = (uint32_t)(b->len - at - sizeof(len));
	memcpy(b->s + at, &len, sizeof(len));
	return b->len < OUTLET_FLUSH ? 0 : of_journal_flush(s, err);
}

/* --- sending --------------------------------------------------------------------------------- */

/* 0, -EAGAIN where journald has no room, or -errno. */
static int entry_send(struct sink_of_journal *s, const char *at, size_t len)
{
	if (send(s->out.fd, at, len, MSG_NOSIGNAL) >= 0)
		return 0;
	/* More than a datagram takes: its place in the journal would need a file of its own. */
	if (errno == EMSGSIZE) {
		if (!s->told)
			log_say("an event is too long for the journal");
		s->told = true;
		return 0;
	}
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* Alone it waits, as long as nobody wants the trace to end. */
static bool room_wait(const struct sink_of_journal *s)
{
	struct pollfd p = {.fd = s->out.fd, .events = POLLOUT};

	if (s->out.shared || (s->out.stopped && s->out.stopped(s->out.stop_ctx)))
		return false;
	poll(&p, 1, 50);
	return true;
}

static int of_journal_flush(void *sink, struct err *err)
{
	struct sink_of_journal *s = sink;
	struct buf *b = &s->out.buf;
	size_t at = 0;
	uint32_t len;
	int r = 0;

	while (!r && at < b->len) {
		memcpy(&len, b->s + at, sizeof(len));
		r = entry_send(s, b->s + at + sizeof(len), len);
		if (!r)
			at += sizeof(len) + len;
		else if (r == -EAGAIN && room_wait(s))
			r = 0;
	}
	if (at) {
		memmove(b->s, b->s + at, b->len - at);
		b->len -= at;
	}
	return r && r != -EAGAIN ? err_set(err, r, "send to the journal") : 0;
}

static struct outlet *of_journal_outlet(void *sink)
{
	return &((struct sink_of_journal *)sink)->out;
}

static int of_journal_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_journal *s = sink;
	int r;

	(void)end;
	s->out.shared = false;
	r = of_journal_flush(s, err);
	close(s->out.fd);
	buf_free(&s->out.buf);
	buf_free(&s->out.name);
	buf_free(&s->text);
	free(s);
	return r;
}

const struct sink_ops sink_journal = {
	.name = "journal",
	.help = "entries of systemd's journal, with a field for each member of the event: "
		"journalctl "
		"NSWATCH_KIND=netdev",
	.open = of_journal_open,
	.event = of_journal_event,
	.flush = of_journal_flush,
	.outlet = of_journal_outlet,
	.close = of_journal_close,
};
