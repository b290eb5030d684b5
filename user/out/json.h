/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - a streaming writer of JSON, and the JSON of events.
 *
 * The shape of events (JSON Lines, one object per line, "v" 1). Keys may be
 * added within a version; they are never renamed and do not change their type.
 *
 * In every event, in this order:
 *
 *	"v": 1			version of the shape
 *	"event": "unshare"	kind of event
 *	"time": "2026-11-24T22:40:32.123456789Z"	wall clock, UTC
 *	"host": "web1"		the host that it happened on; null where a recording
 *				does not say it
 *	"container": {"runtime": "docker", "id", "name", "pod", "pod_namespace", "image",
 *		"unit", "user", "outer", "cgroup"}	of the task, with what is known of
 *				these; null where nothing of its cgroup is
 *	"ns_container": {"cgroup_id": 4711, ...}	the same of the container that has the
 *				namespace which the event is about; null: of none
 *	"user": "root"		name of the uid on that host; null where there is none
 *	"ts_ns": 81234567890	the same moment in ns since boot (CLOCK_BOOTTIME)
 *	"pid" "tid" "ppid"	numbers of the initial pid namespace; of the
 *				process (thread group), thread and parent
 *	"uid": 0		in the initial user namespace
 *	"comm": "sh"		name of the thread
 *	"cpu": 1
 *	"cgroup_id": 4321
 *	"pidns": 4026531836	pid namespace the process lives in
 *	"ns_pid": 1		its pid there
 *	"inferred": false	true: concluded from other facts, not seen happening
 *	"no_actor": false	true: pid and comm are a kernel worker's, not the culprit's
 *	"from_poll": false	true: from differences of snapshots, without exact time
 *	"no_status": false	true: nobody saw how the task ended
 *	"filtered": false	true: a seccomp filter (or a tracer) answered, not the kernel
 *	"compat": false		true: a call of the 32-bit ABI
 *
 * Then the fields of the kind (`nswatch trace --list-fields`), by type:
 *
 *	namespace	its inode number, as in `ls -i`; 0 where there is none
 *	namespaces	"before": {"mnt": 4026531841, "uts": ..., "ipc", "user", "pid",
 *			"net", "cgroup", "time", "pid_for_children", "time_for_children"}
 *	slots		"changed": ["uts", "pid_for_children"]
 *	type		"ns_type": "uts"
 *	flags		"ns_flags": {"value": 67108864, "names": ["uts"]}; bits without
 *			a name are only in value
 *	result		"result": -1, "errno": "EPERM"; 0 goes without "errno"
 *	exit		"exit_code": {"exited": true, "code": 0}, or
 *			{"exited": false, "signal": 9, "signal_name": "KILL", "core": false}, or
 *			null where nobody saw how it ended
 *	choice		"fd_kind": "nsfs"; a number where it has no name
 *	duration, time	numbers of ns
 *	text		a string; bytes that are no UTF-8 become U+FFFD
 *	arguments	"args": ["sh", "-c", "date"], "args_cut": false; true when there
 *			were more than the record takes
 *
 * Unless --no-notes was given, at the end:
 *
 *	"notes": [{"code": "pidns-dead", "text": "Memory is not the problem. ..."}]
 */
#ifndef NSWATCH_OUT_JSON_H
#define NSWATCH_OUT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct event;

/* Appends to b; the commas are its business. struct json j = {.b = &buf}; */
struct json {
	struct buf *b;
	uint64_t more; /* bit per depth: something stands there already */
	unsigned int depth;
	bool keyed; /* a key waits for its value */
};

void json_object(struct json *j); /* { */
void json_array(struct json *j);  /* [ */
void json_end_object(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key); /* plain ASCII: not escaped */

void json_str(struct json *j, const char *s); /* NULL: null */
void json_strn(struct json *j, const char *s, size_t len);
void json_u64(struct json *j, uint64_t v);
void json_s64(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
/* Members or elements that are JSON already, separated by commas. */
void json_raw(struct json *j, const char *s, size_t len);

/* Key and value in one. */
void json_kstr(struct json *j, const char *key, const char *s);
void json_ku64(struct json *j, const char *key, uint64_t v);
void json_ks64(struct json *j, const char *key, int64_t v);
void json_kbool(struct json *j, const char *key, bool v);

/* "2026-11-24T22:40:32.123456789Z", with the quotes. */
void json_time(struct json *j, uint64_t wall_ns);

/* What is behind an event: see why/rule.h. The texts are the caller's. */
struct event_note {
	const char *code;
	const char *reason; /* of a refused call, else NULL */
	const char *text;
};

/*
 * What all events of a host say of it, made once and handed to the functions
 * below: name is NULL or its name, of which at most HOST_NAME_LEN bytes are taken.
 */
void event_json_host(struct buf *b, const char *name, size_t len);

/* One event as one line, the newline included. user: NULL or a name. */
void event_json(struct buf *b, const struct buf *host, const char *user, const struct event *ev);
/* The same, with the key "notes". */
void event_json_notes(struct buf *b, const struct buf *host, const char *user,
	const struct event *ev, const struct event_note *notes, size_t nnotes);

#endif
