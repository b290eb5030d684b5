// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "event/whose.h"
#include "lib/array.h"

#define ID_DIGITS 64
#define ID_SHOWN  12

const char *const whose_names[WHOSE_FIELDS] = {"runtime", "id", "name", "pod", "pod_namespace",
	"image", "unit", "user", "outer", "cgroup"};

const char *const whose_help[WHOSE_FIELDS] = {
	"what runs the container: docker, podman, lxc, ...",
	"id of the container, as its cgroup has it",
	"name of the container, where its runtime's files tell it",
	"pod of Kubernetes that the container is of",
	"namespace of Kubernetes that the pod is in",
	"image of the container",
	"unit of systemd, of what is in no container",
	"user in whose delegated subtree the cgroup is",
	"container that this container is in",
	"path of the cgroup",
};

size_t whose_id_shown(const char *id)
{
	size_t len = strlen(id);

	return len == ID_DIGITS && strspn(id, "0123456789abcdefABCDEF") == len ? ID_SHOWN : len;
}

void whose_text(struct buf *b, const struct whose *w)
{
	const char *const *of = w->of;

	if (!whose_is_named(w))
		return;
	if (!of[WHOSE_RUNTIME]) {
		buf_printf(b, "unit:%s", of[WHOSE_UNIT]);
	} else if (!strcmp(of[WHOSE_RUNTIME], "sandbox") && of[WHOSE_ID]) {
		buf_printf(b, "sandbox of %s", of[WHOSE_ID]);
	} else {
		buf_printf(b, "%s:", of[WHOSE_RUNTIME]);
		if (of[WHOSE_NAME])
			buf_puts(b, of[WHOSE_NAME]);
		else if (of[WHOSE_ID])
			buf_add(b, of[WHOSE_ID], whose_id_shown(of[WHOSE_ID]));
	}
	if (of[WHOSE_POD]) {
		buf_puts(b, ",pod:");
		if (of[WHOSE_POD_NAMESPACE])
			buf_printf(b, "%s/", of[WHOSE_POD_NAMESPACE]);
		buf_puts(b, of[WHOSE_POD]);
	}
	if (of[WHOSE_USER])
		buf_printf(b, ",user:%s", of[WHOSE_USER]);
	if (of[WHOSE_OUTER])
		buf_printf(b, ",in:%s", of[WHOSE_OUTER]);
}

static bool is(const char *pattern, const char *text)
{
	return text && *text && !fnmatch(pattern, text, 0);
}

bool whose_matches(const struct whose *w, const char *pattern)
{
	const char *const *of = w ? w->of : NULL;
	auto_buf struct buf text = {0};

	if (!whose_is_named(w))
		return false;
	if (is(pattern, of[WHOSE_NAME]) || is(pattern, of[WHOSE_ID]) ||
		is(pattern, of[WHOSE_UNIT]) || is(pattern, of[WHOSE_POD]))
		return true;
	whose_text(&text, w);
	if (is(pattern, text.s))
		return true;
	/* "docker:web" also where a pod, a user or an outer container follows. */
	if (text.s) {
		text.s[strcspn(text.s, ",")] = '\0';
		if (is(pattern, text.s))
			return true;
	}
	buf_reset(&text);
	if (of[WHOSE_ID])
		buf_add(&text, of[WHOSE_ID], whose_id_shown(of[WHOSE_ID]));
	if (is(pattern, text.s))
		return true;
	if (!of[WHOSE_POD] || !of[WHOSE_POD_NAMESPACE])
		return false;
	buf_reset(&text);
	buf_printf(&text, "%s/%s", of[WHOSE_POD_NAMESPACE], of[WHOSE_POD]);
	return is(pattern, text.s);
}

bool whose_same(const struct whose *a, const struct whose *b)
{
	for (size_t i = 0; i < WHOSE_FIELDS; i++)
		if (!a->of[i] != !b->of[i] || (a->of[i] && strcmp(a->of[i], b->of[i]) != 0))
			return false;
	return true;
}

void whose_pack(struct buf *b, const struct whose *w)
{
	size_t begin = b->len;

	for (size_t i = 0; i < WHOSE_FIELDS; i++) {
		const char *s = w->of[i] ? w->of[i] : "";
		size_t len = strlen(s);

		/* Each field keeps its place. */
		if (b->len - begin + len + WHOSE_FIELDS > WHOSE_TEXT_MAX)
			len = 0;
		buf_add(b, s, len);
		buf_putc(b, '\0');
	}
}

void whose_unpack(const char *text, size_t len, struct whose *ret)
{
	const char *end = text + len;

	*ret = (struct whose){0};
	for (size_t i = 0; i < WHOSE_FIELDS && text < end; i++) {
		const char *nul = memchr(text, '\0', (size_t)(end - text));

		if (!nul)
			return;
		ret->of[i] = *text ? text : NULL;
		text = nul + 1;
	}
}

/* --- what is known --------------------------------------------------------------------------- */

void whoses_free(struct whoses *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->rows[i].text);
	free(t->rows);
	inums_free(&t->at);
	inums_free(&t->owners);
	*t = (struct whoses){0};
}

static void whoses_forget(struct whoses *t)
{
	struct inums owners = t->owners;

	t->owners = (struct inums){0};
	whoses_free(t);
	t->owners = owners;
}

int whoses_put(struct whoses *t, uint64_t id, const struct whose *w)
{
	static uint64_t serial;
	auto_buf struct buf packed = {0};
	struct inum_entry *e;
	struct whose_row *row;

	/* The low half is the inode number, which is never 0. */
	if (!(uint32_t)id)
		return 0;
	if (t->n >= WHOSES_MAX && !whoses_find(t, id))
		whoses_forget(t);
	if (ARRAY_ROOM(t->rows, t->cap, t->n))
		return -ENOMEM;
	e = inums_put_id(&t->at, id);
	if (!e)
		return -ENOMEM;
	whose_pack(&packed, w);
	if (!e->a) {
		t->rows[t->n] = (struct whose_row){.id = id};
		e->a = ++t->n;
	}
	row = &t->rows[e->a - 1];
	free(row->text);
	row->text = packed.s;
	whose_unpack(row->text, packed.len, &row->whose);
	row->whose.serial = ++serial;
	packed = (struct buf){0};
	return 0;
}

const struct whose *whoses_find(const struct whoses *t, uint64_t id)
{
	const struct inum_entry *e = inums_find_id(&t->at, id);

	return e && e->a ? &t->rows[e->a - 1].whose : NULL;
}

void whoses_own(struct whoses *t, uint32_t inum, uint64_t id)
{
	struct inum_entry *e;

	if (!inum || (!id && !inums_find(&t->owners, 0, inum)))
		return;
	if (t->owners.n >= WHOSES_MAX)
		inums_free(&t->owners);
	e = inums_put(&t->owners, 0, inum);
	if (e)
		e->a = id;
}

uint64_t whoses_owner(const struct whoses *t, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&t->owners, 0, inum) : NULL;

	return e ? e->a : 0;
}
