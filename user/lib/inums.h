/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inums.h - a set of namespaces, by type and inode number. */
#ifndef NSWATCH_LIB_INUMS_H
#define NSWATCH_LIB_INUMS_H

#include <stddef.h>
#include <stdint.h>

struct inum_entry {
	uint32_t type; /* enum ns_slot, one of the eight types */
	uint32_t inum; /* 0: a free place */
	uint64_t a, b; /* whatever the owner of the set keeps there; 0 when new */
};

struct inums {
	struct inum_entry *slots;
	size_t n, nslots;
};

#define auto_inums __attribute__((cleanup(inums_free)))

void inums_free(struct inums *s);
/* NULL where it is not in. */
struct inum_entry *inums_find(const struct inums *s, uint32_t type, uint32_t inum);
/*
 * The entry, made where there was none; NULL without memory. What was returned
 * earlier is void: the set may have moved. inum is not 0.
 */
struct inum_entry *inums_put(struct inums *s, uint32_t type, uint32_t inum);

/* Takes it out where it is in. What was returned earlier is void, as after inums_put(). */
void inums_drop(struct inums *s, uint32_t type, uint32_t inum);

/* The same of numbers of 64 bits, of which the low half is not 0, else NULL: those of cgroups. */
static inline struct inum_entry *inums_find_id(const struct inums *s, uint64_t id)
{
	return (uint32_t)id ? inums_find(s, (uint32_t)(id >> 32), (uint32_t)id) : NULL;
}

static inline struct inum_entry *inums_put_id(struct inums *s, uint64_t id)
{
	return (uint32_t)id ? inums_put(s, (uint32_t)(id >> 32), (uint32_t)id) : NULL;
}

static inline void inums_drop_id(struct inums *s, uint64_t id)
{
	inums_drop(s, (uint32_t)(id >> 32), (uint32_t)id);
}

#endif
