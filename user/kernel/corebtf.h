/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * corebtf.h - the part of the kernel's BTF that one BPF object is relocated against.
 *
 * For each type that a program names, libbpf (1.1: bpf_core_find_cands) walks all types of the
 * kernel, some 130,000: a second of an emulated machine, for 240 names. Cut down to the types of
 * these names and to what lies within them, the same search costs nothing.
 */
#ifndef NSWATCH_KERNEL_COREBTF_H
#define NSWATCH_KERNEL_COREBTF_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct btf;

/*
 * Appends to ret the BTF of those types of the blob that have the name of a struct, union, enum or
 * typedef of local (flavours ___x aside), and of their members. Pointers in it lead nowhere:
 * relocations of fields do not follow them (libbpf: bpf_core_fields_are_compat). -EINVAL: not BTF.
 */
int corebtf_cut(
	const struct btf *local, const void *data, size_t size, struct buf *ret, struct err *err);

/* The same from the running kernel's BTF into fd. */
int corebtf_write(const struct btf *local, int fd, struct err *err);

#endif
