// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/types.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bpf/wire/config.h"
#include "kernel/btf.h"
#include "kernel/cgroup.h"
#include "kernel/tracefs.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "nswatch.skel.h"
#include "source/compat.h"
#include "source/features.h"
#include "source/session.h"
#include "source/sweep.h"
#include "lib/util.h"

#define CALLS_MAX 65536 /* that can be in flight where there is no storage of tasks */

#define KNOWN_TREE (1 << 18) /* namespaces of some processes alone */

/* The next power of two from min to max; both are powers of two. */
static uint32_t size_within(uint64_t n, uint32_t min, uint32_t max)
{
	uint32_t size = min;

	while (size < n && size < max)
		size *= 2;
	return size;
}

/*
 * A namespace takes the kernel half a kilobyte at least, one of net with its loopback device 16. So
 * many processes as there may be threads can't be more than are in a tree.
 */
struct maps_size maps_size(const struct maps_room *room, bool grows, bool tree)
{
	if (grows)
		return (struct maps_size){
			.known = size_within(
				room->memory >> 10, 1 << 16, tree ? KNOWN_TREE : 1 << 20),
			.tree = size_within(room->threads, 1 << 15, 1 << 20),
			.pins = size_within(room->memory >> 14, 1 << 14, 1 << 18),
			.nets = size_within(room->memory >> 14, 1 << 16, 1 << 17),
		};
	return (struct maps_size){
		.known = size_within(32768 + 4 * room->processes, 1 << 15, 1 << 17),
		.tree = size_within(room->threads, 1 << 15, 1 << 16),
		.pins = 1 << 12,
		.nets = 1 << 14,
	};
}

static int map_size(struct bpf_map *map, uint32_t max, bool grows)
{
	int r = bpf_map__set_max_entries(map, max);

	return r || grows ? r : bpf_map__set_map_flags(map, 0);
}

/* Only where a program that was chosen uses it. */
static int map_unless(struct bpf_map *map, bool unused)
{
	return unused ? bpf_map__set_autocreate(map, false) : 0;
}

static int calls_prepare(struct nswatch_bpf *skel, bool task_storage, bool filtered)
{
	int r = map_unless(skel->maps.entry_missing, !filtered);

	if (!r && !task_storage)
		r = bpf_map__set_max_entries(skel->maps.inflight, CALLS_MAX);
	return r ? r : map_unless(skel->maps.task_calls, !task_storage);
}

static struct maps_room room_here(void)
{
	struct maps_room room = {0};
	struct sysinfo info;
	char text[32];

	if (!sysinfo(&info)) {
		room.memory = (uint64_t)info.totalram * info.mem_unit;
		room.processes = info.procs;
	}
	if (fd_read_file(AT_FDCWD, "/proc/sys/kernel/threads-max", text, sizeof(text)) > 0)
		room.threads = strtoull(text, NULL, 10);
	return room;
}

int maps_prepare(struct nswatch_bpf *skel, bool task_storage, bool filtered, bool tree)
{
	uint32_t id;
	bool grows = kbtf_kernel_find("bpf_mem_alloc_init", BTF_KIND_FUNC, &id, NULL) != -ENOENT;
	struct maps_room room = room_here();
	struct maps_size size = maps_size(&room, grows, tree);
	int r = calls_prepare(skel, task_storage, filtered);

	if (!r)
		r = map_unless(
			skel->maps.pins, !bpf_program__autoload(skel->progs.pin_fentry) &&
						 !bpf_program__autoload(skel->progs.pin_kprobe));
	if (!r)
		r = map_unless(
			skel->maps.cgroups_told, !bpf_program__autoload(skel->progs.cgroup_made));
	if (!r)
		r = map_unless(skel->maps.nets,
			!bpf_program__autoload(skel->progs.netscan_look) &&
				!bpf_program__autoload(skel->progs.netscan_look_old));
	if (!r)
		r = map_size(skel->maps.known, size.known, grows);
	if (!r)
		r = map_size(skel->maps.tree, size.tree, grows);
	if (!r)
		r = map_size(skel->maps.pins, size.pins, grows);
	return r ? r : map_size(skel->maps.nets, size.nets, grows);
}

/* --- attach ------------------------------------------------------------------------------ */

/*
 * Libbpf wants tracefs mounted to find the id of a tracepoint; tracefs.c finds
 * it without.
 */
