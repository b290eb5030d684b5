/* SPDX-License-Identifier: GPL-2.0-only */
/* refused.h - which returns of system calls refused.bpf.c has something to tell of. */
#ifndef NSWATCH_REFUSED_H
#define NSWATCH_REFUSED_H

#include "emit.h"
#include "inflight.h"

#define EPERM  1
#define EACCES 13

#define NL_ERROR_SIZE                                                                              \
	36 /* of an error of netlink: include/uapi/linux/netlink.h struct nlmsgerr                 \
	    */

static __always_inline bool is_refused(long result)
{
	return result < 0 && !call_restarts(result);
}

/* Calls that are made seldom: of those a filter's answer is told from the kernel's.
 * EV_REFUSED_CALLS: another one. */
static __always_inline u32 seldom_call(long nr)
{
	switch (nr) {
	case NR_MOUNT:
		return EV_REFUSED_MOUNT;
	case NR_UMOUNT:
		return EV_REFUSED_UMOUNT;
	case NR_FSCONFIG:
		return EV_REFUSED_FSCONFIG;
	case NR_FSMOUNT:
		return EV_REFUSED_FSMOUNT;
	case NR_MOVE_MOUNT:
		return EV_REFUSED_MOVE_MOUNT;
	case NR_FSOPEN:
		return EV_REFUSED_FSOPEN;
	case NR_OPEN_TREE:
		return EV_REFUSED_OPEN_TREE;
	case NR_MOUNT_SETATTR:
		return EV_REFUSED_MOUNT_SETATTR;
	case NR_SETGROUPS:
		return EV_REFUSED_SETGROUPS;
	}
	return EV_REFUSED_CALLS;
}

/* Whether the return of the call can have something to tell: what runs at each of all calls. */
static __always_inline bool is_candidate(long nr, long ret)
{
	switch (nr) {
#ifdef NR_OPEN
	case NR_OPEN:
#endif
	case NR_OPENAT:
	case NR_OPENAT2:
		return ret == -EACCES || ret == -EPERM;
	case NR_RECVFROM:
	case NR_RECVMSG:
		return ret >= NL_ERROR_SIZE;
	case NR_WRITE:
	case NR_WRITEV:
	case NR_PWRITE64:
	case NR_PWRITEV:
	case NR_PWRITEV2:
		return is_refused(ret);
	}
	return is_refused(ret) && seldom_call(nr) != EV_REFUSED_CALLS;
}

#endif
