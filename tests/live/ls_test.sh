# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # RC is what expect_rc looks at
# `nswatch ls` against lsns itself, against the kernel's own numbers, and for what lsns has not.

# The sources that work here.
ls_sources() {
	"$NSWATCH" ls --source=bpf -n >/dev/null 2>&1 && echo bpf
	echo proc
}

# start_ns TYPES [ARGS...]: a process in new namespaces, in $P, which waits; its facts in $T/ns.
start_ns() {
	local types=$1
	shift
	rm -f "$T/go"
	mkfifo "$T/go"
	"$(helper nsact)" unshare "$types" "$@" ns say ready wait <>"$T/go" >"$T/ns" &
	P=$!
	BACKGROUND+=("$P")
	wait_line ready "$T/ns"
}

# wait_line TEXT FILE
wait_line() {
	local n=0
	until grep -q "$1" "$2" 2>/dev/null; do
		n=$((n + 1))
		[ $n -gt 600 ] && fail "'$1' did not come"
		tick
	done
}

# ls_json ARGS...: rows into $T/out.json, one a line.
ls_json() {
	"$NSWATCH" ls --json "$@" >"$T/doc.json" 2>"$T/err"
	RC=$?
	jq -e . "$T/doc.json" >/dev/null || fail "no valid JSON from ls $*"
	jq -c '.. | objects | select(has("ns")) | del(.children)' "$T/doc.json" >"$T/out.json"
}

# rows_of NUMBERS: those of standard input that begin with one of them.
rows_of() { awk -v all="$1" 'BEGIN { n = split(all, a); while (n) of[a[n--]] } $1 in of'; }

# Everything in new namespaces, as lsns and as both sources of nswatch tell it.
t_ls_like_lsns() {
	need lsns
	local cols=NS,TYPE,PATH,NPROCS,PID,PPID,UID,USER,COMMAND own source who n=0
	start_ns mnt,uts,ipc,net,cgroup
	own=$(for t in mnt uts ipc net cgroup; do inum $t "$P"; done)
	for who in root nobody; do
		run=()
		[ $who = nobody ] && run=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		# It says nothing at all where the last process that it looks at has just ended (2.38).
		until "${run[@]}" lsns -l -r -o "$cols" >"$T/whole" && [ -s "$T/whole" ]; do
			n=$((n + 1))
			[ $n -lt 20 ] || fail "lsns as $who says nothing"
		done
		# Only of those namespaces: to others it may give numbers that are none (nobody, 5.10).
		rows_of "$own" <"$T/whole" >"$T/want"
		for source in $(ls_sources); do
			[ "$who $source" = "nobody bpf" ] && continue
			"${run[@]}" "$NSWATCH" ls --source="$source" -l -r -o "$cols" |
				rows_of "$own" >"$T/got"
			diff "$T/want" "$T/got" >"$T/why.diff" ||
				fail "$source as $who: $(head -n 4 "$T/why.diff")"
		done
	done
	[ ! -s "$T/want" ] || fail "nobody sees namespaces of root"
	"$NSWATCH" ls -n -r -o NS | rows_of "$own" | wc -l | grep -qx 5 || fail "not 5 rows of $own"
}

# In a pid namespace of its own with its own /proc nothing else moves: all must be the same.
t_ls_whole_output() {
	need lsns
	cat >"$T/compare.sh" <<-'EOF'
		sleep 100 & unshare -u -i sleep 100 & unshare -n sleep 100 &
		# Each goes by that name when it is where it belongs.
		until [ "$(pgrep -c -x sleep)" = 3 ]; do tick; done
		for args in "-o NS,TYPE,NPROCS,PPID,USER,UID" "-l" "-J -l -o NS,TYPE,NPROCS,USER,NSFS" \
			"-t uts" "-t net -t ipc" "-n -o NS,TYPE" "-p 2" "-T process -o NS,PPID" "1" "-u -W"; do
			lsns $args >want 2>/dev/null
			nswatch_lsns --source=proc $args >got 2>/dev/null
			# The lister's own processes differ.
			sed -i -E '/lsns/d; s/ +$//' want got
			diff want got || { echo "with: $args"; exit 1; }
		done
		kill $(jobs -p)
	EOF
	ln -s "$NSWATCH" "$T/lsns"
	sed -i "s,nswatch_lsns,$T/lsns," "$T/compare.sh"
	unshare -p -f --mount-proc bash "$T/compare.sh" >"$T/diff" 2>&1 ||
		fail "$(tail -n 1 "$T/diff"): $(head -n 6 "$T/diff")"
}

