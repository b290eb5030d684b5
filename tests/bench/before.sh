#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# before.sh - what commands cost, as ratios to the build of an earlier commit (NSWATCH_BENCH_COMMIT), which
# is built in a worktree of its own that goes away; NSWATCH_BEFORE=BINARY is such a build that is
# there already. Medians of the ratios of pairs, run one after the other; every 10th process has its
# own namespaces. NSWATCH_BENCH_PAIRS is the number of pairs.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
commit=${NSWATCH_BENCH_COMMIT:-00de7d8} pairs=${NSWATCH_BENCH_PAIRS:-31}
dir=$(mktemp -d)
tree=
clean_up() {
	[ -z "$tree" ] || git worktree remove --force "$tree"
	rm -rf "$dir"
}
trap clean_up EXIT

# The build of the commit, whose path is in $BEFORE.
before_build() {
	BEFORE=${NSWATCH_BEFORE:-}
	[ -z "$BEFORE" ] || return 0
	git worktree add --quiet --detach "$dir/tree" "$commit" 2>/dev/null || return
	tree=$dir/tree
	make -s -C "$tree" -j"$(nproc)" build/nswatch >"$dir/log" 2>&1 && BEFORE=$tree/build/nswatch
}

# spent BINARY ARGUMENTS...: "clock processor" in ms; nothing where it failed. 1: explain found something.
spent() {
	local t TIMEFORMAT='%R %U %S'
	t=$( { time "$@" >/dev/null 2>&1 </dev/null || { [ $? -eq 1 ] || echo failed; }; } 2>&1)
	case $t in *failed*) return ;; esac
	awk '{ printf "%.1f %.1f\n", $1 * 1000, ($2 + $3) * 1000 }' <<<"$t"
}

# pairs_of ARGUMENTS...: into $dir/pairs "clock processor" ratios, a pair a line; who goes first changes.
# --visible is what the build of then does without it.
pairs_of() {
	local i new old arg then=()
	for arg in "$@"; do [ "$arg" = --visible ] || then+=("$arg"); done
	for ((i = 0; i < pairs; i++)); do
		((i % 2)) && new=$(spent "$NSWATCH" "$@")
		old=$(spent "$BEFORE" "${then[@]}")
		((i % 2)) || new=$(spent "$NSWATCH" "$@")
		[ -n "$new" ] && [ -n "$old" ] &&
			awk 'NF == 4 && $3 && $4 { print $1 / $3, $2 / $4, $1, $2 }' <<<"$new $old"
	done >"$dir/pairs"
}

# column N: the median of it, with the least and the most.
column() {
	[ -s "$dir/pairs" ] || { echo -; return; }
	cut -d' ' -f"$1" "$dir/pairs" | sort -g |
		awk '{ v[NR] = $1 } END {
			m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
			printf "%.2f (%.2f-%.2f)", m, v[1], v[NR] }'
}

ms() { cut -d' ' -f"$1" "$dir/pairs" | median | awk '{ printf "%.0f ms", $1 }'; }

# told WHAT CLOCK PROCESSOR ARGUMENTS...: the goals, - for none.
told() {
	local what=$1 clock=$2 processor=$3
	shift 3
	pairs_of "$@"
	[ "$clock" = - ] || row "$what, clock" "$(column 1)" "<= $clock" "nswatch $*: $(ms 3)"
	[ "$processor" = - ] || row "$what, processor" "$(column 2)" "<= $processor" "nswatch $*: $(ms 4)"
}

memory() {
	local binary kib=()
	for binary in "$NSWATCH" "$BEFORE"; do
		"$HELPERS/maxrss" "$dir/rss" "$binary" trace -q -- true >/dev/null 2>&1
		kib+=("$(awk '{ print $1 }' "$dir/rss")")
	done
	row "trace -q -- true, peak memory" "$(awk -v a="${kib[0]}" -v b="${kib[1]}" 'BEGIN { printf "%.2f", a / b }')" \
		"<= 0.6" "ru_maxrss: ${kib[0]} : ${kib[1]} KiB"
}

few() {
	local clock=0.20
	"$NSWATCH" doctor --json | tr -d ' \n' | grep -q '"name":"unshare"[^{]*"chosen":"tracepoint"' && clock=0.45
	told "80 processes: trace -q -- true" "$clock" 0.45 trace -q -- true
	told "80 processes: explain -- true" 0.50 - explain -- true
	told "80 processes: create --trace true" 0.50 - create --trace true
}

many() {
	local what
	told "5,000 processes: trace -q -- true" - 0.30 trace -q -- true
	for what in -T "-o +OWNER" "-o +CONTAINER"; do
		# shellcheck disable=SC2086 # options
		told "5,000 processes: ls --visible $what" 0.45 0.45 ls --visible $what
	done
	told "5,000 processes: ls --all" 0.35 0.35 ls --all
	told "5,000 processes: ls --output-all" 0.30 0.30 ls --output-all
	told "5,000 processes: explain" 0.30 0.30 explain
	told "5,000 processes: netdev" 0.30 0.30 netdev
	told "5,000 processes: netns list" 0.30 0.30 netns list
}

if ! before_build; then
	row "ratios to the build of $commit" - "" "it can't be built here"
	exit 0
fi
echo "ratios to the build of $commit, medians of $pairs pairs (least-most)"
with_many 80 10 few
memory
with_many 5000 10 many || row "5,000 processes" "-" "" "they can't be started here"
