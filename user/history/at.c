// SPDX-License-Identifier: GPL-2.0-or-later
/* at.c - what a history says of a moment. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/at.h"
#include "history/names.h"
#include "history/reader.h"
#include "history/state.h"
#include "lib/array.h"

#define LATE_NS 120000000000LL /* a recorder that runs was seen since */

void at_free(struct at *a)
{
	buf_free(&a->host);
	buf_free(&a->text);
	free(a->nodes);
	inums_free(&a->index);
	free(a->procs);
	inums_free(&a->pids);
	free(a->devs);
	free(a->addrs);
	mounts_free(&a->mounts);
	users_free(&a->users);
	whoses_free(&a->boxes);
	*a = (struct at){0};
}

struct at_node *at_node(const struct at *a, uint32_t type, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&a->index, type, inum) : NULL;

	return e && e->a ? &a->nodes[e->a - 1] : NULL;
}

static struct at_node *node_put(struct at *a, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = type < NS_TYPES && inum ? inums_put(&a->index, type, inum) : NULL;

	if (!e || (!e->a && ARRAY_ROOM(a->nodes, a->cap, a->n)))
		return NULL;
	if (!e->a)
		e->a = ++a->n;
	a->nodes[e->a - 1] = (struct at_node){.node = {.type = type, .inum = inum}};
	return &a->nodes[e->a - 1];
}

/* --- rows of the snapshot --------------------------------------------------------------------- */

/* A column of untrusted text, its end at `size`; "" where it is NULL. */
static void text_take(sqlite3_stmt *s, int at, char *ret, size_t size)
{
	const char *text = (const char *)sq.column_text(s, at);

	snprintf(ret, size, "%s", text ? text : "");
}

static uint32_t u32_of(sqlite3_stmt *s, int at)
{
	return (uint32_t)sq.column_int64(s, at);
}

/* Its place in the text + 1; 0 where it is NULL. */
static size_t text_keep(struct at *a, sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sq.column_text(s, at);
	size_t place = a->text.len + 1;

	if (!text)
		return 0;
	buf_add(&a->text, text, strlen(text) + 1);
	return place;
}

static int process_take(struct at *a, sqlite3_stmt *s)
{
	uint32_t pid = u32_of(s, 0);
	struct inum_entry *e = pid ? inums_put(&a->pids, 0, pid) : NULL;
	const char *user = (const char *)sq.column_text(s, 3);
	struct ns_task *t;

	if (!pid)
		return 0;
	if (!e || ARRAY_ROOM(a->procs, a->procs_cap, a->nprocs))
		return -ENOMEM;
	a->procs[a->nprocs] = (struct at_process){.box = (uint64_t)sq.column_int64(s, 8)};
	t = &a->procs[a->nprocs++].task;
	e->a = a->nprocs;
	t->pid = t->tid = pid;
	t->ppid = u32_of(s, 1);
	t->uid = u32_of(s, 2);
	t->nthreads = 1;
	t->start_ns = (uint64_t)sq.column_int64(s, 4);
	t->ns_pid = u32_of(s, 5);
	text_take(s, 6, t->comm, sizeof(t->comm));
	t->cmd = (uint32_t)text_keep(a, s, 7);
	users_put(&a->users, t->uid, user, user ? strlen(user) : 0);
	return 0;
}

static int ns_take(struct at *a, sqlite3_stmt *s)
{
	struct at_node *n = node_put(a, u32_of(s, 1), u32_of(s, 0));

	if (!n)
		return u32_of(s, 1) < NS_TYPES && u32_of(s, 0) ? -ENOMEM : 0;
	n->node.id = (uint64_t)sq.column_int64(s, 2);
	n->node.rel[REL_OWNER] = u32_of(s, 3);
	n->node.rel[REL_PARENT] = u32_of(s, 4);
	n->node.level = u32_of(s, 5);
	n->node.has_uid = sq.column_type(s, 6) != SQLITE_NULL;
	n->node.owner_uid = u32_of(s, 6);
	n->node.plain = !sq.column_int64(s, 7);
	n->node.nprocs = u32_of(s, 8);
	n->pid = u32_of(s, 9);
	n->kept = text_keep(a, s, 10);
	return 0;
}

