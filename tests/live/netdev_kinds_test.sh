# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # NSWATCH_LIVE
# What the table of kinds (user/kernel/netkind.c) says of network devices, against what the kernel does
# with a device of each kind that it can make: whether it moves, what becomes of it when its net
# namespace ends, and when the one ends where it was made. `make kindtest` runs it on Debian's full
# kernels, which have nearly all kinds; elsewhere there are a few.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# kind_make KIND NETNS: a device k_KIND there, on low and low2, which are there too.
kind_make() {
	local d=k_$1 on=(box ip -n "$2" link add)

	case $1 in
	veth | vxcan) "${on[@]}" "x_$1" type "$1" peer name "$d" ;;
	netkit | wireguard | dummy | ifb | nlmon | vcan | vsockmon | bridge | bond | team | batadv | pfcp | ovpn)
		"${on[@]}" "$d" type "$1" ;;
	macvlan | macvtap) "${on[@]}" link low name "$d" type "$1" mode bridge ;;
	ipvlan | ipvtap) "${on[@]}" link low3 name "$d" type "$1" ;;
	macsec | virt_wifi) "${on[@]}" link low name "$d" type "$1" ;;
	vlan) "${on[@]}" link low name "$d" type vlan id 5 ;;
	rmnet) "${on[@]}" link low name "$d" type rmnet mux_id 3 ;;
	vxlan) "${on[@]}" "$d" type vxlan id 5 dstport 4789 remote 10.98.0.1 ;;
	vxlandev) "${on[@]}" "$d" type vxlan id 6 dstport 4790 remote 10.98.0.1 dev low ;;
	geneve) "${on[@]}" "$d" type geneve id 7 remote 10.98.0.1 ;;
	ipip | sit | gre | gretap) "${on[@]}" "$d" type "$1" remote 10.98.0.2 local 10.98.0.3 ;;
	ipipdev) "${on[@]}" "$d" type ipip remote 10.98.0.4 local 10.98.0.3 dev low ;;
	erspan) "${on[@]}" "$d" type erspan remote 10.98.0.2 local 10.98.0.3 seq key 9 erspan_ver 1 ;;
	ip6tnl | ip6gre | ip6gretap) "${on[@]}" "$d" type "$1" remote fd98::2 local fd98::3 ;;
	vti) "${on[@]}" "$d" type vti remote 10.98.0.2 local 10.98.0.3 key 4 ;;
	vti6) "${on[@]}" "$d" type vti6 remote fd98::2 local fd98::3 key 4 ;;
	xfrm) "${on[@]}" "$d" type xfrm if_id 5 ;;
	xfrmdev) "${on[@]}" "$d" type xfrm if_id 4 dev low ;;
	bareudp) "${on[@]}" "$d" type bareudp dstport 6635 ethertype mpls_uc ;;
	gtp) "${on[@]}" "$d" type gtp role sgsn create_socket || "${on[@]}" "$d" type gtp role sgsn ;;
	vrf) "${on[@]}" "$d" type vrf table 9 ;;
	hsr) "${on[@]}" "$d" type hsr slave1 low4 slave2 low5 ;;
	amt) "${on[@]}" "$d" type amt mode gateway local 10.98.0.3 discovery 10.98.0.9 dev low ;;
	tun | tap) box ip -n "$2" tuntap add "$d" mode "$1" ;;
	l2tp) box ip -n "$2" l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap udp \
		local 10.98.9.1 remote 10.98.9.2 udp_sport 5000 udp_dport 5000 &&
		box ip -n "$2" l2tp add session tunnel_id 1 session_id 1 peer_session_id 1 name "$d" ;;
	esac 2>>"$T/log.kinds"
}

KINDS='veth netkit vxcan macvlan macvtap ipvlan ipvtap macsec virt_wifi vlan rmnet vxlan vxlandev geneve
ipip ipipdev sit gre gretap erspan ip6tnl ip6gre ip6gretap vti vti6 xfrm xfrmdev bareudp gtp pfcp
wireguard ovpn dummy ifb nlmon vcan vsockmon bridge bond team batadv vrf hsr amt tun tap l2tp'

