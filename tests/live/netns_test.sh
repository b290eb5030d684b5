# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# `nswatch netns` beside ip-netns(8), on the same files.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# ip_names: "NAME ID" as ip has them, sorted.
ip_names() { box ip -j netns list | jq -r '.[] | "\(.name) \(.id // "-")"' | sort; }

t_netns_with_ip() {
	need ip
	box_make
	nsw_ok netns add a
	box ip netns add b
	nsw_ok netns add 'c d%1'
	box ip netns set a 4711
	nsw_ok netns set b 12
	nsw_ok netns set 'c d%1' auto
	nsw_ok netns list --json
	jq -r '.netns[] | "\(.name) \(.nsid // "-")"' "$T/said" | sort >"$T/got"
	ip_names >"$T/want"
	diff "$T/want" "$T/got" >&2 || fail "names differ"
	[ "$(wc -l <"$T/got")" -eq 3 ] || fail "not three names"
	said '.netns[] | select(.name == "a").netns' "$(name_inum a)"
	said '.netns[] | select(.name == "b").nsid' 12
	# Each removes what the other made.
	nsw_ok netns delete b
	box ip netns del a
	box ip netns del 'c d%1'
	[ -z "$(box ls -A /run/netns)" ] || fail "left: $(box ls -A /run/netns)"
	nsw_ok netns list
	[ ! -s "$T/said" ] || fail "a list of nothing"
}

# Without /run/netns ip makes one, a shared mount; both at once make it once.
t_netns_directory() {
	local i pids=()
	need ip
	box_make
	nsw_ok netns list
	nsw_fails 1 "no net namespace is called 'x'" netns delete x
	box test ! -e /run/netns || fail "asking made a directory"
	for i in 1 2 3 4; do
		box "$NSWATCH" netns add "n$i" &
		pids+=($!)
		box ip netns add "i$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "one of the adds failed"
	done
	[ "$(box ls /run/netns | wc -l)" -eq 8 ] || fail "not 8 names: $(box ls /run/netns)"
	# Another one, of the machine, lies under our /run.
	box awk '$4 == "/netns" && $5 == "/run/netns" && / - tmpfs netbox /' /proc/self/mountinfo >"$T/mounts"
	[ "$(wc -l <"$T/mounts")" -eq 1 ] || fail "mounted more than once: $(cat "$T/mounts")"
	grep -q ' shared:' "$T/mounts" || fail "not shared: $(cat "$T/mounts")"
	# In a group of its own: not that of /run.
	[ "$(box stat -c %a /run/netns)" = 755 ] || fail "mode of the directory"
}

# A name reaches mount namespaces that were there before, and so does its end.
t_netns_propagates() {
	need ip
	box_make
	nsw_ok netns add first
	mkfifo "$T/other.up" "$T/other.end"
	box unshare -m --propagation slave bash -c "echo >$T/other.up; read -r _ <$T/other.end" &
	BACKGROUND+=($!)
	read -r _ <"$T/other.up"
	nsw_ok netns add second
	other=$(pgrep -f "^bash -c echo >$T/other.up")
	[ "$(stat -L -c %i "/proc/$other/root/run/netns/second")" = "$(name_inum second)" ] ||
		fail "the mount did not reach the other mount namespace"
	nsw_ok netns delete second
	grep -q /run/netns/second "/proc/$other/mountinfo" && fail "its end did not"
	[ ! -s "$T/err" ] || fail "lives on: $(cat "$T/err")"
	echo >"$T/other.end"
}

