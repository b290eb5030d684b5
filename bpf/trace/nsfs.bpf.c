// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsfs.bpf.c - bind mounts of the files of nsfs, which keep namespaces.
 *
 * fs/namespace.c asks count_mounts() for room for every mount that is about to
 * get into a mount namespace: first for the one that was asked for, then for the
 * copies of it that propagation makes. The first is remembered, and is told when
 * mount(2) or move_mount(2) returns and it has a place in the tree: then it also
 * has a path. cleanup_mnt() is where a mount ends, whatever ended it: umount(2),
 * the end of its mount namespace, the last file on a mount that was detached.
 *
 * Copies are not told, neither those of propagation nor those of a new mount
 * namespace: each would be an event per mount and namespace.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "emit.h"
#include "inflight.h"
#include "known.h"

#define NSFS_MAGIC 0x6e736673 /* include/uapi/linux/magic.h */

/* include/uapi/linux/mount.h */
#define MS_REMOUNT    (1 << 5)
#define MS_BIND       (1 << 12)
#define MS_MOVE       (1 << 13)
#define MS_REC        (1 << 14)
#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE    (1 << 18)
#define MS_SLAVE      (1 << 19)
#define MS_SHARED     (1 << 20)

/* Mounts that were told of, and those that user space found when it began; by mnt_id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, struct nsw_pin);
} pins SEC(".maps");

/* The path is written from its end to its beginning: room for one more name behind it. */
#define PATH_ROOM    (2 * EV_TEXT_MAX)
#define NAME_MAX_LEN 255
#define PATH_STEPS   40 /* names and mounts on the way to the root */

struct pin_scratch {
	struct ev_pin ev;
	struct nsw_pin pin;
	char path[PATH_ROOM + NAME_MAX_LEN + 1];
};

/* One for each program: it may be preempted by the same or another one of another task. */
enum pin_by {
	PIN_MOUNT,
	PIN_MOUNT_AGAIN,
	PIN_MOVE,
	PIN_MOVE_AGAIN,
	PIN_END,
	PIN_END_AGAIN,
	PIN_BYS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PIN_BYS);
	__type(key, u32);
	__type(value, struct pin_scratch);
} pin_scratch SEC(".maps");

static __always_inline struct ns_common *mount_ns(struct mount *m)
{
	if (BPF_CORE_READ(m, mnt.mnt_sb, s_magic) != NSFS_MAGIC)
		return 0;
	return BPF_CORE_READ(m, mnt.mnt_root, d_inode, i_private);
}

/* Where m is mounted, into s->pin; of a path that is too long only its end. */
static __always_inline void mount_path(struct pin_scratch *s, struct mount *m)
{
	struct dentry *d = BPF_CORE_READ(m, mnt_mountpoint);
	u32 at = EV_TEXT_MAX, len;

	m = BPF_CORE_READ(m, mnt_parent);
	for (int i = 0; i < PATH_STEPS; i++) {
		struct dentry *parent = BPF_CORE_READ(d, d_parent);
		struct mount *up;

		if (d == BPF_CORE_READ(m, mnt.mnt_root) || d == parent) {
			up = BPF_CORE_READ(m, mnt_parent);
			if (up == m)
				break;
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = up;
			continue;
		}
		len = BPF_CORE_READ(d, d_name.len) & NAME_MAX_LEN;
		if (at < len + 1)
			break;
		at -= len + 1;
		at &= EV_TEXT_MAX - 1;
		s->path[at] = '/';
		bpf_probe_read_kernel(&s->path[at + 1], len, BPF_CORE_READ(d, d_name.name));
		d = parent;
	}
	len = (EV_TEXT_MAX - at) & (EV_TEXT_MAX - 1);
	at &= EV_TEXT_MAX - 1;
	bpf_probe_read_kernel(s->pin.path, len, &s->path[at]);
	s->pin.path_len = len;
}

/* ns: the namespace that s->pin is of. */
static __always_inline void pin_emit(struct pin_scratch *s, struct ns_common *ns, u32 kind)
{
	bool kernel = BPF_CORE_READ(current_task(), flags) & PF_KTHREAD;
	u32 len = s->pin.path_len & (EV_TEXT_MAX - 1);
	u32 size = offsetof(struct ev_pin, path) + len;
	bool in_tree = ns_in_tree(ns);

	if (cfg.tree_on && kernel && !in_tree)
		return;
	if (!event_wanted(kind, BIT(s->pin.ns_type & 15), in_tree))
		return;
	s->ev.ns_type = s->pin.ns_type;
	s->ev.inum = s->pin.inum;
	s->ev.path_len = len;
	bpf_probe_read_kernel(s->ev.path, len, s->pin.path);
	hdr_fill(&s->ev.hdr, kind, size, kernel ? EVF_NO_ACTOR : 0);
	count_event(kind, bpf_ringbuf_output(&ring, &s->ev, size, 0) != 0);
}

