// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/actions.h"
#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "lib/buf.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "why/step.h"

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

int actions_begin(bool explain)
{
	struct err err = {0};

	if (filecaps_limit(0, &err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	if (explain)
		step_set_witness(step_tell, NULL);
	return 0;
}

int actions_trace(const char *options, char **argv, int (*main)(void *ctx), void *ctx)
{
	auto_free char *words = strdup(options ? options : "");
	auto_free char **v = NULL;
	struct trace_command command = {0};
	struct trace_opts o;
	size_t n = 0, most = strlen(options ? options : "") / 2 + 1;
	int argc, status;
	char *save = NULL;

	for (argc = 0; argv[argc]; argc++)
		;
	v = calloc(most + (size_t)argc + 4, sizeof(*v));
	if (!words || !v) {
		log_say("out of memory");
		return EXIT_FAIL;
	}
	v[n++] = (char *)"trace";
	for (char *w = strtok_r(words, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save))
		v[n++] = w;
	v[n++] = (char *)"--";
	v[n++] = (char *)"nswatch";
	for (int i = 0; i < argc; i++)
		v[n++] = argv[i];
	status = trace_parse(&o, (int)n, v, &command);
	if (status < 0) {
		command.main = main;
		command.ctx = ctx;
		status = trace_run(&o, &command);
	}
	trace_opts_free(&o);
	return status;
}
