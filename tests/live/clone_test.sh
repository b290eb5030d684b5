# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Children that begin in other namespaces than their parent, and clones that fail.

declare -A CLONE_FLAG=([mnt]=0x20000 [uts]=0x4000000 [ipc]=0x8000000 [user]=0x10000000
	[pid]=0x20000000 [net]=0x40000000 [cgroup]=0x2000000 [time]=0x80)

# clone_is FLAGS NAMES: the one clone event has the facts of blocks 1 (parent) and 2 (child).
clone_is() {
	expect_event '.event == "clone"' 1
	fields .pid "${F[1:getpid]}" .tid "${F[1:tid]}" .comm nsact .uid 0 .inferred false \
		.result 0 .errno null .child_pid "${F[child]}" .child_ns_pid "${F[2:getpid]}" \
		.child_pidns "${F[2:pid]}" .ns_flags.value $(($1)) \
		'.ns_flags.names | sort | join(",")' "$2" \
		'.changed | join(",")' "$(facts_changed 1 2)"
	facts_nsset .before 1
	fields "${WANT[@]}"
	facts_nsset .after 2
	fields "${WANT[@]}"
}

# clone_one CALL TYPE CHANGED
clone_one() {
	act ns "$1" "$2" ns owner nsid --
	[ -z "${F[$1]-}" ] || fail "$1 $2: ${F[$1]}"
	[ "${F[status]}" = 0 ] || fail "the child ended with ${F[status]}"
	clone_is "${CLONE_FLAG[$2]}" "$2"
	field '.changed | join(",")' "$3"
	expect_event '.event == "ns-create"' 1
	fields .ns_type "$2" .inum "${F[2:$2]}" .pid "${F[1:getpid]}" \
		.inferred "$(inferred ns-create)"
	[ "$2" = pid ] || no_event '.event == "pidns-init"'
}

t_clone_mnt() { clone_one clone mnt mnt; }
t_clone_uts() { clone_one clone uts uts; }
t_clone_ipc() { clone_one clone ipc ipc; }
t_clone_user() { clone_one clone user user; }
t_clone_pid() { clone_one clone pid pid,pid_for_children; }
t_clone_net() { clone_one clone net net; }
t_clone_cgroup() { clone_one clone cgroup cgroup; }
t_clone3_mnt() { clone_one clone3 mnt mnt; }
t_clone3_uts() { clone_one clone3 uts uts; }
t_clone3_ipc() { clone_one clone3 ipc ipc; }
t_clone3_user() { clone_one clone3 user user; }
t_clone3_pid() { clone_one clone3 pid pid,pid_for_children; }
t_clone3_net() { clone_one clone3 net net; }
t_clone3_cgroup() { clone_one clone3 cgroup cgroup; }

# Its flag is in the bits of the signal: clone(2) can't ask for it, clone3(2) since 6.3.
t_clone3_time() {
	act ns clone3 time ns -- ns
	if [ -n "${F[clone3]-}" ]; then
		[ "${F[clone3]}" = EINVAL ] || fail "clone3 time: ${F[clone3]}"
		clone_failed EINVAL 0x80 time
		return
	fi
	clone_is 0x80 time
	field '.changed | join(",")' time,time_for_children
	expect_event '.event == "ns-create"' 1
	fields .ns_type time .inum "${F[2:time]}"
}

t_clone_all() {
	act ns clone mnt,uts,ipc,user,pid,net,cgroup ns --
	clone_is 0x7e020000 cgroup,ipc,mnt,net,pid,user,uts
	fields '.changed | join(",")' mnt,uts,ipc,user,pid,net,cgroup,pid_for_children
	expect_event '.event == "ns-create"' 7
	expect_event '.event == "pidns-init"' 1
	before_event '.event == "clone"' '.event == "pidns-init"'
}

