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
	burdened mounts 3000 --strict
	in_time
	expect_rc 4
	grep -q '^nswatch: mnt:\[[0-9]*\]: its mountinfo takes too long' "$T/err" || fail "not said: $(cat "$T/err")"
	grep -q '"event":"lost".*"why":"mount"' "$T/all.json" || fail "not told"
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

# More devices than a look goes through: that is told, and none of them is said to be removed.
t_bounds_devices_cut() {
	[ "$(alt netdev)" = tracepoint ] || skip "no looks at devices here"
	burdened devices 4200 --strict -e unshare,netdev-add,netdev-del
	expect_rc 4
	grep -q '"event":"lost".*"why":"device"' "$T/all.json" || fail "not told"
	! grep '"event":"netdev-del"' "$T/all.json" | grep -q '"t[0-9]*"' || fail "a removal was made up"
}
