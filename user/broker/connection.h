/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connection.h - a broker, for those files that call libnats. */
#ifndef NSWATCH_BROKER_CONNECTION_H
#define NSWATCH_BROKER_CONNECTION_H

#include <stdatomic.h>

#include "broker/nats.h"

struct broker {
	natsConnection *nc;
	jsCtx *js;
	int wake;
	/* Of the threads of libnats. */
	atomic_uint reconnects;
	atomic_uint faults; /* a consumer may be lost */
	atomic_bool closed, refused;
};

#endif
