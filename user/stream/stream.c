// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "event/decode.h"
#include "kernel/nsfd.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/host.h"
#include "lib/outlet.h"
#include "source/rights.h"
#include "stream/stream.h"
#include "why/story.h"
#include "lib/util.h"

#define NOTES_MAX 8 /* of one event */

struct notes {
	struct story *story;
	struct finding f;
	/* Of the event at hand. */
	const struct event *ev;
	notes_fn fn;
	void *ctx;
	struct event_note of[NOTES_MAX];
	size_t at[NOTES_MAX]; /* of their texts, each ended by NUL */
	size_t n;
	struct buf text;
};

struct notes *notes_new(bool live)
{
	struct notes *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->story = story_new(live);
	if (!n->story) {
		free(n);
		return NULL;
	}
	return n;
}

void notes_free(struct notes *n)
{
	if (!n)
		return;
	story_free(n->story);
	finding_free(&n->f);
	buf_free(&n->text);
	free(n);
}

void notes_take(struct notes *n, const struct event *ev)
{
	story_take(n->story, ev);
}

static void note_add(void *ctx, const struct finding *f)
{
	struct notes *n = ctx;

	if (n->fn)
		n->fn(n->ctx, n->ev, f);
	if (n->n == NOTES_MAX)
		return;
	n->of[n->n].code = f->rule->code;
	n->of[n->n].reason = f->reason ? f->reason->code : NULL;
	n->at[n->n++] = n->text.len;
	finding_say(f, f->rule->note ? f->rule->note : f->rule->text, &n->text);
	buf_putc(&n->text, '\0');
}

size_t notes_make(struct notes *n, const struct event *ev, notes_fn fn, void *ctx,
	const struct event_note **ret)
{
	n->n = 0;
	n->ev = n->f.ev = ev;
	n->fn = fn;
	n->ctx = ctx;
	buf_reset(&n->text);
	story_find(n->story, ev, &n->f, note_add, n);
	for (size_t i = 0; i < n->n; i++)
		n->of[i].text = n->text.s + n->at[i];
	*ret = n->of;
	return n->n;
}

/* --- signals ----------------------------------------------------------------------------- */

/* What ends the trace, and what else a command would want to hear of. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int passed_on[] = {SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};

int signals_take(sigset_t *ret_old, struct err *err)
{
	struct sigaction hup;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	/* Under nohup(1) the trace is to outlive its terminal; a signal that is blocked is not
	 * ignored. */
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, ret_old))
		return err_set(err, -errno, "block signals");
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(err, -errno, "make a signalfd") : fd;
}

void signals_deadly(bool deadly)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(deadly ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void signals_give_back(int fd, const sigset_t *old)
{
	close(fd);
	sigprocmask(SIG_SETMASK, old, NULL);
}

static bool is_ending(uint32_t sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if ((uint32_t)ending[i] == sig)
			return true;
	return false;
}

bool signals_read(int fd, struct child *child, bool *usr1, bool *hup)
{
	bool end = false;
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			if (child->pid)
				child_reap(child);
			continue;
		}
		if (usr1 && si.ssi_signo == SIGUSR1) {
			*usr1 = true;
			continue;
		}
		if (hup && si.ssi_signo == SIGHUP) {
			*hup = true;
			continue;
		}
		if (child->pid)
			child_forward(child, &si);
		end |= is_ending(si.ssi_signo);
	}
	return end;
}

/* --- stream ------------------------------------------------------------------------------ */

#define SINK_TICK_MS   50
#define SOURCE_TICK_MS 1000
#define SETTLE_MS      10 /* between looks at what a command that ended leaves behind */

static uint64_t stream_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Where a sink writes to; NULL: nowhere that could make it wait, or it is closed. */
static struct outlet *sink_outlet(const struct stream_sink *k)
{
	return k->done || !k->ops->outlet ? NULL : k->ops->outlet(k->self);
}

static struct stream *stream_of(const struct event_who *who)
{
	return (struct stream *)((char *)who - offsetof(struct stream, who));
}

/* As the source names the user, else as this machine does. */
static const char *stream_user(const struct event_who *who, uint32_t uid)
{
	struct stream *s = stream_of(who);
	const char *name;

	if (s->source.ops->user && s->source.ops->user(s->source.self, uid, &name))
		return name;
	return users_here(&s->users, uid);
}

