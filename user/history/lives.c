// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/lives.h"
#include "lib/array.h"

/* A row of the table namespace; 0 is "not known". */
struct life {
	int64_t boot;
	uint32_t type, inum;
	uint64_t kernel_id;
	uint32_t owner, parent, pid;
	char comm[EV_COMM_LEN];
	bool made; /* uid is known */
	uint32_t uid;
	uint64_t cgroup;
	int64_t created, created_event, ended, ended_event;
	const char *how;
	uint32_t init;
	int64_t init_ended;
	int32_t init_status;
};

void lives_forget(struct lives *l)
{
	inums_free(&l->at);
	l->n = 0;
}

void lives_free(struct lives *l)
{
	lives_forget(l);
	free(l->rows);
	*l = (struct lives){0};
}

/* Of those that are not written yet; NULL: none is alive. */
static struct life *life_living(const struct lives *l, uint32_t type, uint32_t inum)
{
	const struct inum_entry *e = inums_find(&l->at, type, inum);
	struct life *life = e && e->a ? &l->rows[e->a - 1] : NULL;

	return life && !life->ended ? life : NULL;
}

static struct life *life_add(struct lives *l, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = inums_put(&l->at, type, inum);

	if (!e || ARRAY_ROOM(l->rows, l->cap, l->n))
		return NULL;
	e->a = ++l->n;
	l->rows[l->n - 1] = (struct life){.type = type, .inum = inum};
	return &l->rows[l->n - 1];
}

static int made_take(struct lives *l, const struct event *ev, int64_t id, int64_t boot)
{
	const struct ev_ns *e = ev->rec;
	struct life *life = life_living(l, e->ns_type, e->inum);

	if (life) {
		life->ended = (int64_t)ev->wall_ns;
		life->how = "replaced";
	}
	life = life_add(l, e->ns_type, e->inum);
	if (!life)
		return -ENOMEM;
	life->boot = boot;
	life->kernel_id = e->ns_id;
	life->owner = e->owner;
	life->created = (int64_t)ev->wall_ns;
	life->created_event = id;
	if (ev->hdr->flags & EVF_NO_ACTOR)
		return 0;
	life->pid = ev->hdr->pid;
	memcpy(life->comm, ev->hdr->comm, EV_COMM_LEN);
	life->made = true;
	life->uid = ev->hdr->uid;
	life->cgroup = ev->hdr->cgroup_id;
	return 0;
}

static int freed_take(struct lives *l, struct db *db, const struct event *ev, int64_t id,
	int64_t boot, struct err *err)
{
	const struct ev_ns *e = ev->rec;
	struct life *life = life_living(l, e->ns_type, e->inum);
	sqlite3_stmt *s;
	int r;

	if (life) {
		life->ended = (int64_t)ev->wall_ns;
		life->ended_event = id;
		return 0;
	}
	s = db_query(db, Q_LIFE_END, err);
	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, e->inum);
	sq.bind_int64(s, 2, e->ns_type);
	sq.bind_int64(s, 3, boot);
	sq.bind_int64(s, 4, (int64_t)ev->wall_ns);
	sq.bind_int64(s, 5, id);
	r = db_run(db, s, err);
	if (r || sq.changes(db->h))
		return r;
	/* It was there before anybody recorded. */
	life = life_add(l, e->ns_type, e->inum);
	if (!life)
		return -ENOMEM;
	life->boot = boot;
	life->kernel_id = e->ns_id;
	life->owner = e->owner;
	life->pid = e->creator_pid;
	memcpy(life->comm, e->creator_comm, EV_COMM_LEN);
	life->created = e->lifetime_ns ? (int64_t)(ev->wall_ns - e->lifetime_ns) : 0;
	life->ended = (int64_t)ev->wall_ns;
	life->ended_event = id;
	return 0;
}

/* What becomes of pid 1 of a pid namespace. */
static int init_take(
	struct lives *l, struct db *db, const struct event *ev, int64_t boot, struct err *err)
{
	const struct ev_pidns_init *born = ev->hdr->kind == EV_PIDNS_INIT ? ev->rec : NULL;
	const struct ev_pidns_death *died = born ? NULL : ev->rec;
	uint32_t inum = born ? born->inum : died->inum;
	uint32_t pid = born ? born->init_pid : died->hdr.pid;
	struct life *life = life_living(l, NS_PID, inum);
	sqlite3_stmt *s;

