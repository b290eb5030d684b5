// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c - a picture as JSON: for programs that draw by themselves. */
#include <string.h>

#include "kernel/nstype.h"
#include "out/json.h"
#include "picture/format.h"

static void up_json(struct json *j, uint32_t up)
{
	json_key(j, "up");
	if (up == PICTURE_NONE)
		json_null(j);
	else
		json_u64(j, up);
}

static void text_json(struct json *j, const struct picture *p, const char *key, size_t at)
{
	json_kstr(j, key, at ? picture_say(p, at) : NULL);
}

static void change_json(struct json *j, enum picture_change change)
{
	json_kstr(j, "change", picture_change_names[change]);
}

static void box_json(struct json *j, const struct picture *p, uint32_t box)
{
	const struct picture_box *b = &p->boxes[box];

	json_object(j);
	json_ku64(j, "id", box);
	json_kstr(j, "type", ns_slot_name(b->type));
	json_ku64(j, "inum", b->inum);
	up_json(j, b->up != PICTURE_NONE && p->boxes[b->up].state == PICTURE_SHOWN ? b->up
										   : PICTURE_NONE);
	text_json(j, p, "name", b->name);
	text_json(j, p, "note", b->note);
	text_json(j, p, "kept", b->kept);
	json_ku64(j, "count", b->count);
	json_kbool(j, "asked", b->asked);
	change_json(j, b->change);
	json_end_object(j);
}

static void row_json(struct json *j, const struct picture *p, uint32_t row)
{
	const struct picture_row *r = &p->rows[row];

	json_object(j);
	json_ku64(j, "id", row);
	json_ku64(j, "box", r->box);
	up_json(j, r->up);
	json_kstr(j, "what", picture_what_names[r->what]);
	json_ku64(j, "number", r->number);
	json_key(j, "inside");
	if (r->what == PICTURE_PROCESS && r->inside)
		json_u64(j, r->inside);
	else
		json_null(j);
	text_json(j, p, "name", r->name);
	text_json(j, p, "note", r->note);
	json_key(j, "more");
	json_array(j);
	for (const char *s = picture_say(p, r->more), *end; *s; s = end + (*end == '\n')) {
		end = strchrnul(s, '\n');
		json_strn(j, s, (size_t)(end - s));
	}
	json_end_array(j);
	json_ku64(j, "count", r->count);
	change_json(j, r->change);
	json_end_object(j);
}

static void end_json(struct json *j, const char *key, const struct picture_end *e)
{
	json_key(j, key);
	json_object(j);
	json_ku64(j, "box", e->box);
	json_key(j, "row");
	if (e->row == PICTURE_NONE)
		json_null(j);
	else
		json_u64(j, e->row);
	json_end_object(j);
}

void picture_write_json(const struct picture *p, const struct picture_style *style, struct buf *b)
{
	struct json j = {.b = b};

	json_object(&j);
	json_ku64(&j, "v", 1);
	json_kstr(&j, "host", p->host);
	json_kstr(&j, "kind", p->kind);
	json_kstr(&j, "since", p->since);
	json_key(&j, "boxes");
	json_array(&j);
	for (uint32_t i = 0; i < p->nboxes; i++)
		if (p->boxes[i].state == PICTURE_SHOWN)
			box_json(&j, p, i);
	json_end_array(&j);
	json_key(&j, "rows");
	json_array(&j);
	for (uint32_t i = 0; i < p->nboxes; i++)
		for (uint32_t k = 0; k < p->boxes[i].nrows; k++)
			row_json(&j, p, p->order[p->boxes[i].first + k]);
	json_end_array(&j);
	json_key(&j, "links");
	json_array(&j);
	for (size_t i = 0; i < p->nlinks; i++) {
		const struct picture_link *l = &p->links[i];

		if (!picture_link_shown(p, l))
			continue;
		json_object(&j);
		json_kstr(&j, "kind", picture_words[l->kind].name);
		end_json(&j, "from", &l->from);
		end_json(&j, "to", &l->to);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	buf_putc(b, '\n');
}
