/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fds_iter.h - loads the BPF iterator of bpf/iter/fds.bpf.c; snapshot/holds.h reads it. */
#ifndef NSWATCH_SNAPSHOT_FDS_ITER_H
#define NSWATCH_SNAPSHOT_FDS_ITER_H

#include "lib/err.h"

/* A file to read struct fd_rec from, once. As tasks_iter_open(). */
int fds_iter_open(int *ret_fd, struct err *err);

#endif
