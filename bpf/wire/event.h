/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - the wire format between the BPF programs and user space.
 *
 * Every record in the ring buffer, and every record in a file written by
 * `nswatch trace -w`, is one struct ev_<kind>: a struct ev_hdr and what the
 * event carries. All integers are in the byte order of the machine; times are
 * nanoseconds of CLOCK_BOOTTIME; inode numbers are those of nsfs. User space
 * includes <linux/types.h> first, the BPF side vmlinux.h.
 *
 * Adding an event: a row of EV_KIND_LIST and its struct here, its file in user/event/kinds/, its
 * program in bpf/trace/, a hook row in user/source/hooks.c, a test.
 */
#ifndef NSWATCH_EVENT_H
#define NSWATCH_EVENT_H

#define EV_COMM_LEN 16 /* TASK_COMM_LEN */
#define EV_TEXT_MAX 512
#define EV_DEV_LEN  16 /* IFNAMSIZ */

/*
 * The kinds: number, name, struct and its size on the wire. Files hold the numbers: append, never
 * reorder.
 */
#define EV_KIND_LIST(X)                                                                            \
	X(UNSHARE, unshare, ev_unshare, 216)                                                       \
	X(SETNS, setns, ev_setns, 192)                                                             \
	X(CLONE, clone, ev_clone, 232)                                                             \
	X(EXEC, exec, ev_exec, 632)                                                                \
	X(PIDNS_INIT, pidns_init, ev_pidns_init, 104)                                              \
	X(EXIT, exit, ev_exit, 136)                                                                \
	X(PIDNS_DEATH, pidns_death, ev_pidns_death, 128)                                           \
	X(FORK_DENIED, fork_denied, ev_fork_denied, 128)                                           \
	X(NS_CREATE, ns_create, ev_ns, 128)                                                        \
	X(NS_FREE, ns_free, ev_ns, 128)                                                            \
	X(NETDEV, netdev, ev_netdev, 144)                                                          \
	X(NETDEV_ADD, netdev_add, ev_netdev, 144)                                                  \
	X(NETDEV_DEL, netdev_del, ev_netdev, 144)                                                  \
	X(PIN, pin, ev_pin, 600)                                                                   \
	X(UNPIN, unpin, ev_pin, 600)                                                               \
	X(LOST, lost, ev_lost, 120)                                                                \
	X(REFUSED, refused, ev_refused, 840)

#define EV_KIND_NUMBER(K, name, s, size) EV_##K,
enum ev_kind {
	EV_NONE,
	EV_KIND_LIST(EV_KIND_NUMBER) EV_KINDS,
};

/*
 * The places of a task that name a namespace. The first eight are the types of
 * namespaces; the last two are where children go (nsproxy.pid_ns_for_children,
 * nsproxy.time_ns_for_children).
 */
enum ns_slot {
	NS_MNT,
	NS_UTS,
	NS_IPC,
	NS_USER,
	NS_PID,
	NS_NET,
	NS_CGROUP,
	NS_TIME,
	NS_TYPES,
	NS_PID_CHILD = NS_TYPES,
	NS_TIME_CHILD,
	NS_SLOTS,
};

/* Flags of a record. */
#define EVF_INFERRED  0x1  /* concluded from other facts, not seen happening */
#define EVF_NO_ACTOR  0x2  /* a worker did it, not the culprit: the header's task is empty */
#define EVF_FROM_POLL 0x4  /* made from differences of /proc snapshots: no exact time */
#define EVF_NO_STATUS 0x8  /* exit_code is 0 because nobody saw how the task ended */
#define EVF_FILTERED  0x10 /* a seccomp filter (or a tracer) answered the call, not the kernel */
#define EVF_COMPAT    0x20 /* a call of the 32-bit ABI: of a 32-bit program, or by int 0x80 */

struct ev_hdr {
	__u64 ts_ns; /* CLOCK_BOOTTIME */
	__u16 kind;
	__u16 size; /* of the whole record, this header included */
	__u32 flags;
	__u32 cpu;
	__u32 pid; /* thread group id in the initial pid namespace */
	__u32 tid;
	__u32 ppid;
	__u32 uid;    /* in the initial user namespace */
	__u32 pidns;  /* inum of the pid namespace the task lives in */
	__u32 ns_pid; /* its thread group id there */
	__u32 pad;
	__u64 cgroup_id;
	char comm[EV_COMM_LEN];
};

