#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `nswatch trace -r` and `explain -r` show of recorded files and `ls` of a made up system, byte
# for byte: run.sh BUILD_DIR. With UPDATE=1 the expected files are written anew: look at the
# difference before you commit it.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${1:-build}
nswatch=$build/nswatch
here=tests/golden
passed=0 failed=0 skipped=0
tmp=$(mktemp -d) || exit 1
rec=$tmp/all.nsw most=$tmp/most.nsw # all samples; all but those of losses, which every selection shows
trap 'rm -rf "$tmp"' EXIT
export TZ=UTC LC_ALL=C TERM=xterm
unset NO_COLOR

pass() { passed=$((passed + 1)) && echo "ok   $1"; }
miss() { failed=$((failed + 1)) && echo "FAIL $1${2:+: $2}"; }
skip() { skipped=$((skipped + 1)) && echo "skip $1: $2"; }

# same NAME WANTED GOT: the two files are equal.
same() {
	local out
	if [[ ${UPDATE:-} == 1 && $2 == "$here"/* ]]; then
		cp "$3" "$2"
	fi
	if out=$(diff -u "$2" "$3" 2>&1); then
		pass "$1"
	else
		miss "$1"
		head -n 40 <<<"$out" | cut -c 1-300
	fi
}

# golden NAME STATUS ARGUMENTS...: of trace, or of $command: stdout, then stderr and status, are those of NAME.out.
golden() {
	local name=$1 want=$2 status
	shift 2
	timeout 60 "$nswatch" "${command:-trace}" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[[ -s $tmp/err ]] && { echo "--- stderr" && cat "$tmp/err"; } >>"$tmp/out"
	if ((status != want)); then
		miss "$name" "exit status $status, not $want"
		cat "$tmp/err"
		return
	fi
	same "$name" "$here/$name.out" "$tmp/out"
}

# Each kind has files of its own, so that a new one does not rewrite those of the others: the recording of its
# samples, byte for byte, so that the format does not change unnoticed, and what is shown of it.
kinds() {
	local kind of
	mkdir -p "$here/kind"
	for of in "$here"/kind/*.nsw; do
		kind=$(basename "$of" .nsw)
		grep -qx "$kind" <<<"$kinds" || miss "$kind" "no event is called so, but golden/kind has files of it"
	done
	for kind in $kinds; do
		[[ $kind == lost ]] && of=$rec || of=$most
		recording "$kind"
		golden "kind/$kind.lines" 0 -r "$of" -e "$kind"
		golden "kind/$kind.color" 0 -r "$of" -e "$kind" --color=always -o EVENT,PID,COMM,DETAIL
		golden "kind/$kind.raw" 0 -r "$of" -e "$kind" --raw --noheadings -o PID,EVENT,RESULT,DETAIL
		golden "kind/$kind.columns" 0 -r "$of" -e "$kind" -o TS,EVENT,TID,PPID,UID,USER,NSPID,PIDNS,CPU,CGROUP,INFERRED,COMM
		golden "kind/$kind.about" 0 -r "$of" -e "$kind" -o EVENT,TYPE,RESULT,NS
		golden "kind/$kind.json" 0 -r "$of" -e "$kind" -J
	done
}

# recording KIND: what is written of its samples today.
recording() {
	if [[ $(printf '\1\2' | od -An -tx2 | tr -d ' ') != 0201 ]]; then
		skip "recording of $1" "it is of the other byte order"
		return
	fi
	"$build/tests/golden/make_records" "$tmp/kind.nsw" "$1" || { miss "recording of $1" && return; }
	[[ ${UPDATE:-} == 1 ]] && cp "$tmp/kind.nsw" "$here/kind/$1.nsw"
	if cmp "$here/kind/$1.nsw" "$tmp/kind.nsw"; then pass "recording of $1"; else miss "recording of $1"; fi
}

# A recording of version 1, which does not name users, is read as ever.
version1() {
	if [[ $(printf '\1\2' | od -An -tx2 | tr -d ' ') != 0201 ]]; then
		skip "recording of version 1" "it is of the other byte order"
		return
	fi
	"$nswatch" trace -r "$here/version1.nsw" -J | sed 's/"user":[^,]*,//' >"$tmp/got"
	same "recording of version 1" "$here/version1.out" "$tmp/got"
}

json_valid() {
	if ! command -v python3 >/dev/null; then
		skip "json is valid" "python3 is not installed"
		return
	fi
	if "$nswatch" trace -r "$rec" -J | python3 -c '
import json, sys

def unique(pairs):
    keys = [k for k, v in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)

n = 0
for line in sys.stdin.buffer:
    event = json.loads(line.decode("utf-8"), object_pairs_hook=unique)
    assert event["v"] == 1 and list(event)[:3] == ["v", "event", "time"], event
    n += 1
assert n >= 60, n
'; then
		pass "json is valid"
	else
		miss "json is valid"
	fi
}

# Through a pipe it is the same.
piped() {
	"$nswatch" trace -r "$rec" -J >"$tmp/want" 2>&1
	"$nswatch" trace -r - -J < <(cat "$rec") >"$tmp/got" 2>&1
	same "from a pipe" "$tmp/want" "$tmp/got"
}

# as_from NAME STATUS ARGUMENTS...: from the JSON Lines of the recording it is what NAME.out has, but for the
# byte of an argument that JSON could not hold.
as_from() {
	local name=$1 want=$2 status
	shift 2
	timeout 60 "$nswatch" "${command:-trace}" "$@" >"$tmp/out" 2>&1
	status=$?
	((status == want)) || miss "$name, from JSON" "exit status $status, not $want"
	# What is not in a file is what the recording shows.
	{ cat "$here/$name.out" 2>/dev/null || "$nswatch" "${command:-trace}" "${@/#"$tmp/all.json"/$rec}" 2>&1; } |
		sed 's/\\xff\\xfe/\\xff\\xff/; s/\\\\xff\\\\xfe/\\\\xff\\\\xff/' >"$tmp/want"
	UPDATE=0 same "$name, from JSON" "$tmp/want" "$tmp/out"
}

# JSON of its own making is read like a recording; that of other hosts and times may stand behind it.
from_json() {
	local json=$tmp/all.json
	"$nswatch" trace -r "$rec" -J >"$json"
	as_from json 0 -r "$json" -J
	as_from lines 0 -r "$json"
	as_from raw 0 -r "$json" --raw --noheadings -o PID,EVENT,RESULT,DETAIL
	as_from columns 0 -r "$json" -o TS,EVENT,TID,PPID,UID,USER,NSPID,PIDNS,CPU,CGROUP,INFERRED,COMM
	as_from filter 0 -r "$json" -Q 'result < 0 || signal != ""'
	as_from pick 0 -r "$json" -t net -n 4026532943 -e setns,netdev,pin
	as_from count 0 -r "$json" --count 3 -c sh
	command=explain as_from explain 1 -r "$json"
	command=explain as_from explain-json 1 -r "$json" -J
	{
		cat "$json"
		sed 's/"host":"[^"]*"/"host":"another"/; s/"time":"2026/"time":"2027/' "$json"
		sed 's/"host":"[^"]*",//' "$json"
	} >"$tmp/many.json"
	"$nswatch" trace -J -r - <"$tmp/many.json" >"$tmp/got" 2>&1
	sed 's/,"user":/,"host":null,"user":/; s/\("host":"[^"]*"\),"host":null/\1/' "$tmp/many.json" >"$tmp/want"
	# Notes are found anew, with what stands before in mind.
	sed -i 's/,"notes":.*/}/' "$tmp/want" "$tmp/got"
	UPDATE=0 same "JSON of several hosts" "$tmp/want" "$tmp/got"
}

# What was recorded into a history is shown as from the recording, but for the arguments of programs, which are not
# kept; and its tables say what lived.
history_all() {
	local db=$tmp/h.db not_exec
	not_exec=$(grep -vxE 'exec' <<<"$kinds" | paste -sd ,)
	"$nswatch" trace -r "$rec" --to "history:$db" >"$tmp/got" 2>&1 || miss "a recording into a history" "$(cat "$tmp/got")"
	[[ -s $tmp/got ]] && miss "a recording into a history says something" "$(cat "$tmp/got")"
	"$nswatch" trace -r "$rec" -J -e "$not_exec" >"$tmp/want"
	"$nswatch" history --db "$db" -J -e "$not_exec" >"$tmp/got" 2>&1
	UPDATE=0 same "history: JSON" "$tmp/want" "$tmp/got"
	"$nswatch" trace -r "$rec" -n 4026532943 -o +CONTAINER,USER >"$tmp/want"
	"$nswatch" history --db "$db" -n 4026532943 -o +CONTAINER,USER >"$tmp/got" 2>&1
	UPDATE=0 same "history: of a namespace" "$tmp/want" "$tmp/got"
	command=history golden history-exec 0 --db "$db" -e exec
	command=history golden history-until 0 --db "$db" --until 2026-11-24T22:40:32.132Z
	command=history golden history-life 0 --db "$db" 'net:[4026532943]' -o EVENT,DETAIL
	command=history golden history-life-pid 0 --db "$db" pid:7480 -o EVENT,DETAIL
	command=history golden history-life-device 0 --db "$db" veth0 -o EVENT,DETAIL
	command=history golden history-generations 1 --db "$db" 4026532938
	command=history golden history-generation 0 --db "$db" 4026532938 --generation 9 --no-notes -o EVENT,DETAIL
	command=history golden history-nobody 1 --db "$db" $'no\\one\e[2J'
	command=history golden history-columns 0 --list-columns
	command=history golden history-when 2 --db "$db" --since 'tomorrow'
	(cd "$tmp" && "$full" history --db none.db) >"$tmp/out" 2>&1
	same "history-none" "$here/history-none.out" "$tmp/out"
	# Of several hosts, each with its clock.
	"$nswatch" trace -r "$tmp/many.json" -J -e "$not_exec" >"$tmp/want" 2>/dev/null
	"$nswatch" trace -r "$tmp/many.json" --to "history:$tmp/many.db" 2>/dev/null
	"$nswatch" history -q --db "$tmp/many.db" -J -e "$not_exec" >"$tmp/got" 2>&1
	UPDATE=0 same "history: of several hosts" "$tmp/want" "$tmp/got"
	if ! command -v sqlite3 >/dev/null; then
		skip "tables of a history" "sqlite3 is not installed"
		return
	fi
	for view in namespaces pins devices gaps cgroup user; do
		echo "--- $view"
		sqlite3 -readonly "$db" "SELECT * FROM $view" | tr -d '\033'
	done >"$tmp/out"
	same history-tables "$here/history-tables.out" "$tmp/out"
	sqlite3 -readonly "$db" 'PRAGMA integrity_check' >"$tmp/got"
	echo ok >"$tmp/want"
	UPDATE=0 same "history: integrity" "$tmp/want" "$tmp/got"
	# One of a later time, and what is no history.
	sqlite3 "$db" 'PRAGMA user_version = 9'
	sqlite3 "$tmp/other.db" 'CREATE TABLE t(x)'
	for of in h.db other.db other.nsw; do
		(cd "$tmp" && "$full" history --db $of)
		echo "status $?"
		(cd "$tmp" && "$full" trace -r "$rec" --to history:$of)
		echo "status $?"
	done >"$tmp/out" 2>&1
	same history-refused "$here/history-refused.out" "$tmp/out"
}

# ls_golden NAME ARGUMENTS...: the same of `ls`, whose both sources have one answer. With $columns a terminal of
# that width gets it.
ls_golden() {
	local nswatch=$build/tests/golden/ls_system command=ls name=$1
	shift
	if [[ -n ${columns:-} ]]; then
		for source in bpf proc; do
			on_tty "$columns" "$nswatch" ls --source=$source "$@" || { skip "ls/$name" "script is not installed" && return; }
			UPDATE=$([[ $source == bpf ]] && echo "${UPDATE:-}") same "ls/$name" "$here/ls/$name.out" "$tmp/out"
		done
		return
	fi
	golden "ls/$name" 0 --source=bpf "$@"
	UPDATE=0 golden "ls/$name" 0 --source=proc "$@"
}

ls_all() {
	local more=KEPT,NTHREADS,LEVEL,PIDNS1,NSPIDS,OUID,OWNER,MAPS,HOST,DEVS,CONTAINER,CREATED,AGE,ID
	ls_golden default
	LC_ALL=C.UTF-8 ls_golden utf8
	ls_golden list -l
	ls_golden visible --visible
	ls_golden visible-net --visible -t net
	ls_golden all --all
	ls_golden hidden --hidden
	ls_golden more -o NS,TYPE,$more
	ls_golden more-all --all -l -o "NS,$more"
	ls_golden output-all --output-all
	ls_golden json -J
	ls_golden json-list -J -l --all --output-all
	ls_golden raw -r
	ls_golden raw-all -r -l --all --output-all
	ls_golden bare -n
	ls_golden bare-raw -n -r -l -o NS,NSFS,PID,CONTAINER
	ls_golden net -t net -o +DEVS,OWNER
	ls_golden nowrap -t net -W
	ls_golden persistent -P -o +KEPT
	ls_golden processes 4026532810
	ls_golden task -p 902 --all
	ls_golden filter --all -Q 'NPROCS == 0 && KEPT !~ "^(fd|socket) "' -o NS,TYPE,KEPT
	for tree in process parent owner; do
		ls_golden "tree-$tree" --tree=$tree -o +PNS,ONS
		ls_golden "tree-$tree-json" --tree=$tree --all -J -o NS,TYPE,KEPT,COMMAND
	done
	ls_golden color --color=always --all
	columns=80 ls_golden terminal --all
	columns=80 ls_golden terminal-tree --tree=owner
	NO_COLOR=1 columns=80 ls_golden terminal-no-color --all
	columns=80 ls_golden terminal-never --color=never -u
	columns=40 ls_golden terminal-narrow
	ls_by
}

# Rows of containers, units and users.
ls_by() {
	ls_golden by-none --by container
	export MADE=pods
	ls_golden by-container --by container
	ls_golden by-container-json --by container -J --output-all
	ls_golden by-container-color --by container --color=always
	ls_golden by-container-raw --by container -r -o NAME,NET,USERNS,OVERLAP,NAMESPACES
	ls_golden by-container-types --by container -t net -t uts
	ls_golden by-container-filter --by container -o NAME,NET -Q 'NET =~ "host"'
	ls_golden by-unit --by unit
	ls_golden by-user --by user
	ls_golden by-columns --by user -H
	columns=80 ls_golden by-terminal --by container
	export -n MADE
	unset MADE
}

# made NAME ARGUMENTS...: another command of that system.
made() {
	local nswatch=$build/tests/golden/ls_system command=$2 name=$1 status=$3
	shift 3
	golden "$name" "$status" "$@"
}

net_all() {
	made net/netns netns 0 list -o NAME,NETNS,NPROCS,DEVS,KEPT
	made net/netns-filter netns 0 list -n -o NAME -Q 'NPROCS > 1 and DEVS =~ "eth"'
	made net/netns-columns netns 0 -H
	made net/netns-column-unknown netns 2 list -Q 'NPROC > 1'
	made net/netdev netdev 0
	made net/netdev-json netdev 0 -J -o IFNAME,KIND,PEER,MTU,PEER-NETNS
	made net/netdev-tree netdev 0 --tree -Q 'KIND == "veth"'
	made net/netdev-filter netdev 0 -r -o NAME,IFNAME,MTU -Q 'MTU < 2000 && NAME != ""'
	made net/netdev-columns netdev 0 -H
	made net/netdev-filter-wrong netdev 2 -Q 'MTU <'
}

# Pictures, in every format.
graph_all() {
	local format kind
	for format in text svg dot json; do
		for kind in net pid user mnt; do
			made graph/$kind-$format graph 0 $kind -f $format
		done
		LC_ALL=C.UTF-8 made graph/utf8-$format graph 0 pid -f $format
		made graph/what-$format graph 0 net eth0 'net:[4026532823]' -f $format
		MADE=pods made graph/pods-$format graph 0 user -f $format
		for kind in net pid; do
			MADE=hostile made graph/hostile-$kind-$format graph 0 $kind -f $format --all
			MADE=hostile "$build/tests/golden/ls_system" graph $kind -f $format >"$tmp/$kind.$format"
		done
	done
	made graph/process graph 0 pid 902
	made graph/container graph 0 pid 'pid:[4026532813]' --color=always
	made graph/nowhere graph 1 net nowhere
	made graph/other-type graph 2 net 'mnt:[4026532810]'
	made graph/no-kind graph 2 net:1
	columns=44
	if on_tty $columns "$build/tests/golden/ls_system" graph net --color=never; then
		same graph/terminal "$here/graph/terminal.out" "$tmp/out"
	else
		skip graph/terminal "script is not installed"
	fi
	for kind in net pid; do
		drawing_valid "$kind" "$tmp/$kind.svg"
		if jq -e '.v == 1' "$tmp/$kind.json" >/dev/null; then pass "graph $kind: JSON"; else miss "graph $kind: JSON"; fi
	done
}

# drawing_valid KIND FILE: the SVG of hostile names is XML, and has the elements of a drawing and no others; what
# Graphviz makes of the same picture, too. Nothing but ASCII and the sign for "times" is in it.
drawing_valid() {
	local wild dot=${2%.svg}.dot
	if ! command -v xmllint >/dev/null || ! command -v dot >/dev/null; then
		skip "graph $1: valid" "xmllint or dot is not installed"
		return
	fi
	dot -Tsvg "$dot" >"$tmp/by-dot.svg" 2>"$tmp/err" || miss "graph $1: dot" "$(cat "$tmp/err")"
	[[ -s $tmp/err ]] && miss "graph $1: dot says something" "$(cat "$tmp/err")"
	for wild in "$2" "$tmp/by-dot.svg"; do
		xmllint --noout "$wild" 2>"$tmp/err" || miss "graph $1: XML" "$(head -n 3 "$tmp/err")"
		xmllint --xpath '//*' "$wild" 2>/dev/null | grep -oE '<[a-zA-Z]+' | sort -u |
			grep -vxE '<(svg|title|style|defs|marker|path|rect|text|circle|g|polygon|ellipse)' >"$tmp/got"
		[[ -s $tmp/got ]] && miss "graph $1: elements" "$(cat "$tmp/got")"
	done
	if LC_ALL=C grep -qP '[^\x09\x0a\x20-\x7e]' <(sed 's/\xc3\x97//g' "$2"); then
		miss "graph $1: bytes" "$(LC_ALL=C grep -nP '[^\x09\x0a\x20-\x7e]' "$2" | head -n 2)"
	fi
	grep -q 'script&gt;alert\|&lt;i&gt;&amp;&#39;&quot;\\n' "$2" || miss "graph $1: names" "the hostile ones are not there"
	pass "graph $1: valid"
}

# What changed: a namespace that came, two that went, a process more, and one that has others now.
ls_changes() {
	local cols=NS,TYPE,NPROCS,PID,KEPT before=$tmp/before.json
	"$build/tests/golden/ls_system" ls --all -J -o $cols | sed 's/4026532830/4026532899/
		s/4026532820/4026532700/; s/"pid": 1200/"pid": 1199/; /4026531835/,/}/s/"nprocs": 7/"nprocs": 6/' >"$before"
	ls_golden diff --all -o $cols --diff "$before"
	"$build/tests/golden/ls_system" ls -J -o NS,NPROCS >"$tmp/same.json"
	ls_golden diff-same -l -o NS,NPROCS,AGE --diff "$tmp/same.json"
	ls_golden diff-json --all -J -o $cols --diff "$before"
	ls_golden diff-raw --all -r -o $cols --diff "$before"
	ls_golden diff-color --all --color=always -o $cols --diff "$before"
	ls_golden diff-tree --tree=owner -o $cols --diff "$before"
}

