// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "source/hold.h"

struct held_record {
	void *data;
	size_t size;
	uint64_t until; /* CLOCK_MONOTONIC */
};

struct hold {
	uint64_t wait_ns;
	hold_ready_fn ready;
	void *ctx;
	int timer;
	size_t first, n;
	struct held_record of[HOLD_MAX];
};

struct hold *hold_new(uint64_t wait_ns, hold_ready_fn ready, void *ctx)
{
	struct hold *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->wait_ns = wait_ns;
	h->ready = ready;
	h->ctx = ctx;
	h->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (h->timer >= 0)
		return h;
	free(h);
	return NULL;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		free(h->of[(h->first + i) % HOLD_MAX].data);
	close(h->timer);
	free(h);
}

bool hold_is_empty(const struct hold *h)
{
	return !h->n;
}

int hold_fd(const struct hold *h)
{
	return h->timer;
}

/* For the first; where there is none it stops. */
static void hold_set_timer(struct hold *h)
{
	uint64_t until = h->n ? h->of[h->first].until : 0;
	struct itimerspec at = {
		.it_value = {(time_t)(until / 1000000000), (long)(until % 1000000000)}};

	timerfd_settime(h->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static int hold_pop(struct hold *h, source_sink sink, void *ctx)
{
	struct held_record *r = &h->of[h->first];
	int ret = sink(ctx, r->data, r->size);

	free(r->data);
	*r = (struct held_record){0};
	h->first = (h->first + 1) % HOLD_MAX;
	h->n--;
	return ret;
}

int hold_give(struct hold *h, bool all, source_sink sink, void *ctx)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	bool some = false;
	int ret = 0;

	while (h->n && ret >= 0) {
		const struct held_record *r = &h->of[h->first];
		bool late = all || now >= r->until;

		if (!h->ready(h->ctx, r->data, r->size, late) && !late)
			break;
		ret = hold_pop(h, sink, ctx);
		some = true;
	}
	if (some)
		hold_set_timer(h);
	return ret < 0 ? ret : 0;
}

int hold_take(struct hold *h, const void *data, size_t size, source_sink sink, void *ctx)
{
	struct held_record *r;
	void *copy;
	int ret = h->n ? hold_give(h, false, sink, ctx) : 0;

	if (ret < 0)
		return ret;
	if (!h->n && h->ready(h->ctx, data, size, false))
		return sink(ctx, data, size);
	if (h->n == HOLD_MAX) {
		ret = hold_pop(h, sink, ctx);
		if (ret < 0)
			return ret;
	}
	copy = malloc(size);
	if (!copy) {
		ret = hold_give(h, true, sink, ctx);
		return ret < 0 ? ret : sink(ctx, data, size);
	}
	memcpy(copy, data, size);
	r = &h->of[(h->first + h->n++) % HOLD_MAX];
	*r = (struct held_record){copy, size, clock_ns(CLOCK_MONOTONIC) + h->wait_ns};
	if (h->n == 1)
		hold_set_timer(h);
	return 0;
}
