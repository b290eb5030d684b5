// SPDX-License-Identifier: GPL-2.0-only
/* briefold.bpf.c - brief.bpf.c for kernels without bpf_rdonly_cast(), 5.18 to 6.1. */
#define BRIEF_CASTS 0
#include "brief.bpf.c"
