# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Network devices that are moved, made and removed, and bind mounts of namespaces.

# Whether the way in use knows who did it.
knows_actor() { [ "$(alt netdev)" != tracepoint ]; }

# names: net namespaces $A and $B, devices $D and $P, which nobody else has; undone at the end.
names() {
	local name
	need ip
	A=nswta$$ B=nswtb$$ D=nswtd$$ P=nswtp$$
	for name in "$A" "$B"; do
		at_end "ip netns del $name"
	done
	for name in "$D" "$P"; do
		at_end "ip link del $name"
	done
}

netns() {
	ip netns add "$1" || fail "ip netns add $1"
	stat -L -c %i "/run/netns/$1"
}

# has_id NAME: an id in our net namespace, so that rtnetlink lets it be heard.
has_id() { ip netns set "$1" auto || fail "ip netns set $1"; }

ifindex() { ip -j ${2:+-n "$2"} link show "$1" | jq '.[0].ifindex'; }

veth() {
	ip link add "$D" type veth peer name "$P" || skip "no veth here"
}

KINDS=netdev,netdev-add,netdev-del

# actor COMM: who did it, where it is known.
actor() {
	if knows_actor; then
		fields .comm "$1" .no_actor false
	else
		fields .comm "" .no_actor true .pid 0
	fi
}

t_netdev_events_move() {
	local own a b index
	names
	own=$(inum net)
	a=$(netns "$A")
	b=$(netns "$B")
	has_id "$A"
	veth
	index=$(ifindex "$P")
	trace_start -e $KINDS
	ip link set "$P" netns "$A"
	wait_event ".event == \"netdev\" and .to == $a"
	ip -n "$A" link set "$P" netns "$B"
	wait_event ".event == \"netdev\" and .to == $b"
	ip -n "$B" link set "$P" netns $$ || fail "it was not there: $?"
	wait_event ".event == \"netdev\" and .to == $own"
	trace_stop
	expect_rc 0
	expect_event ".event == \"netdev\" and .old_name == \"$P\"" 3
	expect_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $a" 1
	fields .new_name "$P" .dev_kind veth .old_ifindex "$index" .from "$own" .why request \
		.inferred false .cause 0 .new_ifindex "$index"
	actor ip
	expect_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $b" 1
	fields .new_name "$P" .dev_kind veth .from "$a" .why request .inferred false
	actor ip
	# Heard there or not: it depends on whether the namespace has an id here.
	expect_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $own" 1
	fields .new_name "$P" .dev_kind veth .from "$b" .why request
	knows_actor && field .inferred false
	actor ip
	no_event ".event != \"netdev\" and (.old_name == \"$P\" or .new_name == \"$P\")"
}

# Between two that rtnetlink does not let be heard: only what looks at them sees it.
t_netdev_events_between() {
	local a b
	names
	a=$(netns "$A")
	b=$(netns "$B")
	ip -n "$A" link add "$D" type veth peer name "$P" || skip "no veth here"
	trace_start -e $KINDS
	ip -n "$A" link set "$P" netns "$B"
	wait_event ".event == \"netdev\" and .to == $b"
	ip -n "$B" link del "$P"
	wait_event ".event == \"netdev-del\" and .from == $b"
	wait_event ".event == \"netdev-del\" and .from == $a"
	trace_stop
	expect_event ".event == \"netdev\" and .old_name == \"$P\"" 1
	fields .new_name "$P" .from "$a" .to "$b" .dev_kind veth .why request \
		.inferred "$(inferred netdev)"
	expect_event ".event == \"netdev-del\" and .old_name == \"$P\"" 1
	fields .from "$b" .dev_kind veth .why request .inferred "$(inferred netdev)"
	expect_event ".event == \"netdev-del\" and .old_name == \"$D\"" 1
	fields .from "$a" .why request
}

