# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Creation and destruction of namespaces, whoever held them.

# life_of TYPE: made by unshare(2), used by a child, gone with both.
life_of() {
	local inum end
	act ns now unshare "$1" now fork ns owner nsid -- now
	end=$(now)
	inum=${F[2:$1]}
	[ "$inum" != "${F[1:$1]}" ] || fail "the $1 namespace is as it was"

	expect_event '.event == "ns-create"' 1
	fields .ns_type "$1" .inum "$inum" .pid "${F[getpid]}" .tid "${F[tid]}" .comm nsact \
		.no_actor false .inferred "$(inferred ns-create)" .ns_id "${F[nsid_$1]:-0}" \
		".ts_ns >= ${F[now,1]} and .ts_ns <= ${F[now,2]}" true .owner "$(owner_fact "$1")"
	expect_event '.event == "ns-free"' 1
	fields .ns_type "$1" .inum "$inum" .ns_id "${F[nsid_$1]:-0}" .owner "$(owner_fact "$1")" \
		.creator_pid "${F[getpid]}" .creator_comm nsact .inferred "$(inferred ns-free)" \
		".lifetime_ns >= ${F[now,3]} - ${F[now,2]}" true \
		".lifetime_ns <= $end - ${F[now,1]}" true \
		".ts_ns >= ${F[now,3]} and .ts_ns <= $end" true
	before_event '.event == "ns-create"' '.event == "unshare"'
	before_event '.event == "unshare"' '.event == "ns-free"'
}

# The kernel does not tell who is above one's own user namespace; the test is in it.
owner_fact() {
	if [ "$1" = user ]; then inum user; else echo "${F[owner_$1]}"; fi
}

t_life_mnt() { life_of mnt; }
t_life_uts() { life_of uts; }
t_life_ipc() { life_of ipc; }
t_life_user() { life_of user; }
t_life_pid() { life_of pid; }
t_life_net() { life_of net; }
t_life_cgroup() { life_of cgroup; }
t_life_time() { life_of time; }

# Children-only namespaces without a child: nobody ever was in them.
t_life_unused_for_children() {
	act unshare pid,time
	expect_event '.event == "ns-create"' 2
	expect_event '.event == "ns-create" and .ns_type == "pid"' 1
	local pid
	pid=$(jq .inum <<<"$EV")
	expect_event '.event == "ns-create" and .ns_type == "time"' 1
	expect_event '.event == "ns-free"' 2
	expect_event ".event == \"ns-free\" and .inum == $pid" 1
	fields .ns_type pid '.lifetime_ns > 0' true
}

# All at once, in a user namespace of their own: it owns the others, whoever made it.
t_life_owner_of_all() {
	local type
	act ns unshare user,mnt,uts,ipc,pid,net,cgroup,time ns fork ns owner --
	expect_event '.event == "ns-create"' 8
	for type in mnt uts ipc pid net cgroup time; do
		[ "${F[owner_$type]}" = "${F[2:user]}" ] || fail "the kernel names another owner of $type"
		expect_event ".event == \"ns-create\" and .ns_type == \"$type\"" 1
		fields .inum "${F[3:$type]}" .owner "${F[2:user]}"
	done
	expect_event '.event == "ns-create" and .ns_type == "user"' 1
	fields .inum "${F[2:user]}" .owner "${F[1:user]}"
	expect_event '.event == "ns-free"' 8
	# What it owned keeps it.
	for type in mnt uts ipc pid net cgroup time; do
		expect_event ".event == \"ns-free\" and .ns_type == \"$type\" and .owner == ${F[2:user]}" 1
	done
	expect_event '.event == "ns-free" and .ns_type == "user"' 1
	fields .inum "${F[2:user]}" .owner "${F[1:user]}"
}

