/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file.h - the source of a trace from a recording. */
#ifndef NSWATCH_SOURCE_FILE_H
#define NSWATCH_SOURCE_FILE_H

#include "source/source.h"

struct recfile;

/* Gives up the rights of the program's file, for none is needed. "-" is stdin. 0 or -errno. */
int filed_open(const char *path, struct source *ret, struct err *err);
/* Of a source that filed_open() made: what its head says. */
const struct recfile *filed_recording(const struct source *s);

#endif
