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
	[ -s "$T/out.json" ] && { echo "events:"; cut -c 1-400 "$T/out.json"; }
	[ -s "$T/err" ] && { echo "stderr:"; cat "$T/err"; }
	exit 1
}

skip() {
	echo "$*" >"$T/why"
	exit 77
}

at_end() { CLEANUP+=("$*"); }

cleanup() {
	local i
	for ((i = ${#CLEANUP[@]} - 1; i >= 0; i--)); do
		eval "${CLEANUP[i]}" 2>/dev/null
	done
	for i in "${BACKGROUND[@]}"; do
		kill "$i" 2>/dev/null
		wait "$i" 2>/dev/null
	done
}

have() { command -v "$1" >/dev/null; }
need() { have "$1" || skip "$1 is not installed"; }
helper() { echo "$NSWATCH_HELPERS/$1"; }

# inum TYPE [PID]: the kernel's number of a namespace, by stat(2) on nsfs.
inum() { stat -L -c %i "/proc/${2:-self}/ns/$1"; }

# trace_cmd OPTIONS... -- CMD...: events to $T/out.json, what CMD says to $T/cmd.out; its status in $RC.
trace_cmd() {
	local opts=()
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
	local n=0
	until jq -e -s "any(.[]; $1)" "$T/out.json" >/dev/null 2>&1; do
		kill -0 "$TRACER" 2>/dev/null || fail "nswatch ended while waiting for: $1"
		n=$((n + 1))
		[ $n -gt 600 ] && fail "no event came: $1"
		# A growing file has no signal to wait for but its growth.
		read -r -t 0.05 <> <(:)
	done
}

# event JQ: the events that the expression is true for, one a line.
event() { jq -c "select($1)" "$T/out.json"; }
event_count() { event "$1" | wc -l; }

# expect_event JQ [COUNT]: at least one (or exactly COUNT) events; the first is left in $EV.
expect_event() {
	local n
	n=$(event_count "$1")
	EV=$(event "$1" | head -n 1)
	if [ $# -gt 1 ]; then
		[ "$n" -eq "$2" ] || fail "$n events instead of $2: $1"
	else
		[ "$n" -gt 0 ] || fail "no event: $1"
	fi
}

no_event() {
	local n
	n=$(event_count "$1")
	[ "$n" -eq 0 ] || fail "$n events that should not be: $1: $(event "$1" | head -n 1)"
}

# field JQ WANT: a field of $EV.
field() {
	local got
	got=$(jq -r "$1" <<<"$EV")
	[ "$got" = "$2" ] || fail "$1 is '$got', not '$2', in $EV"
}

expect_rc() { [ "$RC" -eq "$1" ] || fail "exit status $RC instead of $1: $(cat "$T/err")"; }

# before_event JQ JQ: the first event of the one comes before the first of the other.
before_event() {
	local a b
	a=$(jq -s "map($1) | index(true) // -1" "$T/out.json")
	b=$(jq -s "map($2) | index(true) // -1" "$T/out.json")
	[ "$a" -ge 0 ] || fail "no event: $1"
	[ "$b" -ge 0 ] || fail "no event: $2"
	[ "$a" -lt "$b" ] || fail "event $a ($1) is not before event $b ($2)"
}
