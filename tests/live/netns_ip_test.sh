# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# `nswatch netns --ip`, also called as ip-netns, beside ip(8): the same command lines in two systems
# alike, of which each has one of the programs. What they print, the exit status, and whether
# something is said on stderr must be the same.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# ip_link: nswatch, called as ip-netns, in $LINK.
ip_link() {
	LINK=$T/ip-netns
	ln -sf "$NSWATCH" "$LINK"
}

# ip_replay PROGRAM: the lines of stdin, each behind PROGRAM, in a net and a mount namespace of its
# own; lines that begin with ! are for the shell. $F is a file for a batch.
ip_replay() {
	P=$1 W=$T unshare -n -m --propagation private timeout "$(scaled 120)" bash -c '
		mount -t tmpfs -o mode=755 ip /run && mount -t sysfs ip /sys && ip link set lo up && F=$W/batch || exit
		mkdir /run/at && cd /run/at || exit
		while IFS= read -r line; do
			printf "\$ %s\n" "$line"
			case $line in
			!*) eval "${line#!}" ;;
			*)
				( eval "exec \"\$P\" $line" ) </dev/null >/run/out 2>/run/err
				echo "status $?, $([ -s /run/err ] && echo talk || echo silence)"
				cat /run/out
				;;
			esac
		done' 2>&1 | grep -v '^bash: line .*: *[0-9]* \(Killed\|Terminated\)'
}

# ip_beside: the lines of stdin by both.
ip_beside() {
	local said
	need ip
	unshare -n -m true 2>/dev/null || skip "no net and mount namespace of its own"
	ip_link
	cat >"$T/lines"
	ip_replay "$(command -v ip)" <"$T/lines" >"$T/ip.said"
	ip_replay "$LINK" <"$T/lines" >"$T/our.said"
	said=$(grep -c '^status' "$T/ip.said")
	[ "$said" -eq "$(grep -vc '^!' "$T/lines")" ] || fail "ip was not replayed: $(tail -n 3 "$T/ip.said")"
	# Newer ones than 6.1 fail without a word now and then.
	[[ $(ip -V) == *iproute2-6.1.0* ]] || sed -i 's/^\(status [1-9][0-9]*\), [a-z]*$/\1/' "$T/ip.said" "$T/our.said"
	diff -U 2 "$T/ip.said" "$T/our.said" >&2 || fail "not what ip does"
}

t_netns_ip_lists() {
	ip_beside <<-'E'
		netns
		netns list
		-j netns list
		netns list-id
		-j netns list-id
		-j -p netns list-id
		netns add a
		netns add "b c"
		netns add 'ü"\d'
		netns set a 5
		netns set "b c" auto
		netns
		netns list
		netns show
		netns lst
		netns l
		net li
		netns list more words
		-j netns
		--json netns list
		-json -pretty netns list
		-p netns list
		-j -p netns list-id
		-br -d -s -o -4 -N -iec -c netns list
		-color=never -f inet -l 3 -rc 4096 -t -ts -echo netns list
		-j netns list-id
		netns list-id
		netns list-id nsid 5
		-j netns list-id nsid 0x5
		-j -p netns list-id nsid 5
		netns list-id nsid 77
		-j netns list-id nsid 77
		-n a netns list
		-n a netns set a 3
		-n a netns set "b c" 17
		-netns a netns list
		-n a -j netns list-id
		netns list-id target-nsid 5
		-j netns list-id target-nsid 5
		-j -p netns list-id target-nsid 5
		netns list-id target-nsid 5 nsid 0
		netns list-id nsid 0 target-nsid 5
		-j netns list-id nsid 0 target-nsid 5
		netns list-id target-nsid 77
		-j netns list-id target-nsid 77
		netns list-id target-nsid 5 nsid 77
		!ip netns add unnamed; ip netns set unnamed 9; exec 7</run/netns/unnamed
		netns delete unnamed
		netns list-id
		-j netns list-id
		netns list-id target-nsid 5 nsid 9
		-j netns list-id target-nsid 5 nsid 9
		!exec 7<&-
		!touch /run/netns/file; ln -s nowhere /run/netns/dangling; ln -s a /run/netns/link; ln -s /proc/self/ns/uts /run/netns/uts
		netns list
		-j netns list
		netns pids file
		netns pids dangling
		netns set file 4
		netns set dangling 4
		netns delete dangling
		netns delete file
		netns delete uts
		netns exec link true
		netns list
		-all netns delete
		netns
		-j netns
		-j -p netns
	E
}