static int attach_tracepoint(struct bpf_program *prog, const char *section, struct bpf_link **ret)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr)};
	char category[32], name[64];
	uint64_t id;
	int fd, r;

	if (sscanf(section, "tracepoint/%31[^/]/%63s", category, name) != 2)
		return -EINVAL;
	r = tracefs_tp_id(category, name, &id);
	if (r)
		return r;
	attr.config = id;
	/* Any CPU will do: the program runs wherever the tracepoint is hit. */
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	/* EACCES is for tracefs; here Debian says so of a kernel.perf_event_paranoid above 2. */
	if (fd < 0)
		return errno == EACCES ? -EPERM : -errno;
	*ret = bpf_program__attach_perf_event(prog, fd); /* owns fd from here */
	if (*ret)
		return 0;
	r = -errno;
	close(fd);
	return r;
}

int attach_program(struct bpf_program *prog, struct bpf_link **ret)
{
	const char *section = bpf_program__section_name(prog);

	if (*section == '?')
		section++;
	if (!strncmp(section, "tracepoint/", 11))
		return attach_tracepoint(prog, section, ret);
	*ret = bpf_program__attach(prog);
	return *ret ? 0 : -errno;
}

/* Reads to the end what the program writes: records of that size, whole ones together. */
static int iter_take(const struct bpf_program *prog, size_t size,
	int (*take)(void *ctx, const void *rec), void *ctx)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, NULL);
	auto_fd int fd = -1;
	char recs[4096];
	size_t have = 0;
	ssize_t n = 1;
	int r;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	r = fd < 0 ? -errno : 0;
	while (!r && n) {
		size_t at = 0;

		n = read(fd, recs + have, sizeof(recs) - have);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			r = -errno;
		have += n > 0 ? (size_t)n : 0;
		for (; !r && have - at >= size; at += size)
			r = take ? take(ctx, recs + at) : 0;
		have -= at;
		memmove(recs, recs + at, have);
	}
	bpf_link__destroy(link);
	return r;
}

int iter_run(const struct bpf_program *prog)
{
	return iter_take(prog, 1, NULL, NULL);
}

/* --- session ----------------------------------------------------------------------------- */

#define LINKS_MAX 192

/* What the kernel left out of any program is told. */
_Static_assert(
	sizeof(((struct nswatch_bpf *)NULL)->progs) / sizeof(struct bpf_program *) <= LOSSES_PROGS,
	"LOSSES_PROGS");

/* session_consume comes back after so long; it looks at the clock after so many records. */
#define TAKE_NS     50000000
#define TAKEN_CHECK 64

struct session {
	struct session_opts opts;
	struct hook_set hooks;
	struct nswatch_bpf *skel;
	struct bpf_link *links[LINKS_MAX];
	size_t nlinks;
	struct ring_buffer *ring;
	source_sink sink;
	void *sink_ctx;
	int sink_result;
	unsigned int taken; /* records, by the session_consume that is on */
	uint64_t taken_ns;  /* CLOCK_BOOTTIME until when all of them are taken */
	uint64_t take_end;
	bool partly;
	source_sink note;
	void *note_ctx;
	int task_storage; /* 1: tracing programs have it; 0: not; -1: not asked yet */
	struct losses losses;
	struct compat compat;
	uint64_t sweep_due; /* CLOCK_MONOTONIC */
	uint64_t pins_left_out;
	uint64_t seeded; /* namespaces that were known when the trace began */
};

/* The last thing that libbpf complained of, and the program that did not load. */
static struct {
	char text[160];
	char prog[64];
	bool debug;
} said;

