/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counters.h - the events of a stream, counted for metrics. All of it is bounded. */
#ifndef NSWATCH_SINK_COUNTERS_H
#define NSWATCH_SINK_COUNTERS_H

#include <stdint.h>

#include "event/decode.h"
#include "out/metric.h"
#include "why/rule.h"

#define COUNTERS_REASONS 64
#define COUNTERS_NETS    1024 /* that are being made or are ending; a power of two */

/* A net namespace, and since when something happens to it. */
struct counters_net {
	uint32_t inum;
	uint64_t since_ns;
};

/* Zeroed before the first event. */
struct counters {
	uint64_t kinds[EV_KINDS][2]; /* the second: calls that failed */
	uint64_t lost[EV_LOST_WHYS];
	struct {
		const char *code; /* of a reason, or of the rule where there is none */
		uint64_t n;
	} reasons[COUNTERS_REASONS];
	size_t nreasons;
	uint64_t reasons_rest;
	struct counters_net made[COUNTERS_NETS], emptied[COUNTERS_NETS];
	struct metric_times creation, cleanup;
};

void counters_add(struct counters *c, const struct event *ev);
/* What a rule says about a call that was refused. */
void counters_reason(struct counters *c, const struct finding *f);
void counters_put(const struct counters *c, struct metrics *m);

#endif
