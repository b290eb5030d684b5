// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "stream/signals.h"

/* What ends the trace, and what else a command would want to hear of. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int passed_on[] = {SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};

int signals_take(sigset_t *ret_old, struct err *err)
{
	struct sigaction hup;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);
	/* Under nohup(1) the trace is to outlive its terminal; a signal that is blocked is not
	 * ignored. */
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, ret_old))
		return err_set(err, -errno, "block signals");
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(err, -errno, "make a signalfd") : fd;
}

void signals_deadly(bool deadly)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(deadly ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void signals_give_back(int fd, const sigset_t *old)
{
	close(fd);
	sigprocmask(SIG_SETMASK, old, NULL);
}

static bool is_ending(uint32_t sig)
{
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if ((uint32_t)ending[i] == sig)
			return true;
	return false;
}

bool signals_read(int fd, struct child *child)
{
	bool end = false;
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			if (child->pid)
				child_reap(child);
			continue;
		}
		if (child->pid)
			child_forward(child, &si);
		end |= is_ending(si.ssi_signo);
	}
	return end;
}
