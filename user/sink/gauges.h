/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gauges.h - how the namespaces of this machine stand now, as metrics. */
#ifndef NSWATCH_SINK_GAUGES_H
#define NSWATCH_SINK_GAUGES_H

#include <stdbool.h>

#include "lib/err.h"
#include "out/metric.h"

/*
 * Takes a snapshot and adds what it shows to m. Neither pids nor numbers of namespaces are
 * labels, so there are as many samples as there are types, ways to keep and fates; containers
 * (where they are asked for) are labels, GAUGES_CONTAINERS at most, the others together.
 */
#define GAUGES_CONTAINERS 1000

int gauges_read(struct metrics *m, bool containers, struct err *err);

#endif
