// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_filter.c - any bytes as a filter expression: compiled, run on two rows, freed. */
#include <stdlib.h>

#include "fuzz/filter_demo.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct demo_row empty = {.comm = "", .digits = "", .user = "", .kind = ""};
	struct filter *f = NULL;
	struct err err = {0};
	char *expr = malloc(size + 1);
	int r;

	memcpy(expr, data, size);
	expr[size] = '\0';
	r = filter_compile(expr, &demo_filter_names, &err, &f);
	/* A refusal says why, on one line. */
	if (r && (f || !err.what[0] || strchr(err.what, '\n')))
		abort();
	if (!r) {
		filter_match(f, &demo_row);
		filter_match(f, &empty);
	}
	filter_free(f);
	free(expr);
	return 0;
}