static const struct whose *stream_whose(const struct event_who *who, uint64_t cgroup_id)
{
	struct stream *s = stream_of(who);

	return s->source.ops->whose ? s->source.ops->whose(s->source.self, cgroup_id) : NULL;
}

static uint64_t stream_owner(const struct event_who *who, uint32_t inum)
{
	struct stream *s = stream_of(who);

	return s->source.ops->owner ? s->source.ops->owner(s->source.self, inum) : 0;
}

static const char *stream_ns_name(const struct event_who *who, uint32_t inum)
{
	struct stream *s = stream_of(who);

	return s->source.ops->ns_name ? s->source.ops->ns_name(s->source.self, inum) : NULL;
}

/* --- beginning ------------------------------------------------------------------------------- */

int stream_begin(struct stream *s, const struct stream_opts *o, char *const *command,
	int (*main)(void *ctx), void *ctx, struct err *err)
{
	int r = 0;

	*s = (struct stream){.o = *o,
		.command = command,
		.signals = -1,
		.who = {.user = stream_user,
			.whose = stream_whose,
			.owner = stream_owner,
			.ns_name = stream_ns_name,
			.numbers = o->numbers}};
	s->signals = signals_take(&s->old, err);
	if (s->signals < 0)
		return s->signals;
	if (command)
		r = child_fork(command, main, ctx, &s->old, err, &s->child);
	signals_deadly(true);
	return r;
}

void stream_open(struct stream *s, struct source source)
{
	signals_deadly(false);
	s->source = source;
	s->wall_offset = source.ops->wall_offset(source.self);
	if (source.ops->initials)
		source.ops->initials(source.self, s->who.initial);
	else
		nsfd_initials(s->who.initial);
	s->host = host_name();
	s->host_len = strlen(s->host);
}

bool stream_stopped(void *stream)
{
	struct stream *s = stream;
	bool end = signals_read(s->signals, &s->child, s->reports ? &s->report : NULL,
		s->o.reopen ? &s->reopen : NULL);

	s->interrupted |= end;
	s->ending |= end && !s->child.pid;
	return s->ending || (s->interrupted && s->child.ended);
}

/* Where there are several, none may keep the others waiting. */
static void stream_share_outlets(struct stream *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nsinks; i++)
		n += !s->sinks[i].minor;
	for (size_t i = 0; i < s->nsinks; i++) {
		struct outlet *out = sink_outlet(&s->sinks[i]);

		if (!out)
			continue;
		out->shared = n > 1;
		out->stopped = stream_stopped;
		out->stop_ctx = s;
	}
}

int stream_add(struct stream *s, const struct sink_ops *ops, struct pick *pick, bool minor,
	const struct sink_open *so, struct err *err)
{
	struct stream_sink k = {.ops = ops, .pick = pick, .minor = minor};
	struct sink_open with = *so;
	int r;

	if (s->nsinks == STREAM_SINKS_MAX)
		return err_say(err, -E2BIG, "more than %d outputs", STREAM_SINKS_MAX);
	with.ret_wants = &k.wants;
	with.live = s->source.live;
	r = ops->open ? ops->open(&k.self, &with, err) : 0;
	if (r)
		return r;
	k.looker = ops->looker ? ops->looker(k.self) : 0;
	s->sinks[s->nsinks++] = k;
	s->reports |= k.wants & SINK_REPORT;
	if (k.wants & (SINK_NOTES | SINK_FINDINGS) && !s->notes) {
		s->notes = notes_new(s->source.live);
		if (!s->notes)
			return err_set(err, -ENOMEM, "make notes");
	}
	stream_share_outlets(s);
	return 0;
}

/* --- events ---------------------------------------------------------------------------------- */

static int sink_end(struct stream_sink *k, const struct sink_end *end, struct err *err)
{
	int r = k->ops->close(k->self, end, err);

	k->done = true;
	k->self = NULL;
	return r;
}

/* The first error of all sinks is kept in s->err. */
static int sink_close(struct stream *s, struct stream_sink *k, const struct sink_end *end)
{
	struct err err = {0};
	int r = sink_end(k, end, &err);

	if (r == -EPIPE)
		s->gone = true;
	else if (r && !s->err.code)
		s->err = err;
	return r == -EPIPE ? 0 : r;
}

