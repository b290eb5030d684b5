/* SPDX-License-Identifier: GPL-2.0-only */
/* What of vmlinux.h depends on the architecture: arm64. */

/* The prefix of the functions behind system calls (arch/arm64/include/asm/syscall_wrapper.h). */
#define SYS_WRAPPER "__arm64_sys_"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

struct pt_regs {
	union {
		struct user_pt_regs user_regs;
		struct {
			u64 regs[31];
			u64 sp;
			u64 pc;
			u64 pstate;
		};
	};
	u64 orig_x0;
	s32 syscallno;
};

struct thread_info {
	unsigned long flags;
};

#pragma clang attribute pop

/* The numbers of the system calls that send signals. */
#define SYS_SIGNALS(X) X(129) X(130) X(131) X(138) X(240) X(424)

/* Arguments of a system call; x0 is overwritten by the result, orig_x0 is not. */
#define SYS_ARG1(regs) BPF_CORE_READ(regs, orig_x0)
#define SYS_ARG2(regs) BPF_CORE_READ(regs, regs[1])
#define SYS_ARG3(regs) BPF_CORE_READ(regs, regs[2])
#define SYS_ARG4(regs) BPF_CORE_READ(regs, regs[3])
/* What the call answers, as set before its return. */
#define SYS_RESULT(regs) ((s64)BPF_CORE_READ(regs, regs[0]))
/* The number of the call, and those of calls (include/uapi/asm-generic/unistd.h). */
#define SYS_NR(regs) BPF_CORE_READ(regs, syscallno)
/* The same by a load, of a pointer that the verifier knows. */
#define SYS_NR_KNOWN(regs) ((regs)->syscallno)
#define NR_UNSHARE   97
#define NR_CLONE     220
#define NR_SETNS     268
#define NR_CLONE3    435
#define NR_OPEN_TREE 428
#define NR_FSMOUNT   432
#define NR_MOUNT 40
#define NR_UMOUNT 39
#define NR_FSCONFIG 431
#define NR_MOVE_MOUNT 429
#define NR_FSOPEN 430
#define NR_MOUNT_SETATTR 442
#define NR_OPENAT 56
#define NR_OPENAT2 437
#define NR_WRITE 64
#define NR_WRITEV 66
#define NR_PWRITE64 68
#define NR_PWRITEV 70
#define NR_PWRITEV2 287
#define NR_SETGROUPS 159
#define NR_RECVFROM 207
#define NR_RECVMSG 212

/*
 * System calls of 32-bit programs, which go through the same functions as the others'.
 * TIF_32BIT: arch/arm64/include/asm/thread_info.h.
 */
#define TASK_IN_COMPAT(t) (BPF_CORE_READ(t, thread_info.flags) & (1UL << 22))
#define COMPAT_ARG1(regs) ((u32)BPF_CORE_READ(regs, orig_x0))
#define COMPAT_ARG2(regs) ((u32)BPF_CORE_READ(regs, regs[1]))
#define COMPAT_NR(regs)   ((u32)BPF_CORE_READ(regs, syscallno))
/* arch/arm64/tools/syscall_32.tbl */
#define COMPAT_NR_fork    2
#define COMPAT_NR_clone   120
#define COMPAT_NR_vfork   190
#define COMPAT_NR_unshare 337
#define COMPAT_NR_setns   375
#define COMPAT_NR_clone3  435