t_ls_usage() {
	local args want
	ln -s "$NSWATCH" "$T/lsns"
	while read -r want args; do
		# shellcheck disable=SC2086
		"$T/lsns" $args >/dev/null 2>"$T/err"
		RC=$?
		expect_rc "$want"
	done <<-EOF
		1 -J -r
		1 -P -p 1
		0 -l -T
		1 -t nope
		1 -o NOPE
		1 --tree=nope
		1 -Q NOPE==1
		1 -p 1 4026531836
		1 -p 0
		1 12x
		1 1
		0 -p 999999999
		0 -H
		0 -h
		0 -V
		0 -Q NS==1
	EOF
	"$NSWATCH" ls -o PIDD >/dev/null 2>"$T/err"
	RC=$?
	expect_rc 2
	grep -q 'did you mean PID' "$T/err" || fail "no hint: $(cat "$T/err")"
	"$NSWATCH" ls -Q NS==1 --json | jq -e '.namespaces == []' >/dev/null || fail "no empty JSON"
}

# A kernel that does not answer about nsfs: nothing is lost that needs no answer, and where one is
# needed the status tells, as that of lsns does.
t_ls_no_answers() {
	local error want mine args
	ln -s "$NSWATCH" "$T/lsns"
	while read -r error want mine args; do
		# shellcheck disable=SC2086
		"$(helper nsact)" filter nsio "$error" exec "$T/lsns" --source=proc $args >"$T/rows" 2>"$T/err"
		RC=$?
		expect_rc "$want"
		grep -q 'NS_GET_USERNS' "$T/err" || [ "$error" = 1 ] || fail "$args: no reason is given"
		# shellcheck disable=SC2086
		"$(helper nsact)" filter nsio "$error" exec "$NSWATCH" ls --source=proc $args >"$T/rows" 2>"$T/err"
		RC=$?
		expect_rc "$mine"
		# shellcheck disable=SC2086
		if [ -x "${NSWATCH_NEW_LSNS:-}" ]; then
			"$(helper nsact)" filter nsio "$error" exec "$NSWATCH_NEW_LSNS" $args >/dev/null 2>"$T/err"
			RC=$?
			expect_rc "$want"
		fi
	done <<-EOF
		25 2 3 -o NS,PNS
		25 2 3 -o NS -Q ONS==0
		25 2 3 --tree=owner
		25 2 3 --tree=parent -J
		38 0 0 -o NS,PNS
		38 0 0 --tree=owner
		1 0 0 -o NS,PNS
		1 0 0 --tree=parent
	EOF
	for error in 25 38; do
		"$(helper nsact)" filter nsio $error exec "$NSWATCH" ls --source=proc -l -n -r -o NS,TYPE \
			>"$T/rows" 2>"$T/err"
		RC=$?
		expect_rc 0
		grep -qx "$(inum uts) uts" "$T/rows" || fail "no uts namespace: $(cat "$T/rows")"
		[ -s "$T/err" ] && fail "it complains of what nobody asked for: $(cat "$T/err")"
	done
	true
}

