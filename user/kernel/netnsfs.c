// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/child.h"
#include "kernel/netnsfs.h"
#include "kernel/nsfd.h"
#include "lib/array.h"

#define PATH_SIZE   (sizeof(NETNS_DIR) + 1 + NAME_MAX)
#define STACKED_MAX 64 /* mounts one over the other on a name */

/* --- names ----------------------------------------------------------------------------------- */

void netns_names_free(struct netns_names *s)
{
	free(s->rows);
	free(s->by_inum);
	buf_free(&s->text);
	memset(s, 0, sizeof(*s));
}

int netns_name_check(const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (!len)
		return err_say(err, -EINVAL, "the name of a net namespace is empty");
	if (len > NAME_MAX)
		return err_say(err, -EINVAL,
			"the name of a net namespace has %zu bytes, %d are allowed", len, NAME_MAX);
	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_say(err, -EINVAL,
			"'%.64s' is no name of a net namespace: it would be a path", name);
	return 0;
}

/* What opening the name leads to; nothing is waited for that a server would have to answer. */
static void name_look(struct netns_name *row, int dirfd, const char *name, const struct stat *own)
{
	struct statx x;

	row->inum = 0;
	row->code = 0;
	if (statx(dirfd, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &x))
		row->code = -errno;
	else if (makedev(x.stx_dev_major, x.stx_dev_minor) == own->st_dev)
		row->inum = (uint32_t)x.stx_ino;
	else
		row->code = -EINVAL;
}

static int name_put(struct netns_names *s, int dirfd, const char *name, const struct stat *own)
{
	char target[PATH_MAX];
	ssize_t len;

	if (ARRAY_ROOM(s->rows, s->cap, s->n))
		return -ENOMEM;
	len = readlinkat(dirfd, name, target, sizeof(target));
	/* One that was deleted meanwhile is none. */
	if (len < 0 && errno != EINVAL)
		return 0;
	s->rows[s->n] = (struct netns_name){.text = (uint32_t)s->text.len, .link = NETNS_NO_LINK};
	name_look(&s->rows[s->n], dirfd, name, own);
	buf_add(&s->text, name, strlen(name) + 1);
	if (len >= 0) {
		s->rows[s->n].link = (uint32_t)s->text.len;
		buf_add(&s->text, target, (size_t)len);
		buf_add(&s->text, "", 1);
	}
	s->n++;
	return 0;
}

static int name_unknown(const char *name, struct err *err)
{
	err_say(err, -ENOENT, "no net namespace is called '%s'", name);
	err_hint(err, "`nswatch netns list` shows the names");
	return -ENOENT;
}

static int by_text(const void *a, const void *b, void *text)
{
	const struct netns_name *x = a, *y = b;

	return strcmp((char *)text + x->text, (char *)text + y->text);
}

static int by_inum(const void *a, const void *b, void *text)
{
	const struct netns_name *x = a, *y = b;

	if (x->inum != y->inum)
		return x->inum < y->inum ? -1 : 1;
	return by_text(a, b, text);
}

int netns_names_put(struct netns_names *s, const char *name, uint32_t inum)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(netns_text(s, &s->rows[i]), name))
			return 0;
	if (ARRAY_ROOM(s->rows, s->cap, s->n))
		return -ENOMEM;
	s->rows[s->n++] = (struct netns_name){
		.inum = inum, .text = (uint32_t)s->text.len, .link = NETNS_NO_LINK};
	buf_add(&s->text, name, strlen(name) + 1);
	return 0;
}

int netns_names_finish(struct netns_names *s)
{
	s->by_inum = calloc(s->n + 1, sizeof(*s->by_inum));
	if (!s->by_inum)
		return -ENOMEM;
	if (!s->n)
		return 0;
	memcpy(s->by_inum, s->rows, s->n * sizeof(*s->rows));
	qsort_r(s->rows, s->n, sizeof(*s->rows), by_text, s->text.s);
	qsort_r(s->by_inum, s->n, sizeof(*s->by_inum), by_inum, s->text.s);
	return 0;
}

int netns_name_read(struct netns_names *s, const char *name, struct err *err)
{
	auto_fd int dir = open(NETNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat own;
	int ret = netns_name_check(name, err);

	if (ret)
		return ret;
	if (dir < 0 && errno != ENOENT)
		return err_set(err, -errno, "open %s", NETNS_DIR);
	if (stat("/proc/thread-self/ns/net", &own))
		return err_set(err, -errno, "/proc/thread-self/ns/net");
	ret = dir < 0 ? 0 : name_put(s, dir, name, &own);
	if (ret)
		return err_set(err, ret, "names of net namespaces");
	return s->n ? 0 : name_unknown(name, err);
}

int netns_names_read(struct netns_names *s, struct err *err)
{
	auto_dir DIR *dir = opendir(NETNS_DIR);
	struct stat own;
	struct dirent *e;
	int ret = 0;

	if (!dir && errno != ENOENT)
		return err_set(err, -errno, "open %s", NETNS_DIR);
	if (stat("/proc/thread-self/ns/net", &own))
		return err_set(err, -errno, "/proc/thread-self/ns/net");
	while (!ret && dir && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		ret = name_put(s, dirfd(dir), e->d_name, &own);
	}
	if (!ret)
		ret = netns_names_finish(s);
	return ret ? err_set(err, ret, "names of net namespaces") : 0;
}

const struct netns_name *netns_names_of(const struct netns_names *s, uint32_t inum)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->by_inum[mid].inum < inum)
			lo = mid + 1;
		else
			hi = mid;
	}
	return inum && lo < s->n && s->by_inum[lo].inum == inum ? &s->by_inum[lo] : NULL;
}

