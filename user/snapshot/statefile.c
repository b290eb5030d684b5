// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/statefile.h"

#define KEPT       4    /* files */
#define LISTED_MAX 4096 /* names of a directory */
#define DIR_FLAGS  (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* --- files ----------------------------------------------------------------------------------- */

/* Of what is kept in memory: no file system is asked anew. */
static int look(int dir, const char *name, int flags, struct statx *ret)
{
	flags |= AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
	return statx(dir, name, flags, STATX_BASIC_STATS, ret) ? -errno : 0;
}

static uint64_t dev_of(const struct statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

int state_dir_open(const char *root, const char *path, struct state_dir *ret)
{
	auto_buf struct buf full = {0};
	auto_fd int fd = -1;
	struct statx st;
	int r;

	buf_printf(&full, "%s%s", root, path);
	fd = open(full.s, DIR_FLAGS);
	if (fd < 0)
		return -errno;
	r = look(fd, "", AT_EMPTY_PATH, &st);
	if (r)
		return r;
	*ret = (struct state_dir){.fd = take_fd(&fd), .dev = dev_of(&st)};
	return 0;
}

int state_dir_open_of(const char *root, const char *path, uint32_t user, struct state_dir *ret)
{
	int r = state_dir_open(root, path, ret);

	if (r)
		return r;
	ret->has_user = true;
	ret->user = user;
	return 0;
}

static bool crosses(const struct state_dir *d, const struct statx *st)
{
	return d->has_user && dev_of(st) != d->dev;
}

static int regular(const struct state_dir *d, const struct statx *st)
{
	if (S_ISLNK(st->stx_mode))
		return -ELOOP;
	if (!S_ISREG(st->stx_mode))
		return -EINVAL;
	if (crosses(d, st))
		return -EXDEV;
	if (d->has_user && st->stx_uid != d->user)
		return -EPERM;
	return st->stx_size > STATE_FILE_MAX ? -E2BIG : 0;
}

/* Looked at before it is opened, for opening a device may do something, and again afterwards. */
static int file_open(const struct state_dir *d, int dir, const char *name)
{
	auto_fd int fd = -1;
	struct statx st;
	int r = look(dir, name, AT_SYMLINK_NOFOLLOW, &st);

	if (!r)
		r = regular(d, &st);
	if (r)
		return r;
	fd = openat(dir, name, FILE_FLAGS);
	if (fd < 0)
		return -errno;
	r = look(fd, "", AT_EMPTY_PATH, &st);
	if (!r)
		r = regular(d, &st);
	return r ? r : take_fd(&fd);
}

static int dir_open(const struct state_dir *d, int dir, const char *name)
{
	auto_fd int fd = openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
	struct statx st;
	int r;

	if (fd < 0)
		return -errno;
	r = look(fd, "", AT_EMPTY_PATH, &st);
	if (!r && crosses(d, &st))
		r = -EXDEV;
	return r ? r : take_fd(&fd);
}

/* The next component of a path, and what is behind it. */
static int component(const char **path, char ret[NAME_MAX + 1])
{
	size_t len = strcspn(*path, "/");

	if (!len || len > NAME_MAX)
		return -EINVAL;
	memcpy(ret, *path, len);
	ret[len] = '\0';
	*path += len + ((*path)[len] == '/');
	return strcmp(ret, ".") && strcmp(ret, "..") ? 0 : -EINVAL;
}

/*
 * Component by component: O_NOFOLLOW is about the last one only. Gives the directory of the first
 * len bytes of path.
 */
static int below_open(const struct state_dir *d, const char *path, size_t len)
{
	const char *end = path + len;
	auto_fd int at = dup(d->fd);
	char name[NAME_MAX + 1];

	while (at >= 0 && path < end) {
		int next, r = component(&path, name);

		if (r)
			return r;
		next = dir_open(d, at, name);
		fd_closep(&at);
		if (next < 0)
			return next;
		at = next;
	}
	return at < 0 ? -errno : take_fd(&at);
}

/* The length of the directory in a path, with its slash. */
static size_t dir_len(const char *path, size_t len)
{
	while (len && path[len - 1] != '/')
		len--;
	return len;
}

static int path_open(const struct state_dir *d, const char *path)
{
	size_t len = dir_len(path, strlen(path));
	auto_fd int dir = below_open(d, path, len);
	char name[NAME_MAX + 1];
	int r;

	if (dir < 0)
		return dir;
	path += len;
	r = component(&path, name);
	return r ? r : file_open(d, dir, name);
}

static int fd_read_all(int fd, struct buf *b)
{
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
		if (b->len > STATE_FILE_MAX)
			return -E2BIG;
	}
}

