// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <linux/types.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "broker/feed.h"
#include "event/jsonevent.h"
#include "event/schema.h"
#include "lib/array.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/util.h"
#include "source/fleet.h"

#define TAKE_MAX 512 /* messages at a time */
#define HELD_MAX 65536
#define TIME_LEN 30 /* "2026-11-24T22:40:32.123456789Z" */

/* A message that waits for earlier ones. */
struct held {
	char time[TIME_LEN];
	uint64_t number; /* of its arrival: those of one moment stay in their order */
	uint64_t due_ns; /* CLOCK_MONOTONIC */
	char *line;
	size_t len;
};

struct fleet {
	struct fleet_opts o;
	struct broker *broker;
	struct feed *feeds[2]; /* of one kind, and of losses; or of all */
	struct jsonevent *json;
	struct held *heap; /* the earliest is the first */
	size_t n, cap;
	uint64_t arrived;
	char newest[TIME_LEN]; /* of all that arrived */
	char given[TIME_LEN];  /* of the one that was given out last */
	uint64_t late, foreign;
	struct err why; /* the first of the foreign ones */
	bool away;
	unsigned int reconnects;
};

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* --- those that wait ------------------------------------------------------------------------- */

static bool held_before(const struct held *a, const struct held *b)
{
	int c = memcmp(a->time, b->time, TIME_LEN);

	return c < 0 || (!c && a->number < b->number);
}

static void held_swap(struct held *a, struct held *b)
{
	struct held tmp = *a;

	*a = *b;
	*b = tmp;
}

static int heap_put(struct fleet *f, const struct held *h)
{
	size_t i = f->n;

	if (ARRAY_ROOM(f->heap, f->cap, f->n))
		return -ENOMEM;
	f->heap[f->n++] = *h;
	for (; i && held_before(&f->heap[i], &f->heap[(i - 1) / 2]); i = (i - 1) / 2)
		held_swap(&f->heap[i], &f->heap[(i - 1) / 2]);
	return 0;
}

static struct held heap_take(struct fleet *f)
{
	struct held first = f->heap[0];
	size_t i = 0;

	f->heap[0] = f->heap[--f->n];
	for (;;) {
		size_t least = i, child = 2 * i + 1;

		for (size_t k = child; k < child + 2 && k < f->n; k++)
			if (held_before(&f->heap[k], &f->heap[least]))
				least = k;
		if (least == i)
			return first;
		held_swap(&f->heap[i], &f->heap[least]);
		i = least;
	}
}

/* --- messages -------------------------------------------------------------------------------- */

/* The place of the time in the text of an event; NULL: it is none. */
static const char *time_find(const char *line, size_t len)
{
	static const char key[] = "\"time\":\"";
	const char *at = memmem(line, len < 256 ? len : 256, key, sizeof(key) - 1);

	if (!at || (size_t)(line + len - at) < sizeof(key) - 1 + TIME_LEN)
		return NULL;
	at += sizeof(key) - 1;
	return at[TIME_LEN - 1] == 'Z' && at[10] == 'T' ? at : NULL;
}

static void foreign_add(struct fleet *f, const char *why)
{
	if (!f->foreign++)
		err_say(&f->why, -EBADMSG, "%.200s", why);
}

static int message_hold(struct fleet *f, const char *data, size_t len)
{
	const char *time = len <= JSONEVENT_LINE_MAX ? time_find(data, len) : NULL;
	struct held h = {.number = f->arrived++, .len = len};
	int r;

	if (!time) {
		foreign_add(f, "no JSON of an event, or none with a time");
		return 0;
	}
	h.line = malloc(len ? len : 1);
	if (!h.line)
		return -ENOMEM;
	memcpy(h.line, data, len);
	memcpy(h.time, time, TIME_LEN);
	h.due_ns = now_ns() + f->o.reorder_ns;
	if (memcmp(h.time, f->newest, TIME_LEN) > 0)
		memcpy(f->newest, h.time, TIME_LEN);
	r = heap_put(f, &h);
	if (r)
		free(h.line);
	return r;
}

