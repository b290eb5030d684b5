/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sqlite.h - the functions of SQLite, loaded at first use: a command that reads and writes no
 * history does not pay for the library.
 */
#ifndef NSWATCH_HISTORY_SQLITE_H
#define NSWATCH_HISTORY_SQLITE_H

#include <sqlite3.h>

#include "lib/err.h"

/* Those that are called, without "sqlite3_". */
#define SQLITE_CALLS(X)                                                                            \
	X(bind_blob)                                                                               \
	X(bind_int64)                                                                              \
	X(bind_null)                                                                               \
	X(bind_text)                                                                               \
	X(busy_timeout)                                                                            \
	X(changes)                                                                                 \
	X(clear_bindings)                                                                          \
	X(close_v2)                                                                                \
	X(column_blob)                                                                             \
	X(column_bytes)                                                                            \
	X(column_int64)                                                                            \
	X(column_text)                                                                             \
	X(column_type)                                                                             \
	X(errmsg)                                                                                  \
	X(errstr)                                                                                  \
	X(exec)                                                                                    \
	X(extended_errcode)                                                                        \
	X(file_control)                                                                            \
	X(finalize)                                                                                \
	X(get_autocommit)                                                                          \
	X(last_insert_rowid)                                                                       \
	X(open_v2)                                                                                 \
	X(prepare_v3)                                                                              \
	X(reset)                                                                                   \
	X(step)                                                                                    \
	X(system_errno)                                                                            \
	X(wal_checkpoint_v2)                                                                       \
	X(wal_hook)

struct sqlite {
#define SQLITE_MEMBER(name) typeof(sqlite3_##name) *name;
	SQLITE_CALLS(SQLITE_MEMBER)
#undef SQLITE_MEMBER
};

/* Filled by sqlite_load(). */
extern struct sqlite sq;

/* 0, or -ENOPKG where the library is missing or too old. Whoever calls again gets the same. */
int sqlite_load(struct err *err);

#endif
