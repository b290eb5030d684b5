// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reasons_ns.c - why namespaces can't be made or entered, and why nothing is born in one. Of
 * several reasons that hold the first is told, so the surer ones come first.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kernel/nsfd.h"
#include "lib/clock.h"
#include "why/nslimit.h"
#include "why/reasons.h"
#include "lib/util.h"

/* --- rights ---------------------------------------------------------------------------------- */

/*
 * All that the kernel itself asks for: unshare and clone want it in the caller's user
 * namespace; setns in others too, which who has it in the initial one has.
 */
static bool has_rights(const struct step *s)
{
	const struct subject *who = step_who(s);

	if (s->call != STEP_SETNS)
		return subject_has(who, CAP_SYS_ADMIN);
	return subject_has(who, CAP_SYS_ADMIN) && subject_has(who, CAP_SYS_CHROOT) &&
	       !subject_lacks_initially(who, CAP_SYS_ADMIN);
}

/* Without a user namespace, in which the caller would have all capabilities. */
static bool lacks_rights(const struct step *s, struct finding *f)
{
	if (s->call != STEP_SETNS && (s->flags & CLONE_NEWUSER || !ns_flags_to_types(s->flags)))
		return false;
	return s->ahead ? subject_lacks(step_who(s), CAP_SYS_ADMIN) : !has_rights(s);
}

static bool put_profile(const struct step *s, struct finding *f)
{
	char label[LABEL_MAX];

	if (!subject_confined(step_who(s), label))
		return false;
	finding_text(f, "profile", label);
	return true;
}

static bool is_confined(const struct step *s, struct finding *f)
{
	return (!(s->flags & CLONE_NEWUSER) || s->call == STEP_SETNS) && has_rights(s) &&
	       put_profile(s, f);
}

/* Whose events come to a hook has got past its filters. */
static bool may_be_filtered(const struct step *s, struct finding *f)
{
	return !s->ev && subject_filters(step_who(s));
}

/* --- user namespaces ------------------------------------------------------------------------- */

/* A setting of this system of now: of a recording it says nothing. */
static bool setting(const struct step *s, const char *path, int64_t *ret)
{
	return (!s->ev || *step_who(s)->dir) && sysctl_num(path, ret);
}

/* The patch of Debian and others asks capable(CAP_SYS_ADMIN). */
static bool is_userns_sysctl(const struct step *s, struct finding *f)
{
	int64_t v;

	return subject_lacks_initially(step_who(s), CAP_SYS_ADMIN) &&
	       setting(s, "/proc/sys/kernel/unprivileged_userns_clone", &v) && !v;
}

static bool is_userns_apparmor(const struct step *s, struct finding *f)
{
	int64_t v;

	return subject_lacks(step_who(s), CAP_SYS_ADMIN) &&
	       setting(s, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", &v) && v > 0;
}

/* It needs both to own another one: kuid_has_mapping(), kgid_has_mapping() in create_user_ns(). */
static bool is_unmapped(const struct step *s, struct finding *f)
{
	for (int id = SUBJECT_UID; id <= SUBJECT_GID; id++) {
		bool user = id == SUBJECT_UID;
		uint32_t n;
		enum subject_map map = subject_mapped(step_who(s), (enum subject_id)id, &n);

		if (map != MAP_EMPTY && map != MAP_LACKS)
			continue;
		finding_num(f, user ? "own_uid" : "own_gid", n);
		finding_text(f, "map", user ? "uid_map" : "gid_map");
		finding_text(f, map == MAP_EMPTY ? "empty" : "others", "yes");
		return true;
	}
	return false;
}

static bool is_chrooted(const struct step *s, struct finding *f)
{
	return subject_chrooted(step_who(s));
}

static bool is_profile_userns(const struct step *s, struct finding *f)
{
	return put_profile(s, f);
}

/* --- limits ---------------------------------------------------------------------------------- */

#define LIMIT_LOOKS  8 /* in a second: each takes a process for a user namespace, and anybody */
#define LIMIT_SECOND 1000000000ULL /* can fail in a loop */

/*
 * A process that is in the user namespace of the call: the caller, or if that has ended its
 * parent. A number may be another process' by now, so it is asked for its namespace.
 */
static bool member_of(const struct step *s, struct subject *ret)
{
	struct subject of[2] = {*step_who(s)};
	uint32_t inum;

	if (!s->ev || !*of[0].dir) {
		*ret = of[0];
		return !s->ev;
	}
	of[1] = subject_process(s->ev->hdr->ppid);
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		if (!subject_ns(&of[i], "user", &inum) || inum != of[0].user_ns)
			continue;
		*ret = of[i];
		return true;
	}
	return false;
}

