// SPDX-License-Identifier: GPL-2.0-or-later
/* record.c - the sink `record`: a recording, which `trace -r` reads. */
#include "event/nsname.h"
#include "event/recfile.h"
#include "lib/outlet.h"
#include "stream/sink.h"

static int of_record_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct recfile_writer *w;
	int r = recfile_create(so->arg, so->wall_offset, so->meta, &w, err);

	if (r)
		return r;
	*so->ret_wants |= SINK_USER;
	*ret = w;
	return 0;
}

/* A number that another namespace has now is nobody's again. */
static void name_containers(struct recfile_writer *w, const struct event *ev)
{
	struct event_ref refs[EVENT_REFS_MAX];
	uint32_t nets[RECORD_NETS_MAX];
	size_t n = event_refs(ev, refs), nnets = record_nets(ev->hdr, ev->size, nets);
	uint64_t id;
	const struct whose *of = event_ns_whose(ev, &id, NULL);

	if (of)
		recfile_name_cgroup(w, id, of);
	for (size_t i = 0; i < n; i++)
		recfile_name_owner(w, refs[i].inum, event_ns_owner(ev, refs[i].inum));
	recfile_name_cgroup(w, ev->hdr->cgroup_id, event_whose(ev));
	for (size_t i = 0; i < nnets; i++) {
		uint64_t owner = event_ns_owner(ev, nets[i]);

		if (owner)
			recfile_name_cgroup(w, owner, ev->who->whose(ev->who, owner));
		recfile_name_owner(w, nets[i], owner);
		recfile_name_ns(w, nets[i], event_ns_name(ev, nets[i]));
	}
}

static int of_record_event(void *sink, const struct observed *o, struct err *err)
{
	int r;

	recfile_name_user(sink, o->ev->hdr->uid, o->user);
	name_containers(sink, o->ev);
	r = recfile_write(sink, o->ev->rec, o->ev->size, err);
	return r || recfile_outlet(sink)->buf.len < OUTLET_FLUSH ? r : recfile_flush(sink, err);
}

static int of_record_flush(void *sink, struct err *err)
{
	return recfile_flush(sink, err);
}

static struct outlet *of_record_outlet(void *sink)
{
	return recfile_outlet(sink);
}

static int of_record_close(void *sink, const struct sink_end *end, struct err *err)
{
	(void)end;
	return recfile_finish(sink, err);
}

const struct sink_ops sink_record = {
	.name = "record",
	.arg = "FILE",
	.arg_needed = true,
	.help = "a recording for `nswatch trace -r` (-w)",
	.open = of_record_open,
	.event = of_record_event,
	.flush = of_record_flush,
	.outlet = of_record_outlet,
	.close = of_record_close,
};