t_netns_attach() {
	local ns
	box_make
	unshare -n sleep 1000 &
	P=$!
	BACKGROUND+=("$P")
	until [ "$(inum net $P)" != "$(inum net)" ]; do tick; done
	ns=$(inum net $P)
	nsw_ok netns attach x "$P"
	[ "$(name_inum x)" = "$ns" ] || fail "another namespace"
	nsw_fails 1 'File exists' netns attach x "$P"
	nsw_ok netns attach y "$ns"
	nsw_ok netns attach z "net:[$ns]"
	nsw_ok netns attach w "/proc/$P/ns/net"
	nsw_ok netns identify "$P"
	[ "$(sort "$T/said" | xargs)" = "w x y z" ] || fail "identified as $(xargs <"$T/said")"
	box ip netns identify "$P" | grep -qx '[wxyz]' || fail "ip does not know it"
	nsw_ok netns pids y
	[ "$(cat "$T/said")" = "$P" ] || fail "pids: $(cat "$T/said")"
	[ "$(box ip netns pids y)" = "$P" ] || fail "pids of ip: $(box ip netns pids y)"
	kill $P
	wait $P 2>/dev/null
	nsw_fails 1 "no process $P" netns attach v "$P"
	nsw_fails 1 'is no net namespace' netns attach v /proc/self/ns/uts
	nsw_fails 1 'there is no net namespace' netns attach v 4026999999
	box test ! -e /run/netns/v || fail "something is left"
}

t_netns_identify_none() {
	box_make
	nsw_ok netns identify
	[ ! -s "$T/said" ] || fail "has a name: $(cat "$T/said")"
	nsw_fails 1 'no process 4000000' netns identify 4000000
	nsw_fails 2 'no pid' netns identify 12x
}

# Who keeps it is told, by name.
t_netns_delete_kept() {
	local ns
	need ip
	box_make
	nsw_ok netns add kept
	ns=$(name_inum kept)
	sleeper kept
	box touch "$T/pin"
	box mount --bind /run/netns/kept "$T/pin"
	nsw_ok netns delete kept
	grep -q "net:\[$ns\] lives on" "$T/err" || fail "not told: $(cat "$T/err")"
	grep -q "process $P (sleep)" "$T/err" || fail "the process is not named: $(cat "$T/err")"
	grep -q "mount $T/pin" "$T/err" || fail "the mount is not named: $(cat "$T/err")"
	box test ! -e /run/netns/kept || fail "the name is still there"
	kill "$P"
	wait "$P" 2>/dev/null
	# What nothing keeps is gone without a word.
	nsw_ok netns attach again "$T/pin"
	box umount "$T/pin"
	nsw_ok netns delete again
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	"$NSWATCH" ls --all -t net -n -r -o NS | grep -qx "$ns" && fail "net:[$ns] is still there"
	return 0
}

# A mount in another mount namespace alone: which one, and who lives there. The kernel takes
# mounts on a file that is removed off everywhere, so it has another path.
t_netns_delete_elsewhere() {
	local other
	box_make
	nsw_ok netns add far
	touch "$T/far"
	mkfifo "$T/far.up" "$T/far.end"
	box unshare -m --propagation private bash -c "mount --bind /run/netns/far $T/far
		echo >$T/far.up; read -r _ <$T/far.end" &
	BACKGROUND+=($!)
	read -r _ <"$T/far.up"
	nsw_ok netns delete far
	other=$(pgrep -f "^bash -c mount --bind /run/netns/far $T/far")
	grep -q "mount $T/far in mnt:\[$(inum mnt "$other")\], where process $other (bash) is" "$T/err" ||
		fail "not told: $(cat "$T/err")"
	echo >"$T/far.end"
}

t_netns_delete_all() {
	box_make
	nsw_ok netns add a
	nsw_ok netns add b
	box touch /run/netns/stale
	nsw_ok netns list --json -d
	said '.netns[] | select(.name == "stale") | .netns' null
	said '.netns[] | select(.name == "stale") | .kept' 'nothing is mounted on this file'
	nsw_fails 1 'without a net namespace' netns exec stale true
	nsw_ok netns -all delete
	[ -z "$(box ls -A /run/netns)" ] || fail "left: $(box ls -A /run/netns)"
	nsw_fails 2 'goes with delete and exec' netns --all add x
}

