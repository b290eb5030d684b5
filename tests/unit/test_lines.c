// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden/samples.h"
#include "lib/fd.h"
#include "out/color.h"
#include "event/sentence.h"
#include "out/json.h"
#include "sink/lines.h"
#include "sink/summary.h"

static struct samples all;

static void decode(size_t i, struct event *ev)
{
	assert_int_equal(
		event_decode(&all.rec[i], all.rec[i].hdr.size, SAMPLES_WALL_OFFSET, ev, NULL), 0);
}

/* The first sample of a kind as a line of these columns. */
static void assert_line(unsigned int kind, struct lines_opts opts, const char *want)
{
	auto_buf struct buf b = {0};
	struct err err = {0};
	struct lines *l;
	struct event ev;

	if (lines_open(&opts, &l, &err))
		fail_msg("%s", err.what);
	for (size_t i = 0; i < all.n; i++) {
		if (all.rec[i].hdr.kind != kind)
			continue;
		decode(i, &ev);
		lines_event(l, &b, &ev, "root");
		break;
	}
	lines_free(l);
	assert_string_equal(b.s, want);
}

static void assert_heading(struct lines_opts opts, const char *want)
{
	auto_buf struct buf b = {0};
	struct lines *l;

	assert_int_equal(lines_open(&opts, &l, NULL), 0);
	lines_heading(l, &b);
	lines_free(l);
	assert_string_equal(b.s, want);
}

static void test_headings(void **state)
{
	assert_heading((struct lines_opts){0},
		"TIME            EVENT           PID COMM            DETAIL\n");
	assert_heading((struct lines_opts){.columns = "+uid,Cpu"},
		"TIME            EVENT           PID COMM              UID CPU DETAIL\n");
	assert_heading((struct lines_opts){.columns = "event,comm"}, "EVENT       COMM\n");
	assert_heading(
		(struct lines_opts){.columns = "PID,EVENT,COMM", .raw = true}, "PID EVENT COMM\n");
	assert_heading(
		(struct lines_opts){.columns = "PID", .color = true}, "    \033[1mPID\033[0m\n");
}

static void test_columns(void **state)
{
	assert_line(EV_UNSHARE,
		(struct lines_opts){.columns = "TIME,TS,EVENT,PID,TID,PPID,UID,NSPID,PIDNS,CPU,"
					       "CGROUP,INFERRED,COMM"},
		"22:40:32.123456     32.123456789 unshare        7451    7451    7000     0    "
		"7451 "
		"4026531836   0     4711 no       unshare\n");
	assert_line(EV_UNSHARE, (struct lines_opts){.columns = "TYPE,NS,RESULT"},
		"uts|ipc|pid  uts:[4026532939],ipc:[4026532940],pid_for_children:[4026532946] "
		"0\n");
	assert_line(EV_FORK_DENIED, (struct lines_opts){.columns = "RESULT,TYPE,NS"},
		"ENOMEM   pid          pid:[4026532942]\n");
	assert_line(EV_LOST, (struct lines_opts){.columns = "PID,COMM,TYPE,NS,RESULT,EVENT"},
		"      - -               -            -                 -        lost\n");
	assert_line(EV_UNSHARE, (struct lines_opts){.columns = "USER,PID"}, "root        7451\n");
}

static void test_raw(void **state)
{
	assert_line(EV_FORK_DENIED, (struct lines_opts){.columns = "EVENT,DETAIL,PID", .raw = true},
		"fork-denied ENOMEM:\\x20pid:[4026532942]\\x20is\\x20dead:\\x20its\\x20init\\x20"
		"date\\x20(7453)\\x20ended\\x20with\\x20status\\x200,\\x201.3\\x20ms\\x20ago "
		"7451\n");
	assert_line(EV_LOST, (struct lines_opts){.columns = "COMM,PID", .raw = true}, "- -\n");
}