	if (life) {
		life->init = pid;
		life->parent = born ? born->parent_ns : life->parent;
		life->init_ended = died ? (int64_t)ev->wall_ns : life->init_ended;
		life->init_status = died ? died->exit_code : life->init_status;
		return 0;
	}
	s = db_query(db, Q_LIFE_INIT, err);
	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, inum);
	sq.bind_int64(s, 2, boot);
	db_bind_known(s, 3, pid);
	db_bind_known(s, 4, born ? born->parent_ns : 0);
	sq.bind_null(s, 5);
	sq.bind_null(s, 6);
	if (died) {
		sq.bind_int64(s, 5, (int64_t)ev->wall_ns);
		sq.bind_int64(s, 6, died->exit_code);
	}
	return db_run(db, s, err);
}

/* Who did it, where that is known. */
static void bind_actor(sqlite3_stmt *s, int at, const struct event *ev)
{
	bool known = !(ev->hdr->flags & EVF_NO_ACTOR);

	db_bind_known(s, at, known ? ev->hdr->pid : 0);
	db_bind_text(s, at + 1, ev->hdr->comm, known ? strnlen(ev->hdr->comm, EV_COMM_LEN) : 0);
}

/* seen: the event is what the query writes; else it was there before anybody recorded. */
static int pin_write(struct db *db, const struct event *ev, int64_t boot, enum db_query q,
	bool seen, struct err *err)
{
	const struct ev_pin *e = ev->rec;
	sqlite3_stmt *s = db_query(db, q, err);

	if (!s)
		return -EIO;
	sq.clear_bindings(s);
	sq.bind_int64(s, 1, boot);
	sq.bind_int64(s, 2, e->ns_type);
	sq.bind_int64(s, 3, e->inum);
	sq.bind_text(s, 4, e->path, (int)strnlen(e->path, e->path_len), SQLITE_TRANSIENT);
	if (seen) {
		sq.bind_int64(s, 5, (int64_t)ev->wall_ns);
		bind_actor(s, 6, ev);
	}
	return db_run(db, s, err);
}

static int pin_take(struct db *db, const struct event *ev, int64_t boot, struct err *err)
{
	bool add = ev->hdr->kind == EV_PIN;
	int r = pin_write(db, ev, boot, add ? Q_PIN_ADD : Q_PIN_END, true, err);

	if (r || add || sq.changes(db->h))
		return r;
	r = pin_write(db, ev, boot, Q_PIN_ADD, false, err);
	return r ? r : pin_write(db, ev, boot, Q_PIN_END, true, err);
}

static int stay_add(struct db *db, const struct event *ev, int64_t boot, const char *name,
	uint32_t ifindex, uint32_t ns, bool known, struct err *err)
{
	const struct ev_netdev *e = ev->rec;
	sqlite3_stmt *s = db_query(db, Q_STAY_ADD, err);

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, boot);
	sq.bind_text(s, 2, name, (int)strnlen(name, EV_DEV_LEN), SQLITE_TRANSIENT);
	sq.bind_int64(s, 3, ifindex);
	db_bind_text(s, 4, e->dev_kind, strnlen(e->dev_kind, EV_DEV_LEN));
	sq.bind_int64(s, 5, ns);
	sq.bind_null(s, 6);
	sq.bind_null(s, 7);
	sq.bind_null(s, 8);
	sq.bind_null(s, 9);
	sq.bind_null(s, 10);
	if (known) {
		bool moved = ev->hdr->kind == EV_NETDEV;

		sq.bind_int64(s, 6, (int64_t)ev->wall_ns);
		sq.bind_text(s, 7,
			!moved   ? "made"
			: e->why ? "netns-exit"
				 : "moved",
			-1, SQLITE_STATIC);
		db_bind_known(s, 8, moved ? e->from : 0);
		bind_actor(s, 9, ev);
	}
	return db_run(db, s, err);
}

static int stay_end(struct db *db, const struct event *ev, int64_t boot, struct err *err)
{
	const struct ev_netdev *e = ev->rec;
	bool moved = ev->hdr->kind == EV_NETDEV;
	int r = 0;

	/* One that was there before anybody recorded has no row: it gets one that ends at once. */
	for (int try = 0; try < 2; try++) {
		sqlite3_stmt *s = db_query(db, Q_STAY_END, err);

		if (!s)
			return -EIO;
		sq.bind_int64(s, 1, boot);
		sq.bind_int64(s, 2, e->from);
		sq.bind_int64(s, 3, e->old_ifindex);
		sq.bind_text(
			s, 4, e->old_name, (int)strnlen(e->old_name, EV_DEV_LEN), SQLITE_TRANSIENT);
		sq.bind_int64(s, 5, (int64_t)ev->wall_ns);
		sq.bind_text(s, 6,
			e->why  ? "netns-exit"
			: moved ? "moved"
				: "removed",
			-1, SQLITE_STATIC);
		db_bind_known(s, 7, moved ? e->to : 0);
		bind_actor(s, 8, ev);
		r = db_run(db, s, err);
		if (r || sq.changes(db->h) || try)
			return r;
		r = stay_add(db, ev, boot, e->old_name, e->old_ifindex, e->from, false, err);
		if (r)
			return r;
	}
	return r;
}

