// SPDX-License-Identifier: GPL-2.0-only
/*
 * brief.bpf.c - what the list of namespaces shows of all processes: for each set
 * of namespaces its first process with its command line and how many there are,
 * and the open files that keep namespaces. Nothing is written of the rest.
 *
 * Only helpers follow pointers (tasks.bpf.c says what a typed load costs), and
 * the fewer kinds of structs are asked for, the faster the kernel relocates:
 * from 5.17 it searches all of BTF for each whose name shares a place in a small
 * cache with another one (kernel/bpf/btf.c check_cand_cache()). So files are
 * told apart by their operations, which this program's reader shows it in two
 * files of its own, and not by what their inodes say.
 *
 * The kernel calls again for the same task where the buffer was full or 1 is
 * returned, and drops what was written of it. So nothing is remembered of a task
 * before all of it has been written.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "brief.h"

#define PF_KTHREAD 0x00200000
#define WORD_BITS  64

char LICENSE[] SEC("license") = "GPL";

/* Open files of the reader: one of nsfs, one socket. */
const volatile __u32 own_ns_fd = 0, own_sock_fd = 0;

static const struct file_operations *ns_ops, *sock_ops;

/* The sets remembered, by a hash of their numbers, and their counts. */
static struct {
	__u32 inum[NS_TYPES];
} sets[BRIEF_PLACES];
static struct brief_end counted = {
	.hdr = {BRIEF_END, sizeof(struct brief_end)},
};
static __u32 records;

/*
 * The records are too long for the stack. The room is for the verifier: of a
 * length that was rounded up it takes the bits below to be set. To compare the
 * length instead made 6.17 warn of the verifier's own bounds.
 */
static struct {
	struct brief_task task;
	__u64 room;
} out;

/*
 * Several members are read at once: OFFSET() says where they are in the copy.
 * A kernel whose struct is too large for it refuses the program.
 */
#define BLOCK 128
#define OFFSET(type, member)                                                                       \
	__builtin_preserve_field_info(((struct type *)0)->member, BPF_FIELD_BYTE_OFFSET)
#define BLOCK_READ(block, type, p)     bpf_probe_read_kernel(block, bpf_core_type_size(struct type), p)
#define BLOCK_PTR(block, type, member) (*(void **)((block) + OFFSET(type, member)))

/* --- files ----------------------------------------------------------------------------------- */

/*
 * The task whose files are looked at. Neither on the stack nor in the loop's
 * context, where the verifier would follow every number that changes.
 */
static struct {
	void *task;
	void *files;
	struct file **fds;
	u64 *open_fds;
	void *net; /* of the task */
	u64 word;  /* of what is open, not looked at yet; of the fds before next */
	u32 next, max;
	u32 found;
} walk;

static struct brief_fds found;

/* Place of the lowest bit: there is no instruction for it, and branches cost the verifier. */
static __always_inline u32 bit_lowest(u64 word)
{
	return __builtin_popcountll((word & -word) - 1);
}

static __always_inline struct file *file_at(u32 fd)
{
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), &walk.fds[fd]);
	return file;
}

/*
 * Global, which is verified once and not on every path to it. Nothing keeps
 * table and file: what was read counts if they are still where they were.
 */
__noinline int fd_take(u64 at, u32 fd, u32 socket)
{
	struct file *file = (void *)at;
	struct task_struct *t = walk.task;
	struct brief_fd *r;
	u32 n = walk.found, inum = 0;

	if (n >= BRIEF_FDS_MAX) {
		found.more = 1;
		return 1;
	}
	if (socket) {
		struct socket *sock = BPF_CORE_READ(file, private_data);
		struct net *net = BPF_CORE_READ(sock, sk, __sk_common.skc_net.net);

		if (net == walk.net)
			return 0;
		inum = BPF_CORE_READ(net, ns.inum);
		if (!inum)
			return 0;
	}
	r = &found.fds[n];
	r->fd = fd;
	r->inum = inum;
	r->socket = socket;
	walk.found = n + (file_at(fd) == file && BPF_CORE_READ(t, files) == walk.files);
	return 0;
}

