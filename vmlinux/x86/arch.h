/* SPDX-License-Identifier: GPL-2.0-only */
/* What of vmlinux.h depends on the architecture: x86-64. */

/* The prefix of the functions behind system calls (arch/x86/include/asm/syscall_wrapper.h). */
#define SYS_WRAPPER "__x64_sys_"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax, ip;
	unsigned long cs, flags, sp, ss;
};

struct thread_info {
	u32 status;
};

#pragma clang attribute pop

/* The numbers of the system calls that send signals. */
#define SYS_SIGNALS(X) X(62) X(129) X(200) X(234) X(297) X(424)

/* Arguments of a system call in the registers that its wrapper gets. */
#define SYS_ARG1(regs) BPF_CORE_READ(regs, di)
#define SYS_ARG2(regs) BPF_CORE_READ(regs, si)
#define SYS_ARG3(regs) BPF_CORE_READ(regs, dx)
#define SYS_ARG4(regs) BPF_CORE_READ(regs, r10)
/* What the call answers, as set before its return. */
#define SYS_RESULT(regs) ((s64)BPF_CORE_READ(regs, ax))
/* The number of the call, and those of calls (arch/x86/entry/syscalls/syscall_64.tbl). */
#define SYS_NR(regs) BPF_CORE_READ(regs, orig_ax)
/* The same by a load, of a pointer that the verifier knows. */
#define SYS_NR_KNOWN(regs) ((regs)->orig_ax)
#define NR_CLONE     56
#define NR_FORK      57
#define NR_VFORK     58
#define NR_UNSHARE   272
#define NR_SETNS     308
#define NR_CLONE3    435
#define NR_OPEN_TREE 428
#define NR_FSMOUNT   432
#define NR_MOUNT 165
#define NR_UMOUNT 166
#define NR_FSCONFIG 431
#define NR_MOVE_MOUNT 429
#define NR_FSOPEN 430
#define NR_MOUNT_SETATTR 442
#define NR_OPEN 2
#define NR_OPENAT 257
#define NR_OPENAT2 437
#define NR_WRITE 1
#define NR_WRITEV 20
#define NR_PWRITE64 18
#define NR_PWRITEV 296
#define NR_PWRITEV2 328
#define NR_SETGROUPS 116
#define NR_RECVFROM 45
#define NR_RECVMSG 47

/*
 * System calls of the 32-bit ABI: of 32-bit programs, and by int 0x80 in others.
 * TS_COMPAT (arch/x86/include/asm/thread_info.h) is set from their entry until the return to
 * user mode, and in an exec of a 32-bit program.
 */
#define COMPAT_WRAPPER    "__ia32_sys_"
#define TASK_IN_COMPAT(t) (BPF_CORE_READ(t, thread_info.status) & 0x2)
#define COMPAT_ARG1(regs) ((u32)BPF_CORE_READ(regs, bx))
#define COMPAT_ARG2(regs) ((u32)BPF_CORE_READ(regs, cx))
#define COMPAT_NR(regs)   ((u32)BPF_CORE_READ(regs, orig_ax))
/* arch/x86/entry/syscalls/syscall_32.tbl */
#define COMPAT_NR_fork    2
#define COMPAT_NR_clone   120
#define COMPAT_NR_vfork   190
#define COMPAT_NR_unshare 310
#define COMPAT_NR_setns   346
#define COMPAT_NR_clone3  435
