// SPDX-License-Identifier: GPL-2.0-or-later
/* subject.c - names as tokens of subjects. */
#include <stdbool.h>

#include "broker/broker.h"

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

void broker_token(struct buf *b, const char *s, size_t len)
{
	/* A token has at least one character. */
	if (!len)
		buf_putc(b, '%');
	for (size_t i = 0; i < len; i++)
		if (is_plain(s[i]))
			buf_putc(b, s[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)s[i]);
}