# Its name and its index are taken where it goes: the kernel makes others.
t_netdev_events_collision() {
	local a index other
	names
	a=$(netns "$A")
	has_id "$A"
	veth
	index=$(ifindex "$P")
	ip -n "$A" link add "$P" index "$index" type veth peer name other || fail "no second $P"
	trace_start -e $KINDS
	ip link set "$P" netns "$A" name 'nswt%d' || fail "it was not moved"
	wait_event ".event == \"netdev\" and .to == $a"
	trace_stop
	# Where it is, rtnetlink renames it by the pattern once more.
	other=$(ip -j -n "$A" link show | jq '.[] | select(.ifname | test("^nswt[0-9]$")) | .ifindex')
	expect_event ".event == \"netdev\" and .old_name == \"$P\"" 1
	fields '.new_name | test("^nswt[0-9]$")' true .old_ifindex "$index" .new_ifindex "$other" .to "$a"
	[ "$other" != "$index" ] || fail "no other index was needed"
}

t_netdev_events_add_del() {
	local own a index
	names
	own=$(inum net)
	a=$(netns "$A")
	trace_start -e $KINDS
	ip link add "$D" type bridge || skip "no bridge here"
	index=$(ifindex "$D")
	ip link del "$D"
	ip -n "$A" link add "$P" type bridge
	wait_event ".event == \"netdev-add\" and .to == $a"
	ip -n "$A" link del "$P"
	wait_event ".event == \"netdev-del\" and .from == $a"
	trace_stop
	expect_event ".event == \"netdev-add\" and .new_name == \"$D\"" 1
	fields .dev_kind bridge .to "$own" .new_ifindex "$index" .old_name "" .why request
	actor ip
	expect_event ".event == \"netdev-del\" and .old_name == \"$D\"" 1
	fields .dev_kind bridge .from "$own" .old_ifindex "$index" .new_name "" .why request \
		.inferred false
	actor ip
	expect_event ".event == \"netdev-add\" and .new_name == \"$P\"" 1
	fields .dev_kind bridge .inferred "$(inferred netdev)"
	expect_event ".event == \"netdev-del\" and .old_name == \"$P\"" 1
	fields .dev_kind bridge .why request .inferred "$(inferred netdev)"
	before_event ".event == \"netdev-add\" and .new_name == \"$D\"" \
		".event == \"netdev-del\" and .old_name == \"$D\""
	# Loopback devices come and go with each namespace: no news.
	no_event '.new_name == "lo" or .old_name == "lo"'
}

# A namespace ends: the virtual device in it is destroyed, and so is its peer here.
netns_end() {
	local own a
	own=$(inum net)
	a=$(netns "$A")
	[ "$1" = unheard ] || has_id "$A"
	veth
	ip link set "$P" netns "$A"
	trace_start -e "$KINDS"
	ip netns del "$A"
	wait_event ".event == \"netdev-del\" and .old_name == \"$P\""
	wait_event ".event == \"netdev-del\" and .old_name == \"$D\""
	trace_stop
	expect_event ".event == \"netdev-del\" and .old_name == \"$P\"" 1
	fields .from "$a" .dev_kind veth .why netns-exit .cause "$a" .no_actor true .pid 0 \
		.inferred "$(inferred netdev)"
	expect_event ".event == \"netdev-del\" and .old_name == \"$D\"" 1
	fields .from "$own" .dev_kind veth .why netns-exit .cause "$a" .no_actor true \
		.inferred "$(inferred netdev)"
	no_event '.event == "netdev"'
}

t_netdev_events_netns_exit() { names && netns_end heard; }
t_netdev_events_netns_exit_unheard() { names && netns_end unheard; }

# A namespace ends, and with it what stands elsewhere on one of its devices, or sends its packets
# there: each tells the namespace that it was.
upper_end() {
	local own a
	own=$(inum net)
	a=$(netns "$A")
	ip netns add "$B"
	[ "$1" = unheard ] || { has_id "$A"; has_id "$B"; }
	ip -n "$A" link add "$P" type veth peer name "far$$" || skip "no veth here"
	ip -n "$A" link add link "$P" name "nswt${$}m" type macvlan mode bridge || skip "no macvlan here"
	ip -n "$A" link set "nswt${$}m" netns "$2" || fail "the macvlan does not move"
	TUNNEL=
	ip -n "$A" link add "$D" type vxlan id 5 dstport 4789 remote 10.98.0.1 2>/dev/null &&
		ip -n "$A" link set "$D" netns "$2" && TUNNEL=$D
	at_end "ip link del nswt${$}m"
	trace_start -e "$KINDS"
	ip netns del "$A"
	wait_event ".event == \"netdev-del\" and .old_name == \"nswt${$}m\""
	[ -z "$TUNNEL" ] || wait_event ".event == \"netdev-del\" and .old_name == \"$TUNNEL\""
	trace_stop
	expect_event ".event == \"netdev-del\" and .old_name == \"nswt${$}m\"" 1
	fields .dev_kind macvlan .why netns-exit .cause "$a" .no_actor true .inferred "$(inferred netdev)"
	[ -n "$TUNNEL" ] || return 0
	expect_event ".event == \"netdev-del\" and .old_name == \"$TUNNEL\"" 1
	# Of a tunnel that rtnetlink says nothing of nobody knows where its packets went.
	if [ "$1" = heard ] || [ "$(alt netdev)" != tracepoint ]; then
		fields .dev_kind vxlan .why netns-exit .cause "$a"
	fi
}

