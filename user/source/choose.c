// SPDX-License-Identifier: GPL-2.0-or-later
/* choose.c - which alternative of each hook stands on this kernel, and why. */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "source/features.h"
#include "source/hooks.h"

static const char *const alt_names[] = {[ALT_FENTRY] = "fentry",
	[ALT_KPROBE] = "kprobe",
	[ALT_TP] = "tracepoint",
	[ALT_NONE] = "none"};

const char *hook_alt_name(enum hook_alt alt)
{
	return alt_names[alt];
}

int hook_alt_by_name(const char *name)
{
	for (int i = 0; i < ALT_COUNT; i++)
		if (!strcmp(name, alt_names[i]))
			return i;
	return -1;
}

static bool hook_name_exists(const char *name, size_t len)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (strlen(hooks[i].name) == len && !strncmp(hooks[i].name, name, len))
			return true;
	return false;
}

static void hook_names_list(struct buf *b)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!i || strcmp(hooks[i].name, hooks[i - 1].name))
			buf_printf(b, "%s%s", b->len ? ", " : "", hooks[i].name);
}

int hook_force_parse(const char *s, struct hook_force *ret, struct err *err)
{
	const char *eq = strchr(s, '=');
	auto_buf struct buf list = {0};
	size_t len = eq ? (size_t)(eq - s) : strlen(s);
	int alt = eq ? hook_alt_by_name(eq + 1) : -1;

	hook_names_list(&list);
	if (!eq || !len || len >= sizeof(ret->name))
		return err_say(
			err, -EINVAL, "--hook: '%s' is not NAME=ALT (NAME: all, %s)", s, list.s);
	if (alt < 0)
		return err_say(err, -EINVAL,
			"--hook: '%s' is not an alternative (fentry, kprobe, tracepoint)", eq + 1);
	if ((len != 3 || strncmp(s, "all", len)) && !hook_name_exists(s, len))
		return err_say(
			err, -EINVAL, "--hook: no hook '%.*s' (all, %s)", (int)len, s, list.s);
	*ret = (struct hook_force){.alt = (enum hook_alt)alt};
	memcpy(ret->name, s, len);
	return 0;
}

void hooks_init(struct hook_set *set, uint64_t kinds, const struct hook_force *forces, size_t n)
{
	*set = (struct hook_set){0};
	for (size_t i = 0; i < hooks_count; i++) {
		struct hook_choice *c;

		if (i && !strcmp(hooks[i].name, hooks[i - 1].name))
			continue;
		c = &set->of[set->count++];
		c->name = hooks[i].name;
		c->hook = &hooks[i];
		c->alt = ALT_NONE;
		c->wanted = kinds & (hooks[i].kinds | hooks[i].also);
		for (size_t f = 0; f < n; f++) {
			bool named = !strcmp(forces[f].name, c->name);

			if (!named && strcmp(forces[f].name, "all"))
				continue;
			c->forced = true;
			c->strict = named;
			c->alt = forces[f].alt;
		}
	}
}

void hooks_want(struct hook_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		set->of[i].wanted |= !strcmp(set->of[i].name, name);
}

/* Whether any variant of the hook has this way at all. */
static bool hook_has_way(const struct hook *first, enum hook_alt alt)
{
	for (const struct hook *h = first; h < hooks + hooks_count && !strcmp(h->name, first->name);
		h++)
		if (h->way[alt].progs[0])
			return true;
	return false;
}

static const struct hook *hook_first(const char *name)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	return NULL;
}

/* What every way of this kind needs of the kernel: 0, or -errno and the reason. */
static int alt_allowed(enum hook_alt alt, struct err *err)
{
	switch (alt) {
	case ALT_FENTRY:
		return features_trampoline(err);
	case ALT_KPROBE:
		return features_kprobe(err);
	default:
		return features_tp_btf(err);
	}
}

static bool way_has_func(const struct hook_way *way, enum hook_alt alt)
{
	if (!way->needs)
		return true;
	return alt == ALT_KPROBE ? features_has_symbol(way->needs)
				 : features_fentry_func(way->needs);
}

