/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evfilter.h - what names mean in filters on events. Rows are struct event.
 *
 * Every field of the header and of every kind has its name, compared without
 * case; an event that has no such field has no such value. Besides:
 *
 *	event	the kind, "setns"
 *	type	the types of namespaces it is about, a set: "uts"
 *	ns	every namespace it names, a set: 4026532938, "uts:[4026532938]"
 *	errno	of a call that failed: 1, "EPERM"; of one that did not: 0, ""
 *	signal	that ended a process: 9, "KILL"; of one that exited: 0, ""
 *	time	wall clock: "14:46:05" of any day and "2026-11-24 14:46" are local time, as
 *		the screen shows it; "2026-11-24T22:40:32.123456789Z" is UTC; or ns since 1970
 *	user	the name for uid
 *	container	"docker:web" of the task and, where it is another one, of the namespace that
 *the event is about: a set; container_id, container_name, runtime, pod, pod_namespace, image and
 *unit are members of the same
 *	ns_name	"blue", what its net namespaces are called: a set
 *	inferred, no_actor, from_poll, no_status, filtered, compat	1 or 0
 *	ts, nspid, cgroup	the names of the columns for ts_ns, ns_pid, cgroup_id
 *
 * A result is -1 and "EPERM"; how a process ended is the number that a shell
 * would show (status, or 128 and the signal); flags, slots and sets of
 * namespaces are sets; so are arguments, with all of them in one text first.
 */
#ifndef NSWATCH_EVENT_EVFILTER_H
#define NSWATCH_EVENT_EVFILTER_H

#include "out/filter.h"

extern const struct filter_names evfilter_names;

#endif
