// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "event/value.h"
#include "history/life.h"
#include "history/names.h"
#include "history/reader.h"
#include "kernel/nstype.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "out/escape.h"

#define NS_NUMBER_MIN 0xe0000000U /* smaller numbers are pids */
#define ROWS_MAX      50          /* pins, devices or containers of one subject that are listed */

/* --- who is meant ----------------------------------------------------------------------------- */

/* Whether the query, whose parameter is the name, has a row. */
static bool name_is(struct db *db, const char *sql, const char *name, int64_t *ret)
{
	sqlite3_stmt *s = db_prepare(db, sql, NULL);
	bool there = false;

	if (!s)
		return false;
	sq.bind_text(s, 1, name, -1, SQLITE_STATIC);
	if (db_step(db, s, NULL) > 0) {
		there = true;
		*ret = sq.column_int64(s, 0);
	}
	sq.finalize(s);
	return there;
}

static bool is_device(struct db *db, const char *name)
{
	int64_t v;

	return name_is(db, "SELECT 1 FROM stay WHERE device = ?", name, &v) ||
	       name_is(db, "SELECT 1 FROM block_device WHERE name = ?", name, &v);
}

static bool is_container(struct db *db, const char *name)
{
	char *pattern = (char *)name;
	int64_t *ids = NULL;
	size_t n = 0;

	if (hist_cgroups(db, &pattern, 1, &ids, &n, NULL))
		return false;
	free(ids);
	return n;
}

static bool is_netns(struct db *db, const char *name, int64_t *ret)
{
	return name_is(
		db, "SELECT ns FROM ns_name WHERE name = ? ORDER BY since DESC LIMIT 1", name, ret);
}

static int name_parse(struct db *db, const char *name, struct life_subject *ret, struct err *err)
{
	int64_t ns = 0;
	bool dev = is_device(db, name), container = is_container(db, name),
	     netns = is_netns(db, name, &ns);
	auto_buf struct buf text = {0};

	buf_puts(&text, "");
	escape_text(&text, name, strlen(name));
	if (!dev && !container && !netns)
		return err_say(err, -ENOENT,
			"no namespace, process, device or container '%s' was recorded", text.s);
	if (dev + container + netns > 1) {
		err_say(err, -EEXIST, "'%s' is the name of several", text.s);
		err_hint(err, "say which is meant:%s%s%s%s%s%s", dev ? " dev:" : "",
			dev ? text.s : "", container ? " container:" : "", container ? text.s : "",
			netns ? " netns:" : "", netns ? text.s : "");
		return -EEXIST;
	}
	*ret = (struct life_subject){.of = dev         ? LIFE_DEVICE
					   : container ? LIFE_CONTAINER
						       : LIFE_NS,
		.name = name};
	if (netns) {
		ret->type = NS_NET;
		ret->number = (uint32_t)ns;
	}
	return 0;
}

/* Behind a word that says which is meant. */
static int asked_parse(struct db *db, const char *text, struct life_subject *ret, struct err *err)
{
	int64_t ns;

	if (!strncmp(text, "dev:", 4)) {
		*ret = (struct life_subject){.of = LIFE_DEVICE, .name = text + 4};
		return 0;
	}
	if (!strncmp(text, "container:", 10)) {
		*ret = (struct life_subject){.of = LIFE_CONTAINER, .name = text + 10};
		return 0;
	}
	if (!strncmp(text, "netns:", 6) && is_netns(db, text + 6, &ns)) {
		*ret = (struct life_subject){.type = NS_NET, .number = (uint32_t)ns};
		return 0;
	}
	return name_parse(db, text, ret, err);
}

int life_parse(struct db *db, const char *text, struct life_subject *ret, struct err *err)
{
	struct ns_ref ref;
	uint64_t v;

	/* "pid:" stands before a namespace's number, too, which is larger than any pid. */
	if (!parse_u64(text + (strncmp(text, "pid:", 4) ? 0 : 4), 1, NS_NUMBER_MIN - 1, &v)) {
		*ret = (struct life_subject){.of = LIFE_PID, .number = (uint32_t)v};
		return 0;
	}
	if (!ns_ref_parse(text, &ref, NULL)) {
		*ret = (struct life_subject){.of = LIFE_NS, .type = ref.type, .number = ref.inum};
		return 0;
	}
	return asked_parse(db, text, ret, err);
}

