// SPDX-License-Identifier: GPL-2.0-or-later
/* test_step.c - what is said of a failed step, the table of reasons, names of signals. */
#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "act/launch.h"
#include "why/reasons.h"
#include "why/step.h"

static void names(void **state)
{
	static const struct {
		struct step s;
		const char *want;
	} rows[] = {
		{{.call = STEP_FORK}, "fork"},
		{{.call = STEP_UNSHARE, .flags = CLONE_NEWUTS | CLONE_NEWPID}, "unshare(uts|pid)"},
		{{.call = STEP_CHDIR, .what = "/a\nb"}, "chdir(/a?b)"},
		{{.call = STEP_PIN, .flags = CLONE_NEWNET, .what = "/x"},
			"bind mount of a namespace(net, /x)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf struct buf b = {0};

		step_name(&b, &rows[i].s);
		assert_string_equal(b.s, rows[i].want);
	}
}

static void long_name(void **state)
{
	auto_buf struct buf b = {0};
	char path[4000];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	step_name(&b, &STEP(OPEN, .what = path));
	assert_true(b.len < 200);
	assert_non_null(strstr(b.s, "...)"));
}

static void done(void **state)
{
	struct err err = {0};

	assert_int_equal(step_done(&STEP(UNSHARE, .flags = CLONE_NEWUSER), 0, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(step_done(&STEP(UNSHARE, .flags = CLONE_NEWUSER), -EACCES, &err), -EACCES);
	assert_string_equal(err.what, "unshare(user): Permission denied (EACCES): a security "
				      "module (SELinux or AppArmor) "
				      "refused the user namespace");
	assert_non_null(strstr(err.hint, "dmesg"));
	/* Nothing is known: only the call and the errno, and no hint of the time before. */
	assert_int_equal(step_done(&STEP(CHDIR, .what = "/x"), -EIO, &err), -EIO);
	assert_string_equal(err.what, "chdir(/x): Input/output error (EIO)");
	assert_string_equal(err.hint, "");
	assert_int_equal(step_done(&STEP(FORK), -ENOMEM, NULL), -ENOMEM);
}

static int witnessed;

static void witness(const struct step *s, int code, void *ctx)
{
	witnessed++;
	assert_int_equal(s->call, STEP_FORK);
	assert_int_equal(code, *(int *)ctx);
}

static void seen(void **state)
{
	int code = -ENOMEM;

	step_set_witness(witness, &code);
	step_done(&STEP(FORK), code, NULL);
	code = 0;
	step_done(&STEP(FORK), code, NULL);
	step_set_witness(NULL, NULL);
	step_done(&STEP(FORK), -EIO, NULL);
	assert_int_equal(witnessed, 2);
}

/* The calls that events tell of. */
static const uint64_t told = C(UNSHARE) | C(CLONE) | C(SETNS) | C(MOUNT) | C(UID_MAP) | C(GID_MAP) |
			     C(SETGROUPS) | C(CLOCK) | C(RTNETLINK) | C(FILTERED);

/* Messages fit into struct err whole, and every row is whole. */
static void table(void **state)
{
	rules_for_each (rule)
		for (size_t i = 0; i < rule->nreasons; i++) {
			const struct reason *r = &rule->reasons[i];
			auto_finding struct finding f = {.reason = r};
			const struct subject nobody = {0};
			struct err err = {0};

			assert_true(r->calls && !(r->calls >> STEP_CALLS));
			assert_true(r->error < 0 || strerrorname_np(r->error));
			assert_true(strlen(r->why) + 128 < sizeof(err.what) - 64);
			assert_true(!r->todo || strlen(r->todo) + 64 < sizeof(err.hint));
			if (template_check(r->why, &err) ||
				template_check(r->todo ? r->todo : "", &err))
				fail_msg("%s: %s", r->code, err.what);
			for (const char *c = r->code; *c; c++)
				assert_true(islower(*c) || *c == '-');
			/* What an event is told by has something to do. */
			assert_true(!rule->event || r->todo || !(r->calls & told));
			assert_non_null(rule_find(r->code));
			/* No condition may hurt, whatever the system looks like. */
			for (int call = 0; r->holds && call < STEP_CALLS; call++) {
				struct step s = {.call = (enum step_call)call, .flags = r->flags};

				if (!(r->calls >> call & 1))
					continue;
				r->holds(&s, &f);
				s.who = &nobody;
				r->holds(&s, &f);
			}
			assert_true(f.n < FINDING_FACTS);
		}
}

static void explained(void **state)
{
	auto_buf struct buf b = {0};

	assert_int_equal(step_explain(&STEP(SETNS, .flags = CLONE_NEWTIME), -EUSERS, &b), 1);
	assert_non_null(strstr(b.s, "why: the caller has more than one thread"));
	assert_non_null(strstr(b.s, "time namespace is for a whole process [threads]"));
	assert_non_null(strstr(b.s, "\ndo: do it before threads"));
	assert_non_null(strstr(b.s, "\nkernel: timens_install()"));
	assert_int_equal(step_explain(&STEP(SETNS), -EIO, &b), 0);
}

static void signals(void **state)
{
	static const struct {
		const char *name;
		int want;
	} good[] = {{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"sigterm", SIGTERM},
		{"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"9", 9}, {"IOT", SIGABRT}, {"CLD", SIGCHLD},
		{"IO", SIGPOLL}, {"POLL", SIGPOLL}};
	static const char *const bad[] = {
		"", "SIG", "TERMX", "0", "65", "-1", "9x", "RT", "RTMIN+99", "RTMIN-1", "RTMINx"};
	int sig;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(launch_signal_parse(good[i].name, &sig), 0);
		assert_int_equal(sig, good[i].want);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!launch_signal_parse(bad[i], &sig))
			fail_msg("'%s' was taken as %d", bad[i], sig);
	}
	assert_int_equal(launch_signal_parse("RTMIN", &sig), 0);
	assert_int_equal(sig, SIGRTMIN);
	assert_int_equal(launch_signal_parse("SIGRTMIN+3", &sig), 0);
	assert_int_equal(sig, SIGRTMIN + 3);
	assert_int_equal(launch_signal_parse("RTMAX-1", &sig), 0);
	assert_int_equal(sig, SIGRTMAX - 1);
	assert_int_equal(launch_signal_parse("RT2", &sig), 0);
	assert_int_equal(sig, SIGRTMIN + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(long_name),
		cmocka_unit_test(done),
		cmocka_unit_test(seen),
		cmocka_unit_test(table),
		cmocka_unit_test(explained),
		cmocka_unit_test(signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
