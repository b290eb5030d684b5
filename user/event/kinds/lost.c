// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "event/kinds/kind.h"

static const char *const losses[] = {"record", "call", "program", "namespace", "process", "mount",
	"device", "output", "evicted", NULL};

static const struct ev_field lost_fields[] = {
	F(ev_lost, count, FT_U64, "how many"),
	F(ev_lost, why, FT_ENUM, "what is missing", .names = losses),
	F(ev_lost, where, FT_STR, "of which call or program, empty where of all"),
};

static const struct {
	const char *one, *many;
	const char *of; /* before where */
	const char *then;
} said[EV_LOST_WHYS] = {
	[EV_LOST_RECORD] = {"record", "records", "", " lost"},
	[EV_LOST_CALL] = {"call", "calls", " of ", " lost: too many were on at once"},
	[EV_LOST_PROGRAM] = {"run", "runs", " of ",
		" left out by the kernel: as many events may be missing"},
	[EV_LOST_NAMESPACE] = {"namespace", "namespaces", "",
		" not remembered for want of memory: the end, age and maker may not be told"},
	[EV_LOST_PROCESS] = {"process", "processes", "",
		" not followed for want of memory: what they do is not told"},
	[EV_LOST_MOUNT] = {"change", "changes", "",
		" of mounts lost: pins and unpins may be missing"},
	[EV_LOST_DEVICE] = {"look", "looks", "",
		" at network devices late or cut short: moves of devices may be missing"},
	[EV_LOST_OUTPUT] = {"event", "events", " for output ",
		" lost: the output could not take them in time"},
	[EV_LOST_EVICTED] = {"event", "events", "",
		" removed from the history before they were read"},
};

const char *loss_name(uint32_t why)
{
	return losses[why < EV_LOST_WHYS ? why : EV_LOST_RECORD];
}

void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len)
{
	if (why >= EV_LOST_WHYS)
		why = EV_LOST_RECORD;
	buf_u64(b, count);
	buf_putc(b, ' ');
	buf_puts(b, count == 1 ? said[why].one : said[why].many);
	if (len && said[why].of[0]) {
		buf_puts(b, said[why].of);
		escape_text(b, where, len);
	}
	buf_puts(b, said[why].then);
}

static void lost_detail(struct buf *b, const struct event *ev)
{
	const struct ev_lost *e = ev->rec;

	loss_text(b, e->why, e->count, e->where, strnlen(e->where, sizeof(e->where)));
}

static bool lost_story(struct buf *b, const struct event *ev)
{
	lost_detail(b, ev);
	buf_puts(b, ". The story has a gap here.");
	return true;
}

const struct ev_schema kind_lost = {
	KIND(EV_LOST, "lost", ev_lost, lost_fields),
	.help = "events are missing: there was no room for records, calls, namespaces or "
		"processes, or the kernel left out runs of a hook",
	.tone = TONE_FAIL,
	.say_detail = lost_detail,
	.say_story = lost_story,
};
