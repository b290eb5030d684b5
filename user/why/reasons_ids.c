// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reasons_ids.c - why maps of ids, setgroups, another user or group, capabilities and the
 * clocks of a time namespace are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "kernel/idhelper.h"
#include "kernel/idmap.h"
#include "lib/fd.h"
#include "why/reasons.h"

#define MAPS    (C(UID_MAP) | C(GID_MAP))
#define WRITERS (MAPS | C(NEWIDMAP))

/* --- maps ------------------------------------------------------------------------------------ */

static bool is_cut(const struct ev_refused *e)
{
	return strnlen(e->written, sizeof(e->written)) >= EV_REFUSED_TEXT - 1;
}

/* What was written, as far as it was kept; false: a line is not three numbers. */
static bool map_read(const struct ev_refused *e, struct idmap *ret)
{
	char text[EV_REFUSED_TEXT + 1] = "", *rest = text, *line;

	memcpy(text, e->written, sizeof(e->written));
	while ((line = strsep(&rest, "\n"))) {
		struct idmap_range r;
		char more;

		/* The last line of what was cut is not whole. */
		if (!rest && (!*line || is_cut(e)))
			break;
		if (sscanf(line, "%u %u %u %c", &r.inner, &r.outer, &r.count, &more) != 3 ||
			!r.count)
			return false;
		if (idmap_add(ret, r))
			break;
	}
	return true;
}

static bool is_map_flawed(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);
	auto_idmap struct idmap read = {0};
	char detail[128] = "";
	int flaw;

	if ((e && !map_read(e, &read)) || (!e && !s->map))
		return f->reason->arg == IDHELPER_RANGE_EMPTY && e;
	flaw = (int)idmap_flaw(e ? &read : s->map, detail, sizeof(detail));
	if (flaw != f->reason->arg)
		return false;
	finding_text(f, "ranges", detail);
	return true;
}

/* In the order of map_write(), and new_idmap_permitted() without a capability above. */
enum map_why {
	MAP_NOT_OPENED,
	MAP_AGAIN,
	MAP_LACKS_ADMIN,
	MAP_OUTSIDE,
	MAP_RANGE,
	MAP_NOT_MAKER,
	MAP_OTHER_ID,
	MAP_SETGROUPS,
	MAP_UNSAID,
	MAP_SECOND,
	MAP_INVALID,
};

static enum map_why map_not_permitted(const struct ev_refused *e, const struct idmap *m)
{
	bool initial = e->user_level == 0 || (e->user_level == 1 && e->own == e->inum);
	uint32_t own = e->call == EV_REFUSED_UID_MAP ? e->euid : e->egid;

	if (m->n > 1 || is_cut(e) || (m->n && m->v[0].count > 1))
		return MAP_RANGE;
	if (!e->maker)
		return MAP_NOT_MAKER;
	if (initial && (!m->n || m->v[0].outer != own))
		return MAP_OTHER_ID;
	return e->call == EV_REFUSED_GID_MAP && e->may_setgroups ? MAP_SETGROUPS : MAP_UNSAID;
}

static enum map_why map_why(const struct ev_refused *e)
{
	auto_idmap struct idmap m = {0};

	if (e->path[0])
		return MAP_NOT_OPENED;
	if (e->result == -EINVAL)
		return e->extents ? MAP_SECOND : MAP_INVALID;
	if (e->extents)
		return MAP_AGAIN;
	if (!e->able)
		return MAP_LACKS_ADMIN;
	if (e->able_above)
		return MAP_OUTSIDE;
	map_read(e, &m);
	return map_not_permitted(e, &m);
}

static bool is_map_why(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	/* Of its own call nswatch says what may be in general. */
	return e ? (int)map_why(e) == f->reason->arg : f->reason->arg == MAP_UNSAID;
}

static bool is_own_under_apparmor(const struct step *s, struct finding *f)
{
	int64_t v;

	return !s->ev && sysctl_num("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", &v) &&
	       v > 0;
}

/* --- newuidmap and newgidmap ----------------------------------------------------------------- */