static void test_color(void **state)
{
	assert_line(EV_FORK_DENIED, (struct lines_opts){.columns = "EVENT,PID", .color = true},
		"\033[1;31mfork-denied\033[0m    7451\n");
	/* cells are padded outside of the colour, and none is there without need */
	assert_line(EV_EXEC, (struct lines_opts){.columns = "EVENT,PID", .color = true},
		"exec           7451\n");
	assert_line(EV_EXIT, (struct lines_opts){.columns = "EVENT,PID", .color = true},
		"\033[33mexit\033[0m           7453\n");
}

/* Nobody known, or a worker of the kernel: brackets are around names only. */
static void test_no_actor(void **state)
{
	struct samples one = {.n = 0};
	struct lines_opts opts = {.columns = "COMM,PID"};
	auto_buf struct buf b = {0};
	struct lines *l;
	struct event ev;

	sample(&one, EV_LOST, sizeof(struct ev_lost), 0, "")->flags = EVF_NO_ACTOR;
	sample(&one, EV_LOST, sizeof(struct ev_lost), 5, "kworker/0:1")->flags = EVF_NO_ACTOR;
	assert_int_equal(lines_open(&opts, &l, NULL), 0);
	for (size_t i = 0; i < one.n; i++) {
		assert_int_equal(event_decode(&one.rec[i], one.rec[i].hdr.size, 0, &ev, NULL), 0);
		lines_event(l, &b, &ev, "root");
	}
	lines_free(l);
	assert_string_equal(b.s, "-                     -\n[kworker/0:1]         5\n");
}

static void test_unknown(void **state)
{
	static const char *const lists[] = {
		"TIME,NOPE,PID", "+NOPE", "", "+", "TIME,", ",", "PI", "PID ,TID", "+TIME,+PID"};
	struct err err = {0};
	struct lines *l;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct lines_opts opts = {.columns = lists[i]};

		assert_int_equal(lines_open(&opts, &l, &err), -EINVAL);
		assert_non_null(strstr(err.what, "unknown column"));
		assert_non_null(strstr(err.hint, "here are TIME, HOST, TS, EVENT, PID"));
		assert_string_equal(strrchr(err.hint, ',') + 1, " DETAIL");
		assert_null(strchr(err.what, '\n'));
	}
	lines_open(&(struct lines_opts){.columns = "TIME,\033[2J,PID"}, &l, &err);
	assert_non_null(strstr(err.what, "\\x1b[2J"));
}

/* Every column that is listed can be asked for, alone and with the others. */
static void test_list(void **state)
{
	auto_buf struct buf b = {0}, every = {0};
	struct lines *l;
	size_t n = 0;

	lines_list_columns(&b);
	for (char *line = b.s, *end; (end = strchr(line, '\n')); line = end + 1, n++) {
		struct lines_opts opts = {0};
		auto_free char *name = strndup(line, strcspn(line, " "));

		assert_true(end - line > 14);
		opts.columns = name;
		assert_int_equal(lines_open(&opts, &l, NULL), 0);
		lines_free(l);
		buf_puts(&every, n ? "," : "");
		buf_puts(&every, name);
	}
	assert_int_equal(n, 20);
	assert_int_equal(lines_open(&(struct lines_opts){.columns = every.s}, &l, NULL), 0);
	lines_free(l);
}

/* One line per event, whatever somebody called himself; nothing for the terminal in it. */
static void test_hostile(void **state)
{
	struct lines_opts opts = {.columns = "+TYPE,NS,USER,RESULT"};
	struct lines *l;

	assert_int_equal(lines_open(&opts, &l, NULL), 0);
	for (size_t i = 0; i < all.n; i++) {
		auto_buf struct buf b = {0};
		struct event ev;

		decode(i, &ev);
		lines_event(l, &b, &ev, "root");
		assert_ptr_equal(strchr(b.s, '\n'), b.s + b.len - 1);
		for (size_t k = 0; k + 1 < b.len; k++)
			assert_true((unsigned char)b.s[k] >= ' ' && b.s[k] != 0x7f);
	}
	lines_free(l);
}

