// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "lib/text.h"
#include "out/metric.h"

#define NSEC 1000000000ULL

/* In ns: from 100 us to 5 s. */
static const struct {
	uint64_t ns;
	const char *le;
} buckets[METRIC_BUCKETS] = {{100000, "0.0001"}, {500000, "0.0005"}, {1000000, "0.001"},
	{5000000, "0.005"}, {10000000, "0.01"}, {50000000, "0.05"}, {100000000, "0.1"},
	{500000000, "0.5"}, {1000000000, "1.0"}, {5000000000, "5.0"}};

static const char *const types[] = {
	[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_HISTOGRAM] = "histogram"};

static const char *total(const struct metrics *m)
{
	return m->type == METRIC_COUNTER ? "_total" : "";
}

void metrics_family(struct metrics *m, const char *name, enum metric_type type, const char *help)
{
	m->name = name;
	m->type = type;
	/* In the older format a counter is called with its "_total" here, too. */
	buf_printf(m->b, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, m->open ? "" : total(m), help,
		name, m->open ? "" : total(m), types[type]);
}

static void value_put(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	while (len) {
		uint32_t cp;
		size_t n = utf8_next(s, len, &cp);

		if (*s == '\\' || *s == '"')
			buf_putc(b, '\\');
		if (*s == '\n')
			buf_puts(b, "\\n");
		else if (n)
			buf_add(b, s, n);
		else
			buf_puts(b, "\xef\xbf\xbd");
		n = n ? n : 1;
		s += n;
		len -= n;
	}
}

static void name_put(struct metrics *m, const char *suffix, const char *const *labels)
{
	buf_printf(m->b, "%s%s", m->name, suffix);
	for (size_t i = 0; labels && labels[i]; i += 2) {
		buf_printf(m->b, "%s%s=\"", i ? "," : "{", labels[i]);
		value_put(m->b, labels[i + 1]);
		buf_putc(m->b, '"');
	}
	buf_puts(m->b, labels && labels[0] ? "} " : " ");
}

static void seconds_put(struct buf *b, uint64_t ns)
{
	buf_printf(b, "%llu.%09llu\n", (unsigned long long)(ns / NSEC),
		(unsigned long long)(ns % NSEC));
}

void metrics_sample(struct metrics *m, const char *const *labels, uint64_t v)
{
	name_put(m, total(m), labels);
	buf_u64(m->b, v);
	buf_putc(m->b, '\n');
}

void metrics_seconds(struct metrics *m, const char *const *labels, uint64_t ns)
{
	name_put(m, total(m), labels);
	seconds_put(m->b, ns);
}

void metrics_end(struct metrics *m)
{
	if (m->open)
		buf_puts(m->b, "# EOF\n");
}

void metric_times_add(struct metric_times *t, uint64_t ns)
{
	size_t i = 0;

	while (i < METRIC_BUCKETS && ns > buckets[i].ns)
		i++;
	t->n[i]++;
	t->sum_ns += ns;
}

static void bucket_put(struct metrics *m, const char *le, uint64_t n)
{
	name_put(m, "_bucket", (const char *const[]){"le", le, NULL});
	buf_u64(m->b, n);
	buf_putc(m->b, '\n');
}

void metrics_times(struct metrics *m, const struct metric_times *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < METRIC_BUCKETS; i++) {
		n += t->n[i];
		bucket_put(m, buckets[i].le, n);
	}
	n += t->n[METRIC_BUCKETS];
	bucket_put(m, "+Inf", n);
	name_put(m, "_sum", NULL);
	seconds_put(m->b, t->sum_ns);
	name_put(m, "_count", NULL);
	buf_u64(m->b, n);
	buf_putc(m->b, '\n');
}
