# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Nothing is missing without a word, and nothing is told that never was: calls by the thousand at the
# same time, calls that the kernel makes once more, and what an earlier call left behind.

# lost WHY: how many, by the lost events.
lost() { jq -s "map(select(.event == \"lost\" and .why == \"$1\") | .count) | add // 0" "$T/out.json"; }

# More calls at once than any map holds: each is told, or counted as lost. (The return of a function is
# seen by a kretprobe only of a few calls at a time.)
t_loss_calls_at_once() {
	local n=6000 made shown
	! in_vm || n=200
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace --strict -J -q "${FORCE[@]}" -e unshare,ns-create -t net --no-notes -- sh -c \
		'exec "$@" >"$0"' "$T/cmd.out" "$(helper atonce)" unshare $n >"$T/out.json" 2>"$T/err"
	RC=$?
	[ $RC -ne 77 ] || skip "so many threads can't be: $(cat "$T/err")"
	facts
	made=${F[made]:-0}
	[ "$made" -eq $n ] || fail "made $made of $n: $(cat "$T/err")"
	shown=$(grep -c '"event":"unshare"' "$T/out.json")
	if [ "$(lost call)$(lost program)$(lost record)" = 000 ]; then
		expect_rc 0
		[ "$shown" -eq $n ] || fail "$shown of $n, and none is lost"
		[ "$(grep -c '"event":"ns-create"' "$T/out.json")" -eq $n ] || fail "namespaces are missing"
	else
		expect_rc 4
		[ "$(alt unshare)" = kprobe ] || fail "lost: $(grep '"lost"' "$T/out.json")"
		[ $((shown + $(jq -s 'map(select(.event == "lost" and .where == "unshare") | .count) | add // 0' \
			"$T/out.json"))) -eq $n ] || fail "$shown shown of $n: $(grep '"lost"' "$T/out.json")"
	fi
}

# What a clone that succeeded asked for is not what the next one failed with.
t_loss_stale_clone() {
	trace_cmd -e clone,fork-denied -- "$(helper atonce)" stale
	facts
	[ "${F[plain]-} ${F[fork]-}" = "EINVAL EAGAIN" ] || fail "the kernel said $(cat "$T/cmd.out")"
	expect_event '.event == "clone"' 2
	fields .result 0 '.ns_flags.names | join(",")' uts
	no_event '.event == "clone" and .result < 0'
	no_event '.event == "fork-denied"'
}

# A call that the kernel makes once more is one call.
t_loss_restarted() {
	local n shown
	[ "$(uname -m)" = x86_64 ] || skip "only there is it seen that a call is made once more"
	trace_cmd -e clone,ns-create -- "$(helper atonce)" restart 20000
	facts
	n=${F[made]-0}
	[ "${F[failed]-}" = 0 ] || fail "the kernel said $(cat "$T/cmd.out")"
	[ "${F[restarted]}" -ge 5 ] || skip "the kernel made none of $n calls once more"
	no_event '.event == "clone" and .result != 0'
	shown=$(grep -c '"event":"clone"' "$T/out.json")
	[ $((shown + $(lost program) + $(lost call))) -ge "$n" ] || fail "$shown of $n clones"
	[ "$shown" -le "$n" ] || fail "$shown clones, and there were $n"
}
