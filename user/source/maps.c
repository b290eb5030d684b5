// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/wire/config.h"
#include "lib/fd.h"
#include "nswatch.skel.h"
#include "kernel/kbtf.h"
#include "source/maps.h"

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
			.nets = size_within(room->memory >> 14, 1 << 16, 1 << 20),
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
