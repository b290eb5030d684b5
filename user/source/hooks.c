// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>

#include "bpf/wire/config.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "source/features.h"
#include "source/hooks.h"
#include "lib/util.h"

#define K(kind) (1ULL << EV_##kind)

#define MISSES_KNOWN "namespaces that only a mount or descriptor held before the trace are not seen"
#define FREED_LATE                                                                                 \
	"concluded from reference counts: the time is up to 100 ms late where no task's end told " \
	"it"

#define NETDEVS (K(NETDEV) | K(NETDEV_ADD) | K(NETDEV_DEL))
/* What can belong to a traced tree by its namespace alone. */
#define OF_TREE (NETDEVS | K(PIN) | K(UNPIN))
#define UNHEARD_LATE                                                                               \
	"who did it is not known; where no id is given to a net namespace here, looks every "      \
	"100 ms are all that tells of it"
#define NO_COPIES "copies of mounts, by propagation or in a new mount namespace, are not told"
#define MOUNTS_READ                                                                                \
	NO_COPIES "; nor what a mount namespace takes with it, or somebody who is gone when "      \
		  "nswatch looks"

#define MISSES_REFUSED                                                                             \
	"calls of the 32-bit ABI are not seen, nor answers of rtnetlink that nobody reads"
#if defined(__aarch64__)
#define REFUSED_OPEN
#else
#define REFUSED_OPEN "refused_open_fexit",
#endif

/*
 * Order matters: hooks on one tracepoint run in the order in which they are
 * attached, and a creation is to be told before the call that made it, an end
 * before the death that it brings.
 */