# kinds_make NETNS: all that this kernel can; they are in $MADE.
kinds_make() {
	local kind low

	for low in low low2 low3 low4 low5; do
		box ip -n "$1" link add $low type veth peer name p$low || skip "no veth here"
		box ip -n "$1" link set $low up
	done
	box ip -n "$1" link set lo up
	box ip -n "$1" addr add 10.98.9.1/24 dev lo
	MADE=()
	for kind in $KINDS; do
		if kind_make "$kind" "$1"; then
			MADE+=("$kind")
		else
			echo "no $kind on this kernel"
		fi
	done
	[ ${#MADE[@]} -ge 5 ] || fail "just ${MADE[*]} could be made: $(cat "$T/log.kinds")"
	# Nobody may take fewer kinds for all of them.
	[[ $(uname -r) == *cloud* ]] || ! in_vm || [ ${#MADE[@]} -ge 30 ] ||
		fail "just ${MADE[*]}: $(cat "$T/log.kinds")"
}

# rows: what nswatch says of k_*, into $T/rows, "IFNAME MOVABLE ON-EXIT ENDS-WITH PEER", no field empty.
kind_rows() {
	nsw_ok netdev --json -o NETNS,NAME,IFNAME,MOVABLE,ON-EXIT,ENDS-WITH,PEER
	jq -r ".netdevs[] | select(.name == \"$1\" and (.ifname | startswith(\"k_\"))) |
		[.ifname, (.movable // \"-\" | split(\":\")[0]), .\"on-exit\",
		(.\"ends-with\" // \"-\" | gsub(\"[ \\n]\"; \"_\")), (.peer // \"-\" | gsub(\" \"; \"_\"))] |
		join(\" \")" "$T/said" >"$T/rows"
}

# mark NETNS: a device whose peer goes with it.
mark() { box ip link add mk$$ type veth peer name mk2 netns "$1" || fail "no veth into $1"; }

# end_of NETNS: ends it, and returns when the kernel has: what is removed with it is removed then.
end_of() {
	box ip link show mk$$ >/dev/null 2>&1 || mark "$1"
	box ip netns del "$1"
	until ! box ip link show mk$$ >/dev/null 2>&1; do tick; done
}

there() { box ip -n "$1" link show "$2" >/dev/null 2>&1; }

# With its own namespace, and whether it moves.
t_netdev_kinds_own() {
	need ip
	local ns name movable fate
	box_make
	for ns in own other; do nsw_ok netns add $ns; done
	kinds_make own
	kind_rows own
	[ "$(wc -l <"$T/rows")" -eq ${#MADE[@]} ] || fail "not a row for each: $(cat "$T/rows")"
	while read -r name movable fate _; do
		if box ip -n own link set "$name" netns other 2>/dev/null; then
			[[ $movable =~ ^(yes|unknown)$ ]] || fail "$name moves, but was '$movable'"
			box ip -n other link set "$name" netns own || fail "$name does not come back"
		else
			# Kernels from 6.12 to 6.14 do not tell, but the table does.
			[ "$movable" = no ] || fail "$name does not move, but was '$movable'"
		fi
	done <"$T/rows"
	end_of own
	while read -r name movable fate _; do
		# The initial namespace is looked at only where it is a virtual machine's.
		if in_vm && ip link show "$name" >/dev/null 2>&1; then
			ip link del "$name" 2>/dev/null
			[ "$fate" = returns ] || fail "$name returned, but was to be $fate"
		else
			[ "$fate" = destroyed ] || fail "$name is gone, but was to be $fate"
		fi
	done <"$T/rows"
}

# Made in one namespace and moved to another: with the one where it was made.
t_netdev_kinds_other() {
	need ip
	local ns name movable fate ends peer kind low inum
	box_make
	for ns in here made; do nsw_ok netns add $ns; done
	kinds_make made
	for kind in "${MADE[@]}"; do box ip -n made link set "k_$kind" netns here 2>/dev/null; done
	# Devices that have nothing to do with them have their numbers.
	for low in $(box ip -n here -j link show | jq '.[].ifindex'); do
		box ip -n made link add "inno$low" index "$low" type veth peer name "cent$low" 2>/dev/null
	done
	kind_rows here
	[ "$(wc -l <"$T/rows")" -ge 4 ] || fail "too few moved: $(cat "$T/rows")"
	grep -E ' (inno|cent)' "$T/rows" && fail "an innocent device is the peer of one"
	# As an end of a pair it goes from one to the other.
	grep -q '^k_veth .* x_veth@made x_veth@made$' "$T/rows" || fail "veth: $(grep k_veth "$T/rows")"
	while read -r name movable fate ends peer; do
		case $peer in
		- | x_*@made | nk[0-9]*@made | low*@made | underlay_in_made) ;;
		# The kernel does not say where what ipvtap stands on is.
		if*) [[ $name == k_ipvtap ]] || fail "$name has the peer $peer" ;;
		*) fail "$name has the peer $peer" ;;
		esac
	done <"$T/rows"
	inum=$(name_inum made)
	# Before the trace: what lives shorter than the time between two looks is not seen where there
	# are no hooks.
	mark made
	trace_start -e netdev-del
	end_of made
	wait_event ".event == \"netdev-del\" and .old_name == \"mk$$\""
	trace_stop
	while read -r name movable fate ends peer; do
		# The event of each that is gone says whose end it was; without hooks that is known of pairs
		# and upper devices, and of tunnels only where rtnetlink is heard.
		if ! there here "$name"; then
			expect_event ".event == \"netdev-del\" and .old_name == \"$name\"" 1
			if [ "$(alt netdev)" != tracepoint ] ||
				[[ $name =~ ^k_(veth|netkit|vxcan|macvlan|macvtap|ipvlan|vlan|macsec)$ ]]; then
				fields .why netns-exit .cause "$inum"
			fi
		fi
		if there here "$name"; then
			[ "$ends" = - ] || fail "$name is still there, but was to end with $ends"
		else
			[ "$ends" != - ] || fail "$name is gone, but was to outlive it"
		fi
	done <"$T/rows"
}

# What has no link operations and is no card returns, too: away from its tunnel an l2tp session's
# device does; with the tunnel it is destroyed.
t_netdev_kinds_software() {
	need ip
	local ns name
	in_vm || skip "devices return to the initial net namespace: only in a virtual machine"
	box_make
	for ns in here made; do nsw_ok netns add $ns; done
	kinds_make made
	for name in k_l2tp teql0 hwsim0; do
		case $name in
		k_l2tp) there made k_l2tp || continue ;;
		*) ip link set $name netns "/proc/$BOX/root/run/netns/here" 2>/dev/null || continue ;;
		esac
		echo $name >>"$T/names"
	done
	[ -e "$T/names" ] || skip "no such device on this kernel"
	if there made k_l2tp; then
		nsw_ok netdev where k_l2tp --json
		said '.devices[0].kind' l2tpeth
		said '.devices[0].on_exit' destroyed
		box ip -n made link set k_l2tp netns here
		nsw_ok netdev where k_l2tp --json
		said '.devices[0].on_exit' returns
		said '.devices[0].peer' 'underlay in made'
		said '.devices[0].gone_if | length' 1
	fi
	nsw_ok netdev --json -o NAME,IFNAME,ON-EXIT,KIND
	jq -r '.netdevs[] | select(.name == "here") | "\(.ifname) \(."on-exit") \(.kind)"' "$T/said" >"$T/rows"
	while read -r name; do
		grep -Eqx "$name returns (l2tpeth|software)" "$T/rows" || fail "$name: $(grep "$name" "$T/rows")"
	done <"$T/names"
	end_of here
	while read -r name; do
		ip link show "$name" >/dev/null 2>&1 || fail "$name did not return"
	done <"$T/names"
	there made k_l2tp && fail "k_l2tp is where its tunnel is"
	nsw_ok netns delete made
	if grep -q k_l2tp "$T/names"; then
		until ! ip link show k_l2tp >/dev/null 2>&1; do tick; done
	fi
	return 0
}
