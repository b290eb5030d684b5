/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opts.h - the options of a command from one table: parsing, help, completion
 * and the OPTIONS section of the man page are all made from its rows.
 *
 *	struct trace_opts {
 *		bool json;
 *		uint64_t duration, count;
 *		bool has_count;
 *		struct opt_list events;
 *	};
 *	static const struct opt rows[] = {
 *		{'e', "event", "KIND,...", OPT_LIST(struct trace_opts, events), .commas = true,
 *			.group = "Choose", .help = "only these kinds"},
 *		{'J', "json", NULL, OPT_FLAG(struct trace_opts, json), .help = "JSON Lines"},
 *		{0, "count", "N", OPT_U64(struct trace_opts, count), .min = 1,
 *			.has = OPT_HAS(struct trace_opts, has_count), .help = "end after N"},
 *		OPT_HELP_ROWS,
 *	};
 */
#ifndef NSWATCH_LIB_OPTS_H
#define NSWATCH_LIB_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;
struct opt;

enum opt_type {
	OPT_T_FLAG,     /* bool */
	OPT_T_SET,      /* int, becomes .set */
	OPT_T_STR,      /* const char *, points into argv; NULL if given without its argument */
	OPT_T_U64,      /* uint64_t from .min to .max */
	OPT_T_DURATION, /* uint64_t, nanoseconds */
	OPT_T_CHOICE,   /* int, index into .choices */
	OPT_T_LIST,     /* struct opt_list, repeatable */
	OPT_T_CALL,     /* .call does it */
	OPT_T_HELP,
	OPT_T_VERSION,
};

/* What completion offers as the argument, where .choices does not say it. */
enum opt_complete {
	OPT_C_NONE,
	OPT_C_FILE,
	OPT_C_DIR,
	OPT_C_USER,
	OPT_C_GROUP,
	OPT_C_PID,
	OPT_C_EVENTS,    /* kinds of events, separated by commas */
	OPT_C_TYPES,     /* types of namespaces, so too */
	OPT_C_TYPE,      /* one of them */
	OPT_C_COLUMNS,   /* of the command at hand, so too, or with '+' in front */
	OPT_C_NETNS,     /* named net namespaces */
	OPT_C_NETNS_DO,  /* what netns does, and these */
	OPT_C_NETDEV_DO, /* what netdev does, and the devices of this net namespace */
	OPT_C_CONTAINER, /* what enter takes by name */
	OPT_C_SUBJECT,   /* what explain takes: pids, containers, codes of what it finds */
	OPT_C_PROCESS,   /* pids and containers */
	OPT_C_BOXES,     /* containers and units */
	OPT_C_GRAPH_DO,  /* what graph draws: types, pids, devices, containers */
};

struct opt_list {
	char **v; /* NULL while empty */
	size_t n;
};

/*
 * Reads arg (NULL if given without) into the command's options; 0 or -errno.
 * With err left alone on failure, the text is made from .expect.
 */
typedef int (*opt_call_fn)(const struct opt *o, const char *arg, void *opts, struct err *err);

struct opt {
	char letter;      /* 0: none */
	const char *name; /* NULL: none */
	const char *arg;  /* how help calls its argument; NULL: it takes none */
	enum opt_type type;
	size_t off;                 /* of the value in the command's options; macros below */
	size_t has;                 /* OPT_HAS: of a bool that says that it was given */
	bool arg_optional;          /* only as --name=ARG or -xARG */
	bool letter_plain;          /* the short form takes no argument (-m, --mount[=FILE]) */
	bool commas;                /* OPT_LIST: the argument is split at commas */
	bool hidden;                /* accepted, but in no help */
	uint32_t exclude;           /* options that share a bit exclude each other */
	int set;                    /* OPT_SET */
	uint64_t min, max;          /* OPT_U64; max 0: no limit */
	const char *const *choices; /* NULL-ended: OPT_CHOICE's values, else only offered */
	enum opt_complete complete;
	opt_call_fn call;
	const char *expect; /* OPT_CALL: "a user's name or number" */
	const char *group;  /* heading; NULL: that of the row before */
	const char *help;
};