t_netdev_events_upper_here() { names && upper_end heard $$; }
t_netdev_events_upper_elsewhere() { names && upper_end heard "$B"; }
t_netdev_events_upper_unheard() { names && upper_end unheard "$B"; }

# Many net namespaces end at once, more than the map of them holds: what goes elsewhere with one of them is
# said to go with that or with none, and when they are gone one that ends alone is known again.
t_netdev_events_end_many() {
	local a b names=() i
	[ "$(alt netdev)" != tracepoint ] || skip "rtnetlink says what depends on what here"
	names
	NSWATCH=$(helper nswatch-small)
	export NSWATCH_SMALL=nets_dying=1
	a=$(netns "$A")
	b=$(netns "$B")
	for i in "$A:v$$" "$B:w$$"; do
		ip -n "${i%:*}" link add "${i#*:}" type veth peer name "far$$" || skip "no veth here"
		ip -n "${i%:*}" link add link "${i#*:}" name "${i#*:}m" type macvlan mode bridge || skip "no macvlan here"
		ip -n "${i%:*}" link set "${i#*:}m" netns $$ || fail "the macvlan does not move"
		at_end "ip link del ${i#*:}m"
	done
	for i in {1..12}; do
		names+=("nsw$$.$i")
		at_end "ip netns del nsw$$.$i"
		ip netns add "nsw$$.$i" || fail "ip netns add"
	done
	trace_start -e "$KINDS"
	printf 'netns del %s\n' "${names[0]}" "$A" "${names[@]:1}" | ip -batch - || fail "ip netns del"
	wait_event ".event == \"netdev-del\" and .old_name == \"v${$}m\""
	expect_event ".event == \"netdev-del\" and .old_name == \"v${$}m\"" 1
	fields ".cause == $a or .cause == 0" true
	# The last of them has gone when one that is made now is seen to go.
	ip netns add "nsw$$.1"
	ip -n "nsw$$.1" link add "x$$" type veth peer name "far$$"
	ip netns del "nsw$$.1"
	wait_event ".event == \"netdev-del\" and .old_name == \"x$$\""
	ip netns del "$B"
	wait_event ".event == \"netdev-del\" and .old_name == \"w${$}m\""
	trace_stop
	expect_event ".event == \"netdev-del\" and .old_name == \"w${$}m\"" 1
	fields .why netns-exit .cause "$b"
}

# One that somebody removes at that time is his.
t_netdev_events_upper_not() {
	local a
	names
	a=$(netns "$A")
	ip netns add "$B"
	has_id "$A"
	ip -n "$A" link add "$P" type veth peer name far || skip "no veth here"
	ip -n "$B" link add low type veth peer name far
	ip -n "$B" link add link low name "nswt${$}m" type macvlan mode bridge || skip "no macvlan here"
	ip -n "$B" link set "nswt${$}m" netns $$
	at_end "ip link del nswt${$}m"
	trace_start -e "$KINDS"
	ip netns del "$A"
	wait_event ".event == \"netdev-del\" and .cause == $a"
	ip link del "nswt${$}m"
	wait_event ".event == \"netdev-del\" and .old_name == \"nswt${$}m\""
	trace_stop
	expect_event ".event == \"netdev-del\" and .old_name == \"nswt${$}m\"" 1
	fields .why request .cause 0
}

