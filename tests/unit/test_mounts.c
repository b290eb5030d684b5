// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/inums.h"
#include "kernel/mountinfo.h"

#define NSFS " rw shared:3 - nsfs nsfs rw\n"

static void parse(struct ns_mounts *m, const char *text)
{
	assert_int_equal(mounts_parse(m, text, strlen(text), 9), 0);
}

static void assert_row(const struct ns_mounts *m, size_t i, uint32_t type, uint32_t inum,
	uint32_t id, const char *path)
{
	assert_true(i < m->n);
	assert_int_equal(m->rows[i].type, type);
	assert_int_equal(m->rows[i].inum, inum);
	assert_int_equal(m->rows[i].mnt_id, id);
	assert_int_equal(m->rows[i].mnt_ns, 9);
	assert_string_equal(mounts_path(m, &m->rows[i]), path);
}

static void test_lines(void **state)
{
	auto_mounts struct ns_mounts m = {0};

	parse(&m, "21 1 0:20 / / rw - ext4 /dev/vda rw\n"
		  "346 23 0:4 net:[4026532938] /run/netns/a rw shared:7 master:2 - nsfs nsfs rw\n"
		  "347 23 0:4 mnt:[4026531841] /x rw,noatime - nsfs nsfs rw\n"
		  "348 23 0:4 time:[12] /y rw - nsfs nsfs rw");
	assert_int_equal(m.n, 3);
	assert_row(&m, 0, NS_NET, 4026532938u, 346, "/run/netns/a");
	assert_row(&m, 1, NS_MNT, 4026531841u, 347, "/x");
	assert_row(&m, 2, NS_TIME, 12, 348, "/y");
	parse(&m, "1 2 0:4 uts:[5] /z" NSFS);
	assert_row(&m, 3, NS_UTS, 5, 1, "/z");
	assert_row(&m, 0, NS_NET, 4026532938u, 346, "/run/netns/a");
}

static void test_escapes(void **state)
{
	auto_mounts struct ns_mounts m = {0};

	parse(&m, "1 2 0:4 net:[1] /a\\040b\\011\\012\\134\\043" NSFS "1 2 0:4 net:[1] /\\" NSFS
		  "1 2 0:4 net:[1] /\\0" NSFS "1 2 0:4 net:[1] /\\04" NSFS
		  "1 2 0:4 net:[1] /\\000\\048\\400\\x41\\377\\1345" NSFS
		  "1 2 0:4 net:[1] /\\\\040" NSFS "1 2 0:4 net:[1] /\033[31m\xc3\x28" NSFS);
	assert_int_equal(m.n, 7);
	assert_string_equal(mounts_path(&m, &m.rows[0]), "/a b\t\n\\#");
	assert_string_equal(mounts_path(&m, &m.rows[1]), "/\\");
	assert_string_equal(mounts_path(&m, &m.rows[2]), "/\\0");
	assert_string_equal(mounts_path(&m, &m.rows[3]), "/\\04");
	assert_string_equal(mounts_path(&m, &m.rows[4]), "/\\000\\048\\400\\x41\377\\5");
	assert_string_equal(mounts_path(&m, &m.rows[5]), "/\\ ");
	assert_string_equal(mounts_path(&m, &m.rows[6]), "/\033[31m\xc3\x28");
}

