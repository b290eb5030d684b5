// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/outbox.h"
#include "history/reader.h"
#include "lib/clock.h"
#include "out/json.h"
#include "sink/cursor.h"
#include "sink/ship.h"
#include "stream/stream.h"

#define TICK_MS   50
#define SAVE_NS   1000000000ULL  /* between two writes of the cursor */
#define ONCE_NS   10000000000ULL /* without any acknowledgement: --once gives up */
#define END_NS    3000000000ULL  /* after a signal: for what is on its way */
#define AGAIN_MS  500            /* between attempts to connect at first; doubled, up to: */
#define AGAIN_MAX 15000
#define BURST_NS  100000000ULL /* of events that --max-rate lets through at once */
#define NS_PER_S  1000000000ULL

struct sender {
	struct ship *o;
	struct broker *broker;
	struct outbox *outbox;
	struct buf host;    /* of the event: members of its JSON, up to: */
	size_t host_len;    /* those that it shares with the event before */
	struct buf of;      /* its host and boot */
	struct buf subject; /* up to the kind: */
	size_t subject_len;
	struct buf body;
	uint64_t saved_ns, heard_ns, next_ns; /* CLOCK_MONOTONIC */
	uint64_t heard;                       /* acknowledgements, when it was looked last */
	bool stopped;                         /* by a signal: what comes is not sent */
	int64_t passed;                       /* events up to this number were put, or not wanted */
	struct err err;                       /* why nothing can be sent any more; code 0: it can */
};

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* --- waiting --------------------------------------------------------------------------------- */

/* Everything up to this number is in the stream, or is not to be. */
static int64_t done_until(const struct sender *s)
{
	if (!outbox_is_empty(s->outbox))
		return outbox_first(s->outbox) - 1;
	return s->passed;
}

static void cursor_look(struct sender *s, uint64_t now)
{
	struct err err = {0};
	int64_t at = done_until(s);

	if (s->err.code || now < s->saved_ns + SAVE_NS || at <= cursor_at(s->o->cursor))
		return;
	s->saved_ns = now;
	if (cursor_save(s->o->cursor, at, &err))
		s->err = err;
}

/* --once does not wait for better times. */
static void patience_look(struct sender *s, uint64_t now)
{
	uint64_t acked = outbox_counts(s->outbox).acked;

	if (acked != s->heard || outbox_is_empty(s->outbox))
		s->heard_ns = now;
	s->heard = acked;
	if (s->o->once && now - s->heard_ns > ONCE_NS)
		err_say(&s->err, -ETIMEDOUT, "the stream has acknowledged nothing for 10 s");
}

/* What came of what was sent. */
static void ship_look(struct sender *s)
{
	struct err say = {0}, err = {0};
	uint64_t now = now_ns();

	broker_seen(s->broker);
	if (s->err.code)
		return;
	if (outbox_tick(s->outbox, &say, &err)) {
		s->err = err;
		return;
	}
	if (say.code == -ENOBUFS && s->o->once)
		s->err = say;
	else if (say.code)
		log_err(&say);
	patience_look(s, now);
}

/* Waits for an acknowledgement, at most so long; the signals that end a stream are seen. */
static void ship_wait(struct sender *s, int ms)
{
	struct pollfd p = {.fd = broker_fd(s->broker), .events = POLLIN};

	poll(&p, 1, ms);
	ship_look(s);
	cursor_look(s, now_ns());
	s->stopped |= stream_stopped(s->o->stream);
}

static bool ship_goes_on(const struct sender *s)
{
	return !s->stopped && !s->err.code;
}

/* As many events as --max-rate allows, in bursts of a tenth of a second. */
static void rate_wait(struct sender *s)
{
	uint64_t now = now_ns(), step;

	if (!s->o->max_rate)
		return;
	step = NS_PER_S / s->o->max_rate;
	if (s->next_ns + BURST_NS < now)
		s->next_ns = now - BURST_NS;
	s->o->held += s->next_ns > now;
	while (ship_goes_on(s) && s->next_ns > now) {
		uint64_t ms = (s->next_ns - now) / 1000000 + 1;

		ship_wait(s, ms < TICK_MS ? (int)ms : TICK_MS);
		now = now_ns();
	}
	s->next_ns += step;
}

/* --- events ---------------------------------------------------------------------------------- */

/* "nswatch.v1.web1%2Eexample." and ,"host":...,"boot_id":...,"db":... */
static void sender_place(struct sender *s, const struct observed *o)
{
	const char *boot = hist_boot_id(s->o->reader);
	struct json j = {.b = &s->host};
	auto_buf struct buf of = {0};

	buf_add(&of, o->host ? o->host : "", o->host ? o->host_len : 0);
	buf_putc(&of, '\0');
	buf_puts(&of, boot);
	if (s->of.len == of.len && !memcmp(s->of.s, of.s, of.len))
		return;
	buf_reset(&s->of);
	buf_add(&s->of, of.s, of.len);
	buf_reset(&s->subject);
	buf_puts(&s->subject, "nswatch.v1.");
	broker_token(&s->subject, o->host ? o->host : "", o->host ? o->host_len : 0);
	buf_putc(&s->subject, '.');
	s->subject_len = s->subject.len;
	buf_reset(&s->host);
	event_json_host(&s->host, o->host, o->host_len);
	j.more = 1;
	json_kstr(&j, "boot_id", *boot ? boot : NULL);
	json_kstr(&j, "db", s->o->id);
	json_key(&j, "seq");
	s->host_len = s->host.len;
}