static int bpf_says(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];

	if (said.debug) {
		auto_buf struct buf b = {0};
		va_list again;

		va_copy(again, ap);
		buf_vprintf(&b, fmt, again);
		va_end(again);
		log_text(b.s ? b.s : "");
	}
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	if (strncmp(line, "libbpf: ", 8) == 0)
		memmove(line, line + 8, strlen(line + 8) + 1);
	if (strstr(line, "BPF program load failed"))
		sscanf(line, "prog '%63[^']'", said.prog);
	snprintf(said.text, sizeof(said.text), "%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}

static bool hook_needed(const struct hook_choice *c)
{
	return c->wanted && c->alt != ALT_NONE;
}

/* Calls of the 32-bit ABI are looked for by programs of their own. */
static bool needs_compat(const struct session *s)
{
	return compat_wanted(&s->hooks) && !hooks_served(&s->hooks);
}

static bool needs_seed(const struct session *s)
{
	uint64_t kinds = 1ULL << EV_NS_FREE | 1ULL << EV_FORK_DENIED;

	return s->opts.kinds & kinds || needs_compat(s);
}

/* Its tracepoint is one of a single call, and the programs of all calls do what it does. */
static bool prog_is_served(const struct session *s, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(s->skel->obj, name);

	return p && hooks_served(&s->hooks) &&
	       strstr(bpf_program__section_name(p), "tracepoint/syscalls/");
}

/* The one that stands behind it (bpf/trace/inflight.h first_told()), NULL: none, or not needed. */
static struct bpf_program *prog_again(const struct session *s, const char *name)
{
	char again[64];
	struct bpf_program *p;

	snprintf(again, sizeof(again), "%s%s", name, PROG_AGAIN);
	p = s->task_storage > 0 ? bpf_object__find_program_by_name(s->skel->obj, again) : NULL;
	if (p && !strstr(bpf_program__section_name(p), "fentry/") &&
		!strstr(bpf_program__section_name(p), "fexit/") && !features_tp_preempted())
		return NULL;
	return p;
}

static int prog_enable(struct session *s, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(s->skel->obj, name);
	struct bpf_program *again = prog_again(s, name);
	int r = p ? bpf_program__set_autoload(p, true) : -ENOENT;

	return r || !again ? r : bpf_program__set_autoload(again, true);
}

static bool name_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/*
 * One of these hooks, which see calls begin and return, has programs of this alternative: what it
 * is called by, for the fentry way of an old kernel may hang on tracepoints.
 */
static bool calls_seen_by(const struct session *s, enum hook_alt alt)
{
	static const char *const names[] = {
		"unshare", "setns", "fork-denied", "ns-create", "refused"};

	for (size_t i = 0; i < s->hooks.count; i++) {
		const struct hook_choice *c = &s->hooks.of[i];

		if (hook_needed(c) && name_among(names, ARRAY_SIZE(names), c->name) &&
			!strcmp(hook_choice_by(c), hook_alt_name(alt)))
			return true;
	}
	return false;
}

/* Calls that a filter answered show at tracepoints. */
static bool tells_filtered(const struct session *s)
{
	return calls_seen_by(s, ALT_TP);
}

/* Where they have events of their own; those kernels that have no cgroups at all have none. */
static const char *const cgroup_progs[] = {"cgroup_made", "cgroup_entered", "cgroup_gone"};

static int cgroups_enable(struct session *s)
{
	int r = prog_enable(s, PROG_CGROUPS);

	for (size_t i = 0; i < ARRAY_SIZE(cgroup_progs) && !r; i++)
		r = prog_enable(s, cgroup_progs[i]);
	return r;
}

static int progs_enable(struct session *s)
{
	int r = 0;

	for (size_t i = 0; i < s->hooks.count && !r; i++) {
		const struct hook_way *way = hook_choice_way(&s->hooks.of[i]);

		if (!hook_needed(&s->hooks.of[i]))
			continue;
		for (size_t k = 0; k < HOOK_PROGS && way->progs[k] && !r; k++)
			if (!prog_is_served(s, way->progs[k]))
				r = prog_enable(s, way->progs[k]);
		for (size_t k = 0; k < HOOK_MORE && way->more[k] && hook_has_more(way) && !r; k++)
			r = prog_enable(s, way->more[k]);
	}
	if (!r && needs_compat(s))
		r = compat_enable(&s->hooks, s->skel);
	if (!r && s->opts.tree_follow)
		r = prog_enable(s, PROG_TREE_NEW);
	if (!r && s->opts.tree)
		r = prog_enable(s, PROG_TREE_FREE);
	if (!r && s->opts.tree)
		r = prog_enable(s, PROG_TREE_ID);
	if (!r && s->opts.tree && features_get()->initial[NS_PID] != ANSWER_YES)
		r = prog_enable(s, PROG_PID);
	if (!r && needs_seed(s))
		r = prog_enable(s, PROG_SEED);
	if (!r && tells_filtered(s) && s->task_storage > 0)
		r = prog_enable(s, PROG_OLDER);
	if (!r && calls_seen_by(s, ALT_KPROBE))
		r = prog_enable(s, PROG_LEFT);
	if (!r && s->opts.cgroups)
		r = cgroups_enable(s);
	return r;
}

static void config_fill(struct session *s)
{
	struct nsw_cfg *cfg = (struct nsw_cfg *)&s->skel->rodata->cfg;

	cfg->kinds = s->opts.kinds;
	cfg->slots = s->opts.slots;
	cfg->uid_on = s->opts.uid_on;
	cfg->uid = s->opts.uid;
	cfg->tree_on = s->opts.tree;
	cfg->tree_follow = s->opts.tree_follow;
	cfg->task_storage = s->task_storage > 0;
	cfg->twice = cfg->task_storage && features_tp_preempted();
	cfg->filtered = tells_filtered(s);
	cfg->cgroup_v1 = cgroup_hierarchy();
	cfg->calls = hooks_served(&s->hooks);
}

/* The name of a program without that it stands behind another one. */
static size_t prog_name_len(const char *name)
{
	size_t len = strlen(name), end = strlen(PROG_AGAIN);

	return len > end && !strcmp(name + len - end, PROG_AGAIN) ? len - end : len;
}

static bool is_prog(const char *name, const char *prog, size_t len)
{
	return name && strlen(name) == len && !memcmp(name, prog, len);
}

static bool way_has_prog(const struct hook_way *way, const char *prog, size_t len)
{
	for (size_t k = 0; k < HOOK_PROGS && way->progs[k]; k++)
		if (is_prog(way->progs[k], prog, len))
			return true;
	for (size_t k = 0; k < HOOK_MORE; k++)
		if (is_prog(way->more[k], prog, len) || is_prog(way->compat[k], prog, len))
			return true;
	return false;
}

/* Marks the alternative of the hook that owns prog as refused; false where none does. */
static bool hook_refuse(struct session *s, const char *prog, int code, const char *what)
{
	size_t len = prog_name_len(prog);

	for (size_t i = 0; i < s->hooks.count; i++) {
		struct hook_choice *c = &s->hooks.of[i];
		const struct hook_way *way = hook_choice_way(c);

		if (!way || !way_has_prog(way, prog, len))
			continue;
		c->refused |= 1U << c->alt;
		hook_refusal(c->why[c->alt], sizeof(c->why[0]), c->alt, code, what);
		return true;
	}
	return false;
}

#define FILES_ENOUGH 512 /* for all programs, maps and links, and what else is open */

/* A limit is raised as far as this process may; a command that is traced was forked before. */
static void files_allow(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= FILES_ENOUGH)
		return;
	l.rlim_cur = l.rlim_max < FILES_ENOUGH ? l.rlim_max : FILES_ENOUGH;
	setrlimit(RLIMIT_NOFILE, &l);
}

