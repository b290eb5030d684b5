/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmsg.h - what the kernel's log says that no file of /proc does. */
#ifndef NSWATCH_WHY_KMSG_H
#define NSWATCH_WHY_KMSG_H

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A device that is removed and still referred to: netdev_wait_allrefs_any() of net/core/dev.c. */
struct kmsg_wait {
	char dev[IFNAMSIZ]; /* untrusted */
	int64_t refs;
	uint64_t at_us; /* clock of the log: since boot, without the time asleep */
};

/*
 * One record of /dev/kmsg ("PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT"). Only what
 * the kernel itself said counts: records that programs write there are of another
 * facility, whatever they claim.
 */
bool kmsg_wait_parse(const char *record, size_t len, struct kmsg_wait *ret);
/*
 * The last such record that is no older than the kernel repeats them (every 10 s
 * while it waits). false also where the log may not be read.
 */
bool kmsg_waiting(struct kmsg_wait *ret);

#endif
