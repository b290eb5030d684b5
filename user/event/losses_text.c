// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/types.h>

#include "bpf/wire/event.h"
#include "out/escape.h"
#include "event/losses_text.h"

static const struct {
	const char *one, *many;
	const char *of; /* before where */
	const char *then;
} losses[EV_LOST_WHYS] = {
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
	[EV_LOST_OUTPUT] = {"event", "events", " for output ", " lost: its reader is too slow"},
};

void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len)
{
	if (why >= EV_LOST_WHYS)
		why = EV_LOST_RECORD;
	buf_u64(b, count);
	buf_putc(b, ' ');
	buf_puts(b, count == 1 ? losses[why].one : losses[why].many);
	if (len && losses[why].of[0]) {
		buf_puts(b, losses[why].of);
		escape_text(b, where, len);
	}
	buf_puts(b, losses[why].then);
}
