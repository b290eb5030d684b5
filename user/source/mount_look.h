/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_look.h - looks at the mountinfo of mount namespaces that were marked, in a thread
 * of its own: anybody can make a mount namespace whose mountinfo takes long to read, and
 * can keep the kernel's lock of all mounts busy. Whoever marks never waits.
 *
 * The thread begins with mountlook_start or the first mark, so that it has the
 * capabilities that the caller kept until then and no others.
 *
 * Each mount namespace may use a twentieth of a processor, all together a quarter; what is
 * expensive waits twenty times as long as it takes, after a burst. Among those that may
 * be read the one comes first whose mark has waited longest against what it costs, and
 * long readings are interrupted for short ones.
 */
#ifndef NSWATCH_SOURCE_MOUNT_LOOK_H
#define NSWATCH_SOURCE_MOUNT_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct mountlook;

typedef int (*look_each)(void *ctx, uint32_t inum, uint32_t tid);

struct look_opts {
	/*
	 * The low half of the unique id of the mount namespace of a thread, 0: nobody knows. It
	 * is asked for where the kernel has no ioctl for it (before 6.11), and not after
	 * mountlook_open.
	 */
	uint32_t (*id_of)(void *ctx, uint32_t tid);
	/*
	 * Calls fn with each mount namespace and a process in it, until it returns not 0, which is
	 * returned. NULL, or it returns -EOPNOTSUPP: /proc is read for that.
	 */
	int (*each)(void *ctx, look_each fn, void *fn_ctx);
	void *ctx;
};

#define LOOK_TIDS 3

/* Somebody changed mounts there. */
struct look_mark {
	uint32_t mnt_ns, mnt_ns_id;
	uint32_t tids[LOOK_TIDS]; /* threads that may be in it, 0: none */
};

enum look_what {
	LOOK_HAD,   /* one that the last look had found, in the order of mountinfo */
	LOOK_PIN,   /* a bind mount came */
	LOOK_UNPIN, /* one went away */
	LOOK_HAS,   /* one that this look has found, in the order of mountinfo */
	LOOK_DONE,  /* the look is over; the mark is used up */
};
#define LOOK_ROWS 256 /* LOOK_HAD and LOOK_HAS of one look: none where there are more */

/* Of LOOK_DONE. */
#define LOOK_LATE 0x1  /* the mark had to wait: its look had used up its share */
#define LOOK_GONE 0x2  /* no process was there any more to look through */
#define LOOK_LONG 0x4  /* longer than what is kept of one, or not to be read */
#define LOOK_ANEW 0x10 /* what was there before is not known: no LOOK_HAD */
#define LOOK_MANY 0x20 /* what is there is not told: no LOOK_HAS */
/* Of LOOK_PIN and LOOK_UNPIN: by the numbers it was moved, which no change is. */
#define LOOK_MOVED 0x8

/* What a look found; records follow each other in a buffer, those of one look together. */
struct look_found {
	uint32_t size; /* of the record, a multiple of 8 */
	uint16_t what; /* enum look_what */
	uint16_t flags;
	uint32_t mnt_ns, mnt_ns_id;
	uint32_t type, inum;       /* not LOOK_DONE */
	uint64_t begin_ns, end_ns; /* CLOCK_BOOTTIME of the reading */
	uint64_t cost_ns;          /* LOOK_DONE: processor time of it */
	char path[];               /* ended by NUL, cut to EV_TEXT_MAX; untrusted */
};

/* Learns what is mounted now, as far as that takes no long time; the rest is learned later. */
int mountlook_open(const struct look_opts *opts, struct mountlook **ret, struct err *err);
void mountlook_close(struct mountlook *l); /* NULL allowed */

/*
 * Each namespace on a path that was found mounted by then; before the thread begins. fn's path is
 * untrusted and valid for the call only.
 */
void mountlook_each_pin(const struct mountlook *l,
	void (*fn)(void *ctx, uint32_t type, uint32_t inum, const char *path), void *ctx);

/* inum of the mount namespace of this process. It is looked at without a mark, too. */
uint32_t mountlook_own(const struct mountlook *l);

/* 0, or a negative errno: no thread could be made, nobody will look. */
int mountlook_start(struct mountlook *l);
int mountlook_mark(struct mountlook *l, const struct look_mark *mark);

/* Readable when something was found. */
int mountlook_fd(const struct mountlook *l);
/* Takes what was found, in order: struct look_found, one after the other. */
void mountlook_take(struct mountlook *l, struct buf *ret);
/* The descriptor is to be readable again: not all that was taken has been used. */
void mountlook_again(struct mountlook *l);
/* Changes that found no room since the last time. */
uint64_t mountlook_lost(struct mountlook *l);

/* No look is to be expected soon: what is marked has used up its share. */
bool mountlook_idle(struct mountlook *l);
/* The end: all that is marked is looked at now, but for at most so long. */
void mountlook_finish(struct mountlook *l, uint64_t ns);

#endif
