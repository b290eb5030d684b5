// SPDX-License-Identifier: GPL-2.0-or-later
/* trace.c - the options of `nswatch trace`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/fleet.h"
#include "cmd/ls.h"
#include "cmd/trace.h"
#include "event/evfilter.h"
#include "out/filter.h"
#include "lib/err.h"
#include "lib/outlet.h"
#include "lib/text.h"
#include "lib/parse.h"
#include "kernel/nstype.h"
#include "out/color.h"
#include "sink/lines.h"
#include "source/fleet.h"
#include "lib/util.h"

#define RING_MAX (1ULL << 30)

const char *const trace_colors[] = {"auto", "always", "never", NULL};

int trace_take_user(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;
	int r = parse_user(arg, &o->pick.uid);

	o->pick.uid_on = !r;
	return r;
}

/* Milliseconds, or any duration with its unit. */
int trace_take_poll(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;
	uint64_t v;
	int r = parse_u64(arg, 1, 3600 * 1000, &v);

	if (!r)
		o->poll = v * 1000000;
	else
		r = parse_duration(arg, &o->poll);
	if (!r && o->poll < 1000000)
		r = -ERANGE;
	o->has_poll = !r;
	return r;
}

/* Bytes, with K or M; a power of two and whole pages, as the kernel wants it. */
int trace_take_ring(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;
	uint64_t v;
	int r = parse_size(arg, &v);

	if (r)
		return r;
	if (v < 4096 || v > RING_MAX || (v & (v - 1)))
		return -ERANGE;
	o->ring_size = v;
	return 0;
}

int trace_take_rotate(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;

	o->rotates = true;
	return parse_size(arg, &o->form.rotate);
}

int trace_take_since(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;

	o->has_since = true;
	return when_parse(arg, &o->now, &o->since);
}

int trace_take_until(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct trace_opts *o = opts;

	return when_parse(arg, &o->now, &o->until);
}

/* What completion offers: the kinds of sinks[]. */
const char *const trace_outputs[] = {"lines", "json", "record:", "history", "summary", "counts",
	"journal", "metrics:", "report", NULL};

#define S struct trace_opts

static const struct opt rows[] = {
	TRACE_ROWS_KIND,
	{0, "follow", NULL, OPT_FLAG(S, follow),
		.help = "with --pid: also what their descendants do"},
	{'n', "ns", "NS,...", OPT_LIST(S, nss), .commas = true,
		.help = "only events that name one of these namespaces: net:[4026532938] or "
			"4026532938; live, until the kernel gives the number to another namespace"},
	TRACE_ROWS_WHO,
	{0, "count", "N", OPT_U64(S, count), .min = 1, .has = OPT_HAS(S, has_count),
		.group = "How long", .help = "end after N events"},
	{0, "duration", "TIME", OPT_DURATION(S, duration), .has = OPT_HAS(S, has_duration),
		.help = "end after this time: 5, 500ms, 2m"},
	{0, "linger", "TIME", OPT_DURATION(S, linger),
		.help = "with a command: after its end, wait at most this long for the ends of its "
			"namespaces (default 500ms)"},
	TRACE_ROWS_OUTPUT,
	{'q', "quiet-start", NULL, OPT_FLAG(S, quiet),
		.help = "nothing on standard error at the start and at the end, except errors and "
			"losses"},
	{'w', "write", "FILE", OPT_STR(S, write_to), .complete = OPT_C_FILE, .group = "Recordings",
		.help = "write the events to FILE (- is standard output): short for --to "
			"record:FILE"},
	{'r', "read", "FILE", OPT_STR(S, read_from), .exclude = 4, .complete = OPT_C_FILE,
		.help = "show the events of a recording, or of the output of --json, or those that "
			"many hosts `nswatch ship` to nats://HOST[:PORT],HOST...; needs no "
			"rights"},
	{0, "host", "NAME,...", OPT_LIST(S, hosts), .commas = true, .group = "A fleet",
		.help = "with --read nats://...: only events of these hosts; * and ? as in a "
			"shell"},
	{0, "since", "WHEN", OPT_CALL(trace_take_since), .expect = WHEN_EXPECT,
		.help = "with --read nats://...: also what happened from this time on (default: "
			"what is shipped from now on)"},
	{0, "reorder", "TIME", OPT_DURATION(S, reorder), .has = OPT_HAS(S, has_reorder),
		.help = "with --read nats://...: wait so long for earlier events of other hosts "
			"(default 2s)"},
	FLEET_ROWS(S, broker),
	TRACE_ROWS_HOW,
	{0, "strict", NULL, OPT_FLAG(S, strict),
		.help = "exit with status 4 if events are missing"},
	{0, "debug", NULL, OPT_FLAG(S, debug), .help = "show what libbpf says"},
	TRACE_ROWS_LISTS,
	OPT_HELP_ROWS,
};

