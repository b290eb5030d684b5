// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event/decode.h"
#include "event/naming.h"
#include "event/recfile.h"
#include "lib/users.h"
#include "golden/samples.h"
#include "lib/fd.h"

static struct samples all;
static char dir[] = "/tmp/nswatch-test-XXXXXX";
static char path[64];

static size_t record_file(size_t n)
{
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};
	struct stat st;

	recfile_meta_add(&meta, "hook", "unshare by fentry");
	recfile_meta_add(&meta, "two", "lines\nhere");
	recfile_meta_add(&meta, "hook", "exec by tracepoint");
	assert_int_equal(recfile_create(path, SAMPLES_WALL_OFFSET, &meta, &w, &err), 0);
	for (size_t i = 0; i < n; i++) {
		const struct ev_hdr *h = &all.rec[i % all.n].hdr;

		assert_int_equal(recfile_write(w, h, h->size, &err), 0);
	}
	assert_int_equal(recfile_finish(w, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static char *slurp(size_t size)
{
	char *data = malloc(size);
	auto_fd int fd = open(path, O_RDONLY);

	assert_non_null(data);
	assert_int_equal(read(fd, data, size), size);
	return data;
}

static void spit(const void *data, size_t size)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(fd_write_all(fd, data, size), 0);
}

/* What the file says of users when each record is given out. */
struct named {
	struct recfile *r;
	size_t n;
	bool names;
	const char *want[3];
};

static int take_named(void *ctx, const void *data, size_t size)
{
	const struct ev_hdr *h = data;
	struct named *g = ctx;
	const char *name;

	assert_int_equal(recfile_user(g->r, h->uid, &name), g->names);
	if (g->names && g->want[g->n])
		assert_string_equal(name, g->want[g->n]);
	else
		assert_null(name);
	g->n++;
	return 0;
}

static void read_named(struct named *g)
{
	struct err err = {0};

	assert_int_equal(recfile_open(path, &g->r, &err), 0);
	assert_int_equal(recfile_read(g->r, take_named, g, NULL, &err), 0);
	assert_int_equal(recfile_count(g->r), 3);
	recfile_close(g->r);
}

/* Three records: of a user with a name, of one without, of the first again. */
static void test_users(void **state)
{
	static const uint32_t uids[] = {1000, 1001, 1000};
	static const char *const names[] = {"al\033ice", NULL, "another"};
	struct named g = {.names = true, .want = {"al\033ice", NULL, "al\033ice"}};
	struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};
	struct stat st;
	char *data;

	assert_int_equal(recfile_create(path, 0, &meta, &w, &err), 0);
	for (int i = 0; i < 3; i++) {
		struct ev_hdr h = {.kind = EV_NS_CREATE, .size = sizeof(h), .uid = uids[i]};

		namings_user(recfile_namings(w), uids[i], names[i]);
		assert_int_equal(recfile_write(w, &h, sizeof(h), &err), 0);
	}
	assert_int_equal(recfile_finish(w, &err), 0);
	read_named(&g);
	assert_int_equal(g.n, 3);

	/* Version 1 names nobody; it is the same file without the name. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size,
		sizeof(struct recfile_head) + 5 * sizeof(struct ev_hdr) + strlen("al\033ice"));
	data = slurp((size_t)st.st_size);
	memmove(data + sizeof(struct recfile_head),
		data + sizeof(struct recfile_head) + sizeof(struct ev_hdr) + strlen("al\033ice"),
		4 * sizeof(struct ev_hdr));
	((struct recfile_head *)data)->version = 1;
	spit(data, sizeof(struct recfile_head) + 4 * sizeof(struct ev_hdr));
	free(data);
	g = (struct named){0};
	read_named(&g);
	assert_int_equal(g.n, 3);
}

/* Whose cgroups and namespaces are, as it was when each record was written. */
static int take_whose(void *ctx, const void *data, size_t size)
{
	static const char *const ids[] = {"web", "web", "db"};
	static const uint64_t owners[] = {0, 7, 0};
	struct named *g = ctx;
	const struct whose *w = recfile_whose(g->r, 7);

	assert_non_null(w);
	assert_string_equal(w->of[WHOSE_ID], ids[g->n]);
	assert_null(recfile_whose(g->r, 8));
	assert_int_equal(recfile_owner(g->r, 4026532000), owners[g->n]);
	g->n++;
	return 0;
}

static void test_whose(void **state)
{
	struct whose whose = {.of = {[WHOSE_RUNTIME] = "lxc", [WHOSE_ID] = "web"}};
	struct ev_hdr h = {.kind = EV_NS_CREATE, .size = sizeof(h), .cgroup_id = 7};
	struct buf meta = {0};
	struct named g = {0};
	struct recfile_writer *w;
	struct err err = {0};

	assert_int_equal(recfile_create(path, 0, &meta, &w, &err), 0);
	for (int i = 0; i < 3; i++) {
		namings_owner(recfile_namings(w), 4026532000, i == 1 ? 7 : 0);
		namings_whose(recfile_namings(w), 8, NULL);
		if (i == 2)
			whose.of[WHOSE_ID] = "db";
		namings_whose(recfile_namings(w), 7, &whose);
		namings_whose(recfile_namings(w), 7, &whose); /* not again */
		assert_int_equal(recfile_write(w, &h, sizeof(h), &err), 0);
	}
	assert_int_equal(recfile_finish(w, &err), 0);
	assert_int_equal(recfile_open(path, &g.r, &err), 0);
	assert_int_equal(recfile_read(g.r, take_whose, &g, NULL, &err), 0);
	assert_int_equal(recfile_count(g.r), 3);
	recfile_close(g.r);
}

#define MANY_USERS (USERS_MAX + 100)

static int take_many(void *ctx, const void *data, size_t size)
{
	struct named *g = ctx;
	const struct ev_hdr *h = data;
	const char *name;
	char want[16];

	snprintf(want, sizeof(want), "user%u", h->uid);
	assert_true(recfile_user(g->r, h->uid, &name));
	assert_non_null(name);
	assert_string_equal(name, want);
	g->n++;
	return 0;
}

/* More than a reader remembers, and the first ones again. */
static void test_many_users(void **state)
{
	struct named g = {0};
	struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};

	assert_int_equal(recfile_create(path, 0, &meta, &w, &err), 0);
	for (uint32_t i = 0; i < 2 * MANY_USERS; i++) {
		struct ev_hdr h = {.kind = EV_NS_CREATE, .size = sizeof(h), .uid = i % MANY_USERS};
		char name[16];

		snprintf(name, sizeof(name), "user%u", h.uid);
		namings_user(recfile_namings(w), h.uid, name);
		assert_int_equal(recfile_write(w, &h, sizeof(h), &err), 0);
	}
	assert_int_equal(recfile_finish(w, &err), 0);
	assert_int_equal(recfile_open(path, &g.r, &err), 0);
	assert_int_equal(recfile_read(g.r, take_many, &g, NULL, &err), 0);
	recfile_close(g.r);
	assert_int_equal(g.n, 2 * MANY_USERS);
}

