// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schema.c - the fields of every event, and the kinds of events with the
 * sentence that the DETAIL column shows. The language of the sentences is
 * described in event/detail.h.
 */
#include <string.h>
#include <strings.h>

#include "event/schema.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define F(s, m, t, h, ...)                                                                         \
	{                                                                                          \
		.name = #m, .help = h, .type = t, .off = offsetof(struct s, m),                    \
		.size = sizeof(((struct s *)0)->m), ##__VA_ARGS__                                  \
	}
/* Texts in the member m at the end of the record. */
#define TAIL(s, m, n, t, h, ...)                                                                   \
	{                                                                                          \
		.name = n, .help = h, .type = t, .off = offsetof(struct s, m),                     \
		.size = sizeof(((struct s *)0)->m), ##__VA_ARGS__                                  \
	}
#define BIT(slot) (1U << (slot))

static const char *const fd_kinds[] = {"other", "nsfs", "pidfd", "proc", "bad", NULL};
/* Of enum ns_slot, but for one place: 0 is what older recordings have. */
static const char *const target_types[] = {
	"", "mnt", "uts", "ipc", "user", "pid", "net", "cgroup", "time", NULL};
static const char *const killers[] = {
	"none", "process", "oom", "kernel", "parent", "cgroup", "tracer", NULL};
static const char *const losses[] = {
	"record", "call", "program", "namespace", "process", "mount", "device", NULL};
static const char *const makers[] = {"call", "open_tree", "fsmount", NULL};
static const char *const refused_calls[] = {"mount", "umount", "fsconfig", "fsmount", "move_mount",
	"fsopen", "open_tree", "mount_setattr", "open", "uid_map", "gid_map", "setgroups_file",
	"setgroups", "rtnetlink", "timens_offsets", NULL};
static const char *const whys[] = {"request", "netns-exit", NULL};

/* In the order that JSON shows. kind and size are the frame, not facts. */
const struct ev_field schema_hdr_fields[] = {
	F(ev_hdr, ts_ns, FT_TIME, "when, in ns since boot (CLOCK_BOOTTIME)"),
	F(ev_hdr, pid, FT_PID, "process, as the initial pid namespace numbers it"),
	F(ev_hdr, tid, FT_PID, "thread, as the initial pid namespace numbers it"),
	F(ev_hdr, ppid, FT_PID, "parent process"),
	F(ev_hdr, uid, FT_UID, "user, in the initial user namespace"),
	F(ev_hdr, comm, FT_COMM, "name of the thread"),
	F(ev_hdr, cpu, FT_U32, "CPU it happened on"),
	F(ev_hdr, cgroup_id, FT_U64, "id of the thread's cgroup (v2)"),
	F(ev_hdr, pidns, FT_INUM, "pid namespace the process lives in", .slot = NS_PID),
	F(ev_hdr, ns_pid, FT_PID, "its pid there"),
	F(ev_hdr, flags, FT_FLAGS, "how the event is known"),
};
const size_t schema_hdr_nfields = ARRAY_SIZE(schema_hdr_fields);

#define CALLER_FIELDS(s)                                                                           \
	F(s, threads, FT_U32, "of a call that failed: threads of the caller, 0 where unknown"),    \
		F(s, filters, FT_U32, "seccomp filters in force on the caller"),                   \
		F(s, euid, FT_U32, "its effective user, in the initial user namespace"),           \
		F(s, egid, FT_U32, "its effective group, in the initial user namespace"),          \
		F(s, uid_extents, FT_U32, "lines of the uid_map of its user namespace"),           \
		F(s, gid_extents, FT_U32, "lines of the gid_map of its user namespace"),           \
		F(s, unmapped, FT_U32,                                                             \
			"what has no number in its user namespace: 1 euid, 2 egid, 3 both"),       \
		F(s, chrooted, FT_BOOL, "its root is not that of its mount namespace"),            \
		F(s, user_level, FT_U32, "how deep its user namespace is nested"),                 \
		F(s, pid_level, FT_U32, "how deep the pid namespace for its children is nested"),  \
		F(s, caps, FT_U64, "its effective capabilities, bit per capability")

static const struct ev_field unshare_fields[] = {
	F(ev_unshare, ns_flags, FT_NSFLAGS, "what was to be unshared"),
	F(ev_unshare, result, FT_RESULT, "0, or why it failed"),
	F(ev_unshare, changed, FT_SLOTS, "namespaces that are others than before"),
	F(ev_unshare, before, FT_NSSET, "namespaces before the call"),
	F(ev_unshare, after, FT_NSSET, "namespaces after the call"),
	CALLER_FIELDS(ev_unshare),
};