# By what each namespace is kept, and whether lsns has it.
t_ls_kept() {
	local mnt child source fd
	# Held by an open file, by a bind mount here, by one in another mount namespace only.
	unshare -u sleep 100 & P=$!
	BACKGROUND+=("$P")
	until [ "$(inum uts $P)" != "$(inum uts)" ]; do tick; done
	fd=$(inum uts $P)
	exec 8<"/proc/$P/ns/uts"
	kill $P; wait $P 2>/dev/null

	mkfifo "$T/hold"
	touch "$T/point"
	unshare -m --propagation private bash -c "
		unshare --uts=$T/point true
		stat -c %i $T/point >$T/inum.new && mv $T/inum.new $T/inum
		read -r _ <$T/hold" &
	P=$!
	BACKGROUND+=("$P")
	until [ -s "$T/inum" ]; do tick; done
	mnt=$(cat "$T/inum")

	# A pid namespace that its only process has left again.
	start_ns pid tryfork
	child=$(awk '$1 == "pid_for_children" { print $2 }' "$T/ns")

	for source in $(ls_sources); do
		ls_json --source="$source" -l -o NS,TYPE,NPROCS,USER,KEPT --all
		expect_event ".ns == $fd" 1
		EV=$(jq -c '.kept |= sub(" [+].*"; "")' <<<"$EV") # its children have it too
		field .kept "fd $$:8"
		field .type uts
		field .nprocs 0
		expect_event ".ns == $mnt" 1
		EV=$(jq -c '.kept |= sub(" in mnt:.*"; "")' <<<"$EV")
		field .kept "mount $T/point"
		ls_json --source="$source" -l -o NS,TYPE,NPROCS,USER,KEPT --hidden
		no_event ".ns == $fd"
		expect_event ".ns == $mnt" 1
		no_event '.kept | startswith("proc")'
		ls_json --source="$source" -l --visible
		expect_event ".ns == $fd" 1
		field .user root
		no_event ".ns == $mnt"
		ls_json --source="$source" -l --hidden -o NS,KEPT
		expect_event ".ns == $child and .kept == \"child $P\"" 1
	done
	exec 8<&-
	echo >"$T/hold"
}

# Kept by a file on its way through a socket only: nobody shows it but listns(2), where there is one.
t_ls_unseen() {
	local source asked how said
	start_ns uts nsid
	facts "$T/ns"
	partner holder "$(helper inflight)" "/proc/$P/ns/uts"
	read -r -t "$(scaled 60)" said <&"${OUT[holder]}" || fail "nothing is sent: $(cat "$T/log.holder")"
	kill "$P"; wait "$P" 2>/dev/null
	asked=$(doctor '.features.listns.answer')
	for source in $(ls_sources); do
		for how in --hidden --all; do
			ls_json --source="$source" -l $how -o NS,TYPE,NPROCS,USER,KEPT,ID,ONS,HOST
			if [ "$asked" != yes ]; then
				no_event ".ns == ${F[uts]}"
				continue
			fi
			expect_event ".ns == ${F[uts]}" 1
			fields .type uts .nprocs 0 .user root .kept unseen .ons "$(inum user)" .host "$(hostname)"
			field .id "${F[nsid_uts]}"
		done
		ls_json --source="$source" -l --visible
		no_event ".ns == ${F[uts]}"
		ls_json --source="$source" -l --hidden -t net -t pid -o NS,TYPE,KEPT
		no_event ".ns == ${F[uts]}"
	done
}

# Names of net namespaces, held by nothing but a mount, and its id.
t_ls_netns() {
	need ip
	local a=nswls$$
	ip netns add "$a" || skip "ip netns does not work here"
	at_end "ip netns del $a"
	local ns source
	ns=$(stat -c %i "/run/netns/$a")
	ip netns set "$a" 4242
	touch "$T/second"
	mount --bind "/run/netns/$a" "$T/second"
	at_end "umount $T/second"
	for source in $(ls_sources); do
		ls_json --source="$source" -t net -o NS,NPROCS,NETNSID,NSFS,DEVS,ONS
		expect_event ".ns == $ns" 1
		field .nprocs 0
		field .netnsid 4242
		field .devs lo
		field .ons "$(inum user)"
		field '.nsfs | split("\n") | sort | join(" ")' "/run/netns/$a $T/second"
		# In a net namespace of the test's own: others may have given the host's an id.
		# shellcheck disable=SC2016 # for the shell inside
		unshare -n sh -c 'stat -L -c %i /proc/self/ns/net && exec "$@"' sh \
			"$NSWATCH" ls --source="$source" -t net -n -r -o NS,NETNSID >own || fail "no list inside"
		grep -qx "$(head -n 1 own) unassigned" own || fail "$source: an id where none was given: $(cat own)"
		"$NSWATCH" ls --source="$source" -P -n -r -o NS,NSFS |
			grep -qx "$ns /run/netns/$a,$T/second" || fail "$source: no row with -P"
	done
}