/* Whatever the bytes of a record: what decodes can be shown, in every way. */
static void test_any_record(void **state)
{
	struct lines_opts opts = {.columns = "+TYPE,NS,RESULT,NSPID"};
	unsigned int seed = 7, shown = 0;
	auto_buf struct buf host = {0};
	struct lines *l;

	event_json_host(&host, NULL, 0);
	assert_int_equal(lines_open(&opts, &l, NULL), 0);
	for (unsigned int round = 0; round < 40000; round++) {
		const struct ev_hdr *sample = &all.rec[(unsigned int)rand_r(&seed) % all.n].hdr;
		/* exactly as long, so that a look behind its end is seen */
		auto_free unsigned char *rec = malloc(sample->size);
		auto_buf struct buf b = {0};
		struct event ev;

		memcpy(rec, sample, sample->size);
		for (unsigned int n = (unsigned int)rand_r(&seed) % 8; n > 0; n--)
			rec[(unsigned int)rand_r(&seed) % sample->size] =
				(unsigned char)rand_r(&seed);
		if (event_decode(rec, sample->size, 0, &ev, NULL))
			continue;
		lines_event(l, &b, &ev, "root");
		event_json(&b, &host, "root", &ev);
		shown++;
		for (size_t i = 0; i < b.len; i++)
			assert_true((unsigned char)b.s[i] >= ' ' || b.s[i] == '\n');
		assert_int_equal(b.s[b.len - 2], '}');
	}
	lines_free(l);
	assert_true(shown > 20000);
}

