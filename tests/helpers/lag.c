// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lag.c - `nswatch trace -J ... | lag COMM [FILE]`: how long after their time the events of
 * COMM come out, in milliseconds: how many, the median, the tenth of them that is latest,
 * and the latest. All lines go to FILE as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	FILE *to = argc > 2 ? fopen(argv[2], "w") : NULL;
	static double lags[1 << 16];
	static char line[1 << 16];
	char comm[64];
	size_t n = 0;

	snprintf(comm, sizeof(comm), "\"comm\":\"%s\"", argc > 1 ? argv[1] : "");
	while (fgets(line, sizeof(line), stdin)) {
		const char *ts = strstr(line, "\"ts_ns\":");

		if (ts && strstr(line, comm) && n < sizeof(lags) / sizeof(lags[0]))
			lags[n++] = (now() - strtod(ts + 8, NULL)) / 1e6;
		if (to) {
			fputs(line, to);
			fflush(to);
		}
	}
	if (to)
		fclose(to);
	qsort(lags, n, sizeof(*lags), by_value);
	printf("%zu %.1f %.1f %.1f\n", n, n ? lags[n / 2] : 0, n ? lags[n * 9 / 10] : 0,
		n ? lags[n - 1] : 0);
	return 0;
}
