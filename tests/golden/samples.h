/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samples.h - one made-up record or more of every kind, every optional part of
 * it, and what a hostile process would put there. The golden files and the
 * unit tests are made of them.
 */
#ifndef NSWATCH_SAMPLES_H
#define NSWATCH_SAMPLES_H

#include <linux/types.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bpf/wire/event.h"

#define SAMPLES_WALL_OFFSET 1795560000000000000LL /* boot: 2026-11-24T22:40:00Z */
#define SAMPLES_TS          32123456789ULL
#define SAMPLES_MAX         64

/* Records one behind the other, each at a multiple of 8. */
struct samples {
	union {
		struct ev_hdr hdr;
		struct ev_unshare unshare;
		struct ev_setns setns;
		struct ev_clone clone;
		struct ev_exec exec;
		struct ev_pidns_init pidns_init;
		struct ev_exit exit;
		struct ev_pidns_death pidns_death;
		struct ev_fork_denied fork_denied;
		struct ev_ns ns;
		struct ev_netdev netdev;
		struct ev_pin pin;
		struct ev_lost lost;
		struct ev_refused refused;
	} rec[SAMPLES_MAX];
	size_t n;
};

static const struct ev_nsset samples_init = {{4026531832, 4026531838, 4026531839, 4026531837,
	4026531836, 4026531833, 4026531835, 4026531834, 4026531836, 4026531834}};

/* A new record with its header; 1.3 ms after the one before. */
static inline struct ev_hdr *sample(
	struct samples *s, unsigned int kind, size_t size, uint32_t pid, const char *comm)
{
	struct ev_hdr *h = &s->rec[s->n].hdr;

	memset(&s->rec[s->n], 0, sizeof(s->rec[0]));
	h->ts_ns = SAMPLES_TS + s->n * 1300000;
	h->kind = (uint16_t)kind;
	h->size = (uint16_t)size;
	h->cpu = (uint32_t)(s->n % 2);
	h->pid = h->tid = pid;
	h->ppid = 7000;
	h->pidns = samples_init.inum[NS_PID];
	h->ns_pid = pid;
	h->cgroup_id = 4711;
	strncpy(h->comm, comm, sizeof(h->comm));
	s->n++;
	return h;
}
#define SAMPLE(s, kind, type, pid, comm)                                                           \
	((struct type *)(void *)sample(s, kind, sizeof(struct type), pid, comm))

/* The new namespaces of a set: the slots of mask, from 4026532938 on. */
static inline struct ev_nsset samples_after(uint32_t mask)
{
	struct ev_nsset set = samples_init;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (mask >> slot & 1)
			set.inum[slot] = 4026532938 + slot;
	return set;
}

/* args: its NULs included, args_len without the one of C */
static inline void sample_exec(struct samples *s, const char *comm, const char *filename,
	const char *args, size_t args_len)
{
	struct ev_exec *e = SAMPLE(s, EV_EXEC, ev_exec, 7451, comm);

	e->changed = 1U << NS_UTS | 1U << NS_IPC | 1U << NS_PID_CHILD;
	e->ns = samples_after(e->changed);
	e->filename_len = (uint16_t)strlen(filename);
	e->args_len = (uint16_t)args_len;
	memcpy(e->text, filename, e->filename_len);
	memcpy(e->text + e->filename_len, args, args_len);
	e->hdr.size = (uint16_t)(offsetof(struct ev_exec, text) + e->filename_len + args_len);
}

static inline void sample_unshare(struct samples *s, uint64_t flags, int result, uint32_t changed)
{
	struct ev_unshare *u = SAMPLE(s, EV_UNSHARE, ev_unshare, 7451, "unshare");

	u->ns_flags = flags;
	u->result = result;
	u->changed = changed;
	u->before = samples_init;
	u->after = samples_after(changed);
}

static inline void sample_setns(
	struct samples *s, uint64_t flags, int result, uint32_t fd_kind, uint32_t changed)
{
	struct ev_setns *n = SAMPLE(s, EV_SETNS, ev_setns, 7460, "nsenter");

	n->ns_flags = flags;
	n->result = result;
	n->fd = fd_kind == EV_FD_BAD ? -1 : 3;
	n->fd_kind = fd_kind;
	n->changed = changed;
	n->before = samples_init;
	n->after = samples_after(changed);
	if (fd_kind == EV_FD_NSFS)
		n->target_inum = 4026532938 + NS_NET;
	if (fd_kind == EV_FD_PIDFD)
		n->target_pid = 7453;
}

