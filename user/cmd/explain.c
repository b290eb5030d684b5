// SPDX-License-Identifier: GPL-2.0-or-later
/* explain.c - nswatch explain: the options, and what the operand is. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/explain.h"
#include "lib/caps.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/parse.h"
#include "kernel/netnsfs.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "snapshot/named.h"
#include "out/color.h"
#include "out/json.h"
#include "lib/util.h"

static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const sources[] = {"auto", "bpf", "proc", NULL};

/* Options that ask for something of their own. */
enum {
	EXCL_ASKED = 1,
};

static int take_cap(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct explain_opts *o = opts;
	struct near near = near_to(arg, strlen(arg));

	o->cap = cap_parse(arg);
	o->has_cap = true;
	if (o->cap >= 0 && o->cap <= CAP_LAST_CAP)
		return 0;
	for (int i = 0; cap_names[i]; i++)
		near_try(&near, cap_names[i]);
	err_say(err, -EINVAL, "--cap: there is no capability '%.64s'", arg);
	if (near.best)
		err_hint(err, "did you mean '%s'?", near.best);
	else
		err_hint(err, "capabilities(7) lists them, such as net_bind_service");
	return -EINVAL;
}

#define EXIT_NONE                                                                                  \
	(-1) /* no exit status: what was looked for is not there, and nothing was said             \
	      */

#define S struct explain_opts