# Text of others neither breaks lines nor reaches the terminal.
t_ls_hostile() {
	local esc=$'\033[31m' source
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -u bash -c 'exec -a "$0" sleep 100' "a${esc}b"$'\n'"c"$'\xff' "d  e" &
	P=$!
	BACKGROUND+=("$P")
	until [ "$(inum uts $P)" != "$(inum uts)" ] && grep -q sleep "/proc/$P/comm"; do
		tick
	done
	for source in $(ls_sources); do
		"$NSWATCH" ls --source="$source" -t uts >"$T/text"
		grep -q "$esc" "$T/text" && fail "$source: an escape sequence got through"
		grep -qF 'a\x1b[31mb\x0ac\xff' "$T/text" || fail "$source: $(cat "$T/text")"
		ls_json --source="$source" -t uts
		expect_event ".pid == $P" 1
		jq -e '.command | startswith("a\u001b[31mb\nc\ufffd")' <<<"$EV" >/dev/null ||
			fail "$source: $EV"
	done
}

# While processes come and go every row that must be there is there, and as it must be.
t_ls_busy() {
	local own other user n source want
	start_ns uts,ipc
	own=$(inum uts "$P") other=$(inum ipc "$P") user=$(inum user)
	want=" 1 $P root $(tr '\0' ' ' <"/proc/$P/cmdline" | sed 's/ $//; s/ /\\x20/g')"
	export own other user want
	bash -c 'while :; do unshare -u -i true & unshare -p -f true; wait; done' 2>/dev/null &
	BACKGROUND+=("$!")
	for n in $(seq "${NSWATCH_LS_RUNS:-200}"); do
		for source in $(ls_sources); do
			"$NSWATCH" ls --source="$source" -n -r -o NS,TYPE,NPROCS,PID,USER,COMMAND \
				>"$T/rows" 2>"$T/err" || fail "$source, run $n: $(cat "$T/err")"
			awk 'BEGIN { own = ENVIRON["own"]; other = ENVIRON["other"]; user = "^" ENVIRON["user"] " user "; want = ENVIRON["want"] }
				(index($0, own) || index($0, other)) && index($0, want) { rows++ }
				$0 ~ user { seen = 1 }
				END { exit rows == 2 && seen ? 0 : 1 }' "$T/rows" ||
				fail "$source, run $n: $(grep -e "$own" -e "$other" -e "^$user user " "$T/rows")"
		done
	done
}

t_ls_task() {
	need unshare
	unshare -p -f sleep 100 & P=$!
	BACKGROUND+=("$P")
	local child source
	until child=$(pgrep -P $P); do tick; done
	at_end "kill $child"
	for source in $(ls_sources); do
		"$NSWATCH" ls --source="$source" -p "$child" >"$T/text"
		grep -qx "Process $child is $child outside, 1 inside" "$T/text" ||
			fail "$source: $(head -n 1 "$T/text")"
		ls_json --source="$source" -p "$child" -o NS,TYPE,PID,PIDNS1,NSPIDS,LEVEL,PNS
		expect_event '.type == "pid"' 1
		field .ns "$(inum pid "$child")"
		field .pidns1 1
		field .nspids "$child,1"
		field .level 1
		field .pns "$(inum pid)"
		[ "$(wc -l <"$T/out.json")" -eq 8 ] || fail "$source: not the 8 types"
	done
}