/* The variant of an alternative that stands, or NULL with the reason in c->why[alt]. */
static const struct hook *alt_variant(struct hook_choice *c, enum hook_alt alt)
{
	const struct hook *first = hook_first(c->name);
	const char *needs = NULL;
	struct err err = {0};
	char *why = c->why[alt];
	size_t size = sizeof(c->why[alt]);

	if (!hook_has_way(first, alt)) {
		snprintf(why, size, "not built");
		return NULL;
	}
	if (alt_allowed(alt, &err)) {
		snprintf(why, size, "%.*s", (int)size - 1, err.what);
		return NULL;
	}
	for (const struct hook *h = first; h < hooks + hooks_count && !strcmp(h->name, first->name);
		h++) {
		if (!h->way[alt].progs[0])
			continue;
		if (way_has_func(&h->way[alt], alt))
			return h;
		needs = h->way[alt].needs;
	}
	snprintf(why, size, "no function %s in this kernel", needs);
	return NULL;
}

bool hook_has_more(const struct hook_way *way)
{
	return way->more_needs && features_fentry_func(way->more_needs);
}

const struct hook_way *hook_choice_way(const struct hook_choice *c)
{
	return c->alt == ALT_NONE ? NULL : &c->hook->way[c->alt];
}

const char *hook_choice_by(const struct hook_choice *c)
{
	const struct hook_way *way = hook_choice_way(c);

	return way && way->source ? way->source : hook_alt_name(c->alt);
}

static int choose_one(struct hook_choice *c, struct err *err)
{
	const enum hook_alt asked = c->alt;
	bool force = c->forced && hook_has_way(hook_first(c->name), asked);

	if (c->forced && !force && c->strict)
		return err_say(err, -EOPNOTSUPP, "--hook %s=%s: the hook has no such alternative",
			c->name, hook_alt_name(asked));
	c->alt = ALT_NONE;
	c->hook = hook_first(c->name);
	c->forced = force;
	for (enum hook_alt alt = 0; alt < ALT_COUNT; alt++) {
		const struct hook *h;

		if (c->refused & (1U << alt))
			continue; /* why[] says what happened */
		h = alt_variant(c, alt);
		if (!h) {
			if (force && alt == asked && c->wanted)
				return err_say(err, -EOPNOTSUPP, "--hook %s=%s: %s", c->name,
					hook_alt_name(alt), c->why[alt]);
			continue;
		}
		if (c->alt == ALT_NONE && (!force || alt == asked)) {
			c->alt = alt;
			c->hook = h;
			snprintf(c->why[alt], sizeof(c->why[alt]), force ? "forced" : "chosen");
		} else {
			snprintf(c->why[alt], sizeof(c->why[alt]), "possible");
		}
	}
	if (force && c->wanted && (c->refused & (1U << asked)))
		return err_say(err, -EOPNOTSUPP, "--hook %s=%s: %s", c->name, hook_alt_name(asked),
			c->why[asked]);
	return 0;
}

int hooks_choose(struct hook_set *set, struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		int r = choose_one(&set->of[i], err);

		if (r)
			return r;
	}
	return 0;
}

void hook_refusal(char *why, size_t size, enum hook_alt alt, int code, const char *what)
{
	int64_t paranoid = 0;

	features_sysctl("kernel.perf_event_paranoid", &paranoid);
	if (alt == ALT_TP && code == -EACCES)
		snprintf(why, size, "%s: tracefs can't be read (EACCES)", what);
	else if (paranoid > 2 && (code == -EACCES || code == -EPERM) &&
		 !features_has_cap(CAP_SYS_ADMIN) && !strcmp(what, "attach"))
		snprintf(why, size, "%s: kernel.perf_event_paranoid is %" PRId64 " (%s)", what,
			paranoid, errno_word(code));
	else
		snprintf(why, size, "%s: refused (%s)", what, errno_word(code));
}
