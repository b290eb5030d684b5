// SPDX-License-Identifier: GPL-2.0-or-later
/* Pictures: what folds, what is left out, the order of rows, and where boxes stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "kernel/nstype.h"
#include "picture/format.h"
#include "picture/layout.h"
#include "picture/picture.h"

static void begin(struct picture *p)
{
	*p = (struct picture){.title = "Net namespaces",
		.kind = "net",
		.host = "unit",
		.thing = "device",
		.things = "devices"};
}

static uint32_t device(struct picture *p, uint32_t box, const char *name)
{
	uint32_t row = picture_row(p, box, PICTURE_DEVICE);

	p->rows[row].name = picture_text(p, name, strlen(name));
	return row;
}

/* A bridge with n ports, each of which leads to a namespace of its own; either is the first of the
 * pair. */
static uint32_t bridge_make(struct picture *p, uint32_t n)
{
	uint32_t host = picture_box(p, NS_NET, 1), bridge = device(p, host, "br0");

	for (uint32_t i = 0; i < n; i++) {
		uint32_t box = picture_box(p, NS_NET, 10 + i), port = device(p, host, "veth");

		p->rows[port].up = bridge;
		uint32_t inner = device(p, box, "eth0");

		picture_link(p, PICTURE_PEER, i % 2 ? port : inner, i % 2 ? inner : port);
	}
	return bridge;
}

static uint32_t shown(const struct picture *p)
{
	uint32_t n = 0;

	for (size_t i = 0; i < p->nboxes; i++)
		n += p->boxes[i].state == PICTURE_SHOWN;
	return n;
}

static void fold_alike(void **state)
{
	auto_picture struct picture p;

	begin(&p);
	bridge_make(&p, 37);
	picture_fold(&p);
	picture_finish(&p);
	assert_int_equal(shown(&p), 2);
	assert_int_equal(p.boxes[1].count, 37);
	assert_int_equal(p.boxes[0].nrows, 2);
	assert_int_equal(p.rows[p.order[1]].count, 37);
	assert_int_equal(p.rows[p.order[1]].depth, 1);
}

static void fold_few(void **state)
{
	auto_picture struct picture p;

	begin(&p);
	bridge_make(&p, PICTURE_FOLD_LEAST - 1);
	picture_fold(&p);
	picture_finish(&p);
	assert_int_equal(shown(&p), PICTURE_FOLD_LEAST);
	assert_int_equal(p.boxes[1].count, 1);
}

/* Another name of the device, another bridge, what is asked for: not alike. */
static void fold_unlike(void **state)
{
	auto_picture struct picture p;

	begin(&p);
	bridge_make(&p, 8);
	p.rows[2].name = picture_text(&p, "eth1", 4);
	for (uint32_t i = 0; i < p.nrows; i++)
		if (p.rows[i].box == 1)
			p.rows[i].name = picture_text(&p, "eth1", 4);
	picture_ask_box(&p, 2);
	picture_fold(&p);
	picture_finish(&p);
	assert_int_equal(shown(&p), 1 + 1 + 1 + 1);
	assert_int_equal(p.boxes[1].count, 1);
	assert_int_equal(p.boxes[2].count, 1);
	assert_int_equal(p.boxes[3].count, 6);
}

static void choose_hop(void **state)
{
	auto_picture struct picture p;

	begin(&p);
	bridge_make(&p, 9);
	device(&p, 0, "eth7");
	picture_ask_box(&p, 3);
	picture_choose(&p);
	picture_fold(&p);
	picture_finish(&p);
	assert_int_equal(shown(&p), 2);
	/* The bridge, the port below it, and that there are nine others. */
	assert_int_equal(p.boxes[0].nrows, 3);
	assert_string_equal(picture_say(&p, p.rows[p.order[0]].name), "br0");
	assert_string_equal(picture_say(&p, p.rows[p.order[1]].name), "veth");
	assert_string_equal(picture_say(&p, p.rows[p.order[2]].name), "9 more devices");
}

/* A device asked for: what hangs below it comes along. */
static void choose_row(void **state)
{
	auto_picture struct picture p;

	begin(&p);
	picture_ask_row(&p, bridge_make(&p, 3));
	device(&p, 0, "eth7");
	picture_choose(&p);
	picture_finish(&p);
	assert_int_equal(shown(&p), 4);
	assert_int_equal(p.boxes[0].nrows, 5);
	assert_string_equal(picture_say(&p, p.rows[p.order[4]].name), "1 more device");
}