/* Of those that keep the stream running. */
static bool stream_has_sinks(const struct stream *s)
{
	for (size_t i = 0; i < s->nsinks; i++)
		if (!s->sinks[i].minor && !s->sinks[i].done)
			return true;
	return false;
}

/*
 * A sink could not go on. 0: others do; -EPIPE: nobody reads any more; -errno: the only one has
 * failed, and why is in s->err.
 */
static int sink_give_up(struct stream *s, struct stream_sink *k, int r, const struct err *err)
{
	static const struct sink_end end = {.hooks = "", .failed = true};

	sink_end(k, &end, NULL);
	if (r == -EPIPE) {
		s->gone = true;
		return stream_has_sinks(s) ? 0 : -EPIPE;
	}
	s->sink_failed = true;
	if (stream_has_sinks(s)) {
		log_err(err);
		log_say("output %s is closed; the others go on", k->ops->name);
		return 0;
	}
	s->err = *err;
	return r;
}

/* Called with what the rules find about an event. */
static void stream_finding(void *ctx, const struct event *ev, const struct finding *f)
{
	struct stream *s = ctx;

	for (size_t i = 0; i < s->nsinks; i++) {
		struct stream_sink *k = &s->sinks[i];

		if (!k->done && k->wants & SINK_FINDINGS)
			k->ops->finding(k->self, ev, f);
	}
}

static bool sink_has_room(const struct stream_sink *k)
{
	struct outlet *out = sink_outlet(k);

	return !out || outlet_ready(out);
}

/* Asks each selection once. Bit per sink that wants the event. */
static unsigned int stream_ask(struct stream *s, const struct event *ev)
{
	unsigned int wanted = 0;

	for (size_t i = 0; i < s->nsinks; i++) {
		size_t j = 0;

		while (s->sinks[j].pick != s->sinks[i].pick)
			j++;
		if (j < i ? wanted >> j & 1 : pick_wants(s->sinks[i].pick, ev))
			wanted |= 1U << i;
	}
	for (size_t i = 0; i < s->nsinks; i++)
		if (s->sinks[i].done)
			wanted &= ~(1U << i);
	return wanted;
}

static int stream_give(struct stream *s, struct observed *o, unsigned int wanted)
{
	unsigned int wants = 0;
	int r = 0;

	for (size_t i = 0; i < s->nsinks; i++)
		wants |= wanted >> i & 1 ? s->sinks[i].wants : 0;
	if (wants & SINK_USER)
		o->user = event_user(o->ev, o->ev->hdr->uid);
	if (wants & (SINK_NOTES | SINK_FINDINGS))
		o->nnotes = notes_make(s->notes, o->ev,
			wants & SINK_FINDINGS ? stream_finding : NULL, s, &o->notes);
	for (size_t i = 0; i < s->nsinks && !r; i++) {
		struct stream_sink *k = &s->sinks[i];
		struct err err = {0};
		int e;

		if (!(wanted >> i & 1))
			continue;
		if (!sink_has_room(k) && o->ev->hdr->kind != EV_LOST) {
			k->full++;
			continue;
		}
		e = k->ops->event(k->self, o, &err);
		if (e)
			r = sink_give_up(s, k, e, &err);
	}
	return r;
}

/* Of a process that only looks for a sink. */
static bool stream_only_looks(const struct stream *s, const struct event *ev)
{
	for (size_t i = 0; i < s->nsinks; i++)
		if (s->sinks[i].looker && s->sinks[i].looker == (pid_t)ev->hdr->pid)
			return s->source.live && !(ev->hdr->flags & EVF_NO_ACTOR);
	return false;
}