static bool address_space_is_limited(void)
{
	struct rlimit l;

	return !getrlimit(RLIMIT_AS, &l) && l.rlim_cur != RLIM_INFINITY;
}

/*
 * A want of this process, and no answer of the kernel about an alternative. libbpf says
 * ESRCH when there is no memory for the kernel's BTF.
 */
static bool scarce(int r)
{
	return r == -EMFILE || r == -ENFILE ||
	       ((r == -ENOMEM || (r == -ESRCH && !access("/sys/kernel/btf/vmlinux", R_OK))) &&
		       address_space_is_limited());
}

static int scarce_say(int r, struct err *err)
{
	struct rlimit l = {0};

	if (r == -ENFILE)
		return err_set(err, r, "load and attach the BPF programs");
	if (r == -EMFILE) {
		getrlimit(RLIMIT_NOFILE, &l);
		err_say(err, r, "a trace of this takes more open files than the %llu allowed",
			(unsigned long long)l.rlim_cur);
		err_hint(err, "allow more: ulimit -n %d", FILES_ENOUGH);
		return r;
	}
	getrlimit(RLIMIT_AS, &l);
	err_say(err, -ENOMEM, "a trace of this takes more address space than the %llu KiB allowed",
		(unsigned long long)l.rlim_cur / 1024);
	err_hint(err, "allow more: ulimit -v unlimited; `nswatch trace --poll 100` takes less");
	return -ENOMEM;
}

static void session_unload(struct session *s)
{
	ring_buffer__free(s->ring);
	s->ring = NULL;
	compat_disarm(&s->compat);
	for (size_t i = 0; i < s->nlinks; i++)
		bpf_link__destroy(s->links[i]);
	s->nlinks = 0;
	nswatch_bpf__destroy(s->skel);
	s->skel = NULL;
}

/*
 * Opens the object, to be relocated against as much of the kernel's BTF as it
 * needs, which fd holds until it is loaded; where that can't be had (fd is -1
 * perhaps), against all of it.
 */
static struct nswatch_bpf *skel_open(int fd)
{
	char path[32];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = path);
	struct nswatch_bpf *skel = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0)
		skel = nswatch_bpf__open_opts(&opts);
	if (skel && corebtf_write(bpf_object__btf(skel->obj), fd, NULL)) {
		nswatch_bpf__destroy(skel);
		skel = NULL;
	}
	return skel ? skel : nswatch_bpf__open();
}

