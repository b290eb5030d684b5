# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# `nswatch create`: every option by what the program sees; options that Debian's unshare lacks too.

AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

create() { "$NSWATCH" create "$@" 2>"$T/err"; }
# seen WANT OPTIONS... -- CMD...: the program's output and status 0.
seen() {
	local want=$1 got
	shift
	got=$(create "$@") || fail "create $*: status $?, $(cat "$T/err")"
	[ "$got" = "$want" ] || fail "create $* shows '$got' instead of '$want'"
}
# as_nobody WANT OPTIONS...: the same for a user without rights.
as_nobody() {
	local want=$1 got
	shift
	got=$("${AS_NOBODY[@]}" "$NSWATCH" create "$@" 2>"$T/err") ||
		fail "create $* as nobody: status $?, $(cat "$T/err")"
	[ "$got" = "$want" ] || fail "create $* as nobody shows '$got' instead of '$want'"
}
users_may() { "${AS_NOBODY[@]}" unshare -U true 2>/dev/null || skip "users may not make user namespaces here"; }
map_of() { echo "sed 's/  */ /g' /proc/self/$1"; }

# Each option makes its type new and no other.
t_create_types() {
	local type letter own now slot
	while read -r letter type; do
		now=$(create "-$letter" stat -L -c '%n %i' /proc/self/ns/{mnt,uts,ipc,user,net,cgroup,time,pid})
		while read -r slot now; do
			own=$(stat -L -c %i "$slot")
			case $letter:${slot##*/} in
			p:pid) ;; # of children
			# Its own exec brings the caller there, on 6.1 not yet.
			T:time) [ "$own" != "$now" ] || [ "$own" = "$(unshare -T stat -L -c %i "$slot")" ] ||
				fail "-T leaves time as it was" ;;
			"$letter:$type") [ "$own" != "$now" ] || fail "-$letter leaves $type as it was" ;;
			*) [ "$own" = "$now" ] || fail "-$letter makes ${slot##*/} new" ;;
			esac
		done <<<"$now"
	done <<-'END'
		m mnt
		u uts
		i ipc
		U user
		n net
		C cgroup
		T time
		p pid
	END
	[ "$(create -p "$(helper nsact)" fork ns -- exit 0 | sed -n 's/^getpid //p')" = 1 ] ||
		fail "-p: the first child is not pid 1"
	seen 1 -p -f sh -c 'echo $$'
	[ "$(create -T stat -L -c %i /proc/self/ns/time_for_children)" != "$(stat -L -c %i /proc/self/ns/time)" ] ||
		fail "-T leaves the time of children as it was"
}

t_create_hostname() {
	seen inside -u sh -c 'hostname inside; uname -n'
	[ "$(uname -n)" != inside ] || fail "it changed the host's name"
}

t_create_net_is_empty() {
	seen lo -n sh -c "ip -o link | cut -d: -f2 | tr -d ' '"
}

t_create_maps() {
	seen " 0 0 1" -r sh -c "$(map_of uid_map)"
	seen deny -r cat /proc/self/setgroups
	seen " 5 0 1" --map-user 5 sh -c "$(map_of uid_map)"
	seen " 65534 0 1" --map-user nobody sh -c "$(map_of uid_map)"
	seen " 7 0 1" --map-user 5 --map-user 7 sh -c "$(map_of uid_map)"
	seen " 6 0 1" --map-group 6 sh -c "$(map_of gid_map)"
	seen "" -U sh -c "$(map_of uid_map)"
	seen deny -U --setgroups deny cat /proc/self/setgroups
	# unshare denies twice and fails.
	seen deny -r --setgroups deny cat /proc/self/setgroups
}

t_create_maps_as_user() {
	users_may
	as_nobody "0 0" -r sh -c 'echo $(id -u) $(id -g)'
	as_nobody "65534 65534" -c sh -c 'echo $(id -u) $(id -g)'
	as_nobody " 9 65534 1" --map-user 9 sh -c "$(map_of uid_map)"
	as_nobody " 8 65534 1" --map-group 8 sh -c "$(map_of gid_map)"
	as_nobody root -r -u -n -m sh -c 'hostname x && ip link set lo up && mount -t tmpfs t /mnt && id -un'
}

