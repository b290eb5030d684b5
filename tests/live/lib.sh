# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# lib.sh - what live tests are written with.
#
# The test's directory is $T. Everything that a test starts in the background is ended and waited
# for by cleanup, by its id.

T=${T:-}
FORCE=()
[ -n "${NSWATCH_FORCE_ALT:-}" ] && FORCE=(--hook "all=$NSWATCH_FORCE_ALT")
CLEANUP=()
BACKGROUND=()

fail() {
	echo "$*" >"$T/why"
	echo "FAILED: $*"
	[ -s "$T/out.json" ] && { echo "events:"; tail -n 20 "$T/out.json" | cut -c 1-400; }
	[ -s "$T/err" ] && { echo "stderr:"; cat "$T/err"; }
	exit 1
}

skip() {
	echo "$*" >"$T/why"
	exit 77
}

# tick [SECONDS]: one turn of a loop that waits for what has no signal of its own, in a test or a bash that
# it runs. A loop that has waited for three times NSWATCH_PATIENCE seconds ends the test, or that bash, with
# its place. (Three times: a loop within a loop looks like one.)
tick() {
	local at="${BASH_SOURCE[1]:-bash}:${BASH_LINENO[*]}"

	if [ "$at" != "${TICK_AT:-}" ] || [ $((SECONDS - TICK_LAST)) -gt 2 ]; then
		TICK_AT=$at TICK_END=$((SECONDS + 3 * ${NSWATCH_PATIENCE:-60}))
	fi
	TICK_LAST=$SECONDS
	if [ "$SECONDS" -ge "$TICK_END" ]; then
		declare -F fail >/dev/null && fail "waited in vain at ${at##*/}"
		echo "waited in vain at ${at##*/}" >&2
		exit 1
	fi
	read -r -t "${1:-0.02}" <> <(:)
}
export -f tick

# mount(8) of util-linux 2.39 and newer asks by fsopen(2) and its like where it can; tests that want these make
# them by a helper.
export LIBMOUNT_FORCE_MOUNT2=always

# scaled SECONDS: a limit for what takes much less, on a machine as slow or busy as this one.
scaled() { echo $(($1 * ${NSWATCH_PATIENCE:-60} / 60)); }

# in_vm: this machine is the test's own, booted for it.
in_vm() { grep -q nswatch.nonce /proc/cmdline; }

# left_out: the runs of hooks that the kernel left out, as nswatch told in $T/err; each may be an
# event less.
left_out() {
	sed -n 's/.*the kernel left out \([0-9]*\) runs\{0,1\} of hooks (.*/\1/p' "$T/err" | grep . || echo 0
}

at_end() { CLEANUP+=("$*"); }

# cgroup_top: TOP is where cgroups are made that nswatch reads: of cgroup2, or where the controller of pids is
# in version 1, of its hierarchy, which is mounted for the test where it is nowhere.
cgroup_top() {
	TOP=/sys/fs/cgroup
	if awk '$1 == "pids" && $2 { found = 1 } END { exit !found }' /proc/cgroups 2>/dev/null; then
		TOP=/sys/fs/cgroup/pids
		if [ ! -e "$TOP/cgroup.procs" ]; then
			TOP=$T/cgroup.pids
			mkdir "$TOP"
			mount -t cgroup -o pids cgroup "$TOP" 2>/dev/null || skip "no cgroup of our own can be made here"
			at_end "umount -l '$TOP'"
		fi
	fi
	[ -w "$TOP/cgroup.procs" ] || skip "no cgroup of our own can be made here"
}

# end_children PID: the children of a process, and theirs; the init of a pid namespace needs KILL.
end_children() {
	local child

	for child in $(pgrep -P "$1"); do
		end_children "$child"
		kill -KILL "$child" 2>/dev/null
	done
}

# ours PID: a child of this test's shell. What was waited for has given back its number, which may be
# another's by now.
ours() { grep -qsx "PPid:[[:space:]]$$" "/proc/$1/status"; }