t_ls_diff() {
	local uts
	"$NSWATCH" ls -t uts --json -o NS,TYPE,NPROCS,PID >"$T/before"
	start_ns uts
	uts=$(inum uts "$P")
	"$NSWATCH" ls -t uts --diff "$T/before" -o NS,NPROCS,PID >"$T/changes"
	grep -qE "^\+ +$uts +1 +$P" "$T/changes" || fail "not new: $(cat "$T/changes")"
	"$NSWATCH" ls -t uts --json -o NS,TYPE,NPROCS,PID >"$T/before"
	kill "$P"; wait "$P" 2>/dev/null
	"$NSWATCH" ls -t uts --diff "$T/before" --json | jq -e \
		".namespaces[] | select(.ns == $uts) | .change == \"gone\"" >/dev/null ||
		fail "not gone"
	"$NSWATCH" ls --diff /dev/null >/dev/null 2>"$T/err"
	RC=$?
	expect_rc 1
}

# The brief way, by which the list is made, against the one that knows every process.
t_ls_brief() {
	local cols=NS,TYPE,NPROCS,PID,PPID,UID,USER own source last
	start_ns mnt,uts,ipc,net,cgroup
	sleep 100 & BACKGROUND+=("$!")
	nsenter -t "$P" -u -i sleep 100 & last=$!
	BACKGROUND+=("$last")
	until [ "$(inum ipc $last)" = "$(inum ipc "$P")" ] && grep -q sleep "/proc/$last/comm"; do
		tick
	done
	own=$(for t in mnt uts ipc net cgroup; do inum $t "$P"; done)
	for source in $(ls_sources); do
		"$NSWATCH" ls --source="$source" -l -r -n -o "$cols" | grep -F "$own" >"$T/brief"
		"$NSWATCH" ls --source="$source" -l -r -n -o "$cols,NTHREADS" | grep -F "$own" |
			cut -d' ' -f1-7 >"$T/whole"
		diff "$T/whole" "$T/brief" >"$T/why.diff" || fail "$source: $(cat "$T/why.diff")"
		[ "$(wc -l <"$T/brief")" -eq 5 ] || fail "$source: not 5 rows"
		grep -q "^$(inum uts "$P") uts 2 $P " "$T/brief" || fail "$source: $(cat "$T/brief")"
	done
}

# Command lines around the length that the brief way takes, and up to 4096 bytes.
t_ls_long_command() {
	local len name source want
	for len in 1 500 501 502 503 504 505 506 511 512 513 4000 4087; do
		name=$(head -c "$len" /dev/zero | tr '\0' x)
		# shellcheck disable=SC2016 # the inner shell expands it
		unshare -u bash -c 'exec -a "$0" sleep 1000' "$name" &
		P=$!
		until [ "$(inum uts $P)" != "$(inum uts)" ] && grep -q sleep "/proc/$P/comm"; do
			tick
		done
		want="$P $name\\x201000"
		for source in $(ls_sources); do
			"$NSWATCH" ls --source="$source" -t uts -r -n -o PID,COMMAND >"$T/rows"
			grep -qxF "$want" "$T/rows" ||
				fail "$source, $len: $(grep "^$P " "$T/rows" | cut -c 1-80)"
		done
		kill $P
		wait $P 2>/dev/null || :
	done
}

# Names that are no text: comm, and the path of a mount.
t_ls_hostile_names() {
	local dir=$T/$'a\nb\x1b[31m\xff c' ns source
	mkdir "$dir"
	touch "$dir/point"
	unshare --uts="$dir/point" true
	at_end "umount '$dir/point'"
	ns=$(stat -c %i "$dir/point")
	for source in $(ls_sources); do
		ls_json --source="$source" -t uts -o NS,NPROCS,NSFS,PATH,COMMAND
		expect_event ".ns == $ns" 1
		jq -e '.nsfs | contains("a\\x0ab\u001b[31m\ufffd c/point")' <<<"$EV" >/dev/null ||
			fail "$source: $EV"
		"$NSWATCH" ls --source="$source" -t uts -o NS,NSFS >"$T/text"
		grep -q $'\033' "$T/text" && fail "$source: an escape sequence got through"
		"$NSWATCH" ls --source="$source" -t uts -r -o NS,NSFS >"$T/text"
		[ "$(awk 'NF > 2' "$T/text" | wc -l)" -eq 0 ] || fail "$source: $(cat "$T/text")"
	done
}

