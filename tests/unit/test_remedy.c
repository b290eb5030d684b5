// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_remedy.c - each option that a remedy names is one of the command that prints it, or
 * of the program that the remedy names before it.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/cmd.h"
#include "why/rule.h"
#include "lib/opts.h"
#include "why/reasons.h"
#include "why/step.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Long options of util-linux 2.41, which scripts that call its names know. */
static const char unshare_words[] =
	" --mount --uts --ipc --net --pid --user --cgroup --time --fork --map-user --map-group "
	"--map-root-user --map-current-user --map-auto --map-subids --map-users --map-groups "
	"--owner --forward-signals --kill-child --mount-proc --mount-binfmt --load-interp "
	"--propagation --setgroups --keep-caps --root --wd --setuid --setgid --monotonic "
	"--boottime --help --version ";
static const char nsenter_words[] =
	" --all --target --mount --uts --ipc --net --net-socket --pid --cgroup --user "
	"--user-parent --time --setuid --setgid --preserve-credentials --keep-caps --root --wd "
	"--wdns --env --no-fork --join-cgroup --follow-context --help --version ";

/* Programs that remedies name, with their options: ours by their tables. */
static const struct program {
	const char *name;
	const struct opts_spec *spec;
	const char *words;
} programs[] = {
	{"nswatch create", &create_spec, NULL},
	{"nswatch enter", &enter_spec, NULL},
	{"nswatch ls", &ls_spec, NULL},
	{"nswatch netns", &netns_spec, NULL},
	{"nswatch netdev", &netdev_spec, NULL},
	{"nswatch trace", &trace_spec, NULL},
	{"nswatch explain", &explain_spec, NULL},
	{"unshare", &create_spec, unshare_words},
	{"nsenter", &enter_spec, nsenter_words},
	{"bubblewrap", NULL, " --disable-userns --die-with-parent "},
	{"docker", NULL, " --security-opt "},
	{"docker run", NULL, " --init "},
	{"mount", NULL, " --make-private --rbind "},
	{"usermod", NULL, " --add-subuids --add-subgids "},
	{"ip", NULL, " --json "},
};

static bool spec_has(const struct opts_spec *spec, const char *word, size_t len)
{
	for (size_t i = 0; i < spec->nrows; i++)
		if (spec->rows[i].name && strlen(spec->rows[i].name) == len - 2 &&
			!strncmp(spec->rows[i].name, word + 2, len - 2))
			return true;
	return false;
}

static bool program_has(const struct program *p, const char *word, size_t len)
{
	char padded[64];

	if (p->spec && !spec_has(p->spec, word, len))
		return false;
	snprintf(padded, sizeof(padded), " %.*s ", (int)len, word);
	return !p->words || strstr(p->words, padded);
}

/* The program named last before p, in the same command or clause; NULL: the speaker is meant. */
static const struct program *named_before(const char *text, const char *p)
{
	const struct program *best = NULL;
	const char *from = p, *at = NULL;

	while (from > text && !strchr("`;.()", from[-1]))
		from--;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		size_t len = strlen(programs[i].name);

		for (const char *q = from; q + len <= p; q++) {
			if (strncmp(q, programs[i].name, len) != 0 ||
				(q > text && isalnum((unsigned char)q[-1])) ||
				isalnum((unsigned char)q[len]) || (at && q < at))
				continue;
			best = &programs[i];
			at = q;
		}
	}
	return best;
}