static void test_details(void **state)
{
	static const struct {
		unsigned int kind;
		const char *text;
	} rows[] = {
		{EV_UNSHARE, "uts|ipc|pid  uts initial -> 4026532939, ipc initial -> "
			     "4026532940, pid (children) initial -> 4026532946"},
		{EV_UNSHARE, "user  failed: EPERM (Operation not permitted)"},
		{EV_UNSHARE, "no flags"},
		{EV_SETNS, "net:[4026532943] by nsfs fd 3  net initial -> 4026532943"},
		{EV_SETNS, "net by proc fd 3  was there already"},
		{EV_SETNS, "net by bad fd -1  failed: EBADF (Bad file descriptor)"},
		{EV_CLONE, "child 7471  time none -> 4026532945"},
		{EV_CLONE, "user|pid  failed: ENOSPC (No space left on device)"},
		{EV_EXEC, "/bin/sh -c 'date; ls'"},
		{EV_EXEC, "$'/tmp/\\x1b[31mred dir/x' $'\\x1b[2J' $'it\\x27s' '' 'a\\b' "
			  "$'\\xff\\xfe' $'\\u202efdp.exe' 'caf\xc3\xa9' '\"q\"' "
			  "$'two\\nlines'..."},
		{EV_PIDNS_INIT, "pid 1 of pid:[4026532942] level 1, pid 7453 outside"},
		{EV_EXIT, "status 0, was pid 1 of pid:[4026532942]"},
		{EV_EXIT, "status 2, leaves uts 4026532939, ipc 4026532940, pid (children) "
			  "4026532946 empty"},
		{EV_EXIT, "status unknown"},
		{EV_PIDNS_DEATH, "pid:[4026532942] lost its init (status 0) after 3.2 ms, 0 "
				 "processes killed with it"},
		{EV_PIDNS_DEATH, "pid:[4026533000] lost its init (killed by SIGKILL from dockerd "
				 "(812)) after 3d 05h, "
				 "at most 1 process killed with it"},
		{EV_FORK_DENIED,
			"ENOMEM: pid:[4026532942] is dead: its init date (7453) ended with "
			"status 0, 1.3 ms ago"},
		{EV_FORK_DENIED, "ENOMEM: pid:[4026532942] is dead: its init (7453) was killed by "
				 "SIGKILL"},
		{EV_FORK_DENIED, "ERESTARTNOINTR: pid:[4026532942] is dead: its init ended before "
				 "nswatch looked"},
		{EV_NS_CREATE, "uts:[4026532939] owner user:[initial]"},
		{EV_NS_CREATE, "user:[4026532941] parent user:[initial]"},
		{EV_NS_FREE, "uts:[4026532939] after 5.1 ms (made by unshare 7451)"},
		{EV_NS_FREE, "ipc:[4026532940]"},
		{EV_NS_CREATE, "mnt:[4026532938] owner user:[initial], made by open_tree"},
		{EV_NS_FREE, "mnt:[4026532938] after 5.1 ms (made by unshare 7451 with fsmount)"},
		{EV_NETDEV, "veth0 (veth)  net:[initial] -> net:[4026532943]"},
		{EV_NETDEV, "veth0 -> dev7  net:[4026532943] -> net:[initial], ifindex 5 -> 7, "
			    "net:[4026532943] ended"},
		{EV_NETDEV_ADD, "no end of name ! (bridge) in net:[initial], ifindex 9"},
		{EV_NETDEV_DEL, "br0 from net:[initial], ifindex 9, net:[4026532943] ended"},
		{EV_PIN, "net:[4026532943] on /run/netns/blue"},
		{EV_LOST, "17 records lost"},
		{EV_REFUSED, "mount proc on /mnt/\\x1b[31mproc  failed: EPERM (Operation not "
			     "permitted)"},
		{EV_REFUSED, "write \"0 1000 1\\n1 100000 65536\" to uid_map of user:[4026532941]  "
			     "failed: EPERM (Operation not permitted)"},
		{EV_REFUSED, "ask rtnetlink for RTM_NEWLINK in net:[initial]  failed: EBUSY "
			     "(Device or resource busy): Device is in use\\n by\\xff"},
	};

	/* each is the sentence of some sample of its kind */
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		bool found = false;

		for (size_t i = 0; i < all.n && !found; i++) {
			auto_buf struct buf b = {0};
			struct event ev;

			if (all.rec[i].hdr.kind != rows[r].kind)
				continue;
			decode(i, &ev);
			buf_puts(&b, "");
			event_detail(&b, &ev);
			found = !strcmp(b.s, rows[r].text);
		}
		if (!found)
			fail_msg("nothing says: %s", rows[r].text);
	}
}

static void test_color_choice(void **state)
{
	assert_true(color_enabled(COLOR_ALWAYS, -1));
	assert_false(color_enabled(COLOR_AUTO, -1));
	assert_false(color_enabled(COLOR_NEVER, 1));
	assert_string_equal(color_on(false, ROLE_FAIL), "");
	assert_string_equal(color_off(true, ROLE_PLAIN), "");
}

static void test_color_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), tty;

	if (master < 0 || grantpt(master) || unlockpt(master))
		skip();
	tty = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(tty >= 0);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_true(color_enabled(COLOR_AUTO, tty));
	assert_false(color_enabled(COLOR_NEVER, tty));
	setenv("NO_COLOR", "", 1);
	assert_true(color_enabled(COLOR_AUTO, tty));
	setenv("NO_COLOR", "1", 1);
	assert_false(color_enabled(COLOR_AUTO, tty));
	assert_true(color_enabled(COLOR_ALWAYS, tty));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(color_enabled(COLOR_AUTO, tty));
	close(tty);
	close(master);
}

