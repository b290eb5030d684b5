// SPDX-License-Identifier: GPL-2.0-or-later
/* finding.c - facts, and the texts that are made of them. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "event/nsname.h"
#include "event/value.h"
#include "kernel/tasks.h"
#include "why/rule.h"
#include "out/escape.h"

void finding_free(struct finding *f)
{
	buf_free(&f->text);
	f->n = 0;
}

void finding_reset(struct finding *f, const struct rule *r)
{
	f->rule = r;
	f->reason = NULL;
	f->weight = r->weight;
	f->n = 0;
	buf_reset(&f->text);
}

static struct fact *fact_add(struct finding *f, const char *key, enum fact_type type, uint64_t n)
{
	struct fact *fact;

	if (f->n == FINDING_FACTS)
		return NULL;
	fact = &f->facts[f->n++];
	*fact = (struct fact){.key = key, .type = type, .n = n};
	return fact;
}

void finding_num(struct finding *f, const char *key, uint64_t n)
{
	fact_add(f, key, FACT_NUM, n);
}

void finding_ns(struct finding *f, const char *key, unsigned int slot, uint32_t inum)
{
	struct fact *fact = fact_add(f, key, FACT_NS, inum);

	if (fact)
		fact->slot = slot;
}

void finding_textn(struct finding *f, const char *key, const char *s, size_t len)
{
	struct fact *fact = fact_add(f, key, FACT_TEXT, 0);

	if (!fact)
		return;
	fact->at = f->text.len;
	fact->len = len;
	buf_add(&f->text, s, len);
}

void finding_text(struct finding *f, const char *key, const char *s)
{
	finding_textn(f, key, s, strlen(s));
}

void finding_exit(struct finding *f, const char *key, int status)
{
	fact_add(f, key, FACT_EXIT, (uint64_t)(int64_t)status);
}

void finding_time(struct finding *f, const char *key, uint64_t ns)
{
	fact_add(f, key, FACT_TIME, ns);
}

void finding_errno(struct finding *f, const char *key, int code)
{
	fact_add(f, key, FACT_ERRNO, (uint64_t)(int64_t)code);
}

void finding_comm(struct finding *f, const char *key, const char comm[EV_COMM_LEN])
{
	if (comm[0])
		finding_textn(f, key, comm, strnlen(comm, EV_COMM_LEN));
}

void finding_actor(struct finding *f, const struct event *ev)
{
	finding_num(f, "pid", ev->hdr->pid);
	finding_comm(f, "comm", ev->hdr->comm);
}

void finding_task(struct finding *f, const struct ns_task *t)
{
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
}

static const struct fact *fact_find(const struct finding *f, const char *key, size_t len)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strncmp(f->facts[i].key, key, len) && !f->facts[i].key[len])
			return &f->facts[i];
	return NULL;
}

const struct fact *finding_fact(const struct finding *f, const char *key)
{
	return fact_find(f, key, strlen(key));
}

void fact_text(const struct finding *f, const struct fact *fact, struct buf *b)
{
	const char *name;

	switch (fact->type) {
	case FACT_NUM:
		buf_u64(b, fact->n);
		break;
	case FACT_NS:
		value_inum(b, fact->slot, (uint32_t)fact->n);
		break;
	case FACT_TEXT:
		if (fact->len)
			escape_text(b, f->text.s + fact->at, fact->len);
		break;
	case FACT_EXIT:
		buf_puts(b, WTERMSIG((int)fact->n) ? "was " : "ended with ");
		value_exit(b, (int)fact->n);
		break;
	case FACT_TIME:
		value_duration(b, fact->n);
		break;
	case FACT_ERRNO:
		name = errno_name((int)fact->n);
		buf_puts(b, name ? name : "an unknown error");
		break;
	}
}

void finding_count(struct finding *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->facts[i].key, key) != 0)
			continue;
		f->facts[i].n++;
		return;
	}
	finding_num(f, key, 1);
}

/* --- templates ------------------------------------------------------------------------------- */

/* Behind the section that begins at p, behind its '['; NULL where it has no end. */
static const char *section_end(const char *p)
{
	for (int depth = 1; *p; p++) {
		depth += (*p == '[') - (*p == ']');
		if (!depth)
			return p + 1;
	}
	return NULL;
}

/* Every fact that stands directly in the section is there. */
static bool section_holds(const struct finding *f, const char *p, const char *end)
{
	while (p < end) {
		if (*p == '[') {
			p = section_end(p + 1);
		} else if (*p == '{') {
			const char *key = p + 1 + (p[1] == '?');

			if (!fact_find(f, key, strcspn(key, "|}")))
				return false;
			p = strchr(p, '}') + 1;
		} else {
			p++;
		}
	}
	return true;
}

/* A text that is being made of a template. */
struct saying {
	const struct finding *f;
	struct buf *b;
	struct buf *commands; /* each command ended by NUL; NULL: not asked for */
	bool command;         /* between two '`' */
};

static void say_add(struct saying *s, const char *text, size_t len)
{
	if (!len)
		return;
	buf_add(s->b, text, len);
	if (s->command && s->commands)
		buf_add(s->commands, text, len);
}

/* "the initial pid namespace": that is what people call it. */
static const char *initial_name(const struct finding *f, const struct fact *fact)
{
	const struct ns_type *type;

	if (fact->type != FACT_NS || fact->slot >= NS_SLOTS || !fact->n)
		return NULL;
	type = &ns_types[ns_types[fact->slot].type];
	if (f->ev ? event_ns_initial(f->ev, fact->slot, (uint32_t)fact->n)
		  : fact->n == type->initial)
		return type->option;
	return NULL;
}