/* .what: the program; {it} and, where that needs another one, {other}. */
static bool is_lacking(const struct step *s, struct finding *f)
{
	struct idhelper h = {s->what, s->map};
	char detail[128] = "", *more;

	if (!h.name || !h.map || (int)idhelper_lack(&h, detail, sizeof(detail)) != f->reason->arg)
		return false;
	more = strchrnul(detail, '\n');
	finding_textn(f, "it", detail, (size_t)(more - detail));
	if (*more)
		finding_text(f, "other", more + 1);
	finding_text(f, "file", strcmp(h.name, "newgidmap") ? "subuid" : "subgid");
	finding_text(f, strcmp(h.name, "newgidmap") ? "subuid" : "subgid", "yes");
	finding_text(f, "ids", strcmp(h.name, "newgidmap") ? "ids" : "groups");
	return true;
}

static bool is_traced(const struct step *s, struct finding *f)
{
	uint64_t pid;

	if (!subject_num(step_who(s), "TracerPid", 10, &pid) || !pid)
		return false;
	finding_num(f, "tracer", pid);
	return true;
}

static bool is_asked_elsewhere(const struct step *s, struct finding *f)
{
	return idhelper_asks_others();
}

/* --- setgroups ------------------------------------------------------------------------------- */

static bool lacks_setgid(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	return e ? !e->able : subject_lacks(step_who(s), CAP_SETGID);
}

static bool has_no_gid_map(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	return e ? !e->extents : subject_mapped(step_who(s), SUBJECT_GID, NULL) == MAP_EMPTY;
}

static bool is_setgroups_denied(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);
	char text[16];

	if (e)
		return !e->may_setgroups;
	return fd_read_file(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0 &&
	       !strncmp(text, "deny", 4);
}

enum groups_file {
	GROUPS_NOT_OPENED,
	GROUPS_FINAL,
	GROUPS_LATE,
	GROUPS_UNSAID,
};

static bool is_groups_file(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);
	int at = !e                                 ? GROUPS_UNSAID
		 : e->path[0]                       ? GROUPS_NOT_OPENED
		 : !strncmp(e->written, "allow", 5) ? GROUPS_FINAL
		 : e->extents                       ? GROUPS_LATE
						    : GROUPS_UNSAID;

	return at == f->reason->arg;
}

/* --- clocks ---------------------------------------------------------------------------------- */

static bool lacks_sys_time(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	return !e || !e->able;
}

/* --- the rules ------------------------------------------------------------------------------- */

#define MAP_KERNEL  "map_write() and mappings_overlap() in kernel/user_namespace.c"
#define NEW_MAP     "new_idmap_permitted() in kernel/user_namespace.c"
#define ROOT_OF_NS  "`unshare --user --map-root-user PROGRAM`"
#define ROOT_OR_NS  AS_ROOT ", or in a user namespace of its own: " ROOT_OF_NS
#define AUDIT       "look into dmesg and the audit log, which have what a security module refused"
#define SHADOW_UIDS "newuidmap.c of shadow-utils: have_sub_uids(); newgidmap.c: have_sub_gids()"
#define KEEP_IDS    "keep those that it has: --preserve-credentials"
#define WITHOUT_CAP "without [{cap}][CAP_SETUID or CAP_SETGID{?self}] in the user namespace above "