/* What was found a moment ago of the same user namespace is found again. */
static struct nslimit limit_of(const struct step *s)
{
	static struct nslimit last;
	static uint64_t last_flags, second_ns;
	static char last_dir[sizeof(((struct subject *)0)->dir)];
	static uint32_t last_ns;
	static int looks;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct nslimit found = {.why = NSLIMIT_UNKNOWN};
	struct subject who;

	if (now - second_ns > LIMIT_SECOND) {
		second_ns = now;
		looks = 0;
	}
	if (looks && last_ns == step_who(s)->user_ns && last_flags == s->flags &&
		(last_ns || !strcmp(last_dir, step_who(s)->dir)))
		return last;
	if (looks >= LIMIT_LOOKS || !member_of(s, &who))
		return found;
	looks++;
	nslimit_find(&who, ns_flags_to_types(s->flags), &found);
	/* The parent may be less deep in pid namespaces. */
	if (!found.reached && s->flags & CLONE_NEWPID && strcmp(who.dir, step_who(s)->dir) != 0)
		found.why = NSLIMIT_UNKNOWN;
	last = found;
	last_flags = s->flags;
	last_ns = step_who(s)->user_ns;
	memcpy(last_dir, step_who(s)->dir, sizeof(last_dir));
	return found;
}

static void put_depth(struct finding *f, unsigned int type, uint32_t level, uint32_t ns)
{
	finding_num(f, "deepest", level);
	finding_ns(f, "deep_ns", type, ns);
	finding_text(f, type == NS_USER ? "deep_user" : "deep_pid", "yes");
}

static bool is_deep(const struct step *s, struct finding *f)
{
	const struct ev_caller *then = step_who(s)->then;
	const struct ev_nsset *before = step_before(s);
	struct nslimit l;

	if (then && before) {
		if (s->flags & CLONE_NEWUSER && then->user_level >= USER_NS_DEEPEST)
			put_depth(f, NS_USER, then->user_level, before->inum[NS_USER]);
		else if (s->flags & CLONE_NEWPID && then->pid_level >= PID_NS_DEEPEST)
			put_depth(f, NS_PID, then->pid_level, before->inum[NS_PID_CHILD]);
		return finding_fact(f, "deepest");
	}
	l = limit_of(s);
	if (l.why == NSLIMIT_DEEP)
		put_depth(f, l.type, l.level, l.ns);
	return l.why == NSLIMIT_DEEP;
}

static bool is_limited(const struct step *s, struct finding *f)
{
	auto_buf struct buf name = {0};
	struct nslimit l = limit_of(s);

	if ((int)l.why != f->reason->arg || (s->ahead && !l.reached))
		return false;
	nslimit_name(l.type, &name);
	finding_textn(f, "limit", name.s, name.len);
	finding_ns(f, "limit_ns", NS_USER, l.user_ns);
	finding_num(f, "max", (uint64_t)l.max);
	finding_num(f, "more_max", l.max ? (uint64_t)l.max * 2 : 10000);
	finding_text(f, l.reached ? "reached" : "maybe", "yes");
	if (l.counted) {
		finding_num(f, "limit_uid", l.uid);
		finding_num(f, "count", l.count);
	}
	return true;
}

static bool is_limited_above(const struct step *s, struct finding *f)
{
	const struct ev_caller *then = s->ev ? step_who(s)->then : NULL;

	if (s->flags & CLONE_NEWUSER && !then)
		finding_text(f, "may_user", "yes");
	if (s->flags & CLONE_NEWPID && !then)
		finding_text(f, "may_pid", "yes");
	return ns_flags_to_types(s->flags);
}

/* A type that this kernel was built without has no file. */
static bool is_type_missing(const struct step *s, struct finding *f)
{
	slot_for_each (slot, ns_flags_to_types(s->flags)) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[slot].name);
		if (s->ev || !access(path, F_OK) || errno != ENOENT)
			continue;
		finding_text(f, "missing", ns_types[slot].name);
		return true;
	}
	return false;
}