static const struct opt rows[] = {
	{'a', "all", NULL, OPT_FLAG(S, all), .group = "What",
		.help = "without an operand: also notes, not only what fails or will fail"},
	{0, "container", "NAME,...", OPT_LIST(S, containers), .commas = true,
		.complete = OPT_C_BOXES,
		.help = "without an operand: only what is wrong with processes and namespaces of "
			"these containers or units, by name, id or pod; * and ? as in a "
			"shell"},
	{'r', "read", "FILE", OPT_STR(S, read_from), .complete = OPT_C_FILE,
		.help = "explain a recording of `nswatch trace -w FILE`, or the output of `nswatch "
			"trace -J`; needs no rights"},
	{0, "list", NULL, OPT_FLAG(S, list), .help = "list all codes"},
	{0, "id", "ID", OPT_U64(S, id), .max = UINT32_MAX - 1, .has = OPT_HAS(S, has_id),
		.exclude = EXCL_ASKED,
		.help = "which user and group of the host this id of a process or a namespace is, "
			"through every user namespace"},
	{0, "host-id", "ID", OPT_U64(S, host_id), .max = UINT32_MAX - 1,
		.has = OPT_HAS(S, has_host_id), .exclude = EXCL_ASKED,
		.help = "the way back: what a user and group of the host is inside"},
	{0, "cap", "CAP", OPT_CALL(take_cap), .choices = cap_names, .exclude = EXCL_ASKED,
		.help = "whether the process PID has this capability (net_bind_service) over the "
			"namespace NS, or over each of those that it is in, and by which rule"},
	{'J', "json", NULL, OPT_FLAG(S, json), .group = "Output", .help = "one JSON document"},
	{0, "color", "WHEN", OPT_CHOICE(S, color), .choices = colors,
		.help = "colours: auto, always, never"},
	LOOKBACK_ROWS(S, past, "of a process, namespace, device or container: what is known of it"),
	{0, "source", "SOURCE", OPT_CHOICE(S, source), .choices = sources, .group = "How to look",
		.help = "bpf (a BPF iterator, fast), proc (/proc), or auto: bpf where it works"},
	{0, "hook", "NAME=ALT", OPT_LIST(S, hooks),
		.help = "with a command: force an alternative of a hook, as `nswatch trace` does"},
	{0, "linger", "TIME", OPT_DURATION(S, linger),
		.help = "with a command: after its end, wait at most this long for the ends of its "
			"namespaces (default 500ms)"},
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair examples[] = {
	{"nswatch explain", "everything that is wrong on this system"},
	{"nswatch explain 4711", "a process, its namespaces, and what is wrong with them"},
	{"nswatch explain net:[4026532938]", "a namespace, and what keeps it"},
	{"nswatch explain /run/netns/blue", "the same, by a file"},
	{"nswatch explain docker:web", "the first process of a container"},
	{"nswatch explain --container 'web*'", "what is wrong in containers that are called so"},
	{"nswatch explain eth0", "devices of that name, wherever they are"},
	{"nswatch explain -- unshare -u -p -i sh -c 'date; ls'",
		"run the command, say what happened, and how to call it so that it works"},
	{"nswatch explain --at '10m ago' 4711",
		"the process that had that pid: what happened to it, and why"},
	{"nswatch explain pidns-dead", "what a code means"},
	{"nswatch explain --id 1000 4711", "which user and group of the host 1000 is in there"},
	{"nswatch explain --cap net_bind_service 4711",
		"whether the process may bind port 80, and why"},
	{0},
};

static const struct opts_pair exits[] = {
	{"0", "nothing was found; the id maps; the process has the capability over all"},
	{"1", "something was found; the id does not map; the process lacks the capability"},
	{"2", "wrong usage"},
	{"3", "the process, namespace or device does not exist, or may not be looked at"},
	{"4", "failed while running"},
	{0},
};

const struct opts_spec explain_spec = {
	.name = "nswatch explain",
	.summary = "Explains why something about namespaces went wrong, or will.",
	.usage = (const char *const[]){"[OPTION...] [PID|NS|FILE|NAME|DEV|CODE]",
		"[OPTION...] -- COMMAND [ARG...]", "[OPTION...] -r FILE",
		"[OPTION...] --id|--host-id ID PID|NS|FILE|NAME",
		"[OPTION...] --cap CAP PID|NAME [NS|FILE|PID|NAME]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.notes = "A number is the process with that pid, or else the namespace with that inode "
		 "number. NAME is a container as `nswatch ls` calls it (docker:web, web), the "
		 "process "
		 "with that pid in it (web:7), or a net namespace below /run/netns. Of what is "
		 "gone that is told which `nswatch record` recorded, where it did. Without an "
		 "operand every process and namespace is looked at. nswatch "
		 "says only what it knows, and without root it knows less.",
	.examples = examples,
	.exits = exits,
	.operand = OPT_C_SUBJECT,
};

static int out_put(const struct buf *b)
{
	return output_put(b) ? EXPLAIN_ERROR : 0;
}

struct page page_of(const struct explain_opts *o, struct buf *b)
{
	return (struct page){
		.b = b,
		.width = opts_width(stdout),
		.color = color_enabled((enum color_when)o->color, STDOUT_FILENO),
	};
}

/* --- the catalogue --------------------------------------------------------------------------- */

static int catalogue(const struct explain_opts *o, const struct rule *only)
{
	auto_buf struct buf b = {0};
	struct page p = page_of(o, &b);
	struct json j = {.b = &b};

	if (!o->json) {
		if (only)
			page_rule(&p, only);
		else
			page_rules(&p);
		return out_put(&b);
	}
	if (!only)
		json_array(&j);
	rules_for_each (r)
		if (!only || only == r)
			json_rule(&j, r);
	if (!only)
		json_end_array(&j);
	buf_putc(&b, '\n');
	return out_put(&b);
}

/* --- what is there now ----------------------------------------------------------------------- */

static void say_nothing(struct page *p, struct now *n)
{
	if (p->b->len)
		buf_putc(p->b, '\n');
	buf_puts(p->b, "Nothing found.\n");
}

/* Of all: what nobody could look at may be wrong all the same. */
static int say_unread(struct now *n)
{
	const struct ns_tasks *t = n->e.tasks;
	size_t all = 0, unread = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->rows[i].pid != t->rows[i].tid || t->rows[i].flags & TASK_KTHREAD)
			continue;
		all++;
		unread += t->rows[i].flags & TASK_UNREADABLE;
	}
	if (!unread)
		return EXIT_OK;
	log_say("the namespaces of %zu of %zu processes may not be read", unread, all);
	log_say("run it as root to have all of them looked at");
	return n->found.n ? EXIT_OK : EXPLAIN_GONE;
}