static bool host_wanted(const struct fleet *f)
{
	const char *host = f->json->host.s ? f->json->host.s : "";
	bool wanted = !f->o.nhosts;

	for (size_t i = 0; i < f->o.nhosts && !wanted; i++)
		wanted = !fnmatch(f->o.hosts[i], host, 0);
	return wanted;
}

/* 1: it was given to the sink; 0: it is not wanted, or no event; -errno of the sink. */
static int held_give(struct fleet *f, const struct held *h, source_sink sink, void *ctx)
{
	struct err why = {0};
	int r = jsonevent_read(f->json, h->line, h->len, &why);

	if (r == -ENOMEM)
		return r;
	if (r) {
		foreign_add(f, why.what);
		return 0;
	}
	if (!host_wanted(f) || (int64_t)f->json->rec.hdr.ts_ns + f->json->wall_offset < f->o.since)
		return 0;
	if (memcmp(h->time, f->given, TIME_LEN) < 0)
		f->late++;
	else
		memcpy(f->given, h->time, TIME_LEN);
	r = sink(ctx, &f->json->rec, f->json->rec.hdr.size);
	return r < 0 ? r : 1;
}

/* What has waited long enough, and, where very many wait, the earliest. How many, or -errno. */
static int due_give(struct fleet *f, source_sink sink, void *ctx)
{
	uint64_t now = now_ns();
	int n = 0, r = 0;

	while (f->n && r >= 0 && (f->heap[0].due_ns <= now || f->n > HELD_MAX)) {
		struct held h = heap_take(f);

		r = held_give(f, &h, sink, ctx);
		n += r > 0;
		free(h.line);
	}
	return r < 0 ? r : n;
}

/* --- the source ------------------------------------------------------------------------------ */

static int fleet_fd(const void *source)
{
	const struct fleet *f = source;

	return broker_fd(f->broker);
}

static int connection_look(struct fleet *f, struct err *err)
{
	bool connected = broker_connected(f->broker);
	int r = broker_closed(f->broker, err);

	if (!r && !connected && !f->away)
		log_say("the connection to the servers is lost; a new one is made as soon as one "
			"answers");
	if (!r && connected && f->away)
		log_say("connected again");
	f->away = !connected;
	return r;
}

static int fleet_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct fleet *f = source;
	const char *data;
	size_t len;
	int n = 0, r = connection_look(f, err);

	broker_seen(f->broker);
	for (size_t i = 0; i < ARRAY_SIZE(f->feeds); i++)
		for (; !r && n < TAKE_MAX && feed_next(f->feeds[i], &data, &len); n++)
			r = message_hold(f, data, len);
	/* There may be more. */
	if (n == TAKE_MAX)
		broker_wake(f->broker);
	if (r == -ENOMEM)
		return err_set(err, r, "read a stream");
	return r ? r : due_give(f, sink, ctx);
}

static int fleet_tick(void *source, source_sink sink, void *ctx)
{
	struct fleet *f = source;
	int r = connection_look(f, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(f->feeds); i++)
		feed_look(f->feeds[i]);
	return r ? r : due_give(f, sink, ctx);
}

static int fleet_tick_ms(const void *source)
{
	(void)source;
	return 100;
}

/* At the end nothing earlier is waited for. */
static int fleet_finish(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct fleet *f = source;
	int r = 0;

	(void)err;
	while (f->n && r >= 0) {
		struct held h = heap_take(f);

		r = held_give(f, &h, sink, ctx);
		free(h.line);
	}
	return r < 0 ? r : 0;
}

static int64_t fleet_wall_offset(const void *source)
{
	const struct fleet *f = source;

	return f->json->wall_offset;
}

static const char *fleet_host(const void *source, size_t *len)
{
	const struct fleet *f = source;

	*len = f->json->host.len;
	return f->json->host.s;
}

static bool fleet_user(const void *source, uint32_t uid, const char **ret)
{
	const struct fleet *f = source;

	/* Only that of the event's own user is said; others are not those of this machine. */
	*ret = uid == f->json->rec.hdr.uid ? f->json->user.s : NULL;
	return true;
}

static const struct whose *fleet_whose(void *source, uint64_t cgroup_id)
{
	const struct fleet *f = source;

	return whoses_find(&f->json->whoses, cgroup_id);
}

