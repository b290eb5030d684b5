/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step_holds.h - the conditions of step_rows.c: what about the system, right after a
 * step failed, makes an explanation hold. Non-zero: it does; a detail is written for
 * those rows that show one ('@').
 */
#ifndef NSWATCH_WHY_STEP_HOLDS_H
#define NSWATCH_WHY_STEP_HOLDS_H

#include "why/step.h"

#define STEP_HOLDS(name) int name(const struct step *s, char *detail, size_t size)

STEP_HOLDS(holds_no_sys_admin);
STEP_HOLDS(holds_no_sys_chroot);
STEP_HOLDS(holds_no_user_no_sys_admin);
STEP_HOLDS(holds_userns_sysctl);
STEP_HOLDS(holds_userns_apparmor);
STEP_HOLDS(holds_seccomp);
STEP_HOLDS(holds_chrooted);
STEP_HOLDS(holds_uid_map_empty);
STEP_HOLDS(holds_gid_map_empty);
STEP_HOLDS(holds_uid_map_lacks);
STEP_HOLDS(holds_gid_map_lacks);
STEP_HOLDS(holds_deep_user);
STEP_HOLDS(holds_deep_pid);
STEP_HOLDS(holds_limit_set);
STEP_HOLDS(holds_limit_set_maybe);
STEP_HOLDS(holds_limit_system);
STEP_HOLDS(holds_limit_system_maybe);
STEP_HOLDS(holds_limit_above);
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
STEP_HOLDS(holds_map_empty);
STEP_HOLDS(holds_map_inner_twice);
STEP_HOLDS(holds_map_outer_twice);
STEP_HOLDS(holds_map_many);
STEP_HOLDS(holds_map_long);
STEP_HOLDS(holds_idhelper_no_x);
STEP_HOLDS(holds_idhelper_no_owner);
STEP_HOLDS(holds_idhelper_no_bit);
STEP_HOLDS(holds_idhelper_nosuid);
STEP_HOLDS(holds_idhelper_no_new_privs);
STEP_HOLDS(holds_idhelper_bounded);
STEP_HOLDS(holds_idhelper_no_name);
STEP_HOLDS(holds_idhelper_other_group);
STEP_HOLDS(holds_subuid_no_line);
STEP_HOLDS(holds_subgid_no_line);
STEP_HOLDS(holds_subuid_not_ours);
STEP_HOLDS(holds_subgid_not_ours);
STEP_HOLDS(holds_look_other_ns);
STEP_HOLDS(holds_look_other_user);
STEP_HOLDS(holds_look_undumpable);
STEP_HOLDS(holds_look_more_caps);
STEP_HOLDS(holds_look_unsaid);
STEP_HOLDS(holds_parent_unseen);
STEP_HOLDS(holds_type_unborn);
STEP_HOLDS(holds_no_process);
STEP_HOLDS(holds_noexec);
STEP_HOLDS(holds_no_x);
STEP_HOLDS(holds_proc_covered);
STEP_HOLDS(holds_proc_absent);
STEP_HOLDS(holds_traced);
STEP_HOLDS(holds_subids_elsewhere);
STEP_HOLDS(holds_has_slash);
STEP_HOLDS(holds_no_slash);
STEP_HOLDS(holds_exists);
STEP_HOLDS(holds_missing);
STEP_HOLDS(holds_is_dir);

#endif
