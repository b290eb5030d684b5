// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/late.h"
#include "lib/parse.h"
#include "lib/util.h"
#include "sink/http.h"

/* --- where to listen ------------------------------------------------------------------------- */

static int at_wrong(const char *at, struct err *err)
{
	err_say(err, -EINVAL, "'%.128s' is no place to listen at", at);
	err_hint(err, "PORT (of the loopback), ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH");
	return -EINVAL;
}

static int listen_on(int fd, const struct sockaddr *addr, socklen_t len)
{
	int one = 1;

	if (addr->sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, addr, len) || listen(fd, 16) ? -errno : 0;
}

static int unix_listen(const char *path, struct err *err)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	auto_fd int fd = -1;
	struct stat st;
	int r;

	if (!*path || strlen(path) >= sizeof(un.sun_path))
		return err_say(err, -EINVAL,
			"'unix:%.128s': the path of a socket has 1 to %zu bytes", path,
			sizeof(un.sun_path) - 1);
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* One that an earlier run left is in nobody's use: a connection to it is refused. */
	if (fd >= 0 && !lstat(path, &st) && S_ISSOCK(st.st_mode) &&
		connect(fd, (struct sockaddr *)&un, sizeof(un)) && errno == ECONNREFUSED)
		unlink(path);
	fd_closep(&fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : listen_on(fd, (struct sockaddr *)&un, sizeof(un));
	return r ? err_set(err, r, "listen at %s", path) : take_fd(&fd);
}

/* Numbers only: no name service is asked. */
static int inet_listen(const char *at, struct err *err)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM};
	char host[64] = "127.0.0.1";
	const char *port = strrchr(at, ':'), *from = at;
	size_t len = port ? (size_t)(port - at) : 0;
	struct addrinfo *ai;
	uint64_t number;
	auto_fd int fd = -1;
	int r;

	if (port && at[0] == '[' && len >= 2 && at[len - 1] == ']') {
		from++;
		len -= 2;
	} else if (port && memchr(at, ':', len)) {
		return at_wrong(at, err);
	}
	/* getaddrinfo(3) would take 70000 for 4464. */
	if (len >= sizeof(host) || (port && !len) ||
		parse_u64(port ? port + 1 : at, 1, 65535, &number))
		return at_wrong(at, err);
	if (port)
		snprintf(host, sizeof(host), "%.*s", (int)len, from);
	if (getaddrinfo(host, port ? port + 1 : at, &hints, &ai))
		return at_wrong(at, err);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : listen_on(fd, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	return r ? err_set(err, r, "listen at %s", at) : take_fd(&fd);
}

static int at_listen(const char *at, struct err *err)
{
	return strncmp(at, "unix:", 5) ? inet_listen(at, err) : unix_listen(at + 5, err);
}

/* --- the library ----------------------------------------------------------------------------- */

#ifdef NSWATCH_STATIC
/* Debian has no static library of it. */
int http_open(const char *at, const struct http_page *page, struct http **ret, struct err *err)
{
	auto_fd int fd = at_listen(at, err);

	return fd < 0 ? fd : err_say(err, -ENOPKG, "the static build of nswatch serves no HTTP");
}

void http_run(struct http *h)
{
}

void http_wake(struct http *h)
{
}

void http_close(struct http *h)
{
}
#else
#include <microhttpd.h>

#define WAITING 16 /* connections at a time */

static struct {
	typeof(MHD_start_daemon) *start_daemon;
	typeof(MHD_stop_daemon) *stop_daemon;
	typeof(MHD_run) *run;
	typeof(MHD_create_response_from_buffer) *create_response_from_buffer;
	typeof(MHD_add_response_header) *add_response_header;
	typeof(MHD_queue_response) *queue_response;
	typeof(MHD_destroy_response) *destroy_response;
	typeof(MHD_suspend_connection) *suspend_connection;
	typeof(MHD_resume_connection) *resume_connection;
	typeof(MHD_lookup_connection_value) *lookup_connection_value;
} mhd;