void life_filter(const struct life_subject *s, struct buf *b)
{
	static const char *const fields[] = {
		"pid", "child_pid", "target_pid", "init_pid", "killer_pid", "creator_pid"};
	auto_buf struct buf name = {0};

	if (s->of == LIFE_PID)
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			buf_printf(b, "%s%s == %u", i ? " || " : "", fields[i], s->number);
	if (s->of != LIFE_DEVICE)
		return;
	for (const char *c = s->name; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_putc(&name, '\\');
		buf_putc(&name, *c);
	}
	buf_printf(b, "old_name == \"%s\" || new_name == \"%s\"", name.s ? name.s : "",
		name.s ? name.s : "");
}

/* --- words ------------------------------------------------------------------------------------ */

static void say_time(struct buf *b, int64_t ns)
{
	time_t t = (time_t)(ns / 1000000000);
	char text[32] = "?";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_printf(b, "%s.%03d", text, (int)(ns / 1000000 % 1000));
}

static void say_text(struct buf *b, sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sq.column_text(s, at);

	escape_text(b, text ? text : "", text ? strlen(text) : 0);
}

static bool is_known(sqlite3_stmt *s, int at)
{
	return sq.column_type(s, at) != SQLITE_NULL;
}

/* " by ip (7482)" */
static void say_actor(struct buf *b, sqlite3_stmt *s, int pid)
{
	if (!is_known(s, pid))
		return;
	buf_puts(b, " by ");
	say_text(b, s, pid + 1);
	buf_printf(b, " (%lld)", (long long)sq.column_int64(s, pid));
}

/* "T to T", "since T", "until T" of two columns. */
static void say_span(struct buf *b, sqlite3_stmt *s, int since, int until)
{
	if (is_known(s, since)) {
		buf_puts(b, is_known(s, until) ? "" : "since ");
		say_time(b, sq.column_int64(s, since));
	}
	if (!is_known(s, until))
		return;
	buf_puts(b, is_known(s, since) ? " to " : "until ");
	say_time(b, sq.column_int64(s, until));
}

/* --- whether a process of before still lives -------------------------------------------------- */

/* Pids that were recorded are those of /proc here. */
static bool pids_are_ours(const char *boot_id)
{
	char boot[64];
	struct stat st;

	if (!boot_id || stat("/proc/self/ns/pid", &st) || st.st_ino != ns_types[NS_PID].initial)
		return false;
	if (fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) <= 0)
		return false;
	boot[strcspn(boot, "\n")] = '\0';
	return !strcmp(boot, boot_id);
}

/* When the process that has the pid now began, in ns since 1970; 0: none has it. */
static int64_t pid_began(uint32_t pid)
{
	char path[32], text[1024], *at;
	unsigned long long ticks;
	int64_t boot = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1,
			   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			   "%*d %*d %*d %*d %llu",
			   &ticks) != 1)
		return 0;
	return boot + (int64_t)(ticks * (1000000000ULL / (unsigned long)sysconf(_SC_CLK_TCK)));
}

/* It lives where the one that has its number now is not younger than what it did. */
static void say_whether_alive(struct buf *b, uint32_t pid, int64_t did, const char *boot_id)
{
	int64_t began;

	if (!pids_are_ours(boot_id))
		return;
	began = pid_began(pid);
	buf_puts(b, began && began <= did + 20000000 ? "; this process still lives"
						     : "; this process has ended");
}

/* --- of a namespace --------------------------------------------------------------------------- */

#define OF_NUMBER                                                                                  \
	" FROM namespace WHERE ns = ?1 AND (?2 < 0 OR type = ?2)"                                  \
	" AND coalesce(ended, 9223372036854775807) >= ?3 AND coalesce(created, 0) <= ?4"

static sqlite3_stmt *list_query(struct db *db, const char *sql, const struct life_subject *s,
	int64_t since, int64_t until, struct err *err)
{
	sqlite3_stmt *q = db_prepare(db, sql, err);

	if (!q)
		return NULL;
	sq.bind_int64(q, 1, s->number);
	sq.bind_int64(q, 2, s->type);
	sq.bind_int64(q, 3, since);
	sq.bind_int64(q, 4, until);
	return q;
}

