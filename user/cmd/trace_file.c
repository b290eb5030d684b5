// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_file.c - `nswatch trace -r FILE`: the same events, from a recording. */
#include <errno.h>
#include <signal.h>
#include <string.h>

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

struct file_show {
	struct show *show;
	const struct recfile *file;
	struct buf host; /* that the JSON of events says now; s is NULL where it says none */
};

/* JSON Lines of several traces, or hosts, may stand behind one another. */
static int file_record(void *ctx, const void *data, size_t size)
{
	struct file_show *f = ctx;
	size_t len;
	const char *host = recfile_host(f->file, &len);

	f->show->wall_offset = recfile_wall_offset(f->file);
	if (f->show->o->json && (!f->host.s != !host || f->host.len != len ||
					(host && memcmp(f->host.s, host, len) != 0))) {
		show_host(f->show, host, len);
		buf_free(&f->host);
		if (host)
			buf_add(&f->host, host, len);
	}
	return show_record(f->show, data, size);
}

int trace_file(struct trace_opts *o)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: reads are to end */
	struct recfile *f;
	struct show show;
	struct err err = {0};
	struct file_show fs = {.show = &show};
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
		if (o->json)
			show_host(&show, NULL, 0);
		show_stops(&show, is_stopped, NULL);
		fs.file = f;
		r = recfile_read(f, file_record, &fs, &stop, &err);
		buf_free(&fs.host);
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
