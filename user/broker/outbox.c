// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "broker/outbox.h"

#ifdef NSWATCH_STATIC
int outbox_open(struct broker *b, size_t window, struct outbox **ret, struct err *err)
{
	return -ENOPKG;
}

void outbox_close(struct outbox *o)
{
}

bool outbox_has_room(const struct outbox *o)
{
	return false;
}

int outbox_put(struct outbox *o, const struct outbox_message *m, struct err *err)
{
	return -ENOPKG;
}

int outbox_tick(struct outbox *o, struct err *say, struct err *err)
{
	return -ENOPKG;
}

bool outbox_is_empty(const struct outbox *o)
{
	return true;
}

int64_t outbox_first(const struct outbox *o)
{
	return 0;
}

struct outbox_counts outbox_counts(const struct outbox *o)
{
	return (struct outbox_counts){0};
}

bool outbox_is_refused(const struct outbox *o)
{
	return false;
}
#else

#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/connection.h"
#include "lib/clock.h"

#define ACK_NS             5000000000ULL /* without an answer: it is sent again */
#define RETRY_NS           250000000ULL  /* after a refusal; doubled each time, up to: */
#define RETRY_MAX          8000000000ULL
#define HTTP_NO_RESPONDERS 503

enum slot_state {
	SLOT_WAITS, /* to be sent, or sent again */
	SLOT_SENT,
	SLOT_ACKED,
};

struct slot {
	int64_t seq;
	natsMsg *msg;
	uint64_t sent_ns; /* CLOCK_MONOTONIC */
	enum slot_state state;
};

/* What is at number n, counted over all times, stands in slots[n & mask]. */
struct outbox {
	struct broker *b;
	char *inbox;
	natsSubscription *acks;
	struct slot *slots;
	uint64_t mask, head, tail;
	/* Of the main thread: */
	unsigned int reconnects; /* as of the last look */
	uint64_t retry_ns;       /* when to send again; 0: at once */
	uint64_t retry_wait;
	uint64_t again;
	bool told, was_away;
	/* Of both, under the lock; so are the states of slots: */
	pthread_mutex_t lock;
	bool done; /* no answer will be given to on_ack() any more; with ended */
	pthread_cond_t ended;
	uint64_t waits; /* slots of SLOT_WAITS */
	uint64_t acked, duplicates;
	bool refused;     /* by the stream, and not accepted since */
	bool refused_new; /* and the main thread has not looked yet */
	char why[200];
};

/* --- the thread of libnats ------------------------------------------------------------------- */

/* {"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},...}: why. */
static void refusal_read(const char *data, size_t len, char *why, size_t size)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *all = t ? json_tokener_parse_ex(t, data, (int)len) : NULL, *error,
			   *text;

	if (all && json_object_object_get_ex(all, "error", &error) &&
		json_object_object_get_ex(error, "description", &text))
		snprintf(why, size, "%s", json_object_get_string(text));
	else
		snprintf(why, size, "an answer that is none of JetStream");
	json_object_put(all);
	if (t)
		json_tokener_free(t);
}

static bool has_word(const char *data, size_t len, const char *word)
{
	return memmem(data, len, word, strlen(word));
}

/* Whether the message was stored; else why not. */
static bool ack_read(natsMsg *m, bool *ret_duplicate, char *why, size_t size)
{
	const char *data = nats.natsMsg_GetData(m);
	size_t len = (size_t)nats.natsMsg_GetDataLength(m);

	if (nats.natsMsg_IsNoResponders(m)) {
		snprintf(why, size, "no stream takes them, or it has no leader at the moment");
		return false;
	}
	if (has_word(data, len, "\"error\"") || !has_word(data, len, "\"seq\"")) {
		refusal_read(data, len, why, size);
		return false;
	}
	*ret_duplicate = has_word(data, len, "\"duplicate\"");
	return true;
}

static void on_ack(natsConnection *nc, natsSubscription *sub, natsMsg *m, void *ctx)
{
	struct outbox *o = ctx;
	const char *dot = strrchr(nats.natsMsg_GetSubject(m), '.');
	uint64_t n = dot ? strtoull(dot + 1, NULL, 10) : 0;
	bool duplicate = false, stored;
	char why[sizeof(o->why)];
	struct slot *s = &o->slots[n & o->mask];

	(void)nc;
	(void)sub;
	stored = ack_read(m, &duplicate, why, sizeof(why));
	pthread_mutex_lock(&o->lock);
	/* It may be the second answer about a message, or the first when it was given up. */
	if (dot && n >= o->head && n < o->tail &&
		(s->state == SLOT_SENT || (s->state == SLOT_WAITS && stored))) {
		o->waits -= s->state == SLOT_WAITS;
		o->waits += !stored;
		s->state = stored ? SLOT_ACKED : SLOT_WAITS;
		o->acked += stored;
		o->duplicates += duplicate;
		o->refused = !stored;
		if (!stored) {
			o->refused_new = true;
			strcpy(o->why, why);
		}
	}
	pthread_mutex_unlock(&o->lock);
	nats.natsMsg_Destroy(m);
	broker_wake(o->b);
}

