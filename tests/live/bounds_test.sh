# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What an unprivileged process can make long does not keep events from coming out.

# An emulated processor takes a second for what is a matter of milliseconds elsewhere: there only what
# comes counts, not when.
SECONDS_OF_BURDEN=2
in_vm && SECONDS_OF_BURDEN=15

# burdened WHAT N [OPTIONS...]: the trace while a user makes that long. How late events came out, in
# milliseconds: MEDIAN, TENTH (the tenth that is latest) and MOST; what the burden did is DID. PACE is how
# long this took that needs 25 ms where nobody else wants the processors, in percent.
burdened() {
	local what=$1 n=$2 lag begin now turns=0

	shift 2
	lag=$(helper lag)
	mkfifo "$T/events"
	"$lag" unshare "$T/all.json" <"$T/events" >"$T/lag" &
	LAG=$!
	BACKGROUND+=("$LAG")
	"$NSWATCH" trace -J "${FORCE[@]}" "$@" >"$T/events" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	until grep -q 'Ctrl-C ends' "$T/err"; do
		kill -0 "$TRACER" || fail "nswatch did not start: $(cat "$T/err")"
		tick
	done
	partner burden setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		"$(public_helper burden)" "$what" "$n" $SECONDS_OF_BURDEN
	until_said burden ready
	begin=${EPOCHREALTIME/./}
	while [ $((now = ${EPOCHREALTIME/./} - begin)) -lt $((SECONDS_OF_BURDEN * 1000000)) ]; do
		unshare -u true
		tick
		turns=$((turns + 1))
	done
	PACE=$((now / turns / 250))
	[ $PACE -ge 100 ] || PACE=100
	wait "${PID[burden]}" || skip "no such burden here: $(cat "$T/log.burden")"
	kill "$TRACER"
	wait "$TRACER"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	wait "$LAG"
	# shellcheck disable=SC2034 # for the tests
	read -r N MEDIAN TENTH MOST <"$T/lag"
	[ "$N" -gt 10 ] || fail "just $N events"
}

# The ring buffer is emptied within 50 ms; on a busy machine some wait for a processor.
in_time() {
	in_vm || [ $((${MEDIAN%.*} * 100 < 50 * PACE && ${TENTH%.*} * 100 < 1000 * PACE)) = 1 ] ||
		fail "events were late: $N, median $MEDIAN, tenth $TENTH, most $MOST ms, pace $PACE %: $(cat "$T/err")"
}

# Thousands of mounts, and a mount and an unmount over and over: what is left out is said.
t_bounds_mounts() {
	[ "$(alt pin)" = tracepoint ] || skip "no mountinfo is read here"
	burdened trees 3000 --strict
	in_time
	expect_rc 4
	said_late
	grep -q '"event":"lost".*"why":"mount"' "$T/all.json" || fail "not told"
}

# Where the calls say themselves that they mount no namespace, nothing is left out, but maybe the last of them.
t_bounds_mounts_known() {
	[ "$(alt pin)" = tracepoint ] || skip "no mountinfo is read here"
	# What a call has mounted is known from 5.15 on, which has a helper for its registers.
	printf '5.15\n%s\n' "$(uname -r)" | sort -CV || skip "calls do not say what they mount"
	local lost
	burdened mounts 3000
	in_time
	lost=$(grep '"event":"lost"' "$T/all.json" | jq -s 'map(select(.why == "mount").count) | add // 0')
	[ "$lost" -le 4 ] || fail "$lost are said to be lost"
}

# said_late: one line sums up the late looks, and one more at the end those since.
said_late() {
	local lines

	lines=$(grep -c '^nswatch: [0-9]* changes of mounts not seen: [0-9]* looks* at mountinfo came late, in ' "$T/err")
	[ $((lines == 1 || lines == 2)) = 1 ] || fail "said $lines times: $(cat "$T/err")"
	[ "$(grep -c 'mountinfo came\|mnt:\[' "$T/err")" -eq "$lines" ] || fail "said of each: $(cat "$T/err")"
}

t_bounds_pins() {
	burdened pins 3000 -e unshare,pin,unpin
	in_time
}

t_bounds_many_mount_namespaces() {
	burdened many 300
	in_time
}

t_bounds_cmdline() {
	burdened cmdline 1000000
	in_time
}

t_bounds_fds() {
	burdened fds 1000000
	in_time
}

# Net namespaces that are in use, and one after another that is not.
t_bounds_nets() {
	burdened nets 500
	in_time
}

# Devices in a net namespace where one comes and goes all the time.
t_bounds_devices() {
	burdened devices 500
	in_time
}

