# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The last process of a set of namespaces, or an init, ended.

t_exit_fields() {
	act ns unshare uts,ipc ns born now exit 3
	expect_rc 3
	expect_event '.event == "exit"' 1
	fields .pid "${F[getpid]}" .tid "${F[tid]}" .comm nsact .uid 0 .is_init false .inferred false \
		.exit_code.exited true .exit_code.code 3 .exit_code.signal null \
		'.empties | join(",")' uts,ipc ".ts_ns >= ${F[now]}" true \
		"(.ts_ns - .lifetime_ns) / 10000000 | floor" "${F[born]}"
	facts_nsset .ns 2
	fields "${WANT[@]}"
}

# exit_empties TYPES SLOTS
exit_empties() {
	act unshare "$1" exit 0
	expect_event '.event == "exit"' 1
	field '.empties | join(",")' "$2"
}

t_exit_empties_mnt() { exit_empties mnt mnt; }
t_exit_empties_net() { exit_empties net net; }
t_exit_empties_cgroup() { exit_empties cgroup cgroup; }
t_exit_empties_for_children() { exit_empties pid,time pid_for_children,time_for_children; }
t_exit_empties_all() {
	exit_empties mnt,uts,ipc,net,cgroup,pid,time \
		mnt,uts,ipc,net,cgroup,pid_for_children,time_for_children
}

# In the time namespace, not only with it for the children.
t_exit_empties_time() {
	act unshare time fork ns exit 1 -- exit 0
	# The parent's nsproxy still names it when the child ends.
	expect_event '.event == "exit"' 1
	fields .pid "$(jq -r 'select(.event == "unshare") | .pid' "$T/out.json")" \
		'.empties | join(",")' time_for_children .ns.time_for_children "${F[time]}"
	act clone3 time ns exit 1
	[ -z "${F[clone3]-}" ] || return 0 # before 6.3
	expect_event '.event == "exit"' 1
	fields .pid "${F[child]}" '.empties | join(",")' time .exit_code.code 1
}

# Somebody else is still there: the first end tells nothing, the last one does.
t_exit_last_of_two() {
	act unshare uts fork ns exit 5 -- exit 6
	expect_rc 6
	expect_event '.event == "exit"' 1
	fields .exit_code.code 6 '.empties | join(",")' uts .ns.uts "${F[uts]}"
	no_event '.event == "exit" and .exit_code.code == 5'
}

# The parent goes first, the child is the last.
t_exit_child_is_last() {
	traced -- ns unshare uts children 1 ns say ready wait exit 0
	until_said act ready
	go_on act
	traced_end
	# The child dies with its parent, by the signal that it asked for.
	expect_event '.event == "exit" and (.empties | contains(["uts"]))' 1
	fields .pid "${F[child]}" .exit_code.exited false .exit_code.signal_name KILL .ns.uts "${F[2:uts]}"
}

# Threads share the namespaces of their process, or have their own.
t_exit_thread() {
	act thread ns unshare uts ns -- ns exit 0
	# The thread left it: an end that is not told by the end of a process, but the namespace's.
	expect_event ".event == \"ns-create\" and .inum == ${F[2:uts]}" 1
	[ "${F[3:uts]}" = "${F[1:uts]}" ] || fail "the process went with its thread"
	no_event '.event == "exit" and .exit_code.code == 0 and .ns.uts == '"${F[1:uts]}"
	expect_event ".event == \"ns-free\" and .inum == ${F[2:uts]}" 1
}

# In a user namespace, by another user.
t_exit_uid() {
	trace_cmd -- setpriv --reuid 65534 --clear-groups --inh-caps -all \
		"$(public_helper nsact)" unshare user,uts exit 9
	expect_rc 9
	expect_event '.event == "exit"' 1
	fields .uid 65534 .exit_code.code 9 '.empties | join(",")' uts
}

t_exit_signal() {
	act unshare uts ns kill 15
	expect_rc 143
	expect_event '.event == "exit"' 1
	fields .exit_code.exited false .exit_code.signal 15 .exit_code.signal_name TERM \
		.exit_code.core false .exit_code.code null
}

# By hand: of what no name is known.
t_exit_realtime_signal() {
	act unshare uts kill 40
	expect_event '.event == "exit"' 1
	fields .exit_code.signal 40 .exit_code.signal_name RTMIN+6
}

# Whether a core was left is the kernel's to say: wait(2) has a bit for it.
exit_core() {
	act fork unshare uts ns kill 6 --
	local status=${F[status]}
	[ $((status & 0x7f)) -eq 6 ] || fail "wait says $status"
	CORE=$([ $((status & 0x80)) -ne 0 ] && echo true || echo false)
	expect_event '.event == "exit"' 1
	fields .pid "${F[getpid]}" .exit_code.signal_name ABRT .exit_code.core "$CORE"
}

t_exit_no_core() {
	ulimit -S -c 0
	exit_core
	[ "$CORE" = false ] || skip "a core was left in spite of the limit"
}

t_exit_core() {
	ulimit -S -c unlimited 2>/dev/null || ulimit -S -c hard 2>/dev/null
	exit_core
	[ "$CORE" = true ] || skip "this system leaves no core (core_pattern, limit)"
}

# The init of a pid namespace, though it leaves nothing empty.
t_exit_init() {
	act clone pid ns exit 2 -- ns
	expect_event '.event == "exit"' 1
	fields .pid "${F[child]}" .is_init true .ns_pid 1 .exit_code.code 2 '.empties | length' 0 \
		.pidns "${F[1:pid]}" .ns.pid "${F[1:pid]}"
}

# A process that leaves nothing behind but itself is nothing to tell.
t_exit_plain() {
	act fork exit 1 -- clone pid fork exit 4 -- exit 5 -- unshare uts kill 9
	no_event '.event == "exit" and .exit_code.code == 1'
	no_event '.event == "exit" and .exit_code.code == 4'
	expect_event '.event == "exit" and .exit_code.code == 5' 1
	expect_event '.event == "exit" and .exit_code.signal == 9' 1
	expect_event '.event == "exit"' 2
}
