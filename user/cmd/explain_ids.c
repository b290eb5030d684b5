// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * explain_ids.c - explain --id, --host-id, --cap: what a user or group is outside and inside, and
 * what a process may do to a namespace.
 */
#include <errno.h>
#include <string.h>

#include "cmd/explain.h"
#include "event/value.h"
#include "kernel/nstype.h"
#include "lib/caps.h"
#include "lib/host.h"
#include "lib/users.h"
#include "out/escape.h"
#include "out/json.h"
#include "snapshot/idlevels.h"
#include "why/capable.h"

#define RANGES_SHOWN 4

static const struct {
	const char *name, *plural, *map, *overflow;
} kinds[ID_KINDS] = {
	[ID_USER] = {"user", "users", "uid_map", "/proc/sys/kernel/overflowuid"},
	[ID_GROUP] = {"group", "groups", "gid_map", "/proc/sys/kernel/overflowgid"},
};

/* What was asked, and what each level says to it. */
struct asked {
	struct now *n;
	struct about about;
	uint32_t id;
	bool outside; /* id is one of the host */
	struct idlevels levels;
	uint32_t at[ID_KINDS][IDLEVELS_MAX];
	struct users users;
};

static size_t last_of(const struct asked *a)
{
	return a->levels.n - 1;
}

/* At the end that was asked for. */
static bool has_answer(const struct asked *a, enum id_kind kind)
{
	return a->at[kind][a->outside ? 0 : last_of(a)] != IDMAP_NONE;
}

static const char *host_word(const struct asked *a)
{
	return a->levels.v[last_of(a)].inum == ns_types[NS_USER].initial ? "the host"
									 : "this user namespace";
}

static void about_say(const struct about *about, struct buf *b)
{
	if (!about->task) {
		value_inum(b, about->node->type, about->node->inum);
		return;
	}
	escape_text(b, about->task->comm, strlen(about->task->comm));
	buf_printf(b, " (%u)", about->task->pid);
}

static void level_say(const struct idlevel *l, struct buf *b)
{
	if (l->inum)
		value_inum(b, NS_USER, l->inum);
	else
		buf_puts(b, "its user namespace, which may not be seen");
}

/* "0-999, 5000", of one side of a map. */
static void ranges_say(const struct idmap *m, bool outside, struct buf *b)
{
	for (size_t i = 0; i < m->n; i++) {
		uint32_t first = outside ? m->v[i].outer : m->v[i].inner;

		if (i == RANGES_SHOWN) {
			buf_printf(b, " and %zu more ranges", m->n - i);
			return;
		}
		buf_puts(b, i ? ", " : "");
		if (first == IDMAP_NONE) {
			buf_printf(b, "%u that have no number here", m->v[i].count);
			continue;
		}
		buf_printf(b, "%u", first);
		if (m->v[i].count > 1)
			buf_printf(b, "-%u", first + m->v[i].count - 1);
	}
}

static void id_say(struct asked *a, enum id_kind kind, bool both, size_t level, struct buf *b)
{
	const char *name = kind == ID_USER && level == last_of(a)
				   ? users_here(&a->users, a->at[kind][level])
				   : NULL;

	buf_printf(b, "%u", a->at[kind][level]);
	if (!name)
		return;
	buf_puts(b, both ? " (user " : " (");
	escape_text(b, name, strlen(name));
	buf_putc(b, ')');
}

/* --- text ------------------------------------------------------------------------------------ */