/* --- threads, and where children go ---------------------------------------------------------- */

/* Another thread than the leader made the call, or the process has others. */
static bool has_threads(const struct step *s, struct finding *f)
{
	uint32_t n = subject_threads(step_who(s));

	if (n > 1)
		finding_num(f, "threads", n);
	else if (s->ev && !step_who(s)->then && s->ev->hdr->tid != s->ev->hdr->pid)
		finding_text(f, "several", "yes");
	else
		return false;
	return true;
}

/* Of timens_install() alone, so it needs no proof. */
static bool has_threads_surely(const struct step *s, struct finding *f)
{
	if (!has_threads(s, f))
		finding_text(f, "several", "yes");
	return true;
}

static bool is_pid_taken(const struct step *s, struct finding *f)
{
	const struct ev_nsset *before = step_before(s);
	uint32_t own = 0, ns = 0;

	if (before) {
		own = before->inum[NS_PID];
		ns = before->inum[NS_PID_CHILD];
	} else if (!s->ev && subject_ns(step_who(s), "pid", &own)) {
		/* Where no child was born yet there is no number. */
		if (!subject_ns(step_who(s), "pid_for_children", &ns)) {
			finding_ns(f, "own", NS_PID, own);
			return true;
		}
	}
	if (!own || !ns || own == ns)
		return false;
	finding_ns(f, "own", NS_PID, own);
	finding_ns(f, "ns", NS_PID, ns);
	return true;
}

/* The parent's own, or children's pid namespace has no init and never will have. */
static bool is_pidns_dead(const struct step *s, struct finding *f)
{
	return is_pid_taken(s, f) && finding_fact(f, "ns");
}

static bool is_nproc_reached(const struct step *s, struct finding *f)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NPROC, &r) || r.rlim_cur == RLIM_INFINITY)
		return false;
	finding_num(f, "nproc", r.rlim_cur);
	return true;
}

/* --- entering -------------------------------------------------------------------------------- */

/* The type of namespace that setns(2) was asked for; -1: not known, or several. */
static int target_type(const struct step *s)
{
	const struct ev_setns *n = step_setns(s);
	uint32_t types = ns_flags_to_types(s->flags), inum;
	char path[64], link[64];
	ssize_t len;
	int type;

	if (n && n->target_type)
		return (int)n->target_type - 1;
	if (n) {
		/* As long as its descriptor is open. */
		snprintf(path, sizeof(path), "/proc/%u/fd/%d", n->hdr.pid, n->fd);
		len = *step_who(s)->dir ? readlink(path, link, sizeof(link)) : -1;
		if (len <= 0 || ns_link_parse(link, (size_t)len, &type, &inum) ||
			inum != n->target_inum)
			return -1;
		return type;
	}
	if (s->fd > 0 && nsfd_type(s->fd) >= 0)
		return nsfd_type(s->fd);
	return types && !(types & (types - 1)) ? __builtin_ctz(types) : -1;
}

static bool is_own_user_ns(const struct step *s, struct finding *f)
{
	const struct ev_setns *n = step_setns(s);
	struct subject that = subject_process(step_target(s));
	uint32_t own, inum = 0;

	if (n) {
		own = n->before.inum[NS_USER];
		inum = n->target_inum;
	} else if (!subject_ns(step_who(s), "user", &own) || s->fd <= 0) {
		return false;
	} else if (step_target(s)) {
		if (!(s->flags & CLONE_NEWUSER) || !subject_ns(&that, "user", &inum))
			return false;
	} else if (nsfd_type(s->fd) != NS_USER || nsfd_inum(s->fd, &inum)) {
		return false;
	}
	if (!inum || inum != own)
		return false;
	finding_ns(f, "ns", NS_USER, own);
	return true;
}

static bool is_not_ns(const struct step *s, struct finding *f)
{
	const struct ev_setns *n = step_setns(s);

	if (n)
		return n->fd_kind == EV_FD_OTHER;
	return s->fd > 0 && nsfd_type(s->fd) < 0 && !step_target(s);
}

static bool is_other_type(const struct step *s, struct finding *f)
{
	int type = step_setns(s) || s->fd > 0 ? target_type(s) : -1;

	if (type < 0 || !s->flags || ns_types[type].flag & s->flags)
		return false;
	finding_text(f, "type", ns_types[type].long_name);
	return true;
}

