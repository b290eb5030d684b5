// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/caps.h"
#include "lib/fd.h"
#include "lib/util.h"
#include "snapshot/container.h"
#include "snapshot/runtime.h"
#include "snapshot/statefile.h"

#define TEXT_MAX 4095 /* longer names are none */

/* What is found of one container. */
struct search {
	const struct container *c;
	const char *root;
	uint32_t user;
	int error; /* -ENOENT, or of the last file that can't be read */
	struct container_names *ret;
};

/* One of its files. */
struct reading {
	struct search *s;
	void (*take)(struct search *s, struct json_object *v);
	bool of_many;
};

/* --- values ---------------------------------------------------------------------------------- */

/* A text becomes the name where there is none yet; skip: the characters before it. */
static void text_take(char **to, struct json_object *v, size_t skip)
{
	const char *s;
	size_t len;

	if (*to || !json_object_is_type(v, json_type_string))
		return;
	s = json_object_get_string(v);
	len = (size_t)json_object_get_string_len(v);
	if (len > skip && len <= TEXT_MAX && strlen(s) == len)
		*to = strdup(s + skip);
}

static bool text_is(struct json_object *v, const char *s)
{
	return json_object_is_type(v, json_type_string) && !strcmp(json_object_get_string(v), s);
}

/* --- annotations ----------------------------------------------------------------------------- */

/* Where several are there, the first of a kind counts. */
static const struct annotation {
	const char *key;
	size_t to;
} annotations[] = {
#define NAME(m) offsetof(struct container_names, m)
	/* containerd, pkg/cri/annotations/annotations.go */
	{"io.kubernetes.cri.container-name", NAME(name)},
	{"io.kubernetes.cri.sandbox-name", NAME(pod)},
	{"io.kubernetes.cri.sandbox-namespace", NAME(pod_namespace)},
	{"io.kubernetes.cri.image-name", NAME(image)},
	/* CRI-O, pkg/annotations/annotations.go; the first three are labels of the kubelet */
	{"io.kubernetes.container.name", NAME(name)},
	{"io.kubernetes.pod.name", NAME(pod)},
	{"io.kubernetes.pod.namespace", NAME(pod_namespace)},
	{"io.kubernetes.cri-o.ImageName", NAME(image)},
#undef NAME
};

/* nerdctl, pkg/labels/labels.go. Beside it the others are but labels of an image. */
#define NERDCTL_NAME "nerdctl/name"

static char **annotation_to(struct search *s, const struct annotation *a)
{
	return (char **)((char *)s->ret + a->to);
}

/* {"annotations":{"io.kubernetes.cri.container-name":"web"}}: config.json of a bundle. */
static void map_take(struct search *s, struct json_object *map)
{
	struct json_object *nerdctl = state_member(map, NERDCTL_NAME);

	text_take(&s->ret->name, nerdctl, 0);
	for (size_t i = 0; i < ARRAY_SIZE(annotations) && !nerdctl; i++)
		text_take(annotation_to(s, &annotations[i]), state_member(map, annotations[i].key),
			0);
}

static void bundle_take(struct search *s, struct json_object *v)
{
	map_take(s, state_member(v, "annotations"));
}

/* {"config":{"labels":["io.kubernetes.cri.container-name=web","bundle=/x"]}}: state.json of runc.
 */
static void runc_take(struct search *s, struct json_object *v)
{
	struct json_object *labels = state_member(state_member(v, "config"), "labels");
	size_t n =
		json_object_is_type(labels, json_type_array) ? json_object_array_length(labels) : 0;
	auto_state struct json_object *map = json_object_new_object();

	for (size_t i = 0; i < n && map; i++) {
		struct json_object *one = json_object_array_get_idx(labels, i);
		const char *text = json_object_is_type(one, json_type_string)
					   ? json_object_get_string(one)
					   : "",
			   *eq = strchr(text, '=');
		auto_free char *key = eq ? strndup(text, (size_t)(eq - text)) : NULL;

		if (key)
			json_object_object_add(map, key, json_object_new_string(eq + 1));
	}
	map_take(s, map);
}

