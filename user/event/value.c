// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "event/value.h"
#include "lib/buf.h"
#include "lib/util.h"

const char *const value_flag_names[] = {
	"inferred", "no_actor", "from_poll", "no_status", "filtered", "compat", NULL};

static void buf_s64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_putc(b, '-');
	buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* Two significant places below ten, else whole numbers: 950 us, 3.2 ms, 41 s. */
static void duration_unit(struct buf *b, uint64_t ns, uint64_t unit, const char *name)
{
	uint64_t tenths = (ns + unit / 20) / (unit / 10);

	if (tenths < 100) {
		buf_u64(b, tenths / 10);
		buf_putc(b, '.');
		buf_u64(b, tenths % 10);
	} else {
		buf_u64(b, (ns + unit / 2) / unit);
	}
	buf_putc(b, ' ');
	buf_puts(b, name);
}

/* "3h 05m": the greater unit and the next below it. */
static void duration_pair(struct buf *b, uint64_t big, char big_name, uint64_t small, char name)
{
	buf_u64(b, big);
	buf_putc(b, big_name);
	buf_putc(b, ' ');
	if (small < 10)
		buf_putc(b, '0');
	buf_u64(b, small);
	buf_putc(b, name);
}

void value_duration(struct buf *b, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	/* below the point where rounding would show a thousand of the unit */
	if (ns < 1000) {
		buf_u64(b, ns);
		buf_puts(b, " ns");
	} else if (ns < 999500) {
		duration_unit(b, ns, 1000, "us");
	} else if (ns < 999500000) {
		duration_unit(b, ns, 1000000, "ms");
	} else if (s < 60) {
		duration_unit(b, ns, 1000000000, "s");
	} else if (s < 3600) {
		duration_pair(b, s / 60, 'm', s % 60, 's');
	} else if (s < 86400) {
		duration_pair(b, s / 3600, 'h', s / 60 % 60, 'm');
	} else {
		duration_pair(b, s / 86400, 'd', s / 3600 % 24, 'h');
	}
}

void value_result(struct buf *b, int result)
{
	const char *name = errno_name(result);

	if (result >= 0 || !name) {
		buf_s64(b, result);
		return;
	}
	buf_puts(b, name);
	if (result > -512) {
		buf_puts(b, " (");
		buf_puts(b, strerrordesc_np(-result));
		buf_putc(b, ')');
	}
}

void value_exit(struct buf *b, int status)
{
	char tmp[16];

	if (!WTERMSIG(status)) {
		buf_puts(b, "status ");
		buf_u64(b, (unsigned int)WEXITSTATUS(status));
		return;
	}
	buf_puts(b, "killed by SIG");
	buf_puts(b, signal_name(WTERMSIG(status), tmp));
	if (WCOREDUMP(status))
		buf_puts(b, " (core dumped)");
}

static void buf_hex(struct buf *b, uint64_t v)
{
	buf_printf(b, "0x%llx", (unsigned long long)v);
}

void value_nsflags(struct buf *b, uint64_t flags, unsigned int kind)
{
	const char *names[NS_FLAG_NAMES];
	uint64_t rest;
	size_t n = nsflags_names(flags, kind, names, &rest);

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, '|');
		buf_puts(b, names[i]);
	}
	if (rest) {
		if (n)
			buf_putc(b, '|');
		buf_hex(b, rest);
	} else if (!n) {
		buf_putc(b, '0');
	}
}

void value_slots(struct buf *b, uint32_t mask)
{
	size_t start = b->len;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(mask >> slot & 1))
			continue;
		if (b->len > start)
			buf_putc(b, '|');
		buf_puts(b, ns_slot_name(slot));
	}
	if (b->len == start)
		buf_putc(b, '0');
}

void value_inum(struct buf *b, unsigned int slot, uint32_t inum)
{
	if (!inum) {
		buf_puts(b, "none");
		return;
	}
	buf_puts(b, slot < NS_SLOTS ? ns_types[slot].name : "ns");
	buf_puts(b, ":[");
	buf_u64(b, inum);
	buf_putc(b, ']');
}

static void value_nsset(struct buf *b, const struct ev_nsset *set)
{
	size_t start = b->len;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!set->inum[slot])
			continue;
		if (b->len > start)
			buf_putc(b, ' ');
		value_inum(b, slot, set->inum[slot]);
	}
	if (b->len == start)
		buf_puts(b, "none");
}