static inline void sample_ns(struct samples *s, unsigned int kind, uint32_t type, uint32_t flags)
{
	struct ev_ns *n = SAMPLE(s, kind, ev_ns, 7451, "unshare");

	n->hdr.flags = flags;
	n->ns_type = type;
	n->inum = 4026532938 + type;
	n->owner = samples_init.inum[NS_USER];
	if (flags & EVF_NO_ACTOR)
		strcpy(n->hdr.comm, "kworker/u8:1");
	if (kind == EV_NS_FREE && !(flags & EVF_INFERRED)) {
		n->ns_id = 77;
		n->lifetime_ns = 5100000;
		n->creator_pid = 7451;
		strcpy(n->creator_comm, "unshare");
	}
}

static inline void sample_filtered(struct samples *s)
{
	struct ev_unshare *u = SAMPLE(s, EV_UNSHARE, ev_unshare, 7461, "caged");

	u->hdr.flags = EVF_FILTERED;
	u->ns_flags = 0x10000000;
	u->result = -EPERM;
	u->before = u->after = samples_init;
}

static inline void samples_calls(struct samples *s)
{
	struct ev_clone *c;

	sample_unshare(s, 0x2c000000, 0, 1U << NS_UTS | 1U << NS_IPC | 1U << NS_PID_CHILD);
	sample_unshare(s, 0x10000000, -EPERM, 0);
	sample_unshare(s, 0x00020200, 0, 1U << NS_MNT);
	sample_unshare(s, 0x00100000, -EINVAL, 0);
	sample_unshare(s, 0x8000000000000000, -EINVAL, 0);
	sample_unshare(s, 0, 0, 0);
	sample_filtered(s);
	sample_setns(s, 0x40000000, 0, EV_FD_NSFS, 1U << NS_NET);
	sample_setns(s, 0, 0, EV_FD_NSFS, 1U << NS_NET);
	sample_setns(s, 0x24020000, 0, EV_FD_PIDFD, 1U << NS_MNT | 1U << NS_PID_CHILD);
	sample_setns(s, 0, -EINVAL, EV_FD_PIDFD, 0);
	sample_setns(s, 0x40000000, 0, EV_FD_PROC, 0);
	sample_setns(s, 0x40000000, -EBADF, EV_FD_BAD, 0);
	sample_setns(s, 0, -EINVAL, 99, 0);
	c = SAMPLE(s, EV_CLONE, ev_clone, 7452, "containerd-shim");
	c->ns_flags = 0x6c020000 | 0x4000;
	c->child_pid = 7470;
	c->child_pidns = 4026532938 + NS_PID;
	c->child_ns_pid = 1;
	c->changed = 0x77;
	c->before = samples_init;
	c->after = samples_after(c->changed);
	c = SAMPLE(s, EV_CLONE, ev_clone, 7451, "sh");
	c->child_pid = c->child_ns_pid = 7471;
	c->child_pidns = samples_init.inum[NS_PID];
	c->changed = 1U << NS_TIME;
	c->before = samples_init;
	c->before.inum[NS_TIME] = 0;
	c->after = samples_after(c->changed);
	c = SAMPLE(s, EV_CLONE, ev_clone, 7451, "bwrap");
	c->ns_flags = 0x30000000;
	c->result = -ENOSPC;
	c->before = samples_init;
}

static inline void samples_execs(struct samples *s)
{
	static const char plain[] = "/bin/sh\0-c\0date; ls\0";
	static const char hostile[] = "x\0\033[2J\0it's\0\0a\\b\0\xff\xfe\0\xe2\x80\xae"
				      "fdp.exe\0caf\xc3\xa9\0\"q\"\0two\nlines";

	sample_exec(s, "sh", "/bin/sh", plain, sizeof(plain) - 1);
	sample_exec(s, "sh", "", plain, sizeof(plain) - 1);
	sample_exec(s, "sh", "/bin/true", "", 0);
	sample_exec(s, "", "", "", 0);
	sample_exec(s, "\033]0;x\a\n\xff\xe2\x80\xae", "/tmp/\033[31mred dir/x", hostile,
		sizeof(hostile) - 1);
}

