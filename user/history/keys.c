// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/keys.h"
#include "lib/fd.h"

void keys_free(struct keys *k)
{
	inums_free(&k->ns);
	inums_free(&k->pids);
	inums_free(&k->cgroups);
	buf_free(&k->devices);
	k->kinds = 0;
}

/* Numbers that no process of the initial pid namespace has are of another one. */
static bool is_pid(const struct ev_field *f)
{
	return f->type == FT_PID && !strstr(f->name, "ns_pid");
}

static void ns_take(struct keys *k, uint32_t inum)
{
	if (inum)
		inums_put(&k->ns, 0, inum);
}

static void field_take(struct keys *k, const struct event *ev, const struct ev_field *f)
{
	const struct ev_nsset *set;
	uint32_t v;

	if (f->type == FT_INUM) {
		ns_take(k, (uint32_t)event_num(ev, f));
		return;
	}
	if (is_pid(f)) {
		v = (uint32_t)event_num(ev, f);
		if (v)
			inums_put(&k->pids, 0, v);
		return;
	}
	set = event_nsset(ev, f);
	for (unsigned int slot = 0; set && slot < NS_SLOTS; slot++)
		ns_take(k, set->inum[slot]);
}

static void device_take(struct keys *k, const char *name)
{
	if (*name)
		buf_add(&k->devices, name, EV_DEV_LEN);
}

void keys_take(struct keys *k, const struct event *ev, uint64_t owner)
{
	const struct ev_hdr *h = ev->hdr;

	k->kinds |= 1ULL << h->kind;
	ns_take(k, h->pidns);
	if (h->pid)
		inums_put(&k->pids, 0, h->pid);
	if (h->cgroup_id)
		inums_put_id(&k->cgroups, h->cgroup_id);
	if (owner)
		inums_put_id(&k->cgroups, owner);
	for (size_t i = 0; i < ev->schema->nfields; i++)
		field_take(k, ev, &ev->schema->fields[i]);
	if (h->kind == EV_NETDEV || h->kind == EV_NETDEV_ADD || h->kind == EV_NETDEV_DEL) {
		const struct ev_netdev *e = ev->rec;

		device_take(k, e->old_name);
		device_take(k, e->new_name);
	}
}

static int number_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int keys_each(const struct inums *s, int (*fn)(void *ctx, int64_t key), void *ctx)
{
	auto_free int64_t *v = calloc(s->n + 1, sizeof(*v));
	size_t n = 0;
	int r = 0;

	if (!v)
		return -ENOMEM;
	/* type is the high half of a cgroup's id, and 0 of the others. */
	for (size_t i = 0; i < s->nslots; i++)
		if (s->slots[i].inum)
			v[n++] = (int64_t)((uint64_t)s->slots[i].type << 32 | s->slots[i].inum);
	qsort(v, n, sizeof(*v), number_order);
	for (size_t i = 0; i < n && !r; i++)
		r = fn(ctx, v[i]);
	return r;
}

static int name_order(const void *a, const void *b)
{
	return strncmp(a, b, EV_DEV_LEN);
}

int keys_each_device(struct keys *k, int (*fn)(void *ctx, const char *name, size_t len), void *ctx)
{
	size_t n = k->devices.len / EV_DEV_LEN;
	int r = 0;

	if (n)
		qsort(k->devices.s, n, EV_DEV_LEN, name_order);
	for (size_t i = 0; i < n && !r; i++) {
		const char *name = k->devices.s + i * EV_DEV_LEN;

		if (!i || name_order(name, name - EV_DEV_LEN))
			r = fn(ctx, name, strnlen(name, EV_DEV_LEN));
	}
	return r;
}