t_netns_ip_names() {
	in_vm && skip "how words are read is no matter of the kernel"
	ip_beside <<-'E'
		netns add a
		netns add a
		netns add b more
		netns add
		netns add x/y
		netns add ""
		netns add .
		netns add ..
		netns add aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
		-all netns add x/y
		netns attach
		netns attach c
		netns attach c 0
		netns attach c self
		netns attach c 0x
		netns attach c -5
		netns attach c 99999999
		netns attach c 99999999999
		netns attach a 1
		netns identify
		netns attach c $$
		netns attach d $$
		netns identify
		netns identify $$
		netns id $$
		netns identify self
		netns identify 0
		netns identify 99999999
		netns identify 1 2
		netns identify ""
		netns pids
		netns pids a
		netns pids a b
		netns pids nix
		netns set
		netns set a
		netns set nix 3
		netns set a x
		netns set a -3
		netns set a 0x10
		netns set a 0x10
		netns set b 16
		netns set b 99999999999
		netns set b 2147483648
		netns set b 2147483647
		netns set b auto more
		netns set b ""
		netns list
		netns list-id nsid
		netns list-id nsid x
		netns list-id nsid -1
		netns list-id nsid 1 nsid 2
		netns list-id target-nsid
		netns list-id target-nsid -1
		netns list-id target-nsid 1 target-nsid 2
		netns list-id target 1
		netns list-id foo
		netns delete
		netns delete nix
		netns del b more
		netns d c
		netns list
		netns foo
		netns foo bar
		netns help
		netns he
		netns ""
		foo
		foo x/y
		netnsx list ""
		-foo netns
		--foo netns
		-b
		-n
		-n nix netns list
		-n a/b netns list
		-family nix netns
		-family
		-rcvbuf nix netns
		-rcvbuf
		-color=nix netns
		-h netns list
		-help
		-he
		-V | grep -c .
		-- netns list
		-- -j netns list
		netns -j list
		-all netns list
		-all netns delete more
		netns list
	E
}

t_netns_ip_exec() {
	in_vm && skip "how words are read is no matter of the kernel"
	ip_beside <<-'E'
		netns add a
		netns add b
		netns exec
		netns exec a
		netns exec nix true
		netns exec a true
		netns exec a no-such-program
		netns exec a /etc/passwd
		netns exec a sh -c "exit 7"
		netns exec a sh -c 'kill -9 $$'
		netns exec a sh -c 'kill -TERM $$'
		netns exec a ip -o -br link
		netns exec a ls /sys/class/net
		netns exec a readlink /proc/self/ns/user
		netns exec a echo -n "two words" -all
		netns exec a cat /nonexistent
		-n a netns exec b ls /sys/class/net
		-all netns exec
		-all netns exec true
		-all netns exec false
		-all netns exec echo x
		-all netns exec no-such-program
		-all netns exec sh -c 'kill -9 $$'
		!touch /run/netns/file
		netns exec file true
	E
}

t_netns_ip_batch() {
	in_vm && skip "how words are read is no matter of the kernel"
	ip_beside <<-'E'
		!printf 'netns add a\nnetns set a 7 # an id\n\n\nnetns add \\\nb\n # nothing\nnetns list-id\n-j netns\n' >$F
		-b $F
		-force -b $F
		!printf 'netns list\nnetns foo\nnetns add c\n' >$F
		-b $F
		-force -batch $F
		netns list
		!printf 'netns add a\nnosuchobject foo\nnetns add "d e"\nnetns list' >$F
		-b $F
		-force -b $F
		-j -force -b $F
		!printf 'netns exec a no-such-program\nnetns exec a sh -c "exit 3"\nnetns exec a sh -c "echo in"\nnetns exec a echo '"'x y'"' z"q"\nnetns list' >$F
		-b $F
		-force -b $F
		!printf 'netns exec a sh -c "kill -9 $$"\nnetns list' >$F
		-b $F
		!printf 'netns list\nnetns list "x\nnetns list\n' >$F
		-force -b $F
		!printf 'netns list\nnetns list \\\n' >$F
		-b $F
		!printf 'netns set a -3\nnetns list\n' >$F
		-force -b $F
		!printf 'netns set a 3\nnetns set nix 3\nnetns list\n' >$F
		-force -b $F
		!{ printf 'netns list '; printf 'x %.0s' {1..509}; echo; printf 'netns list '; printf 'x %.0s' {1..510}; echo; } >$F
		-b $F
		!printf 'netns list\n' >$F
		-b - <$F
		-n a -b $F
		-b /nonexistent/file
		-b $F netns foo
		-all -b $F
	E
}