# Only separators separate mounts, whatever is in their paths.
t_ls_hostile_lists() {
	local dir=$T/$'a\n/b,c\\x0ad' ns source want point
	mkdir -p "$dir"
	touch "$dir/point" "$T/second"
	unshare --uts="$dir/point" true
	at_end "umount '$dir/point' '$T/second'"
	mount --bind "$dir/point" "$T/second"
	ns=$(stat -c %i "$dir/point")
	point=$T/'a\x0a/b,c\x5cx0ad/point'
	for source in $(ls_sources); do
		"$NSWATCH" ls --source="$source" -t uts -n -o NS,NSFS |
			awk -v n="$ns" '$1 == n { on = 1; print $2; next } /^[0-9]/ { on = 0 } on { print $1 }' |
			sort >"$T/got"
		printf '%s\n' "$point" "$T/second" | sort >"$T/want"
		diff "$T/want" "$T/got" >&2 || fail "$source: lines"
		ls_json --source="$source" -t uts -o NS,NSFS
		expect_event ".ns == $ns" 1
		field ".nsfs | split(\"\\n\") | sort | join(\" \")" "$(xargs -d "\n" <"$T/want")"
		sed -i 's/b,c/b\\x2cc/' "$T/want"
		for want in -r -W; do
			"$NSWATCH" ls --source="$source" -t uts -n $want -o NS,NSFS |
				awk -v n="$ns" '$1 == n { print $2 }' | tr , '\n' | sort >"$T/got"
			diff "$T/want" "$T/got" >&2 || fail "$source $want"
		done
	done
}

# Held by open files only: many in one process, at high numbers, by a thread's own, by a socket.
t_ls_open_files() {
	local uts sock i source
	unshare -u sleep 100 & P=$!
	until [ "$(inum uts $P)" != "$(inum uts)" ]; do tick; done
	uts=$(inum uts $P)
	for i in $(seq 100 140); do eval "exec $i</proc/self/ns/ipc"; done
	exec 700<"/proc/$P/ns/uts"
	kill $P; wait $P 2>/dev/null
	mkfifo "$T/sock"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -n bash -c 'ip link set lo up; exec 9<>/dev/udp/127.0.0.1/9
		stat -L -c %i /proc/self/ns/net >"$0"; exec nsenter --net="$1" sleep 100' \
		"$T/sock" "/proc/$$/ns/net" &
	P=$!
	BACKGROUND+=("$P")
	read -r sock <"$T/sock"
	until grep -q sleep "/proc/$P/comm"; do
		kill -0 $P || fail "the socket's process ended"
		tick
	done
	for source in $(ls_sources); do
		ls_json --source="$source" -l -o NS,TYPE,NPROCS,USER
		expect_event ".ns == $uts and .type == \"uts\" and .nprocs == 0" 1
		expect_event ".ns == $sock and .type == \"net\" and .nprocs == 0" 1
		ls_json --source="$source" -l -o NS,KEPT --all
		expect_event ".ns == $uts and (.kept | startswith(\"fd $$:700\"))" 1
		expect_event ".ns == $sock and .kept == \"socket $P:9\"" 1
	done
	for i in $(seq 100 140) 700; do eval "exec $i<&-"; done
}

