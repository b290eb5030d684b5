// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "history/identity.h"

/* A table beside those of the schema: who reads without knowing of it is not disturbed. */
int identity_make(struct db *db, struct err *err)
{
	return db_exec(db,
		"CREATE TABLE IF NOT EXISTS identity(id TEXT NOT NULL);"
		"INSERT INTO identity SELECT lower(hex(randomblob(8)))"
		" WHERE NOT EXISTS (SELECT 1 FROM identity)",
		err);
}

static bool is_identity(const char *s)
{
	return s && strlen(s) == IDENTITY_LEN && strspn(s, "0123456789abcdef") == IDENTITY_LEN;
}

int identity_get(struct db *db, char ret[IDENTITY_LEN + 1], struct err *err)
{
	sqlite3_stmt *s = NULL;
	int r = -ENODATA;

	if (db_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'identity'", err) > 0) {
		s = db_prepare(db, "SELECT id FROM identity", err);
		r = s ? db_step(db, s, err) : -EIO;
		if (r > 0 && is_identity((const char *)sq.column_text(s, 0)))
			memcpy(ret, sq.column_text(s, 0), IDENTITY_LEN + 1);
		else if (r >= 0)
			r = -ENODATA;
		sq.finalize(s);
	}
	if (r != -ENODATA)
		return r < 0 ? r : 0;
	err_say(err, r, "%s: the database has no name of its own", db->path);
	err_hint(err, "a recorder of this version gives it one when it begins");
	return r;
}
