// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/value.h"
#include "kernel/nstype.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "kernel/cgroup.h"
#include "snapshot/container.h"
#include "snapshot/runtime.h"
#include "snapshot/sandbox.h"
#include "source/cgroups.h"
#include "source/namer.h"

#define DEPTH_MAX 64   /* of directories */
#define GONE_MAX  8192 /* that have gone and are remembered: their namespaces may end later */

/* What is done about the name of a container. */
enum asked {
	ASK_NOT,   /* it is none, or nobody asks */
	ASK_SOON,  /* the process that is asked has no room now */
	ASK_WAITS, /* for the answer */
	ASK_DONE,
};

struct node {
	uint64_t id, parent;
	char *name; /* NULL: a free place */
	enum asked asked;
};

#define MISSED_MAX 4096
#define ASKS_MAX   200 /* names a second */

struct cgroups {
	struct inums at; /* by id: a is 1 + the place in nodes */
	struct node *nodes;
	size_t n, cap;
	uint64_t free; /* 1 + a free place in nodes, whose parent is the next one; 0: none */
	uint64_t gone[GONE_MAX]; /* a ring, the oldest first */
	size_t gone_first, ngone;
	struct whoses whoses;
	const char *hierarchy; /* cgroup_hierarchy_name() of this machine */
	struct namer *namer;   /* NULL: nobody asks */
	struct inums units;    /* net namespaces of services, by inum: a is the id */
	struct inums missed;   /* cgroups that were waited for in vain, by id */
	/* The last cgroup that all is known of, as events come from one often; 0: none. */
	uint64_t last_id;
	const struct whose *last;
	bool last_owns;  /* it is a container or a service: namespaces may be its own */
	uint64_t second; /* of CLOCK_MONOTONIC, and how many were asked for in it: */
	unsigned int asks;
	uint32_t sandboxes; /* that were seen coming to be */
};

struct cgroups *cgroups_new(struct namer *namer)
{
	struct cgroups *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->hierarchy = cgroup_hierarchy_name(cgroup_hierarchy());
	c->namer = namer;
	return c;
}

void cgroups_free(struct cgroups *c)
{
	if (!c)
		return;
	inums_free(&c->missed);
	inums_free(&c->units);
	for (size_t i = 0; i < c->n; i++)
		free(c->nodes[i].name);
	free(c->nodes);
	inums_free(&c->at);
	whoses_free(&c->whoses);
	free(c);
}

/* --- nodes ----------------------------------------------------------------------------------- */

static struct node *node_find(const struct cgroups *c, uint64_t id)
{
	const struct inum_entry *e = inums_find_id(&c->at, id);

	return e && e->a ? &c->nodes[e->a - 1] : NULL;
}

/* Something else may be known of it, or is elsewhere. */
static void last_forget(struct cgroups *c)
{
	c->last_id = 0;
}

static void node_forget(struct cgroups *c, uint64_t id)
{
	struct node *node = node_find(c, id);

	if (!node)
		return;
	last_forget(c);
	free(node->name);
	*node = (struct node){.parent = c->free};
	c->free = (uint64_t)(node - c->nodes) + 1;
	inums_drop_id(&c->at, id);
}

static struct node *node_place(struct cgroups *c)
{
	struct node *node = c->free ? &c->nodes[c->free - 1] : NULL;

	if (node)
		c->free = node->parent;
	else if (!ARRAY_ROOM(c->nodes, c->cap, c->n))
		node = &c->nodes[c->n++];
	return node;
}

static int node_put(struct cgroups *c, const struct nsw_cgroup *told)
{
	struct node *node = node_find(c, told->hdr.cgroup_id);
	uint64_t id = told->hdr.cgroup_id;
	struct inum_entry *e;
	char *name;

	if (!(uint32_t)id)
		return 0;
	last_forget(c);
	name = strndup(told->name, sizeof(told->name));
	if (!name)
		return -ENOMEM;
	if (!node) {
		e = inums_put_id(&c->at, id);
		node = e ? node_place(c) : NULL;
		if (!node) {
			free(name);
			return -ENOMEM;
		}
		*node = (struct node){0};
		e->a = (uint64_t)(node - c->nodes) + 1;
	}
	free(node->name);
	*node = (struct node){.id = id, .parent = told->parent, .name = name, .asked = node->asked};
	/* Asked for at once: the files may be gone when its first event comes. */
	cgroups_whose(c, id);
	return 0;
}