/* A source_sink. -ECANCELED: enough is shown; -EPIPE: nobody reads any more. */
static int stream_record(void *ctx, const void *data, size_t size)
{
	struct stream *s = ctx;
	struct event ev;
	struct observed o = {
		.ev = &ev, .number = s->seen + 1, .host = s->host, .host_len = s->host_len};
	bool owners = true, names = true;
	unsigned int wanted;
	int r;

	if (s->source.ops->host) {
		s->wall_offset = s->source.ops->wall_offset(s->source.self);
		o.host = s->source.ops->host(s->source.self, &o.host_len);
	}
	if (event_decode(data, size, s->wall_offset, &ev, &s->damage)) {
		s->damaged++;
		return 0;
	}
	if (stream_only_looks(s, &ev))
		return 0;
	ev.who = &s->who;
	if (s->source.ops->known)
		s->source.ops->known(s->source.self, &owners, &names);
	s->who.no_owners = !owners;
	s->who.no_names = !names;
	s->seen++;
	if (s->notes)
		notes_take(s->notes, &ev);
	wanted = stream_ask(s, &ev);
	if (!wanted)
		return 0;
	if (ev.hdr->kind == EV_LOST)
		s->lost += ((const struct ev_lost *)ev.rec)->count;
	r = stream_give(s, &o, wanted);
	if (r || ev.hdr->kind == EV_LOST)
		return r;
	s->shown++;
	return s->o.count && s->shown >= s->o.count ? -ECANCELED : 0;
}

/* What sinks had no room for is told as soon as they have some, or at the end. */
static int stream_tell_full(struct stream *s, bool end)
{
	int r = 0;

	for (size_t i = 0; i < s->nsinks && !r; i++) {
		struct stream_sink *k = &s->sinks[i];
		struct ev_lost e = {
			.hdr = {.kind = EV_LOST, .size = sizeof(e), .flags = EVF_NO_ACTOR},
			.why = EV_LOST_OUTPUT,
		};

		if (!k->done && k->ops->missed)
			k->full += k->ops->missed(k->self);
		e.count = k->full - k->full_told;
		if (!e.count || k->done || !(end || sink_has_room(k)))
			continue;
		k->full_told = k->full;
		e.hdr.ts_ns = clock_ns(CLOCK_BOOTTIME);
		snprintf(e.where, sizeof(e.where), "%s", k->ops->name);
		r = stream_record(s, &e, sizeof(e));
	}
	return r;
}

static int stream_flush(struct stream *s)
{
	int r = stream_tell_full(s, false);

	for (size_t i = 0; i < s->nsinks; i++) {
		struct stream_sink *k = &s->sinks[i];
		struct err err = {0};
		int e = k->done || !k->ops->flush ? 0 : k->ops->flush(k->self, &err);

		if (e)
			e = sink_give_up(s, k, e, &err);
		if (e)
			r = e;
	}
	return r;
}

static void stream_tick_sinks(struct stream *s)
{
	for (size_t i = 0; i < s->nsinks; i++)
		if (!s->sinks[i].done && s->sinks[i].ops->tick)
			s->sinks[i].ops->tick(s->sinks[i].self);
}

/* One that can't go on in the new file goes on in the old one. */
static void stream_reopen(struct stream *s)
{
	s->reopen = false;
	for (size_t i = 0; i < s->nsinks; i++) {
		struct err err = {0};

		if (!s->sinks[i].done && s->sinks[i].ops->reopen &&
			s->sinks[i].ops->reopen(s->sinks[i].self, &err))
			log_err(&err);
	}
}

static void stream_report(struct stream *s)
{
	s->report = false;
	for (size_t i = 0; i < s->nsinks; i++)
		if (!s->sinks[i].done && s->sinks[i].wants & SINK_REPORT)
			s->sinks[i].ops->report(s->sinks[i].self);
	stream_flush(s);
}

/* --- the loop -------------------------------------------------------------------------------- */

static int source_tick_ms(const struct stream *s)
{
	const struct source_ops *ops = s->source.ops;

	return ops->tick_ms ? ops->tick_ms(s->source.self) : SOURCE_TICK_MS;
}

static int stream_timeout(const struct stream *s, int tick_ms)
{
	uint64_t now = stream_now(), left_ms;
	int ms = tick_ms;

	for (size_t i = 0; i < s->nsinks; i++) {
		const struct stream_sink *k = &s->sinks[i];
		struct outlet *out = sink_outlet(k);

		int soon = ms;

		if (!k->done && k->ops->tick)
			soon = k->ops->tick_ms ? k->ops->tick_ms(k->self) : SINK_TICK_MS;
		/* What a reader has not taken yet is offered again soon. */
		if (soon > SINK_TICK_MS && out && out->shared && out->buf.len)
			soon = SINK_TICK_MS;
		if (soon < ms)
			ms = soon;
	}
	if (!s->end_ns)
		return ms;
	if (now >= s->end_ns)
		return 0;
	left_ms = (s->end_ns - now) / 1000000 + 1;
	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}