static int mount_put(struct at *a, uint32_t type, uint32_t inum, uint32_t mnt_ns, const char *path)
{
	struct ns_mounts *m = &a->mounts;

	if (type >= NS_TYPES || !inum || !path)
		return 0;
	if (ARRAY_ROOM(m->rows, m->cap, m->n))
		return -ENOMEM;
	m->rows[m->n++] = (struct ns_mount){
		.type = type, .inum = inum, .mnt_ns = mnt_ns, .path = m->text.len};
	buf_add(&m->text, path, strlen(path) + 1);
	return 0;
}

static int mount_take(struct at *a, sqlite3_stmt *s)
{
	return mount_put(
		a, u32_of(s, 3), u32_of(s, 0), u32_of(s, 1), (const char *)sq.column_text(s, 2));
}

/* "10.0.0.1/24,10.0.0.1 peer 10.0.0.2/32,fe80::1/64": what addr_format() made. */
static int addresses_take(struct at *a, struct net_dev *d, const char *text)
{
	auto_buf struct buf b = {0};
	char *save = NULL;

	d->addr = (uint32_t)a->naddrs;
	buf_puts(&b, text ? text : "");
	for (char *one = strtok_r(b.s, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		struct net_addr addr = {.index = d->index};
		char *slash = strchr(one, '/'), *peer = strstr(one, " peer ");

		if (!slash)
			continue;
		*slash = '\0';
		addr.prefix = (uint8_t)strtoul(slash + 1, NULL, 10);
		if (peer) {
			*peer = '\0';
			addr.has_peer = true;
		}
		addr.family = strchr(one, ':') ? AF_INET6 : AF_INET;
		if (inet_pton(addr.family, one, addr.local) != 1 ||
			(peer && inet_pton(addr.family, peer + 6, addr.peer) != 1))
			continue;
		if (ARRAY_ROOM(a->addrs, a->addrs_cap, a->naddrs))
			return -ENOMEM;
		a->addrs[a->naddrs++] = addr;
		d->naddrs++;
	}
	return 0;
}

static void mac_take(struct net_dev *d, const char *s)
{
	char *end;

	for (; s && *s && d->mac_len < NET_MAC_MAX; s = *end == ':' ? end + 1 : end) {
		unsigned long v = strtoul(s, &end, 16);

		if (end == s)
			return;
		d->mac[d->mac_len++] = (uint8_t)v;
	}
}

static struct at_device *device_put(struct at *a)
{
	if (ARRAY_ROOM(a->devs, a->devs_cap, a->ndevs))
		return NULL;
	a->devs[a->ndevs] = (struct at_device){.dev = {.link_nsid = -1}};
	return &a->devs[a->ndevs++];
}

static int device_take(struct at *a, sqlite3_stmt *s)
{
	struct at_device *row = device_put(a);
	struct net_dev *d;

	if (!row)
		return -ENOMEM;
	d = &row->dev;
	row->ns = u32_of(s, 0);
	d->index = u32_of(s, 1);
	text_take(s, 2, d->name, sizeof(d->name));
	text_take(s, 3, d->kind, sizeof(d->kind));
	text_take(s, 4, d->devtype, sizeof(d->devtype));
	d->type = (uint16_t)sq.column_int64(s, 5);
	d->flags = u32_of(s, 6);
	d->operstate = (uint8_t)sq.column_int64(s, 7);
	d->mtu = u32_of(s, 8);
	mac_take(d, (const char *)sq.column_text(s, 9));
	d->master = u32_of(s, 11);
	d->link = u32_of(s, 12);
	d->link_nsid = (int32_t)sq.column_int64(s, 13);
	row->peer_ns = u32_of(s, 15);
	row->traits = sq.column_int64(s, 17);
	d->immutable = TRAIT_IMMUTABLE(row->traits);
	d->has_parent = TRAIT_PARENT(row->traits);
	d->software = TRAIT_SOFTWARE(row->traits);
	d->maker = TRAIT_MAKER(row->traits);
	return addresses_take(a, d, (const char *)sq.column_text(s, 10));
}

static int box_take(struct at *a, sqlite3_stmt *s)
{
	uint64_t id = (uint64_t)sq.column_int64(s, 0);
	struct whose w;

	names_row(s, 1, &w);
	return (uint32_t)id ? whoses_put(&a->boxes, id, &w) : 0;
}

/* Of each key the newest row, from the whole snapshot on. */
static int table_read(struct at *a, struct db *db, enum state_table t, struct err *err)
{
	static int (*const take[STATE_TABLES])(struct at * a, sqlite3_stmt * s) = {
		[STATE_PROCESS] = process_take,
		[STATE_NS] = ns_take,
		[STATE_MOUNT] = mount_take,
		[STATE_DEVICE] = device_take,
		[STATE_BOX] = box_take,
	};
	const struct state_columns *c = &state_tables[t];
	auto_buf struct buf sql = {0};
	sqlite3_stmt *s;
	int r = 1;

	buf_printf(&sql,
		"SELECT %s FROM (SELECT %s, gone, max(snapshot) FROM %s WHERE snapshot BETWEEN"
		" %lld AND %lld GROUP BY 1",
		c->columns, c->columns, c->name, (long long)a->whole, (long long)a->id);
	for (unsigned int i = 1; i < c->keys; i++)
		buf_printf(&sql, ", %u", i + 1);
	buf_puts(&sql, ") WHERE gone IS NULL");
	s = db_prepare(db, sql.s, err);
	while (s && r > 0 && (r = db_step(db, s, err)) > 0) {
		r = take[t](a, s);
		r = r ? err_set(err, r, "read %s", db->path) : 1;
	}
	sq.finalize(s);
	return s ? r : -EIO;
}

/* --- what happened since ---------------------------------------------------------------------- */

/* The first row of the table namespace that was written after a time. */
static int64_t life_first(struct db *db, int64_t time, struct err *err)
{
	sqlite3_stmt *s = db_prepare(db,
		"SELECT id, CASE WHEN created_event IS NULL THEN ended ELSE created END"
		" FROM namespace WHERE id >= ? ORDER BY id LIMIT 1",
		err);
	int64_t lo = 1, hi = db_number(db, "SELECT max(id) + 1 FROM namespace", err);

	if (!s || hi < 0) {
		sq.finalize(s);
		return s ? hi : -EIO;
	}
	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2;
		bool later = true;

		sq.bind_int64(s, 1, mid);
		if (db_step(db, s, NULL) > 0)
			later = sq.column_int64(s, 1) > time;
		sq.reset(s);
		if (later)
			hi = mid;
		else
			lo = mid + 1;
	}
	sq.finalize(s);
	return lo;
}

