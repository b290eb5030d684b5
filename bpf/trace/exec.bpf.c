// SPDX-License-Identifier: GPL-2.0-only
/* exec.bpf.c - programs run by tasks whose namespaces are not their parent's. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "inflight.h"
#include "plain.h"

/*
 * Built here, then copied into the ring: the text's length varies too much to reserve for. One
 * for each program: one of them may have been preempted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct ev_exec);
} exec_scratch SEC(".maps");

#define NAME_MAX_LEN 255
#define ARGS_MAX_LEN (EV_TEXT_MAX - NAME_MAX_LEN - 1)

/* Puts file name and arguments into e->text; returns the length of both. */
static __always_inline u32 exec_text(struct ev_exec *e, struct task_struct *t, const char *filename)
{
	unsigned long start = BPF_CORE_READ(t, mm, arg_start);
	unsigned long end = BPF_CORE_READ(t, mm, arg_end);
	u32 name, args = end - start;
	long n;

	n = bpf_probe_read_kernel_str(e->text, NAME_MAX_LEN + 1, filename);
	name = n > 0 ? n - 1 : 0; /* without its NUL */
	if (name > NAME_MAX_LEN)
		name = NAME_MAX_LEN;
	if (end < start || end - start > ARGS_MAX_LEN)
		args = ARGS_MAX_LEN;
	if (args > ARGS_MAX_LEN || bpf_probe_read_user(e->text + name, args, (void *)start))
		args = 0;
	e->filename_len = name;
	e->args_len = args;
	return name + args;
}

static __always_inline int exec_ran(struct task_struct *t, struct linux_binprm *bprm, u32 again)
{
	struct task_struct *parent = BPF_CORE_READ(t, real_parent);
	struct ev_nsset before = {};
	struct ev_exec *e;
	u32 size;

	if (!kind_on(EV_EXEC) || tasks_same_ns(t, parent) ||
		!first_told(ONCE_EXEC, t->self_exec_id, again))
		return 0;
	e = bpf_map_lookup_elem(&exec_scratch, &again);
	if (!e)
		return 0;
	__builtin_memset(e, 0, offsetof(struct ev_exec, text));
	task_nsset(parent, &before);
	task_nsset(t, &e->ns);
	e->changed = nsset_changed(&before, &e->ns);
	if (!event_wanted(EV_EXEC, e->changed, false))
		return 0;
	size = offsetof(struct ev_exec, text) + exec_text(e, t, BPF_CORE_READ(bprm, filename));
	if (size > sizeof(*e))
		return 0;
	hdr_fill(&e->hdr, EV_EXEC, size, 0);
	count_event(EV_EXEC, bpf_ringbuf_output(&ring, e, size, 0) != 0);
	return 0;
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(exec_tp, struct task_struct *t, pid_t old_pid, struct linux_binprm *bprm)
{
	return exec_ran(t, bprm, 0);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(exec_tp_again, struct task_struct *t, pid_t old_pid, struct linux_binprm *bprm)
{
	return exec_ran(t, bprm, 1);
}
