# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Nothing is missing without a word, and nothing is told that never was: calls by the thousand at the
# same time, calls that the kernel makes once more, and what an earlier call left behind.

# lost WHY: how many, by the lost events.
lost() { jq -s "map(select(.event == \"lost\" and .why == \"$1\") | .count) | add // 0" "$T/out.json"; }

# More calls at once than any map holds: each is told, or counted as lost. (The return of a function is
# seen by a kretprobe only of a few calls at a time.)
t_loss_calls_at_once() {
	local n=6000 made shown
	! in_vm || n=200
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace --strict -J -q "${FORCE[@]}" -e unshare,ns-create -t net --no-notes -- sh -c \
		'exec "$@" >"$0"' "$T/cmd.out" "$(helper atonce)" unshare $n >"$T/out.json" 2>"$T/err"
	RC=$?
	[ $RC -ne 77 ] || skip "so many threads can't be: $(cat "$T/err")"
	facts
	made=${F[made]:-0}
	[ "$made" -eq $n ] || fail "made $made of $n: $(cat "$T/err")"
	shown=$(grep -c '"event":"unshare"' "$T/out.json")
	if [ "$(lost call)$(lost program)$(lost record)" = 000 ]; then
		expect_rc 0
		[ "$shown" -eq $n ] || fail "$shown of $n, and none is lost"
		[ "$(grep -c '"event":"ns-create"' "$T/out.json")" -eq $n ] || fail "namespaces are missing"
		return
	fi
	expect_rc 4
	# From 7.0 programs on tracepoints are preempted, and what they miss meanwhile is counted.
	if [ "$(alt unshare)" = tracepoint ]; then
		[[ $(uname -r | cut -d. -f1) -ge 7 && $(lost call)$(lost record) == 00 ]] ||
			fail "lost: $(grep '"lost"' "$T/out.json")"
	fi
	[ "$(alt unshare)" = kprobe ] || [ "$(lost call)" -eq 0 ] || fail "lost: $(grep '"lost"' "$T/out.json")"
	[ "$shown" -le $n ] || fail "$shown calls, and there were $n"
	[ $((shown + $(lost call) + $(lost program))) -ge $n ] ||
		fail "$shown shown of $n: $(grep '"lost"' "$T/out.json")"
}

# What a clone that succeeded asked for is not what the next one failed with.
t_loss_stale_clone() {
	trace_cmd -e clone,fork-denied -- "$(helper atonce)" stale
	facts
	[ "${F[plain]-} ${F[fork]-}" = "EINVAL EAGAIN" ] || fail "the kernel said $(cat "$T/cmd.out")"
	expect_event '.event == "clone"' 2
	fields .result 0 '.ns_flags.names | join(",")' uts
	no_event '.event == "clone" and .result < 0'
	no_event '.event == "fork-denied"'
}

# A call that the kernel makes once more is one call.
t_loss_restarted() {
	local n shown rounds=20000
	in_vm && rounds=2000 # in an emulated machine more take minutes
	[ "$(uname -m)" = x86_64 ] || skip "only there is it seen that a call is made once more"
	trace_cmd -e clone,ns-create -- "$(helper atonce)" restart $rounds
	facts
	n=${F[made]-0}
	[ "${F[failed]-}" = 0 ] || fail "the kernel said $(cat "$T/cmd.out")"
	[ "${F[restarted]}" -ge 5 ] || skip "the kernel made none of $n calls once more"
	no_event '.event == "clone" and .result != 0'
	shown=$(grep -c '"event":"clone"' "$T/out.json")
	[ $((shown + $(lost program) + $(lost call))) -ge "$n" ] || fail "$shown of $n clones"
	[ "$shown" -le "$n" ] || fail "$shown clones, and there were $n"
}

# holds N: of nswatch's own, while it traces: every namespace that came to be and that went.
holds() {
	trace_start -e ns-create,ns-free -t uts --strict --no-notes
	partner holder "$(helper holdns)" "$1"
	until_said holder "held $1"
}

# rss: of the tracer, in KB.
rss() { awk '/VmRSS/ { print $2 }' "/proc/$TRACER/status"; }

# told KIND: events of the namespaces that the holder made.
told() { grep -c "\"event\":\"$1\"" "$T/out.json"; }

# More living namespaces than any trace has remembered, and their ends: all of them are told, or it is
# told which are not. NSWATCH_MANY is how many (make many: a million).
t_loss_many_namespaces() {
	local n=${NSWATCH_MANY:-40000} before=0 last=-1 still=0
	in_vm && skip "an emulated machine takes minutes to make $n namespaces"
	holds "$n"
	go_on holder
	until_said holder gone
	# Until no more come: what is missing must have been told.
	while [ "$(told ns-free)" -lt "$n" ] && [ $still -lt 100 ]; do
		tick 0.1
		before=$(told ns-free)
		still=$((before > last ? 0 : still + 1))
		last=$before
	done
	echo "resident: $(rss) KB"
	[ "$(rss)" -lt 65536 ] || fail "$(rss) KB resident"
	trace_stop
	if [ "$(jq -s 'map(select(.event == "lost")) | length' <(grep '"event":"lost"' "$T/out.json"))" -eq 0 ]; then
		expect_rc 0
		[ "$(told ns-create)" -ge "$n" ] || fail "$(told ns-create) of $n ns-create, no word of the others"
		[ "$(told ns-free)" -ge "$n" ] || fail "$(told ns-free) of $n ns-free, no word of the others"
	else
		expect_rc 4
		printf '%s\n' 6.1 "$(uname -r)" | sort -C -V && in_vm ||
			grep '"why":"record"' "$T/out.json" >"$T/slow" || ! printf '%s\n' 6.1 "$(uname -r)" | sort -C -V ||
			fail "lost: $(grep '"event":"lost"' "$T/out.json" | head -n 3)"
	fi
}

