// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>

#include "lib/thread.h"

struct work {
	int (*fn)(void *ctx);
	void *ctx;
	int ret;
};

static void *work_main(void *arg)
{
	struct work *w = arg;

	w->ret = w->fn(w->ctx);
	return NULL;
}

int thread_run(int (*fn)(void *ctx), void *ctx)
{
	struct work w = {fn, ctx, 0};
	pthread_t t;
	int ret = pthread_create(&t, NULL, work_main, &w);

	if (ret)
		return -ret;
	pthread_join(t, NULL);
	return w.ret;
}