# Ranges, with the holes that single ids leave.
t_create_ranges() {
	seen " 10 100 5" --map-users 10:100:5 sh -c "$(map_of uid_map)"
	seen " 10 100 5" --map-users 100,10,5 sh -c "$(map_of uid_map)"
	seen " 10 100 5; 20 200 3;" --map-users 10:100:5 --map-users=20:200:3 \
		sh -c "$(map_of uid_map) | tr '\n' ';'"
	seen " 10 100 5" --map-groups 10:100:5 sh -c "$(map_of gid_map)"
	seen " 0 0 1; 1 100 9;" -r --map-users 0:100:10 sh -c "$(map_of uid_map) | tr '\n' ';'"
	seen " 5 0 1; 0 100 5; 6 105 4;" --map-user 5 --map-users 0:100:10 \
		sh -c "$(map_of uid_map) | tr '\n' ';'"
	seen "$(sed 's/  */ /g' /proc/self/uid_map)" --map-users all sh -c "$(map_of uid_map)"
	seen "$(sed 's/  */ /g' /proc/self/gid_map)" --map-groups all sh -c "$(map_of gid_map)"
	seen allow --map-users 0:0:10 --map-groups 0:0:10 cat /proc/self/setgroups
	seen "3 4 4" --map-users 0:0:10 --map-groups 0:0:10 -S 3 -G 4 sh -c 'echo $(id -u) $(id -g) $(id -G)'
}

# with_subids CMD...: as nobody, who has ranges, in a mount namespace of its own.
with_subids() {
	echo "nobody:100000:65536" >"$T/subuid"
	echo "65534:200000:1000" >"$T/subgid"
	unshare -m sh -c 'mount --bind "$0/subuid" /etc/subuid && mount --bind "$0/subgid" /etc/subgid &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' "$T" "$@"
}

