// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_json.c - the same for programs; the shape is in nswatch-explain(8). */
#include <string.h>

#include "cmd/explain.h"
#include "why/step.h"
#include "why/subject.h"
#include "event/value.h"
#include "snapshot/from_proc.h"
#include "out/json.h"

static void json_fact(struct json *j, const struct finding *f, const struct fact *fact)
{
	auto_buf struct buf b = {0};

	json_key(j, fact->key);
	switch (fact->type) {
	case FACT_NUM:
	case FACT_TIME:
		json_u64(j, fact->n);
		return;
	case FACT_TEXT:
		json_strn(j, f->text.s + fact->at, fact->len);
		return;
	default:
		fact_text(f, fact, &b);
		json_strn(j, b.s, b.len);
	}
}

static void json_about(struct json *j, const struct found *at)
{
	json_key(j, "about");
	json_object(j);
	if (at->pid) {
		json_ku64(j, "pid", at->pid);
	} else {
		json_kstr(j, "type", ns_slot_name(at->type));
		json_ku64(j, "inum", at->inum);
		if (at->dev[0])
			json_kstr(j, "ifname", at->dev);
	}
	json_end_object(j);
}

static void json_say(struct json *j, const char *key, const struct finding *f, const char *text)
{
	auto_buf struct buf b = {0};

	finding_say(f, text, &b);
	json_kstr(j, key, b.s ? b.s : "");
}

static void json_one(struct json *j, const struct found *at)
{
	const struct rule *r = at->rule;
	auto_buf struct buf commands = {0};

	finding_commands(&at->f, &commands);
	json_object(j);
	json_kstr(j, "code", r->code);
	json_kstr(j, "reason", at->f.reason ? at->f.reason->code : NULL);
	json_kstr(j, "weight", at->f.weight == RULE_TROUBLE ? "trouble" : "note");
	json_about(j, at);
	if (at->ts_ns)
		json_ku64(j, "ts_ns", at->ts_ns);
	json_say(j, "text", &at->f, at->ts_ns && r->note ? r->note : r->text);
	json_say(j, "remedy", &at->f, r->remedy);
	json_key(j, "commands");
	json_array(j);
	for (size_t i = 0; i < commands.len; i += strlen(commands.s + i) + 1)
		json_str(j, commands.s + i);
	json_end_array(j);
	json_key(j, "evidence");
	json_object(j);
	for (size_t i = 0; i < at->f.n; i++)
		json_fact(j, &at->f, &at->f.facts[i]);
	json_end_object(j);
	json_end_object(j);
}

void json_found(struct json *j, const struct found_list *l)
{
	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < l->n; i++)
		json_one(j, &l->v[i]);
	json_end_array(j);
}

static void json_refusal(void *ctx, const char *what, const struct finding *f)
{
	struct json *j = ctx;

	json_object(j);
	json_kstr(j, "what", what);
	json_kstr(j, "reason", f->reason->code);
	json_say(j, "why", f, "{why}");
	json_say(j, "remedy", f, "{todo}");
	json_end_object(j);
}

void json_process(struct json *j, struct now *n, const struct ns_task *t)
{
	struct subject who = subject_process(t->pid);
	uint32_t pids[64];
	int count = procfs_nspids(t, pids, 64);

	json_key(j, "process");
	json_object(j);
	json_ku64(j, "pid", t->pid);
	json_ku64(j, "tid", t->tid);
	json_ku64(j, "ppid", t->ppid);
	json_ku64(j, "uid", t->uid);
	json_kstr(j, "comm", t->comm);
	json_key(j, "pids");
	json_array(j);
	for (int i = 0; i < count; i++)
		json_u64(j, pids[i]);
	json_end_array(j);
	json_key(j, "namespaces");
	json_object(j);
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		json_ku64(j, ns_slot_name(slot), t->ns.inum[slot]);
	json_end_object(j);
	json_key(j, "may_not");
	json_array(j);
	step_foresee(&who, false, json_refusal, j);
	json_end_array(j);
	json_end_object(j);
}

static void json_rel(struct json *j, const char *key, uint32_t inum)
{
	json_key(j, key);
	if (inum)
		json_u64(j, inum);
	else
		json_null(j);
}

void json_ns(struct json *j, struct now *n, const struct ns_node *node)
{
	auto_buf struct buf kept = {0}, names = {0};
	const struct ns_task *init = evidence_init(&n->e, node->inum);

	kept_words(&n->data.graph, node, &kept);
	json_key(j, "namespace");
	json_object(j);
	json_kstr(j, "type", ns_slot_name(node->type));
	json_ku64(j, "inum", node->inum);
	json_rel(j, "parent", node->rel[REL_PARENT]);
	json_rel(j, "owner", node->rel[REL_OWNER]);
	json_ku64(j, "processes", node->nprocs);
	json_kstr(j, "kept", kept.s ? kept.s : "");
	if (node->type == NS_PID) {
		json_rel(j, "init", init ? init->pid : 0);
		json_ku64(j, "dies_with_init", what_dies(n, node, &names));
		json_ku64(j, "pid_namespaces_below", what_below(n, node));
	}
	json_limits(j, n, node);
	json_end_object(j);
}

static void json_reason(struct json *j, const struct reason *r)
{
	json_object(j);
	json_kstr(j, "code", r->code);
	json_kstr(j, "why", r->why);
	json_kstr(j, "remedy", r->todo);
	json_kstr(j, "function", r->kernel);
	json_kstr(j, "since", r->since);
	json_end_object(j);
}

void json_rule(struct json *j, const struct rule *r)
{
	auto_buf struct buf about = {0};

	rule_scopes(r, &about);
	json_object(j);
	json_kstr(j, "code", r->code);
	json_kstr(j, "weight", r->weight == RULE_TROUBLE ? "trouble" : "note");
	json_kstr(j, "about", about.s);
	json_kstr(j, "title", r->title);
	json_kstr(j, "evidence", r->evidence);
	json_kstr(j, "text", r->text);
	json_kstr(j, "remedy", r->remedy);
	json_key(j, "kernel");
	json_array(j);
	for (const struct rule_fact *f = r->facts; f && f->function; f++) {
		json_object(j);
		json_kstr(j, "function", f->function);
		json_kstr(j, "since", f->since);
		json_kstr(j, "says", f->says);
		json_end_object(j);
	}
	json_end_array(j);
	json_key(j, "reasons");
	json_array(j);
	for (size_t i = 0; i < r->nreasons; i++)
		json_reason(j, &r->reasons[i]);
	json_end_array(j);
	json_end_object(j);
}
