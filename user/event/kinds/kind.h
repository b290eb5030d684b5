/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind.h - what the files of this folder share. Each holds one kind of event, or the few that
 * share a struct: its fields, what the DETAIL column says, and its sentence in a story.
 *
 * Names that a record brings (comm, paths, devices) are escaped by these functions.
 */
#ifndef NSWATCH_EVENT_KINDS_KIND_H
#define NSWATCH_EVENT_KINDS_KIND_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "event/nsname.h"
#include "event/sentence.h"
#include "event/value.h"
#include "kernel/nstype.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "out/escape.h"
#include "lib/util.h"

/* --- rows of a table of fields --------------------------------------------------------------- */

#define F(s, m, t, h, ...)                                                                         \
	{                                                                                          \
		.name = #m, .help = h, .type = t, .off = offsetof(struct s, m),                    \
		.size = sizeof(((struct s *)0)->m), ##__VA_ARGS__                                  \
	}
/* Texts in the member m at the end of the record. */
#define TAIL(s, m, n, t, h, ...)                                                                   \
	{                                                                                          \
		.name = n, .help = h, .type = t, .off = offsetof(struct s, m),                     \
		.size = sizeof(((struct s *)0)->m), ##__VA_ARGS__                                  \
	}
#define CALLER_FIELDS(s)                                                                           \
	F(s, threads, FT_U32, "of a call that failed: threads of the caller, 0 where unknown"),    \
		F(s, filters, FT_U32, "seccomp filters in force on the caller"),                   \
		F(s, euid, FT_U32, "its effective user, in the initial user namespace"),           \
		F(s, egid, FT_U32, "its effective group, in the initial user namespace"),          \
		F(s, uid_extents, FT_U32, "lines of the uid_map of its user namespace"),           \
		F(s, gid_extents, FT_U32, "lines of the gid_map of its user namespace"),           \
		F(s, unmapped, FT_U32,                                                             \
			"what has no number in its user namespace: 1 euid, 2 egid, 3 both"),       \
		F(s, chrooted, FT_BOOL, "its root is not that of its mount namespace"),            \
		F(s, user_level, FT_U32, "how deep its user namespace is nested"),                 \
		F(s, pid_level, FT_U32, "how deep the pid namespace for its children is nested"),  \
		F(s, caps, FT_U64, "its effective capabilities, bit per capability")

/* --- a kind ---------------------------------------------------------------------------------- */

#define KIND_SIZED(k, n, s, f, min)                                                                \
	.kind = k, .name = n, .struct_name = #s, .min_size = min, .max_size = sizeof(struct s),    \
	.fields = f, .nfields = ARRAY_SIZE(f)
#define KIND(k, n, s, f) KIND_SIZED(k, n, s, f, sizeof(struct s))
/* One whose last member is as long as its texts. */
#define KIND_TAIL(k, n, s, f, tail) KIND_SIZED(k, n, s, f, offsetof(struct s, tail))
#define KIND_TYPE(slot)             (1U << (slot))

#define KIND_DECLARE(K, name, s, size) extern const struct ev_schema kind_##name;
EV_KIND_LIST(KIND_DECLARE)

/* --- wording --------------------------------------------------------------------------------- */

/* Of a call that a seccomp filter answered with success; what was not done follows. */
#define ANSWERED "answered 0 by a filter; "

/* A name of a record, which may fill its size without a NUL. */
void say_name(struct buf *b, const char *name, size_t size);
/* "uts:[4026532938]"; ns_type is an enum ns_slot as a record says it. */
void say_ns(struct buf *b, const struct event *ev, uint32_t ns_type, uint32_t inum);
/* "status 0", "killed by SIGKILL", "status unknown". */
void say_status(struct buf *b, const struct event *ev, int status);
/* before and the errno with its meaning; nothing where result is 0. */
void say_result(struct buf *b, const char *before, int result);
/* before and "uts initial -> 4026532938, ipc ..."; nothing where nothing changed. */
void say_changes(struct buf *b, const struct event *ev, const char *before,
	const struct ev_nsset *from, const struct ev_nsset *to, uint32_t changed);

/* "bash (4711)" of the header, "process 4711" without a name. */
void say_actor(struct buf *b, const struct event *ev);
/* "uts:[1], ipc:[2] and net:[3]" of the slots in the mask. */
void say_list(struct buf *b, const struct event *ev, const struct ev_nsset *set, uint32_t mask);
/* The call failed, or a seccomp filter answered it, and the kernel did nothing. */
bool event_refused(const struct event *ev, int result);
void say_failed(struct buf *b, const struct event *ev, int result);
/* Where the caller is now and where its children will be. */
void say_moves(struct buf *b, const struct event *ev, const struct ev_nsset *after,
	uint32_t changed, const char *verb);
/* "ends with status 1", "is killed by SIGKILL". */
void say_end(struct buf *b, const struct event *ev, int status);

#endif
