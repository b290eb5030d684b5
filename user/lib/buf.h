/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf.h - a growing string. Running out of memory ends the program: nothing
 * sensible can be printed then, and a half-printed line would be a wrong one.
 */
#ifndef NSWATCH_LIB_BUF_H
#define NSWATCH_LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char *s; /* always NUL-terminated once something was added; NULL before */
	size_t len, cap;
};

void buf_free(struct buf *b); /* zeroes it too: may be used again */
void buf_reserve(struct buf *b, size_t more);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_u64(struct buf *b, unsigned long long v); /* decimal, without printf */
void buf_pad(struct buf *b, char c, size_t n);

static inline void buf_add(struct buf *b, const char *s, size_t len)
{
	if (b->len + len >= b->cap)
		buf_reserve(b, len);
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

static inline void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->s)
		b->s[0] = '\0';
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_putc(struct buf *b, char c)
{
	if (b->len + 1 >= b->cap)
		buf_reserve(b, 1);
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}

#define auto_buf __attribute__((cleanup(buf_free)))

/* Adds the first max bytes of a file below dirfd, ended by NUL; 0 or -errno. */
int buf_read_file(struct buf *b, int dirfd, const char *path, size_t max);

#endif
