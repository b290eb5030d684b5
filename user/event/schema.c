// SPDX-License-Identifier: GPL-2.0-or-later
/* schema.c - the fields that every event has, and the kinds, which stand in event/kinds/. */
#include <string.h>
#include <strings.h>

#include "event/kinds/kind.h"
#include "event/schema.h"

/* In the order that JSON shows. kind and size are the frame, not facts. */
const struct ev_field schema_hdr_fields[] = {
	F(ev_hdr, ts_ns, FT_TIME, "when, in ns since boot (CLOCK_BOOTTIME)"),
	F(ev_hdr, pid, FT_PID, "process, as the initial pid namespace numbers it"),
	F(ev_hdr, tid, FT_PID, "thread, as the initial pid namespace numbers it"),
	F(ev_hdr, ppid, FT_PID, "parent process"),
	F(ev_hdr, uid, FT_UID, "user, in the initial user namespace"),
	F(ev_hdr, comm, FT_COMM, "name of the thread"),
	F(ev_hdr, cpu, FT_U32, "CPU it happened on"),
	F(ev_hdr, cgroup_id, FT_U64, "id of the thread's cgroup"),
	F(ev_hdr, pidns, FT_INUM, "pid namespace the process lives in", .slot = NS_PID),
	F(ev_hdr, ns_pid, FT_PID, "its pid there"),
	F(ev_hdr, flags, FT_FLAGS, "how the event is known"),
};
const size_t schema_hdr_nfields = ARRAY_SIZE(schema_hdr_fields);

#define KIND_ROW(K, name, s, size) [EV_##K] = &kind_##name,
static const struct ev_schema *const kinds[EV_KINDS] = {EV_KIND_LIST(KIND_ROW)};

const struct ev_schema *schema_of(unsigned int kind)
{
	return kind < EV_KINDS ? kinds[kind] : NULL;
}

const struct ev_schema *schema_by_name(const char *name, size_t len)
{
	for (unsigned int i = EV_NONE + 1; i < EV_KINDS; i++)
		if (strlen(kinds[i]->name) == len && !strncasecmp(kinds[i]->name, name, len))
			return kinds[i];
	return NULL;
}

static const struct ev_field *field_find(
	const struct ev_field *fields, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(fields[i].name) == len && !strncasecmp(fields[i].name, name, len))
			return &fields[i];
	return NULL;
}

const struct ev_field *schema_field(const struct ev_schema *s, const char *name, size_t len)
{
	const struct ev_field *f = field_find(s->fields, s->nfields, name, len);

	return f ? f : field_find(schema_hdr_fields, schema_hdr_nfields, name, len);
}
