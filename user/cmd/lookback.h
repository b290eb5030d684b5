/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lookback.h - tables of the past: --at WHEN and --db FILE of several commands. */
#ifndef NSWATCH_CMD_LOOKBACK_H
#define NSWATCH_CMD_LOOKBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/when.h"
#include "out/table.h"

struct lookback_opts {
	const char *at, *db;
};

/* The options of a command whose struct s has these in m. */
#define LOOKBACK_ROWS(s, m, what)                                                                  \
	{0, "at", "WHEN", OPT_STR(s, m.at), .group = "The past",                                   \
		.help = what " as of WHEN, from what `nswatch record` recorded: `10m ago`, "       \
			     "`yesterday 03:00`, `14:03`, an ISO 8601 date, `@boot`"},             \
	{                                                                                          \
		0, "db", "FILE", OPT_STR(s, m.db),                                                 \
			.complete = OPT_C_FILE,                                                    \
			.help = "the history to look into (default: one's own where "              \
				"there is one, else that of the host)"                             \
	}

/*
 * Where --at was given, all snapshots are of that time from now on, and standard error says of
 * when. -EINVAL: the options make no sense; -errno.
 */
int lookback_begin(const struct lookback_opts *o, struct err *err);
/* The same for a time that another option names. */
int lookback_to(const char *option, const char *when, const char *db, bool talk, struct err *err);
void lookback_end(void);
/* Whether snapshots are of the past. */
bool lookback_on(void);
/* Whether the namespace of that number, which was there then, has ended since. */
bool lookback_over(uint32_t inum);
/* What JSON says of when its table is. */
void lookback_style(struct table_style *style);

#endif
