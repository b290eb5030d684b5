/* SPDX-License-Identifier: GPL-2.0-only */
/* fds.h - what the iterator of fds.bpf.c writes: both sides are of one build. */
#ifndef NSWATCH_FDS_H
#define NSWATCH_FDS_H

struct fd_rec {
	__u32 pid; /* thread group id in the initial pid namespace */
	__u32 fd;
	__u32 inum;   /* of the namespace */
	__u32 socket; /* 1: a socket of a net namespace; 0: a file of nsfs, of any type */
};

#endif
