/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utf8.h - the characters of a text. */
#ifndef NSWATCH_LIB_UTF8_H
#define NSWATCH_LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The character at s: its length in bytes, 0 when it is not well-formed UTF-8
 * (overlong, a surrogate, beyond U+10FFFF, cut).
 */
size_t utf8_next(const char *s, size_t len, uint32_t *ret_cp);

#endif
