// SPDX-License-Identifier: GPL-2.0-or-later
/* dump.c - the control of ls.sh: loads dump.bpf.c, reads it to its end, says how much it was. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Written by bpftool, not to our taste. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "dump.lskel.h"
#pragma GCC diagnostic pop

/* As bpf_iter_create(3), without libbpf. */
static int iter_create(int link)
{
	union bpf_attr attr = {.iter_create.link_fd = (unsigned int)link};

	return skel_sys_bpf(BPF_ITER_CREATE, &attr, sizeof(attr.iter_create));
}

int main(void)
{
	struct dump_lskel *skel = dump_lskel__open_and_load();
	static char buf[65536];
	int link = skel ? dump_lskel__dump_task__attach(skel) : -1;
	int fd = link < 0 ? -1 : iter_create(link);
	size_t sum = 0;
	ssize_t n;

	if (fd < 0)
		err(1, "the iterator");
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += (size_t)n;
	if (n < 0)
		err(1, "read");
	printf("%zu\n", sum);
	return 0;
}
