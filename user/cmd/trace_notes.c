// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_notes.c - notes below events: the rules of explain/ that hold of them. */
#include <stdlib.h>

#include "cmd/trace.h"
#include "explain/story.h"
#include "out/color.h"
#include "out/json.h"
#include "out/wrap.h"

#define NOTES_MAX 8 /* of one event */
#define NOTE_AT   4

struct notes {
	struct story *story;
	struct finding f;
	/* Of the event at hand. */
	const char *codes[NOTES_MAX];
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

	if (n->n == NOTES_MAX)
		return;
	n->codes[n->n] = f->rule->code;
	n->at[n->n++] = n->text.len;
	finding_say(f, f->rule->note ? f->rule->note : f->rule->text, &n->text);
	buf_putc(&n->text, '\0');
}

static void notes_make(struct notes *n, const struct event *ev)
{
	n->n = 0;
	buf_reset(&n->text);
	story_find(n->story, ev, &n->f, note_add, n);
}

void notes_lines(
	struct notes *n, const struct event *ev, bool color, unsigned int width, struct buf *b)
{
	const struct wrap w = {
		.at = NOTE_AT,
		.indent = NOTE_AT + 6,
		.width = width,
		.on = color_on(color, ROLE_DIM),
		.off = color_off(color, ROLE_DIM),
	};
	auto_buf struct buf line = {0};

	notes_make(n, ev);
	for (size_t i = 0; i < n->n; i++) {
		buf_pad(b, ' ', NOTE_AT);
		buf_reset(&line);
		buf_printf(&line, "note: %s: %s", n->codes[i], n->text.s + n->at[i]);
		wrap_text(b, line.s, &w);
		buf_putc(b, '\n');
	}
}

void notes_json(struct notes *n, const struct buf *host, const struct event *ev, struct buf *b)
{
	struct event_note notes[NOTES_MAX];

	notes_make(n, ev);
	for (size_t i = 0; i < n->n; i++)
		notes[i] = (struct event_note){n->codes[i], n->text.s + n->at[i]};
	event_json_notes(b, host, ev, notes, n->n);
}
