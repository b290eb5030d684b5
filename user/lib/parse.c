// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parse.h"
#include "lib/util.h"

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, base);
	if (*end)
		return -EINVAL;
	if (errno || v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_duration(const char *s, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"m", 60e9}, {"h", 3600e9}};
	double v;
	char *end;

	if (!isdigit((unsigned char)s[0]) || (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')))
		return -EINVAL;
	errno = 0;
	v = strtod(s, &end);
	if (errno)
		return -ERANGE;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name))
			continue;
		if (v * units[i].ns > 9e18)
			return -ERANGE;
		*ret_ns = (uint64_t)(v * units[i].ns);
		return 0;
	}
	return -EINVAL;
}

/* A number, or -ENOENT for what can be a name. */
static int id_parse(const char *s, uint32_t *ret)
{
	uint64_t v;

	if (!parse_u64(s, 0, UINT32_MAX - 1, &v)) {
		*ret = (uint32_t)v;
		return 0;
	}
	return !*s || isdigit((unsigned char)s[0]) ? -EINVAL : -ENOENT;
}

int parse_user(const char *s, uint32_t *ret)
{
	int r = id_parse(s, ret);
	const struct passwd *pw = r == -ENOENT ? getpwnam(s) : NULL;

	if (!pw)
		return r;
	*ret = pw->pw_uid;
	return 0;
}

int parse_group(const char *s, uint32_t *ret)
{
	int r = id_parse(s, ret);
	const struct group *gr = r == -ENOENT ? getgrnam(s) : NULL;

	if (!gr)
		return r;
	*ret = gr->gr_gid;
	return 0;
}

int parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] ? strchr(units, text[len]) : NULL;
	char digits[16];
	uint64_t v;
	int r;

	if (!len || len >= sizeof(digits) || (text[len] && (!unit || text[len + 1])))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	r = parse_u64(digits, 0, UINT32_MAX, &v);
	if (r)
		return r;
	*ret = unit ? v << 10 * (unit - units + 1) : v;
	return 0;
}
