// SPDX-License-Identifier: GPL-2.0-or-later
/* netns_ip.c - nswatch netns --ip: what ip-netns(8) takes, does and prints. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/netns_ip.h"
#include "kernel/nsfd.h"
#include "kernel/nsid.h"
#include "kernel/nstype.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/util.h"
#include "out/escape.h"
#include "snapshot/from_proc.h"

/* --- what the commands do -------------------------------------------------------------------- */

static int failed(const struct err *err, int status)
{
	log_err(err);
	return status;
}

/* --- rows: lines of text, or objects of one JSON array as iproute2 lays them out ------------- */

struct rows {
	const struct netns_ip *ip;
	struct buf b;
	size_t n, keys; /* so far; of the row at hand */
};

static void rows_begin(struct rows *r, const struct netns_ip *ip)
{
	*r = (struct rows){.ip = ip};
	if (ip->json)
		buf_puts(&r->b, ip->pretty ? "[ " : "[");
}

static void row_begin(struct rows *r)
{
	if (r->ip->json)
		buf_puts(&r->b, r->n ? ",{" : "{");
	r->n++;
	r->keys = 0;
}

static void row_key(struct rows *r, const char *key)
{
	buf_printf(&r->b, "%s%s\"%s\":%s", r->keys++ ? "," : "", r->ip->pretty ? "\n        " : "",
		key, r->ip->pretty ? " " : "");
}

/* A name as it is, for scripts; a terminal gets it escaped. */
static void name_put(struct buf *b, const char *name)
{
	if (isatty(STDOUT_FILENO))
		escape_text(b, name, strlen(name));
	else
		buf_puts(b, name);
}

/* In text with what stands around it. */
static void row_name(struct rows *r, const char *before, const char *name, const char *behind)
{
	if (!r->ip->json) {
		buf_puts(&r->b, before);
		name_put(&r->b, name);
		buf_puts(&r->b, behind);
		return;
	}
	row_key(r, "name");
	buf_putc(&r->b, '"');
	escape_json(&r->b, name, strlen(name));
	buf_putc(&r->b, '"');
}

static void row_number(
	struct rows *r, const char *key, const char *before, int32_t v, const char *behind)
{
	if (!r->ip->json) {
		buf_printf(&r->b, "%s%d%s", before, v, behind);
		return;
	}
	row_key(r, key);
	buf_printf(&r->b, "%d", v);
}

static void row_end(struct rows *r)
{
	if (!r->ip->json)
		buf_putc(&r->b, '\n');
	else
		buf_puts(&r->b, r->ip->pretty && r->keys ? "\n    }" : "}");
}

/* Writes them; an exit status. */
static int rows_end(struct rows *r)
{
	int ret;

	if (r->ip->json)
		buf_puts(&r->b, r->ip->pretty && r->n ? " ]\n" : "]\n");
	ret = output_put(&r->b);
	buf_free(&r->b);
	return ret ? IP_FAIL : IP_OK;
}

/* --- names ----------------------------------------------------------------------------------- */

/* The text of names is kept in the order in which the directory has them. */
static int by_place(const void *a, const void *b)
{
	const struct netns_name *x = a, *y = b;

	return x->text < y->text ? -1 : x->text > y->text;
}

/* All names, in the order of the directory, in which ip goes through them. */
static int names_read(struct netns_names *s, struct err *err)
{
	int ret;

	netns_names_free(s);
	ret = netns_names_read(s, err);
	if (!ret && s->n)
		qsort(s->rows, s->n, sizeof(*s->rows), by_place);
	return ret;
}

/* What is at the name, a namespace or not: nothing there is waited for. A descriptor or -errno. */
static int name_open(const char *name, struct err *err)
{
	char path[sizeof(NETNS_DIR) + 1 + NAME_MAX];
	int fd;

	if (netns_name_check(name, err))
		return -EINVAL;
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? err_set(err, -errno, "cannot open the net namespace '%s'", name) : fd;
}

/* The id of a name here, NSID_NONE where it has none or leads to no net namespace. */
static int32_t name_id(struct netns_ip *ip, const char *name)
{
	auto_fd int fd = name_open(name, NULL);
	auto_buf struct buf safe = {0};
	int32_t id = NSID_NONE;
	int ret;

	if (fd < 0 || netns_socket(ip->n, NULL))
		return NSID_NONE;
	ret = nsid_get(&ip->n->nl, fd, &id);
	if (ret)
		log_say("'%s' leads to no net namespace", shown(name, &safe));
	return ret ? NSID_NONE : id;
}

