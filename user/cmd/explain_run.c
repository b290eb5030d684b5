// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_run.c - a command or a recording as a story, with what is behind it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/explain.h"
#include "event/recfile.h"
#include "event/value.h"
#include "event/sentence.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "lib/err.h"
#include "out/color.h"
#include "out/escape.h"
#include "out/json.h"
#include "source/file.h"
#include "source/live.h"
#include "source/past.h"
#include "stream/stream.h"
#include "lib/array.h"

struct sentence {
	uint64_t ts_ns;
	uint32_t pid;
	size_t at;                   /* in the text */
	size_t first_found, n_found; /* findings behind it */
};

struct telling {
	const struct explain_opts *o;
	const char *life;      /* what a history knows besides events; NULL: it is of none */
	struct states *states; /* NULL: of a recording */
	struct found_list found;
	size_t before; /* so many findings were there before the event at hand */
	struct sentence *v;
	size_t n, cap;
	struct buf text; /* sentences, each ended by NUL */
	uint64_t lost;
	const char *host; /* that it happened on; NULL: a recording that does not say it */
	size_t host_len;
	uint64_t now_ns; /* of the event at hand */
	uint32_t now_pid;
};

static void telling_free(struct telling *t)
{
	states_free(t->states);
	found_free(&t->found);
	free(t->v);
	buf_free(&t->text);
}

static struct sentence *sentence_add(struct telling *t)
{
	if (ARRAY_ROOM(t->v, t->cap, t->n))
		return NULL;
	t->v[t->n] = (struct sentence){.at = t->text.len};
	return &t->v[t->n++];
}

/* The same trouble of the same process again is told once. */
static bool is_told(const struct telling *t, const struct finding *f)
{
	const struct fact *ns = finding_fact(f, "ns");

	for (size_t i = 0; i < t->found.n; i++) {
		const struct found *at = &t->found.v[i];
		const struct fact *other = finding_fact(&at->f, "ns");

		if (at->rule == f->rule && at->pid == t->now_pid && !ns == !other &&
			(!ns || ns->n == other->n))
			return true;
	}
	return false;
}

static void telling_finding(void *sink, const struct event *ev, const struct finding *f)
{
	struct telling *t = sink;
	struct finding copy = *f;
	struct found *at;

	copy.ev = NULL; /* it is gone when the finding is told */
	t->now_ns = ev->hdr->ts_ns;
	t->now_pid = ev->hdr->pid;
	if (is_told(t, f))
		return;
	copy.text = (struct buf){0};
	if (f->text.len)
		buf_add(&copy.text, f->text.s, f->text.len);
	at = found_add(&t->found, &copy);
	finding_free(&copy);
	if (!at)
		return;
	at->pid = t->now_pid;
	at->ts_ns = t->now_ns;
}

static int telling_event(void *sink, const struct observed *o, struct err *err)
{
	struct telling *t = sink;
	const struct event *ev = o->ev;
	size_t start = t->text.len, before = t->before;
	struct sentence *s;

	(void)err;
	t->before = t->found.n;
	if (ev->schema->kind == EV_LOST)
		t->lost++;
	states_take(t->states, ev);
	if (!event_story(&t->text, ev)) {
		t->text.len = start;
		return 0;
	}
	buf_putc(&t->text, '\0');
	s = sentence_add(t);
	if (!s)
		return 0;
	s->at = start;
	s->ts_ns = ev->hdr->ts_ns;
	s->pid = ev->hdr->pid;
	s->first_found = before;
	s->n_found = t->found.n - before;
	return 0;
}

/* --- how to call it -------------------------------------------------------------------------- */

#define WORD_END(s) strcspn(s, " ")