# made_up PATTERN: no device of such a name is said to be removed, but with its namespace.
made_up() {
	! grep '"event":"netdev-del"' "$1" | grep "\"$2\"" | grep -v '"why":"netns-exit"' | grep . ||
		fail "a removal was made up"
}

# device_lost FILE: a look that left something out is told.
device_lost() { grep -q '"event":"lost".*"why":"device"' "$1" || fail "not told: $(cat "$T/err")"; }

# More devices than a look goes through: that is told, and none of them is said to be removed.
t_bounds_devices_cut() {
	looks_small netscan_devs_max=200
	burdened devices 300 --strict -e unshare,netdev-add,netdev-del
	expect_rc 4
	device_lost "$T/all.json"
	made_up "$T/all.json" 't[0-9]*'
}

# looks_small NAME=N...: the program with these bounds.
looks_small() {
	[ "$(alt netdev)" = tracepoint ] || skip "no looks at devices here"
	NSWATCH=$(helper nswatch-small)
	export NSWATCH_SMALL="$*"
}

# The same with a smaller bound: what comes and goes beyond it is not told, what is within is.
t_bounds_devices_small() {
	looks_small netscan_devs_max=8
	# shellcheck disable=SC2016 # for the inner shell
	partner box unshare -n sh -c 'echo in; read x; for i in 1 2 3 4 5 6 7 8 9; do ip link add name "c$0.$i" type bridge; done
		echo made; read x; ip link del "c$0.9"; ip link del "c$0.1"; ip link add name "l$0" type bridge; echo did; read x' $$
	until_said box in
	trace_start --strict -e netdev-add,netdev-del
	go_on box
	until_said box made
	wait_event ".event == \"netdev-add\" and .new_name == \"c$$.1\""
	wait_event '.event == "lost" and .why == "device"'
	go_on box
	until_said box did
	trace_stop
	go_on box
	expect_rc 4
	made_up "$T/out.json" "c$$\.[2-8]"
}

# Devices that the ring buffer has no room for: that is told, and the trace goes on.
t_bounds_devices_room() {
	looks_small netscan_devs_max=4096
	# shellcheck disable=SC2016 # for the inner shell
	partner box unshare -n sh -c 'i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo "link add name r$0.$i type bridge"; done |
		ip -batch -; echo made; read x' $$
	until_said box made
	trace_start --strict --ring-size 4K -e unshare,netdev-add,netdev-del
	"$(helper nsact)" unshare uts >/dev/null
	wait_event '.event == "unshare"'
	wait_event '.event == "lost" and .why == "device"'
	trace_stop
	go_on box
	expect_rc 4
	! grep "\"r$$\." "$T/out.json" || fail "a device that was there already"
}

# box_after NAME: a net namespace with a device NAME, and the program in one that was made after it.
box_after() {
	# shellcheck disable=SC2016 # for the inner shell
	partner box unshare -n sh -c 'ip link add name "$0" type bridge; echo in; read x' "$1"
	until_said box in
	printf '#!/bin/sh\nexec unshare -n %s "$@"\n' "$NSWATCH" >"$T/after"
	chmod 755 "$T/after"
	NSWATCH=$T/after
}

# More net namespaces than a look goes through: that is told, and what it did not reach is not gone.
t_bounds_nets_cut() {
	looks_small "netscan_nets_max=$(($(lsns -t net -n | wc -l) + 30))"
	box_after "o$$"
	trace_start --strict -e netdev-add,netdev-del
	# Those that are made later stand between the tracer's and those that were there.
	# shellcheck disable=SC2016 # for the inner shell
	partner more bash -c 'for i in {1..90}; do unshare -n sleep 1000 & done; until [ "$(lsns -t net -n | wc -l)" -gt 90 ]; do tick 0.1; done
		echo made; read -r x; kill $(jobs -p)'
	until_said more made
	wait_event '.event == "lost" and .why == "device"'
	# A few looks more.
	for _ in {1..20}; do tick; done
	trace_stop
	go_on more
	go_on box
	expect_rc 4
	! grep "\"o$$\"" "$T/out.json" || fail "a removal was made up"
}

# Net namespaces that can't be remembered are told.
t_bounds_nets_unkept() {
	looks_small nets=1
	box_after "u$$"
	trace_start --strict -e netdev-add,netdev-del
	wait_event '.event == "lost" and .why == "device"'
	trace_stop
	go_on box
	expect_rc 4
	[ "$(grep -c '"why":"device"' "$T/out.json")" -lt 20 ] || fail "told with every look"
	# The twin has room for all.
	export NSWATCH_SMALL=nets=4096
	trace_start --strict -e netdev-add,netdev-del -p $$
	trace_stop
	expect_rc 0
}