t_create_subids() {
	[ -u /usr/bin/newuidmap ] || skip "newuidmap is not installed"
	users_may
	local maps='sed "s/  */ /g" /proc/self/uid_map /proc/self/gid_map | tr "\n" ";"' got
	while IFS='|' read -r options want; do
		# shellcheck disable=SC2086
		got=$(with_subids "$NSWATCH" create $options sh -c "$maps") || fail "create $options: status $?"
		[ "$got" = "$want" ] || fail "create $options: maps $got instead of $want"
	done <<-'END'
		--map-auto| 0 100000 65536; 0 200000 1000;
		--map-auto -r| 0 65534 1; 1 100000 65536; 0 65534 1; 1 200000 1000;
		--map-subids| 100000 100000 65536; 200000 200000 1000;
		--map-users auto -r| 0 65534 1; 1 100000 65536; 0 65534 1;
		--map-users=subids --map-groups=auto| 100000 100000 65536; 0 200000 1000;
		--map-users 7:100007:2| 7 100007 2;
	END
	# A newuidmap in PATH is nobody's.
	printf '#!/bin/sh\necho wrong >"%s/wrong"\n' "$T" >"$T/newuidmap"
	chmod 755 "$T" "$T/newuidmap"
	: >"$T/wrong"
	chmod 666 "$T/wrong"
	with_subids env PATH="$T:$PATH" "$NSWATCH" create --map-auto true || fail "--map-auto with another PATH"
	[ ! -s "$T/wrong" ] || fail "newuidmap was taken from PATH"
	with_subids "$NSWATCH" create --map-users 0:5:1 true 2>"$T/err"
	[ $? -eq 1 ] || fail "a range of others was mapped"
	grep -q '/etc/subuid does not give all of the ids 5-5 to nobody' "$T/err" || fail "not said: $(cat "$T/err")"
	echo "nobody2:1:1" >"$T/subuid"
	got=$(unshare -m sh -c 'mount --bind "$0/subuid" /etc/subuid
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$1" create --map-auto true 2>&1' "$T" "$NSWATCH")
	grep -q 'no line of /etc/subuid is for the user nobody' <<<"$got" || fail "not said: $got"
}

t_create_owner() {
	local bad n=0 owner
	seen " 0 0 1" --owner 65534:65534 -r sh -c "$(map_of uid_map)"
	# Who owns it may enter it.
	for owner in 65534:65533 0:0; do
		n=$((n + 1))
		partner "o$n" "$NSWATCH" create --owner $owner -r "$(helper nsact)" say ready wait
		until_said "o$n" ready
		"${AS_NOBODY[@]}" nsenter -t "${PID[o$n]}" -U --preserve-credentials true 2>/dev/null
		[ $? -eq $((n - 1)) ] || fail "nobody, with --owner $owner"
		[ "$(stat -c %u:%g "/proc/${PID[o$n]}")" = $owner ] || fail "the program is not $owner outside"
		go_on "o$n"
	done
	for bad in 1 1: :1 1:2:3 x:y 1:-1; do
		create --owner "$bad" true && fail "--owner $bad was taken"
	done
	return 0
}

t_create_setuid() {
	seen "12 13 13" -S 12 -G 13 sh -c 'echo $(id -u) $(id -g) $(id -G)'
	seen "65534 0" -S nobody sh -c 'echo $(id -u) $(id -g)'
	# A change of ids forgets the signal that --kill-child asks for, unless it is asked last.
	[ "$(create -f -S 12 --kill-child=HUP sh -c 'echo $PPID')" ] || fail "no parent"
}

t_create_keep_caps() {
	users_may
	local all=000001ffffffffff
	all=$(printf '%016x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))
	as_nobody "CapAmb: $all" -c --keep-caps sh -c 'grep CapAmb /proc/self/status | tr "\t" " "'
	as_nobody "CapEff: $all" -c --keep-caps sh -c 'grep CapEff /proc/self/status | tr "\t" " "'
	as_nobody "CapEff: 0000000000000000" -c sh -c 'grep CapEff /proc/self/status | tr "\t" " "'
	as_nobody yes -c --keep-caps -f -p -m sh -c 'mount -t tmpfs t /mnt && echo yes'
}

t_create_root_and_wd() {
	mkdir -p "$T/root/in" "$T/root/proc"
	cp "$(helper nsact)" "$T/root/nsact"
	seen /usr/bin -w /usr/bin pwd -P
	[ "$(create -R "$T/root" /nsact ns | grep -c '^getpid')" = 1 ] || fail "--root: $(cat "$T/err")"
	create -R "$T/root" -w /in /nsact exec /nsact ns >"$T/out" || fail "--root --wd: $(cat "$T/err")"
	# Relative to the new root; the old working directory is not to be seen from within.
	create -R "$T/root" -w in ../nsact ns >"$T/out" || fail "--wd is not below --root: $(cat "$T/err")"
	create -R "$T/root" -w in ../../../../nsact ns >"$T/out" || fail "the working directory escaped"
	create -p -f -R "$T/root" --mount-proc /nsact ns | grep -qx 'getpid 1' || fail "--root --mount-proc"
	create -R "$T/root" sh && fail "sh is not there"
	grep -q 'exec(sh): No such file' "$T/err" || fail "not said: $(cat "$T/err")"
	create -R "$T/nowhere" true && fail "--root of nothing"
	grep -q "open($T/nowhere)" "$T/err" || fail "not said: $(cat "$T/err")"
}

t_create_clocks() {
	local up
	up=$(create -T -f --boottime 864000000 cut -d. -f1 /proc/uptime)
	[ "$up" -gt 864000000 ] || fail "up for $up s"
	seen "monotonic 5000 0 boottime -7 0 " -T --monotonic 5000 --boottime -7 \
		sh -c "sed 's/  */ /g' /proc/self/timens_offsets | tr '\n' ' '"
	create --boottime 5 true && fail "--boottime without --time"
	create -T --boottime 5x true && fail "--boottime 5x"
	return 0
}

t_create_env() {
	export ONE=1 TWO=2 EMPTY=
	seen "" --clear-env env
	seen "ONE=1 EMPTY=" --whitelist-env ONE,EMPTY,NOT_SET sh -c 'tr "\0" " " </proc/$$/environ | sed "s/ $//"'
	seen "TWO=2" --whitelist-env TWO env
	seen "ONE=1 TWO=2" --whitelist-env ONE --whitelist-env TWO sh -c 'tr "\0" " " </proc/$$/environ | sed "s/ $//"'
	seen "ONE=1" --clear-env --whitelist-env ONE env
	# PATH is gone too: the C library's own is used.
	seen found --clear-env sh -c 'echo found'
}

# mark DIR: the propagation that mountinfo gives it.
mark='awk -v d="$0" '"'"'$5 == d { s = "private"; for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i);
	s = s " " $i } print s }'"'"' /proc/self/mountinfo'

t_create_propagation() {
	mkdir "$T/m"
	# Not a bind mount: that would be in the group of /tmp, where that is shared.
	mount -t tmpfs nswatch "$T/m"
	at_end "umount '$T/m'"
	mount --make-shared "$T/m"
	seen "private" -m sh -c "$mark" "$T/m"
	seen "private" -m --propagation private sh -c "$mark" "$T/m"
	seen "private shared" -m --propagation shared sh -c "$mark" "$T/m"
	seen "private master" -m --propagation slave sh -c "$mark" "$T/m"
	seen "private shared" -m --propagation unchanged sh -c "$mark" "$T/m"
	# What is mounted inside stays inside, unless it was left shared.
	create -m mount -t tmpfs t "$T/m" || fail "mount: $(cat "$T/err")"
	[ "$(grep -c " $T/m " /proc/self/mountinfo)" = 1 ] || fail "a mount came out"
	create -m --propagation unchanged mount -t tmpfs t "$T/m" || fail "mount: $(cat "$T/err")"
	[ "$(grep -c " $T/m " /proc/self/mountinfo)" = 2 ] || fail "a mount did not come out of a shared one"
	umount "$T/m"
}

