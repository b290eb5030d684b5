// SPDX-License-Identifier: GPL-2.0-only
/*
 * brief.bpf.c - what the list of namespaces shows of all processes: for each set
 * of namespaces its first process with its command line and how many there are,
 * and the open files that keep namespaces. Nothing is written of the rest.
 *
 * Where pointers lead, plain loads read, which a kernel that has bpf_rdonly_cast()
 * (6.2) allows of any address, and gives 0 for a bad one. tasks.bpf.c says what a
 * load from the task itself costs when the program is verified; a cast one costs
 * nothing.
 *
 * The fewer kinds of structs are asked for, the faster the kernel relocates:
 * from 5.17 it searches all of BTF for each whose name shares a place in a small
 * cache with another one (kernel/bpf/btf.c check_cand_cache()). So files are
 * told apart by their operations, and namespaces found in their structs, as files
 * of the reader's own show it.
 *
 * The kernel calls again for the same task where the buffer was full or 1 is
 * returned, and drops what was written of it. So nothing is remembered of a task
 * before all of it has been written.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "flavors.h"
#include "wire/brief.h"

#define PF_KTHREAD 0x00200000
#define WORD_BITS  64

char LICENSE[] SEC("license") = "GPL";

/* Open files of the reader: of nsfs, its namespace of each type (-1: none), and a socket. */
const volatile int own_ns_fd[NS_TYPES] = {};
const volatile __u32 own_sock_fd = 0;
/* The process that reads is not one of those to be told of: it is there for the reading alone. */
const volatile __u32 skip_reader = 0;

#ifndef BRIEF_CASTS
#define BRIEF_CASTS 1
#endif

/* Owners and parents as well: related.bpf.c. */
#ifndef BRIEF_RELATED
#define BRIEF_RELATED 0
#endif

/*
 * WORD_AT: the word at an address. Casts are to structs: to one that begins with a word, whose
 * place so need not be asked for.
 */
#if BRIEF_CASTS
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;

#define WORD_AT(at)                                                                                \
	(*(u64 *)bpf_rdonly_cast((void *)(at), bpf_core_type_id_kernel(struct timespec64)))
#else
#define WORD_AT(at)                                                                                \
	({                                                                                         \
		u64 word_ = 0;                                                                     \
		bpf_probe_read_kernel(&word_, sizeof(word_), (void *)(at));                        \
		word_;                                                                             \
	})
#endif

/* A member that is a pointer, as a number: the verifier allows no arithmetic with pointers. */
#define ADDR_AT(type, p, member) WORD_AT((p) + bpf_core_field_offset(struct type, member))

/* The task, of which all may be loaded for nothing. */
static __always_inline struct task_struct *task_plain(struct task_struct *t)
{
#if BRIEF_CASTS
	return bpf_rdonly_cast(t, bpf_core_type_id_kernel(struct task_struct));
#else
	return t;
#endif
}

/* struct file_operations of the two. */
static u64 ns_ops, sock_ops;

/* The sets remembered, by a hash of their numbers, and their counts. */
static struct {
	__u32 inum[NS_TYPES];
} sets[BRIEF_PLACES];
static struct brief_end counted; /* initial values would take another map */
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
 * Where a namespace of each type has its number. Of a type that this kernel has
 * not, for which the reader has no file, all is 0: read is from near NULL, which
 * gives 0. Without branches, which the verifier would have to follow.
 */
static struct {
	u64 at, mask;
} places[NS_TYPES];

static __always_inline u32 ns_inum(u32 type, u64 ns)
{
	return WORD_AT((ns & places[type].mask) + places[type].at);
}

struct set {
	union {
		u32 inum[NS_TYPES];
		u64 pairs[NS_TYPES / 2];
	};
	u64 ns[NS_TYPES]; /* what the numbers are of: addresses, which nothing keeps */
	u64 np, pid;
	u32 place, known; /* in sets; 1: that is of it */
};

/* Of one task. In memory of a map, where the verifier takes pointers for numbers. */
static struct set now __attribute__((used));

/* --- files ----------------------------------------------------------------------------------- */

/*
 * The task whose files are looked at. Neither on the stack nor in the loop's
 * context, where the verifier would follow every number that changes.
 */
static struct {
	u64 task;
	u64 files;
	u64 fds, open_fds;
	u64 word; /* of what is open, not looked at yet; of the fds before next */
	u32 next, max;
	u32 found;
} walk __attribute__((used)); /* else clang splits it, and tells BTF nothing of that */

