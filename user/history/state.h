/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h - the tables of a snapshot, and how their rows are passed from the process that looks to
 * the one that writes.
 *
 * A whole snapshot has a row for all there is; another one has those that differ from the snapshot
 * before it, and of what is gone the key alone, with `gone`.
 */
#ifndef NSWATCH_HISTORY_STATE_H
#define NSWATCH_HISTORY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum state_table {
	STATE_PROCESS,
	STATE_NS,
	STATE_MOUNT,
	STATE_DEVICE,
	STATE_BOX,
	STATE_TABLES,
};

struct state_columns {
	const char *name;    /* of the table */
	const char *columns; /* behind snapshot and gone: the key first */
	unsigned int keys, n;
};

extern const struct state_columns state_tables[STATE_TABLES];

/* What the column traits of state_device has of a device: two bits for each enum. */
#define STATE_TRAITS(immutable, parent, software, maker, peer, initial)                            \
	((int64_t)((immutable) | (parent) << 2 | (software) << 3 | (maker) << 4 | (peer) << 6 |    \
		   (initial) << 8))
#define TRAIT_IMMUTABLE(v) ((uint8_t)((v)&3))
#define TRAIT_PARENT(v)    ((v) >> 2 & 1)
#define TRAIT_SOFTWARE(v)  ((v) >> 3 & 1)
#define TRAIT_MAKER(v)     ((uint8_t)((v) >> 4 & 3))
#define TRAIT_PEER(v)      ((v) >> 6 & 3)
#define TRAIT_INITIAL(v)   ((v) >> 8 & 1)

/* --- rows ------------------------------------------------------------------------------------- */

#define STATE_COLUMNS_MAX 20

struct state_value {
	enum { STATE_NULL, STATE_INT, STATE_TEXT } is;
	int64_t number;
	const char *text; /* untrusted */
	uint32_t len;
};

/* Begins a row, takes its columns in order, and ends it. */
struct state_out {
	struct buf *b;
	size_t at; /* where the row begins */
};

void state_begin(struct state_out *o, enum state_table t);
void state_int(struct state_out *o, int64_t v);
void state_known(struct state_out *o, int64_t v);                /* 0 is NULL */
void state_text(struct state_out *o, const char *s, size_t len); /* of length 0 it is NULL */
void state_end(struct state_out *o);

struct state_row {
	enum state_table table;
	bool gone;
	unsigned int n;
	struct state_value v[STATE_COLUMNS_MAX];
	/* In the text that it was read from: all of it, and up to where its key ends. */
	size_t size, key_size;
};

/* The row at the beginning of the text: 1; 0: there is none; -EBADMSG. */
int state_next(const char *s, size_t len, struct state_row *ret);

/* What stands before the rows. */
struct state_head {
	uint64_t boot_ns; /* CLOCK_BOOTTIME when the look began */
	uint32_t own_mnt; /* the mount namespace of the process that looked */
	uint32_t whole;   /* all there is, not only what differs */
};

/* Adds the rows of now that last has not, or has otherwise, and those of last that are gone. */
int state_differ(const struct buf *last, const struct buf *now, struct buf *ret);

#endif