cleanup() {
	local i
	for ((i = ${#CLEANUP[@]} - 1; i >= 0; i--)); do
		eval "${CLEANUP[i]}" 2>/dev/null
	done
	for i in "${BACKGROUND[@]}"; do
		ours "$i" || continue
		end_children "$i"
		kill "$i" 2>/dev/null
		wait "$i" 2>/dev/null
	done
}

# doctor JQ: of what the kernel allows, as `nswatch doctor` said before the first test.
doctor() { jq -r "$1" "$NSWATCH_SHARED/doctor.json"; }

# alt HOOK: the alternative that traces of this run use.
alt() {
	doctor ".hooks[] | select(.name == \"$1\") | .ways as \$w |
		if \"${NSWATCH_FORCE_ALT:-}\" as \$a | \$a != \"\" and \$w[\$a].state != \"none\"
		then \"${NSWATCH_FORCE_ALT:-}\" else .chosen end"
}

# inferred HOOK: what .inferred is to be in its events.
inferred() { [ "$(alt "$1")" = tracepoint ] && echo true || echo false; }

have() { command -v "$1" >/dev/null; }
need() { have "$1" || skip "$1 is not installed"; }
helper() { echo "$NSWATCH_HELPERS/$1"; }

# public_helper NAME: a copy that other users may run.
public_helper() {
	chmod 755 "$T"
	[ -e "$T/$1" ] || cp "$NSWATCH_HELPERS/$1" "$T/$1"
	echo "$T/$1"
}

# inum TYPE [PID]: the kernel's number of a namespace, by stat(2) on nsfs.
inum() { stat -L -c %i "/proc/${2:-self}/ns/$1"; }

# said_user: the user namespace of the tests as sentences call it.
said_user() {
	local ns
	ns=$(inum user)
	[ "$ns" = 4026531837 ] && echo "the initial user namespace" || echo "user:[$ns]"
}

# Facts: what nsact printed. F[uts] is the first value of a key, F[uts,2] the second; the Nth
# "ns" of nsact begins block N, and F[N:uts] is the first value there.
declare -A F
SLOTS='mnt uts ipc user pid net cgroup time pid_for_children time_for_children'

facts() {
	local key value n=0
	local -A seen=()

	F=()
	while read -r key value; do
		[ "$key" = ns ] && n=$((n + 1))
		seen[$key]=$((${seen[$key]:-0} + 1))
		F[$key,${seen[$key]}]=$value
		[ -n "${F[$key]+there}" ] || F[$key]=$value
		[ -n "${F[$n:$key]+there}" ] || F[$n:$key]=$value
	done <"${1:-$T/cmd.out}"
}

# facts_nsset PATH N: arguments for fields: .PATH has the namespaces of block N.
facts_nsset() {
	local slot

	WANT=()
	for slot in $SLOTS; do
		# pid_for_children can't be asked for before its first child.
		[ -n "${F[$2:$slot]+there}" ] && WANT+=("$1.$slot" "${F[$2:$slot]}")
	done
	[ ${#WANT[@]} -ge 18 ] || fail "nsact did not say its namespaces in block $2"
}

# facts_changed N M: the slots that differ between two blocks, as nswatch lists them.
facts_changed() {
	local slot list=

	for slot in $SLOTS; do
		[ "${F[$1:$slot]-none}" != "${F[$2:$slot]-none}" ] && list+="${list:+,}$slot"
	done
	echo "$list"
}

# trace_cmd OPTIONS... -- CMD...: events to $T/out.json, what CMD says to $T/cmd.out; its status in $RC.
trace_cmd() {
	local opts=(--linger 10s)
	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	# The command's output goes to a file of its own: stdout is for the events.
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J -q "${FORCE[@]}" "${opts[@]}" -- \
		sh -c 'exec "$@" >"$0"' "$T/cmd.out" "$@" >"$T/out.json" 2>"$T/err"
	RC=$?
}

# trace_start OPTIONS...: traces in the background; returns when every hook is attached.
trace_start() {
	local line
	mkfifo "$T/err.fifo"
	"$NSWATCH" trace -J "${FORCE[@]}" "$@" >"$T/out.json" 2>"$T/err.fifo" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	exec 7<"$T/err.fifo"
	rm "$T/err.fifo"
	: >"$T/err"
	while read -r line <&7; do
		echo "$line" >>"$T/err"
		case $line in *"Ctrl-C ends"* | *"every "*" ms, all inferred"*) return ;; esac
	done
	fail "nswatch did not start: $(cat "$T/err")"
}

# act VERBS...: traces nsact as trace_cmd does, with $OPTS, and takes what it says into F.
OPTS=()
act() {
	trace_cmd "${OPTS[@]}" -- "$(helper nsact)" "$@"
	facts
}

# A partner is a process that the test talks with: what it says is read from OUT[NAME], what it
# waits for written to IN[NAME], its pid is PID[NAME].
declare -A IN OUT PID

partner_open() {
	local fd

	mkfifo "$T/$1.in" "$T/$1.out"
	# Read and write: opening does not wait for the other side.
	exec {fd}<>"$T/$1.in"
	IN[$1]=$fd
	exec {fd}<>"$T/$1.out"
	OUT[$1]=$fd
	: >"$T/$1.facts"
}

# partner NAME CMD...
partner() {
	local name=$1

	shift
	partner_open "$name"
	"$@" <"$T/$name.in" >"$T/$name.out" 2>>"$T/log.$name" &
	PID[$name]=$!
	BACKGROUND+=($!)
}

# traced OPTIONS... -- VERBS...: nsact, traced with its tree; the partner's name is act.
traced() {
	local opts=(--linger 10s)

	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	partner_open act
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J -q "${FORCE[@]}" "${opts[@]}" -- sh -c 'exec "$@" >"$0"' "$T/act.out" \
		"$(helper nsact)" "$@" <"$T/act.in" >"$T/out.json" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
}

# until_said NAME WORD: takes in what the partner says up to the line WORD; facts are in F then.
until_said() {
	local line

	while read -r -t "${NSWATCH_PATIENCE:-60}" line <&"${OUT[$1]}"; do
		echo "$line" >>"$T/$1.facts"
		[ "$line" = "$2" ] && { facts "$T/$1.facts"; return; }
	done
	fail "$1 did not say $2: $(cat "$T/$1.facts")"
}

# word_or_skip NAME WHY: until the partner says a line; where it ended without one, that is a skip.
word_or_skip() {
	until read -r -t 1 _ <&"${OUT[$1]}"; do
		kill -0 "${PID[$1]}" 2>/dev/null || skip "$2: $(tail -n 1 "$T/log.$1")"
		tick
	done
}

# go_on NAME: what it waits for.
go_on() { echo >&"${IN[$1]}"; }

# partner_end NAME: waits for its end; status in $RC, what it said last in F.
partner_end() {
	local line

	wait "${PID[$1]}"
	RC=$?
	while read -r -t 0 <&"${OUT[$1]}" && read -r line <&"${OUT[$1]}"; do
		echo "$line" >>"$T/$1.facts"
	done
	facts "$T/$1.facts"
}

traced_end() {
	PID[act]=$TRACER
	partner_end act
}

# now: CLOCK_BOOTTIME in ns, from the kernel.
now() {
	local key value

	read -r key value < <("$(helper nsact)" now)
	[ "$key" = now ] && echo "$value"
}

# trace_stop: ends it by SIGINT and takes its status into $RC, the rest of stderr into $T/err.
trace_stop() {
	kill -INT "$TRACER"
	cat <&7 >>"$T/err"
	wait "$TRACER"
	RC=$?
	exec 7<&-
}

# wait_event JQ: until an event that the expression is true for has been written.
wait_event() {
	local n=0 begun=$SECONDS
	until jq -e -s "any(.[]; $1)" "$T/out.json" >/dev/null 2>&1; do
		kill -0 "$TRACER" 2>/dev/null || fail "nswatch ended while waiting for: $1"
		n=$((n + 1))
		[ $n -gt 600 ] && [ $SECONDS -gt $((begun + ${NSWATCH_PATIENCE:-60})) ] && fail "no event came: $1"
		# A growing file has no signal to wait for but its growth.
		tick 0.05
	done
}

# query JQ: the events that the expression is true for, into EVENTS.
EVENTS=()
query() {
	local out

	out=$(jq -c "select($1)" "$T/out.json") || fail "jq failed: $1"
	EVENTS=()
	[ -z "$out" ] || mapfile -t EVENTS <<<"$out"
}

# expect_event JQ [COUNT]: at least one (or exactly COUNT) events; the first is left in $EV.
expect_event() {
	query "$1"
	EV=${EVENTS[0]-}
	if [ $# -gt 1 ]; then
		[ ${#EVENTS[@]} -eq "$2" ] || fail "${#EVENTS[@]} events instead of $2: $1"
	else
		[ ${#EVENTS[@]} -gt 0 ] || fail "no event: $1"
	fi
}

no_event() {
	query "$1"
	[ ${#EVENTS[@]} -eq 0 ] || fail "${#EVENTS[@]} events that should not be: $1: ${EVENTS[0]}"
}

# fields JQ WANT [JQ WANT...]: several fields of $EV.
fields() {
	local prog='' asked=() want=() got i

	while [ $# -gt 0 ]; do
		prog+="${prog:+, }($1 | tostring)"
		asked+=("$1")
		want+=("$2")
		shift 2
	done
	mapfile -t got < <(jq -r "$prog" <<<"$EV")
	for i in "${!want[@]}"; do
		[ "${got[i]-nothing}" = "${want[i]}" ] ||
			fail "${asked[i]} is '${got[i]-nothing}', not '${want[i]}', in $EV"
	done
}

# field JQ WANT: a field of $EV.
field() { fields "$1" "$2"; }

expect_rc() { [ "$RC" -eq "$1" ] || fail "exit status $RC instead of $1: $(cat "$T/err")"; }

# before_event JQ JQ: the first event of the one comes before the first of the other.
before_event() {
	local a b
	read -r a b < <(jq -rs "[map($1), map($2)] | map(index(true) // -1) | @tsv" "$T/out.json")
	[ "${a:--1}" -ge 0 ] || fail "no event: $1"
	[ "$b" -ge 0 ] || fail "no event: $2"
	[ "$a" -lt "$b" ] || fail "event $a ($1) is not before event $b ($2)"
}
