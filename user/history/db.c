// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/db.h"
#include "history/identity.h"
#include "history/schema.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "lib/statedir.h"

#define HOST_DIR  "/var/lib/nswatch"
#define FILE_NAME "history.db"
#define GROUP     "nswatch"
#define WAIT_MS   2000 /* for a lock that a reader or a checkpoint holds */

/* --- where it is ------------------------------------------------------------------------------ */

static int host_file(bool record, struct buf *ret, struct err *err)
{
	const char *dir = statedir_host(HOST_DIR);

	if (record && mkdir(dir, 0750) && errno != EEXIST)
		return err_set(err, -errno, "make %s", dir);
	buf_printf(ret, "%s/" FILE_NAME, dir);
	return 0;
}

int db_default(bool record, struct buf *ret, struct err *err)
{
	auto_buf struct buf dir = {0};
	int r;

	if (!geteuid() || (record && getenv("STATE_DIRECTORY")))
		return host_file(record, ret, err);
	r = statedir_own(&dir, record ? err : NULL);
	if (record) {
		if (!r)
			r = statedir_make(dir.s, err);
		if (r)
			return r;
	}
	buf_printf(ret, "%s/" FILE_NAME, dir.s ? dir.s : "");
	if (record || (!r && !access(ret->s, F_OK)))
		return 0;
	buf_reset(ret);
	return host_file(false, ret, err);
}

/* --- statements ------------------------------------------------------------------------------- */

int db_error(struct db *db, struct err *err)
{
	int rc = db->h ? sq.extended_errcode(db->h) : SQLITE_NOMEM;
	int code = db->h ? sq.system_errno(db->h) : 0;

	switch (rc & 0xff) {
	case SQLITE_FULL:
		code = ENOSPC;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		code = EBUSY;
		break;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_say(err, -EBADMSG, "%s: no history, or a damaged one: %s", db->path,
			sq.errmsg(db->h));
	case SQLITE_READONLY:
	case SQLITE_PERM:
		code = EACCES;
		break;
	case SQLITE_NOMEM:
		code = ENOMEM;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		code = code ? code : EIO;
		break;
	default:
		return err_say(err, -EIO, "%s: %s", db->path, sq.errmsg(db->h));
	}
	return err_set(err, -code, "%s", db->path);
}

sqlite3_stmt *db_prepare(struct db *db, const char *sql, struct err *err)
{
	sqlite3_stmt *s = NULL;

	if (sq.prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK)
		return s;
	db_error(db, err);
	return NULL;
}

sqlite3_stmt *db_query(struct db *db, enum db_query q, struct err *err)
{
	if (!db->q[q])
		db->q[q] = db_prepare(db, schema_query[q], err);
	return db->q[q];
}

int db_step(struct db *db, sqlite3_stmt *s, struct err *err)
{
	int rc = sq.step(s), r = 0;

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		r = db_error(db, err);
	sq.reset(s);
	return r;
}

int db_run(struct db *db, sqlite3_stmt *s, struct err *err)
{
	int r = db_step(db, s, err);

	if (r > 0)
		sq.reset(s);
	return r < 0 ? r : 0;
}

