// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_refused.c - why a mount, an open of a file of nsfs, a map, setgroups or a request to
 * rtnetlink was refused. What the kernel looked at is in the event; what is read of /proc beside
 * it, only for events of now (story.live), and where that says nothing, the texts say so.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "event/value.h"
#include "why/rules.h"
#include "why/story.h"
#include "why/mountsight.h"
#include "why/subject.h"
#include "kernel/nstype.h"
#include "event/detail.h"

#define TEXT(f, key, member) finding_textn(f, key, member, strnlen(member, sizeof(member)))

/* A call that the kernel itself refused; NULL: another event, or the answer of a filter. */
static const struct ev_refused *refused_of(const struct event *ev)
{
	return ev->schema->kind == EV_REFUSED && !(ev->hdr->flags & EVF_FILTERED) ? ev->rec : NULL;
}

static bool is_rights(const struct ev_refused *e)
{
	return e->result == -EPERM || e->result == -EACCES;
}

static void put_refused(struct finding *f, const struct event *ev, const struct ev_refused *e)
{
	finding_actor(f, ev);
	finding_errno(f, "errno", e->result);
	if (e->inum && e->ns_type < NS_TYPES)
		finding_ns(f, "ns", e->ns_type, e->inum);
	if (e->owner)
		finding_ns(f, "owner", NS_USER, e->owner);
}

/* why: the section of the text that says it; NULL: none does, and the rule does not hold. */
static bool put_why(
	struct finding *f, const struct event *ev, const struct ev_refused *e, const char *why)
{
	if (!why)
		return false;
	put_refused(f, ev, e);
	finding_text(f, why, "yes");
	return true;
}

/* The capability that it lacks over the owner is one that it has in its own user namespace. */
static void put_lacking(struct finding *f, const struct ev_refused *e, unsigned int cap)
{
	finding_text(f, "lacks", "yes");
	if (e->own && e->own != e->owner && e->caps >> cap & 1)
		finding_ns(f, "own", NS_USER, e->own);
}

/* --- mounts ---------------------------------------------------------------------------------- */

static const char *const mount_calls[] = {
	[EV_REFUSED_MOUNT] = "mount",
	[EV_REFUSED_UMOUNT] = "umount",
	[EV_REFUSED_FSCONFIG] = "fsconfig",
	[EV_REFUSED_FSMOUNT] = "fsmount",
	[EV_REFUSED_MOVE_MOUNT] = "move_mount",
	[EV_REFUSED_FSOPEN] = "fsopen",
	[EV_REFUSED_OPEN_TREE] = "open_tree",
	[EV_REFUSED_MOUNT_SETATTR] = "mount_setattr",
};

/* FS_USERNS_MOUNT in fs_flags of these, in some version; all others are the initial user
 * namespace's. */
static bool fs_for_all(const char *fs, size_t len)
{
	static const char *const names[] = {"proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue",
		"cgroup", "cgroup2", "overlay", "fuse", "fuseblk", "bpf", "binfmt_misc",
		"securityfs", "virtiofs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], fs, len))
			return true;
	return false;
}

static bool makes_mount(const struct ev_refused *e)
{
	const uint64_t others =
		MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	return e->call == EV_REFUSED_FSCONFIG || e->call == EV_REFUSED_FSMOUNT ||
	       e->call == EV_REFUSED_FSOPEN ||
	       (e->call == EV_REFUSED_MOUNT && !(e->call_flags & others));
}

/* mount_too_revealing(): of the caller, or if that has ended of its parent, if it has the same
 * mounts. */
static void put_sight(
	struct finding *f, const struct event *ev, const struct ev_refused *e, const char *fs)
{
	struct subject who[] = {
		subject_thread(ev->hdr->pid, ev->hdr->tid), subject_process(ev->hdr->ppid)};
	char detail[256] = "";
	uint32_t inum;

	for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		enum fs_sight sight;

		if (!subject_ns(&who[i], "mnt", &inum) || inum != e->inum)
			continue;
		sight = fs_in_sight(&who[i], fs, detail, sizeof(detail));
		if (sight == SIGHT_COVERED)
			finding_text(f, "cover", detail);
		else if (sight == SIGHT_NONE)
			finding_text(f, "none", "yes");
		else
			continue;
		return;
	}
	finding_text(f, "hidden", "yes");
}