# What is inside and what keeps it, against ip and stat.
t_netns_details() {
	need ip
	box_make
	nsw_ok netns add in
	box ip link add "d$$" type veth peer name e0 netns in
	box ip -n in addr add 10.98.7.1/24 dev e0
	sleeper in
	nsw_ok netns list -d --json
	said '.netns[0].nprocs' 1
	said '.netns[0].devs' lo,e0
	said '.netns[0].addresses' 10.98.7.1/24
	said '.netns[0].kept | split(", ") | .[0]' proc
	said '.netns[0].kept | contains("mount /run/netns/in")' true
	# The default shows the same, in columns behind those of ip.
	nsw_ok netns list
	grep -qE "^in +[0-9]* +$(name_inum in) +1 lo,e0 10\.98\.7\.1/24 proc, .*mount /run/netns/in" "$T/said" ||
		fail "$(cat "$T/said")"
	nsw_ok netns list -o NAME
	[ "$(tail -n 1 "$T/said")" = in ] || fail "$(cat "$T/said")"
}

# -Q takes every column, shown or not, and reads what it needs for it.
t_netns_filter() {
	need ip
	local ns
	box_make
	for ns in one two empty; do nsw_ok netns add $ns; done
	nsw_ok netns set two 42
	box ip link add "q$$" type veth peer name e0 netns two
	sleeper one
	nsw_ok netns list --json -o NAME -Q 'NPROCS > 0'
	said '[.netns[].name] | join(",")' one
	nsw_ok netns list --json -o NAME -Q 'DEVS =~ "(^|,)e0" or NAME == "empty"'
	said '[.netns[].name] | join(",")' empty,two
	nsw_ok netns list -n -o NAME -Q "NETNS == $(name_inum two)"
	[ "$(cat "$T/said")" = two ] || fail "$(cat "$T/said")"
	nsw_ok netns list --json -Q 'NPROCS == 0 and KEPT =~ "proc"'
	said '.netns | length' 0
	nsw_ok netns list-id --json -Q 'NSID >= 42'
	said '[.nsids[].name] | join(",")' two
	nsw_fails 2 "there is no column 'NPROC'" netns list -Q 'NPROC == 0'
	nsw_fails 2 "expected a value after '=='" netns list -Q 'NPROCS =='
	nsw_fails 2 'goes with list' netns --all delete -Q 'NPROCS == 0'
	nsw_ok netns list --json -o NAME
	said '.netns | length' 3
}

# With more than 100 names only they are listed, and what is inside on request.
t_netns_many() {
	need ip
	box_make
	seq -f 'netns add n%g' 101 >"$T/batch"
	box ip -b "$T/batch" || fail "they can't be made"
	nsw_ok netns list
	[ "$(head -n 1 "$T/said" | xargs)" = "NAME NSID NETNS" ] || fail "$(head -n 1 "$T/said")"
	[ "$(wc -l <"$T/said")" -eq 102 ] || fail "$(wc -l <"$T/said") lines"
	nsw_ok netns list -d
	head -n 1 "$T/said" | grep -q KEPT || fail "$(head -n 1 "$T/said")"
	nsw_ok netns list --json
	said '.netns | map(select(.devs == "lo" and (.kept | startswith("mount ")))) | length' 101
	nsw_ok netns delete n7
	nsw_ok netns list
	head -n 1 "$T/said" | grep -q KEPT || fail "with 100 names: $(head -n 1 "$T/said")"
}

t_netns_ids() {
	need ip
	box_make
	for i in a b c; do nsw_ok netns add $i; done
	nsw_ok netns set a 5
	nsw_ok netns set b 7
	nsw_fails 1 'its id is 5' netns set a 6
	nsw_fails 1 '`nswatch netns list-id`' netns set c 7
	nsw_fails 2 'number from 0' netns set c -1
	nsw_fails 2 'number from 0' netns set c 7x
	nsw_ok netns list-id --json
	jq -c '[.nsids[] | {nsid, name}] | sort' "$T/said" >"$T/got"
	box ip -j netns list-id | jq -c '[.[] | {nsid, name}] | sort' >"$T/want"
	diff "$T/want" "$T/got" >&2 || fail "ids differ"
	# From a, b has another id.
	inside a ip netns set b 70 2>/dev/null
	nsw_ok netns list-id --json target-nsid 5
	said '.nsids[] | select(.nsid == 70) | "\(."current-nsid") \(.name)"' '7 b'
	nsw_ok netns list-id --json nsid 7
	said '.nsids | length' 1
	said '.nsids[0].name' b
	nsw_fails 1 'has the id 99' netns list-id nsid 99
	nsw_fails 2 'unexpected operand' netns list-id nope
	nsw_fails 2 'wants a number' netns list-id nsid
}

