// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	struct container_names *ret;
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

/* --- docker ---------------------------------------------------------------------------------- */

/* config.v2.json: {"Name":"/web","Config":{"Image":"nginx"}} */
static void docker_take(struct search *s, struct json_object *v)
{
	struct json_object *name = state_member(v, "Name");
	bool slash =
		json_object_is_type(name, json_type_string) && *json_object_get_string(name) == '/';

	text_take(&s->ret->name, name, slash);
	text_take(&s->ret->image, state_member(state_member(v, "Config"), "Image"), 0);
}

/* --- podman ---------------------------------------------------------------------------------- */

/* containers.json: [{"id":"...","names":["web"],"metadata":"{\"image-name\":\"nginx\"}"}] */
static void podman_take(struct search *s, struct json_object *v)
{
	size_t n = json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(v, i), *more, *names;
		auto_state struct json_object *data = NULL;

		if (!text_is(state_member(one, "id"), s->c->id))
			continue;
		names = state_member(one, "names");
		if (json_object_is_type(names, json_type_array) && json_object_array_length(names))
			text_take(&s->ret->name, json_object_array_get_idx(names, 0), 0);
		more = state_member(one, "metadata");
		if (json_object_is_type(more, json_type_string) &&
			!state_parse(json_object_get_string(more),
				(size_t)json_object_get_string_len(more), &data))
			text_take(&s->ret->image, state_member(data, "image-name"), 0);
		return;
	}
}

/* --- where they are -------------------------------------------------------------------------- */

/* A file, or one per container where file has its id. */
struct layout {
	const char *runtime, *dir, *file;
	void (*take)(struct search *s, struct json_object *v);
};

#define DOCKER "/var/lib/docker/containers"
#define PODMAN "/var/lib/containers/storage"

static const struct layout layouts[] = {
	{"docker", DOCKER, "%s/config.v2.json", docker_take},
	{"podman", PODMAN, "overlay-containers/containers.json", podman_take},
	{"podman", PODMAN, "vfs-containers/containers.json", podman_take},
};

static int layout_read(const struct layout *l, struct search *s)
{
	auto_state struct json_object *v = NULL;
	auto_buf struct buf path = {0};
	auto_fd int dir = state_dir(s->root, l->dir);
	const char *id = strstr(l->file, "%s");
	int r;

	if (dir < 0)
		return dir;
	if (id)
		buf_printf(&path, "%.*s%s%s", (int)(id - l->file), l->file, s->c->id, id + 2);
	else
		buf_puts(&path, l->file);
	r = state_json(dir, path.s, &v);
	if (!r)
		l->take(s, v);
	return r;
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

int container_names_read(const struct container *c, const char *root, struct container_names *ret)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct container_names found = {0};
	struct search s = {c, root, &found};
	int error = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(layouts) && !found.name; i++) {
		int r;

		if (strcmp(layouts[i].runtime, c->runtime) != 0)
			continue;
		r = layout_read(&layouts[i], &s);
		if (r && r != -ENOENT)
			error = r;
	}
	if (c->pod[0] && !found.pod)
		pod_find(&s);
	if (!found.name && !found.pod && !found.image)
		return error;
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
