# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# What `nswatch enter` finds by itself: containers, threads, sockets, parents, the order of calls.
# shellcheck source=tests/live/enter_lib.sh
. "$NSWATCH_LIVE/enter_lib.sh"

ALL='cat /proc/sys/kernel/hostname; stat -L -c %i /proc/self/ns/*'

# container ID: moves $TARGET to $CGROUP, where docker has the processes of a container with that id.
container() {
	local top
	for top in /sys/fs/cgroup/unified /sys/fs/cgroup/pids /sys/fs/cgroup; do
		[ -e "$top/cgroup.procs" ] || continue
		CGROUP=$top/docker/$1
		mkdir -p "$CGROUP" 2>/dev/null || continue
		at_end "xargs -n 1 <$CGROUP/cgroup.procs | while read -r p; do echo \$p >$top/cgroup.procs; done; rmdir $CGROUP; rmdir $top/docker"
		echo "$TARGET" >"$CGROUP/cgroup.procs" 2>/dev/null && return
	done
	skip "no cgroup of our own can be made here"
}

hex() { printf "%s%058d" "$1" 0; }

# A container is entered whole, and by the types that are asked for.
t_enter_container() {
	local want id=facade
	target -m -u -i -n -p -C --mount-proc
	container "$(hex $id)"
	want=$(nsenter -t "$TARGET" -a sh -c "$ALL") || fail "nsenter"
	# Not that of one that came later, as by an exec in the container.
	target -u
	echo "$TARGET" >"$CGROUP/cgroup.procs"
	seen "$want" "docker:$(hex $id | cut -c1-12)" sh -c "$ALL"
	seen "$want" "$(hex $id)" -- sh -c "$ALL"
	seen "$want" $id sh -c "$ALL"
	seen "$(inum net) inside" -u $id sh -c 'echo $(stat -L -c %i /proc/self/ns/net) $(uname -n)'
	refused 1 "no namespace or container is called 'facada'" facada true
	refused 1 "no namespace or container is called 'fac'" fac true
}

# Two that are meant by one word: none is entered, both are named.
t_enter_container_ambiguous() {
	target -u
	container "$(hex facade)"
	target -u
	container "$(hex facad1)"
	refused 1 "'faca' may be any of: docker:facad" faca true
	grep -q 'facade0.*facad10\|facad10.*facade0' "$T/err" || fail "not both: $(cat "$T/err")"
	seen inside facad1 uname -n
	need ip
	ip netns add facade || skip "no net namespaces by name"
	at_end "ip netns delete facade"
	refused 1 "'facade' may be any of: /run/netns/facade, docker:facade" facade true
}

# A user with a part of the cgroup tree can name a cgroup like a container, and be there first.
t_enter_container_impostor() {
	local how theirs ours
	for how in "user@1002.service" owned; do
		target -u
		theirs=$TARGET
		own_cgroup "nswadv$$.slice/$how/lxc.payload.nsw$$"
		[ $how != owned ] || chown 1002 "$TOP/nswadv$$.slice/owned"
		refused 1 "'nsw$$' is only what somebody called it whose part of the cgroups it is in: lxc:nsw$$,user:1002" \
			"nsw$$" true
		refused 1 "lxc:nsw$$,user:1002" "lxc:nsw$$" true
		seen "$(inum uts "$theirs")" "lxc:nsw$$,user:1002" stat -L -c %i /proc/self/ns/uts
		"$NSWATCH" explain "$theirs" | grep -q "lxc:nsw$$,user:1002" || fail "explain does not say whose it is"
		target -u
		ours=$TARGET
		own_cgroup "lxc.payload.nsw$$"
		seen "$(inum uts "$ours")" "lxc:nsw$$" stat -L -c %i /proc/self/ns/uts
		seen "$(inum uts "$theirs")" "nsw$$,user:1002" stat -L -c %i /proc/self/ns/uts
		kill -KILL "$theirs" "$ours"
	done
}

# A container can name a cgroup within its own.
t_enter_container_nested() {
	target -u
	own_cgroup "lxc.payload.nswo$$/lxc.payload.nsw$$"
	refused 1 "lxc:nsw$$,in:lxc:nswo$$" "lxc:nsw$$" true
	seen "$(inum uts "$TARGET")" "lxc:nsw$$,in:lxc:nswo$$" stat -L -c %i /proc/self/ns/uts
}

# Two directories are two containers, although they are called alike.
t_enter_container_twice() {
	target -u
	own_cgroup "nswa$$/lxc.payload.nsw$$"
	target -u
	own_cgroup "nswb$$/lxc.payload.nsw$$"
	refused 1 "'nsw$$' may be any of: lxc:nsw$$ (pid" "nsw$$" true
	grep -q 'first process: -t PID -a' "$T/err" || fail "no way is told"
}

# A namespace that only a thread is in, which is not the first of its process.
t_enter_thread() {
	local ns
	partner t "$(helper nsact)" thread unshare uts ns say ready wait
	until_said t ready
	ns=${F[uts]}
	[ "$ns" != "$(inum uts "${PID[t]}")" ] || fail "the process itself is in it"
	seen "$ns" "uts:[$ns]" stat -L -c %i /proc/self/ns/uts
	seen "$ns" -t "${F[tid]}" -u stat -L -c %i /proc/self/ns/uts
}

