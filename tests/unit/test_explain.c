// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of explain, its templates, and the story that events fold into. */
#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "cmd/explain.h"
#include "why/kmsg.h"
#include "why/story.h"

static const char *said(const struct finding *f, const char *template)
{
	static struct buf b;

	buf_reset(&b);
	finding_say(f, template, &b);
	return b.s ? b.s : "";
}

static void test_templates(void **state)
{
	auto_finding struct finding f = {0};

	finding_reset(&f, rule_next(NULL));
	finding_num(&f, "n", 1);
	finding_num(&f, "many", 3);
	finding_ns(&f, "ns", NS_NET, 4026532938);
	finding_text(&f, "comm", "a\033b");
	finding_text(&f, "flag", "yes");
	finding_exit(&f, "end", 3 << 8);
	finding_exit(&f, "killed", SIGKILL);
	finding_time(&f, "ago", 3200000);
	finding_errno(&f, "errno", -12);
	assert_string_equal(said(&f, "{n} {n|child|children}"), "1 child");
	assert_string_equal(said(&f, "{many} {many|child|children}"), "3 children");
	assert_string_equal(said(&f, "{ns}, {comm}"), "net:[4026532938], a\\x1bb");
	assert_string_equal(said(&f, "x[ {none}][ {n}]."), "x 1.");
	assert_string_equal(said(&f, "[{?flag}a][{?none}b]"), "a");
	assert_string_equal(said(&f, "[a[ {none}][ {n}]{many}]"), "a 13");
	assert_string_equal(said(&f, "[a{none}[ {n}]]"), "");
	assert_string_equal(said(&f, "it {end}; it {killed}"),
		"it ended with status 3; it was killed by SIGKILL");
	assert_string_equal(said(&f, "{ago}, {errno}"), "3.2 ms, ENOMEM");
	/* In a command facts are words of the shell. */
	finding_text(&f, "path", "/a b;`c");
	assert_string_equal(said(&f, "{path}: `rm {path} {n}`."), "/a b;`c: `rm '/a b;`c' 1`.");
	assert_string_equal(said(&f, "`x {ns}`"), "`x 'net:[4026532938]'`");
	finding_count(&f, "more");
	finding_count(&f, "more");
	finding_count(&f, "n");
	assert_string_equal(said(&f, "{more} {n}"), "2 2");
}

static void test_commands(void **state)
{
	static const struct rule r = {.remedy = "`a {path}`[, or `b`{?none}], {path}[; `c {n}`]."};
	auto_finding struct finding f = {0};
	auto_buf struct buf b = {0};

	finding_reset(&f, &r);
	finding_text(&f, "path", "`\033`");
	finding_num(&f, "n", 3);
	finding_commands(&f, &b);
	assert_int_equal(b.len, 16);
	assert_memory_equal(b.s, "a $'`\\x1b`'\0c 3", 16);
}

static void test_template_check(void **state)
{
	struct err err = {0};

	assert_int_equal(template_check("a {b} [c {d|e|f}] `g {b}`", &err), 0);
	assert_int_equal(template_check("a `b", &err), -EINVAL);
	assert_int_equal(template_check("a `b[c`]", &err), -EINVAL);
	assert_int_equal(template_check("a {b", &err), -EINVAL);
	assert_int_equal(template_check("a [b", &err), -EINVAL);
	assert_int_equal(template_check("{a|b}", &err), -EINVAL);
}

static void check_text(const char *text)
{
	struct err err = {0};

	if (template_check(text, &err))
		fail_msg("%s", err.what);
	assert_true(strlen(text) > 20);
	assert_int_equal(text[strlen(text) - 1] == '.' || text[strlen(text) - 1] == ']', 1);
	assert_null(strstr(text, "  "));
}

/* Every row says what it is about, what to do and why the kernel does so. */
static void test_rules(void **state)
{
	size_t n = 0;

	rules_for_each (r) {
		for (const char *c = r->code; *c; c++)
			assert_true(islower(*c) || *c == '-' || isdigit(*c));
		n++;
		assert_ptr_equal(rule_find(r->code), r);
		assert_true(r->process || r->ns || r->dev || r->event || r->nreasons);
		/* story.c asks it about events of these kinds. */
		assert_int_equal(!r->event, !r->kinds);
		assert_non_null(r->title);
		assert_non_null(r->evidence);
		check_text(r->text);
		if (r->note)
			check_text(r->note);
		if (!r->nreasons)
			check_text(r->remedy);
		assert_true(r->nreasons || (r->facts && r->facts[0].function));
		for (const struct rule_fact *f = r->facts; f && f->function; f++)
			assert_non_null(f->says);
	}
	assert_true(n >= 25);
	assert_null(rule_find("nothing"));
}

