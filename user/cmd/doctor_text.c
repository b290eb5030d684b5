// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_text.c - what `nswatch doctor` shows to people. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/doctor.h"
#include "lib/caps.h"
#include "kernel/nstype.h"
#include "out/color.h"
#include "out/escape.h"
#include "kernel/kconfig.h"
#include "source/rights.h"

enum mark {
	MARK_NONE,
	MARK_OK,
	MARK_NO,
	MARK_UNKNOWN,
	MARK_WARN,
};

static const struct {
	const char *text;
	enum color_role role;
} marks[] = {
	[MARK_NONE] = {"  ", ROLE_PLAIN},
	[MARK_OK] = {"ok", ROLE_GOOD},
	[MARK_NO] = {"no", ROLE_FAIL},
	[MARK_UNKNOWN] = {"? ", ROLE_WARN},
	[MARK_WARN] = {"! ", ROLE_WARN},
};

/* Columns: two of margin, the mark, a name, what is to be said. */
#define COL_NAME   6
#define COL_TEXT   28
#define COL_SYSCTL 40

struct page {
	struct buf *b;
	unsigned int width;
	unsigned int text; /* the column of what is to be said */
	bool color;
};

static void put_color(struct page *p, enum color_role role, const char *text)
{
	buf_puts(p->b, color_on(p->color, role));
	buf_puts(p->b, text);
	buf_puts(p->b, color_off(p->color, role));
}

static void put_mark(struct page *p, enum mark m)
{
	put_color(p, marks[m].role, marks[m].text);
}

static void put_heading(struct page *p, const char *text)
{
	if (p->b->len)
		buf_putc(p->b, '\n');
	put_color(p, ROLE_HEADING, text);
	buf_putc(p->b, '\n');
}

/* Words from column at on, broken at the width and going on at column indent. */
static void put_words(struct page *p, const char *text, unsigned int at, unsigned int indent)
{
	unsigned int col = at;
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (!first && col + 1 + n > p->width) {
			buf_putc(p->b, '\n');
			buf_pad(p->b, ' ', indent);
			col = indent;
		} else if (!first) {
			buf_putc(p->b, ' ');
			col++;
		}
		first = false;
		buf_add(p->b, text, n);
		col += (unsigned int)n;
		text += n;
		text += strspn(text, " ");
	}
	buf_putc(p->b, '\n');
}

static void put_row(struct page *p, enum mark m, const char *name, const char *text)
{
	size_t len = strlen(name);

	buf_puts(p->b, "  ");
	put_mark(p, m);
	buf_pad(p->b, ' ', COL_NAME - 4);
	buf_puts(p->b, name);
	if (!*text) {
		buf_putc(p->b, '\n');
		return;
	}
	if (len + COL_NAME + 2 > p->text) {
		buf_putc(p->b, '\n');
		buf_pad(p->b, ' ', p->text);
	} else {
		buf_pad(p->b, ' ', p->text - COL_NAME - len);
	}
	put_words(p, text, p->text, p->text);
}

static enum mark answer_mark(enum answer a)
{
	static const enum mark of[] = {MARK_UNKNOWN, MARK_NO, MARK_OK};

	return of[a];
}

/* --- kernel and rights ----------------------------------------------------------------------- */

/* The options with this answer, in one row. */
static void put_options(struct page *p, enum answer a, const char *name)
{
	auto_buf struct buf list = {0};

	for (size_t i = 0; i < features_options_count; i++)
		if (kconfig_get(features_options[i]) == a)
			buf_printf(&list, "%s%s", list.len ? " " : "", features_options[i]);
	if (list.len)
		put_row(p, answer_mark(a), name, list.s);
}

static void put_kernel(struct page *p, const struct features *f)
{
	static const enum mark lockdown_marks[] = {
		[LOCKDOWN_UNKNOWN] = MARK_UNKNOWN,
		[LOCKDOWN_NONE] = MARK_OK,
		[LOCKDOWN_INTEGRITY] = MARK_OK,
		[LOCKDOWN_CONFIDENTIALITY] = MARK_NO,
	};
	enum features_lockdown l = features_lockdown_mode();
	auto_buf struct buf text = {0};
	const char *where, *lsm = features_lsm(&where);

	put_heading(p, "Kernel");
	buf_printf(&text, "Linux %s, %s", f->release, f->arch);
	put_row(p, MARK_NONE, "release", text.s);
	buf_reset(&text);
	for (; *lsm; lsm++)
		buf_puts(&text, *lsm == ',' ? ", " : (char[]){*lsm, '\0'});
	put_row(p, *where ? MARK_NONE : MARK_UNKNOWN, "security modules",
		*where ? text.s : "securityfs is not mounted");
	put_row(p, lockdown_marks[l], "lockdown",
		l == LOCKDOWN_UNKNOWN ? "needs root: securityfs is not mounted"
				      : features_lockdown_name(l));
	if (*kconfig_where()) {
		put_options(p, ANSWER_YES, "built with");
		put_options(p, ANSWER_NO, "built without");
	} else {
		put_row(p, MARK_UNKNOWN, "built with",
			"neither /proc/config.gz nor /boot/config-RELEASE can be read");
	}
}

