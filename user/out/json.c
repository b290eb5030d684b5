// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "out/escape.h"
#include "out/json.h"

/* What comes before a value or a key: the comma, where one is due. */
static void json_next(struct json *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (j->more >> j->depth & 1)
		buf_putc(j->b, ',');
	j->more |= 1ULL << j->depth;
}

static void json_open(struct json *j, char c)
{
	json_next(j);
	buf_putc(j->b, c);
	j->depth++;
	j->more &= ~(1ULL << j->depth);
}

static void json_close(struct json *j, char c)
{
	j->depth--;
	buf_putc(j->b, c);
}

void json_object(struct json *j)
{
	json_open(j, '{');
}

void json_array(struct json *j)
{
	json_open(j, '[');
}

void json_end_object(struct json *j)
{
	json_close(j, '}');
}

void json_end_array(struct json *j)
{
	json_close(j, ']');
}

void json_key(struct json *j, const char *key)
{
	size_t len = strlen(key);

	json_next(j);
	buf_reserve(j->b, len + 3);
	j->b->s[j->b->len++] = '"';
	buf_add(j->b, key, len);
	buf_add(j->b, "\":", 2);
	j->keyed = true;
}

void json_strn(struct json *j, const char *s, size_t len)
{
	json_next(j);
	buf_putc(j->b, '"');
	escape_json(j->b, s, len);
	buf_putc(j->b, '"');
}

void json_str(struct json *j, const char *s)
{
	if (s)
		json_strn(j, s, strlen(s));
	else
		json_null(j);
}

void json_u64(struct json *j, uint64_t v)
{
	json_next(j);
	buf_u64(j->b, v);
}

void json_s64(struct json *j, int64_t v)
{
	json_next(j);
	if (v < 0)
		buf_putc(j->b, '-');
	buf_u64(j->b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void json_bool(struct json *j, bool v)
{
	json_next(j);
	if (v)
		buf_add(j->b, "true", 4);
	else
		buf_add(j->b, "false", 5);
}

void json_null(struct json *j)
{
	json_next(j);
	buf_add(j->b, "null", 4);
}

void json_kstr(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_str(j, s);
}

void json_ku64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

void json_ks64(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_s64(j, v);
}

void json_kbool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

void json_time(struct json *j, uint64_t wall_ns)
{
	/* gmtime_r once a second, not once an event */
	static char second[32];
	static size_t second_len;
	static time_t second_of = -1;
	time_t t = (time_t)(wall_ns / 1000000000);
	uint32_t ns = (uint32_t)(wall_ns % 1000000000);
	char tail[12];
	struct tm tm;

	if (t != second_of) {
		gmtime_r(&t, &tm);
		second_len = strftime(second, sizeof(second), "\"%Y-%m-%dT%H:%M:%S.", &tm);
		second_of = t;
	}
	for (int i = 8; i >= 0; i--, ns /= 10)
		tail[i] = (char)('0' + ns % 10);
	tail[9] = 'Z';
	tail[10] = '"';
	json_next(j);
	buf_add(j->b, second, second_len);
	buf_add(j->b, tail, 11);
}

void json_raw(struct json *j, const char *s, size_t len)
{
	json_next(j);
	buf_add(j->b, s, len);
}