/*
 * Loads what the choices name. -EAGAIN: an alternative was refused and marked,
 * choose again.
 */
static int session_load(struct session *s, struct err *err)
{
	auto_fd int btf = memfd_create("nswatch-btf", MFD_CLOEXEC);
	size_t ring = s->opts.ring_size ? s->opts.ring_size : SESSION_RING_DEFAULT;
	int r;

	if (s->task_storage < 0)
		s->task_storage = libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT,
					  BPF_FUNC_task_storage_get, NULL) > 0;
	said.text[0] = said.prog[0] = '\0';
	s->skel = skel_open(btf);
	if (!s->skel)
		return err_set(err, -errno, "open the BPF object");
	config_fill(s);
	r = bpf_map__set_max_entries(s->skel->maps.ring, (uint32_t)ring);
	if (!r)
		r = progs_enable(s);
	if (!r)
		r = maps_prepare(s->skel, s->task_storage > 0, tells_filtered(s), s->opts.tree);
	if (r)
		return err_set(err, r, "prepare the BPF object");
	r = nswatch_bpf__load(s->skel);
	if (!r)
		return 0;
	if (scarce(r))
		return scarce_say(r, err);
	if (said.prog[0] && hook_refuse(s, said.prog, r, "load"))
		return -EAGAIN;
	/* A trace without the names of containers is better than none. */
	if (s->opts.cgroups && !strncmp(said.prog, "cgroup_", 7)) {
		s->opts.cgroups = false;
		return -EAGAIN;
	}
	err_set(err, r, "load the BPF programs%s%s", said.text[0] ? ": " : "", said.text);
	err_hint(err, "`nswatch doctor` says what this kernel allows");
	return r;
}

static int link_add(struct session *s, const char *prog, struct err *err)
{
	struct bpf_program *of[] = {
		bpf_object__find_program_by_name(s->skel->obj, prog), prog_again(s, prog)};
	struct bpf_link *link = NULL;

	for (size_t i = 0; i < 2 && of[i]; i++) {
		int r = s->nlinks < LINKS_MAX ? attach_program(of[i], &link) : -E2BIG;

		if (r)
			return err_set(err, r, "attach %s", prog);
		s->links[s->nlinks++] = link;
	}
	return 0;
}

/* Not attached: user space runs it. */
static bool prog_is_run(const char *name)
{
	static const char *const run[] = {PROG_SWEEP, PROG_SWEEP_KEY, PROG_NETSCAN,
		PROG_NETSCAN_OLD, PROG_NETGONE, PROG_NETID, PROG_MOVING, PROG_MNTNS,
		PROG_MNTNS_LIST};

	return name_among(run, ARRAY_SIZE(run), name);
}

/*
 * Backwards: rows name the program of an entry before that of the return. A call that both begins
 * and returns between the two attachments is then not seen at all, while the other way round its
 * entry would stay, and be counted as lost at the next call of that thread.
 */
static int hook_attach(struct session *s, const struct hook_choice *c, struct err *err)
{
	const struct hook_way *way = hook_choice_way(c);

	for (size_t k = HOOK_PROGS; k-- > 0;) {
		int r;

		if (!way->progs[k] || prog_is_run(way->progs[k]) ||
			prog_is_served(s, way->progs[k]))
			continue;
		r = link_add(s, way->progs[k], err);
		if (scarce(r))
			return scarce_say(r, err);
		if (r)
			return hook_refuse(s, way->progs[k], r, "attach") ? -EAGAIN : r;
	}
	for (size_t k = HOOK_MORE; k-- > 0;) {
		int r = way->more[k] && hook_has_more(way) ? link_add(s, way->more[k], err) : 0;

		if (r)
			return hook_refuse(s, way->more[k], r, "attach") ? -EAGAIN : r;
	}
	return 0;
}

/* Runs an iterator over all tasks once. */
static int tasks_walk(const struct bpf_program *prog, struct err *err)
{
	int r = iter_run(prog);

	return r ? err_set(err, r, "run the iterator over tasks") : 0;
}

/* What is there already, after new ones are seen, so that none falls between. */
static int session_seed(struct session *s, struct err *err)
{
	int r = session_learn(s, err);

	if (!r && bpf_program__autoload(s->skel->progs.older_calls))
		r = tasks_walk(s->skel->progs.older_calls, err);
	s->skel->bss->filters_armed = 1;
	if (!r && s->opts.cgroups)
		r = tasks_walk(s->skel->progs.cgroup_tasks, err);
	s->seeded = __atomic_load_n(&s->skel->bss->known_added, __ATOMIC_RELAXED);
	return r;
}