const struct opts_spec trace_spec = {
	.name = "nswatch trace",
	.summary = "Shows live what happens to Linux namespaces.",
	.usage = (const char *const[]){"[OPTION...]", "[OPTION...] -- COMMAND [ARG...]",
		"[OPTION...] -r FILE", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.columns = lines_cols,
	.shown = LINES_DEFAULT,
	.notes = "With a COMMAND only that command and its descendants are traced, from the first "
		 "instruction on. The trace ends when the command ends, and exits with its status.",
	.examples = (const struct opts_pair
			[]){{"nswatch trace -- unshare -u -p -i sh -c 'date; ls'",
				    "why the shell can't start ls"},
		{"nswatch trace -t net -e ns-create,ns-free",
			"net namespaces that are created and destroyed"},
		{"nswatch trace -Q 'result < 0'", "calls that failed, and why"},
		{"nswatch trace -p 4711 --follow -J", "a process tree, as JSON Lines"},
		{"nswatch trace -w /tmp/t.nsw --duration 1m", "record a minute"},
		{"nswatch trace -r /tmp/t.nsw -c runc",
			"show the events of runc in that recording"},
		{"nswatch trace -r nats://a,b,c --host 'web*' --since '1h ago' -e fork-denied",
			"of many hosts, and what comes"},
		{0}},
	.exits = (const struct opts_pair[]){{"0", "ended as asked"}, {"1", "failed while running"},
		{"2", "wrong usage"},
		{"3", "nothing can be traced here: rights or kernel are missing"},
		{"4", "events are missing (a lost event says which), with --strict"},
		{"126, 127", "COMMAND could not be run, or was not found"},
		{"otherwise",
			"COMMAND's own status; 128 plus the number of the signal that ended it"},
		{0}},
};

static void list_events(void)
{
	for (unsigned int k = 1; k < EV_KINDS; k++) {
		const struct ev_schema *s = schema_of(k);

		if (s)
			printf("%-13s %s\n", s->name, s->help);
	}
}

static void list_field_rows(const char *title, const struct ev_field *f, size_t n)
{
	printf("%s:\n", title);
	for (size_t i = 0; i < n; i++)
		printf("  %-16s %s\n", f[i].name, f[i].help);
}

static void list_fields(void)
{
	list_field_rows("all events", schema_hdr_fields, schema_hdr_nfields);
	for (unsigned int k = 1; k < EV_KINDS; k++) {
		const struct ev_schema *s = schema_of(k);

		if (s)
			list_field_rows(s->name, s->fields, s->nfields);
	}
}

static int kinds_take(struct trace_opts *o, struct err *err)
{
	o->pick.kinds = o->events.n ? 0 : ~0ULL;
	for (size_t i = 0; i < o->events.n; i++) {
		const char *name = o->events.v[i];
		const struct ev_schema *s = schema_by_name(name, strlen(name));
		struct near near = near_to(name, strlen(name));

		if (s) {
			o->pick.kinds |= 1ULL << s->kind;
			continue;
		}
		for (unsigned int k = 1; k < EV_KINDS; k++)
			if (schema_of(k))
				near_try(&near, schema_of(k)->name);
		err_say(err, -EINVAL, "--event: no kind of event '%s'%s%s%s", name,
			near.best ? ", did you mean '" : "", near.best ? near.best : "",
			near.best ? "'?" : "");
		err_hint(err, "`nswatch trace --list-events` lists them");
		return -EINVAL;
	}
	return 0;
}

static int types_take(struct trace_opts *o, struct err *err)
{
	for (size_t i = 0; i < o->types.n; i++) {
		uint32_t mask;
		struct err why = {0};
		int r = ns_types_parse(o->types.v[i], &mask, &why);

		if (r)
			return err_say(err, r, "--type: %s", why.what);
		o->pick.types |= mask;
	}
	return 0;
}

static int refs_take(struct trace_opts *o, struct err *err)
{
	if (o->nss.n > sizeof(o->refs) / sizeof(o->refs[0]))
		return err_say(err, -E2BIG, "--ns: more than 64 namespaces");
	for (size_t i = 0; i < o->nss.n; i++) {
		struct err why = {0};
		int r = ns_ref_parse(o->nss.v[i], &o->refs[i], &why);

		if (r)
			return err_say(err, r, "--ns: %s", why.what);
	}
	o->pick.refs = o->refs;
	o->pick.nrefs = o->nss.n;
	return 0;
}

static int pids_take(struct trace_opts *o, struct err *err)
{
	for (size_t i = 0; i < o->pids.n; i++) {
		uint64_t pid;
		int r = parse_u64(o->pids.v[i], 1, INT32_MAX, &pid);

		if (r)
			return err_say(
				err, -EINVAL, "--pid: '%s' is not a process id", o->pids.v[i]);
		r = pick_add_pid(&o->pick, (uint32_t)pid);
		if (r)
			return err_set(err, r, "--pid");
	}
	o->pick.follow = o->follow;
	return 0;
}

static int hooks_take(struct trace_opts *o, struct err *err)
{
	for (size_t i = 0; i < o->hooks.n; i++) {
		int r;

		if (o->nforces == HOOKS_MAX)
			return err_say(err, -E2BIG, "--hook: given more than %d times", HOOKS_MAX);
		r = hook_force_parse(o->hooks.v[i], &o->forces[o->nforces], err);
		if (r)
			return r;
		o->nforces++;
	}
	return 0;
}

/* Where no file is named. */
static bool to_stderr(const struct sink_ops *ops)
{
	return ops == &sink_summary || ops == &sink_counts;
}

static int output_add(
	struct trace_opts *o, const struct sink_ops *ops, const char *arg, struct err *err)
{
	if (o->noutputs == TRACE_OUTPUTS_MAX)
		return err_say(err, -E2BIG, "--to: more than %d outputs", TRACE_OUTPUTS_MAX);
	for (size_t i = 0; i < o->noutputs; i++) {
		const struct trace_output *at = &o->outputs[i];
		const char *was = at->arg ? at->arg : "-", *is = arg ? arg : "-";

		if (!to_stderr(at->ops) && !to_stderr(ops) && !strcmp(was, is))
			return err_say(err, -EINVAL,
				"--to %s and --to %s would both write to %s: name a file for one",
				at->ops->name, ops->name, arg ? arg : "standard output");
	}
	o->outputs[o->noutputs++] = (struct trace_output){ops, arg};
	return 0;
}

static int outputs_take(struct trace_opts *o, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < o->to.n && !r; i++) {
		const struct sink_ops *ops;
		const char *arg;

		r = sink_parse(o->to.v[i], &ops, &arg, err);
		if (!r)
			r = output_add(o, ops, arg, err);
	}
	if (!r && o->json)
		r = output_add(o, &sink_json, NULL, err);
	if (!r && o->write_to)
		r = output_add(o, &sink_record, o->write_to, err);
	if (!r && o->record)
		r = output_add(o, &sink_history, o->db, err);
	if (!r && o->summary)
		r = output_add(o, &sink_counts, NULL, err);
	if (!r && !o->noutputs)
		r = output_add(o, &sink_lines, NULL, err);
	return r;
}