# Nothing of the hostile names reaches a terminal, whatever the columns.
harmless() {
	{
		"$nswatch" trace -r "$rec" -o +TYPE,NS,USER
		"$nswatch" trace -r "$rec" -o +TYPE,NS,USER --raw
		"$nswatch" trace -r "$rec" -J
		"$nswatch" explain -r "$rec"
		"$nswatch" explain -r "$rec" -J
		"$build/tests/golden/ls_system" ls --all
		"$build/tests/golden/ls_system" ls --all --output-all -r
		"$build/tests/golden/ls_system" ls -J
		MADE=pods "$build/tests/golden/ls_system" ls --by container
		MADE=pods "$build/tests/golden/ls_system" ls --by container -J --output-all
	} >"$tmp/lines"
	if grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xc2[\x80-\x9f]' "$tmp/lines"; then
		miss "control characters stay out"
	else
		pass "control characters stay out"
	fi
}

# on_tty COLUMNS COMMAND...: what it writes to a terminal of that width, in $tmp/out; fails without script(1).
on_tty() {
	local columns=$1
	shift
	command -v script >/dev/null || return
	script -qec "stty cols $columns; $(printf '%q ' "$@")" /dev/null </dev/null | tr -d '\r' >"$tmp/out"
}

# on_terminal NAME COLUMNS ARGUMENTS...: what a terminal of that width gets.
on_terminal() {
	local name=$1 columns=$2
	shift 2
	NO_COLOR=1 on_tty "$columns" "$nswatch" trace "$@" || { skip "$name" "script is not installed" && return; }
	same "$name" "$here/$name.out" "$tmp/out"
	# At a width where nothing is broken it is what a pipe gets.
	[[ $name == *nowrap* ]] || return 0
	"$nswatch" trace "$@" >"$tmp/want" && same "$name: as in a pipe" "$tmp/want" "$tmp/out"
}

