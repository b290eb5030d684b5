/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metric.h - a writer of metrics as Prometheus scrapes them: its text format 0.0.4, and
 * OpenMetrics 1.0.
 *
 * A family is begun, then its samples follow. Names are without "_total", which is added to
 * counters. Values of labels are untrusted text: they are escaped, and bytes that are no UTF-8
 * become U+FFFD.
 */
#ifndef NSWATCH_OUT_METRIC_H
#define NSWATCH_OUT_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* The Content-Type of each. */
#define METRICS_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
};

struct metrics {
	struct buf *b;
	bool open; /* OpenMetrics */
	const char *name;
	enum metric_type type;
};

void metrics_family(struct metrics *m, const char *name, enum metric_type type, const char *help);
/* labels: names and values in turn, ended by NULL. */
void metrics_sample(struct metrics *m, const char *const *labels, uint64_t v);
void metrics_seconds(struct metrics *m, const char *const *labels, uint64_t ns);
/* What OpenMetrics ends with. */
void metrics_end(struct metrics *m);

#define METRIC(m, v, ...) metrics_sample(m, (const char *const[]){__VA_ARGS__, NULL}, v)

/* Times, counted in buckets. */
#define METRIC_BUCKETS 10

struct metric_times {
	uint64_t n[METRIC_BUCKETS + 1]; /* the last: longer than all */
	uint64_t sum_ns;
};

void metric_times_add(struct metric_times *t, uint64_t ns);
/* The samples of a METRIC_HISTOGRAM, in seconds. */
void metrics_times(struct metrics *m, const struct metric_times *t);

#endif
