// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ns/linktable.h"

#define WAIT_NS     150000000ULL  /* how long an event waits to be made complete */
#define NAME_NS     3000000000ULL /* how long half a move may take: it waits for RCU */
#define MOVING_NS   60000000000ULL
#define ORPHAN_NS   1000000000ULL /* how long after a namespace the peers of its veths may go */
#define HOMELESS_NS 5000000000ULL /* how long hardware may take to come home */

void links_free(struct link_table *t)
{
	free(t->rows);
	free(t->queue);
	free(t->left);
	*t = (struct link_table){0};
}

/* --- rows ------------------------------------------------------------------------------------ */

static struct link_row *row_at(struct link_table *t, uint32_t net, uint32_t ifindex)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].net == net && t->rows[i].ifindex == ifindex && !t->rows[i].gone)
			return &t->rows[i];
	return NULL;
}

/* The same device at another place than row; 0 is nobody. */
static struct link_row *row_elsewhere(
	struct link_table *t, uint64_t dev, const struct link_row *row)
{
	for (size_t i = 0; dev && i < t->n; i++)
		if (t->rows[i].dev == dev && &t->rows[i] != row)
			return &t->rows[i];
	return NULL;
}

static void row_drop(struct link_table *t, struct link_row *row)
{
	*row = t->rows[--t->n];
}

/* rtnetlink told that it left its place: 0 or -ENOMEM. */
static int row_leave(struct link_table *t, struct link_row *row)
{
	if (t->nleft == t->left_cap) {
		size_t cap = t->left_cap ? t->left_cap * 2 : 64;
		struct link_place *left = reallocarray(t->left, cap, sizeof(*left));

		if (!left)
			return -ENOMEM;
		t->left = left;
		t->left_cap = cap;
	}
	t->left[t->nleft++] = (struct link_place){row->net, row->ifindex};
	row_drop(t, row);
	return 0;
}

static bool has_left(const struct link_table *t, uint32_t net, uint32_t ifindex)
{
	for (size_t i = 0; i < t->nleft; i++)
		if (t->left[i].net == net && t->left[i].ifindex == ifindex)
			return true;
	return false;
}

/* Pointers to rows are void after it. */
static struct link_row *row_add(struct link_table *t, const struct link_said *s)
{
	struct link_row *row;

	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct link_row *rows = reallocarray(t->rows, cap, sizeof(*rows));

		if (!rows)
			return NULL;
		t->rows = rows;
		t->cap = cap;
	}
	row = &t->rows[t->n++];
	*row = (struct link_row){.net = s->net, .ifindex = s->ifindex, .dev = s->dev};
	memcpy(row->name, s->name, EV_DEV_LEN);
	memcpy(row->kind, s->kind, EV_DEV_LEN);
	return row;
}

static void row_update(struct link_row *row, const struct link_said *s)
{
	if (s->dev)
		row->dev = s->dev;
	if (s->name[0])
		memcpy(row->name, s->name, EV_DEV_LEN);
	if (s->kind[0])
		memcpy(row->kind, s->kind, EV_DEV_LEN);
	row->missing_ns = 0;
}

/* --- events ---------------------------------------------------------------------------------- */

static struct link_event *event_add(struct link_table *t, uint16_t kind, uint32_t flags)
{
	struct link_event *e;

	if (t->nqueue == t->queue_cap) {
		size_t cap = t->queue_cap ? t->queue_cap * 2 : 64;
		struct link_event *q = reallocarray(t->queue, cap, sizeof(*q));

		if (!q)
			return NULL;
		t->queue = q;
		t->queue_cap = cap;
	}
	e = &t->queue[t->nqueue++];
	*e = (struct link_event){.until_ns = t->now_ns + WAIT_NS, .round = t->round};
	e->ev.hdr.ts_ns = t->now_ns;
	e->ev.hdr.kind = kind;
	e->ev.hdr.size = sizeof(e->ev);
	e->ev.hdr.flags = flags | EVF_NO_ACTOR;
	return e;
}

