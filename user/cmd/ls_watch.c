// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_watch.c - what changed: since the last look (--watch), since a file was written (--diff). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ls.h"
#include "lib/fd.h"
#include "out/wrap.h"

#define BYTES_MAX (256u << 20)
/* Makes a number that no namespace has of one that has ended: the next of that number is new. */
#define OVER (1u << 31)

/* Rows of an earlier table by their keys. */
struct earlier {
	struct table t;
	struct inums rows; /* a: row, b: it is still there */
	uint32_t *keys;    /* by row */
	bool has[COLUMNS_MAX];
};

static void earlier_free(struct earlier *e)
{
	table_free(&e->t);
	inums_free(&e->rows);
	free(e->keys);
	e->keys = NULL;
}

static int earlier_put(struct earlier *e, uint32_t key, size_t row)
{
	struct inum_entry *i = key ? inums_put(&e->rows, 0, key) : NULL;

	if (!e->keys)
		e->keys = calloc(e->t.n, sizeof(*e->keys));
	if (!e->keys)
		return -ENOMEM;
	e->keys[row] = key;
	if (i)
		i->a = row;
	return !key || i ? 0 : -ENOMEM;
}

static const char *cell_of(const struct table *t, size_t row, size_t col, size_t *ret_len)
{
	const struct table_cell *c = &t->cells[row * t->ncols + col];

	*ret_len = c->len;
	return c->len ? t->text.s + c->off : "";
}

static void cell_copy(struct table *dst, const struct table *src, size_t row, size_t col)
{
	size_t len;
	const char *s = cell_of(src, row, col, &len);

	if (!src->cells[row * src->ncols + col].is)
		return;
	table_text(dst, col, s, len);
	dst->cells[(dst->n - 1) * dst->ncols + col].role = src->cells[row * src->ncols + col].role;
}

/* Time passes: that is no change. */
static bool col_changes(const struct ls *l, const struct earlier *e, size_t col)
{
	return e->has[col] && strcmp(l->cols.cols[col]->col.name, "AGE") != 0;
}

static bool cell_differs(const struct ls *l, const struct earlier *e, size_t old,
	const struct table *t, size_t row, size_t col)
{
	size_t alen, blen;
	const char *a = cell_of(&e->t, old, col, &alen), *b = cell_of(t, row, col, &blen);

	return col_changes(l, e, col) && (alen != blen || memcmp(a, b, alen) != 0);
}

static void mark(struct table *t, uint32_t row, char c)
{
	t->rows[row].mark = c;
	t->rows[row].role = c == '+' ? ROLE_BEGIN : c == '-' ? ROLE_END : ROLE_MOVE;
}

/* A row in the table of changes; with words, what JSON and raw output show instead of marks. */
static uint32_t change_row(struct table *out, uint32_t parent, char c, bool words, size_t col)
{
	const char *word = c == '+' ? "new" : c == '-' ? "gone" : "changed";
	uint32_t at = table_row(out, parent);

	if (words)
		table_text(out, col, word, strlen(word));
	else if (c)
		mark(out, at, c);
	return at;
}

/* Changed cells of text say both: "1->2". */
static void changed_cells(const struct ls *l, const struct earlier *e, size_t old,
	const struct table *t, size_t row, bool both, struct table *out)
{
	auto_buf struct buf b = {0};

	for (size_t c = 0; c < l->cols.n; c++) {
		size_t len;
		const char *s;

		if (!both || !cell_differs(l, e, old, t, row, c)) {
			cell_copy(out, t, row, c);
			continue;
		}
		buf_reset(&b);
		s = cell_of(&e->t, old, c, &len);
		buf_add(&b, s, len);
		buf_puts(&b, "->");
		s = cell_of(t, row, c, &len);
		buf_add(&b, s, len);
		table_text(out, c, b.s, b.len);
	}
}

static bool row_differs(
	const struct ls *l, const struct earlier *e, size_t old, const struct table *t, size_t row)
{
	for (size_t c = 0; c < l->cols.n; c++)
		if (cell_differs(l, e, old, t, row, c))
			return true;
	return false;
}

