# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# lib.sh - pairs of runs and their ratios, for the benchmarks.

NSWATCH=${NSWATCH:-build/nswatch}
HELPERS=${NSWATCH_HELPERS:-build/tests/helpers}

have() { command -v "$1" >/dev/null; }

# median < numbers, one a line
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# time_of FILE CMD...: adds "wall cpu" in ms to it; nothing where it printed nothing.
time_of() {
	local file=$1 t TIMEFORMAT='%R %U %S'
	shift
	t=$( { time "$@" >"$file.out" 2>/dev/null; } 2>&1 )
	[ -s "$file.out" ] || return
	awk '{ printf "%.1f %.1f\n", $1 * 1000, ($2 + $3) * 1000 }' <<<"$t" >>"$file"
}

# with_many N EVERY CMD...: CMD while there are N more processes, every EVERYth in namespaces of its
# own; false where they can't be started.
with_many() {
	local n=$1 every=$2 there=1
	shift 2
	coproc MANY { exec "$HELPERS/spawn_many" "$n" "$every" 2>/dev/null; }
	read -r _ <&"${MANY[0]}" && there=0 && "$@"
	{ eval "exec ${MANY[1]}>&-"; wait "$MANY_PID"; } 2>/dev/null
	return $there
}

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

# peers: those that the rows compare with, and what is left out for want of one.
peers() {
	local name version rows
	while IFS='|' read -r name version rows; do
		if have "$name"; then
			printf 'peer %-9s %s\n' "$name" "$($version 2>&1 | head -n 1)"
		else
			printf 'peer %-9s MISSING: no rows of %s\n' "$name" "$rows"
		fi
	done <<-EOF
		lsns|lsns --version|ls
		unshare|unshare --version|create
		nsenter|nsenter --version|enter
		ip|ip -V|netdev and netns list
		bpftrace|bpftrace --version|bpftrace
		strace|strace --version|strace
	EOF
	[ -n "${LSNS_NEW:-}" ] && printf 'peer %-9s %s\n' "newest" "$("$LSNS_NEW" --version)"
	true
}

# row CLAIM MEASURED GOAL COMMAND
row() { printf '%-44s %-12s %-14s %s\n' "$@"; }
