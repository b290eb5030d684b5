/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util.h - what C leaves to macros. */
#ifndef NSWATCH_LIB_UTIL_H
#define NSWATCH_LIB_UTIL_H

#include <stddef.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
