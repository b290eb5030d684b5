// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "why/story.h"
#include "lib/buf.h"
#include "stream/notes.h"

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
	n->at[n->n++] = n->text.len;
	finding_say(f, f->rule->note ? f->rule->note : f->rule->text, &n->text);
	buf_putc(&n->text, '\0');
}

size_t notes_make(struct notes *n, const struct event *ev, notes_fn fn, void *ctx,
	const struct event_note **ret)
{
	n->n = 0;
	n->ev = ev;
	n->fn = fn;
	n->ctx = ctx;
	buf_reset(&n->text);
	story_find(n->story, ev, &n->f, note_add, n);
	for (size_t i = 0; i < n->n; i++)
		n->of[i].text = n->text.s + n->at[i];
	*ret = n->of;
	return n->n;
}
