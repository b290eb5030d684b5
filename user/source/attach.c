// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/fd.h"
#include "source/attach.h"
#include "kernel/tracefs.h"

/*
 * libbpf wants tracefs mounted to find the id of a tracepoint; tracefs.c finds
 * it without.
 */
static int attach_tracepoint(struct bpf_program *prog, const char *section, struct bpf_link **ret)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr)};
	char category[32], name[64];
	uint64_t id;
	int fd, r;

	if (sscanf(section, "tracepoint/%31[^/]/%63s", category, name) != 2)
		return -EINVAL;
	r = tracefs_tp_id(category, name, &id);
	if (r)
		return r;
	attr.config = id;
	/* Any CPU will do: the program runs wherever the tracepoint is hit. */
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	/* EACCES is for tracefs; here Debian says so of a kernel.perf_event_paranoid above 2. */
	if (fd < 0)
		return errno == EACCES ? -EPERM : -errno;
	*ret = bpf_program__attach_perf_event(prog, fd); /* owns fd from here */
	if (*ret)
		return 0;
	r = -errno;
	close(fd);
	return r;
}

int attach_program(struct bpf_program *prog, struct bpf_link **ret)
{
	const char *section = bpf_program__section_name(prog);

	if (*section == '?')
		section++;
	if (!strncmp(section, "tracepoint/", 11))
		return attach_tracepoint(prog, section, ret);
	*ret = bpf_program__attach(prog);
	return *ret ? 0 : -errno;
}

int iter_run(const struct bpf_program *prog)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, NULL);
	auto_fd int fd = -1;
	char none[64];
	ssize_t n;
	int r;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	r = fd < 0 ? -errno : 0;
	if (!r)
		do
			n = read(fd, none, sizeof(none));
		while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	if (!r && n < 0)
		r = -errno;
	bpf_link__destroy(link);
	return r;
}
