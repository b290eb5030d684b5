// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/rtnetlink.h>
#include <linux/types.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>

#include "event/kinds/kind.h"

static const char *const refused_calls[] = {"mount", "umount", "fsconfig", "fsmount", "move_mount",
	"fsopen", "open_tree", "mount_setattr", "open", "uid_map", "gid_map", "setgroups_file",
	"setgroups", "rtnetlink", "timens_offsets", NULL};

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
	F(ev_refused, maker, FT_BOOL, "the caller's user created that user namespace"),
	F(ev_refused, able_above, FT_BOOL,
		"the caller has CAP_SETUID (CAP_SETGID) in the user namespace above"),
	F(ev_refused, may_setgroups, FT_BOOL, "setgroups is not denied there"),
	F(ev_refused, request, FT_U32, "rtnetlink: number of the request (RTM_*)"),
	F(ev_refused, message, FT_STR, "rtnetlink: the kernel's own sentence"),
	CALLER_FIELDS(ev_refused),
};

#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* Those that change something, by their first: the next two of each four remove and ask. */
static const struct {
	uint32_t first;
	const char *name;
} families[] = {
	{RTM_NEWLINK, "LINK"},
	{RTM_NEWADDR, "ADDR"},
	{RTM_NEWROUTE, "ROUTE"},
	{RTM_NEWNEIGH, "NEIGH"},
	{RTM_NEWRULE, "RULE"},
	{RTM_NEWQDISC, "QDISC"},
	{RTM_NEWTCLASS, "TCLASS"},
	{RTM_NEWTFILTER, "TFILTER"},
	{RTM_NEWNEIGHTBL, "NEIGHTBL"},
	{RTM_NEWNETCONF, "NETCONF"},
	{RTM_NEWMDB, "MDB"},
	{RTM_NEWNSID, "NSID"},
	{RTM_NEWNEXTHOP, "NEXTHOP"},
	{RTM_NEWLINKPROP, "LINKPROP"},
};

void refusal_request(struct buf *b, uint32_t type)
{
	static const char *const does[] = {"NEW", "DEL", "GET", "SET"};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (type < families[i].first || type > families[i].first + 3)
			continue;
		buf_printf(b, "RTM_%s%s", does[type - families[i].first], families[i].name);
		return;
	}
	buf_printf(b, "request %u", type);
}

static void add_text(struct buf *b, const char *s, size_t size, const char *otherwise)
{
	size_t len = strnlen(s, size);

	if (len)
		escape_text(b, s, len);
	else
		buf_puts(b, otherwise);
}

#define ADD(b, member, otherwise) add_text(b, member, sizeof(member), otherwise)

void refusal_written(struct buf *b, const struct ev_refused *e)
{
	size_t len = strnlen(e->written, sizeof(e->written));

	if (len && e->written[len - 1] == '\n')
		len--;
	escape_text(b, e->written, len);
}

/* fs/namespace.c path_mount(), in its order. */
static void add_mount(struct buf *b, const struct ev_refused *e)
{
	if (e->call_flags & MS_REMOUNT) {
		buf_puts(b, "remount ");
	} else if (e->call_flags & (MS_BIND | MS_MOVE)) {
		buf_puts(b, e->call_flags & MS_BIND ? "bind " : "move ");
		ADD(b, e->source, "nothing");
		buf_puts(b, e->call_flags & MS_BIND ? " on " : " to ");
	} else if (e->call_flags & PROPAGATION) {
		buf_puts(b, "change the propagation of ");
	} else {
		buf_puts(b, "mount ");
		ADD(b, e->fs_type, "a file system");
		buf_puts(b, " on ");
	}
	ADD(b, e->path, "nothing");
}

static void add_write(struct buf *b, const struct event *ev, const char *file)
{
	const struct ev_refused *e = ev->rec;

	if (e->path[0]) {
		buf_puts(b, "open ");
		ADD(b, e->path, file);
		return;
	}
	buf_puts(b, "write \"");
	refusal_written(b, e);
	buf_printf(b, "\" to %s of ", file);
	say_space(b, ev, NS_USER, e->inum);
}

void refusal_text(struct buf *b, const struct event *ev)
{
	const struct ev_refused *e = ev->rec;

	switch (e->call) {
	case EV_REFUSED_MOUNT:
		add_mount(b, e);
		break;
	case EV_REFUSED_UMOUNT:
		buf_puts(b, "unmount ");
		ADD(b, e->path, "nothing");
		break;
	case EV_REFUSED_FSCONFIG:
		buf_puts(b, "set up a file system of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_FSMOUNT:
		buf_puts(b, "make a mount of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_MOVE_MOUNT:
		buf_puts(b, "attach a mount to ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_FSOPEN:
		buf_puts(b, "begin a file system of type ");
		ADD(b, e->fs_type, "unknown");
		break;
	case EV_REFUSED_OPEN_TREE:
		buf_puts(b, "take mounts at ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_MOUNT_SETATTR:
		buf_puts(b, "change mounts at ");
		ADD(b, e->path, "a descriptor");
		break;
	case EV_REFUSED_OPEN:
		buf_puts(b, "open ");
		ADD(b, e->path, "a file");
		break;
	case EV_REFUSED_UID_MAP:
		add_write(b, ev, "uid_map");
		break;
	case EV_REFUSED_GID_MAP:
		add_write(b, ev, "gid_map");
		break;
	case EV_REFUSED_SETGROUPS_FILE:
		add_write(b, ev, "setgroups");
		break;
	case EV_REFUSED_SETGROUPS:
		buf_puts(b, "set its groups in ");
		say_space(b, ev, NS_USER, e->inum);
		break;
	case EV_REFUSED_RTNETLINK:
		buf_puts(b, "ask rtnetlink for ");
		refusal_request(b, e->request);
		buf_puts(b, " in ");
		say_space(b, ev, NS_NET, e->inum);
		break;
	case EV_REFUSED_TIMENS_OFFSETS:
		buf_puts(b, "write \"");
		refusal_written(b, e);
		buf_puts(b, "\" to timens_offsets of ");
		say_space(b, ev, NS_TIME, e->inum);
		break;
	default:
		buf_puts(b, "do something unknown");
	}
}

static void refused_detail(struct buf *b, const struct event *ev)
{
	const struct ev_refused *e = ev->rec;

	refusal_text(b, ev);
	buf_puts(b, "  failed: ");
	value_result(b, e->result);
	if (!e->message[0])
		return;
	buf_puts(b, ": ");
	say_name(b, e->message, sizeof(e->message));
}

static bool refused_story(struct buf *b, const struct event *ev)
{
	const struct ev_refused *e = ev->rec;

	say_actor(b, ev);
	buf_puts(b, " tries to ");
	refusal_text(b, ev);
	say_failed(b, ev, e->result);
	return true;
}

const struct ev_schema kind_refused = {
	KIND(EV_REFUSED, "refused", ev_refused, refused_fields),
	.help = "a mount, the open of a namespace, the write of an id map, setgroups or an "
		"rtnetlink request was refused (looked for with a command, with --pid or -e "
		"refused)",
	.tone = TONE_FAIL,
	.say_detail = refused_detail,
	.say_story = refused_story,
};
