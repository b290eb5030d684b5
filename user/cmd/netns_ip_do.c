// SPDX-License-Identifier: GPL-2.0-or-later
/* netns_ip_do.c - nswatch netns --ip: what the commands of ip-netns(8) do and print. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/netns_ip.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "kernel/nsfd.h"
#include "kernel/nsid.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "out/escape.h"

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