static void ns_made(struct at *a, sqlite3_stmt *s)
{
	struct at_node *n = node_put(a, u32_of(s, 0), u32_of(s, 1));

	if (!n)
		return;
	n->node.id = (uint64_t)sq.column_int64(s, 2);
	n->node.rel[REL_OWNER] = u32_of(s, 3);
	n->node.rel[REL_PARENT] = u32_of(s, 4);
	n->node.plain = true;
	n->node.uncounted = true;
}

/* Namespaces that were made since the snapshot, and live. */
static int made_read(struct at *a, struct db *db, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *s = db_prepare(db,
		"SELECT type, ns, kernel_id, owner, parent FROM namespace WHERE id >= ?1 AND id < "
		"?2"
		" AND boot = ?3 AND created > ?4 AND created <= ?5"
		" AND (ended IS NULL OR ended > ?5) ORDER BY id",
		err);
	int r;

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, from);
	sq.bind_int64(s, 2, to);
	sq.bind_int64(s, 3, a->boot);
	sq.bind_int64(s, 4, a->snapshot);
	sq.bind_int64(s, 5, a->when);
	while ((r = db_step(db, s, err)) > 0)
		ns_made(a, s);
	sq.finalize(s);
	return r;
}

/*
 * Asks of each namespace that was read: ?1 is its number, ?2 the id of the first row made after
 * that time, ?3 its type, ?4 the boot, ?5 when the snapshot was, ?6 the time. take is called where
 * there is an answer.
 */
static int nodes_ask(struct at *a, struct db *db, int64_t to, const char *sql,
	void (*take)(struct at_node *node, int64_t answer), struct err *err)
{
	sqlite3_stmt *s = db_prepare(db, sql, err);
	int r = 0;

	if (!s)
		return -EIO;
	for (size_t i = 0; i < a->n && r >= 0; i++) {
		sq.bind_int64(s, 1, a->nodes[i].node.inum);
		sq.bind_int64(s, 2, to);
		sq.bind_int64(s, 3, a->nodes[i].node.type);
		sq.bind_int64(s, 4, a->boot);
		sq.bind_int64(s, 5, a->snapshot);
		sq.bind_int64(s, 6, a->when);
		r = db_step(db, s, err);
		if (r > 0)
			take(&a->nodes[i], sq.column_int64(s, 0));
		sq.reset(s);
	}
	sq.finalize(s);
	return r < 0 ? r : 0;
}

static void gone_take(struct at_node *node, int64_t answer)
{
	node->gone = answer;
}

