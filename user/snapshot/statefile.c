// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/statefile.h"

#define DIR_FLAGS  (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* --- files ----------------------------------------------------------------------------------- */

int state_dir(const char *root, const char *path)
{
	auto_buf struct buf full = {0};
	int fd;

	buf_printf(&full, "%s%s", root, path);
	fd = open(full.s, DIR_FLAGS);
	return fd < 0 ? -errno : fd;
}

static int regular(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	return st->st_size > STATE_FILE_MAX ? -E2BIG : 0;
}

/* Looked at before it is opened, for opening a device may do something, and again afterwards. */
static int file_open(int dir, const char *name)
{
	auto_fd int fd = -1;
	struct stat st;
	int r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	r = regular(&st);
	if (r)
		return r;
	fd = openat(dir, name, FILE_FLAGS);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	r = regular(&st);
	return r ? r : take_fd(&fd);
}

/* Component by component: O_NOFOLLOW is about the last one only. */
static int below_open(int dir, const char *path)
{
	auto_fd int at = -1;
	char name[NAME_MAX + 1];

	for (;;) {
		size_t len = strcspn(path, "/");
		int next;

		if (!len || len > NAME_MAX)
			return -EINVAL;
		memcpy(name, path, len);
		name[len] = '\0';
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			return -EINVAL;
		if (!path[len])
			return file_open(at < 0 ? dir : at, name);
		next = openat(at < 0 ? dir : at, name, DIR_FLAGS | O_NOFOLLOW);
		if (next < 0)
			return -errno;
		fd_closep(&at);
		at = next;
		path += len + 1;
	}
}

int state_read(int dir, const char *path, struct buf *b)
{
	auto_fd int fd = below_open(dir, path);
	size_t start = b->len;

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n;

		buf_reserve(b, 65536);
		n = read(fd, b->s + b->len, 65535);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			b->s[b->len] = '\0';
			return n ? -errno : 0;
		}
		b->len += (size_t)n;
		b->s[b->len] = '\0';
		if (b->len - start > STATE_FILE_MAX)
			return -E2BIG;
	}
}

/* --- values ---------------------------------------------------------------------------------- */

/* An empty object of two bytes takes a kilobyte of memory: what they would come to. */
static bool is_bounded(const char *s, size_t len)
{
	size_t values = 0, members = 0;

	for (size_t i = 0; i < len; i++) {
		values += s[i] == '{' || s[i] == '[';
		members += s[i] == ',';
	}
	return values <= STATE_VALUES && members <= STATE_MEMBERS;
}

int state_parse(const char *s, size_t len, struct json_object **ret)
{
	struct json_tokener *tok;
	struct json_object *v;
	enum json_tokener_error e;

	while (len && memchr(" \t\r\n", s[len - 1], 4))
		len--;
	if (len > STATE_FILE_MAX || !is_bounded(s, len))
		return -E2BIG;
	tok = json_tokener_new_ex(STATE_DEPTH);
	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	v = json_tokener_parse_ex(tok, s, (int)len);
	e = json_tokener_get_error(tok);
	json_tokener_free(tok);
	if (e == json_tokener_success && v) {
		*ret = v;
		return 0;
	}
	json_object_put(v);
	return e == json_tokener_error_depth ? -E2BIG : -EBADMSG;
}

int state_json(int dir, const char *path, struct json_object **ret)
{
	auto_buf struct buf text = {0};
	int r = state_read(dir, path, &text);

	return r ? r : state_parse(text.s, text.len, ret);
}

struct json_object *state_member(struct json_object *v, const char *key)
{
	struct json_object *ret = NULL;

	if (!json_object_is_type(v, json_type_object))
		return NULL;
	json_object_object_get_ex(v, key, &ret);
	return ret;
}