# In exec /sys is of the namespace, and files of /etc/netns/NAME lie over those of /etc.
t_netns_exec() {
	need ip
	box_make
	# /etc is not ours to change.
	mkdir "$T/etc"
	echo old >"$T/etc/resolv.conf"
	box mount --bind "$T/etc" /etc
	mkdir -p "$T/etc/netns/in"
	echo new >"$T/etc/netns/in/resolv.conf"
	echo lost >"$T/etc/netns/in/nowhere"
	nsw_ok netns add in
	box ip link add "d$$" type veth peer name only-here netns in
	nsw_ok netns exec in sh -c 'readlink /proc/self/ns/net; ls /sys/class/net; cat /etc/resolv.conf'
	[ "$(head -n 1 "$T/said")" = "net:[$(name_inum in)]" ] || fail "is in $(cat "$T/said")"
	grep -qx only-here "$T/said" || fail "/sys shows other devices: $(cat "$T/said")"
	[ "$(tail -n 1 "$T/said")" = new ] || fail "/etc: $(cat "$T/said")"
	grep -q 'mount /etc/netns/in/nowhere on /etc/nowhere' "$T/err" || fail "no warning"
	[ "$(box cat /etc/resolv.conf)" = old ] || fail "/etc of others changed"
	box ls /sys/class/net | grep -qx only-here && fail "/sys of others changed"
	nsw netns exec in sh -c 'exit 43'
	expect_rc 43
	nsw_fails 127 'nosuchcommand' netns exec in nosuchcommand
	nsw_fails 126 'Permission denied' netns exec in "$T/etc/resolv.conf"
	nsw_fails 1 "called 'nope'" netns exec nope true
	# Options of the command are its own.
	nsw_ok netns exec in echo --json -n
	[ "$(cat "$T/said")" = "--json -n" ] || fail "options were taken: $(cat "$T/said")"
}

t_netns_exec_all() {
	box_make
	nsw_ok netns add a
	nsw_ok netns add b
	nsw_ok netns --all exec readlink /proc/self/ns/net
	[ "$(grep -c '^netns: [ab]$' "$T/said")" -eq 2 ] || fail "said $(cat "$T/said")"
	grep -qx "net:\[$(name_inum a)\]" "$T/said" || fail "not in a: $(cat "$T/said")"
	grep -qx "net:\[$(name_inum b)\]" "$T/said" || fail "not in b: $(cat "$T/said")"
	nsw netns --all exec sh -c 'exit 9'
	expect_rc 9
}

t_netns_names() {
	local name
	box_make
	for name in '' . .. a/b ../x / "$(printf '%0256d' 1)"; do
		nsw_fails 2 'net namespace' netns add "$name"
		nsw_fails 2 'net namespace' netns delete "$name"
		nsw_fails 2 'net namespace' netns attach "$name" self
		nsw_fails 2 'net namespace' netns exec "$name" true
		nsw_fails 2 'net namespace' netns set "$name" 1
	done
	box test ! -e /run/netns || fail "something was made"
	name=$(printf '%0255d' 1)
	nsw_ok netns add "$name"
	nsw_ok netns delete "$name"
	nsw_fails 2 "did you mean 'delete'" netns deleet x
	nsw_fails 2 'wants NAME' netns add
	nsw_fails 2 'unexpected operand' netns add a b
	nsw_fails 2 'wants NAME CMD' netns exec a
}