/* One inum per slot, 0 where there is none (or it can't be read). */
struct ev_nsset {
	__u32 inum[NS_SLOTS];
};

/*
 * What the kernel looks at of a caller before it refuses. Of calls that failed, or that a filter
 * answered, taken when they returned; else all of it is 0.
 */
#define EV_CALLER                                                                                  \
	__u32 threads; /* of its process; 0: not known, and nothing of the others */               \
	__u32 filters; /* seccomp filters in force on it */                                        \
	__u32 euid;    /* in the initial user namespace */                                         \
	__u32 egid;                                                                                \
	__u32 uid_extents; /* lines of the uid_map of its user namespace */                        \
	__u32 gid_extents;                                                                         \
	__u32 unmapped;   /* 1: euid has no number in its user namespace; 2: egid; 3: neither */   \
	__u32 chrooted;   /* its root is not that of its mount namespace */                        \
	__u32 user_level; /* how deep its user namespace is nested */                              \
	__u32 pid_level;  /* the same of the pid namespace for its children */                     \
	__u64 caps        /* effective, bit per capability */

struct ev_caller {
	EV_CALLER;
};

/* unshare(2) returned. */
struct ev_unshare {
	struct ev_hdr hdr;
	__u64 ns_flags; /* the argument: CLONE_NEW* and CLONE_FS, CLONE_FILES, ... */
	__s32 result;   /* 0 or -errno */
	__u32 changed;  /* bit per slot: before and after differ */
	struct ev_nsset before, after;
	EV_CALLER;
};

/* What the file descriptor given to setns(2) was. */
enum ev_fd_kind {
	EV_FD_OTHER,
	EV_FD_NSFS,
	EV_FD_PIDFD,
	EV_FD_PROC, /* a directory of procfs: the pidfd of old */
	EV_FD_BAD,
};

/* setns(2) returned. */
struct ev_setns {
	struct ev_hdr hdr;
	__u64 ns_flags; /* the argument nstype */
	__s32 result;
	__s32 fd;
	__u32 fd_kind;     /* enum ev_fd_kind */
	__u32 target_inum; /* of the namespace asked for, EV_FD_NSFS only */
	__u32 target_pid;  /* of the process asked for, EV_FD_PIDFD only where known */
	__u32 changed;
	struct ev_nsset before, after;
	__u32 target_type; /* enum ns_slot of target_inum + 1, 0: unknown */
	__u32 pad;
};

/* A child began in other namespaces than its parent, or a clone that asked for them failed. */
struct ev_clone {
	struct ev_hdr hdr; /* the parent */
	__u64 ns_flags;    /* CLONE_* of the call, without the signal */
	__s32 result;      /* 0 or -errno */
	__u32 child_pid;   /* in the initial pid namespace, 0 on failure */
	__u32 child_pidns;
	__u32 child_ns_pid; /* the child's pid in its own pid namespace */
	__u32 changed;
	__u32 pad;
	struct ev_nsset before, after; /* of the parent, of the child */
	EV_CALLER;                     /* the parent */
};

/* A task whose namespaces differ from its parent's ran another program. */
struct ev_exec {
	struct ev_hdr hdr;
	__u32 changed; /* against the parent */
	__u16 filename_len;
	__u16 args_len;
	struct ev_nsset ns;
	char text[EV_TEXT_MAX]; /* filename, then the arguments each ended by NUL; cut to what is
				   there */
};

/* Pid 1 of a pid namespace was born. The header is the task that forked it. */
struct ev_pidns_init {
	struct ev_hdr hdr;
	__u32 inum; /* the pid namespace */
	__u32 level;
	__u32 init_pid;  /* in the initial pid namespace */
	__u32 parent_ns; /* the parent pid namespace */
	__u32 owner;     /* its owner user namespace */
	__u32 pad;
	__u64 ns_id; /* unique id, 0 where the kernel has none */
};

/* The last task of a set of namespaces, or an init, ended. */
struct ev_exit {
	struct ev_hdr hdr;
	__s32 exit_code; /* as wait(2) gives it: code << 8 | signal */
	__u32 is_init;   /* pid 1 of a pid namespace other than the initial one */
	__u32 empties;   /* bit per slot: nothing else refers to this namespace */
	__u32 pad;
	__u64 lifetime_ns; /* of the process */
	struct ev_nsset ns;
};

