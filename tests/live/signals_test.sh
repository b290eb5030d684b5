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
