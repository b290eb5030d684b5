// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_ns.c - what holds of a namespace now, and of the processes in it that another one owns. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/value.h"
#include "kernel/inside.h"
#include "kernel/nstype.h"
#include "lib/fd.h"
#include "snapshot/kept.h"
#include "why/evidence.h"
#include "why/mountsight.h"
#include "why/rules.h"
#include "why/subject.h"
#include "lib/util.h"

static void put_ns(struct finding *f, const struct ns_node *n)
{
	finding_ns(f, "ns", n->type, n->inum);
}

/* --- what keeps a namespace that nobody lives in --------------------------------------------- */

/* The most telling of what keeps it is of this kind, and no process is in it, also by now. */
static bool kept_by(struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind)
{
	for (int k = 0; k < (int)kind; k++)
		if (n->keep[k].n)
			return false;
	return n->keep[kind].n && evidence_nobody(e, n);
}

/* The descriptor is still what it was in the snapshot. */
static bool holder_holds(const struct ns_hold *h)
{
	char path[64], link[64], want[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", h->pid, h->fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = '\0';
	if (h->tun)
		return link[0] == '/';
	if (h->socket)
		return !strncmp(link, "socket:", 7);
	snprintf(want, sizeof(want), "%s:[%u]", ns_types[h->type].name, h->inum);
	return !strcmp(link, want);
}

bool rule_ns_kept(struct evidence *e, const struct ns_node *n, enum ns_keep_kind *ret)
{
	for (int k = 0; k < KEEP_KINDS; k++) {
		if (!n->keep[k].n)
			continue;
		*ret = (enum ns_keep_kind)k;
		return kept_by(e, n, *ret) &&
		       ((k != KEEP_FD && k != KEEP_SOCKET) ||
			       holder_holds(&e->graph->holds->rows[n->keep[k].at]));
	}
	return false;
}

static void put_holder(
	struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind, struct finding *f)
{
	const struct ns_hold *h = &e->graph->holds->rows[n->keep[kind].at];
	const struct ns_task *t = tasks_find(e->tasks, h->pid);

	put_ns(f, n);
	finding_num(f, "pid", h->pid);
	finding_num(f, "fd", h->fd);
	if (h->socket)
		finding_text(f, "what", h->tun ? "The open /dev/net/tun" : "Socket");
	if (t)
		finding_text(f, "comm", t->comm);
	if (n->keep[kind].n > 1)
		finding_num(f, "more", n->keep[kind].n - 1);
	if (n->keep[KEEP_MOUNT].n)
		finding_num(f, "mounts", n->keep[KEEP_MOUNT].n);
}

static bool kept_by_holder(
	struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind, struct finding *f)
{
	if (!kept_by(e, n, kind) || !holder_holds(&e->graph->holds->rows[n->keep[kind].at]))
		return false;
	put_holder(e, n, kind, f);
	return true;
}

static bool rule_kept_fd(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_holder(e, n, KEEP_FD, f);
}

static bool rule_kept_socket(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_holder(e, n, KEEP_SOCKET, f);
}

static bool kept_by_mount(
	struct evidence *e, const struct ns_node *n, bool foreign, struct finding *f)
{
	const struct ns_mount *m;

	if (!kept_by(e, n, KEEP_MOUNT))
		return false;
	m = &e->graph->mounts->rows[n->keep[KEEP_MOUNT].at];
	if (foreign != (e->graph->own_mnt && m->mnt_ns != e->graph->own_mnt))
		return false;
	put_ns(f, n);
	finding_text(f, "path", mounts_path(e->graph->mounts, m));
	if (n->keep[KEEP_MOUNT].n > 1)
		finding_num(f, "more", n->keep[KEEP_MOUNT].n - 1);
	if (foreign) {
		const struct ns_node *mnt = graph_find(e->graph, NS_MNT, m->mnt_ns);
		const struct ns_task *t = mnt ? node_proc(e->graph, mnt) : NULL;

		finding_ns(f, "mnt", NS_MNT, m->mnt_ns);
		if (t) {
			finding_task(f, t);
		}
	}
	return true;
}

static bool rule_kept_mount(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_mount(e, n, false, f);
}

static bool rule_kept_foreign_mount(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_mount(e, n, true, f);
}

static bool rule_kept_thread(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t;

	if (n->nprocs || !n->keep[KEEP_THREAD].n)
		return false;
	t = &e->tasks->rows[n->keep[KEEP_THREAD].at];
	put_ns(f, n);
	finding_num(f, "tid", t->tid);
	finding_task(f, t);
	if (n->keep[KEEP_THREAD].n > 1)
		finding_num(f, "more", n->keep[KEEP_THREAD].n - 1);
	return true;
}

/* --- user namespaces ------------------------------------------------------------------------- */

static const struct ns_task *user_member(struct evidence *e, const struct ns_node *n)
{
	if (n->type != NS_USER || n->inum == ns_types[NS_USER].initial)
		return NULL;
	return node_proc(e->graph, n);
}

static bool rule_user_unmapped(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = user_member(e, n);
	int uids, gids;

	if (!t || t->flags & TASK_DEAD)
		return false;
	uids = evidence_map_lines(t, "uid_map");
	gids = evidence_map_lines(t, "gid_map");
	if (uids < 0 || gids < 0 || (uids && gids))
		return false;
	put_ns(f, n);
	if (!uids && !gids)
		finding_text(f, "both", "yes");
	else
		finding_text(f, "map", uids ? "gid_map" : "uid_map");
	finding_task(f, t);
	finding_num(f, "members", n->nprocs);
	return true;
}

static bool rule_user_setgroups(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = user_member(e, n);

	if (!t || t->flags & TASK_DEAD || evidence_map_lines(t, "gid_map") <= 0 ||
		evidence_setgroups(t) != 0)
		return false;
	put_ns(f, n);
	finding_task(f, t);
	finding_num(f, "members", n->nprocs);
	return true;
}

/* --- net namespaces -------------------------------------------------------------------------- */

static uint64_t words_count(const struct buf *b)
{
	uint64_t n = b->len ? 1 : 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->s[i] == ',';
	return n;
}

static bool rule_net_down(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = node_proc(e->graph, n);
	auto_buf struct buf up = {0}, all = {0};
	auto_fd int fd = -1;

	if (n->type != NS_NET || !n->nprocs)
		return false;
	fd = node_open(e->graph, n);
	if (fd < 0 || inside_devs_up(fd, &up) || up.len || inside_devs(fd, &all))
		return false;
	put_ns(f, n);
	finding_num(f, "members", n->nprocs);
	if (t)
		finding_num(f, "pid", t->pid);
	finding_num(f, "devices", words_count(&all));
	if (all.len)
		finding_textn(f, "names", all.s, all.len);
	return true;
}

/* --- what another user namespace owns, or filled ---------------------------------------------- */

#define ABOVE_MAX 64

/* The user namespace is the other one, or below it: who has capabilities there has them here. */
static bool is_within(const struct ns_graph *g, uint32_t user_ns, uint32_t other)
{
	for (int i = 0; user_ns && i < ABOVE_MAX; i++) {
		const struct ns_node *n = graph_find(g, NS_USER, user_ns);

		if (user_ns == other)
			return true;
		user_ns = n ? n->rel[REL_PARENT] : 0;
	}
	return false;
}

/* Who owns its namespace of that type, if that is not its own user namespace or one below; else 0.
 */
static uint32_t foreign_owner(const struct evidence *e, const struct ns_task *t, unsigned int type)
{
	const struct ns_node *n =
		t->ns.inum[type] ? graph_find(e->graph, type, t->ns.inum[type]) : NULL;

	if (!n || !n->rel[REL_OWNER] || is_within(e->graph, n->rel[REL_OWNER], t->ns.inum[NS_USER]))
		return 0;
	return n->rel[REL_OWNER];
}

/* It lives in a user namespace of its own, and has capabilities there. */
static bool is_capable_below(const struct ns_task *t)
{
	struct subject s = subject_process(t->pid);
	uint32_t user_ns;
	uint64_t caps;

	return !(t->flags & (TASK_DEAD | TASK_KTHREAD | TASK_UNREADABLE)) && t->ns.inum[NS_USER] &&
	       t->ns.inum[NS_USER] != ns_types[NS_USER].initial &&
	       subject_num(&s, "CapEff", 16, &caps) && caps && subject_ns(&s, "user", &user_ns) &&
	       user_ns == t->ns.inum[NS_USER];
}

static bool rule_caps_elsewhere(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	/* Those whose owner is asked at calls that programs make, with the letter of unshare. */
	static const struct {
		unsigned int type;
		const char *key;
		char letter;
	} asked[] = {{NS_NET, "net", 'n'}, {NS_MNT, "mnt", 'm'}, {NS_UTS, "uts", 'u'}};
	char letters[ARRAY_SIZE(asked) + 2] = "-";
	uint32_t owner = 0;
	size_t n = 1;

	if (!is_capable_below(t))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		uint32_t by = foreign_owner(e, t, asked[i].type);

		if (!by || (owner && by != owner))
			continue;
		owner = by;
		finding_ns(f, asked[i].key, asked[i].type, t->ns.inum[asked[i].type]);
		letters[n++] = asked[i].letter;
	}
	if (!owner)
		return false;
	finding_task(f, t);
	finding_ns(f, "own", NS_USER, t->ns.inum[NS_USER]);
	finding_ns(f, "ns", NS_USER, owner);
	finding_text(f, "letters", letters);
	return true;
}

