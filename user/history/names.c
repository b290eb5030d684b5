// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "history/names.h"

void names_free(struct names *n)
{
	inums_free(&n->users);
	inums_free(&n->cgroups);
	inums_free(&n->owners);
	inums_free(&n->nets);
	buf_free(&n->text);
	whoses_free(&n->whoses);
}

void names_row(sqlite3_stmt *s, int at, struct whose *ret)
{
	for (int i = 0; i < WHOSE_FIELDS; i++)
		ret->of[i] = (const char *)sq.column_text(s, at + i);
}

/*
 * The entry of a key in a set, whose answer holds for the event with that id: until the row behind
 * it. Where it has to be asked for anew, *ret_row is the row that tells it, for the caller to take
 * and reset. NULL: there is no answer.
 */
static struct inum_entry *answer_find(struct inums *set, uint64_t key, struct db *db,
	enum db_query q, const int64_t *args, int nargs, int64_t id, sqlite3_stmt **ret_row)
{
	struct inum_entry *e = inums_find_id(set, key);
	sqlite3_stmt *s;

	*ret_row = NULL;
	if (e && (uint64_t)id < e->b)
		return e;
	/* 0 is nobody's number. */
	e = inums_put_id(set, key);
	s = e ? db_query(db, q, NULL) : NULL;
	if (!s)
		return NULL;
	e->a = 0;
	e->b = 0;
	for (int i = 0; i < nargs; i++)
		sq.bind_int64(s, i + 1, args[i]);
	sq.bind_int64(s, nargs + 1, id);
	if (db_step(db, s, NULL) <= 0)
		return NULL;
	e->b = sq.column_type(s, 0) == SQLITE_NULL ? UINT64_MAX : (uint64_t)sq.column_int64(s, 0);
	*ret_row = s;
	return e;
}

#define ANSWER(set, key, db, q, id, ret_row, ...)                                                  \
	answer_find(set, key, db, q, (const int64_t[]){__VA_ARGS__},                               \
		sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t), id, ret_row)

/* The text in the second column, kept: a of the entry is 1 + its place, 0: none. */
static const char *answer_text(struct names *n, struct inum_entry *e, sqlite3_stmt *row)
{
	const char *text = row ? (const char *)sq.column_text(row, 1) : NULL;

	if (text && *text) {
		e->a = n->text.len + 1;
		buf_add(&n->text, text, strlen(text) + 1);
	}
	if (row)
		sq.reset(row);
	return e && e->a ? n->text.s + e->a - 1 : NULL;
}

const char *names_user(struct names *n, struct db *db, uint32_t uid, int64_t id)
{
	sqlite3_stmt *row;
	struct inum_entry *e = ANSWER(&n->users, (uint64_t)(uid + 1), db, Q_USER_AT, id, &row, uid);

	return answer_text(n, e, row);
}

const char *names_net(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id)
{
	sqlite3_stmt *row;
	struct inum_entry *e = ANSWER(&n->nets, inum, db, Q_NSNAME_AT, id, &row, boot, inum);

	return answer_text(n, e, row);
}

const struct whose *names_whose(
	struct names *n, struct db *db, int64_t boot, uint64_t cgroup, int64_t id)
{
	struct whose whose = {0};
	sqlite3_stmt *row;
	struct inum_entry *e =
		ANSWER(&n->cgroups, cgroup, db, Q_WHOSE_AT, id, &row, boot, (int64_t)cgroup);

	if (row) {
		names_row(row, 1, &whose);
		for (int i = 0; i < WHOSE_FIELDS; i++)
			e->a |= whose.of[i] != NULL;
		if (e->a && whoses_put(&n->whoses, cgroup, &whose))
			e->a = 0;
		sq.reset(row);
	}
	return e && e->a ? whoses_find(&n->whoses, cgroup) : NULL;
}

uint64_t names_owner(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id)
{
	sqlite3_stmt *row;
	struct inum_entry *e = ANSWER(&n->owners, inum, db, Q_OWNER_AT, id, &row, boot, inum);

	if (row) {
		e->a = (uint64_t)sq.column_int64(row, 1);
		sq.reset(row);
	}
	return e ? e->a : 0;
}
