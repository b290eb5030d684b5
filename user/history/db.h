/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db.h - the database of the history: where it is, how it is opened, what is in it.
 *
 * Its tables are a public interface: nswatch-history(5) says what each column means.
 */
#ifndef NSWATCH_HISTORY_DB_H
#define NSWATCH_HISTORY_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "history/sqlite.h"
#include "lib/buf.h"
#include "lib/err.h"

#define DB_VERSION 2          /* of the schema: PRAGMA user_version */
#define DB_ID      0x6e737768 /* "nswh": PRAGMA application_id */
#define DB_PAGE    4096

/* Every prepared statement: its name, and its text in db.c. */
enum db_query {
	Q_BEGIN,
	Q_BEGIN_READ,
	Q_COMMIT,
	Q_ROLLBACK,
	Q_BOOT_FIND,
	Q_BOOT_ADD,
	Q_RUN_ADD,
	Q_RUN_SEEN,
	Q_RUN_LAST,
	Q_GAP_ADD,
	Q_EVENT_ADD,
	Q_EVENT_ALL,
	Q_EVENT_DROP,
	Q_BLOCK_ADD,
	Q_BLOCK_OLDEST,
	Q_BLOCK_DROP,
	Q_LAST_ID,
	Q_LAST_BLOCK,
	Q_NS_ADD,
	Q_PID_ADD,
	Q_CGROUP_ADD,
	Q_DEV_ADD,
	Q_NS_DROP,
	Q_PID_DROP,
	Q_CGROUP_DROP,
	Q_DEV_DROP,
	Q_USER_ADD,
	Q_USER_AT,
	Q_WHOSE_ADD,
	Q_WHOSE_AT,
	Q_OWNER_ADD,
	Q_OWNER_AT,
	Q_NSNAME_ADD,
	Q_NSNAME_AT,
	Q_RANGE,
	Q_BLOCK_NEXT,
	Q_LOST_NEXT,
	Q_BOOT_LAST,
	Q_NS_NEXT,
	Q_PID_NEXT,
	Q_CGROUP_NEXT,
	Q_DEV_NEXT,
	Q_BOOT_AT,
	Q_WHOSE_ALL,
	Q_GAPS,
	Q_VERSION,
	Q_LIFE_ADD,
	Q_LIFE_END,
	Q_LIFE_REPLACE,
	Q_LIFE_INIT,
	Q_LIFE_DROP,
	Q_PIN_ADD,
	Q_PIN_END,
	Q_PIN_DROP,
	Q_STAY_ADD,
	Q_STAY_END,
	Q_STAY_DROP,
	Q_BOOT_ENDS,
	Q_BOOT_PINS,
	Q_BOOT_STAYS,
	Q_GAP_DROP,
	Q_USER_TIDY,
	Q_WHOSE_TIDY,
	Q_OWNER_TIDY,
	Q_NSNAME_TIDY,
	Q_SNAPSHOT_ADD,
	Q_SNAPSHOT_LAST,
	Q_SNAPSHOT_SECOND,
	Q_SNAPSHOT_DROP,
	Q_SNAPSHOT_AT,
	Q_STATE_OLDEST,
	Q_BLOCK_FIRST,
	Q_VACUUM,
	Q_PAGES,
	Q_FREE_PAGES,
	DB_QUERIES,
};

struct db {
	sqlite3 *h;
	char *path;
	int lock; /* of the recorder; -1: only read */
	int version;
	sqlite3_stmt *q[DB_QUERIES];
};

/*
 * The file where nobody names one. To record: for root, and for a service, that of the host
 * (/var/lib/nswatch/history.db, or below $STATE_DIRECTORY); else one's own
 * ($XDG_STATE_HOME/nswatch/history.db), whose directories are made. To read: one's own where there
 * is one, else that of the host.
 */
int db_default(bool record, struct buf *ret, struct err *err);

/*
 * Opens the database to record into it, and makes it where there is none, readable for its group.
 * -EBUSY where another one records, with that one's pid in err. An older schema is migrated.
 */
int db_open_record(struct db *db, const char *path, struct err *err);
/* Opens it to read: needs no right but to read the file. */
int db_open_read(struct db *db, const char *path, struct err *err);
void db_close(struct db *db);
/* Whether it is of a version that has snapshots: one that is only read stays as it is. */
static inline bool db_has_snapshots(const struct db *db)
{
	return db->version > 1;
}

/* --- statements --------------------------------------------------------------------------- */

/* The statement, prepared at first use and without bindings; NULL with err filled. */
sqlite3_stmt *db_query(struct db *db, enum db_query q, struct err *err);
/* A statement of one's own, to be finalized by the caller. */
sqlite3_stmt *db_prepare(struct db *db, const char *sql, struct err *err);
/* 1: a row; 0: done, and the statement is reset; -errno. */
int db_step(struct db *db, sqlite3_stmt *s, struct err *err);
/* Runs what returns no rows; 0 or -errno. */
int db_run(struct db *db, sqlite3_stmt *s, struct err *err);
int db_do(struct db *db, enum db_query q, struct err *err);
int db_exec(struct db *db, const char *sql, struct err *err);
/* The number in the first column of the only row, 0 where there is none; or -errno. */
int64_t db_value(struct db *db, enum db_query q, struct err *err);
int64_t db_number(struct db *db, const char *sql, struct err *err);
/* What SQLite's last error is as -errno, filled into err. */
int db_error(struct db *db, struct err *err);

/* Binds; text of length 0 or NULL is NULL. */
void db_bind_text(sqlite3_stmt *s, int at, const char *text, size_t len);
/* 0 is NULL. */
void db_bind_known(sqlite3_stmt *s, int at, int64_t v);

#endif
