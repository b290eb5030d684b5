// SPDX-License-Identifier: GPL-2.0-or-later
#include "broker/nats.h"

#ifndef NSWATCH_STATIC
#include "lib/late.h"
#include "lib/util.h"

struct nats nats;

/* Its structures differ between minor versions: the one whose header was there is the one. */
#define SONAME(major, minor)  SONAME_(major, minor)
#define SONAME_(major, minor) #major "." #minor

#define NATS_CALL(name) {#name, &nats.name},
static const struct late_call calls[] = {NATS_CALLS(NATS_CALL)};

int nats_load(struct err *err)
{
	static struct late_library library = {
		.file = "libnats.so." SONAME(NATS_VERSION_MAJOR, NATS_VERSION_MINOR),
		.use = "NATS JetStream is spoken to by libnats",
		.debian = "libnats" SONAME(NATS_VERSION_MAJOR, NATS_VERSION_MINOR),
		.calls = calls,
		.n = ARRAY_SIZE(calls),
	};

	return late_load(&library, err);
}
#endif
