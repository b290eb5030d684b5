#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# explain.sh - `nswatch explain` of all processes against one `nswatch ls`: medians of the ratios of
# pairs, run one after the other, with every 10th process in its own namespaces.
# NSWATCH_BENCH_EXPLAIN is the number of processes, NSWATCH_BENCH_PAIRS that of pairs.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
n=${NSWATCH_BENCH_EXPLAIN:-5000} pairs=${NSWATCH_BENCH_PAIRS:-5}
TIMEFORMAT='%R %U %S'

# spent CMD...: wall clock and CPU time in seconds; nothing where it failed.
spent() {
	local t status
	t=$( { time "$@" >/dev/null 2>&1; echo $? >&3; } 2>&1 3>"$status_file")
	status=$(cat "$status_file")
	[ "$status" -le 1 ] && awk '{ print $1, $2 + $3 }' <<<"$t"
}

# pairs_of OPTIONS...: "wall cpu" ratios, a pair a line.
pairs_of() {
	local i ls explain
	for ((i = 0; i < pairs; i++)); do
		ls=$(spent "$NSWATCH" ls --visible)
		explain=$(spent "$NSWATCH" explain "$@")
		[ -n "$ls" ] && [ -n "$explain" ] && awk -v OFMT=%.2f 'NF == 4 && $1 && $2 { print $3 / $1, $4 / $2 }' <<<"$ls $explain"
	done
}

# told [OPTION]
told() {
	local wall cpu
	wall=$(cut -d' ' -f1 "$ratios" | median) cpu=$(cut -d' ' -f2 "$ratios" | median)
	row "$n processes, explain${1:+ $1} : ls, wall clock" "${wall:--}" "< 100" "nswatch explain${1:+ $1} : nswatch ls"
	row "  the same, CPU" "${cpu:--}" "< 100" ""
}

status_file=$(mktemp) ratios=$(mktemp)
trap 'rm -f "$status_file" "$ratios"' EXIT
measure() {
	pairs_of >"$ratios"
	told
	pairs_of --all >"$ratios"
	told --all
}

with_many "$n" 10 measure || row "$n processes, explain : ls" "-" "" "they can't be started here"