/* What a new mount of this file system lacks; false: nothing that is known. */
static bool put_new_mount(struct finding *f, const struct story *s, const struct event *ev,
	const struct ev_refused *e)
{
	size_t len = strnlen(e->fs_type, sizeof(e->fs_type));
	bool initial = e->owner == ns_types[NS_USER].initial;
	const char *fs = len == 4 && !memcmp(e->fs_type, "proc", len)    ? "proc"
			 : len == 5 && !memcmp(e->fs_type, "sysfs", len) ? "sysfs"
									 : NULL;

	if (e->fs_owner && !e->fs_able) {
		finding_ns(f, "fs_owner", NS_USER, e->fs_owner);
		finding_text(f, !fs ? "shows_ipc" : *fs == 'p' ? "shows_pid" : "shows_net", "yes");
		return true;
	}
	if (initial || e->result != -EPERM || !len)
		return false;
	if (fs) {
		if (s->live)
			put_sight(f, ev, e, fs);
		else
			finding_text(f, "hidden", "yes");
		return true;
	}
	if (fs_for_all(e->fs_type, len))
		return false;
	finding_text(f, "initial_only", "yes");
	return true;
}

/* A mount that came with the mount namespace of a user namespace; false: nothing that is known. */
static bool put_locked(struct finding *f, const struct ev_refused *e)
{
	if (e->owner == ns_types[NS_USER].initial)
		return false;
	if (e->call == EV_REFUSED_UMOUNT && e->result == -EINVAL) {
		finding_text(f, "locked", "yes");
		return true;
	}
	if (e->call != EV_REFUSED_MOUNT)
		return false;
	if (e->call_flags & MS_REMOUNT && e->result == -EPERM) {
		finding_text(f, e->call_flags & MS_BIND ? "flags" : "super", "yes");
		return true;
	}
	if (e->call_flags & MS_BIND && !(e->call_flags & MS_REC) && e->result == -EINVAL) {
		finding_text(f, "below", "yes");
		return true;
	}
	return false;
}

static bool put_mount_why(struct finding *f, const struct story *s, const struct event *ev,
	const struct ev_refused *e)
{
	struct subject who = subject_thread(ev->hdr->pid, ev->hdr->tid);
	char label[LABEL_MAX];

	if (e->owner && !e->able && e->result == -EPERM) {
		put_lacking(f, e, CAP_SYS_ADMIN);
		return true;
	}
	if ((makes_mount(e) && put_new_mount(f, s, ev, e)) || put_locked(f, e))
		return true;
	if (!is_rights(e))
		return false;
	if (s->live && subject_confined(&who, label))
		finding_text(f, "profile", label);
	else
		finding_text(f, "unknown", "yes");
	return true;
}

static bool rule_ev_mount_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);

	if (!e || e->call > EV_REFUSED_MOUNT_SETATTR)
		return false;
	put_refused(f, ev, e);
	finding_text(f, "call", mount_calls[e->call]);
	if (e->fs_type[0] && makes_mount(e))
		TEXT(f, "fs", e->fs_type);
	if (e->path[0])
		TEXT(f, "path", e->path);
	return put_mount_why(f, s, ev, e);
}

/* --- files of nsfs --------------------------------------------------------------------------- */

/* The process of /proc/PID/ns/X as the caller wrote it, 0: not written so. */
static uint32_t path_pid(const char *path)
{
	char *end;
	unsigned long pid;

	if (strncmp(path, "/proc/", 6) != 0 || path[6] < '1' || path[6] > '9')
		return 0;
	pid = strtoul(path + 6, &end, 10);
	return pid <= INT32_MAX && !strncmp(end, "/ns/", 4) ? (uint32_t)pid : 0;
}

