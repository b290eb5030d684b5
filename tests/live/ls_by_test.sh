# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# `nswatch ls --by`: which namespaces containers, units and users have for themselves, and which they share.
# shellcheck source=tests/live/enter_lib.sh
. "$NSWATCH_LIVE/enter_lib.sh"

# box NAME CGROUP COMMAND...: a process that the command ends in, in that cgroup; BOX[NAME] is its pid.
declare -A BOX
box() {
	local name=$1 cgroup=$2
	shift 2
	partner "$name" "$@" "$(helper nsact)" ns say ready wait
	until_said "$name" ready
	TARGET=${PID[$name]}
	BOX[$name]=$TARGET
	own_cgroup "$cgroup"
}

# by WHAT NAME: the row with that name, in EV.
by() {
	"$NSWATCH" ls --by "$1" --json --output-all >"$T/by.json" 2>"$T/err" || fail "status $?: $(cat "$T/err")"
	EV=$(jq -c --arg name "$2" ".${1}s[] | select(.name == \$name)" "$T/by.json")
	[ -n "$EV" ] || fail "no row $2: $(jq -c "[.${1}s[].name]" "$T/by.json")"
}

# mnt_shared: what EV is to say of the test's own mount namespace, which need not be the host's (that of the
# kernel's threads): MNT is the cell, LISTED what comes first in the list of namespaces.
mnt_shared() {
	MNT=host LISTED=
	[ /proc/2/ns/mnt -ef /proc/self/ns/mnt ] && return
	MNT=$(jq -r '.mnt | select(test("pid:"))' <<<"$EV")
	LISTED="mnt:[$(inum mnt $$)],"
}

# A pod of two, and one that has the host's network.
t_ls_by_container() {
	local a=nswa$$ b=nswb$$ c=nswc$$ host
	box a "lxc.payload.$a" unshare -u -i -n
	box b "lxc.payload.$b" nsenter --net="/proc/${BOX[a]}/ns/net" unshare -u -m
	box c "lxc.payload.$c" unshare -i
	by container "lxc:$a"
	mnt_shared
	fields .net "=lxc:$b" .uts own .ipc own .mnt "$MNT" .user host .userns null .nprocs 1 .first "${BOX[a]}" \
		.namespaces "${LISTED}uts:[$(inum uts "${BOX[a]}")],ipc:[$(inum ipc "${BOX[a]}")],net:[$(inum net "${BOX[a]}")]"
	by container "lxc:$b"
	fields .net "=lxc:$a" .uts own .mnt own .ipc host
	by container "lxc:$c"
	fields .net host .uts host .ipc own
	# The kernel's word: the same number is the same namespace.
	[ "$(inum net "${BOX[a]}")" = "$(inum net "${BOX[b]}")" ] || fail "not shared"
	# A process of no container in it; a second one of its own.
	partner out nsenter --net="/proc/${BOX[a]}/ns/net" "$(helper nsact)" say ready wait
	until_said out ready
	by container "lxc:$a"
	field .net "=lxc:$b,pid:${PID[out]}"
	TARGET=$TARGET box a2 "lxc.payload.$a" unshare -u
	by container "lxc:$a"
	fields .uts "own(2)" .nprocs 2 .net "host,=lxc:$b,pid:${PID[out]}"
	# The sources agree.
	for host in bpf proc; do
		"$NSWATCH" ls --by container --source $host -r >"$T/$host" 2>/dev/null
	done
	[ ! -s "$T/bpf" ] || diff "$T/bpf" "$T/proc" || fail "the sources differ"
}

# mapped NAME FIRST COUNT: it has these users of the host.
mapped() {
	echo "0 $2 $3" >"/proc/${BOX[$1]}/uid_map" || skip "no map can be written"
	echo "0 $2 $3" >"/proc/${BOX[$1]}/gid_map"
}

t_ls_by_ranges() {
	local name
	for name in a b c; do box $name "lxc.payload.nsw$name$$" unshare -U; done
	mapped a 100000 65536
	mapped b 165535 10
	mapped c 165545 65536
	box n "lxc.payload.nswn$$" nsenter -t "${BOX[a]}" -U -S 0 -G 0 unshare -U
	nsenter -t "${BOX[a]}" -U -S 0 -G 0 sh -c "echo 0 100 5 >/proc/${BOX[n]}/uid_map" || fail "no nested map"
	by container "lxc:nswa$$"
	fields .user own .userns 100000+65536 .overlap "lxc:nswb$$"
	by container "lxc:nswb$$"
	fields .userns 165535+10 .overlap "lxc:nswa$$"
	by container "lxc:nswc$$"
	fields .userns 165545+65536 .overlap null
	# Of one below the other nobody wonders.
	by container "lxc:nswn$$"
	fields .userns 100100+5 .overlap null .user own
	"$NSWATCH" ls --by container -o NAME,USERNS | grep -q "^lxc:nswa$$ *100000+65536!$" || fail "it is not marked"
	# What overlap means: a user of the one is a user of the other.
	partner as nsenter -t "${BOX[a]}" -U -S 65535 -G 0 "$(helper nsact)" say ready wait
	until_said as ready
	[ "$(awk '/^Uid/ { print $2 }' "/proc/${PID[as]}/status")" = 165535 ] || fail "the kernel has another user"
}