/* The next open file, or the next word of those that are open. */
static long fd_look(u32 i, void *ctx)
{
	const struct file_operations *ops;
	struct file *file;
	u32 fd;

	if (!walk.word) {
		if (walk.next >= walk.max)
			return 1;
		bpf_probe_read_kernel(
			&walk.word, sizeof(walk.word), &walk.open_fds[walk.next / WORD_BITS]);
		walk.next += WORD_BITS;
		return 0;
	}
	fd = walk.next - WORD_BITS + bit_lowest(walk.word);
	walk.word &= walk.word - 1;
	file = file_at(fd);
	ops = BPF_CORE_READ(file, f_op);
	if (ops == ns_ops || ops == sock_ops)
		return fd_take((u64)file, fd, ops == sock_ops) != 0;
	return 0;
}

static __always_inline int found_write(struct seq_file *seq, struct task_struct *t)
{
	u32 n = walk.found, size = BRIEF_FDS_MIN + n * sizeof(found.fds[0]);

	if (!n || n > BRIEF_FDS_MAX)
		return 0;
	found.hdr.kind = BRIEF_FDS;
	found.hdr.size = size;
	found.pid = BPF_CORE_READ(t, pid);
	return bpf_seq_write(seq, &found, size);
}

static __always_inline int files_look(struct seq_file *seq, struct task_struct *t, void *net)
{
	struct files_struct *files = BPF_CORE_READ(t, files);
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	char b[BLOCK];

	if (!files || BLOCK_READ(b, fdtable, fdt))
		return 0;
	walk.task = t;
	walk.net = net;
	walk.files = files;
	walk.max = *(u32 *)(b + OFFSET(fdtable, max_fds));
	walk.fds = BLOCK_PTR(b, fdtable, fd);
	walk.open_fds = BLOCK_PTR(b, fdtable, open_fds);
	walk.word = 0;
	walk.next = walk.found = found.more = 0;
	bpf_loop(walk.max + walk.max / WORD_BITS, fd_look, NULL, 0);
	return found_write(seq, t);
}

/* What kind of file the reader's own are. */
static __always_inline void ops_learn(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct file *ns, *sock;

	walk.fds = BPF_CORE_READ(t, files, fdt, fd);
	ns = file_at(own_ns_fd);
	sock = file_at(own_sock_fd);
	ns_ops = BPF_CORE_READ(ns, f_op);
	sock_ops = BPF_CORE_READ(sock, f_op);
	counted.learned = ns_ops && sock_ops;
}

/* --- namespaces ------------------------------------------------------------------------------ */

struct set {
	union {
		__u32 inum[NS_TYPES];
		__u64 pairs[NS_TYPES / 2];
	};
	struct nsproxy *np;
	void *net;
};

#define INUM_AT(block, member, type)                                                               \
	({                                                                                         \
		struct type *ns_ = BLOCK_PTR(block, nsproxy, member);                              \
		BPF_CORE_READ(ns_, ns.inum);                                                       \
	})

static __always_inline void set_read(struct set *s, struct task_struct *t)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid up = {};
	char b[BLOCK] = {};

	s->np = np;
	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	s->inum[NS_PID] = BPF_CORE_READ(up.ns, ns.inum);
	s->inum[NS_USER] = BPF_CORE_READ(t, real_cred, user_ns, ns.inum);
	if (BLOCK_READ(b, nsproxy, np))
		return;
	s->net = BLOCK_PTR(b, nsproxy, net_ns);
	s->inum[NS_NET] = INUM_AT(b, net_ns, net);
	s->inum[NS_MNT] = INUM_AT(b, mnt_ns, mnt_namespace);
	s->inum[NS_IPC] = INUM_AT(b, ipc_ns, ipc_namespace);
	s->inum[NS_UTS] = INUM_AT(b, uts_ns, uts_namespace);
	s->inum[NS_CGROUP] = INUM_AT(b, cgroup_ns, cgroup_namespace);
	s->inum[NS_TIME] = INUM_AT(b, time_ns, time_namespace);
}

static __always_inline u32 set_place(const struct set *s)
{
	u64 h = 0;

	for (int i = 0; i < NS_TYPES / 2; i++)
		h = (h ^ s->pairs[i]) * 0x9e3779b97f4a7c15ULL;
	return (h >> 40) & (BRIEF_PLACES - 1);
}