t_create_mount_proc() {
	seen "1 1" -p -f --mount-proc sh -c 'echo $$ $(ls -d /proc/[0-9]* | head -n 1 | tr -dc 0-9)'
	mkdir "$T/proc"
	seen 1 -p -f --mount-proc="$T/proc" sh -c 'readlink "$0/self" >/dev/null; echo $$' "$T/proc"
	seen proc -p -f --mount-proc="$T/proc" sh -c 'awk -v d="$0" "\$5 == d" /proc/self/mountinfo |
		sed "s/.* - \([a-z]*\) .*/\1/"' "$T/proc"
	[ -z "$(ls "$T/proc")" ] || fail "the mount is seen outside"
	users_may
	as_nobody 1 -r -p -f --mount-proc sh -c 'readlink /proc/self >/dev/null && echo $$'
}

t_create_binfmt() {
	grep -qw binfmt_misc /proc/filesystems || skip "this kernel has no binfmt_misc"
	create -p -f --mount-binfmt true || skip "this kernel has no binfmt_misc in user namespaces: $(head -n 1 "$T/err")"
	seen enabled -r -p -f --mount-binfmt cat /proc/sys/fs/binfmt_misc/status
	printf 'NSWATCH-TEST\n' >"$T/odd"
	chmod 755 "$T/odd"
	seen "$T/odd" -r -p -f -l ":nsw:M::NSWATCH-TEST::$(type -P echo):" "$T/odd"
	create -r -p -f -l "nonsense" true && fail "nonsense was registered"
	grep -q 'register a binary format(nonsense)' "$T/err" || fail "not said: $(cat "$T/err")"
}

# The program gets the three that it was given.
t_create_no_descriptors() {
	local options open
	chmod 755 "$T"
	while read -r options; do
		# shellcheck disable=SC2086,SC2012
		open=$("$NSWATCH" create $options "$(helper nsact)" exec /bin/sh -c 'echo /proc/self/fd/*' \
			3<&- 10<&- 251<&- 2>"$T/err")
		[ "$open" = "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3" ] ||
			fail "create $options: $open $(cat "$T/err")"
	done <<-END
		-u
		-f
		-p -f --kill-child --mount-proc
		-p -f --init --kill-child --forward-signals --mount-proc
		-r
		--map-users 0:0:9 --map-groups 0:0:9
		--uts=$T/uts1
		--uts=$T/uts2 -f --kill-child
		--mount -R / -w /tmp
		--net=$T/net -p -f --init --mount-proc
		--owner 5:5 -r
	END
	umount "$T/uts1" "$T/uts2" "$T/net"
	# What was closed stays closed, and what nswatch opens is not mistaken for it.
	[ -z "$("$NSWATCH" create -f -u readlink /proc/self/fd/0 0<&- 2>&1)" ] || fail "the program has an input"
	"$NSWATCH" create --uts="$T/uts3" "$T/none" 2>&-
	[ $? -eq 127 ] || fail "status without stderr"
	[ ! -e "$T/uts3" ] || fail "not undone without stderr"
}

t_create_shell() {
	printf '#!/bin/sh\necho "$0 $#"\n' >"$T/myshell"
	chmod 755 "$T/myshell"
	seen "-login 0" -u env -u SHELL sh -c 'echo "-login 0"'
	SHELL=$T/myshell seen "$T/myshell 0" -u
	[ "$(env -u SHELL "$NSWATCH" create -u <<<'echo "$0"')" = "-$(basename "$(awk -F: '$1 == "root" { print $7 }' /etc/passwd)")" ] ||
		fail "not the shell of passwd"
}

t_create_usage() {
	local said
	"$NSWATCH" create --bad >"$T/out" 2>&1
	[ $? -eq 2 ] || fail "status of a wrong option"
	for said in "--init true" "--map-users 1:2 true" "--map-users 1:2:3:4 true" "--map-users x true" \
		"--setgroups maybe true" "--propagation odd true" "--kill-child=NOSUCH true" "-S no-such-user true" \
		"--map-group no-such-group true" "-r --setgroups allow true"; do
		# shellcheck disable=SC2086
		"$NSWATCH" create $said >"$T/out" 2>&1
		[ $? -eq 2 ] || fail "status of create $said"
		[ "$(wc -l <"$T/out")" -le 2 ] || fail "create $said: $(cat "$T/out")"
	done
	ln -s "$NSWATCH" "$T/unshare"
	"$T/unshare" --bad 2>"$T/err"
	[ $? -eq 1 ] || fail "status of a wrong option as unshare"
	"$T/unshare" --version | grep -q '^unshare from nswatch' || fail "--version"
	"$T/unshare" --help | grep -q '^Usage: unshare ' || fail "--help"
}
