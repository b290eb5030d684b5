// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/netdev_table.h"
#include "lib/array.h"

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
	if (ARRAY_ROOM(t->left, t->left_cap, t->nleft))
		return -ENOMEM;
	t->left[t->nleft++] = (struct link_left){{row->net, row->ifindex}, row->dev};
	row_drop(t, row);
	return 0;
}

/* Another device in its place is another matter: the place may be of a new namespace of that
 * number. */
static bool has_left(const struct link_table *t, uint32_t net, const struct link_said *s)
{
	for (size_t i = 0; i < t->nleft; i++) {
		const struct link_left *l = &t->left[i];

		if (l->from.net == net && l->from.ifindex == s->ifindex &&
			(!l->dev || !s->dev || l->dev == s->dev))
			return true;
	}
	return false;
}

/* Pointers to rows are void after it. */
static struct link_row *row_add(struct link_table *t, const struct link_said *s)
{
	struct link_row *row;

	if (ARRAY_ROOM(t->rows, t->cap, t->n))
		return NULL;
	row = &t->rows[t->n++];
	*row = (struct link_row){.net = s->net,
		.ifindex = s->ifindex,
		.dev = s->dev,
		.on = s->on,
		.on_dev = s->on_dev};
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
	/* At its end a veth says that it has no peer: what was known before counts. */
	if (s->on.net)
		row->on = s->on;
	if (s->on_dev)
		row->on_dev = s->on_dev;
	row->missing_ns = 0;
}

/* --- what a device depends on ---------------------------------------------------------------- */

/* The row that it depends on; NULL: not known, or gone. */
static struct link_row *row_on(struct link_table *t, const struct link_row *row)
{
	struct link_row *on = row_elsewhere(t, row->on_dev, row);

	if (!on && row->on.net)
		on = row_at(t, row->on.net, row->on.ifindex);
	return on == row ? NULL : on;
}

static void root_add(uint32_t roots[LINK_ROOTS], uint32_t net)
{
	for (int i = 0; net && i < LINK_ROOTS; i++) {
		if (roots[i] && roots[i] != net)
			continue;
		roots[i] = net;
		return;
	}
}

/* The other namespaces whose end may be the row's: where what it depends on is, and so on. */
static void roots_of(struct link_table *t, const struct link_row *row, uint32_t ret[LINK_ROOTS])
{
	const struct link_row *at = row;

	memset(ret, 0, LINK_ROOTS * sizeof(*ret));
	for (int depth = 0; depth < LINK_ROOTS; depth++) {
		struct link_row *on = row_on(t, at);
		uint32_t net = on ? on->net : at->on.net;

		if (net != row->net)
			root_add(ret, net);
		for (int i = 0; i < LINK_ROOTS; i++)
			root_add(ret, at->roots[i]);
		if (!on || on == row)
			return;
		at = on;
	}
}

/* The row goes: what stands on it inherits what it depended on. */
static void roots_hand_on(struct link_table *t, const struct link_row *gone)
{
	uint32_t roots[LINK_ROOTS];

	roots_of(t, gone, roots);
	for (size_t i = 0; i < t->n; i++) {
		struct link_row *row = &t->rows[i];

		if (row == gone || row_on(t, row) != gone)
			continue;
		if (gone->net != row->net)
			root_add(row->roots, gone->net);
		for (int k = 0; k < LINK_ROOTS; k++)
			if (roots[k] != row->net)
				root_add(row->roots, roots[k]);
	}
}

/* A device changed its place: what depends on it knows. */
static void row_moved(struct link_table *t, struct link_place from, struct link_place to)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].on.net == from.net && t->rows[i].on.ifindex == from.ifindex)
			t->rows[i].on = to;
}

void links_relate(struct link_table *t, const struct link_said *s)
{
	struct link_row *row = row_at(t, s->net, s->ifindex);

	if (row && s->on.net)
		row->on = s->on;
}

/* --- events ---------------------------------------------------------------------------------- */

static struct link_event *event_add(struct link_table *t, uint16_t kind, uint32_t flags)
{
	struct link_event *e;

