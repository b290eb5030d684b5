# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2317 # functions that others call
# `nswatch netdev` against ip-link(8), which is asked in one namespace after the other.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# devs COLUMNS: rows into $T/out.json, one a line.
devs() {
	nsw_ok netdev --json -o "$1"
	jq -c '.netdevs[]' "$T/said" >"$T/out.json" || fail "no JSON"
}

# ip_of NS JQ: of `ip -j addr` there.
ip_of() { box ip -n "$1" -j addr | jq -r "$2"; }

# has NETNS: "IFINDEX IFNAME MAC ADDRESSES" of both.
same_as_ip() {
	local ns=$1 inum
	inum=$(name_inum "$ns")
	jq -r "select(.netns == $inum) |
		[.ifindex, .ifname, .mac, (.addresses // \"\" | split(\"\n\") | sort | join(\",\"))] |
		map(tostring) | join(\" \")" "$T/out.json" | sort >"$T/got"
	ip_of "$ns" '.[] | [.ifindex, .ifname, .address,
		([.addr_info[] | select(.local) | "\(.local)/\(.prefixlen)"] | sort | join(","))] |
		map(tostring) | join(" ")' | sort >"$T/want"
	diff "$T/want" "$T/got" >&2 || fail "devices of $ns differ"
}

t_netdev_like_ip() {
	need ip
	local ns
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip link add "x$$" netns a type veth peer name e0 netns b
	box ip -n a link add br0 type bridge || skip "no bridge here"
	box ip -n a link set "x$$" master br0
	box ip -n a addr add 10.98.1.1/24 dev br0
	box ip -n a addr add fd98::1/64 dev br0
	box ip -n a link set br0 up
	box ip -n a link set "x$$" up
	box ip -n b link set e0 up
	box ip -n b addr add 10.98.1.2 peer 10.98.1.9/32 dev e0
	# What the kernel adds by itself, it does in its own time.
	box ip -n b addr del 10.98.1.2 peer 10.98.1.9/32 dev e0
	box ip -n b addr add 10.98.1.2/24 dev e0
	devs NETNS,NAME,IFINDEX,IFNAME,KIND,STATE,MAC,ADDRESSES,PEER,MASTER,MOVABLE,ON-EXIT,PEER-NETNS
	for ns in a b; do same_as_ip $ns; done
	expect_event ".netns == $(name_inum a) and .ifname == \"x$$\"" 1
	fields .name a .kind veth .peer e0@b '."peer-netns"' "$(name_inum b)" .master br0 \
		.movable yes '."on-exit"' destroyed
	expect_event ".netns == $(name_inum b) and .ifname == \"e0\"" 1
	fields .peer "x$$@a" '."peer-netns"' "$(name_inum a)" .master null .state up
	expect_event ".netns == $(name_inum a) and .ifname == \"br0\"" 1
	fields .kind bridge .peer null '."on-exit"' destroyed
	field '.movable | startswith("no: a bridge")' true
	expect_event ".netns == $(name_inum a) and .ifname == \"lo\"" 1
	fields .kind loopback .state down
	field '.movable | startswith("no: ")' true
}

# The namespaces that only something hidden keeps: a process, a descriptor, another mount namespace.
t_netdev_hidden() {
	need ip
	local ns
	box_make
	nsw_ok netns add tmp
	box ip -n tmp link add seen type veth peer name seen2
	ns=$(name_inum tmp)
	exec 9<"/proc/$BOX/root/run/netns/tmp"
	box umount -l /run/netns/tmp
	box rm /run/netns/tmp
	devs NETNS,NAME,IFNAME,PEER
	expect_event ".netns == $ns and .ifname == \"seen\"" 1
	fields .name null .peer seen2
	exec 9<&-
	# And gone with it.
	until ! "$NSWATCH" ls --all -t net -n -r -o NS | grep -qx "$ns"; do tick; done
	devs NETNS,IFNAME
	no_event ".netns == $ns"
}

# The same numbers everywhere: ends are told apart by the kernel's ids, not by what fits.
t_netdev_peers() {
	need ip
	local i want
	box_make
	for i in a b c d; do nsw_ok netns add $i; done
	# In each of a to c the veth is device 2, and its end in d is one of three that link to 2.
	for i in a b c; do
		box ip -n $i link add up$i type veth peer name dn$i netns d
	done
	[ "$(box ip -n a -j link show upa | jq '.[0].ifindex')" = \
		"$(box ip -n b -j link show upb | jq '.[0].ifindex')" ] || fail "not the same number"
	devs NETNS,IFNAME,PEER
	for i in a b c; do
		expect_event ".ifname == \"up$i\"" 1
		field .peer "dn$i@d"
		expect_event ".ifname == \"dn$i\"" 1
		field .peer "up$i@$i"
	done
	# What stands on another device.
	if box ip -n a link add link upa name mv0 type macvlan; then
		box ip -n a link set mv0 netns b
		devs NETNS,IFNAME,KIND,PEER
		expect_event '.ifname == "mv0"' 1
		fields .netns "$(name_inum b)" .kind macvlan .peer upa@a
	fi
}

t_netdev_tree() {
	need ip
	box_make
	nsw_ok netns add leaf
	box ip -n leaf link add v type veth peer name w
	nsw_ok netdev --tree -o IFNAME,PEER --netns leaf
	[ "$(head -n 2 "$T/said" | tail -n 1 | xargs)" = "net:[$(name_inum leaf)] leaf" ] ||
		fail "no namespace: $(cat "$T/said")"
	grep -q '─v  *w' "$T/said" || fail "no device below it: $(cat "$T/said")"
	[ "$(wc -l <"$T/said")" -eq 5 ] || fail "not 5 lines: $(cat "$T/said")"
}

# A terminal of 80 columns has what matters most, unless told otherwise.
t_netdev_filter() {
	need ip
	local ns
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip link add "x$$" netns a type veth peer name e0 netns b
	box ip -n a link add br0 type bridge || skip "no bridge here"
	nsw_ok netdev --json -o IFNAME -Q 'KIND == "veth" and NAME =~ "^(a|b)$"'
	said '[.netdevs[].ifname] | sort | join(",")' "e0,x$$"
	nsw_ok netdev --json -o IFNAME -Q "PEER-NETNS == $(name_inum a) and NETNS == $(name_inum b)"
	said '[.netdevs[].ifname] | join(",")' e0
	# Of a tree those namespaces remain that have something to show, asked by what stands above.
	nsw_ok netdev --tree -n -o IFNAME -Q 'NAME == "a" and IFNAME != "lo"'
	[ "$(sed 's/[^[:alnum:]]//g' "$T/said" | sort | xargs)" = \
		"$(printf '%s\n' br0 "net$(name_inum a)a" "x$$" | sort | xargs)" ] || fail "$(cat "$T/said")"
	nsw_fails 2 "there is no column 'IFNAM'" netdev -Q 'IFNAM == "lo"'
	nsw_fails 2 "is not closed by" netdev -Q 'IFNAME == "lo'
	nsw_fails 2 'goes with list' netdev where lo -Q 'MTU > 1'
}

t_netdev_narrow() {
	need ip
	need script
	on_tty() { box script -qec "stty cols 80; NO_COLOR=1 $NSWATCH netdev --netns a $*" /dev/null </dev/null | tr -d '\r' >"$T/tty"; }
	box_make
	nsw_ok netns add a
	box ip link add "x$$" netns a type veth peer name e0 || skip "no veth here"
	on_tty
	[ "$(head -n 1 "$T/tty" | xargs)" = "NETNS NAME IFNAME KIND STATE ADDRESSES PEER ON-EXIT" ] ||
		fail "the columns are $(head -n 1 "$T/tty")"
	[ "$(wc -L <"$T/tty")" -le 80 ] || fail "wider than the terminal"
	on_tty --notruncate
	head -n 1 "$T/tty" | grep -q 'MAC.*MOVABLE' || fail "--notruncate leaves columns out"
	on_tty -o NAME,MAC,MOVABLE,MASTER,IFINDEX,PEER,KIND,STATE,WHY
	head -n 1 "$T/tty" | grep -q 'MAC.*IFINDEX' || fail "what was named is left out"
}

# What identifies is folded there, not cut; in a tree the namespace is not said again by each device.
t_netdev_folded() {
	need ip
	need script
	local ns other col
	on_tty() { box script -qec "stty cols 80; NO_COLOR=1 $NSWATCH netdev $*" /dev/null </dev/null | tr -d '\r' >"$T/tty"; }
	# cells FIRST LAST: those of the device's rows below a heading, put together.
	cells() {
		awk -v head="$1" 'NR == 1 { at = index($0, head " "); rest = substr($0, at); sub("^" head " *", "", rest)
			end = length($0) - length(rest); next }
			/vethlongname01/ { on = 1 } on && /vethlongname01/ == 0 && substr($0, 1, 11) != "           " { exit }
			on { s = substr($0, at, end - at + 1); gsub(" ", "", s); printf "%s", s }' "$T/tty"
	}
	box_make
	ns=a-net-namespace-with-a-long-name-$$ other=another-rather-long-name-of-a-namespace-$$
	for col in $ns $other; do nsw_ok netns add "$col"; done
	box ip link add vethlongname01 netns $ns type veth peer name vethlongname02 netns $other || skip "no veth here"
	box ip -n $ns addr add fd98:1234:5678:9abc:def0:1234:5678:9abc/64 dev vethlongname01
	on_tty --netns $ns
	[ "$(wc -L <"$T/tty")" -le 80 ] || fail "wider than the terminal"
	[ "$(cells NAME)" = $ns ] || fail "NAME is $(cells NAME)"
	[ "$(cells PEER)" = vethlongname02@$other ] || fail "PEER is $(cells PEER)"
	[ "$(cells ADDRESSES)" = fd98:1234:5678:9abc:def0:1234:5678:9abc/64 ] || fail "ADDRESSES is $(cells ADDRESSES)"
	on_tty --tree --netns $ns
	[ "$(wc -L <"$T/tty")" -le 80 ] || fail "the tree is wider than the terminal"
	[ "$(grep -c "$(name_inum $ns)" "$T/tty")" -eq 1 ] || fail "the namespace is said again: $(cat "$T/tty")"
	head -n 1 "$T/tty" | grep -q '^IFNAME .*KIND .*PEER ' || fail "the columns are $(head -n 1 "$T/tty")"
	on_tty --tree -o NETNS,NAME,IFNAME --netns $ns
	[ "$(grep -c "$(name_inum $ns)" "$T/tty")" -eq 1 ] || fail "the namespace is said again: $(cat "$T/tty")"
	# A program gets all of it.
	nsw_ok netdev --tree --netns $ns --json -o NETNS,IFNAME
	[ "$(grep -c "$(name_inum $ns)" "$T/said")" -ge 2 ] || fail "JSON: $(cat "$T/said")"
}

t_netdev_hostile() {
	need ip
	local name=$'v\033[31m\\'
	box_make
	box ip link add "$name" type veth peer name "w$$" || skip "ip refuses the name"
	nsw_ok netdev --netns "$BOX" -o IFNAME,PEER
	grep -q $'\033' "$T/said" && fail "an escape character reached the terminal"
	grep -q 'v\\x1b\[31m' "$T/said" || fail "said $(cat "$T/said")"
	nsw_ok netdev where "w$$"
	grep -q $'\033' "$T/said" && fail "an escape character reached the terminal (where)"
	nsw_ok netdev --netns "$BOX" -o IFNAME,PEER --json
	said ".netdevs[] | select(.ifname == \"w$$\").peer == \"v\\u001b[31m\\\\\"" true
	nsw netdev move "$name"$'\033' --to "$BOX"
	grep -q $'\033' "$T/err" && fail "an escape character reached the terminal (error)"
	return 0
}

t_netdev_usage() {
	box_make
	nsw_fails 2 'unknown column: NOPE' netdev -o NOPE
	nsw_fails 2 'did you mean IFNAME' netdev -o IFNAM
	nsw_fails 2 "did you mean 'move'" netdev mov
	nsw_fails 2 'which device' netdev where
	nsw_fails 2 'unexpected operand' netdev where a b
	nsw_fails 2 '--to says where' netdev move lo
	nsw_fails 1 "called 'nope'" netdev --netns nope
	nsw_fails 1 'no net namespace in sight' netdev where nosuchdev
	nsw_fails 2 'exclusive|together|exclude' netdev --json --raw
}

# --- moving ---

t_netdev_move() {
	need ip
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip link add mv$$ type veth peer name keep
	box ip addr add 10.98.2.1/24 dev mv$$
	box ip addr add 10.98.2.2/24 dev mv$$
	box ip addr add fd98:2::1/64 dev mv$$ nodad
	box ip link set mv$$ up
	box ip link set keep up
	# Without being asked to, nothing is kept, and that is said.
	nsw_ok netdev move mv$$ --to a
	grep -q 'was up and is down' "$T/err" || fail "not told: $(cat "$T/err")"
	grep -q 'lost its addresses' "$T/err" || fail "not told: $(cat "$T/err")"
	[ "$(ip_of a ".[] | select(.ifname == \"mv$$\") | \"\(.operstate) \(.addr_info | length)\"")" = \
		"DOWN 0" ] || fail "not there as told"
	box ip link show mv$$ 2>/dev/null && fail "still here"
	box ip -n a addr add 10.98.2.1/24 dev mv$$
	box ip -n a addr add 10.98.2.2/24 dev mv$$ label mv$$:x
	box ip -n a addr add fd98:2::1/64 dev mv$$ nodad
	box ip -n a link set mv$$ up
	nsw_ok netdev move mv$$ --from a --to b --name new0 --keep-up --keep-addr
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	ip_of b '.[] | select(.ifname == "new0") | .flags[], (.addr_info[] | .local, .label // empty)' \
		>"$T/got"
	for want in UP 10.98.2.1 10.98.2.2 fd98:2::1 new0:x; do
		grep -qx "$want" "$T/got" || fail "$want is missing: $(xargs <"$T/got")"
	done
	# By pid, by number, and back.
	nsw_ok netdev move new0 --from "$(name_inum b)" --to "$BOX"
	box ip link show new0 >/dev/null || fail "not back"
}

t_netdev_move_refused() {
	need ip
	local before
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip link add br$$ type bridge || skip "no bridge here"
	box ip link add v0 type veth peer name w0 netns a
	box ip -n b link add v0 type veth peer name w0
	before=$(box ip -j link | jq -c 'map([.ifindex, .ifname])')
	nsw_fails 1 "lo can't change its net namespace: every namespace has its own" \
		netdev move lo --to a
	nsw_fails 1 "can't change its net namespace: a bridge" netdev move br$$ --to a
	nsw_fails 1 'the name v0 is taken there: by device [0-9]+, veth' netdev move v0 --to b
	nsw_fails 1 'the name w0 is taken there' netdev move v0 --to a --name w0
	nsw_fails 1 "no net namespace is called 'nope'" netdev move v0 --to nope
	nsw_fails 1 'there is no process 4000000' netdev move v0 --to 4000000
	nsw_fails 1 "there is no device 'nope'" netdev move nope --to a
	nsw_fails 1 'is to come from' netdev move v0 --from a --to a
	nsw_fails 2 'blank' netdev move v0 --to a --name 'x y'
	nsw_fails 2 '1 to 15 bytes' netdev move v0 --to a --name 0123456789abcdef
	[ "$(box ip -j link | jq -c 'map([.ifindex, .ifname])')" = "$before" ] || fail "changed"
}

# The last step fails: there is no IPv6 where it goes. It comes back as it was.
t_netdev_move_undone() {
	need ip
	box_make
	nsw_ok netns add a
	inside a sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' ||
		skip "IPv6 can't be switched off"
	box ip link add v0 type veth peer name w0
	box ip addr add 10.98.3.1/24 dev v0
	box ip addr add fd98:3::1/64 dev v0 nodad
	box ip link set v0 up
	nsw_fails 3 'give v1 the address fd98:3::1/64' netdev move v0 --to a --name v1 --keep-addr
	grep -q 'it was moved back' "$T/err" || fail "not told: $(cat "$T/err")"
	box ip -j addr show dev v0 | jq -r '.[0] | .flags[], .addr_info[].local' >"$T/got"
	for want in UP 10.98.3.1 fd98:3::1; do
		grep -qx "$want" "$T/got" || fail "$want is missing: $(xargs <"$T/got")"
	done
	[ "$(ip_of a '.[].ifname')" = lo ] || fail "left there: $(ip_of a '.[].ifname')"
}

# An altname that is taken is found out by the kernel only.
t_netdev_move_altname() {
	need ip
	box_make
	nsw_ok netns add a
	box ip link add v0 type veth peer name w0
	box ip link property add dev v0 altname other$$ || skip "no altnames here"
	box ip -n a link add other$$ type veth peer name w1
	nsw netdev move v0 --to a
	# Kernels before 6.7 do not look.
	[ "$RC" -ne 0 ] || skip "this kernel moves it all the same"
	expect_rc 1
	grep -q altname "$T/err" || fail "no advice: $(cat "$T/err")"
	box ip link show v0 >/dev/null || fail "it is gone"
}

# A tunnel that was made in one namespace and moved to another has no other end: the kernel gives its
# own number and where its packets go.
t_netdev_peer_underlay() {
	need ip
	local index
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip -n b link add t$$ type vxlan id 5 dstport 4789 remote 10.98.0.1 || skip "no vxlan here"
	box ip -n b link set t$$ netns a
	index=$(box ip -n a -j link show t$$ | jq '.[0].ifindex')
	nsw_ok netdev where t$$ --json
	said '.devices[0].peer' 'underlay in b'
	said '.devices[0].peer_netns' "$(name_inum b)"
	# Whatever has its number there has nothing to do with it.
	box ip -n b link add inno$$ index "$index" type veth peer name cent || fail "no innocent $index"
	nsw_ok netdev where t$$ --json
	said '.devices[0].peer' 'underlay in b'
	said '.devices[0].gone_if[0]' "net:[$(name_inum b)] (b) ends, where its underlay is"
	said '.devices[0].came' "made in net:[$(name_inum b)] (b), where its packets go, and moved here"
	nsw_ok explain t$$
	tr -s '[:space:]' ' ' <"$T/said" | grep -q "packets go through" || fail "explain: $(cat "$T/said")"
	grep -q 'other end' "$T/said" && fail "explain: $(cat "$T/said")"
	# The twin, in the namespace of its packets, and a pair whose ends have the same number.
	box ip -n b link add u$$ type vxlan id 6 dstport 4790 remote 10.98.0.1
	nsw_ok netdev where u$$ --json
	said '.devices[0].peer' null
	said '.devices[0].gone_if | length' 0
	box ip -n a link add v$$ index 77 type veth peer name w$$
	box ip -n a link set w$$ netns b
	box ip -n b link del w$$
	box ip -n a link add v$$ index 78 type veth peer name w$$ index 78 netns b 2>/dev/null ||
		{ echo "no pair of one number with this ip"; return 0; }
	nsw_ok netdev where v$$ --json
	said '.devices[0].peer' "w$$@b"
}

# Where the other end's namespace ends, a device in the initial one or elsewhere goes, too.
t_netdev_where_gone_if() {
	need ip
	box_make
	for ns in a b c; do nsw_ok netns add $ns; done
	box ip link add host$$ type veth peer name in$$ netns a
	nsw_ok netdev where host$$
	grep -q "^gone if  net:\[$(name_inum a)\] (a) ends, where its peer in$$ is$" "$T/said" ||
		fail "$(cat "$T/said")"
	nsw_ok explain host$$
	tr "\n" " " <"$T/said" | grep -q "destroyed when" || fail "explain: $(cat "$T/said")"
	# What stands on one end goes with the other end's namespace, and with its own.
	box ip -n b link add low$$ type veth peer name far$$ netns c
	box ip -n b link add link low$$ name mv$$ type macvlan mode bridge || skip "no macvlan here"
	box ip -n b link set mv$$ netns a
	devs NETNS,NAME,IFNAME,ENDS-WITH
	expect_event ".ifname == \"mv$$\"" 1
	field '."ends-with" | split("\n") | sort | join(" ")' "far$$@c low$$@b"
	expect_event ".ifname == \"lo\" and .name == \"a\"" 1
	field '."ends-with"' null
	box ip netns del c
	until ! box ip -n a link show mv$$ >/dev/null 2>&1; do tick; done
	box ip netns del a
	until ! box ip link show host$$ >/dev/null 2>&1; do tick; done
	return 0
}

# By another name of it, everywhere; what takes such a name away is named.
t_netdev_altnames() {
	need ip
	local long=a-name-that-is-longer-than-a-device-s-own-$$
	box_make
	for ns in a b; do nsw_ok netns add $ns; done
	box ip link add v0 type veth peer name w0
	box ip link property add dev v0 altname alt$$ altname $long || skip "no altnames here"
	devs NETNS,IFNAME,ALTNAMES
	expect_event ".netns == $(inum net "$BOX") and .ifname == \"v0\"" 1
	field '.altnames | split("\n") | sort | join(" ")' "$long alt$$"
	expect_event ".netns == $(inum net "$BOX") and .ifname == \"w0\"" 1
	field .altnames null
	nsw_ok netdev where $long --json
	said '.devices[0].ifname' v0
	said '.devices[0].altnames | sort | join(" ")' "$long alt$$"
	nsw_ok explain alt$$
	grep -q '^v0 (veth)' "$T/said" || fail "explain: $(cat "$T/said")"
	nsw_ok netdev move alt$$ --to a
	box ip -n a link show v0 >/dev/null || fail "it is not there"
	nsw_ok netdev move $long --from a --to $BOX
	# Its name, or one of its other names, is another device's other name there.
	box ip -n b link add d$$ type veth peer name e0
	box ip -n b link property add dev e0 altname v0
	nsw_fails 1 'the name v0 is taken there: by device [0-9]+, veth, as an altname of e0' \
		netdev move $long --to b
	box ip -n b link property del dev e0 altname v0
	box ip -n b link property add dev e0 altname alt$$
	nsw_fails 1 "the altname alt$$ is taken there: by device [0-9]+, veth, as an altname of e0" \
		netdev move v0 --to b
	grep -q "ip link property del dev v0 altname alt$$" "$T/err" || fail "no remedy: $(cat "$T/err")"
	# The remedy, as it was printed.
	# shellcheck disable=SC2016 # quotes of the text
	eval "box $(sed -n 's/.*`\(ip link property del [^`]*\)`.*/\1/p' "$T/err")" || fail "it is none"
	nsw_ok netdev move v0 --to b
}

# Its master stays where it was; what stands on it and does not survive the move is told.
t_netdev_move_leaves() {
	need ip
	box_make
	nsw_ok netns add a
	box ip link add v0 type veth peer name w0
	box ip link add br$$ type bridge || skip "no bridge here"
	box ip link set v0 master br$$
	nsw_ok netdev move v0 --to a
	grep -q "v0 has left its bridge br$$" "$T/err" || fail "not told: $(cat "$T/err")"
	[ "$(ip_of a '.[] | select(.ifname == "v0").master')" = null ] || fail "it did not leave"
	box ip link add link w0 name mc0 type macsec 2>/dev/null || { echo "no macsec here"; return 0; }
	nsw_ok netdev move w0 --to a
	box ip link show mc0 >/dev/null 2>&1 && fail "mc0 is still there"
	grep -q 'mc0, which stood on w0, is gone' "$T/err" || fail "not told: $(cat "$T/err")"
}

# All that `ip addr` tells of an address, before and after: but for what the kernel decides anew.
t_netdev_move_keep_addr() {
	need ip
	box_make
	nsw_ok netns add a
	box ip link add v0 type veth peer name w0
	box ip addr add 10.98.4.1/24 brd 10.98.4.255 dev v0 label v0:one metric 77 scope link
	box ip addr add 10.98.4.2/24 dev v0 scope link noprefixroute
	box ip addr add 10.98.5.1 peer 10.98.5.9/32 dev v0 scope host
	box ip addr add 10.98.6.1/24 dev v0 valid_lft 5000 preferred_lft 4000
	box ip addr add 10.98.7.1/24 dev v0 valid_lft 5000 preferred_lft 0
	box ip addr add fd98:4::1/64 dev v0 nodad metric 99 noprefixroute
	box ip addr add fd98:5::1 peer fd98:5::9/128 dev v0 nodad home
	box ip addr add fd98:6::1/64 dev v0 nodad valid_lft 5000 preferred_lft 4000 mngtmpaddr
	box ip addr add 10.98.8.1/24 dev v0 proto 42 2>/dev/null || echo "no protocol of addresses with this ip"
	box ip link set v0 up
	box ip link set w0 up
	addrs() {
		box ip ${1:+-n "$1"} -d -j addr show dev v0 | jq -S '.[0].addr_info | map(select(.scope != "link" or .family == "inet")) |
			map(del(.tentative, .valid_life_time, .preferred_life_time) +
			{lft: [.valid_life_time, .preferred_life_time | if . < 6000 then (. + 30) / 100 | floor else . end]}) |
			map(select(.temporary | not)) | sort_by(.local)'
	}
	addrs '' >"$T/want"
	[ "$(jq length "$T/want")" -ge 8 ] || fail "not all addresses could be given: $(cat "$T/want")"
	nsw_ok netdev move v0 --to a --keep-up --keep-addr
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	addrs a >"$T/got"
	diff "$T/want" "$T/got" >&2 || fail "addresses differ"
}

# --- where, and what becomes of it ---

t_netdev_where() {
	need ip
	local ns
	box_make
	nsw_ok netns add a
	ns=$(name_inum a)
	box ip link add wh$$ netns a type veth peer name here
	sleeper a
	touch "$T/pin"
	box mount --bind /run/netns/a "$T/pin"
	nsw_ok netdev where wh$$ --json
	said '.devices | length' 1
	said '.devices[0].netns' "$ns"
	said '.devices[0].netns_label' "net:[$ns] (a)"
	said '.devices[0].peer_netns' "$(inum net "$BOX")"
	said '.devices[0].on_exit' destroyed
	said '.devices[0].movable' true
	said '.devices[0].kept | map(select(startswith("mount '"$T/pin"'"))) | length' 1
	said '.devices[0].kept | map(select(startswith("mount /run/netns/a"))) | length' 1
	said '.devices[0].kept | map(select(. == "process '"$P"' (sleep)")) | length' 1
	nsw_ok netdev where wh$$
	grep -q "^on exit  destroyed: virtual: .* its peer with it$" "$T/said" || fail "$(cat "$T/said")"
	# Two of one name are both told, or the one that is meant.
	box ip link add wh$$ type veth peer name here2
	nsw_ok netdev where wh$$ --json
	said '.devices | length' 2
	nsw_ok netdev where wh$$ --from a --json
	said '.devices | map(.netns) | tostring' "[$ns]"
}

# What ON-EXIT said is what happens.
t_netdev_fate_virtual() {
	need ip
	box_make
	nsw_ok netns add dies
	box ip link add in$$ netns dies type veth peer name out$$
	box ip -n dies tuntap add tn$$ mode tun 2>/dev/null
	devs NETNS,IFNAME,ON-EXIT
	expect_event ".ifname == \"in$$\"" 1
	field '."on-exit"' destroyed
	nsw_ok netns delete dies
	[ ! -s "$T/err" ] || fail "it lives on: $(cat "$T/err")"
	# The peer goes with it, in the kernel's own time.
	until ! box ip link show out$$ >/dev/null 2>&1; do tick; done
	devs NETNS,IFNAME
	no_event ".ifname == \"in$$\" or .ifname == \"tn$$\""
	nsw_fails 1 'no net namespace in sight' netdev where in$$
}

# A device of the initial namespace: never one that the machine itself uses.
t_netdev_fate_initial() {
	nsw() {
		"$NSWATCH" "$@" >"$T/said" 2>"$T/err"
		RC=$?
	}
	[ "$(readlink /proc/2/ns/net 2>/dev/null)" = "$(readlink /proc/self/ns/net)" ] ||
		skip "this is not the initial net namespace"
	devs NETNS,NAME,IFNAME,KIND,ON-EXIT
	expect_event ".netns == $(inum net) and .ifname == \"lo\"" 1
	fields .name '(initial)' '."on-exit"' stays
}

# Hardware comes back: only in a virtual machine, whose card nobody needs.
t_netdev_fate_hardware() {
	grep -qw nswatch.nic /proc/cmdline || skip "no network card to spare: that is for virtual machines"
	local dev
	dev=$(basename "$(dirname "$(find /sys/class/net/*/device -maxdepth 0 | head -n 1)")")
	[ -e "/sys/class/net/$dev" ] || skip "this kernel has no driver for the card"
	"$NSWATCH" netns add "hw$$" || fail "no net namespace"
	at_end "ip netns del hw$$"
	ip link set "$dev" up
	"$NSWATCH" netdev move "$dev" --to "hw$$" --name gone0 2>"$T/err" || fail "$(cat "$T/err")"
	"$NSWATCH" netdev where gone0 --json >"$T/said"
	said '.devices[0].kind' physical
	said '.devices[0].on_exit' returns
	said '.devices[0].came | startswith("moved here: hardware")' true
	"$NSWATCH" netns delete "hw$$"
	# Under the name that it had there, and down.
	until ip link show gone0 >/dev/null 2>&1; do tick; done
	"$NSWATCH" netdev where gone0 --json >"$T/said"
	said '.devices[0].on_exit' stays
	said '.devices[0].state' down
	ip link set gone0 name "$dev"
}

# --- what goes wrong ---

t_netdev_unprivileged() {
	need setpriv
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	box_make
	chmod 755 "$T"
	cp "$NSWATCH" "$T/nswatch"
	nsw_ok netns add other
	box ip link add v0 type veth peer name w0
	box "${nobody[@]}" "$T/nswatch" netdev --json -o NETNS,IFNAME >"$T/said" 2>"$T/err" ||
		fail "status $?: $(cat "$T/err")"
	said '[.netdevs[].netns] | unique | tostring' "[$(inum net "$BOX")]"
	said '[.netdevs[].ifname] | sort | tostring' '["lo","v0","w0"]'
	grep -q 'could not be looked into; root can' "$T/err" || fail "not told: $(cat "$T/err")"
	grep -Eq 'of [1-9][0-9]* process(es)? could not be seen; root can' "$T/err" ||
		fail "nothing of others: $(cat "$T/err")"
	box "${nobody[@]}" "$T/nswatch" netdev move v0 --to other >"$T/said" 2>"$T/err"
	RC=$?
	expect_rc 3
	grep -q 'needs root' "$T/err" || fail "no advice: $(cat "$T/err")"
}

# Namespaces that die while they are listed: neither an error nor a row of another one.
t_netdev_dying() {
	local i
	box_make
	box_start bash -c 'while :; do unshare -n ip link add v type veth peer name w; done' 2>/dev/null
	for i in $(seq 30); do
		nsw_ok netdev --json
		jq -e '.netdevs | length > 0' "$T/said" >/dev/null || fail "no rows"
		# Whole: every namespace has its loopback, as device 1, once.
		jq -e '[.netdevs[] | select(.ifname == "lo")] |
			(map(.netns) | length == (unique | length)) and all(.ifindex == 1)' \
			"$T/said" >/dev/null || fail "a wrong table: $(cat "$T/said")"
		jq -e '([.netdevs[].netns] | unique) - [.netdevs[] | select(.ifname == "lo").netns] ==
			[]' "$T/said" >/dev/null || fail "a namespace without lo: $(cat "$T/said")"
	done
}
