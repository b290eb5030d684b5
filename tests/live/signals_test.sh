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

# prompt NAME SIGNAL WHAT BEGUN -- COMMAND...: ending has it react to SIGNAL within 100 ms: WHAT is "ended",
# or "said" for one that also detaches programs, which takes its time. BEGUN is the line after which it is
# busy ("": it has had half a second). What it waited for a processor does not count, so that this holds on a busy
# machine; three times too late is too late.
prompt() {
	local name=$1 signal what=$3 begun=$4
	signal=$(kill -l "$2")
	shift 5
	for _ in 1 2 3; do
		partner "$name" "$(helper ending)" "$signal" "$@"
		if [ -n "$begun" ]; then
			until_said "$name" "$begun"
		else
			tick 0.5
		fi
		go_on "$name"
		partner_end "$name"
		rm "$T/$name.in" "$T/$name.out"
		echo "$name: ${F[said]} ms to the last word, ${F[ended]} to the end, and ${F[waited]} of waiting; status ${F[status]}"
		[ "${F[ended]}" -lt 5000 ] || fail "$name needed ${F[ended]} ms to end by signal $signal"
		[ "${F[$what]}" -gt 100 ] || return 0
	done
	fail "$name reacted to signal $signal after ${F[$what]} ms"
}

# polling MS: what trace --poll MS says once it has looked.
polling() { echo "nswatch: differences of /proc every $1 ms, all inferred; what is shorter is not seen"; }

# Each command alone.
t_signals_prompt() {
	local name tracing="nswatch: tracing namespaces; Ctrl-C ends"
	! in_vm || skip "an emulated processor needs more time for everything"
	for name in TERM INT HUP; do
		prompt "live-$name" $name said "$tracing" -- "$NSWATCH" trace -J "${FORCE[@]}"
	done
	[ "${F[status]}" = 0 ] || fail "a trace ended by SIGHUP with ${F[status]}"
	prompt "explain" TERM said "" -- "$NSWATCH" explain "${FORCE[@]}" -- sleep 1000
	prompt watch TERM ended "" -- "$NSWATCH" ls --watch=1
	prompt monitor TERM ended "" -- "$NSWATCH" netns monitor
	prompt create TERM ended "" -- "$NSWATCH" create --uts sleep 1000
	prompt poll INT ended "$(polling 1000)" -- "$NSWATCH" trace --poll 1000
}

# Nothing is recorded by then, so it ends by the signal. How long the preparation takes is the
# machine's; a trace that has made its recording by the time of the signal was too quick.
t_signals_while_preparing() {
	local pause try early=0
	! in_vm || skip "an emulated processor needs more time for everything"
	for pause in 0.02 0.05 0.1 0.2 0.4; do
		# Between the look for the recording and the signal the preparation may come to its end.
		for try in 1 2 3; do
			rm -f "$T/none"
			partner preparing "$(helper ending)" 15 "$NSWATCH" trace -w "$T/none" "${FORCE[@]}"
			tick "$pause"
			[ ! -e "$T/none" ] && early=$((early + 1)) || try=late
			go_on preparing
			partner_end preparing
			rm "$T/preparing.in" "$T/preparing.out"
			echo "after $pause s, $try: ${F[ended]} ms to the end, ${F[waited]} of waiting; status ${F[status]}"
			[ "$try" = late ] && break
			[ "${F[status]}" = 143 ] && [ "${F[ended]}" -le 100 ] && [ ! -e "$T/none" ] && break
			[ "$try" -lt 3 ] || fail "preparing reacted after ${F[ended]} ms with status ${F[status]}"
		done
	done
	[ $early -gt 0 ] || fail "it was never seen to prepare"
}

# A look at /proc that takes long is given up 50 ms after the signal. On one processor,
# so that one thread reads, whose waiting is known.
t_signals_prompt_poll() {
	local cpu
	! in_vm || skip "an emulated processor needs more time for everything"
	cpu=$(taskset -pc $$ | sed 's/.*: \([0-9]*\).*/\1/')
	partner many "$(helper spawn_many)" 5000
	# Before cleanup looks for the children of each of them.
	at_end "kill ${PID[many]}; wait ${PID[many]}"
	until_said many "ready 5000 0"
	prompt poll-many TERM ended "$(polling 10)" -- taskset -c "$cpu" "$NSWATCH" trace --poll 10
	[ "${F[status]}" = 0 ] || fail "it ended with ${F[status]}"
}