int ip_list(struct netns_ip *ip, int argc, char **args)
{
	struct netns_names *s = &ip->n->d.names;
	struct err err = {0};
	struct rows r;

	/* Without a directory it prints nothing, no array either. */
	if (access(NETNS_DIR, F_OK))
		return IP_OK;
	if (names_read(s, &err))
		return failed(&err, IP_FAIL);
	rows_begin(&r, ip);
	for (size_t i = 0; i < s->n; i++) {
		const char *name = netns_text(s, &s->rows[i]);
		int32_t id = name_id(ip, name);

		row_begin(&r);
		row_name(&r, "", name, "");
		if (id >= 0)
			row_number(&r, "id", " (id: ", id, ")");
		row_end(&r);
	}
	return rows_end(&r);
}

/* --- list-id --------------------------------------------------------------------------------- */

struct ids_wanted {
	int target, nsid; /* -1: none */
};

/* IP_OK or a status. */
static int ids_args(struct netns_ip *ip, char **args, struct ids_wanted *w)
{
	*w = (struct ids_wanted){-1, -1};
	for (; *args; args += 2) {
		int *to = !strcmp(*args, "target-nsid") ? &w->target
			  : !strcmp(*args, "nsid")      ? &w->nsid
							: NULL;

		if (!to)
			return ip_wrong(
				ip, "list-id takes target-nsid N and nsid N, not '%.64s'", *args);
		if (*to >= 0)
			return ip_wrong(ip, "list-id: %s twice", *args);
		if (!args[1])
			return ip_wrong(ip, "list-id: %s wants a number", *args);
		if (!ip_number(args[1], to) || *to < 0)
			return ip_wrong(
				ip, "list-id: %s is a number from 0, not '%.64s'", *args, args[1]);
	}
	return IP_OK;
}

/* The first name, in the order of the directory, of the namespace that is called id here. */
static const char *id_name(const struct netns_names *s, const int32_t *ids, int32_t id)
{
	for (size_t i = 0; id >= 0 && i < s->n; i++)
		if (ids[i] == id)
			return netns_text(s, &s->rows[i]);
	return NULL;
}

static int ids_print(struct netns_ip *ip, const struct nsids *all, bool target)
{
	const struct netns_names *s = &ip->n->d.names;
	auto_free int32_t *ids = calloc(s->n + 1, sizeof(*ids));
	struct rows r;

	rows_begin(&r, ip);
	for (size_t i = 0; ids && all->n && i < s->n; i++)
		ids[i] = name_id(ip, netns_text(s, &s->rows[i]));
	for (size_t i = 0; ids && i < all->n; i++) {
		const struct nsid *id = &all->rows[i];
		const char *name = id_name(s, ids, target ? id->current : id->id);

		row_begin(&r);
		if (id->id >= 0)
			row_number(&r, "nsid", "nsid ", id->id, " ");
		else if (!ip->json)
			buf_puts(&r.b, "nsid unassigned ");
		if (target && id->current >= 0)
			row_number(&r, "current-nsid", "current-nsid ", id->current, " ");
		else if (target && !ip->json)
			buf_puts(&r.b, "current-nsid unassigned ");
		if (name)
			row_name(&r, "(iproute2 netns name: ", name, ")");
		row_end(&r);
	}
	return rows_end(&r);
}

int ip_list_id(struct netns_ip *ip, int argc, char **args)
{
	auto_nsids struct nsids all = {0};
	struct ids_wanted w;
	struct err err = {0};
	int ret = ids_args(ip, args, &w);

	if (ret)
		return ret;
	if (netns_socket(ip->n, &err) || names_read(&ip->n->d.names, &err))
		return failed(&err, IP_FAIL);
	if (w.nsid >= 0) {
		all.rows = calloc(1, sizeof(*all.rows));
		all.n = all.rows ? 1 : 0;
		ret = all.rows ? nsid_ask(&ip->n->nl, w.target, w.nsid, all.rows) : -ENOMEM;
	} else {
		ret = nsids_read(&ip->n->nl, w.target, &all);
	}
	if (!ret)
		return ids_print(ip, &all, w.target >= 0);
	if (w.nsid >= 0) {
		netlink_err(&ip->n->nl, &err, ret, "look for the id %d", w.nsid);
		return failed(&err, IP_REFUSED);
	}
	netlink_err(&ip->n->nl, &err, ret, "list ids");
	/* The array that ip has begun by then ends empty. */
	ids_print(ip, &(struct nsids){0}, false);
	ip->ended = true;
	return failed(&err, IP_FAIL);
}

