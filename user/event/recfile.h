/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recfile.h - recordings: what `trace -w` writes and `trace -r` reads.
 *
 *	struct recfile_head	magic, version, byte order, clock, length of the text
 *	text			"key=value\n" lines about machine and trace
 *	records			as the kernel side made them, one behind the other;
 *				their length is in their header. Before the first
 *				record of a user stands the user's name: a struct
 *				ev_hdr of kind RECFILE_USER with its uid, and the name.
 *				Before the first record of a cgroup stands whose it is: one
 *				of kind RECFILE_WHOSE with its cgroup_id, and the fields of
 *				event/whose.h, each ended by NUL; and before that of a
 *				container's namespace RECFILE_OWNER, whose pidns is the
 *				namespace and cgroup_id the container's cgroup; and before
 *				that of a net namespace that has a name RECFILE_NSNAME, whose
 *				pidns is the namespace, and the name (none: it has none any
 *				more)
 *	end			a bare struct ev_hdr of kind EV_NONE, whose cgroup_id is
 *				the number of records, dictionaries not counted
 *
 * All in the byte order of the recording machine. Version 1 had no dictionaries, version 2 those of
 * users alone, version 3 no names of namespaces. A file without its end was cut, wherever that
 * happened; everything before the cut can still be read.
 */
#ifndef NSWATCH_EVENT_RECFILE_H
#define NSWATCH_EVENT_RECFILE_H

#include <linux/types.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/source.h"
#include "event/whose.h"
#include "lib/buf.h"
#include "lib/err.h"

#define RECFILE_MAGIC      "NSWATCH" /* and its NUL: eight bytes */
#define RECFILE_VERSION    4
#define RECFILE_USER       0xfff0 /* no kind of event has it: see enum ev_kind */
#define RECFILE_WHOSE      0xfff1
#define RECFILE_OWNER      0xfff2
#define RECFILE_NSNAME     0xfff3
#define RECFILE_BYTE_ORDER 0x01020304
#define RECFILE_META_MAX   (1U << 20)

struct recfile_head {
	char magic[8];
	__u32 version;
	__u32 byte_order;
	__s64 wall_offset; /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
	__u32 meta_len;
	__u32 pad;
};

/* --- writing: flush when nothing comes for a while, else only full buffers are written --- */

struct namings;
struct outlet;
struct recfile_writer;

/* Adds a line to the text; newlines in the value become blanks. */
void recfile_meta_add(struct buf *meta, const char *key, const char *value);
/* hostname, kernel, machine, boot_id, initial namespaces and the version of nswatch. */
void recfile_meta_system(struct buf *meta);

/*
 * Begins a recording; "-" is stdout, which must not be a terminal. A new file
 * is for its owner alone: it holds command lines of everybody.
 */
int recfile_create(const char *path, int64_t wall_offset, const struct buf *meta,
	struct recfile_writer **ret, struct err *err);
/* The names of the records that follow, which are written before these. */
struct namings *recfile_namings(struct recfile_writer *w);
/* After an error, writing and flushing give that error again and do nothing. */
int recfile_write(struct recfile_writer *w, const void *rec, size_t size, struct err *err);
int recfile_flush(struct recfile_writer *w, struct err *err);
/* Where it is written to: who reads that may make it wait, see lib/outlet.h. */
struct outlet *recfile_outlet(struct recfile_writer *w);
/* Writes the end and closes. w is gone then, also after an error. NULL: nothing. */
int recfile_finish(struct recfile_writer *w, struct err *err);
/* -EPIPE comes to those who ignore SIGPIPE. */

/* --- reading ------------------------------------------------------------------------------ */

struct ev_hdr;

/* Gives a record of before the size it has now; there is room for any. Returns its size. */
size_t recfile_grow(struct ev_hdr *hdr);

/*
 * A file whose first byte is '{' is JSON Lines of nswatch (`trace -J`): its events are made
 * records again (event/jsonevent.h), each with the clock and the host that its line says.
 */
struct recfile;

/*
 * Opens a recording and reads its head; "-" is stdin. -EBADMSG for what is none,
 * -EPROTONOSUPPORT for one of another version or byte order.
 */
int recfile_open(const char *path, struct recfile **ret, struct err *err);
void recfile_close(struct recfile *r);
/* Of the record given out last; before the first, of that one. */
int64_t recfile_wall_offset(const struct recfile *r);
/* The host of the same (*len bytes), or NULL where the file does not say it. */
const char *recfile_host(const struct recfile *r, size_t *len);
/*
 * Whether the file names users: *ret is the name of uid, untrusted and valid until more is read, or
 * NULL where that user had none. false: it is of version 1, or JSON of before.
 */
bool recfile_user(const struct recfile *r, uint32_t uid, const char **ret);
/* Whose a cgroup is, and the cgroup of the container that a namespace is of; NULL and 0: not said.
 */
const struct whose *recfile_whose(const struct recfile *r, uint64_t cgroup_id);
uint64_t recfile_owner(const struct recfile *r, uint32_t inum);
/* The name of a net namespace, untrusted and valid until more is read; NULL: not said. */
const char *recfile_ns_name(const struct recfile *r, uint32_t inum);
/* Whether any namespace has an owner, and any a name. */
void recfile_known(const struct recfile *r, bool *ret_owners, bool *ret_names);
/* The initial namespaces of the machine, by type; those that are not said stay as they are. */
void recfile_initials(const struct recfile *r, uint32_t ret[NS_TYPES]);
/* The text, empty for JSON Lines: "key=value\n" lines, NUL-ended. From a file, so not to be
 * trusted. */
const char *recfile_meta(const struct recfile *r);
/* The value of the first line with the key (*len bytes), or NULL. */
const char *recfile_meta_get(const struct recfile *r, const char *key, size_t *len);
/* The same of such a text. */
void recfile_meta_initials(const char *meta, uint32_t ret[NS_TYPES]);
const char *recfile_meta_find(const char *meta, const char *key, size_t *len);

/*
 * Gives every record to the sink, aligned, as soon as it is there. 0 when the
 * recording was whole; -ENODATA when it was cut (err: "FILE: truncated after N
 * records"); -EBADMSG when it makes no sense from some point on, or a line of JSON was no
 * event (err: the first such line; those behind it were read); what the sink returned; -EINTR when
 * a signal came and *stop (may be NULL) is set.
 */
int recfile_read(struct recfile *r, source_sink sink, void *ctx, const volatile sig_atomic_t *stop,
	struct err *err);
/*
 * The same in steps, for a loop that waits for recfile_fd(): one read(2) at most, so that it does
 * not wait where that descriptor is readable. 1: there may be more; else as above.
 */
int recfile_take(struct recfile *r, source_sink sink, void *ctx, struct err *err);
int recfile_fd(const struct recfile *r);
/* Records given out until now. */
uint64_t recfile_count(const struct recfile *r);

#endif
