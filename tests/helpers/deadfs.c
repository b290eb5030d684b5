// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deadfs DIR - a file system in user space, of two files and a directory, that answers until it
 * reads a line on standard input, and then never again. Says "mounted", then "dead".
 * deadfs -a DIR - autofs, whose daemon mounts nothing and says so to nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOT = 1, FILE_INO, PROC_INO };

static char in[1 << 20];
static struct {
	struct fuse_out_header head;
	char body[8192];
} out;

static void attr_fill(struct fuse_attr *a, uint64_t ino)
{
	*a = (struct fuse_attr){.ino = ino, .nlink = 1, .blksize = 4096};
	a->mode = ino == FILE_INO ? S_IFREG | 0755 : S_IFDIR | 0755;
	a->size = ino == FILE_INO ? 4096 : 0;
}

static uint64_t ino_of(const char *name)
{
	return !strcmp(name, "file") ? FILE_INO : !strcmp(name, "proc") ? PROC_INO : 0;
}

/* The size of the body, or -errno. */
static int answer(const struct fuse_in_header *q, const void *arg)
{
	struct fuse_entry_out *entry = (void *)out.body;
	struct fuse_attr_out *attr = (void *)out.body;
	struct fuse_init_out *init = (void *)out.body;
	const struct fuse_read_in *rd = arg;

	memset(out.body, 0, sizeof(out.body));
	switch (q->opcode) {
	case FUSE_INIT:
		init->major = FUSE_KERNEL_VERSION;
		init->minor = 31;
		init->max_write = 4096;
		return sizeof(*init);
	case FUSE_LOOKUP:
		entry->nodeid = ino_of(arg);
		attr_fill(&entry->attr, entry->nodeid);
		return entry->nodeid ? (int)sizeof(*entry) : -ENOENT;
	case FUSE_GETATTR:
		attr_fill(&attr->attr, q->nodeid);
		return sizeof(*attr);
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		return sizeof(struct fuse_open_out);
	case FUSE_READ:
		return q->nodeid == FILE_INO && rd->offset < 4096 ? 4096 : 0;
	case FUSE_STATFS:
		return sizeof(struct fuse_statfs_out);
	case FUSE_READDIR:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		return 0;
	default:
		return -ENOSYS;
	}
}

static int autofs(const char *dir)
{
	char opts[128];
	int way[2];

	/* Its own process group may look at it as it is; others wait for what was not mounted. */
	if (setpgid(0, 0) || pipe(way))
		return 1;
	snprintf(opts, sizeof(opts), "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", way[1],
		(int)getpgrp());
	if (mount("dead", dir, "autofs", 0, opts))
		return 77;
	puts("mounted");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = {{.events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	const struct fuse_in_header *q = (void *)in;
	char opts[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC), r;

	if (argc == 3 && !strcmp(argv[1], "-a"))
		return autofs(argv[2]);
	if (argc != 2 || fd < 0)
		return 77;
	p[0].fd = fd;
	snprintf(opts, sizeof(opts), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (mount("deadfs", argv[1], "fuse", MS_NOSUID | MS_NODEV, opts))
		return 77;
	puts("mounted");
	fflush(stdout);
	while (poll(p, 2, -1) > 0 && !p[1].revents) {
		if (read(fd, in, sizeof(in)) < 0)
			continue;
		if (q->opcode == FUSE_FORGET || q->opcode == FUSE_BATCH_FORGET)
			continue;
		r = answer(q, q + 1);
		out.head.unique = q->unique;
		out.head.error = r < 0 ? r : 0;
		out.head.len = (uint32_t)(sizeof(out.head) + (size_t)(r < 0 ? 0 : r));
		if (write(fd, &out, out.head.len) < 0 && errno != ENOENT)
			break;
	}
	puts("dead");
	fflush(stdout);
	for (;;)
		pause();
}
