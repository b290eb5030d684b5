/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter.h - filter expressions on named values, in the grammar of
 * scols-filter(5) that `lsns -Q` takes:
 *
 *	== eq  != ne  < lt  <= le  > gt  >= ge   compare
 *	=~ !~                                    POSIX extended regex, a string on the right
 *	&& and  || or  ! not  ( )                && before ||, ! before all
 *	'text' "text"  12  0x1f  2K 2KiB  -1  1.5  true false
 *
 * and, for times, 500ms 2s 3m 1h 10us 5ns (nanoseconds). A name alone is true
 * if it is there and its number is not 0 or, without a number, its text is not
 * empty. Stricter than scols-filter: comparisons do not chain, and what '!'
 * stands before is not compared unless in parentheses.
 *
 * The engine knows no events and no tables: struct filter_names does.
 */
#ifndef NSWATCH_EVENT_FILTER_H
#define NSWATCH_EVENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct filter;

#define FILTER_LEN_MAX 65536 /* bytes of an expression */
#define FILTER_TMP     128

/* What a value carries, any of: uid 0 is the number 0 and the text "root". */
enum {
	FILTER_NUM = 1,
	FILTER_FLOAT = 2,
	FILTER_TEXT = 4,
};

struct filter_val {
	unsigned int has; /* FILTER_*; 0: this row has no such value */
	bool neg;         /* num is the bit pattern of a negative int64_t */
	uint64_t num;
	double flt;
	const char *text; /* len bytes; needs no NUL */
	size_t len;
};

static inline void filter_val_u64(struct filter_val *v, uint64_t num)
{
	v->has |= FILTER_NUM;
	v->num = num;
	v->neg = false;
}

static inline void filter_val_s64(struct filter_val *v, int64_t num)
{
	v->has |= FILTER_NUM;
	v->num = (uint64_t)num;
	v->neg = num < 0;
}

static inline void filter_val_float(struct filter_val *v, double flt)
{
	v->has |= FILTER_FLOAT;
	v->flt = flt;
}

static inline void filter_val_text(struct filter_val *v, const char *text, size_t len)
{
	v->has |= FILTER_TEXT;
	v->text = text;
	v->len = len;
}

/* What a name stands for, found once. */
struct filter_ref {
	const void *handle; /* the resolver's own */
	unsigned int id;    /* likewise */
	unsigned int has;   /* FILTER_* that its values may carry; 0: anything */
	bool many;          /* a set: see get */
	/* NULL-ended: all that its text can be; others are refused as typing errors. */
	const char *const *words;
	/*
	 * NULL, or what a string that it is compared with is as a number; may make the
	 * reference another one, whose numbers are of the string's kind. -EINVAL: it is none.
	 */
	int (*literal)(struct filter_ref *ref, const char *text, size_t len, uint64_t *ret);
	const char *literal_is; /* "a time, such as 14:46:05" */
};

/*
 * Comparisons with a string use the text of a value (a number without text is
 * compared as a number if the string is one, else as its digits), those with a
 * number the number (a text without number must be one). Two names are
 * compared by number where both have one. true and false are compared with
 * what the name alone would be.
 *
 * A value that is not there compares false with everything, by != and !~ too;
 * give an empty text where an empty cell should differ from others. In a set
 * (many) it is enough that one member compares true; != and !~ are true if it
 * has members and none equals or matches.
 */
struct filter_names {
	const char *noun; /* "field", "column" */
	void *ctx;
	/* The name (not NUL-ended) into a zeroed ref; false if there is none. */
	bool (*resolve)(void *ctx, const char *name, size_t len, struct filter_ref *ret);
	/*
	 * The value in a row into a zeroed val; false if there is none. i is 0
	 * unless many: then members 0, 1, ... until false. Text may be built in tmp.
	 */
	bool (*get)(void *ctx, const struct filter_ref *ref, const void *row, unsigned int i,
		struct filter_val *ret, char tmp[FILTER_TMP]);
	/* All names, for messages; NULL behind the last. */
	const char *(*list)(void *ctx, size_t i);
};

/*
 * 0, or -EINVAL with err.what like "filter: at column 9: expected a value
 * after '=='", or -ENOMEM. names is copied, its ctx must stay.
 */
int filter_compile(
	const char *expr, const struct filter_names *names, struct err *err, struct filter **ret);
/* Allocates nothing, apart from what regexec(3) does. */
bool filter_match(const struct filter *f, const void *row);
void filter_free(struct filter *f);

static inline void filter_freep(struct filter **f)
{
	filter_free(*f);
	*f = NULL;
}

#define auto_filter __attribute__((cleanup(filter_freep)))

#endif
