// SPDX-License-Identifier: GPL-2.0-or-later
/* history.c - the sink `history`: a database that remembers, which `nswatch history` reads. */
#include "history/writer.h"
#include "stream/sink.h"

static int of_history_open(void **ret, const struct sink_open *so, struct err *err)
{
	static const struct hist_keep usual;
	struct hist_writer *w;
	int r = hist_create(so->arg, so->ctx ? so->ctx : &usual, so->meta, so->live, &w, err);

	if (r)
		return r;
	*so->ret_wants |= SINK_USER;
	*ret = w;
	return 0;
}

static int of_history_event(void *sink, const struct observed *o, struct err *err)
{
	(void)err;
	hist_put(sink, o->ev, o->user, o->host, o->host_len);
	return 0;
}

/* A database that can't be written to is told, and ends nothing. */
static void of_history_tick(void *sink)
{
	struct err say;

	hist_tick(sink, &say);
	if (say.code)
		log_err(&say);
}

static uint64_t of_history_missed(void *sink)
{
	return hist_missed(sink);
}

static int of_history_tick_ms(void *sink)
{
	return hist_wait_ms(sink);
}

static pid_t of_history_looker(void *sink)
{
	return hist_looker(sink);
}

static int of_history_close(void *sink, const struct sink_end *end, struct err *err)
{
	(void)end;
	return hist_close(sink, err);
}

const struct sink_ops sink_history = {
	.name = "history",
	.arg = "DB",
	.help = "a database for `nswatch history`",
	.open = of_history_open,
	.event = of_history_event,
	.missed = of_history_missed,
	.tick = of_history_tick,
	.tick_ms = of_history_tick_ms,
	.looker = of_history_looker,
	.close = of_history_close,
};