/* --- opening and making ---------------------------------------------------------------------- */

/* A name that opens, or should, but has no net namespace: what it is, and what to do with it. */
static int name_empty(const char *name, int code, struct err *err)
{
	auto_names struct netns_names s = {0};
	const char *link;
	int ret = netns_name_read(&s, name, err);

	if (ret)
		return ret;
	link = netns_link(&s, s.rows);
	if (!link)
		err_say(err, code,
			NETNS_DIR "/%s is a file without a net namespace in this mount namespace",
			name);
	else if (code == -ENOENT)
		err_say(err, code, "%s is a link to %s, which is not there", name, link);
	else
		err_say(err, code, "%s is a link to %s, which is no net namespace", name, link);
	err_hint(err, "`nswatch netns delete` removes what is left of a name");
	return code;
}

int netns_open(const char *name, struct err *err)
{
	char path[PATH_SIZE];
	auto_fd int fd = -1;
	int ret = netns_name_check(name, err);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	/* Not to be held up by a fifo that somebody has put there. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		ret = -errno;
		if (ret != -ENOENT)
			return err_set(err, ret, "open %s", path);
		return name_empty(name, ret, err);
	}
	if (nsfd_type(fd) == NS_NET)
		return take_fd(&fd);
	return name_empty(name, -EINVAL, err);
}

static int may_not(struct err *err, int code, const char *what)
{
	err_set(err, code, "%s", what);
	if (code == -EPERM || code == -EACCES)
		err_hint(err, "that needs root (CAP_SYS_ADMIN)");
	return code;
}

/* In a thread of its own. */
static int new_open(void *ctx)
{
	struct err *err = ctx;
	int fd;

	if (unshare(CLONE_NEWNET)) {
		int code = -errno;

		may_not(err, code, "make a net namespace");
		if (code == -ENOSPC)
			err_hint(err, "/proc/sys/user/max_net_namespaces is the limit");
		return code;
	}
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(err, -errno, "open /proc/thread-self/ns/net") : fd;
}

int netns_new(struct err *err)
{
	int fd = thread_run(new_open, err);

	return fd < 0 && err && !err->code ? err_set(err, fd, "start a thread") : fd;
}

/* --- the directory --------------------------------------------------------------------------- */

struct netns_dir {
	int lock;     /* the directory, locked */
	bool made;    /* it was not there before */
	bool mounted; /* this call made a mount point of it */
};

/*
 * Mounts on names must reach other mount namespaces, and so must their end:
 * the directory is a shared mount of its own.
 */
static int dir_share(struct netns_dir *d, struct err *err)
{
	while (mount("none", NETNS_DIR, NULL, MS_SHARED | MS_REC, NULL)) {
		int code = -errno;

		if (code != -EINVAL || d->mounted)
			return may_not(err, code, "make " NETNS_DIR " a shared mount");
		/* It is no mount point yet. */
		if (mount(NETNS_DIR, NETNS_DIR, NULL, MS_BIND | MS_REC, NULL))
			return may_not(err, -errno, "mount " NETNS_DIR);
		d->mounted = true;
		/* Private first: then it becomes a peer group of its own. */
		if (mount("none", NETNS_DIR, NULL, MS_PRIVATE | MS_REC, NULL))
			return may_not(err, -errno, "make " NETNS_DIR " a mount of its own");
	}
	return 0;
}

static void dir_undo(struct netns_dir *d)
{
	if (d->mounted)
		umount2(NETNS_DIR, MNT_DETACH);
	fd_closep(&d->lock);
	if (d->made)
		rmdir(NETNS_DIR);
}

/* The lock is held until the name is there, so that undoing takes nobody else's away. */
static int dir_open(struct netns_dir *d, struct err *err)
{
	int ret;

	*d = (struct netns_dir){.lock = -1};
	if (!mkdir(NETNS_DIR, 0755))
		d->made = true;
	else if (errno != EEXIST)
		return may_not(err, -errno, "make the directory " NETNS_DIR);
	d->lock = open(NETNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->lock < 0) {
		ret = may_not(err, -errno, "open " NETNS_DIR);
	} else {
		while (flock(d->lock, LOCK_EX) && errno == EINTR)
			;
		ret = dir_share(d, err);
	}
	if (ret)
		dir_undo(d);
	return ret;
}

/* --- adding and removing --------------------------------------------------------------------- */

static void name_taken(const char *path, struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	if (len < 0) {
		err_hint(err, "the name is taken: `nswatch netns list` shows by what");
		return;
	}
	target[len] = '\0';
	if (access(path, F_OK))
		err_hint(err,
			"the name is taken by a link to %.96s, which is not there: "
			"`nswatch netns delete` removes it",
			target);
	else
		err_hint(err, "the name is taken by a link to %.128s", target);
}

static int file_make(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0), ret = -errno;
	char what[PATH_SIZE + 16];

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	snprintf(what, sizeof(what), "make %s", path);
	may_not(err, ret, what);
	if (ret == -EEXIST)
		name_taken(path, err);
	else if (ret == -ENOSPC)
		err_hint(
			err, "the filesystem of " NETNS_DIR " is full: `df -i /run` and `df /run`");
	else if (ret == -EROFS)
		err_hint(err, "/run is read-only here");
	return ret;
}

