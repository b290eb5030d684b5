/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - text that somebody else chose (names of tasks, paths, arguments,
 * devices) on its way to a terminal, into JSON or into a shell.
 */
#ifndef NSWATCH_OUT_ESCAPE_H
#define NSWATCH_OUT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/*
 * What may go to a terminal: printable UTF-8 stays, control characters and
 * bytes that are no UTF-8 become \n, \t or \xNN, characters that are invisible
 * or turn the direction of writing \uNNNN, a backslash two of them.
 */
void escape_text(struct buf *b, const char *s, size_t len);

/* The same for text that is partly escaped already: a backslash stays one. */
void escape_talk(struct buf *b, const char *s, size_t len);

/* The same, and blanks become \x20: one word per cell of raw output. */
void escape_word(struct buf *b, const char *s, size_t len);

/*
 * One word of a shell command: as it is, in '...', or in $'...' where it holds
 * something that may not go to a terminal. Never needs escaping again.
 */
void escape_shell(struct buf *b, const char *s, size_t len);

/* The words of a command, NULL-ended, each by escape_shell. */
void escape_command(struct buf *b, char *const *argv);

/*
 * The inside of a JSON string (without the quotes). Always valid: bytes that
 * are no UTF-8 become U+FFFD.
 */
void escape_json(struct buf *b, const char *s, size_t len);

/* A text of others on its way to a message: into b, whose content goes. */
const char *shown(const char *s, struct buf *b);

/* Columns of a terminal that text already safe takes. */
size_t text_width(const char *s, size_t len);

#endif
