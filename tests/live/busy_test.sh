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

# Where processes come and go, a number that a test has noted is soon another process': the end of the
# test must leave that one alone, and its children.
t_busy_numbers() {
	cat >"$T/numbers.sh" <<-'EOF'
		. "$NSWATCH_LIVE/lib.sh"
		T=$1
		true & BACKGROUND+=($!)
		wait $!
		# Another's, with a child; its parent is pid 1.
		(echo $(($! - 1)) >/proc/sys/kernel/ns_last_pid; sh -c 'echo $$ >"$0/other"; sleep 1000; :' "$T" &)
		until [ -s "$T/other" ] && pgrep -P "$(cat "$T/other")" >"$T/child"; do tick; done
		[ "$(cat "$T/other")" = "${BACKGROUND[0]}" ] || { echo "the number is not given again"; exit 77; }
		cleanup
		grep -q "^State:.S" "/proc/$(cat "$T/child")/status"
	EOF
	# shellcheck disable=SC2016 # for the inner shell
	unshare -p -f --kill-child --mount-proc sh -c 'bash "$0/numbers.sh" "$0"; exit $?' "$T" >"$T/said" 2>"$T/err"
	RC=$?
	[ $RC -ne 77 ] || skip "$(cat "$T/said")"
	expect_rc 0
}
