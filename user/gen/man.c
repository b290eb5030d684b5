// SPDX-License-Identifier: GPL-2.0-or-later
/* man.c - what tables of the program say, in mdoc(7). */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"
#include "event/schema.h"
#include "event/value.h"
#include "why/rule.h"
#include "gen/man.h"
#include "gen/opts_gen.h"
#include "out/columns.h"
#include "picture/format.h"
#include "source/hooks.h"
#include "stream/sink.h"
#include "lib/util.h"

/* --- lists ----------------------------------------------------------------------------------- */

/* Width: of the widest item, or "Ds" for a list whose texts stand below. */
static void list_begin(FILE *f, const char *width, const char *more)
{
	fprintf(f, ".Bl -tag -width %s%s\n", width, more);
}

static void list_item(FILE *f, const char *macro, const char *name)
{
	fprintf(f, ".It%s%s ", *macro ? " " : "", macro);
	mdoc_word(f, name);
	fputc('\n', f);
}

static void list_end(FILE *f)
{
	fputs(".El\n", f);
}

/* --- commands -------------------------------------------------------------------------------- */

static void put_exits(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "Ds", "");
	for (const struct opts_pair *p = spec->exits; p && p->name; p++) {
		list_item(f, "", p->name);
		mdoc_text(f, p->text);
	}
	list_end(f);
}

static void put_examples(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "Ds", "");
	for (const struct opts_pair *p = spec->examples; p && p->name; p++) {
		list_item(f, "Li", p->name);
		mdoc_text(f, p->text);
	}
	list_end(f);
}

static void put_commands(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "Ds", "");
	for (size_t i = 0; i < cmds_count; i++) {
		fprintf(f, ".It Xr nswatch-%s 8\n", cmds[i].name);
		mdoc_text(f, cmds[i].summary);
	}
	list_end(f);
}

/* --- events ---------------------------------------------------------------------------------- */

static bool way_is_built(const struct hook *h, unsigned int alt)
{
	return h->way[alt].progs[0];
}

static bool hook_is_built(const struct hook *h)
{
	for (unsigned int alt = 0; alt < ALT_COUNT; alt++)
		if (way_is_built(h, alt))
			return true;
	return false;
}

/* Hooks have a place for the kind, and none of them has a way yet. */
static bool kind_is_planned(unsigned int kind)
{
	bool planned = false;

	for (size_t i = 0; i < hooks_count; i++) {
		if (!(hooks[i].kinds >> kind & 1))
			continue;
		if (hook_is_built(&hooks[i]))
			return false;
		planned = true;
	}
	return planned;
}

static void put_events(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "pidns-death", "");
	for (unsigned int k = 1; k < EV_KINDS; k++) {
		const struct ev_schema *s = schema_of(k);

		if (!s)
			continue;
		list_item(f, "Cm", s->name);
		mdoc_text(f, s->help);
		fprintf(f, ".Pq Vt struct %s%s\n", s->struct_name,
			kind_is_planned(k) ? " ;\nnot traced yet" : "");
	}
	list_end(f);
}

/* How a field is to be read: the words of the section about JSON. */
static const char *const type_words[] = {
	[FT_U16] = "number",
	[FT_U32] = "number",
	[FT_S32] = "number",
	[FT_U64] = "number",
	[FT_TIME] = "time",
	[FT_DURATION] = "duration",
	[FT_RESULT] = "result",
	[FT_EXIT] = "exit",
	[FT_NSFLAGS] = "flags",
	[FT_SLOTS] = "slots",
	[FT_SLOT] = "type",
	[FT_INUM] = "namespace",
	[FT_NSSET] = "namespaces",
	[FT_UID] = "number",
	[FT_PID] = "number",
	[FT_ENUM] = "choice",
	[FT_FLAGS] = "four keys",
	[FT_BOOL] = "true or false",
	[FT_COMM] = "text",
	[FT_STR] = "text",
	[FT_TAIL] = "text",
	[FT_ARGS] = "arguments",
};