int db_do(struct db *db, enum db_query q, struct err *err)
{
	sqlite3_stmt *s = db_query(db, q, err);

	return s ? db_run(db, s, err) : -EIO;
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	return sq.exec(db->h, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_error(db, err);
}

int64_t db_value(struct db *db, enum db_query q, struct err *err)
{
	sqlite3_stmt *s = db_query(db, q, err);
	int64_t v = s ? db_step(db, s, err) : -EIO;

	if (v > 0)
		v = sq.column_int64(s, 0);
	if (s)
		sq.reset(s);
	return v;
}

int64_t db_number(struct db *db, const char *sql, struct err *err)
{
	sqlite3_stmt *s = db_prepare(db, sql, err);
	int64_t v;

	if (!s)
		return -EIO;
	v = db_step(db, s, err);
	if (v > 0)
		v = sq.column_int64(s, 0);
	sq.finalize(s);
	return v;
}

void db_bind_text(sqlite3_stmt *s, int at, const char *text, size_t len)
{
	if (text && len)
		sq.bind_text(s, at, text, (int)len, SQLITE_TRANSIENT);
	else
		sq.bind_null(s, at);
}

void db_bind_known(sqlite3_stmt *s, int at, int64_t v)
{
	if (v)
		sq.bind_int64(s, at, v);
	else
		sq.bind_null(s, at);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* A name in which SQLite finds no options of its own. */
static void uri_make(struct buf *b, const char *path, const char *options)
{
	buf_puts(b, "file:");
	for (; *path; path++)
		if (strchr("?#%", *path))
			buf_printf(b, "%%%02x", (unsigned char)*path);
		else
			buf_putc(b, *path);
	buf_puts(b, options);
}

static int db_connect(struct db *db, int flags, const char *options, struct err *err)
{
	auto_buf struct buf uri = {0};

	uri_make(&uri, db->path, options);
	if (sq.open_v2(uri.s, &db->h, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL))
		return db_error(db, err);
	sq.busy_timeout(db->h, WAIT_MS);
	/* What stands in the file is text, never code. */
	return db_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0", err);
}

/* What is there; 1: nothing yet. */
static int db_check(struct db *db, struct err *err)
{
	int64_t version = db_number(db, "PRAGMA user_version", err), id;

	if (version < 0)
		return (int)version;
	id = db_number(db, "PRAGMA application_id", err);
	if (id < 0)
		return (int)id;
	if (!id && !version && !db_number(db, "SELECT count(*) FROM sqlite_master", err))
		return 1;
	if (id != DB_ID)
		return err_say(
			err, -EBADMSG, "%s: a database, but no history of nswatch", db->path);
	if (version > DB_VERSION) {
		err_say(err, -EPROTONOSUPPORT,
			"%s: schema version %lld; this nswatch reads up to %d", db->path,
			(long long)version, DB_VERSION);
		err_hint(err, "use the nswatch that recorded it, or a newer one");
		return -EPROTONOSUPPORT;
	}
	db->version = (int)version;
	return 0;
}

/* Made for owner and group alone, before SQLite sees it: it holds what everybody did. */
static int file_make(const char *path, struct err *err)
{
	auto_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640);
	uint32_t gid;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_set(err, -errno, "make %s", path);
	if (fchmod(fd, 0640))
		return err_set(err, -errno, "make %s", path);
	/* Root has it as the service would; who is not of the group keeps the own one. */
	if (!geteuid() && !parse_group(GROUP, &gid) && fchown(fd, (uid_t)-1, gid))
		return err_set(err, -errno, "give %s to the group " GROUP, path);
	return 0;
}

/*
 * A file beside the database says that somebody records: its lock goes with the process, however
 * that ends, and the kernel says whose it is.
 */
static int lock_take(struct db *db, struct err *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	auto_buf struct buf name = {0};

	buf_printf(&name, "%s-recorder", db->path);
	db->lock = open(name.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0640);
	if (db->lock < 0)
		return err_set(err, -errno, "open %s", name.s);
	if (!fcntl(db->lock, F_SETLK, &lock))
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return err_set(err, -errno, "lock %s", name.s);
	lock.l_type = F_WRLCK;
	if (fcntl(db->lock, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		lock.l_pid = 0;
	if (lock.l_pid > 0)
		return err_say(err, -EBUSY, "%s: process %d records into it already", db->path,
			(int)lock.l_pid);
	return err_say(err, -EBUSY, "%s: another process records into it already", db->path);
}

static int schema_exec(struct db *db, const char *sql, struct err *err)
{
	auto_buf struct buf all = {0};
	int r;

	buf_printf(&all,
		"BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d;"
		" COMMIT",
		sql, DB_ID, DB_VERSION);
	r = db_exec(db, all.s, err);
	if (r && !sq.get_autocommit(db->h))
		db_exec(db, "ROLLBACK", NULL);
	if (!r)
		db->version = DB_VERSION;
	return r;
}

static int schema_make(struct db *db, struct err *err)
{
	/* Before the first table: pages that are free can be given back one by one. */
	int r = db_exec(db, "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL", err);

	return r ? r : schema_exec(db, schema_sql, err);
}

/* From the version that it has to this one, all or nothing. */
static int schema_migrate(struct db *db, struct err *err)
{
	auto_buf struct buf sql = {0};

	if (db->version == DB_VERSION)
		return 0;
	for (int v = db->version; v < DB_VERSION; v++) {
		if (v < 1 || !schema_steps[v])
			return err_say(err, -EPROTONOSUPPORT,
				"%s: schema version %d, which was never used", db->path,
				db->version);
		buf_puts(&sql, schema_steps[v]);
	}
	return schema_exec(db, sql.s, err);
}

static int db_settle(struct db *db, struct err *err)
{
	int on = 1, r = db_check(db, err);

	if (r > 0)
		r = schema_make(db, err);
	else if (!r)
		r = schema_migrate(db, err);
	if (!r)
		r = identity_make(db, err);
	if (!r)
		r = db_exec(db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			"PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -12288;"
			"PRAGMA temp_store = MEMORY",
			err);
	if (r)
		return r;
	/* With the log there, who may only read can read after this process has ended, too. */
	sq.file_control(db->h, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return 0;
}

static int db_begin(struct db *db, const char *path, struct err *err)
{
	int r = sqlite_load(err);
	struct stat st;

	*db = (struct db){.lock = -1};
	if (r)
		return r;
	/* Of a named pipe SQLite waits for the other end. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "%s: it is no regular file", path);
	db->path = strdup(path);
	return db->path ? 0 : err_set(err, -ENOMEM, "open %s", path);
}

int db_open_record(struct db *db, const char *path, struct err *err)
{
	int r = db_begin(db, path, err);

	if (!r)
		r = file_make(path, err);
	if (!r)
		r = lock_take(db, err);
	if (!r)
		r = db_connect(db, SQLITE_OPEN_READWRITE, "", err);
	if (!r)
		r = db_settle(db, err);
	if (r)
		db_close(db);
	return r;
}

/*
 * Who may only read a database, whose log is not there any more, may not make one: nobody writes
 * then, for a recorder leaves its log.
 */
static int db_open_still(struct db *db, struct err *err)
{
	auto_buf struct buf log = {0};
	struct stat st;

	buf_printf(&log, "%s-wal", db->path);
	if (!stat(log.s, &st) && st.st_size)
		return -EACCES;
	sq.close_v2(db->h);
	db->h = NULL;
	return db_connect(db, SQLITE_OPEN_READONLY, "?immutable=1", err);
}

int db_open_read(struct db *db, const char *path, struct err *err)
{
	int r = db_begin(db, path, err);

	if (!r && access(path, R_OK)) {
		r = err_set(err, -errno, "read %s", path);
		if (r == -ENOENT)
			err_hint(err, "`nswatch record` makes a history; --db names another file");
	}
	if (!r)
		r = db_connect(db, SQLITE_OPEN_READONLY, "", err);
	if (!r && sq.exec(db->h, "SELECT 1 FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK) {
		r = db_error(db, err);
		if (r == -EACCES || r == -ENOENT || r == -EPERM || r == -EROFS)
			r = db_open_still(db, err);
	}
	if (!r)
		r = db_check(db, err);
	if (r > 0)
		r = err_say(err, -EBADMSG, "%s: nothing was recorded into it yet", path);
	if (r)
		db_close(db);
	return r;
}

void db_close(struct db *db)
{
	for (size_t i = 0; db->h && i < DB_QUERIES; i++)
		sq.finalize(db->q[i]);
	if (db->h)
		sq.close_v2(db->h);
	if (db->lock >= 0)
		close(db->lock);
	free(db->path);
	*db = (struct db){.lock = -1};
}