# User namespaces in one another.
t_life_nested_user() {
	trace_cmd -- unshare -U -r "$(helper nsact)" ns unshare user ns
	facts
	[ "${F[unshare]}" = 0 ] || fail "unshare: ${F[unshare]}"
	expect_event ".event == \"ns-create\" and .inum == ${F[1:user]}" 1
	fields .ns_type user .owner "$(inum user)" .pid "${F[getpid]}"
	expect_event ".event == \"ns-create\" and .inum == ${F[2:user]}" 1
	fields .ns_type user .owner "${F[1:user]}" .pid "${F[getpid]}"
}

# A call that fails after it made one: only hooks on its making tell of it.
t_life_undone() {
	local n=1
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces && exec "$0" "$@"' \
		"$(helper nsact)" ns unshare user,uts ns
	facts
	[ "${F[unshare]-}" = ENOSPC ] || fail "the kernel said ${F[unshare]-nothing}"
	[ "$(alt ns-create)" = tracepoint ] || n=2
	expect_event '.event == "ns-create" and .ns_type == "user"' $n
	no_event '.event == "ns-create" and .ns_type == "uts"'
	expect_event '.event == "unshare" and .result < 0' 1
	fields .errno ENOSPC '.changed | length' 0
	[ $n -eq 1 ] && return
	expect_event ".event == \"ns-create\" and .owner == ${F[1:user]}" 1
	local undone
	undone=$(jq .inum <<<"$EV")
	expect_event ".event == \"ns-free\" and .inum == $undone" 1
}

# held_start TYPE: a partner in a namespace of its own, in F; a trace of everything.
held_start() {
	trace_start
	partner held "$(helper nsact)" ns unshare "$1" ns nsid now say ready wait
	until_said held ready
	HELD=${F[2:$1]} MAKER=${F[getpid]}
	wait_event ".event == \"ns-create\" and .inum == $HELD"
}

# Others may make so many that numbers come again.
held_freed() { echo ".event == \"ns-free\" and .inum == $HELD and .creator_pid == $MAKER"; }

# pin NAME FILE: mounts it in a mount namespace of its own, so that nobody copies the mount.
pin() {
	# shellcheck disable=SC2016 # for the inner shell
	partner "$1" unshare -m --propagation private bash -c '
		mount -t tmpfs none "$0" && touch "$0/ns" && mount --bind "$1" "$0/ns" &&
			stat -c "inum %i" "$0/ns" && echo mounted && read -r &&
			umount "$0/ns" && echo umounted && read -r' "$T" "$2"
	until_said "$1" mounted
}

unpin() {
	go_on "$1"
	until_said "$1" umounted
}

# Lets a namespace be kept by a mount and go: what would be told of the one that the test is about
# by mistake is told before the end of this one.
other_end() {
	local other maker

	partner other "$(helper nsact)" ns unshare uts ns say ready wait
	until_said other ready
	other=${F[2:uts]} maker=${F[getpid]}
	pin otherpin "/proc/$maker/ns/uts"
	go_on other
	partner_end other
	unpin otherpin
	wait_event ".event == \"ns-free\" and .inum == $other and .creator_pid == $maker"
}

kept_by_mount() {
	local end
	held_start "$1"
	local born=${F[now]} id=${F[nsid_$1]:-0}
	pin heldpin "/proc/$MAKER/ns/$1"
	[ "${F[inum]}" = "$HELD" ] || fail "another namespace is mounted"
	go_on held
	partner_end held
	other_end
	no_event "$(held_freed)"
	end=$(now)
	unpin heldpin
	wait_event "$(held_freed)"
	trace_stop
	expect_event "$(held_freed)" 1
	fields .ns_type "$1" .creator_comm nsact ".lifetime_ns >= $end - $born" true \
		".ts_ns >= $end" true .ns_id "$id" .inferred "$(inferred ns-free)"
}

t_life_kept_by_mount_uts() { kept_by_mount uts; }
t_life_kept_by_mount_net() { kept_by_mount net; }

