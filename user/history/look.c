// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "history/look.h"
#include "history/state.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/users.h"
#include "snapshot/container.h"
#include "snapshot/fate.h"
#include "snapshot/kept.h"
#include "snapshot/runtime.h"
#include "snapshot/snapshot.h"

#define PROGRAM_MAX 256 /* bytes of a command line without its arguments */

/* What one look needs. */
struct looking {
	const struct look *look;
	struct snapshot s;
	struct state_out o;
	struct users users;
	struct inums boxes; /* that were said already */
};

static void text_add(struct looking *l, const char *s)
{
	state_text(&l->o, s, s ? strlen(s) : 0);
}

/* --- processes and their containers ----------------------------------------------------------- */

/* Whose the process is, once for each cgroup; 0: nobody's. */
static int64_t box_add(struct looking *l, const struct ns_task *t)
{
	auto_container_names struct container_names names = {0};
	auto_buf struct buf text = {0}, path = {0};
	char user[CONTAINER_USER_MAX];
	struct inum_entry *e;
	struct container c;
	struct whose w;
	uint64_t id;

	if (container_of(snapshot_ops(&l->s), t, &text, &c))
		return 0;
	id = hash_id(hash_add(HASH_BEGIN, text.s, text.len)) & INT64_MAX;
	e = inums_put_id(&l->boxes, id);
	if (!e || e->a)
		return e ? (int64_t)id : 0;
	e->a = 1;
	container_names_read(&c, "", &names);
	container_whose(&c, &names, user, &w);
	buf_add(&path, c.path ? c.path : "", c.path_len);
	w.of[WHOSE_CGROUP] = path.s;
	state_begin(&l->o, STATE_BOX);
	state_int(&l->o, (int64_t)id);
	for (int i = 0; i < WHOSE_FIELDS; i++)
		text_add(l, w.of[i]);
	state_end(&l->o);
	return (int64_t)id;
}

/* Of the arguments, which may hold secrets, only the first unless the others are wanted. */
static void command_add(struct looking *l, const struct ns_task *t)
{
	auto_buf struct buf raw = {0};

	if (l->look->args)
		text_add(l, snapshot_command(&l->s, t));
	else if (!snapshot_ops(&l->s)->text(t, "cmdline", PROGRAM_MAX, &raw) && raw.len)
		state_text(&l->o, raw.s, strnlen(raw.s, raw.len));
	else
		state_text(&l->o, t->comm, strnlen(t->comm, EV_COMM_LEN));
}

static void process_add(struct looking *l, const struct ns_task *t)
{
	int64_t box = box_add(l, t);

	state_begin(&l->o, STATE_PROCESS);
	state_int(&l->o, t->pid);
	state_known(&l->o, t->ppid);
	state_int(&l->o, t->uid);
	text_add(l, users_here(&l->users, t->uid));
	state_known(&l->o, (int64_t)t->start_ns);
	state_known(&l->o, t->ns_pid);
	state_text(&l->o, t->comm, strnlen(t->comm, EV_COMM_LEN));
	command_add(l, t);
	state_known(&l->o, box);
	state_end(&l->o);
}

/* --- namespaces ------------------------------------------------------------------------------- */

static void node_add(struct looking *l, const struct ns_node *n)
{
	const struct ns_graph *g = &l->s.graph;
	const struct ns_task *t = node_proc(g, n);
	auto_buf struct buf kept = {0};

	kept_words(g, n, &kept);
	state_begin(&l->o, STATE_NS);
	state_int(&l->o, n->inum);
	state_int(&l->o, n->type);
	state_known(&l->o, (int64_t)n->id);
	state_known(&l->o, n->rel[REL_OWNER]);
	state_known(&l->o, n->rel[REL_PARENT]);
	state_known(&l->o, n->level);
	if (n->has_uid)
		state_int(&l->o, n->owner_uid);
	else
		state_known(&l->o, 0);
	state_known(&l->o, !n->plain);
	state_int(&l->o, n->nprocs);
	state_known(&l->o, t ? t->pid : 0);
	state_text(&l->o, kept.s, kept.len);
	state_end(&l->o);
}

static void namespaces_add(struct looking *l)
{
	const struct ns_graph *g = &l->s.graph;
	auto_inums struct inums said = {0};

	for (size_t i = 0; i < g->n; i++) {
		const struct ns_task *t = node_proc(g, &g->nodes[i]);
		struct inum_entry *e = t ? inums_put(&said, 0, t->pid) : NULL;

		if (e && !e->a) {
			e->a = 1;
			process_add(l, t);
		}
		node_add(l, &g->nodes[i]);
	}
}