/* Rows that hang below each other in a circle, as a torn snapshot may have them. */
static void rows_circle(void **state)
{
	auto_picture struct picture p;
	uint32_t box;

	begin(&p);
	box = picture_box(&p, NS_NET, 1);
	for (uint32_t i = 0; i < 6; i++)
		device(&p, box, "x");
	p.rows[0].up = 2;
	p.rows[1].up = 0;
	p.rows[2].up = 1;
	p.rows[3].up = 2;
	p.rows[4].up = 4;
	picture_choose(&p);
	picture_ask_row(&p, 3);
	picture_choose(&p);
	for (size_t i = 0; i < p.nrows; i++)
		p.rows[i].state = PICTURE_SHOWN;
	picture_finish(&p);
	assert_int_equal(p.boxes[0].nrows, 6);
}

static void rows_deep(void **state)
{
	auto_picture struct picture p;
	uint32_t box;

	begin(&p);
	box = picture_box(&p, NS_PID, 1);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t row = picture_row(&p, box, PICTURE_PROCESS);

		p.rows[row].up = row ? row - 1 : PICTURE_NONE;
	}
	picture_finish(&p);
	assert_int_equal(p.boxes[0].nrows, 100000);
	assert_int_equal(p.rows[99999].depth, 99999);
}

/* --- where boxes stand ------------------------------------------------------------------------ */

#define BOXES 60

static void layout_do(struct layout *l, struct layout_box *boxes, uint32_t seed)
{
	static struct layout_link links[2 * BOXES];
	uint32_t x = seed;

	*l = (struct layout){.boxes = boxes,
		.nboxes = BOXES,
		.links = links,
		.gap_x = 100,
		.gap_y = 20,
		.least = 800};
	for (size_t i = 0; i < BOXES; i++) {
		x = x * 1103515245 + 12345;
		boxes[i] = (struct layout_box){
			.width = 50 + (int)(x >> 16) % 200, .height = 40 + (int)(x >> 20) % 300};
	}
	for (size_t i = 0; i < seed % (2 * BOXES); i++) {
		x = x * 1103515245 + 12345;
		links[l->nlinks++] = (struct layout_link){(x >> 8) % BOXES, (x >> 16) % BOXES,
			(int)(x >> 4) % 40, (int)(x >> 12) % 40};
	}
	assert_int_equal(layout_make(l), 0);
}

