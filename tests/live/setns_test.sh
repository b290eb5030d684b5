# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# setns(2): through which descriptor, into what, with what result.

# A process in eight namespaces of its own: its facts in OTHER, its pid in PID[other].
declare -A OTHER
other_start() {
	local key

	# Unshared, not cloned: the process that waits here is the test's own child.
	partner other "$(helper nsact)" unshare mnt,uts,ipc,user,pid,net,cgroup,time \
		clone 0 ns say ready wait --
	until_said other ready
	for key in "${!F[@]}"; do
		OTHER[$key]=${F[$key]}
	done
	# As this pid namespace numbers it: where its namespaces can be looked at.
	OTHER[at]=$(pgrep -P "${PID[other]}")
	[ -n "${OTHER[at]}" ] || fail "the process with other namespaces is not there"
}

# The one setns event has the facts of blocks 1 and 2.
setns_is() {
	expect_event '.event == "setns"' 1
	fields .pid "${F[getpid]}" .tid "${F[tid]}" .comm nsact .inferred false .uid "${1:-0}" \
		.fd "${F[fd]}" '.errno // "0"' "${F[setns]}" \
		'.changed | join(",")' "$(facts_changed 1 2)"
	facts_nsset .before 1
	fields "${WANT[@]}"
	facts_nsset .after 2
	fields "${WANT[@]}"
}

# setns_type TYPE SLOTS [ASKED]: by the nsfs file of a type, asked for by TYPE or by 0.
setns_type() {
	other_start
	act ns setns "/proc/${OTHER[at]}/ns/$1" "${3:-$1}" ns fork ns --
	[ "${F[setns]}" = 0 ] || fail "setns $1: ${F[setns]}"
	setns_is
	fields .result 0 .fd_kind nsfs .target_inum "${OTHER[$1]}" .target_pid 0 \
		'.ns_flags.names | join(",")' "$([ "${3:-$1}" = 0 ] || echo "$1")" \
		'.changed | join(",")' "$2"
	# What the child is in, it came from.
	[ "${F[3:$1]}" = "${OTHER[$1]}" ] || fail "the child is not in the $1 namespace"
	no_event '.event == "ns-create"'
}

t_setns_mnt() { setns_type mnt mnt; }
t_setns_uts() { setns_type uts uts; }
t_setns_ipc() { setns_type ipc ipc 0; }
t_setns_user() { setns_type user user; }
t_setns_pid() { setns_type pid pid_for_children; }
t_setns_net() { setns_type net net 0; }
t_setns_cgroup() { setns_type cgroup cgroup; }
t_setns_time() { setns_type time time,time_for_children; }

# A pidfd, into several at once. Pidfds are anonymous inodes before 6.9: whose it is, is not told.
t_setns_pidfd() {
	other_start
	act ns setnspid "${OTHER[at]}" uts,ipc,net ns
	[ "${F[setns]}" = 0 ] || fail "setns by pidfd: ${F[setns]}"
	setns_is
	fields .result 0 .fd_kind pidfd .target_inum 0 '.ns_flags.names | sort | join(",")' ipc,net,uts \
		'.changed | join(",")' uts,ipc,net .after.uts "${OTHER[uts]}" .after.net "${OTHER[net]}" \
		.after.ipc "${OTHER[ipc]}" .target_pid "$([ "${F[pidfs]}" = 1 ] && echo "${OTHER[at]}" || echo 0)"
}

# Into everything that it has, by one call.
t_setns_pidfd_all() {
	other_start
	act ns setnspid "${OTHER[at]}" mnt,uts,ipc,user,pid,net,cgroup,time ns fork ns --
	[ "${F[setns]}" = 0 ] || fail "setns by pidfd: ${F[setns]}"
	setns_is
	fields '.changed | join(",")' mnt,uts,ipc,user,net,cgroup,time,pid_for_children,time_for_children \
		.ns_flags.value $((0x7e020080)) .after.user "${OTHER[user]}" .after.pid_for_children \
		"${OTHER[pid]}" .after.mnt "${OTHER[mnt]}" .after.cgroup "${OTHER[cgroup]}"
	[ "${F[3:pid]}" = "${OTHER[pid]}" ] || fail "the child is not in the pid namespace"
}

