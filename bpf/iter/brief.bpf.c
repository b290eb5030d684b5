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
 * All that keeps a namespace as well: threads that are not where their leaders are, the namespaces
 * of children to come, and which mount namespaces have files of nsfs mounted: hidden.bpf.c.
 */
#ifndef BRIEF_HIDDEN
#define BRIEF_HIDDEN 0
#endif

#if BRIEF_HIDDEN
#define SLOTS     NS_SLOTS
#define KEY_WORDS (NS_SLOTS + 2) /* the next to last: 1 of threads */
#else
#define SLOTS     NS_TYPES
#define KEY_WORDS NS_TYPES
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
	__u32 inum[KEY_WORDS];
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
		u32 inum[KEY_WORDS];
		u64 pairs[KEY_WORDS / 2];
	};
	u64 ns[SLOTS]; /* what the numbers are of: addresses, which nothing keeps */
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
#if BRIEF_HIDDEN
	FIND(NS_PID_CHILD, np->pid_ns_for_children);
	FIND(NS_TIME_CHILD, np->time_ns_for_children);
#endif
	/* What is loaded from there again is a number to the verifier. */
	barrier();
}

static __always_inline u32 slot_type(u32 slot)
{
	return slot == NS_PID_CHILD ? NS_PID : slot == NS_TIME_CHILD ? NS_TIME : slot;
}

static __always_inline void set_number(void)
{
#pragma unroll
	for (int i = 0; i < SLOTS; i++)
		now.inum[i] = ns_inum(slot_type(i), now.ns[i]);
}

