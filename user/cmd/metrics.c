// SPDX-License-Identifier: GPL-2.0-or-later
/* metrics.c - nswatch metrics: how the namespaces stand, once, for Prometheus. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/util.h"
#include "out/metric.h"
#include "sink/gauges.h"

struct metrics_opts {
	const char *output;
	bool openmetrics, containers;
};

#define S struct metrics_opts

static const struct opt rows[] = {
	{'o', "output", "FILE", OPT_STR(S, output), .group = "Output", .complete = OPT_C_FILE,
		.help = "write FILE anew, at once: a reader finds the old text or the new one (for "
			"the "
			"textfile collector of node_exporter)"},
	{0, "openmetrics", NULL, OPT_FLAG(S, openmetrics),
		.help = "the format of OpenMetrics 1.0 instead of Prometheus' text format 0.0.4"},
	{0, "containers", NULL, OPT_FLAG(S, containers), .group = "What is counted",
		.help = "the processes of each container, too: a sample per container"},
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair exits[] = {
	{"0", "done"},
	{"1", "the namespaces could not be read, or the output failed"},
	{"2", "wrong usage"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch metrics", "how many namespaces of each type there are, and what keeps them"},
	{"nswatch metrics --output /var/lib/node_exporter/nswatch.prom",
		"for node_exporter, from a timer"},
	{"nswatch trace -q --to metrics:9469", "counters of events as well, served by HTTP"},
	{0},
};

const struct opts_spec metrics_spec = {
	.name = "nswatch metrics",
	.summary = "Show how the namespaces of this system stand, as metrics for Prometheus.",
	.usage = (const char *const[]){"[OPTION...]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.no_operands = true,
	.notes = "Neither pids nor numbers of namespaces are labels: the number of samples does "
		 "not grow "
		 "with that of namespaces or processes. What is counted over time needs a trace: "
		 "the "
		 "output metrics of `nswatch trace --to`. Without root there is what the user may "
		 "see.",
	.examples = examples,
	.exits = exits,
};

int cmd_metrics(int argc, char **argv)
{
	struct metrics_opts o = {0};
	struct opts_rest rest = {0};
	struct err err = {0};
	auto_buf struct buf b = {0};
	struct metrics m = {.b = &b};
	int ret = opts_parse(&metrics_spec, argc, argv, &o, &rest, &err);

	if (cmd_opts_done(&metrics_spec, ret, &err, &ret))
		return ret;
	m.open = o.openmetrics;
	metrics_family(&m, "nswatch_build_info", METRIC_GAUGE, "The version of nswatch.");
	METRIC(&m, 1, "version", NSWATCH_VERSION);
	if (gauges_read(&m, o.containers, &err))
		return output_fail(&err);
	metrics_end(&m);
	if (!o.output)
		return output_put(&b) ? EXIT_FAIL : EXIT_OK;
	/* The collector is another user. */
	ret = fd_replace_file(o.output, 0644, b.s, b.len);
	if (!ret)
		return EXIT_OK;
	err_set(&err, ret, "write %s", o.output);
	return output_fail(&err);
}