static void put_sysctls(struct page *p, const struct features *f)
{
	put_heading(p, "Settings");
	p->text = COL_SYSCTL;
	for (size_t i = 0; i < FEATURES_SYSCTLS; i++) {
		auto_buf struct buf text = {0};

		/* The limits of namespaces stand with them. */
		if (!strncmp(features_sysctls[i].name, "user.", 5) || f->sysctl[i].code == -ENOENT)
			continue;
		if (f->sysctl[i].code)
			buf_puts(&text, "may not be read");
		else
			buf_printf(&text, "%" PRId64, f->sysctl[i].value);
		buf_printf(&text, " (%s)", features_sysctls[i].help);
		put_row(p, f->sysctl[i].code ? MARK_UNKNOWN : MARK_NONE, features_sysctls[i].name,
			text.s);
	}
	p->text = COL_TEXT;
}

/* What a trace keeps when its hooks are attached. */
static void put_kept(struct page *p, const struct doctor *d)
{
	auto_buf struct buf text = {0};

	if (!d->tried || d->err.code)
		return;
	for (size_t i = 0; i < trace_rights_count; i++)
		if (d->kept & CAP_BIT(trace_rights[i].cap))
			buf_printf(&text, "%s%s %s", text.len ? "; " : "keeps ",
				trace_rights[i].name, trace_rights[i].why);
	put_row(p, MARK_OK, "while it traces",
		text.len ? text.s : "gives up all of these once its hooks are attached");
}

static void put_rights(struct page *p, const struct doctor *d)
{
	const struct features *f = d->f;
	auto_buf struct buf text = {0};

	put_heading(p, "Rights of this process");
	for (size_t i = 0; i < features_caps_count; i++) {
		enum answer a = !f->caps_known
					? ANSWER_UNKNOWN
					: answer_of(features_has_cap(features_caps[i].number));

		put_row(p, answer_mark(a), features_caps[i].name, features_caps[i].help);
	}
	put_kept(p, d);
	put_row(p, answer_mark(f->initial[NS_USER]), "initial user ns",
		"only there do CAP_BPF and CAP_PERFMON count");
	put_row(p, f->seccomp ? f->seccomp < 0 ? MARK_UNKNOWN : MARK_WARN : MARK_OK, "seccomp",
		f->seccomp > 0 ? "a filter is set"
		: f->seccomp   ? ""
			       : "no filter");
	if (f->memlock == UINT64_MAX)
		buf_puts(&text, "unlimited");
	else
		buf_printf(&text, "%" PRIu64 " KB", f->memlock / 1024);
	buf_puts(&text, " (counts for BPF before 5.11 only)");
	put_row(p, MARK_NONE, "memlock limit", text.s);
	if (*f->container) {
		buf_reset(&text);
		escape_text(&text, f->container, strlen(f->container));
		buf_puts(&text, " left its mark in this filesystem");
		put_row(p, MARK_NONE, "container", text.s);
	}
}

/* --- tries ----------------------------------------------------------------------------------- */

static void put_feature(struct page *p, enum feature feat)
{
	const struct feature_answer *x = features_fact(feat, true);
	auto_buf struct buf text = {0};

	buf_puts(&text, features_rows[feat].help);
	if (*x->why)
		buf_printf(&text, " (%s)", x->why);
	put_row(p, answer_mark(x->answer), features_rows[feat].title, text.s);
}