/* --- add, attach, set, delete ---------------------------------------------------------------- */

static int wanted(const char *what)
{
	log_say("%s", what);
	return IP_FAIL;
}

int ip_add(struct netns_ip *ip, int argc, char **args)
{
	auto_fd int ns = -1;
	struct err err = {0};

	if (argc < 1)
		return wanted("add wants a name");
	ns = netns_new(&err);
	if (ns < 0 || netns_name_add(args[0], ns, &err))
		return failed(&err, IP_FAIL);
	return IP_OK;
}

int ip_attach(struct netns_ip *ip, int argc, char **args)
{
	auto_fd int ns = -1;
	struct err err = {0};
	char path[64];
	int pid;

	if (argc < 2)
		return wanted("attach wants a name and a pid");
	if (!ip_number(args[1], &pid) || !pid) {
		log_say("attach wants a pid, '%.64s' is none", args[1]);
		return IP_FAIL;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0) {
		err_set(&err, -errno, "%s", path);
		return failed(&err, IP_FAIL);
	}
	return netns_name_add(args[0], ns, &err) ? failed(&err, IP_FAIL) : IP_OK;
}

int ip_set(struct netns_ip *ip, int argc, char **args)
{
	auto_fd int fd = -1;
	int id = NSID_NONE, ret;
	struct err err = {0};

	if (argc < 2)
		return wanted("set wants a name and an id");
	if (strcmp(args[1], "auto") != 0 && (!ip_number(args[1], &id) || id < 0))
		return ip_wrong(ip, "an id is a number from 0 or 'auto', not '%.64s'", args[1]);
	fd = name_open(args[0], &err);
	if (fd < 0 || netns_socket(ip->n, &err))
		return failed(&err, IP_FAIL);
	ret = nsid_set(&ip->n->nl, fd, id);
	if (!ret)
		return IP_OK;
	netlink_err(&ip->n->nl, &err, ret, "set the id of %s", args[0]);
	return failed(&err, IP_REFUSED);
}

int ip_delete(struct netns_ip *ip, int argc, char **args)
{
	struct netns_names *s = &ip->n->d.names;
	struct err err = {0};

	if (argc < 1 && !ip->all)
		return wanted("delete wants a name");
	if (!ip->all)
		return netns_name_remove(args[0], NULL, &err) ? failed(&err, IP_FAIL) : IP_OK;
	if (names_read(s, &err))
		return failed(&err, IP_FAIL);
	/* As ip does it, the first that can't be removed is the last, and no failure. */
	for (size_t i = 0; i < s->n; i++)
		if (netns_name_remove(netns_text(s, &s->rows[i]), NULL, &err))
			return failed(&err, IP_OK);
	return IP_OK;
}

/* --- exec ------------------------------------------------------------------------------------ */

static void warn(const struct err *e)
{
	log_err(e);
}

/* A status where it returns. */
static int exec_in(const char *name, char **cmd)
{
	struct err err = {0};

	if (netns_enter(name, warn, &err))
		return failed(&err, IP_WRONG);
	execvp(cmd[0], cmd);
	err_set(&err, -errno, "run %s", cmd[0]);
	return failed(&err, IP_FAIL);
}

/* By a child. A command that a signal ended makes ip end too. */
static int exec_wait(struct netns_ip *ip, const char *name, char **cmd)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(exec_in(name, cmd));
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			pid = -1;
	if (pid > 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	if (pid < 0)
		log_say("run a child: %s", strerror(errno));
	ip->ended = true;
	return IP_FAIL;
}

