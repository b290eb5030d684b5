// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/nsname.h"
#include "event/value.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "source/namer.h"
#include "source/netnames.h"

#define SPACES_MAX 65536 /* so many are remembered; then all are forgotten before the next */

#define MS_NS      1000000ULL
#define FRESH_NS   (1000 * MS_NS) /* a name that was read before may be another one now */
#define GONE_NS    (2000 * MS_NS) /* so long it is still told, where nobody says what ended */
#define AGAIN_NS   (10 * MS_NS)   /* doubled with each look that finds no name: */
#define AGAIN_MAX  10
#define SCAN_SHARE 9 /* reading takes a tenth of a processor at most */

struct space {
	uint32_t inum;
	bool made;        /* it was seen coming to be: it had no name then */
	bool read;        /* its name is of a file here, not of an event */
	uint8_t tries;    /* how often it was asked for in vain */
	uint64_t need;    /* the scan that tells it; 0: it is not asked for */
	uint64_t seen;    /* the last scan that told its name */
	uint64_t at_ns;   /* of CLOCK_MONOTONIC: when it was asked for, or read, last */
	uint64_t gone_ns; /* since when its name is none any more; 0: it is one */
};

struct netnames {
	struct netnames_opts o;
	struct nsnames names;
	struct inums at; /* by inum: a is 1 + the place in spaces */
	struct space *spaces;
	size_t n, cap;
	uint32_t initial;
	uint64_t begun, done; /* scans */
	uint64_t due_ns;      /* when the next one may begin */
	bool wanted;          /* one more is */
	bool dead;            /* nobody answers */
	bool pins;            /* each mount and unmount is told */
};

struct netnames *netnames_new(const struct netnames_opts *o)
{
	struct netnames *n = calloc(1, sizeof(*n));
	uint32_t initial[NS_TYPES] = {0};

	if (!n)
		return NULL;
	n->o = *o;
	nsfd_initials(initial);
	n->initial = initial[NS_NET] ? initial[NS_NET] : ns_types[NS_NET].initial;
	return n;
}

void netnames_hear_pins(struct netnames *n)
{
	n->pins = true;
}

void netnames_free(struct netnames *n)
{
	if (!n)
		return;
	nsnames_free(&n->names);
	inums_free(&n->at);
	free(n->spaces);
	free(n);
}

const char *netnames_find(const struct netnames *n, uint32_t inum)
{
	return nsnames_find(&n->names, inum);
}

bool netnames_any(const struct netnames *n)
{
	return n->names.named;
}

/* --- spaces ---------------------------------------------------------------------------------- */

static struct space *space_find(const struct netnames *n, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&n->at, 0, inum) : NULL;

	return e && e->a ? &n->spaces[e->a - 1] : NULL;
}

static void spaces_forget(struct netnames *n)
{
	nsnames_free(&n->names);
	inums_free(&n->at);
	n->n = 0;
}

/* The one of that number, made where there was none; NULL: no memory. */
static struct space *space_get(struct netnames *n, uint32_t inum)
{
	struct space *s = space_find(n, inum);
	struct inum_entry *e;

	if (s || !inum)
		return s;
	if (n->n >= SPACES_MAX)
		spaces_forget(n);
	if (ARRAY_ROOM(n->spaces, n->cap, n->n))
		return NULL;
	e = inums_put(&n->at, 0, inum);
	if (!e)
		return NULL;
	s = &n->spaces[n->n];
	*s = (struct space){.inum = inum};
	e->a = ++n->n;
	return s;
}

static void space_name(struct netnames *n, struct space *s, const char *name, size_t len)
{
	nsnames_put(&n->names, s->inum, name, len);
	s->gone_ns = 0;
}

/* Another one has its number. */
static void space_anew(struct netnames *n, uint32_t inum)
{
	struct space *s = space_get(n, inum);

	if (!s)
		return;
	nsnames_put(&n->names, inum, NULL, 0);
	*s = (struct space){.inum = inum, .made = true};
}

static bool space_is_called(
	const struct netnames *n, const struct space *s, const char *name, size_t len)
{
	const char *is = nsnames_find(&n->names, s->inum);

	return is && strlen(is) == len && !memcmp(is, name, len);
}

/* --- scans ----------------------------------------------------------------------------------- */

static void scan_begin(struct netnames *n)
{
	int r;

	if (!n->wanted || n->dead || n->begun > n->done || clock_ns(CLOCK_MONOTONIC) < n->due_ns)
		return;
	r = namer_ask_nets(n->o.namer);
	if (!r) {
		n->begun++;
		n->wanted = false;
	} else if (r != -EAGAIN) {
		n->dead = true;
	}
}

void netnames_answer(struct netnames *n, uint32_t inum, const char *name, size_t len)
{
	struct space *s = inum == n->initial ? NULL : space_get(n, inum);

	if (!s)
		return;
	/* Of several names the first stays. */
	if (space_is_called(n, s, name, len))
		s->gone_ns = 0;
	else if (s->seen != n->begun)
		space_name(n, s, name, len);
	s->read = true;
	s->seen = n->begun;
	s->tries = 0;
	s->at_ns = clock_ns(CLOCK_MONOTONIC);
}

void netnames_answered(struct netnames *n, uint64_t cost_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < n->n && n->names.named; i++) {
		struct space *s = &n->spaces[i];

		if (s->read && s->seen != n->begun && !s->gone_ns)
			s->gone_ns = now;
	}
	n->done = n->begun;
	n->due_ns = now + SCAN_SHARE * cost_ns;
	scan_begin(n);
}