# A file of nsfs opened by way of a bind mount: its link names the mount, and "/" without it.
t_ls_fd_of_mount() {
	local source point=$T/point uts gone
	mkfifo "$T/said" "$T/end"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m --propagation private bash -c '
		touch "$0"
		unshare --uts="$0" true; exec 8<"$0"
		stat -L -c %i "$0" >"$1"
		umount -l "$0"
		unshare --uts="$0" true; exec 9<"$0"
		stat -L -c %i "$0" >"$1"
		read -r _ <"$2"' "$point" "$T/said" "$T/end" &
	P=$!
	BACKGROUND+=("$P")
	exec 6<>"$T/said"
	read -r gone <&6
	read -r uts <&6
	for source in $(ls_sources); do
		ls_json --source="$source" -l -o NS,TYPE,NPROCS
		expect_event ".ns == $gone and .type == \"uts\" and .nprocs == 0" 1
		expect_event ".ns == $uts and .type == \"uts\" and .nprocs == 0" 1
		ls_json --source="$source" -l -o NS,KEPT
		expect_event ".ns == $gone and .kept == \"fd $P:8\"" 1
		expect_event ".ns == $uts and (.kept | startswith(\"fd $P:9\"))" 1
	done
	echo >"$T/end"
}

# A pid used again, and pids that begin anew: each row has its own command. The pids are those of a
# pid namespace of its own.
t_ls_pid_wrap() {
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "this kernel has no ns_last_pid"
	cat >"$T/wrap.sh" <<-'EOF'
		last=/proc/sys/kernel/ns_last_pid
		one() { # PID TITLE: a process in its own uts namespace
			until [ "$(stat -L -c %i "/proc/$1/ns/uts")" != "$own" ] &&
				grep -q sleep "/proc/$1/comm"; do tick; done
		}
		own=$(stat -L -c %i /proc/self/ns/uts)
		for title in first second third; do
			echo 4999 >$last
			unshare -u bash -c 'exec -a "$0" sleep 100' $title & p=$!
			[ $p -eq 5000 ] || { echo "the pid is $p, not 5000"; exit 77; }
			one $p
			"$1" ls --source=proc -t uts -r -n -o NS,PID,NPROCS,COMMAND >rows
			grep -qxF "$(stat -L -c %i /proc/$p/ns/uts) 5000 1 $title\x20100" rows ||
				{ echo "$title:"; cat rows; exit 1; }
			kill $p; wait $p 2>/dev/null
		done
		echo $(($(cat /proc/sys/kernel/pid_max) - 4)) >$last
		pids=()
		for i in 1 2 3 4 5 6; do
			unshare -u bash -c 'exec -a "$0" sleep 100' wrap$i & pids+=($!)
		done
		for i in 0 1 2 3 4 5; do one ${pids[i]}; done
		[ ${pids[5]} -lt ${pids[0]} ] || { echo "no wrap: ${pids[*]}"; exit 1; }
		"$1" ls --source=proc -t uts -r -n -o NS,PID,NPROCS,COMMAND >rows
		for i in 0 1 2 3 4 5; do
			p=${pids[i]}
			grep -qxF "$(stat -L -c %i /proc/$p/ns/uts) $p 1 wrap$((i + 1))\x20100" rows ||
				{ echo "wrap$((i + 1)):"; cat rows; exit 1; }
		done
		kill "${pids[@]}"
	EOF
	(cd "$T" && unshare -p -f --mount-proc bash wrap.sh "$NSWATCH") >"$T/said" 2>&1
	RC=$?
	[ $RC -eq 77 ] && skip "$(cat "$T/said")"
	[ $RC -eq 0 ] || fail "$(cat "$T/said")"
}

