# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch explain of network devices: those that nobody gets back, those that can't be moved, and
# net namespaces that rtnetlink is silent about.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

# veth NETNS-OF-PID: a pair in there, nswv and nswp; lo alone is in it otherwise.
veth() {
	nsenter "--net=/proc/$1/ns/net" ip link add nswv type veth peer name nswp 2>"$T/err" ||
		skip "no veth: $(cat "$T/err")"
}

# with_devices: the partner maker in a net namespace with a pair; its number in $NS.
with_devices() {
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	NS=$(inum net "${PID[maker]}")
	veth "${PID[maker]}"
}

# --- trapped ----------------------------------------------------------------------------------

# Kept by a descriptor of somebody else; the twin is the time when somebody lives there.
t_explain_dev_trapped_fd() {
	with_devices
	sleep 1000 9<"/proc/${PID[maker]}/ns/net" &
	local holder=$!
	BACKGROUND+=("$holder")
	until [ "$(stat -L -c %i "/proc/$holder/fd/9" 2>/dev/null)" = "$NS" ]; do tick; done
	explain "net:[$NS]"
	not_found device-trapped
	go_on maker
	partner_end maker
	explain "net:[$NS]"
	expect_rc 1
	sane
	found device-trapped .about.inum "$NS" .evidence.kind veth .evidence.fd 9 .evidence.pid "$holder" \
		.evidence.comm sleep .evidence.more 1 .evidence.destroyed yes .evidence.returns null .weight trouble
	found kept-by-fd .evidence.pid "$holder"
	# By the device's name too, and among all that is wrong.
	explain nswv
	found device-trapped .about.inum "$NS"
	explain
	EV=$(jq -c ".findings[] | select(.code == \"device-trapped\" and .about.inum == $NS)" "$T/ex.json")
	field .evidence.pid "$holder"
	# The device is there, by the kernel's own word, as long as the holder is.
	nsenter "--net=/proc/$holder/fd/9" ip link show nswv >/dev/null || fail "no device is trapped"
	kill "$holder"
	wait "$holder"
	explain "net:[$NS]"
	expect_rc 3
}

# A named one with virtual devices is how routers are made: nothing is wrong with it. In another
# mount namespace nobody sees the name.
t_explain_dev_trapped_mount() {
	with_devices
	touch "$T/pin"
	mount --bind "/proc/${PID[maker]}/ns/net" "$T/pin" || skip "no bind mount"
	at_end "umount -l $T/pin"
	go_on maker
	partner_end maker
	explain "$T/pin"
	sane
	found kept-by-mount .evidence.path "$T/pin"
	not_found device-trapped
	partner box unshare -m --propagation private sh -c 'echo ready; read x'
	until_said box ready
	umount "$T/pin"
	explain "net:[$NS]"
	sane
	found device-trapped .about.inum "$NS" .evidence.path "$T/pin" \
		.evidence.mnt "mnt:[$(inum mnt "${PID[box]}")]" .evidence.destroyed yes
	go_on box
	partner_end box
	explain "net:[$NS]"
	expect_rc 3
}

# Only lo: no device is missed.
t_explain_dev_trapped_none() {
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	NS=$(inum net "${PID[maker]}")
	sleep 1000 9<"/proc/${PID[maker]}/ns/net" &
	local holder=$!
	BACKGROUND+=("$holder")
	until [ "$(stat -L -c %i "/proc/$holder/fd/9" 2>/dev/null)" = "$NS" ]; do tick; done
	go_on maker
	partner_end maker
	explain "net:[$NS]"
	found kept-by-fd
	not_found device-trapped
	kill "$holder"
}

