// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "why/step.h"
#include "kernel/nstype.h"

/* As users know them: system calls by name, writes by their file. */
static const char *const call_names[STEP_CALLS] = {
	[STEP_UNSHARE] = "unshare",
	[STEP_SETNS] = "setns",
	[STEP_FORK] = "fork",
	[STEP_EXEC] = "exec",
	[STEP_PIN] = "bind mount of a namespace",
	[STEP_PROPAGATION] = "change of mount propagation",
	[STEP_MOUNT_PROC] = "mount of proc",
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
	[STEP_DEATHSIG] = "signal at the parent's death",
};

static enum step_speaker speaker;

void step_speak_as(enum step_speaker who)
{
	speaker = who;
}

void step_todo(const struct step_row *row, enum step_speaker who, struct buf *b)
{
	const char *bar = row->todo ? strchr(row->todo, '|') : NULL;

	if (!row->todo)
		return;
	if (!bar)
		buf_puts(b, row->todo);
	else if (who == STEP_BY_ENTER)
		buf_puts(b, bar + 1);
	else
		buf_add(b, row->todo, (size_t)(bar - row->todo));
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

#define DETAIL_MAX 128

static bool row_holds(const struct step_row *row, const struct step *s, int error, char *detail)
{
	detail[0] = '\0';
	if (row->call != s->call || (row->error && row->error != error) ||
		(row->flags && !(row->flags & s->flags)))
		return false;
	return !row->holds || row->holds(s, detail, DETAIL_MAX);
}

/* The text with the detail in the place of '@', its second line in that of "@2". */
static void text_add(struct buf *b, const char *text, const char *detail)
{
	size_t first = strcspn(detail, "\n");
	const char *at;

	while ((at = strchr(text, '@'))) {
		buf_add(b, text, (size_t)(at - text));
		text = at + 1;
		if (*text == '2') {
			buf_puts(b, detail[first] ? detail + first + 1 : "");
			text++;
		} else {
			buf_add(b, detail, first);
		}
	}
	buf_puts(b, text);
}

const struct step_row *step_why(const struct step *s, int code, struct buf *why, struct buf *todo)
{
	auto_buf struct buf text = {0};
	char detail[DETAIL_MAX];

	for (size_t i = 0; i < step_rows_count; i++) {
		const struct step_row *row = &step_rows[i];

		if (!row_holds(row, s, -code, detail))
			continue;
		text_add(why, row->why, detail);
		step_todo(row, speaker, &text);
		if (text.len)
			text_add(todo, text.s, detail);
		return row;
	}
	return NULL;
}

int step_done(const struct step *s, int code, struct err *err)
{
	auto_buf struct buf text = {0}, hint = {0}, why = {0};

	if (witness)
		witness(s, code, witness_ctx);
	if (code >= 0 || !err)
		return code < 0 ? code : 0;
	step_name(&text, s);
	buf_printf(&text, ": %s", strerror(-code));
	if (strerrorname_np(-code))
		buf_printf(&text, " (%s)", strerrorname_np(-code));
	if (step_why(s, code, &why, &hint))
		buf_printf(&text, ": %s", why.s);
	err_say(err, code, "%s", text.s);
	if (hint.len)
		err_hint(err, "%s", hint.s);
	return code;
}

size_t step_explain(const struct step *s, int code, struct buf *b)
{
	char detail[DETAIL_MAX];
	size_t n = 0;

	for (size_t i = 0; i < step_rows_count; i++) {
		const struct step_row *row = &step_rows[i];
		auto_buf struct buf todo = {0};

		if (!row_holds(row, s, -code, detail))
			continue;
		buf_puts(b, "why: ");
		text_add(b, row->why, detail);
		step_todo(row, speaker, &todo);
		if (todo.len) {
			buf_puts(b, "\ndo: ");
			text_add(b, todo.s, detail);
		}
		if (row->kernel) {
			buf_puts(b, "\nkernel: ");
			buf_puts(b, row->kernel);
		}
		buf_putc(b, '\n');
		n++;
	}
	return n;
}