static __always_inline int pin_wait(struct mount *m)
{
	if (mount_ns(m) && !inflight_has(CALL_MOUNT))
		inflight_put_word(CALL_MOUNT, (u64)m);
	return 0;
}

static __always_inline int pin_done(u32 by)
{
	struct pin_scratch *s;
	struct ns_common *ns;
	struct mount *m;
	u64 word;
	u32 id;

	if (!inflight_take_word(CALL_MOUNT, &word))
		return 0;
	m = (void *)word;
	s = bpf_map_lookup_elem(&pin_scratch, &by);
	ns = mount_ns(m);
	/* One that was refused a place is its own parent, or gone. */
	if (!s || !ns || BPF_CORE_READ(m, mnt_parent) == m || !BPF_CORE_READ(m, mnt_ns))
		return 0;
	s->pin.ns_type = slot_of_flag(ns_flag(ns));
	s->pin.inum = ns_inum(ns);
	if (s->pin.ns_type >= NS_TYPES)
		return 0;
	mount_path(s, m);
	id = BPF_CORE_READ(m, mnt_id);
	/* Its end will not be told then. */
	if (bpf_map_update_elem(&pins, &id, &s->pin, BPF_ANY) && kind_on(EV_UNPIN))
		count_missing(EV_LOST_MOUNT);
	pin_emit(s, ns, EV_PIN);
	return 0;
}

static __always_inline int pin_ended(struct mount *m, u32 by)
{
	struct pin_scratch *s;
	struct ns_common *ns = mount_ns(m);
	struct nsw_pin *pin;
	u32 id;

	if (!ns)
		return 0;
	id = BPF_CORE_READ(m, mnt_id);
	pin = bpf_map_lookup_elem(&pins, &id);
	s = bpf_map_lookup_elem(&pin_scratch, &by);
	if (!pin || !s)
		return 0;
	bpf_probe_read_kernel(&s->pin, sizeof(s->pin), pin);
	bpf_map_delete_elem(&pins, &id);
	/* The end of the mount that had the number before was not seen. */
	if (s->pin.inum != ns_inum(ns) || s->pin.ns_type != slot_of_flag(ns_flag(ns)))
		return 0;
	pin_emit(s, ns, EV_UNPIN);
	return 0;
}

SEC("?fentry/count_mounts")
int BPF_PROG(pin_fentry, struct mnt_namespace *ns, struct mount *m)
{
	return pin_wait(m);
}

/* Behind the one above, as the others with such a name: see first_told(). */
SEC("?fentry/count_mounts")
int BPF_PROG(pin_fentry_again, struct mnt_namespace *ns, struct mount *m)
{
	return pin_wait(m);
}

SEC("?fexit/path_mount")
int BPF_PROG(pin_fexit)
{
	return pin_done(PIN_MOUNT);
}

SEC("?fexit/path_mount")
int BPF_PROG(pin_fexit_again)
{
	return pin_done(PIN_MOUNT_AGAIN);
}

SEC("?fexit/" SYS_WRAPPER "move_mount")
int BPF_PROG(pin_move_fexit)
{
	return pin_done(PIN_MOVE);
}

SEC("?fexit/" SYS_WRAPPER "move_mount")
int BPF_PROG(pin_move_fexit_again)
{
	return pin_done(PIN_MOVE_AGAIN);
}

SEC("?fentry/cleanup_mnt")
int BPF_PROG(unpin_fentry, struct mount *m)
{
	return pin_ended(m, PIN_END);
}

SEC("?fentry/cleanup_mnt")
int BPF_PROG(unpin_fentry_again, struct mount *m)
{
	return pin_ended(m, PIN_END_AGAIN);
}

SEC("?kprobe/count_mounts")
int BPF_KPROBE(pin_kprobe, struct mnt_namespace *ns, struct mount *m)
{
	return pin_wait(m);
}

SEC("?kretprobe/path_mount")
int BPF_KRETPROBE(pin_kretprobe)
{
	return pin_done(PIN_MOUNT);
}

SEC("?kretprobe/" SYS_WRAPPER "move_mount")
int BPF_KRETPROBE(pin_move_kretprobe)
{
	return pin_done(PIN_MOVE);
}

SEC("?kprobe/cleanup_mnt")
int BPF_KPROBE(unpin_kprobe, struct mount *m)
{
	return pin_ended(m, PIN_END);
}

/* --- without trampolines and kprobes ---------------------------------------------------------- */

/* The registers of the call that returns: NULL before 5.15, which has no helper for them. */
static __always_inline struct pt_regs *call_regs(void)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

#define TREE_DEPTH 40 /* of fs.mount-max mounts in a balanced tree at most */

