#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tracers.sh [ROUNDS] - what a loop of fork+exit costs under nswatch, strace and bpftrace, each with
# the same calls and lives to tell, turn by turn; medians of the ratios to the loop alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
rounds=${1:-7}
NSWATCH=$(realpath "$NSWATCH") HELPERS=$(realpath "$HELPERS")
export NSWATCH HELPERS TRACERS_INSIDE=${TRACERS_INSIDE:-}
# bpftrace looks for tracefs where it belongs.
if [ -z "$TRACERS_INSIDE" ] && [ ! -d /sys/kernel/tracing/events ]; then
	# shellcheck disable=SC2016 # for the inner shell
	TRACERS_INSIDE=1 exec unshare -m sh -c \
		'mount -t tracefs none /sys/kernel/tracing && exec bash "$0" "$@"' "$0" "$@"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
LOOP=()

# bpftrace_start: in the background; ready when it tells of a call that fails, BEGIN is too early.
bpftrace_start() {
	local line
	mkfifo "$dir/bt"
	bpftrace -e 'tracepoint:syscalls:sys_exit_unshare, tracepoint:syscalls:sys_exit_setns,
		tracepoint:syscalls:sys_exit_clone, tracepoint:syscalls:sys_exit_clone3
			/args->ret < 0/ { printf("%s %s %d %d\n", probe, comm, pid, args->ret); }
		tracepoint:task:task_newtask { @new[args->pid] = args->clone_flags; }
		tracepoint:sched:sched_process_exit { delete(@new[pid]); }
		END { clear(@new); }' >"$dir/bt" 2>/dev/null &
	BPFTRACE=$!
	exec 9<"$dir/bt"
	rm "$dir/bt"
	while kill -0 "$BPFTRACE" 2>/dev/null; do
		nsenter -n/dev/null true 2>/dev/null # setns(2): EINVAL
		while read -r -t 0.1 line <&9; do
			case $line in *sys_exit_setns*) return 0 ;; esac
		done
	done
	wait "$BPFTRACE"
	return 1
}

bpftrace_stop() {
	kill -INT "$BPFTRACE"
	cat <&9 >/dev/null
	wait "$BPFTRACE"
	exec 9<&-
}

under_strace() {
	strace -f "$@" -e trace=unshare,setns,clone,clone3 -o /dev/null "${LOOP[@]}"
}

# turn I NAME FUNCTION...: the loop alone and under it, who goes first changes from turn to turn.
turn() {
	local i=$1 name=$2 base traced
	shift 2
	((i % 2)) && base=$("${LOOP[@]}")
	traced=$("$@") || return
	((i % 2)) || base=$("${LOOP[@]}")
	awk -v a="$traced" -v b="$base" 'BEGIN { if (b > 0 && a > 0) printf "%.4f\n", a / b }' >>"$dir/$name"
}

under_nswatch() {
	tracer_start
	"${LOOP[@]}"
	tracer_stop
}

under_bpftrace() {
	bpftrace_start || return
	"${LOOP[@]}"
	bpftrace_stop
}

# rows_of LOOP...
rows_of() {
	local what="$1+exit" i
	[ "$1" = getppid ] && what=getppid
	LOOP=("$HELPERS/loop" "$@")
	rm -f "$dir"/*
	for ((i = 0; i < rounds; i++)); do
		turn "$i" nswatch under_nswatch
		have strace && turn "$i" strace under_strace
		have strace && turn "$i" filter under_strace --seccomp-bpf
		have bpftrace && turn "$i" bpftrace under_bpftrace
	done
	row "$what loop, traced : alone, nswatch" "$(value nswatch)" "stated" "loop $*"
	row "  strace -f" "$(value strace)" "stated" "strace -f -e trace=unshare,setns,clone,clone3"
	row "  strace -f --seccomp-bpf" "$(value filter)" "stated" ""
	row "  bpftrace, tracepoints" "$(value bpftrace)" "stated" "calls that fail, births and deaths"
}

value() { [ -s "$dir/$1" ] && median <"$dir/$1" || echo -; }
rows_of fork 20 100
rows_of getppid 20 5000