/* Who sent the SIGKILL that ended an init. */
enum ev_killer {
	EV_KILLER_NONE,    /* nobody, or it was not seen */
	EV_KILLER_PROCESS, /* killer_pid, by kill(2) and its like */
	EV_KILLER_OOM,     /* memory ran out */
	EV_KILLER_KERNEL,  /* another reason of the kernel; of a nested namespace the init above */
	EV_KILLER_PARENT,  /* killer_pid ended, of which it was a child with PR_SET_PDEATHSIG */
	EV_KILLER_CGROUP,  /* killer_pid wrote to cgroup.kill */
	EV_KILLER_TRACER,  /* killer_pid ended, which traced it with PTRACE_O_EXITKILL */
};

/* A pid namespace lost its init. The header is the init. */
struct ev_pidns_death {
	struct ev_hdr hdr;
	__u32 inum;
	__u32 level;
	__s32 exit_code;
	/* processes that lived there and below and were not about to end; without
	 * killed_counted: pids that were still allocated, those of threads, of the dead and of
	 * empty process groups among them */
	__u32 killed;
	__u64 lifetime_ns; /* of the init */
	__u32 killer;      /* enum ev_killer */
	__u32 killer_pid;  /* thread group id in the initial pid namespace, 0: nobody's */
	char killer_comm[EV_COMM_LEN];
	__u32 killed_counted; /* killed is exact */
	__u32 pad;
};

/* fork failed because pid_for_children of the caller is dead. */
struct ev_fork_denied {
	struct ev_hdr hdr;
	__u64 ns_flags; /* CLONE_* of the call where known */
	__s32 result;   /* -errno */
	__u32 inum;     /* the dead pid namespace */
	__u32 level;
	__u32 init_pid; /* 0: it ended before nswatch looked, or see forgotten */
	__s32 init_exit_code;
	__u32 forgotten;     /* 1: there was no room to remember the namespace and its init */
	__u64 init_ended_ns; /* CLOCK_BOOTTIME */
	char init_comm[EV_COMM_LEN];
};

/* By which call a namespace was made. */
enum ev_made_by {
	EV_MADE_BY_CALL,      /* unshare, clone or clone3, or not known */
	EV_MADE_BY_OPEN_TREE, /* open_tree(OPEN_TREE_NAMESPACE), 7.0 */
	EV_MADE_BY_FSMOUNT,   /* fsmount(FSMOUNT_NAMESPACE), 7.1 */
};

/* A namespace came to be (EV_NS_CREATE) or was destroyed (EV_NS_FREE). */
struct ev_ns {
	struct ev_hdr hdr;
	__u32 ns_type; /* enum ns_slot, one of the eight types */
	__u32 inum;
	__u64 ns_id;       /* unique id, 0 where the kernel has none */
	__u32 owner;       /* inum of the owner user namespace (of a user namespace: its parent) */
	__u32 creator_pid; /* EV_NS_FREE: who made it, 0 where unknown */
	__u64 lifetime_ns; /* EV_NS_FREE: since its creation, 0 where unknown */
	char creator_comm[EV_COMM_LEN];
	__u32 made_by; /* enum ev_made_by */
	__u32 pad;
};

enum ev_netdev_why {
	EV_WHY_REQUEST,
	EV_WHY_NETNS_EXIT,
};

/* A network device changed its net namespace, came to be or was removed. */
struct ev_netdev {
	struct ev_hdr hdr;
	char old_name[EV_DEV_LEN];
	char new_name[EV_DEV_LEN];
	char dev_kind[EV_DEV_LEN]; /* rtnl_link_ops.kind, "" for a physical device */
	__u32 old_ifindex;
	__u32 new_ifindex;
	__u32 from; /* inums of net namespaces */
	__u32 to;
	__u32 why;   /* enum ev_netdev_why */
	__u32 cause; /* EV_WHY_NETNS_EXIT: the net namespace that ended, 0 where unknown */
};

/* nsfs was mounted on a path, or that mount went away. */
struct ev_pin {
	struct ev_hdr hdr;
	__u32 ns_type;
	__u32 inum;
	__u16 path_len;
	__u16 pad[3];
	char path[EV_TEXT_MAX];
};

#define EV_WHERE_LEN 32