/* Whether the options of an unshare, at p, make it fork already. */
static bool unshare_forks(const char *p)
{
	static const char with_arg[] = "SGRwl";

	for (p += strspn(p, " "); *p == '-' && p[1] && p[1] != ' '; p += strspn(p, " ")) {
		size_t len = WORD_END(p);

		if (p[1] == '-') {
			if (len == 2)
				return false;
			if (!strncmp(p, "--fork", len) && len == 6)
				return true;
			if (!strncmp(p, "--kill-child", 12))
				return true;
			p += len;
			continue;
		}
		for (size_t i = 1; i < len; i++) {
			if (p[i] == 'f')
				return true;
			if (!strchr(with_arg, p[i]))
				continue;
			if (i + 1 == len) { /* its argument is the next word */
				p += len + strspn(p + len, " ");
				len = WORD_END(p);
			}
			break;
		}
		p += len;
	}
	return false;
}

bool explain_better(const char *line, struct buf *b)
{
	static const char name[] = "unshare";

	for (const char *p = line; *p; p += strspn(p, " ")) {
		size_t len = WORD_END(p), n = sizeof(name) - 1;
		const char *tail = p + len - n;

		if (len >= n && !memcmp(tail, name, n) && (len == n || tail[-1] == '/')) {
			if (unshare_forks(p + len))
				return false;
			buf_add(b, line, (size_t)(p + len - line));
			buf_puts(b, " -f");
			buf_puts(b, p + len);
			return true;
		}
		p += len;
	}
	return false;
}

/* Whether what was found is mended by letting unshare fork. */
static bool fork_helps(const struct telling *t)
{
	for (size_t i = 0; i < t->found.n; i++)
		if (!strcmp(t->found.v[i].rule->code, "pidns-dead") ||
			!strcmp(t->found.v[i].rule->code, "shell-not-pid-1"))
			return true;
	return false;
}

/* --- text ------------------------------------------------------------------------------------ */

#define COL_STORY 11

static void put_heading(struct page *p, const char *text)
{
	if (p->b->len)
		buf_putc(p->b, '\n');
	buf_puts(p->b, color_on(p->color, ROLE_HEADING));
	buf_puts(p->b, text);
	buf_puts(p->b, color_off(p->color, ROLE_HEADING));
	buf_putc(p->b, '\n');
}

static void put_sentence(struct page *p, const struct telling *t, const struct sentence *s)
{
	auto_buf struct buf when = {0}, text = {0};

	value_duration(&when, s->ts_ns - t->v[0].ts_ns);
	if (text_width(when.s, when.len) < COL_STORY - 2)
		buf_pad(p->b, ' ', COL_STORY - 2 - text_width(when.s, when.len));
	buf_add(p->b, when.s, when.len);
	buf_puts(p->b, "  ");
	buf_puts(&text, t->text.s + s->at);
	for (size_t i = 0; i < s->n_found; i++)
		buf_printf(&text, " [%s]", t->found.v[s->first_found + i].rule->code);
	page_wrap(p, text.s, COL_STORY, COL_STORY);
}

static void put_story(struct page *p, const struct telling *t)
{
	put_heading(p, "What happened");
	for (size_t i = 0; i < t->n; i++)
		put_sentence(p, t, &t->v[i]);
	if (!t->n)
		buf_puts(p->b, "  Nothing that concerns namespaces.\n");
}

/* Rules that look at what is there now, which no history has. */
static void unasked_for_each(void (*fn)(void *ctx, const struct rule *r), void *ctx)
{
	rules_for_each (r)
		if (!r->event)
			fn(ctx, r);
}

static void unasked_add(void *ctx, const struct rule *r)
{
	struct buf *b = ctx;

	buf_printf(b, "%s%s", b->len ? ", " : "", r->code);
}

static void put_unasked(struct page *p)
{
	auto_buf struct buf b = {0};

	unasked_for_each(unasked_add, &b);
	put_heading(p, "Not asked, since the history does not have what these look at");
	buf_puts(p->b, "  ");
	page_wrap(p, b.s, 2, 2);
}

static void json_unasked(void *ctx, const struct rule *r)
{
	json_str(ctx, r->code);
}

