# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Another process gets the pid that nswatch was given, between two of its looks at it: the impostor must
# never be taken for the one that was meant.

# In a pid namespace of its own, where the next pid can be chosen: strace stops COMMAND after the Nth call of
# CALL ("" : never) on PATH ("": any), and then pid 500, the victim, ends and the impostor is born as 500.
# Both have namespaces and an environment of their own, and unshare once the word is given: when COMMAND
# has ended, or has said UNTIL on standard error.
reuse_box() {
	cat >"$T/box" <<-'X'
		stop=$1 path=$2 until=$3
		shift 3
		born() {
			mkfifo "$1.go"
			echo 499 >/proc/sys/kernel/ns_last_pid
			# shellcheck disable=SC2016 # for the inner shell
			WHO=$1 unshare -uin sh -c 'echo "$1" >/proc/sys/kernel/hostname; echo up >"$1.up"
				read -r word <"$1.go"; exec unshare -u "./$1" 1000' sh "$1" &
			[ $! = 500 ] || { echo "its pid is $!"; exit 9; }
			# Nor is bash to mistake another child for one whose status it has.
			echo $((last += 5000)) >/proc/sys/kernel/ns_last_pid
			until [ -s "$1.up" ]; do tick; done
		}
		last=0
		born victim
		who=victim
		if [ -n "$stop" ]; then
			strace -q -o calls ${path:+-P "$path"} -e "trace=${stop%%:*}" \
				-e "inject=${stop%%:*}:signal=STOP:when=${stop#*:}" "$@" >out 2>err &
			run=$!
			until grep -q 'stopped by SIGSTOP' calls; do
				kill -0 $run || { echo "it was not stopped"; cat calls err; exit 9; }
				tick
			done
			read -r stopped <"/proc/$run/task/$run/children"
			kill -KILL 500
			wait 500
			born impostor
			who=impostor
		else
			"$@" >out 2>err &
			run=$! stopped=$!
		fi
		# Again and again: a SIGCONT that comes before strace is ready for it can be lost.
		while kill -CONT "$stopped"; kill -0 $run && ! { [ -n "$until" ] && grep -q "$until" err; }; do tick; done
		before=$(readlink /proc/500/ns/uts)
		echo >"$who.go"
		until [ "$(readlink /proc/500/ns/uts)" != "$before" ]; do tick; done
		[ -z "$until" ] || kill -INT "$stopped"
		wait $run
		echo $? >status
	X
}

# reused STOP PATH UNTIL COMMAND...: the output in $T/out and $T/err, its status in $RC.
reused() {
	need strace
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "this kernel lets nobody choose the next pid"
	rm -rf "$T"/{victim,impostor}* "$T"/{status,calls,out,err,out.json}
	cp "$(command -v sleep)" "$T/victim"
	cp "$(command -v sleep)" "$T/impostor"
	reuse_box
	unshare -fp --mount-proc --kill-child bash "$T/box" "$@" >"$T/box.out" 2>&1
	[ -s "$T/status" ] || fail "$1: $(cat "$T/box.out")"
	RC=$(cat "$T/status")
	echo "${1:-unstopped} $2: status $RC: $(head -c 200 "$T/out") $(cat "$T/err")"
}

# refused: in one line, and nothing of the impostor's came out.
refused() {
	[ "$RC" -ne 0 ] || fail "status 0"
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "not one line: $(cat "$T/err")"
	grep -q 'ended\|no such process' "$T/err" || fail "unclear: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "it says $(cat "$T/out")"
}

t_reuse_enter() {
	local stop
	local enter=("$NSWATCH" enter -t 500)
	# After the pidfd is there; after the directory in /proc is; after both are known to be of one process.
	reused "" "" "" "${enter[@]}" -a cat /proc/sys/kernel/hostname
	[ "$(cat "$T/out")" = victim ] || fail "it entered $(cat "$T/out")"
	for stop in pidfd_open:1 openat:1 pidfd_send_signal:1; do
		reused $stop "$([ $stop = openat:1 ] && echo /proc/500)" "" \
			"${enter[@]}" -a cat /proc/sys/kernel/hostname
		refused
	done
	for stop in pidfd_open:1 openat:1; do
		reused $stop "$([ $stop = openat:1 ] && echo /proc/500)" "" \
			"${enter[@]}" --env printenv WHO
		refused
	done
	reused setns:1 "" "" "${enter[@]}" -u --env printenv WHO
	refused
}

# Before the hooks are there, and after.
t_reuse_trace() {
	local tracing="Ctrl-C ends"
	local trace=("$NSWATCH" trace -J "${FORCE[@]}" -e unshare --pid 500)
	reused "" "" "$tracing" "${trace[@]}"
	[ "$(jq -c '.event' "$T/out")" = '"unshare"' ] || fail "of the victim: $(cat "$T/out")"
	reused kill:1 "" "$tracing" "${trace[@]}"
	refused
}

# Its facts are those of one process.
t_reuse_explain() {
	local n
	for n in 1 2 3; do
		reused openat:$n /proc/500 "" "$NSWATCH" explain --json 500
		! grep -q impostor "$T/out" || ! grep -q victim "$T/out" || fail "of both: $(cat "$T/out")"
		[ "$RC" -ne 0 ] || [ -s "$T/out" ] || fail "it says nothing"
	done
}