/* What a lost event counts. Files hold these numbers. */
enum ev_lost_why {
	EV_LOST_RECORD,    /* records that the ring buffer had no room for */
	EV_LOST_CALL,      /* calls whose entry could not be kept, or whose return was not seen */
	EV_LOST_PROGRAM,   /* runs of a program that the kernel left out; each may be an event */
	EV_LOST_NAMESPACE, /* namespaces that could not be remembered */
	EV_LOST_PROCESS,   /* processes that could not be followed */
	EV_LOST_MOUNT,     /* changes of mounts that could not be looked at */
	EV_LOST_DEVICE,    /* looks at the devices of a net namespace that came late or were cut */
	EV_LOST_OUTPUT,    /* events that one output of several had no room for; not the kernel's */
	EV_LOST_EVICTED,   /* events that a history had to remove before they were read */
	EV_LOST_WHYS,
};

/* Something is missing; made in user space, of counters of the kernel's side for the most part. */
struct ev_lost {
	struct ev_hdr hdr;
	__u64 count;
	__u32 why; /* enum ev_lost_why */
	__u32 pad;
	char where[EV_WHERE_LEN]; /* the call or program, "" where all are meant */
};

/* What was refused. Files hold these numbers. */
enum ev_refused_call {
	EV_REFUSED_MOUNT,
	EV_REFUSED_UMOUNT,
	EV_REFUSED_FSCONFIG,
	EV_REFUSED_FSMOUNT,
	EV_REFUSED_MOVE_MOUNT,
	EV_REFUSED_FSOPEN,
	EV_REFUSED_OPEN_TREE,
	EV_REFUSED_MOUNT_SETATTR, /* 5.12 */
	EV_REFUSED_OPEN,          /* open(2) and its like of /proc/PID/ns/X, with EACCES or EPERM */
	/* write(2) to these files below /proc/PID; with a path: open(2) of them */
	EV_REFUSED_UID_MAP,
	EV_REFUSED_GID_MAP,
	EV_REFUSED_SETGROUPS_FILE,
	EV_REFUSED_SETGROUPS,      /* setgroups(2) */
	EV_REFUSED_RTNETLINK,      /* a request, as the answer said that the program read */
	EV_REFUSED_TIMENS_OFFSETS, /* write(2) to this file below /proc/PID */
	EV_REFUSED_CALLS,
};

#define EV_REFUSED_PATH 256
#define EV_REFUSED_TEXT 128

/*
 * A call failed that has to do with namespaces, and has no kind of its own. Texts are those
 * of the caller, as they were when the call returned: cut to what there is room for, ended
 * by NUL, untrusted.
 */
struct ev_refused {
	struct ev_hdr hdr;
	__u64 call_flags; /* the flags of mount(2) and umount2(2) */
	__u32 call;       /* enum ev_refused_call */
	__s32 result;     /* -errno */
	__u32 ns_type;    /* enum ns_slot of the namespace that the call was about */
	__u32 inum;       /* its number, 0: not known */
	__u32 owner; /* the user namespace in which the call takes a capability, 0: not known */
	__u32 able;  /* the caller has that capability there */
	/* Of a user namespace that is written to (maps, setgroups), when the call returned: */
	__u32 extents;    /* lines of that map; of setgroups those of gid_map */
	__u32 maker;      /* the caller's effective user made it */
	__u32 able_above; /* the caller has CAP_SETUID (gid_map: CAP_SETGID) in its parent */
	__u32 may_setgroups;
	__u32 request; /* rtnetlink: RTM_* */
	__u32 own;     /* the user namespace of the caller */
	/* Of proc, sysfs and mqueue: who owns the namespace that they show, and whether the caller
	 * has CAP_SYS_ADMIN there. */
	__u32 fs_owner;
	__u32 fs_able;
	EV_CALLER;
	char fs_type[EV_COMM_LEN]; /* of what was to be mounted */
	char source[EV_REFUSED_TEXT];
	char path[EV_REFUSED_PATH];    /* where it was to be mounted; what was to be opened */
	char written[EV_REFUSED_TEXT]; /* to the file of /proc */
	char message[EV_REFUSED_TEXT]; /* the kernel's own sentence (rtnetlink) */
};

#define EV_SIZE_IS(s, n)               _Static_assert(sizeof(struct s) == (n), "wire size of " #s)
#define EV_KIND_SIZE(K, name, s, size) EV_SIZE_IS(s, size);
EV_SIZE_IS(ev_hdr, 72);
EV_SIZE_IS(ev_nsset, 40);
EV_SIZE_IS(ev_caller, 48);
EV_KIND_LIST(EV_KIND_SIZE)

#endif