# A plain fork into pid_for_children: the first is pid 1, the second no init.
t_clone_into_pid_for_children() {
	local pidns
	act unshare pid children 1 ns fork ns -- fork ns --
	[ "${F[2:getpid]},${F[3:getpid]}" = 2,3 ] || fail "not the pids of a new namespace"
	pidns=${F[2:pid]}
	expect_event '.event == "clone"' 3
	expect_event ".event == \"clone\" and .child_pid == ${F[child,1]}" 1
	fields .child_ns_pid 1 .child_pidns "$pidns"
	expect_event ".event == \"clone\" and .child_pid == ${F[child,2]}" 1
	fields .child_ns_pid 2 .child_pidns "$pidns" '.changed | join(",")' pid \
		.before.pid "${F[1:pid]}" .after.pid "$pidns" .before.pid_for_children "$pidns" \
		'.ns_flags.names | map(select(. != "child_settid" and . != "child_cleartid")) | length' 0
	expect_event ".event == \"clone\" and .child_pid == ${F[child,3]}" 1
	field .child_ns_pid 3
	expect_event '.event == "pidns-init"' 1
	field .init_pid "${F[child,1]}"
}

# A time namespace for children becomes the child's own.
t_clone_into_time_for_children() {
	act unshare time ns fork ns --
	expect_event '.event == "clone"' 1
	fields '.changed | join(",")' time .after.time "${F[2:time]}" .before.time "${F[1:time]}" \
		.before.time_for_children "${F[2:time]}" .child_pid "${F[child]}"
}

t_clone_plain() {
	# Children and threads in the same namespaces are nothing to tell; the last one is.
	act fork -- threads 3 clone 0 -- clone3 0 -- tryvfork thread -- ns clone uts ns --
	expect_event '.event == "clone"' 1
	field .child_pid "${F[child,4]}"
	no_event '.event == "pidns-init"'
}

# clone_failed ERRNO FLAGS NAMES: block 1 is the caller's, before and after.
clone_failed() {
	expect_event '.event == "clone"' 1
	fields .pid "${F[getpid]}" .errno "$1" '.result < 0' true .child_pid 0 .child_ns_pid 0 \
		.child_pidns 0 '.changed | length' 0 .ns_flags.value $(($2)) \
		'.ns_flags.names | sort | join(",")' "$3"
	facts_nsset .before 1
	fields "${WANT[@]}"
	facts_nsset .after 1
	fields "${WANT[@]}"
	no_event '.event == "ns-create"'
}

# A thread gets a uts namespace of its own, but no user namespace.
t_clone_thread() {
	act ns clonethread uts clonethread user
	expect_event '.event == "clone" and .result == 0' 1
	fields .pid "${F[getpid]}" .tid "${F[tid]}" .child_pid "${F[thread]}" .child_ns_pid "${F[thread]}" \
		'.changed | join(",")' uts .before.uts "${F[uts]}" .after.uts "${F[thread_uts]}" \
		.after.net "${F[thread_net]}" '.ns_flags.names | sort | join(",")' files,sighand,thread,uts,vm
	[ "${F[thread_uts]}" != "${F[uts]}" ] || fail "the thread has no namespace of its own"
	expect_event '.event == "clone" and .result != 0' 1
	fields .errno EINVAL .child_pid 0 .tid "${F[tid]}" \
		'.ns_flags.names | sort | join(",")' files,sighand,thread,user,vm
}

t_clone_einval_user_fs() {
	act ns clone 0x10000200 --
	[ "${F[clone]-}" = EINVAL ] || fail "the kernel said ${F[clone]-nothing}"
	clone_failed EINVAL 0x10000200 fs,user
	field .result -22
}

t_clone3_einval_mnt_fs() {
	act ns clone3 0x20200 --
	[ "${F[clone3]-}" = EINVAL ] || fail "the kernel said ${F[clone3]-nothing}"
	clone_failed EINVAL 0x20200 fs,mnt
}

t_clone_eperm() {
	trace_cmd -- setpriv --reuid 65534 --clear-groups --inh-caps -all \
		"$(public_helper nsact)" ns clone uts,ipc --
	facts
	[ "${F[clone]-}" = EPERM ] || fail "the kernel said ${F[clone]-nothing}"
	clone_failed EPERM 0xc000000 ipc,uts
	fields .uid 65534 .result -1
}

# A plain clone that fails for another reason than a dead pid namespace is nothing to tell.
t_clone_einval_plain() {
	# CLONE_SIGHAND without CLONE_VM; then one that is told.
	act clone 0x800 -- ns clone 0x10000200 --
	[ "${F[clone,1]-}" = EINVAL ] || fail "the kernel said ${F[clone,1]-nothing}"
	clone_failed EINVAL 0x10000200 fs,user
	no_event '.event == "fork-denied"'
}
