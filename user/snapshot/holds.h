/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holds.h - the open file descriptors that keep namespaces: of nsfs files, and
 * sockets and /dev/net/tun of another net namespace than the one their process is in.
 * A tun file keeps the net namespace in which it was opened (drivers/net/tun.c
 * tun_chr_open()), wherever its device is.
 */
#ifndef NSWATCH_SNAPSHOT_HOLDS_H
#define NSWATCH_SNAPSHOT_HOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"
#include "lib/inums.h"
#include "kernel/tasks.h"

struct ns_hold {
	uint32_t type; /* one of the eight types */
	uint32_t inum;
	uint32_t pid; /* of the process, or a thread with files of its own */
	uint32_t fd;
	bool socket; /* a socket of that net namespace, or an open /dev/net/tun, which has one */
	bool tun;    /* the latter */
};

struct ns_holds {
	struct ns_hold *rows; /* in the order of pids */
	size_t n, cap;
};

#define auto_holds __attribute__((cleanup(holds_free)))

void holds_free(struct ns_holds *h);
/* A zeroed row at the end, NULL without memory. */
struct ns_hold *holds_add(struct ns_holds *h);

/*
 * Those of the processes of a snapshot, from /proc; types: bit per type that is
 * of interest. What vanished or may not be read is passed over. 0 or -ENOMEM.
 */
int holds_read(struct ns_holds *h, const struct ns_tasks *t, uint32_t types, struct err *err);

/*
 * The same from the BPF iterator's file: records of bpf/wire/fds.h to the end. The
 * types of nsfs files are asked from /proc. 0 or -errno.
 */
int holds_from(struct ns_holds *h, int fd, uint32_t types, struct err *err);

/* What was seen of the files of other processes, which share most of them; zeroed to begin with. */
struct holds_seen {
	struct inums sockets;
	uint32_t mnt;
	char device[32]; /* a device file of mnt that many have open, as /dev/null; "": none */
};

void holds_seen_free(struct holds_seen *s);

/* Those of one of them, whose /proc/PID/ns is open. */
int holds_scan(struct ns_holds *h, struct holds_seen *seen, const struct ns_task *t, int nsfd,
	uint32_t types);
/* Copies the rows of src to the end. 0 or -ENOMEM. */
int holds_append(struct ns_holds *h, const struct ns_holds *src);

/* Those of one process or thread from /proc; what vanished is passed over. 0 or -ENOMEM. */
int holds_of(struct ns_holds *h, uint32_t pid, uint32_t types);

/*
 * One that is known: a socket (tun: /dev/net/tun) of that net namespace, or with 0 a file
 * of nsfs, whose link says of what. 0, also where that is nothing of interest, or -ENOMEM.
 */
int holds_add_fd(struct ns_holds *h, uint32_t pid, uint32_t fd, uint32_t socket_inum, bool tun,
	uint32_t types);

#endif