# The trace of one command has room for the namespaces of its own, whatever others make: its events are
# all there, and its dead pid namespace's init is known.
t_loss_others_namespaces() {
	local n=40000
	in_vm && skip "an emulated machine takes minutes to make $n namespaces"
	partner holder "$(helper holdns)" $n
	until_said holder "held $n"
	trace_cmd --strict -- unshare -p sh -c '/bin/true; /bin/true'
	[ "$RC" -eq 2 ] || fail "status $RC: $(cat "$T/err")"
	no_event '.event == "lost"'
	expect_event '.event == "fork-denied"' 1
	fields .init_comm true .forgotten false
	expect_event '.event == "ns-free" and .ns_type == "pid"' 1
	field '.lifetime_ns > 0' true
	go_on holder
	until_said holder gone
}

# More namespaces of a command than are remembered: that is told, and so are all their births.
t_loss_command_namespaces() {
	# shellcheck disable=SC2034 # for trace_cmd
	NSWATCH=$(helper nswatch-small)
	export NSWATCH_SMALL=known=32
	trace_cmd --strict -e ns-create,ns-free -t uts -- sh -c "echo | $(helper holdns) 100"
	expect_rc 4
	expect_event '.event == "ns-create"' 100
	query '.event == "lost" and .why == "namespace"'
	[ ${#EVENTS[@]} -gt 0 ] || fail "not told"
}

# A filter that answers with success lets nothing happen; so it is told, and the program believes it.
t_loss_answered_zero() {
	local call
	[ "$(alt unshare)$(alt setns)$(alt fork-denied)" = tracepointtracepointtracepoint ] ||
		skip "only tracepoints show calls that filters answer"
	printf '%s\n' 5.15 "$(uname -r)" | sort -C -V || skip "programs can't read registers before 5.15"
	# Where clone says 0 the process takes itself for the child.
	act filter unshare 0 filter setns 0 filter clone 0 ns unshare uts setns /proc/self/ns/net net ns \
		clone uts exit 0 --
	[ "${F[filter]}" = 0 ] || skip "no seccomp: ${F[filter]}"
	[ "${F[unshare]} ${F[setns]} ${F[1:uts]}" = "0 0 ${F[2:uts]}" ] || fail "the filters let it pass"
	for call in unshare setns clone; do
		expect_event ".event == \"$call\"" 1
		fields .filtered true .result 0 '.changed | length' 0 .pid "${F[getpid]}" \
			'.notes | map(.code) | join(" ")' call-filtered
		field '.notes[0].text | contains("answered with success") and contains("nothing was done")' true
	done
	no_event '.event == "ns-create"'
	"$NSWATCH" trace -q --no-notes -o EVENT,DETAIL "${FORCE[@]}" -e unshare -- \
		"$(helper nsact)" filter unshare 0 unshare uts >"$T/lines" 2>"$T/err"
	grep -q 'answered 0 by a filter; nothing was unshared' "$T/lines" || fail "$(cat "$T/lines")"
	# The twin: what the kernel itself does, under a filter for something else. Both the parent and the
	# child return from clone.
	act filter unshare 1 clone uts ns -- setns /proc/self/ns/net net exit 0
	no_event '.filtered'
	expect_event '.event == "clone"' 1
	fields '.changed | join(" ")' uts
	expect_event '.event == "setns"' 1
}

# A call that was on before the trace began returns without an entry: it is none that a filter answered.
t_loss_older_call() {
	local n=0
	[ "$(alt unshare)" = tracepoint ] || skip "only tracepoints show calls that filters answer"
	# The parent sleeps in vfork, which is clone, until the child ends.
	partner old "$(helper atonce)" older
	until_said old waits
	trace_start -e unshare,setns,clone
	go_on old
	until_said old over
	"$(helper nsact)" unshare uts >"$T/acted"
	wait_event '.event == "unshare"'
	trace_stop
	n=$(jq -c "select(.pid == ${F[getpid]} and .filtered)" "$T/out.json" | wc -l)
	[ "$n" -eq 0 ] || fail "$(grep '"filtered":true' "$T/out.json")"
}

# Calls that are made while the hooks are attached one after the other: what began under some of them is
# older than the trace, and not lost.
t_loss_at_start() {
	local i
	! in_vm || skip "it takes processors on which calls are made all the time"
	for i in 1 2; do
		"$(helper loop)" unshare 1000000 1000000 >"$T/made" 2>&1 &
		BACKGROUND+=($!)
	done
	for i in 1 2 3 4 5; do
		"$NSWATCH" trace -q -J "${FORCE[@]}" -e unshare,ns-create -t uts --duration 0.4 >"$T/out.json" 2>"$T/err" ||
			fail "status $?: $(cat "$T/err")"
		# From 7.0 a program may be left out at a return, which is told as such.
		[ "$(lost call)" -eq 0 ] || [ "$(lost program)" -gt 0 ] || fail "start $i: $(grep '"lost"' "$T/out.json")"
	done
}

# A refused call carries what the kernel looked at of its caller, who may be gone when anybody reads of it.
t_loss_facts_of_caller() {
	local caps
	act threads 3 unshare user exit 0
	expect_event '.event == "unshare"' 1
	fields .errno EINVAL .threads 4 .unmapped 0 .chrooted false .user_level 0 .uid_extents 1 .euid 0
	caps=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
	field .caps $((16#$caps))
	trace_cmd -e unshare -- setpriv --reuid 65533 --regid 65532 --clear-groups "$(public_helper nsact)" \
		unshare user unshare user exit 0
	expect_event '.event == "unshare" and .result < 0' 1
	# In the first one nobody has a number.
	fields .errno EPERM .threads 1 .unmapped 3 .uid_extents 0 .gid_extents 0 .user_level 1 \
		.euid 65533 .egid 65532 .chrooted false
	expect_event '.event == "unshare" and .result == 0' 1
	fields .threads 0 .caps 0
	mkdir -p "$T/root/bin" && cp "$(helper nsact)" "$T/root/bin/nsact"
	for caps in $(ldd "$(helper nsact)" | grep -o '/[^ ]*'); do
		mkdir -p "$T/root${caps%/*}" && cp "$caps" "$T/root$caps"
	done
	trace_cmd -e unshare -- chroot "$T/root" /bin/nsact unshare user exit 0
	expect_event '.event == "unshare"' 1
	fields .errno EPERM .chrooted true .unmapped 0
	# What the recording says suffices for the reason.
	"$NSWATCH" trace -q "${FORCE[@]}" -e unshare -w "$T/rec" -- chroot "$T/root" /bin/nsact unshare user exit 0
	"$NSWATCH" trace -r "$T/rec" -o EVENT >"$T/lines" 2>&1
	grep -q 'chroot' "$T/lines" || fail "$(cat "$T/lines")"
	grep -q 'nothing that can be read' "$T/lines" && fail "$(cat "$T/lines")"
	return 0
}

# Bind mounts that are made while the trace takes nothing out of a ring that is as small as can be: each
# pin is shown, or counted as lost.
t_loss_mount_ring() {
	local n=120 shown gone
	trace_start --strict --no-notes --ring-size 4K -e pin
	kill -STOP "$TRACER"
	# shellcheck disable=SC2016 # for the inner shell
	partner binder unshare -m --propagation private sh -ec '
		i=0; mount -t tmpfs none /mnt
		while [ $((i += 1)) -le '$n' ]; do : >/mnt/$i; mount --bind /proc/self/ns/uts /mnt/$i; done
		echo bound; read -r REPLY'
	until_said binder bound
	kill -CONT "$TRACER"
	trace_stop
	go_on binder
	shown=$(grep -c '"event":"pin".*"path":"/mnt/[0-9]*"' "$T/out.json")
	gone=$(($(lost mount) + $(lost record)))
	echo "$shown shown, $gone lost of $n"
	[ "$gone" -gt 0 ] || fail "$shown shown, none counted as lost, and the ring had no room for all"
	[ $((shown + gone)) -ge $n ] || fail "$shown shown and $gone lost of $n"
	expect_rc 4
}

# More bind mounts than the map of them holds, there before the trace and made under it: every end is
# shown, or counted as lost.
t_loss_pins_remembered() {
	local n=4400 counted tries=0
	[ "$(alt pin)" != tracepoint ] || skip "mountinfo is read here, and no map of pins needed"
	printf '%s\n' 6.1 "$(uname -r)" | sort -C -V && skip "the map has room for more than can be mounted quickly"
	partner old "$(helper burden)" pins $n 1000
	until_said old ready
	trace_start --strict --no-notes -e unpin
	trace_stop
	expect_rc 4
	[ "$(lost mount)" -ge $((n - 4096)) ] || fail "$(lost mount) lost: $(cat "$T/err")"
	kill "${PID[old]}"
	wait "${PID[old]}"
	trace_start --strict --no-notes -e pin,unpin
	partner new "$(helper burden)" pins $n 0
	wait "${PID[new]}"
	# Unmounted by the kernel's workers, after it.
	until counted=$(($(grep -c '"event":"unpin"' "$T/out.json") + $(lost mount) + $(lost record)))
		[ "$counted" -ge $n ] || [ $((tries += 1)) -gt 200 ]; do
		tick 0.1
	done
	trace_stop
	expect_rc 4
	echo "$counted of $n ends shown or lost, $(lost mount) of these not remembered"
	[ "$counted" -ge $n ] || fail "$counted ends shown or lost of $n"
}