static int ring_sink(void *ctx, void *data, size_t size)
{
	const struct ev_hdr *hdr = data;
	struct session *s = ctx;
	int r;

	if (size >= sizeof(*hdr) && hdr->kind == NSW_COMPAT) {
		compat_arm(&s->compat);
		r = 0;
	} else if (size >= sizeof(*hdr) && hdr->kind >= NSW_NOTES)
		r = s->note ? s->note(s->note_ctx, data, size) : 0;
	else
		r = s->sink(s->sink_ctx, data, size);

	if (r < 0)
		s->sink_result = r;
	/* As long as records come as fast as they are taken, nobody else would have a turn. */
	if (!r && ++s->taken % TAKEN_CHECK == 0 && clock_ns(CLOCK_MONOTONIC) > s->take_end) {
		s->partly = true;
		s->taken_ns = hdr->ts_ns;
		return -EAGAIN;
	}
	return r;
}

static int session_attach(struct session *s, struct err *err)
{
	int r;

	s->ring = ring_buffer__new(bpf_map__fd(s->skel->maps.ring), ring_sink, s, NULL);
	if (!s->ring)
		return err_set(err, -errno, "map the ring buffer");
	if (s->opts.tree_follow) {
		r = link_add(s, PROG_TREE_NEW, err);
		if (r)
			return r;
	}
	for (size_t i = 0; i < s->hooks.count; i++) {
		r = hook_needed(&s->hooks.of[i]) ? hook_attach(s, &s->hooks.of[i], err) : 0;
		if (r)
			return r;
	}
	if (s->opts.tree) {
		r = link_add(s, PROG_TREE_FREE, err);
		if (r)
			return r;
	}
	if (bpf_program__autoload(s->skel->progs.calls_tp_exit)) {
		r = link_add(s, PROG_LEFT, err);
		if (r)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cgroup_progs) && s->opts.cgroups; i++) {
		r = link_add(s, cgroup_progs[i], err);
		if (r)
			return r;
	}
	r = needs_compat(s) ? compat_start(&s->compat, &s->hooks, s->opts.compat, s->skel, err) : 0;
	return r ? r : session_seed(s, err);
}

static bool session_any_hook(const struct session *s)
{
	for (size_t i = 0; i < s->hooks.count; i++)
		if (hook_needed(&s->hooks.of[i]) && (s->hooks.of[i].hook->kinds & s->opts.kinds))
			return true;
	return false;
}

/* Why nothing can be hooked: the reason of the alternative that asks for the least. */
static int session_nothing(const struct session *s, struct err *err)
{
	for (size_t i = 0; i < s->hooks.count; i++) {
		const struct hook_choice *c = &s->hooks.of[i];

		if (!c->wanted || !(c->hook->kinds & s->opts.kinds))
			continue;
		if (!c->why[ALT_TP][0] || !strcmp(c->why[ALT_TP], "not built"))
			continue;
		err_say(err, -EOPNOTSUPP, "nothing can be traced: %s", c->why[ALT_TP]);
		err_hint(err, "`nswatch doctor` says what is missing; "
			      "`nswatch trace --poll 100ms` works without BPF");
		return -EOPNOTSUPP;
	}
	return err_say(err, -EOPNOTSUPP, "no hook of this version gives the events asked for");
}

/* The kernel was built with cgroups. */
static bool cgroups_traceable(void)
{
	uint32_t id;

	return kbtf_kernel_find("btf_trace_cgroup_mkdir", BTF_KIND_TYPEDEF, &id, NULL) != -ENOENT;
}

static int session_try(struct session *s, session_ready ready, void *ctx, struct err *err)
{
	int r = hooks_choose(&s->hooks, err);

	/* What a setns gives to the tree is remembered. */
	if (!r && s->opts.tree && needs_seed(s))
		hooks_want(&s->hooks, "setns");
	if (!r && !session_any_hook(s))
		r = session_nothing(s, err);
	if (!r)
		r = session_load(s, err);
	if (!r && ready)
		r = ready(s, ctx, err);
	return r ? r : session_attach(s, err);
}

/* Said before anything is tried: what the kernel would answer names no right. */
static int session_rights(struct err *err)
{
	const char *missing = features_missing_rights();

	if (!*missing)
		return 0;
	err_say(err, -EPERM, "live tracing needs %s", missing);
	err_hint(err, "run it as root, or `nswatch trace --poll 100`, which needs no rights");
	return -EPERM;
}