static void test_hostile(void **state)
{
	static const char *const none[] = {"", "\n", "\n\n\n", " ", "     ", "1", "1 2 3 net:[1]",
		"1 2 3 net:[1] /a", "1 2 3 net:[1] /a rw -", "1 2 3 net:[1] /a rw - ",
		"1 2 3 net:[1] /a rw - nsf", "1 2 3 net:[1] /a rw - nsfsx nsfs rw",
		"1 2 3 net:[1] /a rw nsfs nsfs rw", "1 2 3 net:[0] /a" NSFS, "1 2 3 net:[] /a" NSFS,
		"1 2 3 net: /a" NSFS, "1 2 3 foo:[1] /a" NSFS, "1 2 3 net:[4294967296] /a" NSFS,
		"1 2 3 net:[1]  rw" NSFS,
		/* A file system of users may call itself so, but its root is a path. */
		"1 2 3 /net:[1] /a" NSFS, "1 2 3 net:[1] /a rw - fuse.nsfs nsfs rw",
		/* The path of a mount can't pretend to be the end of a line. */
		"1 2 3 / /a\\012net:[1] rw - ext4 net:[1] rw"};
	static const char with_nul[] = "1 2 3 net:[1] /a\0b rw - nsfs x\n1 2";
	auto_mounts struct ns_mounts m = {0};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		parse(&m, none[i]);
		assert_int_equal(m.n, 0);
	}
	parse(&m, "x 2 3 net:[1] /ok rw - nsfs - -\n");
	assert_int_equal(m.n, 1);
	assert_int_equal(m.rows[0].mnt_id, 0);
	assert_string_equal(mounts_path(&m, &m.rows[0]), "/ok");
	/* A NUL neither ends the text nor stays in the path. */
	assert_int_equal(mounts_parse(&m, with_nul, sizeof(with_nul) - 1, 0), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(mounts_path(&m, &m.rows[1]), "/ab");
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double parse_time(size_t entries, struct ns_mounts *m)
{
	auto_buf struct buf b = {0};
	double start;

	for (size_t i = 0; i < entries; i++)
		buf_printf(&b,
			"%zu 2 0:4 %s:[%zu] /run/netns/\\040n%zu rw shared:%zu - nsfs nsfs rw\n",
			i + 10, i % 2 ? "net" : "uts", 4026531840 + i, i, i);
	start = seconds();
	assert_int_equal(mounts_parse(m, b.s, b.len, 0), 0);
	assert_int_equal(m->n, entries);
	return seconds() - start;
}

/* A hundred thousand entries cost about ten times what ten thousand do. */
static void test_many(void **state)
{
	auto_mounts struct ns_mounts small = {0}, big = {0};
	double t_small = parse_time(10000, &small), t_big = parse_time(100000, &big);

	assert_string_equal(mounts_path(&big, &big.rows[99999]), "/run/netns/ n99999");
	assert_int_equal(big.rows[99999].inum, 4026531840u + 99999);
	assert_true(t_big < 40 * t_small + 0.05);
	assert_true(t_big < 2);
}

/* Reading in pieces gives what parsing at once gives, also with a line longer than a piece. */
static void test_file(void **state)
{
	char path[] = "/tmp/nswatch-test-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	auto_mounts struct ns_mounts m = {0};
	struct err err = {0};

	for (int i = 1; i <= 5000; i++) {
		fprintf(f, "%d 2 0:4 net:[%d] /", i, i);
		for (int j = 0; i == 2500 && j < 200000; j++)
			fputc('a', f);
		fprintf(f, "p%d rw - nsfs nsfs rw%s", i, i < 5000 ? "\n" : "");
	}
	fclose(f);
	assert_int_equal(mounts_read(&m, path, 9, &err), 0);
	unlink(path);
	assert_int_equal(m.n, 5000);
	for (size_t i = 0; i < m.n; i++)
		assert_int_equal(m.rows[i].inum, i + 1);
	assert_int_equal(strlen(mounts_path(&m, &m.rows[2499])), 200000 + 6);
	assert_row(&m, 4999, NS_NET, 5000, 5000, "/p5000");
	assert_int_equal(mounts_read(&m, path, 9, &err), -ENOENT);
	assert_non_null(strstr(err.what, path));
}

/* Every mount namespace once; what can't be read any more is counted. */
static void test_all(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	auto_mounts struct ns_mounts m = {0}, self = {0};
	size_t bad = 7;
	uint32_t own;

	assert_int_equal(mounts_read(&self, "/proc/self/mountinfo", 9, NULL), 0);
	for (int i = 0; i < 3; i++) {
		struct ns_task *row = tasks_add(&t);

		row->pid = row->tid = (uint32_t)getpid();
		row->ns.inum[NS_MNT] = 9;
	}
	t.rows[0].pid = t.rows[0].tid = 0x7fffffff; /* ended meanwhile: the next one answers */
	assert_int_equal(mounts_read_all(&m, &t, 0, &bad, NULL), 0);
	assert_int_equal(bad, 0);
	assert_int_equal(m.n, self.n);
	own = t.rows[1].ns.inum[NS_MNT];
	assert_int_equal(mounts_read_all(&m, &t, own, &bad, NULL), 0);
	assert_int_equal(bad, 0);
	assert_int_equal(m.n, self.n);
	t.rows[0].ns.inum[NS_MNT] = 10;
	assert_int_equal(mounts_read_all(&m, &t, own, &bad, NULL), 0);
	assert_int_equal(bad, 1);
}

/* The child of test_kernel: an nsfs mount of its own; the byte says whether it may do that. */
static void mounter(const char *path, int out, int in)
{
	char ok = !unshare(CLONE_NEWUSER | CLONE_NEWNS) &&
		  !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		  !mount("/proc/self/ns/uts", path, NULL, MS_BIND, NULL);

	if (write(out, &ok, 1) == 1 && read(in, &ok, 1) == 0)
		_exit(0);
	_exit(1);
}

/* What the kernel writes, of a mount namespace with several processes, read once. */
static void test_kernel(void **state)
{
	char path[] = "/tmp/nswatch test#XXXXXX", ok = 0;
	auto_tasks struct ns_tasks t = {0};
	auto_mounts struct ns_mounts m = {0};
	int out[2], in[2], fd = mkstemp(path);
	struct stat st;
	size_t bad, ours = 0;
	pid_t pid;

	assert_int_equal(pipe(out) | pipe(in), 0);
	pid = fork();
	if (!pid) {
		close(in[1]);
		mounter(path, out[1], in[0]);
	}
	assert_int_equal(read(out[0], &ok, 1), 1);
	for (int i = 0; i < 3; i++) {
		struct ns_task *row = tasks_add(&t);

		row->pid = row->tid = (uint32_t)pid;
		row->ns.inum[NS_MNT] = 9;
	}
	assert_int_equal(mounts_read_all(&m, &t, 0, &bad, NULL), 0);
	assert_int_equal(bad, 0);
	assert_int_equal(stat("/proc/self/ns/uts", &st), 0);
	close(in[1]);
	waitpid(pid, NULL, 0);
	unlink(path);
	close(fd);
	close(out[0]);
	close(out[1]);
	close(in[0]);
	if (!ok) {
		print_message("no user namespaces here\n");
		skip();
	}
	/* The mounts of others were copied along: ours is there once. */
	for (size_t i = 0; i < m.n; i++) {
		if (strcmp(mounts_path(&m, &m.rows[i]), path) != 0)
			continue;
		ours++;
		assert_int_equal(m.rows[i].type, NS_UTS);
		assert_int_equal(m.rows[i].inum, st.st_ino);
		assert_int_equal(m.rows[i].mnt_ns, 9);
	}
	assert_int_equal(ours, 1);
}

static void test_inums(void **state)
{
	auto_inums struct inums s = {0};

	assert_null(inums_find(&s, NS_NET, 5));
	for (uint32_t i = 1; i <= 20000; i++) {
		struct inum_entry *e = inums_put(&s, i % NS_TYPES, 4026531840u + i);

		assert_non_null(e);
		assert_int_equal(e->a, 0);
		e->a = i;
	}
	assert_int_equal(s.n, 20000);
	for (uint32_t i = 1; i <= 20000; i++) {
		assert_int_equal(inums_find(&s, i % NS_TYPES, 4026531840u + i)->a, i);
		assert_ptr_equal(inums_put(&s, i % NS_TYPES, 4026531840u + i),
			inums_find(&s, i % NS_TYPES, 4026531840u + i));
		assert_null(inums_find(&s, (i + 1) % NS_TYPES, 4026531840u + i));
	}
	assert_int_equal(s.n, 20000);
	/* What stays is found, whatever stood between it and its place. */
	for (uint32_t i = 1; i <= 20000; i += 3) {
		inums_drop(&s, i % NS_TYPES, 4026531840u + i);
		inums_drop(&s, i % NS_TYPES, 4026531840u + i);
	}
	assert_int_equal(s.n, 13333);
	for (uint32_t i = 1; i <= 20000; i++) {
		const struct inum_entry *e = inums_find(&s, i % NS_TYPES, 4026531840u + i);

		if (i % 3 == 1)
			assert_null(e);
		else
			assert_int_equal(e->a, i);
	}
}

/* Random, against a plain array; numbers lie close together, as in a crowded table. */
static void test_inums_random(void **state)
{
	auto_inums struct inums s = {0};
	uint64_t seed = 1;
	bool is[512] = {0};
	size_t n = 0;

	for (int round = 0; round < 200000; round++) {
		uint32_t i;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (uint32_t)(seed >> 33) % 512;
		if (seed >> 63) {
			assert_non_null(inums_put(&s, 0, i + 1));
			n += !is[i];
			is[i] = true;
		} else {
			inums_drop(&s, 0, i + 1);
			n -= is[i];
			is[i] = false;
		}
		assert_int_equal(s.n, n);
		i = (uint32_t)(seed >> 13) % 512;
		assert_int_equal(inums_find(&s, 0, i + 1) != NULL, is[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_inums),
		cmocka_unit_test(test_inums_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