const struct hook hooks[] = {
	{
		.name = "ns-create",
		.help = "a namespace came to be",
		.kinds = K(NS_CREATE),
		.also = K(NS_FREE) | OF_TREE,
		.way[ALT_FENTRY] = {{"nscreate_fexit"}, .needs = "__ns_tree_add_raw"},
		.way[ALT_KPROBE] = {{"nscreate_kprobe", "nscreate_kretprobe"},
			.needs = "__ns_tree_add_raw"},
	},
	{
		.name = "ns-create", /* before 6.18 */
		.help = "a namespace came to be",
		.kinds = K(NS_CREATE),
		.also = K(NS_FREE) | OF_TREE,
		.way[ALT_FENTRY] = {{"nscreate_old_fexit", "nscreate_old_user_fexit"},
			.needs = "create_new_namespaces"},
		.way[ALT_KPROBE] = {{"nscreate_old_kretprobe", "nscreate_old_user_kprobe",
					    "nscreate_old_user_kretprobe"},
			.needs = "create_new_namespaces"},
		.way[ALT_TP] = {{"nscreate_tp_enter", "nscreate_tp_exit", "nscreate_tp_newtask",
					"nscreate_tp_open_tree", "nscreate_tp_fsmount"},
			.inferred = true,
			.compat = {"nscreate_compat_enter", "nscreate_compat_exit"}},
	},
	{
		.name = "unshare",
		.help = "unshare(2) returned",
		.kinds = K(UNSHARE),
		.way[ALT_FENTRY] = {{"unshare_fentry", "unshare_fexit"}, .needs = "ksys_unshare"},
		.way[ALT_KPROBE] = {{"unshare_kprobe", "unshare_kretprobe"},
			.needs = "ksys_unshare"},
		.way[ALT_TP] = {{"unshare_tp_enter", "unshare_tp_exit"},
			.compat = {"unshare_compat_enter", "unshare_compat_exit"}},
	},
	{
		.name = "setns",
		.help = "setns(2) returned",
		.kinds = K(SETNS),
#if defined(__aarch64__)
#define SETNS_FUNC "__arm64_sys_setns"
#else
#define SETNS_FUNC   "__x64_sys_setns"
/* The wrapper of the 32-bit ABI; arm64 has one for both. */
#define SETNS_COMPAT "__ia32_sys_setns"
#endif
		.way[ALT_FENTRY] =
			{
				{"setns_fentry", "setns_fexit"},
				.needs = SETNS_FUNC,
#ifdef SETNS_COMPAT
				.more = {"setns_compat_fentry", "setns_compat_fexit"},
				.more_needs = SETNS_COMPAT,
#endif
			},
		.way[ALT_KPROBE] =
			{
				{"setns_kprobe", "setns_kretprobe"},
				.needs = SETNS_FUNC,
#ifdef SETNS_COMPAT
				.more = {"setns_compat_kprobe", "setns_compat_kretprobe"},
				.more_needs = SETNS_COMPAT,
#endif
			},
		.way[ALT_TP] = {{"setns_tp_enter", "setns_tp_exit"},
			.compat = {"setns_compat_enter", "setns_compat_exit"}},
	},
	{
		.name = "clone",
		.help = "a child began in other namespaces, or as pid 1",
		.kinds = K(CLONE) | K(PIDNS_INIT),
		.way[ALT_TP] = {{"clone_tp"}},
	},
	{
		.name = "fork-denied",
		.help = "fork or clone failed",
		.kinds = K(FORK_DENIED) | K(CLONE),
		.way[ALT_FENTRY] = {{"clonefail_fexit"}, .needs = "kernel_clone"},
		.way[ALT_KPROBE] = {{"clonefail_kprobe", "clonefail_kretprobe"},
			.needs = "kernel_clone"},
		.way[ALT_TP] = {{
					"clonefail_tp_clone",
					"clonefail_tp_clone3",
					"clonefail_tp_clone_exit",
					"clonefail_tp_clone3_exit",
#if defined(__x86_64__)
					"clonefail_tp_fork_exit",
					"clonefail_tp_vfork_exit",
#endif
				},
			.compat = {"clonefail_compat_enter", "clonefail_compat_exit"}},
	},
	{
		.name = "exec",
		.help = "a task with namespaces of its own runs a program",
		.kinds = K(EXEC),
		.way[ALT_TP] = {{"exec_tp"}},
	},
	{
		.name = "exit",
		.help = "the last task of namespaces, or an init, ended",
		.kinds = K(EXIT),
		.way[ALT_TP] = {{"exit_tp"}},
	},
	{
		.name = "pidns-death",
		.help = "a pid namespace lost its init",
		.kinds = K(PIDNS_DEATH),
		.also = K(FORK_DENIED),
		.way[ALT_FENTRY] = {{"pidnsdeath_fentry", "killed_tp"},
			.needs = "zap_pid_ns_processes"},
		.way[ALT_KPROBE] = {{"pidnsdeath_kprobe", "killed_tp"},
			.needs = "zap_pid_ns_processes"},
		.way[ALT_TP] = {{"pidnsdeath_tp", "killed_tp"}},
	},
	{
		.name = "ns-free",
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.also = OF_TREE,
		.way[ALT_FENTRY] = {{"nsfree_fentry", "nsfree_number"},
			.needs = "__ns_common_free"},
		.way[ALT_KPROBE] = {{"nsfree_kprobe"}, .needs = "__ns_common_free"},
	},
	{
		.name = "ns-free", /* before 6.18 */
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.also = OF_TREE,
		.way[ALT_FENTRY] = {{"nsfree_old_fentry"}, .needs = "proc_free_inum",
			.caveat = MISSES_KNOWN},
		.way[ALT_KPROBE] = {{"nsfree_old_kprobe"}, .needs = "proc_free_inum",
			.caveat = MISSES_KNOWN},
		.way[ALT_TP] = {{"nsfree_tp_exit", PROG_SWEEP}, .needs = "bpf_for_each_map_elem",
			.inferred = true, .caveat = FREED_LATE},
	},
	{
		.name = "ns-free", /* before 5.13, without trampolines and kprobes */
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.also = OF_TREE,
		.way[ALT_TP] = {{"nsfree_tp_exit", PROG_SWEEP_KEY}, .inferred = true,
			.caveat = FREED_LATE},
	},
	{
		.name = "netdev",
		.help = "a network device changed its net namespace, came to be or was removed",
		.kinds = NETDEVS,
		.way[ALT_FENTRY] = {{"netdev_fentry", "netdev_fexit", "netdev_add_fexit",
					    "netdev_del_fentry", "netdev_end_fentry"},
			.needs = "__dev_change_net_namespace"},
		.way[ALT_KPROBE] =
			{{"netdev_kprobe", "netdev_kretprobe", "netdev_add_kprobe",
				 "netdev_add_kretprobe", "netdev_del_kprobe", "netdev_end_kprobe"},
				.needs = "__dev_change_net_namespace"},
		.way[ALT_TP] = {{PROG_NETSCAN, PROG_NETID, PROG_MOVING}, .needs = "bpf_loop",
			.source = "rtnetlink", .caveat = UNHEARD_LATE},
	},
	{
		.name = "netdev", /* before 5.12, and without bpf_loop(), of 5.17 */
		.help = "a network device changed its net namespace, came to be or was removed",
		.kinds = NETDEVS,
		.way[ALT_FENTRY] = {{"netdev_old_fentry", "netdev_old_fexit", "netdev_add_fexit",
					    "netdev_del_fentry", "netdev_end_fentry"},
			.needs = "dev_change_net_namespace"},
		.way[ALT_KPROBE] =
			{{"netdev_old_kprobe", "netdev_old_kretprobe", "netdev_add_kprobe",
				 "netdev_add_kretprobe", "netdev_del_kprobe", "netdev_end_kprobe"},
				.needs = "dev_change_net_namespace"},
		.way[ALT_TP] = {{PROG_NETSCAN_OLD, PROG_NETGONE, PROG_NETID, PROG_MOVING},
			.source = "rtnetlink", .caveat = UNHEARD_LATE},
	},
	{
		.name = "pin",
		.help = "a namespace was bind-mounted, or that mount went away",
		.kinds = K(PIN) | K(UNPIN),
		.way[ALT_FENTRY] = {{"pin_fentry", "pin_fexit", "pin_move_fexit", "unpin_fentry"},
			.needs = "count_mounts", .caveat = NO_COPIES},
		.way[ALT_KPROBE] =
			{{"pin_kprobe", "pin_kretprobe", "pin_move_kretprobe", "unpin_kprobe"},
				.needs = "count_mounts", .caveat = NO_COPIES},
		.way[ALT_TP] = {{"pin_tp_mount", "pin_tp_move", "pin_tp_umount", PROG_MNTNS,
					PROG_MNTNS_LIST},
			.source = "mountinfo", .inferred = true, .caveat = MOUNTS_READ},
	},
	{
		.name = "refused",
		.help = "a mount, a file of nsfs, a map, setgroups or rtnetlink was refused",
		.kinds = K(REFUSED),
		.way[ALT_FENTRY] =
			{{"refused_mount_fexit", "refused_umount_fexit", "refused_fsconfig_fexit",
				 "refused_fsmount_fexit", "refused_move_mount_fexit",
				 "refused_fsopen_fexit", "refused_open_tree_fexit",
				 "refused_setgroups_fexit", REFUSED_OPEN "refused_openat_fexit",
				 "refused_openat2_fexit", "refused_write_fexit",
				 "refused_writev_fexit", "refused_pwrite64_fexit",
				 "refused_pwritev_fexit", "refused_pwritev2_fexit",
				 "refused_mount_setattr_fexit", "refused_recvfrom_fexit",
				 "refused_recvmsg_fexit"},
				.needs = "bpf_task_pt_regs", .caveat = MISSES_REFUSED,
				.more = {"refused_filtered_fexit"},
				.more_needs = "__secure_computing"},
		.way[ALT_TP] = {{"calls_perf_enter", "calls_perf_exit"}, .all_calls = true,
			.stands = features_tp_preempted, .caveat = MISSES_REFUSED},
	},
	{
		/* fentry: before 5.15, where BTF lacks arguments of these functions */
		.name = "refused",
		.help = "a mount, a file of nsfs, a map, setgroups or rtnetlink was refused",
		.kinds = K(REFUSED),
		.way[ALT_FENTRY] = {{"calls_enter", "calls_exit"}, .source = "tracepoint",
			.all_calls = true, .caveat = MISSES_REFUSED},
		.way[ALT_TP] = {{"calls_enter", "calls_exit"}, .all_calls = true,
			.caveat = MISSES_REFUSED},
	},

};