static void test_summary(void **state)
{
	static const char *const hooks[] = {"unshare by fentry", "exec by tracepoint"};
	auto_buf struct buf b = {0};
	struct summary s = {0};
	struct event ev;

	summary_text(&b, &s, "nswatch: ", 0, NULL, 0, false);
	assert_string_equal(b.s, "nswatch: 0 events\nnswatch: no record lost\n");
	buf_reset(&b);
	for (size_t i = 0; i < all.n; i++) {
		decode(i, &ev);
		summary_add(&s, &ev);
	}
	summary_text(&b, &s, "", 3200000000, hooks, 2, false);
	assert_string_equal(b.s,
		"59 events in 3.2 s: 7 unshare, 7 setns, 3 clone, 5 exec, 1 pidns-init, 4 exit, "
		"3 pidns-death, 3 fork-denied, 11 ns-create, 4 ns-free, 2 netdev, 1 netdev-add, "
		"1 netdev-del, 1 pin, 1 unpin, 5 refused; 16 failed; 3 inferred\n"
		"17 records lost\n"
		"hooks: unshare by fentry, exec by tracepoint\n");
	buf_reset(&b);
	s = (struct summary){.by_kind[EV_EXEC] = 1, .damaged = 1, .lost[EV_LOST_RECORD] = 1};
	summary_text(&b, &s, "", 0, hooks, 1, true);
	assert_string_equal(b.s,
		"1 event: 1 exec\n\033[1;31m1 record lost\033[0m\n"
		"\033[1;31m1 record damaged and not shown\033[0m\nhooks: unshare by fentry\n");
	buf_reset(&b);
	summary_losses(&b, &s, "> ", false);
	assert_string_equal(b.s, "> 1 record lost\n> 1 record damaged and not shown\n");
	buf_reset(&b);
	s = (struct summary){.by_kind[EV_EXEC] = 1};
	summary_losses(&b, &s, "> ", false);
	assert_int_equal(b.len, 0);
	for (size_t i = 0; i < 3; i++) {
		struct ev_lost l = {.hdr = {.kind = EV_LOST, .size = sizeof(l)},
			.count = 1,
			.why = EV_LOST_PROGRAM};

		snprintf(l.where, sizeof(l.where), "%s", i == 1 ? "x" : "exit_tp");
		assert_int_equal(event_decode(&l, sizeof(l), 0, &ev, NULL), 0);
		summary_add(&s, &ev);
	}
	assert_true(summary_lost(&s));
	summary_text(&b, &s, "", 0, NULL, 0, false);
	assert_non_null(strstr(b.s, "1 event: 1 exec"));
	assert_null(strstr(b.s, "no record lost"));
	assert_non_null(strstr(b.s,
		"\nthe kernel left out 3 runs of hooks (exit_tp 2, x 1): events may be missing\n"));
	/* A reason of a later version. */
	s.lost[EV_LOST_PROGRAM] = 0;
	assert_false(summary_lost(&s));
	for (uint32_t why = EV_LOST_CALL; why <= EV_LOST_WHYS; why++) {
		struct ev_lost l = {
			.hdr = {.kind = EV_LOST, .size = sizeof(l)}, .count = 2, .why = why};

		if (why == EV_LOST_PROGRAM)
			continue;
		assert_int_equal(event_decode(&l, sizeof(l), 0, &ev, NULL), 0);
		summary_add(&s, &ev);
	}
	buf_reset(&b);
	summary_text(&b, &s, "> ", 0, NULL, 0, false);
	assert_non_null(strstr(b.s, "> 2 records lost\n"));
	assert_non_null(strstr(b.s, "> 2 calls lost"));
	assert_non_null(strstr(b.s, "> 2 namespaces not remembered"));
	assert_non_null(strstr(b.s, "> 2 processes not followed"));
	assert_non_null(strstr(b.s, "> 2 changes of mounts lost"));
	buf_reset(&b);
	loss_text(&b, EV_LOST_PROGRAM, 1, "a\x1b[31m", 6);
	assert_string_equal(b.s,
		"1 run of a\\x1b[31m left out by the kernel: as many events may be "
		"missing");
}

static int setup(void **state)
{
	setenv("TZ", "UTC", 1);
	samples_make(&all);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headings),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_no_actor),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_any_record),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_color_choice),
		cmocka_unit_test(test_color_terminal),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
