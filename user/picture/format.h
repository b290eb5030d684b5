/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.h - the ways in which a picture is written. Texts of others are escaped here. */
#ifndef NSWATCH_PICTURE_FORMAT_H
#define NSWATCH_PICTURE_FORMAT_H

#include <stdbool.h>

#include "lib/buf.h"
#include "picture/picture.h"

struct picture_style {
	unsigned int width; /* of the terminal, 0: no limit */
	bool ascii;         /* boxes without line drawing characters */
	bool color;
};

struct picture_format {
	const char *name, *help;
	/* Of a finished picture. */
	void (*write)(const struct picture *p, const struct picture_style *style, struct buf *b);
};

/* Name, and what it is: the rows of the table, and the choices of the option. */
#define PICTURE_FORMATS(X)                                                                         \
	X(text, "boxes drawn with characters")                                                     \
	X(svg, "a drawing for browsers and documents, by day and by night, that needs no other "   \
	       "file")                                                                             \
	X(dot, "the language of Graphviz")                                                         \
	X(json, "one JSON object: boxes, rows and links")

enum picture_format_at {
#define X(name, help) PICTURE_FORMAT_##name,
	PICTURE_FORMATS(X)
#undef X
		PICTURE_FORMAT_COUNT
};

extern const struct picture_format picture_formats[PICTURE_FORMAT_COUNT];
extern const char *const picture_format_names[]; /* NULL-ended */

#define X(name, help)                                                                              \
	void picture_write_##name(                                                                 \
		const struct picture *p, const struct picture_style *style, struct buf *b);
PICTURE_FORMATS(X)
#undef X

/* --- words.c: what formats say alike ---------------------------------------------------------- */

/* How a link is called, and what it says at either end. */
struct picture_words {
	const char *name;     /* in JSON */
	const char *says;     /* in a legend */
	const char *out, *in; /* before the name of the other end, at "from" and at "to" */
	bool arrow, dashed;
};

extern const struct picture_words picture_words[PICTURE_KINDS];
extern const char *const picture_what_names[PICTURE_WHATS];

extern const char *const picture_change_names[PICTURE_CHANGES]; /* NULL: the same */

/* " (new)", " (gone)", or nothing. */
void picture_change_say(enum picture_change change, struct buf *b);
/* "net:[4026532938]" */
void picture_box_id(const struct picture *p, uint32_t box, struct buf *b);
/* "eth0 in docker:web", "nginx 1200 in pid:[4026532938]", "docker:web"; not escaped. */
void picture_end_say(const struct picture *p, const struct picture_end *e, struct buf *b);
/*
 * How many bytes of s, which is safe already, fit in so many columns: at least one character, and
 * up to the last blank if that is not far before.
 */
size_t picture_fit(const char *s, size_t len, size_t columns);
/* A link of the drawing: two namespaces of which one is below the other, and no other link is. */
bool picture_below_shown(const struct picture *p, uint32_t box);

#endif
