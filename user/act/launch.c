// SPDX-License-Identifier: GPL-2.0-or-later
/* launch.c - the child that runs the program, and waiting for it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/launch.h"
#include "why/step.h"
#include "lib/util.h"

/* What the parent takes for itself while it waits. */
static void signals_of(const struct launch_how *how, sigset_t *ret)
{
	/* Errors of the process itself, and what stops and continues it as a job. */
	static const int own[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};

	sigemptyset(ret);
	if (how->signals == LAUNCH_AS_IS)
		return;
	if (how->signals == LAUNCH_PASS_ALL) {
		sigfillset(ret);
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			sigdelset(ret, own[i]);
		return;
	}
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	if (how->signals == LAUNCH_PASS)
		sigaddset(ret, SIGCHLD);
}

void launch_init(void)
{
	signal(SIGCHLD, SIG_DFL);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* The lowest free number is this one. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

/* What both ways of forking begin and end with. */
static void fork_begin(struct launch *l, const struct launch_how *how)
{
	sigset_t taken;

	*l = (struct launch){.how = *how, .parent_fd = -1};
	/* Before 5.3 there is none: the parent's death before launch_tie goes unnoticed then. */
	if (how->kill_child)
		l->parent_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	signals_of(how, &taken);
	sigprocmask(SIG_BLOCK, &taken, &l->mask);
}

static int fork_end(struct launch *l, int code, struct err *err)
{
	if (code)
		sigprocmask(SIG_SETMASK, &l->mask, NULL);
	if (l->parent_fd >= 0)
		close(l->parent_fd);
	l->parent_fd = -1;
	return step_done(&STEP(FORK), code, err);
}

int launch_fork(const struct launch_how *how, struct launch *ret, struct err *err)
{
	struct launch l;

	fork_begin(&l, how);
	l.pid = fork();
	if (!l.pid) {
		sigprocmask(SIG_SETMASK, &l.mask, NULL);
		*ret = l;
		return 0;
	}
	*ret = l;
	return fork_end(ret, l.pid < 0 ? -errno : 0, err);
}

struct spawn {
	struct launch l; /* the child's */
	launch_fn fn;
	void *ctx;
};

static int spawn_main(void *arg)
{
	struct spawn *s = arg;

	return s->fn(&s->l, s->ctx);
}

int launch_spawn(
	const struct launch_how *how, launch_fn fn, void *ctx, struct launch *ret, struct err *err)
{
	/* Its own stack, because the parent goes on with its own when the program runs. */
	static char stack[512 * 1024] __attribute__((aligned(16)));
	struct spawn s = {.fn = fn, .ctx = ctx};
	sigset_t all, waiting;
	int code = 0;

	fork_begin(ret, how);
	s.l = *ret;
	/* A child that is stopped or killed half-way would leave the parent hanging. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &waiting);
	ret->pid = clone(spawn_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &s);
	if (ret->pid < 0)
		code = -errno;
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	return fork_end(ret, code, err);
}

int launch_tie(struct launch *l, struct err *err)
{
	struct step s = STEP(DEATHSIG);
	struct pollfd p = {.fd = l->parent_fd, .events = POLLIN};
	int r = 0;

	if (l->how.kill_child) {
		if (prctl(PR_SET_PDEATHSIG, l->how.kill_child))
			r = -errno;
		/* The signal comes only for a death after prctl. */
		else if (l->parent_fd >= 0 && poll(&p, 1, 0) > 0)
			r = -ESRCH;
		if (l->parent_fd >= 0)
			close(l->parent_fd);
		l->parent_fd = -1;
		r = step_done(&s, r, err);
	}
	sigprocmask(SIG_SETMASK, &l->mask, NULL);
	return r;
}

/* The child's state; 1 if it ended. */
static int child_look(struct launch *l, int flags, int *ret_status)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(l->pid, &status, flags | (l->how.stop_along ? WUNTRACED : 0));

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return pid ? -errno : 0;
		if (!WIFSTOPPED(status))
			break;
		/* It was stopped: whoever waits for us is to see that, and SIGCONT is for it. */
		kill(getpid(), SIGSTOP);
		kill(l->pid, SIGCONT);
	}
	*ret_status = status;
	return 1;
}

int launch_wait(struct launch *l, int *ret_status, struct err *err)
{
	bool pass = l->how.signals == LAUNCH_PASS || l->how.signals == LAUNCH_PASS_ALL;
	sigset_t taken;
	siginfo_t si;
	int r;

	signals_of(&l->how, &taken);
	for (;;) {
		r = child_look(l, pass ? WNOHANG : 0, ret_status);
		if (r < 0)
			return err_set(err, r, "wait for process %d", (int)l->pid);
		if (r > 0)
			return 0;
		if (sigwaitinfo(&taken, &si) < 0 || si.si_signo == SIGCHLD)
			continue;
		/*
		 * What the terminal sends goes to its whole process group: the child has
		 * it already.
		 */
		if (si.si_code != SI_KERNEL)
			kill(l->pid, si.si_signo);
	}
}

int launch_exit_status(const struct launch *l, int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	sigset_t set;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (!sig)
		return 1;
	if (sig != SIGKILL)
		signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), sig);
	return 1;
}

/* RTMIN, RTMIN+N, RTMAX-N, also without MIN+: RT3. */
static int realtime_parse(const char *s, int *ret)
{
	static const struct {
		const char *name;
		int base, sign; /* 0: the name is all */
	} forms[] = {{"MIN+", 0, 1}, {"MAX-", 1, -1}, {"MIN", 0, 0}, {"MAX", 1, 0}, {"", 0, 1}};
	char *end;
	long n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t len = strlen(forms[i].name);
		const char *digits = s + len;

		if (strncasecmp(s, forms[i].name, len) != 0)
			continue;
		end = (char *)digits;
		if (forms[i].sign) {
			n = digits[0] >= '0' && digits[0] <= '9' ? strtol(digits, &end, 10) : -1;
			if (n < 0 || n > SIGRTMAX)
				return -EINVAL;
		}
		n = (forms[i].base ? SIGRTMAX : SIGRTMIN) + forms[i].sign * n;
		if (*end || n < SIGRTMIN || n > SIGRTMAX)
			return -EINVAL;
		*ret = (int)n;
		return 0;
	}
	return -EINVAL;
}

int launch_signal_parse(const char *s, int *ret)
{
	static const struct {
		const char *name;
		int sig;
	} others[] = {{"IOT", SIGIOT}, {"CLD", SIGCHLD}, {"IO", SIGIO}};
	char *end;
	long n;

	if (s[0] >= '0' && s[0] <= '9') {
		n = strtol(s, &end, 10);
		if (*end || n < 1 || n > SIGRTMAX)
			return -EINVAL;
		*ret = (int)n;
		return 0;
	}
	if (!strncasecmp(s, "SIG", 3))
		s += 3;
	if (!strncasecmp(s, "RT", 2))
		return realtime_parse(s + 2, ret);
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *name = sigabbrev_np(i);

		if (name && !strcasecmp(name, s)) {
			*ret = i;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (strcasecmp(others[i].name, s) != 0)
			continue;
		*ret = others[i].sig;
		return 0;
	}
	return -EINVAL;
}
