/* SPDX-License-Identifier: GPL-2.0-or-later */
/* array.h - room for one more element in an array that grows. */
#ifndef NSWATCH_LIB_ARRAY_H
#define NSWATCH_LIB_ARRAY_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* rows: where the pointer to the elements stands. Its elements are twice as many after each growth.
 */
static inline int array_grow(void *rows, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 16;
	void *old, *p;

	if (n < *cap)
		return 0;
	memcpy(&old, rows, sizeof(old));
	p = reallocarray(old, more, size);
	if (!p)
		return -ENOMEM;
	memcpy(rows, &p, sizeof(p));
	*cap = more;
	return 0;
}

/* 0: v, of which n of cap elements are taken, has room for one more; or -ENOMEM, and v as before.
 */
#define ARRAY_ROOM(v, cap, n) array_grow(&(v), &(cap), n, sizeof(*(v)))

#endif
