#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# soak.sh - half an hour (SOAK_SECONDS) of random namespaces, mounts, devices and processes, SOAK_RATE calls
# a second, SOAK_PINS percent of them pins and unpins in one mount namespace, under two tracers: neither grows
# after its first minute, and both tell every event of an independent log, and no other.
#
# helpers/soak makes the calls and the log, helpers/soakcheck compares. The tracers and the workers have a
# net namespace of their own, in which the devices are made.
[ -n "${SOAK_INSIDE:-}" ] || SOAK_INSIDE=1 exec unshare -n -- "$0" "$@"
top=$(realpath "$(dirname "$0")/..")
nswatch=${NSWATCH:-$top/build/nswatch}
helpers=${NSWATCH_HELPERS:-$top/build/tests/helpers}
seconds=${SOAK_SECONDS:-1800}
rate=${SOAK_RATE:-5000}
first=$((seconds / 3 < 60 ? seconds / 3 : 60))
T=$(mktemp -d)
# The name of the workers' threads and devices, by which their events are known.
name=soak$((BASHPID % 100000))
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

# tracer NAME: the process id of nswatch goes to TRACER; what it tells to NAME.told, as JSON Lines.
TRACER=
tracer() {
	case $1 in
	json) "$nswatch" trace -J >"$T/$1.told" 2>"$T/$1.err" 8>&- & ;;
	record) "$nswatch" trace -w - >"$T/record.pipe" 2>"$T/$1.err" 8>&- & ;;
	esac
	TRACER=$!
	pids+=("$TRACER")
	until grep -q 'Ctrl-C ends' "$T/$1.err" 2>/dev/null; do
		kill -0 "$TRACER" 2>/dev/null || { cat "$T/$1.err" >&2; exit 1; }
		sleep 0.1
	done
}

rss() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

# grows NAME FIRST LAST
grows() { [ "$3" -le $(($2 * 11 / 10)) ] || bad "the tracer of $1 grows: $2 to $3 KB"; }

mkfifo "$T"/{log,json.told,record.told,record.pipe,said}
mkdir "$T/place"
for ((i = 0; i < 64; i++)); do
	: >"$T/place/life$i"
	: >"$T/place/pin$i"
done
cp "$helpers/soak" "$T/$name"
"$helpers/soakcheck" "$name" "$T/place/" "$T/log" "$T/json.told" "$T/record.told" >"$T/said" &
check=$!
pids+=("$check")
exec 9<"$T/said"
# The pipe to soakcheck first: it reads none of its pipes before all of them are open.
"$nswatch" trace -r - -J --no-notes >"$T/record.told" <"$T/record.pipe" &
pids+=("$!")
exec 8>"$T/log"
tracer json
json=$TRACER
tracer record
record=$TRACER
"$T/$name" "$seconds" "$rate" "$T/log" "$T/place" "${SOAK_PINS:-2}" >"$T/made" 8>&- &
soak=$!
pids+=("$soak")
sleep "$first"
json_first=$(rss "$json")
record_first=$(rss "$record")
wait "$soak" || bad "the workers failed"
json_last=$(rss "$json")
record_last=$(rss "$record")
# The log ends; what was told last is still on the way.
exec 8>&-
read -r word <&9
[ "$word" = settled ] || bad "the comparison ended"
kill "$json" "$record"
cat <&9
wait "$check" || bad "the log and what was told differ"

echo "soak: $seconds s at $(awk -v s="$seconds" '{ printf "%d calls/s", $1 / s }' "$T/made"): $(cat "$T/made")"
echo "soak: memory of the tracers after $first s and at the end:" \
	"$json_first to $json_last KB, $record_first to $record_last KB"
grows JSON "$json_first" "$json_last"
grows recordings "$record_first" "$record_last"
[ $failed = 0 ] || tail -n 20 "$T"/*.err >&2
echo "soak: $((failed == 0)) passed, $failed failed, 0 skipped"
exit $failed