struct got {
	size_t n;
	int stop_at;
};

static int take(void *ctx, const void *data, size_t size)
{
	struct got *got = ctx;
	const struct ev_hdr *want = &all.rec[got->n % all.n].hdr;
	struct event ev;

	assert_int_equal((uintptr_t)data % 8, 0);
	assert_int_equal(size, want->size);
	assert_memory_equal(data, want, size);
	assert_int_equal(event_decode(data, size, 0, &ev, NULL), 0);
	got->n++;
	return got->stop_at && (int)got->n == got->stop_at ? -ECANCELED : 0;
}

/* Opens and reads all; what either returned. */
static int read_all(struct got *got, struct err *err)
{
	struct recfile *r;
	int rc = recfile_open(path, &r, err);

	if (rc)
		return rc;
	rc = recfile_read(r, take, got, NULL, err);
	assert_int_equal(recfile_count(r), got->n);
	recfile_close(r);
	return rc;
}

/* A death as it was recorded before it had a killer, among records of now. */
static int take_death(void *ctx, const void *data, size_t size)
{
	struct ev_pidns_death e;
	size_t *n = ctx;
	struct event ev;
	struct err err = {0};

	assert_int_equal(event_decode(data, size, 0, &ev, &err), 0);
	assert_int_equal(size, sizeof(e));
	memcpy(&e, data, sizeof(e));
	assert_int_equal(e.hdr.size, sizeof(e));
	assert_int_equal(e.inum, 7);
	assert_true(e.lifetime_ns == 9);
	assert_int_equal(e.killer, *n == 1 ? EV_KILLER_NONE : EV_KILLER_PROCESS);
	assert_int_equal(e.killer_pid, *n == 1 ? 0 : 11);
	assert_string_equal(e.killer_comm, *n == 1 ? "" : "kill");
	++*n;
	return 0;
}