# The forms that only nswatch has: without the word netns, and by its own name.
t_netns_ip_called() {
	need ip
	box_make
	ip_link
	box ip netns add a
	box ip netns set a 3
	[ "$(box "$LINK" list)" = 'a (id: 3)' ] || fail "ip-netns list: $(box "$LINK" list)"
	[ "$(box "$LINK")" = 'a (id: 3)' ] || fail "ip-netns: $(box "$LINK")"
	[ "$(box "$LINK" -j list-id)" = '[{"nsid":3,"name":"a"}]' ] || fail "ip-netns -j list-id"
	[ "$(box "$NSWATCH" netns --ip)" = 'a (id: 3)' ] || fail "nswatch netns --ip"
	[ "$(box "$NSWATCH" netns --ip -j netns list)" = '[{"name":"a","id":3}]' ] || fail "nswatch netns --ip -j"
	box "$LINK" link show 2>"$T/err"
	[ $? -eq 1 ] || fail "another object: status"
	grep -q "^ip-netns: .*'link'" "$T/err" || fail "said: $(cat "$T/err")"
	nsw_fails 2 'first word' netns list --ip
	box "$LINK" -V >"$T/said" || fail "no version"
	grep -q nswatch "$T/said" || fail "not whose version it is: $(cat "$T/said")"
}

# Where ip does what nobody wants, ip-netns does not: a link that is deleted leaves the name behind it
# alone, and what can't be entered makes no other namespace run the command twice.
t_netns_ip_differs() {
	box_make
	ip_link
	box "$LINK" netns add a
	box "$LINK" netns set a 5
	box ln -s a /run/netns/link
	box "$LINK" netns delete link || fail "delete of a link"
	[ "$(box "$LINK" netns list)" = 'a (id: 5)' ] || fail "it took the name along: $(box "$LINK" netns list)"
	box touch /run/netns/file
	box "$LINK" netns add b
	box "$LINK" -all netns exec echo ran >"$T/said" 2>"$T/err" || fail "-all exec: status $?"
	[ "$(grep -c '^ran$' "$T/said")" -eq 2 ] || fail "ran otherwise: $(cat "$T/said")"
	[ "$(grep -c '^netns: ' "$T/said")" -eq 3 ] || fail "went round otherwise: $(cat "$T/said")"
	grep -q "file" "$T/err" || fail "not told: $(cat "$T/err")"
	# a calls c 2; here c has no id, and 2 is b.
	box "$LINK" netns set b 2
	box "$LINK" netns add c
	box "$LINK" -n a netns set c 2
	[ "$(box "$LINK" netns list-id target-nsid 5)" = 'nsid 2 current-nsid unassigned ' ] ||
		fail "named: $(box "$LINK" netns list-id target-nsid 5)"
}

# What a terminal gets is escaped, what a program gets is not.
t_netns_ip_escapes() {
	need ip script
	box_make
	ip_link
	box ip netns add $'a\033[31m'
	[ "$(box "$LINK" list)" = $'a\033[31m' ] || fail "not as it is: $(box "$LINK" list | cat -v)"
	box script -qec "$LINK list" /dev/null </dev/null >"$T/said"
	grep -qF 'a\x1b[31m' "$T/said" || fail "not escaped: $(cat -v "$T/said")"
	box "$LINK" -j list | jq -e '.[0].name == "a\u001b[31m"' >/dev/null || fail "no JSON"
}

# The processes are those that ip names, and the changes too.
t_netns_ip_pids_monitor() {
	local n=0
	need ip
	box_make
	ip_link
	box ip netns add a
	sleeper a
	[ "$(box "$LINK" netns pids a)" = "$P" ] || fail "pids: $(box "$LINK" netns pids a)"
	[ "$(box ip netns pids a)" = "$P" ] || fail "pids of ip: $(box ip netns pids a)"
	box_start "$LINK" netns monitor >"$T/changes"
	until find "/proc/$P/fd" -lname "*inotify*" 2>/dev/null | grep -q .; do
		n=$((n + 1))
		[ $n -gt 600 ] && fail "does not watch"
		tick
	done
	box "$LINK" netns add b
	box ip netns del b
	until [ "$(wc -l <"$T/changes")" -ge 2 ]; do
		n=$((n + 1))
		[ $n -gt 1200 ] && fail "not told: $(cat "$T/changes")"
		tick
	done
	[ "$(xargs <"$T/changes")" = "add b delete b" ] || fail "told: $(cat "$T/changes")"
}