t_ls_by_unit_and_user() {
	box u "nsw$$.service" unshare -u
	box l "lxc.payload.nsw$$" unshare -u
	by unit "nsw$$.service"
	mnt_shared
	fields .uts own .nprocs 1 .mnt "$MNT"
	! jq -e '.units[] | select(.name | startswith("lxc:"))' "$T/by.json" >/dev/null || fail "a container is a unit"
	partner user unshare -u setpriv --reuid 54321 --regid 54321 --clear-groups "$(public_helper nsact)" say ready wait
	until_said user ready
	by user 54321
	fields .uts own .net host .nprocs 1 .first "${PID[user]}"
}

# What others wrote reaches no terminal, and is JSON.
t_ls_by_hostile() {
	box evil "lxc.payload."$'e\e[2J\xff"vil'"$$" unshare -u
	"$NSWATCH" ls --by container >"$T/text" || fail "status $?"
	LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$T/text" && fail "control characters: $(cat -v "$T/text")"
	grep -q "^lxc:e.*vil" "$T/text" || fail "no row: $(cat "$T/text")"
	"$NSWATCH" ls --by container --json | jq -e '.containers | length > 0' >/dev/null || fail "no JSON"
}

# Whose namespaces may not be read is in the list all the same.
t_ls_by_unreadable() {
	box a "lxc.payload.nsw$$" unshare -u
	"${AS_NOBODY[@]}" "$NSWATCH" ls --by container --json >"$T/by.json" 2>"$T/err" || fail "status $?"
	"${AS_NOBODY[@]}" test -e "/proc/$TARGET/cgroup" || skip "this /proc hides processes"
	EV=$(jq -c --arg name "lxc:nsw$$" '.containers[] | select(.name == $name)' "$T/by.json")
	fields .uts '?' .userns null
	grep -q 'may not be read (?): run it as root' "$T/err" || fail "$(cat "$T/err")"
}

t_ls_by_watch() {
	partner late unshare -u "$(helper nsact)" say ready wait
	until_said late ready
	: >"$T/watch"
	"$NSWATCH" ls --by container --watch=0.1 -o NAME,UTS >"$T/watch" 2>"$T/err" &
	BACKGROUND+=($!)
	until [ "$(grep -c 'Ctrl-C ends' "$T/watch")" -ge 2 ]; do tick; done
	TARGET=${PID[late]}
	own_cgroup "lxc.payload.nsw$$"
	until grep -q "^+ lxc:nsw$$ *own" "$T/watch"; do tick; done
	go_on late
	partner_end late
	until grep -q "^- lxc:nsw$$ *own" "$T/watch"; do tick; done
	grep -q "^\* lxc:nsw$$" "$T/watch" && fail "it changed: $(cat "$T/watch")"
	return 0
}

t_ls_by_wrong() {
	local args status
	for args in "--by pod" "--by container -p 1" "--by unit --all" "--by user --tree" "--by user 4026531836" \
		"--by user --diff x" "--by container -o NS" "--by container -P"; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" ls $args >"$T/out" 2>"$T/err"
		status=$?
		[ $status -eq 2 ] || fail "$args: status $status and $(cat "$T/err")"
		[ ! -s "$T/out" ] || fail "$args writes something"
	done
}

# below_of PID: the processes below it.
below_of() {
	local child
	for child in $(pgrep -P "$1"); do
		echo "$child"
		below_of "$child"
	done
}

# Real ones: bubblewrap shares what it is told to.
t_ls_by_bubblewrap() {
	need bwrap
	local pid
	partner bubble bwrap --ro-bind / / --dev /dev --unshare-pid --unshare-net --proc /proc sh -c 'echo ready; read x; true'
	word_or_skip bubble "bubblewrap does not start"
	TARGET=${PID[bubble]}
	own_cgroup "lxc.payload.nsw$$"
	for pid in $(below_of "$TARGET"); do
		echo "$pid" >"$TOP/lxc.payload.nsw$$/cgroup.procs"
		at_end "kill -KILL $pid; while kill -0 $pid; do tick; done"
	done
	by container "lxc:nsw$$"
	# Its monitor is where it was.
	fields .net host,own .pid host,own .uts host .nprocs 3
}
