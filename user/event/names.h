/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h - words for the numbers of the kernel: slots, CLONE_* flags, errors, signals. */
#ifndef NSWATCH_NAMES_H
#define NSWATCH_NAMES_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/event.h"

struct buf;

/* "uts", "pid_for_children", as in /proc/PID/ns; NULL past the last. */
const char *slot_name(unsigned int slot);
/* The same for sentences: "pid (children)". */
const char *slot_label(unsigned int slot);
/* 0 to NS_SLOTS - 1, or -ENOENT. */
int slot_by_name(const char *name, size_t len);
/* The type of namespace a slot holds: NS_PID for NS_PID_CHILD. */
unsigned int slot_type(unsigned int slot);
/* Slots (the eight types) that CLONE_NEW* flags ask for, and one type's flag. */
uint32_t nsflags_slots(uint64_t flags);
uint64_t slot_nsflag(unsigned int slot);

#define NSFLAGS_MAX 64
/*
 * Names of the CLONE_* bits in flags, namespaces first; kind is the event they
 * stand in, for unshare(2) uses some bits in a way of its own. Returns how many;
 * ret_rest gets the bits that have no name.
 */
size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NSFLAGS_MAX], uint64_t *ret_rest);

/* "EPERM" of 1 or -1, those of the kernel's inside too; NULL where there is none. */
const char *errno_name(int code);
/* "KILL" of 9, "RTMIN+1" of 35; never NULL. */
const char *signal_name(int sig, char tmp[16]);

#endif