static void test_shorter_of_before(void **state)
{
	static const size_t before = 96;
	struct ev_pidns_death e = {.hdr = {.kind = EV_PIDNS_DEATH, .size = sizeof(e)},
		.inum = 7,
		.lifetime_ns = 9,
		.killer = EV_KILLER_PROCESS,
		.killer_pid = 11,
		.killer_comm = "kill"};
	struct buf meta = {0};
	struct recfile_writer *w;
	struct recfile *r;
	struct err err = {0};
	size_t n = 0;

	assert_int_equal(recfile_create(path, 0, &meta, &w, &err), 0);
	assert_int_equal(recfile_write(w, &e, sizeof(e), &err), 0);
	e.hdr.size = (__u16)before;
	assert_int_equal(recfile_write(w, &e, before, &err), 0);
	e.hdr.size = sizeof(e);
	assert_int_equal(recfile_write(w, &e, sizeof(e), &err), 0);
	assert_int_equal(recfile_finish(w, &err), 0);
	assert_int_equal(recfile_open(path, &r, &err), 0);
	assert_int_equal(recfile_read(r, take_death, &n, NULL, &err), 0);
	assert_int_equal(n, 3);
	recfile_close(r);
}

static int take_lost(void *ctx, const void *data, size_t size)
{
	struct ev_lost e;

	assert_int_equal(size, sizeof(e));
	memcpy(&e, data, sizeof(e));
	assert_true(e.count == 5);
	assert_int_equal(e.why, EV_LOST_RECORD);
	assert_string_equal(e.where, "");
	++*(size_t *)ctx;
	return 0;
}

/* What was lost, recordings of before do not say: it was records. */
static void test_lost_of_before(void **state)
{
	struct ev_lost e = {.hdr = {.kind = EV_LOST, .size = 80}, .count = 5, .why = 7};
	struct buf meta = {0};
	struct recfile_writer *w;
	struct recfile *r;
	struct err err = {0};
	size_t n = 0;

	assert_int_equal(recfile_create(path, 0, &meta, &w, &err), 0);
	assert_int_equal(recfile_write(w, &e, 80, &err), 0);
	assert_int_equal(recfile_finish(w, &err), 0);
	assert_int_equal(recfile_open(path, &r, &err), 0);
	assert_int_equal(recfile_read(r, take_lost, &n, NULL, &err), 0);
	assert_int_equal(n, 1);
	recfile_close(r);
}

static void test_whole(void **state)
{
	struct got got = {0};
	struct err err = {0};
	struct recfile *r;
	struct stat st;
	const char *v;
	size_t len;

	record_file(all.n);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read_all(&got, &err), 0);
	assert_int_equal(got.n, all.n);
	assert_int_equal(recfile_open(path, &r, &err), 0);
	assert_true(recfile_wall_offset(r) == SAMPLES_WALL_OFFSET);
	v = recfile_meta_get(r, "hook", &len);
	assert_int_equal(len, strlen("unshare by fentry"));
	assert_memory_equal(v, "unshare by fentry", len);
	v = recfile_meta_get(r, "two", &len);
	assert_int_equal(len, strlen("lines here"));
	assert_memory_equal(v, "lines here", len);
	assert_null(recfile_meta_get(r, "hoo", &len));
	assert_null(recfile_meta_get(r, "hookx", &len));
	recfile_close(r);
}

