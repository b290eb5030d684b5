// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics.c - the sink `metrics`: what was counted, and how the namespaces stand, for a scraper.
 *
 * The page is served by this process, which gives its rights up as every trace does. The namespaces
 * are looked at by another one, forked before: it keeps the rights, and hears one byte from here,
 * no request.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "sink/counters.h"
#include "sink/gauges.h"
#include "sink/http.h"
#include "stream/sink.h"

#define LOOK_EVERY_NS 5000000000ULL  /* a look is at most so old, */
#define LOOK_WAIT_NS  10000000000ULL /* and waited for no longer */
#define LOOK_MAX      (16u << 20)    /* bytes of one */

struct sink_of_metrics {
	struct counters counts;
	struct http *http;
	struct http_page page;
	pid_t looker;
	int fd;                       /* to the looker, -1: it is gone */
	struct buf look, next;        /* the newest whole one, and what has come of the next */
	uint64_t looked_ns, asked_ns; /* CLOCK_MONOTONIC; asked 0: nothing is awaited */
	bool ready;                   /* the answer is to be given with what there is */
};

/* --- the process that looks ------------------------------------------------------------------ */

static void looker_main(int fd)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &c, 1) == 1) {
		auto_buf struct buf b = {0};
		struct metrics m = {.b = &b};
		uint32_t len;

		if (gauges_read(&m, false, NULL))
			buf_reset(&b);
		len = (uint32_t)b.len;
		if (fd_write_all(fd, (const char *)&len, sizeof(len)) ||
			(len && fd_write_all(fd, b.s, len)))
			break;
	}
	_exit(0);
}

static int looker_start(struct sink_of_metrics *s, struct err *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return err_set(err, -errno, "make a socket");
	s->looker = fork();
	if (s->looker < 0) {
		close(pair[0]);
		close(pair[1]);
		return err_set(err, -errno, "fork");
	}
	if (!s->looker) {
		/* Programs of the trace are not to live on by descriptors of this process. */
		dup2(pair[1], 3);
		close_range(4, ~0U, 0);
		looker_main(3);
	}
	close(pair[1]);
	s->fd = pair[0];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

static void looker_end(struct sink_of_metrics *s)
{
	if (s->looker <= 0)
		return;
	fd_closep(&s->fd);
	kill(s->looker, SIGKILL);
	while (waitpid(s->looker, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- looks ----------------------------------------------------------------------------------- */

static void look_ask(struct sink_of_metrics *s, uint64_t now)
{
	if (s->asked_ns || s->fd < 0)
		return;
	if (write(s->fd, "?", 1) != 1) {
		fd_closep(&s->fd);
		return;
	}
	buf_reset(&s->next);
	s->asked_ns = now;
}

static bool look_whole(const struct sink_of_metrics *s)
{
	uint32_t len;

	if (s->next.len < sizeof(len))
		return false;
	memcpy(&len, s->next.s, sizeof(len));
	return s->next.len >= sizeof(len) + len;
}

static void look_take(struct sink_of_metrics *s)
{
	char part[16384];
	ssize_t n;

	while (s->fd >= 0 && (n = read(s->fd, part, sizeof(part))) != -1) {
		if (!n || s->next.len > LOOK_MAX)
			fd_closep(&s->fd);
		else
			buf_add(&s->next, part, (size_t)n);
	}
	if (!look_whole(s))
		return;
	buf_reset(&s->look);
	buf_add(&s->look, s->next.s + sizeof(uint32_t), s->next.len - sizeof(uint32_t));
	s->looked_ns = clock_ns(CLOCK_MONOTONIC);
	s->asked_ns = 0;
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
		look_ask(s, now);
		if (s->asked_ns)
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
	looker_end(s);
	buf_free(&s->look);
	buf_free(&s->next);
	free(s);
}

static int of_metrics_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_metrics *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "count events");
	s->fd = -1;
	s->page = (struct http_page){"/metrics", page_make, s};
	r = looker_start(s, err);
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
	if (!s->asked_ns)
		return;
	look_take(s);
	if (s->asked_ns && s->fd >= 0 && clock_ns(CLOCK_MONOTONIC) - s->asked_ns < LOOK_WAIT_NS)
		return;
	/* Who waits gets what there is, once. */
	s->asked_ns = 0;
	s->ready = true;
	http_wake(s->http);
	s->ready = false;
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
	.close = of_metrics_close,
};
