// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "lib/statedir.h"
#include "sink/cursor.h"

#define HOST_DIR "/var/lib/nswatch-ship"

struct cursor {
	struct buf path;
	int lock;
	int64_t at;
};

/* Where it is, made where it is not. */
static int dir_find(const char *dir, struct buf *ret, struct err *err)
{
	int r = 0;

	if (dir)
		buf_puts(ret, dir);
	else if (!geteuid() || getenv("STATE_DIRECTORY"))
		buf_puts(ret, statedir_host(HOST_DIR));
	else
		r = statedir_own(ret, err);
	if (!r && !dir && geteuid() && !getenv("STATE_DIRECTORY"))
		buf_puts(ret, "/ship");
	return r ? r : statedir_make(ret->s, err);
}

/* The lock of the file goes with the process, however that ends. */
static int lock_take(struct cursor *c, const char *dir, struct err *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	auto_buf struct buf name = {0};

	buf_printf(&name, "%s/lock", dir);
	c->lock = open(name.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (c->lock < 0)
		return err_set(err, -errno, "open %s", name.s);
	if (!fcntl(c->lock, F_SETLK, &lock))
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return err_set(err, -errno, "lock %s", name.s);
	return err_say(err, -EBUSY, "%s: another process ships with this directory already", dir);
}

static int at_read(struct cursor *c, struct err *err)
{
	char text[32];
	ssize_t n = fd_read_file(AT_FDCWD, c->path.s, text, sizeof(text));
	uint64_t at;

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return err_set(err, (int)n, "read %s", c->path.s);
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 0, INT64_MAX, &at)) {
		err_say(err, -EBADMSG, "%s: no number of an event", c->path.s);
		err_hint(err, "without this file all events of the history are sent again");
		return -EBADMSG;
	}
	c->at = (int64_t)at;
	return 0;
}

int cursor_open(
	const char *dir, const char *stream, const char *id, struct cursor **ret, struct err *err)
{
	struct cursor *c = calloc(1, sizeof(*c));
	auto_buf struct buf path = {0};
	int r;

	if (!c)
		return err_set(err, -ENOMEM, "ship");
	c->lock = -1;
	r = dir_find(dir, &path, err);
	if (!r)
		r = lock_take(c, path.s, err);
	if (!r) {
		buf_printf(&c->path, "%s/%s-%s", path.s, stream, id);
		r = at_read(c, err);
	}
	if (r) {
		cursor_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void cursor_close(struct cursor *c)
{
	if (!c)
		return;
	if (c->lock >= 0)
		close(c->lock);
	buf_free(&c->path);
	free(c);
}

int64_t cursor_at(const struct cursor *c)
{
	return c->at;
}

int cursor_save(struct cursor *c, int64_t at, struct err *err)
{
	auto_buf struct buf text = {0};
	int r;

	if (at == c->at)
		return 0;
	buf_printf(&text, "%lld\n", (long long)at);
	r = fd_replace_file(c->path.s, 0600, text.s, text.len);
	if (r)
		return err_set(err, r, "write %s", c->path.s);
	c->at = at;
	return 0;
}
