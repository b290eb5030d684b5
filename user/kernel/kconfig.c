// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "lib/buf.h"
#include "kernel/kconfig.h"
#include "lib/util.h"

static struct {
	bool tried;
	char path[128];
	struct buf text;
} config;

/* What stands after "CONFIG_<option>=", or NULL. */
static const char *line_value(const char *line, const char *option)
{
	size_t n = strlen("CONFIG_"), m = strlen(option);

	if (strncmp(line, "CONFIG_", n) || strncmp(line + n, option, m))
		return NULL;
	return line[n + m] == '=' ? line + n + m + 1 : NULL;
}

const char *kconfig_value(const char *text, const char *option, char *buf, size_t size)
{
	const char *value = "n";
	size_t len = 1;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *v;

		line += *line == '\n';
		v = line_value(line, option);
		if (!v)
			continue;
		len = strcspn(v, "\r\n");
		value = v;
		if (len >= 2 && v[0] == '"' && v[len - 1] == '"') {
			value++;
			len -= 2;
		}
		break;
	}
	snprintf(buf, size, "%.*s", (int)len, value);
	return buf;
}

/* gzopen reads plain files too. A file that looks like no .config is none. */
static bool config_read(const char *path)
{
	gzFile f = gzopen(path, "re");
	char part[16384];
	int n;

	if (!f)
		return false;
	buf_reset(&config.text);
	while ((n = gzread(f, part, sizeof(part))) > 0)
		buf_add(&config.text, part, (size_t)n);
	gzclose(f);
	if (n < 0 || !config.text.len || !strstr(config.text.s, "CONFIG_"))
		return false;
	snprintf(config.path, sizeof(config.path), "%s", path);
	return true;
}

static void config_load(void)
{
	static const struct {
		const char *before, *after;
		bool release; /* named by the kernel's release */
	} places[] = {
		{"/proc/config.gz", "", false},
		{"/boot/config-", "", true},
		{"/lib/modules/", "/config", true},
	};
	struct utsname u;
	char path[128];

	config.tried = true;
	if (uname(&u))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s%s%s", places[i].before,
			places[i].release ? u.release : "", places[i].after);
		if (config_read(path))
			return;
	}
	buf_free(&config.text);
}

enum answer kconfig_get(const char *option)
{
	char value[8];

	if (!config.tried)
		config_load();
	if (!config.text.len)
		return ANSWER_UNKNOWN;
	kconfig_value(config.text.s, option, value, sizeof(value));
	return answer_of(strcmp(value, "n"));
}

const char *kconfig_where(void)
{
	if (!config.tried)
		config_load();
	return config.path;
}

void kconfig_release(void)
{
	buf_free(&config.text);
	memset(&config, 0, sizeof(config));
}
