# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# unshare(2): what was asked, what came of it, and the namespaces before and after.

# Slots that unshare(2) of a type changes: unshare(2), "pid" and "time" are for children only.
declare -A SLOT=([mnt]=mnt [uts]=uts [ipc]=ipc [user]=user [pid]=pid_for_children [net]=net
	[cgroup]=cgroup [time]=time_for_children)
# include/uapi/linux/sched.h
declare -A FLAG=([mnt]=0x20000 [uts]=0x4000000 [ipc]=0x8000000 [user]=0x10000000
	[pid]=0x20000000 [net]=0x40000000 [cgroup]=0x2000000 [time]=0x80)

# The one unshare event has the facts of blocks 1 and 2.
unshare_is() {
	local flags=$1 names=$2

	expect_event '.event == "unshare"' 1
	fields .v 1 .pid "${F[getpid]}" .tid "${F[tid]}" .result 0 .errno null .inferred false \
		.no_actor false .from_poll false .uid 0 .comm nsact .pidns "${F[pid]}" \
		.ns_flags.value $((flags)) '.ns_flags.names | sort | join(",")' "$names"
	facts_nsset .before 1
	fields "${WANT[@]}"
	facts_nsset .after 2
	fields "${WANT[@]}"
}

# Block 3, of a child, names the pid namespace that the caller could not see yet.
unshare_one() {
	local slot=${SLOT[$1]}

	act ns unshare "$1" ns fork ns --
	[ "${F[unshare]}" = 0 ] || fail "unshare $1: ${F[unshare]}"
	unshare_is "${FLAG[$1]}" "$1"
	fields '.changed | join(",")' "$slot" ".after.$slot" "${F[3:${slot%_for_children}]}"
	[ "${F[1:$slot]}" != "${F[3:${slot%_for_children}]}" ] || fail "the $1 namespace is as it was"
}

t_unshare_mnt() { unshare_one mnt; }
t_unshare_uts() { unshare_one uts; }
t_unshare_ipc() { unshare_one ipc; }
t_unshare_user() { unshare_one user; }
t_unshare_pid() { unshare_one pid; }
t_unshare_net() { unshare_one net; }
t_unshare_cgroup() { unshare_one cgroup; }
t_unshare_time() { unshare_one time; }

t_unshare_all() {
	act ns unshare mnt,uts,ipc,user,pid,net,cgroup,time ns fork ns --
	[ "${F[unshare]}" = 0 ] || fail "unshare of all: ${F[unshare]}"
	unshare_is 0x7e020080 cgroup,ipc,mnt,net,pid,time,user,uts
	fields '.changed | join(",")' mnt,uts,ipc,user,net,cgroup,pid_for_children,time_for_children
	fields .after.pid_for_children "${F[3:pid]}" .after.time_for_children "${F[3:time]}"
}

# A thread of its own name: header fields that are a thread's, not the process's.
t_unshare_thread() {
	local cpu

	cpu=$(taskset -cp $$ | sed 's/.*: //; s/.*[-,]//')
	trace_cmd -- taskset -c "$cpu" setpriv --reuid 65533 --clear-groups --inh-caps +sys_admin \
		--ambient-caps +sys_admin "$(public_helper nsact)" thread name other ns unshare uts ns --
	facts
	expect_event '.event == "unshare"' 1
	[ "${F[tid]}" != "${F[getpid]}" ] || fail "nsact made no thread"
	fields .pid "${F[getpid]}" .tid "${F[tid]}" .ppid "${F[getppid]}" .comm other .uid 65533 \
		.cpu "$cpu" .ns_pid "${F[getpid]}" .result 0 .after.uts "${F[2:uts]}"
}

# Times: between two looks at the same clock, and on the wall.
t_unshare_when() {
	local wall

	act now unshare uts now
	expect_event '.event == "unshare"' 1
	fields ".ts_ns >= ${F[now,1]} and .ts_ns <= ${F[now,2]}" true
	# Both clocks now, against both clocks of the event.
	wall=$(($(date +%s%N) - $(now)))
	fields "(.time | sub(\"[.][0-9]+Z\"; \"Z\") | fromdate) - (.ts_ns + $wall) / 1e9 |
		. > -3 and . < 3" true
}

t_unshare_cgroup_id() {
	local path type=(-t cgroup2)

	# The hierarchy that says whose a task is.
	awk '$1 == "pids" && $2 { exit 1 }' /proc/cgroups || type=(-t cgroup -o pids)
	mkdir "$T/cgroup"
	mount "${type[@]}" none "$T/cgroup" || skip "no cgroups here"
	at_end "umount $T/cgroup"
	path=$T/cgroup/nswatch-test-$$
	mkdir "$path" || fail "mkdir $path"
	at_end "rmdir $path"
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- sh -c 'echo $$ >$0/cgroup.procs; exec "$@"' "$path" "$(helper nsact)" unshare uts
	expect_event '.event == "unshare"' 1
	field .cgroup_id "$(stat -c %i "$path")"
}

# With CLONE_FS and CLONE_FILES beside a type all that was asked is told.
t_unshare_with_files() {
	act ns unshare 0x4000600 ns
	unshare_is 0x4000600 files,fs,uts
	field '.changed | join(",")' uts
}

t_unshare_no_namespace() {
	# CLONE_FILES, CLONE_FS, nothing: not a matter of namespaces; the last shows that we look.
	act unshare 0x400 unshare 0x200 unshare 0 unshare uts
	expect_event '.event == "unshare"' 1
	field .ns_flags.value $((0x4000000))
}

# A failure leaves everything as it was.
unshare_failed() {
	expect_event '.event == "unshare"' 1
	fields .errno "$1" '.changed | length' 0 .pid "${F[getpid]}"
	facts_nsset .before 1
	fields "${WANT[@]}"
	facts_nsset .after 2
	fields "${WANT[@]}"
	no_event '.event == "ns-create"'
	[ "${F[unshare]}" = "$1" ] || fail "the kernel said ${F[unshare]}, not $1"
}

t_unshare_einval_flag() {
	act ns unshare 0x1 ns
	unshare_failed EINVAL
	fields .result -22 .ns_flags.value 1 '.ns_flags.names | length' 0
}

t_unshare_einval_threads() {
	act threads 2 ns unshare user ns
	unshare_failed EINVAL
	fields .result -22 '.ns_flags.names | join(",")' user
}

t_unshare_eperm() {
	trace_cmd -- setpriv --reuid 65534 --clear-groups --inh-caps -all \
		"$(public_helper nsact)" ns unshare uts,net ns
	facts
	unshare_failed EPERM
	fields .result -1 .uid 65534 '.ns_flags.names | sort | join(",")' net,uts
}

t_unshare_enospc() {
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces && exec "$0" "$@"' \
		"$(helper nsact)" ns unshare uts ns
	facts
	[ "${F[unshare]-}" = ENOSPC ] || fail "no limit could be set: $(cat "$T/err")"
	expect_event '.event == "unshare" and .result == 0' 1
	fields '.ns_flags.names | join(",")' user '.changed | join(",")' user
	expect_event '.event == "unshare" and .result < 0' 1
	fields .errno ENOSPC .result -28 '.changed | length' 0 .before.user "${F[user]}" \
		.after.user "${F[user]}"
	no_event '.event == "ns-create" and .ns_type == "uts"'
}