static bool rule_ev_nsfs_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);
	char path[EV_REFUSED_PATH + 1] = "";
	struct subject target;
	uint64_t uid;
	uint32_t user_ns;

	if (!e || e->call != EV_REFUSED_OPEN)
		return false;
	put_refused(f, ev, e);
	memcpy(path, e->path, sizeof(e->path));
	finding_text(f, "path", path);
	finding_num(f, "uid", e->euid);
	/* Numbers of another pid namespace are other processes here. */
	if (!s->live || !path_pid(path) || ev->hdr->pidns != ns_types[NS_PID].initial)
		return true;
	target = subject_process(path_pid(path));
	if (subject_num(&target, "\nUid:", 10, &uid) && uid != e->euid)
		finding_num(f, "target_uid", uid);
	if (subject_ns(&target, "user", &user_ns) && user_ns != e->own)
		finding_ns(f, "target_ns", NS_USER, user_ns);
	return true;
}

/* --- user namespaces ------------------------------------------------------------------------- */

struct map_text {
	unsigned int lines;
	uint64_t inside, outside, count; /* of the first line */
	bool cut, broken, overlaps;
};

#define MAP_LINES 16

static bool ranges_meet(uint64_t a, uint64_t b, uint64_t na, uint64_t nb)
{
	return a < b + nb && b < a + na;
}

/* The lines of a map as far as they were kept. */
static void map_read(const struct ev_refused *e, struct map_text *ret)
{
	uint64_t seen[MAP_LINES][3];
	char text[EV_REFUSED_TEXT + 1] = "", *rest = text, *line;

	*ret = (struct map_text){
		.cut = strnlen(e->written, sizeof(e->written)) >= EV_REFUSED_TEXT - 1};
	memcpy(text, e->written, sizeof(e->written));
	while ((line = strsep(&rest, "\n"))) {
		uint64_t at[3] = {0};
		char more;

		if (!*line && !rest)
			break;
		/* The last line of what was cut is not whole. */
		if (ret->cut && !rest)
			break;
		if (sscanf(line, "%lu %lu %lu %c", &at[0], &at[1], &at[2], &more) != 3 || !at[2])
			ret->broken = true;
		for (unsigned int i = 0; i < ret->lines && i < MAP_LINES; i++)
			ret->overlaps |= ranges_meet(at[0], seen[i][0], at[2], seen[i][2]) ||
					 ranges_meet(at[1], seen[i][1], at[2], seen[i][2]);
		if (ret->lines < MAP_LINES)
			memcpy(seen[ret->lines], at, sizeof(at));
		if (!ret->lines++) {
			ret->inside = at[0];
			ret->outside = at[1];
			ret->count = at[2];
		}
	}
}

/* kernel/user_namespace.c new_idmap_permitted(), without a capability above. */
static const char *map_not_permitted(const struct ev_refused *e, const struct map_text *m)
{
	bool initial = e->user_level == 0 || (e->user_level == 1 && e->own == e->inum);

	if (m->lines > 1 || m->cut || m->count > 1)
		return "range";
	if (!e->maker)
		return "not_maker";
	if (initial && m->outside != (e->call == EV_REFUSED_UID_MAP ? e->euid : e->egid))
		return "other_id";
	if (e->call == EV_REFUSED_GID_MAP && e->may_setgroups)
		return "setgroups";
	return "unsaid";
}

/* map_write(), in its order. */
static const char *map_why(const struct ev_refused *e, const struct map_text *m)
{
	if (e->result == -EPERM && e->extents)
		return "again";
	if (e->result == -EPERM && !e->able)
		return "lacks";
	if (e->result == -EINVAL && m->broken)
		return "broken";
	if (e->result == -EINVAL && m->overlaps)
		return "overlaps";
	if (e->result == -EINVAL)
		return e->extents ? "second" : "invalid";
	if (e->result == -EPERM)
		return e->able_above ? "outside" : map_not_permitted(e, m);
	return NULL;
}

