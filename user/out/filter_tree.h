/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_tree.h - what filter_parse.c builds and filter.c runs. */
#ifndef NSWATCH_EVENT_FILTER_TREE_H
#define NSWATCH_EVENT_FILTER_TREE_H

#include <regex.h>

#include "out/filter.h"

/* Parentheses and '!' within each other: bounds the recursion. */
#define FILTER_DEPTH_MAX 64

enum node_op {
	NODE_AND, /* of the list at child */
	NODE_OR,
	NODE_NOT, /* of child */
	NODE_CMP, /* child with the next behind it */
	NODE_REG, /* child with re */
	NODE_NAME,
	NODE_NUM, /* literals */
	NODE_TEXT,
	NODE_BOOL,
};

/* Outcomes of a comparison, as a set. */
enum {
	CMP_LT = 1,
	CMP_EQ = 2,
	CMP_GT = 4,
};

/* As what two values are compared. */
enum node_mode {
	MODE_ANY, /* numbers if both are, else texts */
	MODE_NUM,
	MODE_TEXT,
	MODE_BOOL,
};

struct node {
	enum node_op op;
	int child, next; /* indices of nodes, -1: none */
	size_t pos;      /* in the expression */
	unsigned int outcomes;
	bool negate; /* != and !~: present, and no member is equal or matches */
	enum node_mode mode;
	struct filter_ref ref;
	struct filter_val val; /* of a literal; its text is owned */
	regex_t *re;
};

struct filter {
	struct filter_names names;
	struct node *nodes;
	size_t n, cap;
	int root;
};

/*
 * A number at the start of s: digits, 0x digits or digits.digits. The bytes
 * read, 0 where there is none; -1 if it does not fit.
 */
int filter_scan_num(const char *s, size_t len, struct filter_val *ret);
/* The whole text as a number, with sign; false if it is none. */
bool filter_text_num(const char *s, size_t len, struct filter_val *ret);

/* filter_regex.c: 0 or -EINVAL with the reason in why; *ret to be freed by regfree and free. */
int filter_regex(const char *pattern, regex_t **ret, char *why, size_t size);

#endif