/* clang-format off */
static const struct reason map_reasons[] = {
	{.code = "map-apparmor", MAPS, EPERM, 0, is_own_under_apparmor,
		"AppArmor lets this program make a user namespace but takes its capabilities there",
		"give the program a profile with the rule 'userns,', or as root: "
		"`echo 0 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns`",
		"map_write() in kernel/user_namespace.c: CAP_SYS_ADMIN in the new one"},
	{.code = "map-not-opened", MAPS, REASON_RIGHTS, 0, is_map_why,
		"{path} may be opened for that only by the user of the process",
		"write it as the user of the process", "proc_uid_map_operations in fs/proc/base.c",
		.arg = MAP_NOT_OPENED},
	{.code = "map-at-place", MAPS, ESPIPE, 0, NULL,
		"the file takes no write at a place, as pwrite(2) and pwritev(2) make it", "write it with write(2)",
		"seq_open() in fs/seq_file.c, which takes FMODE_PWRITE away", "3.8"},
	{.code = "map-written", MAPS, EPERM, 0, is_map_why, "it is written already, and can be written once",
		"write all lines with one write(2)", "map_write() in kernel/user_namespace.c",
		.arg = MAP_AGAIN},
	{.code = "map-no-sys-admin", MAPS, EPERM, 0, is_map_why, "the caller lacks CAP_SYS_ADMIN in {owner}",
		"write it from the user namespace above as the user who made this one",
		"map_write() in kernel/user_namespace.c", "3.8", .arg = MAP_LACKS_ADMIN},
	{.code = "map-outside", MAPS, EPERM, 0, is_map_why,
		"an id has no number in the user namespace above, or it is its root and whoever made this "
		"one lacked CAP_SETFCAP", "map ids that have one there",
		"map_write() and verify_root_map() (from 5.12) in kernel/user_namespace.c",
		.arg = MAP_OUTSIDE},
	{.code = "map-range", MAPS, EPERM, 0, is_map_why,
		WITHOUT_CAP "only a single line for one id may be written, that of the caller, {id}",
		"map the one id: " ROOT_OF_NS "; or have {helper} write ranges that are the user's",
		NEW_MAP, "3.19", .arg = MAP_RANGE},
	{.code = "map-not-maker", MAPS, EPERM, 0, is_map_why,
		WITHOUT_CAP "only the user who made it may write a map",
		"write it as the user who made it, or have {helper} do it", NEW_MAP, "3.19",
		.arg = MAP_NOT_MAKER},
	{.code = "map-other-id", MAPS, EPERM, 0, is_map_why,
		WITHOUT_CAP "only the caller's own id, {id}, may be mapped",
		"map the one id: " ROOT_OF_NS "; or have {helper} write ranges that are the user's",
		NEW_MAP, "3.19", .arg = MAP_OTHER_ID},
	{.code = "map-setgroups", MAPS, EPERM, 0, is_map_why,
		"without CAP_SETGID in the user namespace above, setgroups must be denied before",
		"write deny to setgroups of the same directory first; or have newgidmap write the map",
		NEW_MAP, "3.19", .arg = MAP_SETGROUPS},
	{.code = "map-unsaid", MAPS, EPERM, 0, is_map_why,
		WITHOUT_CAP "only the caller's own id there may be mapped (of groups only after setgroups was "
		"denied), and of root not without CAP_SETFCAP",
		"map the caller's own id[{?create} (--map-root-user), or ids that /etc/subuid gives "
		"(--map-auto)][, or have {helper} write the map]",
		"new_idmap_permitted() and verify_root_map() (from 5.12) in kernel/user_namespace.c",
		.arg = MAP_UNSAID},
	/* Of newuidmap this is looked at before it runs: shadow-utils says less, and only afterwards. */
	{.code = "map-empty", WRITERS, EINVAL, 0, is_map_flawed,
		"[the range {ranges} has no id][a line is not three numbers, the last of them above 0{?pid}]",
		"write three numbers: the first inside, the first outside, how many", MAP_KERNEL,
		.arg = IDHELPER_RANGE_EMPTY},
	{.code = "map-inner-twice", WRITERS, EINVAL, 0, is_map_flawed,
		"the ranges {ranges} (inside:outside:count) have ids inside in common",
		"write ranges that do not overlap on either side", MAP_KERNEL, .arg = IDHELPER_INNER_TWICE},
	{.code = "map-outer-twice", WRITERS, EINVAL, 0, is_map_flawed,
		"the ranges {ranges} (inside:outside:count) have ids outside in common",
		"write ranges that do not overlap on either side", MAP_KERNEL, .arg = IDHELPER_OUTER_TWICE},
	{.code = "map-many", WRITERS, EINVAL, 0, is_map_flawed,
		"there are {ranges} ranges, and the kernel takes 340", "write fewer", MAP_KERNEL,
		.arg = IDHELPER_MANY},
	{.code = "map-long", WRITERS, EINVAL, 0, is_map_flawed,
		"the ranges are {ranges} of text, and the kernel takes less than a page", "write fewer",
		MAP_KERNEL, .arg = IDHELPER_LONG},
	{.code = "map-second", MAPS, EINVAL, 0, is_map_why,
		"it is not the first write to the file, and only one is taken, whose lines are in force",
		"write all lines with one write(2): a shell's printf may make one of each line", MAP_KERNEL,
		.arg = MAP_SECOND},
	{.code = "map-invalid", MAPS, EINVAL, 0, is_map_why,
		"it must be one write from the beginning of the file, of lines with three numbers, at most 340 "
		"and less than a page, whose ranges do not overlap", "write it so", MAP_KERNEL,
		.arg = MAP_INVALID},
};