/* --- records --------------------------------------------------------------------------------- */

void netnames_pin(struct netnames *n, uint32_t inum, const char *path, size_t len)
{
	size_t name_len;
	const char *name = netns_path_name(path, len, &name_len);
	struct space *s = name && inum != n->initial ? space_get(n, inum) : NULL;

	if (!s || (nsnames_find(&n->names, inum) && !s->gone_ns))
		return;
	s->read = false;
	space_name(n, s, name, name_len);
}

static void space_unpin(struct netnames *n, uint32_t inum, const char *path, size_t len)
{
	size_t name_len;
	const char *name = netns_path_name(path, len, &name_len);
	struct space *s = name ? space_find(n, inum) : NULL;

	if (!s || !space_is_called(n, s, name, name_len) || s->gone_ns)
		return;
	s->gone_ns = clock_ns(CLOCK_MONOTONIC);
	/* It may have another one. */
	n->wanted = true;
	scan_begin(n);
}

/* The call made it: no file can have its name yet. */
static bool is_made(const struct ev_hdr *hdr, uint32_t inum)
{
	switch (hdr->kind) {
	case EV_NS_CREATE:
		return true;
	case EV_UNSHARE: {
		const struct ev_unshare *e = (const void *)hdr;

		return e->changed >> NS_NET & 1 && e->after.inum[NS_NET] == inum;
	}
	case EV_CLONE: {
		const struct ev_clone *e = (const void *)hdr;

		return e->changed >> NS_NET & 1 && e->after.inum[NS_NET] == inum &&
		       nsflags_types(e->ns_flags, EV_CLONE) >> NS_NET & 1;
	}
	default:
		return false;
	}
}

/* Who comes in from elsewhere knows it by something: a name, often. */
static bool is_visit(const struct ev_hdr *hdr)
{
	return hdr->kind == EV_SETNS || hdr->kind == EV_NETDEV || hdr->kind == EV_NETDEV_ADD;
}

static void space_ask(struct netnames *n, struct space *s, uint64_t now)
{
	s->need = n->begun + 1;
	s->at_ns = now;
	if (s->tries < AGAIN_MAX)
		s->tries++;
	n->wanted = true;
}

/* One with a name, which may be an old one. */
static void space_check(struct netnames *n, struct space *s, uint64_t now)
{
	if (s->gone_ns) {
		if (!n->o.lives && now - s->gone_ns > GONE_NS)
			nsnames_put(&n->names, s->inum, NULL, 0);
	} else if (s->read && !(n->pins && n->o.lives) && now - s->at_ns > FRESH_NS) {
		s->at_ns = now;
		n->wanted = true;
	}
}

/* Whether the record has to wait for the name of one of its namespaces. */
static bool space_waits(struct netnames *n, const struct ev_hdr *hdr, uint32_t inum, uint64_t now)
{
	struct space *s = space_find(n, inum);

	if (!s) {
		s = space_get(n, inum);
		if (!s)
			return false;
		s->made = is_made(hdr, inum);
	}
	if (nsnames_find(&n->names, inum)) {
		space_check(n, s, now);
		return false;
	}
	if (s->need > n->done)
		return s->tries == 1;
	if (s->made && (n->pins || !is_visit(hdr)))
		return false;
	if (s->tries && now - s->at_ns < AGAIN_NS << s->tries)
		return false;
	space_ask(n, s, now);
	return s->tries == 1;
}

bool netnames_settled(struct netnames *n, const struct ev_hdr *hdr, size_t size, bool late)
{
	uint32_t nets[RECORD_NETS_MAX];
	size_t nnets = n->dead || late ? 0 : record_nets(hdr, size, nets);
	bool waits = false;
	uint64_t now = 0;

	for (size_t i = 0; i < nnets; i++) {
		if (nets[i] == n->initial)
			continue;
		now = now ? now : clock_ns(CLOCK_MONOTONIC);
		waits |= space_waits(n, hdr, nets[i], now);
	}
	if (n->wanted)
		scan_begin(n);
	return !waits || n->dead;
}

void netnames_learn(struct netnames *n, const struct ev_hdr *hdr, size_t size)
{
	const struct ev_pin *pin = (const void *)hdr;
	const struct ev_ns *ns = (const void *)hdr;

	if (hdr->kind == EV_NS_CREATE && size >= sizeof(*ns)) {
		/* Of any type: they share their numbers. */
		if (ns->ns_type == NS_NET || space_find(n, ns->inum))
			space_anew(n, ns->inum);
	} else if (hdr->kind == EV_PIN && size >= offsetof(struct ev_pin, path) &&
		   pin->ns_type == NS_NET &&
		   size >= offsetof(struct ev_pin, path) + pin->path_len) {
		netnames_pin(n, pin->inum, pin->path, pin->path_len);
	}
}

void netnames_unlearn(struct netnames *n, const struct ev_hdr *hdr, size_t size)
{
	const struct ev_pin *pin = (const void *)hdr;
	struct space *s;

	if (hdr->kind == EV_UNPIN && size >= offsetof(struct ev_pin, path) &&
		pin->ns_type == NS_NET && size >= offsetof(struct ev_pin, path) + pin->path_len) {
		space_unpin(n, pin->inum, pin->path, pin->path_len);
	} else if (hdr->kind == EV_NS_FREE && size >= sizeof(struct ev_ns)) {
		s = space_find(n, ((const struct ev_ns *)(const void *)hdr)->inum);
		if (s && !s->gone_ns)
			s->gone_ns = clock_ns(CLOCK_MONOTONIC);
	}
}
