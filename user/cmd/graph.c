// SPDX-License-Identifier: GPL-2.0-or-later
/* graph.c - nswatch graph: the options. */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/graph.h"
#include "cmd/lookback.h"
#include "kernel/nstype.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "lib/util.h"
#include "out/color.h"
#include "out/columns.h"
#include "out/wrap.h"
#include "picture/format.h"
#include "picture/system.h"

struct graph_opts {
	struct picture_wants wants;
	struct lookback_opts past;
	const char *diff_since;
	int format, color;
	bool json;
};

enum {
	EXCL_FORMAT = 1,
};

#define S struct graph_opts

static const struct opt rows[] = {
	{'a', "all", NULL, OPT_FLAG(S, wants.all), .group = "What is drawn",
		.help = "everything: without it one of several boxes or lines that are alike "
			"stands for all of them (\303\227"
			"37), and of a box with many lines those are "
			"drawn that are linked to something"},
	{'A', "addresses", NULL, OPT_FLAG(S, wants.addresses),
		.help = "net: the addresses of devices"},
	{'f', "format", "FORMAT", OPT_CHOICE(S, format), .choices = picture_format_names,
		.exclude = EXCL_FORMAT, .group = "Form",
		.help = "text (the default), svg, dot (for Graphviz) or json"},
	{'J', "json", NULL, OPT_FLAG(S, json), .exclude = EXCL_FORMAT,
		.help = "the same as --format=json"},
	{0, "color", "WHEN", OPT_CHOICE(S, color), .choices = form_colors,
		.help = "colours of text: auto, always, never"},
	LOOKBACK_ROWS(S, past, "the picture"),
	{0, "diff-since", "WHEN", OPT_STR(S, diff_since),
		.help = "mark what is new since WHEN, and draw what is gone since, by what "
			"`nswatch record` recorded"},
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair exits[] = {
	{"0", "done"},
	{"1", "failed while running, or what was asked for is not there"},
	{"2", "wrong usage"},
	{"3", "the rights or the kernel do not allow it"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch graph net", "all net namespaces with their devices, and what leads where"},
	{"nswatch graph net docker:web", "the net namespace of a container, and what one link of a "
					 "device leads to"},
	{"nswatch graph net eth0 --addresses", "devices of that name, and their other ends"},
	{"nswatch graph pid 4711", "a process, and the pid namespace that its children go to"},
	{"nswatch graph user", "the tree of user namespaces, and what each owns"},
	{"nswatch graph net --at '10m ago'", "as it was then, by what was recorded"},
	{"nswatch graph net --diff-since '1h ago'", "what came and went since then"},
	{"nswatch graph net --format svg >net.svg", "a drawing for a browser or a document"},
	{"nswatch graph net --format dot | dot -Tpdf >net.pdf", "the same by Graphviz"},
	{0},
};

const struct opts_spec graph_spec = {
	.name = "nswatch graph",
	.summary = "Draw namespaces: how they are connected, and which processes are in them.",
	.usage = (const char *const[]){"[OPTION...] KIND [WHAT...]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.permute = true,
	.operand = OPT_C_GRAPH_DO,
	.notes =
		"KIND is a type of namespaces: net (with devices), pid and user (trees), mnt, uts, "
		"ipc, cgroup, time. With WHAT only that is drawn and what is one link away from "
		"it: a namespace (net:[4026532938], 4026532938, /proc/1/ns/net; of net also a name "
		"below /run/netns), a process (4711, web:7), a container (docker:web, web), of net "
		"also a device. Without root the picture has what the user may see.",
	.examples = examples,
	.exits = exits,
};

static int usage(const struct err *err)
{
	log_err(err);
	if (!err->hint[0])
		log_say("`nswatch graph --help` says more");
	return EXIT_USAGE;
}

static int kind_find(const struct opts_rest *rest, int *ret, struct err *err)
{
	const char *word = rest->argc ? rest->argv[0] : NULL;
	int type = word ? ns_type_by_name(word, strlen(word)) : -1;

	if (type >= 0) {
		*ret = type;
		return 0;
	}
	if (word)
		err_say(err, -EINVAL, "graph draws no '%.64s'", word);
	else
		err_say(err, -EINVAL, "graph: of which type of namespaces?");
	err_hint(err, "there are net, pid, user, mnt, uts, ipc, cgroup, time");
	return -EINVAL;
}

static struct picture_style style_of(const struct graph_opts *o)
{
	return (struct picture_style){
		.width = wrap_terminal(),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.color = color_enabled((enum color_when)o->color, STDOUT_FILENO),
	};
}

static int picture_fill(struct snapshot *s, const struct graph_opts *o, uint32_t type,
	struct picture *ret, struct err *err)
{
	int r = picture_read(s, type, err);

	if (r)
		return r;
	if (type == NS_NET)
		picture_of_net(s, &o->wants, ret);
	else
		picture_of_processes(s, type, &o->wants, ret);
	return 0;
}

/* known: NULL, or an earlier picture, in which a word may name something, too. */
static int words_ask(struct snapshot *s, uint32_t type, const struct opts_rest *rest,
	struct picture *p, bool *known, struct err *err)
{
	for (int i = 1; i < rest->argc; i++) {
		int r = graph_ask(s, type, rest->argv[i], p, err);

		if (known && r == -ENOENT && lookback_on())
			continue;
		if (known && (r == -ENOENT || r == -ESRCH) && known[i])
			continue;
		if (r)
			return r;
		if (known)
			known[i] = true;
	}
	return 0;
}

static int earlier_make(const struct graph_opts *o, uint32_t type, const struct opts_rest *rest,
	bool *known, struct picture *ret, struct err *err)
{
	auto_snapshot struct snapshot s = {0};
	struct table_style style = {0};
	int r = lookback_to("diff-since", o->diff_since, o->past.db, false, err);

	if (!r)
		r = picture_fill(&s, o, type, ret, err);
	if (!r)
		r = words_ask(&s, type, rest, ret, known, err);
	lookback_style(&style);
	ret->since = style.at;
	snapshot_free(&s);
	s = (struct snapshot){0};
	lookback_end();
	return r;
}

static int both_make(struct snapshot *s, const struct graph_opts *o, uint32_t type,
	const struct opts_rest *rest, struct picture *ret, struct err *err)
{
	auto_picture struct picture was = {0};
	auto_free bool *known = calloc((size_t)rest->argc + 1, sizeof(*known));
	int r = known ? earlier_make(o, type, rest, known, &was, err)
		      : err_set(err, -ENOMEM, "draw");

	if (!r)
		r = picture_fill(s, o, type, ret, err);
	if (!r)
		r = words_ask(s, type, rest, ret, known, err);
	if (r)
		return r;
	ret->since = was.since;
	r = picture_compare(ret, &was);
	return r ? err_set(err, r, "compare pictures") : 0;
}

static int picture_make(struct snapshot *s, const struct graph_opts *o, uint32_t type,
	const struct opts_rest *rest, struct picture *ret, struct err *err)
{
	int r;

	if (o->diff_since) {
		r = both_make(s, o, type, rest, ret, err);
	} else {
		r = picture_fill(s, o, type, ret, err);
		if (!r)
			r = words_ask(s, type, rest, ret, NULL, err);
	}
	if (r)
		return r;
	if (rest->argc > 1)
		picture_choose(ret);
	if (!o->wants.all)
		picture_fold(ret);
	picture_finish(ret);
	return 0;
}

static int past_begin(const struct graph_opts *o, struct err *err)
{
	if (o->diff_since && o->past.at)
		return err_say(err, -EINVAL, "--at does not go with --diff-since");
	if (o->diff_since)
		return 0;
	if (o->past.db && !o->past.at)
		return err_say(err, -EINVAL, "--db goes with --at or --diff-since");
	return lookback_begin(&o->past, err);
}

static int graph_draw(const struct graph_opts *o, uint32_t type, const struct opts_rest *rest)
{
	auto_snapshot struct snapshot s = {0};
	auto_picture struct picture p = {0};
	auto_buf struct buf out = {0};
	struct picture_style style = style_of(o);
	struct err err = {0};
	int r = past_begin(o, &err);

	if (!r)
		r = picture_make(&s, o, type, rest, &p, &err);
	if (r == -EINVAL)
		return usage(&err);
	if (r)
		return output_fail(&err);
	picture_formats[o->json ? PICTURE_FORMAT_json : o->format].write(&p, &style, &out);
	if (type == NS_NET)
		output_unreadable(s.view.unreadable);
	if (!lookback_on())
		output_hidden(&s.tasks, p.kind);
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}

int cmd_graph(int argc, char **argv)
{
	struct graph_opts o = {0};
	struct opts_rest rest = {0};
	struct err err = {0};
	int type, ret = opts_parse(&graph_spec, argc, argv, &o, &rest, &err);

	if (cmd_opts_done(&graph_spec, ret, &err, &ret))
		return ret;
	if (kind_find(&rest, &type, &err))
		return usage(&err);
	ret = graph_draw(&o, (uint32_t)type, &rest);
	lookback_end();
	opts_free(&graph_spec, &o);
	return ret;
}
