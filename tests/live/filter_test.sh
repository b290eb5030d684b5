# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is shown of what happens: the filters of trace, and how long it goes on.

# kinds: the kinds of events that are there, each once.
kinds() { jq -r .event "$T/out.json" | sort -u | paste -sd , -; }
kinds_are() { [ "$(kinds)" = "$1" ] || fail "kinds of events: $(kinds), not $1"; }

t_filter_event() {
	OPTS=(-e 'unshare,exit')
	act unshare uts clone pid ns -- exit 0
	kinds_are exit,unshare
	expect_event '.event == "unshare"' 1
	expect_event '.event == "exit"' 2
	OPTS=(-e ns-create --event ns-free)
	act unshare uts
	kinds_are ns-create,ns-free
}

t_filter_type() {
	OPTS=(-t net)
	act ns unshare uts unshare net ns unshare ipc clone pid -- setns /proc/self/ns/uts uts exit 0
	expect_event '.event == "unshare"' 1
	field '.ns_flags.names | join(",")' net
	expect_event '.event == "ns-create"' 1
	fields .ns_type net .inum "${F[2:net]}"
	expect_event '.event == "exit" and (.empties | contains(["net"]))' 1
	expect_event '.event == "ns-free"' 1
	field .ns_type net
	kinds_are exit,ns-create,ns-free,unshare
	# Children's namespaces are of their type; a failed call is of the types that it asked for.
	OPTS=(--type 'pid,time')
	act unshare pid,uts unshare time unshare ipc
	expect_event '.event == "unshare"' 2
	expect_event '.event == "ns-create"' 2
	OPTS=(-t user)
	act threads 1 unshare user unshare uts
	expect_event '.event == "unshare"' 1
	fields .errno EINVAL '.ns_flags.names | join(",")' user
}

# A process with a child that is there already; both do something when told, the child's child too.
family() {
	partner family "$(helper nsact)" fork ns say ready wait unshare uts fork ns unshare ipc -- \
		say finished exit 0 -- ns unshare net say finished wait
	until_said family ready
	CHILD=${F[getpid]}
}

# What the family does, and a stranger the same; at last a mark, by the process whose filter it passes.
family_acts() {
	"$(helper nsact)" unshare uts,ipc,net >/dev/null
	go_on family
	until_said family finished
	until_said family finished
	GRANDCHILD=${F[2:getpid]}
	wait_event ".event == \"unshare\" and .pid == ${PID[family]}"
	trace_stop
	go_on family
}

t_filter_pid() {
	family
	trace_start -p "${PID[family]}"
	family_acts
	expect_event '.event == "unshare"' 1
	fields .pid "${PID[family]}" '.ns_flags.names | join(",")' net
	no_event ".pid != ${PID[family]}"
}

t_filter_pid_follow() {
	family
	trace_start -p "${PID[family]}" --follow
	family_acts
	expect_event '.event == "unshare"' 3
	expect_event ".event == \"unshare\" and .pid == ${PID[family]}" 1
	expect_event ".event == \"unshare\" and .pid == $CHILD" 1
	field '.ns_flags.names | join(",")' uts
	expect_event ".event == \"unshare\" and .pid == $GRANDCHILD" 1
	field '.ns_flags.names | join(",")' ipc
	no_event ".no_actor == false and ([.pid] | inside([${PID[family]}, $CHILD, $GRANDCHILD]) | not)"
}

t_filter_pids() {
	family
	trace_start --pid "$CHILD,${PID[family]}"
	family_acts
	expect_event '.event == "unshare"' 2
	no_event ".pid == $GRANDCHILD"
}

# first_life: what comes after the end of the namespace is of others, which were given its number.
first_life() { sed -i '/"event":"ns-free"/q' "$T/out.json"; }

