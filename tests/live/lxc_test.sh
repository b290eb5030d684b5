# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2016 # EV is what fields looks at; what runs inside is in single quotes
# The story of nswatch-lxc(7) with a real LXC: a container on a bridge, a name for its net
# namespace, a device in it, and what becomes of both when the container stops.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# lxc_make: a container of a name of its own in $C, whose bridge is in the box. Not started.
lxc_make() {
	local tool
	for tool in lxc-create lxc-start lxc-stop lxc-info; do need $tool; done
	[ -x /usr/share/lxc/templates/lxc-busybox ] || skip "LXC has no busybox template here"
	[ -x /bin/busybox ] || skip "no busybox here"
	box_make
	C=bbox$$
	mkdir "$T/lxc"
	box ip link add lxcbr type bridge || skip "no bridge here"
	box ip addr add 10.77.0.1/24 dev lxcbr
	box ip link set lxcbr up
	lxc_conf veth link=lxcbr flags=up name=eth0 ipv4.address=10.77.0.2/24 veth.pair="v$C" \
		>"$T/conf"
	box lxc-create -P "$T/lxc" -f "$T/conf" -n "$C" -t busybox -- --busybox-path=/bin/busybox \
		>"$T/log.create" 2>&1 || skip "lxc-create: $(tail -n 1 "$T/log.create")"
	at_end "box lxc-stop -P $T/lxc -n $C -k"
}

# lxc_conf TYPE [KEY=VALUE...]: the network of a container.
lxc_conf() {
	local pair
	echo "lxc.net.0.type = $1"
	shift
	for pair; do echo "lxc.net.0.${pair%%=*} = ${pair#*=}"; done
	echo "lxc.apparmor.profile = unconfined"
}

# lxc_net TYPE [KEY=VALUE...]: another network for it.
lxc_net() {
	sed -i '/^lxc.net/d; /^lxc.apparmor/d' "$T/lxc/$C/config"
	lxc_conf "$@" >>"$T/lxc/$C/config"
}

# lxc_start: it runs; the pid of its init in $INIT, its net namespace in $NS. Where the machine
# can't run containers at all this says why not.
lxc_start() {
	box lxc-start -P "$T/lxc" -n "$C" -l warn -o "$T/log.lxc" >"$T/log.start" 2>&1 ||
		skip "lxc-start: $(grep -m 1 ERROR "$T/log.lxc" || tail -n 1 "$T/log.start")"
	INIT=$(box lxc-info -P "$T/lxc" -n "$C" -pH)
	NS=$(inum net "$INIT") || fail "no init: $(cat "$T/log.start")"
}

# Its monitor keeps the namespace open until it has cleaned up.
lxc_stop() {
	box lxc-stop -P "$T/lxc" -n "$C" -k >"$T/log.stop" 2>&1 || fail "$(cat "$T/log.stop")"
	until ! pgrep -f "^\[lxc monitor\] $T/lxc $C\$" >/dev/null; do
		tick
	done
}

# dev_of FILTER: of the rows that netdev said.
dev_of() { jq -c ".netdevs[] | select($1)" "$T/said"; }

