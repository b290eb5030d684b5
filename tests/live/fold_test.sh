# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Less noise: what repeats, told once (trace --fold), and counts (trace --summary).

# fold_net: a net namespace that a process holds, its number in NET and its file in NETFILE.
fold_net() {
	partner holder unshare -n sh -c 'echo ready; read -r x'
	until_said holder ready
	NETFILE=/proc/${PID[holder]}/ns/net
	NET=$(inum net "${PID[holder]}")
}

# hops N: nsact goes into that namespace and back so often, and says its pid.
hops() {
	local i verbs=()
	for ((i = 0; i < $1; i++)); do
		verbs+=(setns "$NETFILE" net setns "/proc/$$/ns/net" net)
	done
	"$(helper nsact)" ns "${verbs[@]}" >"$T/cmd.out" || fail "nsact"
	facts
}

# In and back is one thing, and what a process does often is told once with how often.
t_fold_hops() {
	local home
	fold_net
	home=$(inum net)
	trace_start -t net -e setns --fold --to "lines:$T/lines" --to "record:$T/t.nsw"
	hops 120
	trace_stop
	query ".event == \"fold\" and .of.pid == ${F[getpid]}"
	[ "${#EVENTS[@]}" -eq 2 ] || fail "${#EVENTS[@]} records of it instead of the first and the sum: $(cat "$T/out.json")"
	jq -e -s --argjson pid "${F[getpid]}" --argjson net "$NET" --argjson home "$home" '
		map(select(.event == "fold" and .of.pid == $pid)) |
		all(.pair and .of.event == "setns" and .of.before.net == $home and .of.after.net == $net) and
		.[0].count == 1 and .[0].stayed_ns > 0 and .[1].count == 120 and .[1].within_ns > 0' "$T/out.json" >/dev/null ||
		fail "not what was done: $(cat "$T/out.json")"
	no_event ".event == \"setns\" and .pid == ${F[getpid]}"
	[ "$(grep -c " setns  *${F[getpid]} nsact " "$T/lines")" -eq 2 ] || fail "lines: $(cat "$T/lines")"
	grep -qE " ${F[getpid]} nsact .* -> $NET and back after [0-9.]+ [mu]?s\$" "$T/lines" || fail "no pair: $(cat "$T/lines")"
	grep -qE " ${F[getpid]} nsact .* -> $NET and back, 120 times in [0-9.]+ m?s\$" "$T/lines" || fail "no sum: $(cat "$T/lines")"
	# The twins: a recording is whole, and so is what is shown of it without the option; with it the same is told.
	"$NSWATCH" trace -r "$T/t.nsw" -p "${F[getpid]}" -J >"$T/whole" || fail "status $?"
	[ "$(grep -c '"event":"setns"' "$T/whole")" -eq 240 ] || fail "the recording: $(wc -l <"$T/whole")"
	"$NSWATCH" trace -r "$T/t.nsw" -p "${F[getpid]}" --fold >"$T/read" || fail "status $?"
	grep -qE " and back, 120 times in " "$T/read" || fail "read again: $(cat "$T/read")"
	# What was folded can be read, too.
	"$NSWATCH" trace -r "$T/out.json" -p "${F[getpid]}" -J >"$T/read" || fail "status $?"
	[ "$(grep -c '"event":"setns"' "$T/read")" -eq 2 ] || fail "JSON read again: $(cat "$T/read")"
}

# Without a way back, and of another process, nothing is a pair; nothing is lost, and the order of a thread stays.
t_fold_singles() {
	fold_net
	trace_start -t net -e setns,unshare --fold
	"$(helper nsact)" ns unshare net setns "$NETFILE" net setns "/proc/$$/ns/net" net unshare net >"$T/cmd.out"
	facts
	trace_stop
	jq -c --argjson pid "${F[getpid]}" 'select((.of // .).pid == $pid) | [.event, (.of // .).event, .pair]' "$T/out.json" >"$T/got"
	diff "$T/got" - <<-END || fail "$(cat "$T/out.json")"
		["unshare","unshare",null]
		["setns","setns",null]
		["setns","setns",null]
		["unshare","unshare",null]
	END
}