/* A mount namespace that a user namespace owns: what came from above is locked there. */
static bool is_mnt_below(const struct evidence *e, const struct ns_task *t, uint32_t *ret_owner)
{
	const struct ns_node *n =
		t->ns.inum[NS_MNT] ? graph_find(e->graph, NS_MNT, t->ns.inum[NS_MNT]) : NULL;

	if (!n || t->flags & (TASK_DEAD | TASK_KTHREAD | TASK_UNREADABLE) || !n->rel[REL_OWNER] ||
		n->rel[REL_OWNER] == ns_types[NS_USER].initial)
		return false;
	*ret_owner = n->rel[REL_OWNER];
	return true;
}

static bool rule_mounts_locked(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	uint32_t owner;

	if (!is_mnt_below(e, t, &owner) || !is_capable_below(t))
		return false;
	finding_task(f, t);
	finding_ns(f, "ns", NS_MNT, t->ns.inum[NS_MNT]);
	finding_ns(f, "owner", NS_USER, owner);
	return true;
}

struct wanted {
	const char *fs;
	unsigned int type; /* the namespace that it shows: CAP_SYS_ADMIN is needed over it, too */
	const char *foreign, *cover, *none; /* facts */
};

/* Why mounting that file system is refused, if it is. */
static bool put_sight(
	struct evidence *e, const struct ns_task *t, const struct wanted *w, struct finding *f)
{
	struct subject s = subject_process(t->pid);
	char detail[256] = "";
	enum fs_sight sight;