/* t, node: of what; both NULL: of all. */
static int now_show(struct now *n, const struct ns_task *t, const struct ns_node *node)
{
	auto_buf struct buf b = {0};
	struct page p = page_of(n->o, &b);
	struct json j = {.b = &b};
	int r;

	if (n->o->json) {
		json_object(&j);
		json_ku64(&j, "v", 1);
		json_kstr(&j, "host", host_name());
		if (t)
			json_process(&j, n, t);
		if (node)
			json_ns(&j, n, node);
		json_found(&j, &n->found);
		json_end_object(&j);
		buf_putc(&b, '\n');
	} else {
		if (t)
			page_process(&p, n, t);
		if (node)
			page_ns(&p, n, node);
		page_found(&p, &n->found);
		if (!n->found.n)
			say_nothing(&p, n);
	}
	r = out_put(&b);
	return r ? r : n->found.n ? EXPLAIN_FOUND : EXIT_OK;
}

static int gone(const char *word, const char *why)
{
	log_say("%.64s: %s", word, why);
	return EXPLAIN_GONE;
}

/* Options that ask about what is there now. */
static bool is_asked(const struct explain_opts *o)
{
	return o->has_id || o->has_host_id || o->has_cap;
}

/* What is gone may be known to a history. */
static int gone_past(struct now *n, const char *word, const char *why)
{
	int r = is_asked(n->o) ? -1 : explain_past(n->o, word, true);

	return r < 0 ? gone(word, why) : r;
}

static int unreadable(struct now *n, const struct ns_task *t)
{
	if (t->flags & TASK_UNREADABLE && !n->found.n)
		log_say("the namespaces of process %u may not be read: run it as root", t->pid);
	return t->flags & TASK_UNREADABLE && !n->found.n ? EXPLAIN_GONE : 0;
}

static int explain_pid(struct now *n, const struct ns_task *t)
{
	int r, cant;

	now_process(n, t);
	cant = unreadable(n, t);
	r = now_show(n, t, NULL);
	return cant ? cant : r;
}

static int explain_node(struct now *n, const struct ns_node *node)
{
	now_ns(n, node);
	return now_show(n, NULL, node);
}

/*
 * A number, or a namespace as people write it; inum_of_file: of a namespace's file. 0, or an exit
 * status, and why was said.
 */
static int about_find(struct now *n, const char *word, uint32_t inum_of_file, struct about *ret)
{
	const struct ns_node *node;
	struct ns_ref ref = {-1, inum_of_file};
	struct err err = {0};
	uint64_t pid;

	*ret = (struct about){0};
	if (!inum_of_file && !parse_u64(word, 1, INT32_MAX, &pid)) {
		const struct ns_task *t = tasks_find(n->e.tasks, (uint32_t)pid);

		ret->task = t ? tasks_live(n->e.tasks, t) : NULL;
		if (t)
			return 0;
		if (procfs_absent((uint32_t)pid, &err) == -EACCES) {
			log_err(&err);
			return EXPLAIN_GONE;
		}
		return gone_past(n, word, "no such process, and no namespace has that number");
	}
	if (!inum_of_file && ns_ref_parse(word, &ref, NULL))
		return EXIT_USAGE;
	node = ref.type < 0 ? graph_find_inum(&n->data.graph, ref.inum)
			    : graph_find(&n->data.graph, (uint32_t)ref.type, ref.inum);
	if (!node)
		return gone_past(n, word, "no such namespace in sight");
	ret->node = node;
	return 0;
}

static int about_explain(struct now *n, const struct about *about)
{
	return about->task ? explain_pid(n, about->task) : explain_node(n, about->node);
}

static int explain_word(struct now *n, const char *word, uint32_t inum_of_file)
{
	struct about about;
	int r = about_find(n, word, inum_of_file, &about);

	if (r)
		return r;
	return about_explain(n, &about);
}

/* A container, a pid in it, a name below /run/netns: as about_find(); EXIT_NONE: none is called so.
 */
static int about_named(struct now *n, const char *word, struct about *ret)
{
	auto_named struct named named = {0};
	struct err err = {0};
	const struct ns_task *t;
	uint32_t inum = 0;
	int fd = -1, r = named_find(word, true, &named, &err);

	*ret = (struct about){0};
	if (r == -ENOENT)
		return EXIT_NONE;
	if (!r && named.netns) {
		fd = netns_open(word, &err);
		r = fd < 0 ? fd : nsfd_inum(fd, &inum);
		fd_closep(&fd);
	}
	if (r) {
		log_err(&err);
		return r == -EEXIST ? EXIT_USAGE : EXPLAIN_GONE;
	}
	t = named.netns ? NULL : tasks_find(n->e.tasks, named.task.pid);
	ret->task = t ? tasks_live(n->e.tasks, t) : NULL;
	ret->node = named.netns ? graph_find(&n->data.graph, NS_NET, inum) : NULL;
	return ret->task || ret->node ? 0 : gone(word, "it has just ended");
}