/* --- the story ------------------------------------------------------------------------------- */

static struct buf codes;

static void take_code(void *ctx, const struct finding *f)
{
	auto_buf struct buf text = {0};

	buf_printf(&codes, "%s%s", codes.len ? " " : "", f->rule->code);
	finding_say(f, f->rule->note ? f->rule->note : f->rule->text, &text);
	assert_null(strpbrk(text.s, "{}"));
}

/* The codes of the rules that hold of one more event. */
static const char *tell(struct story *s, const void *rec, size_t size)
{
	auto_finding struct finding f = {0};
	struct event ev;
	struct err err = {0};

	if (event_decode(rec, size, 0, &ev, &err))
		fail_msg("%s", err.what);
	buf_reset(&codes);
	story_take(s, &ev);
	story_find(s, &ev, &f, take_code, NULL);
	return codes.s ? codes.s : "";
}

#define HDR(k, s, p)                                                                               \
	{                                                                                          \
		.kind = (k), .size = sizeof(struct s), .pid = (p), .tid = (p), .comm = "x",        \
		.ts_ns = 5                                                                         \
	}

static const char *born(
	struct story *s, uint32_t ns, uint32_t parent, uint32_t level, uint32_t init)
{
	struct ev_pidns_init e = {.hdr = HDR(EV_PIDNS_INIT, ev_pidns_init, 10),
		.inum = ns,
		.level = level,
		.init_pid = init,
		.parent_ns = parent};

	e.hdr.pidns = parent;
	return tell(s, &e, sizeof(e));
}

static const char *died(
	struct story *s, uint32_t ns, uint32_t level, uint32_t init, int status, uint32_t killed)
{
	struct ev_pidns_death e = {.hdr = HDR(EV_PIDNS_DEATH, ev_pidns_death, init),
		.inum = ns,
		.level = level,
		.exit_code = status,
		.killed = killed};

	return tell(s, &e, sizeof(e));
}

static void test_deaths(void **state)
{
	struct story *s = story_new(false);

	assert_string_equal(born(s, 100, 1, 1, 20), "first-child-is-init");
	assert_string_equal(born(s, 101, 100, 2, 21), "first-child-is-init");
	assert_string_equal(died(s, 100, 1, 20, SIGKILL, 1), "killed-with-init init-killed");
	assert_string_equal(died(s, 101, 2, 21, SIGKILL, 0), "died-with-parent");
	/* By itself, and nobody with it. */
	assert_string_equal(died(s, 102, 1, 22, 0, 0), "");
	/* Nobody knows what became of the one above it. */
	assert_string_equal(died(s, 103, 2, 23, SIGKILL, 0), "");
	/* The one above it lives. */
	born(s, 104, 1, 1, 24);
	born(s, 105, 104, 2, 25);
	assert_string_equal(died(s, 105, 2, 25, SIGKILL, 0), "init-killed");
	/* The number is used again: what was known of the old one is void. */
	born(s, 100, 1, 1, 26);
	born(s, 106, 100, 2, 27);
	assert_string_equal(died(s, 106, 2, 27, SIGKILL, 0), "init-killed");
	story_free(s);
}

static void test_clone_is_meant(void **state)
{
	struct story *s = story_new(false);
	struct ev_clone c = {
		.hdr = HDR(EV_CLONE, ev_clone, 10), .ns_flags = CLONE_NEWPID, .child_pid = 30};

	assert_string_equal(tell(s, &c, sizeof(c)), "");
	assert_string_equal(born(s, 110, 1, 1, 30), "");
	assert_string_equal(born(s, 111, 1, 1, 31), "first-child-is-init");
	story_free(s);
}

