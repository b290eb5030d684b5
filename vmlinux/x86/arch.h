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

#pragma clang attribute pop

/* The numbers of the system calls that send signals. */
#define SYS_SIGNALS(X) X(62) X(129) X(200) X(234) X(297) X(424)

/* Arguments of a system call in the registers that its wrapper gets. */
#define SYS_ARG1(regs) BPF_CORE_READ(regs, di)
#define SYS_ARG2(regs) BPF_CORE_READ(regs, si)
#define SYS_ARG4(regs) BPF_CORE_READ(regs, r10)
/* The number of the call, and those of calls (arch/x86/entry/syscalls/syscall_64.tbl). */
#define SYS_NR(regs) BPF_CORE_READ(regs, orig_ax)
#define NR_CLONE     56
#define NR_UNSHARE   272
#define NR_SETNS     308
#define NR_CLONE3    435