static bool has_threads_for_type(const struct step *s, struct finding *f)
{
	int type = target_type(s);

	return (!s->ev || type == NS_USER || type == NS_MNT) && has_threads(s, f);
}

static bool is_pid_not_below(const struct step *s, struct finding *f)
{
	return target_type(s) == NS_PID;
}

static bool lacks_chroot(const struct step *s, struct finding *f)
{
	return target_type(s) == NS_MNT && subject_lacks(step_who(s), CAP_SYS_CHROOT);
}

static bool lacks_chroot_here(const struct step *s, struct finding *f)
{
	return subject_lacks(step_who(s), CAP_SYS_CHROOT);
}

static bool is_pidfd(const struct step *s, struct finding *f)
{
	return !s->ev && step_target(s);
}

/* --- the rules ------------------------------------------------------------------------------- */

#define ROOT_OF_NS "`unshare --user --map-root-user PROGRAM`"
#define USERNS     "create_user_ns() in kernel/user_namespace.c"
#define UCOUNT     "inc_ucount() in kernel/ucount.c"
#define LIMIT_IS                                                                                   \
	"the limit {limit} of {limit_ns} [is{?reached}][is probably{?maybe}] reached, which is "   \
	"{max} for each user[, and user {limit_uid} has {count}]"
#define THREADS "the caller has [{threads} threads][more than one thread{?several}], and "
#define BEFORE  "do it before threads are started, or in a child after fork(2)"
#define MAY_FILTER(flags)                                                                          \
	{                                                                                          \
		.code = "seccomp-filter", UNSHARINGS, EPERM, flags, may_be_filtered,               \
		"probably a seccomp filter refused it: one is in force here, as in most "          \
		"containers",                                                                      \
		"allow unshare in the profile of the container, or start it outside",              \
		"__secure_computing() in kernel/seccomp.c", "3.5"                                  \
	}

/* clang-format off */
static const struct reason userns_reasons[] = {
	{.code = "userns-sysctl", UNSHARINGS, EPERM, CLONE_NEWUSER, is_userns_sysctl,
		"kernel.unprivileged_userns_clone is 0: this system forbids user namespaces to users without "
		"CAP_SYS_ADMIN", "allow it, as root: `echo 1 >/proc/sys/kernel/unprivileged_userns_clone`",
		"ksys_unshare() and copy_process() in kernel/fork.c with the patch of Debian and others; not in "
		"Linux itself", .state = true},
	{.code = "userns-unmapped", UNSHARINGS, EPERM, CLONE_NEWUSER, is_unmapped,
		"its [user {own_uid}][group {own_gid}] has no number in its own user namespace[ {user_ns}], [whose "
		"{map} is empty{?empty}][whose {map} has none for it{?others}], and so can't own another one",
		"make the user namespace that it is in with its user and group in the maps: " ROOT_OF_NS,
		USERNS ": kuid_has_mapping(), kgid_has_mapping()", "3.8", .state = true},
	{.code = "chrooted", UNSHARINGS, EPERM, CLONE_NEWUSER, is_chrooted,
		"it is in a chroot, where no user namespace may be made",
		"start it outside of the chroot[{?create}, and let --root change to it]",
		USERNS ": current_chrooted()", "3.9", .state = true},
	MAY_FILTER(CLONE_NEWUSER),
	{.code = "userns-apparmor", UNSHARINGS, EPERM, CLONE_NEWUSER, is_userns_apparmor,
		"kernel.apparmor_restrict_unprivileged_userns is set: AppArmor wants a profile that allows it",
		"give the program a profile with the rule 'userns,', or as root: "
		"`echo 0 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns`",
		USERNS ": security_create_user_ns()", "6.1", .state = true},
	{.code = "profile", UNSHARINGS, REASON_RIGHTS, CLONE_NEWUSER, is_profile_userns,
		"it is confined by the AppArmor profile {profile}, which does not say that it may",
		"give the profile {profile} the rule \"userns,\"", USERNS ": security_create_user_ns()", "6.1"},
	{.code = "security-module", UNSHARINGS, EACCES, CLONE_NEWUSER, NULL,
		"a security module (SELinux or AppArmor) refused the user namespace",
		"its log says which rule: dmesg, journalctl -k, ausearch -m avc",
		USERNS ": security_create_user_ns()", "6.1"},
	{.code = "unknown", UNSHARINGS, EPERM, CLONE_NEWUSER, NULL,
		"nothing that can be read tells why. It could be its user or group without number in its own user "
		"namespace, a chroot, a sysctl or a security module[{?pid} (not a seccomp filter: that answers before "
		"the kernel)]",
		"look into dmesg and the audit log, which have what a security module refused; the others are looked "
		"at while the caller lives"},
};

