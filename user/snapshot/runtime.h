/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runtime.h - what container runtimes leave in files of a container. No daemon is asked, and no
 * path is followed into what belongs to a container.
 */
#ifndef NSWATCH_SNAPSHOT_RUNTIME_H
#define NSWATCH_SNAPSHOT_RUNTIME_H

struct container;

/* What a runtime's files say of a container; each NULL where unknown; untrusted text, malloc()ed.
 */
struct container_names {
	char *name, *pod, *pod_namespace, *image;
};

/*
 * c: from container_parse(). root: "" for this system (tests give a directory). 0, or -ENOENT
 * where no file names it, or another -errno. Blocks on files of the disk: not for a loop that must
 * not wait.
 */
int container_names_read(const struct container *c, const char *root, struct container_names *ret);
void container_names_free(struct container_names *n);

#define auto_container_names __attribute__((cleanup(container_names_free)))

#endif
