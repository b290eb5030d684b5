# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A process whose leader has ended while threads live: the kernel keeps the leader as a zombie
# without namespaces, and the process is in those of its threads.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# headless: such a process of two threads in net and uts namespaces of its own, in $P.
headless() {
	partner head nsenter --net --mount --target "$BOX" -- \
		"$(helper nsact)" unshare net,uts headless 2 ns say ready wait
	until_said head ready
	P=$(pgrep -P "${PID[head]}")
	until grep -q '^State:.Z' "/proc/$P/status"; do tick; done
	[ "$(find "/proc/$P/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 3 ] || fail "no threads"
}

t_headless() {
	local words tid
	box_make
	headless
	nsw explain "$P"
	words=$(tr -s '\n ' ' ' <"$T/said")
	tid=$(sed -n 's/.*first thread has ended, so what follows is of thread \([0-9]*\),.*/\1/p' <<<"$words")
	[ -d "/proc/$P/task/$tid" ] || fail "no living thread is named: $words"
	[ "$tid" != "$P" ] || fail "it names the leader: $words"
	grep -q 'not yet reaped' "$T/said" && fail "said to be dead: $words"
	nsw explain --json "$P"
	said .process.pid "$P"
	said .process.namespaces.net "${F[net]}"
	said .process.namespaces.uts "${F[uts]}"
	nsw_ok netns attach "h$$" "$P"
	[ "$(name_inum "h$$")" = "${F[net]}" ] || fail "another namespace has the name"
	nsw_ok netns identify "$P"
	[ "$(cat "$T/said")" = "h$$" ] || fail "identified as $(cat "$T/said")"
	nsw_ok netns pids "h$$"
	[ "$(xargs <"$T/said")" = "${PID[head]} $P" ] || fail "pids: $(cat "$T/said")"
	nsw_ok netdev --netns "$P" --json
	said '[.netdevs[] | [.netns, .ifname]] | tostring' "[[${F[net]},\"lo\"]]"
	go_on head
}

t_headless_enter() {
	local i
	box_make
	headless
	nsw_ok enter -t "$P" --net --uts readlink /proc/self/ns/net /proc/self/ns/uts
	[ "$(xargs <"$T/said")" = "net:[${F[net]}] uts:[${F[uts]}]" ] || fail "in $(cat "$T/said")"
	nsw_ok enter -t "$P" -a readlink /proc/self/ns/uts
	[ "$(cat "$T/said")" = "uts:[${F[uts]}]" ] || fail "in $(cat "$T/said")"
	ln -s "$NSWATCH" "$T/nsenter"
	box "$T/nsenter" -t "$P" -n -r -w readlink /proc/self/ns/net >"$T/said" 2>"$T/err" ||
		fail "status $?: $(cat "$T/err")"
	[ "$(cat "$T/said")" = "net:[${F[net]}]" ] || fail "in $(cat "$T/said")"
	# Its threads end, and so it is a zombie as any other, which nobody can enter.
	i=$(pgrep -P "${PID[head]}")
	kill -STOP "${PID[head]}"
	kill -KILL "$i"
	until [ "$(find "/proc/$i/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]; do
		tick
	done
	nsw_fails 1 'has ended' enter -t "$P" --net true
	kill -CONT "${PID[head]}"
	go_on head
}

# The threads' open files keep namespaces as those of others do.
t_headless_holds() {
	local ns
	box_make
	nsw_ok netns add "held$$"
	ns=$(name_inum "held$$")
	exec {fd}<"/proc/$BOX/root/run/netns/held$$"
	headless
	exec {fd}<&-
	nsw_ok netns delete "held$$"
	grep -q "descriptor .* of process" "$T/err" || fail "nothing keeps it: $(cat "$T/err")"
	for s in auto proc; do
		nsw_ok ls --source $s --all -t net --json -o NS,KEPT
		said "[.namespaces[] | select(.ns == $ns).kept | test(\"^fd [0-9]+:$fd\")] | tostring" '[true]'
	done
	go_on head
}
