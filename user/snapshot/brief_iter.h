/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brief_iter.h - loads the BPF iterator of bpf/iter/brief.bpf.c; snapshot/from_brief.h reads it. */
#ifndef NSWATCH_SNAPSHOT_BRIEF_ITER_H
#define NSWATCH_SNAPSHOT_BRIEF_ITER_H

#include "bpf/wire/event.h"
#include "lib/err.h"

struct brief_iter {
	int fd; /* to read the records of bpf/wire/brief.h from, once */
	/*
	 * By these the program tells files apart and finds its way in namespaces: a socket, and of
	 * nsfs this process's own of each type. Open until all has been read.
	 */
	int sock, ns[NS_TYPES]; /* -1: this kernel has no such type */
};

#define auto_brief_iter __attribute__((cleanup(brief_iter_close)))
#define BRIEF_ITER_NONE ((struct brief_iter){-1, -1, {-1, -1, -1, -1, -1, -1, -1, -1}})

enum brief_way {
	BRIEF_CAST,    /* with bpf_rdonly_cast(): from 6.2, a third faster */
	BRIEF_PLAIN,   /* without */
	BRIEF_RELATED, /* as the first, with owners and parents of the namespaces */
	BRIEF_HIDDEN,  /* and with all that keeps namespaces: see bpf/iter/hidden.bpf.c */
};

/*
 * Only by the light skeleton: where that does not load (before 5.18),
 * tasks_iter.h and fds_iter.h tell the same at more cost. The files ns are found
 * among the others.
 */
int brief_iter_open(struct brief_iter *ret, struct err *err);
/* The same with more, BRIEF_RELATED or BRIEF_HIDDEN; -EOPNOTSUPP before 6.2. */
int brief_iter_open_more(enum brief_way way, struct brief_iter *ret, struct err *err);
int brief_iter_open_way(enum brief_way way, struct brief_iter *ret, struct err *err);
void brief_iter_close(struct brief_iter *it);

#endif
