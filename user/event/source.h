/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h - where records come from and what takes them: the ring buffer, a
 * file, or differences of snapshots all end in the same callback.
 */
#ifndef NSWATCH_EVENT_SOURCE_H
#define NSWATCH_EVENT_SOURCE_H

#include <stddef.h>

/*
 * Takes one raw record (not yet checked: event/decode does that). Returns 0 to
 * go on, or a negative errno that ends the reading and is returned from it.
 */
typedef int (*source_sink)(void *ctx, const void *data, size_t size);

#endif