t_life_kept_by_fd() {
	local end
	held_start ipc
	# shellcheck disable=SC2016 # for the inner shell
	partner holder bash -c 'exec 3<"$0"; echo opened; read -r; exec 3<&-; echo closed; read -r' \
		"/proc/$MAKER/ns/ipc"
	until_said holder opened
	go_on held
	partner_end held
	other_end
	no_event "$(held_freed)"
	end=$(now)
	go_on holder
	until_said holder closed
	wait_event "$(held_freed)"
	trace_stop
	expect_event "$(held_freed)" 1
	fields .ns_type ipc ".ts_ns >= $end" true
}

# Another process in it keeps it.
t_life_kept_by_process() {
	local end
	held_start uts
	partner second "$(helper nsact)" setns "/proc/${PID[held]}/ns/uts" uts ns say ready wait
	until_said second ready
	[ "${F[uts]}" = "$HELD" ] || fail "setns: ${F[setns]}"
	local first=${PID[held]} last=${F[getpid]}
	go_on held
	partner_end held
	end=$(now)
	go_on second
	partner_end second
	wait_event "$(held_freed)"
	trace_stop
	expect_event "$(held_freed)" 1
	fields ".ts_ns >= $end" true .creator_pid "$first"
	expect_event ".event == \"exit\" and .pid == $last" 1
	field '.empties | join(",")' uts
	no_event ".event == \"exit\" and .pid == $first"
}

# One that was there before the trace: its end is told, without a creator.
t_life_from_before() {
	partner held "$(helper nsact)" ns unshare uts ns nsid say ready wait
	until_said held ready
	HELD=${F[2:uts]} MAKER=0
	trace_start
	go_on held
	partner_end held
	wait_event "$(held_freed)"
	trace_stop
	expect_event "$(held_freed)" 1
	fields .ns_type uts .creator_pid 0 .creator_comm "" .lifetime_ns 0 .owner "${F[1:user]}" \
		.ns_id "${F[nsid_uts]:-0}"
	no_event ".event == \"ns-create\" and .inum == $HELD"
}

# A sweep that is cut at the very last entry begins again: with one entry in each run every end is told,
# one after the other.
t_life_sweep_cut() {
	[ "$(alt ns-free)" = tracepoint ] || skip "no sweeps here"
	# shellcheck disable=SC2034 # for trace_cmd
	NSWATCH=$(helper nswatch-small)
	export NSWATCH_SMALL="sweep_run_ns=0 sweep_check=1"
	trace_cmd --linger 20s -e ns-create,ns-free -t uts -- sh -c "(sleep 3; echo) | $(helper holdns) 5"
	expect_rc 0
	expect_event '.event == "ns-create"' 5
	expect_event '.event == "ns-free"' 5
}

# Numbers that the kernel gives again while a sweep looks at those that had them: each end is told once, and
# not before it. (The sweep dawdles between its look and what it does.)
t_life_sweep_reborn() {
	local made early twice
	[ "$(alt ns-free)" = tracepoint ] || skip "no sweeps here"
	# shellcheck disable=SC2034 # for trace_cmd
	NSWATCH=$(helper nswatch-small)
	export NSWATCH_SMALL=sweep_dawdle=12000
	trace_cmd --linger 20s -e ns-create,ns-free -t uts -- "$(helper reborn)" 150
	made=$(cat "$T/cmd.out")
	early=$(jq -s 'map(select(.event == "ns-free" and .lifetime_ns < 20000000)) | length' "$T/out.json")
	twice=$(jq -s 'map(select(.event == "ns-free").ts_ns as $t | [.inum, .ts_ns - .lifetime_ns]) | length -
		(unique | length)' "$T/out.json")
	expect_rc 0
	[ "$early" -eq 0 ] || fail "$early of $made were told to have ended while they lived"
	[ "$twice" -eq 0 ] || fail "$twice were told to have ended twice"
	expect_event '.event == "ns-create"' "$made"
	expect_event '.event == "ns-free"' "$made"
}