# An id that is given again is the next namespace's.
t_netdev_events_id_again() {
	local a b id
	names
	trace_start -e "$KINDS",ns-free
	a=$(netns "$A")
	b=$(netns "$B")
	has_id "$A"
	id=$(ip -j netns list | jq ".[] | select(.name == \"$A\").id")
	ip -n "$A" link add "$D" type bridge || skip "no bridge here"
	wait_event ".event == \"netdev-add\" and .to == $a"
	ip netns del "$A"
	wait_event ".event == \"ns-free\" and .inum == $a"
	ip netns set "$B" "$id" || fail "the id $id is not free"
	ip -n "$B" link add "$P" type bridge
	wait_event ".event == \"netdev-add\" and .new_name == \"$P\""
	trace_stop
	expect_event ".event == \"netdev-add\" and .new_name == \"$P\"" 1
	fields .to "$b" .why request .inferred false
}

# The trace keeps no namespace and gives no ids.
t_netdev_events_no_trace_left() {
	local a ids
	names
	ids=$(ip netns list-id)
	trace_start -e "$KINDS",ns-free
	a=$(netns "$A")
	ip -n "$A" link add "$P" type bridge || skip "no bridge here"
	wait_event ".event == \"netdev-add\" and .to == $a"
	[ "$(ip netns list-id)" = "$ids" ] || fail "ids were given: $(ip netns list-id)"
	ip netns del "$A"
	wait_event ".event == \"netdev-del\" and .from == $a"
	wait_event ".event == \"ns-free\" and .inum == $a"
	trace_stop
}

# A command's own: what it does, and what becomes of the namespaces that it made.
t_netdev_events_tree() {
	names
	veth
	# shellcheck disable=SC2016 # for the inner shell
	# Where rtnetlink tells, what is shorter than the time between two looks is not seen.
	trace_cmd -e $KINDS -- unshare -n bash -c 'told() {
			until grep -q "\"event\":\"$1\".*\"$2\":\"inside\"" "$0"; do tick; done
			:
		}
		stat -L -c %i /proc/self/ns/net
		ip link add inside type bridge && told netdev-add new_name
		ip link del inside && told netdev-del old_name' "$T/out.json"
	local made
	made=$(cat "$T/cmd.out")
	expect_rc 0
	expect_event '.event == "netdev-add" and .new_name == "inside"' 1
	field .to "$made"
	expect_event '.event == "netdev-del" and .old_name == "inside"' 1
	field .from "$made"
	no_event ".event != \"lost\" and .to != $made and .from != $made"
}

# A hostile name is shown harmlessly.
t_netdev_events_escape() {
	local evil
	names
	evil=$(printf 'e\033[31m%s' "$$")
	at_end "ip link del '$evil'"
	"$NSWATCH" trace -e netdev-add "${FORCE[@]}" --count 1 --duration 60 >"$T/text" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	until grep -q 'Ctrl-C ends' "$T/err"; do
		kill -0 "$TRACER" || fail "it ended: $(cat "$T/err")"
		tick
	done
	ip link add "$evil" type bridge || skip "the kernel does not take such a name"
	wait "$TRACER"
	grep -q "$$" "$T/text" || fail "no event: $(cat "$T/text")"
	grep -q "$(printf '\033')" "$T/text" && fail "an escape character came through"
	return 0
}

# --- pins --------------------------------------------------------------------------------------

pin_fields() {
	fields .ns_type net .inum "$1" .inferred "$(inferred pin)" .comm "$2" .no_actor false
}

t_netdev_events_pin_named() {
	local a
	names
	trace_start -e pin,unpin
	a=$(netns "$A")
	wait_event ".event == \"pin\" and .inum == $a"
	ip netns del "$A"
	wait_event ".event == \"unpin\" and .inum == $a"
	trace_stop
	# The number may be given again to somebody else's namespace, the name is this test's own.
	expect_event ".event == \"pin\" and (.path | endswith(\"/netns/$A\"))" 1
	pin_fields "$a" ip
	expect_event ".event == \"unpin\" and (.path | endswith(\"/netns/$A\"))" 1
	pin_fields "$a" ip
}

t_netdev_events_pin_elsewhere() {
	local uts
	uts=$(inum uts)
	touch "$T/a place"
	at_end "umount '$T/a place'"
	trace_start -e pin,unpin
	mount --bind /proc/self/ns/uts "$T/a place" || fail mount
	wait_event ".event == \"pin\" and .inum == $uts"
	umount "$T/a place"
	wait_event ".event == \"unpin\" and .inum == $uts"
	trace_stop
	expect_event ".event == \"pin\" and .inum == $uts and .path == \"$T/a place\"" 1
	fields .ns_type uts .comm mount .inferred "$(inferred pin)"
	expect_event ".event == \"unpin\" and .inum == $uts and .path == \"$T/a place\"" 1
	fields .ns_type uts .comm umount
	before_event '.event == "pin"' '.event == "unpin"'
}