static void value_flags(struct buf *b, uint64_t flags)
{
	size_t start = b->len;

	for (unsigned int i = 0; value_flag_names[i]; i++) {
		if (!(flags >> i & 1))
			continue;
		if (b->len > start)
			buf_putc(b, '|');
		buf_puts(b, value_flag_names[i]);
	}
	if (b->len == start)
		buf_putc(b, '0');
}

static const char *choice_name(const char *const *names, uint64_t v)
{
	for (size_t i = 0; names[i]; i++)
		if (i == v)
			return names[i];
	return NULL;
}

const char *value_enum(const struct ev_field *f, uint64_t v)
{
	return choice_name(f->names, v);
}

static void value_named(struct buf *b, const char *name, uint64_t v)
{
	if (name)
		buf_puts(b, name);
	else
		buf_u64(b, v);
}

void value_choice(struct buf *b, const char *const *names, uint64_t v)
{
	value_named(b, choice_name(names, v), v);
}

static void value_str(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	const char *arg, *s;
	size_t len, arg_len, pos = 0;

	s = event_str(ev, f, &len);
	if (f->type != FT_ARGS) {
		buf_add(b, s, len);
		return;
	}
	while (event_arg_next(s, len, &pos, &arg, &arg_len)) {
		if (arg != s)
			buf_putc(b, ' ');
		buf_add(b, arg, arg_len);
	}
}

void value_text(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	uint64_t v = event_num(ev, f);

	switch (f->type) {
	case FT_U16:
	case FT_U32:
	case FT_U64:
	case FT_TIME:
	case FT_UID:
	case FT_PID:
		buf_u64(b, v);
		break;
	case FT_S32:
		buf_s64(b, (int64_t)v);
		break;
	case FT_DURATION:
		value_duration(b, v);
		break;
	case FT_RESULT:
		value_result(b, (int)v);
		break;
	case FT_EXIT:
		if (ev->hdr->flags & EVF_NO_STATUS)
			buf_puts(b, "status unknown");
		else
			value_exit(b, (int)v);
		break;
	case FT_NSFLAGS:
		value_nsflags(b, v, ev->schema->kind);
		break;
	case FT_SLOTS:
		value_slots(b, (uint32_t)v);
		break;
	case FT_SLOT:
		value_named(b, v < NS_TYPES ? ns_slot_name((unsigned int)v) : NULL, v);
		break;
	case FT_INUM:
		value_inum(b, event_inum_slot(ev, f), (uint32_t)v);
		break;
	case FT_NSSET:
		value_nsset(b, event_nsset(ev, f));
		break;
	case FT_ENUM:
		value_choice(b, f->names, v);
		break;
	case FT_FLAGS:
		value_flags(b, v);
		break;
	case FT_BOOL:
		buf_puts(b, v ? "yes" : "no");
		break;
	case FT_COMM:
	case FT_STR:
	case FT_TAIL:
	case FT_ARGS:
		value_str(b, ev, f);
		break;
	}
}

/* --- names ------------------------------------------------------------------------------- */

/* Took the bit of CLONE_PARENT_SETTID, which means nothing to unshare(2). */
#define UNSHARE_EMPTY_MNTNS_BIT 0x00100000

const char *slot_label(unsigned int slot)
{
	if (slot == NS_PID_CHILD)
		return "pid (children)";
	if (slot == NS_TIME_CHILD)
		return "time (children)";
	return ns_slot_name(slot);
}

size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest)
{
	bool empty_mntns = kind == EV_UNSHARE && (flags & UNSHARE_EMPTY_MNTNS_BIT);
	size_t n;

	if (empty_mntns)
		flags &= ~(uint64_t)UNSHARE_EMPTY_MNTNS_BIT;
	n = ns_flags_names(flags, names, ret_rest);
	if (empty_mntns)
		names[n++] = "empty_mntns";
	return n;
}

uint32_t nsflags_types(uint64_t flags, unsigned int kind)
{
	if (kind == EV_UNSHARE && (flags & UNSHARE_EMPTY_MNTNS_BIT))
		flags |= NS_CLONE_EMPTY_MNTNS;
	return ns_flags_to_types(flags);
}

const char *signal_name(int sig, char tmp[16])
{
	const char *name = sigabbrev_np(sig);

	if (name)
		return name;
	/* as `kill -l` counts: libc keeps 32 and 33 for itself */
	if (sig == 34)
		return "RTMIN";
	if (sig > 34 && sig <= 64)
		snprintf(tmp, 16, "RTMIN+%d", sig - 34);
	else
		snprintf(tmp, 16, "%d", sig);
	return tmp;
}