static void node_gone(struct cgroups *c, uint64_t id)
{
	if (!node_find(c, id))
		return;
	if (c->ngone == GONE_MAX) {
		node_forget(c, c->gone[c->gone_first]);
		c->gone[c->gone_first] = id;
		c->gone_first = (c->gone_first + 1) % GONE_MAX;
	} else {
		c->gone[(c->gone_first + c->ngone++) % GONE_MAX] = id;
	}
}

/* --- whose ----------------------------------------------------------------------------------- */

/* false: one above it was not told. */
static bool path_make(const struct cgroups *c, uint64_t id, struct buf *b)
{
	const struct node *up[DEPTH_MAX];
	size_t n = 0;

	for (const struct node *node = node_find(c, id); node->parent; n++) {
		if (n == DEPTH_MAX)
			return false;
		up[n] = node;
		node = node_find(c, node->parent);
		if (!node)
			return false;
	}
	if (!n)
		buf_putc(b, '/');
	while (n) {
		buf_putc(b, '/');
		buf_puts(b, up[--n]->name);
	}
	return true;
}

/* The line of /proc/PID/cgroup; false: it has no name of a container or unit. */
static bool container_read(
	const char *hierarchy, const char *path, struct buf *b, struct container *ret)
{
	buf_printf(b, "1:%s:%s\n", hierarchy, path);
	/* A line has one path: names of directories may hold newlines. */
	return !strchr(path, '\n') && !container_parse(b->s, ret);
}

void cgroups_name(const char *hierarchy, const char *path, struct buf *packed)
{
	auto_container_names struct container_names names = {0};
	auto_buf struct buf text = {0};
	struct container of;
	struct whose w = {0};
	char user[CONTAINER_USER_MAX];

	if (container_read(hierarchy, path, &text, &of)) {
		container_find_owner(&of);
		container_names_read(&of, "", &names);
		container_whose(&of, &names, user, &w);
	}
	w.of[WHOSE_CGROUP] = path;
	whose_pack(packed, &w);
}

/*
 * Whoever has a part of the cgroup tree can make directories without end that are called like
 * containers, and to read files for each of them would keep a processor busy.
 */
static bool asks_allowed(struct cgroups *c)
{
	uint64_t second = clock_ns(CLOCK_MONOTONIC) / 1000000000;

	if (second != c->second) {
		c->second = second;
		c->asks = 0;
	}
	return c->asks++ < ASKS_MAX;
}

/* Units have no other name. */
static void node_ask(struct cgroups *c, struct node *node, const char *path, const struct whose *w)
{
	int r;

	if (!c->namer || node->asked == ASK_WAITS || node->asked == ASK_DONE)
		return;
	if (!whose_is_container(w)) {
		node->asked = ASK_DONE;
		return;
	}
	r = asks_allowed(c) ? namer_ask(c->namer, node->id, path) : -EAGAIN;
	node->asked = !r ? ASK_WAITS : r == -EAGAIN ? ASK_SOON : ASK_DONE;
}

/* A session's or a user's programs are no service. */
static bool is_service(const struct whose *w)
{
	const char *unit = w && !w->of[WHOSE_RUNTIME] ? w->of[WHOSE_UNIT] : NULL;
	size_t len = unit ? strlen(unit) : 0, end = strlen(".service");

	return len > end && !strcmp(unit + len - end, ".service");
}

static void last_keep(struct cgroups *c, uint64_t id, const struct whose *w)
{
	c->last_id = id;
	c->last = w;
	c->last_owns = whose_is_container(w) || is_service(w);
}

static const struct whose *whose_find(struct cgroups *c, uint64_t id)
{
	const struct whose *known = whoses_find(&c->whoses, id);
	struct node *node = node_find(c, id);
	auto_buf struct buf path = {0}, text = {0};
	struct container of;
	struct whose w = {0};
	char user[CONTAINER_USER_MAX];

	if (known && node && (!c->namer || node->asked == ASK_DONE))
		last_keep(c, id, known);
	if (!node || (known && node->asked != ASK_SOON) || !path_make(c, id, &path))
		return known;
	last_forget(c);
	if (container_read(c->hierarchy, path.s, &text, &of))
		container_whose(&of, NULL, user, &w);
	w.of[WHOSE_CGROUP] = path.s;
	/* What was answered is forgotten (WHOSES_MAX). */
	if (!known && node->asked == ASK_DONE)
		node->asked = ASK_NOT;
	node_ask(c, node, path.s, &w);
	return whoses_put(&c->whoses, id, &w) ? NULL : whoses_find(&c->whoses, id);
}

