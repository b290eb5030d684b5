/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf.h - names in the kernel's own BTF, quickly.
 *
 * libbpf's btf__load_vmlinux_btf() takes 50 ms and more; to know whether a
 * function is there, one pass over the types is enough.
 */
#ifndef NSWATCH_KERNEL_BTF_H
#define NSWATCH_KERNEL_BTF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define KBTF_PATH "/sys/kernel/btf/vmlinux"

/* The functions and typedefs of one BTF blob, which must outlive it. */
struct kbtf {
	const char *strs;
	uint32_t slots; /* a power of two, more than the entries */
	struct kbtf_slot *slot;
};

/* The sections of one BTF blob, within it. */
struct kbtf_blob {
	const char *types, *strs;
	uint32_t types_len, strs_len; /* bytes */
};

/* 0, -EINVAL with the reason where the header or its sections are wrong. */
int kbtf_blob(const void *data, size_t size, struct kbtf_blob *ret, struct err *err);
/* Bytes of the type at the offset off of the types; 0: cut off, or of a kind that we do not know.
 */
size_t kbtf_type_size(const struct kbtf_blob *b, uint32_t off);

/* Reads the blob: 0, -EINVAL with the reason where it is not BTF that we know. */
int kbtf_index(const void *data, size_t size, struct kbtf *ret, struct err *err);
void kbtf_free(struct kbtf *b);
/* The id of a type by its exact name; kind is BTF_KIND_FUNC or BTF_KIND_TYPEDEF. 0 or -ENOENT. */
int kbtf_find(const struct kbtf *b, const char *name, unsigned int kind, uint32_t *ret_id);

/*
 * The running kernel's, read on first use. -ENOENT: no such name (or, with err
 * filled, no BTF in this kernel); -EACCES: it can't be read.
 */
int kbtf_kernel_find(const char *name, unsigned int kind, uint32_t *ret_id, struct err *err);
/* 0 when the running kernel's BTF can be read, with its size. */
int kbtf_kernel(size_t *ret_size, struct err *err);
/* And the blob itself, until kbtf_kernel_release(). */
int kbtf_kernel_data(const void **ret_data, size_t *ret_size, struct err *err);
/* Gives the memory back. */
void kbtf_kernel_release(void);

/* --- corebtf ----------------------------------------------------------------------------- */

/*
 * the part of the kernel's BTF that one BPF object is relocated against.
 *
 * For each type that a program names, libbpf (1.1: bpf_core_find_cands) walks all types of the
 * kernel, some 130,000: a second of an emulated machine, for 240 names. Cut down to the types of
 * these names and to what lies within them, the same search costs nothing.
 */

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