static const struct reason rights_reasons[] = {
	{.code = "no-sys-admin", UNSHARINGS, EPERM, 0, lacks_rights,
		"the caller[, user {uid},] lacks CAP_SYS_ADMIN in its user namespace[ {user_ns}]",
		"run it as root, or in a user namespace of its own, where it has all capabilities: " ROOT_OF_NS,
		"unshare_nsproxy_namespaces(), copy_namespaces() in kernel/nsproxy.c", "3.8", .state = true},
	{.code = "no-sys-chroot", C(SETNS), EPERM, 0, lacks_chroot,
		"to enter a mount namespace takes CAP_SYS_CHROOT in the caller's user namespace too",
		"run it as root, or enter the user namespace that owns it", "mntns_install() in fs/namespace.c"},
	LOOKS(SETNS, EPERM),
	{.code = "no-ptrace", C(SETNS), EPERM, 0, is_pidfd,
		"it takes the right to trace the process, as ptrace(2) does, and CAP_SYS_ADMIN in the user "
		"namespaces that own its namespaces and in the caller's own",
		"run it as root, or enter the user namespace that owns them too[{?enter} (--user)]",
		"validate_nsset() in kernel/nsproxy.c: ptrace_may_access()"},
	{.code = "no-sys-admin", C(SETNS), EPERM, 0, lacks_rights,
		"the caller[, user {uid},] lacks CAP_SYS_ADMIN in the user namespace that owns it, or in its own",
		"run it as root, or enter the user namespace that owns it too[{?enter} (--user)]",
		"netns_install() and its like of each type", "3.8"},
	{.code = "no-sys-chroot", C(CHROOT), EPERM, 0, lacks_chroot_here,
		"it takes CAP_SYS_CHROOT in your user namespace",
		"run it as root, or in a user namespace of its own[{?create} (--user --map-root-user)][{?enter}: "
		"enter that of the target too (--user)]", "chroot() in fs/open.c"},
};

static const struct reason profile_reasons[] = {
	MAY_FILTER(0),
	{.code = "profile", UNSHARINGS | C(SETNS), REASON_RIGHTS, 0, is_confined,
		"it is confined by the AppArmor profile {profile}, which does not let it use that",
		"add \"capability sys_admin\" to the profile (aa-logprof), or run it in another one; dmesg and the "
		"audit log have the refusal", "apparmor_capable() in security/apparmor/lsm.c", "2.6.36"},
};

static const struct reason limit_reasons[] = {
	{.code = "too-deep", UNSHARINGS, ENOSPC, 0, is_deep,
		"[user namespaces nest 33 deep, and {deep_ns} is at level {deepest}{?deep_user}]"
		"[pid namespaces nest 32 deep, and {deep_ns} is at level {deepest}{?deep_pid}]",
		"start it from a namespace further up",
		"create_user_ns(); create_pid_namespace() in kernel/pid_namespace.c: MAX_PID_NS_LEVEL", "4.9",
		.state = true},
	{.code = "limit-set", UNSHARINGS, ENOSPC, 0, is_limited,
		LIMIT_IS "; it was set there on purpose, as bubblewrap --disable-userns does",
		"start it outside of the sandbox that set the limit", UCOUNT, "4.9", .state = true,
		.arg = NSLIMIT_SET},
	{.code = "limit-system", UNSHARINGS, ENOSPC, 0, is_limited, LIMIT_IS,
		"as root: `echo {more_max} >/proc/sys/user/{limit}`; or end what holds old ones, which nswatch ls "
		"--all lists", UCOUNT, "4.9", .state = true, .arg = NSLIMIT_SYSTEM},
	{.code = "limit-above", UNSHARINGS, ENOSPC, 0, is_limited_above,
		"a limit on namespaces is reached in [{user_ns} or ]a user namespace above it[{?may_user} (a sandbox "
		"sets one: bubblewrap --disable-userns), or user namespaces are nested 33 deep][{?may_pid}, or pid namespaces are nested 32 deep]",
		"end what holds old ones, which nswatch ls lists, or start it outside of the sandbox that it "
		"is in", UCOUNT, "4.9"},
	{.code = "too-deep", UNSHARINGS, EUSERS, CLONE_NEWUSER, NULL,
		"user namespaces are nested too deep, or a limit on them is reached",
		"start it from a user namespace further up", USERNS ", before 4.9; ENOSPC since"},
};