const struct whose *cgroups_whose(struct cgroups *c, uint64_t id)
{
	return id && id == c->last_id ? c->last : whose_find(c, id);
}

/* --- names ----------------------------------------------------------------------------------- */

void cgroups_answer(struct cgroups *c, uint64_t id, const struct whose *w)
{
	struct node *node = node_find(c, id);

	last_forget(c);
	if (node)
		node->asked = ASK_DONE;
	/* Without memory it stays as it was. */
	if (node)
		whoses_put(&c->whoses, id, w);
}

bool cgroups_settled(struct cgroups *c, uint64_t id)
{
	const struct node *node;

	if (!c->namer || !(uint32_t)id || id == c->last_id || inums_find_id(&c->missed, id))
		return true;
	if (!cgroups_whose(c, id))
		return false;
	node = node_find(c, id);
	return !node || node->asked == ASK_DONE;
}

void cgroups_give_up(struct cgroups *c, uint64_t id)
{
	if (cgroups_settled(c, id))
		return;
	if (c->missed.n >= MISSED_MAX)
		inums_free(&c->missed);
	inums_put_id(&c->missed, id);
}

/* --- namespaces ------------------------------------------------------------------------------ */

/* id 0: it is no unit's any more. */
static void unit_own(struct cgroups *c, uint32_t inum, uint64_t id)
{
	struct inum_entry *e;

	if (!inum || (!id && !inums_find(&c->units, 0, inum)))
		return;
	if (c->units.n >= WHOSES_MAX)
		inums_free(&c->units);
	e = inums_put(&c->units, 0, inum);
	if (e)
		e->a = id;
}

/* Those of a process that it does not share with its parent. The first container has them. */
static void own_all(struct cgroups *c, uint64_t cgroup, const struct ev_nsset *ns, uint32_t changed)
{
	const struct whose *w = changed ? cgroups_whose(c, cgroup) : NULL;

	if (changed >> NS_NET & 1 && is_service(w) && !cgroups_unit(c, ns->inum[NS_NET]))
		unit_own(c, ns->inum[NS_NET], cgroup);
	if (!whose_is_container(w))
		return;
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (changed >> slot & 1 && !whoses_owner(&c->whoses, ns->inum[slot]))
			whoses_own(&c->whoses, ns->inum[slot], cgroup);
}

/* A new one: its number may have been another's. */
static void own_new(struct cgroups *c, uint64_t cgroup, unsigned int type, uint32_t inum)
{
	const struct whose *w = cgroups_whose(c, cgroup);

	whoses_own(&c->whoses, inum, whose_is_container(w) ? cgroup : 0);
	unit_own(c, inum, type == NS_NET && is_service(w) ? cgroup : 0);
}

/* Of the slots that changed those for which the call made a new one. */
static void own_all_new(struct cgroups *c, uint64_t cgroup, const struct ev_nsset *ns,
	uint32_t changed, uint32_t types)
{
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (changed >> slot & 1 && types >> ns_types[slot].type & 1)
			own_new(c, cgroup, slot, ns->inum[slot]);
}

/*
 * The sandbox that a program made for itself has no cgroup: what stands for it is no cgroup's id,
 * which begins with a generation (32 bits). Nor is it the maker's pid, which is given again.
 */
#define SANDBOX_ID(n) (0xffffffffULL << 32 | (n))

