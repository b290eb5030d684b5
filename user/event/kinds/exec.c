// SPDX-License-Identifier: GPL-2.0-or-later
#include "event/kinds/kind.h"

static const struct ev_field exec_fields[] = {
	F(ev_exec, changed, FT_SLOTS, "types of which the namespace is not the parent's"),
	F(ev_exec, ns, FT_NSSET, "namespaces of the process"),
	TAIL(ev_exec, text, "filename", FT_TAIL, "the program, as given to execve(2)",
		.len_off = offsetof(struct ev_exec, filename_len)),
	TAIL(ev_exec, text, "args", FT_ARGS, "its arguments",
		.len_off = offsetof(struct ev_exec, args_len),
		.before_off = offsetof(struct ev_exec, filename_len)),
};

/* The program, and its arguments without the name that it was told to have. */
static void say_command(struct buf *b, const struct ev_exec *e)
{
	const char *list = e->text + e->filename_len, *arg;
	size_t pos = 0, len;
	bool first = true;

	if (e->filename_len)
		escape_shell(b, e->text, e->filename_len);
	while (event_arg_next(list, e->args_len, &pos, &arg, &len)) {
		if (!first || !e->filename_len) {
			if (!first)
				buf_putc(b, ' ');
			escape_shell(b, arg, len);
		}
		first = false;
	}
	if (event_args_cut(list, e->args_len))
		buf_puts(b, "...");
}

static void exec_detail(struct buf *b, const struct event *ev)
{
	say_command(b, ev->rec);
}

static bool exec_story(struct buf *b, const struct event *ev)
{
	const struct ev_exec *e = ev->rec;

	if (!e->filename_len && !e->args_len)
		return false;
	buf_printf(b, "Process %u runs ", ev->hdr->pid);
	say_command(b, e);
	buf_putc(b, '.');
	return true;
}

const struct ev_schema kind_exec = {
	KIND_TAIL(EV_EXEC, "exec", ev_exec, exec_fields, text),
	.help = "a process in other namespaces than its parent's ran another program",
	.tone = TONE_PLAIN,
	.say_detail = exec_detail,
	.say_story = exec_story,
};
