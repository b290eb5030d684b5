# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What may go wrong around nswatch: no room for output, readers that leave, a tracer that is stopped,
# killed or not alone, many namespaces, clocks and processors that change.

# refused_output CMD...: with a full standard output it says so in one line and fails.
refused_output() {
	"$NSWATCH" "$@" >/dev/full 2>"$T/err" </dev/null
	RC=$?
	[ $RC -ne 0 ] || fail "nswatch $*: status 0"
	grep -q '^nswatch: write to standard output: No space left on device$' "$T/err" ||
		fail "nswatch $*: $(cat "$T/err")"
	[ "$(grep -c 'No space' "$T/err")" -eq 1 ] || fail "nswatch $* says it twice: $(cat "$T/err")"
}

t_faults_full_output() {
	refused_output --help
	refused_output --version
	refused_output trace --help
	refused_output trace --list-events
	refused_output trace --list-fields
	refused_output ls
	refused_output ls --json
	refused_output ls --list-columns
	refused_output explain $$
	refused_output explain --list
	refused_output netdev
	refused_output netns list --json
	refused_output doctor
	refused_output trace "${FORCE[@]}" -- "$(helper nsact)" unshare uts
}

# A recording that has no more room: what was written until then can be read.
t_faults_full_disk() {
	mkdir "$T/small"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m --propagation private bash -c 'mount -t tmpfs -o size=64k tmpfs "$0/small" || exit 77
		storm=$1; shift
		"$@" -w "$0/small/rec" -- "$storm" 1 2 2>"$0/err" >"$0/made"; echo $? >"$0/rc"
		cp "$0/small/rec" "$0/rec"' "$T" "$(helper storm)" "$NSWATCH" trace "${FORCE[@]}"
	[ $? -ne 77 ] || skip "no tmpfs"
	[ "$(cat "$T/rc")" = 1 ] || fail "status $(cat "$T/rc"): $(cat "$T/err")"
	grep -q '^nswatch: write .*/rec: No space left on device$' "$T/err" || fail "$(cat "$T/err")"
	"$NSWATCH" trace -r "$T/rec" -J >"$T/out.json" 2>"$T/err"
	[ "$(grep -c '"event":"unshare"' "$T/out.json")" -gt 10 ] || fail "nothing can be read: $(cat "$T/err")"
	grep -q truncated "$T/err" || fail "nobody says that it is cut: $(cat "$T/err")"
}

# A reader that had enough.
t_faults_reader_leaves() {
	local cmd
	for cmd in "ls --output-all" "explain --list" "trace --list-fields" "doctor" "--help"; do
		# shellcheck disable=SC2086 # words
		{ "$NSWATCH" $cmd 2>"$T/err"; echo "rc $?" >"$T/rc"; } | true
		[ ! -s "$T/err" ] || fail "nswatch $cmd: $(cat "$T/err")"
	done
	# A trace ends with its reader; nobody needs to stop it.
	# shellcheck disable=SC2016 # the inner shell expands it
	{ "$NSWATCH" trace "${FORCE[@]}" 2>"$T/err"; echo "rc $?" >"$T/rc"; } | head -n 2 >"$T/head" &
	P=$!
	BACKGROUND+=("$P")
	while kill -0 $P 2>/dev/null; do
		"$(helper nsact)" unshare uts >"$T/acted" || fail "nsact"
	done
	wait $P
	[ "$(wc -l <"$T/head")" -eq 2 ] || fail "$(cat "$T/head")"
	until [ -s "$T/rc" ]; do
		"$(helper nsact)" unshare uts >"$T/acted"
	done
	grep -qx 'rc 0' "$T/rc" || fail "$(cat "$T/rc"): $(cat "$T/err")"
	grep -qi 'broken pipe' "$T/err" && fail "$(cat "$T/err")"
	return 0
}