# A name with escape characters: told in safe words, and in JSON as it is.
t_netns_hostile() {
	local name=$'e\033[31m\n\xff'
	box_make
	box "$NSWATCH" netns add "$name" || fail "not added"
	nsw_ok netns list
	grep -q $'\033' "$T/said" && fail "an escape character reached the terminal"
	grep -q 'e\\x1b\[31m\\x0a\\xff' "$T/said" || fail "said $(cat "$T/said")"
	nsw_ok netns list --json
	said '.netns[0].name | startswith("e\u001b[31m\n")' true
	box "$NSWATCH" netns delete "$name" || fail "not deleted"
}

# --- what goes wrong ---

t_netns_full() {
	box_make
	box mkdir /run/netns
	# Two inodes: the directory and one name.
	box mount -t tmpfs -o nr_inodes=2,mode=755 full /run/netns
	nsw_ok netns add one
	nsw_fails 1 'No space left' netns add two
	grep -q 'df' "$T/err" || fail "no advice: $(cat "$T/err")"
	[ "$(box ls /run/netns)" = one ] || fail "left: $(box ls /run/netns)"
	[ "$(box ip netns list 2>/dev/null | cut -d' ' -f 1)" = one ] || fail "ip sees others"
}

# When the first name fails, the directory and its mount are undone too.
t_netns_undone() {
	box_make
	box mount -t tmpfs -o nr_inodes=2,mode=755 full /run
	nsw_fails 1 'No space left' netns add one
	box test ! -e /run/netns || fail "the directory stayed"
	grep -q ' /netns /run/netns .* - tmpfs full ' "/proc/$BOX/mountinfo" && fail "the mount stayed"
	return 0
}

t_netns_readonly() {
	box_make
	nsw_ok netns add stays
	box mount -o remount,bind,ro /run/netns
	nsw_fails 3 'Read-only file system' netns add other
	nsw_fails 3 'Read-only file system' netns delete stays
	# Nothing half done: the namespace is still mounted.
	[ "$(name_inum stays)" != "$(stat -c %i /dev/null)" ] || fail "gone"
	nsw_ok netns exec stays readlink /proc/self/ns/net
	[ "$(cat "$T/said")" = "net:[$(name_inum stays)]" ] || fail "unmounted"
}

# Root without one capability: what it lacks is named, and nothing is half done.
t_netns_one_capability() {
	need setpriv
	without() {
		local cap=$1
		shift
		box setpriv --bounding-set "-$cap" --inh-caps "-$cap" "$NSWATCH" "$@" >"$T/said" 2>"$T/err"
		RC=$?
	}
	box_make
	nsw_ok netns add x
	box ip link add "d$$" type dummy 2>/dev/null || box ip link add "d$$" type veth peer name "e$$"
	without sys_admin netns add y
	expect_rc 3
	grep -q 'CAP_SYS_ADMIN' "$T/err" || fail "$(cat "$T/err")"
	box test ! -e /run/netns/y || fail "a file is left"
	without sys_admin netns list
	expect_rc 0
	grep -q '^nswatch: 1 net namespace could not be looked into' "$T/err" || fail "$(cat "$T/err")"
	grep -q '^x ' "$T/said" || fail "$(cat "$T/said")"
	without net_admin netns set x 5
	expect_rc 3
	grep -q 'CAP_NET_ADMIN' "$T/err" || fail "$(cat "$T/err")"
	without net_admin netdev move "d$$" --to x
	expect_rc 3
	grep -q 'CAP_NET_ADMIN' "$T/err" || fail "$(cat "$T/err")"
	box ip link show "d$$" >/dev/null || fail "it moved"
	without sys_admin netns exec x true
	expect_rc 3
	grep -q 'CAP_SYS_ADMIN' "$T/err" || fail "$(cat "$T/err")"
}

