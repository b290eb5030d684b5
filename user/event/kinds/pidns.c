// SPDX-License-Identifier: GPL-2.0-or-later
/* pidns.c - of pid namespaces: pidns-init, pidns-death, fork-denied. */
#include <stddef.h>
#include <sys/wait.h>

#include "event/kinds/kind.h"

static const struct ev_field pidns_init_fields[] = {
	F(ev_pidns_init, inum, FT_INUM, "the pid namespace", .slot = NS_PID),
	F(ev_pidns_init, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_pidns_init, init_pid, FT_PID, "its pid 1, as the initial pid namespace numbers it"),
	F(ev_pidns_init, parent_ns, FT_INUM, "pid namespace above it", .slot = NS_PID),
	F(ev_pidns_init, owner, FT_INUM, "user namespace that owns it", .slot = NS_USER),
	F(ev_pidns_init, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
};

static void init_detail(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_init *e = ev->rec;

	buf_puts(b, "pid 1 of ");
	say_space(b, ev, NS_PID, e->inum);
	buf_printf(b, " level %u, pid %u outside", e->level, e->init_pid);
}

static bool init_story(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_init *e = ev->rec;

	buf_printf(b, "Process %u, child of ", e->init_pid);
	say_actor(b, ev);
	buf_puts(b, ", is born as pid 1 of ");
	say_space(b, ev, NS_PID, e->inum);
	buf_putc(b, '.');
	return true;
}

const struct ev_schema kind_pidns_init = {
	KIND(EV_PIDNS_INIT, "pidns-init", ev_pidns_init, pidns_init_fields),
	.help = "pid 1 of a pid namespace was created",
	.types = KIND_TYPE(NS_PID),
	.tone = TONE_BEGIN,
	.say_detail = init_detail,
	.say_story = init_story,
};

static const char *const killers[] = {
	"none", "process", "oom", "kernel", "parent", "cgroup", "tracer", NULL};

static const struct ev_field pidns_death_fields[] = {
	F(ev_pidns_death, inum, FT_INUM, "the pid namespace", .slot = NS_PID),
	F(ev_pidns_death, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_pidns_death, exit_code, FT_EXIT, "how its init ended"),
	F(ev_pidns_death, killed, FT_U32, "processes there and below that the kernel kills"),
	F(ev_pidns_death, lifetime_ns, FT_DURATION, "how long the init lived, in ns"),
	F(ev_pidns_death, killer, FT_ENUM, "what sent the SIGKILL that ended the init",
		.names = killers),
	F(ev_pidns_death, killer_pid, FT_PID, "the process that sent it, 0 where none did"),
	F(ev_pidns_death, killer_comm, FT_COMM, "name of that process"),
	F(ev_pidns_death, killed_counted, FT_BOOL,
		"killed counts processes; false: it counts pids, and there were at most so many "
		"processes"),
};

/* "date (4711)", "(4711)" without a name. */
static void say_process(struct buf *b, const char comm[EV_COMM_LEN], uint32_t pid)
{
	say_name(b, comm, EV_COMM_LEN);
	buf_printf(b, comm[0] ? " (%u)" : "(%u)", pid);
}

static void say_killer(struct buf *b, const struct ev_pidns_death *e)
{
	static const char *const ways[] = {
		[EV_KILLER_PROCESS] = " from ",
		[EV_KILLER_PARENT] = " with its parent ",
		[EV_KILLER_CGROUP] = " through cgroup.kill by ",
		[EV_KILLER_TRACER] = " with its tracer ",
	};

	if (e->killer == EV_KILLER_OOM)
		buf_puts(b, ", out of memory");
	if (e->killer >= ARRAY_SIZE(ways) || !ways[e->killer] || !e->killer_pid)
		return;
	buf_puts(b, ways[e->killer]);
	say_process(b, e->killer_comm, e->killer_pid);
}

static void death_detail(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_death *e = ev->rec;

	say_space(b, ev, NS_PID, e->inum);
	buf_puts(b, " lost its init (");
	say_status(b, ev, e->exit_code);
	say_killer(b, e);
	buf_putc(b, ')');
	if (e->lifetime_ns) {
		buf_puts(b, " after ");
		value_duration(b, e->lifetime_ns);
	}
	buf_printf(b, ", %s%u process%s killed with it",
		e->killed && !e->killed_counted ? "at most " : "", e->killed,
		e->killed == 1 ? "" : "es");
}

static bool death_story(struct buf *b, const struct event *ev)
{
	const struct ev_pidns_death *e = ev->rec;

	say_actor(b, ev);
	buf_puts(b, ", pid 1 of ");
	say_space(b, ev, NS_PID, e->inum);
	buf_puts(b, ", ");
	say_end(b, ev, e->exit_code);
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

const struct ev_schema kind_pidns_death = {
	KIND(EV_PIDNS_DEATH, "pidns-death", ev_pidns_death, pidns_death_fields),
	.help = "a pid namespace lost its init: no process can be created there any more",
	.types = KIND_TYPE(NS_PID),
	.tone = TONE_END,
	.say_detail = death_detail,
	.say_story = death_story,
};

static const struct ev_field fork_denied_fields[] = {
	F(ev_fork_denied, ns_flags, FT_NSFLAGS, "flags of the call where known"),
	F(ev_fork_denied, result, FT_RESULT, "why it failed"),
	F(ev_fork_denied, inum, FT_INUM, "the dead pid namespace", .slot = NS_PID),
	F(ev_fork_denied, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_fork_denied, init_pid, FT_PID, "pid of its init, 0 where unknown"),
	F(ev_fork_denied, init_exit_code, FT_EXIT, "how its init ended"),
	F(ev_fork_denied, init_ended_ns, FT_TIME, "when its init ended, in ns since boot"),
	F(ev_fork_denied, init_comm, FT_COMM, "name of its init"),
	F(ev_fork_denied, forgotten, FT_BOOL, "there was no room to remember its init"),
};

static void denied_detail(struct buf *b, const struct event *ev)
{
	const struct ev_fork_denied *e = ev->rec;

	if (errno_name(e->result))
		buf_puts(b, errno_name(e->result));
	else
		value_result(b, e->result);
	buf_puts(b, ": ");
	say_space(b, ev, NS_PID, e->inum);
	buf_puts(b, " is dead");
	if (e->init_pid) {
		buf_puts(b, ": its init ");
		say_process(b, e->init_comm, e->init_pid);
		buf_puts(b, WTERMSIG(e->init_exit_code) ? " was " : " ended with ");
		say_status(b, ev, e->init_exit_code);
		if (e->init_ended_ns && e->init_ended_ns <= ev->hdr->ts_ns) {
			buf_puts(b, ", ");
			value_duration(b, ev->hdr->ts_ns - e->init_ended_ns);
			buf_puts(b, " ago");
		}
	} else if (!e->forgotten)
		buf_puts(b, ": its init ended before nswatch looked");
	if (e->forgotten)
		buf_puts(b, ": nswatch had no room to remember its init");
}

static bool denied_story(struct buf *b, const struct event *ev)
{
	const struct ev_fork_denied *e = ev->rec;

	say_actor(b, ev);
	buf_puts(b, " tries to fork");
	say_failed(b, ev, e->result);
	return true;
}

const struct ev_schema kind_fork_denied = {
	KIND(EV_FORK_DENIED, "fork-denied", ev_fork_denied, fork_denied_fields),
	.help = "fork failed because the pid namespace for children is dead",
	.types = KIND_TYPE(NS_PID),
	.tone = TONE_FAIL,
	.say_detail = denied_detail,
	.say_story = denied_story,
};
