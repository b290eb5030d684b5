// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/nsname.h"
#include "event/value.h"
#include "lib/array.h"
#include "lib/util.h"
#include "out/escape.h"

/* --- names by number ------------------------------------------------------------------------- */

void nsnames_free(struct nsnames *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->rows[i]);
	free(t->rows);
	inums_free(&t->at);
	*t = (struct nsnames){0};
}

int nsnames_put(struct nsnames *t, uint32_t inum, const char *name, size_t len)
{
	struct inum_entry *e = inum ? inums_find(&t->at, 0, inum) : NULL;
	char *copy = NULL;

	if (!inum || (!e && !len))
		return 0;
	if (!e && t->n >= NSNAMES_MAX)
		nsnames_free(t);
	if (len && len <= NSNAME_MAX) {
		copy = strndup(name, len);
		if (!copy)
			return -ENOMEM;
	}
	if (!e && (ARRAY_ROOM(t->rows, t->cap, t->n) || !(e = inums_put(&t->at, 0, inum)))) {
		free(copy);
		return -ENOMEM;
	}
	if (!e->a) {
		t->rows[t->n] = NULL;
		e->a = ++t->n;
	}
	t->named += !!copy;
	t->named -= !!t->rows[e->a - 1];
	free(t->rows[e->a - 1]);
	t->rows[e->a - 1] = copy;
	return 0;
}

const char *nsnames_find(const struct nsnames *t, uint32_t inum)
{
	const struct inum_entry *e = inum && t->named ? inums_find(&t->at, 0, inum) : NULL;

	return e && e->a ? t->rows[e->a - 1] : NULL;
}

/* --- of records ------------------------------------------------------------------------------ */

static void net_add(uint32_t *nets, size_t *n, uint32_t inum)
{
	for (size_t i = 0; i < *n; i++)
		if (nets[i] == inum)
			return;
	if (inum && *n < RECORD_NETS_MAX)
		nets[(*n)++] = inum;
}

static void sets_nets(
	const struct ev_nsset *before, const struct ev_nsset *after, uint32_t *nets, size_t *n)
{
	net_add(nets, n, before->inum[NS_NET]);
	net_add(nets, n, after->inum[NS_NET]);
}

static void setns_nets(const struct ev_setns *e, uint32_t *nets, size_t *n)
{
	bool net = e->target_type ? e->target_type == NS_NET + 1
				  : nsflags_types(e->ns_flags, EV_SETNS) == 1U << NS_NET;

	if (net)
		net_add(nets, n, e->target_inum);
	sets_nets(&e->before, &e->after, nets, n);
}

static void netdev_nets(const struct ev_netdev *e, uint32_t *nets, size_t *n)
{
	net_add(nets, n, e->from);
	net_add(nets, n, e->to);
	net_add(nets, n, e->cause);
}

#define AS(s) (size >= sizeof(struct s) ? (const struct s *)(const void *)hdr : NULL)

size_t record_nets(const struct ev_hdr *hdr, size_t size, uint32_t nets[RECORD_NETS_MAX])
{
	const struct ev_ns *ns = AS(ev_ns);
	size_t n = 0;

	switch (hdr->kind) {
	case EV_SETNS:
		if (AS(ev_setns))
			setns_nets(AS(ev_setns), nets, &n);
		break;
	case EV_UNSHARE:
		if (AS(ev_unshare))
			sets_nets(&AS(ev_unshare)->before, &AS(ev_unshare)->after, nets, &n);
		break;
	case EV_CLONE:
		if (AS(ev_clone))
			sets_nets(&AS(ev_clone)->before, &AS(ev_clone)->after, nets, &n);
		break;
	case EV_EXEC:
		if (size >= offsetof(struct ev_exec, text))
			net_add(nets, &n,
				((const struct ev_exec *)(const void *)hdr)->ns.inum[NS_NET]);
		break;
	case EV_EXIT:
		if (AS(ev_exit))
			net_add(nets, &n, AS(ev_exit)->ns.inum[NS_NET]);
		break;
	case EV_NS_CREATE:
	case EV_NS_FREE:
		if (ns && ns->ns_type == NS_NET)
			net_add(nets, &n, ns->inum);
		break;
	case EV_PIN:
	case EV_UNPIN: {
		const struct ev_pin *pin = (const void *)hdr;

		if (size >= offsetof(struct ev_pin, path) && pin->ns_type == NS_NET)
			net_add(nets, &n, pin->inum);
		break;
	}
	case EV_REFUSED:
		if (AS(ev_refused) && AS(ev_refused)->ns_type == NS_NET)
			net_add(nets, &n, AS(ev_refused)->inum);
		break;
	case EV_NETDEV:
	case EV_NETDEV_ADD:
	case EV_NETDEV_DEL:
		if (AS(ev_netdev))
			netdev_nets(AS(ev_netdev), nets, &n);
		break;
	default:
		break;
	}
	return n;
}