static inline void samples_pids(struct samples *s)
{
	struct ev_pidns_init *i = SAMPLE(s, EV_PIDNS_INIT, ev_pidns_init, 7451, "sh");
	struct ev_pidns_death *d;
	struct ev_fork_denied *f;
	struct ev_exit *x;

	i->inum = 4026532938 + NS_PID;
	i->level = 1;
	i->init_pid = 7453;
	i->parent_ns = samples_init.inum[NS_PID];
	i->owner = samples_init.inum[NS_USER];
	i->ns_id = 78;
	x = SAMPLE(s, EV_EXIT, ev_exit, 7453, "date");
	x->hdr.pidns = i->inum;
	x->hdr.ns_pid = 1;
	x->is_init = 1;
	x->lifetime_ns = 3200000;
	x->ns = samples_after(1U << NS_UTS | 1U << NS_IPC | 1U << NS_PID | 1U << NS_PID_CHILD);
	d = SAMPLE(s, EV_PIDNS_DEATH, ev_pidns_death, 7453, "date");
	d->inum = i->inum;
	d->level = 1;
	d->killed_counted = 1;
	d->lifetime_ns = 3200000;
	f = SAMPLE(s, EV_FORK_DENIED, ev_fork_denied, 7451, "sh");
	f->result = -ENOMEM;
	f->inum = i->inum;
	f->level = 1;
	f->init_pid = 7453;
	f->init_ended_ns = d->hdr.ts_ns;
	strcpy(f->init_comm, "date");
	f = SAMPLE(s, EV_FORK_DENIED, ev_fork_denied, 7451, "sh");
	*f = (struct ev_fork_denied){.hdr = f->hdr,
		.result = -ENOMEM,
		.inum = i->inum,
		.init_pid = 7453,
		.init_exit_code = 9};
	f = SAMPLE(s, EV_FORK_DENIED, ev_fork_denied, 7451, "sh");
	*f = (struct ev_fork_denied){.hdr = f->hdr, .result = -513, .inum = i->inum};
	x = SAMPLE(s, EV_EXIT, ev_exit, 7451, "sh");
	x->exit_code = 2 << 8;
	x->empties = 1U << NS_UTS | 1U << NS_IPC | 1U << NS_PID_CHILD;
	x->lifetime_ns = 61000000000;
	x->ns = samples_after(x->empties);
	x = SAMPLE(s, EV_EXIT, ev_exit, 7454, "crash");
	x->exit_code = 11 | 0x80;
	x->ns = samples_init;
	x = SAMPLE(s, EV_EXIT, ev_exit, 7456, "lost");
	x->hdr.flags = EVF_INFERRED | EVF_FROM_POLL | EVF_NO_STATUS;
	x->ns = samples_init;
	d = SAMPLE(s, EV_PIDNS_DEATH, ev_pidns_death, 7455, "tini");
	d->inum = 4026533000;
	d->level = 2;
	d->exit_code = 9;
	d->killed = 1;
	d->lifetime_ns = 3 * 86400000000000 + 5 * 3600000000000;
	d->killer = EV_KILLER_PROCESS;
	d->killer_pid = 812;
	strcpy(d->killer_comm, "dockerd");
	d = SAMPLE(s, EV_PIDNS_DEATH, ev_pidns_death, 7457, "java");
	d->inum = 4026533001;
	d->level = 1;
	d->exit_code = 9;
	d->killer = EV_KILLER_OOM;
}

static inline void samples_namespaces(struct samples *s)
{
	struct ev_pin *p;

	for (uint32_t type = 0; type < NS_TYPES; type++)
		sample_ns(s, EV_NS_CREATE, type, 0);
	sample_ns(s, EV_NS_FREE, NS_UTS, 0);
	sample_ns(s, EV_NS_FREE, NS_NET, EVF_NO_ACTOR);
	sample_ns(s, EV_NS_FREE, NS_IPC, EVF_INFERRED);
	sample_ns(s, EV_NS_CREATE, NS_MNT, EVF_INFERRED | EVF_FROM_POLL);
	sample_ns(s, EV_NS_CREATE, 4000000000, 0);
	sample_ns(s, EV_NS_CREATE, NS_MNT, 0);
	s->rec[s->n - 1].ns.made_by = EV_MADE_BY_OPEN_TREE;
	sample_ns(s, EV_NS_FREE, NS_MNT, 0);
	s->rec[s->n - 1].ns.made_by = EV_MADE_BY_FSMOUNT;
	p = SAMPLE(s, EV_PIN, ev_pin, 7480, "ip");
	p->ns_type = NS_NET;
	p->inum = 4026532943;
	strcpy(p->path, "/run/netns/blue");
	p->path_len = (uint16_t)strlen(p->path);
	p->hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + p->path_len);
	p = SAMPLE(s, EV_UNPIN, ev_pin, 7481, "ip");
	p->ns_type = NS_NET;
	p->inum = 4026532943;
	memset(p->path, '\t', sizeof(p->path));
	p->path_len = sizeof(p->path);
}

