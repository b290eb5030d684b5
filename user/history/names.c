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

/* An answer holds until the row behind it. */
static uint64_t answer_until(sqlite3_stmt *s)
{
	return sq.column_type(s, 0) == SQLITE_NULL ? UINT64_MAX : (uint64_t)sq.column_int64(s, 0);
}

/* The text of an answer's second column, as inum_entry.a has it: 1 + its place, 0: none. */
static uint64_t answer_text(struct names *n, sqlite3_stmt *s)
{
	const char *text = (const char *)sq.column_text(s, 1);
	size_t at = n->text.len;

	if (!text || !*text)
		return 0;
	buf_add(&n->text, text, strlen(text) + 1);
	return at + 1;
}

static const char *text_at(const struct names *n, uint64_t a)
{
	return a ? n->text.s + a - 1 : NULL;
}

const char *names_user(struct names *n, struct db *db, uint32_t uid, int64_t id)
{
	struct inum_entry *e = inums_find(&n->users, 0, uid + 1);
	sqlite3_stmt *s;

	if (uid == UINT32_MAX)
		return NULL;
	if (e && (uint64_t)id < e->b)
		return text_at(n, e->a);
	s = db_query(db, Q_USER_AT, NULL);
	e = inums_put(&n->users, 0, uid + 1);
	if (!s || !e)
		return NULL;
	e->a = 0;
	e->b = 0;
	sq.bind_int64(s, 1, uid);
	sq.bind_int64(s, 2, id);
	if (db_step(db, s, NULL) <= 0)
		return NULL;
	e->b = answer_until(s);
	e->a = answer_text(n, s);
	sq.reset(s);
	return text_at(n, e->a);
}

const char *names_net(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id)
{
	struct inum_entry *e = inum ? inums_find(&n->nets, 0, inum) : NULL;
	sqlite3_stmt *s;

	if (!inum)
		return NULL;
	if (e && (uint64_t)id < e->b)
		return text_at(n, e->a);
	s = db_query(db, Q_NSNAME_AT, NULL);
	e = inums_put(&n->nets, 0, inum);
	if (!s || !e)
		return NULL;
	e->a = 0;
	e->b = 0;
	sq.bind_int64(s, 1, boot);
	sq.bind_int64(s, 2, inum);
	sq.bind_int64(s, 3, id);
	if (db_step(db, s, NULL) <= 0)
		return NULL;
	e->b = answer_until(s);
	e->a = answer_text(n, s);
	sq.reset(s);
	return text_at(n, e->a);
}

const struct whose *names_whose(
	struct names *n, struct db *db, int64_t boot, uint64_t cgroup, int64_t id)
{
	struct inum_entry *e = inums_find_id(&n->cgroups, cgroup);
	struct whose whose = {0};
	sqlite3_stmt *s;

	if (e && (uint64_t)id < e->b)
		return e->a ? whoses_find(&n->whoses, cgroup) : NULL;
	s = db_query(db, Q_WHOSE_AT, NULL);
	e = inums_put_id(&n->cgroups, cgroup);
	if (!s || !e)
		return NULL;
	e->a = 0;
	e->b = 0;
	sq.bind_int64(s, 1, boot);
	sq.bind_int64(s, 2, (int64_t)cgroup);
	sq.bind_int64(s, 3, id);
	if (db_step(db, s, NULL) <= 0)
		return NULL;
	e->b = answer_until(s);
	names_row(s, 1, &whose);
	for (int i = 0; i < WHOSE_FIELDS; i++)
		e->a |= whose.of[i] != NULL;
	if (e->a && whoses_put(&n->whoses, cgroup, &whose))
		e->a = 0;
	sq.reset(s);
	return e->a ? whoses_find(&n->whoses, cgroup) : NULL;
}

uint64_t names_owner(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id)
{
	struct inum_entry *e = inum ? inums_find(&n->owners, 0, inum) : NULL;
	sqlite3_stmt *s;

	if (!inum)
		return 0;
	if (e && (uint64_t)id < e->b)
		return e->a;
	s = db_query(db, Q_OWNER_AT, NULL);
	e = inums_put(&n->owners, 0, inum);
	if (!s || !e)
		return 0;
	e->a = 0;
	e->b = 0;
	sq.bind_int64(s, 1, boot);
	sq.bind_int64(s, 2, inum);
	sq.bind_int64(s, 3, id);
	if (db_step(db, s, NULL) <= 0)
		return 0;
	e->b = answer_until(s);
	e->a = (uint64_t)sq.column_int64(s, 1);
	sq.reset(s);
	return e->a;
}
