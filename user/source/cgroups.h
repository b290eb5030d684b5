/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroups.h - whose the events of a live trace are: the cgroups that the kernel's side tells
 * (bpf/trace/cgroup.bpf.c), the containers that their paths name, and which namespaces are a
 * container's.
 */
#ifndef NSWATCH_SOURCE_CGROUPS_H
#define NSWATCH_SOURCE_CGROUPS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/config.h"
#include "event/whose.h"
#include "lib/err.h"

struct cgroups;

struct namer;

/*
 * namer is asked for the names of containers, and stays the caller's, who hands its answers over;
 * NULL: nobody is asked. NULL: no memory.
 */
struct cgroups *cgroups_new(struct namer *namer);
void cgroups_free(struct cgroups *c); /* NULL allowed */
/* An answer. */
void cgroups_answer(struct cgroups *c, uint64_t id, const struct whose *w);
/*
 * Whether what is known of the cgroup is all that will be: false while its name is asked for, and
 * before it is told. cgroups_give_up() ends the waiting for it.
 */
bool cgroups_settled(struct cgroups *c, uint64_t id);
void cgroups_give_up(struct cgroups *c, uint64_t id);

/*
 * All that can be found out about the cgroup with this path, packed; may take its time. hierarchy
 * is that of kernel/cgroup.h, by name.
 */
void cgroups_name(const char *hierarchy, const char *path, struct buf *packed);

/* Takes a note: NSW_CGROUP, NSW_CGROUP_GONE or NSW_MEMBER; others are passed over. 0 or -errno. */
int cgroups_note(struct cgroups *c, const void *data, size_t size);
/* Learns from an event, before it is shown, which namespaces are whose. */
void cgroups_learn(struct cgroups *c, const struct ev_hdr *hdr, size_t size);
/* The same after it was shown: a namespace that has gone is nobody's. */
void cgroups_unlearn(struct cgroups *c, const struct ev_hdr *hdr, size_t size);

/* Whose the cgroup is; valid until the next note. NULL: it was not told (yet). */
const struct whose *cgroups_whose(struct cgroups *c, uint64_t id);
/* The cgroup of the container that the namespace is of; 0: not known. */
uint64_t cgroups_owner(const struct cgroups *c, uint32_t inum);
/* The service of systemd that has it for itself, or made it: untrusted; NULL: not known. */
const char *cgroups_unit(struct cgroups *c, uint32_t inum);
/* Any namespace has an owner; and any has a unit. */
bool cgroups_own(const struct cgroups *c);
bool cgroups_have_units(const struct cgroups *c);

#endif