static struct link_event *event_waiting(
	struct link_table *t, enum link_wait wait, uint32_t to, uint32_t ifindex)
{
	for (size_t i = 0; i < t->nqueue; i++)
		if (t->queue[i].wait == wait && t->queue[i].ev.to == to &&
			t->queue[i].ev.new_ifindex == ifindex)
			return &t->queue[i];
	return NULL;
}

/* It is gone from where it arrived: by no other name. */
static void event_arrived(struct link_table *t, const struct link_row *row)
{
	struct link_event *e = event_waiting(t, WAIT_NAME, row->net, row->ifindex);

	if (!e)
		return;
	memcpy(e->ev.new_name, row->name, EV_DEV_LEN);
	e->wait = WAIT_NONE;
}

/* row's device left it, for to where it is number ifindex. */
static struct link_event *event_move(struct link_table *t, const struct link_row *row, uint32_t to,
	uint32_t ifindex, uint32_t flags)
{
	struct link_event *e;

	event_arrived(t, row);
	e = event_add(t, EV_NETDEV, flags);
	if (!e)
		return NULL;
	memcpy(e->ev.old_name, row->name, EV_DEV_LEN);
	memcpy(e->ev.new_name, row->name, EV_DEV_LEN);
	memcpy(e->ev.dev_kind, row->kind, EV_DEV_LEN);
	e->ev.old_ifindex = row->ifindex;
	e->ev.new_ifindex = ifindex;
	e->ev.from = row->net;
	e->ev.to = to;
	if (row->gone) {
		e->ev.why = EV_WHY_NETNS_EXIT;
		e->ev.cause = row->net;
	}
	return e;
}

static struct link_event *event_made(
	struct link_table *t, const struct link_said *s, uint32_t flags)
{
	struct link_event *e = event_add(t, EV_NETDEV_ADD, flags);

	if (!e)
		return NULL;
	memcpy(e->ev.new_name, s->name, EV_DEV_LEN);
	memcpy(e->ev.dev_kind, s->kind, EV_DEV_LEN);
	e->ev.new_ifindex = s->ifindex;
	e->ev.to = s->net;
	return e;
}

static struct link_event *event_removed(
	struct link_table *t, const struct link_row *row, uint32_t flags)
{
	struct link_event *e;

	event_arrived(t, row);
	e = event_add(t, EV_NETDEV_DEL, flags);
	if (!e)
		return NULL;
	memcpy(e->ev.old_name, row->name, EV_DEV_LEN);
	memcpy(e->ev.dev_kind, row->kind, EV_DEV_LEN);
	e->ev.old_ifindex = row->ifindex;
	e->ev.from = row->net;
	return e;
}

static void event_named(struct link_event *e, const struct link_said *s)
{
	memcpy(e->ev.new_name, s->name, EV_DEV_LEN);
	if (!e->ev.dev_kind[0])
		memcpy(e->ev.dev_kind, s->kind, EV_DEV_LEN);
	e->wait = WAIT_NONE;
}

/* --- rtnetlink ------------------------------------------------------------------------------- */

int links_new(struct link_table *t, const struct link_said *s)
{
	struct link_event *e = event_waiting(t, WAIT_NAME, s->net, s->ifindex);
	struct link_row *row = row_at(t, s->net, s->ifindex);

	if (e)
		event_named(e, s);
	e = event_waiting(t, WAIT_WORD, s->net, s->ifindex);
	if (e) {
		event_named(e, s);
		e->ev.hdr.flags &= ~EVF_INFERRED;
	}
	if (row) {
		row_update(row, s);
		row->round = t->round;
		return 0;
	}
	row = row_add(t, s);
	if (!row)
		return -ENOMEM;
	row->round = t->round;
	if (!t->seeded)
		return 0;
	e = event_made(t, s, 0);
	if (!e)
		return -ENOMEM;
	if (t->looks)
		e->wait = WAIT_ORIGIN;
	return 0;
}

