#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# plot.sh - what a snapshot costs against the number of processes and against that of namespaces, as
# build/bench-processes.svg and build/bench-namespaces.svg, with the figures in .tsv beside them: CPU
# time (user and system), medians, all of one run, turn by turn. NSWATCH_BENCH_SIZES are the numbers
# of processes, NSWATCH_BENCH_FIXED that of the second chart; LSNS_NEW=PATH is a further lsns.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
make -s -j"$(nproc)" all helpers bench-bins || exit 1
control=build/tests/bench/dump
sizes=${NSWATCH_BENCH_SIZES:-80 300 1000 2500 5000}
fixed=${NSWATCH_BENCH_FIXED:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# point X FILE: the medians of the CPU time there; X of "rows" is the number of namespaces.
point() {
	local x=$1 to=$2 i series
	[ "$x" = rows ] && x=$("$NSWATCH" ls -n | wc -l)
	rm -f "$dir"/*
	for ((i = 0; i < 5; i++)); do
		time_of "$dir/bare BPF dump" "$control"
		time_of "$dir/nswatch ls" "$NSWATCH" ls
		time_of "$dir/nswatch ls --source=proc" "$NSWATCH" ls --source=proc
		have lsns && time_of "$dir/lsns" lsns
		[ -n "${LSNS_NEW:-}" ] && time_of "$dir/lsns, newest" "$LSNS_NEW"
	done
	for series in lsns "lsns, newest" "nswatch ls --source=proc" "nswatch ls" "bare BPF dump"; do
		[ -s "$dir/$series" ] &&
			printf '%s\t%s\t%s\n' "$series" "$x" "$(cut -d' ' -f2 "$dir/$series" | median)" >>"$to"
	done
}

# with N EVERY X FILE: a point with N processes, every EVERYth in namespaces of its own.
with() {
	with_many "$1" "$2" point "$3" "$4" || echo "bench: $1 processes can't be started here" >&2
}

# chart NAME TITLE XNAME NOTE
chart() {
	sort -s -t $'\t' -k1,1 -k2,2g build/bench-"$1".tsv >"$dir/sorted"
	awk -v title="$2" -v xname="$3" -v yname="CPU time, ms" \
		-v note="$4; Linux $(uname -r), $(date +%F). Distances count, not absolute times." \
		-f tests/bench/plot.awk "$dir/sorted" >build/bench-"$1".svg && echo "build/bench-$1.svg"
}

rm -f build/bench-{processes,namespaces}.tsv
for n in $sizes; do
	with "$n" 10 "$n" build/bench-processes.tsv
done
for every in 0 100 30 10 3 1; do
	with "$fixed" $every rows build/bench-namespaces.tsv
done
chart processes "A snapshot of all namespaces" "processes, every 10th in 5 namespaces of its own" "make bench-plot"
chart namespaces "A snapshot of all namespaces" "namespaces of $fixed processes" "make bench-plot"