static void put_namespaces(struct page *p, const struct features *f)
{
	put_heading(p, "Namespaces");
	for (unsigned int t = 0; t < NS_TYPES; t++) {
		static const char *const where[] = {"whether this is the initial one is unknown",
			"this is not the initial one", "this is the initial one"};
		int64_t limit = doctor_limit(t);
		auto_buf struct buf text = {0};

		if (f->types >> t & 1)
			buf_puts(&text, where[f->initial[t]]);
		else
			buf_puts(&text,
				f->procfs ? "not in this kernel" : "unknown: /proc is not mounted");
		if (limit >= 0)
			buf_printf(&text, "; up to %" PRId64 " per user", limit);
		put_row(p,
			!f->procfs          ? MARK_UNKNOWN
			: f->types >> t & 1 ? MARK_OK
					    : MARK_NO,
			ns_types[t].name, text.s);
	}
	for (int i = FEAT_PIDFD_SETNS; i < FEAT_COUNT; i++)
		put_feature(p, (enum feature)i);
}

/* --- hooks ----------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	enum color_role role;
} ways[] = {
	[WAY_CHOSEN] = {"chosen", ROLE_GOOD},
	[WAY_POSSIBLE] = {"possible", ROLE_PLAIN},
	[WAY_NO] = {"no", ROLE_FAIL},
	[WAY_UNKNOWN] = {"?", ROLE_WARN},
	[WAY_NONE] = {"-", ROLE_DIM},
};

static void put_cell(struct page *p, enum color_role role, const char *text, unsigned int width)
{
	size_t len = strlen(text);

	put_color(p, role, text);
	buf_pad(p->b, ' ', width > len ? width - len : 1);
}

static enum mark hook_mark(const struct doctor *d, const struct hook_choice *c)
{
	if (!doctor_hook_built(c))
		return MARK_NONE;
	if (hook_choice_way(c))
		return MARK_OK;
	for (int alt = 0; alt < ALT_COUNT; alt++)
		if (doctor_way(d, c, (enum hook_alt)alt) == WAY_UNKNOWN)
			return MARK_UNKNOWN;
	return MARK_NO;
}

static const char *hook_facts(const struct hook_choice *c)
{
	const struct hook_way *way = hook_choice_way(c);

	if (way)
		return way->inferred ? "inferred" : "exact";
	return doctor_hook_built(c) ? "none" : "not built yet";
}

static void put_hook(struct page *p, const struct doctor *d, const struct hook_choice *c)
{
	buf_puts(p->b, "  ");
	put_mark(p, hook_mark(d, c));
	buf_puts(p->b, "  ");
	put_cell(p, ROLE_PLAIN, c->name, 14);
	for (int alt = 0; alt < ALT_COUNT; alt++) {
		enum way_state s = doctor_way(d, c, (enum hook_alt)alt);

		put_cell(p, ways[s].role, ways[s].text, alt == ALT_TP ? 12 : 10);
	}
	buf_puts(p->b, hook_facts(c));
	buf_putc(p->b, '\n');
}

/* Whether the way of hook c says the same as that of an earlier one. */
static bool why_said(const struct doctor *d, size_t upto, enum hook_alt alt)
{
	for (size_t i = 0; i < upto; i++) {
		enum way_state s = doctor_way(d, &d->hooks.of[i], alt);

		if ((s == WAY_NO || s == WAY_UNKNOWN) &&
			!strcmp(d->hooks.of[i].why[alt], d->hooks.of[upto].why[alt]))
			return true;
	}
	return false;
}

/* Each reason once, with the hooks that it holds for. */
static void put_whys(struct page *p, const struct doctor *d, enum hook_alt alt, bool *headed)
{
	for (size_t i = 0; i < d->hooks.count; i++) {
		const struct hook_choice *c = &d->hooks.of[i];
		enum way_state s = doctor_way(d, c, alt);
		auto_buf struct buf text = {0};
		size_t with = 0, same = 0;

		if ((s != WAY_NO && s != WAY_UNKNOWN) || why_said(d, i, alt))
			continue;
		if (!*headed)
			put_heading(p, "Why not");
		*headed = true;
		buf_puts(&text, c->why[alt]);
		for (size_t k = 0; k < d->hooks.count; k++) {
			with += doctor_way(d, &d->hooks.of[k], alt) != WAY_NONE;
			same += !strcmp(d->hooks.of[k].why[alt], c->why[alt]);
		}
		for (size_t k = i, n = 0; same < with && k < d->hooks.count; k++)
			if (!strcmp(d->hooks.of[k].why[alt], c->why[alt]))
				buf_printf(&text, "%s%s", n++ ? ", " : ": ", d->hooks.of[k].name);
		put_row(p, s == WAY_NO ? MARK_NO : MARK_UNKNOWN, hook_alt_name(alt), text.s);
	}
}

