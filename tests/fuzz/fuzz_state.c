// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_state.c - what runtimes leave in files, of any bytes: config.v2.json of docker,
 * containers.json of podman, config.json of containerd, state.json of runc. The first line is the
 * name of a directory of a pod's logs.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/check.h"
#include "snapshot/container.h"
#include "snapshot/runtime.h"
#include "out/escape.h"

#define ID      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID     "8a9b0c1d-2e3f-4051-8273-94a5b6c7d8e9"
#define DOCKER  "/var/lib/docker/containers/" ID
#define PODMAN  "/var/lib/containers/storage/overlay-containers"
#define TASK    "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID
#define RUNC    "/run/runc/" ID
#define LOGS    "/var/log/pods"
#define NAMELEN 255

static char root[] = "/tmp/fuzz_state.XXXXXX", first[512];
static int state = -1, logs = -1;

static void tree_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", root);
	if (system(command))
		perror(command);
}

static void tree_add(const char *dir, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, dir);
	for (char *s = path + strlen(root) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		mkdir(path, 0700);
		*s = '/';
	}
	mkdir(path, 0700);
	if (!file)
		return;
	snprintf(path, sizeof(path), "%s%s/%s", root, dir, file);
	/* One file by several names. */
	if (state < 0) {
		snprintf(first, sizeof(first), "%s", path);
		state = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		MUST(state >= 0);
	} else {
		MUST(!link(first, path));
	}
}

static void tree_make(void)
{
	char path[512];

	MUST(mkdtemp(root));
	atexit(tree_remove);
	tree_add(DOCKER, "config.v2.json");
	tree_add(PODMAN, "containers.json");
	tree_add(TASK, "config.json");
	tree_add(RUNC, "state.json");
	tree_add(LOGS, NULL);
	snprintf(path, sizeof(path), "%s" LOGS, root);
	logs = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(logs >= 0);
}

/* "RUNTIME:NAME[,pod:POD]", where NAME is said by the file. */
static void named(const struct container *c, const char *text)
{
	auto_buf struct buf b = {0}, safe = {0};
	size_t pre = strlen(c->runtime) + 1, len;

	container_format(c, root, &b);
	escape_text(&safe, b.s, b.len);
	MUST(check_line(safe.s, safe.len));
	MUST(b.len == strlen(b.s) && b.len > pre);
	MUST(!strncmp(b.s, c->runtime, pre - 1) && b.s[pre - 1] == ':');
	len = c->pod[0] ? (size_t)(strstr(b.s, ",pod:") - b.s) : b.len;
	if (len - pre == 12 && !strncmp(b.s + pre, ID, 12))
		return;
	MUST(len > pre);
	/* Whole: up to the quote that ends it, where nothing is escaped. */
	if (strchr(text, '\\'))
		return;
	buf_reset(&safe);
	buf_add(&safe, b.s + pre, len - pre);
	buf_putc(&safe, '"');
	MUST(strstr(text, safe.s));
}

/* Whatever annotations say: one line, and none of the names is empty. */
static void annotated(const char *runtime)
{
	struct container c = {.runtime = runtime, .id = ID};
	auto_container_names struct container_names n = {0};
	auto_buf struct buf b = {0}, safe = {0};

	container_format(&c, root, &b);
	escape_text(&safe, b.s, b.len);
	MUST(check_line(safe.s, safe.len));
	if (container_names_read(&c, root, &n))
		return;
	MUST(n.name || n.pod || n.image);
	MUST(!n.name || *n.name);
	MUST(!n.pod || *n.pod);
	MUST(!n.pod_namespace || *n.pod_namespace);
	MUST(!n.image || *n.image);
}

/* A container of containers.json is named by a file that knows its id. */
static void named_podman(const char *text)
{
	struct container c = {.runtime = "podman", .id = ID};
	auto_buf struct buf b = {0};

	container_format(&c, root, &b);
	if (!strncmp(b.s + 7, ID, 12) && b.len == 19)
		return;
	MUST(strchr(text, '\\') || strstr(text, "\"" ID "\""));
}

/* The pod's name is of the directory, whose name ends with its uid. */
static void pod(const char *name)
{
	struct container c = {.runtime = "container", .id = ID, .pod = UID};
	auto_buf struct buf b = {0};
	const char *said;

	container_format(&c, root, &b);
	said = strstr(b.s, ",pod:");
	MUST(said);
	said += 5;
	if (!strcmp(said, UID))
		return;
	MUST(strchr(said, '/') && strlen(said) + 1 + strlen(UID) == strlen(name));
	MUST(!strcmp(name + strlen(name) - strlen(UID), UID));
}

/* Up to the end of the line; false where no directory may be called so. */
static bool name_take(const char *text, char name[NAMELEN + 1])
{
	size_t len = strcspn(text, "\n");

	if (!len || len > NAMELEN)
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	/* Without that it is of no pod. */
	return strchr(name, '_') && !strchr(name, '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct container docker = {.runtime = "docker", .id = ID},
			 podman = {.runtime = "podman", .id = ID};
	char *text = malloc(size + 1), name[NAMELEN + 1];

	if (state < 0)
		tree_make();
	memcpy(text, data, size);
	text[size] = '\0';
	MUST(!ftruncate(state, 0) && pwrite(state, data, size, 0) == (ssize_t)size);
	named(&docker, text);
	named(&podman, text);
	named_podman(text);
	annotated("containerd");
	annotated("runc");
	if (name_take(text, name) && !mkdirat(logs, name, 0700)) {
		pod(name);
		MUST(!unlinkat(logs, name, AT_REMOVEDIR));
	}
	free(text);
	return 0;
}