	if (ARRAY_ROOM(t->queue, t->queue_cap, t->nqueue))
		return NULL;
	e = &t->queue[t->nqueue++];
	*e = (struct link_event){.until_ns = t->now_ns + WAIT_NS + t->slack_ns, .round = t->round};
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
	if (to)
		row_moved(t, (struct link_place){row->net, row->ifindex},
			(struct link_place){to, ifindex});
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
	roots_of(t, row, e->roots);
	e->related = e->roots[0] || row->on.net || row->on_dev;
	roots_hand_on(t, row);
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

/* Whether this namespace ended a short while before at_ns, or since. */
static bool has_ended(const struct link_table *t, uint32_t net, uint64_t at_ns)
{
	for (unsigned int i = 0; i < t->nends && i < LINK_ENDS; i++)
		if (t->ends[i].net == net && at_ns <= t->ends[i].at_ns + ORPHAN_NS)
			return true;
	return false;
}

/* A look that began after its end has met it: the number is that of a new one, which lives. */
static void end_forget(struct link_table *t, uint32_t net)
{
	for (unsigned int i = 0; i < LINK_ENDS; i++)
		if (t->ends[i].net == net && t->ends[i].round < t->round)
			t->ends[i].net = 0;
	if (t->ended == net && t->ended_round < t->round)
		t->orphans = 0;
}

static void caused_by(struct link_event *e, uint32_t net)
{
	e->ev.why = EV_WHY_NETNS_EXIT;
	e->ev.cause = net;
	e->ev.hdr.flags |= EVF_INFERRED;
}

/*
 * Whether a device went because the namespace of its other end, of what it stood on or
 * of a tunnel's packets ended: nothing says so, but it goes at once (veth_dellink() in
 * drivers/net/veth.c, macvlan_device_event() in drivers/net/macvlan.c). Of a veth that
 * nothing was known of it is enough that one was in the namespace.
 */
static bool orphan_take(struct link_table *t, struct link_event *e)
{
	for (int i = 0; i < LINK_ROOTS && e->roots[i]; i++) {
		if (!has_ended(t, e->roots[i], e->ev.hdr.ts_ns))
			continue;
		caused_by(e, e->roots[i]);
		if (t->orphans && e->roots[i] == t->ended && is_veth(e->ev.dev_kind))
			t->orphans--;
		return true;
	}
	if (e->related || !t->orphans || !is_veth(e->ev.dev_kind) ||
		e->ev.hdr.ts_ns > t->ended_ns + ORPHAN_NS)
		return false;
	t->orphans--;
	caused_by(e, t->ended);
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
	if ((is_veth(row->kind) || e->roots[0]) && !orphan_take(t, e) && t->looks)
		e->wait = WAIT_CAUSE;
	return row_leave(t, row);
}

/* Rows of a namespace that ended, but for hardware. Returns how many veths were among them. */
static int net_rows_gone(struct link_table *t, uint32_t net, unsigned int *ret_orphans)
{
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
		*ret_orphans += is_veth(row->kind);
		/* The look that is on may have found it before. */
		if (row_leave(t, row))
			return -ENOMEM;
	}
	return 0;
}

int links_net_gone(struct link_table *t, uint32_t net)
{
	unsigned int orphans = 0;
	int r = net_rows_gone(t, net, &orphans);

	if (r)
		return r;
	t->ends[t->nends++ % LINK_ENDS] = (struct link_ended){net, t->now_ns, t->round};
	if (orphans) {
		t->ended = net;
		t->ended_ns = t->now_ns;
		t->ended_round = t->round;
		t->orphans = orphans;
	}
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

int links_seen_some(
	struct link_table *t, uint32_t net, const struct link_said *s, size_t n, bool heard)
{
	end_forget(t, net);
	for (size_t i = 0; i < n; i++) {
		struct link_event *e = event_waiting(t, WAIT_NAME, net, s[i].ifindex);
		struct link_row *row = row_at(t, net, s[i].ifindex);
		int r = 0;

		if (e)
			event_named(e, &s[i]);
		if (row)
			row_update(row, &s[i]);
		else if (!has_left(t, net, &s[i]))
			r = seen_new(t, &s[i], heard);
		if (r)
			return r;
	}
	return 0;
}

int links_seen(struct link_table *t, uint32_t net, const struct link_said *s, size_t n, bool heard)
{
	int r = links_seen_some(t, net, s, n, heard);

	for (size_t i = 0; i < t->n && !r; i++) {
		struct link_row *row = &t->rows[i];

		/* What rtnetlink told meanwhile is newer. */
		if (row->net == net && !row->gone && row->round != t->round && !row->missing_ns &&
			!said_of(s, n, row->ifindex))
			row->missing_ns = t->now_ns;
	}
	return r;
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

/* What has no kind and did not come home was none that does: l2tp's devices go with their tunnel.
 */
static int homeless_remove(struct link_table *t, struct link_row *row)
{
	struct link_event *e = event_removed(t, row, EVF_INFERRED);

	if (!e)
		return -ENOMEM;
	e->ev.why = EV_WHY_NETNS_EXIT;
	e->ev.cause = row->net;
	row_drop(t, row);
	return 0;
}

static bool row_moving(const struct link_table *t, const struct link_row *row, uint64_t age)
{
	/* No look has met it yet, and rtnetlink tells a move after the device has left its place.
	 */
	if (!row->dev)
		return t->looks && age < NAME_NS;
	return t->moving && age < MOVING_NS && t->moving(t->ctx, row->dev, row->ifindex);
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
			r = homeless_remove(t, row);
			if (r)
				return r;
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