/* Of those that the snapshot has, which have ended since: the latest row of each says it. */
static int ended_read(struct at *a, struct db *db, int64_t to, struct err *err)
{
	return nodes_ask(a, db, to,
		"SELECT coalesce(ended > ?5 AND ended <= ?6, 0) FROM namespace WHERE ns = ?1"
		" AND id < ?2 AND type = ?3 AND boot = ?4 ORDER BY id DESC LIMIT 1",
		gone_take, err);
}

static void over_take(struct at_node *node, int64_t answer)
{
	node->over = answer;
}

/*
 * Of those that were there: whether they have ended later. One without a row of its own gets it
 * with its end, and the next one of its number has a row, too.
 */
static int over_read(struct at *a, struct db *db, int64_t to, struct err *err)
{
	return nodes_ask(a, db, to,
		"SELECT EXISTS (SELECT 1 FROM namespace WHERE ns = ?1 AND id >= ?2 AND type = ?3"
		" AND boot = ?4) OR coalesce((SELECT ended > ?6 FROM namespace WHERE ns = ?1"
		" AND id < ?2 AND type = ?3 AND boot = ?4 ORDER BY id DESC LIMIT 1), 0)",
		over_take, err);
}

bool at_is_over(const struct at *a, uint32_t inum)
{
	for (uint32_t type = 0; type < NS_TYPES; type++) {
		const struct at_node *n = at_node(a, type, inum);

		if (n && !n->gone)
			return n->over;
	}
	return false;
}

/* Asks with the boot, the time of the snapshot and the moment; fn takes each row. */
static int since_read(struct at *a, struct db *db, const char *sql,
	int (*fn)(struct at *a, sqlite3_stmt *s), struct err *err)
{
	sqlite3_stmt *s = db_prepare(db, sql, err);
	int r;

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, a->boot);
	sq.bind_int64(s, 2, a->snapshot);
	sq.bind_int64(s, 3, a->when);
	while ((r = db_step(db, s, err)) > 0) {
		r = fn(a, s);
		if (r)
			break;
	}
	sq.finalize(s);
	return r;
}

static struct ns_mount *mount_find(struct at *a, uint32_t type, uint32_t inum, const char *path)
{
	for (size_t i = 0; path && i < a->mounts.n; i++) {
		struct ns_mount *m = &a->mounts.rows[i];

		if (m->type == type && m->inum == inum && !strcmp(mounts_path(&a->mounts, m), path))
			return m;
	}
	return NULL;
}

/* With its copies in other mount namespaces, to which mounts of one directory are propagated. */
static int pin_gone(struct at *a, sqlite3_stmt *s)
{
	const char *path = (const char *)sq.column_text(s, 2);
	struct ns_mount *m;

	while ((m = mount_find(a, u32_of(s, 0), u32_of(s, 1), path)))
		*m = a->mounts.rows[--a->mounts.n];
	return 0;
}

static int pin_made(struct at *a, sqlite3_stmt *s)
{
	const char *path = (const char *)sq.column_text(s, 2);

	return mount_find(a, u32_of(s, 0), u32_of(s, 1), path)
		       ? 0
		       : mount_put(a, u32_of(s, 0), u32_of(s, 1), a->own_mnt, path);
}

static struct at_device *device_find(struct at *a, uint32_t ns, uint32_t ifindex)
{
	for (size_t i = 0; i < a->ndevs; i++)
		if (a->devs[i].ns == ns && a->devs[i].dev.index == ifindex)
			return &a->devs[i];
	return NULL;
}

static int device_gone(struct at *a, sqlite3_stmt *s)
{
	struct at_device *d = device_find(a, u32_of(s, 0), u32_of(s, 1));

	if (d)
		d->gone = true;
	return 0;
}

static int device_made(struct at *a, sqlite3_stmt *s)
{
	struct at_device *d = device_find(a, u32_of(s, 0), u32_of(s, 1));

	if (!d || d->gone)
		d = device_put(a);
	if (!d)
		return -ENOMEM;
	d->ns = u32_of(s, 0);
	d->dev.index = u32_of(s, 1);
	text_take(s, 2, d->dev.name, sizeof(d->dev.name));
	text_take(s, 3, d->dev.kind, sizeof(d->dev.kind));
	return 0;
}