int session_open(const struct session_opts *opts, session_ready ready, void *ctx, struct err *err,
	struct session **ret)
{
	auto_filecaps filecaps_was was = filecaps_use();
	int r = session_rights(err);
	struct session *s;

	if (r)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "start the trace");
	s->opts = *opts;
	s->opts.cgroups = opts->cgroups && cgroups_traceable();
	s->task_storage = -1;
	said.debug = opts->debug;
	libbpf_set_print(bpf_says);
	files_allow();
	hooks_init(&s->hooks, opts->kinds, opts->forces, opts->nforces);
	do {
		session_unload(s);
		r = session_try(s, ready, ctx, err);
	} while (r == -EAGAIN);
	tracefs_close();
	if (r) {
		session_close(s);
		return r;
	}
	/* libbpf parsed the kernel's BTF, some 20 MB: give it back. */
	features_release();
	malloc_trim(0);
	if (err) /* what attempts that were given up said */
		*err = (struct err){0};
	*ret = s;
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	session_unload(s);
	free(s);
}

/* Runs a program that answers a question; 0 where it is not there. */
static uint32_t prog_ask(const struct bpf_program *p, uint64_t a, uint64_t b)
{
	uint32_t ret;

	return bpf_program__autoload(p) && !prog_run(p, a, b, &ret) ? ret : 0;
}

uint32_t session_pid(struct session *s, uint32_t pid)
{
	auto_filecaps filecaps_was was = filecaps_use();
	return bpf_program__autoload(s->skel->progs.pid_host)
		       ? prog_ask(s->skel->progs.pid_host, pid, 0)
		       : pid;
}

int session_tree_add(struct session *s, uint32_t pid)
{
	auto_filecaps filecaps_was was = filecaps_use();
	const struct bpf_program *ask = s->skel->progs.pid_tree_id;
	struct tree_key key = {.tgid = session_pid(s, pid)};
	uint32_t one = 1;

	if (!bpf_program__autoload(ask) || prog_run(ask, pid, 0, &key.id)) {
		key.id = TREE_ANY; /* whichever has the number */
		s->skel->bss->tree_any = 1;
	}
	if (!key.tgid || !key.id)
		return -ESRCH;
	return bpf_map_update_elem(bpf_map__fd(s->skel->maps.tree), &key, &one, BPF_ANY) ? -errno
											 : 0;
}

int session_fd(const struct session *s)
{
	return ring_buffer__epoll_fd(s->ring);
}

int session_consume(struct session *s, source_sink sink, void *ctx)
{
	int r;

	s->sink = sink;
	s->sink_ctx = ctx;
	s->sink_result = 0;
	s->partly = false;
	s->taken = 0;
	s->taken_ns = clock_ns(CLOCK_BOOTTIME);
	s->take_end = clock_ns(CLOCK_MONOTONIC) + TAKE_NS;
	r = ring_buffer__consume(s->ring);
	if (s->partly)
		return (int)s->taken;
	return s->sink_result ? s->sink_result : r;
}

bool session_consumed_partly(const struct session *s)
{
	return s->partly;
}

uint64_t session_taken_until(const struct session *s)
{
	return s->taken_ns;
}

bool session_sweeps(const struct session *s)
{
	return sweep_is_on(s->skel);
}

#define SWEEP_REST                                                                                 \
	1000000000 /* at most, between two sweeps: ends are told within a second or two */

/* Namespaces of this process do not go away before it, and there were no others. */
static bool sweep_is_idle(const struct session *s)
{
	return s->opts.own &&
	       s->seeded == __atomic_load_n(&s->skel->bss->known_added, __ATOMIC_RELAXED);
}

/* Many namespaces take long to look at: a twentieth of a processor is enough for that. */
int session_sweep(struct session *s)
{
	auto_filecaps filecaps_was was = filecaps_use();
	uint64_t cost;
	int r;

	if (sweep_is_idle(s))
		return 0;
	if (clock_ns(CLOCK_MONOTONIC) < s->sweep_due)
		return 0;
	/* What it cost, not how long it waited for a processor. */
	cost = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	r = sweep_run(s->skel);
	cost = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cost;
	if (!r && cost > 5000000)
		s->sweep_due = clock_ns(CLOCK_MONOTONIC) +
			       (cost > SWEEP_REST / 19 ? SWEEP_REST : 19 * cost);
	return r < 0 ? r : 0;
}

int session_learn(struct session *s, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();

	return needs_seed(s) ? tasks_walk(s->skel->progs.seed_task, err) : 0;
}