static int exec_all(struct netns_ip *ip, char **cmd)
{
	struct netns_names *s = &ip->n->d.names;
	struct err err = {0};

	if (names_read(s, &err))
		return failed(&err, IP_FAIL);
	/* What becomes of the command is no matter, as ip-netns(8) says. */
	for (size_t i = 0; i < s->n; i++) {
		const char *name = netns_text(s, &s->rows[i]);
		auto_buf struct buf b = {0};

		buf_puts(&b, "\nnetns: ");
		name_put(&b, name);
		buf_putc(&b, '\n');
		if (output_put(&b))
			return IP_FAIL;
		exec_wait(ip, name, cmd);
		if (ip->ended)
			return IP_FAIL;
	}
	return IP_OK;
}

int ip_exec(struct netns_ip *ip, int argc, char **args)
{
	if (argc < 1 && !ip->all)
		return wanted("exec wants a name");
	if (argc < (ip->all ? 1 : 2))
		return wanted("exec wants a command");
	if (ip->all)
		return exec_all(ip, args);
	return ip->batch ? exec_wait(ip, args[0], args + 1) : exec_in(args[0], args + 1);
}

/* --- identify, pids, monitor ----------------------------------------------------------------- */

static bool is_pid(const char *s)
{
	for (; *s; s++)
		if (!isdigit((unsigned char)*s))
			return false;
	return true;
}

int ip_identify(struct netns_ip *ip, int argc, char **args)
{
	struct netns_names *s = &ip->n->d.names;
	const char *pid = argc ? args[0] : "self";
	auto_buf struct buf path = {0}, out = {0};
	const char *name = "";
	struct err err = {0};
	struct stat st;
	int code = 0;

	if (argc > 1)
		return wanted("identify takes one pid");
	if (argc && !is_pid(pid)) {
		log_say("'%.64s' is no pid", pid);
		return IP_FAIL;
	}
	buf_printf(&path, "/proc/%s/ns/net", pid);
	{
		auto_filecaps filecaps_was was = filecaps_use();

		if (stat(path.s, &st))
			code = -errno;
	}
	if (code) {
		err_set(&err, code, "%.80s", path.s);
		return failed(&err, IP_FAIL);
	}
	if (names_read(s, &err))
		return failed(&err, IP_FAIL);
	/* One line: the last name in the order of the directory, or none. */
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].inum == st.st_ino)
			name = netns_text(s, &s->rows[i]);
	name_put(&out, name);
	buf_putc(&out, '\n');
	return output_put(&out) ? IP_FAIL : IP_OK;
}

int ip_pids(struct netns_ip *ip, int argc, char **args)
{
	struct procfs_opts o = {.slots = 1U << NS_NET};
	auto_tasks struct ns_tasks tasks = {0};
	auto_buf struct buf out = {0};
	struct err err = {0};
	auto_fd int fd = -1;
	uint32_t inum;

	if (argc != 1)
		return wanted(argc ? "pids takes one name" : "pids wants a name");
	fd = name_open(args[0], &err);
	if (fd < 0)
		return failed(&err, IP_FAIL);
	/* Nobody is in a file. */
	if (nsfd_type(fd) != NS_NET || nsfd_inum(fd, &inum))
		return IP_OK;
	if (procfs_read(&o, &tasks, &err))
		return failed(&err, IP_FAIL);
	for (size_t i = 0; i < tasks.n; i++)
		if (tasks.rows[i].pid == tasks.rows[i].tid && tasks.rows[i].ns.inum[NS_NET] == inum)
			buf_printf(&out, "%u\n", tasks.rows[i].pid);
	return output_put(&out) ? IP_FAIL : IP_OK;
}

int ip_monitor(struct netns_ip *ip, int argc, char **args)
{
	struct netns_opts o = {.ip = true};
	int ret;

	ip->n->o = &o;
	ret = netns_monitor(ip->n, args);
	ip->n->o = NULL;
	return ret ? IP_FAIL : IP_OK;
}

/* --- which commands there are ----------------------------------------------------------------- */

int ip_wrong(struct netns_ip *ip, const char *fmt, ...)
{
	auto_buf struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	log_say("%s", b.s);
	ip->ended = true;
	return IP_WRONG;
}

bool ip_number(const char *s, int *ret)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 0);
	if (end == s || *end || errno || v < INT_MIN || v > INT_MAX)
		return false;
	*ret = (int)v;
	return true;
}