# Stopped for 5 seconds of a storm, with the usual room: shown and lost are what was made.
t_faults_stopped() {
	local made lost shown births
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --linger 10s -e unshare,exit,ns-create,ns-free "${FORCE[@]}" -- sh -c \
		'kill -STOP $PPID; "$1" 5 2 >"$0"; kill -CONT $PPID' "$T/cmd.out" "$(helper storm)" \
		>"$T/out.json" 2>"$T/err"
	RC=$?
	expect_rc 0
	made=$(cat "$T/cmd.out")
	lost=$(jq -s 'map(select(.event == "lost" and .why == "record") | .count) | add // 0' "$T/out.json")
	shown=$(grep -cE '"event":"(unshare|exit|ns-create|ns-free)"' "$T/out.json")
	[ "$made" -gt 100 ] || fail "there was no storm"
	# Each is made, unshares, ends and is freed; the shell and the storm itself end too. Of a process
	# whose birth the kernel left out all four are missing.
	births=$(sed -n 's/.*tree_tp_new \([0-9]*\).*/\1/p' "$T/err")
	[ $((shown + lost)) -ge $((4 * made - $(left_out) - 3 * ${births:-0})) ] ||
		fail "$shown shown, $lost lost, of $made: $(cat "$T/err")"
	[ $((shown + lost)) -le $((4 * made + 8)) ] || fail "$shown shown, $lost lost, of $made"
	[ "$lost" -eq 0 ] || grep -q "$lost records lost" "$T/err" || fail "the summary: $(cat "$T/err")"
}

# Two at once: both see the same.
t_faults_two_tracers() {
	local one
	trace_start -e unshare,setns,clone,exit,ns-create
	one=$TRACER
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J -e unshare,ns-create "${FORCE[@]}" -- sh -c 'exec "$1" unshare uts unshare ipc >"$0"' \
		"$T/acted" "$(helper nsact)" >"$T/two.json" 2>"$T/two.err" </dev/null
	wait_event '.event == "unshare" and (.changed | index("ipc"))'
	TRACER=$one
	trace_stop
	expect_rc 0
	jq -c 'select(.event == "unshare") | [.pid, .changed, .after]' "$T/two.json" >"$T/two"
	[ "$(wc -l <"$T/two")" -eq 2 ] || fail "the second: $(cat "$T/two.json") $(cat "$T/two.err")"
	jq -c --argjson pid "$(jq -s '.[0][0]' "$T/two")" \
		'select(.event == "unshare" and .pid == $pid) | [.pid, .changed, .after]' "$T/out.json" >"$T/one"
	diff "$T/one" "$T/two" >"$T/diff" || fail "they differ: $(cat "$T/diff")"
}

# bpf_ids: programs and maps of nswatch that the kernel has.
bpf_ids() {
	bpftool prog show 2>/dev/null | grep -c 'name .*_\(tp\|fentry\|fexit\|kprobe\|kretprobe\|dump\)' || true
}

# Killed after 0, 10, 20, ... ms, while it reads, loads, attaches and traces: nothing stays.
t_faults_killed_any_time() {
	local before ms
	need bpftool
	before=$(bpf_ids)
	grep -c . /proc/self/mountinfo >"$T/mounts"
	for ms in $(seq 0 10 300) 400 500 600 800; do
		timeout -s KILL "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000 + 1)))" \
			"$NSWATCH" trace "${FORCE[@]}" -w "$T/rec" >"$T/out" 2>"$T/err"
		timeout -s KILL "$(printf '0.%03d' $((ms / 20 + 1)))" "$NSWATCH" ls >"$T/out" 2>"$T/err"
	done
	# The kernel frees them in a worker.
	while [ "$(bpf_ids)" -gt "$before" ]; do
		echo "programs stay: $(bpftool prog show | grep -c name)"
		tick 0.2
	done
	[ "$(grep -c . /proc/self/mountinfo)" = "$(cat "$T/mounts")" ] || fail "mounts stay"
	find /sys/fs/bpf -name '*nswatch*' 2>/dev/null | grep . && fail "pins stay"
	return 0
}

