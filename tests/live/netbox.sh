# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # RC is what expect_rc looks at
# netbox.sh - a mount and a net namespace of a test's own, with its own /run/netns: what is done
# in there, names, bridges and devices, goes away with it.

# box_make: in $BOX a process in it. As on a machine that has just booted, nothing is shared yet.
box_make() {
	need nsenter
	mkfifo "$T/box.end" "$T/box.up"
	mkdir "$T/cgroup"
	# LXC wants its control groups below /sys.
	unshare -n -m --propagation private bash -c "
		mount --rbind /sys/fs/cgroup $T/cgroup
		mount -t tmpfs -o mode=755 netbox /run && mount -t sysfs netbox /sys && ip link set lo up &&
		{ mount --rbind $T/cgroup /sys/fs/cgroup; umount -l $T/cgroup; :; } &&
		echo up >$T/box.up && read -r _ <$T/box.end" &
	BOX=$!
	BACKGROUND+=("$BOX")
	until read -r -t 1 _ <>"$T/box.up"; do
		kill -0 "$BOX" 2>/dev/null || skip "no mount and net namespace of its own"
		tick
	done
}

# box CMD...: in it.
box() { nsenter --net --mount --target "$BOX" -- "$@"; }
# box_start CMD...: in it, in the background; its pid in $P.
box_start() {
	(exec nsenter --net --mount --target "$BOX" -- "$@") &
	P=$!
	BACKGROUND+=("$P")
}
# nsw ARGS...: nswatch in it; its output in $T/said, stderr in $T/err, the status in $RC.
nsw() {
	box "$NSWATCH" "$@" >"$T/said" 2>"$T/err"
	RC=$?
}

# nsw_ok ARGS...
nsw_ok() {
	nsw "$@"
	expect_rc 0
}

# nsw_fails STATUS TEXT ARGS...: TEXT is a regular expression on stderr.
nsw_fails() {
	local status=$1 text=$2
	shift 2
	nsw "$@"
	expect_rc "$status"
	grep -qE -- "$text" "$T/err" || fail "no '$text' in: $(cat "$T/err")"
	[ ! -s "$T/said" ] || fail "said on stdout: $(cat "$T/said")"
}

# said JQ WANT: of the JSON that was said.
said() {
	local got
	got=$(jq -r "$1" "$T/said") || fail "no JSON: $(head -c 300 "$T/said")"
	[ "$got" = "$2" ] || fail "$1 is '$got', not '$2'"
}

# name_inum NAME: the number of a named namespace, by stat(2).
name_inum() { box stat -L -c %i "/run/netns/$1"; }

# inside NAME CMD...: as iproute2 does it.
inside() { box ip netns exec "$@"; }

# sleeper NAME: a process in a named namespace, in $P, which is there.
sleeper() {
	local n=0
	# Not by ip: that would have a mount namespace of its own.
	box_start nsenter --net="/run/netns/$1" sleep 1000
	# Each exec keeps the pid.
	until [ "$(cat "/proc/$P/comm" 2>/dev/null)" = sleep ]; do
		n=$((n + 1))
		[ $n -gt 600 ] && fail "no sleeper in $1"
		tick
	done
}