static const struct reason helper_reasons[] = {
	{.code = "idhelper-missing", C(NEWIDMAP), ENOENT, 0, NULL,
		"ranges of ids need this program, which is installed set-user-ID root",
		"install it (Debian has it in the package uidmap)",
		"new_idmap_permitted() in kernel/user_namespace.c: CAP_SETUID or CAP_SETGID"},
	{.code = "idhelper-no-x", C(NEWIDMAP), EACCES, 0, is_lacking, "you may not execute {it}", NULL,
		"do_open_execat() in fs/exec.c", .arg = IDHELPER_NO_X},
	{.code = "idhelper-no-owner", C(NEWIDMAP), EPERM, 0, is_lacking,
		"root, to whom {it} belongs, has no number in this user namespace, so its set-user-ID bit "
		"gives no rights here", "map root too when this user namespace is made",
		"bprm_fill_uid() in fs/exec.c: vfsuid_has_mapping()", .arg = IDHELPER_NO_OWNER},
	{.code = "idhelper-no-bit", C(NEWIDMAP), EPERM, 0, is_lacking,
		"{it} has neither the set-user-ID bit of root nor file capabilities, so it has no more rights "
		"than you", "as root: `chmod u+s {it}`",
		"new_idmap_permitted() in kernel/user_namespace.c", .arg = IDHELPER_NO_BIT},
	{.code = "idhelper-nosuid", C(NEWIDMAP), EPERM, 0, is_lacking,
		"{it} is on a mount with nosuid, where a set-user-ID bit and file capabilities give no rights",
		"mount that without nosuid", "mnt_may_suid() in fs/namespace.c", .arg = IDHELPER_NOSUID},
	{.code = "idhelper-no-new-privs", C(NEWIDMAP), EPERM, 0, is_lacking,
		"no_new_privs is set on this process (a container or service does so), and no program that it "
		"starts gets more rights",
		"start it from a process without no_new_privs (docker: not with no-new-privileges; systemd: "
		"NoNewPrivileges=no)", "bprm_fill_uid() in fs/exec.c: task_no_new_privs()",
		.arg = IDHELPER_NO_NEW_PRIVS},
	{.code = "idhelper-bounded", C(NEWIDMAP), EPERM, 0, is_lacking,
		"the bounding set of this process lacks the capability that {it} needs",
		"start it where CAP_SETUID and CAP_SETGID are not taken away",
		"cap_bprm_creds_from_file() in security/commoncap.c", .arg = IDHELPER_BOUNDED},
	{.code = "idhelper-no-name", C(NEWIDMAP), EPERM, 0, is_lacking,
		"user {it} has no line in /etc/passwd, and the ids of a user are given by name",
		"add the user to /etc/passwd", "newuidmap.c of shadow-utils: get_my_pwent()",
		.arg = IDHELPER_NO_NAME},
	{.code = "idhelper-other-group", C(NEWIDMAP), EPERM, 0, is_lacking,
		"your group is {it}, that of your line in /etc/passwd is {other}, and only with that one the "
		"program does anything",
		"run it with your own group (newgrp), or as root set GRANT_AUX_GROUP_SUBIDS to yes in "
		"/etc/login.defs", "newuidmap.c of shadow-utils", .arg = IDHELPER_OTHER_GROUP},
	{.code = "subids-no-line", C(NEWIDMAP), EPERM, 0, is_lacking,
		"/etc/{file} has no line for {it}, who has no {ids} to give but the own one",
		"as root: [{?subuid}`usermod --add-subuids {other} {it}`][{?subgid}`usermod --add-subgids {other} {it}`], "
		"and map these[{?create} (--map-auto)]",
		SHADOW_UIDS, .arg = IDHELPER_NO_LINE},
	{.code = "subids-others", C(NEWIDMAP), EPERM, 0, is_lacking,
		"/etc/{file} does not give all of the {ids} {it} to {other}",
		"map only what it gives[{?create} (--map-auto does)]", SHADOW_UIDS, .arg = IDHELPER_NOT_OURS},
	/* Seen only by its end. */
	{.code = "idhelper-traced", C(NEWIDMAP_END), EPERM, 0, is_traced,
		"this process is traced by process {tracer}, and the kernel gives a traced program no rights "
		"that its tracer lacks", "trace it as root, or not at all",
		"cap_bprm_creds_from_file() in security/commoncap.c: LSM_UNSAFE_PTRACE"},
	{.code = "subids-elsewhere", C(NEWIDMAP_END), EPERM, 0, is_asked_elsewhere,
		"/etc/nsswitch.conf has the ranges of users come from elsewhere than /etc/subuid and "
		"/etc/subgid, and these may not be yours",
		"ask who keeps them (getsubids shows those of a user)", "nsswitch.conf(5): subid"},
	{.code = "idhelper-said", C(NEWIDMAP_END), EPERM, 0, NULL, "its own message says why"},
};

