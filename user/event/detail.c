// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "bpf/wire/event.h"
#include "event/detail.h"
#include "event/value.h"
#include "kernel/nstype.h"
#include "out/escape.h"

static const struct {
	const char *one, *many;
	const char *of; /* before where */
	const char *then;
} losses[EV_LOST_WHYS] = {
	[EV_LOST_RECORD] = {"record", "records", "", " lost"},
	[EV_LOST_CALL] = {"call", "calls", " of ", " lost: too many were on at once"},
	[EV_LOST_PROGRAM] = {"run", "runs", " of ",
		" left out by the kernel: as many events may be missing"},
	[EV_LOST_NAMESPACE] = {"namespace", "namespaces", "",
		" not remembered for want of memory: the end, age and maker may not be told"},
	[EV_LOST_PROCESS] = {"process", "processes", "",
		" not followed for want of memory: what they do is not told"},
	[EV_LOST_MOUNT] = {"change", "changes", "",
		" of mounts lost: pins and unpins may be missing"},
	[EV_LOST_DEVICE] = {"look", "looks", "",
		" at network devices late or cut short: moves of devices may be missing"},
	[EV_LOST_OUTPUT] = {"event", "events", " for output ", " lost: its reader is too slow"},
};

void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len)
{
	if (why >= EV_LOST_WHYS)
		why = EV_LOST_RECORD;
	buf_u64(b, count);
	buf_putc(b, ' ');
	buf_puts(b, count == 1 ? losses[why].one : losses[why].many);
	if (len && losses[why].of[0]) {
		buf_puts(b, losses[why].of);
		escape_text(b, where, len);
	}
	buf_puts(b, losses[why].then);
}

/* --- refusal ----------------------------------------------------------------------------- */

#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* Those that change something, by their first: the next two of each four remove and ask. */
static const struct {
	uint32_t first;
	const char *name;
} families[] = {
	{RTM_NEWLINK, "LINK"},
	{RTM_NEWADDR, "ADDR"},
	{RTM_NEWROUTE, "ROUTE"},
	{RTM_NEWNEIGH, "NEIGH"},
	{RTM_NEWRULE, "RULE"},
	{RTM_NEWQDISC, "QDISC"},
	{RTM_NEWTCLASS, "TCLASS"},
	{RTM_NEWTFILTER, "TFILTER"},
	{RTM_NEWNEIGHTBL, "NEIGHTBL"},
	{RTM_NEWNETCONF, "NETCONF"},
	{RTM_NEWMDB, "MDB"},
	{RTM_NEWNSID, "NSID"},
	{RTM_NEWNEXTHOP, "NEXTHOP"},
	{RTM_NEWLINKPROP, "LINKPROP"},
};

void refusal_request(struct buf *b, uint32_t type)
{
	static const char *const does[] = {"NEW", "DEL", "GET", "SET"};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (type < families[i].first || type > families[i].first + 3)
			continue;
		buf_printf(b, "RTM_%s%s", does[type - families[i].first], families[i].name);
		return;
	}
	buf_printf(b, "request %u", type);
}

static void add_text(struct buf *b, const char *s, size_t size, const char *otherwise)
{
	size_t len = strnlen(s, size);

	if (len)
		escape_text(b, s, len);
	else
		buf_puts(b, otherwise);
}

#define ADD(b, member, otherwise) add_text(b, member, sizeof(member), otherwise)

void refusal_written(struct buf *b, const struct ev_refused *e)
{
	size_t len = strnlen(e->written, sizeof(e->written));

	if (len && e->written[len - 1] == '\n')
		len--;
	escape_text(b, e->written, len);
}

/* fs/namespace.c path_mount(), in its order. */
static void add_mount(struct buf *b, const struct ev_refused *e)
{
	if (e->call_flags & MS_REMOUNT) {
		buf_puts(b, "remount ");
	} else if (e->call_flags & (MS_BIND | MS_MOVE)) {
		buf_puts(b, e->call_flags & MS_BIND ? "bind " : "move ");
		ADD(b, e->source, "nothing");
		buf_puts(b, e->call_flags & MS_BIND ? " on " : " to ");
	} else if (e->call_flags & PROPAGATION) {
		buf_puts(b, "change the propagation of ");
	} else {
		buf_puts(b, "mount ");
		ADD(b, e->fs_type, "a file system");
		buf_puts(b, " on ");
	}
	ADD(b, e->path, "nothing");
}