/* Files of JSON Lines alone are renamed and opened anew: without one --rotate would do nothing. */
static int rotate_check(const struct trace_opts *o, struct err *err)
{
	for (size_t i = 0; i < o->noutputs; i++) {
		const struct trace_output *at = &o->outputs[i];

		if (at->ops == &sink_json && outlet_names_file(at->arg))
			return 0;
	}
	return !o->rotates ? 0
			   : err_say(err, -EINVAL,
				     "--rotate: needs a file of JSON Lines: --to json:FILE");
}

/* A recording that is read must not be emptied by writing to it. */
static int outputs_check(const struct trace_opts *o, struct err *err)
{
	struct stat in, out;

	if (!o->read_from || !strcmp(o->read_from, "-") || stat(o->read_from, &in))
		return 0;
	for (size_t i = 0; i < o->noutputs; i++) {
		const char *arg = o->outputs[i].arg;

		if (arg && !stat(arg, &out) && S_ISREG(out.st_mode) && in.st_dev == out.st_dev &&
			in.st_ino == out.st_ino)
			return err_say(err, -EINVAL, "--to %s: %s is the recording that is read",
				o->outputs[i].ops->name, arg);
	}
	return 0;
}

/*
 * Whether something shows or asks for containers. Lines of what the whole system does say them
 * unasked; a command is in the container that its user is in.
 */
