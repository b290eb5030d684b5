// SPDX-License-Identifier: GPL-2.0-or-later
/* system.c - what pictures of all types have in common. */
#include <string.h>

#include "kernel/nstype.h"
#include "picture/system.h"
#include "snapshot/kept.h"
#include "snapshot/netref.h"

int picture_read(struct snapshot *s, uint32_t type, struct err *err)
{
	int r;

	if (type != NS_NET)
		return snapshot_read(s, SNAPSHOT_AUTO,
			type == NS_USER ? 0 : 1u << type | 1u << NS_USER,
			SNAP_PROCS | SNAP_HIDDEN | SNAP_NSPIDS, err);
	r = netref_read_briefly(s, err);
	return r ? r : snapshot_devices(s, 0, NETVIEW_PEERS, err);
}

static void add_first(struct snapshot *s, const struct ns_node *n, struct buf *b)
{
	const struct ns_task *t = node_proc(&s->graph, n);

	buf_printf(b, "%s %u", t->comm, t->pid);
	if (n->nprocs > 1)
		buf_printf(b, " +%u", n->nprocs - 1);
}

/* A system of the past says all in words: what they say of processes is said by others. */
static void words_of_past(struct snapshot *s, const struct ns_node *n, struct buf *b)
{
	static const char proc[] = "proc";
	auto_buf struct buf all = {0};
	size_t len = sizeof(proc) - 1;
	const char *rest;

	kept_words(&s->graph, n, &all);
	rest = all.s ? all.s : "";
	if (!strncmp(rest, proc, len) && (!rest[len] || rest[len] == ','))
		rest += rest[len] ? len + 2 : len;
	if (*rest && b->len)
		buf_puts(b, ", ");
	buf_puts(b, rest);
}

void picture_kept(
	struct snapshot *s, const struct ns_node *n, bool procs, struct picture *p, uint32_t box)
{
	auto_buf struct buf b = {0};
	struct ns_node other = *n;
	uint32_t kinds = 0;

	/*
	 * Processes are rows, or are named first; what is below or owned is drawn, and so is whose
	 * children to come are born there.
	 */
	if (!procs)
		other.keep[KEEP_CHILD].n = 0;
	other.keep[KEEP_PROC].n = other.keep[KEEP_PARENT].n = other.keep[KEEP_OWNER].n = 0;
	for (unsigned int k = 0; k < KEEP_KINDS; k++)
		kinds |= other.keep[k].n ? 1u << k : 0;
	if (procs && n->nprocs)
		add_first(s, n, &b);
	if (snapshot_ops(s)->kept) {
		words_of_past(s, n, &b);
	} else if (kinds) {
		if (b.len)
			buf_puts(&b, ", ");
		kept_words(&s->graph, &other, &b);
	}
	p->boxes[box].kept = picture_text(p, b.s, b.len);
	p->boxes[box].kinds = kinds | (n->nprocs ? 1u << KEEP_PROC : 0);
}