static void put_hooks(struct page *p, const struct doctor *d)
{
	static const char *const heads[] = {"FENTRY", "KPROBE", "TRACEPOINT"};
	bool caveat = false, why = false;

	put_heading(
		p, d->tried && !d->err.code ? "Hooks (a trace was started with them)" : "Hooks");
	buf_pad(p->b, ' ', COL_NAME);
	put_cell(p, ROLE_DIM, "HOOK", 14);
	for (int alt = 0; alt < ALT_COUNT; alt++)
		put_cell(p, ROLE_DIM, heads[alt], alt == ALT_TP ? 12 : 10);
	put_color(p, ROLE_DIM, "FACTS");
	buf_putc(p->b, '\n');
	for (size_t i = 0; i < d->hooks.count; i++)
		put_hook(p, d, &d->hooks.of[i]);
	for (int alt = 0; alt < ALT_COUNT; alt++)
		put_whys(p, d, (enum hook_alt)alt, &why);
	for (size_t i = 0; i < d->hooks.count; i++) {
		const struct hook_way *way = hook_choice_way(&d->hooks.of[i]);

		if (!way || !way->caveat || !*way->caveat)
			continue;
		if (!caveat)
			put_heading(p, "What the chosen hooks miss");
		caveat = true;
		put_row(p, MARK_WARN, d->hooks.of[i].name, way->caveat);
	}
}

/* --- lists ----------------------------------------------------------------------------------- */

static void put_lists(struct page *p, const struct doctor *d)
{
	static const enum mark of[] = {
		[WAY_CHOSEN] = MARK_OK,
		[WAY_POSSIBLE] = MARK_OK,
		[WAY_NO] = MARK_NO,
		[WAY_UNKNOWN] = MARK_UNKNOWN,
	};
	bool chosen = false;

	put_heading(p, "Lists (how ls reads processes, the fastest way first)");
	for (int i = 0; i < LIST_COUNT; i++) {
		enum way_state s = doctor_list_state(d, (enum doctor_list)i);
		auto_buf struct buf text = {0};

		chosen |= s == WAY_CHOSEN;
		buf_puts(&text, doctor_list_rows[i].help);
		if (s == WAY_CHOSEN)
			buf_puts(&text, ": chosen");
		else if (d->lists[i])
			buf_printf(&text, " (%s: %s)",
				doctor_list_refused(d, (enum doctor_list)i)
					? "refused by the verifier"
					: "not loaded",
				strerrorname_np(-d->lists[i]));
		put_row(p, of[s], doctor_list_rows[i].name, text.s);
	}
	put_row(p, MARK_OK, "/proc",
		chosen ? "several times slower than the above"
		       : "several times slower than the above: chosen");
}

/* --- the end --------------------------------------------------------------------------------- */

static void put_findings(struct page *p, const struct doctor *d)
{
	static const enum mark of[] = {MARK_NO, MARK_WARN, MARK_NONE};

	if (d->nfindings)
		put_heading(p, "What is missing, and what to do");
	for (size_t i = 0; i < d->nfindings; i++) {
		const struct doctor_finding *f = &d->findings[i];

		buf_puts(p->b, "  ");
		put_mark(p, of[f->weight]);
		buf_puts(p->b, "  ");
		put_words(p, f->what, COL_NAME, COL_NAME);
		if (!*f->todo)
			continue;
		buf_pad(p->b, ' ', COL_NAME);
		buf_puts(p->b, "-> ");
		put_words(p, f->todo, COL_NAME + 3, COL_NAME + 3);
	}
	buf_putc(p->b, '\n');
	if (d->err.code) {
		buf_puts(p->b, "The trace did not start: ");
		put_words(p, d->err.what, 25, 2);
	}
	put_words(p, doctor_verdict_text(d), 0, 0);
}

void doctor_text(struct buf *b, const struct doctor *d, unsigned int width, bool color)
{
	struct page p = {.b = b,
		.width = width < 60    ? 60
			 : width > 100 ? 100
				       : width,
		.text = COL_TEXT,
		.color = color};

	put_kernel(&p, d->f);
	put_sysctls(&p, d->f);
	put_rights(&p, d);
	put_heading(&p, "BPF");
	for (int i = 0; i < FEAT_PIDFD_SETNS; i++)
		put_feature(&p, (enum feature)i);
	put_namespaces(&p, d->f);
	put_hooks(&p, d);
	put_lists(&p, d);
	put_findings(&p, d);
}
