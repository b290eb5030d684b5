/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer.h - yes, no, or: nobody may tell us. */
#ifndef NSWATCH_KERNEL_ANSWER_H
#define NSWATCH_KERNEL_ANSWER_H

#include <stdbool.h>

enum answer {
	ANSWER_UNKNOWN, /* can't be found out with the rights we have: never a guess */
	ANSWER_NO,
	ANSWER_YES,
};

static inline enum answer answer_of(bool yes)
{
	return yes ? ANSWER_YES : ANSWER_NO;
}

static inline const char *answer_name(enum answer a)
{
	static const char *const names[] = {"unknown", "no", "yes"};

	return names[a];
}

#endif
