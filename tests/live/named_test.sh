# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# The names of processes (nswatch(8)): the same by every command, and by the kernel's own word.
# shellcheck source=tests/live/enter_lib.sh
. "$NSWATCH_LIVE/enter_lib.sh"

# pod CGROUP: a container with a pid namespace of its own and one below it: $FIRST is its pid 1, $INSIDE a
# process of it and $IN its number there, $DEEP a process in the pid namespace below and $DEEP_IN what the
# container calls it.
pod() {
	local pid
	mkfifo "$T/pod"
	X=pod unshare -p -f -u -n --mount-proc sh -c 'hostname inside
		unshare -p -f sh -c "echo deep; exec sleep 1000" &
		sleep 1000 & echo up; wait' >"$T/pod" &
	BACKGROUND+=($!)
	FIRST=$!
	read -r <"$T/pod"
	rm "$T/pod"
	FIRST=$(pgrep -P "$FIRST")
	until [ "$(below_pod "$FIRST" | wc -l)" = 3 ] && INSIDE=$(below_pod "$FIRST" | by_levels 2 sleep) && DEEP=$(below_pod "$FIRST" | by_levels 3 sleep); do
		tick
	done
	IN=$(awk '/^NSpid/ { print $3 }' "/proc/$INSIDE/status")
	DEEP_IN=$(awk '/^NSpid/ { print $3 }' "/proc/$DEEP/status")
	TARGET=$FIRST
	own_cgroup "$1"
	for pid in $(below_pod "$FIRST"); do echo "$pid" >"$TOP/$1/cgroup.procs"; done
}

below_pod() {
	local child
	for child in $(pgrep -P "$1"); do
		echo "$child"
		below_pod "$child"
	done
}

# by_levels N COMM: the pid on standard input with so many pids and that name.
by_levels() {
	local pid
	while read -r pid; do
		[ "$(awk '/^NSpid/ { print NF - 1 }' "/proc/$pid/status")" = "$1" ] && [ "$(cat "/proc/$pid/comm")" = "$2" ] && echo "$pid" && return
	done
	return 1
}

# says WANT COMMAND...
says() {
	local want=$1 got
	shift
	got=$("$@" 2>"$T/err") || [ $? -le 1 ] || fail "$*: $(cat "$T/err")"
	[ "$got" = "$want" ] || fail "$*: '$got' instead of '$want' $(cat "$T/err")"
}