static void put_words(const char *const *words, FILE *f)
{
	for (size_t i = 0; words[i]; i++)
		fprintf(f, "%s%s", i ? ", " : ": ", words[i]);
}

static void put_field(const struct ev_field *fld, FILE *f)
{
	list_item(f, "Va", fld->name);
	mdoc_text(f, fld->help);
	fprintf(f, "(%s", type_words[fld->type]);
	if (fld->type == FT_ENUM)
		put_words(fld->names, f);
	if (fld->type == FT_FLAGS)
		put_words(value_flag_names, f);
	fputs(")\n", f);
}

static void put_field_list(const char *title, const struct ev_field *fields, size_t n, FILE *f)
{
	fputs(".Ss ", f);
	mdoc_text(f, title);
	list_begin(f, "init_exit_code", " -compact");
	for (size_t i = 0; i < n; i++)
		put_field(&fields[i], f);
	list_end(f);
}

static void put_fields(const struct opts_spec *spec, FILE *f)
{
	put_field_list("Fields of all events", schema_hdr_fields, schema_hdr_nfields, f);
	for (unsigned int k = 1; k < EV_KINDS; k++) {
		const struct ev_schema *s = schema_of(k);
		char title[64];

		if (!s)
			continue;
		snprintf(title, sizeof(title), "Fields of %s", s->name);
		put_field_list(title, s->fields, s->nfields, f);
	}
}

static void put_outputs(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "record:FILE", "");
	for (size_t i = 0; i < sinks_count; i++) {
		const struct sink_ops *k = sinks[i];
		char name[64];

		snprintf(name, sizeof(name), "%s%s%s%s", k->name,
			!k->arg         ? ""
			: k->arg_needed ? ":"
					: "[:",
			k->arg ? k->arg : "", k->arg && !k->arg_needed ? "]" : "");
		list_item(f, "Cm", name);
		mdoc_text(f, k->help);
	}
	list_end(f);
}

static void put_formats(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "json", " -compact");
	for (size_t i = 0; i < PICTURE_FORMAT_COUNT; i++) {
		list_item(f, "Cm", picture_formats[i].name);
		mdoc_text(f, picture_formats[i].help);
	}
	list_end(f);
}

static void put_columns(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "PEER-IFINDEX", " -compact");
	for (const struct column *c = spec->columns; c->col.name; c++) {
		list_item(f, "Cm", c->col.name);
		mdoc_text(f, c->help);
	}
	list_end(f);
	if (spec->shown)
		fprintf(f, ".Pp\nWithout\n.Fl o\nthese are shown:\n.Dl %s\n", spec->shown);
}

/* --- hooks ----------------------------------------------------------------------------------- */

static void put_way(const struct hook_way *way, unsigned int alt, FILE *f)
{
	list_item(f, "", hook_alt_name((enum hook_alt)alt));
	fprintf(f, "%s", way->inferred ? "inferred" : "exact");
	if (way->needs && alt == ALT_TP)
		fprintf(f, ", where the kernel has %s", way->needs);
	else if (way->needs)
		fprintf(f, ", on %s", way->needs);
	if (way->caveat)
		fprintf(f, "; %s", way->caveat);
	fputc('\n', f);
}

/* The rows of one name, each alternative with its variants. */
static void put_ways(const struct hook *first, FILE *f)
{
	list_begin(f, "tracepoint", " -compact");
	for (unsigned int alt = 0; alt < ALT_COUNT; alt++)
		for (const struct hook *h = first;
			h < hooks + hooks_count && !strcmp(h->name, first->name); h++)
			if (way_is_built(h, alt))
				put_way(&h->way[alt], alt, f);
	list_end(f);
}

static void put_hooks(const struct opts_spec *spec, FILE *f)
{
	list_begin(f, "Ds", "");
	for (size_t i = 0; i < hooks_count; i++) {
		if (i && !strcmp(hooks[i].name, hooks[i - 1].name))
			continue;
		list_item(f, "Cm", hooks[i].name);
		mdoc_text(f, hooks[i].help);
		if (hook_is_built(&hooks[i]))
			put_ways(&hooks[i], f);
		else
			fputs("(not built yet)\n", f);
	}
	list_end(f);
}

