# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What events call net namespaces: names of /run/netns, units, containers, and the initial ones.

# nsname_add NAME: a named net namespace, and its number in NET.
nsname_add() {
	ip netns add "$1" || skip "no net namespaces by name"
	at_end "ip netns delete '$1' 2>/dev/null"
	NET=$(stat -L -c %i "/run/netns/$1")
}

# A name that was there before is told in every output, and where it is read again.
t_nsname_before() {
	local name=blue$$ net file
	nsname_add "$name"
	net=$NET
	trace_start -t net --to "record:$T/t.nsw" --to "lines:$T/lines"
	ip netns exec "$name" true
	unshare -n true
	wait_event '.event == "ns-free" and .creator_comm == "unshare"'
	trace_stop
	expect_event ".event == \"setns\" and .target_inum == $net" 1
	fields ".ns_names[\"$net\"]" "$name" '.ns_names | length' 1 .result 0
	expect_event ".event == \"exec\" and .ns.net == $net"
	field ".ns_names[\"$net\"]" "$name"
	# The twin has no name.
	expect_event '.event == "unshare" and .comm == "unshare"' 1
	field .ns_names null
	grep -qF "setns" "$T/lines" || fail "no setns: $(cat "$T/lines")"
	grep -qF " net:[$net] ($name) by nsfs fd " "$T/lines" || fail "no name: $(cat "$T/lines")"
	for file in t.nsw out.json; do
		"$NSWATCH" trace -r "$T/$file" -J -Q "ns_name == \"$name\" && event == \"setns\"" >"$T/read.json" || fail "$file: status $?"
		[ "$(jq -c 'select(.event == "setns") | .ns_names' "$T/read.json")" = "{\"$net\":\"$name\"}" ] ||
			fail "$file: $(cat "$T/read.json")"
		"$NSWATCH" trace -r "$T/$file" -e setns | grep -qF " net:[$net] ($name) by " || fail "$file: lines"
	done
}

# One that is made and ends meanwhile has its name to the end, and what was in it, too.
t_nsname_end() {
	local name=green$$ net
	trace_start -t net --to "lines:$T/lines"
	nsname_add "$name"
	net=$NET
	ip netns exec "$name" true
	ip -n "$name" link add n0 type veth peer name n1 2>/dev/null || skip "no veth here"
	wait_event '.event == "netdev-add" and .new_name == "n0"'
	# Its mount may be seen late: then the name is known by the visit, and by that of ip above.
	ip netns delete "$name"
	wait_event ".event == \"ns-free\" and .inum == $net"
	wait_event '.event == "netdev-del" and .old_name == "n0"'
	trace_stop
	expect_event ".event == \"setns\" and .target_inum == $net"
	field ".ns_names[\"$net\"]" "$name"
	expect_event ".event == \"ns-free\" and .inum == $net" 1
	field ".ns_names[\"$net\"]" "$name"
	expect_event '.event == "netdev-del" and .old_name == "n0"'
	field ".ns_names[\"$net\"]" "$name"
	grep -qE "ns-free .* net:\[$net\] \($name\)" "$T/lines" || fail "no name at its end: $(cat "$T/lines")"
}

# Whoever gets its number gets no name with it.
t_nsname_anew() {
	local name=old$$ i
	trace_start -t net
	nsname_add "$name"
	ip netns exec "$name" true
	wait_event ".event == \"setns\" and .ns_names[\"$NET\"] == \"$name\""
	ip netns delete "$name"
	wait_event ".event == \"ns-free\" and .inum == $NET"
	for i in 1 2 3 4; do
		unshare -n true "$i"
	done
	wait_event '.event == "exit" and .comm == "true"' 4
	trace_stop
	jq -e -s --argjson net "$NET" 'map(.event == "ns-free" and .inum == $net) | index(true)' "$T/out.json" >"$T/at"
	jq -c --argjson at "$(cat "$T/at")" -s '.[$at + 1:][] | select(.event == "unshare" and .ns_names)' "$T/out.json" >"$T/named"
	[ ! -s "$T/named" ] || fail "a name for another one: $(cat "$T/named")"
}

# Only setns is looked at: the file is read when its namespace is entered.
t_nsname_asked() {
	local name=late$$
	trace_start -e setns
	nsname_add "$name"
	ip netns exec "$name" true
	trace_stop
	expect_event ".target_inum == $NET" 1
	field ".ns_names[\"$NET\"]" "$name"
}