int life_list(struct db *db, const struct life_subject *s, int64_t since, int64_t until,
	struct life_ns *rows, size_t max, uint64_t *ret_all, struct err *err)
{
	sqlite3_stmt *q = list_query(db, "SELECT count(*) FROM (SELECT 1" OF_NUMBER " LIMIT 1000)",
		s, since, until, err);
	size_t n = 0;
	int r = q ? db_step(db, q, err) : -EIO;

	if (r > 0)
		*ret_all = (uint64_t)sq.column_int64(q, 0);
	if (q)
		sq.finalize(q);
	if (r < 0)
		return r;
	q = list_query(db, "SELECT id, created, ended, type" OF_NUMBER " ORDER BY id DESC", s,
		since, until, err);
	if (!q)
		return -EIO;
	while (n < max && (r = db_step(db, q, err)) > 0)
		rows[n++] = (struct life_ns){sq.column_int64(q, 0), sq.column_int64(q, 1),
			sq.column_int64(q, 2), (int)sq.column_int64(q, 3)};
	sq.finalize(q);
	return r < 0 ? r : (int)n;
}

int life_get(struct db *db, const struct life_subject *s, uint64_t id, struct life_ns *ret,
	struct err *err)
{
	sqlite3_stmt *q = db_prepare(db,
		"SELECT id, created, ended, type FROM namespace WHERE id = ?3 AND ns = ?1"
		" AND (?2 < 0 OR type = ?2)",
		err);
	int r;

	if (!q)
		return -EIO;
	sq.bind_int64(q, 1, s->number);
	sq.bind_int64(q, 2, s->type);
	sq.bind_int64(q, 3, (int64_t)id);
	r = db_step(db, q, err);
	if (r > 0)
		*ret = (struct life_ns){sq.column_int64(q, 0), sq.column_int64(q, 1),
			sq.column_int64(q, 2), (int)sq.column_int64(q, 3)};
	sq.finalize(q);
	return r;
}

/* The row of a namespace, to be finalized; NULL: there is none. */
static sqlite3_stmt *ns_row(struct db *db, int64_t id, struct err *err)
{
	sqlite3_stmt *s = db_prepare(db,
		"SELECT n.type, n.ns, n.pid, n.comm, n.uid, n.cgroup, n.created, n.created_event,"
		" n.ended, n.how, n.owner, n.parent, n.init, n.init_ended, n.init_status, n.boot,"
		" b.boot_id FROM namespace n LEFT JOIN boot b ON b.id = n.boot WHERE n.id = ?",
		err);

	if (!s)
		return NULL;
	sq.bind_int64(s, 1, id);
	if (db_step(db, s, err) > 0)
		return s;
	sq.finalize(s);
	return NULL;
}

void life_say_short(struct db *db, const struct life_ns *ns, struct buf *b)
{
	sqlite3_stmt *s = ns_row(db, ns->id, NULL);

	if (!s)
		return;
	buf_printf(b, "%10lld  ", (long long)ns->id);
	say_span(b, s, 6, 8);
	if (is_known(s, 2))
		buf_puts(b, ", made");
	say_actor(b, s, 2);
	buf_putc(b, '\n');
	sq.finalize(s);
}

/* Who made it, as whom, and in which container. */
static void say_maker(struct db *db, sqlite3_stmt *s, struct buf *b)
{
	struct names names = {0};
	int64_t event = is_known(s, 7) ? sq.column_int64(s, 7) : INT64_MAX;
	const char *user;
	const struct whose *of;
	auto_buf struct buf text = {0};

	buf_puts(b, "  made     ");
	if (is_known(s, 6))
		say_time(b, sq.column_int64(s, 6));
	else
		buf_puts(b, "before anybody recorded");
	say_actor(b, s, 2);
	if (is_known(s, 4)) {
		user = names_user(&names, db, (uint32_t)sq.column_int64(s, 4), event);
		buf_puts(b, ", user ");
		if (user)
			escape_text(b, user, strlen(user));
		else
			buf_printf(b, "%lld", (long long)sq.column_int64(s, 4));
	}
	of = names_whose(
		&names, db, sq.column_int64(s, 15), (uint64_t)sq.column_int64(s, 5), event);
	if (of)
		whose_text(&text, of);
	if (text.len) {
		buf_puts(b, ", in ");
		escape_text(b, text.s, text.len);
	}
	if (is_known(s, 2) && is_known(s, 6))
		say_whether_alive(b, (uint32_t)sq.column_int64(s, 2), sq.column_int64(s, 6),
			(const char *)sq.column_text(s, 16));
	buf_putc(b, '\n');
	names_free(&names);
}

