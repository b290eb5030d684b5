/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fds_iter.h - loads the BPF iterator of bpf/fds.bpf.c; ns/holds.h reads it. */
#ifndef NSWATCH_FDS_ITER_H
#define NSWATCH_FDS_ITER_H

#include "lib/err.h"

/* A file to read struct fd_rec from, once. As tasks_iter_open(). */
int fds_iter_open(int *ret_fd, struct err *err);

#endif