/* The mount that came last into a mount namespace: right after a call that made one that is it. */
static __always_inline struct mount *mount_newest(struct mnt_namespace *ns)
{
	struct mnt_namespace___list *l = (void *)ns;
	struct mnt_namespace___tree *t = (void *)ns;
	struct rb_node___right *node, *right;
	struct mount___list *m = 0;
	struct mount___tree *n = 0;

	if (bpf_core_field_exists(l->list) && bpf_core_field_exists(m->mnt_list))
		return (void *)((char *)BPF_CORE_READ(l, list.prev) -
				bpf_core_field_offset(struct mount___list, mnt_list));
	if (!bpf_core_field_exists(t->mounts) || !bpf_core_field_exists(n->mnt_node))
		return 0;
	node = BPF_CORE_READ(t, mounts.rb_node);
	for (int i = 0; i < TREE_DEPTH; i++) {
		right = BPF_CORE_READ(node, rb_right);
		if (!right)
			break;
		node = right;
	}
	return (void *)((char *)node - bpf_core_field_offset(struct mount___tree, mnt_node));
}

/* The namespace that a call which made one mount has bound: whoever looks may come too late. */
static __always_inline void mount_pin(struct nsw_mounted *e, struct mnt_namespace *ns)
{
	struct mount *m = mount_newest(ns);
	struct ns_common *bound;

	if (!m || BPF_CORE_READ(m, mnt_ns) != ns)
		return;
	e->may |= MNT_KNOWN;
	bound = mount_ns(m);
	if (!bound)
		return;
	e->pin_type = slot_of_flag(ns_flag(bound));
	e->pin_inum = e->pin_type < NS_TYPES ? ns_inum(bound) : 0;
}

/*
 * Who may have changed the bind mounts of nsfs where: user space then looks at what
 * changed. A note without room is counted, since nobody looks then. made: the call made one mount.
 * target: where the path is that the call named, 0: not known. Global, so that the verifier looks
 * at it once.
 */
__noinline int mounts_changed(u32 may, u32 made, u64 target)
{
	struct mnt_namespace *ns = BPF_CORE_READ(current_task(), nsproxy, mnt_ns);
	struct nsw_mounted *e;
	long len;

	if (!(event_wanted(EV_PIN, 0, false) || event_wanted(EV_UNPIN, 0, false)))
		return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		count_missing(EV_LOST_MOUNT);
		return 0;
	}
	hdr_fill(&e->hdr, NSW_MOUNTED, sizeof(*e), 0);
	e->mnt_ns = ns_inum(NS_OF(ns));
	e->mnt_ns_id = mnt_ns_id(ns);
	e->may = may;
	e->pin_type = e->pin_inum = 0;
	if (made)
		mount_pin(e, ns);
	task_nsset(current_task(), &e->ns);
	len = target ? bpf_probe_read_user_str(e->target, sizeof(e->target), (const void *)target)
		     : 0;
	e->target_len = len > 0 ? len - 1 : 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/*
 * fs/namespace.c path_mount(), in its order. A remount, a change of propagation and a
 * new file system neither add nor remove a mount of nsfs, which nobody can mount but
 * by binding.
 */
static __always_inline u32 mount_may(u64 flags)
{
	if (flags & MS_REMOUNT)
		return 0;
	if (flags & MS_BIND)
		return MNT_MAY_ADD;
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return 0;
	return flags & MS_MOVE ? MNT_MAY_ADD | MNT_MAY_REMOVE : 0;
}

__noinline int mount_returns(s64 result)
{
	struct pt_regs *regs = call_regs();
	u32 may = regs ? mount_may(SYS_ARG4(regs)) : MNT_MAY_ADD | MNT_MAY_REMOVE;

	if (result || !may)
		return 0;
	return mounts_changed(may, regs && (SYS_ARG4(regs) & (MS_BIND | MS_REC)) == MS_BIND,
		regs ? SYS_ARG2(regs) : 0);
}

SEC("?tracepoint/syscalls/sys_exit_mount")
int pin_tp_mount(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : mount_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_mount")
int pin_tp_mount_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : mount_returns(ctx->ret);
}

__noinline int move_mount_returns(s64 result)
{
	struct pt_regs *regs = call_regs();

	if (result)
		return 0;
	/* By a descriptor of open_tree(2) it comes from nowhere. */
	return mounts_changed(MNT_MAY_ADD | MNT_MAY_REMOVE, regs && (int)SYS_ARG1(regs) >= 0,
		regs ? SYS_ARG4(regs) : 0);
}

SEC("?tracepoint/syscalls/sys_exit_move_mount")
int pin_tp_move(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : move_mount_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_move_mount")
int pin_tp_move_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : move_mount_returns(ctx->ret);
}

/* umount2(2): the kernel's name for it is umount. */
__noinline int umount_returns(s64 result)
{
	struct pt_regs *regs = call_regs();

	if (result)
		return 0;
	return mounts_changed(MNT_MAY_REMOVE, false, regs ? SYS_ARG1(regs) : 0);
}

SEC("?tracepoint/syscalls/sys_exit_umount")
int pin_tp_umount(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : umount_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_umount")
int pin_tp_umount_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : umount_returns(ctx->ret);
}
