// SPDX-License-Identifier: GPL-2.0-only
/*
 * refused.bpf.c - calls that fail around namespaces and have no event of their own: mounts, files
 * of nsfs that may not be opened, maps and setgroups of user namespaces, offsets of time
 * namespaces, rtnetlink.
 *
 * All by the returns of system calls, whose arguments the registers have still. Where nothing can
 * be attached to functions, by the programs of all calls (calls.bpf.c). A call that returns without
 * having begun is the answer of a seccomp filter.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "caller.h"
#include "calls.h"
#include "emit.h"
#include "fdfile.h"
#include "inflight.h"
#include "refused.h"

/* Set by user space when the hooks are attached: core.bpf.c. */
extern __u64 filters_armed;

/* include/uapi/linux/capability.h */
#define CAP_SETGID    6
#define CAP_SETUID    7
#define CAP_NET_ADMIN 12
#define CAP_SYS_ADMIN 21
#define CAP_SYS_TIME  25

#define PROC_SUPER_MAGIC 0x9fa0 /* include/uapi/linux/magic.h */
#define SOCKFS_MAGIC     0x534f434b

#define USERNS_SETGROUPS_ALLOWED 1 /* include/linux/user_namespace.h */
#define USER_NS_LEVELS           34
#define AF_NETLINK               16
#define MSG_PEEK                 2

struct args {
	u64 of[4];
	u32 evf;
};

/* at: the registers of the call. */
static __always_inline struct args args_of(u64 at, u32 evf)
{
	struct pt_regs *regs = (void *)at;
	struct args a = {.evf = evf};

	a.of[0] = SYS_ARG1(regs);
	a.of[1] = SYS_ARG2(regs);
	a.of[2] = SYS_ARG3(regs);
	a.of[3] = SYS_ARG4(regs);
	return a;
}

/*
 * Global functions, which the verifier looks at once, not on every way that leads to them. Those
 * of 5.10 take numbers alone: regs is where the registers of the call are.
 */

#define ABOVE_NONE  0
#define ABOVE_OWNED 1

/* One step of the function below: the parent of the user namespace at, or one of these. */
__noinline u64 refused_above(u64 at, u64 own, u32 level, u32 euid)
{
	struct user_namespace *ns = (void *)at, *parent;

	if (!ns || BPF_CORE_READ(ns, level) <= (int)level)
		return ABOVE_NONE;
	parent = BPF_CORE_READ(ns, parent);
	if ((u64)parent == own && BPF_CORE_READ(ns, owner.val) == euid)
		return ABOVE_OWNED;
	return (u64)parent;
}

/* security/commoncap.c cap_capable() of the current task. */
__noinline int refused_able(u64 in, u32 cap)
{
	const struct cred *cred = BPF_CORE_READ(current_task(), cred);
	struct user_namespace *own = BPF_CORE_READ(cred, user_ns);
	u32 level = BPF_CORE_READ(own, level), euid = BPF_CORE_READ(cred, euid.val);
	u64 caps = 0, at = in;

	bpf_probe_read_kernel(&caps, sizeof(caps), &cred->cap_effective);
	for (u32 i = 0; i < USER_NS_LEVELS; i++) {
		if (at == (u64)own)
			return caps >> cap & 1;
		at = refused_above(at, (u64)own, level, euid);
		if (at <= ABOVE_OWNED)
			return at == ABOVE_OWNED;
	}
	return false;
}

static __always_inline bool able_in(struct user_namespace *ns, u32 cap)
{
	return refused_able((u64)ns, cap) & 1;
}

/* owner: in which the call takes cap, NULL where it is not that simple. */
static __always_inline void refused_fill(
	struct ev_refused *e, u32 call, long result, struct user_namespace *owner, u32 cap)
{
	e->call = call;
	e->result = result;
	if (owner) {
		e->owner = ns_inum(NS_OF(owner));
		e->able = able_in(owner, cap);
	}
	e->own = ns_inum(NS_OF(BPF_CORE_READ(current_task(), cred, user_ns)));
	caller_fill((void *)&e->threads);
}

