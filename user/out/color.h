/* SPDX-License-Identifier: GPL-2.0-or-later */
/* color.h - whether to colour, and with what. */
#ifndef NSWATCH_OUT_COLOR_H
#define NSWATCH_OUT_COLOR_H

#include <stdbool.h>

#include "lib/err.h"

enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* What is coloured is said by its role; the palette is in color.c. */
enum color_role {
	ROLE_PLAIN,
	ROLE_HEADING,
	ROLE_BEGIN, /* the tones of events, in the order of enum ev_tone */
	ROLE_MOVE,
	ROLE_END,
	ROLE_FAIL,
	ROLE_DIM,
	ROLE_GOOD,
	ROLE_WARN,
	ROLES,
};

/*
 * Whether output to fd is coloured: for COLOR_AUTO, when it is a terminal that
 * knows colours and the environment has no NO_COLOR.
 */
bool color_enabled(enum color_when when, int fd);

/* The sequence that begins a role, "" where nothing is to be done or on is false. */
const char *color_on(bool on, enum color_role role);
/* The one that ends it. */
const char *color_off(bool on, enum color_role role);

#endif
