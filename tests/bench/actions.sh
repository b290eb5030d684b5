#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# actions.sh [PAIRS] - what create costs beside unshare, in pairs of runs, one right after the
# other, so that a machine that drifts does not matter. Medians of the ratios; a row per claim:
# CLAIM MEASURED GOAL COMMAND.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
pairs=${1:-101}
TIMEFORMAT='%R %U %S'

# spent CMD...: microseconds on the wall and on the processors, of 10 runs.
spent() {
	local i t
	t=$( { time for i in 1 2 3 4 5 6 7 8 9 10; do "$@" >/dev/null 2>&1; done; } 2>&1 )
	awk '{ print $1 * 1e6, ($2 + $3) * 1e6 }' <<<"$t"
}

# ratios OURS -- PEERS: medians of wall and processor time, ours : theirs.
ratios() {
	local ours=() i a b dir
	while [ "$1" != -- ]; do
		ours+=("$1")
		shift
	done
	shift
	dir=$(mktemp -d)
	for ((i = 0; i < pairs; i++)); do
		# Who goes first changes from pair to pair.
		if ((i % 2)); then
			a=$(spent "${ours[@]}") b=$(spent "$@")
		else
			b=$(spent "$@") a=$(spent "${ours[@]}")
		fi
		awk -v a="$a" -v b="$b" -v d="$dir" 'BEGIN {
			split(a, x, " "); split(b, y, " ")
			if (y[1] > 0) print x[1] / y[1] >d "/wall"
			if (y[2] > 0) print x[2] / y[2] >d "/cpu" }'
		cat "$dir/wall" >>"$dir/walls"
		cat "$dir/cpu" >>"$dir/cpus"
	done
	printf '%.2f (cpu %.2f)\n' "$(median <"$dir/walls")" "$(median <"$dir/cpus")"
	rm -rf "$dir"
}

row "create -fp --mount-proc : unshare" \
	"$(ratios "$NSWATCH" create -fp --mount-proc true -- unshare -fp --mount-proc true)" "<= 1.00" \
	"create -fp --mount-proc true"

unshare -muinpf --mount-proc sleep 1000 &
holder=$!
# The child is there when the namespaces are.
until target=$(pgrep -x -P "$holder" sleep); do :; done
row "enter -t PID -a : nsenter" \
	"$(ratios "$NSWATCH" enter -t "$target" -a true -- nsenter -t "$target" -a true)" "<= 1.00" \
	"enter -t PID -a true"
kill -KILL "$target" && wait "$holder"
