/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opts_gen.h - plain text into mdoc(7), without becoming a request, a macro or an escape. */
#ifndef NSWATCH_GEN_OPTS_GEN_H
#define NSWATCH_GEN_OPTS_GEN_H

#include <stddef.h>
#include <stdio.h>

#include "lib/opts.h"

/* A line of text and its newline. */
void mdoc_text(FILE *f, const char *s);
/* One argument of a macro. */
void mdoc_word(FILE *f, const char *s);

/* --- opts_gen ---------------------------------------------------------------------------- */

/* Completion and manual page from the tables of options. */

enum opts_shell {
	OPTS_BASH,
	OPTS_ZSH,
	OPTS_FISH,
};

/*
 * The completion file of prog, whose commands are named by the last word of
 * each spec's name. Options without a command are those of the first.
 */
void opts_completion(enum opts_shell shell, const char *prog, const struct opts_spec *const *specs,
	size_t nspecs, FILE *f);
/* The section OPTIONS in mdoc(7). */
void opts_man(const struct opts_spec *spec, FILE *f);

#endif
