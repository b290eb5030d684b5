/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h - where a stream's events come from: the kernel (live.c), differences of /proc
 * (poll.c) or a recording (file.c).
 *
 * A source gives raw records to a source_sink (event/source.h); stream.c decodes them.
 */
#ifndef NSWATCH_SOURCE_SOURCE_H
#define NSWATCH_SOURCE_SOURCE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/source.h"
#include "lib/buf.h"
#include "lib/err.h"

struct rights_use;
struct whose;

/* Each member may be NULL where the comment says what that means. */
struct source_ops {
	/* Learns what there is before the command runs; NULL: nothing to learn. 0 or -errno. */
	int (*start)(void *source, source_sink sink, void *ctx, struct err *err);
	/* Says on stderr what the user should know before the first event. NULL: nothing. */
	void (*say_start)(void *source, bool command);
	/* The capabilities to be kept, one bit each; NULL: the source asks to drop none. */
	uint64_t (*rights)(void *source, const struct rights_use *use);
	/* Readable when there is something to take. */
	int (*fd)(const void *source);
	/* Takes what there is: how many records, or a negative errno of the sink or the source. */
	int (*take)(void *source, source_sink sink, void *ctx, struct err *err);
	/* Looks for what does not come by itself, every tick_ms(). NULL: all comes by itself. */
	int (*tick)(void *source, source_sink sink, void *ctx);
	int (*tick_ms)(const void *source); /* NULL: 1,000 */
	/* Nothing more is to be expected of a command that has ended. NULL: so it is. */
	bool (*settled)(void *source);
	/* Nothing more will come at all. NULL: that never is. */
	bool (*ended)(const void *source);
	/* At the end: gives what was still to be made complete. NULL: nothing. */
	int (*finish)(void *source, source_sink sink, void *ctx, struct err *err);
	/* CLOCK_REALTIME - CLOCK_BOOTTIME, ns, of the records that are taken next. */
	int64_t (*wall_offset)(const void *source);
	/*
	 * Of a source whose records may be of several hosts, with a clock each: the host of the
	 * record given out last (*len bytes), NULL where that is not known; wall_offset() is that
	 * record's, too. NULL: all are of one.
	 */
	const char *(*host)(const void *source, size_t *len);
	/*
	 * Whether the records name users: *ret is the name of uid as the record given out last
	 * has it, or NULL where there is none. NULL, and false: they are users of this machine.
	 */
	bool (*user)(const void *source, uint32_t uid, const char **ret);
	/* Whose a cgroup is, valid until the next record; NULL: not known. NULL: so is all. */
	const struct whose *(*whose)(void *source, uint64_t cgroup_id);
	/* The cgroup of the container that a namespace is of, 0: not known. NULL: so is all. */
	uint64_t (*owner)(void *source, uint32_t inum);
	/* The name of a net namespace, valid until the next record; NULL: none. NULL: so have all.
	 */
	const char *(*ns_name)(void *source, uint32_t inum);
	/* Whether owner() and ns_name() know any namespace at all. NULL: they may. */
	void (*known)(const void *source, bool *ret_owners, bool *ret_names);
	/* Adds what is known of initial namespaces, by type; NULL: they are this machine's. */
	void (*initials)(const void *source, uint32_t ret[NS_TYPES]);
	/* "unshare by fentry, exec by tracepoint". NULL: there are no hooks. */
	void (*hooks)(void *source, struct buf *b);
	void (*close)(void *source);
};

struct source {
	const struct source_ops *ops; /* NULL: none is open */
	void *self;
	bool live; /* the events are of now: what /proc says may be asked about them */
};

static inline void source_close(struct source *s)
{
	if (s->ops)
		s->ops->close(s->self);
	s->ops = NULL;
}

#endif
