// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/when.h"

#define NS       1000000000LL
#define SECS_MAX (INT64_MAX / NS - 1)

struct when_now when_now(void)
{
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME);

	return (struct when_now){.now = now, .boot = now - (int64_t)clock_ns(CLOCK_BOOTTIME)};
}

static const char *blanks_skip(const char *s)
{
	while (isblank((unsigned char)*s))
		s++;
	return s;
}

/* Digits, from least to most of them; NULL where there are none. */
static const char *digits_read(const char *s, size_t least, size_t most, int64_t *ret)
{
	size_t n = strspn(s, "0123456789");

	if (n < least || n > most)
		return NULL;
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		*ret = *ret * 10 + (s[i] - '0');
	return s + n;
}

/* ".25" to ns; where there is none, 0. */
static const char *fraction_read(const char *s, int64_t *ret)
{
	int64_t unit = NS / 10;

	*ret = 0;
	if (*s != '.')
		return s;
	if (!isdigit((unsigned char)*++s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++, unit /= 10)
		*ret += (*s - '0') * unit;
	return s;
}

/* --- "1h30m ago" ------------------------------------------------------------------------------ */

static int64_t unit_seconds(const char *s, size_t len)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{"s", 1},
		{"sec", 1},
		{"secs", 1},
		{"second", 1},
		{"seconds", 1},
		{"m", 60},
		{"min", 60},
		{"mins", 60},
		{"minute", 60},
		{"minutes", 60},
		{"h", 3600},
		{"hour", 3600},
		{"hours", 3600},
		{"d", 86400},
		{"day", 86400},
		{"days", 86400},
		{"w", 604800},
		{"week", 604800},
		{"weeks", 604800},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == len && !strncasecmp(units[i].name, s, len))
			return units[i].seconds;
	return 0;
}

/* Numbers with their units, up to `end`. */
static int span_read(const char *s, const char *end, int64_t *ret)
{
	int64_t all = 0;

	do {
		int64_t n, unit, fraction;
		size_t len;

		s = digits_read(s, 1, 12, &n);
		if (s)
			s = fraction_read(s, &fraction);
		if (!s)
			return -EINVAL;
		s = blanks_skip(s);
		len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		unit = unit_seconds(s, len);
		if (!unit)
			return -EINVAL;
		if (n > SECS_MAX / unit || fraction * unit > INT64_MAX - all - n * unit * NS)
			return -ERANGE;
		all += n * unit * NS + fraction * unit;
		s = blanks_skip(s + len);
	} while (strcasecmp(s, end));
	*ret = all;
	return 0;
}

int when_span(const char *s, int64_t *ret_ns)
{
	return span_read(s, "", ret_ns);
}

static int ago_parse(const char *s, const struct when_now *now, int64_t *ret)
{
	int64_t span;
	int r = span_read(s, "ago", &span);

	if (r)
		return r;
	if (span > now->now)
		return -ERANGE;
	*ret = now->now - span;
	return 0;
}

/* --- dates and times of day ------------------------------------------------------------------- */

/* "14:03[:05[.25]]" */
static const char *clock_read(const char *s, struct tm *tm, int64_t *ret_ns)
{
	int64_t h, m, sec = 0;

	*ret_ns = 0;
	s = digits_read(s, 1, 2, &h);
	if (!s || *s != ':')
		return NULL;
	s = digits_read(s + 1, 2, 2, &m);
	if (s && *s == ':') {
		s = digits_read(s + 1, 2, 2, &sec);
		if (s)
			s = fraction_read(s, ret_ns);
	}
	if (!s || h > 23 || m > 59 || sec > 60)
		return NULL;
	tm->tm_hour = (int)h;
	tm->tm_min = (int)m;
	tm->tm_sec = (int)sec;
	return s;
}

/* "2026-11-24" */
static const char *date_read(const char *s, struct tm *tm)
{
	int64_t y, m, d;

	s = digits_read(s, 4, 4, &y);
	if (!s || *s != '-')
		return NULL;
	s = digits_read(s + 1, 2, 2, &m);
	if (!s || *s != '-')
		return NULL;
	s = digits_read(s + 1, 2, 2, &d);
	if (!s || m < 1 || m > 12 || d < 1 || d > 31)
		return NULL;
	tm->tm_year = (int)y - 1900;
	tm->tm_mon = (int)m - 1;
	tm->tm_mday = (int)d;
	return s;
}

