# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch explain --id, --host-id and --cap: what they say is what the kernel does when it is tried.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

# ask WANT-STATUS ARGUMENTS...
ask() {
	local want=$1
	shift
	explain "$@"
	EV=$(cat "$T/ex.json")
	[ "$RC" = "$want" ] || fail "explain $*: status $RC instead of $want: $EV $(cat "$T/err")"
}

# two_levels: $OUTER has users 0-65535 as 100000-165535 and groups 0-999 as 200000-200999; in it
# $INNER has users 0-499 as 1000-1499 of it, groups 0-49 as 10-59.
two_levels() {
	pose outer unshare user ns say ready wait
	OUTER=${PID[outer]}
	echo "0 100000 65536" >"/proc/$OUTER/uid_map" || skip "no map can be written"
	echo "0 200000 1000" >"/proc/$OUTER/gid_map"
	partner inner nsenter -t "$OUTER" -U -S 0 -G 0 "$(helper nsact)" unshare user ns say ready wait
	until_said inner ready
	INNER=${PID[inner]}
	nsenter -t "$OUTER" -U -S 0 -G 0 sh -c "echo '0 1000 500' >/proc/$INNER/uid_map; echo '0 10 50' >/proc/$INNER/gid_map" ||
		fail "the inner map can't be written"
}

# kernel_host PID ID: what the kernel calls a process here that took this id of a user and group there.
kernel_host() {
	partner as nsenter -t "$1" -U -S "$2" -G "$2" "$(helper nsact)" say ready wait
	until_said as ready
	KUID=$(awk '/^Uid/ { print $2 }' "/proc/${PID[as]}/status")
	KGID=$(awk '/^Gid/ { print $2 }' "/proc/${PID[as]}/status")
	go_on as
	partner_end as
}

t_explain_id_levels() {
	two_levels
	kernel_host "$INNER" 7
	ask 0 --id 7 "$INNER"
	fields .ids.user.outside "$KUID" .ids.group.outside "$KGID" .ids.user.inside 7 \
		'.ids.user.levels | length' 3 '.ids.user.levels[1].id' 1007 '.ids.group.levels[1].id' 17 \
		'.ids.user.levels[0].userns' "$(inum user "$INNER")" '.ids.user.levels[1].userns' "$(inum user "$OUTER")" \
		'.ids.user.levels[2].userns' "$(inum user)" '[.ids.user.levels[].level] | join(",")' 2,1,0
	[ "$KUID,$KGID" = 101007,200017 ] || fail "the kernel has $KUID,$KGID"
	kernel_host "$OUTER" 3
	ask 0 --id 3 "$OUTER"
	fields .ids.user.outside "$KUID" .ids.group.outside "$KGID" '.ids.user.levels | length' 2
	# The same by the number of the namespace.
	ask 0 --id 7 "user:[$(inum user "$INNER")]"
	field .ids.user.outside 101007
	ask 0 --id 12 $$
	fields .ids.user.outside 12 '.ids.user.levels | length' 1
}

t_explain_id_unmapped() {
	two_levels
	nsenter -t "$INNER" -U -S 600 -G 0 true 2>"$T/err" && fail "the kernel lets it become 600"
	ask 1 --id 600 "$INNER"
	fields .ids.user.outside null .ids.user.inside null .ids.group.outside null
	# The user has a number, the group has none.
	ask 1 --id 60 "$INNER"
	fields .ids.user.outside 101060 .ids.group.outside null
	"$NSWATCH" explain --id 600 "$INNER" >"$T/text"
	grep -q 'user 600 of nsact ([0-9]*) is no user on the host' "$T/text" || fail "$(cat "$T/text")"
	grep -q 'whose uid_map has 0-499' "$T/text" || fail "$(cat "$T/text")"
	tr -s ' \n' ' ' <"$T/text" | grep -q '65534 is what the kernel shows inside' || fail "$(cat "$T/text")"
	# 65534 of the outer one is a user of its own, too.
	"$NSWATCH" explain --id 65534 "$OUTER" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q "65534 is also what the kernel shows inside" || fail "$(cat "$T/text")"
	# Nobody wrote a map.
	pose empty unshare user say ready wait
	ask 1 --id 0 "${PID[empty]}"
	field '.ids.user.levels[0].map | length' 0
}

