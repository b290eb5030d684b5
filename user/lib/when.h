/* SPDX-License-Identifier: GPL-2.0-or-later */
/* when.h - a time as people write it. */
#ifndef NSWATCH_LIB_WHEN_H
#define NSWATCH_LIB_WHEN_H

#include <stdint.h>

/* What a time is relative to, in ns since 1970. */
struct when_now {
	int64_t now, boot;
};

/* This machine's, now. */
struct when_now when_now(void);

/*
 * To ns since 1970; dates and times of day without a zone are local (TZ):
 *
 *	now  @boot  @1795560032.5	this moment, when the host was booted, seconds since 1970
 *	10m ago  2 days ago  1h30m ago	units s, m, h, d, w and their words
 *	today  yesterday		its midnight
 *	14:03  14:03:05.25		the last time that the clock showed it
 *	yesterday 03:00  today 14:03
 *	2026-11-24  2026-11-24 14:46  2026-11-24T14:46:05.123Z  ...+01:00
 *
 * 0, -EINVAL, or -ERANGE for what no clock shows.
 */
int when_parse(const char *s, const struct when_now *now, int64_t *ret_ns);

/* A length of time, "30d" or "1h30m", to ns; a unit is needed. 0, -EINVAL or -ERANGE. */
int when_span(const char *s, int64_t *ret_ns);

#define WHEN_EXPECT                                                                                \
	"a time: `10m ago`, `yesterday 03:00`, `14:03`, `2026-11-24 14:46`, `@boot` or `now`"

#endif
