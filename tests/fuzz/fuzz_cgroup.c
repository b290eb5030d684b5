// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_cgroup.c - any text as /proc/PID/cgroup: the container, unit or pod that it names. */
#include <errno.h>

#include "fuzz/check.h"
#include "snapshot/container.h"
#include "out/escape.h"

static bool is_uid(const char *s)
{
	size_t len = strlen(s);

	return (len == 32 || len == 36) && strspn(s, "0123456789abcdefABCDEF-") == len;
}

static void format_all(const struct container *c)
{
	auto_buf struct buf b = {0}, safe = {0};

	container_format(c, "/nonexistent", &b);
	MUST(!strncmp(b.s, c->runtime, strlen(c->runtime)) && b.s[strlen(c->runtime)] == ':');
	MUST(strlen(b.s) == b.len && b.len < 2 * CONTAINER_ID_MAX + 32);
	escape_text(&safe, b.s, b.len);
	MUST(check_line(safe.s, safe.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct container c;
	int r;

	memset(&c, 0xff, sizeof(c));
	memcpy(text, data, size);
	text[size] = '\0';
	r = container_parse(text, &c);
	MUST(!r || r == -ENOENT);
	if (!r) {
		MUST(memchr(c.id, '\0', sizeof(c.id)) && memchr(c.pod, '\0', sizeof(c.pod)));
		/* One component of one line. */
		MUST(c.runtime && c.id[0] && !strpbrk(c.id, "/\n") && strstr(text, c.id));
		MUST(!c.pod[0] || is_uid(c.pod));
		format_all(&c);
	}
	free(text);
	return 0;
}
