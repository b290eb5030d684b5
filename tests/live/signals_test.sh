# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Every command that can run long ends when it is told to, whatever keeps it busy.

# endless_recording: one event without end, for readers of $T/endless.
endless_recording() {
	local meta size
	"$NSWATCH" trace -q -e unshare -w "$T/one" "${FORCE[@]}" -- "$(helper nsact)" unshare uts
	meta=$(od -An -t u4 -j 24 -N 4 "$T/one" | tr -d ' ')
	size=$(od -An -t u2 -j $((32 + meta + 10)) -N 2 "$T/one" | tr -d ' ')
	head -c $((32 + meta)) "$T/one" >"$T/head"
	tail -c +$((33 + meta)) "$T/one" | head -c "$size" >"$T/record"
	for ((i = 0; i < 12; i++)); do
		cat "$T/record" "$T/record" >"$T/records" && mv "$T/records" "$T/record"
	done
}

# feed FIFO: the recording, until nobody reads it.
feed() {
	{ cat "$T/head"; while cat "$T/record"; do :; done; } >"$1" 2>/dev/null &
	BACKGROUND+=("$!")
}

# long NAME SIGNAL OUT WORD -- COMMAND...: begins it. OUT: "null", or "stuck" with a reader that does
# not read. It is busy when it has said WORD on standard error ("": when it has had half a second).
declare -A LONG SIGNAL WORD
long() {
	local name=$1 out=/dev/null
	SIGNAL[$name]=$2
	WORD[$name]=$4
	if [ "$3" = stuck ]; then
		out=$T/$name.out
		mkfifo "$out"
		# shellcheck disable=SC2034 # kept open, never read
		exec {fd}<>"$out"
	fi
	shift 5
	"$@" >"$out" 2>"$T/$name.err" &
	LONG[$name]=$!
	BACKGROUND+=("$!")
}

# ended NAME: ends it by its signal, in time. On a busy machine it has to wait for a processor.
ended() {
	local name=$1 pid=${LONG[$1]} begin took
	kill -0 "$pid" || fail "$name ended by itself: $(cat "$T/$name.err")"
	begin=${EPOCHREALTIME/./}
	kill "-${SIGNAL[$name]}" "$pid"
	timeout "$(scaled 10)" tail --pid="$pid" -s 0.01 -f /dev/null || fail "$name did not end by ${SIGNAL[$name]}"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	wait "$pid"
	echo "$name: $took ms, status $?" >>"$T/took"
	[ "$took" -lt "$(scaled 5000)" ] || fail "$name needed $took ms to end by ${SIGNAL[$name]}"
}

t_signals_end_everything() {
	local name
	endless_recording
	for name in r1 r2 r3; do
		mkfifo "$T/$name"
		feed "$T/$name"
	done
	"$(helper storm)" 60 1 >/dev/null &
	BACKGROUND+=("$!")
	long live TERM null "Ctrl-C ends" -- "$NSWATCH" trace -J "${FORCE[@]}"
	long live-int INT null "Ctrl-C ends" -- "$NSWATCH" trace "${FORCE[@]}"
	long live-stuck TERM stuck "" -- "$NSWATCH" trace -J "${FORCE[@]}"
	long live-record TERM stuck "" -- "$NSWATCH" trace -w - "${FORCE[@]}"
	long live-command TERM stuck "" -- "$NSWATCH" trace -J "${FORCE[@]}" -- "$(helper storm)" 60 1
	long poll TERM null "inferred" -- "$NSWATCH" trace --poll 10
	long read TERM null "" -- "$NSWATCH" trace -r "$T/r1" -J
	long read-int INT null "" -- setsid "$NSWATCH" trace -r "$T/r2"
	long read-stuck TERM stuck "" -- "$NSWATCH" trace -r "$T/r3" -J
	long explain TERM null "" -- "$NSWATCH" explain -- sleep 1000
	long watch TERM null "" -- "$NSWATCH" ls --watch=1
	long watch-stuck TERM stuck "" -- "$NSWATCH" ls --watch=0.05 --output-all
	long monitor TERM null "" -- "$NSWATCH" netns monitor
	long create TERM null "" -- "$NSWATCH" create --uts sleep 1000
	for name in "${!LONG[@]}"; do
		until grep -q "${WORD[$name]}" "$T/$name.err" || [ -z "${WORD[$name]}" ]; do
			kill -0 "${LONG[$name]}" || fail "$name did not begin: $(cat "$T/$name.err")"
			tick 0.05
		done
	done
	# What blocks is full, and what loads is loaded, by then.
	read -r -t 2 <> <(:)
	for name in "${!LONG[@]}"; do
		ended "$name"
	done
	cat "$T/took"
}

# is_busy: work that needs a processor had to wait for one.
is_busy() {
	local TIMEFORMAT='%3R %3U %3S' times wall user sys
	times=$({ time for ((i = 0; i < 20000; i++)); do :; done; } 2>&1)
	read -r wall user sys <<<"${times//./}"
	[ $((10#$wall * 2)) -gt $(((10#$user + 10#$sys) * 3 + 10)) ]
}

# prompt NAME SIGNAL MS WORD -- COMMAND...: alone and busy (WORD as for long), it ends within so many
# milliseconds of the signal, unless something else needs the processors. Three times too late is too late.
prompt() {
	local name=$1 limit=$3 pid begin took try idle
	for try in 1 2 3; do
		long "$name" "$2" null "${@:4}"
		pid=${LONG[$name]}
		until [ -z "$4" ] || grep -q "$4" "$T/$name.err"; do
			kill -0 "$pid" || fail "$name did not begin: $(cat "$T/$name.err")"
			tick
		done
		read -r -t 0.4 <> <(:)
		begin=${EPOCHREALTIME/./}
		kill "-$2" "$pid"
		wait "$pid"
		took=$(((${EPOCHREALTIME/./} - begin) / 1000))
		# Not before it: what is to end may use all processors itself.
		is_busy && idle=0 || idle=1
		echo "$name: $took ms, of $limit allowed$([ $idle = 1 ] || echo "; the machine is busy")"
		[ "$took" -lt 5000 ] || fail "$name needed $took ms to end by $2"
		[ $idle = 0 ] || [ "$took" -le "$limit" ] || [ $try -lt 3 ] ||
			fail "$name needed $took ms to end by $2"
		[ "$took" -gt "$limit" ] && [ $idle = 1 ] || return 0
	done
}

# Each command alone: 100 ms, and what detaching takes of those that have programs in the kernel. A look
# at /proc that takes long is given up, after 50 ms.
t_signals_prompt() {
	local name
	! in_vm || skip "an emulated processor needs more time for everything"
	for name in TERM INT HUP; do
		prompt "live-$name" $name 1500 "Ctrl-C ends" -- env "$NSWATCH" trace -J "${FORCE[@]}"
	done
	prompt watch TERM 100 "" -- "$NSWATCH" ls --watch=1
	prompt monitor TERM 100 "" -- "$NSWATCH" netns monitor
	prompt create TERM 100 "" -- "$NSWATCH" create --uts sleep 1000
	prompt poll INT 150 inferred -- "$NSWATCH" trace --poll 1000
	partner many "$(helper spawn_many)" 4000
	until_said many "ready 4000 0"
	prompt poll-many TERM 150 inferred -- "$NSWATCH" trace --poll 10
	kill "${PID[many]}"
	wait "${PID[many]}"
	return 0
}