const size_t hooks_count = ARRAY_SIZE(hooks);

/* --- choose ------------------------------------------------------------------------------ */

/* Which alternative of each hook stands on this kernel, and why. */

static const char *const alt_names[] = {[ALT_FENTRY] = "fentry",
	[ALT_KPROBE] = "kprobe",
	[ALT_TP] = "tracepoint",
	[ALT_NONE] = "none"};

const char *hook_alt_name(enum hook_alt alt)
{
	return alt_names[alt];
}

int hook_alt_by_name(const char *name)
{
	for (int i = 0; i < ALT_COUNT; i++)
		if (!strcmp(name, alt_names[i]))
			return i;
	return -1;
}

static bool hook_name_exists(const char *name, size_t len)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (strlen(hooks[i].name) == len && !strncmp(hooks[i].name, name, len))
			return true;
	return false;
}

static void hook_names_list(struct buf *b)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!i || strcmp(hooks[i].name, hooks[i - 1].name))
			buf_printf(b, "%s%s", b->len ? ", " : "", hooks[i].name);
}

int hook_force_parse(const char *s, struct hook_force *ret, struct err *err)
{
	const char *eq = strchr(s, '=');
	auto_buf struct buf list = {0};
	size_t len = eq ? (size_t)(eq - s) : strlen(s);
	int alt = eq ? hook_alt_by_name(eq + 1) : -1;

	hook_names_list(&list);
	if (!eq || !len || len >= sizeof(ret->name))
		return err_say(
			err, -EINVAL, "--hook: '%s' is not NAME=ALT (NAME: all, %s)", s, list.s);
	if (alt < 0)
		return err_say(err, -EINVAL,
			"--hook: '%s' is not an alternative (fentry, kprobe, tracepoint)", eq + 1);
	if ((len != 3 || strncmp(s, "all", len)) && !hook_name_exists(s, len))
		return err_say(
			err, -EINVAL, "--hook: no hook '%.*s' (all, %s)", (int)len, s, list.s);
	*ret = (struct hook_force){.alt = (enum hook_alt)alt};
	memcpy(ret->name, s, len);
	return 0;
}

