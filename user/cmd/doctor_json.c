// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_json.c - the document of `nswatch doctor --json`. Keys may be added,
 * they are never renamed. An ANSWER is "yes", "no" or "unknown".
 *
 *	"v": 1, "nswatch": "0.1.0"
 *	"kernel": {
 *		"release", "arch"
 *		"lsm": ["lockdown", ...], or null: unknown;  "lsm_from"
 *		"lockdown": "none" "integrity" "confidentiality" "unknown"
 *		"options": {"KPROBES": ANSWER, ...};  "options_from": file or null
 *		"sysctls": {"kernel.kptr_restrict": number, or null: not in this kernel,
 *			or "unknown": may not be read}}
 *	"rights": {
 *		"uid", "caps_effective": "000001ffffffffff" or null
 *		"caps": {"CAP_BPF": true, ...}
 *		"may_trace": bool;  "missing": text or null
 *		"kept": ["CAP_SYS_PTRACE", ...] that a trace keeps when its hooks are attached,
 *			or null: none was started
 *		"seccomp": "none" "strict" "filter" "unknown"
 *		"memlock": bytes, or null: unlimited
 *		"container": "docker" or null: no mark of one}
 *	"features": {"bpf": {"answer": ANSWER, "attached": bool, "errno": "EPERM" or null,
 *		"why": text, "hint": text}, ...}
 *	"hooks": [{
 *		"name", "help", "events": ["unshare", ...], "built": bool
 *		"chosen": "fentry" "kprobe" "tracepoint" or null
 *		"source": what gives the events where that is no hook: "rtnetlink", or null
 *		"facts": "exact" "inferred" or null;  "caveat": text or null
 *		"ways": {"fentry": {"state": "chosen" "possible" "no" "unknown" "none",
 *			"why": text}, "kprobe": ..., "tracepoint": ...}}]
 *	"lists": [{"name": "brief-cast", "help", "state": "chosen" "possible" "no" "unknown",
 *		"errno": "EACCES" or null}]: how ls reads processes, the fastest first; none
 *		chosen: from /proc
 *	"namespaces": {"mnt": {"kernel": bool, "limit": number or null,
 *		"initial": ANSWER}, ...}
 *	"findings": [{"code", "weight": "needed" "better" "note", "what", "todo"}]
 *	"verdict": {"trace": "full" "limited" "none", "text", "error": text or null}
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/doctor.h"
#include "event/schema.h"
#include "lib/caps.h"
#include "lib/host.h"
#include "kernel/nstype.h"
#include "out/json.h"
#include "kernel/kconfig.h"
#include "source/rights.h"

/* NULL and "" become null. */
static void put_text(struct json *j, const char *key, const char *s)
{
	json_kstr(j, key, s && *s ? s : NULL);
}

static void put_lsm(struct json *j)
{
	const char *where, *list = features_lsm(&where);

	json_key(j, "lsm");
	if (*where) {
		json_array(j);
		for (size_t n; *list; list += n + (list[n] == ',')) {
			n = strcspn(list, ",");
			json_strn(j, list, n);
		}
		json_end_array(j);
	} else {
		json_null(j);
	}
	put_text(j, "lsm_from", where);
}

static void put_sysctls(struct json *j, const struct features *f)
{
	json_key(j, "sysctls");
	json_object(j);
	for (size_t i = 0; i < FEATURES_SYSCTLS; i++) {
		if (!f->sysctl[i].code)
			json_ks64(j, features_sysctls[i].name, f->sysctl[i].value);
		else
			json_kstr(j, features_sysctls[i].name,
				f->sysctl[i].code == -ENOENT && f->procfs ? NULL : "unknown");
	}
	json_end_object(j);
}

static void put_kernel(struct json *j, const struct features *f)
{
	json_key(j, "kernel");
	json_object(j);
	json_kstr(j, "release", f->release);
	json_kstr(j, "arch", f->arch);
	put_lsm(j);
	json_kstr(j, "lockdown", features_lockdown_name(features_lockdown_mode()));
	json_key(j, "options");
	json_object(j);
	for (size_t i = 0; i < features_options_count; i++)
		json_kstr(j, features_options[i], answer_name(kconfig_get(features_options[i])));
	json_end_object(j);
	put_text(j, "options_from", kconfig_where());
	put_sysctls(j, f);
	json_end_object(j);
}

static void put_kept(struct json *j, const struct doctor *d)
{
	json_key(j, "kept");
	if (!d->tried || d->err.code) {
		json_null(j);
		return;
	}
	json_array(j);
	for (size_t i = 0; i < trace_rights_count; i++)
		if (d->kept & CAP_BIT(trace_rights[i].cap))
			json_str(j, trace_rights[i].name);
	json_end_array(j);
}

