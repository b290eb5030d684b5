#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# history.sh [--events N] - what recording into a history costs and takes, as ratios measured in one run. With
# --events also how fast one is read that has N events, made from recordings (make bench-history: 10 million).
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
have sqlite3 || { echo "bench: sqlite3 is not installed" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# cpu_of PID: user and system time, in ms.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ print $14 * 1000 / hz, $15 * 1000 / hz }' "/proc/$1/stat"; }

# storm_into SECONDS OPTIONS...: "USER SYSTEM EVENTS LOST RSS" of a trace with these options under the storm.
storm_into() {
	local seconds=$1 user system rss events lost
	shift
	tracer_start "$@"
	"$HELPERS/storm" "$seconds" 2 >/dev/null
	read -r user system < <(cpu_of "$TRACER")
	rss=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$TRACER/status")
	tracer_stop
	events=$(sed -n 's/^nswatch: \([0-9]*\) events in .*/\1/p' <<<"$TRACER_SAID")
	lost=$(sed -n 's/^nswatch: \([0-9]*\) records\{0,1\} lost.*/\1/p' <<<"$TRACER_SAID")
	echo "$user $system $events ${lost:-0} $rss"
}

# per_event FIRST SECOND: user time per event of the second by that of the first.
per_event() {
	local u1 s1 e1 u2 s2 e2 rest
	read -r u1 s1 e1 rest <<<"$1"
	read -r u2 s2 e2 rest <<<"$2"
	awk -v u1="$u1" -v s1="$s1" -v e1="$e1" -v u2="$u2" -v s2="$s2" -v e2="$e2" \
		'BEGIN { printf "user %.2f, all %.2f", u2 / e2 / (u1 / e1), (u2 + s2) / e2 / ((u1 + s1) / e1) }'
}

db_bytes() { cat "$1" "$1-wal" | wc -c; }

storm() {
	local file history user system events lost rss
	file=$(storm_into "$1" -w "$dir/t.nsw")
	history=$(storm_into "$1" --to "history:$dir/h.db")
	read -r user system events lost rss <<<"$history"
	row "storm into history : into -w, per event" "$(per_event "$file" "$history")" "user <= 4" "trace --to history:DB"
	row "  records lost" "$lost" "0" "storm $1 2"
	row "  memory at most" "$rss MB" "<= 64 MB" "VmHWM"
	row "  bytes per event, indexes included" "$(($(db_bytes "$dir/h.db") / events))" "<= 60" "-w: $(($(stat -c %s "$dir/t.nsw") / events))"
}

idle() {
	local before after turns
	tracer_start --to "history:$dir/idle.db" -e unshare -u 4242424
	read -r before _ < <(awk '{ print $14 + $15 }' "/proc/$TRACER/stat")
	turns=$(awk '/^voluntary/ { print $2 }' "/proc/$TRACER/status")
	sleep "$1"
	read -r after _ < <(awk '{ print $14 + $15 }' "/proc/$TRACER/stat")
	turns=$((($(awk '/^voluntary/ { print $2 }' "/proc/$TRACER/status") - turns) / $1))
	tracer_stop
	row "recorder without events, processor" "$(awk -v t=$((after - before)) -v s="$1" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "%.2f %%", t * 100 / hz / s }')" "< 0.1 %" "wakes $turns times a second"
}

# ms CMD...: the least of five runs.
ms() {
	local i t TIMEFORMAT=%R best=
	for i in 1 2 3 4 5; do
		t=$( { time "$@" >/dev/null 2>&1; } 2>&1 )
		[ -z "$best" ] || awk -v a="$t" -v b="$best" 'BEGIN { exit !(a < b) }' && best=$t
	done
	awk -v t="$best" 'BEGIN { printf "%d ms", t * 1000 }'
}

# bytes NUMBER: its eight, the lowest first, as the head of a recording has the clock.
bytes() {
	local i v=$1
	for ((i = 0; i < 8; i++)); do
		# shellcheck disable=SC2059 # an escape is what is to be printed
		printf "\\x$(printf %x $((v & 255)))"
		v=$((v >> 8))
	done
}

# A history of many events: a recording of the storm, again and again, each hour later than the one before.
many() {
	local events=$1 db=$dir/many.db n at=0 ns first clock
	n=$("$NSWATCH" trace -r "$dir/t.nsw" -J | wc -l)
	clock=$(od -An -td8 -j 16 -N 8 "$dir/t.nsw")
	while ((at * n < events)); do
		bytes $((clock + at * 3600 * 1000000000)) | dd of="$dir/t.nsw" bs=1 seek=16 conv=notrunc status=none
		"$NSWATCH" record -q -r "$dir/t.nsw" --db "$db" --keep-size 64G --keep-age 1000w || exit 1
		at=$((at + 1))
	done
	ns=$(sqlite3 -readonly "$db" "SELECT id FROM namespace LIMIT 1 OFFSET $((at * n / 8))")
	first=$(sqlite3 -readonly "$db" 'SELECT min(first) / 1000000000 + 3600 FROM block')
	row "$((at * n)) events: a minute without any" "$(ms "$NSWATCH" history -q --db "$db" --since "@$((first + 1800))" --until "@$((first + 1860))")" \
		"<= 20 ms" "history --since --until"
	row "  the life of a namespace" "$(ms "$NSWATCH" history -q --db "$db" --since "@$first" --until "@$((first + 1))" \
		"$(sqlite3 -readonly "$db" "SELECT ns FROM namespace WHERE id = $ns")" --generation "$ns")" "<= 20 ms" "history NS"
	row "  bytes per event" "$(($(db_bytes "$db") / (at * n)))" "<= 60" ""
}

row CLAIM MEASURED GOAL COMMAND
storm 10
idle 20
[ "${1:-}" = --events ] && many "${2:?how many}"
exit 0