static __always_inline struct ev_refused *refused_begin(
	u32 call, long result, u32 slot, struct user_namespace *owner, u32 cap, u32 evf)
{
	struct ev_refused *e;

	if (!event_wanted(EV_REFUSED, BIT(slot), false))
		return 0;
	e = event_begin(ev_refused, EV_REFUSED, evf);
	if (!e)
		return 0;
	e->ns_type = slot;
	refused_fill(e, call, result, owner, cap);
	return e;
}

#define TEXT_USER(to, from) bpf_probe_read_user_str(to, sizeof(to), (const void *)(from))

/* --- mounts ----------------------------------------------------------------------------------- */

static __always_inline struct ev_refused *mount_begin(u32 call, long result, const struct args *a)
{
	struct mnt_namespace *ns = BPF_CORE_READ(current_task(), nsproxy, mnt_ns);
	struct ev_refused *e = refused_begin(
		call, result, NS_MNT, BPF_CORE_READ(ns, user_ns), CAP_SYS_ADMIN, a->evf);

	if (e)
		e->inum = ns_inum(NS_OF(ns));
	return e;
}

/* Letters of a name, as a number: the longest that is asked for has six. */
static __always_inline u64 short_name(const char name[EV_COMM_LEN])
{
	u64 n;

	__builtin_memcpy(&n, name, sizeof(n));
	return n;
}

/*
 * proc_init_fs_context(), mqueue_init_fs_context() set the user namespace in which mount_capable()
 * asks; of sysfs it is kobj_ns_current_may_mount().
 */
static __always_inline void fs_owner_fill(struct ev_refused *e)
{
	struct task_struct *t = current_task();
	struct user_namespace *owner = 0;

	switch (short_name(e->fs_type)) {
	case 0x636f7270: /* "proc" */
		owner = BPF_CORE_READ(task_pidns(t), user_ns);
		break;
	case 0x7366737973: /* "sysfs" */
		owner = BPF_CORE_READ(t, nsproxy, net_ns, user_ns);
		break;
	case 0x65756575716d: /* "mqueue" */
		owner = BPF_CORE_READ(t, nsproxy, ipc_ns, user_ns);
		break;
	}
	if (!owner)
		return;
	e->fs_owner = ns_inum(NS_OF(owner));
	e->fs_able = able_in(owner, CAP_SYS_ADMIN);
}

/* fs/fsopen.c: private_data of what fsopen(2) and fspick(2) return is the context. */
static __always_inline void fs_context_fill(struct ev_refused *e, int fd)
{
	struct file *f = fd_file(fd);
	struct fs_context *fc = BPF_CORE_READ(f, private_data);

	bpf_probe_read_kernel_str(e->fs_type, sizeof(e->fs_type), BPF_CORE_READ(fc, fs_type, name));
}

/* call: one of those up to EV_REFUSED_MOUNT_SETATTR. */
__noinline int refused_mount(u64 regs, s64 ret, u32 call, u32 evf)
{
	const struct args in = args_of(regs, evf), *a = &in;
	struct ev_refused *e = mount_begin(call, ret, a);

	if (!e)
		return 0;
	switch (call) {
	case EV_REFUSED_MOUNT:
		TEXT_USER(e->source, a->of[0]);
		TEXT_USER(e->path, a->of[1]);
		TEXT_USER(e->fs_type, a->of[2]);
		e->call_flags = a->of[3];
		break;
	case EV_REFUSED_UMOUNT:
		TEXT_USER(e->path, a->of[0]);
		e->call_flags = a->of[1];
		break;
	case EV_REFUSED_FSCONFIG:
	case EV_REFUSED_FSMOUNT:
		fs_context_fill(e, a->of[0]);
		break;
	case EV_REFUSED_FSOPEN:
		TEXT_USER(e->fs_type, a->of[0]);
		break;
	case EV_REFUSED_MOVE_MOUNT:
		TEXT_USER(e->source, a->of[1]);
		TEXT_USER(e->path, a->of[3]);
		break;
	default:
		TEXT_USER(e->path, a->of[1]);
	}
	fs_owner_fill(e);
	event_end(e);
	return 0;
}

