// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_by.c - nswatch ls --by: a row for each container, unit or user, a column for each type. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cmd/ls.h"
#include "kernel/nstype.h"
#include "lib/array.h"
#include "lib/util.h"
#include "snapshot/groups.h"

#define OVERLAPS_SHOWN 4

/* What a cell begins with where it is shared with another group, and ends with where ids overlap.
 */
#define MARK_SHARED  '='
#define MARK_OVERLAP '!'

static const struct group *group_of(const void *row)
{
	return row;
}

static const struct groups *groups_of(void *ctx)
{
	return ((struct ls *)ctx)->groups;
}

static bool fill_name(void *ctx, const void *row, struct buf *b)
{
	return cell_text(b, group_name(groups_of(ctx), group_of(row)));
}

static bool fill_pod(void *ctx, const void *row, struct buf *b)
{
	const char *pod = group_pod(groups_of(ctx), group_of(row));

	return *pod && cell_text(b, pod);
}

static bool fill_nprocs(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, group_of(row)->nprocs);
}

static bool fill_first(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, group_of(row)->first->pid);
}

static bool fill_command(void *ctx, const void *row, struct buf *b)
{
	return cell_text(b, snapshot_command(((struct ls *)ctx)->d, group_of(row)->first));
}

static bool is_for_people(const struct ls *l)
{
	return !l->o->form.json && !l->o->form.raw;
}

/*
 * The name of another group in a cell: for people without the runtime.
 * Programs compare it with NAME.
 */
static void other_name(const struct ls *l, const struct group *group, struct buf *b)
{
	const char *name = group_name(l->groups, group), *colon = strchr(name, ':');

	if (!is_for_people(l)) {
		buf_puts(b, name);
		return;
	}
	name = colon ? colon + 1 : name;
	buf_add(b, name, strcspn(name, ","));
}

static void item_begin(struct buf *b, size_t from)
{
	if (b->len > from)
		buf_putc(b, ',');
}

/* "host", "=web", "pid:4711", "own", "own(3)", "?", and several of these. */
static bool fill_cell(void *ctx, const void *row, unsigned int type, struct buf *b)
{
	const struct groups *g = groups_of(ctx);
	size_t from = b->len;
	struct group_cell c;

	groups_cell(g, group_of(row), type, &c);
	if (c.host)
		buf_puts(b, "host");
	if (c.with) {
		item_begin(b, from);
		buf_putc(b, MARK_SHARED);
		other_name(ctx, c.with, b);
		if (c.shared > 1)
			buf_printf(b, "+%u", c.shared - 1);
	}
	if (c.outsider) {
		item_begin(b, from);
		buf_printf(b, "pid:%u", c.outsider);
	}
	if (c.own) {
		item_begin(b, from);
		buf_puts(b, "own");
		if (c.own > 1)
			buf_printf(b, "(%u)", c.own);
	}
	if (group_of(row)->unreadable) {
		item_begin(b, from);
		buf_putc(b, '?');
	}
	return b->len > from;
}

#define CELL(type)                                                                                 \
	static bool fill_##type(void *ctx, const void *row, struct buf *b)                         \
	{                                                                                          \
		return fill_cell(ctx, row, type, b);                                               \
	}

CELL(NS_MNT)
CELL(NS_UTS)
CELL(NS_IPC)
CELL(NS_USER)
CELL(NS_PID)
CELL(NS_NET)
CELL(NS_CGROUP)
CELL(NS_TIME)

/* Users of the host, "100000+65536"; marked where another group has some of them. */
static bool fill_userns(void *ctx, const void *row, struct buf *b)
{
	const struct groups *g = groups_of(ctx);
	size_t from = b->len;

	for (uint32_t i = group_of(row)->uses[NS_USER]; i != USE_NONE; i = g->uses[i].next) {
		const struct idmap *m = &g->uses[i].map;

		for (size_t k = 0; k < m->n; k++) {
			if (m->v[k].outer == IDMAP_NONE)
				continue;
			item_begin(b, from);
			buf_printf(b, "%u+%u", m->v[k].outer, m->v[k].count);
		}
	}
	if (b->len > from && is_for_people(ctx) && groups_overlap(g, group_of(row), NULL))
		buf_putc(b, MARK_OVERLAP);
	return b->len > from;
}

