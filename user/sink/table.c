// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c - the sinks that --to names. */
#include <errno.h>
#include <string.h>

#include "lib/text.h"
#include "stream/sink.h"
#include "lib/util.h"

const struct sink_ops *const sinks[] = {&sink_lines, &sink_json, &sink_record, &sink_history,
	&sink_summary, &sink_counts, &sink_journal, &sink_metrics, &sink_report};
const size_t sinks_count = ARRAY_SIZE(sinks);

static int sink_unknown(const char *name, size_t len, struct err *err)
{
	struct near near = near_to(name, len);

	for (size_t i = 0; i < sinks_count; i++)
		near_try(&near, sinks[i]->name);
	err_say(err, -EINVAL, "--to: no kind of output '%.*s'%s%s%s", (int)len, name,
		near.best ? ", did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return -EINVAL;
}

int sink_parse(const char *text, const struct sink_ops **ret, const char **ret_arg, struct err *err)
{
	size_t len = strcspn(text, ":");
	const char *arg = text[len] ? text + len + 1 : NULL;

	for (size_t i = 0; i < sinks_count; i++) {
		const struct sink_ops *ops = sinks[i];

		if (strlen(ops->name) != len || strncmp(ops->name, text, len) != 0)
			continue;
		if (arg && (!ops->arg || !*arg))
			return err_say(err, -EINVAL, "--to %s: %s", text,
				ops->arg ? "the name of a file is missing behind the colon"
					 : "nothing may stand behind its name");
		if (!arg && ops->arg_needed)
			return err_say(err, -EINVAL, "--to %s: it needs a %s: %s:%s", text,
				ops->arg, ops->name, ops->arg);
		*ret = ops;
		*ret_arg = arg;
		return 0;
	}
	return sink_unknown(text, len, err);
}