static const struct late_call calls[] = {
	{"MHD_start_daemon", &mhd.start_daemon},
	{"MHD_stop_daemon", &mhd.stop_daemon},
	{"MHD_run", &mhd.run},
	{"MHD_create_response_from_buffer", &mhd.create_response_from_buffer},
	{"MHD_add_response_header", &mhd.add_response_header},
	{"MHD_queue_response", &mhd.queue_response},
	{"MHD_destroy_response", &mhd.destroy_response},
	{"MHD_suspend_connection", &mhd.suspend_connection},
	{"MHD_resume_connection", &mhd.resume_connection},
	{"MHD_lookup_connection_value", &mhd.lookup_connection_value},
};

static struct late_library microhttpd = {
	.file = "libmicrohttpd.so.12",
	.use = "metrics by HTTP are served by libmicrohttpd",
	.debian = "libmicrohttpd12 (libmicrohttpd12t64 from 13 on)",
	.calls = calls,
	.n = ARRAY_SIZE(calls),
};

/* --- answers --------------------------------------------------------------------------------- */

struct http {
	struct MHD_Daemon *daemon;
	const struct http_page *page;
	struct MHD_Connection *waiting[WAITING];
	size_t nwaiting;
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* to be removed; "": none */
};

static enum MHD_Result put(
	struct MHD_Connection *c, unsigned int status, const char *type, const char *s, size_t len)
{
	struct MHD_Response *r =
		mhd.create_response_from_buffer(len, (void *)s, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	mhd.add_response_header(r, "Content-Type", type);
	ret = mhd.queue_response(c, status, r);
	mhd.destroy_response(r);
	return ret;
}

static enum MHD_Result put_line(struct MHD_Connection *c, unsigned int status, const char *s)
{
	return put(c, status, "text/plain; charset=utf-8", s, strlen(s));
}

static enum MHD_Result page_put(struct http *h, struct MHD_Connection *c)
{
	const char *accept = mhd.lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	const char *type = NULL;
	auto_buf struct buf b = {0};

	if (h->page->make(h->page->ctx, accept, &b, &type))
		return put(c, MHD_HTTP_OK, type, b.len ? b.s : "", b.len);
	if (h->nwaiting == WAITING)
		return put_line(c, MHD_HTTP_SERVICE_UNAVAILABLE, "too many ask at once\n");
	h->waiting[h->nwaiting++] = c;
	mhd.suspend_connection(c);
	return MHD_YES;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct http *h = ctx;

	(void)version;
	(void)data;
	/* At first the headers alone are there. */
	if (!*state) {
		*state = h;
		return MHD_YES;
	}
	*size = 0;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return put_line(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD alone are served\n");
	if (strcmp(url, h->page->path) != 0)
		return put_line(c, MHD_HTTP_NOT_FOUND, "nswatch: metrics are at /metrics\n");
	return page_put(h, c);
}

int http_open(const char *at, const struct http_page *page, struct http **ret, struct err *err)
{
	struct http *h = calloc(1, sizeof(*h));
	int r = h ? late_load(&microhttpd, err) : err_set(err, -ENOMEM, "metrics"), fd = -1;

	if (!r)
		fd = at_listen(at, err);
	if (r || fd < 0) {
		free(h);
		return r ? r : fd;
	}
	if (!strncmp(at, "unix:", 5))
		snprintf(h->socket, sizeof(h->socket), "%s", at + 5);
	h->page = page;
	h->daemon = mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		answer, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)WAITING, MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
	if (!h->daemon) {
		close(fd);
		free(h);
		return err_say(err, -EIO, "libmicrohttpd could not be started");
	}
	*ret = h;
	return 0;
}

void http_run(struct http *h)
{
	mhd.run(h->daemon);
}

void http_wake(struct http *h)
{
	size_t n = h->nwaiting;

	h->nwaiting = 0;
	for (size_t i = 0; i < n; i++)
		mhd.resume_connection(h->waiting[i]);
	if (n)
		mhd.run(h->daemon);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	/* None may be suspended when the daemon stops. */
	http_wake(h);
	mhd.stop_daemon(h->daemon);
	if (h->socket[0])
		unlink(h->socket);
	free(h);
}
#endif