static bool rule_ev_map_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);
	struct map_text m;
	const char *why;
	bool uid;

	(void)s;
	if (!e || (e->call != EV_REFUSED_UID_MAP && e->call != EV_REFUSED_GID_MAP))
		return false;
	map_read(e, &m);
	why = e->path[0] ? "open" : map_why(e, &m);
	if (!why)
		return false;
	uid = e->call == EV_REFUSED_UID_MAP;
	put_refused(f, ev, e);
	finding_text(f, "file", uid ? "uid_map" : "gid_map");
	finding_text(f, "cap", uid ? "CAP_SETUID" : "CAP_SETGID");
	finding_text(f, "helper", uid ? "newuidmap" : "newgidmap");
	if (e->path[0])
		TEXT(f, "path", e->path);
	finding_num(f, "id", uid ? e->euid : e->egid);
	finding_text(f, why, "yes");
	if (!strcmp(why, "range") || !strcmp(why, "other_id"))
		finding_text(f, "one", "yes");
	return true;
}

static bool rule_ev_setgroups_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);
	const char *why = NULL;

	(void)s;
	if (!e || (e->call != EV_REFUSED_SETGROUPS && e->call != EV_REFUSED_SETGROUPS_FILE))
		return false;
	if (e->path[0]) {
		why = "open";
		TEXT(f, "path", e->path);
	} else if (e->call == EV_REFUSED_SETGROUPS && e->result == -EPERM) {
		why = !e->able            ? "lacks"
		      : !e->extents       ? "no_map"
		      : !e->may_setgroups ? "denied"
					  : "unsaid";
	} else if (e->call == EV_REFUSED_SETGROUPS) {
		why = e->result == -EINVAL ? "unmapped" : NULL;
	} else if (e->result == -EPERM) {
		why = !strncmp(e->written, "allow", 5) ? "final" : e->extents ? "late" : "unsaid";
	} else if (e->result == -EINVAL) {
		why = "word";
	}
	return put_why(f, ev, e, why);
}

/* --- time namespaces -------------------------------------------------------------------------- */

/* proc_timens_set_offset(), in its order. */
static bool rule_ev_offsets_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);
	const char *why = NULL;

	(void)s;
	if (!e || e->call != EV_REFUSED_TIMENS_OFFSETS)
		return false;
	if (e->result == -EPERM)
		why = e->able ? "unsaid" : "lacks";
	else if (e->result == -EACCES)
		why = "fixed";
	else if (e->result == -ERANGE)
		why = "range";
	else if (e->result == -EINVAL)
		why = "word";
	return put_why(f, ev, e, why);
}

/* --- rtnetlink ------------------------------------------------------------------------------- */

static bool rule_ev_rtnetlink_refused(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e = refused_of(ev);
	auto_buf struct buf request = {0};

	(void)s;
	if (!e || e->call != EV_REFUSED_RTNETLINK)
		return false;
	if (e->result != -EPERM && !e->message[0])
		return false;
	put_refused(f, ev, e);
	refusal_request(&request, e->request);
	finding_textn(f, "request", request.s, request.len);
	if (e->message[0])
		TEXT(f, "message", e->message);
	if (e->result == -EPERM && !e->able)
		put_lacking(f, e, CAP_NET_ADMIN);
	else if (!e->message[0])
		finding_text(f, "unsaid", "yes");
	/* Others ask for what is there already, or is not, and go on. */
	if (e->result != -EPERM)
		f->weight = RULE_NOTE;
	return true;
}

