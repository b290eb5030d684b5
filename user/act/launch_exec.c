// SPDX-License-Identifier: GPL-2.0-or-later
/* launch_exec.c - what the program starts with, and the program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <paths.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/fd.h"
#include "act/launch.h"
#include "why/step.h"

int launch_open_dir(int dirfd, const char *path, struct err *err)
{
	struct step s = STEP(OPEN, .what = path);
	int fd = openat(dirfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = step_done(&s, fd < 0 ? -errno : 0, err);

	return r ? r : fd;
}

int launch_chroot(int fd, const char *what, struct err *err)
{
	struct step s = STEP(CHROOT, .what = what);

	return step_done(&s, fchdir(fd) || chroot(".") ? -errno : 0, err);
}

int launch_chdir(int fd, const char *what, struct err *err)
{
	struct step s = STEP(CHDIR, .what = what);

	return step_done(&s, fchdir(fd) ? -errno : 0, err);
}

int launch_ids(const struct launch_ids *ids, struct err *err)
{
	char number[16];
	int r = 0;

	if (ids->drop_groups)
		r = step_done(&STEP(SETGROUPS), setgroups(0, NULL) ? -errno : 0, err);
	if (!r && ids->set_gid) {
		snprintf(number, sizeof(number), "%u", ids->gid);
		r = step_done(&STEP(SETGID, .what = number), setgid(ids->gid) ? -errno : 0, err);
	}
	if (!r && ids->set_uid) {
		snprintf(number, sizeof(number), "%u", ids->uid);
		r = step_done(&STEP(SETUID, .what = number), setuid(ids->uid) ? -errno : 0, err);
	}
	return r;
}

int launch_keep_caps(struct err *err)
{
	struct step s = STEP(CAPS);
	struct caps c;
	int r = caps_get(&c);

	/* Only what is inheritable can be ambient: cap_task_prctl() in security/commoncap.c. */
	c.inheritable = c.permitted;
	if (!r)
		r = caps_set(&c);
	for (unsigned int cap = 0; !r && cap < 8 * sizeof(c.effective); cap++) {
		/* What this kernel does not know is in nobody's set. */
		if (!(c.effective & CAP_BIT(cap)))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			r = -errno;
	}
	return step_done(&s, r, err);
}

int launch_env_keep(char *const *names, size_t count)
{
	char **values = calloc(count + 1, sizeof(*values));
	int r = values ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++) {
		const char *v = getenv(names[i]);

		if (v && !(values[i] = strdup(v)))
			r = -ENOMEM;
	}
	if (!r && clearenv())
		r = -ENOMEM;
	for (size_t i = 0; values && i < count; i++) {
		if (!r && values[i] && setenv(names[i], values[i], 0))
			r = -errno;
		free(values[i]);
	}
	free(values);
	return r;
}

int launch_env_set(const char *text, size_t len)
{
	const char *end = text + len;

	if (clearenv())
		return -ENOMEM;
	while (text < end) {
		size_t n = strnlen(text, (size_t)(end - text));
		auto_free char *entry = strndup(text, n);
		char *eq = entry ? strchr(entry, '=') : NULL;

		if (!entry)
			return -ENOMEM;
		text += n + 1;
		if (!eq || eq == entry)
			continue;
		*eq = '\0';
		/* The last of a name wins, as getenv of the target's own shell would have it. */
		if (setenv(entry, eq + 1, 1))
			return -errno;
	}
	return 0;
}

/* --- the program --- */

static const char *shell_default(void)
{
	const char *shell = getenv("SHELL");
	const struct passwd *pw;

	if (shell && *shell)
		return shell;
	pw = getpwuid(getuid());
	return pw && pw->pw_shell && *pw->pw_shell ? pw->pw_shell : _PATH_BSHELL;
}

int launch_exec(char *const *argv, struct err *err)
{
	struct step s = STEP(EXEC);
	auto_buf struct buf name = {0};
	const char *slash;
	int code;

	if (argv && argv[0]) {
		s.what = argv[0];
		step_done(&s, 0, NULL); /* the witness would not come to hear of it later */
		execvp(argv[0], argv);
	} else {
		s.what = shell_default();
		slash = strrchr(s.what, '/');
		/* The dash makes it a login shell. */
		buf_printf(&name, "-%s", slash ? slash + 1 : s.what);
		step_done(&s, 0, NULL);
		execv(s.what, (char *[]){name.s, NULL});
	}
	code = -errno;
	step_done(&s, code, err);
	return code == -ENOENT ? LAUNCH_EXIT_NOENT : LAUNCH_EXIT_EXEC;
}