static const struct reason taken_reasons[] = {
	{.code = "pid-children-taken", UNSHARINGS, EINVAL, CLONE_NEWPID, is_pid_taken,
		"the caller is in {own} and its children go to [{ns}][another pid namespace{?self}] already: "
		"only a process that is in the pid namespace of its children can make another",
		"fork first, and make the next pid namespace in the child",
		"copy_pid_ns() in kernel/pid_namespace.c", "3.8"},
};

static const struct reason own_reasons[] = {
	{.code = "own-user-namespace", C(SETNS), EINVAL, 0, is_own_user_ns,
		"the caller is in {ns} already, and one's own user namespace may not be entered again: that would give "
		"all capabilities back", "leave the user namespace out (nsenter without --user)",
		"userns_install() in kernel/user_namespace.c", "3.8"},
};

static const struct reason entered_reasons[] = {
	{.code = "type-missing", UNSHARINGS, EINVAL, 0, is_type_missing,
		"this kernel was built without {missing} namespaces",
		"run a kernel that has them (CONFIG_NAMESPACES and what depends on it)",
		"the stubs in include/linux/*_namespace.h"},
	{.code = "not-a-namespace", C(SETNS), EINVAL, 0, is_not_ns, "what was opened is not a namespace",
		"name a file of /proc/PID/ns, or where one is mounted", "setns() in kernel/nsproxy.c"},
	{.code = "other-type", C(SETNS), EINVAL, 0, is_other_type, "what was opened is a {type}",
		"use the option, or the flag, of its type", "setns() in kernel/nsproxy.c"},
	{.code = "process-ended", C(SETNS), ESRCH, 0, NULL,
		"the process has ended, and its namespaces are no longer its", "choose one that lives",
		"validate_nsset() in kernel/nsproxy.c"},
};

static const struct reason threads_reasons[] = {
	{.code = "threads", C(UNSHARE), EINVAL, CLONE_NEWUSER, has_threads,
		THREADS "a user namespace is for a whole process", BEFORE,
		"ksys_unshare(), check_unshare_flags() in kernel/fork.c: CLONE_NEWUSER implies CLONE_THREAD", "3.8"},
	{.code = "threads", C(SETNS), EINVAL, 0, has_threads_for_type,
		THREADS "user and mount namespaces are for a whole process", BEFORE,
		"userns_install() in kernel/user_namespace.c; mntns_install() in fs/namespace.c: fs->users", "3.8"},
	{.code = "threads", C(SETNS), EUSERS, 0, has_threads_surely,
		THREADS "a time namespace is for a whole process", BEFORE,
		"timens_install() in kernel/time/namespace.c", "5.6"},
};

static const struct reason below_reasons[] = {
	{.code = "pid-not-below", C(SETNS), EINVAL, 0, is_pid_not_below,
		"a PID namespace can be entered from itself or from one above it, never from below or beside",
		"enter it from outside of this PID namespace", "pidns_install() in kernel/pid_namespace.c", "3.8"},
};

static const struct reason fork_reasons[] = {
	{.code = "pidns-dead", C(FORK), ENOMEM, 0, is_pidns_dead,
		"{ns}, where the child was to go, is dead: its pid 1 ended, and nothing can start in it again",
		"make a new one: `nswatch create --pid --fork PROGRAM`",
		"alloc_pid() in kernel/pid.c: PIDNS_ADDING, cleared by zap_pid_ns_processes()"},
	{.code = "process-limit", C(FORK), EAGAIN, 0, is_nproc_reached,
		"the user has as many processes as its limit ({nproc}), or a cgroup's pids.max is reached",
		"raise the limit (ulimit -u) or pids.max",
		"copy_process() in kernel/fork.c: RLIMIT_NPROC; cgroup_can_fork()"},
	{.code = "process-limit", C(FORK), EAGAIN, 0, NULL,
		"a cgroup's pids.max, kernel.pid_max or kernel.threads-max is reached",
		"raise it, or end processes",
		"copy_process() in kernel/fork.c; alloc_pid() in kernel/pid.c; cgroup_can_fork()"},
	{.code = "parent-dead", C(DEATHSIG), ESRCH, 0, NULL, "the parent is dead already"},
};

