/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kconfig.h - what the running kernel was built with, where it tells. */
#ifndef NSWATCH_KERNEL_KCONFIG_H
#define NSWATCH_KERNEL_KCONFIG_H

#include <stddef.h>

#include "kernel/answer.h"

/*
 * The value of CONFIG_<option> in the text of a .config, copied into buf:
 * "y", "m", "n" (not set, or not mentioned, as with options whose conditions
 * are not met), or what stands there, without quotes. Returns buf.
 */
const char *kconfig_value(const char *text, const char *option, char *buf, size_t size);

/* Of the running kernel; UNKNOWN where it keeps no configuration to read. "m" is YES. */
enum answer kconfig_get(const char *option);
/* The file that was read, "" where there was none. */
const char *kconfig_where(void);
void kconfig_release(void);

#endif