# One that was there before the trace: its end is told, with its path.
t_netdev_events_unpin_from_before() {
	local a
	names
	a=$(netns "$A")
	trace_start -e pin,unpin
	ip netns del "$A"
	wait_event ".event == \"unpin\" and .inum == $a"
	trace_stop
	no_event ".event == \"pin\" and .inum == $a"
	expect_event ".event == \"unpin\" and .inum == $a"
	[[ $(jq -r .path <<<"$EV") == */netns/$A ]] || fail "path: $EV"
}

# In another mount namespace, which nobody else sees into.
t_netdev_events_pin_other_mnt() {
	local a
	names
	a=$(netns "$A")
	# shellcheck disable=SC2016 # for the inner shell
	partner other unshare -m --propagation private bash -c '
		mount -t tmpfs none "$0" && touch "$0/ns" && echo ready && read -r &&
			mount --bind "$1" "$0/ns" && echo mounted && read -r &&
			umount "$0/ns" && echo umounted && read -r' "$T" "/run/netns/$A"
	until_said other ready
	trace_start -e pin,unpin
	go_on other
	until_said other mounted
	# mount(8) may be gone before anybody can look at its mounts, without hooks.
	[ "$(alt pin)" = tracepoint ] || wait_event ".event == \"pin\" and .inum == $a"
	go_on other
	until_said other umounted
	[ "$(alt pin)" = tracepoint ] || wait_event ".event == \"unpin\" and .inum == $a"
	go_on other
	trace_stop
	[ "$(alt pin)" = tracepoint ] && return
	expect_event ".event == \"pin\" and .inum == $a" 1
	pin_fields "$a" mount
	field .path "$T/ns"
	# The copy of /run/netns/$A there goes with that mount namespace, maybe before the trace ends.
	expect_event ".event == \"unpin\" and .inum == $a and .path == \"$T/ns\"" 1
	pin_fields "$a" umount
}

# move_mount(2) of what open_tree(2) made.
t_netdev_events_pin_move_mount() {
	local uts
	uts=$(inum uts)
	touch "$T/place"
	at_end "umount $T/place"
	trace_start -e pin,unpin
	"$(helper treemount)" /proc/self/ns/uts "$T/place" || skip "no open_tree(2) here"
	wait_event ".event == \"pin\" and .path == \"$T/place\""
	umount "$T/place"
	wait_event ".event == \"unpin\" and .path == \"$T/place\""
	trace_stop
	expect_event ".event == \"pin\" and .path == \"$T/place\"" 1
	fields .ns_type uts .inum "$uts" .comm treemount
}

# Numbers of mount namespaces are used again: what one had is nothing that the next one loses.
t_netdev_events_pin_number_again() {
	local again
	mkdir "$T/dir"
	touch "$T/pin" "$T/last"
	at_end "umount '$T/pin'"
	at_end "umount '$T/last'"
	# Not of a net namespace: that has many numbers, which it gives back.
	mount --bind /proc/self/ns/uts "$T/pin" || fail mount
	trace_start -e pin,unpin
	mount_namespaces 1
	umount "$T/pin"
	wait_event ".event == \"unpin\" and .path == \"$T/pin\""
	mount_namespaces 2
	mount --bind /proc/self/ns/uts "$T/last" || fail mount
	wait_event ".event == \"pin\" and .path == \"$T/last\""
	trace_stop
	again=$(sort "$T/ns1" "$T/ns2" | uniq -d | wc -l)
	[ "$again" -gt 0 ] || skip "no number was used again"
	expect_event ".event == \"unpin\" and .path == \"$T/pin\"" 1
	field .comm umount
}

