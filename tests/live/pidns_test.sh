# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Pid namespaces: the birth of pid 1, their death with it, and forks that are denied then.

# init_is CREATOR CHILD: the blocks of the one who forked and of the init.
init_is() {
	expect_event ".event == \"pidns-init\" and .inum == ${F[$2:pid]}" 1
	fields .pid "${F[$1:getpid]}" .ns_pid "${F[$1:getpid]}" .pidns "${F[$1:pid]}" \
		.parent_ns "${F[$1:pid]}" .owner "${F[owner_pid]}" .ns_id "${F[nsid_pid]:-0}" \
		.inferred false .comm nsact
}

t_pidns_init() {
	act ns clone pid ns owner nsid --
	init_is 1 2
	fields .level 1 .init_pid "${F[child]}" .uid 0
	expect_event '.event == "pidns-init"' 1
}

# The owner is the user namespace that it was made in.
t_pidns_init_owner() {
	act ns unshare user,pid ns fork ns owner nsid --
	init_is 1 3
	[ "${F[owner_pid]}" = "${F[2:user]}" ] || fail "the kernel names another owner"
	fields .level 1 .init_pid "${F[child]}" .owner "${F[2:user]}"
}

# In vfork and clone3 too.
t_pidns_init_by() {
	act unshare pid tryvfork
	expect_event '.event == "pidns-init"' 1
	act clone3 pid ns --
	expect_event '.event == "pidns-init"' 1
	fields .inum "${F[pid]}" .init_pid "${F[child]}"
}

# child_of PID: as wait for "child" would not do, since a child may speak before its parent.
child_of() { pgrep -P "$1" || fail "$1 has no child"; }

# Two levels. The upper init is killed: both namespaces die.
t_pidns_nested() {
	local outer inner upper lower
	traced -- ns clone pid ns clone pid ns say ready wait
	until_said act ready
	upper=${F[2:pid]} lower=${F[3:pid]}
	outer=$(child_of "${F[1:getpid]}")
	inner=$(child_of "$outer")
	kill -KILL "$outer"
	traced_end

	expect_event '.event == "pidns-init"' 2
	expect_event ".event == \"pidns-init\" and .inum == $upper" 1
	fields .level 1 .init_pid "$outer" .pidns "${F[1:pid]}" .parent_ns "${F[1:pid]}"
	expect_event ".event == \"pidns-init\" and .inum == $lower" 1
	fields .level 2 .init_pid "$inner" .pid "$outer" .ns_pid 1 .pidns "$upper" .parent_ns "$upper"
	expect_event '.event == "pidns-death"' 2
	expect_event ".event == \"pidns-death\" and .inum == $upper" 1
	fields .level 1 .pid "$outer" .killed 1 .exit_code.exited false .exit_code.signal 9 \
		.exit_code.signal_name KILL .exit_code.core false
	expect_event ".event == \"pidns-death\" and .inum == $lower" 1
	fields .level 2 .pid "$inner" .killed 0 .exit_code.signal 9 .pidns "$lower" .ns_pid 1
	# The lower init is killed by the death of the upper.
	before_event ".event == \"pidns-death\" and .inum == $upper" \
		".event == \"pidns-death\" and .inum == $lower"
	expect_event ".event == \"exit\" and .pid == $inner" 1
	fields .is_init true .exit_code.signal 9 .ns.pid "$lower"
	[ "${F[status]}" = 9 ] || fail "wait says ${F[status]}"
}

t_pidns_death_by_code() {
	act clone pid ns born now exit 7
	[ "${F[status]}" = $((7 << 8)) ] || fail "wait says ${F[status]}"
	expect_event '.event == "pidns-death"' 1
	fields .inum "${F[pid]}" .level 1 .killed 0 .pid "${F[child]}" .tid "${F[child]}" .comm nsact \
		.ns_pid 1 .pidns "${F[pid]}" .exit_code.exited true .exit_code.code 7 .inferred false
	# It began in the clock tick (10 ms) that proc(5) tells.
	fields "(.ts_ns - .lifetime_ns) / 10000000 | floor" "${F[born]}" ".ts_ns >= ${F[now]}" true
	expect_event '.event == "exit" and .is_init' 1
	fields .pid "${F[child]}" .exit_code.code 7
	before_event '.event == "exit" and .is_init' '.event == "pidns-death"'
}