static const struct reason groups_reasons[] = {
	{.code = "no-setgid", C(SETGROUPS), EPERM, 0, lacks_setgid,
		"setgroups takes CAP_SETGID there, which it lacks",
		"run it as root, or leave the groups as they are", "may_setgroups() in kernel/groups.c"},
	{.code = "no-gid-map", C(SETGROUPS), EPERM, 0, has_no_gid_map,
		"setgroups is for user namespaces whose gid_map is written, and this one's is not",
		"write gid_map first[{?create} (--map-groups, --map-auto), or leave the groups alone]"
		"[{?enter}, or " KEEP_IDS "]",
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()", "3.19"},
	{.code = "setgroups-denied", C(SETGROUPS), EPERM, 0, is_setgroups_denied,
		"setgroups is denied there, because gid_map was written without CAP_SETGID in the user "
		"namespace above",
		"have newgidmap write gid_map, which needs no denial[{?create} (--map-groups, --map-auto)]; or "
		"leave the groups as they are[{?enter} (--preserve-credentials)]",
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()", "3.19"},
	{.code = "unsaid", C(SETGROUPS), EPERM, 0, NULL, "a security module may have refused it", AUDIT},
	{.code = "group-unmapped", C(SETGROUPS), EINVAL, 0, NULL, "a group in the list has no number there",
		"map that group too", "groups_from_user() in kernel/groups.c"},
	{.code = "setgroups-not-opened", C(DENY_GROUPS), REASON_RIGHTS, 0, is_groups_file,
		"{path} may be opened for writing only with CAP_SYS_ADMIN in the user namespace of that process",
		"write it as who made the user namespace", "proc_setgroups_open() in fs/proc/base.c", "3.19",
		.arg = GROUPS_NOT_OPENED},
	{.code = "setgroups-final", C(DENY_GROUPS), EPERM, 0, is_groups_file, "setgroups is denied there for good",
		"make another user namespace", "proc_setgroups_write() in kernel/user_namespace.c", "3.19",
		.arg = GROUPS_FINAL},
	{.code = "setgroups-late", C(DENY_GROUPS), EPERM, 0, is_groups_file,
		"gid_map is written, and after that setgroups can't be denied any more",
		"write deny before gid_map", "proc_setgroups_write() in kernel/user_namespace.c", "3.19",
		.arg = GROUPS_LATE},
	{.code = "setgroups-unsaid", C(DENY_GROUPS), EPERM, 0, is_groups_file,
		"setgroups can be denied only before the group map is written, and once denied, here or in a "
		"user namespace above, it can't be allowed again; or a security module refused it", AUDIT,
		"proc_setgroups_write() in kernel/user_namespace.c", "3.19", .arg = GROUPS_UNSAID},
	{.code = "setgroups-word", C(DENY_GROUPS), EINVAL, 0, NULL, "only allow and deny can be written to it",
		"write one of these", "proc_setgroups_write() in kernel/user_namespace.c", "3.19"},
	{.code = "no-setgroups-file", C(DENY_GROUPS), ENOENT, 0, NULL, "this kernel has no setgroups file",
		"leave it", "proc_setgroups_write() in kernel/user_namespace.c", "3.19"},
};

static const struct reason ids_reasons[] = {
	{.code = "gid-unmapped", C(SETGID), EINVAL, 0, NULL, "this group has no number in the user namespace",
		"[{?create}map it: --map-group, --map-groups]"
		"[{?enter}become a group that has one (--setgid), or " KEEP_IDS "]",
		"__sys_setgid() in kernel/sys.c: make_kgid()"},
	{.code = "uid-unmapped", C(SETUID), EINVAL, 0, NULL, "this user has no number in the user namespace",
		"[{?create}map it: --map-user, --map-users]"
		"[{?enter}become a user who has one (--setuid), or " KEEP_IDS "]",
		"__sys_setuid() in kernel/sys.c: make_kuid()"},
	{.code = "no-setgid", C(SETGID), EPERM, 0, NULL, "to become another group takes CAP_SETGID",
		ROOT_OR_NS "[{?enter}, or " KEEP_IDS "]", "__sys_setgid() in kernel/sys.c"},
	{.code = "no-setuid", C(SETUID), EPERM, 0, NULL, "to become another user takes CAP_SETUID",
		ROOT_OR_NS "[{?enter}, or " KEEP_IDS "]", "__sys_setuid() in kernel/sys.c"},
	{.code = "securebits", C(CAPS), EPERM, 0, NULL, "capabilities may not be made ambient here (securebits)",
		NULL, "cap_task_prctl() in security/commoncap.c"},
};

static const struct reason clock_reasons[] = {
	{.code = "no-sys-time", C(CLOCK), EPERM, 0, lacks_sys_time,
		"it takes CAP_SYS_TIME in [{owner}, which][the user namespace that{?self}] owns that time "
		"namespace",
		"make the time namespace together with a user namespace, or run it as root",
		"proc_timens_set_offset() in kernel/time/namespace.c", "5.6"},
	{.code = "unsaid", C(CLOCK), EPERM, 0, NULL, "a security module may have refused it", AUDIT},
	{.code = "offsets-fixed", C(CLOCK), EACCES, 0, NULL,
		"the offsets are fixed once a process is in the time namespace, and one is, or was",
		"write them after unshare(2) and before the first fork or exec; `unshare --time --fork "
		"--boottime 86400 PROGRAM` does so",
		"proc_timens_set_offset() in kernel/time/namespace.c: frozen_offsets", "5.6"},
	{.code = "offsets-range", C(CLOCK), ERANGE, 0, NULL, "a clock would show less than 0, or more than 146 years",
		"write less", "proc_timens_set_offset() in kernel/time/namespace.c: KTIME_SEC_MAX / 2", "5.6"},
	{.code = "offsets-word", C(CLOCK), EINVAL, 0, NULL,
		"each line is a clock, monotonic or boottime, its seconds and its nanoseconds", "write it so",
		"timens_offsets_write() in fs/proc/base.c", "5.6"},
};

static const struct rule rows[] = {
	{
		.code = "map-refused", .weight = RULE_TROUBLE,
		.title = "A map of a user namespace was refused: by which rule.",
		.evidence = "a write to uid_map or gid_map that failed, by a command or process that is traced; what "
			    "was written; the map as it is, who made the user namespace, and the capabilities of "
			    "the caller in it and above it",
		.text = "Writing {file}[ of {ns}] by {comm} ({pid}) failed with {errno}: {why}.",
		REASONS(map_reasons), REFUSED(K(REFUSED)),
	}, {
		.code = "idhelper-refused", .weight = RULE_TROUBLE,
		.title = "newuidmap or newgidmap does not write the ranges of ids that it was asked for.",
		OWN_TEXTS, REASONS(helper_reasons),
	}, {
		.code = "setgroups-refused", .weight = RULE_TROUBLE,
		.title = "setgroups, or the setting that allows or denies it, was refused.",
		.evidence = "a call of setgroups(2), or a write to /proc/PID/setgroups, that failed, by a command or "
			    "process that is traced; gid_map, the setting, and the caller's capabilities",
		.text = "{comm} ({pid})[ in {ns}] got {errno}: {why}.",
		REASONS(groups_reasons), REFUSED(K(REFUSED)),
	}, {
		.code = "ids-refused", .weight = RULE_TROUBLE,
		.title = "A program can't become a user or group, or keep its capabilities.",
		OWN_TEXTS, REASONS(ids_reasons),
	}, {
		.code = "offsets-refused", .weight = RULE_TROUBLE,
		.title = "The offsets of a time namespace were refused.",
		.evidence = "a write to /proc/PID/timens_offsets that failed, by a command or process that is traced; "
			    "what was written, and the caller's capabilities",
		.text = "Writing timens_offsets[ of {ns}] by {comm} ({pid}) failed with {errno}: {why}.",
		REASONS(clock_reasons), REFUSED(K(REFUSED)),
	},
};
/* clang-format on */

const struct rule_set reasons_ids = RULE_SET(rows);