# A namespace of the traced tree has ended unseen, and a stranger's has got its number: what the stranger pins
# is none of the tree's.
t_netdev_events_pin_tree_number_again() {
	local again
	[ "$(alt pin)" != tracepoint ] || skip "pins are told by who made them"
	"$(helper nsact)" nsid | grep -q '^nsid_uts' || skip "this kernel gives no ids to tell the two apart"
	touch "$T/pin" "$T/other"
	mkfifo "$T/go" "$T/done"
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'while read -r word <"$0/go"; do
			unshare -u sh -c "mount --bind /proc/self/ns/uts $0/other && stat -L -c %i $0/other >>$0/others"
			umount "$0/other"
			echo >"$0/done"
		done' "$T" &
	BACKGROUND+=("$!")
	at_end "umount '$T/pin' '$T/other'"
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd --hook ns-create=tracepoint --hook ns-free=tracepoint -e ns-create,pin,unpin -- bash -c '
		for n in 1 2 3 4 5 6 7 8; do
			unshare -u sh -c "mount --bind /proc/self/ns/uts $0/pin && stat -L -c %i $0/pin >>$0/numbers"
			umount "$0/pin"
			echo >"$0/go"
			read -r word <"$0/done"
		done' "$T"
	again=$(paste "$T/numbers" "$T/others" | awk '$1 == $2' | wc -l)
	[ "$again" -gt 0 ] || skip "no number was given again"
	expect_event ".event == \"pin\" and .path == \"$T/pin\"" 8
	no_event ".path == \"$T/other\""
}

# mount_namespaces N: some at once, each with a bind mount; their numbers to $T/nsN.
mount_namespaces() {
	local i pids=()
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		# shellcheck disable=SC2016 # for the inner shell
		unshare -m --propagation private sh -c \
			'mount --bind "$0" "$0"; stat -L -c %i /proc/self/ns/mnt >>"$1"; sleep 0.4' \
			"$T/dir" "$T/ns$1" &
		pids+=("$!")
	done
	wait "${pids[@]}"
}

# Mounts of several at once: each is told with who made it.
t_netdev_events_pin_many_actors() {
	local i
	trace_start -e pin
	for i in 1 2 3 4 5 6 7 8; do
		touch "$T/at$i"
		at_end "umount '$T/at$i'"
	done
	for i in 1 2 3 4 5 6 7 8; do
		sh -c 'echo $$ >"$0.pid"; exec mount --bind /proc/self/ns/uts "$0"' "$T/at$i" &
		BACKGROUND+=("$!")
	done
	wait "${BACKGROUND[@]:1}"
	for i in 1 2 3 4 5 6 7 8; do
		wait_event ".event == \"pin\" and .path == \"$T/at$i\""
	done
	trace_stop
	for i in 1 2 3 4 5 6 7 8; do
		expect_event ".event == \"pin\" and .path == \"$T/at$i\"" 1
		# Calls that say neither where nor what (before 5.15) all fit what one look has found: nobody is named.
		[ "$(jq -r .no_actor <<<"$EV")" = true ] && [ "$(alt pin)" = tracepoint ] &&
			! printf '%s\n' 5.15 "$(uname -r)" | sort -CV && continue
		fields .comm mount .pid "$(cat "$T/at$i.pid")" .no_actor false
	done
}

# --- storms ------------------------------------------------------------------------------------

# NSWATCH_MOVES: as many moves; the kernel needs 10 to 50 ms for each.
t_netdev_events_storm() {
	local a made n=${NSWATCH_MOVES:-300}
	names
	a=$(netns "$A")
	ip link add "$D" type veth peer name "$P" || skip "no veth here"
	trace_start -e netdev --strict
	made=$("$(helper netmove)" "$P" "/run/netns/$A" "$n")
	[ "$made" = "$n" ] || fail "$made of $n moves"
	ip link set "$D" netns "$A"
	wait_event ".event == \"netdev\" and .old_name == \"$D\""
	trace_stop
	expect_rc 0
	no_event '.event == "lost"'
	expect_event ".event == \"netdev\" and .old_name == \"$P\"" "$n"
	expect_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $a" $((n / 2))
}