void session_compat_tick(struct session *s)
{
	compat_tick(&s->compat);
}

void session_on_note(struct session *s, source_sink sink, void *ctx)
{
	s->note = sink;
	s->note_ctx = ctx;
}

enum hook_alt session_alt(const struct session *s, const char *hook)
{
	for (size_t i = 0; i < s->hooks.count; i++)
		if (!strcmp(s->hooks.of[i].name, hook))
			return hook_needed(&s->hooks.of[i]) ? s->hooks.of[i].alt : ALT_NONE;
	return ALT_NONE;
}

int session_netscan(struct session *s, bool all)
{
	auto_filecaps filecaps_was was = filecaps_use();
	return netscan_run(s->skel, all);
}

uint32_t session_netid(struct session *s, int32_t via, int32_t id)
{
	auto_filecaps filecaps_was was = filecaps_use();
	return prog_ask(s->skel->progs.netscan_id, (uint64_t)via, (uint64_t)id);
}

bool session_netdev_moving(struct session *s, uint64_t dev, uint32_t ifindex)
{
	auto_filecaps filecaps_was was = filecaps_use();
	return prog_ask(s->skel->progs.netscan_moving, dev, ifindex);
}

uint32_t session_mnt_ns_id(struct session *s, uint32_t tid)
{
	return prog_ask(s->skel->progs.mntns_of, tid, 0);
}

struct mnt_each {
	session_mnt_fn fn;
	void *ctx;
};

static int mnt_take(void *ctx, const void *rec)
{
	const struct mnt_each *e = ctx;
	struct nsw_mntns r;

	memcpy(&r, rec, sizeof(r));
	return e->fn(e->ctx, r.inum, r.tid);
}

int session_mnt_each(struct session *s, session_mnt_fn fn, void *ctx)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct mnt_each e = {fn, ctx};

	/* Its numbers are those of the initial pid namespace. */
	if (!bpf_program__autoload(s->skel->progs.mntns_list) ||
		features_get()->initial[NS_PID] != ANSWER_YES)
		return -EOPNOTSUPP;
	return iter_take(s->skel->progs.mntns_list, sizeof(struct nsw_mntns), mnt_take, &e);
}

int session_pin_add(struct session *s, uint32_t mnt_id, const struct nsw_pin *pin)
{
	auto_filecaps filecaps_was was = filecaps_use();
	int r = bpf_map_update_elem(bpf_map__fd(s->skel->maps.pins), &mnt_id, pin, BPF_NOEXIST)
			? -errno
			: 0;

	if (r == -EEXIST)
		return 0;
	s->pins_left_out += r != 0;
	return r;
}

bool session_tree_made(struct session *s, uint32_t inum)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct ns_known known;

	return inum && !bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.known), &inum, &known) &&
	       known.tree;
}

int session_counts_barely(struct session *s, struct session_counts *ret)
{
	int cpus = libbpf_num_possible_cpus();
	auto_free struct nsw_stats *per = NULL;
	uint32_t zero = 0;

	if (cpus < 0)
		return cpus;
	per = calloc((size_t)cpus, sizeof(*per));
	if (!per)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.stats), &zero, per))
		return -errno;
	*ret = (struct session_counts){0};
	for (int c = 0; c < cpus; c++) {
		for (int k = 0; k < EV_KINDS; k++) {
			ret->sent[k] += per[c].sent[k];
			ret->lost[k] += per[c].lost[k];
			ret->lost_all += per[c].lost[k];
		}
		for (int why = 0; why < EV_LOST_WHYS; why++)
			ret->missing[why] += per[c].missing[why];
		for (int call = 0; call < CALLS; call++)
			ret->calls[call] += per[c].calls[call];
	}
	ret->missing[EV_LOST_MOUNT] += s->pins_left_out;
	return 0;
}

int session_counts(struct session *s, struct session_counts *ret)
{
	auto_filecaps filecaps_was was = filecaps_use();

	return session_counts_barely(s, ret);
}

/* What the sink writes to was opened long before. */
int session_losses(struct session *s, source_sink sink, void *ctx)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct session_counts now;
	int r = session_counts_barely(s, &now);

	return r ? r : losses_tell(&s->losses, &now, s->skel->obj, sink, ctx);
}

size_t session_tree_namespaces(struct session *s)
{
	return __atomic_load_n(&s->skel->bss->tree_namespaces, __ATOMIC_RELAXED);
}

const struct hook_set *session_hooks(const struct session *s)
{
	return &s->hooks;
}