static void test_empty(void **state)
{
	struct got got = {0};

	record_file(0);
	assert_int_equal(read_all(&got, NULL), 0);
	assert_int_equal(got.n, 0);
}

/* More than the buffers hold, so that records lie across their ends. */
static void test_large(void **state)
{
	struct got got = {0};
	struct err err = {0};

	assert_true(record_file(20000) > 2U << 20);
	assert_int_equal(read_all(&got, &err), 0);
	assert_int_equal(got.n, 20000);
}

static void test_cut_anywhere(void **state)
{
	size_t size = record_file(all.n);
	auto_free char *data = slurp(size);
	uint32_t meta_len = ((struct recfile_head *)(void *)data)->meta_len;
	size_t head = sizeof(struct recfile_head) + meta_len;

	for (size_t cut = size; cut-- > 0;) {
		struct got got = {0};
		struct err err = {0};
		char want[64];
		int rc;

		assert_int_equal(truncate(path, (off_t)cut), 0);
		rc = read_all(&got, &err);
		assert_int_equal(rc, cut < head ? -EBADMSG : -ENODATA);
		snprintf(want, sizeof(want), "truncated after %zu record%s", got.n,
			got.n == 1 ? "" : "s");
		if (cut >= head && !strstr(err.what, want))
			fail_msg("cut at %zu: %s", cut, err.what);
		if (cut && cut < head && !strstr(err.what, "truncated in its head"))
			fail_msg("cut at %zu: %s", cut, err.what);
	}
}

static void assert_refused(const void *data, size_t size, int code, const char *reason)
{
	struct got got = {0};
	struct err err = {0};

	spit(data, size);
	assert_int_equal(read_all(&got, &err), code);
	if (!strstr(err.what, reason))
		fail_msg("\"%s\" is not about \"%s\"", err.what, reason);
}

static void test_heads(void **state)
{
	size_t size = record_file(3);
	auto_free char *data = slurp(size);
	struct recfile_head *head = (void *)data, saved = *head;

	assert_refused("", 0, -EBADMSG, "it is empty");
	assert_refused("ELF", 3, -EBADMSG, "not a recording");
	head->magic[7] = '1';
	assert_refused(data, size, -EBADMSG, "not a recording");
	*head = saved;
	head->version = RECFILE_VERSION + 1;
	assert_refused(
		data, size, -EPROTONOSUPPORT, "format version 5; this nswatch reads up to 4");
	*head = saved;
	head->byte_order = __builtin_bswap32(head->byte_order);
	assert_refused(data, size, -EPROTONOSUPPORT, "byte order");
	*head = saved;
	head->meta_len = UINT32_MAX;
	assert_refused(data, size, -EBADMSG, "claims");
	*head = saved;
	head->meta_len = RECFILE_META_MAX;
	assert_refused(data, size, -EBADMSG, "truncated in its head");
}

static void test_damage(void **state)
{
	size_t size = record_file(3);
	auto_free char *data = slurp(size);
	size_t at = sizeof(struct recfile_head) + ((struct recfile_head *)(void *)data)->meta_len;
	auto_free char *longer = calloc(1, size + 1);
	struct ev_hdr hdr;

	memcpy(longer, data, size);
	assert_refused(longer, size + 1, -EBADMSG, "something follows");
	/* the second record */
	at += all.rec[0].hdr.size;
	memcpy(&hdr, data + at, sizeof(hdr));
	hdr.size = 3;
	memcpy(data + at, &hdr, sizeof(hdr));
	assert_refused(data, size, -EBADMSG, "after 1 records: a record of 3 bytes");
	hdr.size = 0;
	memcpy(data + at, &hdr, sizeof(hdr));
	assert_refused(data, size, -EBADMSG, "a record of 0 bytes");
	hdr.size = UINT16_MAX;
	memcpy(data + at, &hdr, sizeof(hdr));
	assert_refused(data, size, -ENODATA, "truncated after 1 record");
	/* an end that comes too early */
	hdr = (struct ev_hdr){.kind = EV_NONE, .size = sizeof(hdr), .cgroup_id = 3};
	memcpy(data + at, &hdr, sizeof(hdr));
	assert_refused(data, at + sizeof(hdr), -EBADMSG, "1 records, though 3 were written");
	hdr.size++;
	memcpy(data + at, &hdr, sizeof(hdr));
	assert_refused(data, size, -EBADMSG, "its end is damaged");
}

