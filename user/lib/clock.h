/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.h - what a clock says, in ns. */
#ifndef NSWATCH_LIB_CLOCK_H
#define NSWATCH_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#endif
