// SPDX-License-Identifier: GPL-2.0-or-later
/* The texts of metrics, hostile labels, and what is counted of events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "event/schema.h"
#include "out/metric.h"
#include "sink/counters.h"

static void test_texts(void **state)
{
	auto_buf struct buf b = {0};
	struct metrics m = {.b = &b};

	metrics_family(&m, "n_a", METRIC_COUNTER, "Some.");
	METRIC(&m, 3, "kind", "x");
	metrics_family(&m, "n_b", METRIC_GAUGE, "Others.");
	metrics_sample(&m, NULL, 7);
	metrics_seconds(&m, NULL, 1500000000);
	metrics_end(&m);
	assert_string_equal(b.s, "# HELP n_a_total Some.\n# TYPE n_a_total counter\n"
				 "n_a_total{kind=\"x\"} 3\n# HELP n_b Others.\n# TYPE n_b gauge\n"
				 "n_b 7\nn_b 1.500000000\n");
	buf_reset(&b);
	m.open = true;
	metrics_family(&m, "n_a", METRIC_COUNTER, "Some.");
	METRIC(&m, 3, "kind", "x");
	metrics_end(&m);
	assert_string_equal(
		b.s, "# HELP n_a Some.\n# TYPE n_a counter\nn_a_total{kind=\"x\"} 3\n# EOF\n");
}

/* Neither a quote nor a newline leaves the label, and all is UTF-8. */
static void test_hostile(void **state)
{
	auto_buf struct buf b = {0};
	struct metrics m = {.b = &b, .name = "n"};

	METRIC(&m, 1, "container", "a\"} 9\nn{b=\"\\ \xff\xc3\xa9");
	assert_string_equal(
		b.s, "n{container=\"a\\\"} 9\\nn{b=\\\"\\\\ \xef\xbf\xbd\xc3\xa9\"} 1\n");
}

static void test_times(void **state)
{
	auto_buf struct buf b = {0};
	struct metrics m = {.b = &b};
	struct metric_times t = {0};

	metric_times_add(&t, 100000);
	metric_times_add(&t, 100001);
	metric_times_add(&t, 60000000000);
	metrics_family(&m, "n", METRIC_HISTOGRAM, "T.");
	metrics_times(&m, &t);
	assert_non_null(strstr(b.s, "n_bucket{le=\"0.0001\"} 1\nn_bucket{le=\"0.0005\"} 2\n"));
	assert_non_null(strstr(b.s, "n_bucket{le=\"5.0\"} 2\nn_bucket{le=\"+Inf\"} 3\n"
				    "n_sum 60.000200001\nn_count 3\n"));
}

static void count(struct counters *c, const void *rec, size_t size)
{
	struct event ev;

	assert_int_equal(event_decode(rec, size, 0, &ev, NULL), 0);
	counters_add(c, &ev);
}

static void test_counters(void **state)
{
	struct counters c = {0};
	struct ev_ns ns = {.hdr = {.ts_ns = 1000, .kind = EV_NS_CREATE, .size = sizeof(ns)},
		.ns_type = NS_NET,
		.inum = 77};
	struct ev_unshare un = {
		.hdr = {.ts_ns = 51000, .kind = EV_UNSHARE, .size = sizeof(un), .pid = 1},
		.changed = 1u << NS_NET};
	struct ev_exit ex = {.hdr = {.ts_ns = 60000, .kind = EV_EXIT, .size = sizeof(ex), .pid = 1},
		.empties = 1u << NS_NET};
	struct ev_lost lost = {
		.hdr = {.kind = EV_LOST, .size = sizeof(lost)}, .count = 5, .why = EV_LOST_CALL};

	un.after.inum[NS_NET] = ex.ns.inum[NS_NET] = 77;
	count(&c, &ns, sizeof(ns));
	count(&c, &un, sizeof(un));
	/* The same number once more is of no creation. */
	count(&c, &un, sizeof(un));
	count(&c, &ex, sizeof(ex));
	ns.hdr.kind = EV_NS_FREE;
	ns.hdr.ts_ns = 90000;
	count(&c, &ns, sizeof(ns));
	un.result = -1;
	un.changed = 0;
	count(&c, &un, sizeof(un));
	count(&c, &lost, sizeof(lost));
	assert_int_equal(c.creation.sum_ns, 50000);
	assert_int_equal(c.cleanup.sum_ns, 30000);
	assert_int_equal(c.kinds[EV_UNSHARE][0], 2);
	assert_int_equal(c.kinds[EV_UNSHARE][1], 1);
	assert_int_equal(c.lost[EV_LOST_CALL], 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
