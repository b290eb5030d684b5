# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # AS_NOBODY is for those that read this
# What the tests of enter share.

AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

enter() { "$NSWATCH" enter "$@" 2>"$T/err"; }

# target UNSHARE-OPTIONS...: a process in new namespaces; its pid outside in $TARGET.
target() {
	mkfifo "$T/ready"
	X=target unshare -f "$@" sh -c 'hostname inside 2>/dev/null; cd /tmp; echo; exec sleep 1000' >"$T/ready" &
	BACKGROUND+=($!)
	read -r <"$T/ready"
	rm "$T/ready"
	TARGET=$(pgrep -P $!)
	[ -n "$TARGET" ] || fail "no target"
}

seen() {
	local want=$1 got
	shift
	got=$(enter "$@") || fail "enter $*: status $?, $(cat "$T/err")"
	[ "$got" = "$want" ] || fail "enter $* shows '$got' instead of '$want'"
}

# refused STATUS TEXT OPTIONS...
refused() {
	local status=$1 text=$2 rc=0
	shift 2
	enter "$@" >/dev/null || rc=$?
	[ "$rc" = "$status" ] || fail "enter $*: status $rc instead of $status"
	[ -z "$text" ] || grep -qF -- "$text" "$T/err" || fail "enter $* does not say '$text': $(cat "$T/err")"
}

# own_cgroup PATH: makes it below the first hierarchy that allows it, $TOP, and moves $TARGET there.
own_cgroup() {
	local top path=
	for top in /sys/fs/cgroup/unified /sys/fs/cgroup /sys/fs/cgroup/pids; do
		[ -z "${TOP:-}" ] || top=$TOP
		[ -e "$top/cgroup.procs" ] && mkdir "$top/${1%%/*}" 2>/dev/null || [ -d "$top/${1%%/*}" ] || continue
		TOP=$top
		while read -r -d /; do
			path=$path/$REPLY
			[ -d "$top$path" ] || mkdir "$top$path"
			at_end "rmdir '$top$path'"
		done <<<"$1/"
		echo "$TARGET" >"$top/$1/cgroup.procs" 2>/dev/null || continue
		at_end "kill -KILL $TARGET; while kill -0 $TARGET; do tick; done"
		return
	done
	skip "no cgroup of our own can be made here"
}
