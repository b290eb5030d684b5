/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema.h - what the fields of every event are: the one description that
 * JSON, lines, columns, filters, help, man page and the unit test against the
 * object's BTF are made from.
 */
#ifndef NSWATCH_EVENT_SCHEMA_H
#define NSWATCH_EVENT_SCHEMA_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"

/* Version of the JSON shape ("v" of every object) and of recorded files. */
#define SCHEMA_VERSION 1

/* How the bytes of a field are to be understood. */
enum field_type {
	FT_U16,
	FT_U32,
	FT_S32,
	FT_U64,
	FT_TIME,     /* u64, CLOCK_BOOTTIME ns */
	FT_DURATION, /* u64, ns */
	FT_RESULT,   /* s32, 0 or -errno */
	FT_EXIT,     /* s32, wait(2) status */
	FT_NSFLAGS,  /* u64, CLONE_* */
	FT_SLOTS,    /* u32, bit per enum ns_slot */
	FT_SLOT,     /* u32, enum ns_slot */
	FT_INUM,     /* u32, inode number of a namespace, 0: none; see slot */
	FT_NSSET,    /* struct ev_nsset */
	FT_UID,      /* u32 */
	FT_PID,      /* u32, 0: none */
	FT_ENUM,     /* u32, names in .names */
	FT_FLAGS,    /* u32 EVF_* */
	FT_BOOL,     /* u32 */
	FT_COMM,     /* char[16], NUL-padded, untrusted */
	FT_STR,      /* char[size], NUL-ended, untrusted */
	FT_TAIL,     /* text at the end of the record: see len_off, before_off */
	FT_ARGS,     /* the same, a list of texts each ended by NUL (the last may be cut) */
};

/* Of which type the namespace of an FT_INUM is: an enum ns_slot or one of these. */
#define SLOT_IN_RECORD 0xfe /* what the FT_SLOT field of the event says */
#define SLOT_UNKNOWN   0xff /* see event_inum_slot() */

struct ev_field {
	const char *name; /* the C member, the JSON key, the name in filters */
	const char *help; /* one phrase, for man page and `nswatch trace --list-fields` */
	enum field_type type;
	uint16_t off;
	uint16_t size;
	/*
	 * FT_TAIL, FT_ARGS: where the u16 length stands, and where the length of
	 * the tail text before it stands (0: it is the first). Their off is the
	 * beginning of the tail, their size what both texts may take together.
	 */
	uint16_t len_off, before_off;
	uint8_t slot;             /* FT_INUM */
	const char *const *names; /* FT_ENUM, NULL-ended */
};

/* What an event means to who reads it; renderers make colours of it. */
enum ev_tone {
	TONE_PLAIN,
	TONE_BEGIN, /* something new is there */
	TONE_MOVE,  /* somebody or something changed its place */
	TONE_END,   /* something is gone */
	TONE_FAIL,  /* something was refused */
};

struct buf;
struct event;

struct ev_schema {
	const char *name;        /* "pidns-init" */
	const char *struct_name; /* "ev_pidns_init" */
	uint16_t kind;
	uint16_t min_size, max_size; /* of a record */
	const char *help;            /* one sentence: when it is seen */
	const struct ev_field *fields;
	size_t nfields;
	uint16_t types; /* bit per type of namespace it is about whatever its fields say */
	enum ev_tone tone;
	/* The DETAIL column; the sentence of a story (NULL: others tell it). See event/sentence.h.
	 */
	void (*say_detail)(struct buf *b, const struct event *ev);
	bool (*say_story)(struct buf *b, const struct event *ev);
};

extern const struct ev_field schema_hdr_fields[]; /* the header's, for all events */
extern const size_t schema_hdr_nfields;

/* NULL for a kind that does not exist. */
const struct ev_schema *schema_of(unsigned int kind);
/* By name ("fork-denied"); NULL where there is none. */
const struct ev_schema *schema_by_name(const char *name, size_t len);
/* A field of the kind or of the header, names compared without case; NULL where there is none. */
const struct ev_field *schema_field(const struct ev_schema *s, const char *name, size_t len);

#endif
