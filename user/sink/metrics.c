// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics.c - the sink `metrics`: what was counted, and how the namespaces stand, for a scraper.
 *
 * The page is served by this process, which gives its rights up as every trace does. The namespaces
 * are looked at by another one, forked before: it keeps the rights, and hears one byte from here,
 * no request.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/looker.h"
#include "sink/counters.h"
#include "sink/gauges.h"
#include "sink/http.h"
#include "stream/sink.h"

#define LOOK_EVERY_NS 5000000000ULL  /* a look is at most so old, */
#define LOOK_WAIT_NS  10000000000ULL /* and waited for no longer */

struct sink_of_metrics {
	struct counters counts;
	struct http *http;
	struct http_page page;
	struct looker looker;
	struct buf look;    /* the newest */
	uint64_t looked_ns; /* CLOCK_MONOTONIC */
	bool ready;         /* the answer is to be given with what there is */
};

/* --- looks ----------------------------------------------------------------------------------- */

static void look(void *ctx, char what, struct buf *b)
{
	struct metrics m = {.b = b};

	(void)ctx;
	(void)what;
	if (gauges_read(&m, false, NULL))
		buf_reset(b);
}

/* Without a look the page has what was counted, and says how old the look is. */
static void page_fill(struct sink_of_metrics *s, struct metrics *m, uint64_t now)
{
	metrics_family(m, "nswatch_build_info", METRIC_GAUGE, "The version of nswatch.");
	METRIC(m, 1, "version", NSWATCH_VERSION);
	counters_put(&s->counts, m);
	if (s->looked_ns) {
		metrics_family(m, "nswatch_snapshot_age_seconds", METRIC_GAUGE,
			"How old the following is, as far as it was looked at.");
		metrics_seconds(m, NULL, now - s->looked_ns);
		buf_add(m->b, s->look.len ? s->look.s : "", s->look.len);
	}
	metrics_end(m);
}

static bool page_make(void *ctx, const char *accept, struct buf *b, const char **ret_type)
{
	struct sink_of_metrics *s = ctx;
	bool open = accept && strstr(accept, "application/openmetrics-text");
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct metrics m = {.b = b, .open = open};

	if (!s->ready && (!s->looked_ns || now - s->looked_ns > LOOK_EVERY_NS)) {
		looker_ask(&s->looker, '?');
		if (s->looker.asked_ns)
			return false;
	}
	page_fill(s, &m, now);
	*ret_type = open ? METRICS_OPEN : METRICS_TEXT;
	return true;
}

/* --- the sink -------------------------------------------------------------------------------- */

static void of_metrics_free(struct sink_of_metrics *s)
{
	http_close(s->http);
	looker_end(&s->looker);
	buf_free(&s->look);
	free(s);
}

static int of_metrics_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_metrics *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "count events");
	s->page = (struct http_page){"/metrics", page_make, s};
	r = looker_start(&s->looker, look, NULL, err);
	if (!r)
		r = http_open(so->arg, &s->page, &s->http, err);
	if (r) {
		of_metrics_free(s);
		return r;
	}
	*so->ret_wants |= SINK_FINDINGS;
	*ret = s;
	return 0;
}

static int of_metrics_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_metrics *s = sink;

	(void)err;
	counters_add(&s->counts, o->ev);
	return 0;
}

static void of_metrics_finding(void *sink, const struct event *ev, const struct finding *f)
{
	struct sink_of_metrics *s = sink;

	(void)ev;
	counters_reason(&s->counts, f);
}

static void of_metrics_tick(void *sink)
{
	struct sink_of_metrics *s = sink;

	http_run(s->http);
	if (!s->looker.asked_ns)
		return;
	if (looker_take(&s->looker, &s->look))
		s->looked_ns = clock_ns(CLOCK_MONOTONIC);
	else if (s->looker.fd >= 0 && clock_ns(CLOCK_MONOTONIC) - s->looker.asked_ns < LOOK_WAIT_NS)
		return;
	/* Who waits gets what there is, once. */
	s->ready = true;
	http_wake(s->http);
	s->ready = false;
}

static pid_t of_metrics_looker(void *sink)
{
	const struct sink_of_metrics *s = sink;

	return s->looker.pid;
}

static int of_metrics_close(void *sink, const struct sink_end *end, struct err *err)
{
	(void)end;
	(void)err;
	of_metrics_free(sink);
	return 0;
}

const struct sink_ops sink_metrics = {
	.name = "metrics",
	.arg = "[ADDRESS:]PORT",
	.arg_needed = true,
	.help = "counters and the state of all namespaces for Prometheus, at "
		"http://ADDRESS:PORT/metrics "
		"(127.0.0.1 unless named; unix:PATH is a socket)",
	.open = of_metrics_open,
	.event = of_metrics_event,
	.finding = of_metrics_finding,
	.tick = of_metrics_tick,
	.looker = of_metrics_looker,
	.close = of_metrics_close,
};
