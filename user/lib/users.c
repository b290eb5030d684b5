// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include "lib/ask.h"
#include "lib/users.h"

void users_free(struct users *u)
{
	inums_free(&u->at);
	buf_free(&u->text);
}

/* 0 is a free place of the set, so uid + 1; (uid_t)-1 is nobody's. */
static struct inum_entry *place_of(struct users *u, uint32_t uid)
{
	if (u->at.n >= USERS_MAX)
		users_free(u);
	return uid == UINT32_MAX ? NULL : inums_put(&u->at, 0, uid + 1);
}

void users_put(struct users *u, uint32_t uid, const char *name, size_t len)
{
	struct inum_entry *e = place_of(u, uid);

	if (!e || e->a)
		return;
	e->b = true;
	if (!len || len > USER_NAME_LEN)
		return;
	if (!u->text.len)
		buf_putc(&u->text, '\0'); /* so that no name is at 0 */
	e->a = u->text.len;
	buf_add(&u->text, name, len);
	buf_putc(&u->text, '\0');
}

bool users_find(const struct users *u, uint32_t uid, const char **ret)
{
	const struct inum_entry *e = uid == UINT32_MAX ? NULL : inums_find(&u->at, 0, uid + 1);

	*ret = e && e->a ? u->text.s + e->a : NULL;
	return e && e->b;
}

const char *users_here(struct users *u, uint32_t uid)
{
	char name[USER_NAME_LEN + 1];
	const char *ret;

	if (users_find(u, uid, &ret))
		return ret;
	if (ask_user(uid, name, sizeof(name)))
		name[0] = '\0';
	users_put(u, uid, name, strlen(name));
	users_find(u, uid, &ret);
	return ret;
}
