/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread.h - work in a thread of its own, which ends with the work. */
#ifndef NSWATCH_LIB_THREAD_H
#define NSWATCH_LIB_THREAD_H

/*
 * Runs fn(ctx) in a new thread and waits for it: fn's return, or -errno where there was
 * no thread to be had. The namespaces that fn enters are those of its thread alone, so
 * the caller stays where it is, also where the kernel would refuse to let it come back
 * (a net namespace whose owner is above the caller's user namespace: netns_install() in
 * net/core/net_namespace.c asks for CAP_SYS_ADMIN in both). Paths, descriptors and memory
 * are shared with the caller.
 */
int thread_run(int (*fn)(void *ctx), void *ctx);

#endif
