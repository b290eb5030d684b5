# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # RC is what expect_rc looks at
# Very many processes in one traced tree, all of them alive at the same time.

# room_for N: so many processes can be, beside those that there are; where the machine is the test's own it
# is told to allow them.
room_for() {
	local file need=$(($1 + $1 / 4))

	for file in /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max; do
		[ "$(cat $file)" -ge $need ] && continue
		[ "${NSWATCH_DISPOSABLE:-0}" = 1 ] || skip "$file is $(cat $file)"
		echo $((2 * need)) >$file || skip "$file can't be raised"
	done
	! in_vm || ulimit -u unlimited
}

# crowd_traced N PROGRAM: its events in $T/out.json, what it says in $T/cmd.out, the status in $RC; a stranger
# acts while all N processes live.
crowd_traced() {
	local tracer

	room_for "$1"
	partner_open act
	"$2" trace -J -q --strict --no-notes --linger 60s "${FORCE[@]}" -- \
		"$(helper crowd)" "$1" "$T/pids" <"$T/act.in" >"$T/all" 2>"$T/err" &
	tracer=$!
	BACKGROUND+=("$tracer")
	# The command writes to the same file as nswatch.
	until grep -q '^living' "$T/all"; do
		kill -0 "$tracer" || fail "it ended: $(tail -n 3 "$T/all") $(cat "$T/err")"
		tick 0.1
	done
	[ "$(pgrep -c '^crowd$')" -ge "$1" ] || fail "$(pgrep -c '^crowd$') are there"
	"$(helper nsact)" unshare uts fork unshare ipc exit 0 -- exit 0 >"$T/stranger"
	go_on act
	wait "$tracer"
	RC=$?
	grep '^{' "$T/all" >"$T/out.json"
	grep -v '^{' "$T/all" >"$T/cmd.out"
	[ "$(tail -n 1 "$T/cmd.out")" = "made $1" ] || fail "it said $(cat "$T/cmd.out")"
	! grep '"comm":"nsact"' "$T/out.json" || fail "a stranger's"
}

# Each process of the tree is known to be of it: what it does is told, and nothing that a stranger does
# meanwhile. NSWATCH_CROWD is how many there are (make crowd: 30,000, in a virtual machine).
t_crowd() {
	local n=${NSWATCH_CROWD:-6000}
	[ -n "${NSWATCH_CROWD:-}" ] || ! in_vm || skip "an emulated machine takes minutes to make $n processes; make crowd"
	crowd_traced "$n" "$NSWATCH"
	! grep '"event":"lost"' "$T/out.json" || fail "something was lost"
	expect_rc 7
	of_each unshare '"event":"unshare"'
	of_each exit '"event":"exit"'
	of_each ns-create '"event":"ns-create"'
	[ "$(grep -c '"event":"ns-free"' "$T/out.json")" -eq "$n" ] ||
		fail "$(grep -c '"event":"ns-free"' "$T/out.json") of $n ns-free"
	echo "$n processes, $(wc -l <"$T/out.json") events"
}

# More processes than the map of the tree has room for: those that are not followed are counted, and of the
# others all is told.
t_crowd_not_followed() {
	local n=300 room=100 lost
	export NSWATCH_SMALL=tree=$room
	crowd_traced $n "$(helper nswatch-small)"
	lost=$(jq -s 'map(select(.event == "lost" and .why == "process") | .count) | add // 0' "$T/out.json")
	# What nswatch started is one of them, and the crowd itself.
	[ $((lost >= n - room && lost <= n - room + 2)) = 1 ] || fail "$lost lost of $n, room for $room"
	[ $(($(grep -c '"event":"unshare"' "$T/out.json") + lost)) -ge $n ] || fail "others are missing, too"
	grep -q 'not followed' "$T/err" || fail "not said: $(cat "$T/err")"
	expect_rc 4
}

# of_each WHAT TEXT: such an event is there once of each process, and of no other one.
of_each() {
	sed -n "s/^.*$2.*\"pid\":\([0-9]*\),\"tid\".*/\1/p" "$T/out.json" | sort >"$T/told"
	sort "$T/pids" | cmp -s - "$T/told" ||
		fail "$1: $(wc -l <"$T/told") told of $(wc -l <"$T/pids"); $(sort "$T/pids" |
			comm -23 - "$T/told" | wc -l) missing"
}