	if (foreign_owner(e, t, w->type)) {
		finding_ns(f, w->foreign, w->type, t->ns.inum[w->type]);
		return true;
	}
	sight = fs_in_sight(&s, w->fs, detail, sizeof(detail));
	if (sight == SIGHT_COVERED)
		finding_text(f, w->cover, detail);
	else if (sight == SIGHT_NONE)
		finding_text(f, w->none, "yes");
	return sight == SIGHT_COVERED || sight == SIGHT_NONE;
}

static bool rule_proc_refused(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	static const struct wanted wanted[] = {
		{"proc", NS_PID, "proc_pid", "proc_cover", "proc_none"},
		{"sysfs", NS_NET, "sys_net", "sys_cover", "sys_none"}};
	struct subject s = subject_process(t->pid);
	uint32_t owner, inum;
	bool proc, sys;

	if (!is_mnt_below(e, t, &owner) || !is_capable_below(t))
		return false;
	proc = put_sight(e, t, &wanted[0], f);
	sys = put_sight(e, t, &wanted[1], f);
	if (proc && sys)
		finding_text(f, "both", "yes");
	/* It was its mounts that were read. */
	if ((!proc && !sys) || !subject_ns(&s, "mnt", &inum) || inum != t->ns.inum[NS_MNT])
		return false;
	finding_task(f, t);
	finding_ns(f, "ns", NS_MNT, t->ns.inum[NS_MNT]);
	finding_ns(f, "owner", NS_USER, owner);
	return true;
}