/* --- docker ---------------------------------------------------------------------------------- */

/* config.v2.json: {"Name":"/web","Config":{"Image":"nginx","Labels":{}}} */
static void docker_take(struct search *s, struct json_object *v)
{
	struct json_object *name = state_member(v, "Name"), *config = state_member(v, "Config");
	bool slash =
		json_object_is_type(name, json_type_string) && *json_object_get_string(name) == '/';

	/* Those of the kubelet; elsewhere they are but labels of an image. */
	if (s->c->pod[0])
		map_take(s, state_member(config, "Labels"));
	text_take(&s->ret->name, name, slash);
	text_take(&s->ret->image, state_member(config, "Image"), 0);
}

/* --- podman ---------------------------------------------------------------------------------- */

static struct json_object *podman_name(struct json_object *one)
{
	struct json_object *names = state_member(one, "names");

	return json_object_is_type(names, json_type_array) && json_object_array_length(names)
		       ? json_object_array_get_idx(names, 0)
		       : NULL;
}

/*
 * What a pod is called stands in podman's database alone. The container that keeps its namespaces
 * is called after its id, if nobody chose a name: libpod, pod.go and specgen's pod_create.go.
 */
static bool is_infra(const struct search *s, struct json_object *name)
{
	char infra[CONTAINER_ID_MAX + 8];

	snprintf(infra, sizeof(infra), "%s-infra", s->c->pod);
	return *s->c->pod && name && text_is(name, infra);
}

/* containers.json: [{"id":"...","names":["web"],"metadata":"{\"image-name\":\"nginx\"}"}] */
static void podman_take(struct search *s, struct json_object *v)
{
	size_t n = json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(v, i), *more;
		auto_state struct json_object *data = NULL;

		if (is_infra(s, podman_name(one)))
			text_take(&s->ret->pod, podman_name(one), 0);
		if (!text_is(state_member(one, "id"), s->c->id))
			continue;
		text_take(&s->ret->name, podman_name(one), 0);
		more = state_member(one, "metadata");
		if (json_object_is_type(more, json_type_string) &&
			!state_parse(json_object_get_string(more),
				(size_t)json_object_get_string_len(more), &data))
			text_take(&s->ret->image, state_member(data, "image-name"), 0);
	}
}

/* --- where they are -------------------------------------------------------------------------- */

enum place {
	SYSTEM,
	DATA_ROOT, /* below what /etc/docker/daemon.json says */
	HOME,      /* below the user's home */
	RUN,       /* below the user's XDG_RUNTIME_DIR, as pam_systemd makes it */
};

/*
 * A file, or one per container where its path has the id; one '*' stands for a name. What is behind
 * dir may belong to others than the system.
 */
static const struct layout {
	const char *runtime;
	enum place place;
	const char *dir, *file;
	void (*take)(struct search *s, struct json_object *v);
} layouts[] = {
#define DOCKER   "%s/config.v2.json"
#define STORED   "*-containers/containers.json"
#define VOLATILE "*-containers/volatile-containers.json"
#define TASK     "*/%s/config.json"
	/* moby, container/container.go */
	{"docker", SYSTEM, "/var/lib/docker/containers", DOCKER, docker_take},
	{"docker", SYSTEM, "/var/snap/docker/common/var-lib-docker/containers", DOCKER,
		docker_take},
	{"docker", DATA_ROOT, "containers", DOCKER, docker_take},
	{"docker", HOME, ".local/share/docker/containers", DOCKER, docker_take},
	/* containers/storage, containers.go: those of `podman run --rm` are volatile */
	{"podman", SYSTEM, "/var/lib/containers/storage", STORED, podman_take},
	{"podman", SYSTEM, "/var/lib/containers/storage", VOLATILE, podman_take},
	{"podman", SYSTEM, "/run/containers/storage", VOLATILE, podman_take},
	{"podman", HOME, ".local/share/containers/storage", STORED, podman_take},
	{"podman", HOME, ".local/share/containers/storage", VOLATILE, podman_take},
	{"podman", RUN, "containers", VOLATILE, podman_take},
	/* containerd, runtime/v2/bundle.go; the name is of its namespace: k8s.io, default */
	{"containerd", SYSTEM, "/run/containerd/io.containerd.runtime.v2.task", TASK, bundle_take},
	{"containerd", SYSTEM, "/run/k3s/containerd/io.containerd.runtime.v2.task", TASK,
		bundle_take},
	{"containerd", SYSTEM, "/run/containerd/runc", "*/%s/state.json", runc_take},
	/* CRI-O, internal/oci/container.go */
	{"cri-o", SYSTEM, "/run/containers/storage", "*-containers/%s/userdata/config.json",
		bundle_take},
	{"cri-o", SYSTEM, "/var/lib/containers/storage", "*-containers/%s/userdata/config.json",
		bundle_take},
	/* crun, src/libcrun/status.c; runc, libcontainer/factory_linux.go */
	{"crun", SYSTEM, "/run/crun", "%s/config.json", bundle_take},
	{"crun", RUN, "crun", "%s/config.json", bundle_take},
	{"runc", SYSTEM, "/run/runc", "%s/state.json", runc_take},
	{"runc", RUN, "runc", "%s/state.json", runc_take},
};

