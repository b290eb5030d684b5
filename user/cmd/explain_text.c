// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_text.c - processes, namespaces, findings and the catalogue, for people. */
#include <string.h>

#include "cmd/explain.h"
#include "event/value.h"
#include "lib/clock.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "why/step.h"
#include "why/subject.h"
#include "out/color.h"
#include "out/escape.h"
#include "out/wrap.h"

#define TEXT_MAX   4096
#define COL_NAME   2
#define COL_TEXT   16
#define COL_INDENT 2

static void put_color(struct page *p, enum color_role role, const char *text)
{
	buf_puts(p->b, color_on(p->color, role));
	buf_puts(p->b, text);
	buf_puts(p->b, color_off(p->color, role));
}

void page_wrap(struct page *p, const char *text, size_t at, size_t indent)
{
	wrap_text(p->b, text, &(struct wrap){.at = at, .indent = indent, .width = p->width});
	buf_putc(p->b, '\n');
}

void page_row(struct page *p, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	buf_pad(p->b, ' ', COL_NAME);
	put_color(p, ROLE_DIM, name);
	buf_pad(p->b, ' ', COL_TEXT - COL_NAME - strlen(name));
	page_wrap(p, text, COL_TEXT, COL_TEXT);
}

void page_finding(struct page *p, const struct finding *f, bool event)
{
	const struct rule *r = f->rule;
	auto_buf struct buf text = {0};
	bool trouble = f->weight == RULE_TROUBLE;

	put_color(p, trouble ? ROLE_WARN : ROLE_DIM, trouble ? "! " : "- ");
	put_color(p, trouble ? ROLE_WARN : ROLE_DIM, r->code);
	buf_putc(p->b, '\n');
	buf_pad(p->b, ' ', COL_INDENT);
	finding_say(f, event && r->note ? r->note : r->text, &text);
	page_wrap(p, text.s, COL_INDENT, COL_INDENT);
	buf_reset(&text);
	finding_say(f, r->remedy, &text);
	buf_puts(p->b, "  -> ");
	page_wrap(p, text.s, COL_INDENT + 3, COL_INDENT + 3);
}

void page_found(struct page *p, const struct found_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (p->b->len)
			buf_putc(p->b, '\n');
		page_finding(p, &l->v[i].f, l->v[i].ts_ns);
	}
}

/* --- a process ------------------------------------------------------------------------------- */

static void put_command(struct page *p, const struct ns_task *t)
{
	auto_buf struct buf raw = {0}, text = {0};

	if (procfs_text(t, "cmdline", TEXT_MAX, &raw))
		return;
	/* Programs that rename themselves leave the rest of their place empty. */
	while (raw.len > 1 && !raw.s[raw.len - 1] && !raw.s[raw.len - 2])
		raw.len--;
	for (size_t at = 0; at < raw.len; at += strlen(raw.s + at) + 1) {
		if (text.len)
			buf_putc(&text, ' ');
		escape_shell(&text, raw.s + at, strlen(raw.s + at));
	}
	page_row(p, "command", text.s);
}

static void put_container(struct page *p, const struct ns_task *t)
{
	auto_buf struct buf raw = {0}, name = {0}, text = {0};
	struct container c;

	if (container_of(snapshot_system, t, &raw, &c))
		return;
	container_format(&c, "", &name);
	escape_text(&text, name.s, name.len);
	page_row(p, "container", text.s);
}

/* From our level inwards, with the namespaces as far as they are in sight. */
static void put_pids(struct page *p, struct now *n, const struct ns_task *t)
{
	uint32_t pids[64], ns[64] = {0};
	const struct ns_node *at = graph_find(&n->data.graph, NS_PID, t->ns.inum[NS_PID]);
	auto_buf struct buf b = {0};
	int count = procfs_nspids(t, pids, 64);

	if (count < 2)
		return;
	for (int i = count - 1; i >= 0 && at; i--) {
		ns[i] = at->inum;
		at = at->node[REL_PARENT] == NODE_NONE ? NULL
						       : &n->data.graph.nodes[at->node[REL_PARENT]];
	}
	for (int i = 0; i < count; i++) {
		buf_printf(&b, "%s%u in ", i ? ", " : "", pids[i]);
		if (ns[i])
			value_inum(&b, NS_PID, ns[i]);
		else
			buf_puts(&b, "a namespace above");
	}
	page_row(p, "pids", b.s);
}

static void node_words(struct now *n, const struct ns_node *node, struct buf *b)
{
	const struct ns_task *init;

	value_inum(b, node->type, node->inum);
	buf_printf(b, ", %u %s", node->nprocs, node->nprocs == 1 ? "process" : "processes");
	if (node->type != NS_PID)
		return;
	init = evidence_init(&n->e, node->inum);
	if (!init)
		return;
	buf_puts(b, ", pid 1 is ");
	escape_text(b, init->comm, strlen(init->comm));
	buf_printf(b, " (%u)", init->pid);
}

static bool is_first_process(const struct now *n, unsigned int type, uint32_t inum)
{
	const struct ns_task *first = tasks_find(n->e.tasks, 1);

	return first && first->ns.inum[type] ? first->ns.inum[type] == inum
					     : ns_types[type].initial == inum;
}