void hooks_init(struct hook_set *set, uint64_t kinds, const struct hook_force *forces, size_t n)
{
	*set = (struct hook_set){0};
	for (size_t i = 0; i < hooks_count; i++) {
		struct hook_choice *c;

		if (i && !strcmp(hooks[i].name, hooks[i - 1].name))
			continue;
		c = &set->of[set->count++];
		c->name = hooks[i].name;
		c->hook = &hooks[i];
		c->alt = ALT_NONE;
		c->wanted = kinds & (hooks[i].kinds | hooks[i].also);
		for (size_t f = 0; f < n; f++) {
			bool named = !strcmp(forces[f].name, c->name);

			if (!named && strcmp(forces[f].name, "all"))
				continue;
			c->forced = true;
			c->strict = named;
			c->alt = forces[f].alt;
		}
	}
}

static bool hook_stands(const struct hook_choice *c, enum hook_alt alt)
{
	return c->wanted && c->alt == alt;
}

uint32_t hooks_served(const struct hook_set *set)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} served[] = {
		{"ns-create", NSW_CALLS_CREATE},
		{"unshare", NSW_CALLS_UNSHARE},
		{"setns", NSW_CALLS_SETNS},
		{"fork-denied", NSW_CALLS_CLONE},
		{"pin", NSW_CALLS_PIN},
	};
	uint32_t bits = 0;
	bool there = false;

	for (size_t i = 0; i < set->count; i++) {
		const struct hook_choice *c = &set->of[i];

		there |= c->wanted && c->alt != ALT_NONE && hook_choice_way(c)->all_calls;
		for (size_t k = 0; k < ARRAY_SIZE(served); k++)
			if (hook_stands(c, ALT_TP) && !strcmp(c->name, served[k].name))
				bits |= served[k].bit;
	}
	return there ? bits : 0;
}

void hooks_want(struct hook_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		set->of[i].wanted |= !strcmp(set->of[i].name, name);
}

/* Whether any variant of the hook has this way at all. */
static bool hook_has_way(const struct hook *first, enum hook_alt alt)
{
	for (const struct hook *h = first; h < hooks + hooks_count && !strcmp(h->name, first->name);
		h++)
		if (h->way[alt].progs[0])
			return true;
	return false;
}

static const struct hook *hook_first(const char *name)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	return NULL;
}

/* What every way of this kind needs of the kernel: 0, or -errno and the reason. */
static int alt_allowed(enum hook_alt alt, struct err *err)
{
	switch (alt) {
	case ALT_FENTRY:
		return features_trampoline(err);
	case ALT_KPROBE:
		return features_kprobe(err);
	default:
		return features_tp_btf(err);
	}
}