t_netns_unprivileged() {
	need setpriv
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	box_make
	chmod 755 "$T"
	cp "$NSWATCH" "$T/nswatch"
	nsw_ok netns add there
	user() {
		box "${nobody[@]}" "$T/nswatch" "$@" >"$T/said" 2>"$T/err"
		RC=$?
	}
	user netns list
	expect_rc 0
	grep -q there "$T/said" || fail "no list: $(cat "$T/err")"
	for args in 'add x' 'attach x self' 'delete there' 'set there 3' 'exec there true'; do
		# shellcheck disable=SC2086
		user netns $args
		[ "$RC" -eq 3 ] || [ "$args" = 'attach x self' ] || fail "$args: status $RC: $(cat "$T/err")"
		[ "$RC" -ne 0 ] || fail "$args was done"
		[ -s "$T/err" ] || fail "$args: no reason"
	done
	[ "$(box ls /run/netns)" = there ] || fail "changed: $(box ls /run/netns)"
}

t_netns_monitor() {
	need ip
	box_make
	nsw_ok netns add before
	mkfifo "$T/mon"
	exec 8<>"$T/mon"
	box_start "$NSWATCH" netns monitor >&8 2>"$T/err"
	# It watches when inotify's descriptor has a watch.
	until grep -qs ^inotify "/proc/$P/fdinfo/"*; do
		kill -0 "$P" || fail "ended: $(cat "$T/err")"
		tick
	done
	box ip netns add one
	nsw_ok netns add two
	box ip netns del two
	nsw_ok netns delete one
	for want in 'add one' 'add two' 'delete two' 'delete one'; do
		read -r -t "$(scaled 30)" line <&8
		[ "$line" = "$want" ] || fail "'$line' instead of '$want'"
	done
	exec 8<&-
}