int state_each(const struct state_dir *d, const char *path,
	bool (*each)(void *ctx, const struct state_dir *d, const char *path), void *ctx)
{
	size_t len = dir_len(path, strcspn(path, "*"));
	const char *rest = path + len;
	auto_buf struct buf full = {0};
	auto_fd int at = below_open(d, path, len);
	auto_dir DIR *dir = NULL;
	char name[NAME_MAX + 1];
	struct dirent *e;
	int fd, r;

	if (at < 0)
		return at;
	r = component(&rest, name);
	if (r)
		return r;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	for (int left = LISTED_MAX; left && (e = readdir(dir)); left--) {
		if (fnmatch(name, e->d_name, FNM_PERIOD))
			continue;
		buf_reset(&full);
		buf_add(&full, path, len);
		buf_printf(&full, "%s/%s", e->d_name, rest);
		if (each(ctx, d, full.s))
			break;
	}
	return 0;
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

static int fd_json(int fd, struct json_object **ret)
{
	auto_buf struct buf text = {0};
	int r = fd_read_all(fd, &text);

	return r ? r : state_parse(text.s, text.len, ret);
}

int state_json(const struct state_dir *d, const char *path, struct json_object **ret)
{
	auto_fd int fd = path_open(d, path);

	return fd < 0 ? fd : fd_json(fd, ret);
}

int state_raw(const struct state_dir *d, const char *path, struct buf *ret)
{
	auto_fd int fd = path_open(d, path);

	return fd < 0 ? fd : fd_read_all(fd, ret);
}

/* Of which writing makes another one: whatever replaces a file has another number or time. */
struct file_id {
	uint64_t dev, ino, size;
	struct statx_timestamp changed;
};

static int file_id(int fd, struct file_id *ret)
{
	struct statx st;
	int r = look(fd, "", AT_EMPTY_PATH, &st);

	if (r)
		return r;
	*ret = (struct file_id){.dev = dev_of(&st), .ino = st.stx_ino, .size = st.stx_size};
	ret->changed.tv_sec = st.stx_ctime.tv_sec;
	ret->changed.tv_nsec = st.stx_ctime.tv_nsec;
	return 0;
}

int state_kept(const struct state_dir *d, const char *path,
	void (*take)(void *ctx, struct json_object *v), void *ctx)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct {
		struct file_id id;
		struct json_object *v;
	} kept[KEPT];
	static size_t next;
	auto_fd int fd = path_open(d, path);
	struct file_id id;
	size_t at = 0;
	int r = fd < 0 ? fd : file_id(fd, &id);

	if (r)
		return r;
	pthread_mutex_lock(&lock);
	while (at < KEPT && !(kept[at].v && !memcmp(&kept[at].id, &id, sizeof(id))))
		at++;
	if (at == KEPT) {
		at = next++ % KEPT;
		json_object_put(kept[at].v);
		kept[at].v = NULL;
		r = fd_json(fd, &kept[at].v);
		kept[at].id = id;
	}
	if (!r)
		take(ctx, kept[at].v);
	pthread_mutex_unlock(&lock);
	return r;
}

struct json_object *state_member(struct json_object *v, const char *key)
{
	struct json_object *ret = NULL;

	if (!json_object_is_type(v, json_type_object))
		return NULL;
	json_object_object_get_ex(v, key, &ret);
	return ret;
}