static int stream_take(struct stream *s)
{
	const struct source_ops *ops = s->source.ops;
	int n, r;

	s->wall_offset = ops->wall_offset(s->source.self);
	n = ops->take(s->source.self, stream_record, s, &s->err);
	r = stream_flush(s);
	return n < 0 ? n : r ? r : n;
}

static int stream_tick(struct stream *s)
{
	int r = s->source.ops->tick(s->source.self, stream_record, s), f;

	f = stream_flush(s);
	return r < 0 ? r : f;
}

/* Readers of pipes that have gone, without a word. */
static int stream_look_for_readers(struct stream *s, const struct pollfd *p)
{
	int r = 0;

	for (size_t i = 0; i < s->nsinks; i++) {
		struct err err = {0};

		if (!s->sinks[i].done && p[i].revents & (POLLERR | POLLNVAL))
			r = sink_give_up(s, &s->sinks[i], -EPIPE, &err);
	}
	return r;
}

static void stream_poll_sinks(const struct stream *s, struct pollfd *p)
{
	for (size_t i = 0; i < s->nsinks; i++) {
		struct outlet *out = sink_outlet(&s->sinks[i]);

		/* Without events: only whether a pipe has lost its reader. */
		p[i] = (struct pollfd){.fd = out ? out->fd : -1};
	}
}

/* One wait, and what came of it. 1: go on; 0: the end; -errno. */
static int stream_step(struct stream *s, uint64_t *next_tick, int tick_ms)
{
	struct pollfd p[2 + STREAM_SINKS_MAX] = {
		{.fd = s->source.ops->fd(s->source.self), .events = POLLIN},
		{.fd = s->signals, .events = POLLIN},
	};
	int r = 1, gone;

	stream_poll_sinks(s, p + 2);
	if (poll(p, 2 + s->nsinks, stream_timeout(s, tick_ms)) < 0 && errno != EINTR)
		return err_set(&s->err, -errno, "poll");
	if (p[0].revents)
		r = stream_take(s);
	if (r >= 0 && s->source.ops->tick && stream_now() >= *next_tick) {
		r = stream_tick(s);
		*next_tick = stream_now() + (uint64_t)tick_ms * 1000000;
	}
	stream_tick_sinks(s);
	gone = stream_look_for_readers(s, p + 2);
	if (r < 0 && r != -EPIPE)
		return r;
	if ((r == -EPIPE || gone || !stream_has_sinks(s)) && !s->child.pid)
		return 0;
	if (p[1].revents & POLLIN)
		stream_stopped(s);
	if (s->report)
		stream_report(s);
	if (s->reopen)
		stream_reopen(s);
	if (s->ending || (s->child.pid && s->child.ended))
		return 0;
	if (s->source.ops->ended && s->source.ops->ended(s->source.self))
		return 0;
	return !s->end_ns || stream_now() < s->end_ns;
}

/* Namespaces of a command end a little after it: workers free them. */
static int stream_settle(struct stream *s)
{
	const struct source_ops *ops = s->source.ops;
	uint64_t tick = 0;
	int r = 1;

	s->end_ns = stream_now() + s->o.linger_ns;
	/* The command is no reason to stop any more. */
	s->child.pid = 0;
	while (r > 0 && ops->settled && !ops->settled(s->source.self))
		r = stream_step(s, &tick, SETTLE_MS);
	return r;
}

static bool is_error(int r)
{
	return r < 0 && r != -ECANCELED && r != -EPIPE;
}

static int stream_loop(struct stream *s)
{
	const struct source_ops *ops = s->source.ops;
	int tick_ms = source_tick_ms(s);
	uint64_t tick = stream_now() + (uint64_t)tick_ms * 1000000;
	int r = stream_flush(s); /* headings, also where nothing happens */

	/* Without a reader a command still runs to its end: stream_step() knows. */
	if (!r || r == -EPIPE)
		do
			r = stream_step(s, &tick, tick_ms);
		while (r > 0);
	if (!r && s->child.pid && s->child.ended)
		r = stream_settle(s);
	if (ops->ended) /* a recording: what was not read until now is not wanted */
		return r;
	if (r >= 0) /* the last records */
		r = stream_take(s);
	if (r >= 0 && ops->tick)
		r = stream_tick(s);
	if (r >= 0)
		r = stream_take(s);
	if (r >= 0 && ops->finish)
		r = ops->finish(s->source.self, stream_record, s, &s->err);
	return r;
}