static void put_namespaces(struct page *p, struct now *n, const struct ns_task *t)
{
	auto_buf struct buf same = {0};

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		uint32_t inum = t->ns.inum[slot], type = ns_types[slot].type;
		const struct ns_node *node = graph_find(&n->data.graph, type, inum);
		auto_buf struct buf b = {0};

		if (!inum || !node || (slot >= NS_TYPES && inum == t->ns.inum[type]))
			continue;
		if (slot < NS_TYPES && is_first_process(n, type, inum)) {
			buf_printf(&same, "%s%s", same.len ? ", " : "", ns_types[slot].name);
			continue;
		}
		if (slot >= NS_TYPES)
			buf_puts(&b, "for its children: ");
		node_words(n, node, &b);
		page_row(p, ns_types[type].name, b.s);
	}
	if (same.len) {
		buf_puts(&same, ": those of the system");
		page_row(p, "as process 1", same.s);
	}
}

/* Why its namespaces can't be read. */
static void put_unreadable(struct page *p, const struct ns_task *t)
{
	static const char *const why[] = {
		[LOOK_ALLOWED] = "could not be read when the others were",
		[LOOK_OTHER_NS] = "may not be read: it is in a user namespace that is neither this "
				  "one nor below it; run this from one above both, as root of the "
				  "system",
		[LOOK_OTHER_USER] = "may not be read, because it is another user's: run this as "
				    "root",
		[LOOK_UNDUMPABLE] = "may not be read, because it may not be dumped: run this as "
				    "root",
		[LOOK_MORE_CAPS] = "may not be read, because it has capabilities that this has "
				   "not: run this as root",
		[LOOK_UNSAID] = "may not be read: run this as root",
	};
	struct subject s = subject_process(t->pid);

	page_row(p, "namespaces", why[subject_looked_at(&s)]);
}

static void put_refusal(void *ctx, const char *what, const struct finding *f)
{
	auto_buf struct buf b = {0};

	buf_printf(&b, "%s: ", what);
	finding_say(f, "{why}", &b);
	buf_printf(&b, " [%s]", f->reason->code);
	if (f->reason->todo)
		finding_say(f, "; {todo}", &b);
	page_row(ctx, "may not", b.s);
}

void page_process(struct page *p, struct now *n, const struct ns_task *t)
{
	struct subject who = subject_process(t->pid);
	const struct ns_task *parent = tasks_find(n->e.tasks, t->ppid);
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	auto_buf struct buf b = {0};

	escape_text(&b, t->comm, strlen(t->comm));
	buf_printf(&b, " (%u): user %u", t->pid, t->uid);
	if (now > t->start_ns) {
		buf_puts(&b, ", started ");
		value_duration(&b, now - t->start_ns);
		buf_puts(&b, " ago");
	}
	if (parent) {
		buf_puts(&b, " by ");
		escape_text(&b, parent->comm, strlen(parent->comm));
		buf_printf(&b, " (%u)", parent->pid);
	}
	if (t->nthreads > 1)
		buf_printf(&b, ", %u threads", t->nthreads);
	if (t->flags & TASK_DEAD)
		buf_puts(&b, "; it is dead and not yet reaped");
	if (t->tid != t->pid)
		buf_printf(&b,
			"; its first thread has ended, so what follows is of thread %u, which "
			"lives",
			t->tid);
	page_wrap(p, b.s, 0, COL_TEXT);
	put_command(p, t);
	put_container(p, t);
	put_pids(p, n, t);
	if (t->flags & TASK_UNREADABLE)
		put_unreadable(p, t);
	put_namespaces(p, n, t);
	step_foresee(&who, false, put_refusal, p);
}

/* --- a namespace ----------------------------------------------------------------------------- */

static void put_relations(struct page *p, struct now *n, const struct ns_node *node)
{
	for (int rel = 0; rel < NS_RELS; rel++) {
		unsigned int type = rel == REL_PARENT ? node->type : NS_USER;
		auto_buf struct buf b = {0};

		if (!node->rel[rel] || (rel == REL_OWNER && node->type == NS_USER))
			continue;
		value_inum(&b, type, node->rel[rel]);
		page_row(p, rel == REL_PARENT ? "parent" : "owner", b.s);
	}
}

/* The kernel keeps no record of who made a namespace; the initial ones nobody made. */
static void put_maker(struct page *p, const struct now *n, const struct ns_node *node)
{
	if (node->inum != ns_types[node->type].initial &&
		!is_first_process(n, node->type, node->inum))
		page_row(p, "made by",
			"unknown: the kernel does not keep it; `nswatch trace -w FILE` records who "
			"makes namespaces while it runs");
}

