// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/types.h>
#include <string.h>

#include "source/mount_calls.h"

/* FNV-1a; never 0. */
struct place place_of(const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return (struct place){s, len, h ? h : 1};
}

bool is_pin(const struct nsw_mounted *m)
{
	return m->may & MNT_MAY_ADD && m->pin_inum;
}

bool call_places(const struct nsw_mounted *m)
{
	return m->target_len && m->target_len < MNT_TARGET_MAX - 1 && m->target[0] == '/';
}

bool call_is_at(const struct mount_call *c, const struct place *p)
{
	return c->hash == p->hash && c->m.target_len == p->len &&
	       !memcmp(c->m.target, p->s, p->len);
}

bool call_is_wild(const struct nsw_mounted *m)
{
	return m->may & MNT_MAY_ADD && !(m->may & MNT_KNOWN);
}

static const char *last_name(const char *path, size_t len, size_t *ret_len)
{
	size_t at;

	while (len && path[len - 1] == '/')
		len--;
	for (at = len; at && path[at - 1] != '/';)
		at--;
	*ret_len = len - at;
	return path + at;
}

/* Whether the call named the path, by its last name: it may have named it by another way. */
static bool call_names(const struct nsw_mounted *m, const char *path)
{
	size_t a_len, b_len;
	const char *a = last_name(m->target, m->target_len, &a_len);
	const char *b = last_name(path, strlen(path), &b_len);

	return a_len && m->target_len < MNT_TARGET_MAX - 1 && a_len == b_len &&
	       !memcmp(a, b, a_len);
}

static bool call_is_in(const struct nsw_mounted *m, uint32_t type, uint32_t inum)
{
	return m->ns.inum[type] == inum || (type == NS_PID && m->ns.inum[NS_PID_CHILD] == inum) ||
	       (type == NS_TIME && m->ns.inum[NS_TIME_CHILD] == inum);
}

/* Whether the call named a directory above the path, by its last name. */
static bool call_is_above(const struct nsw_mounted *m, const char *path)
{
	size_t len;
	const char *last = last_name(m->target, m->target_len, &len);

	if (!len || m->target_len >= MNT_TARGET_MAX - 1)
		return true;
	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/'))
		if (!strncmp(at + 1, last, len) && at[1 + len] == '/')
			return true;
	return false;
}

/* How well a call explains a change; 0: it can't have made it. */
static unsigned int call_fits(const struct mount_call *c, const struct look_found *f)
{
	uint32_t need = f->what == LOOK_PIN ? MNT_MAY_ADD : MNT_MAY_REMOVE;
	bool names = call_names(&c->m, f->path);

	if (c->seen || !(c->m.may & need) || c->m.hdr.ts_ns > f->end_ns)
		return 0;
	if (f->what == LOOK_PIN && c->m.may & MNT_KNOWN &&
		(c->m.pin_inum != f->inum || c->m.pin_type != f->type))
		return 0;
	if (f->what == LOOK_UNPIN && c->m.may == MNT_MAY_REMOVE && !names &&
		!call_is_above(&c->m, f->path))
		return 0;
	return 1 + (names ? 2 : 0) +
	       (f->what == LOOK_PIN && call_is_in(&c->m, f->type, f->inum) ? 1 : 0);
}

bool actor_find(const struct marked *m, const struct look_found *f, struct ev_hdr *ret)
{
	const struct mount_call *best = NULL;
	unsigned int most = 0;
	bool several = false;

	*ret = (struct ev_hdr){.flags = EVF_NO_ACTOR, .ts_ns = f->end_ns};
	for (size_t i = 0; m && i < m->n; i++) {
		unsigned int fits = call_fits(&m->calls[i], f);

		if (!fits || fits < most)
			continue;
		several = fits == most && (several || best->m.hdr.pid != m->calls[i].m.hdr.pid);
		most = fits;
		best = &m->calls[i];
	}
	if (!best)
		return false;
	if (several)
		return true;
	*ret = best->m.hdr;
	return true;
}

/* Whether it may have made what was found elsewhere, as its path has a link in it or begins
 * somewhere. */
static bool call_unnamed(const struct nsw_mounted *n, const struct look_found *f)
{
	return !call_places(n) || n->hdr.ts_ns <= f->begin_ns;
}

struct mount_call *call_of(struct marked *m, const struct look_found *f, bool by_name)
{
	struct place p = place_of(f->path, strlen(f->path));
	struct mount_call *found = NULL;

	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];

		if (c->seen || !(by_name ? call_names(&c->m, f->path) : call_unnamed(&c->m, f)))
			continue;
		if (f->what == LOOK_PIN && is_pin(&c->m) && c->m.pin_type == f->type &&
			c->m.pin_inum == f->inum && (!found || c->m.hdr.ts_ns <= f->end_ns))
			found = c;
		if (f->what == LOOK_UNPIN && by_name && c->m.may == MNT_MAY_REMOVE &&
			(c->m.hdr.ts_ns <= f->end_ns || !call_is_at(c, &p)))
			return c;
	}
	return found;
}

bool call_seen(struct marked *m, const struct look_found *f)
{
	struct mount_call *c = m ? call_of(m, f, true) : NULL;

	if (m && !c)
		c = call_of(m, f, false);
	if (c)
		c->seen = true;
	else if (m && f->what == LOOK_PIN && m->lost)
		m->lost--;
	return c;
}
