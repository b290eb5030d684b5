# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# System calls of the 32-bit ABI: int80 makes them in a 64-bit program, int80_m32 in a 32-bit one.

compat_helpers() {
	[ -x "$(helper int80_m32)" ] || skip "no 32-bit ABI on $(uname -m)"
	# CONFIG_IA32_EMULATION
	"$(helper int80_m32)" >"$T/probe" 2>&1 || skip "this kernel runs no 32-bit program"
}

# has_cap: the kernel tells of capabilities that are asked for (tp_btf/cap_capable, 6.14).
has_cap() { grep -qa btf_trace_cap_capable /sys/kernel/btf/vmlinux; }

# of KIND JQ: its events of the helper, which calls itself int80 or int80_m32.
of() { expect_event ".event == \"$1\" and (.comm | startswith(\"int80\")) and ($2)" 1; }

# compat_exact: every call, as the helper told it.
compat_exact() {
	of unshare '.result == 0'
	fields .compat true .pid "${F[pid]}" '.ns_flags.names | join(",")' uts .before.uts "${F[uts1]}" \
		.after.uts "${F[uts2]}" '.changed | join(",")' uts .inferred false
	of ns-create '.ns_type == "uts"'
	fields .inum "${F[uts2]}" .inferred "$(inferred ns-create)"
	before_event '.event == "ns-create" and .ns_type == "uts"' '.event == "unshare"'
	of setns '.result == 0'
	fields .compat true .fd "${F[fd]}" .fd_kind nsfs .target_inum "${F[uts1]}" .before.uts "${F[uts2]}" \
		.after.uts "${F[uts3]}" .ns_flags.value $((0x4000000))
	of setns '.result < 0'
	fields .compat true .errno EBADF .fd -1
	of unshare '.result < 0'
	fields .compat true .errno EINVAL .ns_flags.value 1
	of clone '.result == 0'
	fields .compat true .child_pid "${F[child]}" '.changed | join(",")' ipc
	of clone '.result < 0'
	fields .compat true .errno EINVAL '.ns_flags.names | index("ipc") != null' true
}

t_compat_m32() {
	compat_helpers
	trace_cmd -- "$(helper int80_m32)"
	facts
	# sh ran it: its own calls are those of the other ABI.
	compat_seen
	trace_cmd --compat -- "$(helper int80_m32)"
	facts
	compat_exact
}

# A command that is a 32-bit program itself needs no --compat.
t_compat_command() {
	compat_helpers
	"$NSWATCH" trace -J -q "${FORCE[@]}" --linger 10s -- "$(helper int80_m32)" >"$T/both" 2>"$T/err"
	grep '^{' "$T/both" >"$T/out.json"
	grep -v '^{' "$T/both" >"$T/cmd.out"
	facts
	compat_exact
}

t_compat_int80() {
	compat_helpers
	trace_cmd --compat -- "$(helper int80)"
	facts
	compat_exact
	# And its twin, the same calls of the 64-bit ABI: not marked.
	trace_cmd --compat -- "$(helper nsact)" unshare uts setns /proc/self/ns/uts 0
	expect_event '.event == "unshare"' 1
	field .compat false
	expect_event '.event == "setns"' 1
	field .compat false
}

# compat_seen: without --compat. Tracepoints see what was done, if not how, unless they were in time.
compat_seen() {
	if [ "$(alt setns)" != tracepoint ]; then
		compat_exact
		return
	fi
	of unshare '.result == 0'
	fields .compat true .before.uts "${F[uts1]}" .after.uts "${F[uts2]}" '.changed | join(",")' uts
	of ns-create '.ns_type == "uts"'
	field .inum "${F[uts2]}"
	of setns '.result == 0'
	fields .compat true .before.uts "${F[uts2]}" .after.uts "${F[uts3]}"
	of clone '.result == 0'
	fields .compat true .child_pid "${F[child]}"
}

t_compat_int80_seen() {
	compat_helpers
	[ "$(alt setns)" != tracepoint ] || has_cap ||
		skip "tracepoints see int 0x80 of 64-bit programs only with --compat before 6.14"
	trace_cmd -- "$(helper int80)"
	facts
	compat_seen
}

# The number of a namespace that ended unseen is given to the one that a 32-bit program makes: that is no
# namespace which was there, and which it entered.
t_compat_number_again() {
	local again=0
	compat_helpers
	[ "$(alt unshare)" = tracepoint ] || skip "nothing is concluded from what was there"
	: >"$T/pin"
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2016 # for the inner shell
		trace_cmd -- sh -c 'unshare -u mount --bind /proc/self/ns/uts "$0" && stat -L -c %i "$0" >"$1" && umount "$0" &&
			exec "$2"' "$T/pin" "$T/number" "$(helper int80_m32)"
		facts
		[ "$(cat "$T/number")" = "${F[uts2]}" ] || continue
		again=$((again + 1))
		of unshare '.result == 0'
		fields .after.uts "${F[uts2]}" '.changed | join(",")' uts
	done
	[ "$again" -gt 0 ] || skip "the number was not given again"
}

# A trace of the host notices a 32-bit program that begins later: its second round is seen whole.
t_compat_late() {
	compat_helpers
	trace_start -e unshare,setns
	"$(helper int80_m32)" late >"$T/cmd.out"
	facts
	wait_event ".event == \"unshare\" and .pid == ${F[pid]} and .result == 0 and .after.uts == ${F[uts2,2]} and .inferred == false"
	wait_event ".event == \"setns\" and .pid == ${F[pid]} and .result < 0"
	trace_stop
}

# at_every_call PID: the program has BPF programs at every system call.
at_every_call() { cat "/proc/$1/fdinfo/"* 2>/dev/null | grep -q $'^tp_name:\tsys_enter$'; }

# Nobody pays for 32-bit programs while there is none.
t_compat_costs_nothing() {
	compat_helpers
	[ "$(alt setns)" = tracepoint ] || skip "only tracepoints need programs at every system call"
	trace_start -e setns
	cat "/proc/$TRACER/fdinfo/"* 2>/dev/null | grep -q $'^tp_name:\tsched_process_exec$' ||
		skip "this kernel does not say at what a link is"
	at_every_call "$TRACER" && fail "programs run at every system call"
	partner other "$(helper int80_m32)" wait
	for _ in {1..200}; do
		at_every_call "$TRACER" && break
		tick 0.05
	done
	at_every_call "$TRACER" || fail "a 32-bit program did not bring them"
	until grep -q '^State:.T' "/proc/${PID[other]}/status"; do
		tick 0.05
	done
	kill -CONT "${PID[other]}"
	partner_end other
	expect_rc 0
	trace_stop
}