static void add_write(struct buf *b, const struct ev_refused *e, const char *file)
{
	if (e->path[0]) {
		buf_puts(b, "open ");
		ADD(b, e->path, file);
		return;
	}
	buf_puts(b, "write \"");
	refusal_written(b, e);
	buf_printf(b, "\" to %s of ", file);
	value_inum(b, NS_USER, e->inum);
}

void refusal_text(struct buf *b, const struct ev_refused *e)
{
	switch (e->call) {
	case EV_REFUSED_MOUNT:
		add_mount(b, e);
		break;
	case EV_REFUSED_UMOUNT:
		buf_puts(b, "unmount ");
		ADD(b, e->path, "nothing");
		break;
	case EV_REFUSED_FSCONFIG:
		buf_puts(b, "set up a file system of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_FSMOUNT:
		buf_puts(b, "make a mount of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_MOVE_MOUNT:
		buf_puts(b, "attach a mount to ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_FSOPEN:
		buf_puts(b, "begin a file system of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_OPEN_TREE:
		buf_puts(b, "take mounts at ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_MOUNT_SETATTR:
		buf_puts(b, "change mounts at ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_OPEN:
		buf_puts(b, "open ");
		ADD(b, e->path, "a file");
		break;
	case EV_REFUSED_UID_MAP:
		add_write(b, e, "uid_map");
		break;
	case EV_REFUSED_GID_MAP:
		add_write(b, e, "gid_map");
		break;
	case EV_REFUSED_SETGROUPS_FILE:
		add_write(b, e, "setgroups");
		break;
	case EV_REFUSED_SETGROUPS:
		buf_puts(b, "set its groups in ");
		value_inum(b, NS_USER, e->inum);
		break;
	case EV_REFUSED_RTNETLINK:
		buf_puts(b, "ask rtnetlink for ");
		refusal_request(b, e->request);
		buf_puts(b, " in ");
		value_inum(b, NS_NET, e->inum);
		break;
	case EV_REFUSED_TIMENS_OFFSETS:
		buf_puts(b, "write \"");
		refusal_written(b, e);
		buf_puts(b, "\" to timens_offsets of ");
		value_inum(b, NS_TIME, e->inum);
		break;
	default:
		buf_puts(b, "do something unknown");
	}
}

/* --- detail ------------------------------------------------------------------------------ */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define OPS_MAX       56

/* Appends something about ev and says whether there was anything to say. */
typedef bool (*word_fn)(struct buf *b, const struct event *ev);
typedef bool (*how_fn)(struct buf *b, const struct event *ev, const struct ev_field *f);

enum op_kind {
	OP_TEXT,
	OP_FIELD,
	OP_WORD,
	OP_SECTION,
};

enum op_cond {
	COND_NONE,
	COND_SET, /* not empty */
	COND_EQUAL,
};

struct op {
	enum op_kind kind;
	enum op_cond cond;
	bool negated;
	unsigned int end; /* OP_SECTION: the first op behind it */
	const char *text; /* OP_TEXT */
	size_t len;
	const struct ev_field *field, *other; /* OP_FIELD; of the condition */
	uint64_t value;                       /* of the condition, without other */
	how_fn how;
	word_fn word;
};

/* A template in a form that is quick to walk; made when its kind is first seen. */
struct prog {
	bool ready;
	unsigned int n;
	struct op ops[OPS_MAX];
};

/* --- what words and hows say ----------------------------------------------------------------- */

static const struct ev_field *field_of(const struct event *ev, const char *name)
{
	return schema_field(ev->schema, name, strlen(name));
}

/* "uts 4026531838 -> 4026532938, ipc ..." */
static bool word_changes(struct buf *b, const struct event *ev)
{
	const struct ev_nsset *before = event_nsset(ev, field_of(ev, "before"));
	const struct ev_nsset *after = event_nsset(ev, field_of(ev, "after"));
	uint32_t mask = (uint32_t)event_num(ev, field_of(ev, "changed"));
	size_t start = b->len;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(mask >> slot & 1))
			continue;
		if (b->len > start)
			buf_puts(b, ", ");
		buf_puts(b, slot_label(slot));
		buf_putc(b, ' ');
		if (before->inum[slot])
			buf_u64(b, before->inum[slot]);
		else
			buf_puts(b, "none");
		buf_puts(b, " -> ");
		if (after->inum[slot])
			buf_u64(b, after->inum[slot]);
		else
			buf_puts(b, "none");
	}
	return b->len > start;
}

/* "uts 4026532938, ipc 4026532939" */
static bool word_emptied(struct buf *b, const struct event *ev)
{
	const struct ev_nsset *set = event_nsset(ev, field_of(ev, "ns"));
	uint32_t mask = (uint32_t)event_num(ev, field_of(ev, "empties"));
	size_t start = b->len;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(mask >> slot & 1))
			continue;
		if (b->len > start)
			buf_puts(b, ", ");
		buf_puts(b, slot_label(slot));
		buf_putc(b, ' ');
		buf_u64(b, set->inum[slot]);
	}
	return b->len > start;
}

/* What setns(2) was to join: "net:[4026532999]", "uts|ipc of process 7453", "net". */
static bool word_target(struct buf *b, const struct event *ev)
{
	const struct ev_field *inum = field_of(ev, "target_inum");
	uint64_t flags = event_num(ev, field_of(ev, "ns_flags"));
	uint64_t pid = event_num(ev, field_of(ev, "target_pid"));

	if (event_num(ev, inum)) {
		value_text(b, ev, inum);
		return true;
	}
	if (flags)
		value_nsflags(b, flags, ev->schema->kind);
	else
		buf_puts(b, "any namespace");
	if (pid) {
		buf_puts(b, " of process ");
		buf_u64(b, pid);
	}
	return true;
}

/* The program and its arguments without the name it was told to have. */
static bool word_command(struct buf *b, const struct event *ev)
{
	const char *arg, *name, *list;
	size_t len, name_len, list_len, pos = 0;
	bool first = true;

	name = event_str(ev, field_of(ev, "filename"), &name_len);
	list = event_str(ev, field_of(ev, "args"), &list_len);
	if (name_len)
		escape_shell(b, name, name_len);
	while (event_arg_next(list, list_len, &pos, &arg, &len)) {
		if (!(first && name_len)) {
			if (!first)
				buf_putc(b, ' ');
			escape_shell(b, arg, len);
		}
		first = false;
	}
	if (event_args_cut(list, list_len))
		buf_puts(b, "...");
	return name_len || list_len;
}

/*
 * What a call that succeeded did not do: because a filter answered it, and the kernel did nothing,
 * or because the caller was there already.
 */
static bool word_answered(struct buf *b, const struct event *ev)
{
	const struct ev_field *changed = field_of(ev, "changed");

	if ((int64_t)event_num(ev, field_of(ev, "result")) < 0)
		return false;
	if (!(ev->hdr->flags & EVF_FILTERED)) {
		if (ev->schema->kind != EV_SETNS || event_num(ev, changed))
			return false;
		buf_puts(b, "was there already");
		return true;
	}
	buf_puts(b, "answered 0 by a filter; ");
	buf_puts(b, ev->schema->kind == EV_UNSHARE ? "nothing was unshared"
		    : ev->schema->kind == EV_SETNS ? "nothing was joined"
						   : "no child was made");
	return true;
}

static bool word_loss(struct buf *b, const struct event *ev)
{
	size_t len;
	const char *where = event_str(ev, field_of(ev, "where"), &len);

	loss_text(b, (uint32_t)event_num(ev, field_of(ev, "why")),
		event_num(ev, field_of(ev, "count")), where, len);
	return true;
}

static bool word_refusal(struct buf *b, const struct event *ev)
{
	refusal_text(b, ev->rec);
	return true;
}

/* Of ns_flags: the namespaces alone. */
static bool how_new(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	uint32_t mask = nsflags_types(event_num(ev, f), ev->schema->kind);

	if (!mask)
		return false;
	value_slots(b, mask);
	return true;
}

/* Of a result: "ENOMEM" without its explanation. */
static bool how_errno(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	const char *name = errno_name((int)event_num(ev, f));

	if (name)
		buf_puts(b, name);
	else
		value_text(b, ev, f);
	return true;
}

/* Of an exit status: what its bearer did. */
static bool how_ended(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	buf_puts(b, WTERMSIG((int)event_num(ev, f)) ? "was " : "ended with ");
	value_text(b, ev, f);
	return true;
}

/* Of a time: how long before the event. */
static bool how_ago(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	uint64_t then = event_num(ev, f);

	if (!then || then > ev->hdr->ts_ns)
		return false;
	value_duration(b, ev->hdr->ts_ns - then);
	return true;
}

static const struct {
	const char *name;
	word_fn fn;
	const char *needs[4]; /* fields that the kind must have */
} words[] = {
	{"changes", word_changes, {"before", "after", "changed"}},
	{"emptied", word_emptied, {"ns", "empties"}},
	{"target", word_target, {"target_inum", "target_pid", "ns_flags"}},
	{"command", word_command, {"filename", "args"}},
	{"answered", word_answered, {"result", "changed"}},
	{"loss", word_loss, {"count", "why", "where"}},
	{"refusal", word_refusal, {"call", "call_flags", "written", "request"}},
};

static const struct {
	const char *name;
	how_fn fn;
	enum field_type type;
} hows[] = {
	{"new", how_new, FT_NSFLAGS},
	{"errno", how_errno, FT_RESULT},
	{"ended", how_ended, FT_EXIT},
	{"ago", how_ago, FT_TIME},
};

/* --- reading a template ------------------------------------------------------------------------
 */

struct reader {
	const struct ev_schema *s;
	const char *p;
	struct prog *prog;
	struct err *err;
};

static int bad(struct reader *r, const char *what, const char *at, size_t len)
{
	return err_say(r->err, -EINVAL, "template of %s: %s: %.*s", r->s->name, what, (int)len, at);
}

static struct op *op_add(struct reader *r, enum op_kind kind)
{
	struct op *op;

	if (r->prog->n == OPS_MAX)
		return NULL;
	op = &r->prog->ops[r->prog->n++];
	*op = (struct op){.kind = kind};
	return op;
}

static bool equals(const char *name, const char *s, size_t len)
{
	return strlen(name) == len && !memcmp(name, s, len);
}

static int read_word(struct reader *r, struct op *op, size_t i, const char *s, size_t len)
{
	for (size_t n = 0; n < ARRAY_SIZE(words[i].needs) && words[i].needs[n]; n++)
		if (!schema_field(r->s, words[i].needs[n], strlen(words[i].needs[n])))
			return bad(r, "fields are missing for", s, len);
	op->kind = OP_WORD;
	op->word = words[i].fn;
	return 0;
}

static int read_how(struct reader *r, struct op *op, const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		if (!equals(hows[i].name, s, len))
			continue;
		if (op->field->type != hows[i].type)
			return bad(r, "not for this field", s, len);
		op->how = hows[i].fn;
		return 0;
	}
	return bad(r, "unknown way to say it", s, len);
}

/* {field}, {field:how}, {word}; r->p is behind the brace. */
static int read_brace(struct reader *r)
{
	size_t len = strcspn(r->p, "}"), name_len;
	const char *s = r->p;
	struct op *op = op_add(r, OP_FIELD);

	if (!op || !s[len])
		return bad(r, "too long, or a brace is open", s, len);
	r->p += len + 1;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (equals(words[i].name, s, len))
			return read_word(r, op, i, s, len);
	name_len = strcspn(s, ":}");
	op->field = schema_field(r->s, s, name_len);
	if (!op->field)
		return bad(r, "unknown field", s, name_len);
	return name_len < len ? read_how(r, op, s + name_len + 1, len - name_len - 1) : 0;
}

/* What a condition compares with: a field, a number, or a name of the field's own. */
static int read_value(struct reader *r, struct op *op, const char *s, size_t len)
{
	int slot = ns_slot_by_name(s, len);

	op->other = schema_field(r->s, s, len);
	if (op->other)
		return 0;
	if (op->field->type == FT_SLOT && slot >= 0) {
		op->value = (uint64_t)slot;
		return 0;
	}
	for (size_t i = 0; op->field->type == FT_ENUM && op->field->names[i]; i++) {
		if (!equals(op->field->names[i], s, len))
			continue;
		op->value = i;
		return 0;
	}
	if (!isdigit((unsigned char)*s))
		return bad(r, "unknown value", s, len);
	op->value = strtoull(s, NULL, 10);
	return 0;
}

/* ?COND: behind an opening bracket; r->p is behind the question mark. */
static int read_cond(struct reader *r, struct op *op)
{
	size_t len = strcspn(r->p, ":]"), name_len;
	const char *s = r->p;

	if (s[len] != ':')
		return bad(r, "condition without colon", s, len);
	r->p += len + 1;
	op->cond = COND_SET;
	if (*s == '!') {
		op->negated = true;
		s++;
		len--;
	}
	name_len = strcspn(s, "!=:");
	op->field = schema_field(r->s, s, name_len);
	if (!op->field)
		return bad(r, "unknown field", s, name_len);
	if (name_len == len)
		return 0;
	op->cond = COND_EQUAL;
	if (s[name_len] == '!') {
		op->negated = true;
		name_len++;
	}
	return read_value(r, op, s + name_len + 1, len - name_len - 1);
}

static int read_ops(struct reader *r, bool inside);

static int read_section(struct reader *r)
{
	struct op *op = op_add(r, OP_SECTION);
	int rc = 0;

	if (!op)
		return bad(r, "too long", r->p, strlen(r->p));
	if (*r->p == '?') {
		r->p++;
		rc = read_cond(r, op);
	}
	if (!rc)
		rc = read_ops(r, true);
	op->end = r->prog->n;
	return rc;
}

static int read_ops(struct reader *r, bool inside)
{
	struct op *op;
	int rc = 0;

	while (!rc && *r->p && *r->p != ']') {
		size_t len = strcspn(r->p, "{[]");

		if (len) {
			op = op_add(r, OP_TEXT);
			if (!op)
				return bad(r, "too long", r->p, len);
			op->text = r->p;
			op->len = len;
			r->p += len;
		} else if (*r->p++ == '{') {
			rc = read_brace(r);
		} else {
			rc = read_section(r);
		}
	}
	if (rc)
		return rc;
	if (inside != (*r->p == ']'))
		return bad(r, "brackets do not pair", r->s->detail, strlen(r->s->detail));
	if (inside)
		r->p++;
	return 0;
}

static int prog_read(const struct ev_schema *s, struct prog *prog, struct err *err)
{
	struct reader r = {.s = s, .p = s->detail, .prog = prog, .err = err};

	prog->n = 0;
	return read_ops(&r, false);
}

int detail_check(const struct ev_schema *s, struct err *err)
{
	struct prog prog = {0};

	return prog_read(s, &prog, err);
}

/* --- saying it ---------------------------------------------------------------------------------
 */

static bool fields_equal(
	const struct event *ev, const struct ev_field *f, const struct ev_field *other)
{
	size_t len, other_len;
	const char *s = event_str(ev, f, &len), *t = event_str(ev, other, &other_len);

	if (s && t)
		return len == other_len && !memcmp(s, t, len);
	return event_num(ev, f) == event_num(ev, other);
}

static bool cond_holds(const struct event *ev, const struct op *op)
{
	bool holds = true;

	if (op->cond == COND_SET)
		holds = !event_is_empty(ev, op->field);
	else if (op->cond == COND_EQUAL && op->other)
		holds = fields_equal(ev, op->field, op->other);
	else if (op->cond == COND_EQUAL)
		holds = event_num(ev, op->field) == op->value;
	return holds != op->negated;
}

static void say_text(struct buf *b, const struct event *ev, const struct ev_field *f)
{
	size_t len;
	const char *s = event_str(ev, f, &len);

	if (s)
		escape_text(b, s, len);
	else
		value_text(b, ev, f);
}

static bool say_field(struct buf *b, const struct event *ev, const struct op *op)
{
	if (op->how)
		return op->how(b, ev, op->field);
	say_text(b, ev, op->field);
	/* status 0 and an empty name are things to be said; see event_is_empty */
	return op->field->type == FT_EXIT || !event_is_empty(ev, op->field);
}

/* false: something directly in these ops was empty. */
static bool say_ops(struct buf *b, const struct event *ev, const struct op *ops, unsigned int from,
	unsigned int to)
{
	bool full = true;

	while (from < to) {
		const struct op *op = &ops[from++];
		size_t start = b->len;

		switch (op->kind) {
		case OP_TEXT:
			buf_add(b, op->text, op->len);
			break;
		case OP_FIELD:
			full &= say_field(b, ev, op);
			break;
		case OP_WORD:
			full &= op->word(b, ev);
			break;
		case OP_SECTION:
			if (!cond_holds(ev, op) || !say_ops(b, ev, ops, from, op->end)) {
				b->len = start;
				if (b->s)
					b->s[start] = '\0';
			}
			from = op->end;
			break;
		}
	}
	return full;
}

void detail_text(struct buf *b, const struct event *ev)
{
	static struct prog progs[EV_KINDS];
	struct prog *prog = &progs[ev->schema->kind];

	if (!prog->ready) {
		/* a test holds every template to be readable; a broken one ends where it breaks */
		prog_read(ev->schema, prog, NULL);
		prog->ready = true;
	}
	say_ops(b, ev, prog->ops, 0, prog->n);
}