static __always_inline bool set_same(const struct set *s, u32 place)
{
	u64 differ = 0;

	for (int i = 0; i < NS_TYPES / 2; i++)
		differ |= s->pairs[i] ^ *(u64 *)&sets[place].inum[2 * i];
	return !differ;
}

/* --- a process ------------------------------------------------------------------------------- */

/* The command line, as far as it has room; /proc is asked where it is not plain. */
static __always_inline u32 cmd_read(struct task_struct *t)
{
	struct mm_struct *mm = BPF_CORE_READ(t, mm);
	u64 start, len;

	if (!mm || out.task.flags & PF_KTHREAD)
		return 0;
	start = BPF_CORE_READ(mm, arg_start);
	len = BPF_CORE_READ(mm, arg_end) - start;
	if (!len)
		return 0;
	out.task.cmd_cut = 1;
	if (len > BRIEF_CMD_MAX || bpf_copy_from_user_task(out.task.cmd, len, (void *)start, t, 0))
		return 0;
	/* A program that wrote over the end has put its title beyond it. */
	out.task.cmd_cut = out.task.cmd[(len - 1) & (BRIEF_CMD_MAX - 1)] != '\0';
	return len;
}

static __always_inline int task_write(struct seq_file *seq, struct task_struct *t, struct set *s)
{
	struct brief_task *r = &out.task;
	u32 size;

	r->pid = BPF_CORE_READ(t, tgid);
	r->ppid = BPF_CORE_READ(t, real_parent, tgid);
	r->uid = BPF_CORE_READ(t, real_cred, euid.val);
	r->flags = BPF_CORE_READ(t, flags);
	r->exit_state = BPF_CORE_READ(t, exit_state);
	r->start_ns = BPF_CORE_READ(t, start_boottime);
	r->cmd_cut = 0;
	bpf_core_read_str(r->comm, sizeof(r->comm), &t->comm);
	__builtin_memcpy(r->inum, s->inum, sizeof(r->inum));
	r->cmd_len = cmd_read(t);
	size = (BRIEF_TASK_MIN + r->cmd_len + 7) & ~7U;
	r->hdr.kind = BRIEF_TASK;
	r->hdr.size = size;
	return bpf_seq_write(seq, r, size);
}

/* What is known of the place is told before another set takes it. */
static __always_inline int set_forget(struct seq_file *seq, u32 place)
{
	struct brief_set r = {
		.hdr = {BRIEF_SET, sizeof(r)},
		.count = counted.counts[place],
	};

	return r.count.n ? bpf_seq_write(seq, &r, sizeof(r)) : 0;
}

static __always_inline int process_dump(struct seq_file *seq, struct task_struct *t)
{
	struct set s = {};
	bool known;
	u32 place;

	set_read(&s, t);
	place = set_place(&s);
	known = counted.counts[place].n && set_same(&s, place);
	if (!known && (set_forget(seq, place) || task_write(seq, t, &s)))
		return 0;
	/*
	 * Nothing kept the nsproxy alive meanwhile: where the task has another
	 * one now, what was read may be of anything.
	 */
	if (BPF_CORE_READ(t, nsproxy) != s.np)
		return 1;
	if (files_look(seq, t, s.net))
		return 0;
	if (known) {
		counted.counts[place].n++;
		return 0;
	}
	__builtin_memcpy(sets[place].inum, s.inum, sizeof(s.inum));
	counted.counts[place].n = 1;
	counted.counts[place].record = records++;
	return 0;
}

/* A thread matters only where its open files are not those of its process. */
static __always_inline int thread_dump(struct seq_file *seq, struct task_struct *t)
{
	if (BPF_CORE_READ(t, files) != BPF_CORE_READ(t, group_leader, files))
		files_look(seq, t, BPF_CORE_READ(t, nsproxy, net_ns));
	return 0;
}

SEC("iter.s/task")
int brief_dump(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *t = ctx->task;

	if (!t) {
		bpf_seq_write(seq, &counted, sizeof(counted));
		return 0;
	}
	if (!ns_ops)
		ops_learn();
	return t->pid == t->tgid ? process_dump(seq, t) : thread_dump(seq, t);
}