static void put_all(struct page *p, const struct telling *t, const char *command)
{
	auto_buf struct buf better = {0};

	if (t->life)
		buf_puts(p->b, t->life);
	put_story(p, t);
	put_heading(p, "Why");
	for (size_t i = 0; i < t->found.n; i++) {
		if (i)
			buf_putc(p->b, '\n');
		page_finding(p, &t->found.v[i].f, t->found.v[i].ts_ns);
	}
	if (!t->found.n)
		buf_puts(p->b, "  Nothing to explain was found.\n");
	if (t->life)
		put_unasked(p);
	if (command && fork_helps(t) && explain_better(command, &better)) {
		put_heading(p, "How to call it");
		buf_printf(p->b, "  %s\n", better.s);
		buf_puts(p->b,
			"  (with --mount-proc too, ps shows the processes of the namespace)\n");
	}
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void json_story(struct json *j, const struct telling *t)
{
	json_key(j, "story");
	json_array(j);
	for (size_t i = 0; i < t->n; i++) {
		const struct sentence *s = &t->v[i];

		json_object(j);
		json_ku64(j, "ts_ns", s->ts_ns);
		json_ku64(j, "pid", s->pid);
		json_kstr(j, "text", t->text.s + s->at);
		json_key(j, "codes");
		json_array(j);
		for (size_t k = 0; k < s->n_found; k++)
			json_str(j, t->found.v[s->first_found + k].rule->code);
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
}

static void json_all(struct json *j, const struct telling *t, const char *command)
{
	auto_buf struct buf better = {0};
	bool mended = command && fork_helps(t) && explain_better(command, &better);

	json_object(j);
	json_ku64(j, "v", 1);
	json_key(j, "host");
	if (t->host)
		json_strn(j, t->host, t->host_len);
	else
		json_null(j);
	json_story(j, t);
	json_found(j, &t->found);
	json_kstr(j, "command", command);
	json_kstr(j, "better", mended ? better.s : NULL);
	json_ku64(j, "lost", t->lost);
	if (t->life) {
		json_kstr(j, "life", t->life);
		json_key(j, "not_asked");
		json_array(j);
		unasked_for_each(json_unasked, j);
		json_end_array(j);
	}
	json_end_object(j);
	buf_putc(j->b, '\n');
}

static bool is_trouble(const struct telling *t)
{
	for (size_t i = 0; i < t->found.n; i++)
		if (t->found.v[i].f.weight == RULE_TROUBLE)
			return true;
	return false;
}

static int telling_show(const struct telling *t, const char *command)
{
	auto_buf struct buf b = {0};
	struct page p = {.b = &b,
		.width = opts_width(stdout),
		.color = color_enabled((enum color_when)t->o->color, STDOUT_FILENO)};
	struct json j = {.b = &b};

	if (t->o->json)
		json_all(&j, t, command);
	else
		put_all(&p, t, command);
	if (output_put(&b))
		return EXPLAIN_ERROR;
	return is_trouble(t) ? EXPLAIN_FOUND : EXIT_OK;
}

/* --- where events come from ------------------------------------------------------------------ */

static int telling_open(void **ret, const struct sink_open *so, struct err *err)
{
	(void)err;
	*so->ret_wants |= SINK_NOTES | SINK_FINDINGS;
	*ret = so->ctx;
	return 0;
}

static void telling_tick(void *sink)
{
	struct telling *t = sink;

	states_tick(t->states);
}

static int telling_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct telling *t = sink;

	(void)end;
	(void)err;
	states_found(t->states, &t->found);
	return 0;
}

/* The story is shown when the stream has ended: /proc is read for it, with all capabilities. */
static const struct sink_ops telling_sink = {
	.name = "story",
	.help = "what happened, as sentences, and why",
	.open = telling_open,
	.event = telling_event,
	.finding = telling_finding,
	.tick = telling_tick,
	.close = telling_close,
};

static int hooks_take(const struct explain_opts *o, struct hook_force *forces, size_t *ret_n)
{
	struct err err = {0};
	size_t n = 0;

	for (size_t i = 0; i < o->hooks.n; i++) {
		if (n == HOOKS_MAX || hook_force_parse(o->hooks.v[i], &forces[n], &err)) {
			log_err(&err);
			return EXIT_USAGE;
		}
		n++;
	}
	*ret_n = n;
	return 0;
}

static int telling_stream(struct telling *t, struct stream *s, struct source source,
	struct pick *pick, struct err *err)
{
	const struct sink_open so = {.ctx = t};
	int r;

	stream_open(s, source);
	r = stream_add(s, &telling_sink, pick, false, &so, err);
	return r ? r : stream_run(s, err);
}

int explain_run(const struct explain_opts *o, char **argv)
{
	const struct stream_opts so = {.linger_ns = o->linger, .quiet = true, .keep_rights = true};
	struct telling t = {.o = o, .host = host_name(), .host_len = strlen(host_name())};
	struct hook_force forces[HOOKS_MAX];
	struct pick pick = {.kinds = ~0ULL};
	struct live_opts lo = {.pick = &pick,
		.command = argv[0],
		.forces = forces,
		.quiet = true,
		.debug = o->debug};
	auto_buf struct buf command = {0};
	struct source source = {0};
	struct stream s;
	struct err err = {0};
	bool open = false;
	int r = hooks_take(o, forces, &lo.nforces), status;

	if (r)
		return r;
	t.states = states_new(o);
	r = stream_begin(&s, &so, argv, NULL, NULL, &err);
	lo.command_pid = s.child.pid;
	if (!r)
		r = live_open(&lo, &source, &err);
	open = !r;
	if (!r)
		r = telling_stream(&t, &s, source, &pick, &err);
	status = stream_end(&s, r, &err);
	if (!r && stream_command_ended(&s)) {
		escape_command(&command, argv);
		status = telling_show(&t, command.s);
	} else if (!open) {
		status = EXIT_CANT;
	} else if (status == EXIT_FAIL || !r) {
		/* It said why; 126 and 127 mean the same here. */
		status = EXPLAIN_ERROR;
	}
	pick_free(&pick);
	telling_free(&t);
	return status;
}

int explain_file(const struct explain_opts *o)
{
	const struct stream_opts so = {.quiet = true};
	struct telling t = {.o = o};
	struct pick pick = {.kinds = ~0ULL};
	struct source source = {0};
	struct stream s;
	struct err err = {0};
	auto_buf struct buf command = {0};
	const char *text;
	size_t len;
	int r = stream_begin(&s, &so, NULL, NULL, NULL, &err), shown = EXPLAIN_ERROR, status;

	if (!r)
		r = filed_open(o->read_from, &source, &err);
	if (!r) {
		text = recfile_meta_get(filed_recording(&source), "command", &len);
		if (text) /* of a file: what is in it was escaped by its maker, or it is here */
			escape_text(&command, text, len);
		r = telling_stream(&t, &s, source, &pick, &err);
		t.host = recfile_host(filed_recording(&source), &t.host_len);
		t.host_len = t.host && t.host_len > HOST_NAME_LEN ? HOST_NAME_LEN : t.host_len;
		/* What could be read of a damaged one is told before its error. */
		shown = telling_show(&t, command.s);
	}
	status = stream_end(&s, r, &err);
	telling_free(&t);
	if (s.damaged)
		log_say("%llu records made no sense and were left out",
			(unsigned long long)s.damaged);
	return status ? EXPLAIN_ERROR : shown;
}

int explain_events(const struct explain_opts *o, const struct past_opts *past, const char *life)
{
	const struct stream_opts so = {.quiet = true};
	struct telling t = {.o = o, .life = life};
	struct pick pick = *past->pick;
	struct source source = {0};
	struct stream s;
	struct err err = {0};
	int r = stream_begin(&s, &so, NULL, NULL, NULL, &err), shown = EXPLAIN_ERROR, status;

	if (!r)
		r = past_open(past, &source, &err);
	if (!r)
		r = telling_stream(&t, &s, source, &pick, &err);
	if (!r)
		shown = telling_show(&t, NULL);
	status = stream_end(&s, r, &err);
	telling_free(&t);
	return status ? EXPLAIN_ERROR : shown;
}
