// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * int80.c [wait] - system calls of the 32-bit ABI, by int 0x80: of a 64-bit program, and (built
 * with -m32 and without a C library, as int80_m32) of a 32-bit one. Tells "key value" lines as
 * nsact does: uts namespaces before, between and after, and the result of each call.
 *
 * With wait it stops itself first and acts when it is continued; with late it acts twice, with a
 * second between.
 */
#define CLONE_FS      0x00000200
#define CLONE_NEWNS   0x00020000
#define CLONE_NEWUTS  0x04000000
#define CLONE_NEWIPC  0x08000000
#define CLONE_SIGHAND 0x00000800
#define SIGCHLD       17
#define SIGSTOP       19

/* arch/x86/entry/syscalls/syscall_32.tbl */
enum {
	NR_exit = 1,
	NR_write = 4,
	NR_open = 5,
	NR_waitpid = 7,
	NR_getpid = 20,
	NR_kill = 37,
	NR_readlink = 85,
	NR_clone = 120,
	NR_nanosleep = 162,
	NR_unshare = 310,
	NR_setns = 346,
};

static int call(int nr, long a, long b, long c, long d)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"((long)nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
			 : "memory");
	return (int)r;
}

/* Below 4 GB also in a 64-bit program: it is linked at a fixed place. */
static char text[128];
static const char uts[] = "/proc/thread-self/ns/uts";

static void say(const char *key, int n)
{
	char *p = text;
	char digits[12];
	int len = 0;

	while (*key)
		*p++ = *key++;
	*p++ = ' ';
	if (n < 0) {
		*p++ = '-';
		n = -n;
	}
	do
		digits[len++] = (char)('0' + n % 10);
	while (n /= 10);
	while (len)
		*p++ = digits[--len];
	*p++ = '\n';
	call(NR_write, 1, (long)text, p - text, 0);
}

/* "uts:[N]" to "key N" */
static void say_uts(const char *key)
{
	static char link[64];
	int n = call(NR_readlink, (long)uts, (long)link, sizeof(link), 0);
	char *p = text;

	while (*key)
		*p++ = *key++;
	*p++ = ' ';
	for (int i = 5; i < n - 1; i++)
		*p++ = link[i];
	*p++ = '\n';
	call(NR_write, 1, (long)text, p - text, 0);
}

static void acts(void)
{
	int fd = call(NR_open, (long)uts, 0, 0, 0), pid;

	say_uts("uts1");
	say("unshare", call(NR_unshare, CLONE_NEWUTS, 0, 0, 0));
	say_uts("uts2");
	say("fd", fd);
	say("setns", call(NR_setns, fd, CLONE_NEWUTS, 0, 0));
	say_uts("uts3");
	say("setns_bad", call(NR_setns, -1, 0, 0, 0));
	say("unshare_bad", call(NR_unshare, 1, 0, 0, 0));
	pid = call(NR_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0);
	if (!pid)
		call(NR_exit, 0, 0, 0, 0);
	call(NR_waitpid, pid, 0, 0, 0);
	say("child", pid);
	say("clone_bad", call(NR_clone, CLONE_NEWIPC | CLONE_SIGHAND | SIGCHLD, 0, 0, 0));
}

static int go(int argc, char **argv)
{
	static int second[2] = {1, 0};

	say("pid", call(NR_getpid, 0, 0, 0, 0));
	if (argc > 1 && argv[1][0] == 'w')
		call(NR_kill, call(NR_getpid, 0, 0, 0, 0), SIGSTOP, 0, 0);
	acts();
	if (argc > 1 && argv[1][0] == 'l') {
		call(NR_nanosleep, (long)second, 0, 0, 0);
		acts();
	}
	return 0;
}

#ifdef __i386__
/* The stack of a new program: argc, argv. */
__attribute__((used)) static void begin(int *stack)
{
	call(NR_exit, go(*stack, (char **)(stack + 1)), 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tand $-16, %esp\n\tsub $12, %esp\n\tpush "
	"%eax\n\tcall begin\n");
#else
int main(int argc, char **argv)
{
	return go(argc, argv);
}
#endif
