/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.h - strict readers of what a user typed: the whole string or an error. */
#ifndef NSWATCH_LIB_PARSE_H
#define NSWATCH_LIB_PARSE_H

#include <stdint.h>

/* Decimal (or 0x) number from min to max; 0, -EINVAL (not a number) or -ERANGE. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* "64K", "1G": bytes, with K, M, G or T. 0, -EINVAL or -ERANGE. */
int parse_size(const char *text, uint64_t *ret);

/* "5", "1.5", "500ms", "2s", "3m", "1h" (no unit: seconds) to nanoseconds; 0, -EINVAL, -ERANGE. */
int parse_duration(const char *s, uint64_t *ret_ns);

/* A user by name or number; 0, -EINVAL, -ENOENT. */
int parse_user(const char *s, uint32_t *ret);
/* A group, likewise. */
int parse_group(const char *s, uint32_t *ret);

#endif