static void on_acks_end(void *ctx)
{
	struct outbox *o = ctx;

	pthread_mutex_lock(&o->lock);
	o->done = true;
	pthread_cond_signal(&o->ended);
	pthread_mutex_unlock(&o->lock);
}

/* --- sending --------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* One that waits. What can't be sent now is sent later. -errno: nothing can any more. */
static int slot_send(struct outbox *o, struct slot *s, struct err *err)
{
	bool waits;
	natsStatus st;

	/* Before the answer can be there. */
	pthread_mutex_lock(&o->lock);
	waits = s->state == SLOT_WAITS;
	if (waits) {
		o->again += s->sent_ns != 0;
		o->waits--;
		s->state = SLOT_SENT;
		s->sent_ns = now_ns();
	}
	pthread_mutex_unlock(&o->lock);
	st = waits ? nats.natsConnection_PublishMsg(o->b->nc, s->msg) : NATS_OK;
	if (st == NATS_OK)
		return 0;
	pthread_mutex_lock(&o->lock);
	if (s->state == SLOT_SENT) {
		s->state = SLOT_WAITS;
		o->waits++;
	}
	pthread_mutex_unlock(&o->lock);
	if (st == NATS_MAX_PAYLOAD)
		return err_say(err, -EMSGSIZE, "the servers take no message as long as an event");
	return broker_closed(o->b, err);
}

bool outbox_has_room(const struct outbox *o)
{
	return o->tail - o->head <= o->mask;
}

int outbox_put(struct outbox *o, const struct outbox_message *m, struct err *err)
{
	struct slot *s = &o->slots[o->tail & o->mask];
	char reply[128];
	natsMsg *msg = NULL;
	bool at_once;
	natsStatus st;

	snprintf(reply, sizeof(reply), "%s.%llu", o->inbox, (unsigned long long)o->tail);
	st = nats.natsMsg_Create(&msg, m->subject, reply, m->data, (int)m->len);
	if (st == NATS_OK)
		st = nats.natsMsgHeader_Set(msg, "Nats-Msg-Id", m->id);
	if (st != NATS_OK) {
		nats.natsMsg_Destroy(msg);
		return err_say(err, st == NATS_NO_MEMORY ? -ENOMEM : -EINVAL, "%s: %s", m->subject,
			nats.natsStatus_GetText(st));
	}
	*s = (struct slot){.seq = m->seq, .msg = msg, .state = SLOT_WAITS};
	pthread_mutex_lock(&o->lock);
	at_once = !o->waits && broker_connected(o->b);
	o->waits++;
	o->tail++;
	pthread_mutex_unlock(&o->lock);
	return at_once ? slot_send(o, s, err) : 0;
}

static int waiting_send(struct outbox *o, struct err *err)
{
	int r = 0;

	for (uint64_t n = o->head; n < o->tail && !r; n++)
		r = slot_send(o, &o->slots[n & o->mask], err);
	return r;
}

/* --- what became of them --------------------------------------------------------------------- */

static void acked_free(struct outbox *o)
{
	pthread_mutex_lock(&o->lock);
	for (; o->head < o->tail; o->head++) {
		struct slot *s = &o->slots[o->head & o->mask];

		if (s->state != SLOT_ACKED)
			break;
		nats.natsMsg_Destroy(s->msg);
		s->msg = NULL;
	}
	pthread_mutex_unlock(&o->lock);
}

/* Those without an answer: all, or those that were sent before. */
static void unanswered_wait(struct outbox *o, uint64_t before)
{
	pthread_mutex_lock(&o->lock);
	for (uint64_t n = o->head; n < o->tail; n++) {
		struct slot *s = &o->slots[n & o->mask];

		if (s->state != SLOT_SENT || s->sent_ns > before)
			continue;
		s->state = SLOT_WAITS;
		o->waits++;
	}
	pthread_mutex_unlock(&o->lock);
}

