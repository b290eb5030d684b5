# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# `nswatch create`: pins and their undoing, the child and its signals, init, what it tells.

create() { "$NSWATCH" create "$@" 2>"$T/err"; }
mounts_at() { grep -c " $1 " /proc/self/mountinfo; }

# wait_for COMMAND...: until it succeeds; what is waited for has no other signal.
wait_for() {
	echo "waits for: $*"
	until "$@"; do tick; done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# --- pins ---

# $P: a directory in a private mount; a mount namespace can't be pinned in a shared one, as / often is.
private_directory() {
	P=$T/private
	mkdir "$P"
	mount -t tmpfs nswatch "$P"
	at_end "umount '$P'"
	mount --make-private "$P"
}

t_create_pins() {
	local type name want
	private_directory
	while read -r type name; do
		want=$(create -f "--$type=$P/$type" stat -L -c %i "/proc/self/ns/$name") || fail "$type: $(cat "$T/err")"
		at_end "umount '$P/$type'"
		[ "$(stat -c %i "$P/$type")" = "$want" ] || fail "$type: $P/$type is not namespace $want"
		[ "$(stat -f -c %T "$P/$type")" = nsfs ] || fail "$type: $P/$type is no nsfs"
	done <<-'END'
		ipc ipc
		mount mnt
		net net
		pid pid
		user user
		uts uts
		cgroup cgroup
		time time
	END
	[ "$(nsenter --net="$P/net" readlink /proc/self/ns/net)" = "net:[$(stat -c %i "$P/net")]" ] || fail "nsenter"
}

# The pins are there before the program runs, and are seen from the old mount namespace only.
t_create_pins_first() {
	local many
	private_directory
	# In another mount namespace than the first, from 6.18 on, chance decides (t_create_pins_order).
	for _ in {1..50}; do
		create --mount="$P/m" --uts="$P/u" -p -f sh -c "nsenter -t \$(cut -d' ' -f4 /proc/self/stat) -m true; exit 5"
		RC=$?
		grep -q ELOOP "$T/err" || break
	done
	expect_rc 5
	at_end "umount '$P/m' '$P/u'"
	many=$(create --uts="$P/two" stat -f -c %T "$P/two")
	at_end "umount '$P/two'"
	[ "$many" = nsfs ] || fail "the program sees '$many'"
	[ "$(create --uts="$P/three" -f stat -f -c %T "$P/three")" = nsfs ] || fail "--fork: not there yet"
	at_end "umount '$P/three'"
}

# From 6.18 on the numbers of mount namespaces are not in the order of their creation where it is on two
# processors: one of the two orders below is refused, which is explained, and leaves nothing.
t_create_pins_order() {
	local pair both=0
	for pair in '0 1' '1 0' '0 1' '1 0'; do
		# shellcheck disable=SC2086 # two words
		set -- $pair
		[ "$(taskset -c 0,1 nproc)" = 2 ] || skip "processors 0 and 1 are not both ours"
		taskset -c "$1" unshare -m --propagation private taskset -c "$2" sh -c 'mount -t tmpfs pins "$1" || exit 99
			"$0" create --mount="$1/m" true; rc=$?
			[ $rc -eq 0 ] || [ -z "$(ls "$1")" ] || echo "left: $(ls "$1")"
			exit $rc' "$NSWATCH" "$T" 2>"$T/err.$both" >"$T/left"
		RC=$?
		[ ! -s "$T/left" ] || fail "$(cat "$T/left")"
		if grep -q ELOOP "$T/err.$both"; then
			[ $RC -ne 0 ] || fail "refused, and status 0"
			grep -q 'numbers that each processor takes' "$T/err.$both" || fail "$(cat "$T/err.$both")"
			return
		fi
		[ $RC -eq 0 ] || fail "$RC: $(cat "$T/err.$both")"
		both=$((both + 1))
	done
	skip "this kernel tells the age of mount namespaces by the order of their creation"
}

# Whatever fails, nothing stays: neither mounts nor files that were made; others' files do.
t_create_pins_undone() {
	local options n=0
	HELPERS_BEFORE=$(pgrep -P 1 -x nswatch || echo none)
	: >"$T/old"
	: >"$T/file"
	while read -r options; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		create --uts="$T/new" --ipc="$T/old" $options && fail "create $options worked"
		[ ! -e "$T/new" ] || fail "create $options leaves a file: $(cat "$T/err")"
		[ -e "$T/old" ] || fail "create $options removed a file"
		[ "$(mounts_at "$T/new")$(mounts_at "$T/old")" = 00 ] || fail "create $options leaves a mount"
		# What undoes may be slower than its maker's end.
		wait_for no_helper
	done <<-END
		$T/no-such-program
		-f $T/no-such-program
		-p -f --init $T/no-such-program
		-m --mount-proc=$T/nowhere true
		-f -m --mount-proc=$T/nowhere true
		--net=$T/nowhere/net true
		--net=$T/file/net true
		-R $T/nowhere true
		-f -w $T/nowhere true
		-r -S 7 true
		--map-users 0:0:5 --map-users 0:9:5 true
		-T --boottime -99999999 true
		-S 7 -R $T/nowhere true
		-S 7 $T/no-such-program
		-f -S 7 $T/no-such-program
	END
	[ $n -eq 15 ] || fail "$n lines"
}

# Without a child the pid namespace can't be pinned, but by the newest kernels: all or nothing.
t_create_pins_pid_without_child() {
	local ino
	if ino=$(create --pid="$T/pid" stat -L -c %i /proc/self/ns/pid_for_children); then
		at_end "umount '$T/pid'"
		[ "$(stat -c %i "$T/pid")" = "$ino" ] || fail "$T/pid is not namespace $ino"
	else
		grep -q 'no process\|no child\|first child' "$T/err" || fail "no reason: $(cat "$T/err")"
		[ ! -e "$T/pid" ] || fail "the file of the pid namespace stays"
	fi
}

# None that was not there before ($HELPERS_BEFORE).
no_helper() { ! pgrep -P 1 -x nswatch | grep -vxF "$HELPERS_BEFORE" >/dev/null; }

# As unshare it makes no files.
t_create_pins_as_unshare() {
	ln -s "$NSWATCH" "$T/unshare"
	"$T/unshare" --uts="$T/u" true 2>"$T/err"
	[ $? -eq 1 ] || fail "it ran"
	[ ! -e "$T/u" ] || fail "it made a file"
}

# A mount namespace can't be pinned in a shared mount, and the reason is said.
t_create_pin_in_shared() {
	mkdir "$T/s"
	mount --bind "$T/s" "$T/s"
	at_end "umount '$T/s'"
	mount --make-shared "$T/s"
	create --mount="$T/s/m" true
	[ $? -eq 1 ] || fail "it worked"
	grep -q 'EINVAL.*shared mount' "$T/err" || fail "not said: $(cat "$T/err")"
	grep -q 'make-private' "$T/err" || fail "no remedy: $(cat "$T/err")"
	[ ! -e "$T/s/m" ] || fail "the file stays"
}

# --- the child ---

t_create_statuses() {
	create true || fail "true"
	create -f sh -c 'exit 42'
	[ $? -eq 42 ] || fail "42"
	create "$T/none"
	[ $? -eq 127 ] || fail "127"
	create /etc
	[ $? -eq 126 ] || fail "126"
	create -f sh -c 'kill -KILL $$'
	[ $? -eq 137 ] || fail "KILL"
	create -f sh -c 'kill -SEGV $$'
	[ $? -eq 139 ] || fail "SEGV"
	create -p -f --init sh -c 'exit 43'
	[ $? -eq 43 ] || fail "43 by way of init"
	create -p -f --init sh -c 'kill -TERM $$'
	[ $? -eq 143 ] || fail "TERM by way of init"
	create -p -f --init --net="$T/net" sh -c 'exit 44'
	[ $? -eq 44 ] || fail "44 by way of init, with a pin"
	umount "$T/net"
}

# start NAME OPTIONS...: a shell in the background that says its pid outside and waits for a signal.
start() {
	local name=$1
	shift
	partner "$name" "$NSWATCH" create "$@" "$(helper nsact)" ns say ready wait
	until_said "$name" ready
	CHILD=$(pgrep -P "${PID[$name]}")
}

t_create_kill_child() {
	local options
	for options in "--kill-child" "--kill-child=KILL -p --mount-proc" "--kill-child -S 12 -G 12" \
		"--kill-child=TERM" "--kill-child=15" "-p --kill-child --init"; do
		# shellcheck disable=SC2086
		start k $options
		[ -n "$CHILD" ] || fail "$options: no child"
		kill -KILL "${PID[k]}"
		wait_for gone "$CHILD"
		wait "${PID[k]}" 2>/dev/null
		rm "$T/k.in" "$T/k.out"
	done
	# Without it the child lives on.
	start l -f
	kill -KILL "${PID[l]}"
	wait "${PID[l]}" 2>/dev/null
	kill -0 "$CHILD" || fail "the child died too"
	go_on l
}

# While it waits, SIGTERM and SIGINT are neither taken nor passed on.
t_create_holds_signals() {
	start h -f
	kill -TERM "${PID[h]}"
	kill -INT "${PID[h]}"
	grep -q '^SigBlk:	0000000000004002' "/proc/${PID[h]}/status" || fail "$(grep SigBlk "/proc/${PID[h]}/status")"
	grep -q '^SigBlk:	0000000000000000' "/proc/$CHILD/status" || fail "the child has them blocked"
	go_on h
	wait "${PID[h]}" || fail "the pending signal ended it"
}

t_create_forward_signals() {
	local sig
	for sig in TERM INT; do
		# What the shell starts in the background ignores SIGINT and SIGQUIT.
		partner f env --default-signal=INT "$NSWATCH" create --forward-signals bash -c 'trap "echo got; exit 6" '$sig'
			echo ready; while :; do read -r -t 10; done'
		until_said f ready
		kill -"$sig" "${PID[f]}"
		until_said f got
		wait "${PID[f]}"
		[ $? -eq 6 ] || fail "$sig: status"
		rm "$T/f.in" "$T/f.out"
	done
	start g --forward-signals
	kill -TERM "${PID[g]}"
	wait "${PID[g]}"
	[ $? -eq 143 ] || fail "it did not end by the child's signal"
}

# --- init ---

t_create_init() {
	local out
	out=$(create -p -f --init --mount-proc sh -c 'echo $$ $PPID; cat /proc/1/comm')
	[ "$out" = "$(printf '2 1\nnswatch')" ] || fail "it is '$out'"
	# Orphans are reaped, and their status is nobody's.
	out=$(create -p -f --init --mount-proc bash -c '
		for i in 1 2 3 4 5; do (bash -c "exit 9" & exec true); done
		for ((n = 0; n < 500; n++)); do
			left=0
			for s in /proc/[0-9]*/stat; do
				read -r pid comm state parent rest <"$s" 2>/dev/null
				[ "$pid" = 1 ] || [ "$pid" = $$ ] || left=1
			done
			[ $left = 0 ] && { echo clean; exit 3; }
			tick
		done')
	[ $? -eq 3 ] || fail "status; $out"
	[ "$out" = clean ] || fail "orphans stay"
	# Without --init they would: the same program is pid 1 then and does not look after them.
	create -u --init true
	[ $? -eq 2 ] || fail "--init without --pid"
}

# Signals to nswatch outside reach the program inside.
t_create_init_forwards() {
	local sig
	for sig in TERM USR1 HUP QUIT; do
		partner i env --default-signal=QUIT "$NSWATCH" create -p -f --init bash -c 'trap "echo got; exit 8" '$sig'
			echo ready; while :; do read -r -t 10; done'
		until_said i ready
		kill -"$sig" "${PID[i]}"
		until_said i got
		wait "${PID[i]}"
		[ $? -eq 8 ] || fail "$sig: status"
		rm "$T/i.in" "$T/i.out"
	done
	# The end of the program is the end of all that it started.
	partner j "$NSWATCH" create -p -f --init bash -c 'sleep 1000 & echo ready; read -r'
	until_said j ready
	CHILD=$(pgrep -f -n 'sleep 1000')
	go_on j
	wait "${PID[j]}"
	wait_for gone "$CHILD"
}

# --- what it tells ---

t_create_says_why() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" "$NSWATCH" create -u true 2>"$T/err"
	[ $? -eq 1 ] || fail "status"
	grep -qx 'nswatch: make namespaces: unshare(uts): Operation not permitted (EPERM): the caller lacks CAP_SYS_ADMIN in its user namespace' "$T/err" ||
		fail "$(cat "$T/err")"
	grep -q 'map-root-user' "$T/err" || fail "no remedy: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -eq 2 ] || fail "not two lines: $(cat "$T/err")"
	create --user true # so that the next is not refused for want of it
	create -r sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces && "$0" create -u true' "$NSWATCH"
	[ $? -eq 1 ] || fail "the limit did not matter"
	grep -q 'unshare(uts): No space left on device (ENOSPC): the limit max_uts_namespaces of user:\[[0-9]*\] is reached, which is 0 for each user' "$T/err" ||
		fail "$(cat "$T/err")"
	create -r sh -c 'echo 1 >/proc/sys/user/max_net_namespaces && "$0" create -n "$0" create -n true' "$NSWATCH"
	grep -q 'max_net_namespaces of user:\[[0-9]*\] is reached, which is 1 for each user' "$T/err" || fail "$(cat "$T/err")"
	public_root
	# A mount of /proc that no other sees.
	unshare -m sh -c 'mount --rbind /proc "$0/proc" && chroot "$0" /nswatch create -U true' "$T/root" 2>"$T/err"
	grep -q 'it is in a chroot, where no user namespace may be made' "$T/err" || fail "$(cat "$T/err")"
	create -r --mount-proc true
	grep -q 'proc shows its pid namespace, which another user namespace owns' "$T/err" || fail "$(cat "$T/err")"
	create -p sh -c '/bin/true; exec "$0" create -f true' "$NSWATCH"
	grep -q 'fork: Cannot allocate memory (ENOMEM): pid:\[[0-9]*\], where the child was to go, is dead' "$T/err" ||
		fail "$(cat "$T/err")"
	create -r -S 7 true
	grep -q 'setuid(7): Invalid argument (EINVAL): this user has no number' "$T/err" || fail "$(cat "$T/err")"
	create -r -G 0 true
	grep -q 'setgroups: .*(EPERM): setgroups is denied' "$T/err" || fail "$(cat "$T/err")"
}

# $T/root: a directory that nswatch runs in after chroot(2).
public_root() {
	local lib
	command -v ldd >/dev/null || skip "no ldd, which says what a binary needs to run after chroot"
	mkdir -p "$T/root/proc"
	cp "$NSWATCH" "$T/root/nswatch"
	for lib in $(ldd "$NSWATCH" | grep -o '/[^ ]*'); do
		mkdir -p "$T/root$(dirname "$lib")"
		cp "$lib" "$T/root$lib"
	done
}

t_create_explain() {
	create -p -f --explain --mount-proc true || fail "status"
	grep -qx 'nswatch: step: unshare(mnt|pid)' "$T/err" || fail "$(cat "$T/err")"
	grep -qx 'nswatch: step: mount of proc(/proc)' "$T/err" || fail "$(cat "$T/err")"
	grep -qx 'nswatch: step: exec(true)' "$T/err" || fail "$(cat "$T/err")"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$NSWATCH" create -n --explain true 2>"$T/err"
	grep -qx 'nswatch: step: unshare(net): Operation not permitted (EPERM)' "$T/err" || fail "$(cat "$T/err")"
	grep -qx 'nswatch:   kernel: unshare_nsproxy_namespaces(), copy_namespaces() in kernel/nsproxy.c, from 3.8' "$T/err" || fail "$(cat "$T/err")"
}

# On a terminal it is told once that children enter the pid namespace; --no-warn and pipes are silent.
t_create_warns() {
	need script
	script -qec "'$NSWATCH' create -p true" /dev/null >"$T/out" </dev/null
	[ "$(grep -c 'only children of the program enter' "$T/out")" -eq 1 ] || fail "$(cat "$T/out")"
	for options in "-p --no-warn" "-p -f" "-p --init" "-u"; do
		script -qec "'$NSWATCH' create $options true" /dev/null >"$T/out" </dev/null
		[ ! -s "$T/out" ] || fail "$options: $(cat "$T/out")"
	done
	create -p true
	[ ! -s "$T/err" ] || fail "not a terminal: $(cat "$T/err")"
}

t_create_trace() {
	"$NSWATCH" create --trace='-J -q --linger 10s' -u sh -c 'exit 3' >"$T/out.json" 2>"$T/err"
	RC=$?
	expect_rc 3
	expect_event '.event == "unshare"' 1
	fields .result 0 .ns_flags.names '["uts"]'
	"$NSWATCH" create --trace -p -f true >"$T/out" 2>"$T/err" || fail "$(cat "$T/err")"
	grep -q 'pidns-init' "$T/out" || fail "no line of the trace: $(cat "$T/out")"
}

# --- the article ---

# unshare -u -p -i /bin/sh: the shell, one command, and then no more; two cures.
t_create_article() {
	cat >"$T/steps" <<-'END'
		hostname new-pc
		uname -n
		echo "shell $$"
		true
		echo never
	END
	ln -s "$NSWATCH" "$T/unshare"
	# hostname is the first child and so pid 1; once it ended nothing starts any more.
	"$T/unshare" -u -p -i /bin/sh <"$T/steps" >"$T/out" 2>"$T/err"
	RC=$?
	[ "$RC" -ne 0 ] || fail "it went on: $(cat "$T/out")"
	grep -q 'Cannot fork\|Cannot allocate memory\|Out of memory' "$T/err" || fail "not refused: $(cat "$T/err")"
	unshare -u -p -i /bin/sh <"$T/steps" >"$T/want" 2>&1
	[ $? -eq "$RC" ] || fail "unshare ends otherwise"
	diff "$T/want" <(cat "$T/out" "$T/err") || fail "unshare says otherwise: $(cat "$T/want")"
	# With -f all goes on; the shell is pid 1, though ps shows the pids of outside.
	"$T/unshare" -u -p -i -f /bin/sh <"$T/steps" >"$T/out" 2>"$T/err" || fail "-f: $(cat "$T/err")"
	[ "$(cat "$T/out")" = "$(printf 'new-pc\nshell 1\nnever')" ] || fail "-f: $(cat "$T/out")"
	"$T/unshare" -p -f sh -c 'ps -e -o pid= | wc -l' >"$T/out" || fail "ps"
	[ "$(cat "$T/out")" -gt 3 ] || fail "/proc is the new one without --mount-proc"
	# With --mount-proc ps agrees.
	"$T/unshare" -u -p -i -f --mount-proc sh -c 'ps -e -o pid=,comm=' >"$T/out" || fail "--mount-proc"
	[ "$(awk '$1 == 1 { print $2 }' "$T/out")" = sh ] || fail "pid 1: $(cat "$T/out")"
	[ "$(wc -l <"$T/out")" -le 3 ] || fail "others are seen: $(cat "$T/out")"
	[ "$(uname -n)" != new-pc ] || fail "the host's name changed"
}