/* The call made a sandbox of its program, outside of containers. */
static bool own_sandbox(struct cgroups *c, const struct ev_clone *e)
{
	const struct whose *w = cgroups_whose(c, e->hdr.cgroup_id);
	char user[CONTAINER_USER_MAX];
	struct container of;
	struct whose sandbox;

	if (e->result || !sandbox_types(nsflags_types(e->ns_flags, EV_CLONE)) ||
		whose_is_container(w) || !e->hdr.pid)
		return false;
	container_of_sandbox(e->hdr.comm, e->hdr.pid, e->hdr.uid, &of);
	container_whose(&of, NULL, user, &sandbox);
	/* cgroups_whose() may give what is known of another one out of the same memory. */
	last_forget(c);
	if (!++c->sandboxes)
		c->sandboxes = 1;
	if (whoses_put(&c->whoses, SANDBOX_ID(c->sandboxes), &sandbox))
		return false;
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (e->changed >> slot & 1)
			whoses_own(&c->whoses, e->after.inum[slot], SANDBOX_ID(c->sandboxes));
	return true;
}

/* Nobody's, and nothing that was somebody's can be meant. */
static bool learns_nothing(struct cgroups *c, uint64_t id)
{
	return !c->whoses.owners.n && !c->units.n && cgroups_whose(c, id) && id == c->last_id &&
	       !c->last_owns;
}

void cgroups_learn(struct cgroups *c, const struct ev_hdr *hdr, size_t size)
{
	if (size < sizeof(*hdr))
		return;
	if (hdr->kind == EV_CLONE && size >= sizeof(struct ev_clone) &&
		own_sandbox(c, (const void *)hdr))
		return;
	if (learns_nothing(c, hdr->cgroup_id))
		return;
	if (hdr->kind == EV_NS_CREATE && size >= sizeof(struct ev_ns)) {
		const struct ev_ns *e = (const void *)hdr;

		own_new(c, hdr->cgroup_id, e->ns_type, e->inum);
	} else if (hdr->kind == EV_UNSHARE && size >= sizeof(struct ev_unshare)) {
		const struct ev_unshare *e = (const void *)hdr;

		if (!e->result)
			own_all_new(c, hdr->cgroup_id, &e->after, e->changed,
				nsflags_types(e->ns_flags, EV_UNSHARE));
	} else if (hdr->kind == EV_CLONE && size >= sizeof(struct ev_clone)) {
		const struct ev_clone *e = (const void *)hdr;

		if (!e->result)
			own_all_new(c, hdr->cgroup_id, &e->after, e->changed,
				nsflags_types(e->ns_flags, EV_CLONE));
	} else if (hdr->kind == EV_EXEC && size >= offsetof(struct ev_exec, text)) {
		const struct ev_exec *e = (const void *)hdr;

		own_all(c, hdr->cgroup_id, &e->ns, e->changed);
	} else if (hdr->kind == EV_EXIT && size >= sizeof(struct ev_exit)) {
		const struct ev_exit *e = (const void *)hdr;

		own_all(c, hdr->cgroup_id, &e->ns, e->empties);
	}
}

void cgroups_unlearn(struct cgroups *c, const struct ev_hdr *hdr, size_t size)
{
	const struct ev_ns *e = (const void *)hdr;

	if (hdr->kind != EV_NS_FREE || size < sizeof(*e))
		return;
	whoses_own(&c->whoses, e->inum, 0);
	unit_own(c, e->inum, 0);
}

uint64_t cgroups_owner(const struct cgroups *c, uint32_t inum)
{
	return whoses_owner(&c->whoses, inum);
}

const char *cgroups_unit(struct cgroups *c, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&c->units, 0, inum) : NULL;
	const struct whose *w = e && e->a ? cgroups_whose(c, e->a) : NULL;

	return is_service(w) ? w->of[WHOSE_UNIT] : NULL;
}

bool cgroups_own(const struct cgroups *c)
{
	return c->whoses.owners.n;
}

bool cgroups_have_units(const struct cgroups *c)
{
	return c->units.n;
}

int cgroups_note(struct cgroups *c, const void *data, size_t size)
{
	const struct ev_hdr *hdr = data;

	if (size < sizeof(*hdr))
		return 0;
	if (hdr->kind == NSW_CGROUP && size >= sizeof(struct nsw_cgroup))
		return node_put(c, data);
	if (hdr->kind == NSW_CGROUP_GONE)
		node_gone(c, hdr->cgroup_id);
	if (hdr->kind == NSW_MEMBER && size >= sizeof(struct nsw_member)) {
		const struct nsw_member *m = data;

		own_all(c, hdr->cgroup_id, &m->ns, m->changed);
	}
	return 0;
}
