/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hash.h - a hash of 64 bits (FNV-1a), for tables whose keys nobody can choose to any harm. */
#ifndef NSWATCH_LIB_HASH_H
#define NSWATCH_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN 0xcbf29ce484222325ULL

/* Of what was hashed before (HASH_BEGIN: nothing), and this. */
static inline uint64_t hash_add(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3ULL;
	return hash;
}

/* The same where it is a number for inums_put_id(), whose low half is not 0. */
static inline uint64_t hash_id(uint64_t hash)
{
	return (uint32_t)hash ? hash : hash | 1;
}

#endif