# What was refused and is done soon after, by the same thread, is marked.
t_fold_repeated() {
	local run
	need setpriv
	run=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	partner box "${run[@]}" unshare -U -r -n sh -c 'echo ready; read -r x'
	word_or_skip box ready "no user namespaces for users"
	trace_start -e setns --fold --to "lines:$T/lines"
	"${run[@]}" "$(public_helper nsact)" ns setns "/proc/${PID[box]}/ns/net" net setns "/proc/${PID[box]}/ns/user" user \
		setns "/proc/${PID[box]}/ns/net" net >"$T/cmd.out" || skip "may not enter"
	facts
	# The twin, which never may.
	"${run[@]}" "$(public_helper nsact)" setns "/proc/${PID[box]}/ns/net" net >"$T/twin" || fail "nsact"
	trace_stop
	jq -e -s --argjson pid "${F[getpid]}" '
		map(select((.of // .).pid == $pid)) |
		.[0].event == "fold" and .[0].count == 1 and .[0].repeated_ns > 0 and .[0].of.errno == "EPERM" and (.[0].pair | not) and
		(.[1:] | map([.event, .result]) == [["setns", 0], ["setns", 0]])' "$T/out.json" >/dev/null || fail "$(cat "$T/out.json")"
	expect_event '.event == "setns" and .comm == "nsact" and .errno == "EPERM"' 1
	grep -qE " ${F[getpid]} nsact .* failed: EPERM .*, done when repeated after [0-9.]+ [mu]?s\$" "$T/lines" || fail "$(cat "$T/lines")"
	[ "$(grep -c 'done when repeated' "$T/lines")" -eq 1 ] || fail "the twin: $(cat "$T/lines")"
}

# Counts by program, container, kind, type and result: at the end, and when SIGUSR1 asks for them.
t_fold_summary() {
	local n
	trace_start -e unshare --to "counts:$T/counts"
	for n in 1 2 3; do unshare -u true "$n"; done
	wait_event '.comm == "unshare"'
	until [ -s "$T/counts" ]; do kill -USR1 "$TRACER" && tick; done
	grep -qE '^ +COUNT PROGRAM +CONTAINER +EVENT +TYPE +RESULT$' "$T/counts" || fail "no headings: $(cat "$T/counts")"
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -u true 2>/dev/null && fail "unshare of a user"
	trace_stop
	tail -n 20 "$T/counts" >"$T/last"
	grep -qE '^ +3 unshare +[^ ]+ +unshare +uts +0$' "$T/last" || fail "no row: $(cat "$T/last")"
	grep -qE '^ +1 unshare +[^ ]+ +unshare +uts +EPERM$' "$T/last" || fail "no row of what was refused: $(cat "$T/last")"
	grep -qE '^ +[0-9]+ total$' "$T/last" || fail "no sum: $(cat "$T/last")"
	# Alone it shows no events; a command gets other signals, and this one not.
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace --summary -e unshare -- sh -c 'kill -USR1 $PPID; unshare -u true' >"$T/out" 2>"$T/err" || fail "status $?: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "events: $(cat "$T/out")"
	grep -qE '^ +1 unshare ' "$T/err" || fail "no counts: $(cat "$T/err")"
}

# More different things than there is room for: each is told, none lost.
t_fold_bounded() {
	local i verbs=()
	in_vm && skip "too slow in an emulated machine"
	trace_start -e unshare --fold
	for ((i = 0; i < 50; i++)); do
		verbs=()
		for _ in {1..100}; do verbs+=(fork unshare uts --); done
		"$(helper nsact)" "${verbs[@]}" >/dev/null || fail "nsact"
	done
	trace_stop
	[ "$(jq -c 'select(.comm == "nsact" and .event == "unshare") | .pid' "$T/out.json" | sort -u | wc -l)" -eq 5000 ] || fail "events are missing"
}