int links_moved(struct link_table *t, const struct link_said *s, uint32_t to, uint32_t to_ifindex,
	bool heard)
{
	struct link_row *row = row_at(t, s->net, s->ifindex);
	struct link_said here = *s, there = *s;
	struct link_event *e;

	/* A look was faster, or it comes a second time. */
	if (!row)
		return 0;
	/* On 5.10 it has the name already that it is to have there: net/core/dev.c
	 * dev_change_net_namespace(). Any other change of its name was told before. */
	if (row->name[0])
		here.name[0] = '\0';
	row_update(row, &here);
	there.net = to;
	there.ifindex = to_ifindex;
	there.dev = row->dev;
	memcpy(there.kind, row->kind, EV_DEV_LEN);
	e = event_move(t, row, to, to_ifindex, 0);
	if (!e)
		return -ENOMEM;
	/* Where nothing is seen of it its name will not be known. */
	e->wait = to && (t->looks || heard) ? WAIT_NAME : WAIT_NONE;
	e->until_ns = t->now_ns + NAME_NS;
	if (row_leave(t, row))
		return -ENOMEM;
	if (!to || row_at(t, to, to_ifindex))
		return 0;
	row = row_add(t, &there);
	if (!row)
		return -ENOMEM;
	row->round = t->round;
	return 0;
}

static bool is_veth(const char kind[EV_DEV_LEN])
{
	return !strcmp(kind, "veth");
}

/*
 * Whether a veth went because its peer's namespace ended: nothing says so, but
 * both go at once (drivers/net/veth.c veth_dellink()).
 */
static bool orphan_take(struct link_table *t, struct link_event *e)
{
	if (!t->orphans || !is_veth(e->ev.dev_kind) || e->ev.hdr.ts_ns > t->ended_ns + ORPHAN_NS)
		return false;
	t->orphans--;
	e->ev.why = EV_WHY_NETNS_EXIT;
	e->ev.cause = t->ended;
	e->ev.hdr.flags |= EVF_INFERRED;
	return true;
}

int links_removed(struct link_table *t, const struct link_said *s)
{
	struct link_row *row = row_at(t, s->net, s->ifindex);
	struct link_event *e;

	if (!row)
		return 0;
	row_update(row, s);
	e = event_removed(t, row, 0);
	if (!e)
		return -ENOMEM;
	if (is_veth(row->kind) && !orphan_take(t, e) && t->looks)
		e->wait = WAIT_CAUSE;
	return row_leave(t, row);
}

int links_net_gone(struct link_table *t, uint32_t net)
{
	unsigned int orphans = 0;

	for (size_t i = 0; i < t->n;) {
		struct link_row *row = &t->rows[i];
		struct link_event *e;

		if (row->net != net || row->gone) {
			i++;
			continue;
		}
		/* net/core/dev.c default_device_exit_net(): hardware goes home. */
		if (!row->kind[0]) {
			row->gone = true;
			row->missing_ns = t->now_ns;
			i++;
			continue;
		}
		e = t->seeded ? event_removed(t, row, EVF_INFERRED) : NULL;
		if (t->seeded && !e)
			return -ENOMEM;
		if (e) {
			e->ev.why = EV_WHY_NETNS_EXIT;
			e->ev.cause = net;
		}
		orphans += is_veth(row->kind);
		row_drop(t, row);
	}
	if (!orphans)
		return 0;
	t->ended = net;
	t->ended_ns = t->now_ns;
	t->orphans = orphans;
	for (size_t i = 0; i < t->nqueue; i++)
		if (t->queue[i].wait == WAIT_CAUSE && orphan_take(t, &t->queue[i]))
			t->queue[i].wait = WAIT_NONE;
	return 0;
}

/* --- looks ----------------------------------------------------------------------------------- */

void links_look(struct link_table *t)
{
	t->round++;
	t->nleft = 0;
}

/* A look found a device where none was known. */
static int seen_new(struct link_table *t, const struct link_said *s, bool heard)
{
	struct link_row *row = row_add(t, s), *other;
	struct link_event *e;

	if (!row)
		return -ENOMEM;
	if (!t->seeded)
		return 0;
	other = row_elsewhere(t, s->dev, row);
	if (other) {
		e = event_move(t, other, s->net, s->ifindex, EVF_INFERRED);
		if (e)
			memcpy(e->ev.new_name, s->name, EV_DEV_LEN);
		row_drop(t, other);
	} else {
		e = event_made(t, s, EVF_INFERRED);
		if (e && heard)
			e->wait = WAIT_WORD;
	}
	return e ? 0 : -ENOMEM;
}

