# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # events and root are check.sh's, which uses EXPECTED
# acts.sh - what both traces are to see. Where what they say is read of a process, it waits until both
# have said it. Sourced by check.sh.

# KIND:WORDS, regular expressions: that much is expected of both.
EXPECTED='unshare:"result":0 pin:"path":"/mnt/pin" unpin:"path":"/mnt/pin" pin:"path":"/run/netns/y"
netdev:"new_name":"nswp" netdev-add:"new_name":"nswv" unshare:userns-refused.*uid_map
unshare:userns-refused.*in.a.chroot unshare:"no-rights" setns:single-thread-required
fork-denied:"pidns-dead" ns-free:"ns_type":"net"'

# both PATTERN: both have said it.
both() { until_true grep -e "$1" "$events" && until_true grep -e "$1" "$root"; }

# hold PATTERN... -- COMMAND...: for each pattern the command says "ready" and waits for a line, which it
# gets when both have said the pattern.
hold() {
	local patterns=() pattern line
	until [[ $1 == -- ]]; do patterns+=("$1") && shift; done
	shift
	coproc HELD { exec "$@"; }
	# shellcheck disable=SC2153 # of coproc
	local pid=$HELD_PID in=${HELD[1]} out=${HELD[0]}
	for pattern in "${patterns[@]}"; do
		line=''
		until [[ $line == *ready ]]; do
			read -r -t 60 -u "$out" line || { echo "in vain: $*" && return; }
		done
		both "${pattern/PID/$pid}"
		echo >&"$in"
	done
	wait "$pid"
}

refused='"event":"unshare".*"pid":PID,.*"result":-'

act_devices() {
	ip netns add y
	both '"pin".*"/run/netns/y"'
	# Its peer here, so that rtnetlink has a name for that net namespace.
	ip link add nswv type veth peer name nswp
	both '"netdev-add".*"new_name":"nswp"'
	ip link set nswp netns y
	both '"netdev".*"new_name":"nswp","dev_kind":"veth","old_ifindex":[0-9]*,"new_ifindex":[0-9]*,"from":[1-9][0-9]*,"to":[1-9]'
	ip netns del y
	both '"ns-free".*"ns_type":"net"'
	both '"netdev-del".*"nswv"'
}

act_refusals() {
	local jail=/run/chroot
	hold "$refused" -- ./nsact unshare user unshare user say ready wait
	mkdir -p "$jail" && cp nsact "$jail/"
	hold "$refused" -- chroot "$jail" /nsact unshare user say ready wait
	hold "$refused" -- setpriv --reuid 65534 --regid 65534 --clear-groups ./nsact unshare net say ready wait
	# Its descriptor stays open, so that its type can be asked for.
	hold "${refused/unshare/setns}" -- bash -c \
		'exec ./nsact threads 2 setns 9 mnt say ready wait 9</proc/self/ns/mnt'
}

act_all() {
	unshare -u true begin
	hold '"pin".*"/mnt/pin"' '"unpin".*"/mnt/pin"' -- unshare -m sh -c 'mount -t tmpfs none /mnt &&
		: >/mnt/pin && mount --bind /proc/self/ns/uts /mnt/pin && echo ready && read -r _ &&
		umount /mnt/pin && echo ready && read -r _'
	act_devices
	act_refusals
	unshare -p sh -c '/bin/true; /bin/true; /bin/true'
	both '"fork-denied"'
	unshare -u true end
	both '"exec".*"end"'
}