static bool is_ns_file(const char *path, uint32_t *ret)
{
	auto_fd int fd = -1;
	struct stat st;

	if (!strchr(path, '/'))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st))
		return false;
	return nsfd_type(fd) >= 0 && !nsfd_inum(fd, ret);
}

static int not_understood(const char *word)
{
	struct near near = near_to(word, strlen(word));

	if (strchr(word, '/')) {
		log_say("'%.256s' is no file of a namespace", word);
		return EXIT_USAGE;
	}
	rules_for_each (r)
		near_try(&near, r->code);
	log_say("'%.64s' is no process, namespace, container, device or code%s%s%s", word,
		near.best ? ", did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	log_say("4711, net:[4026532938], /run/netns/NAME, or a code of `nswatch explain --list`");
	return EXIT_USAGE;
}

/* A device, too, is called so. */
static int ambiguous(const char *word, const struct about *about)
{
	if (about->task)
		log_say("'%.64s' may be a container, whose first process is %u, or a device", word,
			about->task->pid);
	else
		log_say("'%.64s' may be the net namespace " NETNS_DIR "/%.64s, or a device", word,
			word);
	log_say("give the pid, or " NETNS_DIR
		"/NAME; `nswatch netdev where NAME` is about the device");
	return EXIT_USAGE;
}

/* A word that is nothing else: a container, or devices of that name, in all net namespaces. */
static int explain_name(const struct explain_opts *o, const char *word)
{
	auto_buf struct buf b = {0};
	struct page p = page_of(o, &b);
	struct json j = {.b = &b};
	struct now n = {0};
	struct err err = {0};
	struct about about;
	size_t found = 0;
	int r = now_read(&n, o, &err), named;

	if (r) {
		log_err(&err);
		now_free(&n);
		return EXPLAIN_ERROR;
	}
	named = about_named(&n, word, &about);
	if (named && named != EXIT_NONE) {
		now_free(&n);
		return named;
	}
	json_object(&j);
	json_ku64(&j, "v", 1);
	json_kstr(&j, "host", host_name());
	json_key(&j, "devices");
	json_array(&j);
	if (!o->json)
		buf_reset(&b);
	found = explain_dev(&n, word, &p, o->json ? &j : NULL);
	if (!named) {
		r = found ? ambiguous(word, &about) : about_explain(&n, &about);
		now_free(&n);
		return r;
	}
	if (o->json) {
		json_end_array(&j);
		json_found(&j, &n.found);
		json_end_object(&j);
		buf_putc(&b, '\n');
	} else {
		page_found(&p, &n.found);
	}
	r = found ? out_put(&b) : explain_past(o, word, true);
	if (r < 0)
		r = not_understood(word);
	if (!r && n.found.n)
		r = EXPLAIN_FOUND;
	now_free(&n);
	return r;
}

static int explain_now(const struct explain_opts *o, const char *word)
{
	struct now n = {0};
	struct err err = {0};
	struct ns_ref ref;
	uint32_t inum = 0;
	uint64_t pid;
	int r;

	if (word && !is_ns_file(word, &inum) && parse_u64(word, 1, UINT32_MAX, &pid) &&
		ns_ref_parse(word, &ref, NULL))
		return strchr(word, '/') ? not_understood(word) : explain_name(o, word);
	r = now_read(&n, o, &err);
	if (r) {
		log_err(&err);
		r = EXPLAIN_ERROR;
	} else if (word) {
		r = explain_word(&n, word, inum);
	} else {
		int unread;

		r = now_all(&n, &err) ? EXPLAIN_ERROR : now_show(&n, NULL, NULL);
		if (err.code)
			log_err(&err);
		unread = say_unread(&n);
		r = unread && r == EXIT_OK ? unread : r;
	}
	now_free(&n);
	return r;
}

/* --- --id, --host-id, --cap ------------------------------------------------------------------ */

static int asked_find(struct now *n, const char *word, struct about *ret)
{
	struct ns_ref ref;
	uint32_t inum = 0;
	uint64_t pid;

	if (!is_ns_file(word, &inum) && parse_u64(word, 1, UINT32_MAX, &pid) &&
		ns_ref_parse(word, &ref, NULL)) {
		int r = strchr(word, '/') ? EXIT_NONE : about_named(n, word, ret);

		if (r != EXIT_NONE)
			return r;
		log_say("'%.64s' is no process, namespace or container", word);
		return EXIT_USAGE;
	}
	return about_find(n, word, inum, ret);
}

static int explain_asked(const struct explain_opts *o, const struct opts_rest *rest)
{
	struct now n = {0};
	struct err err = {0};
	struct about about, over;
	int r = now_read(&n, o, &err);

	if (r) {
		log_err(&err);
		now_free(&n);
		return EXPLAIN_ERROR;
	}
	r = asked_find(&n, rest->argv[0], &about);
	over = about;
	if (!r && rest->argc > 1)
		r = asked_find(&n, rest->argv[1], &over);
	if (!r)
		r = o->has_cap ? explain_cap(&n, &about, &over) : explain_ids(&n, &about);
	now_free(&n);
	return r;
}

/* They ask about what is there now. */
static int asked_check(const struct explain_opts *o, const struct opts_rest *rest)
{
	const char *name = o->has_cap ? "cap" : o->has_id ? "id" : "host-id";

	if (o->read_from || o->list || rest->dashes) {
		log_say("--%s does not go with %s", name,
			o->read_from ? "--read"
			: o->list    ? "--list"
				     : "a command");
		return EXIT_USAGE;
	}
	if (!rest->argc) {
		log_say("--%s: of which process%s?", name, o->has_cap ? "" : " or namespace");
		return EXIT_USAGE;
	}
	if (rest->argc > (o->has_cap ? 2 : 1)) {
		log_say("unexpected operand '%.64s'", rest->argv[o->has_cap ? 2 : 1]);
		return EXIT_USAGE;
	}
	return 0;
}

static int explain_check(const struct explain_opts *o, const struct opts_rest *rest)
{
	if (is_asked(o))
		return asked_check(o, rest);
	if (o->containers.n && (rest->argc || o->read_from || o->list || rest->dashes)) {
		log_say("--container does not go with %s", o->read_from   ? "--read"
							   : o->list      ? "--list"
							   : rest->dashes ? "a command"
									  : "an operand");
		return EXIT_USAGE;
	}
	if (o->past.at && (!rest->argc || o->read_from || o->list || rest->dashes)) {
		log_say("--at wants a process, namespace, device or container, and neither a "
			"command "
			"nor --read");
		return EXIT_USAGE;
	}
	if (rest->argc && o->read_from) {
		log_say("--read takes no operand, but '%.64s' is there", rest->argv[0]);
		return EXIT_USAGE;
	}
	if (!rest->dashes && rest->argc > 1) {
		log_say("unexpected operand '%.64s'", rest->argv[1]);
		log_say("a command to explain stands behind --: nswatch explain -- %.64s ...",
			rest->argv[0]);
		return EXIT_USAGE;
	}
	if (rest->dashes && !rest->argc) {
		log_say("a command is missing behind --");
		return EXIT_USAGE;
	}
	return 0;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_opts o = {.linger = 500 * 1000000ULL};
	struct opts_rest rest = {0};
	struct err err = {0};
	const struct rule *rule;
	int status, r = opts_parse(&explain_spec, argc, argv, &o, &rest, &err);

	if (cmd_opts_done(&explain_spec, r, &err, &status))
		goto out;
	status = explain_check(&o, &rest);
	if (status)
		goto out;
	if (is_asked(&o)) {
		status = explain_asked(&o, &rest);
		goto out;
	}
	rule = rest.argc && !rest.dashes && !o.past.at ? rule_find(rest.argv[0]) : NULL;
	if (o.list || rule)
		status = catalogue(&o, o.list ? NULL : rule);
	else if (o.read_from)
		status = explain_file(&o);
	else if (o.past.at)
		status = explain_past(&o, rest.argv[0], false);
	else if (rest.dashes)
		status = explain_run(&o, rest.argv);
	else
		status = explain_now(&o, rest.argc ? rest.argv[0] : NULL);
out:
	opts_free(&explain_spec, &o);
	return status;
}