/* Designators of a row, checked against the type of the member. */
#define OPT_FLAG(s, m)     OPT_AT_(OPT_T_FLAG, s, m, bool)
#define OPT_SET(s, m, v)   OPT_AT_(OPT_T_SET, s, m, int), .set = (v)
#define OPT_STR(s, m)      OPT_AT_(OPT_T_STR, s, m, const char *)
#define OPT_U64(s, m)      OPT_AT_(OPT_T_U64, s, m, uint64_t)
#define OPT_DURATION(s, m) OPT_AT_(OPT_T_DURATION, s, m, uint64_t)
#define OPT_CHOICE(s, m)   OPT_AT_(OPT_T_CHOICE, s, m, int)
#define OPT_LIST(s, m)     OPT_AT_(OPT_T_LIST, s, m, struct opt_list)
#define OPT_CALL(fn)       .type = OPT_T_CALL, .call = (fn)
#define OPT_HAS(s, m)      (OPT_OFF_(s, m, bool) + 1)

#define OPT_AT_(t, s, m, ctype) .type = (t), .off = OPT_OFF_(s, m, ctype)
#define OPT_OFF_(s, m, ctype)                                                                      \
	(offsetof(s, m) +                                                                          \
		0 * sizeof(char[__builtin_types_compatible_p(typeof(((s *)0)->m), ctype) ? 1       \
											 : -1]))

/* Every command has these two; they end parsing. */
#define OPT_HELP_ROWS                                                                              \
	{'h', "help", .type = OPT_T_HELP, .group = "Other", .help = "show this help"},             \
	{                                                                                          \
		'V', "version", .type = OPT_T_VERSION, .help = "show the version"                  \
	}

struct column;

struct opts_pair {
	const char *name, *text;
};

struct opts_spec {
	const char *name;         /* "nswatch trace" */
	const char *summary;      /* one sentence */
	const char *const *usage; /* NULL-ended, each what follows the name; NULL: [OPTION...] */
	const struct opt *rows;
	size_t nrows;
	bool permute;                     /* options may follow operands, as GNU programs allow */
	bool no_operands;                 /* an operand is an error */
	const char *notes;                /* paragraphs after the options, or NULL */
	const struct opts_pair *examples; /* command line and what it shows; ended by {0} */
	const struct opts_pair *exits;    /* exit status and when; ended by {0} */
	enum opt_complete operand;        /* what completion offers */
	const struct column *columns;     /* out/columns.h: of its table; NULL: it has none */
	const char *shown;                /* those without --output; NULL: it depends */
};

/* What stands behind the options. */
struct opts_rest {
	int argc;
	char **argv;
	bool dashes; /* "--" ended the options (never with .permute) */
};

enum {
	OPTS_RUN = 0,
	OPTS_HELP = 1, /* --help or --version was seen: nothing behind it was read */
	OPTS_VERSION = 2,
};

/*
 * Reads argv (argv[0] is the command's name) into opts, whose members keep
 * what they hold where an option is not given. OPTS_RUN, OPTS_HELP,
 * OPTS_VERSION, or -EINVAL with the reason in err: exit status 2.
 * Uses getopt_long, so one at a time.
 */
int opts_parse(const struct opts_spec *spec, int argc, char **argv, void *opts,
	struct opts_rest *ret, struct err *err);
/* Frees the lists among the options; opts may be used again. */
void opts_free(const struct opts_spec *spec, void *opts);

/* For callbacks and rows that are not in the table. */
void opt_list_add(struct opt_list *l, const char *s, size_t len);
void opt_list_free(struct opt_list *l);

/* --- opts_help.c --- */

/* Columns of the terminal behind f, within reason; 80 where there is none. */
unsigned int opts_width(FILE *f);
void opts_help(const struct opts_spec *spec, FILE *f, unsigned int width);

#endif
