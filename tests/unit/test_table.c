// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "out/table.h"

static void make(struct table *t)
{
	table_init(t, 3);
	t->cols[0] = (struct table_col){"NS", TABLE_NUMBER, TABLE_RIGHT};
	t->cols[1] = (struct table_col){"NSFS", TABLE_STRING, TABLE_WRAP};
	t->cols[2] = (struct table_col){"COMMAND", TABLE_STRING, TABLE_TRUNC | TABLE_TREE};
}

static uint32_t row(
	struct table *t, uint32_t parent, uint64_t ns, const char *nsfs, const char *cmd)
{
	uint32_t at = table_row(t, parent);
	size_t off = t->text.len;

	buf_u64(&t->text, ns);
	table_cell_end(t, 0, off);
	if (nsfs)
		table_text(t, 1, nsfs, strlen(nsfs));
	if (cmd)
		table_text(t, 2, cmd, strlen(cmd));
	return at;
}

static void assert_prints(const struct table *t, struct table_style style, const char *want)
{
	auto_buf struct buf b = {0};

	style.name = "rows";
	table_print(t, &style, &b);
	assert_string_equal(b.s ? b.s : "", want);
}

static void test_text(void **state)
{
	auto_table struct table t = {0};
	uint32_t a, b;

	make(&t);
	assert_prints(&t, (struct table_style){0}, "");
	a = row(&t, TABLE_ROOT, 4026531840, NULL, "init");
	b = row(&t, a, 7, "/a", "one");
	row(&t, b, 8, NULL, "two");
	row(&t, a, 9, "/a\n/long\n", NULL);
	row(&t, TABLE_ROOT, 10, "", "last");
	assert_prints(&t, (struct table_style){0},
		"        NS NSFS  COMMAND\n"
		"4026531840       init\n"
		"         7 /a    ├─one\n"
		"         8       │ └─two\n"
		"         9 /a    └─\n"
		"           /long\n"
		"\n"
		"        10       last\n");
	assert_prints(&t, (struct table_style){.ascii = true, .noheadings = true, .width = 23},
		"4026531840       init\n"
		"         7 /a    |-one\n"
		"         8       | `-two\n"
		"         9 /a    `-\n"
		"           /long\n"
		"\n"
		"        10       last\n");
}

/* What a name holds neither moves the cursor nor forges a column or an escape. */
static void test_hostile(void **state)
{
	auto_table struct table t = {0};

	make(&t);
	row(&t, TABLE_ROOT, 1, "a b\\x41\\n", "\033[31m\tx\n\xff\xc3\xa4\xe2\x80\xae");
	assert_prints(&t, (struct table_style){0},
		"NS NSFS         COMMAND\n"
		" 1 a b\\x5cx41\\n \\x1b[31m\\x09x\\x0a\\xffä\\xe2\\x80\\xae\n");
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_RAW, .noheadings = true},
		"1 a\\x20b\\x5cx41\\x5cn \\x1b[31m\\x09x\\x0a\\xff\\xc3\\xa4\\xe2\\x80\\xae\n");
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_JSON},
		"{\n"
		"   \"rows\": [\n"
		"      {\n"
		"         \"ns\": 1,\n"
		"         \"nsfs\": \"a b\\\\x41\\\\n\",\n"
		"         \"command\": \"\\u001b[31m\\tx\\n\xef\xbf\xbdä\\u202e\"\n"
		"      }\n"
		"   ]\n"
		"}\n");
}

static void test_width(void **state)
{
	auto_table struct table t = {0};

	make(&t);
	row(&t, TABLE_ROOT, 1, "/x", "0123456789");
	row(&t, TABLE_ROOT, 22, "/x", "日本語日本語");
	/* Wide characters take two columns and are not cut in half. */
	assert_prints(&t, (struct table_style){.width = 17},
		"NS NSFS COMMAND\n"
		" 1 /x   012345678\n"
		"22 /x   日本語日\n");
	/* Never below the heading, never columns that may not be cut. */
	assert_prints(&t, (struct table_style){.width = 1},
		"NS NSFS COMMAND\n"
		" 1 /x   0123456\n"
		"22 /x   日本語\n");
}

static void test_marks(void **state)
{
	auto_table struct table t = {0};

	make(&t);
	row(&t, TABLE_ROOT, 1, NULL, "a");
	t.rows[0].mark = '+';
	row(&t, TABLE_ROOT, 2, NULL, "b");
	t.rows[0].role = ROLE_BEGIN;
	assert_prints(&t, (struct table_style){0}, "  NS NSFS COMMAND\n+  1      a\n   2      b\n");
	assert_prints(&t, (struct table_style){.color = true, .noheadings = true},
		"\033[32m+ 1  a\033[0m\n  2  b\n");
}

