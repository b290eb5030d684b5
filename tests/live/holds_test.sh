# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# What keeps a namespace in which nobody is: files that are no files of nsfs, and mounts where
# nobody looks.

# row FILE JQ: of `nswatch ls --json`, the namespace's KEPT.
kept_of() { jq -r ".namespaces[] | select(.ns == $2).kept" "$1"; }

# An open /dev/net/tun keeps the net namespace that it was opened in.
t_holds_tun() {
	local ns s dev=tk$$
	[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
	need ip
	partner tun bash -c 'unshare -n bash -c '\''exec 9<>/dev/net/tun || exit 1
		ip link add "$1" type veth peer name "$1"p; readlink /proc/self/ns/net
		exec nsenter --net=/proc/$PPID/ns/net bash -c "echo pid \$\$; echo there; read -r _"'\'' _ "$1"; :' \
		_ "$dev"
	until_said tun there
	ns=$(grep -o '[0-9]*' <(grep '^net:' "$T/tun.facts"))
	for s in bpf proc; do
		"$NSWATCH" ls --source $s --all -t net --json -o NS,KEPT >"$T/$s.all" 2>"$T/err" || {
			[ $s = bpf ] && continue
			fail "$(cat "$T/err")"
		}
		[ "$(kept_of "$T/$s.all" "$ns")" = "tun ${F[pid]}:9" ] ||
			fail "from $s kept by '$(kept_of "$T/$s.all" "$ns")'"
		# The short list, which has another way.
		"$NSWATCH" ls --source $s -t net --json -o NS >"$T/$s.short"
		jq -e ".namespaces | map(.ns) | index($ns)" "$T/$s.short" >/dev/null ||
			fail "not in the short list from $s"
	done
	"$NSWATCH" netdev --json >"$T/devs"
	[ "$(jq -r "[.netdevs[] | select(.netns == $ns).ifname] | sort | join(\",\")" "$T/devs")" = \
		"lo,$dev,${dev}p" ] || fail "devices: $(cat "$T/devs")"
	"$NSWATCH" netdev where "$dev" --json >"$T/where"
	jq -e ".devices[0].kept[0] | test(\"open /dev/net/tun 9 of process ${F[pid]}\")" "$T/where" ||
		fail "where: $(cat "$T/where")"
	"$NSWATCH" explain "net:[$ns]" | tr -s '\n ' ' ' >"$T/explained"
	grep -q "goes with what keeps it: open /dev/net/tun 9 of process ${F[pid]} (bash)" "$T/explained" ||
		fail "explain: $(cat "$T/explained")"
	grep -q '! kept-by-socket' "$T/explained" || fail "no finding: $(cat "$T/explained")"
	grep -q 'The open /dev/net/tun 9 of bash' "$T/explained" || fail "$(cat "$T/explained")"
	grep -q 'nothing else keeps it' "$T/explained" && fail "explain: $(cat "$T/explained")"
	go_on tun
	partner_end tun
	"$NSWATCH" ls --all -t net --json -o NS | jq -e ".namespaces | map(.ns) | index($ns)" &&
		fail "it is still there"
	return 0
}

# One of the process's own net namespace is nothing to tell: the process keeps that.
t_holds_tun_own() {
	local ns
	[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
	partner tun unshare -n bash -c 'exec 9<>/dev/net/tun; echo pid $$; echo there; read -r _'
	until_said tun there
	ns=$(inum net "${F[pid]}")
	for s in auto proc; do
		"$NSWATCH" ls --source $s --all -t net --json -o NS,KEPT >"$T/all"
		[ "$(kept_of "$T/all" "$ns")" = proc ] || fail "kept by '$(kept_of "$T/all" "$ns")'"
	done
	go_on tun
	partner_end tun
}

# A mount namespace that only a descriptor keeps, and one that only a bind mount keeps, have mounts
# that keep others.
t_holds_mount_unseen() {
	local way ns mnt
	for way in fd mount; do
		mkdir "$T/$way"
		mount -t tmpfs --make-private none "$T/$way" || skip "no mount of its own"
		at_end "umount -l $T/$way"
		mount --make-private "$T/$way"
		: >"$T/$way/mnt"
		mkfifo "$T/$way/up" "$T/$way/go"
		# A child sets it up and ends.
		partner $way bash -c '
			unshare -n -m --propagation private bash -c "
				: >\$0/net; mount --bind /proc/self/ns/net \$0/net; readlink /proc/self/ns/net
				readlink /proc/self/ns/mnt; echo up >&8; read -r _ <&9
			" "$1" 8<>"$1/up" 9<>"$1/go" & child=$!
			read -r _ <>"$1/up"
			[ "$2" = fd ] && exec 7</proc/$child/ns/mnt
			[ "$2" = mount ] && mount --bind /proc/$child/ns/mnt "$1/mnt"
			echo >"$1/go"; wait $child
			echo pid $$; echo there; read -r _; [ "$2" = mount ] && umount "$1/mnt"' \
			_ "$T/$way" $way
		until_said $way there
		ns=$(grep -o '[0-9]*' <(grep '^net:' "$T/$way.facts"))
		mnt=$(grep -o '[0-9]*' <(grep '^mnt:' "$T/$way.facts"))
		for s in auto proc; do
			"$NSWATCH" ls --source $s --all -t net --json -o NS,KEPT >"$T/all"
			[ "$(kept_of "$T/all" "$ns")" = "mount $T/$way/net in mnt:[$mnt]" ] ||
				fail "from $s kept by '$(kept_of "$T/all" "$ns")'"
		done
		# It can be entered by way of that.
		"$NSWATCH" netdev --json >"$T/devs"
		[ "$(jq -r ".netdevs[] | select(.netns == $ns).ifname" "$T/devs")" = lo ] ||
			fail "devices: $(cat "$T/devs")"
		[ "$("$NSWATCH" enter "net:[$ns]" readlink /proc/self/ns/net)" = "net:[$ns]" ] ||
			fail "can't be entered"
		go_on $way
		partner_end $way
	done
}
