// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/trace_loop.h"
#include "lib/clock.h"

#define TELL_TICK_MS 50
#define SETTLE_MS    10 /* between looks at what a command that ended leaves behind */

/* What ends the trace, and what else a command would want to hear of. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int passed_on[] = {SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};

uint64_t loop_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int loop_signals(sigset_t *ret_old, struct err *err)
{
	struct sigaction hup;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);
	/* Under nohup(1) the trace is to outlive its terminal; a signal that is blocked is not
	 * ignored. */
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, ret_old))
		return err_set(err, -errno, "block signals");
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(err, -errno, "make a signalfd") : fd;
}

void loop_signals_deadly(bool deadly)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(deadly ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void loop_signals_end(int fd, const sigset_t *old)
{
	close(fd);
	sigprocmask(SIG_SETMASK, old, NULL);
}

static bool is_ending(uint32_t sig)
{
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if ((uint32_t)ending[i] == sig)
			return true;
	return false;
}

/* True: the trace is to end. A command gets the signal, and its end is waited for. */
static bool loop_take_signals(struct loop *l)
{
	struct signalfd_siginfo si;
	bool end = false;

	while (read(l->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			if (l->child.pid)
				child_reap(&l->child);
		} else if (l->child.pid) {
			child_forward(&l->child, &si);
			l->interrupted |= is_ending(si.ssi_signo);
		} else if (is_ending(si.ssi_signo)) {
			l->interrupted = l->ending = end = true;
		}
	}
	return end;
}

/* A command that is to end has its time; one that has ended keeps nobody waiting. */
bool loop_stopped(void *loop)
{
	struct loop *l = loop;

	l->ending |= loop_take_signals(l);
	return l->ending || (l->interrupted && l->child.ended);
}

static int loop_timeout(const struct loop *l)
{
	uint64_t now = loop_now();
	int ms = l->feed->tick_ms;

	if (l->o->tell && l->o->tell->tick && ms > TELL_TICK_MS)
		ms = TELL_TICK_MS;
	if (!l->end_ns)
		return ms;
	if (now >= l->end_ns)
		return 0;
	return (int)((l->end_ns - now) / 1000000 + 1) < ms ? (int)((l->end_ns - now) / 1000000 + 1)
							   : ms;
}

static int loop_take(struct loop *l)
{
	int n = l->feed->take(l->feed->ctx, show_record, &l->show, &l->show.err);
	int r = show_flush(&l->show);

	return n < 0 ? n : r ? r : n;
}

/* One wait, and what came of it. 1: go on; 0: the end; -errno. */
static int loop_step(struct loop *l, uint64_t *next_tick)
{
	struct pollfd p[] = {
		{.fd = l->feed->fd, .events = POLLIN},
		{.fd = l->signals, .events = POLLIN},
		/* Without events: tells that the reader of a pipe has gone. */
		{.fd = l->show.gone || l->o->write_to ? -1 : STDOUT_FILENO},
	};
	int r = 1;

	if (poll(p, 3, loop_timeout(l)) < 0 && errno != EINTR)
		return err_set(&l->show.err, -errno, "poll");
	if (p[0].revents & POLLIN)
		r = loop_take(l);
	if (r >= 0 && l->feed->tick && loop_now() >= *next_tick) {
		r = l->feed->tick(l->feed->ctx, show_record, &l->show);
		*next_tick = loop_now() + (uint64_t)l->feed->tick_ms * 1000000;
		if (r >= 0)
			r = show_flush(&l->show);
	}
	if (l->o->tell && l->o->tell->tick)
		l->o->tell->tick(l->o->tell->ctx);
	if (p[2].revents & (POLLERR | POLLNVAL))
		l->show.gone = true;
	if (r < 0 && r != -EPIPE)
		return r;
	if (l->show.gone && !l->child.pid)
		return 0;
	if ((p[1].revents & POLLIN && loop_take_signals(l)) || l->ending)
		return 0;
	if (l->child.pid && l->child.ended)
		return 0;
	return !l->end_ns || loop_now() < l->end_ns;
}

/* Namespaces of a command end a little after it: workers free them. */
static int loop_settle(struct loop *l)
{
	uint64_t until = loop_now() + l->o->linger, tick = 0;
	int r = 1;

	l->feed->tick_ms = SETTLE_MS;
	l->end_ns = until;
	/* The command is no reason to stop any more. */
	l->child.pid = 0;
	while (r > 0 && l->feed->settled && !l->feed->settled(l->feed->ctx))
		r = loop_step(l, &tick);
	return r;
}

int loop_run(struct loop *l)
{
	uint64_t tick = loop_now() + (uint64_t)l->feed->tick_ms * 1000000;
	int r = show_flush(&l->show); /* the heading, also where nothing happens */

	/* Without a reader a command still runs to its end: loop_step knows. */
	if (!r || r == -EPIPE)
		do
			r = loop_step(l, &tick);
		while (r > 0);
	if (!r && l->child.pid && l->child.ended)
		r = loop_settle(l);
	if (r >= 0) /* the last records */
		r = loop_take(l);
	if (r >= 0 && l->feed->tick)
		r = l->feed->tick(l->feed->ctx, show_record, &l->show);
	if (r >= 0)
		r = loop_take(l);
	return r < 0 && r != -ECANCELED && r != -EPIPE ? r : 0;
}