t_named_everywhere() {
	local name word pid net
	name=nsw$$
	pod "lxc.payload.$name"
	net=$(inum net "$FIRST")
	for word in "$name=$FIRST" "lxc:$name=$FIRST" "$name:$IN=$INSIDE" "lxc:$name:$IN=$INSIDE" "$name:1=$FIRST" \
		"$name:$DEEP_IN=$DEEP" "pid:[$(inum pid "$FIRST")]:$IN=$INSIDE" "pid:[$(inum pid "$DEEP")]:1=$DEEP"; do
		pid=${word##*=} word=${word%=*}
		"$NSWATCH" explain --json "$word" >"$T/ex.json" 2>"$T/err"
		[ "$(jq .process.pid "$T/ex.json")" = "$pid" ] || fail "explain $word: $(cat "$T/err" "$T/ex.json")"
		"$NSWATCH" ls -p "$word" -r -n -o NS >"$T/got" 2>"$T/err" || fail "ls -p $word: $(cat "$T/err")"
		"$NSWATCH" ls -p "$pid" -r -n -o NS | diff - "$T/got" || fail "ls -p $word is not ls -p $pid"
		seen "pid:[$(inum pid "$pid")]" -t "$word" -p readlink /proc/self/ns/pid
	done
	"$NSWATCH" ls -p "$name:$IN" | head -n 1 >"$T/got"
	grep -qx "Process $INSIDE is $INSIDE outside, $IN inside" "$T/got" || fail "$(cat "$T/got")"
	seen "$(inum uts "$INSIDE")" "$name:$IN" stat -L -c %i /proc/self/ns/uts
	for word in "$name" "$name:$IN"; do
		says lo "$NSWATCH" netdev --netns "$word" -r -n -o IFNAME
		says "$net" "$NSWATCH" netdev --netns "$word" -r -n -o NETNS
	done
	says "" "$NSWATCH" netns identify "$name"
	need ip
	ip netns attach "$name.ns" "$FIRST" || skip "no net namespaces by name"
	at_end "ip netns delete $name.ns"
	says "$name.ns" "$NSWATCH" netns identify "$name:$IN"
	says "$(ip netns identify "$FIRST")" "$NSWATCH" netns identify "$name"
	"$NSWATCH" explain --json "$name.ns" >"$T/ex.json" 2>"$T/err"
	[ "$(jq .namespace.inum "$T/ex.json")" = "$net" ] || fail "explain $name.ns: $(cat "$T/err")"
	"$NSWATCH" explain --json --id 5 "$name" >"$T/ex.json" 2>"$T/err" || fail "--id: $(cat "$T/err")"
	"$NSWATCH" explain --json --cap sys_admin "$name" "$name" >"$T/ex.json" 2>"$T/err" || fail "--cap: $(cat "$T/err")"
}

# Nothing is guessed: the candidates are listed, and what is not there is said in one line.
t_named_refused() {
	local name=nsw$$ args
	pod "lxc.payload.$name"
	for args in "ls -p $name:99999" "netdev --netns $name:99999" "netns identify $name:99999" "enter -t $name:99999 -a true" \
		"enter $name:99999 true" "explain --id 1 $name:99999" "explain $name:99999"; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" $args >"$T/out" 2>"$T/err" && fail "$args: status 0"
		[ ! -s "$T/out" ] || fail "$args writes: $(cat "$T/out")"
	done
	for args in "ls -p" explain "netns identify" "netdev --netns" enter "explain --host-id 0"; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" $args "$name:99999" 2>&1 | grep -q "there is no process 99999 in $name\$" || fail "$args does not say it"
	done
	"$NSWATCH" ls -p "$name-" 2>&1 | grep -q "no namespace or container is called '$name-'; there are: " || fail "not said"
	# Another of that name.
	partner two "$(helper nsact)" say ready wait
	until_said two ready
	TARGET=${PID[two]}
	own_cgroup "nswx$$/lxc.payload.$name"
	for args in "ls -p $name" "netdev --netns $name" "netns identify $name" "enter -t $name -a true" "enter $name true" \
		"explain --id 1 $name" "explain $name" "ls -p $name:$IN"; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" $args >"$T/out" 2>"$T/err" && fail "$args: status 0"
		grep -q "may be any of: .*lxc:$name (pid $FIRST)" "$T/err" || fail "$args: $(cat "$T/err")"
		grep -q "lxc:$name (pid $TARGET)" "$T/err" || fail "$args: $(cat "$T/err")"
		[ ! -s "$T/out" ] || fail "$args writes: $(cat "$T/out")"
	done
}

# A device and a container of one name.
t_named_device() {
	need ip
	local name=nsw$$
	partner box unshare -n "$(helper nsact)" say ready wait
	until_said box ready
	TARGET=${PID[box]}
	nsenter -t "$TARGET" -n ip link add "$name" type bridge || skip "no bridge can be made"
	"$NSWATCH" explain "$name" >"$T/out" 2>"$T/err"
	grep -q "$name" "$T/out" || fail "no device: $(cat "$T/err")"
	own_cgroup "lxc.payload.$name"
	"$NSWATCH" explain "$name" >"$T/out" 2>"$T/err"
	[ $? = 2 ] || fail "not ambiguous: $(cat "$T/out")"
	grep -q "'$name' may be a container, whose first process is $TARGET, or a device" "$T/err" || fail "$(cat "$T/err")"
	"$NSWATCH" explain "lxc:$name" >"$T/out" 2>"$T/err"
	grep -q "nsact ($TARGET)" "$T/out" || fail "not the container: $(cat "$T/out" "$T/err")"
}

# all_ns PID...: the numbers of all namespaces that these are in.
all_ns() {
	local pid type
	for pid; do
		for type in mnt uts ipc user pid net cgroup time; do
			[ ! -e "/proc/$pid/ns/$type" ] || inum "$type" "$pid"
		done
	done | sort -u
}

# What tables show, and what explain looks at, of some containers alone.
t_named_chosen() {
	local name=nsw$$ word first net one
	need ip
	pod "lxc.payload.${name}a"
	first=$FIRST one=$IN net=$(inum net "$FIRST")
	partner other unshare -u -n "$(helper nsact)" say ready wait
	until_said other ready
	TARGET=${PID[other]}
	own_cgroup "nswx$$/lxc.payload.${name}b"
	# Those of its processes, as /proc has them.
	# shellcheck disable=SC2046 # numbers
	all_ns $(below_pod "$first") "$first" >"$T/want"
	for word in "${name}a" "nsw$$[a]" "lxc:${name}a" "${name}a,nosuch$$"; do
		"$NSWATCH" ls --container "$word" --source proc -rno NS 2>"$T/err" | sort -u >"$T/got"
		diff "$T/want" "$T/got" || fail "ls --container $word: $(cat "$T/err")"
	done
	says "" "$NSWATCH" ls --container "nosuch$$" -rno NS
	"$NSWATCH" ls "$(inum uts)" --container "${name}b" -rno PID >"$T/got" || fail "status $?"
	[ ! -s "$T/got" ] || fail "processes of others: $(cat "$T/got")"
	says "${PID[other]}" "$NSWATCH" ls "$(inum uts "${PID[other]}")" --container "${name}b" -rno PID
	says "lxc:${name}a"$'\n'"lxc:${name}b" "$NSWATCH" ls --by container --container "$name?" -rno NAME
	says "lxc:${name}b" "$NSWATCH" ls --by container --container "${name}b" -rno NAME
	# Net namespaces and devices.
	ip netns attach "$name.ns" "$first" || skip "no net namespaces by name"
	at_end "ip netns delete $name.ns"
	ip netns add "$name.twin"
	at_end "ip netns delete $name.twin"
	says "$name.ns" "$NSWATCH" netns list --container "${name}a" -rno NAME
	says "" "$NSWATCH" netns list --container "${name}b" -rno NAME
	says "$net lo" "$NSWATCH" netdev --container "${name}a" -rno NETNS,IFNAME
	# What is wrong in one of them: its device is down.
	"$NSWATCH" explain --container "${name}b" --all --json >"$T/ex.json" 2>"$T/err"
	jq -e --argjson net "$(inum net "${PID[other]}")" --argjson pid "${PID[other]}" '
		(.findings | length) > 0 and all(.findings[]; .about.pid == $pid or .about.inum == $net or (.about.inum != null))' \
		"$T/ex.json" >/dev/null || fail "$(cat "$T/ex.json" "$T/err")"
	jq -e --argjson pid "$first" --argjson net "$net" 'all(.findings[]; .about.pid != $pid and .about.inum != $net)' \
		"$T/ex.json" >/dev/null || fail "of the other one: $(cat "$T/ex.json")"
	"$NSWATCH" explain --container "${name}b" 1 >"$T/out" 2>"$T/err"
	[ $? = 2 ] || fail "with an operand: $(cat "$T/err")"
	# The same patterns as names, where one alone is meant.
	seen "$(inum uts "$INSIDE")" "${name}[a]" stat -L -c %i /proc/self/ns/uts
	seen "$(inum uts "$INSIDE")" "${name}[a]:$one" stat -L -c %i /proc/self/ns/uts
	"$NSWATCH" enter "$name?" true >"$T/out" 2>"$T/err" && fail "entered one of several"
	grep -q "'$name?' may be any of: .*lxc:${name}[ab] (pid " "$T/err" || fail "$(cat "$T/err")"
	# Completion offers them.
	[ -e "${NSWATCH%/*}/completions/bash" ] || return 0
	printf '%s\n' '#!/bin/sh' "exec $NSWATCH \"\$@\"" >"$T/nswatch" && chmod +x "$T/nswatch"
	for word in "ls -p" explain "enter -t" "ls --container"; do
		PATH=$T:$PATH bash --norc -c 'source "$1" && COMP_WORDS=(nswatch $2 nsw) && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) &&
			_nswatch nswatch nsw "${COMP_WORDS[COMP_CWORD - 1]}" && printf "%s\n" "${COMPREPLY[@]}"' \
			bash "${NSWATCH%/*}/completions/bash" "$word" >"$T/got" 2>"$T/err"
		grep -qx "${name}a" "$T/got" || fail "completion of $word: $(cat "$T/got" "$T/err")"
	done
}