/* --- the rules -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rows[] = {
	{
		.code = "mount-refused", .weight = RULE_TROUBLE,
		.title = "A mount was refused: by which rule of user namespaces.",
		.evidence = "a call of mount, umount, fsconfig, fsmount or move_mount that failed, by a command or "
			    "process that is traced; the owner of the mount namespace and of what the file system "
			    "shows, the capabilities of the caller, its mounts",
		.text = "{call}[ of {fs}][ on {path}] by {comm} ({pid}) failed with {errno}: "
			"[{?lacks}it lacks CAP_SYS_ADMIN in {owner}, which owns its mount namespace {ns}[; what "
			"capabilities it has are in {own}]]"
			"[{?shows_pid}proc shows its pid namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{?shows_net}sysfs shows its net namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{?shows_ipc}mqueue shows its ipc namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{cover} covers a part of the one in sight, and a new one would show that]"
			"[{?none}there is none in sight, and a user namespace may not bring one]"
			"[{?hidden}where a user namespace owns the mount namespace, a whole one must be in sight, "
			"that nothing covers]"
			"[{?initial_only}only the initial user namespace may mount that file system]"
			"[{?locked}it is no mount point, or a mount that came with {ns}, which {owner} owns: "
			"those are locked]"
			"[{?flags}a flag would go that is locked, since the mount came with {ns}, which {owner} "
			"owns]"
			"[{?super}the file system was mounted outside of {owner}: only flags of the mount may "
			"change here]"
			"[{?below}there may be mounts below it that came with {ns}, which {owner} owns: what they "
			"cover would be seen]"
			"[it is confined by the AppArmor profile {profile}, which may not allow it]"
			"[{?unknown}nothing that can be read tells why: a security module may have refused it].",
		.remedy = "[{?lacks}Make the mount namespace together with a user namespace: "
			  "`unshare --user --map-root-user --mount PROGRAM`; or run it as root.]"
			  "[{?shows_pid}Make that namespace too: "
			  "`unshare -Urmpf PROGRAM`.]"
			  "[{?shows_net}Make that namespace too: "
			  "`unshare -Urmn PROGRAM`.]"
			  "[{?shows_ipc}Make that namespace too: "
			  "`unshare -Urmi PROGRAM`.]"
			  "[{?cover}Bind the one that is there (mount --rbind).][{?none}Bind one before the "
			  "sandbox is made.][{?hidden}Bind the one that is there (mount --rbind).]"
			  "[{?initial_only}Mount it outside, before the user namespace is made, or by FUSE.]"
			  "[{?locked}Cover it with a mount of its own.]"
			  "[{?flags}Keep the flags that it has (ro, nosuid, nodev, noexec, atime).]"
			  "[{?super}Use mount -o remount,bind.][{?below}Take them along: mount --rbind.]"
			  "[Give the profile {profile} a rule for the mount; dmesg and the audit log have it.]"
			  "[{?unknown}dmesg and the audit log have what a security module refused.]",
		.facts = FACTS({"may_mount(), can_umount()", "3.8",
			"CAP_SYS_ADMIN over the user namespace that owns the caller's mount namespace"},
			{"mount_capable()", "4.8",
			"FS_USERNS_MOUNT, and CAP_SYS_ADMIN over the owner of what the file system shows"},
			{"mount_too_revealing()", "4.2", "proc and sysfs only where a whole one is in sight"},
			{"can_change_locked_flags(), has_locked_children()", "3.12",
			"EPERM and EINVAL for what is locked in a mount namespace of a user namespace"}),
		.event = rule_ev_mount_refused, .kinds = K(REFUSED),
	}, {
		.code = "nsfs-refused", .weight = RULE_TROUBLE,
		.title = "A process may not look at the namespaces of another one.",
		.evidence = "an open of /proc/PID/ns/X that failed with EACCES or EPERM, by a command or process "
			    "that is traced; user and user namespace of that process",
		.text = "{comm} ({pid}), user {uid}, may not open {path} ({errno}). Who looks at the namespaces of a "
			"process must be its user and have all of its capabilities, or have CAP_SYS_PTRACE in its "
			"user namespace; and it must be dumpable.[ That one is of user {target_uid}.][ It is in "
			"{target_ns}, not in that of the caller.]",
		.remedy = "Run it as root of the user namespace that the process is in, or of one above it.",
		.facts = FACTS({"proc_ns_get_link()", "3.8",
			"EACCES without ptrace_may_access(PTRACE_MODE_READ_FSCREDS)"},
			{"__ptrace_may_access()", "4.5",
			"the same user ids and no more capabilities, or CAP_SYS_PTRACE over the user namespace of "
			"its memory"}),
		.event = rule_ev_nsfs_refused, .kinds = K(REFUSED),
	}, {
		.code = "map-refused", .weight = RULE_TROUBLE,
		.title = "A map of a user namespace was refused: by which rule.",
		.evidence = "a write to uid_map or gid_map that failed, by a command or process that is traced; what "
			    "was written; the map as it is, who made the user namespace, and the capabilities of "
			    "the caller in it and above it",
		.text = "Writing {file}[ of {ns}] by {comm} ({pid}) failed with {errno}: "
			"[{?open}{path} may be opened for that only by the user of the process]"
			"[{?again}it is written already, and can be written once]"
			"[{?lacks}the caller lacks CAP_SYS_ADMIN in {owner}]"
			"[{?range}without {cap} in the user namespace above only a single line for one id may be "
			"written, that of the caller, {id}]"
			"[{?not_maker}without {cap} in the user namespace above only the user who made it may "
			"write a map]"
			"[{?other_id}without {cap} in the user namespace above only the caller's own id, {id}, may "
			"be mapped]"
			"[{?setgroups}without CAP_SETGID in the user namespace above, setgroups must be denied "
			"before]"
			"[{?unsaid}without {cap} in the user namespace above only the caller's own id there may be "
			"mapped, and of root not without CAP_SETFCAP]"
			"[{?outside}an id has no number in the user namespace above, or it is its root and "
			"whoever made this one lacked CAP_SETFCAP]"
			"[{?broken}a line is not three numbers, the last of them above 0]"
			"[{?overlaps}two lines have ids in common]"
			"[{?second}it is not the first write to the file, and only one is taken, whose lines are in "
			"force]"
			"[{?invalid}it must be one write from the beginning of the file, of lines with three "
			"numbers, at most 340 and less than a page, whose ranges do not overlap].",
		.remedy = "[{?open}Write it as the user of the process.][{?one}Map the one id: `unshare --user --map-root-user PROGRAM`; or have {helper} write "
			  "ranges that are yours.][{?again}Write all lines with one write(2).][{?second}Write all "
			  "lines with one write(2): a shell's printf may make one of each line.][{?lacks}Write it from "
			  "the user namespace above as the user who made this one.][{?not_maker}Write it as the user "
			  "who made it, or have {helper} do it.][{?setgroups}Write deny to setgroups of the same "
			  "directory first; or have newgidmap write the map.][{?unsaid}Map the caller's own id, or "
			  "have {helper} write the map.][{?outside}Map ids that have one there.]"
			  "[{?broken}Write three numbers: the first inside, the first outside, how many.]"
			  "[{?overlaps}Write ranges that do not overlap.][{?invalid}Write it so.]",
		.facts = FACTS({"map_write()", "3.8",
			"EPERM where the map has lines, or without CAP_SYS_ADMIN in the user namespace; EINVAL for "
			"what can't be read or overlaps"},
			{"new_idmap_permitted()", "3.19",
			"CAP_SETUID or CAP_SETGID in the parent, or one line of one id, the caller's, by who made "
			"the namespace; gid_map only with setgroups denied"},
			{"verify_root_map()", "5.12", "root of the parent needs CAP_SETFCAP there"}),
		.event = rule_ev_map_refused, .kinds = K(REFUSED),
	}, {
		.code = "setgroups-refused", .weight = RULE_TROUBLE,
		.title = "setgroups, or the setting that allows or denies it, was refused.",
		.evidence = "a call of setgroups(2), or a write to /proc/PID/setgroups, that failed, by a command or "
			    "process that is traced; gid_map, the setting, and the caller's capabilities",
		.text = "{comm} ({pid})[ in {ns}] got {errno}: "
			"[{?lacks}setgroups takes CAP_SETGID there, which it lacks]"
			"[{?no_map}setgroups is for user namespaces whose gid_map is written, and this one's is "
			"not][{?denied}setgroups is denied there, because gid_map was written without CAP_SETGID "
			"in the user namespace above][{?unmapped}a group in the list has no number there]"
			"[{?open}{path} may be opened for writing only with CAP_SYS_ADMIN in the user namespace of "
			"that process]"
			"[{?final}setgroups is denied there for good][{?late}gid_map is written, and after that "
			"setgroups can't be denied any more][{?word}only allow and deny can be written to it]"
			"[{?unsaid}a security module may have refused it].",
		.remedy = "[{?lacks}Run it as root, or leave the groups as they are.][{?no_map}Write gid_map first.]"
			  "[{?denied}Have newgidmap write gid_map, which needs no denial; or leave the groups as "
			  "they are.][{?unmapped}Map that group too.][{?open}Write it as who made the user "
			  "namespace.][{?final}Make another user namespace.][{?late}Write deny before gid_map.]"
			  "[{?word}Write one of these.][{?unsaid}dmesg and the audit log have it.]",
		.facts = FACTS({"may_setgroups(), userns_may_setgroups()", "3.19",
			"EPERM without CAP_SETGID, before gid_map is written, and where setgroups is denied"},
			{"proc_setgroups_write()", "3.19", "EPERM for allow after deny, and for deny after gid_map"},
			{"proc_setgroups_open()", "3.19", "EACCES without CAP_SYS_ADMIN in the user namespace"}),
		.event = rule_ev_setgroups_refused, .kinds = K(REFUSED),
	}, {
		.code = "offsets-refused", .weight = RULE_TROUBLE,
		.title = "The offsets of a time namespace were refused.",
		.evidence = "a write to /proc/PID/timens_offsets that failed, by a command or process that is traced; "
			    "what was written, and the caller's capabilities",
		.text = "Writing timens_offsets[ of {ns}] by {comm} ({pid}) failed with {errno}: "
			"[{?lacks}it takes CAP_SYS_TIME in {owner}, which owns that time namespace]"
			"[{?fixed}the offsets are fixed once a process is in the time namespace, and one is, or "
			"was][{?range}a clock would show less than 0, or more than 146 years]"
			"[{?word}each line is a clock, monotonic or boottime, its seconds and its nanoseconds]"
			"[{?unsaid}a security module may have refused it].",
		.remedy = "[{?lacks}Make the time namespace together with a user namespace, or run it as root.]"
			  "[{?fixed}Write them after unshare(2) and before the first fork or exec; `unshare --time "
			  "--fork --boottime 86400 PROGRAM` does so.][{?range}Write less.][{?word}Write it so.]"
			  "[{?unsaid}dmesg and the audit log have it.]",
		.facts = FACTS({"proc_timens_set_offset()", "5.6",
			"EPERM without CAP_SYS_TIME in the owner, ERANGE for a clock below 0 or above half of "
			"KTIME_SEC_MAX, EACCES where frozen_offsets is set"},
			{"timens_on_fork()", "5.6", "the first process in it sets frozen_offsets"}),
		.event = rule_ev_offsets_refused, .kinds = K(REFUSED),
	}, {
		.code = "rtnetlink-refused", .weight = RULE_TROUBLE,
		.title = "rtnetlink refused a request: what the kernel says, or which right is missing.",
		.evidence = "the answer to a request that a command or process that is traced has read: its errno, "
			    "and the kernel's sentence where the program asked for it; the owner of the net "
			    "namespace of its socket",
		.text = "{request} by {comm} ({pid}) in {ns} failed with {errno}[: {message}]"
			"[{?lacks}: it lacks CAP_NET_ADMIN in {owner}, which owns that net namespace[; what "
			"capabilities it has are in {own}]]"
			"[{?unsaid}, though it has CAP_NET_ADMIN there: the request is for the initial user "
			"namespace alone, or a security module refused it].",
		.remedy = "[{?lacks}Make the net namespace together with a user namespace: "
			  "`unshare --user --map-root-user --net PROGRAM`; or run it as root.]"
			  "[{?message}The kernel's sentence says it.][{?unsaid}Do it outside of the user "
			  "namespace.]",
		.facts = FACTS({"rtnetlink_rcv_msg()", "3.8",
			"EPERM without CAP_NET_ADMIN over the user namespace that owns the net namespace"},
			{"netlink_ack()", "4.12", "NLMSGERR_ATTR_MSG for who set NETLINK_EXT_ACK"}),
		.event = rule_ev_rtnetlink_refused, .kinds = K(REFUSED),
	},
};
/* clang-format on */

const struct rule_set rules_refused = RULE_SET(rows);