# 10,000 namespaces come, are there, and go (a tenth in an emulated machine).
t_faults_many_namespaces() {
	local n=3334 made event
	! in_vm || n=334
	trace_start -e ns-create,ns-free
	coproc MANY { exec "$(helper spawn_many)" $n 1 uiC 2>"$T/many.err"; }
	local many=$MANY_PID
	BACKGROUND+=("$many")
	read -r -t "$(scaled 120)" _ <&"${MANY[0]}" || skip "so many can't be made: $(cat "$T/many.err")"
	made=$("$NSWATCH" ls -l -n -r -o TYPE | grep -c 'uts\|ipc\|cgroup')
	[ "$made" -ge $((3 * n)) ] || fail "ls shows $made of $((3 * n))"
	eval "exec ${MANY[1]}>&-"
	wait "$many"
	wait_count ns-free $((3 * n))
	trace_stop
	expect_rc 0
	for event in ns-create ns-free; do
		made=$(grep -c "\"event\":\"$event\"" "$T/out.json")
		[ $((made + $(left_out))) -ge $((3 * n)) ] || fail "$made of $((3 * n)) $event: $(cat "$T/err")"
	done
	grep -q 'records lost' "$T/err" && fail "$(cat "$T/err")"
	return 0
}

# wait_count EVENT N: so many were written, or no more come: what is missing must have been left out.
wait_count() {
	local n=0 got=0 last=0
	until [ "$got" -ge "$2" ] || [ $n -ge 200 ]; do
		tick
		got=$(grep -c "\"event\":\"$1\"" "$T/out.json")
		n=$((got > last ? 0 : n + 1))
		last=$got
	done
}

# The clock is set back: events keep their order, and times are those of the clock.
t_faults_clock_back() {
	local now
	in_vm || skip "sets the clock of the machine: only in a virtual machine"
	trace_start -e unshare
	"$(helper nsact)" unshare uts >"$T/acted"
	wait_event '.event == "unshare"'
	now=$(date +%s)
	at_end "date -s @$((now + 60)) >/dev/null"
	date -s "@$((now - 3600))" >"$T/date" || skip "the clock can't be set"
	"$(helper nsact)" unshare ipc >"$T/acted"
	wait_event '.event == "unshare" and (.changed | index("ipc"))'
	trace_stop
	jq -s -e 'map(.ts_ns) | . == sort' "$T/out.json" >/dev/null || fail "times since boot go back"
	[ "$(jq -s 'length' "$T/out.json")" -ge 2 ] || fail "an event is missing"
	expect_event '.event == "unshare" and (.changed | index("ipc"))'
	[ "$(date -d "$(jq -r .time <<<"$EV")" +%s)" -lt $((now - 3000)) ] ||
		fail "not the new clock's: $(jq -r .time <<<"$EV")"
}

# A processor goes and comes back in a storm.
t_faults_cpu_offline() {
	local cpu=/sys/devices/system/cpu/cpu1/online made
	in_vm || skip "takes a processor from the machine: only in a virtual machine"
	[ -w $cpu ] || skip "one processor only"
	at_end "echo 1 >$cpu"
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --linger 10s -e unshare "${FORCE[@]}" -- sh -c \
		'"$1" 3 2 >"$0" & for i in 1 2 3; do echo 0 >"$2"; "$3" unshare ipc; echo 1 >"$2"; done >/dev/null; wait' \
		"$T/cmd.out" "$(helper storm)" $cpu "$(helper nsact)" >"$T/out.json" 2>"$T/err"
	RC=$?
	expect_rc 0
	made=$(($(cat "$T/cmd.out") + 3))
	[ $(($(grep -c '"event":"unshare"' "$T/out.json") + $(left_out))) -ge $made ] ||
		fail "$(grep -c '"event":"unshare"' "$T/out.json") of $made: $(cat "$T/err")"
	[ "$(jq -c 'select(.changed | index("ipc"))' "$T/out.json" | wc -l)" -ge $((3 - $(left_out))) ] || fail "not 3 of ipc"
}
