// SPDX-License-Identifier: GPL-2.0-only
/* related.bpf.c - brief.bpf.c with owners and parents: more structs to relocate, from 6.2. */
#define BRIEF_RELATED 1
#include "brief.bpf.c"