t_lxc_story() {
	lxc_make
	trace_start -t net -e ns-create,ns-free,clone,netdev,netdev-add,netdev-del,pin,unpin
	lxc_start
	wait_event ".event == \"ns-create\" and .inum == $NS"
	# LXC makes a veth beside the bridge and moves one end into the container, where it is renamed:
	# rtnetlink, asked between two looks, may see it only there.
	! traces netdev || wait_event "(.event == \"netdev\" or .event == \"netdev-add\") and
		.to == $NS and .dev_kind == \"veth\""
	traced_dev netdev-add ".new_name == \"v$C\"" .to "$(inum net "$BOX")" .dev_kind veth

	# The bridge and the container, and which end belongs to which.
	nsw_ok netdev --json
	EV=$(dev_of ".netns == $NS and .ifname == \"eth0\"")
	fields .kind veth .name "lxc:$C" .peer "v$C@net:[$(inum net "$BOX")]" .state up \
		'."on-exit"' destroyed
	EV=$(dev_of ".ifname == \"v$C\"")
	fields .master lxcbr .peer "eth0@lxc:$C"
	# By now the bridge's namespace calls it by an id.
	nsw_ok netns list-id --json
	said '.nsids | map(.name) | tostring' '[null]'

	# A name for the container's namespace, and a device for it.
	nsw_ok netns attach "$C" "$INIT"
	[ "$(name_inum "$C")" = "$NS" ] || fail "another namespace"
	nsw_ok netns identify "$INIT"
	[ "$(cat "$T/said")" = "$C" ] || fail "identified as $(cat "$T/said")"
	! traces pin || traced_dev pin "(.path | endswith(\"/netns/$C\"))" .inum "$NS" .ns_type net
	box ip link add lan0 type veth peer name lan1
	traced_dev netdev-add '.new_name == "lan0"' .to "$(inum net "$BOX")" .dev_kind veth
	nsw_ok netdev move lan0 --to "$C"
	traced_dev netdev '.old_name == "lan0"' .new_name lan0 .to "$NS" .from "$(inum net "$BOX")" .why request
	box nsenter --net="/proc/$INIT/ns/net" ip link show lan0 >/dev/null || fail "lan0 is not there"

	# It stops: its own veth ends, the namespace and lan0 stay, and why is said.
	lxc_stop
	[ ! -e "/proc/$INIT" ] || fail "the container's init lives"
	nsw_ok netns list -d --json
	said '.netns[0].netns' "$NS"
	said '.netns[0].nprocs' 0
	said '.netns[0].devs' lo,lan0
	said '.netns[0].kept' "mount /run/netns/$C"
	nsw_ok netdev where lan0 --json
	said '.devices[0].kept | tostring' "[\"mount /run/netns/$C\"]"
	said '.devices[0].on_exit' destroyed
	box ip link show "v$C" >/dev/null 2>&1 && fail "the container's veth is still there"
	box ip link show lan1 >/dev/null || fail "lan1 is gone already"
	traced_dev netdev-del ".old_name == \"v$C\"" .from "$(inum net "$BOX")"
	no_event ".event == \"ns-free\" and .inum == $NS"

	# The name goes, and with it the namespace, lan0 and its peer.
	nsw_ok netns delete "$C"
	[ ! -s "$T/err" ] || fail "it lives on: $(cat "$T/err")"
	until ! box ip link show lan1 >/dev/null 2>&1; do tick; done
	! traces pin || traced_dev unpin "(.path | endswith(\"/netns/$C\"))" .inum "$NS"
	traced_dev netdev-del '.old_name == "lan0"' .from "$NS" .why netns-exit .dev_kind veth
	# Its peer goes because of the same namespace, not of its own.
	traced_dev netdev-del '.old_name == "lan1"' .from "$(inum net "$BOX")" .cause "$NS" \
		'.notes[0].text | test("because net:\\['"$NS"'\\]( \\([^)]*\\))? ended, where its other end was")' true
	nsw_fails 1 'no net namespace in sight' netdev where lan0
	nsw_fails 1 'no net namespace in sight' netdev where lan1
	wait_event ".event == \"ns-free\" and .inum == $NS"
	trace_stop
}

# traces HOOK: whether this run has an alternative of it.
traces() { [ "$(alt "$1")" != none ] && [ "$(alt "$1")" != null ]; }

# traced_dev EVENT JQ PATH WANT...: the trace has it, with these values.
traced_dev() {
	local filter=".event == \"$1\" and $2"
	traces netdev || return 0
	shift 2
	wait_event "$filter"
	expect_event "$filter"
	fields "$@"
}

t_lxc_empty() {
	lxc_make
	lxc_net empty
	lxc_start
	nsw_ok netdev --json --netns "$INIT"
	said '[.netdevs[] | .ifname] | tostring' '["lo"]'
	said '.netdevs[0].name' "lxc:$C"
	lxc_stop
}

# With phys LXC takes a device as it is: here the end of a veth, which it gives back itself.
t_lxc_phys() {
	lxc_make
	box ip link add ph0 type veth peer name ph1
	lxc_net phys link=ph0 name=eth9 flags=up
	lxc_start
	nsw_ok netdev --json
	EV=$(dev_of ".netns == $NS and .ifname == \"eth9\"")
	fields .kind veth .peer "ph1@net:[$(inum net "$BOX")]" '."on-exit"' destroyed
	lxc_stop
	nsw_ok netdev where ph0 --json
	said '.devices[0].netns' "$(inum net "$BOX")"
	said '.devices[0].state' down
}

# A container is entered whole by its name, and is what its own tool shows of it.
t_lxc_enter() {
	local all='cat /proc/sys/kernel/hostname; for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done' want
	lxc_make
	lxc_start
	# Not --all: of the user and time namespaces it has those of the machine.
	want=$(box nsenter -t "$INIT" -m -u -i -n -p -C -r -w sh -c "$all") || fail "nsenter"
	[ "$(head -n 1 <<<"$want")" = "$C" ] || fail "not the container: $want"
	[ "$(box "$NSWATCH" enter "lxc:$C" sh -c "$all" 2>"$T/err")" = "$want" ] || fail "enter lxc:$C: $(cat "$T/err")"
	[ "$(box "$NSWATCH" enter "$C" -- sh -c "$all" 2>"$T/err")" = "$want" ] || fail "enter $C: $(cat "$T/err")"
	lxc_stop
	nsw_fails 1 "no namespace or container is called 'lxc:$C'" enter "lxc:$C" true
}