static void test_refused(void **state)
{
	struct story *s = story_new(false);
	struct ev_unshare u = {
		.hdr = HDR(EV_UNSHARE, ev_unshare, 10), .ns_flags = CLONE_NEWNET, .result = -EPERM};

	assert_string_equal(tell(s, &u, sizeof(u)), "no-rights");
	u.ns_flags |= CLONE_NEWUSER;
	assert_string_equal(tell(s, &u, sizeof(u)), "userns-refused");
	u.result = -ENOSPC;
	assert_string_equal(tell(s, &u, sizeof(u)), "limit-reached");
	/* A single thread, as far as anybody knows: nothing is said. */
	u.result = -EINVAL;
	assert_string_equal(tell(s, &u, sizeof(u)), "");
	u.hdr.tid = 11;
	assert_string_equal(tell(s, &u, sizeof(u)), "single-thread-required");
	u.hdr.tid = 10;
	u.ns_flags = CLONE_NEWPID;
	u.before.inum[NS_PID] = 1;
	u.before.inum[NS_PID_CHILD] = 2;
	assert_string_equal(tell(s, &u, sizeof(u)), "pid-children-taken");
	u.before.inum[NS_PID_CHILD] = 1;
	assert_string_equal(tell(s, &u, sizeof(u)), "");
	/* What the event has of its caller is believed, and nothing else. */
	u.ns_flags = CLONE_NEWUSER;
	u.threads = 3;
	assert_string_equal(tell(s, &u, sizeof(u)), "single-thread-required");
	u.threads = 1;
	assert_string_equal(tell(s, &u, sizeof(u)), "");
	story_free(s);
}

/* --- the kernel's log ------------------------------------------------------------------------ */

#define WAITS "unregister_netdevice: waiting for lo to become free. Usage count = 2"

static bool waits(const char *record, struct kmsg_wait *ret)
{
	return kmsg_wait_parse(record, strlen(record), ret);
}

static void test_kmsg(void **state)
{
	struct kmsg_wait w = {0};

	assert_true(waits("0,812,4000123,-;" WAITS "\n", &w));
	assert_string_equal(w.dev, "lo");
	assert_int_equal(w.refs, 2);
	assert_true(w.at_us == 4000123);
	assert_true(
		waits("0,812,1,-,caller=T1;unregister_netdevice: waiting for veth0123456789a to "
		      "become free. Usage count = -1\n SUBSYSTEM=net\n",
			&w));
	assert_string_equal(w.dev, "veth0123456789a");
	assert_int_equal(w.refs, -1);
	/* A program wrote it (facility user), or it is something else. */
	assert_false(waits("8,812,1,-;" WAITS, &w));
	assert_false(waits("0,812,1,-;x" WAITS, &w));
	assert_false(waits("0,812,1,-;", &w));
	assert_false(waits(WAITS, &w));
	assert_false(waits("", &w));
	assert_false(waits("0,812,1,-;unregister_netdevice: waiting for lo to become free.", &w));
	assert_false(waits("0,812,1,-;unregister_netdevice: waiting for  to become free. Usage "
			   "count = 1",
		&w));
	assert_false(waits("0,812,1,-;unregister_netdevice: waiting for 0123456789abcdef to become "
			   "free. Usage count = 1",
		&w));
	assert_false(waits("0,812,1,-;unregister_netdevice: waiting for lo to become free. Usage "
			   "count = x",
		&w));
}

/* --- the corrected command line -------------------------------------------------------------- */

static void better(const char *line, const char *want)
{
	auto_buf struct buf b = {0};

	if (!want) {
		assert_false(explain_better(line, &b));
		return;
	}
	assert_true(explain_better(line, &b));
	assert_string_equal(b.s, want);
}

static void test_better(void **state)
{
	better("unshare -u -p -i /bin/sh -c 'date; ls'",
		"unshare -f -u -p -i /bin/sh -c 'date; ls'");
	better("/usr/bin/unshare -p sh", "/usr/bin/unshare -f -p sh");
	better("sudo unshare --pid ls -f", "sudo unshare -f --pid ls -f");
	better("unshare -S 0 -p ls -f", "unshare -f -S 0 -p ls -f");
	better("unshare -S0 -p sh", "unshare -f -S0 -p sh");
	better("unshare -Sf -p sh", "unshare -f -Sf -p sh");
	better("unshare -fp sh", NULL);
	better("unshare -p --fork sh", NULL);
	better("unshare -p --forward-signals sh", "unshare -f -p --forward-signals sh");
	better("unshare --kill-child -p sh", NULL);
	better("unshare --kill-child=TERM -p sh", NULL);
	better("unshare -p -- sh -f", "unshare -f -p -- sh -f");
	better("nsenter -p -t 1 sh", NULL);
	better("nounshare -p", NULL);
	better("", NULL);
	better("unshare", "unshare -f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_template_check),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_clone_is_meant),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_better),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