/* What a refusal delays, and what is to be said of it, once until something is stored again. */
static void refusal_take(struct outbox *o, uint64_t now, struct err *say)
{
	bool is_new;

	pthread_mutex_lock(&o->lock);
	is_new = o->refused_new;
	o->refused_new = false;
	if (is_new && !o->told) {
		err_say(say, -ENOBUFS, "the stream takes no events: %s", o->why);
		err_hint(say, "they are sent again until it does");
		o->told = true;
	} else if (o->told && !o->refused) {
		err_say(say, -EAGAIN, "the stream takes events again");
		o->told = false;
	}
	if (!o->refused)
		o->retry_wait = RETRY_NS;
	pthread_mutex_unlock(&o->lock);
	if (!is_new || o->retry_ns)
		return;
	o->retry_ns = now + o->retry_wait;
	o->retry_wait = o->retry_wait * 2 < RETRY_MAX ? o->retry_wait * 2 : RETRY_MAX;
}

static void connection_take(struct outbox *o, bool connected, struct err *say)
{
	unsigned int reconnects = broker_reconnects(o->b);

	if (!connected && !o->was_away) {
		o->was_away = true;
		err_say(say, -EHOSTUNREACH, "the connection to the servers is lost");
		err_hint(say, "a new one is made as soon as a server answers");
	}
	if (reconnects == o->reconnects)
		return;
	o->reconnects = reconnects;
	/* What was on its way may have been lost with the connection. */
	unanswered_wait(o, UINT64_MAX);
	o->retry_ns = 0;
	if (connected && o->was_away) {
		o->was_away = false;
		err_say(say, -EAGAIN, "connected again");
	}
}

int outbox_tick(struct outbox *o, struct err *say, struct err *err)
{
	bool connected = broker_connected(o->b);
	uint64_t now = now_ns();
	bool waits;
	int r = broker_closed(o->b, err);

	if (r)
		return r;
	acked_free(o);
	refusal_take(o, now, say);
	connection_take(o, connected, say);
	if (!connected)
		return 0;
	if (o->head < o->tail && now > ACK_NS)
		unanswered_wait(o, now - ACK_NS);
	pthread_mutex_lock(&o->lock);
	waits = o->waits;
	pthread_mutex_unlock(&o->lock);
	if (!waits || now < o->retry_ns)
		return 0;
	o->retry_ns = 0;
	return waiting_send(o, err);
}

bool outbox_is_empty(const struct outbox *o)
{
	return o->head == o->tail;
}

int64_t outbox_first(const struct outbox *o)
{
	return o->slots[o->head & o->mask].seq;
}

struct outbox_counts outbox_counts(const struct outbox *o)
{
	return (struct outbox_counts){o->acked, o->duplicates, o->again};
}

bool outbox_is_refused(const struct outbox *o)
{
	return o->refused;
}

/* --- beginning and end ------------------------------------------------------------------------ */

int outbox_open(struct broker *b, size_t window, struct outbox **ret, struct err *err)
{
	struct outbox *o = calloc(1, sizeof(*o));
	natsInbox *inbox = NULL;
	char subject[128];
	size_t n = 1;

	while (n < window)
		n *= 2;
	if (o)
		o->slots = calloc(n, sizeof(*o->slots));
	if (!o || !o->slots || nats.natsInbox_Create(&inbox) != NATS_OK) {
		if (o)
			free(o->slots);
		free(o);
		return err_set(err, -ENOMEM, "publish");
	}
	o->b = b;
	o->mask = n - 1;
	o->retry_wait = RETRY_NS;
	o->reconnects = broker_reconnects(b);
	o->inbox = inbox;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->ended, NULL);
	snprintf(subject, sizeof(subject), "%s.*", inbox);
	if (nats.natsConnection_Subscribe(&o->acks, b->nc, subject, on_ack, o) != NATS_OK) {
		outbox_close(o);
		return err_say(err, -EIO, "the servers let no acknowledgements be received");
	}
	nats.natsSubscription_SetPendingLimits(o->acks, -1, -1);
	nats.natsSubscription_SetOnCompleteCB(o->acks, on_acks_end, o);
	*ret = o;
	return 0;
}

/* No thread is in on_ack() any more, nor comes. false: one hangs there. */
static bool acks_end(struct outbox *o)
{
	struct timespec until;
	int r = 0;

	nats.natsSubscription_Destroy(o->acks);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&o->lock);
	while (!o->done && !r)
		r = pthread_cond_timedwait(&o->ended, &o->lock, &until);
	pthread_mutex_unlock(&o->lock);
	return !r;
}

void outbox_close(struct outbox *o)
{
	if (!o || (o->acks && !acks_end(o)))
		return;
	for (; o->head < o->tail; o->head++)
		nats.natsMsg_Destroy(o->slots[o->head & o->mask].msg);
	nats.natsInbox_Destroy(o->inbox);
	pthread_cond_destroy(&o->ended);
	pthread_mutex_destroy(&o->lock);
	free(o->slots);
	free(o);
}
#endif