/* --- rules ----------------------------------------------------------------------------------- */

/* Each sentence on a line of its own, as mdoc wants it. */
static void put_sentences(const char *text, FILE *f)
{
	auto_buf struct buf b = {0};
	const char *end;

	for (; (end = strstr(text, ". ")); text = end + 2) {
		buf_reset(&b);
		buf_add(&b, text, (size_t)(end + 1 - text));
		mdoc_text(f, b.s);
	}
	mdoc_text(f, text);
}

static void put_reason(const struct reason *r, FILE *f)
{
	auto_buf struct buf b = {0};

	list_item(f, "", "reason");
	fputs(".Em ", f);
	mdoc_text(f, r->code);
	template_plain(r->why, &b);
	buf_puts(&b, r->todo ? "." : "");
	put_sentences(b.s, f);
	buf_reset(&b);
	if (r->todo) {
		buf_puts(&b, "Remedy: ");
		template_plain(r->todo, &b);
	}
	if (r->kernel)
		buf_printf(&b, ". Kernel: %s%s%s", r->kernel, r->since ? ", from " : "",
			r->since ? r->since : "");
	if (b.len)
		put_sentences(b.s + (r->todo ? 0 : 2), f);
}

static void put_rule(const struct rule *r, FILE *f)
{
	auto_buf struct buf b = {0};

	fputs(".Ss ", f);
	mdoc_text(f, r->code);
	mdoc_text(f, r->title);
	list_begin(f, "evidence", " -compact");
	list_item(f, "", "about");
	rule_scopes(r, &b);
	buf_printf(&b, " (%s)", r->weight == RULE_TROUBLE ? "trouble" : "note");
	put_sentences(b.s, f);
	list_item(f, "", "evidence");
	put_sentences(r->evidence, f);
	list_item(f, "", "says");
	buf_reset(&b);
	template_plain(r->text, &b);
	put_sentences(b.s, f);
	list_item(f, "", "remedy");
	buf_reset(&b);
	template_plain(r->remedy, &b);
	put_sentences(b.s, f);
	for (size_t i = 0; i < r->nreasons; i++)
		put_reason(&r->reasons[i], f);
	for (const struct rule_fact *fact = r->facts; fact && fact->function; fact++) {
		list_item(f, "", "kernel");
		buf_reset(&b);
		buf_printf(&b, "%s%s%s: %s", fact->function, fact->since ? ", since " : "",
			fact->since ? fact->since : "", fact->says);
		put_sentences(b.s, f);
	}
	list_end(f);
}

static void put_rules(const struct opts_spec *spec, FILE *f)
{
	rules_for_each (r)
		put_rule(r, f);
}

/* --- placeholders ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool command; /* a command's name follows */
	void (*put)(const struct opts_spec *spec, FILE *f);
} parts[] = {
	{"OPTIONS", true, opts_man},
	{"EXIT", true, put_exits},
	{"EXAMPLES", true, put_examples},
	{"COMMANDS", false, put_commands},
	{"EVENTS", false, put_events},
	{"FIELDS", false, put_fields},
	{"COLUMNS", true, put_columns},
	{"OUTPUTS", false, put_outputs},
	{"FORMATS", false, put_formats},
	{"HOOKS", false, put_hooks},
	{"RULES", false, put_rules},
};

static const struct opts_spec *spec_of(const char *command)
{
	for (size_t i = 0; i < cmds_count; i++)
		if (!strcmp(cmds[i].name, command))
			return cmds[i].spec;
	return NULL;
}

int gen_man_part(const char *part, FILE *f)
{
	size_t len = strcspn(part, " ");
	const struct opts_spec *spec = part[len] ? spec_of(part + len + 1) : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strlen(parts[i].name) != len || memcmp(parts[i].name, part, len))
			continue;
		if (parts[i].command ? !spec : part[len] != '\0')
			break;
		parts[i].put(spec, f);
		return 0;
	}
	return -ENOENT;
}