/* --- commands -------------------------------------------------------------------------------- */

static const char usage[] =
	"As ip-netns(8) takes them, with or without the word `netns` before the command:\n"
	"  list                                    names and ids; also without a command\n"
	"  list-id [target-nsid N] [nsid N]        ids and names\n"
	"  add NAME\n"
	"  attach NAME PID\n"
	"  set NAME N|auto\n"
	"  delete NAME              with -all:     delete\n"
	"  exec NAME CMD [ARG...]   with -all:     exec CMD [ARG...]\n"
	"  identify [PID]\n"
	"  pids NAME\n"
	"  monitor\n"
	"Options stand before: -all, -json, -pretty, -netns NAME, -batch FILE, -force, -Version;\n"
	"others of ip(8) are taken and change nothing.\n";

static int ip_help(struct netns_ip *ip, int argc, char **args)
{
	log_text(usage);
	ip->ended = true;
	return IP_WRONG;
}

static const struct {
	const char *name;
	bool looks; /* at processes of others, with the rights of the program's file */
	int (*run)(struct netns_ip *ip, int argc, char **args);
} subs[] = {
	{"list", false, ip_list},
	{"show", false, ip_list},
	{"lst", false, ip_list},
	{"list-id", false, ip_list_id},
	{"help", false, ip_help},
	{"add", false, ip_add},
	{"set", false, ip_set},
	{"delete", false, ip_delete},
	{"identify", true, ip_identify},
	{"pids", true, ip_pids},
	{"exec", false, ip_exec},
	{"monitor", false, ip_monitor},
	{"attach", false, ip_attach},
};

#define NSUBS (ARRAY_SIZE(subs))

const char *ip_command_name(size_t i)
{
	return i < NSUBS ? subs[i].name : NULL;
}

/* The first in the table that has the word or begins so, as ip takes it. */
static int sub_find(const char *word)
{
	for (size_t i = 0; i < NSUBS; i++)
		if (!strcmp(subs[i].name, word))
			return (int)i;
	for (size_t i = 0; *word && i < NSUBS; i++)
		if (!strncmp(subs[i].name, word, strlen(word)))
			return (int)i;
	return -1;
}

/* The object of ip(8) that this is; shorter beginnings are those of others. */
static bool is_netns(const char *word)
{
	return strlen(word) >= strlen("net") && !strncmp("netns", word, strlen(word));
}

/* One command, of the command line or a line of a batch. */
static int line_run(struct netns_ip *ip, int argc, char **args)
{
	bool object = argc && is_netns(args[0]);
	struct err err = {0};
	int sub = 0;

	if (object) {
		argc--;
		args++;
	}
	if (argc)
		sub = sub_find(args[0]);
	if (sub < 0 && !object) {
		log_say("only what `ip netns` does is done here, not '%.64s'", args[0]);
		return IP_FAIL;
	}
	if (!ip->all && argc > 1 && netns_name_check(args[1], &err))
		return ip_wrong(ip, "%s", err.what);
	if (sub < 0)
		return ip_wrong(
			ip, "netns has no command '%.64s'; `netns help` lists them", args[0]);
	if (!subs[sub].looks && filecaps_limit(0, &err)) {
		log_err(&err);
		return IP_FAIL;
	}
	return subs[sub].run(ip, argc ? argc - 1 : 0, argc ? args + 1 : args);
}

/* --- batch ----------------------------------------------------------------------------------- */

#define WORDS_MAX 512 /* of a line, the NULL behind them included */

struct batch {
	FILE *in;
	char *line;
	size_t cap;
	unsigned int number; /* of the line read last */
};

/* One line of the file, without what a # begins; its length, -1 at the end. */
static ssize_t line_read(struct batch *t)
{
	ssize_t len = getline(&t->line, &t->cap, t->in);
	char *comment = len < 0 ? NULL : strchr(t->line, '#');

	if (len < 0)
		return len;
	t->number++;
	if (comment)
		*comment = '\0';
	return (ssize_t)strlen(t->line);
}