static bool whose_wanted(const struct trace_opts *o)
{
	static const char *const fields[] = {"container", "runtime", "pod", "image", "unit", NULL};

	if (o->containers.n || lines_want_containers(o->form.columns))
		return true;
	for (size_t i = 0; i < o->noutputs; i++)
		if (o->outputs[i].ops == &sink_counts)
			return true;
	for (size_t i = 0; o->filter_text && fields[i]; i++)
		if (strcasestr(o->filter_text, fields[i]))
			return true;
	for (size_t i = 0; i < o->noutputs; i++)
		if (o->outputs[i].ops == &sink_json || o->outputs[i].ops == &sink_record ||
			o->outputs[i].ops == &sink_history || o->outputs[i].ops == &sink_report)
			return true;
	return false;
}

/* All but a summary show names of net namespaces. */
static bool names_wanted(const struct trace_opts *o)
{
	for (size_t i = 0; i < o->noutputs; i++)
		if (o->outputs[i].ops != &sink_summary)
			return true;
	return o->filter_text && strcasestr(o->filter_text, "ns_name");
}

/* Lines of many hosts say which. */
#define FLEET_COLUMNS "TIME,HOST,EVENT,PID,COMM,DETAIL"

static int fleet_take(struct trace_opts *o, struct err *err)
{
	static const struct broker_opts none;

	o->fleet = o->read_from && broker_is_url(o->read_from);
	if (o->fleet) {
		o->broker.servers = o->read_from;
		o->form.columns = o->form.columns ? o->form.columns : FLEET_COLUMNS;
		return broker_check(&o->broker, err);
	}
	if (!o->from_history && (o->hosts.n || o->has_since || o->has_reorder ||
					memcmp(&o->broker, &none, sizeof(none)) != 0))
		return err_say(err, -EINVAL,
			"--host, --since, --reorder and options of the servers go with --read "
			"nats://HOST");
	return 0;
}