/* Below a pod an id alone is a container of any of those. */
static bool layout_fits(const struct layout *l, const char *runtime)
{
	if (strcmp(runtime, "container") != 0)
		return !strcmp(l->runtime, runtime);
	return !strcmp(l->runtime, "docker") || !strcmp(l->runtime, "containerd") ||
	       !strcmp(l->runtime, "cri-o");
}

/* {"data-root":"/srv/docker"}: cmd/dockerd/daemon.go */
static int data_root_open(const struct layout *l, const struct search *s, struct state_dir *ret)
{
	auto_state_dir struct state_dir d = {.fd = -1};
	auto_state struct json_object *v = NULL;
	auto_buf struct buf path = {0};
	struct json_object *dir;
	int r = state_dir_open(s->root, "/etc/docker", &d);

	if (!r)
		r = state_json(&d, "daemon.json", &v);
	if (r)
		return r;
	dir = state_member(v, "data-root");
	if (!json_object_is_type(dir, json_type_string) || *json_object_get_string(dir) != '/')
		return -ENOENT;
	buf_printf(&path, "%s/%s", json_object_get_string(dir), l->dir);
	return state_dir_open(s->root, path.s, ret);
}

/* The home of a user, if it answers: where it hangs, only the process that is asked does. */
static int home_find(const struct search *s, char *ret, size_t size)
{
	auto_buf struct buf full = {0};
	struct ask_stat st;
	int r = ask_home(s->user, ret, size);

	if (r)
		return r;
	buf_printf(&full, "%s%s", s->root, ret);
	return ask_stat(full.s, &st);
}

/* A path below the user's home or run directory. */
static int user_dir_open(
	const struct layout *l, const struct search *s, struct state_dir *ret, struct buf *path)
{
	char dir[PATH_MAX];
	int r;

	snprintf(dir, sizeof(dir), "/run/user/%u", s->user);
	r = l->place == HOME ? home_find(s, dir, sizeof(dir)) : 0;
	if (r)
		return r;
	buf_printf(path, "%s/", l->dir);
	return state_dir_open_of(s->root, dir, s->user, ret);
}

static void reading_take(void *ctx, struct json_object *v)
{
	const struct reading *reading = ctx;

	reading->take(reading->s, v);
}

static bool file_read(void *ctx, const struct state_dir *d, const char *path)
{
	struct reading *reading = ctx;
	struct search *s = reading->s;
	int r;

	if (reading->of_many) {
		r = state_kept(d, path, reading_take, reading);
	} else {
		auto_state struct json_object *v = NULL;

		r = state_json(d, path, &v);
		if (!r)
			reading_take(reading, v);
	}
	if (r && r != -ENOENT)
		s->error = r;
	return s->ret->name;
}

