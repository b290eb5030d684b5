// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/lookback.h"
#include "history/at.h"
#include "history/reader.h"
#include "lib/buf.h"

static struct at past;
static bool on;

static void gap_say(const char *text)
{
	log_say("%s", text);
}

static void heading_say(void)
{
	auto_buf struct buf b = {0};

	buf_puts(&b, "as of ");
	hist_time_say(&b, past.when);
	buf_puts(&b, "; processes, and how many, are those of ");
	hist_time_say(&b, past.snapshot);
	log_say("%s", b.s);
}

int lookback_to(const char *option, const char *when, const char *db, bool talk, struct err *err)
{
	struct when_now now = when_now();
	int64_t ns;
	int r;

	if (when_parse(when, &now, &ns)) {
		err_say(err, -EINVAL, "--%s: '%.64s' is not %s", option, when, WHEN_EXPECT);
		return -EINVAL;
	}
	if (ns > now.now)
		return err_say(err, -EINVAL, "--%s: '%.64s' is yet to come", option, when);
	r = at_read(db, ns, gap_say, &past, err);
	if (r)
		return r == -EINVAL ? -EIO : r;
	on = true;
	at_use(&past);
	if (talk)
		heading_say();
	return 0;
}

int lookback_begin(const struct lookback_opts *o, struct err *err)
{
	if (o->at)
		return lookback_to("at", o->at, o->db, true, err);
	return o->db ? err_say(err, -EINVAL, "--db goes with --at") : 0;
}

void lookback_end(void)
{
	at_use(NULL);
	if (on)
		at_free(&past);
	on = false;
}

bool lookback_on(void)
{
	return on;
}

bool lookback_over(uint32_t inum)
{
	return on && at_is_over(&past, inum);
}

static const char *iso(char *ret, size_t size, int64_t ns)
{
	time_t t = (time_t)(ns / 1000000000);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(ret, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
		ret[0] = '\0';
	return ret;
}

void lookback_style(struct table_style *style)
{
	static char when[32], seen[32];

	if (!on)
		return;
	style->at = iso(when, sizeof(when), past.when);
	style->snapshot = iso(seen, sizeof(seen), past.snapshot);
}
