# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2086 # what runs is for inner shells; words are to be split
# `nswatch enter`: every option by what the program sees, beside Debian's nsenter.

# shellcheck source=tests/live/enter_lib.sh
. "$NSWATCH_LIVE/enter_lib.sh"

SHOW='stat -L -c %i /proc/self/ns/*; uname -n; id; pwd; stat -c %i / .; umask
	grep -E "^(Cap|Sig[A-P])" /proc/self/status; tty; ls -A /proc/self/fd | wc -w'

# as_peer PREFIX...: lines of options on stdin; state and status as those of $PEER.
PEER=nsenter
as_peer() {
	local line ours theirs
	ln -sf "$NSWATCH" "$T/nsenter"
	while read -r line; do
		line=${line//TARGET/$TARGET}
		theirs=$("$@" "$PEER" $line sh -c "$SHOW" 2>/dev/null </dev/null; echo "status $?")
		ours=$("$@" "$T/nsenter" $line sh -c "$SHOW" 2>"$T/err" </dev/null; echo "status $?")
		[ "$ours" = "$theirs" ] || fail "nsenter $line: $(diff <(echo "$theirs") <(echo "$ours"))"
	done
}

t_enter_as_nsenter() {
	need nsenter
	target -m -u -i -n -p -C -T --mount-proc
	as_peer env <<-'END'
		-t TARGET -a
		-t TARGET -m
		-t TARGET -u
		-t TARGET -i
		-t TARGET -n
		-t TARGET -p
		-t TARGET -C
		-t TARGET -T
		-t TARGET -m -u -i -n -p
		-t TARGET -p -F
		-t TARGET -a -r
		-t TARGET -a -w
		-t TARGET -a -r -w
		-t TARGET -n -w/usr
		-t TARGET -u -r/ -w/usr
		-t TARGET -m -W/usr
		-t TARGET -u -S 65534 -G 65534
		-t TARGET -u -S 1
		-t TARGET -u -Z
		--uts=/proc/TARGET/ns/uts
		--net=/proc/TARGET/ns/net -i/proc/TARGET/ns/ipc
		-n/proc/TARGET/ns/uts
		--net=/nowhere
		-t 999999999 -a
		-t TARGET -u -w/nowhere
		-t TARGET --nonsense
		-u
		-t TARGET -U
	END
}

t_enter_user_as_nsenter() {
	need nsenter
	target -r -m -u -i -n -p -C -T --mount-proc
	as_peer env <<-'END'
		-t TARGET -a
		-t TARGET -U
		-t TARGET -U --preserve-credentials
		-t TARGET -U -u -n
		-t TARGET -U -S 0 -G 0
		-t TARGET -U -S 5
		-t TARGET -u -m
	END
}

t_enter_as_user() {
	need nsenter
	"${AS_NOBODY[@]}" unshare -U true 2>/dev/null || skip "users may not make user namespaces here"
	chmod 755 "$T"
	mkfifo "$T/ready"
	"${AS_NOBODY[@]}" unshare -r -u -n -m sh -c 'hostname inside; echo; exec sleep 1000' >"$T/ready" &
	TARGET=$!
	BACKGROUND+=("$TARGET")
	read -r <"$T/ready"
	as_peer "${AS_NOBODY[@]}" <<-'END'
		-t TARGET -U --preserve-credentials
		-t TARGET -U -u -n -m --preserve-credentials
		-t TARGET -a --preserve-credentials
		-t TARGET -u
		-t TARGET -a
		-t 1 -a
	END
}

# What nsenter of Debian 12 lacks, beside one that has it. Not --keep-caps, which keeps nothing there
# (2.43-devel): it looks for the user namespace among what is still to be entered.
t_enter_as_newest_nsenter() {
	local parent
	PEER=${NSWATCH_NEW_NSENTER:-}
	[ -x "$PEER" ] || skip "NSWATCH_NEW_NSENTER names no nsenter of a newer util-linux"
	target -r -m -u -i -n -p -C -T --mount-proc
	# A user namespace within that of the target, so that its parent is not ours.
	partner in nsenter -t "$TARGET" -U --preserve-credentials "$(helper nsact)" unshare user ns say ready wait
	until_said in ready
	parent=$(pgrep -P "${PID[in]}" || echo "${PID[in]}")
	as_peer env <<-END
		-t TARGET -u -e
		-t TARGET -u -S follow -G follow
		-t TARGET -U -S follow
		-t TARGET -u -G follow
		-t TARGET -u -W/
		-t TARGET -m -W/tmp
		-t TARGET -m -W/nowhere
		-t TARGET -u -w/ -W/
		-t $parent --user-parent
		-t TARGET --user-parent
		-t TARGET -U --user-parent
		-t $$ -N 250
		-N 3
		-t TARGET:1 -u
		-t TARGET:x -u
		--uts=:18446744073709551615
		--uts=:x
	END
}

t_enter_new_options() {
	local caps
	target -r -u -n -m
	caps=$(enter -t "$TARGET" -U --preserve-credentials --keep-caps sed -n 's/^CapAmb:\t//p' /proc/self/status) ||
		fail "--keep-caps: $(cat "$T/err")"
	[ "$caps" != 0000000000000000 ] || fail "--keep-caps keeps none"
	seen target -t "$TARGET" -u -e sh -c 'echo $X'
	seen "0 0" -t "$TARGET" -u -S follow -G follow sh -c 'echo $(id -u) $(id -g)'
	# The parent of the target's user namespace is our own.
	refused 1 "may not be entered again" -t "$TARGET" --user-parent true
	seen inside -t "$TARGET" -u -Z uname -n
	refused 2 exclude -t "$TARGET" -u -w/ -W/ true
}

t_enter_net_socket() {
	local fd
	need ip
	ip netns add "nsw$$" || skip "no net namespaces by name"
	at_end "ip netns delete nsw$$"
	fd=$(inum net)
	seen "$fd" -t $$ -N 9 stat -L -c %i /proc/self/ns/net 9<>/dev/udp/127.0.0.1/9 ||
		fail "socket"
	refused 1 "socket 250 of process" -t $$ -N 250 true
}

t_enter_join_cgroup() {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip "no cgroup version 2"
	mkdir "/sys/fs/cgroup/nsw$$" 2>/dev/null || skip "no cgroup can be made"
	at_end "rmdir /sys/fs/cgroup/nsw$$"
	target -u
	echo "$TARGET" >"/sys/fs/cgroup/nsw$$/cgroup.procs" || skip "cgroups take no process here"
	at_end "echo $TARGET >/sys/fs/cgroup/cgroup.procs"
	seen "0::/nsw$$" -t "$TARGET" -u -c grep ^0:: /proc/self/cgroup
}

t_enter_pid_inode() {
	local ino
	target -u
	ino=$(enter -t "$TARGET:1" -u true; sed -n 's/.*has inode \([0-9]*\),.*/\1/p' "$T/err")
	[ -n "$ino" ] || skip "pidfds have no numbers here: $(cat "$T/err")"
	refused 1 "another process now" -t "$TARGET:$((ino + 1))" -u true
	seen inside -t "$TARGET:$ino" -u uname -n
}

t_enter_by_id() {
	local id
	target -u
	id=$("$NSWATCH" ls -r -n -o NS,ID 2>/dev/null |
		awk -v ns="$(inum uts "$TARGET")" '$1 == ns { print $2 }')
	[[ $id =~ ^[0-9]+$ ]] || skip "namespaces have no ids here"
	seen inside --uts=:"$id" uname -n
	refused 1 "open(:" --uts=:18446744073709551615 true
}

# The session of a shell that is pid 1, and who looks at it from outside.
t_enter_session() {
	local ps
	target -u -p -m --mount-proc
	seen inside -t "$TARGET" -u uname -n
	ps=$(enter -t "$TARGET" -m -p ps -ef) || fail "ps: $(cat "$T/err")"
	grep -qE '^root +1 .* sleep 1000$' <<<"$ps" || fail "sleep is not pid 1 in: $ps"
	grep -qE ' ps -ef$' <<<"$ps" || fail "ps does not see itself: $ps"
	[ "$(wc -l <<<"$ps")" = 3 ] || fail "more than two processes: $ps"
}

t_enter_targets() {
	local ns
	target -n -u
	ns=$(inum net "$TARGET")
	seen "$ns" "net:[$ns]" stat -L -c %i /proc/self/ns/net
	seen "$ns" "$ns" -- stat -L -c %i /proc/self/ns/net
	seen "$ns" "/proc/$TARGET/ns/net" stat -L -c %i /proc/self/ns/net
	refused 1 "is a net" "uts:[$ns]" true
	refused 1 "no such namespace" "net:[4294967290]" true
	refused 1 "no namespace or container is called" nosuchname true
	refused 1 "-t 42 -a" 42 true
	refused 2 "no namespace to enter"
	refused 2 "--all" -t "$TARGET" true
}

# Kept by nothing but a descriptor, or a mount in another mount namespace.
t_enter_hidden() {
	local ns last
	exec 8< <(unshare -u sh -c 'hostname byfd; exec 7</proc/self/ns/uts; readlink /proc/self/fd/7; exec nsenter --uts="/proc/$0/ns/uts" sleep 1000' $$)
	read -r ns <&8
	last=$!
	BACKGROUND+=("$last")
	ns=${ns//[^0-9]/}
	until [ "$(inum uts $last)" != "$ns" ]; do tick; done
	seen byfd "uts:[$ns]" uname -n
	mkfifo "$T/said"
	unshare -m sh -c 'touch "$0/pin"; unshare --uts="$0/pin" hostname bymount; stat -c %i "$0/pin"; exec sleep 1000' "$T" >"$T/said" &
	BACKGROUND+=($!)
	read -r ns <"$T/said"
	seen bymount "$ns" uname -n
}

t_enter_status() {
	target -u -p
	refused 127 ENOENT -t "$TARGET" -u /nowhere/x
	refused 126 EACCES -t "$TARGET" -u /etc/passwd
	refused 7 "" -t "$TARGET" -p sh -c 'exit 7'
	refused 143 "" -t "$TARGET" -p sh -c 'kill $$'
}

# What the caller left open, and nothing of nswatch.
t_enter_no_leaks() {
	local list='for f in /proc/$$/fd/*; do echo -n "${f##*/} "; done' want
	target -u -i -n -m
	want=$(bash -c "$list" </dev/null 2>"$T/err")
	seen "$want" -t "$TARGET" -a -r -w -e bash -c "$list" </dev/null
}

t_enter_explain() {
	target -u
	enter --explain -t "$TARGET" -u true || fail "status $?"
	grep -qF "step: setns(uts)" "$T/err" || fail "no step: $(cat "$T/err")"
	refused 1 "why: " --explain -t 1 -U true
}