static void page_heading(struct page *p, struct asked *a, enum id_kind kind, bool both)
{
	auto_buf struct buf b = {0};
	size_t to = a->outside ? 0 : last_of(a);

	buf_printf(&b, "%s %u ", both ? "user and group" : kinds[kind].name, a->id);
	if (a->outside)
		buf_printf(&b, "of %s", host_word(a));
	else
		buf_puts(&b, "of ");
	if (!a->outside)
		about_say(&a->about, &b);
	if (has_answer(a, kind)) {
		buf_printf(&b, both ? " are " : " is %s ", kinds[kind].name);
		id_say(a, kind, both, to, &b);
	} else {
		buf_printf(&b, " is no %s", both ? "user or group" : kinds[kind].name);
	}
	if (a->outside) {
		buf_puts(&b, " in ");
		about_say(&a->about, &b);
	} else {
		buf_printf(&b, " on %s", host_word(a));
	}
	page_wrap(p, b.s, 0, 2);
}

static void page_level(struct page *p, struct asked *a, enum id_kind kind, bool both, size_t i)
{
	const struct idlevel *l = &a->levels.v[i];
	auto_buf struct buf b = {0};
	char name[32] = "host";

	if (i < last_of(a))
		snprintf(name, sizeof(name), "level %zu", last_of(a) - i);
	else if (l->inum != ns_types[NS_USER].initial)
		strcpy(name, "here");
	if (!l->known)
		buf_puts(&b, "nothing lets the map be read of ");
	else if (a->at[kind][i] != IDMAP_NONE)
		id_say(a, kind, both, i, &b);
	else
		buf_puts(&b, "no number");
	buf_puts(&b, l->known ? " in " : "");
	level_say(l, &b);
	if (l->known && a->at[kind][i] == IDMAP_NONE) {
		buf_printf(&b, l->map[kind].n ? ", whose %s has " : ", whose %s is empty",
			kinds[kind].map);
		ranges_say(&l->map[kind], i == last_of(a) ? false : a->outside, &b);
	}
	page_row(p, name, b.s);
}

/* Why a number shows that nobody has. */
static void page_overflow(struct page *p, struct asked *a, enum id_kind kind, bool both)
{
	const struct idlevel *l = &a->levels.v[0];
	const char *plural = both ? "users and groups" : kinds[kind].plural;
	uint32_t overflow = a->levels.overflow[kind];
	bool maps = a->at[kind][0] != IDMAP_NONE;
	auto_buf struct buf b = {0};
	char name[16];

	snprintf(name, sizeof(name), "%u", overflow);
	if (!a->outside && a->id == overflow && maps)
		buf_printf(&b,
			"is also what the kernel shows inside for %s that have no number there "
			"(%s): a file that shows %u there may be anybody's",
			plural, kinds[kind].overflow, overflow);
	else if (!a->outside && !maps)
		buf_printf(&b,
			"is what the kernel shows inside for %s that have no number there (%s); "
			"nobody there can become %s %u or give it a file (EINVAL)",
			plural, kinds[kind].overflow, both ? "user or group" : kinds[kind].name,
			a->id);
	else if (a->outside && !maps)
		buf_printf(&b,
			"is what the kernel shows inside in its place (%s); root there has no "
			"rights over its files",
			kinds[kind].overflow);
	if (b.len && l->known)
		page_row(p, name, b.s);
}

/* A map of groups that is as that of users needs no second page. */
static bool kinds_agree(const struct asked *a)
{
	return !memcmp(a->at[ID_USER], a->at[ID_GROUP], a->levels.n * sizeof(a->at[0][0])) &&
	       a->levels.overflow[ID_USER] == a->levels.overflow[ID_GROUP] &&
	       has_answer(a, ID_USER);
}

/* What has no number inside is nothing further out. */
static size_t rows_of(const struct asked *a, enum id_kind kind)
{
	return !a->outside && a->at[kind][0] == IDMAP_NONE ? 1 : a->levels.n;
}

