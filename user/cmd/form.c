// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "cmd/form.h"
#include "lib/buf.h"
#include "lib/near.h"
#include "out/wrap.h"

const char *const form_colors[] = {"auto", "always", "never", NULL};

struct table_style form_style(const struct form *f, const char *name)
{
	return (struct table_style){
		.form = f->json  ? TABLE_FORM_JSON
			: f->raw ? TABLE_FORM_RAW
				 : TABLE_FORM_TEXT,
		.name = name,
		.noheadings = f->noheadings,
		.width = wrap_terminal(),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.color = color_enabled((enum color_when)f->color, STDOUT_FILENO),
	};
}

struct table_col form_col(const struct form *f, struct table_col col)
{
	if (f->notruncate)
		col.flags &= ~(unsigned int)(TABLE_TRUNC | TABLE_SPARE);
	if (f->raw)
		col.flags &= ~(unsigned int)TABLE_WRAP;
	return col;
}

int form_col_unknown(const char *name, size_t len, const char *(*name_at)(const void *, size_t),
	const void *ctx, struct err *err)
{
	struct near near = near_to(name, len);
	auto_buf struct buf all = {0};
	const char *one;

	for (size_t i = 0; (one = name_at(ctx, i)); i++) {
		near_try(&near, one);
		buf_printf(&all, "%s%s", i ? ", " : "", one);
	}
	err_say(err, -EINVAL, "unknown column: %.*s", len > 64 ? 64 : (int)len, name);
	if (near.best)
		err_hint(err, "did you mean %s? There are %s", near.best, all.s);
	else
		err_hint(err, "there are %s", all.s);
	return -EINVAL;
}
