/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attach.h - one program to its hook, whatever that is. */
#ifndef NSWATCH_SOURCE_ATTACH_H
#define NSWATCH_SOURCE_ATTACH_H

struct bpf_link;
struct bpf_program;

/* Attaches by the section's name; 0 or -errno. The link is the caller's. */
/* Runs an iterator whose output is of no interest once. */
int iter_run(const struct bpf_program *prog);

int attach_program(struct bpf_program *prog, struct bpf_link **ret);

#endif
