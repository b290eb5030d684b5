// SPDX-License-Identifier: GPL-2.0-or-later
/* words.c - the table of formats, and what formats say alike. */
#include <string.h>

#include "kernel/nstype.h"
#include "lib/text.h"
#include "out/escape.h"
#include "picture/format.h"

const struct picture_format picture_formats[PICTURE_FORMAT_COUNT] = {
#define X(name, help) {#name, help, picture_write_##name},
	PICTURE_FORMATS(X)
#undef X
};

const char *const picture_format_names[] = {
#define X(name, help) #name,
	PICTURE_FORMATS(X)
#undef X
		NULL};

const struct picture_words picture_words[PICTURE_KINDS] = {
	[PICTURE_PEER] = {"peer", "two ends of a pair", "", "", false, false},
	[PICTURE_LOWER] = {"lower", "stands on", "on ", "under ", true, false},
	[PICTURE_UNDERLAY] = {"underlay", "its packets go there", "packets go through ",
		"packets come from ", true, true},
	[PICTURE_CHILD] = {"child", "its child", "child ", "parent ", true, false},
	[PICTURE_CHILDREN] = {"children", "its children to come are born there",
		"children to come in ", "children to come of ", true, true},
	[PICTURE_BELOW] = {"below", "the namespace below", "", "", true, false},
};

const char *const picture_what_names[PICTURE_WHATS] = {
	[PICTURE_DEVICE] = "device",
	[PICTURE_PROCESS] = "process",
	[PICTURE_OWNED] = "owned",
	[PICTURE_MORE] = "more",
};

const char *const picture_change_names[PICTURE_CHANGES] = {
	[PICTURE_NEW] = "new",
	[PICTURE_GONE] = "gone",
};

void picture_change_say(enum picture_change change, struct buf *b)
{
	if (picture_change_names[change])
		buf_printf(b, " (%s)", picture_change_names[change]);
}

void picture_box_id(const struct picture *p, uint32_t box, struct buf *b)
{
	buf_printf(b, "%s:[%u]", ns_slot_name(p->boxes[box].type), p->boxes[box].inum);
}

void picture_end_say(const struct picture *p, const struct picture_end *e, struct buf *b)
{
	const char *box = picture_say(p, p->boxes[e->box].name);
	const struct picture_row *r = e->row == PICTURE_NONE ? NULL : &p->rows[e->row];

	if (r) {
		buf_puts(b, picture_say(p, r->name));
		if (r->what == PICTURE_PROCESS)
			buf_printf(b, " %u", r->number);
		buf_puts(b, " in ");
	}
	if (*box)
		buf_puts(b, box);
	if (*box && p->boxes[e->box].namesake)
		buf_putc(b, ' ');
	if (!*box || p->boxes[e->box].namesake)
		picture_box_id(p, e->box, b);
	picture_change_say(r && r->change ? r->change : p->boxes[e->box].change, b);
}

size_t picture_fit(const char *s, size_t len, size_t columns)
{
	size_t at = 0, width = 0, blank = 0;
	uint32_t cp;

	while (at < len) {
		size_t step = utf8_next(s + at, len - at, &cp), w;

		step = step ? step : 1;
		w = text_width(s + at, step);
		if (at && width + w > columns)
			break;
		width += w;
		at += step;
		if (s[at - 1] == ' ')
			blank = at;
	}
	return at < len && blank > at / 2 ? blank : at;
}

bool picture_below_shown(const struct picture *p, uint32_t box)
{
	uint32_t up = p->boxes[box].up;

	if (up == PICTURE_NONE || p->boxes[up].state != PICTURE_SHOWN ||
		p->boxes[box].state != PICTURE_SHOWN)
		return false;
	for (uint32_t i = 0; i < p->boxes[box].nlinks; i++) {
		const struct picture_link *l = &p->links[p->ends[p->boxes[box].first_link + i]];

		if (l->from.box == up || l->to.box == up)
			return false;
	}
	return true;
}
