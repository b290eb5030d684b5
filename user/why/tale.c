// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/sched.h>
#include <string.h>
#include <sys/wait.h>

#include "event/value.h"
#include "why/tale.h"
#include "kernel/nstype.h"
#include "out/escape.h"
#include "event/detail.h"

static void add_comm(struct buf *b, const char comm[EV_COMM_LEN], uint32_t pid)
{
	size_t len = strnlen(comm, EV_COMM_LEN);

	if (len)
		escape_text(b, comm, len);
	else
		buf_puts(b, "process");
	buf_printf(b, len ? " (%u)" : " %u", pid);
}

static void add_actor(struct buf *b, const struct event *ev)
{
	add_comm(b, ev->hdr->comm, ev->hdr->pid);
}

/* "uts:[1], ipc:[2] and net:[3]" of the slots in the mask. */
static void add_list(struct buf *b, const struct ev_nsset *set, uint32_t mask)
{
	uint32_t left = mask;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(mask >> slot & 1))
			continue;
		left &= ~(1u << slot);
		if (set->inum[slot])
			value_inum(b, ns_types[slot].type, set->inum[slot]);
		else
			buf_printf(b, "a new %s namespace", ns_types[ns_types[slot].type].name);
		if (left)
			buf_puts(b, left & (left - 1) ? ", " : " and ");
	}
}

/* It did not succeed, or only by word of a seccomp filter, which lets the kernel do nothing. */
static bool failed(const struct event *ev, int result)
{
	return result || ev->hdr->flags & EVF_FILTERED;
}

static void add_failed(struct buf *b, const struct event *ev, int result)
{
	if (!result) {
		buf_puts(b, ": a seccomp filter answers with success, and nothing is done.");
		return;
	}
	buf_printf(b, ": refused%s with %s.",
		ev->hdr->flags & EVF_FILTERED ? " by a seccomp filter" : "", errno_word(result));
}

#define CHILD_MASK (1u << NS_PID_CHILD | 1u << NS_TIME_CHILD)

/* Where it is now and where its children will be. */
static void add_moves(
	struct buf *b, const struct ev_nsset *after, uint32_t changed, const char *verb)
{
	uint32_t self = changed & NS_TYPES_MASK, children = changed & CHILD_MASK;

	/* A slot for children follows the one that it belongs to. */
	if (changed >> NS_PID & 1)
		children &= ~(1u << NS_PID_CHILD);
	if (changed >> NS_TIME & 1)
		children &= ~(1u << NS_TIME_CHILD);
	if (self) {
		buf_printf(b, " %s ", verb);
		add_list(b, after, self);
	}
	if (children) {
		buf_puts(b, self ? "; only its children will be in "
				 : " stays, but its children will be in ");
		add_list(b, after, children);
	}
	if (!self && !children)
		buf_puts(b, " stays where it is");
	buf_putc(b, '.');
}

static bool tell_unshare(struct buf *b, const struct event *ev)
{
	const struct ev_unshare *e = ev->rec;
	uint32_t types = nsflags_types(e->ns_flags, EV_UNSHARE);

	if (!types)
		return false;
	add_actor(b, ev);
	buf_puts(b, failed(ev, e->result) ? " tries to unshare " : " unshares ");
	value_slots(b, types);
	if (failed(ev, e->result)) {
		add_failed(b, ev, e->result);
		return true;
	}
	buf_puts(b, ": it");
	add_moves(b, &e->after, e->changed, "is in");
	return true;
}

static bool tell_setns(struct buf *b, const struct event *ev)
{
	const struct ev_setns *e = ev->rec;

	add_actor(b, ev);
	if (failed(ev, e->result)) {
		buf_puts(b, " tries to enter");
		if (e->target_inum && e->target_type && e->target_type <= NS_TYPES) {
			buf_putc(b, ' ');
			value_inum(b, e->target_type - 1, e->target_inum);
		} else if (e->target_inum)
			buf_printf(b, " namespace %u", e->target_inum);
		else if (e->target_pid)
			buf_printf(b, " namespaces of process %u", e->target_pid);
		else
			buf_puts(b, " a namespace");
		add_failed(b, ev, e->result);
		return true;
	}
	add_moves(b, &e->after, e->changed, "enters");
	return true;
}