static const struct link_said *said_of(const struct link_said *s, size_t n, uint32_t ifindex)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].ifindex == ifindex)
			return &s[i];
	return NULL;
}

int links_seen(struct link_table *t, uint32_t net, const struct link_said *s, size_t n, bool heard)
{
	for (size_t i = 0; i < n; i++) {
		struct link_event *e = event_waiting(t, WAIT_NAME, net, s[i].ifindex);
		struct link_row *row = row_at(t, net, s[i].ifindex);
		int r = 0;

		if (e)
			event_named(e, &s[i]);
		if (row)
			row_update(row, &s[i]);
		else if (!has_left(t, net, s[i].ifindex))
			r = seen_new(t, &s[i], heard);
		if (r)
			return r;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct link_row *row = &t->rows[i];

		/* What rtnetlink told meanwhile is newer. */
		if (row->net == net && !row->gone && row->round != t->round && !row->missing_ns &&
			!said_of(s, n, row->ifindex))
			row->missing_ns = t->now_ns;
	}
	return 0;
}

/* A device that came into being for rtnetlink: was it somewhere before? */
static void origin_find(struct link_table *t, struct link_event *e)
{
	struct link_row *row = row_at(t, e->ev.to, e->ev.new_ifindex), *other;

	if (!row || !row->dev)
		return;
	e->wait = WAIT_NONE;
	other = row_elsewhere(t, row->dev, row);
	if (!other)
		return;
	e->ev.hdr.kind = EV_NETDEV;
	e->ev.hdr.flags |= EVF_INFERRED;
	memcpy(e->ev.old_name, other->name, EV_DEV_LEN);
	e->ev.old_ifindex = other->ifindex;
	e->ev.from = other->net;
	if (other->gone) {
		e->ev.why = EV_WHY_NETNS_EXIT;
		e->ev.cause = other->net;
	}
	row_drop(t, other);
}

/* Nothing found it for a while: it was removed. Half a move is over sooner. */
static int missing_remove(struct link_table *t, struct link_row *row)
{
	struct link_event *e = event_removed(t, row, EVF_INFERRED);

	if (!e)
		return -ENOMEM;
	orphan_take(t, e);
	row_drop(t, row);
	return 0;
}

static bool row_moving(const struct link_table *t, const struct link_row *row, uint64_t age)
{
	return row->dev && t->moving && age < MOVING_NS &&
	       t->moving(t->ctx, row->dev, row->ifindex);
}

bool links_waiting(const struct link_table *t)
{
	return t->nqueue;
}

int links_settle(struct link_table *t)
{
	for (size_t i = 0; i < t->nqueue; i++) {
		struct link_event *e = &t->queue[i];

		if (e->wait == WAIT_ORIGIN)
			origin_find(t, e);
		/* A look that began after it has not found the end of a namespace. */
		else if (e->wait == WAIT_CAUSE && e->round < t->round)
			e->wait = WAIT_NONE;
	}
	for (size_t i = 0; i < t->n;) {
		struct link_row *row = &t->rows[i];
		uint64_t age = row->missing_ns ? t->now_ns - row->missing_ns : 0;
		int r;

		if (row->gone && age > HOMELESS_NS) {
			row_drop(t, row);
		} else if (!row->gone && age > WAIT_NS && !row_moving(t, row, age)) {
			r = missing_remove(t, row);
			if (r)
				return r;
		} else {
			i++;
		}
	}
	t->seeded = true;
	return 0;
}

int links_flush(struct link_table *t, source_sink sink, void *ctx)
{
	size_t done = 0;
	int r = 0;

	while (done < t->nqueue && r >= 0) {
		struct link_event *e = &t->queue[done];

		if (e->wait != WAIT_NONE && t->now_ns < e->until_ns)
			break;
		done++;
		r = sink(ctx, &e->ev, sizeof(e->ev));
	}
	t->nqueue -= done;
	if (t->nqueue && done)
		memmove(t->queue, t->queue + done, t->nqueue * sizeof(*t->queue));
	return r < 0 ? r : (int)done;
}