# As many mounts as the kernel allows, with those of namespaces first and last.
t_ls_many_mounts() {
	[ "$(cat /proc/sys/fs/mount-max)" -ge 100000 ] || skip "fs.mount-max is below 100000"
	mkdir "$T/m"
	touch "$T/first" "$T/last"
	cat >"$T/mounts.sh" <<-'EOF'
		set -e
		unshare --uts=$1/first true
		mount -t tmpfs x $1/m
		mkdir $(seq -f $1/m/%g 1 19)
		for i in $(seq 16); do mount --rbind $1/m $1/m/$i; done
		mount --rbind $1/m/16 $1/m/17
		mount --rbind $1/m/11 $1/m/18
		unshare --uts=$1/last true
		set -- $1 $2 $(wc -l </proc/self/mountinfo) $(stat -c %i $1/first $1/last)
		[ $3 -gt 99000 ] || { echo "only $3 mounts"; exit 1; }
		for source in $(cat $1/sources); do
			$2 ls --source=$source -t uts -r -n -o NS,NSFS >$1/rows
			grep -qx "$4 $1/first" $1/rows && grep -qx "$5 $1/last" $1/rows ||
				{ echo "$source:"; cat $1/rows; exit 1; }
		done
		echo $4 $5 >$1/inums.new && mv $1/inums.new $1/inums
		read -r _ <$1/hold
	EOF
	ls_sources | tr '\n' ' ' >"$T/sources"
	mkfifo "$T/hold"
	unshare -m --propagation private bash "$T/mounts.sh" "$T" "$NSWATCH" >"$T/said" 2>&1 &
	P=$!
	BACKGROUND+=("$P")
	until [ -s "$T/inums" ]; do
		kill -0 $P 2>/dev/null || fail "$(cat "$T/said")"
		tick 0.1
	done
	read -r -a pinned <"$T/inums"
	for ns in "${pinned[@]}"; do
		"$NSWATCH" ls --hidden -l -r -n -o NS,NPROCS,KEPT -t uts | grep -q "^$ns 0 mount" ||
			fail "$ns is not found from another mount namespace"
	done
	echo >"$T/hold"
	wait $P
}

# As lsns: a list and a tree at once is the tree, and names of kernel threads are whole.
t_ls_lsns_list_tree() {
	local ns name
	ln -s "$NSWATCH" "$T/lsns"
	"$T/lsns" -t user --tree -o NS,TYPE >"$T/tree" || fail "status $?"
	for opts in '--list --tree' '--tree --list' '-l --tree=owner'; do
		# shellcheck disable=SC2086 # words
		"$T/lsns" -t user $opts -o NS,TYPE >"$T/both" 2>"$T/err" || fail "$opts: $(cat "$T/err")"
		# How wide it is is a matter of how deep others' are nested.
		diff <(head -n 2 "$T/tree" | tr -s ' ') <(head -n 2 "$T/both" | tr -s ' ') || fail "$opts: another tree"
	done
	name=$(cat /proc/3/comm)
	[ ${#name} -gt 15 ] || skip "no kernel thread with a long name"
	ns=$(inum ipc 3)
	"$T/lsns" -n -r -o PID,COMMAND "$ns" >"$T/said"
	grep -qx "3 $name" "$T/said" || fail "not $name: $(grep '^3 ' "$T/said")"
}

# More rows than lines: the heading stays on the screen, and what has no room is counted.
t_ls_watch_screen() {
	need script
	# There is a namespace of each type at least.
	: >"$T/tty"
	script -qfec "stty rows 9 cols 60; exec $NSWATCH ls --watch=0.1" "$T/tty" </dev/null >"$T/out" 2>&1 &
	BACKGROUND+=("$!")
	until [ "$(grep -c 'Ctrl-C ends' "$T/tty")" -ge 3 ]; do tick; done
	# The last whole frame, as the terminal has it after its clearing.
	tr -d '\r' <"$T/tty" | sed 's/\x1b\[[0-9;]*m//g' | awk '/\033\[H/ { was = now; now = "" } { now = now $0 "\n" }
		END { printf "%s", was }' >"$T/frame"
	[ "$(wc -l <"$T/frame")" = 8 ] || fail "not the lines of the terminal less one: $(cat -v "$T/frame")"
	sed -n 3p "$T/frame" | grep -q '^  *NS ' || fail "no heading: $(cat -v "$T/frame")"
	tail -n 1 "$T/frame" | grep -qE '^[0-9]+ more rows?(, [0-9]+ of them marked)?$' || fail "not counted: $(cat -v "$T/frame")"
}