static bool tell_clone(struct buf *b, const struct event *ev)
{
	const struct ev_clone *e = ev->rec;

	/* What differs only because the parent said so before is told by the birth of pid 1. */
	if (!failed(ev, e->result) && !ns_flags_to_types(e->ns_flags))
		return false;
	add_actor(b, ev);
	if (failed(ev, e->result)) {
		buf_puts(b, " tries to clone with ");
		value_slots(b, ns_flags_to_types(e->ns_flags));
		add_failed(b, ev, e->result);
		return true;
	}
	buf_printf(b, " makes %s %u in ", e->ns_flags & CLONE_THREAD ? "thread" : "child",
		e->child_pid);
	add_list(b, &e->after, e->changed & NS_TYPES_MASK);
	buf_putc(b, '.');
	return true;
}

static bool tell_exec(struct buf *b, const struct event *ev)
{
	const struct ev_exec *e = ev->rec;
	const char *list = e->text + e->filename_len, *arg;
	size_t pos = 0, len;
	bool first = true;

	if (!e->filename_len && !e->args_len)
		return false;
	buf_printf(b, "Process %u runs", ev->hdr->pid);
	if (e->filename_len) {
		buf_putc(b, ' ');
		escape_shell(b, e->text, e->filename_len);
	}
	/* The file name stands for the name that the program was told to have. */
	while (event_arg_next(list, e->args_len, &pos, &arg, &len)) {
		if (!first || !e->filename_len) {
			buf_putc(b, ' ');
			escape_shell(b, arg, len);
		}
		first = false;
	}
	if (event_args_cut(list, e->args_len))
		buf_puts(b, "...");
	buf_putc(b, '.');
	return true;
}

static bool tell_init(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_init *e = ev->rec;

	buf_printf(b, "Process %u, child of ", e->init_pid);
	add_actor(b, ev);
	buf_puts(b, ", is born as pid 1 of ");
	value_inum(b, NS_PID, e->inum);
	buf_putc(b, '.');
	return true;
}

static void add_end(struct buf *b, const struct event *ev, int status)
{
	if (ev->hdr->flags & EVF_NO_STATUS) {
		buf_puts(b, "ends");
	} else if (WTERMSIG(status)) {
		buf_puts(b, "is ");
		value_exit(b, status);
	} else {
		buf_puts(b, "ends with ");
		value_exit(b, status);
	}
}

static bool tell_exit(struct buf *b, const struct event *ev)
{
	const struct ev_exit *e = ev->rec;
	uint32_t left = e->empties & NS_TYPES_MASK;

	if (e->is_init) /* its pidns-death tells it */
		return false;
	add_actor(b, ev);
	buf_putc(b, ' ');
	add_end(b, ev, e->exit_code);
	if (left) {
		buf_puts(b, "; nobody is left in ");
		add_list(b, &e->ns, left);
	}
	buf_putc(b, '.');
	return true;
}

static bool tell_death(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_death *e = ev->rec;

	add_actor(b, ev);
	buf_puts(b, ", pid 1 of ");
	value_inum(b, NS_PID, e->inum);
	buf_puts(b, ", ");
	add_end(b, ev, e->exit_code);
	if (e->lifetime_ns) {
		buf_puts(b, " after ");
		value_duration(b, e->lifetime_ns);
	}
	buf_puts(b, "; the namespace is dead");
	if (e->killed)
		buf_printf(b, ", and %s%u other %s killed with it",
			e->killed_counted ? "" : "at most ", e->killed,
			e->killed == 1 ? "process is" : "processes are");
	buf_putc(b, '.');
	return true;
}

