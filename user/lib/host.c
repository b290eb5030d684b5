// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/utsname.h>

#include "lib/host.h"

const char *host_name(void)
{
	static struct utsname u;
	static int known;

	if (!known && uname(&u))
		memset(&u, 0, sizeof(u));
	known = 1;
	return u.nodename;
}
