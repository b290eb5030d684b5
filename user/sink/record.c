// SPDX-License-Identifier: GPL-2.0-or-later
/* record.c - the sink `record`: a recording, which `trace -r` reads. */
#include "event/naming.h"
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

static int of_record_event(void *sink, const struct observed *o, struct err *err)
{
	int r;

	namings_event(recfile_namings(sink), o->ev, o->user);
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
