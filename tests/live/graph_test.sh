# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# `nswatch graph` of real namespaces: what is drawn, linked, left out and folded.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# drawn ARGS...: the JSON of a picture in $T/said.
drawn() { nsw_ok graph "$@" --json; }

# row BOX NAME: the id of that row, by the inode number of its namespace.
row() {
	jq -r --argjson inum "$1" --arg name "$2" '(.boxes[] | select(.inum == $inum) | .id) as $box |
		.rows[] | select(.box == $box and .name == $name) | .id' "$T/said"
}

# linked KIND FROM TO: there is such a link between two rows; of a pair either way.
linked() {
	jq -e --arg kind "$1" --argjson from "${2:-null}" --argjson to "${3:-null}" '[.links[] |
		select(.kind == $kind and ((.from.row == $from and .to.row == $to) or
			($kind == "peer" and .from.row == $to and .to.row == $from)))] | length == 1' "$T/said" >/dev/null ||
		fail "no $1 from ${2:-nothing} to ${3:-nothing} in: $(jq -c .links "$T/said")"
}

# net_make: a bridge with two veths, whose other ends are in namespaces of their own; a vlan; a macvlan elsewhere.
net_make() {
	need ip
	local ns
	# Another such test may run beside this one.
	BR=br$BASHPID
	box_make
	for ns in host a b; do nsw_ok netns add $ns; done
	box ip -n host link add "$BR" type bridge || skip "no bridge here"
	for ns in a b; do
		box ip link add "v$ns" netns host type veth peer name eth0 netns $ns || skip "no veth here"
		box ip -n host link set "v$ns" master "$BR"
	done
	box ip -n a addr add 10.98.1.2/24 dev eth0
}

t_graph_net_links() {
	net_make
	local host a
	host=$(name_inum host) a=$(name_inum a)
	drawn net
	linked peer "$(row "$host" va)" "$(row "$a" eth0)"
	linked peer "$(row "$host" vb)" "$(row "$(name_inum b)" eth0)"
	said ".rows[] | select(.id == $(row "$host" va)) | .up" "$(row "$host" "$BR")"
	said ".boxes[] | select(.inum == $a) | .name, .count, .kept" "$(printf 'a\n1\nmount /run/netns/a')"
	# Addresses on request.
	said "[.rows[] | .more[] | select(startswith(\"10.98\"))] | length" 0
	drawn net --addresses
	said ".rows[] | select(.id == $(row "$a" eth0)) | .more[0]" 10.98.1.2/24
}

t_graph_net_lower() {
	net_make
	local host b
	host=$(name_inum host) b=$(name_inum b)
	box ip -n host link add link va name mac0 netns b type macvlan || skip "no macvlan here"
	box ip -n host link add link vb name mac1 type macvlan
	box ip -n host link set vb nomaster
	drawn net
	said ".rows[] | select(.id == $(row "$host" mac1)) | .up" "$(row "$host" vb)"
	linked lower "$(row "$b" mac0)" "$(row "$host" va)"
}

t_graph_net_vlan() {
	net_make
	local host
	host=$(name_inum host)
	box ip -n host link add link va name v7 type vlan id 7 || skip "no vlan here"
	drawn net
	said ".rows[] | select(.id == $(row "$host" v7)) | .up" "$(row "$host" va)"
}

t_graph_net_underlay() {
	net_make
	box ip -n a link add gre0x type gretap local 10.98.1.2 remote 10.98.1.3 || skip "no gretap here"
	box ip -n a link set gre0x netns b || skip "gretap stays"
	drawn net b
	jq -e --argjson row "$(row "$(name_inum b)" gre0x)" '[.links[] | select(.kind == "underlay" and
		.from.row == $row and .to.row == null)] | length == 1' "$T/said" >/dev/null ||
		fail "no underlay: $(cat "$T/said")"
}

# One hop: what is asked for, the other ends, and the bridge above these; nothing else.
t_graph_net_hop() {
	net_make
	local host a what
	host=$(name_inum host) a=$(name_inum a)
	sleeper a
	for what in a "$a" "net:[$a]" /run/netns/a "$P" "/proc/$P/ns/net"; do
		drawn net "$what"
		said '[.boxes[].inum] | sort | join(" ")' "$(printf '%s\n' "$host" "$a" | sort -n | xargs)"
		said '[.boxes[] | select(.asked) | .inum] | join(" ")' "$a"
		said '[.rows[] | .name] | sort | join(",")' "2 more devices,$BR,eth0,lo,va"
	done
	# A device: wherever it is called so; a bridge with its ports and what these lead to.
	drawn net "$BR"
	said '[.boxes[].name] | sort | join(",")' a,b,host
	said '[.rows[] | select(.what == "device") | .name] | sort | join(",")' "$BR,eth0,eth0,va,vb"
	nsw_fails 1 "'nothing-here' is no net namespace" graph net nothing-here
	nsw_fails 1 'there is no|no such' graph net 4026530000
	nsw_fails 1 'no process 4194000' graph pid 4194000
	nsw_fails 2 'is no net namespace' graph net "pid:[$a]"
	nsw_fails 2 'there are net, pid' graph nets
	nsw_fails 2 'of which type' graph
	nsw_fails 2 "FORMAT|'png'" graph net --format png
}

