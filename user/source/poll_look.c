// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "lib/fd.h"
#include "source/diff.h"
#include "source/poll_cgroups.h"
#include "source/poll_look.h"
#include "snapshot/from_proc.h"

struct ns_poll {
	struct poll_opts opts; /* without the pids */
	struct diff *diff;
	struct poll_cgroups *cgroups; /* NULL: nobody wants them */
	int timer;
	uint32_t own_mnt;
	size_t unreadable, all;
};

static int poll_between(void *ctx, const struct ns_mounts *m)
{
	const struct ns_poll *p = ctx;

	(void)m;
	return p->opts.stopped && p->opts.stopped(p->opts.stop_ctx) ? -ECANCELED : 0;
}

static int poll_other_mounts(void *ctx, const struct ns_tasks *t, struct ns_mounts *m)
{
	struct ns_poll *p = ctx;

	return mounts_read_all_between(m, t, p->own_mnt, NULL, poll_between, p);
}

/* Nothing, if it runs another program by now: that one is of the next step. */
static void poll_program(void *ctx, const struct ns_task *t, struct buf *name, struct buf *args)
{
	auto_buf struct buf stat = {0};
	struct ns_task now = {0};

	procfs_link(t, "exe", name);
	procfs_text(t, "cmdline", EV_TEXT_MAX, args);
	if (procfs_text(t, "stat", 4096, &stat) || !stat.len ||
		procfs_stat_parse(stat.s, stat.len, &now) || now.exec_mark != t->exec_mark ||
		strcmp(now.comm, t->comm) != 0) {
		buf_reset(name);
		buf_reset(args);
	}
}

static uint64_t poll_cgroup(void *ctx, const struct ns_task *t)
{
	struct ns_poll *p = ctx;

	return poll_cgroups_of(p->cgroups, t);
}

void poll_close(struct ns_poll *p)
{
	if (!p)
		return;
	diff_free(p->diff);
	poll_cgroups_free(p->cgroups);
	fd_closep(&p->timer);
	free(p);
}

static void poll_closep(struct ns_poll **p)
{
	poll_close(*p);
}

static int timer_start(struct ns_poll *p, uint64_t interval_ns, struct err *err)
{
	struct itimerspec it = {0};

	it.it_interval.tv_sec = (time_t)(interval_ns / 1000000000);
	it.it_interval.tv_nsec = (long)(interval_ns % 1000000000);
	it.it_value = it.it_interval;
	if (timerfd_settime(p->timer, 0, &it, NULL))
		return err_set(err, -errno, "set the poll timer");
	return 0;
}

int poll_open(const struct poll_opts *o, struct ns_poll **ret, struct err *err)
{
	struct diff_opts d = {
		.pids = o->pids,
		.npids = o->npids,
		.follow = o->follow,
		.other_mounts = poll_other_mounts,
		.program = poll_program,
		.cgroup = o->cgroups ? poll_cgroup : NULL,
	};
	__attribute__((cleanup(poll_closep))) struct ns_poll *p = calloc(1, sizeof(*p));
	struct stat st;
	int e;

	if (!p)
		return err_set(err, -ENOMEM, "poll");
	p->opts = *o;
	p->opts.pids = NULL;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->timer < 0)
		return err_set(err, -errno, "make the poll timer");
	if (!stat("/proc/self/ns/mnt", &st))
		p->own_mnt = (uint32_t)st.st_ino;
	p->cgroups = o->cgroups ? poll_cgroups_new(o->cgroups) : NULL;
	if (o->cgroups && !p->cgroups)
		return err_set(err, -ENOMEM, "poll");
	d.ctx = p;
	e = diff_new(&d, &p->diff);
	if (e)
		return err_set(err, e, "poll");
	e = poll_step(p, NULL, NULL, err);
	if (!e)
		e = timer_start(p, o->interval_ns ? o->interval_ns : 1, err);
	if (e)
		return e;
	*ret = take_ptr(p);
	return 0;
}

int poll_fd(const struct ns_poll *p)
{
	return p->timer;
}

int poll_step(struct ns_poll *p, source_sink sink, void *ctx, struct err *err)
{
	struct procfs_opts o = {
		.nspids = true, .stopped = p->opts.stopped, .stop_ctx = p->opts.stop_ctx};
	auto_tasks struct ns_tasks tasks = {0};
	auto_mounts struct ns_mounts mounts = {0};
	uint64_t expirations;
	int ret;

	/* EAGAIN: not due, the caller wants a step all the same. */
	if (read(p->timer, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		return err_set(err, -errno, "read the poll timer");
	ret = procfs_read(&o, &tasks, err);
	if (ret)
		return ret;
	ret = mounts_read_between(&mounts, "/proc/self/mountinfo", p->own_mnt, poll_between, p);
	if (ret)
		return err_set(err, ret, "read /proc/self/mountinfo");
	if (p->cgroups)
		poll_cgroups_see(p->cgroups, &tasks);
	p->unreadable = tasks.unreadable;
	p->all = tasks.n;
	return diff_step(p->diff, &tasks, &mounts, sink, ctx);
}

size_t poll_unreadable(const struct ns_poll *p, size_t *ret_all)
{
	if (ret_all)
		*ret_all = p->all;
	return p->unreadable;
}
