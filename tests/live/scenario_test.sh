# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The story of the article: a shell in new uts, ipc and pid namespaces, without and with -f.

script='echo $$; date >/dev/null; ls >/dev/null; echo never'

t_scenario_children_only() {
	local sh uts ipc pid user self
	trace_cmd -- unshare -u -p -i /bin/sh -c "$script"
	[ "$RC" -ne 0 ] || fail "the shell could fork although its pid namespace was dead"
	sh=$(head -n 1 "$T/cmd.out")
	user=$(inum user) self=$(inum pid)

	expect_event '.event == "unshare"' 1
	field .pid "$sh"
	field .result 0
	field '.ns_flags.names | sort | join(",")' ipc,pid,uts
	field '.changed | sort | join(",")' ipc,pid_for_children,uts
	field .before.uts "$(inum uts)"
	field .before.ipc "$(inum ipc)"
	field .before.pid_for_children "$self"
	field .after.pid "$self"
	field .after.net "$(inum net)"
	uts=$(jq .after.uts <<<"$EV") ipc=$(jq .after.ipc <<<"$EV")
	pid=$(jq .after.pid_for_children <<<"$EV")

	expect_event '.event == "ns-create"' 3
	expect_event ".event == \"ns-create\" and .ns_type == \"uts\" and .inum == $uts" 1
	field .owner "$user"
	expect_event ".event == \"ns-create\" and .ns_type == \"ipc\" and .inum == $ipc" 1
	expect_event ".event == \"ns-create\" and .ns_type == \"pid\" and .inum == $pid" 1

	expect_event ".event == \"exec\" and .pid == $sh" 1
	field .filename /bin/sh
	field '.args | join(" ")' "/bin/sh -c $script"
	field .ns.uts "$uts"

	expect_event '.event == "pidns-init"' 1
	field .pid "$sh"
	field .inum "$pid"
	field .level 1
	field .parent_ns "$self"
	init=$(jq .init_pid <<<"$EV")
	expect_event ".event == \"exec\" and .pid == $init" 1
	field .comm date
	field .ns_pid 1
	field .pidns "$pid"

	expect_event ".event == \"exit\" and .pid == $init" 1
	field .exit_code.code 0
	field .is_init true
	expect_event '.event == "pidns-death"' 1
	field .inum "$pid"
	field .pid "$init"
	field .killed 0
	field .exit_code.exited true

	expect_event '.event == "fork-denied"'
	field .pid "$sh"
	field .errno ENOMEM
	field .inum "$pid"
	field .init_pid "$init"
	field .init_comm date
	field .init_exit_code.code 0

	expect_event ".event == \"exit\" and .pid == $sh" 1
	field '.empties | contains(["uts", "ipc"])' true
	expect_event ".event == \"ns-free\" and .inum == $uts" 1
	field .ns_type uts
	field .creator_pid "$sh"
	expect_event ".event == \"ns-free\" and .inum == $ipc" 1
	expect_event ".event == \"ns-free\" and .inum == $pid" 1
	before_event '.event == "unshare"' '.event == "pidns-init"'
	before_event '.event == "pidns-init"' '.event == "pidns-death"'
	before_event '.event == "pidns-death"' '.event == "fork-denied"'
	before_event '.event == "fork-denied"' ".event == \"exit\" and .pid == $sh"
}

# The healthy twin.
t_scenario_fork() {
	trace_cmd -- unshare -f -u -p -i /bin/sh -c "$script"
	expect_rc 0
	[ "$(head -n 1 "$T/cmd.out")" = 1 ] || fail "the shell was not pid 1"
	no_event '.event == "fork-denied"'
	expect_event '.event == "pidns-init"' 1
	local init
	init=$(jq .init_pid <<<"$EV")
	expect_event ".event == \"exec\" and .pid == $init" 1
	field .filename /bin/sh
	field .ns_pid 1
	expect_event '.event == "pidns-death"' 1
	field .pid "$init"
	expect_event '.event == "ns-free"' 3
}
