# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# lib.sh - pairs of runs and their ratios, for the benchmarks.

NSWATCH=${NSWATCH:-build/nswatch}
HELPERS=${NSWATCH_HELPERS:-build/tests/helpers}

# median < numbers, one a line
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# tracer_start OPTIONS...: in the background, returns when it is attached; its id in $TRACER.
tracer_start() {
	local line dir
	dir=$(mktemp -d)
	mkfifo "$dir/err"
	"$NSWATCH" trace "$@" >"$dir/out" 2>"$dir/err" &
	TRACER=$!
	TRACER_DIR=$dir
	exec 8<"$dir/err"
	while read -r line <&8; do
		case $line in *"Ctrl-C ends"*) return 0 ;; esac
	done
	echo "nswatch did not start" >&2
	exit 1
}

# tracer_stop: ends it; what it said at the end is in $TRACER_SAID.
tracer_stop() {
	kill -INT "$TRACER"
	# shellcheck disable=SC2034 # for the caller
	TRACER_SAID=$(cat <&8)
	wait "$TRACER"
	exec 8<&-
	rm -rf "$TRACER_DIR"
}

# cost PAIRS LOOP-ARGS... [-- TRACE-OPTIONS...]: median of the ratios attached : detached of a loop,
# pair by pair, so that a machine that drifts does not matter.
cost() {
	local pairs=$1 i a b loop=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		loop+=("$1")
		shift
	done
	[ $# -gt 0 ] && shift
	for ((i = 0; i < pairs; i++)); do
		b=$("$HELPERS/loop" "${loop[@]}")
		tracer_start "$@"
		a=$("$HELPERS/loop" "${loop[@]}")
		tracer_stop
		awk -v a="$a" -v b="$b" 'BEGIN { printf "%.4f\n", a / b }'
	done | median
}

# row CLAIM MEASURED GOAL COMMAND
row() { printf '%-44s %-12s %-14s %s\n' "$@"; }
