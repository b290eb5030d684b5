// SPDX-License-Identifier: GPL-2.0-or-later
/* output.c - what a command wrote as a whole, to standard output. */
#include <errno.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/log.h"

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