static bool fill_overlap(void *ctx, const void *row, struct buf *b)
{
	const struct ls *l = ctx;
	const struct group *at = NULL;
	size_t n = 0, most = is_for_people(l) ? OVERLAPS_SHOWN : SIZE_MAX;

	while ((at = groups_overlap(l->groups, group_of(row), at)) && ++n) {
		auto_buf struct buf name = {0};

		if (n > most)
			continue;
		other_name(l, at, &name);
		table_item(b, n == 1, ',', name.s, name.len);
	}
	if (n > most)
		buf_printf(b, ",+%zu", n - most);
	return n;
}

/* Those that are not the host's, "net:[4026532612]". */
static bool fill_namespaces(void *ctx, const void *row, struct buf *b)
{
	const struct groups *g = groups_of(ctx);
	size_t from = b->len;

	for (unsigned int type = 0; type < NS_TYPES; type++) {
		for (uint32_t i = group_of(row)->uses[type]; i != USE_NONE; i = g->uses[i].next) {
			if (g->uses[i].inum == g->host[type])
				continue;
			item_begin(b, from);
			buf_printf(b, "%s:[%u]", ns_types[type].name, g->uses[i].inum);
		}
	}
	return b->len > from;
}

#define TYPE_COLUMN(name, type, more)                                                              \
	{                                                                                          \
		{name, TABLE_STRING, TABLE_TRUNC | (more)}, "as MNT, of the type " name, 0,        \
			fill_##type                                                                \
	}

const struct column ls_by_cols[] = {
	{{"NAME", TABLE_STRING, TABLE_TRUNC}, "container, unit or user", 0, fill_name},
	{{"POD", TABLE_STRING, TABLE_TRUNC | TABLE_SPARE}, "pod of a container", 0, fill_pod},
	{{"NPROCS", TABLE_NUMBER, TABLE_RIGHT}, "number of its processes", 0, fill_nprocs},
	{{"FIRST", TABLE_NUMBER, TABLE_RIGHT}, "pid of its oldest process", 0, fill_first},
	{{"MNT", TABLE_STRING, TABLE_TRUNC},
		"mnt namespaces: own, host, =NAME (shared with that one), pid:PID (with that "
		"process), ? (may not be read)",
		0, fill_NS_MNT},
	TYPE_COLUMN("UTS", NS_UTS, 0),
	TYPE_COLUMN("IPC", NS_IPC, 0),
	TYPE_COLUMN("PID", NS_PID, 0),
	TYPE_COLUMN("NET", NS_NET, 0),
	TYPE_COLUMN("USER", NS_USER, 0),
	TYPE_COLUMN("CGROUP", NS_CGROUP, TABLE_SPARE),
	TYPE_COLUMN("TIME", NS_TIME, TABLE_SPARE),
	{{"USERNS", TABLE_STRING, 0},
		"users of the host that its user namespaces have, FIRST+COUNT,...; with '!': "
		"another one has some of them, too",
		0, fill_userns},
	{{"OVERLAP", TABLE_STRING, TABLE_TRUNC | TABLE_LIST | TABLE_SPARE}, "which these are", 0,
		fill_overlap},
	{{"NAMESPACES", TABLE_STRING, TABLE_TRUNC}, "its namespaces that are not the host's", 0,
		fill_namespaces},
	{{"COMMAND", TABLE_STRING, TABLE_TRUNC}, "command line of FIRST", 0, fill_command},
	{{0}, NULL, 0, NULL},
};

#define FIRST_TYPE 4 /* place of MNT; behind the types stands USERNS */