/* Only separators separate the items of a list, in each form. */
static void test_list(void **state)
{
	static const char a[] = "/a\nb,c\\x0a\\", b[] = "/second";
	auto_table struct table t = {0};
	auto_buf struct buf cell = {0};

	make(&t);
	t.cols[1].flags |= TABLE_LIST;
	table_item(&cell, true, '\n', a, strlen(a));
	table_item(&cell, false, '\n', b, strlen(b));
	buf_putc(&cell, '\0');
	row(&t, TABLE_ROOT, 7, cell.s, "one");
	assert_prints(&t, (struct table_style){.noheadings = true},
		"7 /a\\x0ab,c\\x5cx0a\\ one\n"
		"  /second\n");
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_JSON},
		"{\n   \"rows\": [\n      {\n         \"ns\": 7,\n"
		"         \"nsfs\": \"/a\\\\x0ab,c\\\\x5cx0a\\\\\\n/second\",\n"
		"         \"command\": \"one\"\n      }\n   ]\n}\n");
	buf_reset(&cell);
	table_item(&cell, true, ',', a, strlen(a));
	table_item(&cell, false, ',', b, strlen(b));
	assert_int_equal(cell.len, strlen("/a\\x0ab\\x2cc\\x5cx0a\\,/second"));
	assert_memory_equal(cell.s, "/a\\x0ab\\x2cc\\x5cx0a\\,/second", cell.len);
}

static void test_json(void **state)
{
	auto_table struct table t = {0};
	uint32_t a;

	make(&t);
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_JSON},
		"{\n   \"rows\": [\n\n   ]\n}\n");
	a = row(&t, TABLE_ROOT, 1, NULL, "a");
	a = row(&t, a, 2, NULL, NULL);
	table_row(&t, a);
	table_text(&t, 0, "007", 3); /* no number in JSON */
	row(&t, TABLE_ROOT, 4, "", NULL);
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_JSON},
		"{\n"
		"   \"rows\": [\n"
		"      {\n"
		"         \"ns\": 1,\n"
		"         \"nsfs\": null,\n"
		"         \"command\": \"a\",\n"
		"         \"children\": [\n"
		"            {\n"
		"               \"ns\": 2,\n"
		"               \"nsfs\": null,\n"
		"               \"command\": null,\n"
		"               \"children\": [\n"
		"                  {\n"
		"                     \"ns\": \"007\",\n"
		"                     \"nsfs\": null,\n"
		"                     \"command\": null\n"
		"                  }\n"
		"               ]\n"
		"            }\n"
		"         ]\n"
		"      },{\n"
		"         \"ns\": 4,\n"
		"         \"nsfs\": \"\",\n"
		"         \"command\": null\n"
		"      }\n"
		"   ]\n"
		"}\n");
}

static int parse(struct table *t, const char *text, bool *has, struct err *err)
{
	table_free(t);
	make(t);
	return table_parse(t, "rows", text, strlen(text), has, err);
}

static void assert_cell(const struct table *t, size_t r, size_t c, const char *want)
{
	const struct table_cell *cell = &t->cells[r * t->ncols + c];

	assert_int_equal(cell->is, want != NULL);
	if (!want)
		return;
	assert_int_equal(cell->len, strlen(want));
	assert_memory_equal(t->text.s + cell->off, want, cell->len);
}

/* Also sorted by jq -S, where children come before the row's own cells. */
static void test_parse(void **state)
{
	auto_table struct table t = {0};
	bool has[3] = {0};

	assert_int_equal(
		parse(&t,
			" {\"x\":[1,{\"rows\":[{}]}], \"rows\": [ {\"children\":[{\"ns\":2,"
			"\"command\":\"\\u00e4\\ud83d\\ude00\\n\\\"\"}],\"ns\":1,\"y\":{"
			"\"ns\":9},\"command\":null} ,{\"ns\" : \"3\"}]}\n",
			has, NULL),
		0);
	assert_int_equal(t.n, 3);
	assert_cell(&t, 0, 0, "1");
	assert_cell(&t, 0, 2, NULL);
	assert_cell(&t, 1, 0, "2");
	assert_cell(&t, 1, 2, "ä😀\n\"");
	assert_cell(&t, 2, 0, "3");
	assert_true(has[0] && has[2] && !has[1]);
}

static void test_parse_hostile(void **state)
{
	static const char *const bad[] = {"", "x", "[]", "{", "{}", "{\"rows\":1}", "{\"rows\":[",
		"{\"rows\":[}", "{\"rows\":[{\"ns\":}]}", "{\"rows\":[{\"ns\":\"}]}",
		"{\"rows\":[{\"ns\":\"\\q\"}]}", "{\"rows\":[{\"ns\":\"\\u12\"}]}",
		"{\"rows\":[1]}", "{\"rows\":[]} x", "{\"rows\":[{\"ns\" 1}]}", "{\"rows\":[{}],}"};
	auto_table struct table t = {0};
	struct err err = {0};
	size_t n = 200000;
	char *deep = malloc(n + 1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(&t, bad[i], NULL, &err), -EINVAL);
	memset(deep, '[', n);
	deep[n] = '\0';
	memcpy(deep, "{\"a\":", 5);
	assert_int_equal(parse(&t, deep, NULL, &err), -EINVAL);
	free(deep);
}

