/* SPDX-License-Identifier: GPL-2.0-or-later */
/* graph.h - what the files of `nswatch graph` share. */
#ifndef NSWATCH_CMD_GRAPH_H
#define NSWATCH_CMD_GRAPH_H

#include <stdint.h>

#include "lib/err.h"
#include "picture/picture.h"
#include "snapshot/snapshot.h"

/*
 * Asks a picture, made of that snapshot, for what a word names: a namespace of the type (a path,
 * its number, of net its name), a process (a pid, web:7), a container, of net a device. 0;
 * -EINVAL: it can't be such a word; -ENOENT, -ESRCH and others with the reason.
 */
int graph_ask(
	struct snapshot *s, uint32_t type, const char *word, struct picture *p, struct err *err);

#endif
