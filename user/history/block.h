/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block.h - events packed together: records one behind the other, compressed with zlib. */
#ifndef NSWATCH_HISTORY_BLOCK_H
#define NSWATCH_HISTORY_BLOCK_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/source.h"
#include "lib/buf.h"
#include "lib/err.h"

#define BLOCK_MAX (4U << 20) /* bytes of the records of a block, at most */

/* Appends the compressed text; 0 or -ENOMEM. */
int block_pack(const void *data, size_t len, struct buf *ret);
/*
 * The records again, which are size bytes together. -EBADMSG where they are not, or more than
 * BLOCK_MAX: the file may be anybody's.
 */
int block_unpack(const void *data, size_t len, size_t size, struct buf *ret);

/*
 * Gives each record of an unpacked block to fn, aligned, and as long as records are today; number
 * counts from 0. 0; what fn returned; -EBADMSG for what are no records.
 */
typedef int (*block_fn)(void *ctx, size_t number, const void *rec, size_t size);
int block_each(const struct buf *records, block_fn fn, void *ctx);

#endif