static struct brief_fds found;

/*
 * Place of the lowest bit, as the count of the bits below it: there is no instruction for either,
 * and branches cost the verifier. Spelled out, for not every clang can count bits in BPF.
 */
static __always_inline u32 bit_lowest(u64 word)
{
	u64 n = (word & -word) - 1;

	n -= (n >> 1) & 0x5555555555555555ULL;
	n = (n & 0x3333333333333333ULL) + ((n >> 2) & 0x3333333333333333ULL);
	n = (n + (n >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (n * 0x0101010101010101ULL) >> 56;
}

static __always_inline u64 file_at(u32 fd)
{
	return WORD_AT(walk.fds + fd * sizeof(u64));
}

/*
 * Global, which is verified once and not on every path to it. Nothing keeps
 * table and file: what was read counts if they are still where they were.
 * 1: there is no room.
 */
__noinline int fd_take(u64 file, u32 fd, u32 socket)
{
	struct brief_fd *r;
	u32 n = walk.found, inum = 0;

	if (n >= BRIEF_FDS_MAX) {
		found.more = 1;
		return 1;
	}
	if (socket) {
		u64 sk = ADDR_AT(file, file, private_data), net;

		if (socket == FD_SOCKET)
			sk = ADDR_AT(socket, sk, sk);
		net = ADDR_AT(sock, sk, __sk_common.skc_net.net);
		if (net == now.ns[NS_NET])
			return 0;
		inum = ns_inum(NS_NET, net);
		if (!inum)
			return 0;
	}
	r = &found.fds[n];
	r->fd = fd;
	r->inum = inum;
	r->socket = socket;
	walk.found =
		n + (file_at(fd) == file && ADDR_AT(task_struct, walk.task, files) == walk.files);
	return 0;
}

/*
 * What a global function returned, as 0 or 1. The verifier knows nothing of such a result, but
 * clang from 19 on does, and leaves out a comparison with 0 unless the result is hidden from it.
 */
static __always_inline long yes_or_no(int result)
{
	barrier_var(result);
	return result != 0;
}

/* The next open file, or the next word of those that are open. */
static long fd_look(u32 i, void *ctx)
{
	u64 file, ops;
	u32 fd;

	if (!walk.word) {
		if (walk.next >= walk.max)
			return 1;
		walk.word = WORD_AT(walk.open_fds + walk.next / 8);
		walk.next += WORD_BITS;
		return 0;
	}
	fd = walk.next - WORD_BITS + bit_lowest(walk.word);
	walk.word &= walk.word - 1;
	file = file_at(fd);
	ops = ADDR_AT(file, file, f_op);
	if (ops == ns_ops || ops == sock_ops)
		return yes_or_no(fd_take(file, fd, ops == sock_ops ? FD_SOCKET : 0));
	if ((u32)ADDR_AT(inode, ADDR_AT(file, file, f_inode), i_rdev) == TUN_RDEV)
		return yes_or_no(fd_take(file, fd, FD_TUN));
	return 0;
}

static __always_inline int found_write(struct seq_file *seq, struct task_struct *t)
{
	u32 n = walk.found, size = BRIEF_FDS_MIN + n * sizeof(found.fds[0]);

	if (!n || n > BRIEF_FDS_MAX)
		return 0;
	found.hdr.kind = BRIEF_FDS;
	found.hdr.size = size;
	found.pid = t->pid;
	return bpf_seq_write(seq, &found, size);
}

static __always_inline int files_look(struct seq_file *seq, struct task_struct *t)
{
	struct files_struct *files = t->files;
	struct fdtable *fdt = files->fdt;

	if (!files)
		return 0;
	walk.task = (u64)t;
	walk.files = (u64)files;
	walk.max = fdt->max_fds;
	walk.fds = (u64)fdt->fd;
	walk.open_fds = (u64)fdt->open_fds;
	walk.word = 0;
	walk.next = walk.found = found.more = 0;
	bpf_loop(walk.max + walk.max / WORD_BITS, fd_look, NULL, 0);
	return found_write(seq, t);
}

/* --- namespaces ------------------------------------------------------------------------------ */

#define FIND(type, p) (now.ns[type] = (u64)(p))

static __always_inline void set_find(struct task_struct *t)
{
	struct nsproxy *np = t->nsproxy;
	struct pid *pid = t->thread_pid;
	u64 upid;

	now.np = (u64)np;
	now.pid = (u64)pid;
	barrier();
	upid = now.pid + bpf_core_field_offset(struct pid, numbers) +
	       pid->level * bpf_core_type_size(struct upid);
	FIND(NS_PID, ADDR_AT(upid, upid, ns));
	FIND(NS_USER, t->real_cred->user_ns);
	FIND(NS_NET, np->net_ns);
	FIND(NS_MNT, np->mnt_ns);
	FIND(NS_IPC, np->ipc_ns);
	FIND(NS_UTS, np->uts_ns);
	FIND(NS_CGROUP, np->cgroup_ns);
	FIND(NS_TIME, np->time_ns);
	/* What is loaded from there again is a number to the verifier. */
	barrier();
}

static __always_inline void set_read(struct task_struct *t)
{
	set_find(t);
#pragma unroll
	for (int i = 0; i < NS_TYPES; i++)
		now.inum[i] = ns_inum(i, now.ns[i]);
}

/*
 * From the reader's own files: fs/nsfs.c keeps a namespace's ns_common in i_private; in that the
 * number is where a user namespace has it. Global, as fd_take() is.
 */
__noinline int place_learn(u32 type)
{
	u64 file, inode, common;

	if (type >= NS_TYPES || own_ns_fd[type] < 0)
		return 0;
	file = file_at(own_ns_fd[type]);
	inode = ADDR_AT(file, file, f_inode);
	common = ADDR_AT(inode, inode, i_private);
	if (!common)
		return 0;
	places[type].at = common - now.ns[type] +
			  bpf_core_field_offset(struct user_namespace, ns.inum) -
			  bpf_core_field_offset(struct user_namespace, ns);
	places[type].mask = ~0ULL;
	ns_ops = ADDR_AT(file, file, f_op);
	return 0;
}

static __always_inline void reader_learn(void)
{
	struct task_struct *t = task_plain(bpf_get_current_task_btf());

	set_find(t);
	walk.fds = (u64)t->files->fdt->fd;
	barrier();
	for (int i = 0; i < NS_TYPES; i++)
		place_learn(i);
	sock_ops = ADDR_AT(file, file_at(own_sock_fd), f_op);
	counted.learned = ns_ops && sock_ops;
}

#if BRIEF_RELATED
static struct brief_facts facts;

#define OWNER_OF(slot, type)                                                                       \
	(facts.owner[slot] = ns_inum(                                                              \
		 NS_USER, WORD_AT(now.ns[slot] + bpf_core_field_offset(struct type, user_ns))))

/* Where the number is in struct ns_common, which stands in each namespace. */
#define INUM_AT                                                                                    \
	(bpf_core_field_offset(struct user_namespace, ns.inum) -                                   \
		bpf_core_field_offset(struct user_namespace, ns))

static __always_inline u64 id_read(u32 type)
{
	struct ns_common___id *n = 0;

	if (!bpf_core_field_exists(n->ns_id) || !bpf_core_field_exists(n->ns_type))
		return 0;
	return WORD_AT((now.ns[type] & places[type].mask) + places[type].at - INUM_AT +
		       bpf_core_field_offset(struct ns_common___id, ns_id));
}

static __always_inline int facts_write(struct seq_file *seq, struct task_struct *t)
{
	u64 user = now.ns[NS_USER];

	OWNER_OF(NS_MNT, mnt_namespace);
	OWNER_OF(NS_UTS, uts_namespace);
	OWNER_OF(NS_IPC, ipc_namespace);
	OWNER_OF(NS_NET, net);
	OWNER_OF(NS_CGROUP, cgroup_namespace);
	OWNER_OF(NS_TIME, time_namespace);
	OWNER_OF(NS_PID, pid_namespace);
	facts.owner[NS_USER] = ns_inum(NS_USER, ADDR_AT(user_namespace, user, parent));
	facts.user_level = ADDR_AT(user_namespace, user, level);
	facts.user_owner = ADDR_AT(user_namespace, user, owner.val);
	facts.pid_parent = ns_inum(NS_PID, ADDR_AT(pid_namespace, now.ns[NS_PID], parent));
	facts.pid_level = t->thread_pid->level;
#pragma unroll
	for (int i = 0; i < NS_TYPES; i++)
		facts.id[i] = id_read(i);
	facts.hdr.kind = BRIEF_FACTS;
	facts.hdr.size = sizeof(facts);
	return bpf_seq_write(seq, &facts, sizeof(facts));
}
#else
static __always_inline int facts_write(struct seq_file *seq, struct task_struct *t)
{
	return 0;
}
#endif

static __always_inline u32 set_place(void)
{
	u64 h = 0;

	for (int i = 0; i < NS_TYPES / 2; i++)
		h = (h ^ now.pairs[i]) * 0x9e3779b97f4a7c15ULL;
	return (h >> 40) & (BRIEF_PLACES - 1);
}

static __always_inline bool set_same(u32 place)
{
	u64 differ = 0;

	for (int i = 0; i < NS_TYPES / 2; i++)
		differ |= now.pairs[i] ^ *(u64 *)&sets[place].inum[2 * i];
	return !differ;
}

/* --- a process ------------------------------------------------------------------------------- */

/*
 * The command line, as far as it has room; /proc is asked where it is not plain.
 * held is the task as the iterator gave it, which the helper asks for.
 */
static __always_inline u32 cmd_read(struct task_struct *t, struct task_struct *held)
{
	struct mm_struct *mm = t->mm;
	u64 start, len;

	if (!mm || out.task.flags & PF_KTHREAD)
		return 0;
	start = mm->arg_start;
	len = mm->arg_end - start;
	if (!len)
		return 0;
	out.task.cmd_cut = 1;
	if (len > BRIEF_CMD_MAX ||
		bpf_copy_from_user_task(out.task.cmd, len, (void *)start, held, 0))
		return 0;
	/* A program that wrote over the end has put its title beyond it. */
	out.task.cmd_cut = out.task.cmd[(len - 1) & (BRIEF_CMD_MAX - 1)] != '\0';
	return len;
}

static __always_inline int task_write(
	struct seq_file *seq, struct task_struct *t, struct task_struct *held)
{
	struct brief_task *r = &out.task;
	u32 size;

	r->pid = t->tgid;
	r->ppid = t->real_parent->tgid;
	r->uid = t->real_cred->euid.val;
	r->flags = t->flags;
	r->exit_state = t->exit_state;
	r->start_ns = t->start_boottime;
	r->cmd_cut = 0;
	bpf_core_read_str(r->comm, sizeof(r->comm), &t->comm);
	__builtin_memcpy(r->inum, now.inum, sizeof(r->inum));
	r->cmd_len = cmd_read(t, held);
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

/* 0: go on; 1: once more; -1: there was no room. */
static __always_inline int process_begin(
	struct seq_file *seq, struct task_struct *t, struct task_struct *held)
{
	set_read(t);
	now.place = set_place();
	now.known = counted.counts[now.place].n && set_same(now.place);
	if (!now.known &&
		(set_forget(seq, now.place) || task_write(seq, t, held) || facts_write(seq, t)))
		return -1;
	/*
	 * Nothing kept the nsproxy alive meanwhile: where the task has another
	 * one now, what was read may be of anything.
	 */
	barrier();
	return (u64)t->nsproxy != now.np;
}

static __always_inline void process_end(void)
{
	u32 place = now.place & (BRIEF_PLACES - 1);

	if (now.known) {
		counted.counts[place].n++;
		return;
	}
	__builtin_memcpy(sets[place].inum, now.inum, sizeof(now.inum));
	counted.counts[place].n = 1;
	counted.counts[place].record = records++;
}

/* A thread matters only where its open files are not those of its process. */
static __always_inline bool thread_begin(struct task_struct *t)
{
	now.ns[NS_NET] = (u64)t->nsproxy->net_ns;
	return t->files != t->group_leader->files;
}

SEC("iter.s/task")
int brief_dump(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *held = ctx->task, *t;
	int r;

	if (!held) {
		counted.hdr.kind = BRIEF_END;
		counted.hdr.size = sizeof(counted);
		bpf_seq_write(seq, &counted, sizeof(counted));
		return 0;
	}
	if (!ns_ops)
		reader_learn();
	t = task_plain(held);
	if (skip_reader && (u32)t->tgid == (u32)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (t->pid == t->tgid) {
		r = process_begin(seq, t, held);
		if (r)
			return r > 0;
	} else if (!thread_begin(t)) {
		return 0;
	}
	if (!files_look(seq, t) && t->pid == t->tgid)
		process_end();
	return 0;
}