/* --- what it holds --------------------------------------------------------------------------- */

#define HELD_MAX 8 /* namespaces that are named */

static bool is_foreign(const struct ns_task *t, const struct ns_hold *h)
{
	return h->pid == t->pid && h->inum && h->inum != t->ns.inum[h->type];
}

static bool same_ns(const struct ns_hold *a, const struct ns_hold *b)
{
	return a->type == b->type && a->inum == b->inum && a->pid == b->pid;
}

/* "net:[4026532938] by socket 5 and 2 more": the row at, and what follows of the same namespace. */
static void held_add(const struct ns_holds *all, size_t at, struct buf *b)
{
	const struct ns_hold *h = &all->rows[at];
	size_t more = 0;

	for (size_t i = at + 1; i < all->n && all->rows[i].pid == h->pid; i++)
		more += same_ns(&all->rows[i], h);
	if (b->len)
		buf_puts(b, ", ");
	value_inum(b, h->type, h->inum);
	buf_printf(b, " by %s %u", kept_hold(h), h->fd);
	if (more)
		buf_printf(b, " and %zu more", more);
}

static bool held_before(const struct ns_holds *all, size_t at)
{
	for (size_t i = at; i-- > 0 && all->rows[i].pid == all->rows[at].pid;)
		if (same_ns(&all->rows[i], &all->rows[at]))
			return true;
	return false;
}

static bool rule_holds(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct ns_holds *all = e->graph->holds;
	auto_buf struct buf b = {0};
	size_t n = 0;

	for (size_t i = 0; all && i < all->n; i++) {
		if (!is_foreign(t, &all->rows[i]) || held_before(all, i))
			continue;
		if (n++ < HELD_MAX)
			held_add(all, i, &b);
	}
	if (!n)
		return false;
	if (n > HELD_MAX)
		buf_printf(&b, " and %zu more namespaces", n - HELD_MAX);
	finding_task(f, t);
	finding_num(f, "namespaces", n);
	finding_textn(f, "held", b.s, b.len);
	return true;
}

