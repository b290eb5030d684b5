// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "why/kmsg.h"
#include "lib/fd.h"

#define RECORD_MAX 8192 /* a longer one ends the reading: EINVAL */
#define RECENT_US  25000000
#define FACILITY   3 /* bits of the priority below it */

static const char before[] = "unregister_netdevice: waiting for ";
static const char behind[] = " to become free. Usage count = ";

/* A number, and the character that must follow. */
static bool number(const char **p, char end, uint64_t *ret)
{
	char *at;

	if (**p < '0' || **p > '9')
		return false;
	*ret = strtoull(*p, &at, 10);
	if (*at != end)
		return false;
	*p = at + 1;
	return true;
}

bool kmsg_wait_parse(const char *record, size_t len, struct kmsg_wait *ret)
{
	char text[256];
	struct kmsg_wait w = {0};
	uint64_t priority, sequence;
	const char *p = text, *end;
	size_t n = len < sizeof(text) - 1 ? len : sizeof(text) - 1;
	char *at;

	memcpy(text, record, n);
	text[n] = '\0';
	if (!number(&p, ',', &priority) || priority >> FACILITY || !number(&p, ',', &sequence) ||
		!number(&p, ',', &w.at_us))
		return false;
	p = strchr(p, ';');
	if (!p || strncmp(p + 1, before, sizeof(before) - 1) != 0)
		return false;
	p += sizeof(before);
	end = strstr(p, behind);
	if (!end || end == p || (size_t)(end - p) >= sizeof(w.dev))
		return false;
	memcpy(w.dev, p, (size_t)(end - p));
	end += sizeof(behind) - 1;
	w.refs = strtoll(end, &at, 10);
	if (at == end)
		return false;
	*ret = w;
	return true;
}

bool kmsg_waiting(struct kmsg_wait *ret)
{
	auto_fd int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct kmsg_wait w;
	char record[RECORD_MAX];
	struct timespec now;
	uint64_t now_us;
	bool found = false;
	ssize_t n;

	if (fd < 0 || clock_gettime(CLOCK_MONOTONIC, &now))
		return false;
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	/* EPIPE: records were overwritten meanwhile; the next read goes on behind them. */
	while ((n = read(fd, record, sizeof(record))) > 0 ||
		(n < 0 && (errno == EPIPE || errno == EINTR))) {
		if (n > 0 && kmsg_wait_parse(record, (size_t)n, &w) &&
			w.at_us + RECENT_US >= now_us) {
			*ret = w;
			found = true;
		}
	}
	return found;
}
