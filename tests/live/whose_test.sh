# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Whose the events are: containers and units of the cgroups that they come from.

# cgroup_make PATH
cgroup_make() {
	mkdir "$TOP/$1" 2>/dev/null || skip "no cgroup of our own can be made here"
	at_end "rmdir '$TOP/$1' 2>/dev/null"
}

# cgroup_end PATH: waits until the processes in it are gone from it, and removes it.
cgroup_end() {
	local begun=$SECONDS
	until rmdir "$TOP/$1" 2>/dev/null; do
		[ $SECONDS -le $((begun + ${NSWATCH_PATIENCE:-60})) ] || fail "$1 can't be removed"
		tick
	done
}

# inside PATH CMD...: runs it in that cgroup.
# shellcheck disable=SC2016 # for the inner shell
INSIDE=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"')
inside() { "${INSIDE[@]}" "$TOP/$1" "${@:2}"; }

# A container that is made, lives for a moment and is gone is named at each event, in every output.
t_whose_events() {
	local id
	cgroup_top
	trace_start --to "record:$T/t.nsw" --to "lines:$T/lines" -o +CONTAINER -t net
	cgroup_make lxc.payload.briefly
	id=$(stat -c %i "$TOP/lxc.payload.briefly")
	inside lxc.payload.briefly unshare -n true
	cgroup_end lxc.payload.briefly
	unshare -n true
	wait_event '.event == "ns-free" and .ns_container.id == "briefly"'
	wait_event '.event == "ns-free" and .creator_comm == "unshare" and .ns_container == null'
	trace_stop
	expect_event ".event == \"unshare\" and .cgroup_id == $id"
	fields .container.runtime lxc .container.id briefly .container.cgroup /lxc.payload.briefly
	for kind in ns-create exec exit; do
		expect_event ".event == \"$kind\" and .container.id == \"briefly\""
	done
	# The twin, which is in none.
	expect_event '.event == "unshare" and .comm == "unshare" and .container.id == null'
	field .ns_container null
	grep -q 'unshare *[0-9]* unshare *lxc:briefly ' "$T/lines" || fail "no CONTAINER: $(cat "$T/lines")"
	# What is read back, from a recording and from JSON, says the same.
	for file in t.nsw out.json; do
		"$NSWATCH" trace -r "$T/$file" -J --container briefly >"$T/read.json" || fail "$file: status $?"
		"$NSWATCH" trace -r "$T/$file" -J -Q 'container_id == "briefly"' >"$T/query.json" || fail "$file: status $?"
		cmp -s "$T/read.json" "$T/query.json" || fail "--container and -Q differ for $file"
		diff <(jq -c 'select(.container.id == "briefly" or .ns_container.id == "briefly")
			| [.event, .pid, .container, .ns_container]' "$T/out.json") \
			<(jq -c 'select(.event != "lost") | [.event, .pid, .container, .ns_container]' "$T/read.json") >"$T/diff" ||
			fail "$file: $(cat "$T/diff")"
	done
	"$NSWATCH" trace -r "$T/t.nsw" --container 'brief*' -e ns-free -t net >"$T/read"
	grep -q '(of lxc:briefly)' "$T/read" || fail "the end of the net namespace: $(cat "$T/read")"
	"$NSWATCH" trace -r "$T/t.nsw" --container 'nosuch' --noheadings >"$T/read"
	! grep -v ' lost ' "$T/read" || fail "events of a container that is none"
}

# What is there when the trace begins: the cgroup, and which namespaces are the container's.
t_whose_before() {
	local net
	cgroup_top
	cgroup_make "$(printf 'docker-%064d.scope' 7)"
	partner box "${INSIDE[@]}" "$TOP/$(printf 'docker-%064d.scope' 7)" unshare -n sh -c 'echo ready; read -r x'
	until_said box ready
	net=$(inum net "${PID[box]}")
	trace_start -t net
	go_on box
	wait_event ".event == \"ns-free\" and .inum == $net"
	trace_stop
	expect_event ".event == \"ns-free\" and .inum == $net" 1
	fields .no_actor true .container null .ns_container.runtime docker \
		.ns_container.id "$(printf %064d 7)"
}

# A unit is said, and no container; what a unit's processes make is no container's.
t_whose_unit() {
	cgroup_top
	cgroup_make nswatch-test.service
	trace_start -t net
	inside nswatch-test.service unshare -n true
	wait_event '.event == "ns-free" and .ns_type == "net"'
	trace_stop
	expect_event '.event == "unshare" and .container.unit == "nswatch-test.service"' 1
	fields .container.runtime null .container.id null
	no_event '.ns_container.cgroup == "/nswatch-test.service"'
}

# storm_part FIRST LAST: containers that come, do something and go, one after the other.
storm_part() {
	local i
	for ((i = $1; i <= $2; i++)); do
		mkdir "$TOP/lxc.payload.s$i" || return
		(echo "$BASHPID" >"$TOP/lxc.payload.s$i/cgroup.procs" && exec unshare -u true)
		until rmdir "$TOP/lxc.payload.s$i" 2>/dev/null; do tick; done
	done
}

# Many that come and go, 500 in ten seconds where a processor is free: each event has the name of its own.
t_whose_storm() {
	local part parts=()
	in_vm && skip "too slow in an emulated machine"
	cgroup_top
	trace_start -e unshare,exec,exit -t uts
	for part in 0 1 2 3 4; do
		storm_part $((part * 100)) $((part * 100 + 99)) &
		parts+=($!)
	done
	for part in "${parts[@]}"; do wait "$part" || fail "a part of the storm"; done
	trace_stop
	for kind in unshare exec exit; do
		expect_event ".event == \"$kind\" and .container.runtime == \"lxc\" and (.container.id | startswith(\"s\"))" 500
		[ "$(jq -r "select(.event == \"$kind\") | .container.id" "$T/out.json" | grep '^s[0-9]*$' | sort -u | wc -l)" -eq 500 ] ||
			fail "names are missing in $kind"
	done
	no_event '.event == "lost"'
}

# Names are what anybody called a directory.
t_whose_hostile() {
	local name=$'lxc.payload.\e[31mred\tx'
	cgroup_top
	cgroup_make "$name"
	trace_start --to "lines:$T/lines" -o +CONTAINER --to "record:$T/t.nsw" -t net
	inside "$name" unshare -n true
	wait_event '.event == "ns-free" and .creator_comm == "unshare"'
	trace_stop
	expect_event '.event == "unshare" and .container.id == "\u001b[31mred\tx"' 1
	"$NSWATCH" trace -r "$T/t.nsw" >>"$T/lines"
	! grep -q $'\e' "$T/lines" || fail "a control character came through"
	grep -qF 'lxc:\x1b[31mred\tx' "$T/lines" || fail "no name: $(cat "$T/lines")"
}

# A trace that sees docker's file of the container $1, called web.
docker_says() {
	cat >"$T/config.v2.json" <<-JSON
		{"ID":"$1","Name":"/web","Config":{"Image":"shop:1.2"}}
	JSON
	cat >"$T/nswatch" <<-SCRIPT
		#!/bin/sh
		mkdir -p /var/lib
		exec unshare -m sh -c 'mount -t tmpfs none /var/lib && mkdir -p "\$1" &&
			cp "$T/config.v2.json" "\$1" && shift && exec "\$@"' \\
			sh /var/lib/docker/containers/$1 $NSWATCH "\$@"
	SCRIPT
	chmod +x "$T/nswatch"
	NSWATCH=$T/nswatch
}

# The name is in a file of the runtime's; it is there from the first event on, and chosen by.
t_whose_named() {
	local id
	id=$(printf %064d 8)
	cgroup_top
	docker_says "$id"
	trace_start --container 'we?' -t net
	cgroup_make "docker-$id.scope"
	inside "docker-$id.scope" unshare -n true
	cgroup_end "docker-$id.scope"
	unshare -n true
	wait_event '.event == "ns-free"'
	trace_stop
	for kind in ns-create unshare exec exit ns-free; do
		expect_event ".event == \"$kind\"" 1
	done
	expect_event '.event == "unshare"' 1
	fields .container.name web .container.id "$id" .container.image shop:1.2
	no_event '.event != "lost" and ([.container.name, .ns_container.name] | any(. == "web") | not)'
}

# Who can't be asked costs the name, and no event: they come when their time is over.
t_whose_unnamed() {
	local id namer
	id=$(printf %064d 9)
	cgroup_top
	docker_says "$id"
	trace_start -t net
	namer=$(pgrep -o -P "$TRACER")
	kill -STOP "$namer"
	cgroup_make "docker-$id.scope"
	inside "docker-$id.scope" unshare -n true
	wait_event ".event == \"ns-free\" and .ns_container.id == \"$id\""
	kill -CONT "$namer"
	# Its answer comes between two of these.
	until jq -e -s 'any(.[]; .container.name == "web")' "$T/out.json" >/dev/null; do
		inside "docker-$id.scope" unshare -n true
		tick
	done
	trace_stop
	query ".event == \"unshare\" and .container.id == \"$id\""
	# shellcheck disable=SC2034 # read by field
	EV=${EVENTS[0]}
	field .container.name null
	[ ! -e "/proc/$namer" ] || fail "the process that names is still there"
}

# What identity costs a line: user instructions of reading a recording of a container's events, beside those of
# the same acts in none.
t_whose_cost() {
	local id bare named f
	need valgrind
	id=$(printf %064d 7)
	cgroup_top
	cgroup_make "docker-$id.scope"
	# shellcheck disable=SC2016 # for the inner shell
	for f in bare named; do
		"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/$f.nsw" -- sh -c '[ "$1" = bare ] || echo $$ >"$0/cgroup.procs"
			for n in 1 2 3 4 5 6 7 8 9 10; do for m in 1 2 3 4 5 6 7 8 9 10; do unshare -un true; done; done' \
			"$TOP/docker-$id.scope" "$f" || fail "status $?"
		valgrind --tool=callgrind --callgrind-out-file="$T/$f.callgrind" "$NSWATCH" trace -r "$T/$f.nsw" --no-notes \
			>"$T/$f.lines" 2>"$T/$f.said" || fail "$(tail -n 3 "$T/$f.said")"
		declare "$f=$(awk '/Collected/ { print $NF }' "$T/$f.said")"
	done
	[ "$(grep -c 'docker:' "$T/named.lines")" -gt 500 ] || fail "no container: $(head -3 "$T/named.lines")"
	! grep -q 'docker:' "$T/bare.lines" || fail "a container"
	echo "$bare instructions without, $named with"
	[ $((named * 100)) -le $((bare * 115)) ] || fail "$named instructions, and $bare without a container"
}

# The sandbox that a program makes for itself is its maker's, to the end of its namespaces; not so where it has a
# mount namespace, too.
t_whose_sandbox() {
	local maker net
	[ "$(inum user)" = 4026531837 ] || skip "this is no initial user namespace"
	trace_start --to "lines:$T/lines" --to "record:$T/t.nsw"
	partner box "$(helper nsact)" clone user,pid,net ns exit 0
	maker=${PID[box]}
	partner_end box
	net=${F[1:net]}
	wait_event ".event == \"ns-free\" and .inum == $net"
	# It may get the number.
	"$(helper nsact)" clone user,pid,net,mnt exit 0
	wait_event ".event == \"clone\" and .comm == \"nsact\" and .pid != $maker"
	trace_stop
	expect_event ".event == \"clone\" and .pid == $maker" 1
	fields .ns_container.runtime sandbox .ns_container.id "nsact $maker"
	expect_event ".event == \"ns-free\" and .inum == $net"
	fields .ns_container.runtime sandbox .ns_container.id "nsact $maker"
	query '.event == "clone" and .comm == "nsact"'
	[ ${#EVENTS[@]} -eq 2 ] || fail "${#EVENTS[@]} clones"
	[ "$(jq -c .ns_container <<<"${EVENTS[1]}")" = null ] || fail "the twin: ${EVENTS[1]}"
	grep -q "ns-free .*(of sandbox of nsact $maker)" "$T/lines" || fail "$(cat "$T/lines")"
	"$NSWATCH" trace -r "$T/t.nsw" -e ns-free | grep -q "(of sandbox of nsact $maker)" || fail "not in the recording"
}

# Without BPF, too: what is there before, what comes, and what has gone by its next look.
t_whose_poll() {
	local id
	id=$(printf %064d 6)
	cgroup_top
	[[ $TOP == /sys/fs/cgroup* ]] || skip "differences of /proc ask /sys/fs/cgroup, where this hierarchy is not mounted"
	docker_says "$id"
	cgroup_make "docker-$id.scope"
	partner box "${INSIDE[@]}" "$TOP/docker-$id.scope" unshare -u "$(helper nsact)" say ready wait unshare ipc say moved wait
	until_said box ready
	partner twin "$(helper nsact)" say ready wait unshare ipc say moved wait unshare ipc wait
	until_said twin ready
	trace_start --poll 20
	go_on box
	go_on twin
	wait_event ".event == \"unshare\" and .pid == ${PID[box]}"
	wait_event ".event == \"unshare\" and .pid == ${PID[twin]}"
	until_said box moved
	go_on box
	wait_event ".event == \"ns-free\" and .ns_type == \"ipc\" and .ns_container.id == \"$id\""
	trace_stop
	expect_event ".event == \"unshare\" and .pid == ${PID[box]}" 1
	fields .container.runtime docker .container.id "$id" .from_poll true
	expect_event ".event == \"unshare\" and .pid == ${PID[twin]}" 1
	field .container.id null
	# The uts namespace was there when the trace began.
	expect_event ".event == \"ns-free\" and .ns_type == \"uts\" and .ns_container.id == \"$id\"" 1
	# Chosen by the name, which is waited for.
	partner again "${INSIDE[@]}" "$TOP/docker-$id.scope" "$(helper nsact)" say ready wait unshare uts say moved wait
	until_said again ready
	trace_start --poll 20 --container 'w?b'
	go_on again
	go_on twin
	wait_event '.container.name == "web"'
	trace_stop
	no_event '.event != "lost" and ([.container.name, .ns_container.name] | any(. == "web") | not)'
	go_on again
	cgroup_end "docker-$id.scope"
}
