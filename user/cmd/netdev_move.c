// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/netdev.h"

int netdev_move(struct netdev *n, const char *name)
{
	return EXIT_FAIL;
}