t_pidns_death_by_signal() {
	traced -- ns clone pid ns say ready wait
	until_said act ready
	kill -KILL "$(child_of "${F[getpid]}")"
	traced_end
	[ "${F[status]}" = 9 ] || fail "wait says ${F[status]}"
	expect_event '.event == "pidns-death"' 1
	fields .inum "${F[2:pid]}" .killed 0 .pid "${F[child]}" .exit_code.exited false \
		.exit_code.signal 9 .exit_code.core false .exit_code.code null
}

# pids_in NS: how many processes are in a pid namespace, by looking at each.
pids_in() {
	local p n=0

	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/ns/pid")" = "pid:[$1]" ] && n=$((n + 1))
	done
	echo $n
}

t_pidns_killed() {
	local there
	traced -- ns clone pid ns children 50 say ready wait
	until_said act ready
	there=$(pids_in "${F[2:pid]}")
	[ "$there" -eq 51 ] || fail "$there processes in the pid namespace, not 51"
	kill -KILL "$(child_of "${F[1:getpid]}")"
	traced_end
	[ "$(pids_in "${F[2:pid]}")" = 0 ] || fail "somebody lives on in a dead pid namespace"
	expect_event '.event == "pidns-death"' 1
	fields .killed $((there - 1)) .exit_code.signal 9 .inum "${F[2:pid]}"
}

# Threads of the init are not killed with it: they are it.
t_pidns_killed_threads() {
	# Not those that ask for a signal at the end of their parent: that comes before, with a thread.
	act clone pid ns threads 7 orphans 3 exit 0
	expect_event '.event == "pidns-death"' 1
	fields .killed 3 .exit_code.code 0
	act clone pid threads 3 exit 0
	expect_event '.event == "pidns-death"' 1
	field .killed 0
}

# What the kernel does not kill is not counted: threads beside their process, the dead, and ids that
# only a session of the dead still uses. A process whose leader has ended lives, and is one.
t_pidns_killed_processes() {
	act clone pid ns zombies 5 children 2 headless 4 exit 0
	expect_event '.event == "pidns-death"' 1
	fields .killed 3 .killed_counted true .inum "${F[pid]}"
	act clone pid ns zombies 3 threads 5 exit 0
	expect_event '.event == "pidns-death"' 1
	fields .killed 0 .killed_counted true
	# Those of the namespaces below die, too.
	traced -- ns clone pid ns clone pid ns zombies 2 headless 2 children 1 say ready wait
	until_said act ready
	kill -KILL "$(child_of "${F[1:getpid]}")"
	traced_end
	expect_event ".event == \"pidns-death\" and .inum == ${F[2:pid]}" 1
	fields .killed 3 .killed_counted true
}

# pid 1 ends in a thread that is not the leader: the leader's pid is told.
t_pidns_death_thread() {
	act clone pid ns thread ns exit 5
	[ "${F[status]}" = $((5 << 8)) ] || fail "wait says ${F[status]}"
	expect_event '.event == "pidns-death"' 1
	fields .pid "${F[child]}" .killed 0 .exit_code.code 5 .ns_pid 1
	expect_event '.event == "exit" and .is_init' 1
	fields .pid "${F[child]}" .exit_code.code 5
}

# Numbers of namespaces are used again, and nothing says here that the ones before are gone.
t_pidns_death_number_again() {
	local made
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -e exit,pidns-death -- bash -c \
		'for ((n = 1; n < 2000; n++)); do
			number=$("$0" clone pid ns exit 5 | sed -n "s/^pid //p")
			((seen[number % 100000]++ > 1)) && break
		done
		echo $n' "$(helper nsact)"
	made=$(cat "$T/cmd.out")
	[ "$made" -lt 2000 ] || skip "no number came again"
	expect_event '.event == "pidns-death"' "$made"
	expect_event '.event == "exit" and .is_init' "$made"
}

# The number of a traced one that has ended is soon that of a stranger's, whose end is none of the trace's.
t_pidns_death_stranger() {
	for _ in 1 2; do
		(while :; do unshare -pf true; done) &
		BACKGROUND+=($!)
	done
	trace_cmd -e pidns-death,ns-free -- sh -c 'for n in 1 2 3 4 5 6 7 8 9 10; do unshare -pf true; done'
	expect_event '.event == "pidns-death"' 10
}

