// SPDX-License-Identifier: GPL-2.0-or-later
/* summary.c - the sink `summary`: how many events of which kind, and what is missing, at the end.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/outlet.h"
#include "out/color.h"
#include "event/summary.h"
#include "stream/sink.h"

struct sink_of_summary {
	struct outlet out;
	struct summary sum;
	bool color, talk, losses_only, if_lost;
};

static int of_summary_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_summary *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "count events");
	r = outlet_open(&s->out, so->arg ? so->arg : "fd:2", err);
	if (r) {
		free(s);
		return r;
	}
	s->color = color_enabled((enum color_when)so->form->color, s->out.fd);
	s->talk = so->form->talk;
	s->losses_only = so->form->losses_only;
	s->if_lost = so->form->if_lost;
	*ret = s;
	return 0;
}

static int of_summary_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_summary *s = sink;

	(void)err;
	summary_add(&s->sum, o->ev);
	return 0;
}

static struct outlet *of_summary_outlet(void *sink)
{
	struct sink_of_summary *s = sink;

	return &s->out;
}

static int of_summary_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_summary *s = sink;
	int r;

	s->sum.damaged = end->damaged;
	if (end->failed || (s->talk && end->gone) || (s->if_lost && !summary_lost(&s->sum)))
		;
	else if (s->losses_only)
		summary_losses(&s->out.buf, &s->sum, "nswatch: ", s->color);
	else
		summary_text(&s->out.buf, &s->sum, "nswatch: ", end->duration_ns, &end->hooks,
			end->hooks[0] ? 1 : 0, s->color);
	r = outlet_close(&s->out, err);
	free(s);
	return r;
}

const struct sink_ops sink_summary = {
	.name = "summary",
	.arg = "FILE",
	.help = "how many events of which kind, and what is missing, at the end; on standard "
		"error unless a FILE is named",
	.open = of_summary_open,
	.event = of_summary_event,
	.outlet = of_summary_outlet,
	.close = of_summary_close,
};
