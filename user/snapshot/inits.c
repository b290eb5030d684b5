// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/nsfd.h"
#include "lib/array.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/inits.h"
#include "snapshot/statefile.h"

#define KEPT_NS   1000000000ULL
#define RUN_USER  "/run/user"
#define ID_DIGITS 64

struct init {
	struct container c;
	uint32_t pid, mnt, pidns; /* the namespaces: 0 where they are this program's own */
	uint64_t start_ns;
};

struct inits {
	struct init *v;
	size_t n, cap;
	uint64_t read_ns; /* CLOCK_MONOTONIC; 0: never */
	bool has_user;    /* whose files are read */
	uint32_t user;
};

/* --- processes ------------------------------------------------------------------------------- */

static uint64_t tick_ns(void)
{
	return 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* The number of a namespace, 0 where this program is in it too. */
static uint32_t other_ns(uint32_t pid, const char *type)
{
	char path[64];
	struct stat st, own;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", type);
	if (stat(path, &own))
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, type);
	return stat(path, &st) || st.st_ino == own.st_ino ? 0 : (uint32_t)st.st_ino;
}

/* A user can write down the pid of anybody: his container is in a user namespace of his. */
static bool is_of_user(uint32_t pid, uint32_t user)
{
	char path[64];
	auto_fd int fd = -1;
	uint32_t owner;

	snprintf(path, sizeof(path), "/proc/%u/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && !nsfd_owner_uid(fd, &owner) && owner == user;
}

/*
 * What has the pid now may be another process: both say when theirs was started, in ticks, or where
 * the file does not, which mount namespace it is in.
 */
static int init_add(struct inits *all, const char *runtime, const char *id, int64_t pid,
	int64_t ticks, int64_t mnt)
{
	char path[64], text[2048];
	struct ns_task t;
	struct init *i;
	ssize_t len;

	if (pid <= 0 || pid > INT32_MAX || (ticks <= 0 && mnt <= 0) ||
		strlen(id) >= CONTAINER_ID_MAX)
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/%u/stat", (uint32_t)pid);
	len = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	if (len <= 0 || procfs_stat_parse(text, (size_t)len, &t) || t.flags & TASK_DEAD ||
		(mnt > 0 ? other_ns((uint32_t)pid, "mnt") != (uint64_t)mnt
			 : t.start_ns != (uint64_t)ticks))
		return -ESRCH;
	if (all->has_user && !is_of_user((uint32_t)pid, all->user))
		return -EPERM;
	if (ARRAY_ROOM(all->v, all->cap, all->n))
		return -ENOMEM;
	i = &all->v[all->n++];
	*i = (struct init){.pid = (uint32_t)pid,
		.mnt = other_ns((uint32_t)pid, "mnt"),
		.pidns = other_ns((uint32_t)pid, "pid"),
		.start_ns = t.start_ns * tick_ns()};
	i->c.runtime = runtime;
	snprintf(i->c.id, sizeof(i->c.id), "%s", id);
	i->c.hierarchy = i->c.path = "";
	i->c.has_user = all->has_user && all->user != geteuid();
	i->c.user = i->c.has_user ? all->user : 0;
	return 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static int64_t number(struct json_object *v, const char *key)
{
	struct json_object *n = state_member(v, key);

	return json_object_is_type(n, json_type_int) ? json_object_get_int64(n) : 0;
}

/* crun/ID/status */
static char *id_of(const char *path)
{
	const char *id = path + strcspn(path, "/") + 1;

	return strndup(id, strcspn(id, "/"));
}

/* Such an id is given by what runs the runtime, and by default the cgroup has it. */
static bool is_given(const char *id)
{
	return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdef") == ID_DIGITS;
}

/* {"annotations":{"io.container.manager":"libpod"}}: podman's, which knows its name. */
static bool is_podman(const struct state_dir *d, const char *id)
{
	auto_state struct json_object *v = NULL;
	struct json_object *manager;
	char path[CONTAINER_ID_MAX + 32];

	snprintf(path, sizeof(path), "crun/%s/config.json", id);
	if (state_json(d, path, &v))
		return false;
	manager = state_member(state_member(v, "annotations"), "io.container.manager");
	return json_object_is_type(manager, json_type_string) &&
	       !strcmp(json_object_get_string(manager), "libpod");
}

/* ID/status: {"pid":1,"process-start-time":2,"cgroup-path":""}; src/libcrun/status.c */
static bool crun_read(void *ctx, const struct state_dir *d, const char *path)
{
	auto_state struct json_object *v = NULL;
	auto_free char *id = id_of(path);
	struct json_object *cgroup;

	if (!id || strlen(id) >= CONTAINER_ID_MAX || state_json(d, path, &v))
		return false;
	cgroup = state_member(v, "cgroup-path");
	if (is_given(id) && json_object_is_type(cgroup, json_type_string) &&
		json_object_get_string_len(cgroup))
		return false;
	init_add(ctx, is_given(id) && is_podman(d, id) ? "podman" : "crun", id, number(v, "pid"),
		number(v, "process-start-time"), 0);
	return false;
}

/* ID/state.json: {"init_process_pid":1,"init_process_start":2}; libcontainer/container_linux.go */
static bool runc_read(void *ctx, const struct state_dir *d, const char *path)
{
	auto_state struct json_object *v = NULL;
	auto_free char *id = id_of(path);

	/* It always makes a cgroup. */
	if (id && !is_given(id) && !state_json(d, path, &v))
		init_add(ctx, "runc", id, number(v, "init_process_pid"),
			number(v, "init_process_start"), 0);
	return false;
}

/*
 * ID/bwrapinfo.json: {"child-pid":1,"mnt-namespace":4026532612}; flatpak, common/flatpak-run.c, and
 * bubblewrap, bubblewrap.c. The name of the program stands in ID/info, which it sees as
 * .flatpak-info.
 */
static bool flatpak_read(void *ctx, const struct state_dir *d, const char *path)
{
	auto_state struct json_object *v = NULL;
	auto_free char *id = id_of(path);

	if (id && !state_json(d, path, &v))
		init_add(ctx, "flatpak", id, number(v, "child-pid"), 0, number(v, "mnt-namespace"));
	return false;
}

/* The runtimes' directories below /run, or a user's XDG_RUNTIME_DIR. */
static void dir_read(struct inits *all, const struct state_dir *d)
{
	state_each(d, "crun/*/status", crun_read, all);
	state_each(d, "runc/*/state.json", runc_read, all);
	if (all->has_user)
		state_each(d, ".flatpak/*/bwrapinfo.json", flatpak_read, all);
}

static void users_read(struct inits *all, const char *root)
{
	auto_buf struct buf run = {0}, path = {0};
	auto_dir DIR *dir = NULL;
	struct dirent *e;

	buf_printf(&run, "%s" RUN_USER, root);
	dir = opendir(run.s);
	while (dir && (e = readdir(dir))) {
		auto_state_dir struct state_dir d = {.fd = -1};
		uint64_t uid;

		if (parse_u64(e->d_name, 0, UINT32_MAX - 1, &uid))
			continue;
		buf_reset(&path);
		buf_printf(&path, RUN_USER "/%s", e->d_name);
		if (state_dir_open_of(root, path.s, (uint32_t)uid, &d))
			continue;
		all->has_user = true;
		all->user = (uint32_t)uid;
		dir_read(all, &d);
	}
}

static void inits_read(struct inits *all, const char *root)
{
	auto_state_dir struct state_dir d = {.fd = -1};

	all->n = 0;
	all->has_user = false;
	if (!state_dir_open(root, "/run", &d))
		dir_read(all, &d);
	users_read(all, root);
}

/* --- which one ------------------------------------------------------------------------------- */

static const struct init *find(const struct inits *all, const struct ns_task *t)
{
	const struct init *ret = NULL;
	uint64_t tick = tick_ns();
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct init *one = &all->v[i];

		if ((one->pid == t->pid && one->start_ns / tick == t->start_ns / tick) ||
			(one->mnt && one->mnt == t->ns.inum[NS_MNT]))
			return one;
		if (one->pidns && one->pidns == t->ns.inum[NS_PID]) {
			ret = one;
			n++;
		}
	}
	return n == 1 ? ret : NULL;
}

int container_by_init(const struct ns_task *t, const char *root, struct container *ret)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct inits kept;
	struct inits once = {0}, *all = *root ? &once : &kept;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	const struct init *i;

	pthread_mutex_lock(&lock);
	if (!all->read_ns || now - all->read_ns > KEPT_NS) {
		auto_filecaps filecaps_was was = filecaps_use();

		inits_read(all, root);
		all->read_ns = clock_ns(CLOCK_MONOTONIC);
	}
	i = find(all, t);
	if (i)
		*ret = i->c;
	pthread_mutex_unlock(&lock);
	free(once.v);
	return i ? 0 : -ENOENT;
}
