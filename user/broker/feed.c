// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "broker/feed.h"

#ifdef NSWATCH_STATIC
int feed_open(struct broker *b, const struct feed_opts *o, struct feed **ret, struct err *err)
{
	return -ENOPKG;
}

void feed_close(struct feed *f)
{
}

bool feed_next(struct feed *f, const char **data, size_t *len)
{
	return false;
}

void feed_look(struct feed *f)
{
}
#else

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "broker/connection.h"
#include "lib/clock.h"

#define RETRY_NS 1000000000ULL
#define QUEUE    4096 /* messages; a power of two */

struct feed {
	struct broker *b;
	natsSubscription *sub;
	natsMsg *last; /* that feed_next() gave */
	char *stream, *subject;
	int64_t since, opened;
	unsigned int reconnects, faults; /* of the broker, as of the last look */
	bool lost;                       /* there is no consumer */
	uint64_t retry_ns;               /* CLOCK_MONOTONIC */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	natsMsg *queue[QUEUE];
	uint64_t head, tail;
	uint64_t seq; /* in the stream, of the last one in the queue; 0: none was */
	bool closing, done;
};

/*
 * The number of a message in the stream, of the address for its acknowledgement:
 * $JS.ACK.STREAM.CONSUMER.DELIVERED.SEQ..., behind ACK of newer servers two more. 0: it has none.
 */
static uint64_t seq_read(natsMsg *m)
{
	const char *reply = nats.natsMsg_GetReply(m), *at = reply;
	int dots = 0, skip;

	for (const char *c = reply ? reply : ""; *c; c++)
		dots += *c == '.';
	skip = dots >= 10 ? 7 : 5;
	for (; at && skip; skip--) {
		at = strchr(at, '.');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

static void on_message(natsConnection *nc, natsSubscription *sub, natsMsg *m, void *ctx)
{
	struct feed *f = ctx;
	uint64_t seq = seq_read(m);

	(void)nc;
	(void)sub;
	pthread_mutex_lock(&f->lock);
	while (f->tail - f->head == QUEUE && !f->closing)
		pthread_cond_wait(&f->changed, &f->lock);
	/* A consumer that was made anew may begin with some that are here. */
	if (!f->closing && (!seq || seq > f->seq)) {
		f->seq = seq;
		f->queue[f->tail++ & (QUEUE - 1)] = m;
		m = NULL;
	}
	pthread_mutex_unlock(&f->lock);
	if (m)
		nats.natsMsg_Destroy(m);
	broker_wake(f->b);
}

static void on_end(void *ctx)
{
	struct feed *f = ctx;

	pthread_mutex_lock(&f->lock);
	f->done = true;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

bool feed_next(struct feed *f, const char **data, size_t *len)
{
	if (!f)
		return false;
	if (f->last)
		nats.natsMsg_Destroy(f->last);
	f->last = NULL;
	pthread_mutex_lock(&f->lock);
	if (f->head != f->tail) {
		f->last = f->queue[f->head++ & (QUEUE - 1)];
		pthread_cond_signal(&f->changed);
	}
	pthread_mutex_unlock(&f->lock);
	if (!f->last)
		return false;
	*data = nats.natsMsg_GetData(f->last);
	*len = (size_t)nats.natsMsg_GetDataLength(f->last);
	return true;
}

static int subscribe(struct feed *f, struct err *err)
{
	jsSubOptions so;
	jsErrCode code = 0;
	natsStatus s, last;
	const char *text;

	nats.jsSubOptions_Init(&so);
	so.Stream = f->stream;
	so.Ordered = true;
	so.Config.DeliverPolicy = f->seq     ? js_DeliverByStartSequence
				  : f->since ? js_DeliverByStartTime
					     : js_DeliverNew;
	so.Config.OptStartSeq = f->seq ? f->seq + 1 : 0;
	so.Config.OptStartTime = f->seq ? 0 : f->since;
	s = nats.js_Subscribe(&f->sub, f->b->js, f->subject, on_message, f, NULL, &so, &code);
	if (s == NATS_OK) {
		nats.natsSubscription_SetOnCompleteCB(f->sub, on_end, f);
		return 0;
	}
	last = s;
	text = nats.nats_GetLastError(&last);
	return err_say(err, -EREMOTEIO, "read stream %s: %.200s", so.Stream,
		text && *text ? text : nats.natsStatus_GetText(s));
}

int feed_open(struct broker *b, const struct feed_opts *o, struct feed **ret, struct err *err)
{
	struct feed *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "read a stream");
	f->b = b;
	f->since = o->since;
	f->opened = (int64_t)clock_ns(CLOCK_REALTIME);
	f->stream = strdup(o->stream ? o->stream : BROKER_STREAM);
	f->subject = strdup(o->subject);
	f->reconnects = broker_reconnects(b);
	f->faults = atomic_load(&b->faults);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	r = f->stream && f->subject ? subscribe(f, err) : err_set(err, -ENOMEM, "read a stream");
	if (r) {
		feed_close(f);
		return r;
	}
	*ret = f;
	return 0;
}

/* No thread is in on_message() any more, nor comes. false: one hangs. */
static bool messages_end(struct feed *f)
{
	struct timespec until;
	int r = 0;

	pthread_mutex_lock(&f->lock);
	f->closing = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	nats.natsSubscription_Destroy(f->sub);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&f->lock);
	while (!f->done && !r)
		r = pthread_cond_timedwait(&f->changed, &f->lock, &until);
	f->closing = f->done = false;
	pthread_mutex_unlock(&f->lock);
	f->sub = NULL;
	return !r;
}

void feed_look(struct feed *f)
{
	unsigned int reconnects = f ? broker_reconnects(f->b) : 0;
	unsigned int faults = f ? atomic_load(&f->b->faults) : 0;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!f)
		return;
	f->lost |= reconnects != f->reconnects || faults != f->faults;
	f->reconnects = reconnects;
	f->faults = faults;
	if (!f->lost || now < f->retry_ns || !broker_connected(f->b))
		return;
	f->retry_ns = now + RETRY_NS;
	if (f->sub && !messages_end(f))
		return;
	/* What came meanwhile is wanted, too. */
	f->since = f->since ? f->since : f->opened;
	f->lost = subscribe(f, NULL);
}

void feed_close(struct feed *f)
{
	if (!f || (f->sub && !messages_end(f)))
		return;
	if (f->last)
		nats.natsMsg_Destroy(f->last);
	for (; f->head != f->tail; f->head++)
		nats.natsMsg_Destroy(f->queue[f->head & (QUEUE - 1)]);
	free(f->stream);
	free(f->subject);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
#endif