static void page_ids(struct page *p, struct asked *a)
{
	bool both = kinds_agree(a);

	for (int kind = 0; kind < (both ? 1 : ID_KINDS); kind++) {
		page_heading(p, a, (enum id_kind)kind, both);
		for (size_t i = 0; i < rows_of(a, (enum id_kind)kind); i++)
			page_level(p, a, (enum id_kind)kind, both, i);
		page_overflow(p, a, (enum id_kind)kind, both);
	}
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void json_id(struct json *j, const char *key, uint32_t id)
{
	json_key(j, key);
	if (id == IDMAP_NONE)
		json_null(j);
	else
		json_u64(j, id);
}

static void json_inum(struct json *j, const char *key, uint32_t inum)
{
	json_key(j, key);
	if (inum)
		json_u64(j, inum);
	else
		json_null(j);
}

static void json_level(struct json *j, const struct asked *a, enum id_kind kind, size_t i)
{
	const struct idmap *m = &a->levels.v[i].map[kind];

	json_object(j);
	json_inum(j, "userns", a->levels.v[i].inum);
	json_ku64(j, "level", last_of(a) - i);
	json_kbool(j, "known", a->levels.v[i].known);
	json_id(j, "id", a->at[kind][i]);
	json_key(j, "map");
	json_array(j);
	for (size_t k = 0; k < m->n; k++) {
		json_object(j);
		json_ku64(j, "inside", m->v[k].inner);
		json_id(j, "outside", m->v[k].outer);
		json_ku64(j, "count", m->v[k].count);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void json_ids(struct json *j, struct asked *a)
{
	json_key(j, "ids");
	json_object(j);
	json_kstr(j, "asked", a->outside ? "outside" : "inside");
	json_ku64(j, "id", a->id);
	json_inum(j, "userns", a->levels.v[0].inum);
	for (int kind = 0; kind < ID_KINDS; kind++) {
		uint32_t host = a->at[kind][last_of(a)];

		json_key(j, kinds[kind].name);
		json_object(j);
		json_id(j, "inside", a->at[kind][0]);
		json_id(j, "outside", host);
		if (kind == ID_USER)
			json_kstr(
				j, "name", host == IDMAP_NONE ? NULL : users_here(&a->users, host));
		json_ku64(j, "overflow", a->levels.overflow[kind]);
		json_key(j, "levels");
		json_array(j);
		for (size_t i = 0; i < a->levels.n; i++)
			json_level(j, a, (enum id_kind)kind, i);
		json_end_array(j);
		json_end_object(j);
	}
	json_end_object(j);
}

/* --- --id, --host-id -------------------------------------------------------------------------- */

static int ids_read(struct asked *a)
{
	const struct ns_task *t = a->about.task;
	const struct ns_node *node = a->about.node;
	uint32_t userns =
		t ? t->ns.inum[NS_USER] : capable_owner(&a->n->data, node->type, node->inum);
	auto_buf struct buf who = {0};
	int r = !t && !userns ? -EACCES : idlevels_read(&a->n->data, userns, t, &a->levels);

	if (r) {
		about_say(&a->about, &who);
		log_say("%s: the maps of its user namespace can't be read: %s", who.s,
			r == -EACCES ? "it is not in sight" : strerror(-r));
		return EXPLAIN_GONE;
	}
	for (int kind = 0; kind < ID_KINDS; kind++)
		idlevels_ask(&a->levels, (enum id_kind)kind, a->id, a->outside, a->at[kind]);
	return 0;
}

static void json_begin(struct json *j)
{
	json_object(j);
	json_ku64(j, "v", 1);
	json_kstr(j, "host", host_name());
}

static void json_finish(struct json *j)
{
	json_end_object(j);
	buf_putc(j->b, '\n');
}

int explain_ids(struct now *n, const struct about *about)
{
	struct asked a = {.n = n, .about = *about, .outside = n->o->has_host_id};
	auto_buf struct buf b = {0};
	struct page p = page_of(n->o, &b);
	struct json j = {.b = &b};
	int r;

	a.id = (uint32_t)(a.outside ? n->o->host_id : n->o->id);
	r = ids_read(&a);
	if (!r && n->o->json) {
		json_begin(&j);
		json_ids(&j, &a);
		json_finish(&j);
	} else if (!r) {
		page_ids(&p, &a);
	}
	if (!r)
		r = output_put(&b)                                        ? EXPLAIN_ERROR
		    : has_answer(&a, ID_USER) && has_answer(&a, ID_GROUP) ? EXIT_OK
									  : EXPLAIN_FOUND;
	idlevels_free(&a.levels);
	users_free(&a.users);
	return r;
}

/* --- --cap ------------------------------------------------------------------------------------ */

static const char *const rule_names[] = {
	[CAPABLE_EFFECTIVE] = "effective",
	[CAPABLE_OWNER] = "owner",
	[CAPABLE_LACKS] = "lacks",
	[CAPABLE_OUTSIDE] = "outside",
	[CAPABLE_UNKNOWN] = "unknown",
};

static void say_via(const struct capable *c, struct buf *b)
{
	value_inum(b, NS_USER, c->via);
	if (c->via == c->target)
		return;
	buf_puts(b, ", which is above ");
	value_inum(b, NS_USER, c->target);
}

static void say_maker(const struct capable *c, struct buf *b)
{
	if (c->has_maker)
		buf_printf(b, "user %u", c->maker);
	else
		buf_puts(b, "another user");
	buf_puts(b, " made ");
	say_via(c, b);
}

static void rule_say(const struct capable *c, int cap, struct buf *b)
{
	const char *name = cap_names[cap];

	switch (c->rule) {
	case CAPABLE_EFFECTIVE:
		buf_printf(b, "%s is in its effective set, and it is in ", name);
		value_inum(b, NS_USER, c->own);
		if (!c->via)
			break;
		buf_puts(b, ", which is above ");
		value_inum(b, NS_USER, c->target);
		break;
	case CAPABLE_OWNER:
		buf_printf(b, "its user, %u, made ", c->euid);
		say_via(c, b);
		buf_puts(b,
			", from the user namespace that it is in, and has every capability there");
		break;
	case CAPABLE_LACKS:
		buf_printf(b, "%s is not in its effective set", name);
		if (!c->via)
			break;
		buf_printf(b, ", and not its user, %u, but ", c->euid);
		say_maker(c, b);
		break;
	case CAPABLE_OUTSIDE:
		buf_puts(b, "it is in ");
		value_inum(b, NS_USER, c->own);
		buf_puts(b, ", and ");
		value_inum(b, NS_USER, c->target);
		buf_puts(b, " is not below that: no capability reaches it");
		break;
	default:
		buf_puts(b, "what decides it is not in sight; run this as root of the "
			    "system");
	}
}

struct cap_page {
	struct now *n;
	const struct ns_task *t;
	int cap;
	struct page *p; /* NULL: to j */
	struct json *j;
	bool all, unknown;
	uint32_t told[NS_TYPES]; /* the user namespaces that the page has already */
	size_t ntold;
};

static void json_capable(struct cap_page *a, uint32_t type, uint32_t inum, const struct capable *c)
{
	auto_buf struct buf why = {0};
	struct json *j = a->j;

	rule_say(c, a->cap, &why);
	json_object(j);
	json_kstr(j, "type", ns_types[type].name);
	json_ku64(j, "inum", inum);
	json_inum(j, "userns", c->target);
	json_key(j, "capable");
	if (c->rule == CAPABLE_UNKNOWN)
		json_null(j);
	else
		json_bool(j, capable_yes(c));
	json_kstr(j, "rule", rule_names[c->rule]);
	json_kbool(j, "effective", c->in_effective);
	json_ku64(j, "euid", c->euid);
	json_inum(j, "own_userns", c->own);
	json_inum(j, "via", c->via);
	json_key(j, "maker");
	if (c->has_maker)
		json_u64(j, c->maker);
	else
		json_null(j);
	json_kstr(j, "text", why.s);
	json_end_object(j);
}

/* "net:[..] of user:[..]"; of the namespaces of a process, "mnt, net of user:[..]". */
static void place_say(const struct cap_page *a, const struct about *over, uint32_t type,
	uint32_t inum, uint32_t target, struct buf *b)
{
	const char *sep = "";

	if (over->node) {
		value_inum(b, type, inum);
	} else {
		for (unsigned int i = 0; i < NS_TYPES; i++) {
			uint32_t of = over->task->ns.inum[i];

			if (!of || capable_owner(&a->n->data, i, of) != target)
				continue;
			buf_printf(b, "%s%s", sep, ns_types[i].name);
			sep = ", ";
		}
	}
	if (!target || (over->node && type == NS_USER))
		return;
	buf_puts(b, " (of ");
	value_inum(b, NS_USER, target);
	buf_putc(b, ')');
}

static void page_capable(struct cap_page *a, const struct about *over, uint32_t type, uint32_t inum,
	const struct capable *c)
{
	auto_buf struct buf b = {0};

	for (size_t i = 0; i < a->ntold; i++)
		if (a->told[i] == c->target)
			return;
	a->told[a->ntold++] = c->target;
	buf_puts(&b, "over ");
	place_say(a, over, type, inum, c->target, &b);
	buf_puts(&b, ": ");
	rule_say(c, a->cap, &b);
	page_row(a->p,
		c->rule == CAPABLE_UNKNOWN ? "not known"
		: capable_yes(c)           ? "yes"
					   : "no",
		b.s);
}

static int cap_ask(struct cap_page *a, const struct about *over, uint32_t type, uint32_t inum)
{
	struct capable c;
	int r = capable_ask(&a->n->data, a->t, a->cap, capable_owner(&a->n->data, type, inum), &c);

	if (r) {
		log_say("process %u: %s", a->t->pid, strerror(-r));
		return EXPLAIN_GONE;
	}
	a->all = a->all && capable_yes(&c);
	a->unknown |= c.rule == CAPABLE_UNKNOWN;
	if (a->p)
		page_capable(a, over, type, inum, &c);
	else
		json_capable(a, type, inum, &c);
	return 0;
}

static int caps_ask(struct cap_page *a, const struct about *over)
{
	int r = 0;

	if (over->node)
		return cap_ask(a, over, over->node->type, over->node->inum);
	for (unsigned int type = 0; type < NS_TYPES && !r; type++)
		if (over->task->ns.inum[type])
			r = cap_ask(a, over, type, over->task->ns.inum[type]);
	return r;
}

int explain_cap(struct now *n, const struct about *who, const struct about *over)
{
	auto_buf struct buf b = {0}, name = {0};
	struct page p = page_of(n->o, &b);
	struct json j = {.b = &b};
	struct cap_page a = {n, who->task, n->o->cap, n->o->json ? NULL : &p, &j, .all = true};
	int r;

	about_say(who, &name);
	if (!who->task) {
		log_say("%s is no process, and only processes have capabilities", name.s);
		return EXIT_USAGE;
	}
	if (over->task && over->task->flags & TASK_UNREADABLE) {
		log_say("the namespaces of process %u may not be read: run it as root",
			over->task->pid);
		return EXPLAIN_GONE;
	}
	if (n->o->json) {
		json_begin(&j);
		json_kstr(&j, "cap", cap_names[a.cap]);
		json_ku64(&j, "pid", a.t->pid);
		json_key(&j, "over");
		json_array(&j);
	} else {
		buf_printf(&b, "%s of %s, user %u\n", cap_names[a.cap], name.s, a.t->uid);
	}
	r = caps_ask(&a, over);
	if (r)
		return r;
	if (n->o->json) {
		json_end_array(&j);
		json_finish(&j);
	}
	return output_put(&b) ? EXPLAIN_ERROR
	       : a.unknown    ? EXPLAIN_GONE
	       : a.all        ? EXIT_OK
			      : EXPLAIN_FOUND;
}
