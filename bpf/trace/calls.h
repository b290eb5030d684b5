/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.h - what happens at the entry and the return of a system call, where tracepoints are the
 * hooks: programs of single calls, and those of all calls (calls.bpf.c), do the same.
 *
 * Global functions, which the verifier looks at once in each program that takes them along; those
 * of 5.10 take numbers alone. compat: a call of the 32-bit ABI, of which a filter's answer is not
 * told.
 */
#ifndef NSWATCH_CALLS_H
#define NSWATCH_CALLS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

int unshare_enters(u64 flags);
int unshare_returns(s64 result, u32 compat);
int setns_enters(s64 fd, u64 flags);
int setns_returns(s64 result, u32 compat);
int nscreate_enters(u64 flags);
int nscreate_returns(s64 result);
/* Of open_tree(2) and fsmount(2): nr is the number of the call. */
int nscreate_mount_returns(s64 fd, u32 nr);
/* arg: the flags of clone(2), the address of struct clone_args of clone3(2). */
int clone_enters(u64 arg, u32 is_clone3);
int clone_returns(s64 result, u32 is_clone3, u32 compat);
/* fork(2), vfork(2): these can't ask for namespaces. */
int fork_returns(s64 result);
int mount_returns(s64 result);
int move_mount_returns(s64 result);
int umount_returns(s64 result);
int refused_enters(s64 nr);
int refused_exits(u64 regs, s64 nr, s64 result);

#endif
