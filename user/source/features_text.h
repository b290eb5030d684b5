/* SPDX-License-Identifier: GPL-2.0-or-later */
/* features_text.h - readers of what the kernel says about itself, free of any file. */
#ifndef NSWATCH_SOURCE_FEATURES_TEXT_H
#define NSWATCH_SOURCE_FEATURES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/features.h"

/* "CapEff:\t000001ff\n" among the lines of /proc/PID/status. 0, -ENOENT or -EINVAL. */
int status_field(const char *text, const char *name, int base, uint64_t *ret);

/* "none [integrity] confidentiality" */
enum features_lockdown lockdown_parse(const char *text);

/* Whether a list with commas has the name. */
bool lsm_has(const char *list, const char *name);

/* Ids of lsm_list_modules(2) as names with commas between. */
void lsm_ids_format(const uint64_t *ids, size_t n, char *buf, size_t size);

#endif