static int name_bind(const char *path, int ns, struct err *err)
{
	char from[40], what[PATH_SIZE + 32];

	snprintf(from, sizeof(from), "/proc/thread-self/fd/%d", ns);
	if (!mount(from, path, NULL, MS_BIND, NULL))
		return 0;
	snprintf(what, sizeof(what), "mount the namespace on %s", path);
	return may_not(err, -errno, what);
}

int netns_name_add(const char *name, int ns, struct err *err)
{
	char path[PATH_SIZE];
	struct netns_dir dir;
	int ret = netns_name_check(name, err);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	ret = dir_open(&dir, err);
	if (ret)
		return ret;
	ret = file_make(path, err);
	if (ret) {
		dir_undo(&dir);
		return ret;
	}
	ret = name_bind(path, ns, err);
	if (ret) {
		unlink(path);
		dir_undo(&dir);
		return ret;
	}
	close(dir.lock);
	return 0;
}

static int unmount_all(const char *path, struct err *err)
{
	for (int i = 0; i < STACKED_MAX; i++) {
		char what[PATH_SIZE + 16];

		if (!umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
			continue;
		if (errno == EINVAL)
			return 0;
		snprintf(what, sizeof(what), "unmount %s", path);
		return may_not(err, -errno, what);
	}
	return 0;
}

int netns_name_remove(const char *name, uint32_t *ret_inum, struct err *err)
{
	auto_fd int ns = -1;
	char path[PATH_SIZE], what[PATH_SIZE + 16];
	uint32_t inum = 0;
	int ret = netns_name_check(name, err);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	snprintf(what, sizeof(what), "remove %s", path);
	/* To mount it again should the file be there to stay. */
	ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (ns < 0 && errno == ENOENT)
		return netns_open(name, err);
	if (faccessat(AT_FDCWD, NETNS_DIR, W_OK, AT_EACCESS))
		return may_not(err, -errno, what);
	if (ns >= 0 && nsfd_type(ns) >= 0)
		nsfd_inum(ns, &inum);
	ret = unmount_all(path, err);
	if (ret)
		return ret;
	if (unlink(path)) {
		ret = -errno;
		if (inum)
			name_bind(path, ns, NULL);
		return may_not(err, ret, what);
	}
	if (ret_inum)
		*ret_inum = inum;
	return 0;
}

/* --- being there ----------------------------------------------------------------------------- */

static int sys_mount(const char *name, struct err *err)
{
	struct stat st;
	unsigned long flags = 0;

	/*
	 * One that can't be taken off is covered; where it is read-only, only a
	 * read-only one may do that.
	 */
	if (umount2("/sys", MNT_DETACH) && !stat("/sys", &st) && access("/sys", W_OK) &&
		errno == EROFS)
		flags = MS_RDONLY;
	if (mount(name, "/sys", "sysfs", flags, NULL))
		return may_not(err, -errno, "mount /sys of the net namespace");
	return 0;
}

static void etc_bind(const char *name, void (*warn)(const struct err *e))
{
	char from[sizeof(NETNS_ETC_DIR) + 2 * (NAME_MAX + 1)], to[sizeof("/etc/") + NAME_MAX];
	auto_dir DIR *dir = NULL;
	struct dirent *e;
	struct err err;

	snprintf(from, sizeof(from), NETNS_ETC_DIR "/%s", name);
	dir = opendir(from);
	while (dir && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(from, sizeof(from), NETNS_ETC_DIR "/%s/%s", name, e->d_name);
		snprintf(to, sizeof(to), "/etc/%s", e->d_name);
		if (!mount(from, to, NULL, MS_BIND, NULL) || !warn)
			continue;
		err_set(&err, -errno, "mount %s on %s", from, to);
		warn(&err);
	}
}

int netns_enter(const char *name, void (*warn)(const struct err *e), struct err *err)
{
	auto_fd int ns = netns_open(name, err);
	int ret;

	if (ns < 0)
		return ns;
	if (setns(ns, CLONE_NEWNET))
		return may_not(err, -errno, "enter the net namespace");
	if (unshare(CLONE_NEWNS))
		return may_not(err, -errno, "make a mount namespace");
	/* What is mounted here stays here. */
	if (mount("none", "/", NULL, MS_SLAVE | MS_REC, NULL))
		return may_not(err, -errno, "make / a slave mount");
	ret = sys_mount(name, err);
	if (!ret)
		etc_bind(name, warn);
	return ret;
}
