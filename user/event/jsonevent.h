/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jsonevent.h - events back from the JSON that event/event_json.c makes of them: a line becomes a
 * record again, from which all renderers make what they would of the first one.
 *
 * What JSON does not have is lost: bytes that are no UTF-8, which it shows as U+FFFD, become
 * 0xff each, so that the JSON of the new record is the same once more. A key that is missing
 * counts as 0, "not known", as members do that older recordings lack; keys that are not known
 * are passed over. Notes are found anew.
 */
#ifndef NSWATCH_EVENT_JSONEVENT_H
#define NSWATCH_EVENT_JSONEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/nsname.h"
#include "event/whose.h"
#include "lib/buf.h"
#include "lib/err.h"

/* No line of nswatch is longer: texts of 512 bytes take six each when escaped, notes a few KiB. */
#define JSONEVENT_LINE_MAX (64U << 10)

struct json_tokener;

struct jsonevent {
	struct json_tokener *tokener;
	union {
		struct ev_hdr hdr;
		char bytes[1024];
	} rec;                /* of hdr.size bytes */
	int64_t wall_offset;  /* the time of the event - its time since boot, ns */
	struct buf host;      /* of the event; s is NULL where the line has none */
	struct buf user;      /* its name; s is NULL where that user has none */
	bool has_user;        /* the line says of the user that there is a name or none */
	struct whoses whoses; /* what this line and those before say of cgroups */
	struct nsnames names; /* the same of net namespaces */
	struct buf ascii;     /* the line, as json-c gets it */
};

/* NULL: no memory. */
struct jsonevent *jsonevent_new(void);
void jsonevent_free(struct jsonevent *j);

/*
 * Reads one line (its newline may be there or not). On failure j keeps what it held: -EBADMSG
 * and why it is no event, -ENODATA where the text ends before the object does, -EPROTONOSUPPORT
 * for another version of the shape, -ENOMEM.
 */
int jsonevent_read(struct jsonevent *j, const char *line, size_t len, struct err *err);

#endif
