/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdoc.h - plain text into mdoc(7), without becoming a request, a macro or an escape. */
#ifndef NSWATCH_GEN_MDOC_H
#define NSWATCH_GEN_MDOC_H

#include <stdio.h>

/* A line of text and its newline. */
void mdoc_text(FILE *f, const char *s);
/* One argument of a macro. */
void mdoc_word(FILE *f, const char *s);

#endif
