// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "act/plan.h"

static bool is_wanted(const struct plan_step *s, const void *job)
{
	return !s->wanted || s->wanted(job);
}

int plan_run(struct plan *p, void *job, struct err *err)
{
	for (; p->done < p->n; p->done++) {
		const struct plan_step *s = &p->v[p->done];
		int r = s->run && is_wanted(s, job) ? s->run(job, err) : 0;
		struct err failed;

		if (!r)
			continue;
		failed = *err;
		snprintf(err->what, sizeof(err->what), "%s: %.*s", s->name,
			(int)(sizeof(err->what) - 64), failed.what);
		plan_undo(p, job);
		return r;
	}
	return 0;
}

void plan_undo(struct plan *p, void *job)
{
	while (p->done) {
		const struct plan_step *s = &p->v[--p->done];

		if (s->undo && is_wanted(s, job))
			s->undo(job);
	}
}

void plan_tell(const struct plan *p, const void *job, struct buf *b)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_step *s = &p->v[i];

		if (!is_wanted(s, job))
			continue;
		buf_puts(b, s->name);
		if (s->tell) {
			buf_puts(b, ": ");
			s->tell(job, b);
		}
		buf_putc(b, '\n');
	}
}