static int sender_put(struct sender *s, const struct observed *o, struct err *err)
{
	int64_t seq = hist_id(s->o->reader);
	struct outbox_message m = {.seq = seq};
	char id[64];

	sender_place(s, o);
	s->host.len = s->host_len;
	buf_u64(&s->host, (uint64_t)seq);
	s->subject.len = s->subject_len;
	buf_puts(&s->subject, o->ev->schema->name);
	buf_reset(&s->body);
	if (s->o->notes)
		event_json_notes(&s->body, &s->host, o->user, o->ev, o->notes, o->nnotes);
	else
		event_json(&s->body, &s->host, o->user, o->ev);
	snprintf(id, sizeof(id), "%s.%lld", s->o->id, (long long)seq);
	m.subject = s->subject.s;
	m.id = id;
	m.data = s->body.s;
	m.len = s->body.len - 1; /* without the newline */
	return outbox_put(s->outbox, &m, err);
}

static int ship_event(void *sink, const struct observed *o, struct err *err)
{
	struct sender *s = sink;
	int64_t id = hist_id(s->o->reader);
	int r;

	if (!s->stopped)
		s->passed = id - 1;
	rate_wait(s);
	while (ship_goes_on(s) && !outbox_has_room(s->outbox))
		ship_wait(s, TICK_MS);
	if (s->err.code) {
		*err = s->err;
		return s->err.code;
	}
	r = s->stopped ? 0 : sender_put(s, o, err);
	if (!r && !s->stopped)
		s->passed = id;
	return r;
}

static int ship_flush(void *sink, struct err *err)
{
	struct sender *s = sink;

	/* All that was read is put by now. */
	if (!s->stopped && hist_id(s->o->reader) > s->passed)
		s->passed = hist_id(s->o->reader);
	ship_look(s);
	cursor_look(s, now_ns());
	*err = s->err;
	return s->err.code;
}

static int ship_tick_ms(void *sink)
{
	(void)sink;
	return TICK_MS;
}

static void ship_tick(void *sink)
{
	struct err err;

	ship_flush(sink, &err);
}

/* --- beginning and end ------------------------------------------------------------------------ */

/* For some time; false: a signal ended it. */
static bool ship_sleep(struct ship *o, int ms)
{
	bool stopped = false;

	for (; ms > 0 && !stopped; ms -= TICK_MS) {
		poll(NULL, 0, ms < TICK_MS ? ms : TICK_MS);
		stopped = stream_stopped(o->stream);
	}
	return !stopped;
}

static int connect_once(struct sender *s, struct err *err)
{
	bool made = false;
	int r = broker_open(s->o->broker, "nswatch ship", &s->broker, err);

	if (!r)
		r = broker_stream(s->broker, s->o->broker, &s->o->make, &made, err);
	if (r) {
		broker_close(s->broker);
		s->broker = NULL;
	} else if (made && !s->o->quiet) {
		log_say("made stream %s",
			s->o->broker->stream ? s->o->broker->stream : BROKER_STREAM);
	}
	return r;
}

/* A server that is not there yet is waited for; 1: a signal ended that. */
static int ship_connect(struct sender *s, struct err *err)
{
	int ms = AGAIN_MS, r;
	bool told = false;

	for (;;) {
		*err = (struct err){0};
		r = connect_once(s, err);
		if (r != -EHOSTUNREACH || s->o->once)
			return r;
		if (!told) {
			err_hint(err, "it is tried again until one does");
			log_err(err);
		}
		told = true;
		if (!ship_sleep(s->o, ms))
			return 1;
		ms = ms * 2 < AGAIN_MAX ? ms * 2 : AGAIN_MAX;
	}
}

static void sender_free(struct sender *s)
{
	outbox_close(s->outbox);
	broker_close(s->broker);
	buf_free(&s->host);
	buf_free(&s->of);
	buf_free(&s->subject);
	buf_free(&s->body);
	free(s);
}

static int ship_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sender *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "ship");
	s->o = so->ctx;
	r = ship_connect(s, err);
	if (r > 0)
		r = err_say(err, -EINTR, "ended before a server answered");
	if (!r)
		r = outbox_open(s->broker, s->o->window, &s->outbox, err);
	if (r) {
		sender_free(s);
		return r;
	}
	s->passed = cursor_at(s->o->cursor);
	s->o->began = true;
	s->heard_ns = s->saved_ns = now_ns();
	*so->ret_wants |= SINK_USER | (s->o->notes ? SINK_NOTES : 0);
	*ret = s;
	return 0;
}

/* What is on its way may arrive; after a signal not for long. */
static int ship_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sender *s = sink;
	struct outbox_counts counts;
	uint64_t until = now_ns() + END_NS;
	int64_t at;
	int r;

	while (!end->failed && !s->err.code && !outbox_is_empty(s->outbox) &&
		(s->o->once || now_ns() < until)) {
		ship_wait(s, TICK_MS);
		if (s->stopped && s->o->once && now_ns() > until)
			break;
	}
	ship_look(s);
	at = done_until(s);
	r = s->err.code;
	if (err)
		*err = s->err;
	if (at > cursor_at(s->o->cursor))
		r = cursor_save(s->o->cursor, at, r ? NULL : err) ?: r;
	counts = outbox_counts(s->outbox);
	s->o->shipped = counts.acked;
	s->o->duplicates = counts.duplicates;
	s->o->again = counts.again;
	sender_free(s);
	return r;
}

const struct sink_ops sink_ship = {
	.name = "ship",
	.help = "a stream of NATS JetStream",
	.open = ship_open,
	.event = ship_event,
	.flush = ship_flush,
	.tick = ship_tick,
	.tick_ms = ship_tick_ms,
	.close = ship_close,
};