t_filter_ns() {
	local ns
	partner one "$(helper nsact)" unshare uts ns say ready wait unshare ipc exit 0
	until_said one ready
	ns=${F[uts]}
	trace_start -n "uts:[$ns]"
	"$(helper nsact)" unshare uts,ipc >/dev/null
	"$(helper nsact)" setns "/proc/${PID[one]}/ns/uts" 0 >/dev/null
	go_on one
	wait_event '.event == "ns-free"'
	trace_stop
	first_life
	expect_event ".event == \"setns\"" 1
	fields .target_inum "$ns" .after.uts "$ns"
	expect_event '.event == "unshare"' 1
	fields .pid "${PID[one]}" .before.uts "$ns" '.ns_flags.names | join(",")' ipc
	expect_event '.event == "ns-free"' 1
	fields .inum "$ns"
	no_event "[.. | numbers] | contains([$ns]) | not"
}

# The kernel gives the number of what has ended to the next one, which is not what was asked for.
t_filter_ns_over() {
	local ns n=0
	partner one "$(helper nsact)" unshare uts ns say ready wait exit 0
	until_said one ready
	ns=${F[uts]}
	trace_start -n "$ns"
	go_on one
	wait_event '.event == "ns-free"'
	# Where others are quicker it is theirs.
	until "$(helper nsact)" unshare uts,ipc,net ns | grep -q " $ns$" || [ $((n += 1)) -ge 50 ]; do :; done
	trace_stop
	expect_event '.event == "ns-free"' 1
	no_event '.event == "ns-create" or .event == "unshare"'
}

# By its number alone, and several; the second is not there, the first is.
t_filter_ns_number() {
	local ns
	partner one "$(helper nsact)" unshare uts ns say ready wait unshare ipc exit 0
	until_said one ready
	ns=${F[uts]}
	trace_start -n 1,"$ns"
	go_on one
	wait_event '.event == "unshare"'
	trace_stop
	first_life
	expect_event '.event == "unshare"' 1
	field .before.uts "$ns"
}

t_filter_user() {
	local nobody
	nobody=$(public_helper nsact)
	OPTS=(-u 65534)
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd "${OPTS[@]}" -- sh -c '"$0" unshare uts; setpriv --reuid 65534 --clear-groups \
		--inh-caps -all "$0" unshare user,uts' "$nobody"
	expect_event '.event == "unshare"' 1
	fields .uid 65534 '.ns_flags.names | sort | join(",")' user,uts
	no_event '.no_actor == false and .uid != 65534'
	# By name.
	OPTS=(--user nobody)
	[ "$(id -u nobody 2>/dev/null)" = 65534 ] || return 0
	trace_cmd "${OPTS[@]}" -- setpriv --reuid 65534 --clear-groups --inh-caps -all "$nobody" \
		unshare user
	expect_event '.event == "unshare"' 1
	field .uid 65534
}

t_filter_comm() {
	OPTS=(-c 'na*,other')
	act unshare uts name named unshare uts name other unshare uts name others unshare uts
	expect_event '.event == "unshare"' 2
	expect_event '.event == "unshare" and .comm == "named"' 1
	expect_event '.event == "unshare" and .comm == "other"' 1
	no_event '.no_actor == false and .comm != "named" and .comm != "other"'
}

t_filter_expression() {
	OPTS=(-Q 'event == "unshare" && (result < 0 || !(ns_flags =~ "uts|ipc"))')
	act unshare uts unshare ipc unshare net unshare 0x1
	expect_event true 2
	expect_event '.result == 0' 1
	field '.ns_flags.names | join(",")' net
	expect_event '.result < 0' 1
	field .errno EINVAL
	# The same as a user would write for errors.
	OPTS=(--filter 'errno == "EINVAL"')
	act unshare uts unshare 0x1
	expect_event true 1
	field .errno EINVAL
}

# Filters join with and.
t_filter_several() {
	OPTS=(-e unshare -t uts -c nsact -Q 'result == 0')
	act unshare uts unshare ipc unshare 0x4000001 name other unshare uts
	expect_event true 1
	fields .event unshare .result 0 .comm nsact '.ns_flags.names | join(",")' uts
}