static void test_sink_stops(void **state)
{
	struct got got = {.stop_at = 5};

	record_file(all.n);
	assert_int_equal(read_all(&got, NULL), -ECANCELED);
	assert_int_equal(got.n, 5);
}

/* Through a pipe, record by record: each comes out before the next goes in. */
static void test_pipe(void **state)
{
	auto_buf struct buf meta = {0};
	int to[2], back[2], saved = dup(STDIN_FILENO), status;
	struct err err = {0};
	struct got got = {0};
	struct recfile *r;
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(back), 0);
	pid = fork();
	if (!pid) {
		struct recfile_writer *w;
		char c;

		dup2(to[1], STDOUT_FILENO);
		close(to[0]);
		close(back[1]);
		if (recfile_create("-", 1, &meta, &w, NULL))
			_exit(1);
		for (size_t i = 0; i < 3; i++)
			if (recfile_write(w, &all.rec[i], all.rec[i].hdr.size, NULL) ||
				recfile_flush(w, NULL) || read(back[0], &c, 1) != 1)
				_exit(2);
		_exit(recfile_finish(w, NULL) ? 3 : 0);
	}
	close(to[1]);
	close(back[0]);
	dup2(to[0], STDIN_FILENO);
	assert_int_equal(recfile_open("-", &r, &err), 0);
	for (got.stop_at = 1; got.stop_at <= 3; got.stop_at++) {
		assert_int_equal(recfile_read(r, take, &got, NULL, &err), -ECANCELED);
		assert_int_equal(write(back[1], "", 1), 1);
	}
	assert_int_equal(recfile_read(r, take, &got, NULL, &err), 0);
	assert_int_equal(got.n, 3);
	recfile_close(r);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(to[0]);
	close(back[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_write_errors(void **state)
{
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};
	int p[2], saved;

	assert_int_equal(recfile_create("/nonexistent/x", 0, &meta, &w, &err), -ENOENT);
	assert_non_null(strstr(err.what, "/nonexistent/x"));
	if (!access("/dev/full", W_OK)) {
		assert_int_equal(recfile_create("/dev/full", 0, &meta, &w, &err), -ENOSPC);
		assert_non_null(strstr(err.what, "write /dev/full: No space left on device"));
	}
	/* the reader goes away while it is written */
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(p), 0);
	saved = dup(STDOUT_FILENO);
	fflush(stdout);
	dup2(p[1], STDOUT_FILENO);
	close(p[1]);
	assert_int_equal(recfile_create("-", 0, &meta, &w, &err), 0);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(p[0]);
	assert_int_equal(recfile_write(w, &all.rec[0], all.rec[0].hdr.size, &err), 0);
	assert_int_equal(recfile_flush(w, &err), -EPIPE);
	/* it stays broken, and does not grow */
	for (int i = 0; i < 10000; i++)
		recfile_write(w, &all.rec[0], all.rec[0].hdr.size, NULL);
	assert_int_equal(recfile_flush(w, &err), -EPIPE);
	assert_int_equal(recfile_finish(w, &err), -EPIPE);
	assert_int_equal(recfile_finish(NULL, &err), 0);
}

static void test_missing(void **state)
{
	struct err err = {0};
	struct recfile *r;

	assert_int_equal(recfile_open("/nonexistent", &r, &err), -ENOENT);
	assert_int_equal(recfile_open("/", &r, &err), -EISDIR);
}

static void test_meta_system(void **state)
{
	auto_buf struct buf meta = {0};

	recfile_meta_system(&meta);
	assert_non_null(strstr(meta.s, "\nkernel="));
	assert_non_null(strstr(meta.s, "\nboot_id="));
	assert_int_equal(meta.s[meta.len - 1], '\n');
}

static int setup(void **state)
{
	samples_make(&all);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/rec", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_many_users),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_shorter_of_before),
		cmocka_unit_test(test_lost_of_before),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_sink_stops),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_meta_system),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
