// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "kernel/inside.h"
#include "kernel/nstype.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "snapshot/idlevels.h"
#include "snapshot/snapshot.h"

#define MAP_TEXT_MAX 65536

static const char *const overflow_files[ID_KINDS] = {
	"/proc/sys/kernel/overflowuid", "/proc/sys/kernel/overflowgid"};

void idlevels_free(struct idlevels *l)
{
	for (size_t i = 0; i < l->n; i++)
		for (int kind = 0; kind < ID_KINDS; kind++)
			idmap_free(&l->v[i].map[kind]);
	l->n = 0;
}

static uint32_t overflow_read(enum id_kind kind)
{
	char text[32];
	uint64_t id;

	if (fd_read_file(AT_FDCWD, overflow_files[kind], text, sizeof(text)) <= 0)
		return 65534;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 0, UINT32_MAX, &id) ? 65534 : (uint32_t)id;
}

static int maps_parse(struct idlevel *at, const char *uid, const char *gid)
{
	int r = idmap_text_parse(&at->map[ID_USER], uid ? uid : "");

	if (!r)
		r = idmap_text_parse(&at->map[ID_GROUP], gid ? gid : "");
	at->known = !r;
	return r;
}

static int maps_of_task(struct snapshot *s, const struct ns_task *t, struct idlevel *at)
{
	auto_buf struct buf uid = {0}, gid = {0};
	int r = snapshot_ops(s)->text(t, "uid_map", MAP_TEXT_MAX, &uid);

	if (!r)
		r = snapshot_ops(s)->text(t, "gid_map", MAP_TEXT_MAX, &gid);
	return r ? r : maps_parse(at, uid.s, gid.s);
}

/* Its maps stand in the files of a process that is in it; where none is, one has to go there. */
static void maps_of_node(struct snapshot *s, const struct ns_node *n, struct idlevel *at)
{
	auto_buf struct buf uid = {0}, gid = {0};
	auto_fd int fd = -1;

	if (node_proc(&s->graph, n) && !maps_of_task(s, node_proc(&s->graph, n), at))
		return;
	if (n->keep[KEEP_THREAD].n && !maps_of_task(s, &s->tasks.rows[n->keep[KEEP_THREAD].at], at))
		return;
	fd = node_open(&s->graph, n);
	if (fd >= 0 && !inside_maps(fd, &uid, &gid))
		maps_parse(at, uid.s, gid.s);
}

/* Every id that there is here, as itself. */
static int maps_of_own(struct idlevel *at)
{
	int r = idmap_add_all(&at->map[ID_USER], "/proc/self/uid_map", NULL);

	if (!r)
		r = idmap_add_all(&at->map[ID_GROUP], "/proc/self/gid_map", NULL);
	at->known = !r;
	return r;
}

int idlevels_read(
	struct snapshot *s, uint32_t userns, const struct ns_task *t, struct idlevels *ret)
{
	auto_idlevels struct idlevels l = {0};
	const struct ns_node *n = graph_find(&s->graph, NS_USER, userns);
	struct stat own;
	int r;

	if (stat("/proc/thread-self/ns/user", &own))
		return -errno;
	if (userns && !n)
		return -EACCES;
	while (n && n->inum != (uint32_t)own.st_ino && l.n < IDLEVELS_MAX - 1) {
		struct idlevel *at = &l.v[l.n++];

		at->inum = n->inum;
		maps_of_node(s, n, at);
		n = n->node[REL_PARENT] == NODE_NONE ? NULL : &s->graph.nodes[n->node[REL_PARENT]];
	}
	if (!userns && t) {
		r = maps_of_task(s, t, &l.v[l.n++]);
		if (r)
			return r;
	}
	if (l.n && !l.v[0].known)
		return -EACCES;
	l.v[l.n++].inum = (uint32_t)own.st_ino;
	r = maps_of_own(&l.v[l.n - 1]);
	if (r)
		return r;
	for (int kind = 0; kind < ID_KINDS; kind++)
		l.overflow[kind] = overflow_read((enum id_kind)kind);
	*ret = l;
	l.n = 0;
	return 0;
}

static bool has_inner(const struct idmap *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id - m->v[i].inner < m->v[i].count)
			return true;
	return false;
}

void idlevels_ask(const struct idlevels *l, enum id_kind kind, uint32_t id, bool outside,
	uint32_t ret[IDLEVELS_MAX])
{
	const struct idmap *first = &l->v[0].map[kind];
	uint32_t outer = idmap_outer(outside ? &l->v[l->n - 1].map[kind] : first, id);

	for (size_t i = 0; i < l->n; i++)
		ret[i] = outer != IDMAP_NONE ? idmap_inner(&l->v[i].map[kind], outer) : IDMAP_NONE;
	/* Inside it may have a number for which there is none here. */
	if (!outside && outer == IDMAP_NONE && has_inner(first, id))
		ret[0] = id;
}
