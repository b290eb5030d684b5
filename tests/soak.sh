#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# soak.sh - half an hour (SOAK_SECONDS) of random namespaces, mounts and processes, SOAK_RATE calls a
# second, under two tracers: neither grows after its first minute, and both tell every call of an
# independent log, and no other.
top=$(realpath "$(dirname "$0")/..")
nswatch=${NSWATCH:-$top/build/nswatch}
helpers=${NSWATCH_HELPERS:-$top/build/tests/helpers}
seconds=${SOAK_SECONDS:-1800}
rate=${SOAK_RATE:-5000}
first=$((seconds / 3 < 60 ? seconds / 3 : 60))
T=$(mktemp -d)
pids=()
failed=0

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local pid
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

bad() {
	echo "soak: $*" >&2
	failed=1
}

# events NAME: from JSON Lines the calls as the log has them, and what was lost.
events() {
	sed -n -E -e 's/^.*"event":"unshare".*"pid":([0-9]+),"tid".*"ns_flags":\{"value":([0-9]+),.*"result":0,.*"after":\{"mnt":[0-9]+,"uts":([0-9]+),.*$/\1 \2 \3/p' \
		-e 's/^.*"event":"lost".*"count":([0-9]+).*$/lost \1/p' >"$T/$1"
}

# tracer NAME: the process id of nswatch goes to TRACER.
TRACER=
tracer() {
	mkfifo "$T/$1.pipe"
	case $1 in
	json) events json <"$T/json.pipe" & ;;
	record) "$nswatch" trace -r - -J -c soak --no-notes <"$T/record.pipe" | events record & ;;
	esac
	pids+=("$!")
	case $1 in
	json) "$nswatch" trace -J -c soak >"$T/$1.pipe" 2>"$T/$1.err" & ;;
	record) "$nswatch" trace -w - >"$T/$1.pipe" 2>"$T/$1.err" & ;;
	esac
	TRACER=$!
	pids+=("$TRACER")
	until grep -q 'Ctrl-C ends' "$T/$1.err" 2>/dev/null; do
		kill -0 "$TRACER" 2>/dev/null || { cat "$T/$1.err" >&2; exit 1; }
		sleep 0.1
	done
}

rss() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

tracer json
json=$TRACER
tracer record
record=$TRACER
: >"$T/place"
# shellcheck disable=SC2016 # for the inner shell
"$helpers/soak" "$seconds" "$rate" "$T/log" "$T/place" >"$T/made" &
soak=$!
pids+=("$soak")
sleep "$first"
json_first=$(rss "$json")
record_first=$(rss "$record")
tail --pid="$soak" -f /dev/null
wait "$soak" || bad "the processes failed"
json_last=$(rss "$json")
record_last=$(rss "$record")
kill "$json" "$record"
wait

made=$(cat "$T/made")
echo "soak: $made calls in $seconds s; memory of the tracers after $first s and at the end:" \
	"$json_first to $json_last KB, $record_first to $record_last KB"
[ "$json_last" -le $((json_first * 11 / 10)) ] || bad "the one with JSON grows"
[ "$record_last" -le $((record_first * 11 / 10)) ] || bad "the one that records grows"
[ "$(wc -l <"$T/log")" -eq "$made" ] || bad "the log has $(wc -l <"$T/log") lines"
export LC_ALL=C
sort -o "$T/log" "$T/log"
for name in json record; do
	lost=$(awk '/^lost/ { n += $2 } END { print n + 0 }' "$T/$name")
	grep -v '^lost' "$T/$name" | sort >"$T/told"
	more=$(comm -13 "$T/log" "$T/told" | wc -l)
	missing=$(comm -23 "$T/log" "$T/told" | wc -l)
	echo "soak: $name: $(wc -l <"$T/told") calls told, $missing missing, $more that nobody made, $lost lost"
	[ "$more" -eq 0 ] || bad "$name: told what nobody did: $(comm -13 "$T/log" "$T/told" | head -n 3)"
	[ "$missing" -le "$lost" ] || bad "$name: not told: $(comm -23 "$T/log" "$T/told" | head -n 3)"
done
echo "soak: $((failed == 0)) passed, $failed failed, 0 skipped"
exit $failed
