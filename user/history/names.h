/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h - who is meant by the numbers of an event, as the history knew it at that event. */
#ifndef NSWATCH_HISTORY_NAMES_H
#define NSWATCH_HISTORY_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "event/whose.h"
#include "history/db.h"
#include "lib/buf.h"
#include "lib/inums.h"

/* Answers, each with the event from which on it may be another one. */
struct names {
	struct inums users, cgroups, owners, nets; /* a: what it is, b: until which event */
	struct buf text;                           /* of users and net namespaces */
	struct whoses whoses;
};

void names_free(struct names *n);
/* How many answers it holds. */
static inline size_t names_size(const struct names *n)
{
	return n->users.n + n->cgroups.n + n->owners.n + n->nets.n;
}

/* The name of uid at event `id`, valid until the next call; NULL: it had none. */
const char *names_user(struct names *n, struct db *db, uint32_t uid, int64_t id);
/* Whose a cgroup is, valid until the next call; NULL: not known. */
const struct whose *names_whose(
	struct names *n, struct db *db, int64_t boot, uint64_t cgroup, int64_t id);
/* The cgroup of the container that a namespace is of; 0: not known. */
uint64_t names_owner(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id);

/* The name of a net namespace, valid until the next call; NULL: it has none. */
const char *names_net(struct names *n, struct db *db, int64_t boot, uint32_t inum, int64_t id);

/* The fields of a row from a column on. They live as long as the row. */
void names_row(sqlite3_stmt *s, int at, struct whose *ret);

#endif
