/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsname.h - what people call namespaces: the initial ones, and net namespaces that have a name in
 * /run/netns, or of which a unit of systemd is known to have them.
 *
 * Names are what anybody called a file: untrusted.
 */
#ifndef NSWATCH_EVENT_NSNAME_H
#define NSWATCH_EVENT_NSNAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/inums.h"

#define NSNAME_MAX 255 /* bytes of a name, as of a file's */

/* --- names by number ----------------------------------------------------------------------- */

struct nsnames {
	struct inums at; /* by inum: a is 1 + the place in rows */
	char **rows;     /* NULL: it has no name (any more) */
	size_t n, cap;
	size_t named;
};

/* So many are remembered; then all are forgotten before the next. */
#define NSNAMES_MAX 65536

void nsnames_free(struct nsnames *t);
/* len 0, or too long a name: it has none. 0 or -ENOMEM. */
int nsnames_put(struct nsnames *t, uint32_t inum, const char *name, size_t len);
/* Valid until the next put; NULL: not known. */
const char *nsnames_find(const struct nsnames *t, uint32_t inum);

/* --- of records ---------------------------------------------------------------------------- */

#define RECORD_NETS_MAX 4

/* The net namespaces that a record names, each once; it need not be decoded. How many. */
size_t record_nets(const struct ev_hdr *hdr, size_t size, uint32_t nets[RECORD_NETS_MAX]);

/* "/run/netns/blue" and "/var/run/netns/blue", len bytes: where the name begins; NULL: none. */
const char *netns_path_name(const char *path, size_t len, size_t *ret_len);

/* --- of events ----------------------------------------------------------------------------- */

/* The name of a net namespace, or NULL. */
const char *event_ns_name(const struct event *ev, uint32_t inum);
/* The same, or what its container is called, in b; false: it has neither. Not escaped. */
bool event_ns_called(const struct event *ev, uint32_t inum, struct buf *b);
/* The initial one of its type, and people are to be told so. */
bool event_ns_initial(const struct event *ev, unsigned int slot, uint32_t inum);

/*
 * For people, escaped: "net:[4026532612] (blue)", "uts:[initial]", "none"; slot as of
 * value_inum(). Of a net namespace without a name the container is said, unless the event says it
 * anyhow: as that of its task, or behind its sentence.
 */
void say_space(struct buf *b, const struct event *ev, unsigned int slot, uint32_t inum);
/* The same without the type: "4026532612 (blue)", "initial". */
void say_space_number(struct buf *b, const struct event *ev, unsigned int slot, uint32_t inum);

#endif