/* A command: lines, of which all but the last end in a backslash. False at the end. */
static bool command_read(struct batch *t, struct buf *b)
{
	ssize_t len = line_read(t);

	buf_reset(b);
	while (len >= 2 && !strcmp(t->line + len - 2, "\\\n")) {
		buf_add(b, t->line, (size_t)len - 2);
		len = line_read(t);
		if (len < 0)
			log_say("line %u is to be continued, and none follows", t->number);
	}
	if (len < 0)
		return false;
	buf_add(b, t->line, (size_t)len);
	return true;
}

/*
 * Words are separated by blanks; one that begins with a quote ends at the next such quote. How
 * many, or -1 and the reason.
 */
static int words_split(char *s, char **words, struct err *err)
{
	static const char blanks[] = " \t\r\n";
	int n = 0;

	for (s += strspn(s, blanks); *s; s += strspn(s, blanks)) {
		char quote = *s;

		if (n == WORDS_MAX - 1) {
			err_say(err, -E2BIG, "more than %d words", WORDS_MAX - 1);
			return -1;
		}
		if (quote == '\'' || quote == '"') {
			words[n++] = ++s;
			s = strchr(s, quote);
		} else {
			words[n++] = s;
			s += strcspn(s, blanks);
		}
		if (!s) {
			err_say(err, -EINVAL, "the quote before '%.64s' is not closed",
				words[n - 1]);
			return -1;
		}
		if (*s)
			*s++ = '\0';
	}
	words[n] = NULL;
	return n;
}

static int batch_read(struct netns_ip *ip, struct batch *t)
{
	auto_buf struct buf command = {0};
	int status = IP_OK;

	while (command_read(t, &command)) {
		char *words[WORDS_MAX];
		struct err err = {0};
		int n = command.s ? words_split(command.s, words, &err) : 0, ret;

		if (n < 0) {
			log_say("%s:%u: %s", ip->batch, t->number, err.what);
			return IP_FAIL;
		}
		ret = n ? line_run(ip, n, words) : IP_OK;
		if (ip->ended)
			return ret;
		if (!ret)
			continue;
		log_say("%s:%u: this command failed", ip->batch, t->number);
		status = IP_FAIL;
		if (!ip->force)
			break;
	}
	return status;
}

static int batch_run(struct netns_ip *ip)
{
	bool from_stdin = !strcmp(ip->batch, "-");
	struct batch t = {.in = from_stdin ? stdin : fopen(ip->batch, "re")};
	int ret;

	if (!t.in) {
		log_say("cannot read the batch file %s: %s", ip->batch, strerror(errno));
		return IP_FAIL;
	}
	ret = batch_read(ip, &t);
	free(t.line);
	if (!from_stdin)
		fclose(t.in);
	return ret;
}

/* --- options --------------------------------------------------------------------------------- */

enum ip_opt {
	O_NOTHING, /* of what `ip netns` does it changes nothing */
	O_LOOPS,   /* the same, with an argument */
	O_FAMILY,
	O_RCVBUF,
	O_COLOR,
	O_ALL,
	O_JSON,
	O_PRETTY,
	O_FORCE,
	O_BATCH,
	O_NETNS,
	O_VERSION,
	O_HELP,
};

/* In the order in which ip looks whether one begins so. */
static const struct {
	const char *name;
	enum ip_opt opt;
	bool whole; /* no beginning will do */
} options[] = {
	{"loops", O_LOOPS, false},
	{"family", O_FAMILY, false},
	{"4", O_NOTHING, true},
	{"6", O_NOTHING, true},
	{"0", O_NOTHING, true},
	{"M", O_NOTHING, true},
	{"B", O_NOTHING, true},
	{"human-readable", O_NOTHING, false},
	{"iec", O_NOTHING, false},
	{"statistics", O_NOTHING, false},
	{"stats", O_NOTHING, false},
	{"details", O_NOTHING, false},
	{"resolve", O_NOTHING, false},
	{"oneline", O_NOTHING, false},
	{"timestamp", O_NOTHING, false},
	{"tshort", O_NOTHING, false},
	{"Version", O_VERSION, false},
	{"force", O_FORCE, false},
	{"batch", O_BATCH, false},
	{"brief", O_NOTHING, false},
	{"json", O_JSON, false},
	{"pretty", O_PRETTY, false},
	{"rcvbuf", O_RCVBUF, false},
	{"color", O_COLOR, false},
	{"help", O_HELP, false},
	{"netns", O_NETNS, false},
	{"Numeric", O_NOTHING, false},
	{"all", O_ALL, false},
	{"echo", O_NOTHING, true},
};