# The socket has no room while nswatch sleeps: the loss is told, and what is there is known again.
t_netdev_events_overrun() {
	local a n i
	[ "$(alt netdev)" = tracepoint ] || skip "netdev is not told by rtnetlink here"
	names
	a=$(netns "$A")
	has_id "$A"
	veth
	trace_start -e $KINDS --ring-size 4K --strict
	kill -STOP "$TRACER"
	for ((i = 0; i < 40; i++)); do
		ip link add "nswt$$" type bridge || fail "no bridge"
		ip link del "nswt$$" || fail "it can't be removed"
	done
	ip link set "$P" netns "$A"
	kill -CONT "$TRACER"
	wait_event '.event == "lost"'
	wait_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $a"
	ip -n "$A" link set "$P" netns $$
	wait_event ".event == \"netdev\" and .old_name == \"$P\" and .from == $a"
	trace_stop
	expect_rc 4
	n=$(jq -s 'map(select(.event == "lost") | .count) | add' "$T/out.json")
	[ "$n" -gt 10 ] || fail "just $n were lost"
	expect_event ".event == \"netdev\" and .old_name == \"$P\" and .to == $a" 1
	grep -q "$n records lost" "$T/err" || fail "the summary: $(cat "$T/err")"
}

# Who mounted it in another mount namespace has ended before anybody could look.
t_netdev_events_pin_actor_gone() {
	local uts
	mkfifo "$T/held" "$T/end"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m --propagation private bash -c 'touch "$0/pin"; echo up >"$0/held"; read -r _ <"$0/end"' "$T" &
	P=$!
	BACKGROUND+=("$P")
	read -r _ <>"$T/held"
	uts=$(inum uts)
	trace_start -e pin,unpin
	kill -STOP "$TRACER"
	nsenter -t "$P" -m mount --bind /proc/self/ns/uts "$T/pin" || skip "no bind mount"
	kill -CONT "$TRACER"
	wait_event ".event == \"pin\" and .path == \"$T/pin\""
	expect_event ".event == \"pin\" and .path == \"$T/pin\"" 1
	fields .inum "$uts" .ns_type uts .comm mount
	kill -STOP "$TRACER"
	nsenter -t "$P" -m umount "$T/pin"
	kill -CONT "$TRACER"
	wait_event ".event == \"unpin\" and .path == \"$T/pin\""
	trace_stop
	echo >"$T/end"
}

# Two mounts of one namespace in one place, as a shared /run has them, come and go as one where only
# mountinfo tells of them.
t_netdev_events_pin_twice() {
	[ "$(alt pin)" = tracepoint ] || skip "mounts are told one by one"
	local ours=".path == \"$T/d/pin\""
	mkdir "$T/d"
	mount -t tmpfs nswatch "$T/d"
	at_end "umount -l '$T/d' 2>/dev/null; :"
	: >"$T/d/pin"
	trace_start -e pin,unpin
	mount --bind /proc/self/ns/uts "$T/d/pin"
	wait_event ".event == \"pin\" and $ours"
	mount --bind /proc/self/ns/uts "$T/d/pin"
	umount -l "$T/d"
	wait_event ".event == \"unpin\" and $ours"
	trace_stop
	expect_event ".event == \"pin\" and $ours" 1
	expect_event ".event == \"unpin\" and $ours" 1
}

# calls_told: calls of mount say themselves what they bound (registers of a call are of 5.15).
calls_told() {
	[ "$(alt pin)" != tracepoint ] || printf '%s\n' 5.15 "$(uname -r)" | sort -C -V ||
		skip "nothing tells of a mount namespace that is gone"
}

# lost_mounts: how many changes of mounts were counted as lost.
lost_mounts() { grep '"event":"lost"' "$T/out.json" | jq -s 'map(select(.why == "mount").count) | add // 0'; }