static void layout_read(const struct layout *l, struct search *s)
{
	struct reading reading = {s, l->take, !strstr(l->file, "%s")};
	auto_buf struct buf path = {0};
	auto_state_dir struct state_dir d = {.fd = -1};
	const char *id = strstr(l->file, "%s");
	int r;

	if (l->place == SYSTEM)
		r = state_dir_open(s->root, l->dir, &d);
	else if (l->place == DATA_ROOT)
		r = data_root_open(l, s, &d);
	else
		r = user_dir_open(l, s, &d, &path);
	if (!r && id)
		buf_printf(&path, "%.*s%s%s", (int)(id - l->file), l->file, s->c->id, id + 2);
	else if (!r)
		buf_puts(&path, l->file);
	if (!r && strchr(l->file, '*'))
		r = state_each(&d, path.s, file_read, &reading);
	else if (!r)
		file_read(&reading, &d, path.s);
	if (r && r != -ENOENT)
		s->error = r;
}

/*
 * "[Application]\nname=org.example.App\n" of an instance, which a program without a cgroup of its
 * own has as its id: flatpak, common/flatpak-run.c.
 */
static void flatpak_find(struct search *s)
{
	auto_buf struct buf text = {0}, path = {0};
	auto_state_dir struct state_dir d = {.fd = -1};
	char dir[64];
	const char *key;
	int r;

	snprintf(dir, sizeof(dir), "/run/user/%u", s->user);
	buf_printf(&path, ".flatpak/%s/info", s->c->id);
	r = state_dir_open_of(s->root, dir, s->user, &d);
	if (!r)
		r = state_raw(&d, path.s, &text);
	if (r && r != -ENOENT)
		s->error = r;
	if (r || !text.len)
		return;
	key = strncmp(text.s, "[Application]\n", 14) ? NULL : strstr(text.s, "\nname=");
	key = key ? key + strlen("\nname=") : "";
	if (strcspn(key, "\n") && strcspn(key, "\n") <= TEXT_MAX)
		s->ret->name = strndup(key, strcspn(key, "\n"));
}

/* Directories of logs are called NAMESPACE_NAME_UID. */
static void pod_find(struct search *s)
{
	const char *uid = s->c->pod;
	auto_buf struct buf path = {0};
	auto_dir DIR *dir = NULL;
	struct dirent *d;
	size_t len = strlen(uid);

	buf_printf(&path, "%s/var/log/pods", s->root);
	dir = opendir(path.s);
	while (dir && (d = readdir(dir))) {
		size_t n = strlen(d->d_name);
		const char *sep = strchr(d->d_name, '_'), *end;

		if (!sep || n <= len + 1)
			continue;
		end = d->d_name + n - len - 1;
		if (*end != '_' || strcmp(end + 1, uid) != 0 || sep >= end)
			continue;
		s->ret->pod_namespace = strndup(d->d_name, (size_t)(sep - d->d_name));
		s->ret->pod = strndup(sep + 1, (size_t)(end - sep - 1));
		return;
	}
}

/*
 * In a container the state of its own runtimes is in its root. In a part of the cgroups that is a
 * user's, containers are of that user: the names that root's have say nothing there.
 */
int container_names_read(const struct container *c, const char *root, struct container_names *ret)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct container_names found = {0};
	struct search s = {c, root, c->has_user ? c->user : (uint32_t)geteuid(), -ENOENT, &found};
	bool of_system = !c->has_user, of_user = c->has_user || s.user;

	if (c->outer[0] || strchr(c->id, '/'))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(layouts) && !found.name; i++)
		if (layout_fits(&layouts[i], c->runtime) &&
			(layouts[i].place <= DATA_ROOT ? of_system : of_user))
			layout_read(&layouts[i], &s);
	if (!strcmp(c->runtime, "flatpak"))
		flatpak_find(&s);
	if (c->pod[0] && !found.pod && of_system && strcmp(c->runtime, "podman") != 0)
		pod_find(&s);
	if (!found.name && !found.pod && !found.image)
		return s.error;
	*ret = found;
	return 0;
}

void container_names_free(struct container_names *n)
{
	free(n->name);
	free(n->pod);
	free(n->pod_namespace);
	free(n->image);
	*n = (struct container_names){0};
}