#define NOPTIONS (ARRAY_SIZE(options))

const char *ip_option_name(size_t i)
{
	for (size_t k = 0; k < NOPTIONS; k++)
		if (options[k].opt >= O_ALL && !i--)
			return options[k].name;
	return NULL;
}

static bool is_color(const char *name)
{
	const char *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);

	return len && !strncmp("color", name, len) &&
	       (!value || !value[1] || !strcmp(value + 1, "always") || !strcmp(value + 1, "auto") ||
		       !strcmp(value + 1, "never"));
}

/* name: without its dashes; an enum ip_opt, or -1. */
static int option_find(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < NOPTIONS; i++) {
		bool fits = options[i].opt == O_COLOR ? is_color(name)
			    : options[i].whole        ? !strcmp(options[i].name, name)
						      : !strncmp(options[i].name, name, len);

		if (fits)
			return (int)options[i].opt;
	}
	return -1;
}

static bool is_family(const char *s)
{
	static const char *const all[] = {"inet", "inet6", "link", "mpls", "bridge", NULL};

	for (size_t i = 0; all[i]; i++)
		if (!strcmp(all[i], s))
			return true;
	return false;
}

/* -netns NAME: the rest is done in there, as `ip netns exec` would do it. */
static int netns_switch(const char *name)
{
	struct err err = {0};

	if (!filecaps_limit(0, &err) && !netns_enter(name, warn, &err))
		return IP_OK;
	log_err(&err);
	return IP_WRONG;
}

/* What an option with an argument does; IP_OK or a status. */
static int option_argument(struct netns_ip *ip, enum ip_opt opt, const char *arg)
{
	int number;

	switch (opt) {
	case O_FAMILY:
		return is_family(arg) ? IP_OK : ip_wrong(ip, "-family: no family '%.64s'", arg);
	case O_RCVBUF:
		return ip_number(arg, &number) && number >= 0
			       ? IP_OK
			       : ip_wrong(ip, "-rcvbuf: '%.64s' is no size", arg);
	case O_BATCH:
		ip->batch = arg;
		return IP_OK;
	case O_NETNS:
		return netns_switch(arg);
	default:
		return IP_OK;
	}
}

static int option_take(struct netns_ip *ip, enum ip_opt opt)
{
	switch (opt) {
	case O_ALL:
		ip->all = true;
		break;
	case O_JSON:
		ip->json = true;
		break;
	case O_PRETTY:
		ip->pretty = true;
		break;
	case O_FORCE:
		ip->force = true;
		break;
	case O_HELP:
		return ip_help(ip, 0, NULL);
	case O_VERSION:
		printf("nswatch %s, as ip netns\n", NSWATCH_VERSION);
		ip->ended = true;
		break;
	default:
		break;
	}
	return IP_OK;
}

/* What stands behind the options: its place in argv, or minus the exit status. */
static int options_read(struct netns_ip *ip, int argc, char **argv)
{
	int i, ret = IP_OK;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		const char *name = argv[i] + 1;
		int opt;

		if (!strcmp(argv[i], "--"))
			return i + 1;
		name += *name == '-';
		opt = option_find(name);
		if (opt < 0)
			ret = ip_wrong(ip, "ip has no option '%.64s'", argv[i]);
		else if (opt != O_LOOPS && opt != O_FAMILY && opt != O_RCVBUF && opt != O_BATCH &&
			 opt != O_NETNS)
			ret = option_take(ip, (enum ip_opt)opt);
		else if (i + 1 == argc)
			ret = ip_wrong(ip, "%s wants an argument", argv[i]);
		else
			ret = option_argument(ip, (enum ip_opt)opt, argv[++i]);
		if (ret || ip->ended)
			return -ret;
	}
	return i;
}

int netns_ip(int argc, char **argv)
{
	struct netns n = {0};
	struct netns_ip ip = {.n = &n};
	int at = options_read(&ip, argc, argv), ret;

	if (at <= 0 || ip.ended)
		return -at;
	ret = ip.batch ? batch_run(&ip) : line_run(&ip, argc - at, argv + at);
	netlink_close(&n.nl);
	snapshot_free(&n.d);
	return ret;
}
