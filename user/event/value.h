/* SPDX-License-Identifier: GPL-2.0-or-later */
/* value.h - the plain text of a field, as columns, sentences and filters use it. */
#ifndef NSWATCH_EVENT_VALUE_H
#define NSWATCH_EVENT_VALUE_H

#include "event/decode.h"
#include "kernel/nstype.h"
#include "lib/err.h"

struct buf;

/*
 * Appends the text of a field. What the kernel or a user named (FT_COMM,
 * FT_STR, FT_TAIL, FT_ARGS) is appended as it is: escape it before showing it.
 *
 *	FT_DURATION  3.2 ms                FT_RESULT  0, EPERM (Operation not permitted)
 *	FT_EXIT      status 0, killed by SIGKILL (core dumped), status unknown
 *	FT_NSFLAGS   uts|ipc|pid, 0        FT_SLOTS   uts|pid_for_children, 0
 *	FT_SLOT      uts                   FT_INUM    uts:[4026532938], none
 *	FT_NSSET     mnt:[..] uts:[..]     FT_FLAGS   inferred|no_actor, 0
 *	FT_BOOL      yes, no               FT_ARGS    sh -c date
 */
void value_text(struct buf *b, const struct event *ev, const struct ev_field *f);

/* The parts of it, for those who have a number and no event. */
void value_duration(struct buf *b, uint64_t ns);
void value_result(struct buf *b, int result);
void value_exit(struct buf *b, int status);
void value_nsflags(struct buf *b, uint64_t flags, unsigned int kind);
void value_slots(struct buf *b, uint32_t mask);
void value_inum(struct buf *b, unsigned int slot, uint32_t inum);
/* One of names, which are NULL-ended; a number that they do not reach as it is. */
void value_choice(struct buf *b, const char *const *names, uint64_t v);
/* Name of an FT_ENUM's number, NULL where it has none. */
const char *value_enum(const struct ev_field *f, uint64_t v);

/* Names of the EVF_* bits, NULL-ended. */
extern const char *const value_flag_names[];

/* --- names ------------------------------------------------------------------------------- */

/* Words for numbers of the kernel that kernel/nstype.h has none for. */

/* A slot in a sentence: "uts", "pid (children)". */
const char *slot_label(unsigned int slot);

/* As ns_flags_names, for an event kind: unshare(2) uses a bit in a way of its own. */
size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest);

/* As ns_flags_to_types, for an event kind. */
uint32_t nsflags_types(uint64_t flags, unsigned int kind);

/* "KILL" of 9, "RTMIN+1" of 35; never NULL. */
const char *signal_name(int sig, char tmp[16]);

#endif
