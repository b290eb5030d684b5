// SPDX-License-Identifier: GPL-2.0-or-later
/* test_target.c - the process whose namespaces are entered, and what is asked of it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "act/enter.h"
#include "act/target.h"

static void parsing(void **state)
{
	static const struct {
		const char *text;
		pid_t pid;
		uint64_t inode;
	} good[] = {
		{"1", 1, 0},
		{"2147483647", 2147483647, 0},
		{"42:7", 42, 7},
		{"42:18446744073709551615", 42, UINT64_MAX},
	};
	static const char *const bad[] = {"", "0", "-1", "+1", " 1", "1 ", "1x", "x", "2147483648",
		"42:", ":7", "42:0", "42:x", "42:7:", "42:-7", "42:18446744073709551616",
		"00000000000000000000001"};
	pid_t pid = 5;
	uint64_t inode = 5;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(target_parse(good[i].text, &pid, &inode), 0);
		assert_int_equal(pid, good[i].pid);
		assert_true(inode == good[i].inode);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pid = 5;
		inode = 6;
		assert_int_equal(target_parse(bad[i], &pid, &inode), -EINVAL);
		assert_int_equal(pid, 5);
		assert_true(inode == 6);
	}
}

/* A child that waits to be killed; held, then gone: nothing of a later owner of its pid is given.
 */
static void held(void **state)
{
	struct err err = {0};
	struct target t;
	pid_t pid = fork();
	struct buf text = {0};
	int fd;

	if (!pid)
		for (;;)
			pause();
	assert_true(pid > 0);
	assert_int_equal(target_hold(&t, pid, 0, &err), 0);
	assert_int_equal(t.pid, pid);
	fd = target_open(&t, "ns/uts", O_RDONLY, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	assert_int_equal(target_text(&t, "comm", &text, &err), 0);
	assert_true(text.len > 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	fd = target_open(&t, "ns/uts", O_RDONLY, &err);
	assert_true(fd == -ESRCH || fd == -ENOENT);
	assert_true(err.what[0]);
	target_close(&t);
	assert_int_equal(t.pidfd, -1);
	assert_int_equal(t.proc, -1);
	err = (struct err){0};
	assert_int_equal(target_hold(&t, pid, 0, &err), -ESRCH);
	assert_true(err.what[0]);
	assert_int_equal(t.pidfd, -1);
	buf_free(&text);
}

/* The number of a pidfd is not that of another's; kernels before 6.9 have none. */
static void inode(void **state)
{
	struct err err = {0};
	struct target t;
	int r = target_hold(&t, getpid(), UINT64_MAX, &err);

	assert_true(r == -ESRCH || r == -EOPNOTSUPP);
	assert_true(err.what[0]);
	assert_int_equal(t.pidfd, -1);
}

/* Whose files are given does not come from the target; a file takes the place of another. */
static void entries(void **state)
{
	struct err err = {0};
	struct entry e;
	struct stat a, b;

	entry_init(&e);
	assert_int_equal(entry_of_target(&e), 0);
	e.types = 1U << NS_UTS | 1U << NS_NET;
	assert_int_equal(entry_of_target(&e), 1U << NS_UTS | 1U << NS_NET);
	assert_int_equal(entry_open(&e, NS_UTS, "/proc/self/ns/ipc", &err), 0);
	assert_int_equal(entry_open(&e, NS_UTS, "/proc/self/ns/uts", &err), 0);
	assert_int_equal(entry_of_target(&e), 1U << NS_NET);
	assert_int_equal(fstat(e.fd[NS_UTS], &a), 0);
	assert_int_equal(stat("/proc/self/ns/uts", &b), 0);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(entry_open(&e, NS_IPC, "/nowhere", &err), -ENOENT);
	assert_non_null(strstr(err.what, "/nowhere"));
	assert_int_equal(entry_open(&e, NS_IPC, ":x", &err), -EINVAL);
	assert_int_equal(entry_open(&e, NS_IPC, ":", &err), -EINVAL);
	assert_int_equal(entry_open(&e, NS_IPC, ":0", &err), -EINVAL);
	assert_int_equal(e.types, 1U << NS_UTS | 1U << NS_NET);
	assert_int_equal(e.fd[NS_IPC], -1);
	entry_close(&e);
	assert_int_equal(e.fd[NS_UTS], -1);
}

/* What one is in already is not entered anew, if it is a user namespace. */
static void everything(void **state)
{
	struct err err = {0};
	struct target t;
	struct entry e;

	entry_init(&e);
	assert_int_equal(target_hold(&t, getpid(), 0, &err), 0);
	assert_int_equal(entry_all(&e, &t, &err), 0);
	assert_false(e.types & 1U << NS_USER);
	assert_true(e.types & 1U << NS_UTS);
	assert_int_equal(entry_of_target(&e), e.types);
	target_close(&t);
	entry_close(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(held),
		cmocka_unit_test(inode),
		cmocka_unit_test(entries),
		cmocka_unit_test(everything),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