#define CALL_FAILED "{call}[ of {types}] by {comm} ({pid}) failed with {errno}: {why}."

static const struct rule rows[] = {
	{
		.code = "pid-children-taken", .weight = RULE_TROUBLE,
		.title = "A second pid namespace can't be made before the first has a child.",
		.evidence = "EINVAL of unshare or clone with CLONE_NEWPID by a process whose children go "
			    "elsewhere already",
		.text = CALL_FAILED, REASONS(taken_reasons), REFUSED(K(UNSHARE) | K(CLONE)),
	}, {
		.code = "own-user-namespace", .weight = RULE_TROUBLE,
		.title = "A process can't enter the user namespace that it is in.",
		.evidence = "EINVAL of setns to the caller's own user namespace",
		.text = CALL_FAILED, REASONS(own_reasons), REFUSED(K(SETNS)),
	}, {
		.code = "call-invalid", .weight = RULE_TROUBLE,
		.title = "What was to be made or entered is not such a namespace.",
		.evidence = "EINVAL of unshare or setns; what the descriptor was that setns got",
		.text = CALL_FAILED, REASONS(entered_reasons), REFUSED(K(SETNS)),
	}, {
		.code = "single-thread-required", .weight = RULE_TROUBLE,
		.title = "The call is refused to a process of several threads.",
		.evidence = "EINVAL or EUSERS of a call that wants a single thread, and that the caller "
			    "has several",
		.text = CALL_FAILED, REASONS(threads_reasons), REFUSED(K(UNSHARE) | K(SETNS)),
	}, {
		.code = "pid-not-below", .weight = RULE_TROUBLE,
		.title = "A pid namespace can be entered only from above.",
		.evidence = "EINVAL of setns to a pid namespace",
		.text = CALL_FAILED, REASONS(below_reasons), REFUSED(K(SETNS)),
	}, {
		.code = "limit-reached", .weight = RULE_TROUBLE,
		.title = "A limit on the number of namespaces, or on their depth, is reached.",
		.evidence = "ENOSPC of unshare or clone; of the caller's user namespace and those above it the "
			    "limits (/proc/sys/user/max_*_namespaces), and how many namespaces there are",
		.text = "{call} of [{types} ]failed with {errno}, which has nothing to do with disks: {why}.",
		REASONS(limit_reasons), REFUSED(K(UNSHARE) | K(CLONE)),
	}, {
		.code = "no-rights", .weight = RULE_TROUBLE,
		.title = "Making or entering namespaces needs CAP_SYS_ADMIN.",
		.evidence = "EPERM of setns, or of unshare and clone without CLONE_NEWUSER",
		.text = CALL_FAILED, REASONS(rights_reasons), REFUSED(CALLS),
	}, {
		.code = "userns-refused", .weight = RULE_TROUBLE,
		.title = "A user namespace was refused: by which layer.",
		.evidence = "EPERM or EACCES of unshare or clone with CLONE_NEWUSER; uid_map, gid_map, root and "
			    "AppArmor profile of the caller; kernel.unprivileged_userns_clone, "
			    "kernel.apparmor_restrict_unprivileged_userns",
		.text = "{comm} ({pid}), user {uid}, may not make a user namespace ({errno}): {why}.",
		REASONS(userns_reasons), REFUSED(K(UNSHARE) | K(CLONE)),
	}, {
		.code = "profile-refused", .weight = RULE_TROUBLE,
		.title = "A security module refused what the process has every right to.",
		.evidence = "EPERM or EACCES of a call; CAP_SYS_ADMIN in CapEff of the caller, and "
			    "/proc/PID/attr/apparmor/current",
		.text = "{call}[ of {types}] failed with {errno} though {comm} ({pid}) has CAP_SYS_ADMIN: {why}.",
		REASONS(profile_reasons), REFUSED(CALLS),
	}, {
		.code = "fork-refused", .weight = RULE_TROUBLE,
		.title = "No process can be born.", OWN_TEXTS, REASONS(fork_reasons),
	},
};
/* clang-format on */

const struct rule_set reasons_ns = RULE_SET(rows);
