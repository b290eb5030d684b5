// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/helper.h"
#include "kernel/idhelper.h"
#include "why/rule.h"
#include "why/step.h"
#include "lib/util.h"

struct answer {
	struct err err; /* .code: 0, or what went wrong */
	int status;
};

/* --- id maps --- */

static char **idmap_argv(const char *name, pid_t pid, const struct idmap *m)
{
	char **v = calloc(3 + 3 * m->n, sizeof(*v));
	size_t n = 0;

	if (!v)
		return NULL;
	v[n++] = strdup(name);
	if (asprintf(&v[n++], "%d", (int)pid) < 0)
		return NULL;
	for (size_t i = 0; i < m->n; i++)
		if (asprintf(&v[n++], "%u", m->v[i].inner) < 0 ||
			asprintf(&v[n++], "%u", m->v[i].outer) < 0 ||
			asprintf(&v[n++], "%u", m->v[i].count) < 0)
			return NULL;
	return v; /* of a process that runs it or ends */
}

static int status_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* 0, or the errno of a row that says that it will fail. */
static int map_foreseen(const struct step *s)
{
	static const int codes[] = {-EINVAL, -EACCES, -EPERM};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		auto_finding struct finding f = {0};

		if (step_why(s, codes[i], NULL, &f))
			return codes[i];
	}
	return 0;
}

/* What it says itself is on the terminal already. */
static int map_ended(const struct step *s, const char *path, struct answer *a)
{
	auto_finding struct finding f = {0};
	auto_buf struct buf text = {0};
	struct step end = *s;

	if (!a->status)
		return step_done(s, 0, NULL);
	end.call = STEP_NEWIDMAP_END;
	step_done(&end, -EPERM, NULL); /* for the witness */
	step_why(&end, -EPERM, NULL, &f);
	finding_say(&f, "{why}", &text);
	err_say(&a->err, -EPERM, "%s ended with status %d: %s", path, a->status, text.s);
	buf_reset(&text);
	finding_say(&f, "{todo}", &text);
	if (text.len)
		err_hint(&a->err, "%s", text.s);
	if (a->status < 0 || a->status > 125)
		a->status = 1;
	return -EPERM;
}

static int map_by_program(const char *name, pid_t target, const struct idmap *m, struct answer *a)
{
	struct step s = STEP(NEWIDMAP, .what = name, .map = m);
	char path[64];
	const char *program = idhelper_path(name, path);
	int code;
	pid_t pid;

	a->status = 127;
	if (!program)
		return step_done(&s, -ENOENT, &a->err);
	code = map_foreseen(&s);
	if (code) {
		a->status = 1;
		return step_done(&s, code, &a->err);
	}
	pid = fork();
	if (pid < 0)
		return step_done(&STEP(FORK), -errno, &a->err);
	if (!pid) {
		char **argv = idmap_argv(name, target, m);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (argv)
			execv(program, argv);
		_exit(126);
	}
	a->status = status_wait(pid);
	return map_ended(&s, path, a);
}

static int map_by_write(
	const char *file, enum step_call call, int procfd, const struct idmap *m, struct answer *a)
{
	struct step s = {.call = call, .map = m};
	auto_fd int fd = openat(procfd, file, O_WRONLY | O_CLOEXEC);
	auto_buf struct buf text = {0};

	if (fd < 0)
		return step_done(&s, -errno, &a->err);
	idmap_text(m, &text);
	/* The kernel takes one write only. */
	return step_done(&s, write(fd, text.s, text.len) < 0 ? -errno : 0, &a->err);
}

static int maps_write(const struct helper_job *job, int procfd, pid_t target, struct answer *a)
{
	int r = 0;

	if (!geteuid()) {
		if (job->users->n)
			r = map_by_write("uid_map", STEP_UID_MAP, procfd, job->users, a);
		if (!r && job->groups->n)
			r = map_by_write("gid_map", STEP_GID_MAP, procfd, job->groups, a);
		return r;
	}
	if (job->users->n)
		r = map_by_program("newuidmap", target, job->users, a);
	if (!r && job->groups->n)
		r = map_by_program("newgidmap", target, job->groups, a);
	return r;
}

/* --- the process --- */

static void helper_main(const struct helper_job *job, int fd, int procfd, pid_t target)
{
	struct pins none, *pins = job->pins ? job->pins : &none;
	bool keep = false;
	char order;

	pins_init(&none);
	while (recv(fd, &order, 1, 0) == 1) {
		struct answer a = {.status = 1};

		if (order == HELPER_MAP)
			a.err.code = maps_write(job, procfd, target, &a);
		else if (order == HELPER_PIN)
			a.err.code = pins_mount(pins, procfd, &a.err);
		else if (order == HELPER_UNDO)
			pins_undo(pins);
		keep = order == HELPER_KEEP;
		if (send(fd, &a, sizeof(a), MSG_NOSIGNAL) < 0 || order == HELPER_UNDO)
			break;
	}
	if (!keep)
		pins_undo(pins);
	_exit(0);
}

/* What a terminal sends to the caller's group is not to stop the undoing. */
static void signals_block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int helper_start(const struct helper_job *job, struct helper *ret, struct err *err)
{
	auto_fd int procfd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t self = getpid(), pid;
	int pair[2];

	if (procfd < 0)
		return step_done(&STEP(OPEN, .what = "/proc/self"), -errno, err);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(err, -errno, "make a socket");
	pid = fork();
	if (pid < 0) {
		int code = -errno;

		close(pair[0]);
		close(pair[1]);
		return step_done(&STEP(FORK), code, err);
	}
	if (!pid) {
		close(pair[0]);
		signals_block();
		if (job->orphan && fork())
			_exit(0);
		helper_main(job, pair[1], procfd, self);
	}
	close(pair[1]);
	*ret = (struct helper){job->orphan ? 0 : pid, pair[0], 1};
	if (job->orphan)
		status_wait(pid);
	return 0;
}

int helper_ask(struct helper *h, enum helper_order order, struct err *err)
{
	char byte = (char)order;
	struct answer a;
	ssize_t n = -1;

	if (h->fd < 0)
		return 0;
	if (send(h->fd, &byte, 1, MSG_NOSIGNAL) == 1)
		do
			n = recv(h->fd, &a, sizeof(a), 0);
		while (n < 0 && errno == EINTR);
	if (n != sizeof(a))
		return err_say(err, -EPIPE, "the helper process ended too early");
	if (a.err.code && err)
		*err = a.err;
	h->status = a.status;
	return a.err.code;
}

void helper_end(struct helper *h)
{
	fd_closep(&h->fd);
	if (h->pid)
		status_wait(h->pid);
	h->pid = 0;
}
