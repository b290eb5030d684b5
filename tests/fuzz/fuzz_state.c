// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_state.c - any text as the state files of docker and podman, and its first line as the name
 * of a directory of logs of kubernetes.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/text.h"
#include "lib/fd.h"
#include "ns/container.h"

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD  "8a9b0c1d-2e3f-4051-8273-94a5b6c7d8e9"
#define PODS "var/log/pods"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {"var/lib/docker/containers/" ID "/config.v2.json",
	"var/lib/containers/storage/overlay-containers/containers.json",
	"var/lib/containers/storage/vfs-containers/containers.json"};

static char root[] = "/dev/shm/nswatch-fuzz-XXXXXX"; /* in memory: it is written all the time */

/* Removes what root_make made, as far as it is there. */
static void root_remove(void)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, files[i]);
		unlink(path);
		while (strlen(path) > strlen(root)) {
			*strrchr(path, '/') = '\0';
			rmdir(path);
		}
	}
	snprintf(path, sizeof(path), "%s/" PODS, root);
	while (strlen(path) >= strlen(root)) {
		rmdir(path);
		*strrchr(path, '/') = '\0';
	}
}

static void dirs_make(const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, file);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
}

static void root_make(void)
{
	static bool made;

	if (made)
		return;
	if (!mkdtemp(root)) {
		strcpy(root, "/tmp/nswatch-fuzz-XXXXXX");
		if (!mkdtemp(root))
			abort();
	}
	made = true;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		dirs_make(files[i]);
	dirs_make(PODS "/");
	atexit(root_remove);
}

static void file_write(const char *file, const void *data, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, file);
	f = fopen(path, "we");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
}

/* The directory, "" where the text gives no name for one. */
static void pod_make(const uint8_t *data, size_t size, char path[PATH_MAX])
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t len = nl ? (size_t)(nl - data) : size;

	*path = '\0';
	if (!len || len > NAME_MAX || memchr(data, '/', len) || memchr(data, 0, len))
		return;
	snprintf(path, PATH_MAX, "%s/" PODS "/%.*s", root, (int)len, (const char *)data);
	if (mkdir(path, 0700))
		*path = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct container all[] = {{.runtime = "docker", .id = ID},
		{.runtime = "podman", .id = ID}, {.runtime = "container", .id = ID, .pod = POD}};
	char pod[PATH_MAX];

	root_make();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		file_write(files[i], data, size);
	pod_make(data, size, pod);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		auto_buf struct buf b = {0};

		container_format(&all[i], root, &b);
		if (b.len <= strlen(all[i].runtime) + 1 || memchr(b.s, '"', b.len) == b.s)
			abort();
	}
	if (*pod)
		rmdir(pod);
	return 0;
}