static const struct ev_field setns_fields[] = {
	F(ev_setns, ns_flags, FT_NSFLAGS, "types asked for, 0 for whatever the descriptor is"),
	F(ev_setns, result, FT_RESULT, "0, or why it failed"),
	F(ev_setns, fd, FT_S32, "the file descriptor"),
	F(ev_setns, fd_kind, FT_ENUM, "what the descriptor is", .names = fd_kinds),
	F(ev_setns, target_inum, FT_INUM, "namespace of an nsfs descriptor", .slot = SLOT_UNKNOWN),
	F(ev_setns, target_pid, FT_PID, "process of a pidfd, 0 where unknown"),
	F(ev_setns, changed, FT_SLOTS, "namespaces that are others than before"),
	F(ev_setns, before, FT_NSSET, "namespaces before the call"),
	F(ev_setns, after, FT_NSSET, "namespaces after the call"),
	F(ev_setns, target_type, FT_ENUM, "its type, empty where unknown", .names = target_types),
};

static const struct ev_field clone_fields[] = {
	F(ev_clone, ns_flags, FT_NSFLAGS, "flags of the call"),
	F(ev_clone, result, FT_RESULT, "0, or why it failed"),
	F(ev_clone, child_pid, FT_PID, "the child (of a thread its tid), 0 on failure"),
	F(ev_clone, child_pidns, FT_INUM, "pid namespace the child lives in", .slot = NS_PID),
	F(ev_clone, child_ns_pid, FT_PID, "the child's pid there"),
	F(ev_clone, changed, FT_SLOTS, "namespaces where the child is elsewhere than its parent"),
	F(ev_clone, before, FT_NSSET, "namespaces of the parent"),
	F(ev_clone, after, FT_NSSET, "namespaces of the child"),
	CALLER_FIELDS(ev_clone),
};

static const struct ev_field exec_fields[] = {
	F(ev_exec, changed, FT_SLOTS, "namespaces that are others than the parent's"),
	F(ev_exec, ns, FT_NSSET, "namespaces of the process"),
	TAIL(ev_exec, text, "filename", FT_TAIL, "the program, as given to execve(2)",
		.len_off = offsetof(struct ev_exec, filename_len)),
	TAIL(ev_exec, text, "args", FT_ARGS, "its arguments",
		.len_off = offsetof(struct ev_exec, args_len),
		.before_off = offsetof(struct ev_exec, filename_len)),
};