/* Everything that can be wrong with what was typed is found before anything is done. */
static int trace_check(struct trace_opts *o, const struct opts_rest *rest, struct err *err)
{
	int r = fleet_take(o, err);

	if (!r)
		r = kinds_take(o, err);
	if (!r)
		r = types_take(o, err);
	if (!r)
		r = refs_take(o, err);
	if (!r)
		r = pids_take(o, err);
	if (!r)
		r = hooks_take(o, err);
	if (!r)
		r = lines_check(o->form.columns, err);
	if (!r)
		r = outputs_take(o, err);
	if (!r)
		r = outputs_check(o, err);
	if (!r)
		r = rotate_check(o, err);
	if (!r && o->filter_text)
		r = filter_compile(o->filter_text, &evfilter_names, err, &o->filter);
	if (r)
		return r;
	o->pick.filter = o->filter;
	o->pick.comms = o->comms.v;
	o->pick.ncomms = o->comms.n;
	o->pick.containers = o->containers.v;
	o->pick.ncontainers = o->containers.n;
	o->whose = whose_wanted(o);
	o->names = names_wanted(o);
	if (rest->argc && o->read_from)
		return err_say(
			err, -EINVAL, "--read takes no command, but '%s' is there", rest->argv[0]);
	if (rest->argc && o->pids.n)
		return err_say(
			err, -EINVAL, "--pid takes no command, but '%s' is there", rest->argv[0]);
	if (rest->argc && !rest->dashes) {
		err_say(err, -EINVAL, "unexpected '%s'", rest->argv[0]);
		err_hint(err, "a command to trace stands behind --: nswatch trace -- %s",
			rest->argv[0]);
		return -EINVAL;
	}
	if (o->follow && !o->pids.n)
		return err_say(err, -EINVAL, "%s goes with --pid",
			o->from_history ? "--descendants" : "--follow");
	return 0;
}

/* A number that no namespace has would be waited for without a word. */
static void refs_say_missing(const struct trace_opts *o)
{
	struct snapshot d = {0};

	if (!o->nss.n || snapshot_read(&d, SNAPSHOT_AUTO, 0, SNAP_HIDDEN, NULL))
		return;
	for (size_t i = 0; i < o->nss.n; i++) {
		const struct ns_ref *ref = &o->refs[i];

		if (ref->type < 0 ? graph_find_inum(&d.graph, ref->inum)
				  : graph_find(&d.graph, (uint32_t)ref->type, ref->inum))
			continue;
		log_say("--ns %.64s: there is no such namespace in sight now; nothing comes before "
			"one "
			"has that number",
			o->nss.v[i]);
	}
	snapshot_free(&d);
}

static int trace_lists(const struct trace_opts *o)
{
	auto_buf struct buf b = {0};

	if (o->list_events)
		list_events();
	if (o->list_columns)
		lines_list_columns(&b);
	if (b.s)
		fputs(b.s, stdout);
	if (o->list_fields)
		list_fields();
	return EXIT_OK;
}

void trace_opts_free(struct trace_opts *o)
{
	filter_free(o->filter);
	pick_free(&o->pick);
	buf_free(&o->db_name);
	buf_free(&o->life_filter);
	opts_free(&trace_spec, o);
}

int trace_read(const struct opts_spec *spec, struct trace_opts *o, int argc, char **argv,
	struct opts_rest *ret)
{
	struct err err = {0};
	int status, r;

	*o = (struct trace_opts){
		.linger = 500 * 1000000ULL, .until = INT64_MAX, .reorder = FLEET_REORDER_NS};
	o->now = when_now();
	r = opts_parse(spec, argc, argv, o, ret, &err);
	if (cmd_opts_done(spec, r, &err, &status))
		return status;
	return o->list_events || o->list_columns || o->list_fields ? trace_lists(o) : -1;
}

int trace_settle(struct trace_opts *o, const struct opts_rest *rest, struct trace_command *c)
{
	struct err err = {0};

	if (trace_check(o, rest, &err)) {
		log_err(&err);
		return EXIT_USAGE;
	}
	c->argv = rest->argc ? rest->argv : NULL;
	o->whose |= !c->argv && !o->quiet;
	if (!o->read_from && !o->from_history) {
		refs_say_missing(o);
		o->pick.lives = o->lives;
	}
	return -1;
}

int trace_parse(struct trace_opts *o, int argc, char **argv, struct trace_command *c)
{
	struct opts_rest rest;
	int status = trace_read(&trace_spec, o, argc, argv, &rest);

	return status < 0 ? trace_settle(o, &rest, c) : status;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_opts o;
	struct trace_command command = {0};
	int status = trace_parse(&o, argc, argv, &command);

	if (status < 0)
		status = trace_run(&o, &command);
	trace_opts_free(&o);
	return status;
}
