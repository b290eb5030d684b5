/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.h - from raw records to events whose every field may be read.
 *
 * Records come from the kernel or from a file that anybody may have written,
 * so nothing looks into one before event_decode() accepted it.
 */
#ifndef NSWATCH_EVENT_DECODE_H
#define NSWATCH_EVENT_DECODE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/schema.h"
#include "event/whose.h"
#include "lib/err.h"

/*
 * Who names the users and containers of an event: the source that brought it, or of users this
 * machine.
 */
struct event_who {
	/* The name of uid, untrusted and valid until the next call; NULL: it has none. */
	const char *(*user)(const struct event_who *who, uint32_t uid);
	/* Whose a cgroup is, valid until the next record; NULL: not known. */
	const struct whose *(*whose)(const struct event_who *who, uint64_t cgroup_id);
	/* The cgroup of the container that a namespace is of; 0: not known. */
	uint64_t (*owner)(const struct event_who *who, uint32_t inum);
	/* The name of a net namespace, untrusted, valid until the next record; NULL: not known. */
	const char *(*ns_name)(const struct event_who *who, uint32_t inum);
	/* Where no namespace at all has an owner or a name: then nobody is asked. */
	bool no_owners, no_names;
	bool numbers; /* people, too, are told the numbers of initial namespaces */
	/* The initial ones by type, where the kernel does not fix them; 0: not known. */
	uint32_t initial[NS_TYPES];
};

/* Points into the record it was decoded from and is valid as long as that. */
struct event {
	const struct ev_schema *schema;
	const struct ev_hdr *hdr;
	const void *rec;
	size_t size;
	uint64_t wall_ns;            /* CLOCK_REALTIME */
	const struct event_who *who; /* of its users; NULL: nobody names them */
};

/*
 * Checks a record, which must be aligned to 8 bytes, and makes an event of it.
 * wall_offset is CLOCK_REALTIME - CLOCK_BOOTTIME in ns (of the recording
 * machine). Returns -EBADMSG, with the reason in err, for what can't be right.
 */
int event_decode(
	const void *data, size_t size, int64_t wall_offset, struct event *ret, struct err *err);

/* NULL where nobody knows one. */
const char *event_user(const struct event *ev, uint32_t uid);

/* Whose the task of the header is; NULL where that is not known, or there is no task. */
const struct whose *event_whose(const struct event *ev);
/* The cgroup of the container that a namespace is of; 0: not known. */
uint64_t event_ns_owner(const struct event *ev, uint32_t inum);
/*
 * Whose the first namespace is that the event is about and that a container is known to have; NULL:
 * none is. *ret_id (NULL: not wanted) is its cgroup, *ret_inum the namespace.
 */
const struct whose *event_ns_whose(const struct event *ev, uint64_t *ret_id, uint32_t *ret_inum);
/*
 * What is to be said of it: the header's task is in no container, or in another one.
 */
const struct whose *event_other_whose(const struct event *ev);

/* The offset of this machine, now. */
int64_t event_wall_offset(void);

/* A number of any width; FT_S32, FT_RESULT and FT_EXIT are sign-extended. 0 for texts. */
uint64_t event_num(const struct event *ev, const struct ev_field *f);
/*
 * The text of FT_COMM, FT_STR, FT_TAIL without NUL, or the whole list of
 * FT_ARGS with its NULs. Not ended by NUL, not escaped. NULL for other types.
 */
const char *event_str(const struct event *ev, const struct ev_field *f, size_t *ret_len);
/* FT_NSSET only, else NULL. */
const struct ev_nsset *event_nsset(const struct event *ev, const struct ev_field *f);

/* The next argument of an FT_ARGS list; *pos begins at 0. false: there is none. */
bool event_arg_next(const char *list, size_t len, size_t *pos, const char **arg, size_t *arg_len);
/* The list was longer than what a record takes. */
bool event_args_cut(const char *list, size_t len);

/* 0, no text, no bit, no namespace at all. */
bool event_is_empty(const struct event *ev, const struct ev_field *f);

/* Its call failed. */
bool event_failed(const struct event *ev);
/* Bit per type of namespace (the first eight slots) that the event is about. */
uint32_t event_types(const struct event *ev);
/* The slot whose kind of namespace an FT_INUM holds; NS_SLOTS where nobody knows. */
unsigned int event_inum_slot(const struct event *ev, const struct ev_field *f);
/* Some field of the event, pidns of the header included, holds this namespace. */
bool event_has_inum(const struct event *ev, uint32_t inum);
/*
 * Some field holds it as a namespace of that type, or of one that the event does
 * not say; type -1: of any. The kernel gives the number of a namespace that has
 * ended to the next new one, of whatever type.
 */
bool event_has_ns(const struct event *ev, int type, uint32_t inum);

#define EVENT_REFS_MAX NS_SLOTS
struct event_ref {
	unsigned int slot; /* NS_SLOTS: unknown */
	uint32_t inum;
};
/*
 * The namespaces an event is about, without those it merely mentions: where a
 * call led to, what was created, what is left empty. Returns how many.
 */
size_t event_refs(const struct event *ev, struct event_ref refs[EVENT_REFS_MAX]);

#endif