/* What is printed is read back as it was. */
static void test_round(void **state)
{
	auto_table struct table t = {0}, u = {0};
	auto_buf struct buf a = {0}, b = {0};
	struct table_style json = {.form = TABLE_FORM_JSON, .name = "rows"};

	make(&t);
	row(&t, TABLE_ROOT, 1, "/x\n/y", "a\\\"\001\177ä");
	row(&t, TABLE_ROOT, 18446744073709551615ull, NULL, "");
	table_print(&t, &json, &a);
	assert_int_equal(parse(&u, a.s, NULL, NULL), 0);
	table_print(&u, &json, &b);
	assert_string_equal(a.s, b.s);
}

/* What is spare goes where it is narrow: first what says nothing, then from the right. */
static void test_spare(void **state)
{
	auto_table struct table t = {0};

	table_init(&t, 5);
	t.cols[0] = (struct table_col){"A", TABLE_STRING, TABLE_SPARE};
	t.cols[1] = (struct table_col){"NAME", TABLE_STRING, 0};
	t.cols[2] = (struct table_col){"B", TABLE_STRING, TABLE_SPARE | TABLE_WRAP};
	t.cols[3] = (struct table_col){"C", TABLE_STRING, TABLE_SPARE};
	t.cols[4] = (struct table_col){"LONG", TABLE_STRING, TABLE_TRUNC};
	table_row(&t, TABLE_ROOT);
	table_text(&t, 0, "aa", 2);
	table_text(&t, 1, "name", 4);
	table_text(&t, 2, "bb\nbb", 5);
	table_text(&t, 3, "", 0);
	table_text(&t, 4, "0123456789", 10);
	assert_prints(&t, (struct table_style){0},
		"A  NAME B  C LONG\naa name bb   0123456789\n        bb\n");
	assert_prints(&t, (struct table_style){.width = 23},
		"A  NAME B  C LONG\naa name bb   0123456789\n        bb\n");
	assert_prints(&t, (struct table_style){.width = 22},
		"A  NAME B  LONG\naa name bb 0123456789\n        bb\n");
	assert_prints(&t, (struct table_style){.width = 20}, "A  NAME LONG\naa name 0123456789\n");
	assert_prints(&t, (struct table_style){.width = 17}, "NAME LONG\nname 0123456789\n");
	assert_prints(&t, (struct table_style){.width = 12}, "NAME LONG\nname 0123456\n");
	/* A long text is cut to some width before a column is left out for it. */
	table_row(&t, TABLE_ROOT);
	table_text(&t, 4, "0123456789012345678901234567890123456789", 40);
	assert_prints(&t, (struct table_style){.width = 37},
		"A  NAME B  C LONG\naa name bb   0123456789\n        bb\n"
		"             012345678901234567890123\n");
	assert_prints(&t, (struct table_style){.form = TABLE_FORM_RAW, .width = 10},
		"A NAME B C LONG\naa name bb\\x0abb  0123456789\n"
		"    0123456789012345678901234567890123456789\n");
}

/* What a screen has no room for is counted; what just fits is not. */
static void test_lines(void **state)
{
	auto_table struct table t = {0};

	make(&t);
	row(&t, row(&t, TABLE_ROOT, 1, NULL, "one"), 2, NULL, "two");
	row(&t, TABLE_ROOT, 3, "/a\n/b", "three");
	assert_prints(&t, (struct table_style){.lines = 5},
		"NS NSFS COMMAND\n 1      one\n 2      └─two\n 3 /a   three\n   /b\n");
	assert_prints(&t, (struct table_style){.lines = 4},
		"NS NSFS COMMAND\n 1      one\n 2      └─two\n1 more row\n");
	assert_prints(&t, (struct table_style){.lines = 3, .form = TABLE_FORM_RAW},
		"NS NSFS COMMAND\n1  one\n2 more rows\n");
	t.rows[1].mark = '+';
	assert_prints(&t, (struct table_style){.lines = 3, .noheadings = true},
		"  1    one\n+ 2    └─two\n1 more row\n");
	assert_prints(&t, (struct table_style){.lines = 2, .noheadings = true, .color = true},
		"  1    one\n2 more rows, 1 of them marked\n");
	/* A line that the terminal breaks takes two of its lines, colours take none. */
	t.rows[1].mark = '\0';
	t.rows[0].role = ROLE_BEGIN;
	assert_prints(&t, (struct table_style){.lines = 4, .width = 15, .color = true},
		"\033[1mNS NSFS COMMAND\033[0m\n\033[32m 1      one\033[0m\n"
		" 2      └─two\n1 more row\n");
	t.cols[2].flags &= ~(unsigned int)TABLE_TRUNC;
	assert_prints(&t, (struct table_style){.lines = 4, .width = 14},
		"NS NSFS COMMAND\n 1      one\n2 more rows\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_hostile),
		cmocka_unit_test(test_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
