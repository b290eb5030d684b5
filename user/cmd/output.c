// SPDX-License-Identifier: GPL-2.0-or-later
/* output.c - what a command wrote as a whole, to standard output. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "kernel/nstype.h"
#include "kernel/tasks.h"
#include "lib/fd.h"
#include "out/columns.h"

int output_write(const struct buf *b, struct err *err)
{
	int r = b->len ? fd_write_all(STDOUT_FILENO, b->s, b->len) : 0;

	return r && r != -EPIPE ? err_set(err, r, "write to standard output") : 0;
}

int output_put(const struct buf *b)
{
	struct err err = {0};
	int r = output_write(b, &err);

	if (r)
		log_err(&err);
	return r;
}

int output_table(const struct form *f, const struct table *t, const char *name, const char *host)
{
	struct table_style style = form_style(f, name);
	auto_buf struct buf out = {0};

	style.host = host;
	table_print(t, &style, &out);
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}

int output_columns(
	const struct form *f, const struct column *all, const char *first, const char *name)
{
	auto_table struct table t = {0};
	struct form form = *f;

	form.noheadings = true;
	columns_list(all, first, &t);
	return output_table(&form, &t, name, NULL);
}

int output_fail(const struct err *err)
{
	log_err(err);
	return err->code == -EPERM || err->code == -EACCES || err->code == -EROFS ? EXIT_CANT
										  : EXIT_FAIL;
}

/* Of whom to ask for what could not be seen; "" where root asked already. */
static const char *root_can(void)
{
	struct stat st;

	if (geteuid())
		return "; root can";
	if (!stat("/proc/thread-self/ns/user", &st) && st.st_ino != ns_types[NS_USER].initial)
		return "; root outside of this user namespace can";
	return "";
}

void output_unreadable(size_t n)
{
	if (n)
		log_say("%zu net namespace%s could not be looked into%s", n, n == 1 ? "" : "s",
			root_can());
}

void output_hidden(const struct ns_tasks *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += (t->rows[i].flags & (TASK_UNREADABLE | TASK_KTHREAD)) == TASK_UNREADABLE;
	if (n)
		log_say("the net namespaces of %zu process%s could not be seen%s", n,
			n == 1 ? "" : "es", root_can());
}
