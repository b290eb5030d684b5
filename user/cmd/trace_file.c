// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_file.c - `nswatch trace -r FILE`: the same events, from a recording. */
#include <errno.h>
#include <signal.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "event/recfile.h"
#include "lib/filecaps.h"
#include "lib/log.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = 1;
}

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return stop;
}

int trace_file(struct trace_opts *o)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: reads are to end */
	struct recfile *f;
	struct show show;
	struct err err = {0};
	const char *host;
	size_t host_len = 0;
	int r = filecaps_limit(0, &err);

	if (r) {
		log_err(&err);
		return EXIT_FAIL;
	}
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = recfile_open(o->read_from, &f, &err);
	if (r) {
		log_err(&err);
		return EXIT_FAIL;
	}
	r = show_open(&show, o, "", recfile_wall_offset(f), &err);
	if (!r) {
		host = recfile_meta_get(f, "hostname", &host_len);
		if (o->json)
			show_host(&show, host, host_len);
		show_stops(&show, is_stopped, NULL);
		r = recfile_read(f, show_record, &show, &stop, &err);
		if (r == -ECANCELED || r == -EPIPE || r == -EINTR)
			r = 0;
		if (show_close(&show) < 0 && !show.gone) {
			err = show.err;
			r = err.code;
		}
		if (show.sum.damaged)
			log_say("%llu records made no sense and were left out: %s",
				(unsigned long long)show.sum.damaged, show.err.what);
	}
	recfile_close(f);
	if (r)
		log_err(&err);
	if (!r && o->strict && summary_lost(&show.sum))
		return EXIT_LOST;
	return r ? EXIT_FAIL : EXIT_OK;
}
