/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksyms.h - names in /proc/kallsyms. */
#ifndef NSWATCH_KERNEL_KSYMS_H
#define NSWATCH_KERNEL_KSYMS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the kernel (modules count) has a symbol of exactly this name. The
 * file is read once, 60 ms, and what was there is remembered.
 */
bool ksyms_has(const char *name);
/* False where the file can't be read, as in a sandbox: then no answer is one. */
bool ksyms_known(void);
void ksyms_release(void);

/* The name in one line of the file; its length, 0 where the line is none. */
size_t ksyms_name(const char *line, size_t len, const char **ret);

#endif