# Mount namespaces that end at once, so that nobody can look at them: what was pinned there is told, and
# who did it; what a busy machine leaves out is counted.
t_netdev_events_pin_short() {
	local pins unpins lost
	calls_told
	: >"$T/pin"
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd --strict --linger 30s -e pin,unpin -- sh -c 'for i in $(seq 40); do
		unshare -m sh -c '\''mount --bind /proc/self/ns/uts "$0" && umount "$0"'\'' "$0" || exit 77; done' "$T/pin"
	[ "$RC" -ne 77 ] || skip "no bind mount here"
	query ".event == \"unpin\" and .path == \"$T/pin\""
	unpins=${#EVENTS[@]}
	query ".event == \"pin\" and .path == \"$T/pin\""
	pins=${#EVENTS[@]}
	lost=$(lost_mounts)
	[ $((pins <= 40 && unpins <= 40 && pins + unpins + lost >= 80)) = 1 ] ||
		fail "$pins pins and $unpins unpins told, $lost calls lost, of 40 each"
	[ "$pins" -gt 20 ] || fail "just $pins of 40 pins"
	EV=${EVENTS[0]}
	fields .comm mount .ns_type uts .inum "$(inum uts)" .inferred "$(inferred pin)"
	expect_rc $((lost ? 4 : 0))
}

# The same namespace pinned, unpinned and pinned on one place, faster than anybody can look: what was told of
# the first time is no copy of the second.
t_netdev_events_pin_same_again() {
	local pins unpins lost i acts=()
	calls_told
	: >"$T/pin"
	for i in {1..20}; do
		acts+=(bind /proc/self/ns/uts "$T/pin" unbind "$T/pin" bind /proc/self/ns/uts "$T/pin")
		acts+=(fork exec sleep 0.1 -- unbind "$T/pin" fork exec sleep 0.1 --)
	done
	trace_cmd --strict --linger 30s -e pin,unpin -- unshare -m "$(helper nsact)" "${acts[@]}"
	query ".event == \"pin\" and .path == \"$T/pin\""
	pins=${#EVENTS[@]}
	query ".event == \"unpin\" and .path == \"$T/pin\""
	unpins=${#EVENTS[@]}
	lost=$(lost_mounts)
	[ $((pins <= 40 && unpins <= 40 && pins + unpins + lost >= 80)) = 1 ] ||
		fail "$pins pins and $unpins unpins told, $lost calls lost, of 40 each"
	expect_rc $((lost ? 4 : 0))
}

# More pins in one of them than are remembered of a mount namespace: each is told or counted.
t_netdev_events_pin_short_many() {
	local i lost
	calls_told
	for i in {1..20}; do : >"$T/pin$i"; done
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd --strict --linger 30s -e pin -- unshare -m sh -c 'for i in $(seq 20); do
		mount --bind /proc/self/ns/uts "$0$i" || exit 77; done' "$T/pin"
	[ "$RC" -ne 77 ] || skip "no bind mount here"
	query '.event == "pin"'
	lost=$(lost_mounts)
	[ $((${#EVENTS[@]} <= 20 && ${#EVENTS[@]} + lost >= 20)) = 1 ] || fail "${#EVENTS[@]} pins told, $lost lost, of 20"
	[ "$lost" -eq 0 ] || expect_rc 4
}

# A wireless device moves with its phy, and comes back with it when the net namespace ends.
t_netdev_events_wireless() {
	local phy dev to
	in_vm || skip "moves a radio of the machine: only in a virtual machine"
	phy=$(find /sys/class/ieee80211 -mindepth 1 -printf "%f\n" 2>/dev/null | head -n 1)
	[ -n "$phy" ] || skip "no radio here (mac80211_hwsim makes one, which Debian's cloud kernels lack)"
	need iw
	dev=$(basename "$(find "/sys/class/ieee80211/$phy/device/net" -mindepth 1 -maxdepth 1 | head -n 1)")
	"$NSWATCH" netdev --json >"$T/said"
	EV=$(jq -c ".netdevs[] | select(.ifname == \"$dev\")" "$T/said")
	fields '.movable | startswith("no: it moves with its phy")' true '."on-exit"' stays
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	to=$(inum net "${PID[box]}")
	trace_start -e netdev
	# By itself it does not move.
	ip link set "$dev" netns "${PID[box]}" 2>"$T/err" && fail "it moves without its phy"
	iw phy "$phy" set netns "${PID[box]}" || fail "the phy does not move"
	wait_event ".event == \"netdev\" and .old_name == \"$dev\" and .to == $to"
	expect_event ".event == \"netdev\" and .old_name == \"$dev\" and .to == $to" 1
	fields .why request .from "$(inum net)" .dev_kind ""
	"$NSWATCH" netdev where "$dev" --json >"$T/said"
	jq -e '.devices[0].on_exit == "returns"' "$T/said" >/dev/null || fail "$(cat "$T/said")"
	go_on box
	partner_end box
	wait_event ".event == \"netdev\" and .from == $to"
	trace_stop
	expect_event ".event == \"netdev\" and .from == $to" 1
	fields .to "$(inum net)" .why netns-exit
	ip link show "$(jq -r .new_name <<<"$EV")" >/dev/null || fail "it did not come back"
}