t_explain_id_back() {
	local file
	two_levels
	chmod 755 "$T"
	# in, uid gid: what files show inside is what the kernel says.
	for file in 101007:200017 101600:200017 5:5; do
		: >"$T/file"
		chown "$file" "$T/file"
		read -r KUID KGID < <(nsenter -t "$INNER" -U stat -c '%u %g' "$T/file")
		explain --host-id "${file%:*}" "$INNER"
		EV=$(cat "$T/ex.json")
		field '.ids.user.inside // .ids.user.overflow' "$KUID"
		explain --host-id "${file#*:}" "$INNER"
		EV=$(cat "$T/ex.json")
		field '.ids.group.inside // .ids.group.overflow' "$KGID"
	done
	ask 1 --host-id 101600 "$INNER"
	fields .ids.user.inside null '.ids.user.levels[1].id' 1600 .ids.user.outside 101600
	ask 0 --host-id 0 $$
	fields .ids.user.name root .ids.user.inside 0
}

# A level without a process: its map is read by going there.
t_explain_id_empty_level() {
	local middle
	pose gone unshare user ns say ready wait
	middle=${PID[gone]}
	echo "0 100000 65536" >"/proc/$middle/uid_map"
	echo "0 100000 65536" >"/proc/$middle/gid_map"
	partner last nsenter -t "$middle" -U -S 0 -G 0 "$(helper nsact)" unshare user ns say ready wait
	until_said last ready
	nsenter -t "$middle" -U -S 0 -G 0 sh -c "echo '0 10 5' >/proc/${PID[last]}/uid_map; echo '0 10 5' >/proc/${PID[last]}/gid_map"
	go_on gone
	wait "$middle"
	ask 0 --id 2 "${PID[last]}"
	fields .ids.user.outside 100012 '.ids.user.levels[1].id' 12 '.ids.user.levels[1].known' true
}

t_explain_id_wrong() {
	local args
	for args in "--id x $$" "--id 4294967295 $$" "--id -1 $$" "--id 5" "--id 5 $$ $$" "--id 5 --host-id 5 $$" "--id 5 nosuch" \
		"--cap sys_admn $$" "--cap 99 $$" "--cap sys_admin" "--cap sys_admin $$ $$ $$" "--cap sys_admin --id 1 $$" \
		"--id 5 --list $$" "--cap chown user:[$(inum user)]"; do
		# shellcheck disable=SC2086 # words
		ask 2 $args
		[ "$(grep -c . "$T/err")" -le 2 ] || fail "more than it takes: $(cat "$T/err")"
		[ ! -s "$T/ex.json" ] || fail "something was written"
	done
	"$NSWATCH" explain --cap sys_admn 1 2>&1 | grep -q "did you mean 'sys_admin'" || fail "no suggestion"
	ask 3 --id 5 4194304
	ask 3 --id 5 "user:[1]"
}

# Without root the maps of others can be read, though not which namespaces these are.
t_explain_id_user() {
	two_levels
	setpriv --reuid 65534 --regid 65534 --clear-groups "$NSWATCH" explain --json --id 7 "$INNER" >"$T/ex.json" 2>"$T/err"
	[ -s "$T/ex.json" ] || skip "this /proc hides processes: $(cat "$T/err")"
	EV=$(cat "$T/ex.json")
	fields .ids.user.outside 101007 .ids.userns null
}

# --- capabilities ------------------------------------------------------------------------------

