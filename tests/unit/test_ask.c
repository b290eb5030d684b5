// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ask.h"

/* What is answered is what the kernel says here. */
static void check_answers(void)
{
	char text[256], link[256] = "";
	auto_buf struct buf b = {0};
	const struct passwd *pw;
	uint32_t flag, inum;
	struct ask_stat st;
	struct stat own;
	int fd;

	assert_int_equal(stat("/proc/self/ns/uts", &own), 0);
	assert_int_equal(ask_stat("/proc/self/ns/uts", &st), 0);
	assert_true(st.dev == own.st_dev && st.ino == own.st_ino && st.mode == own.st_mode);
	assert_int_equal(ask_ns("/proc/self/ns/uts", &flag, &inum), 0);
	assert_true(flag == CLONE_NEWUTS && inum == own.st_ino);
	fd = ask_ns_open("/proc/self/ns/uts");
	assert_true(fd >= 0);
	assert_true(!fstat(fd, &own) && own.st_ino == inum);
	close(fd);
	assert_int_equal(ask_ns("/proc/self/status", &flag, &inum), -EINVAL);
	assert_int_equal(ask_ns_open("/dev/null"), -EINVAL);
	assert_int_equal(ask_stat("/nonexistent", &st), -ENOENT);
	assert_true(readlink("/proc/self/ns/uts", link, sizeof(link) - 1) > 0);
	assert_int_equal(ask_link("/proc/self/ns/uts", text, sizeof(text)), strlen(link));
	assert_string_equal(text, link);
	assert_int_equal(ask_link("/proc/self/ns/uts", text, 5), 4);
	assert_int_equal(ask_read("/proc/version", 5, &b), 0);
	assert_string_equal(b.s, "Linux");
	pw = getpwuid(0);
	assert_int_equal(ask_user(0, text, sizeof(text)), pw ? 0 : -ENOENT);
	if (pw)
		assert_string_equal(text, pw->pw_name);
	assert_int_equal(ask_user(3999999999u, text, sizeof(text)), -ENOENT);
	assert_int_equal(ask_unanswered(), 0);
}

static void test_answers(void **state)
{
	check_answers();
	ask_end();
	check_answers();
	/* Its end is no news to somebody who waits for a child. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A process that was forked meanwhile asks by one of its own. */
static void test_forked(void **state)
{
	int status;
	pid_t pid;

	check_answers();
	pid = fork();
	if (!pid) {
		struct ask_stat st;

		_exit(ask_stat("/", &st) ? 1 : 0);
	}
	check_answers();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	check_answers();
}

/* Where none can begin, this one asks. */
static void test_alone(void **state)
{
	struct rlimit was, none;
	struct ask_stat st;

	ask_end();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){3, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(ask_stat("/proc/self/ns/uts", &st), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	check_answers();
}

static void test_stream(void **state)
{
	int way[2], fd;
	char text[64] = "";

	assert_int_equal(pipe(way), 0);
	fd = ask_stream(way[0], NULL, 0);
	assert_true(fd >= 0);
	assert_int_equal(write(way[1], "word", 4), 4);
	assert_int_equal(ask_stream_wait(fd), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "word");
	/* It sleeps, and so will for ever. */
	assert_int_equal(ask_stream_wait(fd), -ETIMEDOUT);
	assert_int_equal(ask_unanswered(), 1);
	ask_stream_end();
	close(fd);
	close(way[0]);
	close(way[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers),
		cmocka_unit_test(test_forked), cmocka_unit_test(test_alone),
		cmocka_unit_test(test_stream)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