static const struct ev_field pidns_init_fields[] = {
	F(ev_pidns_init, inum, FT_INUM, "the pid namespace", .slot = NS_PID),
	F(ev_pidns_init, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_pidns_init, init_pid, FT_PID, "its pid 1, as the initial pid namespace numbers it"),
	F(ev_pidns_init, parent_ns, FT_INUM, "pid namespace above it", .slot = NS_PID),
	F(ev_pidns_init, owner, FT_INUM, "user namespace that owns it", .slot = NS_USER),
	F(ev_pidns_init, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
};

static const struct ev_field exit_fields[] = {
	F(ev_exit, exit_code, FT_EXIT, "how it ended"),
	F(ev_exit, is_init, FT_BOOL, "it was pid 1 of a pid namespace"),
	F(ev_exit, empties, FT_SLOTS, "namespaces that nothing else refers to"),
	F(ev_exit, lifetime_ns, FT_DURATION, "how long the process lived, in ns"),
	F(ev_exit, ns, FT_NSSET, "namespaces of the process"),
};

static const struct ev_field pidns_death_fields[] = {
	F(ev_pidns_death, inum, FT_INUM, "the pid namespace", .slot = NS_PID),
	F(ev_pidns_death, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_pidns_death, exit_code, FT_EXIT, "how its init ended"),
	F(ev_pidns_death, killed, FT_U32, "processes there and below that the kernel kills"),
	F(ev_pidns_death, lifetime_ns, FT_DURATION, "how long the init lived, in ns"),
	F(ev_pidns_death, killer, FT_ENUM, "who sent the SIGKILL that ended the init",
		.names = killers),
	F(ev_pidns_death, killer_pid, FT_PID, "the process that sent it, 0 where none did"),
	F(ev_pidns_death, killer_comm, FT_COMM, "name of that process"),
	F(ev_pidns_death, killed_counted, FT_BOOL,
		"killed is a count of processes; false: of pids, and at most so many processes"),
};

static const struct ev_field fork_denied_fields[] = {
	F(ev_fork_denied, ns_flags, FT_NSFLAGS, "flags of the call where known"),
	F(ev_fork_denied, result, FT_RESULT, "why it failed"),
	F(ev_fork_denied, inum, FT_INUM, "the dead pid namespace", .slot = NS_PID),
	F(ev_fork_denied, level, FT_U32, "how deep it is nested, 0 for the initial one"),
	F(ev_fork_denied, init_pid, FT_PID, "who its init was, 0 where unknown"),
	F(ev_fork_denied, init_exit_code, FT_EXIT, "how its init ended"),
	F(ev_fork_denied, init_ended_ns, FT_TIME, "when its init ended, in ns since boot"),
	F(ev_fork_denied, init_comm, FT_COMM, "name of its init"),
	F(ev_fork_denied, forgotten, FT_BOOL, "there was no room to remember its init"),
};

static const struct ev_field ns_create_fields[] = {
	F(ev_ns, ns_type, FT_SLOT, "type of namespace"),
	F(ev_ns, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	F(ev_ns, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
	F(ev_ns, owner, FT_INUM, "its owner; of a user namespace its parent", .slot = NS_USER),
	F(ev_ns, made_by, FT_ENUM, "the call that made it: unshare and clone, or others",
		.names = makers),
};

static const struct ev_field ns_free_fields[] = {
	F(ev_ns, ns_type, FT_SLOT, "type of namespace"),
	F(ev_ns, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	F(ev_ns, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
	F(ev_ns, owner, FT_INUM, "its owner; of a user namespace its parent", .slot = NS_USER),
	F(ev_ns, made_by, FT_ENUM, "the call that made it: unshare and clone, or others",
		.names = makers),
	F(ev_ns, creator_pid, FT_PID, "who made it, 0 where unknown"),
	F(ev_ns, creator_comm, FT_COMM, "name of who made it"),
	F(ev_ns, lifetime_ns, FT_DURATION, "how long it was there, in ns, 0 where unknown"),
};

/* netdev, netdev-add and netdev-del are one struct; what one lacks is 0 there. */
static const struct ev_field netdev_fields[] = {
	F(ev_netdev, old_name, FT_STR, "name before"),
	F(ev_netdev, new_name, FT_STR, "name now"),
	F(ev_netdev, dev_kind, FT_STR, "kind of device (veth, bridge), empty for hardware"),
	F(ev_netdev, old_ifindex, FT_U32, "interface index before"),
	F(ev_netdev, new_ifindex, FT_U32, "interface index now"),
	F(ev_netdev, from, FT_INUM, "net namespace it was in", .slot = NS_NET),
	F(ev_netdev, to, FT_INUM, "net namespace it is in", .slot = NS_NET),
	F(ev_netdev, why, FT_ENUM, "what caused it", .names = whys),
	F(ev_netdev, cause, FT_INUM, "net namespace whose end caused it", .slot = NS_NET),
};

static const struct ev_field pin_fields[] = {
	F(ev_pin, ns_type, FT_SLOT, "type of namespace"),
	F(ev_pin, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	TAIL(ev_pin, path, "path", FT_TAIL, "where it is mounted",
		.len_off = offsetof(struct ev_pin, path_len)),
};

static const struct ev_field lost_fields[] = {
	F(ev_lost, count, FT_U64, "how many"),
	F(ev_lost, why, FT_ENUM, "what is missing", .names = losses),
	F(ev_lost, where, FT_STR, "of which call or program, empty where of all"),
};

static const struct ev_field refused_fields[] = {
	F(ev_refused, call, FT_ENUM, "what was refused", .names = refused_calls),
	F(ev_refused, result, FT_RESULT, "why"),
	F(ev_refused, ns_type, FT_SLOT, "type of the namespace that it was about"),
	F(ev_refused, inum, FT_INUM, "that namespace, where it is known", .slot = SLOT_IN_RECORD),
	F(ev_refused, owner, FT_INUM, "the user namespace in which the call takes a capability",
		.slot = NS_USER),
	F(ev_refused, able, FT_BOOL, "the caller has that capability there"),
	F(ev_refused, own, FT_INUM, "user namespace of the caller", .slot = NS_USER),
	F(ev_refused, call_flags, FT_U64, "flags of mount(2) and umount2(2)"),
	F(ev_refused, fs_type, FT_STR, "file system that was to be mounted"),
	F(ev_refused, fs_owner, FT_INUM,
		"of proc, sysfs and mqueue: the user namespace that owns what they show",
		.slot = NS_USER),
	F(ev_refused, fs_able, FT_BOOL, "the caller has CAP_SYS_ADMIN there"),
	F(ev_refused, source, FT_STR, "what was to be mounted, as the caller wrote it"),
	F(ev_refused, path, FT_STR, "where, or what was to be opened"),
	F(ev_refused, written, FT_STR, "what was written to a file of /proc, or its beginning"),
	F(ev_refused, extents, FT_U32,
		"lines that the map has already; of setgroups those of gid_map"),
	F(ev_refused, maker, FT_BOOL, "the caller's user made that user namespace"),
	F(ev_refused, able_above, FT_BOOL,
		"the caller has CAP_SETUID (CAP_SETGID) in the user namespace above"),
	F(ev_refused, may_setgroups, FT_BOOL, "setgroups is not denied there"),
	F(ev_refused, request, FT_U32, "rtnetlink: number of the request (RTM_*)"),
	F(ev_refused, message, FT_STR, "rtnetlink: the kernel's own sentence"),
	CALLER_FIELDS(ev_refused),
};

#define KIND(k, n, s, f)                                                                           \
	[k] = {.kind = k,                                                                          \
		.name = n,                                                                         \
		.struct_name = #s,                                                                 \
		.min_size = sizeof(struct s),                                                      \
		.max_size = sizeof(struct s),                                                      \
		.fields = f,                                                                       \
		.nfields = ARRAY_SIZE(f),
/* One whose last member is as long as its texts. */
#define KIND_TAIL(k, n, s, f, tail)                                                                \
	[k] = {.kind = k,                                                                          \
		.name = n,                                                                         \
		.struct_name = #s,                                                                 \
		.min_size = offsetof(struct s, tail),                                              \
		.max_size = sizeof(struct s),                                                      \
		.fields = f,                                                                       \
		.nfields = ARRAY_SIZE(f),

/* clang-format off */
static const struct ev_schema kinds[EV_KINDS] = {
	KIND(EV_UNSHARE, "unshare", ev_unshare, unshare_fields)
		.tone = TONE_MOVE,
		.help = "unshare(2) returned, with success or not",
		.detail = "[{ns_flags}][?!ns_flags:no flags][  {changes}][  failed: {result}]"
			  "[  {answered}]",
	},
	KIND(EV_SETNS, "setns", ev_setns, setns_fields)
		.tone = TONE_MOVE,
		.help = "setns(2) returned, with success or not",
		.detail = "{target} by {fd_kind} fd {fd}[  {changes}][  failed: {result}]"
			  "[  {answered}]",
	},
	KIND(EV_CLONE, "clone", ev_clone, clone_fields)
		.tone = TONE_BEGIN,
		.help = "a child began in other namespaces than its parent, or a clone that asked "
			"for them failed",
		.detail = "[{ns_flags:new}  ][child {child_pid}]"
			  "[?child_ns_pid!=child_pid: ({child_ns_pid} in {child_pidns})]"
			  "[  {changes}][failed: {result}][{answered}]",
	},
	KIND_TAIL(EV_EXEC, "exec", ev_exec, exec_fields, text)
		.tone = TONE_PLAIN,
		.help = "a process in other namespaces than its parent ran another program",
		.detail = "{command}",
	},
	KIND(EV_PIDNS_INIT, "pidns-init", ev_pidns_init, pidns_init_fields)
		.tone = TONE_BEGIN, .types = BIT(NS_PID),
		.help = "pid 1 of a pid namespace was born",
		.detail = "pid 1 of {inum} level {level}, pid {init_pid} outside",
	},
	KIND(EV_EXIT, "exit", ev_exit, exit_fields)
		.tone = TONE_END,
		.help = "the last process of a set of namespaces, or an init, ended",
		.detail = "{exit_code}[?is_init:, was pid 1 of {pidns}][, leaves {emptied} empty]",
	},
	KIND(EV_PIDNS_DEATH, "pidns-death", ev_pidns_death, pidns_death_fields)
		.tone = TONE_END, .types = BIT(NS_PID),
		.help = "a pid namespace lost its init: no process can begin there any more",
		.detail = "{inum} lost its init ({exit_code}[?killer=process: from "
			  "[{killer_comm} ]({killer_pid})][?killer=oom:, out of memory]"
			  "[?killer=parent: with its parent [{killer_comm} ]({killer_pid})]"
			  "[?killer=cgroup: through cgroup.kill by [{killer_comm} ]({killer_pid})]"
			  "[?killer=tracer: with its tracer [{killer_comm} ]({killer_pid})])"
			  "[ after {lifetime_ns}], [?killed:[?!killed_counted:at most ]]"
			  "{killed} process[?killed!=1:es] killed with it",
	},
	KIND(EV_FORK_DENIED, "fork-denied", ev_fork_denied, fork_denied_fields)
		.tone = TONE_FAIL, .types = BIT(NS_PID),
		.help = "fork failed because the pid namespace for children is dead",
		.detail = "{result:errno}: {inum} is dead[: its init [{init_comm} ]({init_pid}) "
			  "{init_exit_code:ended}[, {init_ended_ns:ago} ago]]"
			  "[?!init_pid:[?!forgotten:: its init ended before nswatch looked]]"
			  "[?forgotten:: nswatch had no room to remember its init]",
	},
	KIND(EV_NS_CREATE, "ns-create", ev_ns, ns_create_fields)
		.tone = TONE_BEGIN,
		.help = "a namespace came to be",
		.detail = "{inum}[?ns_type!=user: owner {owner}][?ns_type=user: parent {owner}]"
			  "[?made_by=open_tree:, made by open_tree][?made_by=fsmount:, made by fsmount]",
	},
	KIND(EV_NS_FREE, "ns-free", ev_ns, ns_free_fields)
		.tone = TONE_END,
		.help = "a namespace was destroyed",
		.detail = "{inum}[ after {lifetime_ns}][ (made by [{creator_comm} ]{creator_pid}"
			  "[?made_by=open_tree: with open_tree][?made_by=fsmount: with fsmount])]",
	},
	KIND(EV_NETDEV, "netdev", ev_netdev, netdev_fields)
		.tone = TONE_MOVE, .types = BIT(NS_NET),
		.help = "a network device changed its net namespace",
		.detail = "{old_name}[?new_name!=old_name: -> {new_name}][ ({dev_kind})]  "
			  "{from} -> {to}[?new_ifindex!=old_ifindex:, "
			  "ifindex {old_ifindex} -> {new_ifindex}][?why=netns-exit:, {cause} ended]",
	},
	KIND(EV_NETDEV_ADD, "netdev-add", ev_netdev, netdev_fields)
		.tone = TONE_BEGIN, .types = BIT(NS_NET),
		.help = "a network device came to be",
		.detail = "{new_name}[ ({dev_kind})] in {to}[, ifindex {new_ifindex}]",
	},
	KIND(EV_NETDEV_DEL, "netdev-del", ev_netdev, netdev_fields)
		.tone = TONE_END, .types = BIT(NS_NET),
		.help = "a network device was removed",
		.detail = "{old_name}[ ({dev_kind})] from {from}[, ifindex {old_ifindex}]"
			  "[?why=netns-exit:, {cause} ended]",
	},
	KIND_TAIL(EV_PIN, "pin", ev_pin, pin_fields, path)
		.tone = TONE_BEGIN,
		.help = "a namespace was bind-mounted, which keeps it",
		.detail = "{inum} on {path}",
	},
	KIND_TAIL(EV_UNPIN, "unpin", ev_pin, pin_fields, path)
		.tone = TONE_END,
		.help = "the bind mount of a namespace went away",
		.detail = "{inum} off {path}",
	},
	KIND(EV_LOST, "lost", ev_lost, lost_fields)
		.tone = TONE_FAIL,
		.help = "something is missing: records, calls, namespaces or processes that there "
			"was no room for, or hooks that the kernel left out",
		.detail = "{loss}",
	},
	KIND(EV_REFUSED, "refused", ev_refused, refused_fields)
		.tone = TONE_FAIL,
		.help = "a mount, a file of nsfs, a map, setgroups or rtnetlink was refused (looked for "
			"with a command, with --pid or -e refused)",
		.detail = "{refusal}  failed: {result}[: {message}]",
	},
};
/* clang-format on */

const struct ev_schema *schema_of(unsigned int kind)
{
	return kind < EV_KINDS && kinds[kind].name ? &kinds[kind] : NULL;
}

const struct ev_schema *schema_by_name(const char *name, size_t len)
{
	for (unsigned int i = 0; i < EV_KINDS; i++)
		if (kinds[i].name && strlen(kinds[i].name) == len &&
			!strncasecmp(kinds[i].name, name, len))
			return &kinds[i];
	return NULL;
}

static const struct ev_field *field_find(
	const struct ev_field *fields, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(fields[i].name) == len && !strncasecmp(fields[i].name, name, len))
			return &fields[i];
	return NULL;
}

const struct ev_field *schema_field(const struct ev_schema *s, const char *name, size_t len)
{
	const struct ev_field *f = field_find(s->fields, s->nfields, name, len);

	return f ? f : field_find(schema_hdr_fields, schema_hdr_nfields, name, len);
}