# Success that changes nothing is told too.
t_setns_same() {
	act ns setns /proc/self/ns/uts uts ns
	[ "${F[setns]}" = 0 ] || fail "setns into the own namespace: ${F[setns]}"
	setns_is
	fields .result 0 .fd_kind nsfs .target_inum "${F[uts]}" '.changed | length' 0
}

# setns_fails ERRNO FD_KIND
setns_fails() {
	[ "${F[setns]}" = "$1" ] || fail "the kernel said ${F[setns]}, not $1"
	setns_is "${3:-0}"
	fields .errno "$1" .fd_kind "$2" '.changed | length' 0 '.result < 0' true .target_pid 0
}

t_setns_ebadf() {
	act ns setns 99 uts ns
	setns_fails EBADF bad
	fields .fd 99 .result -9 .target_inum 0 '.ns_flags.names | join(",")' uts
}

t_setns_wrong_type() {
	act ns setns /proc/self/ns/uts net ns
	setns_fails EINVAL nsfs
	fields .result -22 .target_inum "${F[uts]}" '.ns_flags.names | join(",")' net .target_type uts
	# Of another process too, whose namespace is in none of the caller's sets.
	partner other "$(helper nsact)" unshare mnt ns say ready wait
	until_said other ready
	local mnt=${F[mnt]}
	act ns setns "/proc/${PID[other]}/ns/mnt" ipc ns
	setns_fails EINVAL nsfs
	fields .target_inum "$mnt" .target_type mnt
	"$NSWATCH" trace -q "${FORCE[@]}" -e setns -- "$(helper nsact)" setns "/proc/${PID[other]}/ns/mnt" ipc >"$T/text" 2>"$T/err"
	grep -qF "mnt:[$mnt]" "$T/text" || fail "$(cat "$T/text")"
	"$NSWATCH" explain "${FORCE[@]}" -- "$(helper nsact)" setns "/proc/${PID[other]}/ns/mnt" ipc >"$T/text" 2>"$T/err"
	tr -s ' \n' '  ' <"$T/text" | grep -qF "tries to enter mnt:[$mnt]: refused with EINVAL" || fail "$(cat "$T/text")"
	go_on other
}

# The pidfd of old: clone took it, setns never did.
t_setns_proc_dir() {
	act ns setns "/proc/$$" uts ns
	# EINVAL; but what matters is that it is what the kernel said.
	setns_fails "${F[setns]}" proc
	field .target_inum 0
}

t_setns_other_file() {
	act ns setns /dev/null uts ns
	setns_fails "${F[setns]}" other
	field .target_inum 0
}

t_setns_pidfd_no_type() {
	act ns setnspid $$ 0 ns
	[ "${F[setns]}" = EINVAL ] || fail "the kernel said ${F[setns]}"
	setns_is
	fields .errno EINVAL .fd_kind pidfd .ns_flags.value 0 \
		.target_pid "$([ "${F[pidfs]}" = 1 ] && echo $$ || echo 0)"
}

t_setns_eperm() {
	local fd

	exec {fd}</proc/self/ns/uts
	trace_cmd -- setpriv --reuid 65534 --clear-groups --inh-caps -all \
		"$(public_helper nsact)" ns setns "$fd" uts ns
	facts
	setns_fails EPERM nsfs 65534
	fields .result -1 .fd "$fd" .target_inum "${F[uts]}"
}

# As people do it.
t_setns_nsenter() {
	other_start
	trace_cmd -- nsenter -t "${OTHER[at]}" -u -i sh -c 'stat -L -c "uts %i" /proc/self/ns/uts'
	facts
	expect_rc 0
	expect_event '.event == "setns" and (.changed | contains(["uts"]))' 1
	fields .after.uts "${OTHER[uts]}" .comm nsenter .result 0
	[ "${F[uts]}" = "${OTHER[uts]}" ] || fail "nsenter did not enter"
	expect_event '.event == "exec" and .comm == "sh"' 1
	field '.changed | contains(["uts", "ipc"])' true
}