static void remedy_check(
	const char *text, const char *speaker, const struct program *by, size_t nby)
{
	for (const char *p = strstr(text, "--"); p; p = strstr(p + 2, "--")) {
		size_t len = 2 + strspn(p + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");
		const struct program *who = named_before(text, p);

		if (len == 2)
			continue;
		if (who) {
			if (!program_has(who, p, len))
				fail_msg("%s has no option %.*s: %s", who->name, (int)len, p, text);
			continue;
		}
		for (size_t i = 0; i < nby; i++)
			if (!program_has(&by[i], p, len))
				fail_msg("%s says %.*s, which %s has not: %s", speaker, (int)len, p,
					by[i].name, text);
		if (!nby)
			fail_msg("%s says %.*s of no program: %s", speaker, (int)len, p, text);
	}
}

#define ENTERS (C(SETNS) | C(PIDFD) | C(CGROUP))
#define OTHERS (C(CLONE) | C(MOUNT) | C(RTNETLINK) | C(FILTERED)) /* that only events tell of */
#define TOLD                                                                                       \
	(C(UNSHARE) | C(CLONE) | C(SETNS) | C(MOUNT) | C(OPEN) | C(UID_MAP) | C(GID_MAP) |         \
		C(DENY_GROUPS) | C(SETGROUPS) | C(CLOCK) | C(RTNETLINK) | C(FILTERED))
#define MAKES                                                                                      \
	(C(UNSHARE) | C(PIN) | C(PROPAGATION) | C(MOUNT_PROC) | C(MOUNT_BINFMT) |                  \
		C(BINFMT_REGISTER) | C(UID_MAP) | C(GID_MAP) | C(DENY_GROUPS) | C(NEWIDMAP) |      \
		C(NEWIDMAP_END) | C(CLOCK))

static void reason_check(const struct reason *r, const char *flag, const char *speaker,
	const struct program *by, size_t n)
{
	auto_finding struct finding f = {.reason = r};
	auto_buf struct buf b = {0};
	static char keys[FINDING_FACTS][32];

	/* With every section that the speaker could say. */
	for (const char *p = r->todo; p && (p = strchr(p, '{')); p++) {
		size_t len = strcspn(p + 1 + (p[1] == '?'), "|}");
		const char *key = p + 1 + (p[1] == '?');

		if ((len == 6 && !memcmp(key, "create", 6)) ||
			(len == 5 && !memcmp(key, "enter", 5)))
			continue;
		if (f.n == FINDING_FACTS - 1 || len >= sizeof(keys[0]))
			fail_msg("%s: too much in its remedy", r->code);
		snprintf(keys[f.n], sizeof(keys[0]), "%.*s", (int)len, key);
		finding_text(&f, keys[f.n], "x");
	}
	if (flag)
		finding_text(&f, flag, "yes");
	finding_say(&f, "{why}. {todo}", &b);
	remedy_check(b.s, speaker, by, n);
}

/*
 * A remedy is said by the commands that make the call, called by the names of util-linux, too;
 * and by those that start nothing themselves: explain, the notes of trace and doctor.
 */
static void reasons(void **state)
{
	static const struct program create[] = {
		{"nswatch create", &create_spec, NULL}, {"unshare", &create_spec, unshare_words}};
	static const struct program enter[] = {
		{"nswatch enter", &enter_spec, NULL}, {"nsenter", &enter_spec, nsenter_words}};

	rules_for_each (rule)
		for (size_t i = 0; i < rule->nreasons; i++) {
			const struct reason *r = &rule->reasons[i];

			if (r->calls & ~(ENTERS | OTHERS))
				reason_check(r, "create", "nswatch create", create, 2);
			if (r->calls & ~(MAKES | OTHERS))
				reason_check(r, "enter", "nswatch enter", enter, 2);
			if ((rule->event && r->calls & TOLD) || r->state)
				reason_check(r, NULL, r->code, NULL, 0);
		}
}

/* `explain` starts nothing itself: each option has its program before it. */
static void rules_of_explain(void **state)
{
	rules_for_each (r)
		remedy_check(r->remedy, r->code, NULL, 0);
}

/* The check itself. */
static void check(void **state)
{
	static const char text[] = "use --x; or unshare --y";

	assert_null(named_before(text, strstr(text, "--x")));
	assert_string_equal(named_before(text, strstr(text, "--y"))->name, "unshare");
	assert_true(program_has(&programs[7], "--map-auto", 10));
	assert_false(program_has(&programs[7], "--no-fork", 9));
	assert_false(program_has(&programs[8], "--map-auto", 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(rules_of_explain),
		cmocka_unit_test(check),
	};

	return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