/* A mount point may have several one above the other: they have one row. */
static void mounts_add(struct looking *l)
{
	const struct ns_mounts *m = &l->s.mounts;

	for (size_t i = 0; i < m->n; i++) {
		const struct ns_mount *r = &m->rows[i];

		state_begin(&l->o, STATE_MOUNT);
		state_int(&l->o, r->inum);
		state_int(&l->o, r->mnt_ns);
		text_add(l, mounts_path(m, r));
		state_int(&l->o, r->type);
		state_end(&l->o);
	}
}

/* --- devices ---------------------------------------------------------------------------------- */

static void addresses_add(struct looking *l, const struct net_dev *d)
{
	auto_buf struct buf b = {0};

	for (uint32_t i = 0; i < d->naddrs; i++) {
		buf_puts(&b, i ? "," : "");
		addr_format(&l->s.view.devs.addrs[d->addr + i], &b);
	}
	state_text(&l->o, b.s, b.len);
}

/* Its other end: name, where that is known, and namespace. */
static void peer_add(struct looking *l, const struct net_peer *p)
{
	const struct net_view *v = &l->s.view;

	text_add(l, p->state == PEER_FOUND ? v->devs.rows[p->dev].name : NULL);
	state_known(&l->o,
		p->state != PEER_NONE && p->space != NET_NONE ? v->spaces[p->space].inum : 0);
}

static void device_add(struct looking *l, const struct net_space *s, uint32_t at)
{
	const struct net_dev *d = &l->s.view.devs.rows[at];
	const struct net_peer *p = &l->s.view.peers[at];
	auto_buf struct buf mac = {0};

	if (d->mac_len)
		dev_mac_format(d, &mac);
	state_begin(&l->o, STATE_DEVICE);
	state_int(&l->o, s->inum);
	state_int(&l->o, d->index);
	text_add(l, d->name);
	text_add(l, d->kind);
	text_add(l, d->devtype);
	state_int(&l->o, d->type);
	state_int(&l->o, d->flags);
	state_int(&l->o, d->operstate);
	state_int(&l->o, d->mtu);
	state_text(&l->o, mac.s, mac.len);
	addresses_add(l, d);
	state_known(&l->o, d->master);
	state_known(&l->o, d->link);
	state_int(&l->o, d->link_nsid);
	peer_add(l, p);
	text_add(l, fate_name(dev_fate(d, s->initial)));
	state_int(&l->o, STATE_TRAITS(d->immutable, d->has_parent, d->software, d->maker, p->state,
				 s->initial));
	state_end(&l->o);
}

static void devices_add(struct looking *l)
{
	const struct net_view *v = &l->s.view;

	for (size_t i = 0; i < v->n; i++)
		for (uint32_t d = 0; d < v->spaces[i].n; d++)
			device_add(l, &v->spaces[i], v->spaces[i].first + d);
}

/* --- the look --------------------------------------------------------------------------------- */

static bool rows_make(struct looking *l, struct state_head *ret)
{
	if (snapshot_read(&l->s, SNAPSHOT_AUTO, 0, SNAP_HIDDEN, NULL))
		return false;
	namespaces_add(l);
	mounts_add(l);
	if (!snapshot_devices(&l->s, 0, NETVIEW_PEERS, NULL))
		devices_add(l);
	ret->own_mnt = l->s.own_mnt;
	return true;
}

void look_take(void *ctx, char what, struct buf *b)
{
	struct look *look = ctx;
	struct state_head head = {.whole = what == 'w', .boot_ns = clock_ns(CLOCK_BOOTTIME)};
	struct buf rows = {0};
	struct looking l = {.look = look, .o = {.b = &rows}};

	if (rows_make(&l, &head)) {
		buf_add(b, (const char *)&head, sizeof(head));
		if (head.whole)
			buf_add(b, rows.s, rows.len);
		else if (state_differ(&look->last, &rows, b))
			buf_reset(b);
		buf_free(&look->last);
		look->last = rows;
		rows = (struct buf){0};
	}
	snapshot_free(&l.s);
	users_free(&l.users);
	inums_free(&l.boxes);
	buf_free(&rows);
}
