// SPDX-License-Identifier: GPL-2.0-only
/* hidden.bpf.c - brief.bpf.c with all that keeps namespaces, their owners and parents; from 6.2. */
#define BRIEF_RELATED 1
#define BRIEF_HIDDEN  1
#include "brief.bpf.c"