# may NAME WANT RULE NS-FILE COMMAND...: what nswatch says of CAP_SYS_ADMIN of the nsact that the command
# starts, over a user namespace, and whether the kernel lets it enter that, which takes this capability.
may() {
	local name=$1 want=$2 rule=$3 file=$4 fd errno=EPERM
	shift 4
	exec {fd}<"$file"
	partner "$name" "$@" "$(public_helper nsact)" ns say ready wait setns "/proc/self/fd/$fd" user say tried wait
	until_said "$name" ready
	ask "$([ "$want" = true ] && echo 0 || echo 1)" --cap sys_admin "${PID[$name]}" "user:[$(stat -L -c %i "$file")]"
	fields '.over | length' 1 '.over[0].capable' "$want" '.over[0].rule' "$rule" .cap sys_admin
	[ "$want" = true ] && errno=0
	go_on "$name"
	until_said "$name" tried
	[ "${F[setns]}" = $errno ] || fail "$name: the kernel says ${F[setns]}"
	go_on "$name"
	exec {fd}<&-
}

t_explain_cap_rules() {
	local as=(setpriv --reuid 1000 --regid 1000 --clear-groups) child below file
	"${as[@]}" unshare -U true 2>/dev/null || skip "users may not make user namespaces here"
	partner child "${as[@]}" "$(public_helper nsact)" unshare user ns say ready wait
	until_said child ready
	child=/proc/${PID[child]}/ns/user
	partner below "${as[@]}" unshare -r "$(public_helper nsact)" unshare user ns say ready wait
	until_said below ready
	below=/proc/${PID[below]}/ns/user
	# The user who made it; one who did not; root; root without that capability.
	may owner true owner "$child" "${as[@]}"
	field '.over[0].maker' 1000
	may other false lacks "$child" setpriv --reuid 1001 --regid 1001 --clear-groups
	fields '.over[0].maker' 1000 '.over[0].euid' 1001
	may root true effective "$child"
	may bound false lacks "$child" setpriv --bounding-set -sys_admin
	# Two below: by the one in between.
	may owner2 true owner "$below" "${as[@]}"
	EV=$(jq -c '.over[0] | {via, userns}' <<<"$EV")
	[ "$(jq -r .via <<<"$EV")" != "$(jq -r .userns <<<"$EV")" ] || fail "via is the one itself: $EV"
	may other2 false lacks "$below" setpriv --reuid 1001 --regid 1001 --clear-groups
	# From below nothing reaches what is above, nor beside.
	may up false outside "/proc/$$/ns/user" "${as[@]}" unshare -r
	may beside false outside "$child" "${as[@]}" unshare -r
}

# Of other types, by the user namespace that owns them: who may set a host name.
t_explain_cap_owner_of_type() {
	partner mine unshare -r -u "$(helper nsact)" ns say ready wait
	until_said mine ready
	ask 0 --cap sys_admin "${PID[mine]}" "uts:[${F[uts]}]"
	fields '.over[0].userns' "${F[user]}" '.over[0].rule' effective
	nsenter -t "${PID[mine]}" -U -u -S 0 -G 0 hostname "$(uname -n)" || fail "the kernel refuses it"
	partner theirs unshare -r "$(helper nsact)" ns say ready wait
	until_said theirs ready
	ask 1 --cap sys_admin "${PID[theirs]}" "uts:[${F[uts]}]"
	fields '.over[0].userns' "$(inum user)" '.over[0].rule' outside
	nsenter -t "${PID[theirs]}" -U -S 0 -G 0 hostname "$(uname -n)" 2>/dev/null && fail "the kernel allows it"
	# Without a namespace: each that it is in.
	ask 1 --cap CAP_SYS_ADMIN "${PID[mine]}"
	fields '.over | length' 8 '[.over[] | select(.capable) | .type] | sort | join(",")' user,uts
	ask 0 --cap 21 $$
	"$NSWATCH" explain --cap sys_admin "${PID[mine]}" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q " yes over uts, user (of user:\[[0-9]*\]): sys_admin is in its effective set" ||
		fail "$(cat "$T/text")"
}
