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
TIMEFORMAT='%U %S'

# spent SERIES CMD...: its CPU time in ms into the file of the series; nothing where it printed nothing.
spent() {
	local name=$1 t
	shift
	t=$( { time "$@" >"$dir/out" 2>/dev/null; } 2>&1 )
	[ -s "$dir/out" ] && awk '{ printf "%.1f\n", ($1 + $2) * 1000 }' <<<"$t" >>"$dir/$name.times"
}

# point X FILE: the medians there, with spawn_many's processes alive.
point() {
	local x=$1 to=$2 i series
	rm -f "$dir"/*.times
	for ((i = 0; i < 5; i++)); do
		spent "bare BPF dump" "$control"
		spent "nswatch ls" "$NSWATCH" ls
		spent "nswatch ls --source=proc" "$NSWATCH" ls --source=proc
		have lsns && spent lsns lsns
		[ -n "${LSNS_NEW:-}" ] && spent "lsns, newest" "$LSNS_NEW"
	done
	for series in lsns "lsns, newest" "nswatch ls --source=proc" "nswatch ls" "bare BPF dump"; do
		[ -s "$dir/$series.times" ] &&
			printf '%s\t%s\t%s\n' "$series" "$x" "$(median <"$dir/$series.times")" >>"$to"
	done
}

# with N EVERY X FILE: a point with N processes, every EVERYth in namespaces of its own; X of "rows" is
# the number of namespaces.
with() {
	local x=$3
	coproc MANY { exec "$HELPERS/spawn_many" "$1" "$2" 2>/dev/null; }
	if read -r _ <&"${MANY[0]}"; then
		[ "$x" = rows ] && x=$("$NSWATCH" ls -n | wc -l)
		point "$x" "$4"
	else
		echo "bench: $1 processes can't be started here" >&2
	fi
	{ eval "exec ${MANY[1]}>&-"; wait "$MANY_PID"; } 2>/dev/null
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
