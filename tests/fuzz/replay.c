// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - a fuzz target over its corpus, without libFuzzer: replay FILE... gives it each file,
 * the file cut at some lengths, and the file with one byte changed at some places.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define CUTS    64
#define CHANGES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

/* In memory of just that size: what reads beyond it is seen by ASan and valgrind. */
static void give(const char *data, size_t size, size_t at, unsigned char with)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (at < size)
		copy[at] ^= with;
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

static void replay(const struct buf *b)
{
	static const unsigned char with[] = {0x01, 0x80, 0xff};
	size_t step = b->len / CUTS + 1;

	give(b->s, b->len, b->len, 0);
	for (size_t n = 0; n < b->len; n += step)
		give(b->s, n, n, 0);
	step = b->len / CHANGES + 1;
	for (size_t at = 0; at < b->len; at += step)
		give(b->s, b->len, at, with[at % sizeof(with)]);
}

static int file_read(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "re");
	char part[4096];
	size_t n;

	if (!f)
		return -1;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		auto_buf struct buf b = {0};

		buf_reserve(&b, 1);
		if (file_read(argv[i], &b)) {
			perror(argv[i]);
			return 1;
		}
		replay(&b);
	}
	printf("%d files, %lu inputs\n", argc - 1, inputs);
	return argc > 1 ? 0 : 1;
}