/* "Z", "+01:00", "-0530": seconds east of UTC. Nothing: *ret_local. */
static const char *zone_read(const char *s, int64_t *ret, bool *ret_local)
{
	int64_t h, m, sign = *s == '-' ? -1 : 1;

	*ret_local = !*s;
	*ret = 0;
	if (*s == 'Z' || *s == 'z')
		return s + 1;
	if (!*s)
		return s;
	if (*s != '+' && *s != '-')
		return NULL;
	if (strlen(s) > 3 && s[3] == ':') {
		s = digits_read(s + 1, 2, 2, &h);
		s = s ? digits_read(s + 1, 2, 2, &m) : NULL;
	} else {
		s = digits_read(s + 1, 4, 4, &m);
		h = s ? m / 100 : 0;
		m = s ? m % 100 : 0;
	}
	if (!s || h > 15 || m > 59)
		return NULL;
	*ret = sign * (h * 3600 + m * 60);
	return s;
}

/* A day that the calendar does not have is none. */
static int tm_to_ns(struct tm *tm, bool local, int64_t east, int64_t ns, int64_t *ret)
{
	int day = tm->tm_mday, month = tm->tm_mon;
	int64_t t;

	tm->tm_isdst = -1;
	t = local ? mktime(tm) : timegm(tm);
	if (tm->tm_sec < 60 && (tm->tm_mday != day || tm->tm_mon != month))
		return -ERANGE;
	t -= east;
	if (t < 0 || t > SECS_MAX)
		return -ERANGE;
	*ret = t * NS + ns;
	return 0;
}

static int iso_parse(const char *s, int64_t *ret)
{
	struct tm tm = {0};
	int64_t ns = 0, east = 0;
	bool local = true;

	s = date_read(s, &tm);
	if (!s)
		return -EINVAL;
	if (*s == 'T' || *s == 't' || isblank((unsigned char)*s)) {
		s = clock_read(blanks_skip(s + 1), &tm, &ns);
		if (s)
			s = zone_read(blanks_skip(s), &east, &local);
	}
	if (!s || *s)
		return -EINVAL;
	return tm_to_ns(&tm, local, east, ns, ret);
}

/* A time of day, or "" for midnight, of the day that is so many before today. */
static int day_parse(const char *s, int back, const struct when_now *now, int64_t *ret)
{
	time_t t = (time_t)(now->now / NS);
	struct tm day;
	int64_t ns = 0;

	if (!localtime_r(&t, &day))
		return -ERANGE;
	/* Noon is on that day whatever the clock was set by: mktime() finds its date. */
	day.tm_hour = 12;
	day.tm_min = day.tm_sec = 0;
	day.tm_mday -= back;
	day.tm_isdst = -1;
	if (mktime(&day) < 0)
		return -ERANGE;
	day.tm_hour = 0;
	if (*s) {
		s = clock_read(s, &day, &ns);
		if (!s || *s)
			return -EINVAL;
	}
	return tm_to_ns(&day, true, 0, ns, ret);
}

/* The last time that the clock showed it. */
static int last_parse(const char *s, const struct when_now *now, int64_t *ret)
{
	int64_t at;
	int r = day_parse(s, 0, now, &at);

	if (!r && at > now->now)
		r = day_parse(s, 1, now, &at);
	if (!r)
		*ret = at;
	return r;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int at_parse(const char *s, const struct when_now *now, int64_t *ret)
{
	int64_t secs, ns;

	if (!strcmp(s, "boot")) {
		*ret = now->boot;
		return 0;
	}
	s = digits_read(s, 1, 12, &secs);
	if (s)
		s = fraction_read(s, &ns);
	if (!s || *s)
		return -EINVAL;
	if (secs > SECS_MAX)
		return -ERANGE;
	*ret = secs * NS + ns;
	return 0;
}

/* The word, and what stands behind it and blanks; NULL: it is another. */
static const char *word_skip(const char *s, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(s, word, len) || (s[len] && !isblank((unsigned char)s[len])))
		return NULL;
	return blanks_skip(s + len);
}

int when_parse(const char *s, const struct when_now *now, int64_t *ret_ns)
{
	const char *rest;

	s = blanks_skip(s);
	if (*s == '@')
		return at_parse(s + 1, now, ret_ns);
	rest = word_skip(s, "now");
	if (rest && !*rest) {
		*ret_ns = now->now;
		return 0;
	}
	rest = word_skip(s, "today");
	if (rest)
		return day_parse(rest, 0, now, ret_ns);
	rest = word_skip(s, "yesterday");
	if (rest)
		return day_parse(rest, 1, now, ret_ns);
	if (strlen(s) > 3 && !strcasecmp(s + strlen(s) - 3, "ago"))
		return ago_parse(s, now, ret_ns);
	if (strlen(s) > 4 && s[4] == '-')
		return iso_parse(s, ret_ns);
	return *s ? last_parse(s, now, ret_ns) : -EINVAL;
}
