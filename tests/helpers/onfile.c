// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * onfile FILE [ROOT] - a process whose arguments lie in memory that is a page of FILE ("-": of
 * none), not read yet, and whose root directory is ROOT. Says "ready" and waits for the end of
 * standard input.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *page = (char *)((uintptr_t)argv[0] & ~4095UL), byte;
	int fd = -1;

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "-") != 0 && (fd = open(argv[1], O_RDONLY)) < 0)
		return 77;
	if (argc > 2 && (chroot(argv[2]) || chdir("/")))
		return 77;
	/* The arguments end in the page where the environment begins: nothing below needs them. */
	if (fd >= 0 && mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		return 77;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
