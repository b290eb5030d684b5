// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "event/recfile.h"
#include "history/reader.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "source/past.h"

#define LOOK_MS   200 /* for what was recorded meanwhile */
#define GAPS_SAID 5

struct past {
	struct hist_reader *reader;
	struct hist_want want;
	int64_t *keys; /* of want */
	int more;      /* eventfd: readable while there is something to take */
	bool follow, ended;
};

static int past_fd(const void *source)
{
	const struct past *p = source;

	return p->more;
}

static int past_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct past *p = source;
	int r = hist_take(p->reader, sink, ctx, err);
	eventfd_t v;

	if (r < 0)
		p->ended = true;
	if (r)
		return r;
	if (p->follow)
		eventfd_read(p->more, &v);
	else
		p->ended = true;
	return 0;
}

static int past_tick(void *source, source_sink sink, void *ctx)
{
	struct past *p = source;

	(void)sink;
	(void)ctx;
	if (p->follow && hist_changed(p->reader))
		eventfd_write(p->more, 1);
	return 0;
}

static int past_tick_ms(const void *source)
{
	(void)source;
	return LOOK_MS;
}

static bool past_ended(const void *source)
{
	const struct past *p = source;

	return p->ended;
}

static int64_t past_wall_offset(const void *source)
{
	const struct past *p = source;

	return hist_clock(p->reader);
}

static const char *past_host(const void *source, size_t *len)
{
	const struct past *p = source;

	return hist_host(p->reader, len);
}

static bool past_user(const void *source, uint32_t uid, const char **ret)
{
	const struct past *p = source;

	*ret = hist_user(p->reader, uid);
	return true;
}

static const struct whose *past_whose(void *source, uint64_t cgroup_id)
{
	struct past *p = source;

	return hist_whose(p->reader, cgroup_id);
}

static uint64_t past_owner(void *source, uint32_t inum)
{
	struct past *p = source;

	return hist_owner(p->reader, inum);
}

static const char *past_ns_name(void *source, uint32_t inum)
{
	struct past *p = source;

	return hist_ns_name(p->reader, inum);
}

static void past_initials(const void *source, uint32_t ret[NS_TYPES])
{
	const struct past *p = source;
	auto_buf struct buf meta = {0};

	hist_meta(p->reader, &meta);
	recfile_meta_initials(meta.s, ret);
}

/* --- what was not recorded -------------------------------------------------------------------- */

static void gap_say(void *ctx, int64_t since, int64_t until, const char *why, uint64_t events)
{
	auto_buf struct buf b = {0};
	size_t *n = ctx;

	if ((*n)++ >= GAPS_SAID)
		return;
	hist_gap_say(&b, since, until, why, events);
	log_say("%s", b.s);
}

static void past_say_start(void *source, bool command)
{
	struct past *p = source;
	size_t n = 0;

	(void)command;
	hist_gaps(p->reader, gap_say, &n);
	if (n > GAPS_SAID)
		log_say("and %zu more such spans: the table gap has them", n - GAPS_SAID);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static void past_close(void *source)
{
	struct past *p = source;

	hist_end(p->reader);
	free(p->keys);
	if (p->more >= 0)
		close(p->more);
	free(p);
}

static const struct source_ops past_ops = {
	.say_start = past_say_start,
	.fd = past_fd,
	.take = past_take,
	.tick = past_tick,
	.tick_ms = past_tick_ms,
	.ended = past_ended,
	.wall_offset = past_wall_offset,
	.host = past_host,
	.user = past_user,
	.whose = past_whose,
	.owner = past_owner,
	.ns_name = past_ns_name,
	.initials = past_initials,
	.close = past_close,
};

static int want_numbers(struct past *p, const struct past_opts *o, struct err *err)
{
	const struct pick *pick = o->pick;
	struct hist_want *w = &p->want;
	size_t n = o->pid ? 1 : pick->nrefs ? pick->nrefs : pick->npids;

	p->keys = calloc(n, sizeof(*p->keys));
	if (!p->keys)
		return err_set(err, -ENOMEM, "read a history");
	for (size_t i = 0; i < n; i++)
		p->keys[i] = o->pid ? o->pid : pick->nrefs ? pick->refs[i].inum : pick->pids[i];
	w->by = pick->nrefs && !o->pid ? Q_NS_NEXT : Q_PID_NEXT;
	w->keys = p->keys;
	w->nkeys = n;
	return 0;
}

/* By what an index leads to the events; the rest is asked of each event. */
static int want_keys(struct past *p, const struct past_opts *o, struct err *err)
{
	const struct pick *pick = o->pick;
	struct hist_want *w = &p->want;
	int r;

	if (o->all)
		return 0;
	if (o->device) {
		w->by = Q_DEV_NEXT;
		w->device = o->device;
		return 0;
	}
	/* Which processes descend from others only their events say. */
	if (o->pid || pick->nrefs || (pick->npids && !pick->follow))
		return want_numbers(p, o, err);
	if (!pick->ncontainers)
		return 0;
	r = hist_cgroups(
		hist_db(p->reader), pick->containers, pick->ncontainers, &p->keys, &w->nkeys, err);
	/* One that begins later has a cgroup that nobody knows yet. */
	if (r || p->follow)
		return r;
	w->by = Q_CGROUP_NEXT;
	w->keys = p->keys;
	return 0;
}

static int past_begin(struct past *p, const struct past_opts *o, struct err *err)
{
	int r;

	p->want = (struct hist_want){
		.since = o->since, .until = o->until, .kinds = o->pick->kinds, .after = o->after};
	p->follow = o->follow;
	p->more = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->more < 0)
		return err_set(err, -errno, "make an eventfd");
	r = hist_open(o->db, &p->reader, err);
	if (!r)
		r = want_keys(p, o, err);
	return r ? r : hist_start(p->reader, &p->want, err);
}

int past_open(const struct past_opts *o, struct source *ret, struct err *err)
{
	struct past *p;
	int r = filecaps_limit(0, err);

	if (r)
		return r;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "read a history");
	r = past_begin(p, o, err);
	if (r) {
		past_close(p);
		return r;
	}
	*ret = (struct source){.ops = &past_ops, .self = p};
	return 0;
}

struct hist_reader *past_reader(const struct source *s)
{
	const struct past *p = s->self;

	return p->reader;
}
