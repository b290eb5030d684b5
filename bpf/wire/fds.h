/* SPDX-License-Identifier: GPL-2.0-only */
/* fds.h - what the iterator of fds.bpf.c writes: both sides are of one build. */
#ifndef NSWATCH_FDS_H
#define NSWATCH_FDS_H

struct fd_rec {
	__u32 pid; /* in the initial pid namespace; of a thread where that has files of its own */
	__u32 fd;
	__u32 inum;   /* of the namespace */
	__u32 socket; /* enum fd_socket: what of a net namespace; 0: a file of nsfs, of any type */
};

enum fd_socket {
	FD_SOCKET = 1,
	FD_TUN, /* /dev/net/tun: struct tun_file of drivers/net/tun.c begins with a struct sock */
};

#define TUN_RDEV (10u << 20 | 200) /* MISC_MAJOR, TUN_MINOR, as the kernel keeps dev_t */

#endif