/* --- files of nsfs ---------------------------------------------------------------------------- */

#define TAIL 24 /* "/ns/pid_for_children", and more */

/* Without branches: one for each letter is too much for the verifier. 0: text is want. */
static __always_inline u32 text_differs(const char *text, const char *want, u32 n)
{
	u32 differ = 0;

#pragma unroll
	for (u32 i = 0; i < n; i++)
		differ |= text[i] ^ want[i];
	return differ;
}

#define TEXT_IS(text, want) (!text_differs(text, want, sizeof(want) - 1))

/* What the end of a path says: a slot, the call that is told of it, and how long that end is. */
#define FOUND(slot, call, len) ((slot) | (call) << 8 | (len) << 16)
#define FOUND_SLOT(found)      ((found)&0xff)
#define FOUND_CALL(found)      ((found) >> 8 & 0xff)
#define FOUND_LEN(found)       ((found) >> 16)

#define END_IS(tail, end, slot, call)                                                              \
	do {                                                                                       \
		if (TEXT_IS((tail) + TAIL - (sizeof(end) - 1), end))                               \
			return FOUND(slot, call, sizeof(end) - 1);                                 \
	} while (0)

static __always_inline u32 tail_found(const char *tail)
{
	END_IS(tail, "/uid_map", NS_USER, EV_REFUSED_UID_MAP);
	END_IS(tail, "/gid_map", NS_USER, EV_REFUSED_GID_MAP);
	END_IS(tail, "/setgroups", NS_USER, EV_REFUSED_SETGROUPS_FILE);
	END_IS(tail, "/ns/user", NS_USER, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/mnt", NS_MNT, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/uts", NS_UTS, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/ipc", NS_IPC, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/pid", NS_PID, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/pid_for_children", NS_PID, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/net", NS_NET, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/cgroup", NS_CGROUP, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/time", NS_TIME, EV_REFUSED_OPEN);
	END_IS(tail, "/ns/time_for_children", NS_TIME, EV_REFUSED_OPEN);
	return NS_SLOTS;
}

__noinline int refused_path(u64 a, u64 b, u64 c)
{
	u64 tail[TAIL / sizeof(u64)] = {a, b, c};

	return tail_found((const char *)tail);
}

#define DIR_MAX 12 /* "/thread-self" */

/* Of each byte whether it is no digit, and (2) whether a name begins behind it. Looked up, since
 * each comparison were a branch. */
static const volatile u8 byte_is[256] = {
	[0] = 2, [1 ... '/' - 1] = 1, ['/'] = 2, ['9' + 1 ... 255] = 1};

/* The directory of a process in proc: its number, self or thread-self. */
static __always_inline bool is_process_dir(const char *name)
{
	u32 outside = 0, other = 0;

	if (TEXT_IS(name + DIR_MAX - 5, "/self") || TEXT_IS(name, "/thread-self"))
		return true;
#pragma unroll
	for (u32 i = DIR_MAX; i-- > 0;) {
		u32 is = byte_is[(u8)name[i]];

		outside |= is >> 1;
		other |= is & ~outside;
	}
	return !(other & 1) && !byte_is[(u8)name[DIR_MAX - 1]];
}

__noinline int refused_dir(u64 a, u64 b)
{
	u64 name[2] = {a, b};

	return is_process_dir((const char *)name);
}

/* A file of /proc/PID, by the end of its path; NS_SLOTS: another file. */
static __always_inline u32 path_found(const char *path, u32 len)
{
	u64 tail[TAIL / sizeof(u64)] = {}, dir[2] = {};
	u32 found;

	/* Of a shorter path what stands before it in the event: zeros. */
	bpf_probe_read_kernel(tail, sizeof(tail), path + len - TAIL);
	found = refused_path(tail[0], tail[1], tail[2]);
	if (FOUND_SLOT(found) == NS_SLOTS)
		return found;
	bpf_probe_read_kernel(dir, DIR_MAX, path + len - FOUND_LEN(found) - DIR_MAX);
	return refused_dir(dir[0], dir[1]) ? found : NS_SLOTS;
}

