/* SPDX-License-Identifier: GPL-2.0-or-later */
/* life.h - what a history knows of one namespace, process, network device or container. */
#ifndef NSWATCH_HISTORY_LIFE_H
#define NSWATCH_HISTORY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/db.h"
#include "lib/buf.h"
#include "lib/err.h"

enum life_of {
	LIFE_NS,
	LIFE_PID,
	LIFE_DEVICE,
	LIFE_CONTAINER,
};

/* Whose life is asked for. */
struct life_subject {
	enum life_of of;
	int type; /* of a namespace; -1: any */
	uint32_t number;
	const char *name; /* of a device or container: points into the text that was parsed */
};

/*
 * "net:[4026532613]" or its number, a pid, the name of a network device, a container, or a net
 * namespace; "pid:7451", "dev:eth0", "container:web" and "netns:blue" say which is meant.
 * -ENOENT: the history has none; -EEXIST: several, which err lists.
 */
int life_parse(struct db *db, const char *text, struct life_subject *ret, struct err *err);

/* One of the namespaces that had a number. Times are ns since 1970, 0: not known. */
struct life_ns {
	int64_t id; /* of its row; 0: the history has no row of it */
	int64_t created, ended;
	int type;
};

/*
 * The latest `max` of those that had the number between two times, the latest first; how many
 * there are in *ret_all, where they are not more than 1,000. Returns how many are in rows, or
 * -errno.
 */
int life_list(struct db *db, const struct life_subject *s, int64_t since, int64_t until,
	struct life_ns *rows, size_t max, uint64_t *ret_all, struct err *err);
/* The one whose row has this id: 1; 0: none that had the number has it; -errno. */
int life_get(struct db *db, const struct life_subject *s, uint64_t id, struct life_ns *ret,
	struct err *err);
/* A line that tells it from the others. */
void life_say_short(struct db *db, const struct life_ns *ns, struct buf *b);

/* What is known of it, for people, in lines; ns is NULL but for LIFE_NS. 0 or -errno. */
int life_say(struct db *db, const struct life_subject *s, const struct life_ns *ns, struct buf *b,
	struct err *err);

/* A filter of event/evfilter.h for what happened to a process or device; "" for others. */
void life_filter(const struct life_subject *s, struct buf *b);

#endif