const char *const ls_bys[] = {"none", "container", "unit", "user", NULL};

const char *ls_by_name(const struct ls_opts *o)
{
	static const char *const names[] = {
		[GROUP_CONTAINER] = "containers", [GROUP_UNIT] = "units", [GROUP_USER] = "users"};

	return names[o->by];
}

const char *ls_by_shown(const struct ls_opts *o, struct buf *b)
{
	static const enum ns_slot order[] = {
		NS_MNT, NS_UTS, NS_IPC, NS_PID, NS_NET, NS_USER, NS_CGROUP, NS_TIME};

	buf_puts(b, o->by == GROUP_CONTAINER ? "NAME,POD" : "NAME");
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (o->types && !(o->types & 1u << order[i]))
			continue;
		buf_putc(b, ',');
		for (const char *s = ns_types[order[i]].name; *s; s++)
			buf_putc(b, (char)toupper((unsigned char)*s));
	}
	if (!o->types || o->types & 1u << NS_USER)
		buf_puts(b, ",USERNS,OVERLAP");
	return b->s;
}

/* Tells rows of two looks apart. */
static uint32_t key_of(const struct groups *g, const struct group *group)
{
	uint32_t key = 2166136261u;

	for (const char *s = g->text.s + group->is; *s; s++)
		key = (key ^ (unsigned char)*s) * 16777619u;
	return key ? key : 1;
}

static enum color_role role_of(const char *s, size_t len, const char *column)
{
	if (!len)
		return ROLE_PLAIN;
	if (!strcmp(column, "USERNS"))
		return s[len - 1] == MARK_OVERLAP ? ROLE_FAIL : ROLE_PLAIN;
	if (len >= 4 && !memcmp(s, "host", 4))
		return ROLE_WARN;
	return *s == MARK_SHARED ? ROLE_MOVE : ROLE_PLAIN;
}

/* Of the cells of the newest row. */
static void roles_set(const struct ls *l, struct table *t, uint32_t row)
{
	for (size_t c = 0; c < t->ncols; c++) {
		struct table_cell *cell = &t->cells[row * t->ncols + c];
		size_t col = (size_t)(l->cols.cols[c] - ls_by_cols);

		if (col >= FIRST_TYPE && col < FIRST_TYPE + NS_TYPES + 1)
			cell->role = (unsigned char)role_of(
				t->text.s + cell->off, cell->len, l->cols.cols[c]->col.name);
	}
}

static void unseen_say(const struct groups *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += g->v[i].unreadable;
	if (n)
		log_say("the namespaces of %zu process%s may not be read (?): run it as root", n,
			n == 1 ? "" : "es");
}

static int rows_show(struct ls *l, struct table *t)
{
	const struct groups *g = l->groups;

	for (size_t i = 0; i < g->n; i++) {
		uint32_t at;

		if (!boxed_has(&l->boxed, (size_t)(g->v[i].first - l->d->tasks.rows)) ||
			!columns_match(&l->cols, &g->v[i]))
			continue;
		at = columns_row(&l->cols, t, TABLE_ROOT, &g->v[i]);
		if (ARRAY_ROOM(l->keys, l->nkeys, at))
			return -ENOMEM;
		l->keys[at] = key_of(g, &g->v[i]);
		roles_set(l, t, at);
	}
	return 0;
}

int ls_by_table(struct ls *l, struct table *t, struct err *err)
{
	auto_groups struct groups g = {0};
	int r = groups_make(l->d, (enum group_by)l->o->by, &g);

	columns_begin(&l->cols, t);
	l->groups = &g;
	if (!r)
		r = rows_show(l, t);
	l->groups = NULL;
	if (r)
		return err_set(err, r, "%s", ls_by_name(l->o));
	if (l->o->has_watch)
		return 0;
	if (!g.n)
		log_say("no process that is in sight is in a %s", ls_bys[l->o->by]);
	unseen_say(&g);
	return 0;
}
