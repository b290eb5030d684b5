/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * broker.h - a connection to the servers of NATS JetStream, and the stream there.
 *
 * libnats has threads of its own; what they tell is kept here, and makes broker_fd() readable.
 */
#ifndef NSWATCH_BROKER_BROKER_H
#define NSWATCH_BROKER_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define BROKER_STREAM   "NSWATCH" /* where nobody names another */
#define BROKER_SUBJECTS "nswatch.v1.>"

/* What the user says of it; NULL: nothing. Secrets stand in files alone. */
struct broker_opts {
	const char *servers; /* "nats://a,b:4223,tls://c" */
	const char *stream;
	const char *user_file;  /* two lines: user, password */
	const char *token_file; /* one line */
	const char *creds;      /* JWT and seed, as nsc(1) writes them */
	const char *nkey_file, *nkey;
	const char *tls_ca, *tls_cert, *tls_key;
};

/* How a stream is made where it is missing. */
struct broker_stream {
	uint64_t replicas;      /* 0: one */
	uint64_t max_age_ns;    /* 0: no limit */
	uint64_t max_bytes;     /* 0: no limit */
	uint64_t duplicates_ns; /* how long ids of messages are remembered; 0: two minutes */
};

struct broker;

/* Looks at the options without asking anybody: 0 or -EINVAL. */
int broker_check(const struct broker_opts *o, struct err *err);
/* "nats://" or "tls://" is in front. */
bool broker_is_url(const char *s);

/*
 * Connects, with one attempt at each server. name is what the servers' lists of connections show.
 * -EHOSTUNREACH: no server answers; -EACCES: the credentials are refused; -EPROTO: no agreement on
 * TLS; -ENOPKG: there is no libnats. Signals should be blocked: threads inherit that.
 */
int broker_open(
	const struct broker_opts *o, const char *name, struct broker **ret, struct err *err);
void broker_close(struct broker *b); /* NULL allowed */

/*
 * The stream of o->stream, which must take BROKER_SUBJECTS; with `make` it is made where there is
 * none, and *ret_made says that. -EHOSTUNREACH: nobody can say at the moment.
 */
int broker_stream(struct broker *b, const struct broker_opts *o, const struct broker_stream *make,
	bool *ret_made, struct err *err);

/* An eventfd that is readable after something happened. */
int broker_fd(const struct broker *b);
void broker_seen(struct broker *b); /* makes it unreadable */
void broker_wake(struct broker *b); /* and readable; from any thread */

bool broker_connected(const struct broker *b);
/* How often a connection was lost and made anew. */
unsigned int broker_reconnects(const struct broker *b);
/* 0; -errno where it is closed for good, which happens where credentials are refused. */
int broker_closed(const struct broker *b, struct err *err);

/* --- subjects ------------------------------------------------------------------------------ */

/* Adds a text as one token of a subject: what means something there is %2E and so on. */
void broker_token(struct buf *b, const char *s, size_t len);

#endif