# Of a command alone, too.
t_nsname_command() {
	local name=cmd$$
	nsname_add "$name"
	"$NSWATCH" trace -q -t net -- ip netns exec "$name" true >"$T/lines" 2>"$T/err" || fail "status $?: $(cat "$T/err")"
	grep -qF " net:[$NET] ($name) by " "$T/lines" || fail "no name: $(cat "$T/lines")"
}

# Who is asked does not answer: events come without the name, when their time is over.
t_nsname_unasked() {
	local name=mute$$ namer
	trace_start -e setns
	namer=$(pgrep -o -P "$TRACER")
	kill -STOP "$namer"
	at_end "kill -CONT $namer 2>/dev/null"
	nsname_add "$name"
	ip netns exec "$name" true
	wait_event ".target_inum == $NET"
	kill -CONT "$namer"
	until ip netns exec "$name" true && jq -e -s 'any(.[]; .ns_names)' "$T/out.json" >/dev/null; do tick; done
	trace_stop
	query ".event == \"setns\" and .target_inum == $NET"
	# shellcheck disable=SC2034 # read by field
	EV=${EVENTS[0]}
	field .ns_names null
}

# Without BPF: by the same files, and until it is over.
t_nsname_poll() {
	local name=poll$$ net
	nsname_add "$name"
	net=$NET
	partner visitor ip netns exec "$name" "$(helper nsact)" say in wait
	until_said visitor in
	partner twin "$(helper nsact)" say ready wait unshare net say out wait
	until_said twin ready
	trace_start --poll 20 -t net --to "lines:$T/lines" --to "record:$T/t.nsw"
	partner guest "$(helper nsact)" say ready wait setns "/run/netns/$name" net say in wait
	until_said guest ready
	go_on guest
	go_on twin
	wait_event ".event == \"setns\" and .pid == ${PID[guest]}"
	wait_event ".event == \"unshare\" and .pid == ${PID[twin]}"
	ip netns delete "$name"
	go_on guest
	go_on visitor
	wait_event ".event == \"ns-free\" and .inum == $net"
	trace_stop
	expect_event ".event == \"setns\" and .pid == ${PID[guest]}" 1
	fields ".ns_names[\"$net\"]" "$name" .from_poll true
	expect_event ".event == \"ns-free\" and .inum == $net" 1
	field ".ns_names[\"$net\"]" "$name"
	expect_event ".event == \"unshare\" and .pid == ${PID[twin]}" 1
	field .ns_names null
	grep -qE "setns .*\($name\)" "$T/lines" || fail "no name in lines: $(cat "$T/lines")"
	"$NSWATCH" trace -r "$T/t.nsw" -e setns | grep -qF "($name)" || fail "none in the recording"
}

# A name is what anybody called a file.
t_nsname_hostile() {
	local name=$'re\e[31md '$$
	nsname_add "$name"
	trace_start -e setns --to "lines:$T/lines"
	ip netns exec "$name" true
	trace_stop
	expect_event ".target_inum == $NET" 1
	field ".ns_names[\"$NET\"]" "$name"
	! grep -q $'\e' "$T/lines" || fail "a control character came through"
	grep -qF "(re\\x1b[31md $$)" "$T/lines" || fail "no name: $(cat "$T/lines")"
}

# A name of another mount namespace's /run/netns alone, which was there before the trace.
t_nsname_elsewhere() {
	local name=far$$ net
	# shellcheck disable=SC2016 # for the inner shell
	partner far unshare -m --propagation private sh -c 'mkdir -p /run/netns && mount -t tmpfs none /run/netns &&
		ip netns add "$0" && echo ready; read -r x' "$name"
	word_or_skip far ready "no net namespaces by name"
	net=$(nsenter -t "${PID[far]}" -m stat -L -c %i "/run/netns/$name")
	trace_start -t net
	nsenter -t "${PID[far]}" -m ip netns exec "$name" true
	trace_stop
	go_on far
	expect_event ".event == \"setns\" and .target_inum == $net" 1
	field ".ns_names[\"$net\"]" "$name"
}