static int since_apply(struct at *a, struct db *db, struct err *err)
{
#define SINCE "boot = ?1 AND since > ?2 AND since <= ?3 AND (until IS NULL OR until > ?3)"
#define UNTIL "boot = ?1 AND until > ?2 AND until <= ?3"
	int64_t from = life_first(db, a->snapshot, err), to = from;
	int r;

	if (from >= 0)
		to = life_first(db, a->when, err);
	if (to < 0)
		return (int)to;
	r = ended_read(a, db, to, err);
	if (!r)
		r = made_read(a, db, from, to, err);
	if (!r)
		r = over_read(a, db, to, err);
	if (!r)
		r = since_read(a, db, "SELECT type, ns, path FROM pin WHERE " UNTIL, pin_gone, err);
	if (!r)
		r = since_read(a, db, "SELECT type, ns, path FROM pin WHERE " SINCE, pin_made, err);
	if (!r)
		r = since_read(
			a, db, "SELECT ns, ifindex FROM stay WHERE " UNTIL, device_gone, err);
	if (!r)
		r = since_read(a, db, "SELECT ns, ifindex, device, kind FROM stay WHERE " SINCE,
			device_made, err);
	return r;
}

/* --- the moment ------------------------------------------------------------------------------- */

static int snapshot_find(struct at *a, struct db *db, struct err *err)
{
	sqlite3_stmt *s = db_has_snapshots(db) ? db_query(db, Q_SNAPSHOT_AT, err) : NULL;
	const char *host;
	int r;

	if (!s && db_has_snapshots(db))
		return -EIO;
	if (s)
		sq.bind_int64(s, 1, a->when);
	r = s ? db_step(db, s, err) : 0;
	if (r < 0)
		return r;
	if (!r) {
		err_say(err, -ENOENT, "%s: it has no snapshot of that time or before it", db->path);
		err_hint(err, "a recorder takes one when it begins: `nswatch history` shows when");
		return -ENOENT;
	}
	a->id = sq.column_int64(s, 0);
	a->boot = sq.column_int64(s, 1);
	a->snapshot = sq.column_int64(s, 2);
	a->clock = sq.column_int64(s, 3);
	a->whole = sq.column_int64(s, 4);
	a->own_mnt = u32_of(s, 5);
	host = (const char *)sq.column_text(s, 7);
	buf_puts(&a->host, host ? host : "");
	sq.reset(s);
	return 0;
}

/* Spans without a recorder between the snapshot and the moment. */
static void gaps_say(struct at *a, struct db *db, void (*gap)(const char *text))
{
	int64_t seen = db_number(
		db, "SELECT coalesce(ended, seen) FROM run ORDER BY id DESC LIMIT 1", NULL);
	sqlite3_stmt *s = db_query(db, Q_GAPS, NULL);
	auto_buf struct buf b = {0};

	if (!s)
		return;
	sq.bind_int64(s, 1, a->snapshot);
	sq.bind_int64(s, 2, a->when);
	while (db_step(db, s, NULL) > 0) {
		const char *why = (const char *)sq.column_text(s, 2);

		buf_reset(&b);
		hist_gap_say(&b, sq.column_int64(s, 0), sq.column_int64(s, 1), why ? why : "",
			(uint64_t)sq.column_int64(s, 3));
		gap(b.s);
	}
	if (seen <= 0 || a->when <= seen + LATE_NS)
		return;
	buf_reset(&b);
	buf_puts(&b, "nothing was recorded after ");
	hist_time_say(&b, seen);
	buf_puts(&b, ": what happened then is not in it");
	gap(b.s);
}

static int moment_read(struct at *a, struct db *db, void (*gap)(const char *text), struct err *err)
{
	int r = db_do(db, Q_BEGIN_READ, err);

	if (!r)
		r = snapshot_find(a, db, err);
	for (int t = 0; t < STATE_TABLES && !r; t++)
		r = table_read(a, db, (enum state_table)t, err);
	if (!r)
		r = since_apply(a, db, err);
	if (!r)
		gaps_say(a, db, gap);
	db_do(db, Q_COMMIT, NULL);
	return r;
}

int at_read(const char *path, int64_t when, void (*gap)(const char *text), struct at *ret,
	struct err *err)
{
	auto_buf struct buf name = {0};
	struct at a = {.when = when};
	struct db db;
	int r = path ? 0 : db_default(false, &name, err);

	if (!r)
		r = db_open_read(&db, path ? path : name.s, err);
	if (r)
		return r;
	r = moment_read(&a, &db, gap, err);
	db_close(&db);
	if (r) {
		at_free(&a);
		return r;
	}
	*ret = a;
	return 0;
}