static void what_init(struct now *n, const struct ns_node *node, struct buf *b)
{
	const struct ns_task *init = evidence_init(&n->e, node->inum);
	auto_buf struct buf names = {0};
	size_t dying = what_dies(n, node, &names), below = what_below(n, node);

	if (!init || init->flags & TASK_DEAD) {
		if (!node->nprocs)
			buf_puts(b,
				"It has no pid 1: no process can be born in it any more, or none "
				"was yet.");
		return;
	}
	buf_puts(b, "If its pid 1, ");
	escape_text(b, init->comm, strlen(init->comm));
	buf_printf(b, " (%u), ends, ", init->pid);
	if (dying)
		buf_printf(b, "the kernel kills %zu other %s with it: %s", dying,
			dying == 1 ? "process" : "processes", names.s);
	else
		buf_puts(b, "nobody else is killed");
	if (below)
		buf_printf(b, "; %zu pid %s below it %s with it", below,
			below == 1 ? "namespace" : "namespaces", below == 1 ? "dies" : "die");
	buf_puts(b, ". No process can be born in it then.");
}

static bool is_initial(const struct now *n, const struct ns_node *node)
{
	return node->inum == graph_initial(&n->data.graph, node->type);
}

static void what_last(struct now *n, const struct ns_node *node, struct buf *b)
{
	auto_buf struct buf keeps = {0};

	if (is_initial(n, node)) {
		buf_puts(b, "It is the initial one, which never ends.");
		return;
	}
	kept_say(&n->data.graph, node, false, KEPT_MAX, ", ", &keeps);
	if (!node->nprocs)
		buf_printf(b, "No process is in it. It goes with what keeps it: %s.",
			keeps.len ? keeps.s : "nothing that is in sight");
	else if (keeps.len)
		buf_printf(b, "When its last process has ended, it stays, kept by %s.", keeps.s);
	else
		buf_puts(b, "When its last process has ended, it goes: nothing else keeps it.");
}

void page_ns(struct page *p, struct now *n, const struct ns_node *node)
{
	auto_buf struct buf b = {0}, members = {0};

	value_inum(&b, node->type, node->inum);
	buf_printf(&b, ": %s, %u %s", ns_types[node->type].long_name, node->nprocs,
		node->nprocs == 1 ? "process" : "processes");
	if ((node->type == NS_PID || node->type == NS_USER) && node->level)
		buf_printf(&b, ", %u %s deep", node->level, node->level == 1 ? "level" : "levels");
	page_wrap(p, b.s, 0, COL_TEXT);
	buf_reset(&b);
	put_relations(p, n, node);
	put_maker(p, n, node);
	what_members(n, node, 8, &members);
	page_row(p, "members", members.s);
	what_limits(n, node, &b);
	page_row(p, "namespaces", b.len ? b.s : "");
	buf_reset(&b);
	kept_words(&n->data.graph, node, &b);
	{
		auto_buf struct buf safe = {0};

		escape_text(&safe, b.s ? b.s : "", b.len);
		page_row(p, "kept by", safe.s);
	}
	buf_reset(&b);
	if (node->type == NS_PID)
		what_init(n, node, &b);
	if (b.len)
		buf_putc(&b, ' ');
	what_last(n, node, &b);
	buf_reset(&members);
	what_devices(n, node, &members);
	if (members.len)
		buf_printf(&b, " %s", members.s);
	buf_putc(p->b, '\n');
	page_wrap(p, b.s, 0, 0);
}

/* --- the catalogue --------------------------------------------------------------------------- */

void page_rule(struct page *p, const struct rule *r)
{
	auto_buf struct buf b = {0};

	put_color(p, ROLE_HEADING, r->code);
	buf_puts(p->b, "\n  ");
	page_wrap(p, r->title, COL_INDENT, COL_INDENT);
	buf_putc(p->b, '\n');
	rule_scopes(r, &b);
	page_row(p, "about", b.s);
	page_row(p, "weight", r->weight == RULE_TROUBLE ? "trouble" : "note");
	page_row(p, "evidence", r->evidence);
	buf_reset(&b);
	template_plain(r->text, &b);
	page_row(p, "says", b.s);
	buf_reset(&b);
	template_plain(r->remedy, &b);
	page_row(p, "remedy", b.s);
	for (size_t i = 0; i < r->nreasons; i++) {
		const struct reason *at = &r->reasons[i];

		buf_reset(&b);
		buf_printf(&b, "%s: ", at->code);
		template_plain(at->why, &b);
		if (at->todo)
			buf_puts(&b, "; -> ");
		template_plain(at->todo ? at->todo : "", &b);
		if (at->kernel)
			buf_printf(&b, "; %s%s%s", at->kernel, at->since ? ", from " : "",
				at->since ? at->since : "");
		page_row(p, i ? "" : "reasons", b.s);
	}
	for (const struct rule_fact *f = r->facts; f && f->function; f++) {
		buf_reset(&b);
		buf_printf(&b, "%s%s%s: %s", f->function, f->since ? ", since " : "",
			f->since ? f->since : "", f->says);
		page_row(p, f == r->facts ? "kernel" : "", b.s);
	}
}

void page_rules(struct page *p)
{
	size_t most = 0;

	rules_for_each (r)
		if (strlen(r->code) > most)
			most = strlen(r->code);
	rules_for_each (r) {
		buf_puts(p->b, r->code);
		buf_pad(p->b, ' ', most + 2 - strlen(r->code));
		page_wrap(p, r->title, most + 2, most + 2);
	}
}