static void put_rights(struct json *j, const struct doctor *d)
{
	const struct features *f = d->f;
	static const char *const seccomp[] = {"none", "strict", "filter"};
	char caps[24];

	json_key(j, "rights");
	json_object(j);
	json_ku64(j, "uid", f->euid);
	snprintf(caps, sizeof(caps), "%016" PRIx64, f->caps);
	json_kstr(j, "caps_effective", f->caps_known ? caps : NULL);
	json_key(j, "caps");
	json_object(j);
	for (size_t i = 0; i < features_caps_count; i++)
		json_kbool(j, features_caps[i].name, features_has_cap(features_caps[i].number));
	json_end_object(j);
	json_kbool(j, "may_trace", features_may_trace());
	put_text(j, "missing", features_missing_rights());
	put_kept(j, d);
	json_kstr(j, "seccomp", f->seccomp < 0 || f->seccomp > 2 ? "unknown" : seccomp[f->seccomp]);
	json_key(j, "memlock");
	if (f->memlock == UINT64_MAX)
		json_null(j);
	else
		json_u64(j, f->memlock);
	put_text(j, "container", f->container);
	json_end_object(j);
}

static void put_features(struct json *j)
{
	json_key(j, "features");
	json_object(j);
	for (int i = 0; i < FEAT_COUNT; i++) {
		const struct feature_answer *x = features_fact((enum feature)i, true);

		json_key(j, features_rows[i].key);
		json_object(j);
		json_kstr(j, "answer", answer_name(x->answer));
		json_kbool(j, "attached", x->attached);
		json_kstr(j, "errno", x->code ? strerrorname_np(-x->code) : NULL);
		json_kstr(j, "why", x->why);
		json_kstr(j, "hint", x->hint);
		json_end_object(j);
	}
	json_end_object(j);
}

static void put_hook(struct json *j, const struct doctor *d, const struct hook_choice *c)
{
	const struct hook_way *way = hook_choice_way(c);

	json_object(j);
	json_kstr(j, "name", c->name);
	json_kstr(j, "help", c->hook->help);
	json_key(j, "events");
	json_array(j);
	for (unsigned int k = 0; k < EV_KINDS; k++)
		if (c->hook->kinds >> k & 1 && schema_of(k))
			json_str(j, schema_of(k)->name);
	json_end_array(j);
	json_kbool(j, "built", doctor_hook_built(c));
	json_kstr(j, "chosen", way ? hook_alt_name(c->alt) : NULL);
	put_text(j, "source", way ? way->source : NULL);
	json_kstr(j, "facts", !way ? NULL : way->inferred ? "inferred" : "exact");
	put_text(j, "caveat", way ? way->caveat : NULL);
	json_key(j, "ways");
	json_object(j);
	for (int alt = 0; alt < ALT_COUNT; alt++) {
		json_key(j, hook_alt_name((enum hook_alt)alt));
		json_object(j);
		json_kstr(j, "state", way_names[doctor_way(d, c, (enum hook_alt)alt)]);
		json_kstr(j, "why", c->why[alt]);
		json_end_object(j);
	}
	json_end_object(j);
	json_end_object(j);
}

static void put_lists(struct json *j, const struct doctor *d)
{
	json_key(j, "lists");
	json_array(j);
	for (int i = 0; i < LIST_COUNT; i++) {
		json_object(j);
		json_kstr(j, "name", doctor_list_rows[i].name);
		json_kstr(j, "help", doctor_list_rows[i].help);
		json_kstr(j, "state", way_names[doctor_list_state(d, (enum doctor_list)i)]);
		json_kstr(j, "errno", d->lists[i] ? strerrorname_np(-d->lists[i]) : NULL);
		json_end_object(j);
	}
	json_end_array(j);
}

static void put_namespaces(struct json *j, const struct features *f)
{
	json_key(j, "namespaces");
	json_object(j);
	for (unsigned int t = 0; t < NS_TYPES; t++) {
		int64_t limit = doctor_limit(t);

		json_key(j, ns_types[t].name);
		json_object(j);
		json_kbool(j, "kernel", f->types >> t & 1);
		json_key(j, "limit");
		if (limit < 0)
			json_null(j);
		else
			json_s64(j, limit);
		json_kstr(j, "initial", answer_name(f->initial[t]));
		json_end_object(j);
	}
	json_end_object(j);
}

static void put_findings(struct json *j, const struct doctor *d)
{
	json_key(j, "findings");
	json_array(j);
	for (size_t i = 0; i < d->nfindings; i++) {
		const struct doctor_finding *f = &d->findings[i];

		json_object(j);
		json_kstr(j, "code", f->code);
		json_kstr(j, "weight", weight_names[f->weight]);
		json_kstr(j, "what", f->what);
		json_kstr(j, "todo", f->todo);
		json_end_object(j);
	}
	json_end_array(j);
	json_key(j, "verdict");
	json_object(j);
	json_kstr(j, "trace", verdict_names[d->verdict]);
	json_kstr(j, "text", doctor_verdict_text(d));
	put_text(j, "error", d->err.code ? d->err.what : NULL);
	json_end_object(j);
}

void doctor_json(struct buf *b, const struct doctor *d)
{
	struct json j = {.b = b};

	json_object(&j);
	json_ku64(&j, "v", 1);
	json_kstr(&j, "host", host_name());
	json_kstr(&j, "nswatch", NSWATCH_VERSION);
	put_kernel(&j, d->f);
	put_rights(&j, d);
	put_features(&j);
	json_key(&j, "hooks");
	json_array(&j);
	for (size_t i = 0; i < d->hooks.count; i++)
		put_hook(&j, d, &d->hooks.of[i]);
	json_end_array(&j);
	put_lists(&j, d);
	put_namespaces(&j, d->f);
	put_findings(&j, d);
	json_end_object(&j);
	buf_putc(b, '\n');
}
