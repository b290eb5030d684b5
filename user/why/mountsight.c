// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "why/mountsight.h"
#include "lib/util.h"

#define LINES_MAX 4096 /* a process may have made as many mounts as it liked */

struct line {
	unsigned int id, parent;
	char *text; /* of the getline, cut into these: */
	const char *root, *point, *fs;
};

struct lines {
	size_t n;
	struct line v[LINES_MAX];
};

static void lines_free(struct lines **l)
{
	for (size_t i = 0; *l && i < (*l)->n; i++)
		free((*l)->v[i].text);
	free(*l);
}

#define auto_lines __attribute__((cleanup(lines_free)))

/* proc_pid_mountinfo(5): id parent dev root point options [tags] - fs source options. */
static bool line_cut(struct line *l)
{
	char *save = NULL, *dash = strstr(l->text, " - "), *word;
	int at = 0;

	if (!dash || sscanf(l->text, "%u %u", &l->id, &l->parent) != 2)
		return false;
	*dash = '\0';
	l->fs = dash + 3;
	dash[3 + strcspn(dash + 3, " \n")] = '\0';
	for (word = strtok_r(l->text, " ", &save); word; word = strtok_r(NULL, " ", &save), at++) {
		if (at == 3)
			l->root = word;
		else if (at == 4)
			l->point = word;
	}
	return l->root && l->point;
}

static struct lines *lines_read(const struct subject *s)
{
	struct lines *l = calloc(1, sizeof(*l));
	auto_file FILE *f = NULL;
	char path[64];
	size_t cap = 0;

	snprintf(path, sizeof(path), "%s/mountinfo", s->dir);
	f = l ? fopen(path, "re") : NULL;
	while (f && l->n < LINES_MAX) {
		struct line *at = &l->v[l->n];

		cap = 0;
		at->text = NULL;
		if (getline(&at->text, &cap, f) <= 0) {
			free(at->text);
			at->text = NULL;
			break;
		}
		if (line_cut(at))
			l->n++;
		else
			free(at->text);
	}
	if (l && !l->n) {
		free(l);
		return NULL;
	}
	return l;
}

/*
 * Directories that are made to be mounted on and always empty: sysfs_create_mount_point(),
 * proc_create_mount_point(), register_sysctl_mount_point().
 */
static bool is_empty_dir(const char *below)
{
	static const char *const dirs[] = {"/sys/fs/binfmt_misc", "/fs/nfsd", "/openprom",
		"/fs/cgroup", "/fs/bpf", "/fs/fuse/connections", "/fs/pstore", "/fs/selinux",
		"/fs/smackfs", "/kernel/debug", "/kernel/tracing", "/kernel/security",
		"/kernel/config", "/firmware/efi/efivars", "/hypervisor/s390"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (!strcmp(below, dirs[i]))
			return true;
	return false;
}

/* A mount over a part of what is mounted by that line, NULL where there is none. */
static const struct line *cover_of(const struct lines *l, const struct line *at)
{
	size_t len = strcmp(at->point, "/") ? strlen(at->point) : 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].parent == at->id && l->v[i].id != at->id &&
			strlen(l->v[i].point) >= len && !is_empty_dir(l->v[i].point + len))
			return &l->v[i];
	return NULL;
}

enum fs_sight fs_in_sight(const struct subject *s, const char *fs, char *detail, size_t size)
{
	auto_lines struct lines *l = lines_read(s);
	enum fs_sight sight = SIGHT_NONE;

	if (!l)
		return SIGHT_UNKNOWN;
	for (size_t i = 0; i < l->n; i++) {
		const struct line *at = &l->v[i], *cover;

		if (strcmp(at->fs, fs) != 0)
			continue;
		/* A part of it that was bound somewhere is none. */
		if (strcmp(at->root, "/") != 0)
			continue;
		cover = cover_of(l, at);
		if (!cover)
			return SIGHT_WHOLE;
		if (sight == SIGHT_NONE)
			snprintf(detail, size, "%s", cover->point);
		sight = SIGHT_COVERED;
	}
	return sight;
}

int mount_point_of(const char *path, char *ret, size_t size)
{
	struct subject self = subject_self();
	auto_lines struct lines *l = lines_read(&self);
	auto_free char *real = realpath(path, NULL);
	size_t best = 0;
	const char *point = NULL;

	for (size_t i = 0; l && real && i < l->n; i++) {
		const char *at = l->v[i].point;
		size_t len = strcmp(at, "/") ? strlen(at) : 0;

		/* Of several in one place the last is on top. */
		if (len < best || strncmp(real, at, len) != 0 || (real[len] && real[len] != '/'))
			continue;
		best = len;
		point = at;
	}
	if (!point)
		return -ENOENT;
	snprintf(ret, size, "%s", point);
	return 0;
}
