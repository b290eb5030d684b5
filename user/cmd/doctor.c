// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor.c - nswatch doctor: what this kernel allows, and what is missing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/opts.h"
#include "kernel/nstype.h"
#include "out/color.h"
#include "source/rights.h"
#include "source/session.h"
#include "lib/util.h"

struct doctor_opts {
	bool json;
	int color;
	struct opt_list hooks;
};

static const char *const color_words[] = {"auto", "always", "never", NULL};

static const struct opt doctor_rows[] = {
	{'J', "json", NULL, OPT_FLAG(struct doctor_opts, json), .group = "Output",
		.help = "one JSON document instead of text"},
	{0, "color", "WHEN", OPT_CHOICE(struct doctor_opts, color), .choices = color_words,
		.help = "colour the text: auto, always or never"},
	{0, "hook", "NAME=ALT", OPT_LIST(struct doctor_opts, hooks), .group = "What is tried",
		.help = "force an alternative of a hook, as trace does; NAME may be 'all'"},
	OPT_HELP_ROWS,
};

static const struct opts_pair doctor_exits[] = {
	{"0", "live tracing works, perhaps with limits: the verdict says which"},
	{"1", "an alternative forced by --hook is not to be had, or output failed"},
	{"2", "wrong usage"},
	{"3", "live tracing does not work here: 'nswatch trace' would end with 3 too"},
	{0},
};

static const struct opts_pair doctor_examples[] = {
	{"nswatch doctor", "what works here; without root, what would be needed"},
	{"nswatch doctor --json | jq '.hooks[] | {name, chosen}'",
		"the hooks that trace would use"},
	{0},
};

const struct opts_spec doctor_spec = {
	.name = "nswatch doctor",
	.summary = "Say what this kernel allows nswatch to do, why, and what is missing.",
	.usage = (const char *const[]){"[OPTION...]", NULL},
	.rows = doctor_rows,
	.nrows = ARRAY_SIZE(doctor_rows),
	.no_operands = true,
	.notes = "Facts are found out by trying: small BPF programs are loaded and attached, and a "
		 "trace is started for a moment. Nothing stays. What can't be tried for want of "
		 "rights is 'unknown', never 'no'.",
	.examples = doctor_examples,
	.exits = doctor_exits,
};

const char *const verdict_names[] = {"full", "limited", "none"};
const char *const weight_names[] = {"needed", "better", "note"};
const char *const way_names[] = {"chosen", "possible", "no", "unknown", "none"};

/* --- what can be said ------------------------------------------------------------------------ */

static bool hook_has_way(const struct hook_choice *c, enum hook_alt alt)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!strcmp(hooks[i].name, c->name) && hooks[i].way[alt].progs[0])
			return true;
	return false;
}

bool doctor_hook_built(const struct hook_choice *c)
{
	for (int alt = 0; alt < ALT_COUNT; alt++)
		if (hook_has_way(c, (enum hook_alt)alt))
			return true;
	return false;
}

enum way_state doctor_way(const struct doctor *d, const struct hook_choice *c, enum hook_alt alt)
{
	static const enum feature needs[ALT_COUNT] = {
		[ALT_FENTRY] = FEAT_TRAMPOLINE, [ALT_KPROBE] = FEAT_KPROBE, [ALT_TP] = FEAT_TP_BTF};

	if (!hook_has_way(c, alt))
		return WAY_NONE;
	if (c->alt == alt)
		return WAY_CHOSEN;
	if (!(c->refused & 1u << alt) && !strcmp(c->why[alt], "possible"))
		return WAY_POSSIBLE;
	return features_fact(needs[alt], false)->answer == ANSWER_UNKNOWN ? WAY_UNKNOWN : WAY_NO;
}

static enum verdict doctor_judge(const struct doctor *d)
{
	enum verdict v = VERDICT_FULL;

	if (d->err.code || !d->tried)
		return VERDICT_NONE;
	for (size_t i = 0; i < d->hooks.count; i++) {
		const struct hook_choice *c = &d->hooks.of[i];
		const struct hook_way *way = hook_choice_way(c);

		if (!doctor_hook_built(c))
			continue;
		if (!way || way->inferred || (way->caveat && *way->caveat))
			v = VERDICT_LIMITED;
	}
	return v;
}

const char *doctor_verdict_text(const struct doctor *d)
{
	switch (d->verdict) {
	case VERDICT_FULL:
		return "Live tracing works: every event is seen as it happens.";
	case VERDICT_LIMITED:
		return "Live tracing works, with limits: some events are inferred or missed (see "
		       "Hooks).";
	default:
		break;
	}
	if (features_missing_rights()[0])
		return "Live tracing does not work with the rights of this process.";
	return "Live tracing does not work here.";
}

int64_t doctor_limit(unsigned int type)
{
	char name[64];
	int64_t limit;

	snprintf(name, sizeof(name), "user.max_%s_namespaces", ns_types[type].name);
	return features_sysctl(name, &limit) ? -1 : limit;
}

/* --- finding out ----------------------------------------------------------------------------- */

static void doctor_features(void)
{
	features_get();
	for (int i = 0; i < FEAT_COUNT; i++)
		features_fact((enum feature)i, true);
}

/* A trace of everything, for a moment: it knows which hooks really attach. */
static int doctor_try(struct doctor *d, const struct hook_force *forces, size_t n)
{
	struct session_opts opts = {.kinds = ~0ULL, .forces = forces, .nforces = n};
	struct session *s = NULL;
	const struct rights_use use = {.notes = true};
	struct err err = {0};
	int r = 0;

	if (features_may_trace()) {
		d->tried = true;
		if (!session_open(&opts, NULL, NULL, &d->err, &s)) {
			d->err = (struct err){0};
			d->hooks = *session_hooks(s);
			d->kept = rights_needed(s, &use);
			session_close(s);
			return 0;
		}
	}
	hooks_init(&d->hooks, ~0ULL, forces, n);
	r = hooks_choose(&d->hooks, &err);
	/* Without rights a forced alternative is refused like any other: that is no news. */
	if (r && d->tried)
		log_err(&err);
	return d->tried ? r : 0;
}

static int doctor_run(const struct doctor_opts *o, const struct hook_force *forces, size_t n)
{
	auto_filecaps filecaps_was was = filecaps_use();
	static struct doctor d;
	auto_buf struct buf b = {0};
	int r, w;

	d.f = features_get();
	doctor_features();
	r = doctor_try(&d, forces, n);
	doctor_lists(&d);
	d.verdict = doctor_judge(&d);
	doctor_find(&d);
	if (o->json)
		doctor_json(&b, &d);
	else
		doctor_text(&b, &d, opts_width(stdout),
			color_enabled((enum color_when)o->color, STDOUT_FILENO));
	features_release();
	w = output_put(&b);
	if (r || w)
		return EXIT_FAIL;
	return d.verdict == VERDICT_NONE ? EXIT_CANT : EXIT_OK;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_opts o = {0};
	struct hook_force forces[HOOKS_MAX];
	struct opts_rest rest;
	struct err err = {0};
	int status, r = opts_parse(&doctor_spec, argc, argv, &o, &rest, &err);

	if (!r && o.hooks.n > HOOKS_MAX)
		r = err_say(&err, -E2BIG, "--hook: more than %d", HOOKS_MAX);
	for (size_t i = 0; !r && i < o.hooks.n; i++)
		r = hook_force_parse(o.hooks.v[i], &forces[i], &err);
	if (!cmd_opts_done(&doctor_spec, r, &err, &status))
		status = doctor_run(&o, forces, o.hooks.n);
	opts_free(&doctor_spec, &o);
	return status;
}
