/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procstatus.h - lines of /proc/PID/status (fs/proc/array.c proc_pid_status()). */
#ifndef NSWATCH_KERNEL_PROCSTATUS_H
#define NSWATCH_KERNEL_PROCSTATUS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define PROCSTATUS_MAX (1 << 20)

/* Adds the file; 0, -errno, or -ESRCH where it is empty. One of a user in 65,536 groups fits. */
int procstatus_read(int dirfd, const char *path, struct buf *b);

/* What stands behind the colon of a line and its blanks; NULL where there is no such line. */
const char *procstatus_line(const char *status, const char *key);
/* The first number there: 0, -ENOENT or -EINVAL. */
int procstatus_num(const char *status, const char *key, int base, uint64_t *ret);
/*
 * The nth number (from 0) of a line with several ("Uid" has the real, effective, saved and file
 * system one): 0, -ENOENT or -EINVAL.
 */
int procstatus_nth(const char *status, const char *key, unsigned int nth, uint32_t *ret);
/* The pids of "NSpid", from the pid namespace of the procfs inwards: how many, or -EINVAL. */
int procstatus_nspids(const char *status, uint32_t *ret_pids, size_t max);

#endif
