// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_linkwatch.c - any bytes as what rtnetlink tells unasked, of our net namespace and of one
 * with an id: what comes of it are events.
 */
#include "source/netdev_watch.c"

#include "event/decode.h"
#include "fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t inum_of(void *ctx, int32_t via, int32_t id)
{
	return id == 7 ? 0 : 4026532000u + (uint32_t)id % 16;
}

static int take(void *ctx, const void *data, size_t size)
{
	struct event ev;
	struct err err = {0};

	if (event_decode(data, size, 0, &ev, &err))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct linkwatch *w = calloc(1, sizeof(*w));
	char *copy = aligned_alloc(8, size + 8 - size % 8);
	const struct nlmsghdr *h = (void *)copy;
	int left = (int)size, r = 0;

	if (!w || !copy)
		abort();
	memcpy(copy, data, size);
	*w = (struct linkwatch){
		.opts = {.inum_of = inum_of, .kinds = ~0ULL}, .fd = -1, .own = 4026531840u};
	for (; !r && netlink_whole(h, left); h = mnl_nlmsg_next(h, &left)) {
		w->table.now_ns += 1000;
		r = message_take(w, h, h->nlmsg_pid & 1 ? 1 : OURS);
	}
	if (!r)
		r = links_settle(&w->table);
	w->table.now_ns = UINT64_MAX;
	if (!r)
		r = links_flush(&w->table, take, NULL);
	if (r < 0)
		abort();
	linkwatch_close(w);
	free(copy);
	return 0;
}
