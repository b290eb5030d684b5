/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kept.h - what keeps a namespace, in words. All commands say it by these: in a word for a
 * column ("fd 812:7"), and in full for a sentence ("descriptor 7 of process 812 (keeper)").
 */
#ifndef NSWATCH_SNAPSHOT_KEPT_H
#define NSWATCH_SNAPSHOT_KEPT_H

#include "snapshot/graph.h"

/*
 * "proc, fd 812:7 +2, tun 9:4, mount /run/netns/x": the first of each kind, and how many more of
 * it there are; "unseen" where only graph_ids knows of the namespace. Paths are as they are.
 */
void kept_words(const struct ns_graph *g, const struct ns_node *n, struct buf *b);

/*
 * At most max keepers in full, then how many more there are. between stands between two, and procs
 * says whether the processes in it are named, too. This process is left out: it ends soon. Names
 * and paths are escaped. How many there are.
 */
size_t kept_say(const struct ns_graph *g, const struct ns_node *n, bool procs, size_t max,
	const char *between, struct buf *b);

/* "proc", "mount": an enum ns_keep_kind in a word; KEEP_KINDS: "unseen". */
const char *kept_kind(unsigned int kind);

/* "descriptor", "socket", "open /dev/net/tun" */
const char *kept_hold(const struct ns_hold *h);
/* " in mnt:[4026532938], where process 812 (keeper) is"; nothing of this process's own. */
void kept_where(const struct ns_graph *g, uint32_t mnt_ns, struct buf *b);

#endif
