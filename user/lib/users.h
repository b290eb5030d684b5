/* SPDX-License-Identifier: GPL-2.0-or-later */
/* users.h - names of users, each remembered by its id. */
#ifndef NSWATCH_LIB_USERS_H
#define NSWATCH_LIB_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/inums.h"

/* Longer names are none: login_max of shadow's tools is 32, and a dictionary of a file is bounded.
 */
#define USER_NAME_LEN 255

/*
 * Whoever has a range of ids may act with each of them: as many are remembered, then all of them
 * are forgotten before the next.
 */
#define USERS_MAX 8192

struct users {
	struct inums at;
	struct buf text; /* names, each ended by NUL, untrusted */
};

#define auto_users __attribute__((cleanup(users_free)))

void users_free(struct users *u);

/* A name, len bytes without NUL; 0: this user has none. One that has a name keeps it. */
void users_put(struct users *u, uint32_t uid, const char *name, size_t len);
/* Whether users_put() said something of uid; *ret is its name or NULL, valid until the next put. */
bool users_find(const struct users *u, uint32_t uid, const char **ret);
/* The name on this machine, which is asked for once (ask_user()); NULL: none. */
const char *users_here(struct users *u, uint32_t uid);

#endif