const char *netns_path_name(const char *path, size_t len, size_t *ret_len)
{
	static const char *const dirs[] = {"/run/netns/", "/var/run/netns/"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		size_t dir = strlen(dirs[i]);

		if (len <= dir || len - dir > NSNAME_MAX || memcmp(path, dirs[i], dir) != 0 ||
			memchr(path + dir, '/', len - dir))
			continue;
		*ret_len = len - dir;
		return path + dir;
	}
	return NULL;
}

/* --- of events ------------------------------------------------------------------------------- */

const char *event_ns_name(const struct event *ev, uint32_t inum)
{
	return ev->who && ev->who->ns_name && !ev->who->no_names && inum
		       ? ev->who->ns_name(ev->who, inum)
		       : NULL;
}

bool event_ns_called(const struct event *ev, uint32_t inum, struct buf *b)
{
	const char *name = event_ns_name(ev, inum);
	uint64_t id = name ? 0 : event_ns_owner(ev, inum);
	const struct whose *w = id ? ev->who->whose(ev->who, id) : NULL;

	if (name)
		buf_puts(b, name);
	else if (whose_is_container(w))
		whose_text(b, w);
	return name || whose_is_container(w);
}

bool event_ns_initial(const struct event *ev, unsigned int slot, uint32_t inum)
{
	unsigned int type = slot < NS_SLOTS ? (unsigned int)ns_types[slot].type : NS_TYPES;

	if (type >= NS_TYPES || !inum || (ev->who && ev->who->numbers))
		return false;
	return inum == ns_types[type].initial || (ev->who && inum == ev->who->initial[type]);
}

/* --- for people ------------------------------------------------------------------------------ */

/* The container of a net namespace, where nothing else of the event says it. */
static const struct whose *space_whose(const struct event *ev, uint32_t inum)
{
	uint64_t id = event_ns_owner(ev, inum), told;

	if (!id || id == ev->hdr->cgroup_id)
		return NULL;
	if (event_ns_whose(ev, &told, NULL) && told == id)
		return NULL;
	return ev->who->whose(ev->who, id);
}

static void say_called(struct buf *b, const struct event *ev, uint32_t inum)
{
	const char *name = event_ns_name(ev, inum);
	const struct whose *w = name ? NULL : space_whose(ev, inum);
	auto_buf struct buf text = {0};

	if (whose_is_container(w))
		whose_text(&text, w);
	if (!name && !text.len)
		return;
	buf_puts(b, " (");
	if (name)
		escape_text(b, name, strlen(name));
	else
		escape_text(b, text.s, text.len);
	buf_putc(b, ')');
}

/* Net namespaces alone have names. */
static bool has_names(unsigned int slot)
{
	return slot == NS_NET;
}

void say_space(struct buf *b, const struct event *ev, unsigned int slot, uint32_t inum)
{
	if (event_ns_initial(ev, slot, inum)) {
		buf_puts(b, ns_types[ns_types[slot].type].name);
		buf_puts(b, ":[initial]");
		return;
	}
	value_inum(b, slot, inum);
	if (inum && has_names(slot))
		say_called(b, ev, inum);
}

void say_space_number(struct buf *b, const struct event *ev, unsigned int slot, uint32_t inum)
{
	if (event_ns_initial(ev, slot, inum)) {
		buf_puts(b, "initial");
		return;
	}
	if (inum)
		buf_u64(b, inum);
	else
		buf_puts(b, "none");
	if (inum && has_names(slot))
		say_called(b, ev, inum);
}