# denied VERB: by this call; the init had ended with code 3 under the name "firstone".
denied() {
	local flags=$2 pidns

	act ns unshare pid fork name firstone ns exit 3 -- now "$1" now
	pidns=${F[2:pid]}
	[ "${F[$1]}" = ENOMEM ] || fail "$1: the kernel said ${F[$1]}"
	expect_event '.event == "pidns-death"' 1
	local died
	died=$(jq .ts_ns <<<"$EV")
	expect_event '.event == "fork-denied"' 1
	fields .pid "${F[getpid]}" .tid "${F[tid]}" .comm nsact .result -12 .errno ENOMEM \
		.inum "$pidns" .level 1 .init_pid "${F[child]}" .init_comm firstone \
		.init_exit_code.exited true .init_exit_code.code 3 .inferred false .pidns "${F[pid]}" \
		".ts_ns >= ${F[now,1]} and .ts_ns <= ${F[now,2]}" true \
		".init_ended_ns <= ${F[now,1]}" true \
		.init_ended_ns "$died"
	# System calls' tracepoints keep only CLONE_NEW* flags: the others are not known.
	[ "$(alt fork-denied)" = tracepoint ] || field .ns_flags.value "$flags"
	no_event '.event == "clone" and .result < 0'
}

t_fork_denied_fork() { denied tryfork 0; }
t_fork_denied_vfork() { denied tryvfork $((0x4100)); }
t_fork_denied_clone() { denied tryclone 0; }
t_fork_denied_clone3() { denied tryclone3 0; }

# A clone that also asks for new namespaces is denied for the same reason: one event.
t_fork_denied_clone_uts() {
	act unshare pid fork exit 0 -- clone uts --
	[ "${F[clone]}" = ENOMEM ] || fail "the kernel said ${F[clone]}"
	expect_event '.event == "fork-denied"' 1
	field '.ns_flags.names | join(",")' uts
	no_event '.event == "clone" and .result < 0'
}

# Killed by a signal, and the name of an init that ran another program.
t_fork_denied_signal() {
	traced -- ns unshare pid fork ns say ready wait -- tryfork
	until_said act ready
	kill -KILL "$(child_of "${F[getpid]}")"
	traced_end
	expect_event '.event == "fork-denied"' 1
	fields .init_pid "${F[child]}" .init_exit_code.exited false .init_exit_code.signal 9 \
		.init_comm nsact .inum "${F[2:pid]}"
}

# Every try is told, and a fork elsewhere is not.
t_fork_denied_each() {
	act unshare pid fork exit 0 -- tryfork tryfork tryvfork
	expect_event '.event == "fork-denied"' 3
	act tryfork tryvfork clone 0x800 -- unshare uts
	no_event '.event == "fork-denied"'
	expect_event '.event == "unshare"' 1
}

# Into the pid namespace of another's children, whose init has ended.
t_fork_denied_setns() {
	partner dead "$(helper nsact)" unshare pid fork ns exit 4 -- say ready wait
	trace_start
	until_said dead ready
	local pidns=${F[pid]} init=${F[child]}
	partner caller "$(helper nsact)" ns setns "/proc/${PID[dead]}/ns/pid_for_children" pid tryfork \
		say ready
	until_said caller ready
	[ "${F[setns]},${F[tryfork]}" = 0,ENOMEM ] || fail "setns ${F[setns]}, fork ${F[tryfork]}"
	wait_event ".event == \"fork-denied\" and .pid == ${F[getpid]}"
	trace_stop
	expect_event ".event == \"setns\" and .pid == ${F[getpid]}" 1
	fields .target_inum "$pidns" '.changed | join(",")' pid_for_children
	expect_event ".event == \"fork-denied\" and .pid == ${F[getpid]}" 1
	fields .inum "$pidns" .errno ENOMEM .level 1
	# Whether the init ended before the trace began is a matter of who was faster.
	fields ".init_pid | . == 0 or . == $init" true
	go_on dead
	partner_end dead
}

# The init ended before the trace began: nobody knows who it was.
t_fork_denied_unknown_init() {
	partner dead "$(helper nsact)" ns unshare pid fork ns exit 4 -- say ready wait tryfork say finished
	until_said dead ready
	trace_start
	go_on dead
	until_said dead finished
	[ "${F[tryfork]}" = ENOMEM ] || fail "the kernel said ${F[tryfork]}"
	wait_event ".event == \"fork-denied\" and .pid == ${F[getpid]}"
	trace_stop
	expect_event ".event == \"fork-denied\" and .pid == ${F[getpid]}" 1
	fields .inum "${F[2:pid]}" .level 1 .init_pid 0 .init_comm "" .init_ended_ns 0 .errno ENOMEM \
		.ppid $$
}
