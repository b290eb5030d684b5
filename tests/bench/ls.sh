#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ls.sh - `nswatch ls --visible` and `nswatch ls` against lsns and against a bare dump of the same data (dump.bpf.c): CPU time
# (user and system), medians of one run, turn by turn, with every 10th process in its own
# namespaces; then how its cost grows, and its memory. LSNS_NEW=PATH is a further lsns,
# NSWATCH_BENCH_SIZES the numbers of processes, in ascending order.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
control=build/tests/bench/dump
[ -x "$control" ] || make -s bench-bins || exit 1
sizes=${NSWATCH_BENCH_SIZES:-80 1000 5000 20000}
peers_up_to=5000 # lsns takes minutes beyond
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# value NAME COLUMN: its median.
value() { cut -d' ' -f"$2" "$dir/$1" 2>/dev/null | median; }
# ratio NAME NAME [COLUMN]: of their medians.
ratio() {
	awk -v a="$(value "$1" "${3:-2}")" -v b="$(value "$2" "${3:-2}")" \
		'BEGIN { if (a > 0 && b > 0) printf "%.1f", a / b; else printf "-" }'
}

turns() {
	local n=$1 rounds=7 i
	[ "$n" -ge 5000 ] && rounds=3
	for ((i = 0; i < rounds; i++)); do
		for _ in 1 2 3; do
			time_of "$dir/bpf" "$NSWATCH" ls --visible
			time_of "$dir/all" "$NSWATCH" ls
			time_of "$dir/control" "$control"
		done
		time_of "$dir/proc" "$NSWATCH" ls --visible --source=proc
		[ "$n" -gt "$peers_up_to" ] && continue
		time_of "$dir/lsns" lsns
		[ -n "${LSNS_NEW:-}" ] && time_of "$dir/new" "$LSNS_NEW"
	done
}

told() {
	local n=$1 goal=stated all=stated proc=stated
	[ "$n" -eq 5000 ] && goal=">= 120" all=">= 60" proc=">= 5"
	[ "$n" -eq 80 ] && goal="> 1" all="> 1"
	if [ "$n" -le "$peers_up_to" ]; then
		row "$n processes, lsns : ls --visible, CPU" "$(ratio lsns bpf)" "$goal" "lsns : nswatch ls --visible"
		row "  the same, wall clock" "$(ratio lsns bpf 1)" "$goal" ""
		row "  lsns : ls, CPU" "$(ratio lsns all)" "$all" "with all that lsns does not see"
		row "  the same, wall clock" "$(ratio lsns all 1)" "$all" ""
		[ -n "${LSNS_NEW:-}" ] && row "  newest lsns : ls, CPU" "$(ratio new bpf)" "stated" \
			"$("$LSNS_NEW" --version)"
		row "  lsns : ls from /proc, CPU" "$(ratio lsns proc)" "stated" "ls --visible --source=proc"
		row "  the same, wall clock" "$(ratio lsns proc 1)" "$proc" ""
	fi
	row "  ls --visible : bare dump, both with load, CPU" "$(ratio bpf control)" \
		"$([ "$n" -ge 5000 ] && echo "<= 4" || echo stated)" "tests/bench/dump.bpf.c"
	row "  ls --visible with $n processes, CPU" "$(value bpf 2) ms" "linear" "nswatch ls --visible"
	row "  ls with $n processes, CPU" "$(value all 2) ms" "linear" "nswatch ls"
	row "  ls --visible from /proc, CPU" "$(value proc 2) ms" "linear" "nswatch ls --visible --source=proc"
}

# In MB, whatever is looked at; the whole table costs the most.
memory() {
	local n=$1 how got
	for how in "" --visible "--source=proc" "--all --output-all"; do
		# shellcheck disable=SC2086 # options
		"$HELPERS/maxrss" "$dir/rss" "$NSWATCH" ls $how >"$dir/out" 2>/dev/null
		got=$(awk '{ printf "%.1f MB", $1 / 1024 }' "$dir/rss" 2>/dev/null)
		row "  memory with $n processes${how:+, $how}" "${got:--}" "<= 64 MB" "nswatch ls${how:+ $how}, ru_maxrss"
	done
}

# CPU time for a process and its share of the rows, against that of the number before.
declare -A each_before
growth() {
	local n=$1 name each
	for name in bpf all proc; do
		each=$(awk -v t="$(value $name 2)" -v n="$n" 'BEGIN { print t / n }')
		[ -n "${before:-}" ] && [ "$n" -gt 1000 ] &&
			row "  per process, against $before, $name" \
				"$(awk -v a="$each" -v b="${each_before[$name]}" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }')" \
				"<= 1.2" "linear: 1"
		each_before[$name]=$each
	done
	before=$n
}

measure() {
	rm -f "$dir"/*
	turns "$1"
	told "$1"
	growth "$1"
	memory "$1"
}

for n in $sizes; do
	with_many "$n" 10 measure "$n" || row "$n processes" "-" "" "they can't be started here"
done
