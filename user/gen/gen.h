/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gen.h - completion of ip-netns, a file of its own: shells look for it by the name of the command.
 */
#ifndef NSWATCH_GEN_GEN_H
#define NSWATCH_GEN_GEN_H

#include <stdio.h>

#include "gen/opts_gen.h"

void gen_ip(enum opts_shell shell, FILE *f);

#endif