# A socket keeps the net namespace that it was made in, whoever has it now.
t_enter_socket_of_another() {
	local ns
	need ip
	ip netns add "nsw$$" || skip "no net namespaces by name"
	at_end "ip netns delete nsw$$"
	ns=$(stat -L -c %i "/run/netns/nsw$$")
	partner s "$(helper nsact)" setns "/run/netns/nsw$$" net socket setns "/proc/$$/ns/net" net ns say ready wait
	until_said s ready
	[ "${F[net]}" = "$(inum net)" ] || fail "it did not come back"
	seen "$ns" -t "${PID[s]}" -N "${F[socket]}" stat -L -c %i /proc/self/ns/net
}

# The user namespace between ours and that of the target.
t_enter_user_parent() {
	local parent
	partner u unshare -r "$(helper nsact)" ns say first wait unshare user say ready wait
	until_said u first
	parent=${F[user]}
	go_on u
	until_said u ready
	case $parent in "$(inum user)" | "$(inum user "${PID[u]}")") fail "no parent between" ;; esac
	seen "$parent" -t "${PID[u]}" --user-parent --preserve-credentials stat -L -c %i /proc/self/ns/user
}

# Which comes first, the user namespace or the others, is not asked: here the net namespace belongs
# to ours, so that it has to be entered before ours is left.
t_enter_order_user_last() {
	local want file
	partner o "$(helper nsact)" unshare net unshare user ns say ready wait
	until_said o ready
	want="${F[net]} ${F[user]}"
	file=/proc/${PID[o]}/ns
	seen "$want" -t "${PID[o]}" -n -U --preserve-credentials sh -c 'echo $(stat -L -c %i /proc/self/ns/net /proc/self/ns/user)'
	seen "$want" --net="$file/net" --user="$file/user" --preserve-credentials \
		sh -c 'echo $(stat -L -c %i /proc/self/ns/net /proc/self/ns/user)'
}

# And here to the other one, in which alone a user may enter it.
t_enter_order_user_first() {
	local want file got
	"${AS_NOBODY[@]}" unshare -U true 2>/dev/null || skip "users may not make user namespaces here"
	partner o "${AS_NOBODY[@]}" "$(helper nsact)" unshare user,net ns say ready wait
	until_said o ready
	want="${F[net]} ${F[user]}"
	file=/proc/${PID[o]}/ns
	for got in "-t ${PID[o]} -n -U" "--net=$file/net --user=$file/user" "--user=$file/user --net=$file/net"; do
		# shellcheck disable=SC2086 # words
		got=$("${AS_NOBODY[@]}" "$NSWATCH" enter $got --preserve-credentials \
			sh -c 'echo $(stat -L -c %i /proc/self/ns/net /proc/self/ns/user)' 2>"$T/err")
		[ "$got" = "$want" ] || fail "'$got' instead of '$want': $(cat "$T/err")"
	done
}

# All at once, by one call on a pidfd.
t_enter_one_call() {
	target -m -u -i -n -p -C
	"$NSWATCH" trace -J -q --linger 10s -e setns -- "$NSWATCH" enter -t "$TARGET" -a true >"$T/out.json" 2>"$T/err" ||
		fail "$(cat "$T/err")"
	expect_event '.event == "setns" and .result == 0' 1
	field .fd_kind pidfd
	[ "$(grep -c '"event":"setns"' "$T/out.json")" = 1 ] || fail "more than one call: $(cat "$T/out.json")"
}

t_enter_trace() {
	target -u
	enter --trace='-J -q --linger 10s' -t "$TARGET" -u sh -c 'exit 3' >"$T/out.json"
	[ $? -eq 3 ] || fail "the status is lost: $(cat "$T/err")"
	expect_event '.event == "setns" and .result == 0' 1
	field .after.uts "$(inum uts "$TARGET")"
	expect_event '.event == "exec"' 1
	field .comm sh
}

# The one that was meant is held: it can end, but its pid can't become another's.
t_enter_ended() {
	target -u
	kill -KILL "$TARGET"
	while kill -0 "$TARGET" 2>/dev/null; do tick; done
	refused 1 "$TARGET" -t "$TARGET" -u true
	refused 1 "" "lxc:nothere" true
}

# Why it is refused, and what to do.
t_enter_says_why() {
	chmod 755 "$T"
	target -u -n
	"${AS_NOBODY[@]}" "$NSWATCH" enter "--uts=/proc/$TARGET/ns/uts" true 2>"$T/err" && fail "nobody may"
	grep -q 'EACCES' "$T/err" || fail "$(cat "$T/err")"
	# Of a namespace that can be opened, but is another's.
	ip netns add "nsw$$" 2>/dev/null || skip "no net namespaces by name"
	at_end "ip netns delete nsw$$"
	"${AS_NOBODY[@]}" "$NSWATCH" enter "nsw$$" true 2>"$T/err" && fail "nobody may enter it"
	grep -q 'setns(net): Operation not permitted (EPERM): .*CAP_SYS_ADMIN' "$T/err" || fail "$(cat "$T/err")"
	refused 1 "EINVAL" -t $$ -U true
	grep -q 'may not be entered again' "$T/err" || fail "$(cat "$T/err")"
	partner d "$(helper nsact)" unshare pid fork exit 0 -- ns say ready wait
	until_said d ready
	refused 1 "is dead" "--pid=/proc/${PID[d]}/ns/pid_for_children" true
}
