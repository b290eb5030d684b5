# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Tests on a host that others use (busy.sh): those that once assumed to be alone, and some more.
# `make busytest` runs the whole suite so.

t_busy_host() {
	in_vm && skip "an emulated processor is busy enough"
	# They wait as long as the machine needs then.
	NSWATCH_PATIENCE='' "$NSWATCH_LIVE/busy.sh" "$NSWATCH_LIVE/run.sh" ls_diff ls_open_files \
		netdev_events_pin_named fork_denied_setns unshare_uts clone_plain ls_like_lsns life_net >"$T/busy.out" 2>&1
	RC=$?
	tail -n 1 "$T/busy.out"
	[ $RC -eq 0 ] || fail "on a busy host: $(grep -m 3 '^not ok' "$T/busy.out")"
}
