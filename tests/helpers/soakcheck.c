// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * soakcheck.c - `soakcheck NAME PLACE LOG JSON RECORD`: holds what two tracers tell (JSON Lines,
 * from two pipes) against the log of soak.c, while it comes. Every line of the log must be told
 * once by each, and nothing else may be told of the threads and devices that are called NAME, and
 * of mounts below PLACE.
 *
 * What is settled is forgotten, so that the memory is that of what is on the way. Says `settled`
 * when the log has ended and all of it is told, or nothing has come for a while; at the end of both
 * tracers what each of them has told, and what is wrong. Status 1: something is.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRACERS  2
#define BUCKETS  (1U << 20)
#define QUIET_S  15 /* without an event of the workers: nothing is awaited any more */
#define EXAMPLES 5

static const char *const kinds[] = {"unshare", "setns", "clone", "exec", "pidns-init", "exit",
	"pidns-death", "ns-create", "ns-free", "netdev", "netdev-add", "netdev-del", "pin", "unpin",
	"by"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/*
 * What may be missing, and by which reason of a lost event (nswatch-trace(8), COST AND LIMITS): no
 * more than it counts, each so many events. A run of a program that the kernel left out may be any
 * event. A device whose net namespace has ended before nswatch could ask for its number is told in
 * part: where from it moved, that it was somewhere, that it and its peer went.
 */
static const struct {
	const char *why, *covers, *because;
	unsigned int each;
	int in_part; /* in other words than the log's */
} reasons[] = {
	{"mount", "pin unpin", "calls of mount after which no look came in time", 1, 0},
	{"device", "netdev netdev-add netdev-del", "looks at devices that came late", 3, 1},
	{"program", "", "runs of hooks that the kernel left out", 1, 0},
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

/* A line: how often it must be told, may be told beside that, and was told. */
struct entry {
	struct entry *next;
	int must, may, told[TRACERS];
	char key[];
};

struct tracer {
	const char *name;
	unsigned long told[KINDS], missing[KINDS], more[KINDS];
	unsigned long lost[REASONS], lost_other;
	char other[64]; /* a reason that nothing may have */
};

static struct entry *buckets[BUCKETS];
static long open_entries; /* that must still be told */
static struct tracer tracers[TRACERS] = {{.name = "json"}, {.name = "record"}};
static const char *name, *place;
static unsigned long must_lines;
static time_t last; /* when an event of theirs came */

/* --- entries -------------------------------------------------------------------------------------
 */

static struct entry **entry_at(const char *key)
{
	uint32_t h = 2166136261U;
	struct entry **at;

	for (const char *c = key; *c; c++)
		h = (h ^ (unsigned char)*c) * 16777619U;
	for (at = &buckets[h & (BUCKETS - 1)]; *at && strcmp((*at)->key, key) != 0;)
		at = &(*at)->next;
	return at;
}

static int entry_open(const struct entry *e)
{
	for (int i = 0; i < TRACERS; i++)
		if (e->told[i] < e->must || e->told[i] > e->must + e->may)
			return 1;
	return 0;
}

/* Adds to one of the counts of a key's entry, which may thereby be settled. */
static void entry_add(const char *key, int *(*member)(struct entry *, int), int arg)
{
	struct entry **at = entry_at(key), *e = *at;
	int was, settled = 1;

	if (!e) {
		e = calloc(1, sizeof(*e) + strlen(key) + 1);
		if (!e)
			abort();
		strcpy(e->key, key);
		*at = e;
	}
	was = entry_open(e);
	++*member(e, arg);
	open_entries += entry_open(e) - was;
	for (int i = 0; i < TRACERS; i++)
		settled &= e->told[i] == e->must + e->may;
	if (settled) {
		*at = e->next;
		free(e);
	}
}

static int *member_must(struct entry *e, int arg)
{
	return arg ? &e->may : &e->must;
}

static int *member_told(struct entry *e, int tracer)
{
	return &e->told[tracer];
}

/* --- fields of a line of JSON --------------------------------------------------------------------
 */

static const char *field(const char *line, const char *key)
{
	char quoted[48];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(line, quoted);
	return at ? at + strlen(quoted) : NULL;
}

static long long number(const char *line, const char *key)
{
	const char *at = field(line, key);

	return at ? strtoll(at, NULL, 10) : -1;
}

/* A text without escapes, "" where there is none. */
static const char *text(const char *line, const char *key, char *ret, size_t size)
{
	const char *at = field(line, key), *end = at && *at == '"' ? strchr(at + 1, '"') : NULL;
	size_t n = end ? (size_t)(end - at - 1) : 0;

	if (n >= size)
		n = size - 1;
	memcpy(ret, at ? at + 1 : "", n);
	ret[n] = 0;
	return ret;
}

/* Names of a list without those that nobody can foresee; "-" of none. */
static const char *names(const char *line, const char *key, int foreseen, char *ret, size_t size)
{
	const char *at = field(line, key);
	size_t n = 0;

	strcpy(ret, "-");
	while (at && *at && *at != ']') {
		size_t len;

		at += strspn(at, "[,\"");
		len = strcspn(at, "\",]");
		if (!len || n + len + 2 > size)
			break;
		if (!foreseen || (strncmp(at, "mnt\"", 4) && strncmp(at, "pid_for_children\"", 17)))
			n += (size_t)sprintf(ret + n, "%s%.*s", n ? "," : "", (int)len, at);
		at += len + 1;
	}
	return ret;
}

static const char *changes(const char *line, char *ret, size_t size)
{
	static const char *const slots[] = {"mnt", "uts", "ipc", "user", "pid", "net", "cgroup",
		"time", "pid_for_children", "time_for_children"};
	const char *before = field(line, "before"), *after = field(line, "after");
	char list[256], differ[256] = "-";
	size_t n = 0, m = 0;

	strcpy(ret, "-");
	for (int s = 0; s < 10 && before && after; s++) {
		long long a = number(before, slots[s]), b = number(after, slots[s]);

		if (a == b)
			continue;
		n += (size_t)snprintf(
			ret + n, size - n, "%s%s:%lld>%lld", n ? "," : "", slots[s], a, b);
		m += (size_t)snprintf(
			differ + m, sizeof(differ) - m, "%s%s", m ? "," : "", slots[s]);
	}
	if (strcmp(names(line, "changed", 0, list, sizeof(list)), differ) != 0)
		snprintf(ret + n, size - n, " but changed is %s", list);
	return ret;
}

/* How it ended, as a shell shows it. */
static long long ended(const char *line)
{
	const char *at = field(line, "exit_code");

	if (!at || *at != '{')
		return -1;
	return strncmp(at, "{\"exited\":true", 14) ? 128 + number(at, "signal")
						   : number(at, "code");
}

/* --- events as lines of the log ------------------------------------------------------------------
 */

static void key_of_call(const char *l, const char *kind, char *key, size_t size)
{
	long long pid = number(l, "pid"), flags = number(field(l, "ns_flags") ?: "", "value");
	char diff[600], what[32];

	changes(l, diff, sizeof(diff));
	text(l, "fd_kind", what, sizeof(what));
	if (!strcmp(kind, "unshare"))
		snprintf(key, size, "unshare %lld %lld %lld %s", pid, flags, number(l, "result"),
			diff);
	else if (!strcmp(kind, "clone"))
		snprintf(key, size, "clone %lld %lld %lld %lld %lld %lld %s", pid,
			number(l, "child_pid"), flags, number(l, "result"),
			number(l, "child_pidns"), number(l, "child_ns_pid"), diff);
	else
		snprintf(key, size, "setns %lld %lld %s %lld %lld %lld %s", pid, number(l, "fd"),
			what, flags, number(l, "result"),
			number(l, strcmp(what, "nsfs") ? "target_pid" : "target_inum"), diff);
}

static void key_of_process(const char *l, const char *kind, char *key, size_t size)
{
	long long pid = number(l, "pid"), inum = number(l, "inum");
	char list[256], file[300];

	if (!strcmp(kind, "exec"))
		snprintf(key, size, "exec %lld %s %s", pid, text(l, "filename", file, sizeof(file)),
			names(l, "changed", 0, list, sizeof(list)));
	else if (!strcmp(kind, "exit"))
		snprintf(key, size, "exit %lld %lld %d %s", pid, ended(l),
			!strncmp(field(l, "is_init") ?: "", "true", 4),
			names(l, "empties", 1, list, sizeof(list)));
	else if (!strcmp(kind, "pidns-init"))
		snprintf(key, size, "pidns-init %lld %lld %lld %lld %lld", pid, inum,
			number(l, "parent_ns"), number(l, "init_pid"), number(l, "owner"));
	else
		snprintf(key, size, "pidns-death %lld %lld %lld %lld", pid, inum, ended(l),
			number(l, "killed"));
}

static void key_of_device(const char *l, const char *kind, char *key, size_t size)
{
	char old[20], dev[20], why[20];

	text(l, "old_name", old, sizeof(old));
	text(l, "new_name", dev, sizeof(dev));
	text(l, "why", why, sizeof(why));
	if (!strcmp(kind, "netdev"))
		snprintf(key, size, "netdev %s%s%s %lld>%lld %lld>%lld %s", old,
			strcmp(old, dev) ? ">" : "", strcmp(old, dev) ? dev : "",
			number(l, "old_ifindex"), number(l, "new_ifindex"), number(l, "from"),
			number(l, "to"), why);
	else if (!strcmp(kind, "netdev-add"))
		snprintf(key, size, "netdev-add %s %lld %lld", dev, number(l, "new_ifindex"),
			number(l, "to"));
	else
		snprintf(key, size, "netdev-del %s %lld %lld %s %lld", old,
			number(l, "old_ifindex"), number(l, "from"), why, number(l, "cause"));
}

static void key_of(const char *l, const char *kind, char *key, size_t size)
{
	char type[16], path[300];

	if (!strcmp(kind, "unshare") || !strcmp(kind, "clone") || !strcmp(kind, "setns"))
		key_of_call(l, kind, key, size);
	else if (!strncmp(kind, "netdev", 6))
		key_of_device(l, kind, key, size);
	else if (!strcmp(kind, "pin") || !strcmp(kind, "unpin"))
		snprintf(key, size, "%s %s %lld %s", kind, text(l, "ns_type", type, sizeof(type)),
			number(l, "inum"), text(l, "path", path, sizeof(path)));
	else if (!strcmp(kind, "ns-create") || !strcmp(kind, "ns-free"))
		snprintf(key, size, "%s %s %lld %lld %lld", kind,
			text(l, "ns_type", type, sizeof(type)), number(l, "inum"),
			number(l, "owner"),
			number(l, strcmp(kind, "ns-free") ? "pid" : "creator_pid"));
	else if (!strncmp(kind, "exec", 4) || !strcmp(kind, "exit") || !strncmp(kind, "pidns", 5))
		key_of_process(l, kind, key, size);
	else
		snprintf(key, size, "%s %lld", kind, number(l, "pid"));
}

/* Whether the workers had to do with it, and no other process of this machine. */
static int is_ours(const char *l)
{
	static const char *const named[] = {"comm", "creator_comm", "old_name", "new_name"};
	char s[300];

	for (size_t i = 0; i < 4; i++)
		if (!strncmp(text(l, named[i], s, sizeof(s)), name, strlen(name)))
			return 1;
	return !strncmp(text(l, "path", s, sizeof(s)), place, strlen(place));
}

/* --- what was told -------------------------------------------------------------------------------
 */

static size_t kind_number(const char *key)
{
	size_t n = strcspn(key, " "), i;

	for (i = 0; i < KINDS - 1; i++)
		if (strlen(kinds[i]) == n && !strncmp(kinds[i], key, n))
			break;
	return i;
}

static void lost(struct tracer *t, const char *l)
{
	char why[32], where[48];
	size_t i = 0;

	text(l, "why", why, sizeof(why));
	while (i < REASONS && strcmp(reasons[i].why, why) != 0)
		i++;
	if (i < REASONS) {
		t->lost[i] += (unsigned long)number(l, "count");
		return;
	}
	t->lost_other += (unsigned long)number(l, "count");
	snprintf(t->other, sizeof(t->other), "%s %s", why, text(l, "where", where, sizeof(where)));
}

static void told(int tracer, const char *l)
{
	struct tracer *t = &tracers[tracer];
	char kind[32], key[1024], path[300];

	text(l, "event", kind, sizeof(kind));
	if (!strcmp(kind, "lost")) {
		lost(t, l);
		return;
	}
	if (!is_ours(l))
		return;
	last = time(NULL);
	key_of(l, kind, key, sizeof(key));
	t->told[kind_number(key)]++;
	entry_add(key, member_told, tracer);
	if (strcmp(kind, "pin") != 0 && strcmp(kind, "unpin") != 0)
		return;
	if (!number(l, "pid"))
		return; /* nobody is named */
	snprintf(key, sizeof(key), "by %s %lld %lld %s", kind, number(l, "pid"), number(l, "inum"),
		text(l, "path", path, sizeof(path)));
	entry_add(key, member_told, tracer);
}

static void logged(const char *l)
{
	must_lines += *l != '?';
	entry_add(l + (*l == '?'), member_must, *l == '?');
}

/* --- pipes ---------------------------------------------------------------------------------------
 */

struct input {
	int fd, tracer; /* tracer -1: the log */
	size_t n;
	char buf[1 << 18];
};

/* False at the end of the input. */
static int input_read(struct input *in)
{
	ssize_t n = read(in->fd, in->buf + in->n, sizeof(in->buf) - 1 - in->n);
	char *at = in->buf, *end;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	in->n += (size_t)n;
	in->buf[in->n] = 0;
	while ((end = memchr(at, '\n', in->n - (size_t)(at - in->buf)))) {
		*end = 0;
		if (in->tracer < 0)
			logged(at);
		else
			told(in->tracer, at);
		at = end + 1;
	}
	in->n -= (size_t)(at - in->buf);
	memmove(in->buf, at, in->n);
	return 1;
}

static void inputs_read(char **paths)
{
	static struct input in[1 + TRACERS];
	struct pollfd fds[1 + TRACERS];
	int ends = 0, settled = 0;

	for (int i = 0; i <= TRACERS; i++) {
		in[i].tracer = i - 1;
		in[i].fd = open(paths[i], O_RDONLY);
		if (in[i].fd < 0) {
			perror(paths[i]);
			exit(2);
		}
		fds[i] = (struct pollfd){in[i].fd, POLLIN, 0};
	}
	while (ends <= TRACERS) {
		poll(fds, 1 + TRACERS, fds[0].fd < 0 && !settled ? 1000 : -1);
		for (int i = 0; i <= TRACERS; i++)
			if (fds[i].revents && !input_read(&in[i])) {
				fds[i].fd = -1;
				ends++;
			}
		if (!settled && fds[0].fd < 0 && (!open_entries || time(NULL) > last + QUIET_S)) {
			settled = 1;
			puts("settled");
			fflush(stdout);
		}
	}
}

/* --- the outcome ---------------------------------------------------------------------------------
 */

static void entries_count(void)
{
	int shown[TRACERS][2] = {{0}};

	for (uint32_t b = 0; b < BUCKETS; b++)
		for (const struct entry *e = buckets[b]; e; e = e->next)
			for (int i = 0; i < TRACERS; i++) {
				struct tracer *t = &tracers[i];
				int missing = e->must - e->told[i], more = -missing - e->may;

				if (missing > 0) {
					t->missing[kind_number(e->key)] += (unsigned int)missing;
					if (shown[i][0]++ < EXAMPLES)
						fprintf(stderr, "soak: %s: not told: %s\n", t->name,
							e->key);
				}
				if (more > 0) {
					t->more[kind_number(e->key)] += (unsigned int)more;
					if (shown[i][1]++ < EXAMPLES)
						fprintf(stderr,
							"soak: %s: told, and nobody did it: %s\n",
							t->name, e->key);
				}
			}
}

/* Whether a word of a list is that. */
static int covers(const char *list, const char *kind)
{
	size_t n = strlen(kind);

	for (const char *at = list; (at = strstr(at, kind)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return 1;
	return 0;
}

/* Of counts by kind those that the reason covers, as far as it may; they are taken from *left. */
static unsigned long reason_covers(
	size_t reason, const unsigned long counts[KINDS], unsigned long most, unsigned long *left)
{
	unsigned long n = 0;

	for (size_t k = 0; k < KINDS; k++)
		if (!*reasons[reason].covers || covers(reasons[reason].covers, kinds[k]))
			n += counts[k];
	if (!*reasons[reason].covers)
		n = *left;
	n = n < most ? n : most;
	*left -= n;
	return n;
}

static int tracer_judge(const struct tracer *t)
{
	unsigned long all = 0, missing = 0, more = 0;

	for (size_t k = 0; k < KINDS; k++) {
		all += t->told[k];
		missing += t->missing[k];
		more += t->more[k];
	}
	printf("soak: %s: %lu events told,", t->name, all);
	for (size_t k = 0; k < KINDS; k++)
		if (t->told[k] || t->missing[k])
			printf(" %lu %s", t->told[k], kinds[k]);
	printf("; %lu missing, %lu that nobody made\n", missing, more);
	for (size_t i = 0; i < REASONS; i++) {
		unsigned long most = t->lost[i] * reasons[i].each, part = 0;
		unsigned long covered = reason_covers(i, t->missing, most, &missing);

		if (reasons[i].in_part)
			part = reason_covers(i, t->more, most, &more);
		if (t->lost[i])
			printf("soak: %s: lost %lu %s: these cover %lu missing events, and %lu "
			       "told in part\n",
				t->name, t->lost[i], reasons[i].because, covered, part);
	}
	if (t->lost_other)
		printf("soak: %s: lost %lu of what nothing may be lost of: %s\n", t->name,
			t->lost_other, t->other);
	if (missing)
		printf("soak: %s: %lu missing events that no reason covers\n", t->name, missing);
	return more || missing || t->lost_other || !all;
}

int main(int argc, char **argv)
{
	int bad = 0;

	if (argc != 6)
		return 2;
	name = argv[1];
	place = argv[2];
	inputs_read(argv + 3);
	entries_count();
	printf("soak: the log has %lu events\n", must_lines);
	for (int i = 0; i < TRACERS; i++)
		bad |= tracer_judge(&tracers[i]);
	return bad || !must_lines;
}