static void say_family(sqlite3_stmt *s, struct buf *b)
{
	if (is_known(s, 10))
		buf_printf(b, "  owner    user:[%lld]\n", (long long)sq.column_int64(s, 10));
	if (is_known(s, 11))
		buf_printf(b, "  parent   pid:[%lld]\n", (long long)sq.column_int64(s, 11));
	if (!is_known(s, 12))
		return;
	buf_printf(b, "  pid 1    was %lld", (long long)sq.column_int64(s, 12));
	if (is_known(s, 13)) {
		buf_puts(b, ", ended ");
		say_time(b, sq.column_int64(s, 13));
		buf_puts(b, ": ");
		value_exit(b, (int)sq.column_int64(s, 14));
	}
	buf_putc(b, '\n');
}

static void say_end(sqlite3_stmt *s, struct buf *b)
{
	const char *how = (const char *)sq.column_text(s, 9);

	if (!is_known(s, 8)) {
		buf_puts(b, "  lives    as far as was recorded\n");
		return;
	}
	buf_puts(b, "  ended    ");
	say_time(b, sq.column_int64(s, 8));
	if (how && !strcmp(how, "replaced"))
		buf_puts(b, " at the latest: another one got its number");
	else if (how && !strcmp(how, "boot"))
		buf_puts(b, " at the latest: the host was booted");
	if (is_known(s, 6) && sq.column_int64(s, 8) > sq.column_int64(s, 6)) {
		buf_puts(b, ", after ");
		value_duration(b, (uint64_t)(sq.column_int64(s, 8) - sq.column_int64(s, 6)));
	}
	buf_putc(b, '\n');
}

/* A row of a query, in a line. */
typedef void (*row_fn)(sqlite3_stmt *s, struct buf *b);

/* Rows of a namespace that were there at some time of its life. */
static int say_rows(struct db *db, const char *sql, const struct life_subject *u,
	const struct life_ns *ns, row_fn fn, struct buf *b, struct err *err)
{
	sqlite3_stmt *s = db_prepare(db, sql, err);
	int r = s ? 1 : -EIO;

	if (!s)
		return r;
	/* A namespace may have been asked for by its name, too. */
	if (u->of == LIFE_NS)
		sq.bind_int64(s, 1, u->number);
	else
		sq.bind_text(s, 1, u->name, -1, SQLITE_STATIC);
	if (ns) {
		sq.bind_int64(s, 2, ns->created);
		sq.bind_int64(s, 3, ns->ended ? ns->ended : INT64_MAX);
	}
	for (int i = 0; i < ROWS_MAX && (r = db_step(db, s, err)) > 0; i++)
		fn(s, b);
	if (r > 0)
		buf_puts(b, "  ...\n");
	sq.finalize(s);
	return r < 0 ? r : 0;
}

static void say_pin(sqlite3_stmt *s, struct buf *b)
{
	buf_puts(b, "  pinned   ");
	say_text(b, s, 0);
	buf_puts(b, ", ");
	say_span(b, s, 1, 2);
	say_actor(b, s, 3);
	buf_putc(b, '\n');
}

/* device, kind, ns, since, came, came_from, pid, comm, until, went, went_to, until_pid, comm */
static void say_stay(sqlite3_stmt *s, struct buf *b)
{
	buf_puts(b, "  device   ");
	say_text(b, s, 0);
	if (is_known(s, 1)) {
		buf_puts(b, " (");
		say_text(b, s, 1);
		buf_putc(b, ')');
	}
	buf_printf(b, " in net:[%lld], ", (long long)sq.column_int64(s, 2));
	say_span(b, s, 3, 8);
	if (is_known(s, 4)) {
		buf_puts(b, ", ");
		say_text(b, s, 4);
		if (is_known(s, 5))
			buf_printf(b, " from net:[%lld]", (long long)sq.column_int64(s, 5));
		say_actor(b, s, 6);
	}
	if (is_known(s, 9)) {
		buf_puts(b, "; ");
		say_text(b, s, 9);
		if (is_known(s, 10))
			buf_printf(b, " to net:[%lld]", (long long)sq.column_int64(s, 10));
		say_actor(b, s, 11);
	}
	buf_putc(b, '\n');
}