t_filter_count() {
	local status
	trace_start --count 3 -e unshare
	partner act "$(helper nsact)" unshare uts unshare uts unshare uts unshare uts say finished
	until_said act finished
	wait "$TRACER"
	status=$?
	[ $status -eq 0 ] || fail "exit status $status"
	# Others may unshare as well: three is all that can be said.
	expect_event '.event == "unshare"' 3
	expect_event true 3
}

t_filter_duration() {
	local begin status took
	begin=$(now)
	trace_start --duration 1200ms
	wait "$TRACER"
	status=$?
	took=$((($(now) - begin) / 1000000))
	[ $status -eq 0 ] || fail "exit status $status"
	[ $took -ge 1200 ] || fail "it ended after $took ms"
	cat <&7 >>"$T/err"
	grep -q 'events\? in 1\(\.[0-9]*\)\? s\|events\? in 1[0-9][0-9][0-9] ms' "$T/err" ||
		fail "the summary tells another time: $(cat "$T/err")"
}

# In another pid namespace than the initial one processes have other numbers than the hooks know.
t_filter_inner_pidns() {
	local inner
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -pf --mount-proc "$NSWATCH" trace -J -q "${FORCE[@]}" -e unshare -- \
		sh -c 'exec "$1" ns unshare uts fork unshare ipc -- >"$0"' "$T/cmd.out" "$(helper nsact)" \
		>"$T/out.json" 2>"$T/err" || fail "$(cat "$T/err")"
	expect_event '.event == "unshare" and (.changed | index("uts"))' 1
	expect_event '.event == "unshare" and (.changed | index("ipc"))' 1
	# Its own numbers are small ones, and the events have those of the machine.
	grep -qE '^getpid [2-9]$' "$T/cmd.out" || fail "not in a pid namespace: $(cat "$T/cmd.out")"
	field '.pid > 9 and .ns_pid < 10' true
	# By --pid, and not by a number that is another's outside.
	mkfifo "$T/go"
	# shellcheck disable=SC2016 # the inner shell expands it
	partner box unshare -pf --mount-proc bash -c '"$1" ns say ready wait unshare uts say done wait <"$0" & p=$!
		exec 9>"$0"; shift; "$@" --pid $p --duration 60 --count 1 2>"$0.err"' \
		"$T/go" "$(helper nsact)" "$NSWATCH" trace -J "${FORCE[@]}" -e unshare
	until_said box ready
	until grep -q 'Ctrl-C ends' "$T/go.err" 2>/dev/null; do
		kill -0 "${PID[box]}" || fail "it ended: $(cat "$T/go.err")"
		tick
	done
	echo >"$T/go"
	partner_end box
	inner=$(grep -c '"event":"unshare"' "$T/box.facts")
	[ "$inner" -eq 1 ] || fail "$inner events: $(cat "$T/box.facts" "$T/go.err")"
}

t_filter_no_process() {
	"$NSWATCH" trace --pid 4194305 "${FORCE[@]}" --duration 1 >"$T/text" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 1
	grep -q '^nswatch: --pid 4194305: there is no such process$' "$T/err" || fail "$(cat "$T/err")"
}

# A number that is given again at once: the new process is in the tree, though the kernel tells of
# the end of the one before it only then.
t_filter_pid_used_again() {
	local told made
	in_vm || skip "chooses the machine's next process ids: only in a virtual machine"
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "no ns_last_pid here"
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -e unshare -- bash -c 'for ((i = 0; i < 100; i++)); do
		: & last=$!; wait $last
		echo $((last - 1)) >/proc/sys/kernel/ns_last_pid
		"$0" unshare uts >/dev/null & echo "$(($! == last))" >>"$1"
		wait $!; done' "$(helper nsact)" "$T/made"
	expect_rc 0
	told=$(grep -c '"event":"unshare"' "$T/out.json")
	made=$(wc -l <"$T/made")
	grep -q 1 "$T/made" || skip "no number was used again"
	[ "$told" = "$made" ] || fail "$told of $made calls"
}