/* By convention all of these are net namespaces; what is refused is a link to /proc/PID/ns/net. */
static __always_inline bool in_run_netns(const char *path)
{
	return TEXT_IS(path, "/run/netns/") || TEXT_IS(path, "/var/run/netns/");
}

#define AT_FDCWD   -100
#define PREFIX_MAX 32 /* "/proc/", a number, "/ns/" */

/* Where a path begins that is not absolute. */
static __always_inline struct dentry *path_base(int dirfd)
{
	struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);

	return dirfd == AT_FDCWD ? BPF_CORE_READ(fs, pwd.dentry)
				 : BPF_CORE_READ(fd_file(dirfd), f_path.dentry);
}

static __always_inline bool is_named_ns(struct dentry *d)
{
	char name[3] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(d, d_name.name));
	return name[0] == 'n' && name[1] == 's' && BPF_CORE_READ(d, d_name.len) == 2;
}

/*
 * A path that begins in a directory of proc is told from there: puts "/proc/", "/proc/PID/" or
 * "/proc/PID/ns/" into to and returns the length; 0: it begins elsewhere.
 */
static __noinline u32 prefix_put(char *to, int dirfd)
{
	struct dentry *d = path_base(dirfd);
	bool ns = is_named_ns(d);
	u32 at = 6;
	long n;

	if (BPF_CORE_READ(d, d_inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	__builtin_memcpy(to, "/proc/", 6);
	if (ns)
		d = BPF_CORE_READ(d, d_parent);
	if (BPF_CORE_READ(d, d_parent) == d)
		return at;
	n = bpf_probe_read_kernel_str(to + at, 12, BPF_CORE_READ(d, d_name.name));
	if (n < 1 || n > 12)
		return 0;
	at += n - 1;
	if (!ns) {
		to[at] = '/';
		return at + 1;
	}
	__builtin_memcpy(to + at, "/ns/", 4);
	return at + 4;
}

/* Returns the length of the path that is in the event then. */
static __always_inline u32 path_put(struct ev_refused *e, int dirfd, const char *path)
{
	char prefix[PREFIX_MAX] = {};
	u32 at = 0;
	long n;

	if (bpf_probe_read_user(prefix, 1, path))
		return 0;
	if (prefix[0] == '/') {
		n = TEXT_USER(e->path, path);
		return n > 0 ? n - 1 : 0;
	}
	prefix[0] = 0;
	at = prefix_put(prefix, dirfd);
	__builtin_memcpy(e->path, prefix, sizeof(prefix));
	at &= PREFIX_MAX - 1;
	n = bpf_probe_read_user_str(e->path + at, sizeof(e->path) - PREFIX_MAX, path);
	return n > 0 ? at + n - 1 : 0;
}

__noinline int refused_open(u64 regs, s64 ret, u32 at, u32 evf)
{
	const struct args in = args_of(regs, evf), *a = &in;
	u32 found = NS_SLOTS, len;
	struct ev_refused *e;

	if (!event_wanted(EV_REFUSED, 0, false))
		return 0;
	/* The path is too long for the stack: room first, given back where it is another file. */
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		count_event(EV_REFUSED, true);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	len = at ? path_put(e, a->of[0], (const char *)a->of[1])
		 : path_put(e, AT_FDCWD, (const char *)a->of[0]);
	if (len)
		found = path_found(e->path, len);
	if (FOUND_SLOT(found) == NS_SLOTS && in_run_netns(e->path))
		found = FOUND(NS_NET, EV_REFUSED_OPEN, 0);
	e->ns_type = FOUND_SLOT(found);
	if (e->ns_type >= NS_TYPES || !event_wanted(EV_REFUSED, BIT(e->ns_type), false)) {
		bpf_ringbuf_discard(e, 0);
		return 0;
	}
	hdr_fill(&e->hdr, EV_REFUSED, sizeof(*e), a->evf);
	refused_fill(e, FOUND_CALL(found), ret, 0, 0);
	count_event(EV_REFUSED, false);
	event_end(e);
	return 0;
}

/* --- user namespaces -------------------------------------------------------------------------- */

/* Which file of /proc/PID it is; EV_REFUSED_CALLS: none of these. */
static __always_inline u32 map_file(struct file *f)
{
	char name[16] = {};
	u64 first, second;

	if (BPF_CORE_READ(f, f_inode, i_sb, s_magic) != PROC_SUPER_MAGIC)
		return EV_REFUSED_CALLS;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(f, f_path.dentry, d_name.name));
	__builtin_memcpy(&first, name, sizeof(first));
	__builtin_memcpy(&second, name + sizeof(first), sizeof(second));
	switch (first) {
	case 0x0070616d5f646975: /* "uid_map", its NUL with it */
		return EV_REFUSED_UID_MAP;
	case 0x0070616d5f646967: /* "gid_map" */
		return EV_REFUSED_GID_MAP;
	case 0x70756f7267746573: /* "setgroup" */
		return second == 0x73 ? EV_REFUSED_SETGROUPS_FILE : EV_REFUSED_CALLS;
	case 0x6f5f736e656d6974: /* "timens_offsets" */
		return second == 0x737465736666 ? EV_REFUSED_TIMENS_OFFSETS : EV_REFUSED_CALLS;
	}
	return EV_REFUSED_CALLS;
}

static __always_inline void user_ns_fill(struct ev_refused *e, struct user_namespace *ns, u32 call)
{
	struct user_namespace *parent = BPF_CORE_READ(ns, parent);
	bool uid = call == EV_REFUSED_UID_MAP;

	e->inum = ns_inum(NS_OF(ns));
	e->extents =
		uid ? BPF_CORE_READ(ns, uid_map.nr_extents) : BPF_CORE_READ(ns, gid_map.nr_extents);
	e->maker = BPF_CORE_READ(ns, owner.val) == e->euid;
	e->able_above = parent && able_in(parent, uid ? CAP_SETUID : CAP_SETGID);
	e->may_setgroups = BPF_CORE_READ(ns, flags) & USERNS_SETGROUPS_ALLOWED;
}

/* include/uapi/linux/uio.h struct iovec */
struct user_iov {
	u64 base;
	u64 len;
};

/*
 * fs/read_write.c do_loop_readv_writev(): these files get one write for each part, and what fails
 * is the first, for after it the call tells how much was written.
 */
static __always_inline struct args args_written(u64 regs, u32 parts, u32 evf)
{
	struct args a = args_of(regs, evf);
	struct user_iov iov = {};

	if (!parts)
		return a;
	bpf_probe_read_user(&iov, sizeof(iov), (const void *)a.of[1]);
	a.of[1] = iov.base;
	a.of[2] = iov.len;
	return a;
}

static __always_inline void written_fill(struct ev_refused *e, const struct args *a)
{
	if (a->of[2] < sizeof(e->written))
		bpf_probe_read_user(
			e->written, a->of[2] & (EV_REFUSED_TEXT - 1), (const void *)a->of[1]);
	else
		bpf_probe_read_user(e->written, sizeof(e->written) - 1, (const void *)a->of[1]);
}

/*
 * fs/proc/base.c timens_offsets_write(), kernel/time/namespace.c proc_timens_set_offset(): the
 * seq_file has the inode, that is of a process, whose children's time namespace it is.
 */
__noinline int refused_offsets(u64 regs, s64 ret, u64 seq_file, u32 parts, u32 evf)
{
	const struct args in = args_written(regs, parts, evf), *a = &in;
	struct seq_file *seq = (void *)seq_file;
	char *inode = BPF_CORE_READ(seq, private);
	struct proc_inode *p =
		(void *)(inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
	char *link = (char *)BPF_CORE_READ(p, pid, tasks[PIDTYPE_PID].first);
	struct task_struct *t =
		(void *)(link - bpf_core_field_offset(struct task_struct, pid_links));
	struct ns_common *ns = link ? task_ns(t, BPF_CORE_READ(t, nsproxy), NS_TIME_CHILD) : 0;
	struct user_namespace *owner = ns ? BPF_CORE_READ(NS_OBJ(time_namespace, ns), user_ns) : 0;
	struct ev_refused *e =
		refused_begin(EV_REFUSED_TIMENS_OFFSETS, ret, NS_TIME, owner, CAP_SYS_TIME, a->evf);

	if (!e)
		return 0;
	e->inum = ns ? ns_inum(ns) : 0;
	written_fill(e, a);
	event_end(e);
	return 0;
}

/* kernel/user_namespace.c: the seq_file of each of the other files has the user namespace. */
__noinline int refused_write(u64 regs, s64 ret, u32 parts, u32 evf)
{
	const struct args in = args_written(regs, parts, evf), *a = &in;
	struct file *f = fd_file(a->of[0]);
	u32 call = map_file(f);
	struct user_namespace *ns;
	struct seq_file *seq;
	struct ev_refused *e;

	if (call == EV_REFUSED_CALLS)
		return 0;
	seq = BPF_CORE_READ(f, private_data);
	if (call == EV_REFUSED_TIMENS_OFFSETS)
		return refused_offsets(regs, ret, (u64)seq, parts, evf);
	ns = BPF_CORE_READ(seq, private);
	e = refused_begin(call, ret, NS_USER, ns, CAP_SYS_ADMIN, a->evf);
	if (!e)
		return 0;
	user_ns_fill(e, ns, call);
	written_fill(e, a);
	event_end(e);
	return 0;
}

__noinline int refused_setgroups(s64 ret, u32 evf)
{
	struct user_namespace *ns = BPF_CORE_READ(current_task(), cred, user_ns);
	struct ev_refused *e =
		refused_begin(EV_REFUSED_SETGROUPS, ret, NS_USER, ns, CAP_SETGID, evf);

	if (!e)
		return 0;
	user_ns_fill(e, ns, EV_REFUSED_SETGROUPS);
	event_end(e);
	return 0;
}

/* --- rtnetlink -------------------------------------------------------------------------------- */

/* include/uapi/linux/netlink.h: struct nlmsghdr, struct nlmsgerr, struct nlattr */
struct nl_hdr {
	u32 len;
	u16 type;
	u16 flags;
	u32 seq;
	u32 pid;
};

struct nl_error {
	struct nl_hdr hdr;
	s32 error;
	struct nl_hdr request;
};

_Static_assert(sizeof(struct nl_error) == NL_ERROR_SIZE, "struct nlmsgerr");

struct nl_attr {
	u16 len;
	u16 type;
};

#define NLMSG_ERROR       2
#define NLM_F_CAPPED      0x100
#define NLM_F_ACK_TLVS    0x200
#define NLMSGERR_ATTR_MSG 1
#define NL_ALIGN(n)       (((n) + 3) & ~3U)
#define NL_ATTRS          4

/* The sock of a socket of NETLINK_ROUTE, else NULL. */
static __always_inline struct sock *route_sock(struct file *f)
{
	struct socket *sock;
	struct sock *sk;

	if (BPF_CORE_READ(f, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	sock = BPF_CORE_READ(f, private_data);
	sk = BPF_CORE_READ(sock, sk);
	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_NETLINK)
		return 0;
	return BPF_CORE_READ(sk, sk_protocol) ? 0 : sk;
}

/* Behind the answer, where the program asked for it (NETLINK_EXT_ACK). */
static __always_inline void message_fill(
	struct ev_refused *e, const struct nl_error *got, const char *data, u32 size)
{
	u32 at = sizeof(*got);
	struct nl_attr attr;

	if (!(got->hdr.flags & NLM_F_ACK_TLVS))
		return;
	if (!(got->hdr.flags & NLM_F_CAPPED))
		at += NL_ALIGN(got->request.len) - sizeof(got->request);
	for (int i = 0; i < NL_ATTRS; i++) {
		if (at + sizeof(attr) > size || at > 65536 ||
			bpf_probe_read_user(&attr, sizeof(attr), data + at) ||
			attr.len < sizeof(attr))
			return;
		if (attr.type == NLMSGERR_ATTR_MSG) {
			TEXT_USER(e->message, data + at + sizeof(attr));
			return;
		}
		at += NL_ALIGN(attr.len);
	}
}

#define RTM_NEWLINK    16
#define ENODEV         19
#define LINK_PLAIN_LEN 32 /* struct nlmsghdr and struct ifinfomsg, no attributes */
#define LINK_INDEX_AT  4  /* ifi_index in struct ifinfomsg */

/*
 * iproute2 asks whether the kernel has RTM_NEWLINK by one for no device at all
 * (iplink_have_newlink()): to be told ENODEV is what it hopes for.
 */
static __always_inline bool is_probe(const struct nl_error *got, const char *data)
{
	s32 index = 0;

	if (got->error != -ENODEV || got->request.type != RTM_NEWLINK ||
		got->request.len != LINK_PLAIN_LEN || got->hdr.flags & NLM_F_CAPPED)
		return false;
	bpf_probe_read_user(&index, sizeof(index), data + sizeof(*got) + LINK_INDEX_AT);
	return !index;
}

__noinline int refused_answer(u64 fd, u64 at, u64 size)
{
	const char *data = (const char *)at;
	struct sock *sk = route_sock(fd_file(fd));
	struct nl_error got = {};
	struct ev_refused *e;
	struct net *net;

	if (!sk || size < sizeof(got) || bpf_probe_read_user(&got, sizeof(got), data) ||
		got.hdr.type != NLMSG_ERROR || got.error >= 0 || is_probe(&got, data))
		return 0;
	net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	e = refused_begin(EV_REFUSED_RTNETLINK, got.error, NS_NET, BPF_CORE_READ(net, user_ns),
		CAP_NET_ADMIN, 0);
	if (!e)
		return 0;
	e->inum = ns_inum(NS_OF(net));
	e->request = got.request.type;
	message_fill(e, &got, data, size);
	event_end(e);
	return 0;
}

/* include/linux/socket.h struct user_msghdr */
struct user_msg {
	u64 name;
	u64 name_len;
	u64 iov;
	u64 iov_len;
};

__noinline int refused_message(u64 regs, s64 ret)
{
	const struct args in = args_of(regs, 0), *a = &in;
	struct user_msg msg = {};
	struct user_iov iov = {};

	if (a->of[2] & MSG_PEEK || bpf_probe_read_user(&msg, sizeof(msg), (const void *)a->of[1]) ||
		!msg.iov_len || bpf_probe_read_user(&iov, sizeof(iov), (const void *)msg.iov) ||
		iov.len < sizeof(struct nl_error))
		return 0;
	return refused_answer(a->of[0], iov.base, ret);
}

/* --- returns ---------------------------------------------------------------------------------- */

/* The same as an unknown number, so that the verifier does not follow each of them. */
__noinline int refused_call(u32 nr)
{
	return seldom_call(nr);
}

static __always_inline int refused_received(u64 regs, s64 ret)
{
	const struct args a = args_of(regs, 0);

	return a.of[3] & MSG_PEEK || a.of[2] < sizeof(struct nl_error)
		       ? 0
		       : refused_answer(a.of[0], a.of[1], ret);
}

static __always_inline int refused_returns(u64 regs, long nr, long ret, u32 evf)
{
	u32 call = refused_call(nr);

	if (call <= EV_REFUSED_MOUNT_SETATTR)
		return refused_mount(regs, ret, call, evf);
	switch (nr) {
#ifdef NR_OPEN
	case NR_OPEN:
		return refused_open(regs, ret, 0, evf);
#endif
	case NR_OPENAT:
	case NR_OPENAT2:
		return refused_open(regs, ret, 1, evf);
	case NR_WRITEV:
	case NR_PWRITEV:
	case NR_PWRITEV2:
		return refused_write(regs, ret, true, evf);
	case NR_WRITE:
	case NR_PWRITE64:
		return refused_write(regs, ret, false, evf);
	case NR_SETGROUPS:
		return refused_setgroups(ret, evf);
	case NR_RECVFROM:
		return refused_received(regs, ret);
	case NR_RECVMSG:
		return refused_message(regs, ret);
	}
	return 0;
}

/* Behind the filters: what they answer does not come here. Left by who is under one alone. */
__noinline int refused_enters(s64 nr)
{
	struct task_struct *t = current_task();

	if (seldom_call(nr) == EV_REFUSED_CALLS || TASK_IN_COMPAT(t) ||
		!BPF_CORE_READ(t, seccomp.mode) || !actor_traced())
		return 0;
	inflight_put_word(CALL_REFUSED, 1);
	return 0;
}

__noinline int refused_exits(u64 regs, s64 nr, s64 ret)
{
	u32 evf = 0;
	u64 word;

	if (seldom_call(nr) == EV_REFUSED_CALLS) {
		if (!is_candidate(nr, ret))
			return 0;
	} else if (!inflight_take_word(CALL_REFUSED, &word) && cfg.filtered && filters_armed &&
		   BPF_CORE_READ(current_task(), seccomp.mode) && !entry_unmark()) {
		evf = EVF_FILTERED;
	}
	if (!is_candidate(nr, ret) || TASK_IN_COMPAT(current_task()) || !actor_traced())
		return 0;
	return refused_returns(regs, nr, ret, evf);
}

/*
 * Functions of single calls, which nobody else pays for. An answer of a filter does not come there.
 * The pointer to the registers is read, not loaded: of some functions the kernel's BTF has no more
 * of it than a name (5.10), and then the verifier forbids the load.
 */
static __always_inline u64 returns_regs(u64 *ctx)
{
	u64 regs = 0;

	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	return regs;
}

#define RETURNS(call, nr)                                                                          \
	SEC("?fexit/" SYS_WRAPPER #call)                                                           \
	int refused_##call##_fexit(u64 *ctx)                                                       \
	{                                                                                          \
		long ret = ctx[1];                                                                 \
                                                                                                   \
		if (!is_candidate(nr, ret) || !actor_traced())                                     \
			return 0;                                                                  \
		return refused_returns(returns_regs(ctx), nr, ret, 0);                             \
	}

RETURNS(mount, NR_MOUNT)
RETURNS(umount, NR_UMOUNT)
RETURNS(fsconfig, NR_FSCONFIG)
RETURNS(fsmount, NR_FSMOUNT)
RETURNS(move_mount, NR_MOVE_MOUNT)
RETURNS(fsopen, NR_FSOPEN)
RETURNS(open_tree, NR_OPEN_TREE)
RETURNS(mount_setattr, NR_MOUNT_SETATTR)
#ifdef NR_OPEN
RETURNS(open, NR_OPEN)
#endif
RETURNS(openat, NR_OPENAT)
RETURNS(openat2, NR_OPENAT2)
RETURNS(write, NR_WRITE)
RETURNS(writev, NR_WRITEV)
RETURNS(pwrite64, NR_PWRITE64)
RETURNS(pwritev, NR_PWRITEV)
RETURNS(pwritev2, NR_PWRITEV2)
RETURNS(recvfrom, NR_RECVFROM)
RETURNS(recvmsg, NR_RECVMSG)

/* Its arguments are not asked for. */
SEC("?fexit/" SYS_WRAPPER "setgroups")
int refused_setgroups_fexit(u64 *ctx)
{
	long ret = ctx[1];

	return is_refused(ret) && actor_traced() ? refused_setgroups(ret, 0) : 0;
}

/*
 * Who is under a filter passes here at each call, and nobody else does: kernel/seccomp.c. -1: it is
 * not made, and the answer stands in the registers. Its argument has gone in 6.16; before
 * bpf_get_func_ret() (5.17) there is one.
 */
SEC("?fexit/__secure_computing")
int refused_filtered_fexit(u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	long nr = (s32)SYS_NR(regs), result;
	u64 verdict = 0;

	if (seldom_call(nr) == EV_REFUSED_CALLS)
		return 0;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_func_ret))
		bpf_get_func_ret(ctx, &verdict);
	else
		verdict = ctx[1];
	result = SYS_RESULT(regs);
	if ((s32)verdict != -1 || !is_candidate(nr, result) || TASK_IN_COMPAT(current_task()) ||
		!actor_traced())
		return 0;
	return refused_returns(address_of(regs), nr, result, EVF_FILTERED);
}