#define STAY                                                                                       \
	"SELECT device, kind, ns, since, came, came_from, pid, comm, until, went, went_to,"        \
	" until_pid, until_comm FROM stay WHERE "
#define DURING " AND coalesce(until, 9223372036854775807) >= ?2 AND coalesce(since, 0) <= ?3"

static int say_ns(struct db *db, const struct life_subject *u, const struct life_ns *ns,
	struct buf *b, struct err *err)
{
	sqlite3_stmt *s = ns_row(db, ns->id, err);
	int r;

	if (!s)
		return -EIO;
	buf_printf(b, "%s:[%u]\n", ns_types[ns->type].name, u->number);
	say_maker(db, s, b);
	say_family(s, b);
	r = say_rows(db,
		"SELECT path, since, until, pid, comm FROM pin WHERE ns = ?1" DURING " ORDER BY id",
		u, ns, say_pin, b, err);
	if (!r && ns->type == NS_NET)
		r = say_rows(db, STAY "ns = ?1" DURING " ORDER BY id", u, ns, say_stay, b, err);
	if (!r)
		say_end(s, b);
	sq.finalize(s);
	return r;
}

/* --- of the others ---------------------------------------------------------------------------- */

static void say_pid(struct db *db, const struct life_subject *u, struct buf *b)
{
	sqlite3_stmt *s = db_query(db, Q_BOOT_LAST, NULL);
	bool ours =
		s && db_step(db, s, NULL) > 0 && pids_are_ours((const char *)sq.column_text(s, 0));
	int64_t began = ours ? pid_began(u->number) : 0;

	buf_printf(b, "process %u\n", u->number);
	if (s)
		sq.reset(s);
	if (began) {
		buf_puts(b, "  lives    since ");
		say_time(b, began);
		buf_puts(b, "; what is older is of others that had its number\n");
	} else if (ours) {
		buf_puts(b, "  ended    no process has the number now\n");
	}
}

static void say_container(struct db *db, const struct life_subject *u, struct buf *b)
{
	sqlite3_stmt *s = db_query(db, Q_WHOSE_ALL, NULL);
	struct whose whose;
	int n = 0;

	while (s && db_step(db, s, NULL) > 0) {
		auto_buf struct buf text = {0};

		names_row(s, 1, &whose);
		if (!whose_matches(&whose, u->name) || n++ >= ROWS_MAX)
			continue;
		whose_text(&text, &whose);
		escape_text(b, text.s ? text.s : "", text.len);
		if (whose.of[WHOSE_ID]) {
			buf_puts(b, "\n  id       ");
			escape_text(b, whose.of[WHOSE_ID], strlen(whose.of[WHOSE_ID]));
		}
		if (whose.of[WHOSE_IMAGE]) {
			buf_puts(b, "\n  image    ");
			escape_text(b, whose.of[WHOSE_IMAGE], strlen(whose.of[WHOSE_IMAGE]));
		}
		if (whose.of[WHOSE_CGROUP]) {
			buf_puts(b, "\n  cgroup   ");
			escape_text(b, whose.of[WHOSE_CGROUP], strlen(whose.of[WHOSE_CGROUP]));
		}
		buf_putc(b, '\n');
	}
}

int life_say(struct db *db, const struct life_subject *s, const struct life_ns *ns, struct buf *b,
	struct err *err)
{
	switch (s->of) {
	case LIFE_NS:
		return ns ? say_ns(db, s, ns, b, err) : 0;
	case LIFE_PID:
		say_pid(db, s, b);
		return 0;
	case LIFE_DEVICE:
		return say_rows(db, STAY "device = ?1 ORDER BY id", s, NULL, say_stay, b, err);
	case LIFE_CONTAINER:
		say_container(db, s, b);
		return 0;
	}
	return 0;
}
