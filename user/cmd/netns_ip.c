// SPDX-License-Identifier: GPL-2.0-or-later
/* netns_ip.c - nswatch netns --ip: the options of ip(8), its batch files, and which command is
 * meant. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/netns_ip.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/util.h"

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

static void warn(const struct err *e)
{
	log_err(e);
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