t_graph_net_alike() {
	net_make
	local ns
	for ns in 1 2 3 4 5; do
		nsw_ok netns add "same$ns"
		box ip link add "s$ns" netns host type veth peer name eth0 netns "same$ns"
		box ip -n host link set "s$ns" master "$BR"
	done
	# One of them is not alike.
	box ip -n same5 link set eth0 name eth9
	# While others look into a namespace, that is kept by more than the rest.
	local n=0
	drawn net
	until jq -e '[.boxes[].count] | index(6)' "$T/said" >/dev/null; do
		n=$((n + 1))
		[ $n -gt 300 ] && fail "not six alike: $(jq -c . "$T/said")"
		tick
		drawn net
	done
	said '.boxes[] | select(.name == "same5") | .count' 1
	said '[.rows[].count] | index(6) != null' true
	drawn net --all
	said '[.boxes[] | .count] | unique | join(",")' 1
	said '[.boxes[] | select(.name | strings | startswith("same"))] | length' 5
}

# A shell beside its dead pid namespace, and one whose first child is still to come.
t_graph_pid_dead() {
	partner box unshare -p sh -c 'true & wait; echo ready; read x'
	until_said box ready
	local pid=${PID[box]}
	"$NSWATCH" graph pid "$pid" -J >"$T/said" || fail "status $?"
	jq -e --argjson pid "$pid" '(.rows[] | select(.what == "process" and .number == $pid) | .id) as $row |
		(.links[] | select(.kind == "children" and .from.row == $row) | .to.box) as $box |
		.boxes[] | select(.id == $box) | .note | startswith("dead: ")' "$T/said" >/dev/null ||
		fail "no dead namespace: $(cat "$T/said")"
	"$NSWATCH" graph pid "$pid" >"$T/text" || fail "status $?"
	grep -q '→ children to come in pid:\[' "$T/text" || fail "$(cat "$T/text")"
	go_on box
}

t_graph_pid_tree() {
	partner box unshare -f -p sh -c 'echo ready; read x'
	until_said box ready
	local pid=${PID[box]} init
	init=$(pgrep -P "$pid" | head -n 1)
	[ -n "$init" ] || init=$pid
	"$NSWATCH" graph pid "$init" -J >"$T/said" || fail "status $?"
	jq -e --argjson pid "$init" '.rows[] | select(.number == $pid and .inside == 1) | .box as $box |
		any($box; . != null)' "$T/said" >/dev/null || fail "no pid 1: $(cat "$T/said")"
	jq -e '[.links[] | select(.kind == "child")] | length >= 1' "$T/said" >/dev/null || fail "no link to it"
	jq -e '.boxes[] | select(.asked) | .up != null' "$T/said" >/dev/null || fail "below nothing"
	go_on box
}

t_graph_user_owns() {
	partner box unshare -r -n sh -c 'echo ready; read x'
	until_said box ready
	local pid=${PID[box]}
	"$NSWATCH" graph user "user:[$(inum user "$pid")]" -J >"$T/said" || fail "status $?"
	jq -e --argjson net "$(inum net "$pid")" '.rows[] | select(.what == "owned" and .number == $net)' "$T/said" \
		>/dev/null || fail "net:[$(inum net "$pid")] is not owned: $(cat "$T/said")"
	jq -e '.boxes[] | select(.asked) | .note == "made by root"' "$T/said" >/dev/null || fail "$(cat "$T/said")"
	go_on box
}

# Of each type, in each format, with and without rights; SVG and dot are read by others.
t_graph_formats() {
	local kind format
	for kind in net pid user mnt uts ipc cgroup time; do
		for format in text svg dot json; do
			"$NSWATCH" graph $kind -f $format >"$T/out" 2>"$T/err" || fail "$kind $format: $(cat "$T/err")"
			[ -s "$T/out" ] || fail "$kind $format: nothing"
			case $format in
			svg) ! have xmllint || xmllint --noout "$T/out" || fail "$kind: no XML" ;;
			json) jq -e ".kind == \"$kind\"" "$T/out" >/dev/null || fail "$kind: no JSON" ;;
			dot) ! have dot || dot -Tsvg "$T/out" >/dev/null || fail "$kind: dot refuses it" ;;
			esac
		done
	done
}

# Names of others are no markup, whoever reads them.
t_graph_hostile() {
	net_make
	local name=$'<script>alert(1)\n"\xe2\x80\xae&' format
	nsw_ok netns add "$name"
	for format in svg dot text; do
		nsw_ok graph net --all -f $format
		! grep -q '<script' "$T/said" || [ $format = text ] || [ $format = dot ] || fail "markup"
		! grep -q $'\xe2\x80\xae' "$T/said" || fail "the direction of writing turns in $format"
	done
	nsw_ok graph net --all -f svg
	grep -q '&lt;script&gt;alert(1)\\n&quot;\\u202e&amp;' "$T/said" || fail "where is it? $(cat "$T/said")"
	have xmllint && { xmllint --noout "$T/said" || fail "no XML"; }
	drawn net "$name"
	said '.boxes[0].name' "$name"
}
