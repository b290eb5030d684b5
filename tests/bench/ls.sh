#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ls.sh [PEER...] - `nswatch ls` against lsns (and other builds of it given by path): medians of
# one run, turn by turn, at several numbers of processes, every 10th in its own namespaces.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
peers=(lsns "$@")
sizes=${NSWATCH_BENCH_SIZES:-80 1000 5000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
TIMEFORMAT='%R %U %S'

# time_of NAME CMD...: adds "wall cpu" in ms to $dir/NAME; nothing where it printed no rows.
time_of() {
	local name=$1 t
	shift
	t=$( { time "$@" >"$dir/out" 2>/dev/null; } 2>&1 )
	[ -s "$dir/out" ] || return
	awk '{ printf "%.1f %.1f\n", $1 * 1000, ($2 + $3) * 1000 }' <<<"$t" >>"$dir/$name"
}

# value NAME COLUMN: its median.
value() { cut -d' ' -f"$2" "$dir/$1" 2>/dev/null | median; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a > 0 && b > 0) printf "%.1f", b / a; else printf "-" }'; }

measure() {
	local n=$1 rounds=7 i p
	[ "$n" -ge 5000 ] && rounds=3
	rm -f "$dir"/*
	coproc MANY { exec "$HELPERS/spawn_many" "$n" 10; }
	read -r _ <&"${MANY[0]}"
	for ((i = 0; i < rounds; i++)); do
		for p in 1 2 3; do time_of bpf "$NSWATCH" ls; done
		time_of proc "$NSWATCH" ls --source=proc
		for p in "${!peers[@]}"; do time_of "peer$p" "${peers[p]}"; done
	done
	printf '%6s %-34s %9s %9s %8s %8s\n' "$n" "nswatch ls" "$(value bpf 1)" "$(value bpf 2)" 1.0 1.0
	printf '%6s %-34s %9s %9s %8s %8s\n' "$n" "nswatch ls --source=proc" "$(value proc 1)" \
		"$(value proc 2)" "$(ratio "$(value bpf 1)" "$(value proc 1)")" \
		"$(ratio "$(value bpf 2)" "$(value proc 2)")"
	for p in "${!peers[@]}"; do
		printf '%6s %-34s %9s %9s %8s %8s\n' "$n" "$("${peers[p]}" --version)" \
			"$(value "peer$p" 1)" "$(value "peer$p" 2)" \
			"$(ratio "$(value bpf 1)" "$(value "peer$p" 1)")" \
			"$(ratio "$(value bpf 2)" "$(value "peer$p" 2)")"
	done
	eval "exec ${MANY[1]}>&-"
	wait "$MANY_PID" 2>/dev/null
}

printf '%6s %-34s %9s %9s %8s %8s\n' PROCS COMMAND "WALL ms" "CPU ms" ":WALL" ":CPU"
for n in $sizes; do
	measure "$n"
done