static uint64_t fleet_owner(void *source, uint32_t inum)
{
	const struct fleet *f = source;

	return whoses_owner(&f->json->whoses, inum);
}

static const char *fleet_ns_name(void *source, uint32_t inum)
{
	const struct fleet *f = source;

	return nsnames_find(&f->json->names, inum);
}

static void fleet_initials(const void *source, uint32_t ret[NS_TYPES])
{
	(void)source;
	(void)ret;
}

static void fleet_close(void *source)
{
	struct fleet *f = source;

	if (f->foreign)
		log_say("%llu messages were no events of this version of nswatch: %s",
			(unsigned long long)f->foreign, f->why.what);
	if (f->late)
		log_say("%llu events came too late for their place: --reorder waits longer",
			(unsigned long long)f->late);
	for (size_t i = 0; i < ARRAY_SIZE(f->feeds); i++)
		feed_close(f->feeds[i]);
	broker_close(f->broker);
	jsonevent_free(f->json);
	for (size_t i = 0; i < f->n; i++)
		free(f->heap[i].line);
	free(f->heap);
	free(f);
}

static const struct source_ops fleet_ops = {
	.fd = fleet_fd,
	.take = fleet_take,
	.tick = fleet_tick,
	.tick_ms = fleet_tick_ms,
	.finish = fleet_finish,
	.wall_offset = fleet_wall_offset,
	.host = fleet_host,
	.user = fleet_user,
	.whose = fleet_whose,
	.owner = fleet_owner,
	.ns_name = fleet_ns_name,
	.initials = fleet_initials,
	.close = fleet_close,
};

/* --- beginning ------------------------------------------------------------------------------- */

/* What the server can choose by: one host that is no pattern, and one kind (NULL: all). */
static int feed_begin(struct fleet *f, const char *kind, struct feed **ret, struct err *err)
{
	const char *host = f->o.nhosts == 1 ? f->o.hosts[0] : NULL;
	auto_buf struct buf subject = {0};
	struct feed_opts fo = {.stream = f->o.broker->stream, .since = f->o.since};

	buf_puts(&subject, "nswatch.v1.");
	if (host && *host && !strpbrk(host, "*?[\\"))
		broker_token(&subject, host, strlen(host));
	else
		buf_putc(&subject, '*');
	buf_printf(&subject, ".%s", kind ? kind : "*");
	fo.subject = subject.s;
	return feed_open(f->broker, &fo, ret, err);
}

/* Losses are of every selection. */
static int feeds_begin(struct fleet *f, struct err *err)
{
	const struct ev_schema *one = NULL;
	uint64_t kinds = f->o.pick->kinds | 1ULL << EV_LOST;
	int r;

	for (unsigned int k = 1; k < EV_KINDS; k++)
		if (kinds == (1ULL << k | 1ULL << EV_LOST))
			one = schema_of(k);
	r = feed_begin(f, one ? one->name : NULL, &f->feeds[0], err);
	if (!r && one && one->kind != EV_LOST)
		r = feed_begin(f, "lost", &f->feeds[1], err);
	return r;
}

static int fleet_begin(struct fleet *f, struct err *err)
{
	bool made;
	int r = broker_open(f->o.broker, "nswatch trace", &f->broker, err);

	if (!r)
		r = broker_stream(f->broker, f->o.broker, NULL, &made, err);
	return r ? r : feeds_begin(f, err);
}

int fleet_open(const struct fleet_opts *o, struct source *ret, struct err *err)
{
	struct fleet *f;
	sigset_t all, old;
	int r = filecaps_limit(0, err);

	if (r)
		return r;
	f = calloc(1, sizeof(*f));
	if (f)
		f->json = jsonevent_new();
	if (!f || !f->json) {
		free(f);
		return err_set(err, -ENOMEM, "read a stream");
	}
	f->o = *o;
	/* Threads that begin here take no signal from this one. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	r = fleet_begin(f, err);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (r) {
		fleet_close(f);
		return r;
	}
	*ret = (struct source){.ops = &fleet_ops, .self = f};
	return 0;
}