static inline void samples_devices(struct samples *s)
{
	struct ev_netdev *n = SAMPLE(s, EV_NETDEV, ev_netdev, 7482, "ip");
	struct ev_netdev base = {.old_name = "veth0",
		.new_name = "veth0",
		.dev_kind = "veth",
		.old_ifindex = 5,
		.new_ifindex = 5,
		.from = 4026531833,
		.to = 4026532943};
	struct ev_lost *l;

	base.hdr = n->hdr;
	*n = base;
	n = SAMPLE(s, EV_NETDEV, ev_netdev, 7483, "kworker/u8:2");
	base.hdr = n->hdr;
	*n = base;
	n->hdr.flags = EVF_NO_ACTOR;
	strcpy(n->new_name, "dev7");
	n->dev_kind[0] = '\0';
	n->new_ifindex = 7;
	n->from = n->cause = base.to;
	n->to = base.from;
	n->why = EV_WHY_NETNS_EXIT;
	n = SAMPLE(s, EV_NETDEV_ADD, ev_netdev, 7482, "ip");
	memcpy(n->new_name, "no end of name !!", sizeof(n->new_name));
	strcpy(n->dev_kind, "bridge");
	n->new_ifindex = 9;
	n->to = 4026531833;
	n = SAMPLE(s, EV_NETDEV_DEL, ev_netdev, 7482, "ip");
	strcpy(n->old_name, "br0");
	n->old_ifindex = 9;
	n->from = 4026531833;
	n->why = EV_WHY_NETNS_EXIT;
	n->cause = 4026532943;
	l = SAMPLE(s, EV_LOST, ev_lost, 0, "");
	l->count = 17;
}

static inline struct ev_refused *sample_refused(
	struct samples *s, uint32_t call, int result, uint32_t ns_type, const char *comm)
{
	struct ev_refused *r = SAMPLE(s, EV_REFUSED, ev_refused, 7480, comm);

	r->call = call;
	r->result = result;
	r->ns_type = ns_type;
	r->inum = samples_init.inum[ns_type];
	r->owner = samples_init.inum[NS_USER];
	r->own = 4026532938 + NS_USER;
	r->threads = 1;
	r->caps = 1ULL << 21;
	r->user_level = 1;
	return r;
}

static inline void samples_refused(struct samples *s)
{
	struct ev_refused *r = sample_refused(s, EV_REFUSED_MOUNT, -EPERM, NS_MNT, "mount");

	strcpy(r->fs_type, "proc");
	strcpy(r->source, "none");
	strcpy(r->path, "/mnt/\033[31mproc");
	r->able = 1;
	r->fs_owner = samples_init.inum[NS_USER];
	r = sample_refused(s, EV_REFUSED_MOUNT, -EPERM, NS_MNT, "mount");
	r->hdr.flags = EVF_FILTERED;
	r->call_flags = 4096;
	strcpy(r->source, "/a b");
	memset(r->path, 'p', sizeof(r->path));
	r = sample_refused(s, EV_REFUSED_UID_MAP, -EPERM, NS_USER, "podman");
	r->hdr.uid = 1000;
	r->owner = r->inum = 4026532938 + NS_USER;
	r->able = r->maker = 1;
	strcpy(r->written, "0 1000 1\n1 100000 65536\n");
	r = sample_refused(s, EV_REFUSED_RTNETLINK, -EBUSY, NS_NET, "ip");
	r->able = 1;
	r->request = 16;
	strcpy(r->message, "Device is in use\n by\xff");
	r = sample_refused(s, EV_REFUSED_OPEN, -EACCES, NS_NET, "nsenter");
	r->hdr.uid = 1001;
	r->inum = r->owner = 0;
	strcpy(r->path, "/proc/1/ns/net");
}

static inline void samples_make(struct samples *s)
{
	s->n = 0;
	samples_calls(s);
	samples_execs(s);
	samples_pids(s);
	samples_namespaces(s);
	samples_devices(s);
	samples_refused(s);
}

#endif