static __always_inline void set_read(struct task_struct *t)
{
	set_find(t);
	set_number();
#if BRIEF_HIDDEN
	now.inum[NS_SLOTS] = 0;
#endif
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

/* --- mounts of nsfs files -------------------------------------------------------------------- */

#if BRIEF_HIDDEN
#define MOUNTS_MAX (1 << 20)

/* The walk over all mounts of nsfs, whichever namespace they are in. */
static struct {
	u64 sb;       /* that file system */
	u64 at, head; /* the next mount, or its place in the list; where the list begins */
	u32 last, ended;
} mounting __attribute__((used));

static struct brief_mounts mounted;

static __always_inline void mounts_learn(void)
{
	mounting.sb = ADDR_AT(inode, ADDR_AT(file, file_at(own_ns_fd[NS_MNT]), f_inode), i_sb);
}

/* 1: there is no room. Global, as fd_take() is. */
__noinline int mnt_put(u32 inum)
{
	u32 h = (inum * 2654435769u) >> 16;

	for (u32 i = 0; i < 16; i++) {
		u32 *place = &mounted.mnt[(h + i) & (BRIEF_MNTS - 1)];

		if (*place == inum)
			return 0;
		if (!*place) {
			*place = inum;
			return 0;
		}
	}
	return 1;
}

/*
 * Nothing holds the list still. A mount that ends is no longer one of nsfs once its memory is
 * given to another, which ends the walk before the list does; so does the mark that the kernel
 * leaves in what was taken out of a list. One that is new stands at an end of the list.
 */
static long mount_look(u32 i, void *ctx)
{
	struct mount___chain *chained = 0;
	u64 mnt = mounting.at, next;
	u32 inum;

	if (mnt == mounting.head) {
		mounting.ended = 1;
		return 1;
	}
	if (bpf_core_field_exists(chained->mnt_next_for_sb)) {
		next = ADDR_AT(mount___chain, mnt, mnt_next_for_sb);
	} else {
		next = WORD_AT(mnt);
		mnt -= bpf_core_field_offset(struct mount___instance, mnt_instance);
	}
	inum = ns_inum(NS_MNT, ADDR_AT(mount, mnt, mnt_ns));
	if (ADDR_AT(mount, mnt, mnt.mnt_sb) != mounting.sb)
		return 1;
	mounting.at = next;
	if (!inum || inum == mounting.last)
		return 0;
	mounting.last = inum;
	return yes_or_no(mnt_put(inum));
}

static __always_inline int mounts_write(struct seq_file *seq)
{
	struct mount___chain *chained = 0;

	if (bpf_core_field_exists(chained->mnt_next_for_sb)) {
		mounting.head = 0;
		mounting.at = ADDR_AT(super_block___chain, mounting.sb, s_mounts);
	} else {
		mounting.head =
			mounting.sb + bpf_core_field_offset(struct super_block___list, s_mounts);
		mounting.at = WORD_AT(mounting.head);
	}
	mounting.last = mounting.ended = 0;
	if (mounting.sb)
		bpf_loop(MOUNTS_MAX, mount_look, NULL, 0);
	mounted.whole = mounting.ended;
	mounted.hdr.kind = BRIEF_MOUNTS;
	mounted.hdr.size = sizeof(mounted);
	return bpf_seq_write(seq, &mounted, sizeof(mounted));
}
#else
static __always_inline void mounts_learn(void)
{
}

static __always_inline int mounts_write(struct seq_file *seq)
{
	return 0;
}
#endif

static __always_inline void reader_learn(void)
{
	struct task_struct *t = task_plain(bpf_get_current_task_btf());

	set_find(t);
	walk.fds = (u64)t->files->fdt->fd;
	barrier();
	for (int i = 0; i < NS_TYPES; i++)
		place_learn(i);
	sock_ops = ADDR_AT(file, file_at(own_sock_fd), f_op);
	mounts_learn();
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
	u32 place = slot_type(type);

	if (!bpf_core_field_exists(n->ns_id) || !bpf_core_field_exists(n->ns_type))
		return 0;

	return WORD_AT((now.ns[type] & places[place].mask) + places[place].at - INUM_AT +
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
#if BRIEF_HIDDEN
	OWNER_OF(NS_PID_CHILD, pid_namespace);
	OWNER_OF(NS_TIME_CHILD, time_namespace);
	facts.child_level = ADDR_AT(pid_namespace, now.ns[NS_PID_CHILD], level);
	facts.child_parent = ns_inum(NS_PID, ADDR_AT(pid_namespace, now.ns[NS_PID_CHILD], parent));
#endif
#pragma unroll
	for (int i = 0; i < SLOTS; i++)
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

	for (int i = 0; i < KEY_WORDS / 2; i++)
		h = (h ^ now.pairs[i]) * 0x9e3779b97f4a7c15ULL;
	return (h >> 40) & (BRIEF_PLACES - 1);
}

static __always_inline bool set_same(u32 place)
{
	u64 differ = 0;

	for (int i = 0; i < KEY_WORDS / 2; i++)
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
	r->tid = t->pid;
	r->ppid = t->real_parent->tgid;
	r->uid = t->real_cred->euid.val;
	r->flags = t->flags;
	r->exit_state = t->exit_state;
	r->start_ns = t->start_boottime;
	r->cmd_cut = 0;
	bpf_core_read_str(r->comm, sizeof(r->comm), &t->comm);
	__builtin_memcpy(r->inum, now.inum, SLOTS * sizeof(r->inum[0]));
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
static __always_inline int set_begin(
	struct seq_file *seq, struct task_struct *t, struct task_struct *held)
{
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

static __always_inline void set_end(void)
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

static __always_inline int process_tell(
	struct seq_file *seq, struct task_struct *t, struct task_struct *held)
{
	int r;

	set_read(t);
	r = set_begin(seq, t, held);
	if (r)
		return r > 0;
	if (!files_look(seq, t))
		set_end();
	return 0;
}

#if BRIEF_HIDDEN
/* The address, or 0 where it is the other one: without branches, as ns_inum() is. */
static __always_inline u64 unless(u64 ns, u64 other)
{
	u64 x = ns ^ other, differ = (x | -x) >> 63;

	barrier_var(differ);
	return ns & -differ;
}

/*
 * What a thread is in and its leader is not. A leader that has ended is in none. All threads of a
 * process are in one pid namespace.
 */
static __always_inline bool thread_aside(struct task_struct *t)
{
	struct task_struct *lead = t->group_leader;
	struct nsproxy *np = lead->nsproxy;
	u64 any = 0;

	set_find(t);
	now.ns[NS_PID_CHILD] = unless(now.ns[NS_PID_CHILD], now.ns[NS_PID]);
	now.ns[NS_TIME_CHILD] = unless(now.ns[NS_TIME_CHILD], now.ns[NS_TIME]);
	now.ns[NS_PID] = 0;
	now.ns[NS_USER] = unless(now.ns[NS_USER], (u64)lead->real_cred->user_ns);
	now.ns[NS_NET] = unless(now.ns[NS_NET], (u64)np->net_ns);
	now.ns[NS_MNT] = unless(now.ns[NS_MNT], (u64)np->mnt_ns);
	now.ns[NS_IPC] = unless(now.ns[NS_IPC], (u64)np->ipc_ns);
	now.ns[NS_UTS] = unless(now.ns[NS_UTS], (u64)np->uts_ns);
	now.ns[NS_CGROUP] = unless(now.ns[NS_CGROUP], (u64)np->cgroup_ns);
	now.ns[NS_TIME] = unless(now.ns[NS_TIME], (u64)np->time_ns);
	barrier();
	for (int i = 0; i < SLOTS; i++)
		any |= now.ns[i];
	set_number();
	now.inum[NS_SLOTS] = 1;
	return any;
}
#else
static __always_inline bool thread_aside(struct task_struct *t)
{
	return false;
}
#endif

/* Of a thread matters what its leader is not in, and its open files where they are its own. */
static __always_inline int thread_tell(
	struct seq_file *seq, struct task_struct *t, struct task_struct *held)
{
	bool aside = thread_aside(t);
	int r = 0;

	if (aside)
		r = set_begin(seq, t, held);
	if (r)
		return r > 0;
	now.ns[NS_NET] = (u64)t->nsproxy->net_ns;
	if (t->files != t->group_leader->files)
		r = files_look(seq, t);
	if (aside && !r)
		set_end();
	return 0;
}

SEC("iter.s/task")
int brief_dump(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *held = ctx->task, *t;

	if (!held) {
		counted.hdr.kind = BRIEF_END;
		counted.hdr.size = sizeof(counted);
		if (!mounts_write(seq))
			bpf_seq_write(seq, &counted, sizeof(counted));
		return 0;
	}
	if (!ns_ops)
		reader_learn();
	t = task_plain(held);
	if (skip_reader && (u32)t->tgid == (u32)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return t->pid == t->tgid ? process_tell(seq, t, held) : thread_tell(seq, t, held);
}
