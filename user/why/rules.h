/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.h - the predicates that the rows of rules.c name; see rule.h. */
#ifndef NSWATCH_WHY_RULES_H
#define NSWATCH_WHY_RULES_H

#include "why/rule.h"
#include "snapshot/graph.h"

#define RULE_PROCESS(fn) bool fn(struct evidence *e, const struct ns_task *t, struct finding *f)
#define RULE_NS(fn)      bool fn(struct evidence *e, const struct ns_node *n, struct finding *f)
#define RULE_DEV(fn)                                                                               \
	bool fn(struct evidence *e, const struct net_view *v, const struct net_dev *d,             \
		struct finding *f)
#define RULE_EVENT(fn) bool fn(struct story *s, const struct event *ev, struct finding *f)

/* rules_process.c */
RULE_PROCESS(rule_children_dead);
RULE_PROCESS(rule_children_unborn);
RULE_PROCESS(rule_children_elsewhere);
RULE_PROCESS(rule_proc_other);
RULE_PROCESS(rule_init_ignores);
RULE_PROCESS(rule_init_once);
RULE_PROCESS(rule_init_zombies);
RULE_PROCESS(rule_init_stuck);
RULE_PROCESS(rule_seccomp);
RULE_PROCESS(rule_holds);

/* rules_owner.c: what another user namespace owns, or filled */
RULE_PROCESS(rule_caps_elsewhere);
RULE_PROCESS(rule_mounts_locked);
RULE_PROCESS(rule_proc_refused);

/* rules_ns.c */
RULE_NS(rule_kept_fd);
RULE_NS(rule_kept_socket);
RULE_NS(rule_kept_mount);
RULE_NS(rule_kept_foreign_mount);
RULE_NS(rule_kept_thread);
RULE_NS(rule_user_unmapped);
RULE_NS(rule_user_setgroups);
RULE_NS(rule_net_down);
/*
 * No process is in it, also by now, and *ret is the most telling of what keeps it;
 * a descriptor or socket does so still.
 */
bool rule_ns_kept(struct evidence *e, const struct ns_node *n, enum ns_keep_kind *ret);

/* rules_dev.c */
RULE_DEV(rule_dev_immutable);
RULE_NS(rule_dev_trapped);
RULE_NS(rule_net_nsid);
RULE_NS(rule_dev_unregister);

/* rules_event.c: births and deaths */
RULE_EVENT(rule_ev_children_only);
RULE_EVENT(rule_ev_shell);
RULE_EVENT(rule_ev_first_child);
RULE_EVENT(rule_ev_fork_denied);
RULE_EVENT(rule_ev_killed_with_init);
RULE_EVENT(rule_ev_died_with_parent);
RULE_EVENT(rule_ev_init_killed);

/* rules_call.c: calls that were refused, and devices */
RULE_EVENT(rule_ev_pid_taken);
RULE_EVENT(rule_ev_threads);
RULE_EVENT(rule_ev_own_user);
RULE_EVENT(rule_ev_confined);
RULE_EVENT(rule_ev_filtered);
RULE_EVENT(rule_ev_limit);
RULE_EVENT(rule_ev_no_rights);
RULE_EVENT(rule_ev_user_refused);
RULE_EVENT(rule_ev_dev_returned);
RULE_EVENT(rule_ev_dev_destroyed);

/* rules_refused.c: what has no event of its own */
RULE_EVENT(rule_ev_mount_refused);
RULE_EVENT(rule_ev_nsfs_refused);
RULE_EVENT(rule_ev_map_refused);
RULE_EVENT(rule_ev_setgroups_refused);
RULE_EVENT(rule_ev_offsets_refused);
RULE_EVENT(rule_ev_rtnetlink_refused);

#endif
