/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whose.h - whose an event is: the container, pod or unit of its cgroup.
 *
 * All texts are what directories and files of others say: untrusted.
 */
#ifndef NSWATCH_EVENT_WHOSE_H
#define NSWATCH_EVENT_WHOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/inums.h"

/* Recordings have the fields in this order: append, never reorder. */
enum whose_field {
	WHOSE_RUNTIME, /* "docker", "lxc", ...: only of a container */
	WHOSE_ID,      /* as the cgroup says it: a number of 64 digits, or a name */
	WHOSE_NAME,    /* as the runtime calls it */
	WHOSE_POD,     /* of Kubernetes: its name, or its uid */
	WHOSE_POD_NAMESPACE,
	WHOSE_IMAGE,
	WHOSE_UNIT,   /* of systemd: only outside of containers */
	WHOSE_USER,   /* the user in whose delegated subtree the name stands */
	WHOSE_OUTER,  /* "docker:0123456789ab": the container that it is in */
	WHOSE_CGROUP, /* the path of the cgroup */
	WHOSE_FIELDS,
};

/* Keys of the JSON object, and of the table below. */
extern const char *const whose_names[WHOSE_FIELDS];
extern const char *const whose_help[WHOSE_FIELDS];

/* NULL: not known, or there is none. */
struct whose {
	const char *of[WHOSE_FIELDS];
	/* Of whoses_put(): no other has it, however long ago, and its texts stay; 0: it has none.
	 */
	uint64_t serial;
};

#define WHOSE_TEXT_MAX 8192 /* of all fields together; what is longer is left out */

/* A container, and not just a unit or nothing. */
static inline bool whose_is_container(const struct whose *w)
{
	return w && w->of[WHOSE_RUNTIME];
}

/* There is more to say than the path. */
static inline bool whose_is_named(const struct whose *w)
{
	return w && (w->of[WHOSE_RUNTIME] || w->of[WHOSE_UNIT]);
}

/* How much of an id is shown: of a number of 64 digits the first twelve. */
size_t whose_id_shown(const char *id);

/* "docker:web", "cri-o:0123456789ab,pod:default/web", "unit:ssh.service"; nothing where nothing
 * names it. Not escaped. */
void whose_text(struct buf *b, const struct whose *w);

/*
 * Whether a pattern of fnmatch(3) is the name of the container or unit, its id or the first twelve
 * digits of it, its pod ("web", "default/web") or the whole text.
 */
bool whose_matches(const struct whose *w, const char *pattern);

bool whose_same(const struct whose *a, const struct whose *b);

/* As one text, each field ended by NUL: what recordings have. */
void whose_pack(struct buf *b, const struct whose *w);
/* Points into text. Fields that are not there are NULL. */
void whose_unpack(const char *text, size_t len, struct whose *ret);

/* --- what is known ------------------------------------------------------------------------- */

/* Cgroups by id, and the namespaces that belong to their containers. */
struct whoses {
	struct inums at;     /* by id: a is 1 + the place in rows */
	struct inums owners; /* by inum: a is the id */
	struct whose_row {
		uint64_t id;
		char *text; /* packed */
		struct whose whose;
	} * rows;
	size_t n, cap;
};

/* So many are remembered; then all are forgotten before the next. */
#define WHOSES_MAX 65536

void whoses_free(struct whoses *t);
/* Says, or says anew, whose a cgroup is; 0 or -ENOMEM. id is not 0. */
int whoses_put(struct whoses *t, uint64_t id, const struct whose *w);
/* Valid until the next put; NULL: not known. */
const struct whose *whoses_find(const struct whoses *t, uint64_t id);
/* The namespace is of the cgroup's container; id 0: it is nobody's any more. */
void whoses_own(struct whoses *t, uint32_t inum, uint64_t id);
/* The id of its owner, 0: not known. */
uint64_t whoses_owner(const struct whoses *t, uint32_t inum);

#endif