static bool tell_denied(struct buf *b, const struct event *ev)
{
	const struct ev_fork_denied *e = ev->rec;

	add_actor(b, ev);
	buf_puts(b, " tries to fork");
	add_failed(b, ev, e->result);
	return true;
}

static void add_dev(struct buf *b, const char *name)
{
	escape_text(b, name, strnlen(name, EV_DEV_LEN));
}

static bool tell_netdev(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;
	bool gone = ev->schema->kind == EV_NETDEV_DEL;

	buf_puts(b, "Device ");
	add_dev(b, ev->schema->kind == EV_NETDEV_ADD ? e->new_name : e->old_name);
	if (ev->schema->kind == EV_NETDEV_ADD) {
		buf_puts(b, " comes to be in ");
		value_inum(b, NS_NET, e->to);
	} else {
		buf_puts(b, gone ? " is removed from " : " moves from ");
		value_inum(b, NS_NET, e->from);
	}
	if (ev->schema->kind == EV_NETDEV) {
		buf_puts(b, " to ");
		value_inum(b, NS_NET, e->to);
		if (strncmp(e->old_name, e->new_name, EV_DEV_LEN) != 0) {
			buf_puts(b, " and is called ");
			add_dev(b, e->new_name);
		}
	}
	if (e->why == EV_WHY_NETNS_EXIT) {
		/* Its own, or that of its other end, of what it stood on, of a tunnel's packets. */
		buf_puts(b, ", because ");
		if (e->cause)
			value_inum(b, NS_NET, e->cause);
		else
			buf_puts(b, "a net namespace");
		buf_puts(b, " ended");
	}
	buf_putc(b, '.');
	return true;
}

static bool tell_pin(struct buf *b, const struct event *ev)
{
	const struct ev_pin *e = ev->rec;
	bool pin = ev->schema->kind == EV_PIN;

	add_actor(b, ev);
	buf_puts(b, pin ? " mounts " : " unmounts ");
	value_inum(b, e->ns_type, e->inum);
	buf_puts(b, pin ? " on " : " from ");
	escape_text(b, e->path, e->path_len);
	buf_puts(b, pin ? ", which keeps it." : ".");
	return true;
}

static bool tell_lost(struct buf *b, const struct event *ev)
{
	const struct ev_lost *e = ev->rec;

	loss_text(b, e->why, e->count, e->where, strnlen(e->where, sizeof(e->where)));
	buf_puts(b, ". The story has a gap here.");
	return true;
}

static bool tell_refused(struct buf *b, const struct event *ev)
{
	const struct ev_refused *e = ev->rec;

	add_actor(b, ev);
	buf_puts(b, " tries to ");
	refusal_text(b, e);
	add_failed(b, ev, e->result);
	return true;
}

/* ns-create and ns-free are told by the calls that make and the ends that leave. */
static bool (*const tells[EV_KINDS])(struct buf *b, const struct event *ev) = {
	[EV_UNSHARE] = tell_unshare,
	[EV_SETNS] = tell_setns,
	[EV_CLONE] = tell_clone,
	[EV_EXEC] = tell_exec,
	[EV_PIDNS_INIT] = tell_init,
	[EV_EXIT] = tell_exit,
	[EV_PIDNS_DEATH] = tell_death,
	[EV_FORK_DENIED] = tell_denied,
	[EV_NETDEV] = tell_netdev,
	[EV_NETDEV_ADD] = tell_netdev,
	[EV_NETDEV_DEL] = tell_netdev,
	[EV_PIN] = tell_pin,
	[EV_UNPIN] = tell_pin,
	[EV_LOST] = tell_lost,
	[EV_REFUSED] = tell_refused,
};

bool tale_text(struct buf *b, const struct event *ev)
{
	unsigned int kind = ev->schema->kind;

	return kind < EV_KINDS && tells[kind] && tells[kind](b, ev);
}