/*
 * Rows of t against the earlier ones: all of them (watch), or as a list those
 * that differ (diff). What is gone comes last.
 */
static void changes_make(struct ls *l, struct earlier *e, const struct table *t, bool all,
	bool words, struct table *out)
{
	bool first = !e->t.cols;

	table_init(out, l->cols.n + words);
	memcpy(out->cols, t->cols, l->cols.n * sizeof(*out->cols));
	if (words)
		out->cols[l->cols.n] = (struct table_col){"CHANGE", TABLE_STRING, 0};
	for (uint32_t row = 0; row < t->n; row++) {
		struct inum_entry *i = inums_find(&e->rows, 0, l->keys[row]);
		char c = 0;

		if (!first)
			c = !i ? '+' : row_differs(l, e, i->a, t, row) ? '*' : 0;
		if (i)
			i->b = 1;
		if (!c && !all)
			continue;
		change_row(out, all ? t->rows[row].parent : TABLE_ROOT, c, words, l->cols.n);
		changed_cells(l, e, i ? i->a : 0, t, row, c == '*' && !words, out);
	}
	for (size_t row = 0; row < e->t.n; row++) {
		const struct inum_entry *i = inums_find(&e->rows, 0, e->keys[row]);

		if (!i || i->b || i->a != row)
			continue;
		change_row(out, TABLE_ROOT, '-', words, l->cols.n);
		for (size_t c = 0; c < l->cols.n; c++)
			cell_copy(out, &e->t, row, c);
	}
}

/* --- --watch --------------------------------------------------------------------------------- */

/* Ends at once, also in the middle of a long table or where nobody reads it. */
static void on_signal(int sig)
{
	(void)sig;
	_exit(EXIT_OK);
}

static void signals_take(void)
{
	const struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static void watch_frame(struct ls *l, const struct table *t, struct buf *out)
{
	struct table_style style;
	char now[32];
	time_t at = time(NULL);
	struct tm tm;

	ls_style(l, &style);
	/* The cursor stands below the last line. */
	style.lines = wrap_terminal_lines();
	if (style.lines) {
		unsigned int taken = style.form == TABLE_FORM_TEXT ? 3 : 1;

		style.lines = style.lines > taken + 1 ? style.lines - taken : 2;
		buf_puts(out, "\033[H\033[2J\033[3J");
	}
	if (style.form == TABLE_FORM_TEXT && localtime_r(&at, &tm) &&
		strftime(now, sizeof(now), "%H:%M:%S", &tm))
		buf_printf(
			out, "%s  every %g s, Ctrl-C ends\n\n", now, (double)l->o->watch_ns / 1e9);
	table_print(t, &style, out);
	if (!isatty(STDOUT_FILENO) && style.form == TABLE_FORM_TEXT)
		buf_putc(out, '\n');
}

/* The table of another time, by the names of l->keys. */
static int earlier_take(struct ls *l, struct earlier *e, struct table *t, struct err *err)
{
	int ret = 0;

	*e = (struct earlier){.t = *t};
	*t = (struct table){0};
	memset(e->has, 1, sizeof(e->has));
	for (size_t row = 0; row < e->t.n && !ret; row++)
		ret = earlier_put(e, l->keys[row] ^ (lookback_over(l->keys[row]) ? OVER : 0), row);
	return ret ? err_set(err, ret, "namespaces") : 0;
}

static int watch_step(struct ls *l, struct earlier *e, struct buf *out, struct err *err)
{
	auto_table struct table t = {0}, changes = {0};
	int ret = ls_table(l, &t, err);

	if (ret)
		return ret;
	changes_make(l, e, &t, true, false, &changes);
	watch_frame(l, &changes, out);
	earlier_free(e);
	return earlier_take(l, e, &t, err);
}

int ls_watch(struct ls *l, struct err *err)
{
	struct earlier e = {0};
	auto_buf struct buf out = {0};
	int ret;

	signals_take();
	for (;;) {
		buf_reset(&out);
		ret = watch_step(l, &e, &out, err);
		if (ret)
			break;
		ret = fd_write_all(STDOUT_FILENO, out.s ? out.s : "", out.len);
		if (ret) {
			ret = ret == -EPIPE ? 0 : err_set(err, ret, "write");
			break;
		}
		/* Longer ones are cut to what poll(2) takes. */
		poll(NULL, 0, (int)(l->o->watch_ns / 1000000));
	}
	earlier_free(&e);
	return ret;
}

/* --- --diff ---------------------------------------------------------------------------------- */

static int file_read(const char *path, struct buf *b, struct err *err)
{
	auto_fd int fd =
		strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "open %s", path);
	do {
		buf_reserve(b, 65536);
		n = read(fd, b->s + b->len, 65535);
		if (n < 0)
			return err_set(err, -errno, "read %s", path);
		b->len += (size_t)n;
		if (b->len > BYTES_MAX)
			return err_set(err, -EFBIG, "read %s", path);
	} while (n);
	b->s[b->len] = '\0';
	return 0;
}