/* "its user namespace " stands there already. */
static bool says_type(const struct buf *b, const char *type)
{
	auto_buf struct buf end = {0};

	buf_printf(&end, " %s namespace ", type);
	return b->len >= end.len && !memcmp(b->s + b->len - end.len, end.s, end.len);
}

/* A net namespace of an event, which may have a name. */
static bool fact_is_named(const struct saying *s, const struct fact *fact)
{
	return s->f->ev && !s->command && fact->type == FACT_NS && fact->slot == NS_NET;
}

/* In a command a fact is one word of the shell, whatever is in it. */
static void say_fact(struct saying *s, const struct fact *fact)
{
	const char *initial = s->command ? NULL : initial_name(s->f, fact);
	auto_buf struct buf b = {0};

	if (initial && says_type(s->b, initial))
		buf_puts(&b, "(the initial one)");
	else if (initial)
		buf_printf(&b, "the initial %s namespace", initial);
	else if (fact_is_named(s, fact))
		say_space(&b, s->f->ev, fact->slot, (uint32_t)fact->n);
	else if (s->command && fact->type == FACT_TEXT)
		escape_shell(&b, s->f->text.s ? s->f->text.s + fact->at : "", fact->len);
	else
		fact_text(s->f, fact, &b);
	if (s->command && fact->type == FACT_NS) {
		auto_buf struct buf quoted = {0};

		escape_shell(&quoted, b.s, b.len);
		say_add(s, quoted.s, quoted.len);
		return;
	}
	say_add(s, b.s, b.len);
}

static void say_span(struct saying *s, const char *p, const char *end);

/* {why}, {todo}, {^todo}: a text of the reason. */
static bool say_reason(struct saying *s, const char *p, size_t len)
{
	bool capital = *p == '^';
	const struct reason *r = s->f->reason;
	const char *text;
	size_t at = s->b->len;

	p += capital;
	len -= capital;
	if (!r || !((len == 3 && !memcmp(p, "why", len)) || (len == 4 && !memcmp(p, "todo", len))))
		return false;
	text = *p == 'w' ? r->why : r->todo;
	if (text)
		say_span(s, text, text + strlen(text));
	if (capital && s->b->len > at)
		s->b->s[at] = (char)toupper(s->b->s[at]);
	return true;
}

/* p is behind the '{'. */
static void say_place(struct saying *s, const char *p)
{
	size_t len = strcspn(p, "|}");
	const struct fact *fact;
	const char *one = p + len + 1, *many;

	if (say_reason(s, p, len))
		return;
	fact = fact_find(s->f, p, len);
	if (!fact) /* as "?key" never is */
		return;
	if (p[len] == '}') {
		say_fact(s, fact);
		return;
	}
	many = strchr(one, '|') + 1;
	if (fact->n == 1)
		say_add(s, one, (size_t)(many - 1 - one));
	else
		say_add(s, many, strcspn(many, "}"));
}

static void say_tick(struct saying *s)
{
	if (s->command && s->commands)
		buf_putc(s->commands, '\0');
	s->command = !s->command;
	buf_putc(s->b, '`');
}

static void say_span(struct saying *s, const char *p, const char *end)
{
	while (p < end) {
		if (*p == '[') {
			const char *next = section_end(p + 1);

			if (section_holds(s->f, p + 1, next - 1))
				say_span(s, p + 1, next - 1);
			p = next;
		} else if (*p == '{') {
			say_place(s, p + 1);
			p = strchr(p, '}') + 1;
		} else if (*p == '`') {
			say_tick(s);
			p++;
		} else {
			const char *from = p++;

			while (p < end && *p != '[' && *p != '{' && *p != '`')
				p++;
			say_add(s, from, (size_t)(p - from));
		}
	}
}

void finding_say(const struct finding *f, const char *template, struct buf *b)
{
	struct saying s = {.f = f, .b = b};

	say_span(&s, template, template + strlen(template));
}

void finding_commands(const struct finding *f, struct buf *b)
{
	auto_buf struct buf text = {0};
	struct saying s = {.f = f, .b = &text, .commands = b};

	say_span(&s, f->rule->remedy, f->rule->remedy + strlen(f->rule->remedy));
}

void template_plain(const char *t, struct buf *b)
{
	while (*t) {
		size_t key = strcspn(t + 1, "|}"), len = strcspn(t + 1, "}");

		if (*t != '{') {
			buf_putc(b, *t++);
			continue;
		}
		if (key < len) { /* {key|one|many} */
			const char *many = memrchr(t, '|', len + 1);

			buf_add(b, many + 1, (size_t)(t + 1 + len - many - 1));
		} else if (t[1] != '?') {
			buf_printf(b, "<%.*s>", (int)key - (t[1] == '^'), t + 1 + (t[1] == '^'));
		}
		t += len + 2;
	}
}

int template_check(const char *template, struct err *err)
{
	bool command = false;

	for (const char *p = template; *p; p++) {
		size_t len;

		if (*p == '[' && !section_end(p + 1))
			return err_say(err, -EINVAL, "a section without end: %s", p);
		if (command && (*p == '[' || *p == ']'))
			return err_say(err, -EINVAL, "a section in or across a command: %s", p);
		command ^= *p == '`';
		if (*p != '{')
			continue;
		len = strcspn(p, "}");
		if (!p[len])
			return err_say(err, -EINVAL, "a fact without end: %s", p);
		if (memchr(p, '|', len) && memchr(p, '|', len) == memrchr(p, '|', len))
			return err_say(err, -EINVAL, "one of two words is missing: %s", p);
		p += len;
	}
	if (command)
		return err_say(err, -EINVAL, "a command without end: %s", template);
	return 0;
}
