/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step_holds.h - the conditions of step_rows.c: what about the system, right after a
 * step failed, makes an explanation hold. Non-zero: it does; a detail is written for
 * those rows that show one ('@').
 */
#ifndef NSWATCH_NS_STEP_HOLDS_H
#define NSWATCH_NS_STEP_HOLDS_H

#include "ns/step.h"

#define STEP_HOLDS(name) int name(const struct step *s, char *detail, size_t size)

STEP_HOLDS(holds_no_sys_admin);
STEP_HOLDS(holds_no_sys_chroot);
STEP_HOLDS(holds_no_user_no_sys_admin);
STEP_HOLDS(holds_userns_sysctl);
STEP_HOLDS(holds_userns_apparmor);
STEP_HOLDS(holds_seccomp);
STEP_HOLDS(holds_chrooted);
STEP_HOLDS(holds_uid_unmapped);
STEP_HOLDS(holds_limit_zero);
STEP_HOLDS(holds_limit_list);
STEP_HOLDS(holds_type_missing);
STEP_HOLDS(holds_threads);
STEP_HOLDS(holds_pid_taken);
STEP_HOLDS(holds_pidns_dead);
STEP_HOLDS(holds_nproc_reached);
STEP_HOLDS(holds_own_user_ns);
STEP_HOLDS(holds_setns_pidfd);
STEP_HOLDS(holds_setns_pid);
STEP_HOLDS(holds_setns_mnt);
STEP_HOLDS(holds_setns_other_type);
STEP_HOLDS(holds_setns_not_ns);
STEP_HOLDS(holds_proc_of_other_owner);
STEP_HOLDS(holds_groups_denied);
STEP_HOLDS(holds_gid_unmapped);
STEP_HOLDS(holds_has_slash);
STEP_HOLDS(holds_no_slash);
STEP_HOLDS(holds_exists);
STEP_HOLDS(holds_missing);
STEP_HOLDS(holds_is_dir);

#endif