/* The capabilities that are needed from here on. */
static int stream_keep_rights(struct stream *s, struct err *err)
{
	struct rights_use use = {.command = s->child.pid, .notes = s->notes};
	uint64_t keep = 0;

	if (s->o.keep_rights || !s->source.ops->rights)
		return 0;
	keep = s->source.ops->rights(s->source.self, &use);
	for (size_t i = 0; i < s->nsinks; i++)
		if (s->sinks[i].ops->rights)
			keep |= s->sinks[i].ops->rights(s->sinks[i].self);
	return caps_keep(keep, err);
}

static int stream_start(struct stream *s, struct err *err)
{
	const struct source_ops *ops = s->source.ops;
	int r = ops->start ? ops->start(s->source.self, stream_record, s, err) : 0;

	/* Enough is shown, or nobody reads: the loop knows. */
	if (is_error(r))
		return r;
	if (!s->o.quiet && ops->say_start)
		ops->say_start(s->source.self, s->child.pid);
	r = stream_keep_rights(s, err);
	if (r)
		return r;
	s->begin_ns = stream_now();
	if (s->o.has_duration)
		s->end_ns = s->begin_ns + s->o.duration_ns;
	if (!s->child.pid)
		return 0;
	r = child_run(&s->child, err);
	if (r) {
		s->cant_run = r;
		return err_set(err, r, "%s", s->command[0]);
	}
	s->ran = true;
	return 0;
}

int stream_run(struct stream *s, struct err *err)
{
	int r = stream_start(s, err);

	if (r)
		return r;
	r = stream_loop(s);
	if (!is_error(r))
		return 0;
	*err = s->err;
	if (!err->code)
		err_set(err, r, "go on");
	return r;
}

/* --- the end --------------------------------------------------------------------------------- */

bool stream_command_ended(const struct stream *s)
{
	return s->ran && s->child.ended;
}

static int stream_close_sinks(struct stream *s, bool failed)
{
	auto_buf struct buf used = {0};
	struct sink_end end = {.damaged = s->damaged, .failed = failed, .gone = s->gone};
	int r = 0;

	if (s->source.ops && s->source.ops->hooks)
		s->source.ops->hooks(s->source.self, &used);
	end.hooks = used.s ? used.s : "";
	end.duration_ns = s->begin_ns && s->source.live ? stream_now() - s->begin_ns : 0;
	s->err = (struct err){0};
	for (size_t i = 0; i < s->nsinks; i++) {
		int e = s->sinks[i].done ? 0 : sink_close(s, &s->sinks[i], &end);

		/* What says how it ended must know. */
		if (e)
			end.failed = true;
		r = r ? r : e;
	}
	return r;
}

static int stream_status(const struct stream *s, int r)
{
	if (s->cant_run == -ENOENT)
		return STREAM_NOT_FOUND;
	if (s->cant_run)
		return STREAM_CANT_RUN;
	if (r || s->sink_failed)
		return STREAM_FAILED;
	if (s->o.strict && s->lost)
		return STREAM_LOST;
	return stream_command_ended(s) ? child_exit_status(&s->child) : STREAM_OK;
}

int stream_end(struct stream *s, int r, struct err *err)
{
	int closed, status;

	if (s->child.go > 0 && !s->ran && !s->cant_run && s->child.pid)
		child_cancel(&s->child);
	if (r)
		log_err(err);
	if (s->source.ops && !r && s->nsinks)
		stream_tell_full(s, true);
	closed = stream_close_sinks(s, r);
	if (closed && !r) {
		log_err(&s->err);
		r = closed;
	}
	status = stream_status(s, r);
	notes_free(s->notes);
	users_free(&s->users);
	s->notes = NULL;
	source_close(&s->source);
	if (s->signals >= 0)
		signals_give_back(s->signals, &s->old);
	return status;
}