static bool way_has_func(const struct hook_way *way, enum hook_alt alt)
{
	if (way->stands && !way->stands())
		return false;
	if (!way->needs)
		return true;
	return alt == ALT_KPROBE ? features_has_symbol(way->needs)
				 : features_fentry_func(way->needs);
}

/* The variant of an alternative that stands, or NULL with the reason in c->why[alt]. */
static const struct hook *alt_variant(struct hook_choice *c, enum hook_alt alt)
{
	const struct hook *first = hook_first(c->name);
	const char *needs = NULL;
	struct err err = {0};
	char *why = c->why[alt];
	size_t size = sizeof(c->why[alt]);

	if (!hook_has_way(first, alt)) {
		snprintf(why, size, "not built");
		return NULL;
	}
	if (alt_allowed(alt, &err)) {
		snprintf(why, size, "%.*s", (int)size - 1, err.what);
		return NULL;
	}
	for (const struct hook *h = first; h < hooks + hooks_count && !strcmp(h->name, first->name);
		h++) {
		if (!h->way[alt].progs[0])
			continue;
		if (way_has_func(&h->way[alt], alt))
			return h;
		needs = h->way[alt].needs;
	}
	snprintf(why, size, "no function %s in this kernel", needs);
	return NULL;
}

bool hook_has_more(const struct hook_way *way)
{
	return way->more_needs && features_fentry_func(way->more_needs);
}

const struct hook_way *hook_choice_way(const struct hook_choice *c)
{
	return c->alt == ALT_NONE ? NULL : &c->hook->way[c->alt];
}

const char *hook_choice_by(const struct hook_choice *c)
{
	const struct hook_way *way = hook_choice_way(c);

	return way && way->source ? way->source : hook_alt_name(c->alt);
}

static int choose_one(struct hook_choice *c, struct err *err)
{
	const enum hook_alt asked = c->alt;
	bool force = c->forced && hook_has_way(hook_first(c->name), asked);

	if (c->forced && !force && c->strict)
		return err_say(err, -EOPNOTSUPP, "--hook %s=%s: the hook has no such alternative",
			c->name, hook_alt_name(asked));
	c->alt = ALT_NONE;
	c->hook = hook_first(c->name);
	c->forced = force;
	for (enum hook_alt alt = 0; alt < ALT_COUNT; alt++) {
		const struct hook *h;

		if (c->refused & (1U << alt))
			continue; /* why[] says what happened */
		h = alt_variant(c, alt);
		if (!h) {
			if (force && alt == asked && c->wanted)
				return err_say(err, -EOPNOTSUPP, "--hook %s=%s: %s", c->name,
					hook_alt_name(alt), c->why[alt]);
			continue;
		}
		if (c->alt == ALT_NONE && (!force || alt == asked)) {
			c->alt = alt;
			c->hook = h;
			snprintf(c->why[alt], sizeof(c->why[alt]), force ? "forced" : "chosen");
		} else {
			snprintf(c->why[alt], sizeof(c->why[alt]), "possible");
		}
	}
	if (force && c->wanted && (c->refused & (1U << asked)))
		return err_say(err, -EOPNOTSUPP, "--hook %s=%s: %s", c->name, hook_alt_name(asked),
			c->why[asked]);
	return 0;
}

int hooks_choose(struct hook_set *set, struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		int r = choose_one(&set->of[i], err);

		if (r)
			return r;
	}
	return 0;
}

void hook_refusal(char *why, size_t size, enum hook_alt alt, int code, const char *what)
{
	int64_t paranoid = 0;

	features_sysctl("kernel.perf_event_paranoid", &paranoid);
	if (alt == ALT_TP && code == -EACCES)
		snprintf(why, size, "%s: tracefs can't be read (EACCES)", what);
	else if (paranoid > 2 && (code == -EACCES || code == -EPERM) &&
		 !features_has_cap(CAP_SYS_ADMIN) && !strcmp(what, "attach"))
		snprintf(why, size, "%s: kernel.perf_event_paranoid is %" PRId64 " (%s)", what,
			paranoid, errno_word(code));
	else
		snprintf(why, size, "%s: refused (%s)", what, errno_word(code));
}