static bool overlap(const struct layout_box *a, const struct layout_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static void layout_places(void **state)
{
	struct layout_box boxes[BOXES], again[BOXES];
	struct layout l, same;

	for (uint32_t seed = 1; seed < 300; seed++) {
		layout_do(&l, boxes, seed);
		for (size_t i = 0; i < BOXES; i++) {
			assert_true(boxes[i].x >= 0 && boxes[i].x + boxes[i].width <= l.width);
			assert_true(boxes[i].y >= 0 && boxes[i].y + boxes[i].height <= l.height);
			for (size_t k = 0; k < i; k++)
				assert_false(overlap(&boxes[i], &boxes[k]));
		}
		for (size_t i = 0; i < l.nlinks; i++) {
			const struct layout_box *from = &boxes[l.links[i].from],
						*to = &boxes[l.links[i].to];

			assert_true(abs((int)from->column - (int)to->column) <= 1);
			assert_int_equal(from->part, to->part);
		}
		layout_do(&same, again, seed);
		assert_memory_equal(boxes, again, sizeof(boxes));
	}
}

/* --- words ------------------------------------------------------------------------------------ */

static void fit_words(void **state)
{
	assert_int_equal(picture_fit("one two three", 13, 9), 8);
	assert_int_equal(picture_fit("onetwothree four", 16, 5), 5);
	assert_int_equal(picture_fit("short", 5, 9), 5);
	assert_int_equal(picture_fit("\xe4\xb8\xad\xe4\xb8\xad", 6, 1), 3);
	assert_int_equal(picture_fit("", 0, 5), 0);
}

/* A namespace with a pair of devices: the first one's index is in first. */
static uint32_t pair_make(struct picture *p, uint32_t inum, uint32_t first, uint32_t up)
{
	uint32_t box = picture_box(p, NS_NET, inum), a = device(p, box, "a"),
		 b = device(p, box, "b");

	p->boxes[box].up = up;
	p->rows[a].number = first;
	p->rows[b].number = first + 1;
	p->rows[b].up = a;
	picture_link(p, PICTURE_PEER, a, b);
	return box;
}

/* What stays, what came and what went, with its links; nothing of processes. */
static void compare_marks(void **state)
{
	auto_picture struct picture p, was;
	uint32_t proc;

	begin(&was);
	pair_make(&was, 1, 1, PICTURE_NONE);
	pair_make(&was, 2, 5, 0);
	proc = picture_row(&was, 0, PICTURE_PROCESS);
	was.rows[proc].number = 77;
	picture_ask_box(&was, 1);
	begin(&p);
	pair_make(&p, 1, 2, PICTURE_NONE);
	pair_make(&p, 3, 5, 0);
	assert_int_equal(picture_compare(&p, &was), 0);
	assert_int_equal(p.nboxes, 3);
	assert_int_equal(p.boxes[0].change, PICTURE_SAME);
	assert_int_equal(p.boxes[1].change, PICTURE_NEW);
	assert_int_equal(p.boxes[2].change, PICTURE_GONE);
	assert_int_equal(p.boxes[2].inum, 2);
	assert_int_equal(p.boxes[2].up, 0);
	assert_true(p.boxes[2].asked && p.boxes[2].whole && !p.boxes[0].asked);
	/* Device 2 stayed, 3 came, 1 went with its link to 2; those of the others. */
	assert_int_equal(p.nrows, 7);
	assert_int_equal(p.rows[0].change, PICTURE_SAME);
	assert_int_equal(p.rows[1].change, PICTURE_NEW);
	assert_int_equal(p.rows[2].change, PICTURE_NEW);
	assert_int_equal(p.rows[4].change, PICTURE_GONE);
	assert_int_equal(p.rows[4].number, 1);
	assert_int_equal(p.rows[4].box, 0);
	assert_int_equal(p.rows[6].up, 5);
	assert_int_equal(p.nlinks, 4);
	assert_int_equal(p.links[2].from.row, 4);
	assert_int_equal(p.links[2].to.row, 0);
	assert_int_equal(p.links[3].to.box, 2);
}

static size_t times(const struct buf *b, const char *what)
{
	size_t n = 0;

	for (const char *s = b->s; s && (s = strstr(s, what)); s++)
		n++;
	return n;
}

/* Each change is said in words, in every format, and is not folded away with others. */
static void compare_formats(void **state)
{
	for (size_t i = 0; i < PICTURE_FORMAT_COUNT; i++) {
		auto_picture struct picture p, was;
		auto_buf struct buf b = {0};
		bool json = i == PICTURE_FORMAT_json;

		begin(&was);
		pair_make(&was, 1, 1, PICTURE_NONE);
		for (uint32_t k = 10; k < 14; k++)
			picture_box(&was, NS_NET, k);
		begin(&p);
		pair_make(&p, 1, 3, PICTURE_NONE);
		for (uint32_t k = 20; k < 24; k++)
			picture_box(&p, NS_NET, k);
		p.since = "2026-11-24T00:00:00Z";
		assert_int_equal(picture_compare(&p, &was), 0);
		picture_fold(&p);
		picture_finish(&p);
		/* Links are in the lines of both ends of text. */
		picture_formats[i].write(&p, &(struct picture_style){.width = 80}, &b);
		assert_int_equal(times(&b, json ? "\"change\":\"new\"" : " (new)"),
			i == PICTURE_FORMAT_text ? 5 : 3);
		assert_int_equal(times(&b, json ? "\"change\":\"gone\"" : " (gone)"),
			i == PICTURE_FORMAT_text ? 5 : 3);
		assert_int_equal(times(&b, p.since) > 0, i != PICTURE_FORMAT_text);
	}
}

/* Nothing at all, in every format. */
static void formats_empty(void **state)
{
	for (int i = 0; i < PICTURE_FORMAT_COUNT; i++) {
		auto_picture struct picture p;
		auto_buf struct buf b = {0};

		begin(&p);
		picture_fold(&p);
		picture_finish(&p);
		picture_formats[i].write(&p, &(struct picture_style){.width = 80}, &b);
		assert_true(i == PICTURE_FORMAT_text ? !b.len : b.len > 0);
		assert_string_equal(picture_formats[i].name, picture_format_names[i]);
	}
	assert_null(picture_format_names[PICTURE_FORMAT_COUNT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold_alike),
		cmocka_unit_test(fold_few),
		cmocka_unit_test(fold_unlike),
		cmocka_unit_test(choose_hop),
		cmocka_unit_test(choose_row),
		cmocka_unit_test(rows_circle),
		cmocka_unit_test(rows_deep),
		cmocka_unit_test(layout_places),
		cmocka_unit_test(fit_words),
		cmocka_unit_test(formats_empty),
		cmocka_unit_test(compare_marks),
		cmocka_unit_test(compare_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