static int device_take(struct db *db, const struct event *ev, int64_t boot, struct err *err)
{
	const struct ev_netdev *e = ev->rec;
	int r = ev->hdr->kind == EV_NETDEV_ADD ? 0 : stay_end(db, ev, boot, err);

	if (r || ev->hdr->kind == EV_NETDEV_DEL)
		return r;
	return stay_add(db, ev, boot, e->new_name, e->new_ifindex, e->to, true, err);
}

int lives_take(struct lives *l, struct db *db, const struct event *ev, int64_t id, int64_t boot,
	struct err *err)
{
	switch (ev->hdr->kind) {
	case EV_NS_CREATE:
		return made_take(l, ev, id, boot);
	case EV_NS_FREE:
		return freed_take(l, db, ev, id, boot, err);
	case EV_PIDNS_INIT:
	case EV_PIDNS_DEATH:
		return init_take(l, db, ev, boot, err);
	case EV_PIN:
	case EV_UNPIN:
		return pin_take(db, ev, boot, err);
	case EV_NETDEV:
	case EV_NETDEV_ADD:
	case EV_NETDEV_DEL:
		return device_take(db, ev, boot, err);
	default:
		return 0;
	}
}

/* --- writing ---------------------------------------------------------------------------------- */

static void life_bind(sqlite3_stmt *s, const struct life *l)
{
	sq.bind_int64(s, 1, l->boot);
	sq.bind_int64(s, 2, l->type);
	sq.bind_int64(s, 3, l->inum);
	db_bind_known(s, 4, (int64_t)l->kernel_id);
	db_bind_known(s, 5, l->owner);
	db_bind_known(s, 6, l->parent);
	db_bind_known(s, 7, l->pid);
	db_bind_text(s, 8, l->comm, strnlen(l->comm, EV_COMM_LEN));
	sq.bind_null(s, 9);
	if (l->made)
		sq.bind_int64(s, 9, l->uid);
	db_bind_known(s, 10, (int64_t)l->cgroup);
	db_bind_known(s, 11, l->created);
	db_bind_known(s, 12, l->created_event);
	db_bind_known(s, 13, l->ended);
	db_bind_known(s, 14, l->ended_event);
	db_bind_text(s, 15, l->how, l->how ? strlen(l->how) : 0);
	db_bind_known(s, 16, l->init);
	db_bind_known(s, 17, l->init_ended);
	sq.bind_null(s, 18);
	if (l->init_ended)
		sq.bind_int64(s, 18, l->init_status);
}

/* The end of the one that had the number before was not seen. */
static int life_replace(struct db *db, const struct life *l, struct err *err)
{
	sqlite3_stmt *s = db_query(db, Q_LIFE_REPLACE, err);

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, l->inum);
	sq.bind_int64(s, 2, l->type);
	sq.bind_int64(s, 3, l->boot);
	sq.bind_int64(s, 4, l->created);
	return db_run(db, s, err);
}

static int life_write(struct db *db, const struct life *l, struct err *err)
{
	sqlite3_stmt *s = db_query(db, Q_LIFE_ADD, err);
	int rc;

	if (!s)
		return -EIO;
	life_bind(s, l);
	rc = sq.step(s);
	sq.reset(s);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_CONSTRAINT || life_replace(db, l, err))
		return db_error(db, err);
	return db_run(db, s, err);
}

int lives_flush(struct lives *l, struct db *db, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < l->n && !r; i++)
		r = life_write(db, &l->rows[i], err);
	lives_forget(l);
	return r;
}

int lives_evict(struct db *db, const struct event *ev, struct err *err)
{
	const struct ev_ns *e = ev->rec;
	sqlite3_stmt *s;

	if (ev->hdr->kind != EV_NS_FREE)
		return 0;
	s = db_query(db, Q_LIFE_DROP, err);
	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, e->inum);
	sq.bind_int64(s, 2, e->ns_type);
	sq.bind_int64(s, 3, (int64_t)ev->wall_ns);
	return db_run(db, s, err);
}

int lives_evict_before(struct db *db, int64_t time, struct err *err)
{
	static const enum db_query drops[] = {Q_PIN_DROP, Q_STAY_DROP};

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		sqlite3_stmt *s = db_query(db, drops[i], err);
		int r;

		if (!s)
			return -EIO;
		sq.bind_int64(s, 1, time);
		r = db_run(db, s, err);
		if (r)
			return r;
	}
	return 0;
}
