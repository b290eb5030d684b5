// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "why/rule.h"
#include "why/step.h"
#include "kernel/nstype.h"
#include "lib/util.h"

/* As users know them: system calls by name, writes by their file. */
static const char *const call_names[STEP_CALLS] = {
	[STEP_UNSHARE] = "unshare",
	[STEP_CLONE] = "clone",
	[STEP_SETNS] = "setns",
	[STEP_FORK] = "fork",
	[STEP_EXEC] = "exec",
	[STEP_PIN] = "bind mount of a namespace",
	[STEP_PROPAGATION] = "change of mount propagation",
	[STEP_MOUNT_PROC] = "mount of proc",
	[STEP_MOUNT] = "mount",
	[STEP_MOUNT_BINFMT] = "mount of binfmt_misc",
	[STEP_BINFMT_REGISTER] = "register a binary format",
	[STEP_UID_MAP] = "write of uid_map",
	[STEP_GID_MAP] = "write of gid_map",
	[STEP_DENY_GROUPS] = "write of setgroups",
	[STEP_NEWIDMAP] = "id mapping",
	[STEP_NEWIDMAP_END] = "id mapping",
	[STEP_SETGROUPS] = "setgroups",
	[STEP_SETGID] = "setgid",
	[STEP_SETUID] = "setuid",
	[STEP_CHROOT] = "chroot",
	[STEP_CHDIR] = "chdir",
	[STEP_CLOCK] = "write of timens_offsets",
	[STEP_CAPS] = "keep capabilities",
	[STEP_OPEN] = "open",
	[STEP_PIDFD] = "pidfd_open",
	[STEP_CGROUP] = "write of cgroup.procs",
	[STEP_RTNETLINK] = "rtnetlink",
	[STEP_FILTERED] = "a call",
	[STEP_DEATHSIG] = "signal at the parent's death",
};

static enum step_speaker speaker;

void step_speak_as(enum step_speaker who)
{
	speaker = who;
}

static step_witness witness;
static void *witness_ctx;

void step_set_witness(step_witness fn, void *ctx)
{
	witness = fn;
	witness_ctx = ctx;
}

void step_name(struct buf *b, const struct step *s)
{
	size_t shown = s->what ? strnlen(s->what, 128) : 0;

	buf_puts(b, call_names[s->call]);
	if (!s->flags && !s->what)
		return;
	buf_putc(b, '(');
	ns_flags_format(b, s->flags);
	if (s->flags && s->what)
		buf_puts(b, ", ");
	/* One line for a terminal, whatever is in the name. */
	for (size_t i = 0; i < shown; i++)
		buf_putc(b,
			(unsigned char)s->what[i] < ' ' || s->what[i] == 0x7f ? '?' : s->what[i]);
	if (s->what && s->what[shown])
		buf_puts(b, "...");
	buf_putc(b, ')');
}

/* --- why ------------------------------------------------------------------------------------- */

static bool is_asked(const struct reason *r, const struct step *s, int error)
{
	if (!(r->calls >> s->call & 1) || (r->flags && !(r->flags & s->flags)))
		return false;
	return r->error == error || r->error == REASON_ANY ||
	       (r->error == REASON_RIGHTS && (error == EPERM || error == EACCES));
}

bool step_concerns(const struct rule *rule, const struct step *s, int code)
{
	for (size_t i = 0; i < rule->nreasons; i++)
		if (is_asked(&rule->reasons[i], s, -code))
			return true;
	return false;
}

static bool reason_holds(const struct reason *r, const struct step *s, struct finding *f)
{
	size_t n = f->n, len = f->text.len;

	f->reason = r;
	if (!r->holds || r->holds(s, f))
		return true;
	f->reason = NULL;
	f->n = n;
	f->text.len = len;
	return false;
}

static const struct reason *why_of(
	const struct rule *rule, const struct step *s, int error, struct finding *f)
{
	for (size_t i = 0; i < rule->nreasons; i++)
		if (is_asked(&rule->reasons[i], s, error) && reason_holds(&rule->reasons[i], s, f))
			return f->reason;
	return NULL;
}

/* Remedies name options of the command that says them. */
static void put_speaker(struct finding *f)
{
	finding_text(f, "self", "yes");
	finding_text(f, speaker == STEP_BY_ENTER ? "enter" : "create", "yes");
}

const struct reason *step_why(
	const struct step *s, int code, const struct rule *only, struct finding *f)
{
	if (only)
		return why_of(only, s, -code, f);
	put_speaker(f);
	rules_for_each (rule)
		if (why_of(rule, s, -code, f))
			return f->reason;
	return NULL;
}

static bool is_foreseen(const struct step *s, struct finding *f)
{
	rules_for_each (rule)
		for (size_t i = 0; i < rule->nreasons; i++) {
			const struct reason *r = &rule->reasons[i];

			if (r->state && is_asked(r, s, r->error) && reason_holds(r, s, f))
				return true;
		}
	return false;
}

void step_foresee(const struct subject *who, bool only_user, step_foreseen fn, void *ctx)
{
	const uint64_t others = ns_types_to_flags(NS_TYPES_MASK & ~(1u << NS_USER));
	const struct {
		const char *what;
		enum step_call call;
		uint64_t flags;
	} asked[] = {
		{"make a user namespace", STEP_UNSHARE, CLONE_NEWUSER},
		{"make other namespaces", STEP_UNSHARE, others},
		{"mount a proc", STEP_MOUNT_PROC, 0},
	};

	for (size_t i = 0; i < (only_user ? 1 : ARRAY_SIZE(asked)); i++) {
		struct step s = {
			.call = asked[i].call, .flags = asked[i].flags, .who = who, .ahead = true};
		auto_finding struct finding f = {0};

		finding_text(&f, "self", "yes");
		if (is_foreseen(&s, &f))
			fn(ctx, asked[i].what, &f);
	}
}

int step_done(const struct step *s, int code, struct err *err)
{
	auto_finding struct finding f = {0};
	auto_buf struct buf text = {0}, hint = {0};

	if (witness)
		witness(s, code, witness_ctx);
	if (code >= 0 || !err)
		return code < 0 ? code : 0;
	step_name(&text, s);
	buf_printf(&text, ": %s", strerror(-code));
	if (strerrorname_np(-code))
		buf_printf(&text, " (%s)", strerrorname_np(-code));
	if (step_why(s, code, NULL, &f)) {
		buf_puts(&text, ": ");
		finding_say(&f, "{why}", &text);
		finding_say(&f, "{todo}", &hint);
	}
	err_say(err, code, "%s", text.s);
	if (hint.len)
		err_hint(err, "%s", hint.s);
	return code;
}

size_t step_explain(const struct step *s, int code, struct buf *b)
{
	size_t n = 0;

	rules_for_each (rule)
		for (size_t i = 0; i < rule->nreasons; i++) {
			const struct reason *r = &rule->reasons[i];
			auto_finding struct finding f = {0};

			put_speaker(&f);
			/* What needs no proof is for where nothing has one. */
			if ((n && !r->holds) || !is_asked(r, s, -code) || !reason_holds(r, s, &f))
				continue;
			finding_say(&f, "why: {why}", b);
			buf_printf(b, " [%s]", r->code);
			if (r->todo)
				finding_say(&f, "\ndo: {todo}", b);
			if (r->kernel)
				buf_printf(b, "\nkernel: %s", r->kernel);
			if (r->since)
				buf_printf(b, ", from %s", r->since);
			buf_putc(b, '\n');
			n++;
		}
	return n;
}