# In a user namespace the kernel refuses the way back to a net namespace of another owner: what can
# be seen is listed, and what can't is told.
t_netns_userns() {
	local inner pid

	partner user unshare --user --map-root-user bash -c 'unshare -n sleep 1000 & p=$!
		until [ "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do
			tick; done
		echo pid $p; echo there; read -r _; kill $p'
	until_said user there
	pid=${F[pid]}
	inner=$(inum net "$pid")
	in_user() {
		nsenter --user --target "${PID[user]}" --preserve-credentials -- \
			"$NSWATCH" "$@" >"$T/said" 2>"$T/err"
		RC=$?
	}
	in_user netdev --json
	expect_rc 0
	said "[.netdevs[] | select(.netns == $inner).ifname] | tostring" '["lo"]'
	said "[.netdevs[] | select(.netns == $(inum net)).ifname] | index(\"lo\") != null" true
	grep -Eq 'of [1-9][0-9]* process(es)? could not be seen; root outside of this user' "$T/err" ||
		fail "nothing of others: $(cat "$T/err")"
	in_user netns list
	expect_rc 0
	in_user netns add "user$$"
	expect_rc 3
	grep -q 'Operation not permitted' "$T/err" || fail "$(cat "$T/err")"
	[ ! -e "/run/netns/user$$" ] || fail "a file is left"
	in_user explain "$pid"
	expect_rc 1
	grep -q netns-down "$T/said" || fail "$(cat "$T/said")"
	in_user explain "/proc/$pid/ns/net"
	expect_rc 1
	in_user netdev where lo --netns "$pid" --json
	expect_rc 0
	said '.devices | length' 1
	go_on user
	partner_end user
}

# Where its mount namespace is its own too, names work in a user namespace as outside.
t_netns_userns_names() {
	unshare --user --map-root-user --mount bash -s "$NSWATCH" <<-'X' >"$T/said" 2>"$T/err" ||
		mount -t tmpfs none /run && "$1" netns add a && "$1" netns exec a ip link show lo &&
			"$1" netns list --json | jq -r '.netns[].name' && "$1" netns delete a
	X
		fail "status $?: $(cat "$T/err")"
	grep -qx a "$T/said" || fail "no name: $(cat "$T/said")"
}

# holder: a process, in $HOLDER, whose private mount namespace alone has a net namespace mounted on
# the file of the name held, its number in $HELD.
holder() {
	partner holder nsenter --net --mount --target "$BOX" -- unshare -m --propagation private \
		bash -c 'mkdir -p /run/netns && : >/run/netns/held &&
			unshare -n mount --bind /proc/self/ns/net /run/netns/held
			echo pid $$; echo there; read -r _'
	until_said holder there
	HOLDER=${F[pid]}
	HELD=$(stat -L -c %i "/proc/$HOLDER/root/run/netns/held")
}

# A service with private mounts holds the name: it is told where, how it can be entered, and that its
# namespace would end.
t_netns_held_elsewhere() {
	local enter alive='[.namespaces[].ns] | index('
	box_make
	holder
	nsw_ok netns list --json
	said '.netns | length' 1
	said '.netns[0].netns' null
	said '.netns[0].kept' "not here: net:[$HELD] is mounted on it in mnt:[$(inum mnt "$HOLDER")], where process $HOLDER (bash) is"
	nsw_fails 1 "held has no net namespace in this mount namespace; net:\[$HELD\] is mounted on it in mnt:.*process $HOLDER " \
		netns exec held true
	enter=$(sed -n 's/.*`nswatch \(enter .*\) CMD`.*/\1/p' "$T/err")
	# shellcheck disable=SC2086 # words
	nsw_ok $enter readlink /proc/self/ns/net
	[ "$(cat "$T/said")" = "net:[$HELD]" ] || fail "the advice leads to $(cat "$T/said")"
	nsw_fails 1 "process $HOLDER" netdev --netns held
	nsw_fails 1 "process $HOLDER" netns pids held
	nsw_fails 1 "held is not deleted: net:\[$HELD\] .*, and it would end" netns delete held
	nsw_fails 1 "held is not deleted: net:\[$HELD\] .*, and it would end" netns --all delete
	"$NSWATCH" ls --all -t net --json >"$T/said"
	said "$alive$HELD) != null" true
	# What goes on without it is not said to end.
	nsenter --net="/proc/$HOLDER/root/run/netns/held" sleep 1000 &
	P=$!
	BACKGROUND+=("$P")
	until [ "$(inum net $P)" = "$HELD" ]; do tick; done
	nsw_fails 1 "and would lose this mount" netns delete held
	kill $P
	wait $P 2>/dev/null
	nsw_ok netns delete --force held
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	box test ! -e /run/netns/held || fail "the name is left"
	"$NSWATCH" ls --all -t net --json >"$T/said"
	said "$alive$HELD) != null" false
	go_on holder
	partner_end holder
}

# The same path in another filesystem is another file, and a copy of the name's own mount is none.
t_netns_held_twin() {
	box_make
	holder
	box rm /run/netns/held
	partner twin nsenter --net --mount --target "$BOX" -- unshare -m --propagation private \
		bash -c 'mount -t tmpfs none /run && mkdir -p /run/netns && : >/run/netns/held &&
			unshare -n mount --bind /proc/self/ns/net /run/netns/held; echo there; read -r _'
	until_said twin there
	box touch /run/netns/held
	nsw_ok netns list --json
	said '.netns[0].kept' 'nothing is mounted on this file'
	nsw_ok netns delete held
	nsw_ok netns add held
	partner copy nsenter --net --mount --target "$BOX" -- unshare -m --propagation private \
		bash -c 'echo there; read -r _'
	until_said copy there
	nsw_ok netns delete held
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	for p in twin copy; do go_on $p; partner_end $p; done
}

# A link into /proc, as guides to Docker make it, is seen as ip sees it.
t_netns_links() {
	need ip
	box_make
	box_start unshare -n sleep 1000
	until [ "$(cat "/proc/$P/comm" 2>/dev/null)" = sleep ]; do tick; done
	nsw_ok netns add x
	box ln -s "/proc/$P/ns/net" /run/netns/web
	box ln -s x /run/netns/also
	nsw_ok netns list --json -o +LINK
	said '[.netns[] | [.name, .netns, .link]] | tostring' \
		"[[\"also\",$(name_inum x),\"x\"],[\"web\",$(inum net "$P"),\"/proc/$P/ns/net\"],[\"x\",$(name_inum x),null]]"
	said '.netns[] | select(.name == "web").kept' proc
	nsw_ok netns identify "$P"
	[ "$(cat "$T/said")" = "$(box ip netns identify "$P")" ] || fail "identified as $(cat "$T/said")"
	[ "$(cat "$T/said")" = web ] || fail "identified as $(cat "$T/said")"
	nsw_ok netdev --netns web --json
	said '[.netdevs[] | [.netns, .name, .ifname]] | tostring' "[[$(inum net "$P"),\"web\",\"lo\"]]"
	nsw_ok netns exec web readlink /proc/self/ns/net
	[ "$(cat "$T/said")" = "net:[$(inum net "$P")]" ] || fail "another: $(cat "$T/said")"
	nsw_ok netns pids web
	[ "$(cat "$T/said")" = "$P" ] || fail "pids: $(cat "$T/said")"
	nsw_fails 1 "the name is taken by a link to /proc/$P/ns/net" netns add web
	# The link goes, and what it leads to stays.
	nsw_ok netns delete web
	nsw_ok netns delete also
	[ ! -s "$T/err" ] || fail "said: $(cat "$T/err")"
	box test -e /run/netns/x || fail "x is gone too"
	nsw_ok netns exec x true
}

# A link that leads nowhere is one thing everywhere.
t_netns_links_dangling() {
	local cmd to=/proc/4194999/ns/net
	box_make
	nsw_ok netns add x
	nsw_ok netns delete x
	box ln -s $to /run/netns/gone
	box ln -s /etc/passwd /run/netns/file
	nsw_ok netns list --json
	said '[.netns[] | [.name, .netns, .kept]] | tostring' \
		"[[\"file\",null,\"link to /etc/passwd, which is no net namespace\"],[\"gone\",null,\"link to $to, which is not there\"]]"
	for cmd in 'netns exec gone true' 'netdev --netns gone' 'netns pids gone' 'netns set gone 5' \
		'netns attach new gone' 'enter gone true'; do
		# shellcheck disable=SC2086 # words
		nsw_fails 1 "gone is a link to $to, which is not there" $cmd
		grep -q 'netns delete' "$T/err" || fail "no advice: $(cat "$T/err")"
		# shellcheck disable=SC2086 # words
		nsw_fails 1 "file is a link to /etc/passwd, which is no net namespace" ${cmd/gone/file}
	done
	nsw_fails 1 "the name is taken by a link to $to, which is not there: .*netns delete" netns add gone
	nsw_ok netns delete gone
	nsw_ok netns delete file
	[ -z "$(box ls -A /run/netns)" ] || fail "left: $(box ls -A /run/netns)"
	[ -s /etc/passwd ] || fail "the file is gone"
}

# Both add one name at the same time, and both delete it: one of them does it and the other says that
# it did not, no name is half made, and a neighbour's mount stays.
t_netns_races_with_ip() {
	need ip
	box_make
	nsw_ok netns add neighbour
	box bash -s "$NSWATCH" 60 >"$T/said" 2>&1 <<-'X' || fail "$(tail -n 3 "$T/said")"
		fails() { echo "round $i: $*"; exit 1; }
		both() {
			"$nswatch" netns "$1" "$3" 2>/dev/null & a=$!
			ip netns "$2" "$3" 2>/dev/null & b=$!
			wait $a; a=$?
			wait $b; b=$?
			[ $(((a == 0) + (b == 0))) -eq 1 ] || fails "$1: statuses $a and $b"
		}
		nswatch=$1
		stays=$(stat -c %i /run/netns/neighbour)
		for ((i = 0; i < $2; i++)); do
			both add add "r$i"
			[ "$(stat -f -c %T "/run/netns/r$i")" = nsfs ] || fails 'half made'
			[ "$(grep -c " /run/netns/r$i " /proc/self/mountinfo)" -eq 1 ] || fails 'mounts'
			both delete del "r$i"
			[ ! -e "/run/netns/r$i" ] || fails 'still there'
			grep -q " /run/netns/r$i " /proc/self/mountinfo && fails 'still mounted'
			[ "$(stat -c %i /run/netns/neighbour)" = "$stays" ] || fails 'the neighbour'
		done
	X
	[ "$(box ls /run/netns)" = neighbour ] || fail "left: $(box ls /run/netns)"
}
