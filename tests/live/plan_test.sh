# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# create and enter as tables of steps: --dry-run tells them and does nothing, a step that fails is
# named, and what was done before it is undone.

# told COMMAND OPTIONS...: what --dry-run says, in $T/told; traced, and nothing of it is done.
told() {
	local command=$1
	shift
	trace_cmd -e unshare,clone,setns,exec,pin,refused -- "$NSWATCH" "$command" --dry-run "$@"
	[ "$RC" = 0 ] || fail "$command --dry-run $*: status $RC: $(cat "$T/err")"
	no_event '.event | . == "unshare" or . == "clone" or . == "setns" or . == "refused" or . == "pin"'
	[ "$(jq -r 'select(.event == "exec").filename' "$T/out.json" | wc -l)" -le 1 ] || fail "it runs a program"
	# Others of the host may mount meanwhile.
	! grep -F "$T" /proc/self/mountinfo || fail "a mount"
	mv "$T/cmd.out" "$T/told"
}

# says LINE...: each is told, in this order, and nothing else.
says() {
	printf '%s\n' "$@" | diff - "$T/told" || fail "told otherwise"
}

t_plan_dry_create() {
	local pin=$T/pin
	told create -n true
	says "make namespaces: net" "run: true"
	told create -r -p -f --mount-proc "--net=$pin" sh -c 'exit 9'
	says "make the files of pins: net at $pin" "start a helper in the old namespaces" \
		"make namespaces: mnt|user|pid|net" "deny setgroups" "map the user: 0 inside is 0 outside" \
		"map the group: 0 inside is 0 outside" "fork, and wait for the child" "let the helper mount the pins" \
		"set the propagation of mounts" "mount proc: /proc" "give the child its signals" "run: sh"
	[ ! -e "$pin" ] || fail "it made $pin"
	told create --map-users 0:0:10 --map-groups 0:0:10 --setgroups allow -S 3 -G 4 --keep-caps true
	says "start a helper in the old namespaces" "make namespaces: user" \
		"let the helper map ids: users 0:0:10, groups 0:0:10" "allow setgroups" "end the helper" \
		"become another user or group: group 4 without others, user 3" "keep capabilities" "run: true"
	told create --owner 5:6 -U -T --boottime 10 --monotonic -5 -R "$T" -w / --clear-env --propagation unchanged
	says "become the owner: user 5, group 6" "make namespaces: user|time" "set the boot clock forward: 10 s" \
		"set the monotonic clock forward: -5 s" "change the directory: root $T, then /" "set the environment" \
		"run: a login shell"
	told create -p --init --mount-binfmt -l :x:M::xx::/bin/sh:F -R "$T" "--uts=$pin" true
	grep -qx 'mount binfmt_misc early' "$T/told" || fail "$(cat "$T/told")"
	grep -qx 'serve as pid 1 for the program' "$T/told" || fail "$(cat "$T/told")"
}

t_plan_dry_enter() {
	told enter -t 1 -n -u true
	says "hold the target: process 1" "open the namespaces: uts, net" "enter the namespaces" "run: true"
	told enter -t 1 -a -r -w -e -c -S follow --preserve-credentials true
	says "hold the target: process 1" "open the namespaces: all of the target" "open the root directory" \
		"open the working directory" "open the target's environment" "look at the target's user and group" \
		"open the target's cgroup" "enter the namespaces" "change the directory" \
		"take the target's environment" "join the target's cgroup" "settle user and group" \
		"fork, and wait for the child" "become another user or group" "run: true"
	told enter -t 1 -U -p -F --keep-caps -G 5 "--net=/proc/1/ns/net"
	says "hold the target: process 1" "open the namespaces: user, pid, net (/proc/1/ns/net)" "drop the groups" \
		"enter the namespaces" "settle user and group" "drop the groups inside" \
		"become another user or group" "keep capabilities" "run: a login shell"
	# What is not there is not looked for.
	told enter nowhere-at-all true
	grep -qx 'hold the target: nowhere-at-all' "$T/told" || fail "$(cat "$T/told")"
}

# Called by the names of util-linux it is unknown, as it is there.
t_plan_dry_names() {
	local name
	for name in unshare nsenter; do
		ln -s "$NSWATCH" "$T/$name"
		"$T/$name" --dry-run true 2>"$T/err" && fail "$name takes it"
		[ "$("$T/$name" --dry-run true >/dev/null 2>&1 || echo $?)" = 1 ] || fail "$name: another status"
		grep -q "unknown option '--dry-run'" "$T/err" || fail "$(cat "$T/err")"
		! "$T/$name" --help | grep -q dry-run || fail "$name --help shows it"
		! "$name" --dry-run true 2>/dev/null || fail "util-linux has it by now"
	done
}

# fails STEP COMMAND...: it ends with 1, names the step, and leaves neither $T/pin nor a mount.
fails() {
	local step=$1
	shift
	"$@" >/dev/null 2>"$T/err" </dev/null
	RC=$?
	expect_rc 1
	grep -q "^nswatch: $step: " "$T/err" || fail "the step is not named: $(cat "$T/err")"
	[ ! -e "$T/pin" ] || fail "$T/pin stays after $*"
	! grep -qF "$T" /proc/self/mountinfo || fail "a mount stays: $(grep -F "$T" /proc/self/mountinfo)"
}

t_plan_undo() {
	local fork pin=$T/pin
	for fork in "" -f; do
		# shellcheck disable=SC2086 # an option or none
		fails "mount proc" "$NSWATCH" create $fork "--net=$pin" "--mount-proc=$T/nowhere" true
		# shellcheck disable=SC2086
		fails "change the directory" "$NSWATCH" create $fork "--uts=$pin" -w "$T/nowhere" true
		# shellcheck disable=SC2086
		fails "become another user or group" "$NSWATCH" create $fork -r "--net=$pin" -S 7 true
		# A mount namespace can't be pinned in a shared mount, nor a file in the middle of a path.
		# shellcheck disable=SC2086
		fails "make the files of pins" "$NSWATCH" create $fork "--net=$pin" "--uts=$T/no/where" true
	done
	# A pid namespace that has no process yet has no file: the one before it is mounted already.
	fails "let the helper mount the pins" "$NSWATCH" create "--ipc=$pin" "--pid=$pin" true
	# One that was there stays, and is no mount.
	: >"$T/old"
	fails "mount proc" "$NSWATCH" create "--net=$T/old" "--mount-proc=$T/nowhere" true
	[ -e "$T/old" ] || fail "it removed a file that was there"
	# The twin.
	"$NSWATCH" create "--net=$pin" true || fail "status $?"
	at_end "umount $pin"
	grep -qF "$pin" /proc/self/mountinfo || fail "no pin"
}

t_plan_names_steps() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fails "make namespaces" "${nobody[@]}" "$NSWATCH" create -n true
	fails "hold the target" "$NSWATCH" enter -t 99999999 -n true
	fails "open the namespaces" "$NSWATCH" enter "--net=$T/nowhere" true
	fails "enter the namespaces" "${nobody[@]}" "$NSWATCH" enter --net=/proc/self/ns/net true
	fails "change the directory" "$NSWATCH" enter -t $$ -u "--wdns=$T/nowhere" true
}
