// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "lib/text.h"
#include "out/escape.h"
#include "lib/util.h"

struct range {
	uint32_t first, last;
};

/* Not seen, or not what they seem: format characters, bidi controls, line separators. */
static const struct range hidden[] = {
	{0x0080, 0x009f},
	{0x00ad, 0x00ad},
	{0x034f, 0x034f},
	{0x061c, 0x061c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0xfffe, 0xffff},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

/* East Asian wide and emoji: two columns. */
static const struct range wide[] = {
	{0x1100, 0x115e},
	{0x231a, 0x231b},
	{0x2e80, 0x303e},
	{0x3041, 0x33ff},
	{0x3400, 0x4dbf},
	{0x4e00, 0x9fff},
	{0xa000, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff01, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
};

/* Combining marks that are common: no column of their own. */
static const struct range narrow[] = {
	{0x0300, 0x036f},
	{0x0483, 0x0489},
	{0x0591, 0x05bd},
	{0x064b, 0x065f},
	{0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},
	{0x20d0, 0x20ff},
	{0xfe20, 0xfe2f},
};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n && r[i].first <= cp; i++)
		if (cp <= r[i].last)
			return true;
	return false;
}

static void add_hex(struct buf *b, char kind, uint32_t v, int digits)
{
	buf_putc(b, '\\');
	buf_putc(b, kind);
	while (digits--)
		buf_putc(b, "0123456789abcdef"[v >> 4 * digits & 15]);
}

/* Printable ASCII without blank, backslash and quotes: what most text is made of. */
static size_t plain_len(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '\'')
			break;
	}
	return i;
}

/* One character, escaped; returns the bytes of s that it took. */
static size_t add_char(struct buf *b, const char *s, size_t len)
{
	static const char named[] = {['\a'] = 'a',
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\v'] = 'v',
		['\f'] = 'f',
		['\r'] = 'r'};
	uint32_t cp;
	size_t n = utf8_next(s, len, &cp);

	if (!n) {
		add_hex(b, 'x', (unsigned char)*s, 2);
		return 1;
	}
	if (cp < sizeof(named) && named[cp]) {
		buf_putc(b, '\\');
		buf_putc(b, named[cp]);
	} else if (cp < 0x20 || cp == 0x7f) {
		add_hex(b, 'x', cp, 2);
	} else if (cp == '\\') {
		buf_puts(b, "\\\\");
	} else if (in_ranges(hidden, ARRAY_SIZE(hidden), cp)) {
		add_hex(b, cp > 0xffff ? 'U' : 'u', cp, cp > 0xffff ? 8 : 4);
	} else {
		buf_add(b, s, n);
	}
	return n;
}

static void escape(struct buf *b, const char *s, size_t len, char also)
{
	while (len) {
		size_t n = plain_len(s, len);

		if (n) {
			buf_add(b, s, n);
		} else if (also && *s == also) {
			add_hex(b, 'x', (unsigned char)*s, 2);
			n = 1;
		} else {
			n = add_char(b, s, len);
		}
		s += n;
		len -= n;
	}
}

void escape_text(struct buf *b, const char *s, size_t len)
{
	escape(b, s, len, '\0');
}

void escape_talk(struct buf *b, const char *s, size_t len)
{
	while (len) {
		const char *slash = memchr(s, '\\', len);
		size_t n = slash ? (size_t)(slash - s) : len;

		escape_text(b, s, n);
		if (n < len)
			buf_putc(b, s[n++]);
		s += n;
		len -= n;
	}
}

void escape_word(struct buf *b, const char *s, size_t len)
{
	escape(b, s, len, ' ');
}

/* Safe on a terminal and inside '...'. */
static bool is_quotable(const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len; s += n, len -= n) {
		n = utf8_next(s, len, &cp);
		if (!n || cp < 0x20 || cp == 0x7f || cp == '\'' ||
			in_ranges(hidden, ARRAY_SIZE(hidden), cp))
			return false;
	}
	return true;
}

void escape_shell(struct buf *b, const char *s, size_t len)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_@%+=:,./-";
	size_t n;

	for (n = 0; n < len && s[n] && strchr(safe, s[n]); n++)
		;
	if (len && n == len) {
		buf_add(b, s, len);
	} else if (is_quotable(s, len)) {
		buf_putc(b, '\'');
		buf_add(b, s, len);
		buf_putc(b, '\'');
	} else {
		buf_puts(b, "$'");
		escape(b, s, len, '\'');
		buf_putc(b, '\'');
	}
}

static size_t json_char(struct buf *b, const char *s, size_t len)
{
	static const char named[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	uint32_t cp;
	size_t n = utf8_next(s, len, &cp);

	if (!n) {
		buf_puts(b, "\xef\xbf\xbd");
		return 1;
	}
	if (cp == '"' || cp == '\\') {
		buf_putc(b, '\\');
		buf_putc(b, (char)cp);
	} else if (cp < sizeof(named) && named[cp]) {
		buf_putc(b, '\\');
		buf_putc(b, named[cp]);
	} else if (cp < 0x20 || (cp < 0x10000 && in_ranges(hidden, ARRAY_SIZE(hidden), cp)) ||
		   cp == 0x7f) {
		/* may be in a JSON string, but JSON is looked at on terminals too */
		add_hex(b, 'u', cp, 4);
	} else {
		buf_add(b, s, n);
	}
	return n;
}

void escape_json(struct buf *b, const char *s, size_t len)
{
	while (len) {
		size_t n = plain_len(s, len);

		if (n)
			buf_add(b, s, n);
		else
			n = json_char(b, s, len);
		s += n;
		len -= n;
	}
}

size_t text_width(const char *s, size_t len)
{
	size_t n, width = 0;
	uint64_t eight;
	uint32_t cp;

	for (; len; s += n, len -= n) {
		/* Most text is ASCII. */
		for (; len >= sizeof(eight); s += sizeof(eight), len -= sizeof(eight)) {
			memcpy(&eight, s, sizeof(eight));
			if (eight & 0x8080808080808080ULL)
				break;
			width += sizeof(eight);
		}
		if (!len)
			break;
		n = utf8_next(s, len, &cp);
		if (!n)
			n = 1;
		if (n == 1)
			width++;
		else if (!in_ranges(narrow, ARRAY_SIZE(narrow), cp))
			width += in_ranges(wide, ARRAY_SIZE(wide), cp) ? 2 : 1;
	}
	return width;
}

void escape_command(struct buf *b, char *const *argv)
{
	for (size_t i = 0; argv[i]; i++) {
		if (i)
			buf_putc(b, ' ');
		escape_shell(b, argv[i], strlen(argv[i]));
	}
}

const char *shown(const char *s, struct buf *b)
{
	buf_reset(b);
	buf_puts(b, "");
	escape_text(b, s, strlen(s));
	return b->s;
}
