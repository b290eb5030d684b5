// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/wire/config.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "nswatch.skel.h"
#include "source/session.h"
#include "source/compat.h"
#include "source/features.h"
#include "source/losses.h"
#include "kernel/btf.h"
#include "lib/util.h"

/* After a call by int 0x80 in a 64-bit program, and between two looks for 32-bit ones. */
#define CALL_NS (60ULL * 1000000000)
#define LOOK_NS (2ULL * 1000000000)

/* The way of a hook that needs more programs for such calls; NULL: it does not. */
static const struct hook_way *way_of(const struct hook_choice *c)
{
	const struct hook_way *way = hook_choice_way(c);

	return c->wanted && way && way->compat[0] ? way : NULL;
}

bool compat_wanted(const struct hook_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (way_of(&set->of[i]))
			return true;
	return false;
}

bool compat_has_cap(void)
{
	uint32_t id;

	return !kbtf_kernel_find("btf_trace_cap_capable", BTF_KIND_TYPEDEF, &id, NULL);
}

static int enable(struct nswatch_bpf *skel, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(skel->obj, name);

	return p ? bpf_program__set_autoload(p, true) : -ENOENT;
}

/* What tells when the others are wanted; those that stand behind another are of use from 7.0 on. */
static const char *const waits[] = {PROG_COMPAT_EXEC, PROG_COMPAT_EXEC PROG_AGAIN, PROG_COMPAT_EXIT,
	PROG_COMPAT_EXIT PROG_AGAIN, PROG_COMPAT_CAP, PROG_COMPAT_CAP PROG_AGAIN};

static bool wait_stands(const char *name)
{
	return (!strstr(name, PROG_AGAIN) || features_tp_preempted()) &&
	       (strncmp(name, PROG_COMPAT_CAP, strlen(PROG_COMPAT_CAP)) != 0 || compat_has_cap());
}

int compat_enable(const struct hook_set *set, struct nswatch_bpf *skel)
{
	static const char *const own[] = {PROG_COMPAT_COUNT, PROG_COMPAT_CALL};
	int r = 0;

	if (!compat_wanted(set))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(own) && !r; i++)
		r = enable(skel, own[i]);
	for (size_t i = 0; i < ARRAY_SIZE(waits) && !r; i++)
		if (wait_stands(waits[i]))
			r = enable(skel, waits[i]);
	for (size_t i = 0; i < set->count; i++) {
		const struct hook_way *way = way_of(&set->of[i]);

		for (size_t k = 0; way && k < HOOK_MORE && way->compat[k] && !r; k++)
			r = enable(skel, way->compat[k]);
	}
	return r;
}

static int wait_add(struct compat *c, const char *name)
{
	size_t i = 0;

	while (c->waits[i])
		i++;
	return attach_program(bpf_object__find_program_by_name(c->skel->obj, name), &c->waits[i]);
}

static int arm_one(struct compat *c, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(c->skel->obj, name);

	if (c->narmed == COMPAT_LINKS)
		return -E2BIG;
	return attach_program(p, &c->armed[c->narmed]) ?: (c->narmed++, 0);
}

/* Backwards, so that no entry is taken whose return is not. */
static void links_drop(struct bpf_link **links, size_t n)
{
	while (n-- > 0) {
		bpf_link__destroy(links[n]);
		links[n] = NULL;
	}
}

static int arm(struct compat *c)
{
	/* What was missed is told before what comes. */
	int r = arm_one(c, PROG_COMPAT_CALL);

	for (size_t i = 0; i < c->hooks->count; i++) {
		const struct hook_way *way = way_of(&c->hooks->of[i]);

		/* Returns before entries, as hook_attach() does. */
		for (size_t k = HOOK_MORE; way && k-- > 0 && !r;)
			r = way->compat[k] ? arm_one(c, way->compat[k]) : 0;
	}
	if (r) {
		links_drop(c->armed, c->narmed);
		c->narmed = 0;
		return r;
	}
	c->skel->bss->compat_armed = 1;
	return 0;
}

/* How many 32-bit programs there are; as many as one where nobody can tell. */
static uint32_t count(struct compat *c)
{
	c->skel->bss->compat_tasks = 0;
	return iter_run(c->skel->progs.compat_count) ? 1 : c->skel->bss->compat_tasks;
}

void compat_arm(struct compat *c)
{
	if (!c->skel)
		return;
	c->until_ns = clock_ns(CLOCK_MONOTONIC) + CALL_NS;
	if (!c->narmed)
		arm(c);
}

void compat_tick(struct compat *c)
{
	uint64_t now;

	if (!c->skel || !c->narmed || c->always)
		return;
	now = clock_ns(CLOCK_MONOTONIC);
	if (now < c->look_ns)
		return;
	c->look_ns = now + LOOK_NS;
	if (now < c->until_ns || count(c))
		return;
	c->skel->bss->compat_armed = 0;
	links_drop(c->armed, c->narmed);
	c->narmed = 0;
}

void compat_disarm(struct compat *c)
{
	links_drop(c->armed, c->narmed);
	links_drop(c->waits, sizeof(c->waits) / sizeof(c->waits[0]));
	*c = (struct compat){0};
}

/* elf(5): magic number, and the class. elf.h has an EV_NONE of its own. */
static bool file_is_32bit(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char head[5];

	return fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
	       !memcmp(head, "\177ELF\1", sizeof(head));
}

bool compat_program(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(name, '/'))
		return file_is_32bit(name);
	for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
		int n = snprintf(
			file, sizeof(file), "%.*s/%s", (int)strcspn(path, ":"), path, name);

		if (n > 0 && (size_t)n < sizeof(file) && !access(file, X_OK))
			return file_is_32bit(file);
	}
	return false;
}

int compat_start(struct compat *c, const struct hook_set *set, bool always,
	struct nswatch_bpf *skel, struct err *err)
{
	int r = 0;

	if (!compat_wanted(set))
		return 0;
	*c = (struct compat){.skel = skel, .hooks = set, .always = always};
	for (size_t i = 0; i < ARRAY_SIZE(waits) && !r; i++)
		if (wait_stands(waits[i]))
			r = wait_add(c, waits[i]);
	if (!r && (always || count(c)))
		r = arm(c);
	return r ? err_set(err, r, "attach the programs for calls of the 32-bit ABI") : 0;
}
