/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture.h - what is drawn of namespaces: boxes with rows in them, and links between these. A
 * picture knows nothing of how it is shown; a format (format.h) knows nothing of namespaces.
 *
 *	picture_box, picture_row, picture_link	put things in
 *	picture_compare		marks what is new since an earlier picture, and adds what is gone
 *	picture_choose		leaves out what is farther than one link from what was asked for
 *	picture_fold		lets one of many alike stand for all of them
 *	picture_finish		puts what is left in order; nothing is put in afterwards
 *
 * All texts are as they were found: untrusted. A format escapes them.
 */
#ifndef NSWATCH_PICTURE_PICTURE_H
#define NSWATCH_PICTURE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define PICTURE_NONE UINT32_MAX

/* So many rows or boxes that are alike become one. */
#define PICTURE_FOLD_LEAST 4
/* A box with more rows shows those alone that are linked to something. */
#define PICTURE_ROWS_MOST 16

/* What a row is. */
enum picture_what {
	PICTURE_DEVICE,
	PICTURE_PROCESS,
	PICTURE_OWNED, /* a namespace that the box owns */
	PICTURE_MORE,  /* how many more there are */
	PICTURE_WHATS,
};

enum picture_tone {
	PICTURE_PLAIN,
	PICTURE_DIM,
	PICTURE_GOOD,
	PICTURE_WARN,
	PICTURE_BAD,
	PICTURE_TONES,
};

enum picture_kind {
	PICTURE_PEER,     /* two ends of a pair */
	PICTURE_LOWER,    /* a device, and the one that it stands on */
	PICTURE_UNDERLAY, /* a tunnel, and the namespace of its packets */
	PICTURE_CHILD,    /* a process, and its child in another namespace */
	PICTURE_CHILDREN, /* a process, and the namespace that its children to come are born in */
	PICTURE_BELOW,    /* a namespace, and one below it: picture_box.up, nothing else */
	PICTURE_KINDS,
};

enum picture_state {
	PICTURE_SHOWN,
	PICTURE_ALIKE, /* another one stands for it */
	PICTURE_LEFT,  /* left out */
};

/* Since an earlier picture. */
enum picture_change {
	PICTURE_SAME, /* or not known */
	PICTURE_NEW,
	PICTURE_GONE,
	PICTURE_CHANGES,
};

/* A namespace. */
struct picture_box {
	uint32_t type, inum;     /* enum ns_slot */
	uint32_t up;             /* the box it is below, PICTURE_NONE: none */
	uint32_t count;          /* so many alike, itself included */
	size_t name, kept, note; /* places in the text; "" where there is nothing to say */
	uint32_t kinds;          /* bit per enum ns_keep_kind that keeps it */
	enum picture_tone tone;
	enum picture_state state;
	enum picture_change change;
	bool asked;    /* the user asked for it, or for something in it */
	bool whole;    /* for all of it */
	bool namesake; /* another box has the same name; by picture_finish */
	/* Its rows among picture.order, its links among picture.ends; by picture_finish. */
	uint32_t first, nrows, first_link, nlinks;
};

/* A line of a box. */
struct picture_row {
	uint32_t box;
	uint32_t up;     /* the row of the same box that it hangs below, PICTURE_NONE: none */
	uint32_t count;  /* so many alike, itself included */
	uint32_t number; /* index of a device, pid, inode number */
	uint32_t inside; /* of a process: its pid in its pid namespace */
	size_t name, note, more; /* "eth0", "veth, up", what else there is to say in lines */
	enum picture_what what;
	enum picture_tone tone;
	enum picture_state state;
	enum picture_change change;
	bool asked, held; /* held: not to be left out */
	uint32_t depth;   /* by picture_finish: how many are above it */
	uint32_t links;   /* so many links end here */
	uint32_t below;   /* so many rows hang below it */
	bool next;        /* by picture_finish: another one hangs below the same row further down */
};

struct picture_end {
	uint32_t box;
	uint32_t row; /* PICTURE_NONE: the box itself */
};

struct picture_link {
	struct picture_end from, to;
	enum picture_kind kind;
};

struct picture {
	struct picture_box *boxes;
	size_t nboxes, boxes_cap;
	struct picture_row *rows;
	size_t nrows, rows_cap;
	struct picture_link *links;
	size_t nlinks, links_cap;
	uint32_t *order; /* rows by box, those that hang below one behind it */
	uint32_t *ends;  /* links that are shown by box; one within a box is there once */
	struct buf text;
	const char *title; /* "net namespaces" */
	const char *kind;  /* "net": name of the type */
	const char *host;
	const char *since;          /* time of the earlier picture, ISO 8601; NULL: there is none */
	const char *thing, *things; /* "device", "devices": what is left out */
};

#define auto_picture __attribute__((cleanup(picture_free)))

void picture_free(struct picture *p);

/* Running out of memory ends the program, as in lib/buf.h. What is new is all 0 but for this. */
uint32_t picture_box(struct picture *p, uint32_t type, uint32_t inum);
uint32_t picture_row(struct picture *p, uint32_t box, enum picture_what what);
void picture_link(struct picture *p, enum picture_kind kind, uint32_t from, uint32_t to);
/* The same where one end is a whole box. */
void picture_link_box(struct picture *p, enum picture_kind kind, uint32_t from, uint32_t box);
/* Keeps a text; 0 for "". */
size_t picture_text(struct picture *p, const char *s, size_t len);

static inline const char *picture_say(const struct picture *p, size_t at)
{
	return at ? p->text.s + at : "";
}

/* The box of that namespace, PICTURE_NONE: there is none. */
uint32_t picture_find(const struct picture *p, uint32_t inum);
/* Asks for a box as a whole; for a row, with what hangs below it. */
void picture_ask_box(struct picture *p, uint32_t box);
void picture_ask_row(struct picture *p, uint32_t row);

/*
 * Marks what is new in p since the earlier picture of the same type, and adds what is gone, marked
 * too. Namespaces are told apart by their numbers, devices and namespaces that are owned by theirs.
 * Of processes an earlier picture may have the first ones alone: they are not compared. What was
 * asked for in either is asked for. 0 or -ENOMEM.
 */
int picture_compare(struct picture *p, const struct picture *was);
void picture_choose(struct picture *p);
void picture_fold(struct picture *p);
void picture_finish(struct picture *p);

/* Both ends are shown. */
bool picture_link_shown(const struct picture *p, const struct picture_link *l);
/* The links of every row, counted anew: of those that are shown. */
void picture_count(struct picture *p);

#endif