/* --- the rules -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rows[] = {
	{
		.code = "userns-not-mapped", .weight = RULE_TROUBLE, .state = true,
		.title = "A user namespace has no maps: its users are nobody.",
		.evidence = "empty /proc/PID/uid_map or gid_map of a member",
		.text = "{ns} has [no maps{?both}][no {map}]: {comm} ({pid}) is "
			"user 65534 (nobody) to itself, can make no files, and can't become another user.",
		.remedy = "Write /proc/{pid}/uid_map and gid_map from outside, or have that done when it is "
			  "made: `unshare --user --map-root-user PROGRAM`.",
		.facts = FACTS({"map_write(), from_kuid_munged()", "3.8",
			"what is not mapped is shown as the overflow user; a map can be written once"}),
		.ns = rule_user_unmapped,
	}, {
		.code = "setgroups-denied", .weight = RULE_NOTE, .state = true,
		.title = "setgroups(2) is denied in a user namespace.",
		.evidence = "/proc/PID/setgroups of a member says deny, and gid_map is written",
		.text = "In {ns} ({members} {members|process|processes}) setgroups(2) fails with EPERM: a "
			"program that drops groups (su, sudo, apt, ssh) fails there.",
		.remedy = "For good in this namespace. A map written with CAP_SETGID outside (newgidmap, "
			  "unshare --map-groups) needs no denial.",
		.facts = FACTS({"proc_setgroups_write(), may_setgroups()", "3.19",
			"a user without CAP_SETGID must deny setgroups before writing gid_map"}),
		.ns = rule_user_setgroups,
	}, {
		.code = "netns-down", .weight = RULE_NOTE, .state = true,
		.title = "No network device is up in a net namespace, not even lo.",
		.evidence = "the flags of its devices",
		.text = "No device is up in {ns} ({members} {members|process|processes})[, which has "
			"{names}]: even 127.0.0.1 can't be reached there.",
		.remedy = "[Bring lo up: `nsenter --target {pid} --net ip link set lo up`. ]To reach more than "
			  "itself, it needs a device that is moved or made there.",
		.facts = FACTS({"loopback_net_init()", NULL,
			"a new net namespace has lo, and lo is down"}),
		.ns = rule_net_down,
	}, {
		.code = "capabilities-elsewhere", .weight = RULE_NOTE, .once = true,
		.title = "A process has capabilities, but not over the namespaces that it is in.",
		.evidence = "CapEff of a process in a user namespace of its own, and the user namespaces that own "
			    "its net, mount and uts namespaces",
		.text = "{comm} ({pid}) has its capabilities in {own} alone, and they count for nothing in what "
			"{ns} owns. [In {net}, ip link and routes take CAP_NET_ADMIN (or fail with EPERM), "
			"so do sysctls of net (EACCES), and a port below 1024 CAP_NET_BIND_SERVICE "
			"(EACCES). ][In {mnt}, mount and umount take CAP_SYS_ADMIN (EPERM). ][In {uts}, a "
			"host name takes CAP_SYS_ADMIN (EPERM). ]Each of these is asked for "
			"over {ns}.[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "Nothing, if it is to use these of outside. Else make its own with the user namespace: "
			  "`unshare --user --map-root-user {letters} PROGRAM`.",
		.facts = FACTS({"rtnetlink_rcv_msg(), inet_bind()", "3.8",
			"netlink_net_capable() and ns_capable() ask for the capability over net->user_ns"},
			{"may_mount()", "3.8", "CAP_SYS_ADMIN over the user namespace of the mount namespace"}),
		.process = rule_caps_elsewhere,
	}, {
		.code = "mounts-locked", .weight = RULE_NOTE, .once = true,
		.title = "The mounts that a mount namespace of a user namespace began with are locked.",
		.evidence = "the user namespace that owns the mount namespace of a process with capabilities",
		.text = "Mounts that came into {ns} with its making, which {owner} owns, are locked for {comm} "
			"({pid}): umount of one fails with EINVAL, so does a bind mount of a directory with such "
			"ones below it that does not take them along, and a remount that takes away ro, nosuid, "
			"nodev, noexec or changes atime fails with EPERM.[ So it is for {more} more "
			"{more|process|processes} there.]",
		.remedy = "Cover it with a mount of its own, bind it with all below (mount --rbind), keep the "
			  "flags in a remount; or do it before the user namespace is made.",
		.facts = FACTS({"copy_mnt_ns(), lock_mnt_tree()", "3.12",
			"MNT_LOCKED and locked flags on all that is copied into a mount namespace of a less "
			"privileged user namespace"},
			{"can_umount(), do_remount()", "3.12", "EINVAL and EPERM for locked ones"}),
		.process = rule_mounts_locked,
	}, {
		.code = "proc-mount-refused", .weight = RULE_NOTE, .once = true,
		.title = "A new /proc or /sys can't be mounted in a sandbox, because no whole one is in sight.",
		.evidence = "the mounts of a process whose mount namespace a user namespace owns",
		.text = "In {ns}, which {owner} owns, {comm} ({pid}) can't mount "
			"[a new proc (EPERM): {proc_pid}, whose processes it would show, is not its own]"
			"[a new proc (EPERM): {proc_cover} covers a part of the one in sight]"
			"[a new proc (EPERM): there is none in sight{?proc_none}][{?both}, nor ]"
			"[a new sysfs (EPERM): {sys_net}, whose devices it would show, is not its own]"
			"[a new sysfs (EPERM): {sys_cover} covers a part of the one in sight]"
			"[a new sysfs (EPERM): there is none in sight{?sys_none}]."
			"[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "Bind the one that is there (mount --rbind), or start the sandbox with a whole one "
			  "(docker --security-opt systempaths=unconfined).",
		.facts = FACTS({"mount_too_revealing(), mnt_already_visible()", "4.2",
			"a user namespace may mount proc and sysfs only where its mount namespace has one already "
			"that nothing covers, so that nothing hidden is seen by it"},
			{"mount_capable(), kobj_ns_current_may_mount()", "4.8",
			"CAP_SYS_ADMIN over the owner of the pid namespace (proc), of the net namespace (sysfs)"}),
		.process = rule_proc_refused,
	}, {
		.code = "kept-by-fd", .weight = RULE_TROUBLE,
		.title = "A namespace without any process is kept by an open file descriptor.",
		.evidence = "no process or thread is in it; open files of nsfs",
		.text = "Nobody lives in {ns} any more. Descriptor {fd} of {comm} ({pid}) keeps it[, and {more} "
			"more {more|descriptor|descriptors}][, and {mounts} {mounts|mount|mounts}].",
		.remedy = "It goes when {pid} closes the descriptor or ends.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an inode of nsfs holds a reference to its namespace until its last file or "
			"mount is gone"}),
		.ns = rule_kept_fd,
	}, {
		.code = "kept-by-socket", .weight = RULE_TROUBLE,
		.title = "A net namespace without any process is kept by a socket or an open /dev/net/tun.",
		.evidence = "no process or thread is in it; sockets and tun files that belong to it",
		.text = "Nobody lives in {ns} any more. {what} {fd} of {comm} ({pid}), which is elsewhere, "
			"keeps it[, and {more} more {more|such file|such files}].",
		.remedy = "It goes when {pid} closes that or ends.",
		.facts = FACTS({"sk_alloc()", NULL,
			"a socket, which an open tun file has too, holds a reference to the net "
			"namespace it was made in"}),
		.ns = rule_kept_socket,
	}, {
		.code = "kept-by-mount", .weight = RULE_NOTE,
		.title = "A namespace without any process is kept by a bind mount.",
		.evidence = "no process or thread is in it; mounts of nsfs in this mount namespace",
		.text = "Nobody lives in {ns}. The mount {path} keeps it[, and {more} more {more|mount|mounts}].",
		.remedy = "If nobody needs it: `umount {path}`.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an inode of nsfs holds a reference to its namespace until its last file or "
			"mount is gone"}),
		.ns = rule_kept_mount,
	}, {
		.code = "kept-by-foreign-mount", .weight = RULE_TROUBLE,
		.title = "A namespace without any process is kept by a bind mount in another mount "
			 "namespace.",
		.evidence = "no process or thread is in it; no mount of nsfs here, but in another mount "
			    "namespace",
		.text = "Nobody lives in {ns}, and it is mounted nowhere here. But {path} in {mnt}[, where "
			"{comm} ({pid}) lives,] keeps it[, and {more} more {more|mount|mounts}].",
		.remedy = "[`nsenter --target {pid} --mount umount {path}`, or ]end the processes of {mnt}.",
		.facts = FACTS({"copy_mnt_ns()", NULL,
			"a new mount namespace begins with copies of the mounts of the old one"}),
		.ns = rule_kept_foreign_mount,
	}, {
		.code = "kept-by-thread", .weight = RULE_NOTE,
		.title = "Only a thread is in a namespace, the leader of its process is elsewhere.",
		.evidence = "the namespaces of all threads",
		.text = "No process is in {ns}, but thread {tid} of {comm} ({pid}) is[, and {more} more "
			"{more|thread|threads}]: /proc/{pid}/ns does not show it, /proc/{pid}/task/{tid}/ns "
			"does.",
		.remedy = "Nothing, if the program means it (setns(2) and unshare(2) act on one thread).",
		.facts = FACTS({"switch_task_namespaces()", NULL,
			"the nsproxy belongs to a thread, not to its process"}),
		.ns = rule_kept_thread,
	}, {
		.code = "holds-namespaces", .weight = RULE_NOTE,
		.title = "A process holds namespaces that it is not in.",
		.evidence = "open files of nsfs, sockets and tun files of other namespaces",
		.text = "{comm} ({pid}) is not in {namespaces|another namespace|other namespaces} that it "
			"holds: {held}. As long as it does, {namespaces|it stays|they stay}, whoever lives "
			"there.",
		.remedy = "Nothing, if the program means it (a socket works in the namespace that it was "
			  "made in). What it shall let go it must close.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an open file of nsfs holds a reference to its namespace"},
			{"sk_alloc(), tun_chr_open()", NULL,
			"a socket and an open /dev/net/tun hold the net namespace in which they were made"}),
		.process = rule_holds,
	},
};
/* clang-format on */

const struct rule_set rules_ns = RULE_SET(rows);
