// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_run.c - the stream of `nswatch trace`: which source, which sinks. */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "event/recfile.h"
#include "history/reader.h"
#include "lib/err.h"
#include "out/escape.h"
#include "source/file.h"
#include "source/fleet.h"
#include "source/live.h"
#include "source/past.h"
#include "source/poll.h"
#include "stream/stream.h"

_Static_assert((int)STREAM_FAILED == EXIT_FAIL && (int)STREAM_LOST == EXIT_LOST &&
		       (int)STREAM_OK == EXIT_OK,
	"a stream's statuses are those of commands");

/* An event waits so long for the name of its container: one that is chosen by it, and others. */
#define WHOSE_ASKED_NS 500000000
#define WHOSE_SHOWN_NS 50000000

static int open_live(struct trace_opts *o, const struct trace_command *c, const struct stream *s,
	struct source *ret, struct err *err)
{
	const struct live_opts lo = {
		.pick = &o->pick,
		.command_pid = s->child.pid,
		.command = c->argv && !c->main ? c->argv[0] : NULL,
		.follow = o->follow,
		.kinds_asked = o->events.n,
		.compat = o->compat,
		.whose = o->whose,
		.names = o->names,
		.whose_wait_ns = o->containers.n ? WHOSE_ASKED_NS : WHOSE_SHOWN_NS,
		.quiet = o->quiet,
		.debug = o->debug,
		.ring_size = o->ring_size,
		.forces = o->forces,
		.nforces = o->nforces,
	};

	return live_open(&lo, ret, err);
}

static int open_poll(
	const struct trace_opts *o, struct stream *s, struct source *ret, struct err *err)
{
	const struct poll_opts po = {
		.interval_ns = o->poll,
		.pids = o->pick.pids,
		.npids = o->pick.npids,
		.follow = o->follow,
		.stopped = stream_stopped,
		.stop_ctx = s,
	};

	const struct poll_whose whose = {
		.on = o->whose,
		.names = o->names,
		.wait_ns = o->containers.n ? WHOSE_ASKED_NS : WHOSE_SHOWN_NS,
	};

	return polled_open(&po, &whose, (uint32_t)s->child.pid, o->quiet, ret, err);
}

/* The text of a recording: that of the one which is read, or of this machine and trace. */
static void meta_make(const struct trace_opts *o, const struct trace_command *c,
	const struct source *source, struct buf *meta)
{
	auto_buf struct buf used = {0}, command = {0}, host = {0};
	const char *name;
	size_t len;

	/* Its events say it, each for itself. */
	if (o->fleet)
		return;
	if (o->read_from) {
		buf_puts(meta, recfile_meta(filed_recording(source)));
		/* JSON Lines say it with each event. */
		name = recfile_host(filed_recording(source), &len);
		if (name && !meta->len) {
			buf_add(&host, name, len);
			recfile_meta_add(meta, "hostname", host.s);
		}
		return;
	}
	if (o->from_history) {
		hist_meta(past_reader(source), meta);
		return;
	}
	if (source->ops->hooks)
		source->ops->hooks(source->self, &used);
	recfile_meta_system(meta);
	recfile_meta_add(meta, "hooks", o->has_poll ? "poll" : used.s ? used.s : "");
	if (!c->argv)
		return;
	escape_command(&command, c->argv);
	recfile_meta_add(meta, "command", command.s);
}

static int add_outputs(
	struct trace_opts *o, const struct trace_command *c, struct stream *s, struct err *err)
{
	auto_buf struct buf meta = {0};
	struct sink_form talk = o->form;
	struct sink_open so = {.form = &o->form, .meta = &meta, .wall_offset = s->wall_offset};
	bool past = o->read_from || o->from_history;
	int r = 0;

	meta_make(o, c, &s->source, &meta);
	for (size_t i = 0; i < o->noutputs && !r; i++) {
		so.arg = o->outputs[i].arg;
		so.ctx = o->outputs[i].ops == &sink_history ? &o->keep : NULL;
		r = stream_add(s, o->outputs[i].ops, &o->pick, o->outputs[i].ops == &sink_summary,
			&so, err);
	}
	if (r || past || o->has_poll)
		return r;
	/* What nobody asked for: with a command only what is missing deserves a word. */
	talk.talk = true;
	talk.losses_only = o->quiet;
	talk.if_lost = c->argv;
	so.form = &talk;
	so.arg = NULL;
	return stream_add(s, &sink_summary, &o->pick, true, &so, err);
}

static int open_past(const struct trace_opts *o, struct source *ret, struct err *err)
{
	const struct past_opts po = {
		.db = o->db,
		.since = o->since,
		.until = o->until,
		.follow = o->follow_db,
		.pick = &o->pick,
		.pid = o->by_pid,
		.device = o->by_device,
	};

	return past_open(&po, ret, err);
}

static int open_fleet(const struct trace_opts *o, struct source *ret, struct err *err)
{
	const struct fleet_opts fo = {
		.broker = &o->broker,
		.hosts = o->hosts.v,
		.nhosts = o->hosts.n,
		.since = o->since,
		.reorder_ns = o->reorder,
		.pick = &o->pick,
	};

	return fleet_open(&fo, ret, err);
}

static int open_source(struct trace_opts *o, const struct trace_command *c, struct stream *s,
	struct source *ret, struct err *err)
{
	if (o->fleet)
		return open_fleet(o, ret, err);
	if (o->read_from)
		return filed_open(o->read_from, ret, err);
	if (o->from_history)
		return open_past(o, ret, err);
	return o->has_poll ? open_poll(o, s, ret, err) : open_live(o, c, s, ret, err);
}

int trace_run(struct trace_opts *o, const struct trace_command *c)
{
	const struct stream_opts so = {
		.count = o->has_count ? o->count : 0,
		.duration_ns = o->duration,
		.has_duration = o->has_duration,
		.linger_ns = o->linger,
		.strict = o->strict,
		.quiet = o->quiet,
		.numbers = o->numbers,
		.reopen = o->rotates,
	};
	struct source source = {0};
	struct stream s;
	struct err err = {0};
	int status, r = stream_begin(&s, &so, c->argv, c->main, c->ctx, &err);
	bool cant = false;

	if (!r) {
		r = open_source(o, c, &s, &source, &err);
		/* Rights or kernel are missing. */
		cant = r && !o->read_from && !o->from_history && !o->has_poll && err.code != -ESRCH;
	}
	if (!r) {
		stream_open(&s, source);
		r = add_outputs(o, c, &s, &err);
	}
	if (!r)
		r = stream_run(&s, &err);
	status = stream_end(&s, r, &err);
	if ((o->read_from || o->from_history) && s.damaged)
		log_say("%llu records made no sense and were left out: %s",
			(unsigned long long)s.damaged, s.damage.what);
	return cant ? EXIT_CANT : status;
}
