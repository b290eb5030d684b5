/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http.h - one page for those who ask for it by HTTP, served by libmicrohttpd, which is loaded at
 * first use. It has no thread: http_run() does what there is to do, and never waits.
 */
#ifndef NSWATCH_SINK_HTTP_H
#define NSWATCH_SINK_HTTP_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

struct http;

struct http_page {
	const char *path; /* "/metrics" */
	/*
	 * Asked for with an Accept header (NULL: none): false: it is not ready, and the one who
	 * asked waits until http_wake(). Else the page is added to b and *ret_type is its
	 * Content-Type.
	 */
	bool (*make)(void *ctx, const char *accept, struct buf *b, const char **ret_type);
	void *ctx;
};

/*
 * Listens at "PORT" (of the loopback), "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:PATH". -EINVAL:
 * that is none of these; -ENOPKG: the library is not there. The page must outlive it.
 */
int http_open(const char *at, const struct http_page *page, struct http **ret, struct err *err);
void http_run(struct http *h);
/* Those who wait are asked about again. */
void http_wake(struct http *h);
void http_close(struct http *h); /* NULL allowed */

#endif
