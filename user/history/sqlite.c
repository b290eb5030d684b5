// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/sqlite.h"
#include "lib/late.h"
#include "lib/util.h"

#ifdef NSWATCH_STATIC
#define SQLITE_LINKED(name) .name = sqlite3_##name,
struct sqlite sq = {SQLITE_CALLS(SQLITE_LINKED)};

int sqlite_load(struct err *err)
{
	(void)err;
	return 0;
}
#else
struct sqlite sq;

#define SQLITE_CALL(name) {"sqlite3_" #name, &sq.name},
static const struct late_call calls[] = {SQLITE_CALLS(SQLITE_CALL)};

int sqlite_load(struct err *err)
{
	static struct late_library sqlite = {
		.file = "libsqlite3.so.0",
		.use = "the history is a database of SQLite",
		.debian = "libsqlite3-0",
		.calls = calls,
		.n = ARRAY_SIZE(calls),
	};

	return late_load(&sqlite, err);
}
#endif