# A service has no file for it; a session's programs are no service.
t_nsname_unit() {
	local unit
	cgroup_top
	trace_start -t net --to "lines:$T/lines"
	for unit in nswatch-name.service nswatch-name.scope; do
		mkdir "$TOP/$unit" || skip "no cgroup of our own can be made here"
		at_end "rmdir '$TOP/$unit' 2>/dev/null"
		# shellcheck disable=SC2016 # for the inner shell
		sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$TOP/$unit" unshare -n true
		wait_event ".event == \"exit\" and .container.unit == \"$unit\""
		until rmdir "$TOP/$unit" 2>/dev/null; do tick; done
	done
	wait_event '.event == "ns-free" and .creator_comm == "unshare"' 2
	trace_stop
	expect_event '.event == "ns-free" and .ns_names' 1
	field '.ns_names[]' unit:nswatch-name.service
	grep -q 'ns-free .*(unit:nswatch-name.service)' "$T/lines" || fail "no unit: $(cat "$T/lines")"
	! grep -q 'unit:nswatch-name.scope' "$T/lines" || fail "a scope is no service"
}

# People are told which one is initial; who asks for numbers gets those, and JSON has them always.
t_nsname_initial() {
	local uts
	uts=$(inum uts)
	[ "$uts" = 4026531838 ] || skip "this is no initial uts namespace"
	trace_cmd --to "lines:$T/lines" --to "record:$T/t.nsw" -t uts -- unshare -u true
	expect_event '.event == "unshare"' 1
	field .before.uts "$uts"
	grep -qE 'uts initial -> [0-9]+$' "$T/lines" || fail "not initial: $(cat "$T/lines")"
	"$NSWATCH" trace -r "$T/t.nsw" --numbers >"$T/numbers" || fail "status $?"
	grep -qE "uts $uts -> [0-9]+$" "$T/numbers" || fail "no number: $(cat "$T/numbers")"
	"$NSWATCH" trace -r "$T/t.nsw" -o NS,EVENT --noheadings --raw | grep -q '^uts:\[[0-9]*\] unshare' || fail "the column"
	[ "$(inum pid)" = 4026531836 ] || return 0
	"$NSWATCH" trace -q -- unshare -p true >"$T/lines"
	tr -s ' \n' ' ' <"$T/lines" | grep -q 'itself stays in the initial pid namespace' || fail "$(cat "$T/lines")"
	"$NSWATCH" trace -q --numbers -- unshare -p true >"$T/lines"
	tr -s ' \n' ' ' <"$T/lines" | grep -q 'itself stays in pid:\[4026531836\]' || fail "$(cat "$T/lines")"
	# No sentence says "its user namespace the initial user namespace".
	[ "$(inum user)" = 4026531837 ] || return 0
	"$NSWATCH" trace -q -- setpriv --reuid 65534 --clear-groups unshare -n true >"$T/lines" 2>/dev/null
	tr -s ' \n' ' ' <"$T/lines" | grep -qF 'CAP_SYS_ADMIN in its user namespace (the initial one)' || fail "$(cat "$T/lines")"
	# Nor "its mount namespace the initial mount namespace".
	[ "$(inum mnt)" = "$(inum mnt 2)" ] || return 0
	touch "$T/file"
	"$NSWATCH" trace -q -- setpriv --reuid 65534 --clear-groups "$(public_helper nsact)" bind /proc/self/ns/uts "$T/file" >"$T/lines" 2>/dev/null
	! grep -q 'refused  ' "$T/lines" || tr -s ' \n' ' ' <"$T/lines" | grep -qF 'its mount namespace (the initial one)' || fail "$(cat "$T/lines")"
}

# The initial net namespace has another number on each kernel before 6.18: recordings have it.
t_nsname_initial_net() {
	local net
	[ "$(inum pid)" = 4026531836 ] || skip "this is no initial pid namespace"
	net=$(stat -L -c %i /proc/2/ns/net) || skip "threads of the kernel may not be read"
	trace_cmd --to "lines:$T/lines" --to "record:$T/t.nsw" -t net -- \
		nsenter --net=/proc/2/ns/net unshare -n true
	expect_event ".event == \"setns\" and .target_inum == $net" 1
	grep -qF ' net:[initial] by ' "$T/lines" || fail "$(cat "$T/lines")"
	"$NSWATCH" trace -r "$T/t.nsw" | grep -qF ' net:[initial] by ' || fail "read again: $("$NSWATCH" trace -r "$T/t.nsw")"
}
