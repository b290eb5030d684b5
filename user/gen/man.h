/* SPDX-License-Identifier: GPL-2.0-or-later */
/* man.h - the parts of manual pages that tables of the program tell. */
#ifndef NSWATCH_GEN_MAN_H
#define NSWATCH_GEN_MAN_H

#include <stdio.h>

/*
 * Writes what stands for a placeholder, "EVENTS" or "OPTIONS trace", in
 * mdoc(7); 0, or -ENOENT for one that does not exist.
 *
 *	OPTIONS CMD	section OPTIONS, its heading included
 *	EXIT CMD	list of exit statuses
 *	EXAMPLES CMD	list of command lines
 *	COMMANDS	list of commands
 *	EVENTS		list of kinds of events
 *	FIELDS		a subsection per kind, with its fields
 *	COLUMNS CMD	list of columns of its table
 *	OUTPUTS		list of the sinks of events
 *	FORMATS		list of the formats of pictures
 *	HOOKS		list of hooks with their alternatives
 *	RULES		a subsection per rule of explain
 */
int gen_man_part(const char *part, FILE *f);

#endif