if [[ ! -x $nswatch ]]; then
	miss "everything" "$nswatch is not built"
	echo "golden: $passed passed, $failed failed, $skipped skipped"
	exit 1
fi

kinds=$("$nswatch" trace --list-events | cut -d ' ' -f 1)
# shellcheck disable=SC2046,SC2086 # lists
{ "$build/tests/golden/make_records" "$rec" && "$build/tests/golden/make_records" "$most" $(grep -vx lost <<<"$kinds"); } ||
	miss "recordings"
kinds
version1
on_terminal terminal-80 80 -r "$rec"
on_terminal terminal-120 120 -r "$rec" -e unshare,fork-denied,exec
on_terminal terminal-color 100 -r "$rec" -e unshare,fork-denied --color=always
on_terminal terminal-nowrap 40 -r "$rec" -e unshare,fork-denied --nowrap
golden added 0 -r "$rec" -o +uid,cpu -e fork-denied,lost
golden no-notes 0 -r "$rec" --no-notes -e unshare,fork-denied
golden json-no-notes 0 -r "$rec" --no-notes -J -e fork-denied
command=explain golden explain 1 -r "$rec"
command=explain golden explain-json 1 -r "$rec" -J
command=explain golden explain-list 0 --list
golden filter 0 -r "$rec" -Q 'result < 0 || signal != ""'
golden pick 0 -r "$rec" -t net -n 4026532943 -e setns,netdev,pin
golden count 0 -r "$rec" --count 3 -c sh
golden column-unknown 2 -r "$rec" -o TIME,NOPE
golden list-columns 0 --list-columns
golden list-events 0 --list-events
golden list-fields 0 --list-fields
head -c 3000 "$rec" >"$tmp/cut.nsw"
(cd "$tmp" && echo "no recording" >other.nsw)
ln -s "$PWD/$nswatch" "$tmp/nswatch"
full=$nswatch nswatch=./nswatch
here=$PWD/$here build=$PWD/$build
pushd "$tmp" >/dev/null || exit 1
golden truncated 1 -r cut.nsw -o EVENT,DETAIL
golden no-recording 1 -r other.nsw
"$nswatch" trace -r "$rec" -J -e fork-denied >forks.json
{
	head -n 1 forks.json
	printf 'a line that the command printed\n{"v":1,"event":"later","time":"","ts_ns":0}\n\033[2J\n'
	tail -n 1 forks.json
} >damaged.json
golden damaged-json 1 -r damaged.json -o EVENT,DETAIL
head -c -9 forks.json >cut.json
golden truncated-json 1 -r cut.json -o EVENT,DETAIL
echo '{"namespaces": []}' >other.json
golden no-events 1 -r other.json --noheadings
popd >/dev/null || exit 1
nswatch=$full
json_valid
piped
from_json
full=$PWD/$nswatch
[[ $nswatch == /* ]] && full=$nswatch
history_all
ls_all
ls_changes
net_all
graph_all
harmless

echo "golden: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