# Hardware is missed also where a mount of ours names its namespace, and comes back when that goes.
t_explain_dev_trapped_hardware() {
	grep -qw nswatch.nic /proc/cmdline || skip "no network card to spare: that is for virtual machines"
	local dev ns
	dev=$(basename "$(dirname "$(find /sys/class/net/*/device -maxdepth 0 | head -n 1)")")
	[ -e "/sys/class/net/$dev" ] || skip "this kernel has no driver for the card"
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	touch "$T/pin"
	mount --bind "/proc/${PID[maker]}/ns/net" "$T/pin" || skip "no bind mount"
	at_end "umount -l $T/pin"
	ns=$(stat -L -c %i "$T/pin")
	ip link set "$dev" netns "${PID[maker]}" || fail "the card does not move"
	explain "$dev"
	not_found device-trapped
	go_on maker
	partner_end maker
	explain "net:[$ns]"
	found device-trapped .evidence.dev "$dev" .evidence.same_name yes .evidence.new_name null
	# The name is taken meanwhile, so it will not come back under it.
	ip link add "$dev" type veth peer name nswp || fail "no veth"
	explain "net:[$ns]"
	sane
	found device-trapped .evidence.dev "$dev" .evidence.kind physical .evidence.path "$T/pin" \
		.evidence.returns yes .evidence.destroyed null .evidence.same_name null
	local index
	index=$(nsenter "--net=$T/pin" ip -o link show "$dev" | cut -d: -f1)
	field .evidence.new_name "dev$index"
	trace_start -e netdev
	umount "$T/pin"
	wait_event ".event == \"netdev\" and .why == \"netns-exit\" and .old_name == \"$dev\""
	trace_stop
	expect_event ".event == \"netdev\" and .old_name == \"$dev\""
	field '[.notes[].code] | join(",")' device-returned
	ip link show "dev$index" >/dev/null || fail "it did not come back as dev$index: $(ip -o link)"
	field .new_name "dev$index"
	ip link del "$dev"
	ip link set "dev$index" name "$dev"
}

# The remedy brings it to process 1's, under another name where its own is taken there.
t_explain_dev_trapped_cure() {
	local d=nswc$$
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	NS=$(inum net "${PID[maker]}")
	nsenter "--net=/proc/${PID[maker]}/ns/net" ip link add "$d" type veth peer name p$$ 2>"$T/err" ||
		skip "no veth: $(cat "$T/err")"
	sleep 1000 9<"/proc/${PID[maker]}/ns/net" &
	local holder=$!
	BACKGROUND+=("$holder")
	until [ "$(stat -L -c %i "/proc/$holder/fd/9" 2>/dev/null)" = "$NS" ]; do tick; done
	go_on maker
	partner_end maker
	explain "net:[$NS]"
	sane
	found device-trapped .evidence.kind veth
	d=$(jq -r '.findings[] | select(.code == "device-trapped").evidence.dev' "$T/ex.json")
	at_end "ip link del $d"
	cure device-trapped
	[ "$CURED" -eq 0 ] || fail "the cure: $(cat "$T/cure.out")"
	nsenter --net="/proc/$holder/fd/9" ip link show "$d" >/dev/null 2>&1 && fail "it is still there"
	"$NSWATCH" netdev --json -o NAME,IFNAME | jq -e ".netdevs[] | select(.ifname == \"$d\").name == \"(initial)\"" \
		>/dev/null || fail "it did not come"
	kill "$holder"
}

t_explain_nsid_cure() {
	with_devices
	explain "net:[$NS]"
	sane
	found nsid-unassigned .about.inum "$NS"
	cure nsid-unassigned
	[ "$CURED" -eq 0 ] || fail "the cure: $(cat "$T/cure.out")"
	explain "net:[$NS]"
	not_found nsid-unassigned
	go_on maker
}

# --- immutable --------------------------------------------------------------------------------

t_explain_dev_immutable() {
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	veth "${PID[box]}"
	local in="/proc/${PID[box]}/ns/net"
	explain lo
	sane
	EV=$(jq -c ".findings[] | select(.about.inum == $(inum net "${PID[box]}"))" "$T/ex.json")
	fields .code device-immutable .about.ifname lo .weight note .evidence.kind loopback \
		.evidence.ns "net:[$(inum net "${PID[box]}")]"
	# The kernel's own word.
	nsenter "--net=$in" ip link set lo netns $$ 2>"$T/err" && fail "lo moved"
	grep -q 'Invalid argument\|immutable' "$T/err" || fail "the kernel said: $(cat "$T/err")"
	# The twin moves.
	explain nswv
	sane
	not_found device-immutable
	partner other unshare -n sh -c 'echo ready; read x'
	until_said other ready
	nsenter "--net=$in" ip link set nswv netns "${PID[other]}" || fail "nswv does not move"
	go_on other
	go_on box
}

t_explain_dev_immutable_bridge() {
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	local in="/proc/${PID[box]}/ns/net"
	nsenter "--net=$in" ip link add nswb type bridge 2>"$T/err" || skip "no bridge: $(cat "$T/err")"
	explain nswb
	sane
	expect_rc 1
	found device-immutable .evidence.dev nswb .evidence.kind bridge
	nsenter "--net=$in" ip link set nswb netns $$ 2>"$T/err" && fail "the bridge moved"
	grep -q 'Invalid argument\|immutable' "$T/err" || fail "the kernel said: $(cat "$T/err")"
	"$NSWATCH" explain nswb >"$T/text"
	grep -q '^- device-immutable' "$T/text" || fail "$(cat "$T/text")"
	[ "$(wc -L <"$T/text")" -le 80 ] || fail "wider than 80 columns"
	go_on box
}

# --- numbers ----------------------------------------------------------------------------------

t_explain_nsid() {
	with_devices
	explain "net:[$NS]"
	sane
	found nsid-unassigned .about.inum "$NS" .weight note
	# lsns has it from the kernel by itself.
	[ "$(lsns -n -t net -o NETNSID "/proc/${PID[maker]}/ns/net" 2>/dev/null | head -n 1 | tr -d ' ')" = unassigned ] ||
		lsns -n -r -t net -o NS,NETNSID | grep -qx "$NS unassigned" || fail "it has a number: $(lsns -t net -o NS,NETNSID)"
	# Not of ours, nor of one where only lo is.
	explain "net:[$(inum net)]"
	not_found nsid-unassigned
	partner bare unshare -n sh -c 'echo ready; read x'
	until_said bare ready
	explain "net:[$(inum net "${PID[bare]}")]"
	not_found nsid-unassigned
	# It gets a number when one of ours has its other end there.
	ip link add nswx$$ type veth peer name nswy netns "${PID[maker]}" || fail "no veth"
	at_end "ip link del nswx$$"
	ip link show "nswx$$" >/dev/null
	lsns -n -r -t net -o NS,NETNSID | grep -qx "$NS unassigned" && skip "this kernel gave it none"
	explain "net:[$NS]"
	not_found nsid-unassigned
	go_on maker
	go_on bare
}

# --- removed, and still referred to -----------------------------------------------------------

# What a program writes into the log is not the kernel's word, and nothing is waited for here.
t_explain_dev_waits_not() {
	in_vm || skip "writes into the log of the machine: only in a virtual machine"
	explain "net:[$(inum net 1)]"
	not_found device-waits
	echo '<0>unregister_netdevice: waiting for lo to become free. Usage count = 2' >/dev/kmsg || skip "no log"
	dmesg | grep -q 'waiting for lo' || fail "it is not in the log"
	explain "net:[$(inum net 1)]"
	not_found device-waits
}

# A frame that waits in a queue keeps who sent it in the kernel, and that keeps the device.
t_explain_dev_waits() {
	local timeout=/proc/sys/net/core/netdev_unregister_timeout_secs
	in_vm || skip "holds up the end of net namespaces: only in a virtual machine"
	[ -w $timeout ] || skip "before 5.13 it takes minutes until the kernel says so"
	type tc >/dev/null 2>&1 || skip "no tc here"
	echo 1 >$timeout
	at_end "echo 10 >$timeout"
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	nsenter -t "${PID[box]}" -n sh -e -c 'ip link add nswlow type veth peer name nswfar
		ip link set nswfar up
		ip link set nswlow up
		tc qdisc add dev nswlow root netem delay 100s
		ip link add nswtop link nswlow type macvlan
		ip link set nswtop up' 2>"$T/err" || skip "no macvlan on a delayed veth: $(cat "$T/err")"
	nsenter -t "${PID[box]}" -n "$(helper nsact)" txring nswtop &
	SENDER=$!
	BACKGROUND+=("$SENDER")
	until nsenter -t "${PID[box]}" -n tc -s qdisc show dev nswlow | grep -q 'backlog [1-9]'; do
		kill -0 "$SENDER" || fail "the frame was not sent"
		tick
	done
	explain "net:[$(inum net 1)]"
	not_found device-waits
	nsenter -t "${PID[box]}" -n ip link del nswtop &
	BACKGROUND+=("$!")
	until dmesg | grep -q 'unregister_netdevice: waiting for nswtop'; do
		kill -0 "$SENDER" || skip "this kernel lets the sender go"
		tick 0.1
	done
	explain "net:[$(inum net 1)]"
	sane
	found device-waits .evidence.dev nswtop .weight trouble
	field '.evidence.refs > 1' true
	# As the remedy says.
	kill "$SENDER"
	wait "$SENDER"
	wait $!
}
