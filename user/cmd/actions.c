// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/actions.h"
#include "lib/buf.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opts.h"
#include "ns/step.h"

static void step_tell(const struct step *s, int code, void *ctx)
{
	auto_buf struct buf name = {0}, why = {0};
	char *line, *save = NULL;

	step_name(&name, s);
	if (code >= 0) {
		log_say("step: %s", name.s);
		return;
	}
	log_say("step: %s: %s (%s)", name.s, strerror(-code), strerrorname_np(-code) ?: "?");
	if (!step_explain(s, code, &why))
		return;
	for (line = strtok_r(why.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		log_say("  %s", line);
}

void actions_explain(void)
{
	step_set_witness(step_tell, NULL);
}

/* This program by a path that others can run it by, too; a removed one only as /proc has it. */
static char *self_path(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n > 0) {
		path[n] = '\0';
		if (!access(path, X_OK))
			return strdup(path);
	}
	return strdup("/proc/self/exe");
}

int actions_trace(const char *cmd, const char *options, int argc, char **argv, struct err *err)
{
	auto_free char *self = self_path(), *words = strdup(options ? options : "");
	auto_free char **v = NULL;
	size_t n = 0, most = strlen(options ? options : "") / 2 + 1;
	char *save = NULL;

	v = calloc(most + (size_t)argc + 8, sizeof(*v));
	if (!self || !words || !v)
		return err_set(err, -ENOMEM, "trace");
	v[n++] = self;
	v[n++] = (char *)"trace";
	for (char *w = strtok_r(words, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save))
		v[n++] = w;
	v[n++] = (char *)"--";
	v[n++] = self;
	v[n++] = (char *)cmd;
	v[n++] = (char *)"--traced";
	for (int i = 1; i < argc; i++)
		v[n++] = argv[i];
	execv(self, v);
	return err_set(err, -errno, "run %s", self);
}