/* The text of a cell is followed by that of others. */
static uint32_t cell_number(const struct table *t, size_t row, size_t col)
{
	char digits[16];
	size_t len;
	const char *s = cell_of(t, row, col, &len);

	snprintf(digits, sizeof(digits), "%.*s", len < 11 ? (int)len : 0, s);
	return (uint32_t)strtoul(digits, NULL, 10);
}

/* The columns that are shown, and behind them the one that tells rows apart. */
static int earlier_read(struct ls *l, struct earlier *e, struct err *err)
{
	const char *key = l->o->ns ? "PID" : "NS";
	auto_buf struct buf text = {0};
	bool has[COLUMNS_MAX + 1] = {0};
	struct err why = {0};
	int ret = file_read(l->o->diff, &text, err);

	if (ret)
		return ret;
	table_init(&e->t, l->cols.n + 1);
	for (size_t i = 0; i < l->cols.n; i++)
		e->t.cols[i] = l->cols.cols[i]->col;
	e->t.cols[l->cols.n].name = key;
	ret = table_parse(&e->t, "namespaces", text.s ? text.s : "", text.len, has, &why);
	if (!ret && e->t.n && !has[l->cols.n])
		ret = err_say(&why, -EINVAL, "it has no column %s", key);
	if (ret) {
		err_say(err, ret, "--diff %s: %s", l->o->diff, why.what);
		err_hint(err, "the file is what `nswatch ls --json` wrote");
		return ret;
	}
	memcpy(e->has, has, sizeof(e->has));
	for (size_t row = 0; row < e->t.n && !ret; row++)
		ret = earlier_put(e, cell_number(&e->t, row, l->cols.n), row);
	return ret;
}

static int diff_show(struct ls *l, struct earlier *e, struct err *err)
{
	auto_table struct table t = {0}, changes = {0};
	auto_buf struct buf out = {0};
	struct table_style style;
	int ret = ls_table(l, &t, err);

	if (!ret) {
		ls_style(l, &style);
		changes_make(l, e, &t, false, style.form != TABLE_FORM_TEXT, &changes);
		table_print(&changes, &style, &out);
		ret = fd_write_all(STDOUT_FILENO, out.s ? out.s : "", out.len);
		ret = ret && ret != -EPIPE ? err_set(err, ret, "write") : 0;
	}
	return ret;
}

int ls_diff(struct ls *l, struct err *err)
{
	struct earlier e = {0};
	int ret = earlier_read(l, &e, err);

	if (!ret)
		ret = diff_show(l, &e, err);
	earlier_free(&e);
	return ret;
}

int ls_diff_since(struct ls *l, struct err *err)
{
	auto_table struct table t = {0};
	struct earlier e = {0};
	int ret = lookback_to("diff-since", l->o->diff_since, l->o->past.db, false, err);

	if (!ret)
		ret = ls_table(l, &t, err);
	if (!ret)
		ret = earlier_take(l, &e, &t, err);
	ls_caches_free(l);
	snapshot_free(l->d);
	lookback_end();
	if (!ret)
		ret = diff_show(l, &e, err);
	earlier_free(&e);
	return ret;
}
