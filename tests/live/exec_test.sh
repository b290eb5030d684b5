# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Programs run in other namespaces than the parent's.

# What the program says of itself: its command line, NULs as newlines, then a last line.
# shellcheck disable=SC2016 # for the inner shell
say_cmdline='tr "\0" "\n" </proc/$$/cmdline; stat -L -c %i /proc/$$/ns/uts'

t_exec_fields() {
	local said
	trace_cmd -- unshare -u /bin/sh -c "$say_cmdline" one 'two words' ''
	expect_rc 0
	said=$(head -n -1 "$T/cmd.out"; echo x) # x: keeps the empty argument at the end
	expect_event '.event == "exec"' 1
	fields .filename /bin/sh .args_cut false '.changed | join(",")' uts .comm sh .uid 0 \
		.ns.uts "$(tail -n 1 "$T/cmd.out")" .ns.ipc "$(inum ipc)" .ns.user "$(inum user)" \
		.ns.net "$(inum net)" .ns.pid_for_children "$(inum pid)" '.args | length' 6
	[ "$(jq -r '.args[]' <<<"$EV"; echo x)" = "$said" ] || fail "not the arguments: $EV"
}

# All slots: against what the program itself finds.
t_exec_nsset() {
	act unshare mnt,uts,ipc,net,cgroup ns exec "$(helper nsact)" ns
	expect_event '.event == "exec"' 1
	fields .pid "${F[getpid]}" .ppid "${F[getppid]}" .filename "$(helper nsact)" \
		'.args | join(" ")' "$(helper nsact) ns" '.changed | join(",")' mnt,uts,ipc,net,cgroup
	facts_nsset .ns 2
	fields "${WANT[@]}"
}

# Each exec of the same process is told, and a program of the own namespaces is not.
t_exec_only_elsewhere() {
	trace_cmd -- sh -c 'true; env true; unshare -u env env true'
	expect_event '.event == "exec"' 3
	[ "$(jq -r 'select(.event == "exec") | .comm' "$T/out.json" | xargs)" = "env env true" ] ||
		fail "other programs"
}

# A child of a task that is already elsewhere is where its parent is: nothing changed.
t_exec_child_of_changed() {
	trace_cmd -- unshare -u sh -c 'env true; exit 0'
	expect_event '.event == "exec"' 1
	field .comm sh
}

# What is known of a script is the script; what runs is its interpreter with it.
t_exec_script() {
	printf '#!/bin/sh\ntr "\\0" " " </proc/$$/cmdline\n' >"$T/script"
	chmod 755 "$T/script"
	trace_cmd -- unshare -u "$T/script" arg
	expect_event '.event == "exec" and .pid == .tid and .comm == "script"' 1
	fields .filename "$T/script" '.args | join(" ") + " "' "$(cat "$T/cmd.out")"
}

t_exec_args_cut() {
	local long
	long=$(printf 'a%.0s' {1..300})
	trace_cmd -- unshare -u sh -c 'tr "\0" "\n" </proc/$$/cmdline' "$long" more
	expect_event '.event == "exec"' 1
	fields .args_cut true .filename "$(command -v sh)" '.args[0:2] | join(" ")' 'sh -c'
	# A part of what was there, and most of what the record has room for.
	jq -r '.args[]' <<<"$EV" >"$T/got"
	printf %s "$(cat "$T/got")" >"$T/got"
	cmp -s -n "$(stat -c %s "$T/got")" "$T/got" "$T/cmd.out" || fail "not a beginning of the arguments"
	[ "$(stat -c %s "$T/got")" -ge 200 ] || fail "only $(stat -c %s "$T/got") bytes of the arguments"
	fields '.args | length' 4 '.args[3] | ltrimstr("a") | length >= 150' true
}

# At the edge: what just fits is not cut, one byte more is.
t_exec_args_edge() {
	local n arg
	# "true" NUL "a..." NUL are 256 bytes, then 257.
	n=$((256 - 5 - 1))
	arg=$(head -c $n /dev/zero | tr '\0' a)
	trace_cmd -- unshare -u true "$arg"
	expect_event '.event == "exec"' 1
	fields .args_cut false '.args[1]' "$arg"
	trace_cmd -- unshare -u true "${arg}b"
	expect_event '.event == "exec"' 1
	field .args_cut true
}

# Bytes that a terminal obeys, that are no UTF-8, that would end a string.
# shellcheck disable=SC2089,SC2090 # every byte of it is meant
HOSTILE=$'\e]0;owned\a\e[2J\r\n\t"\\\x7f\xc2\x9b2J\xff\xfe\xc3('

t_exec_hostile_json() {
	cp "$(helper nsact)" "$T/"$'c\e[31m"\n\xff'
	trace_cmd -- unshare -u "$T/"$'c\e[31m"\n\xff' say "$HOSTILE"
	# Every line is a JSON document, and valid UTF-8 without control bytes.
	jq -e . "$T/out.json" >/dev/null || fail "no JSON"
	no_controls "$T/out.json"
	expect_event '.event == "exec"' 1
	# U+FFFD for what is no UTF-8.
	fields '.comm | @json' '"c\u001b[31m\"\n�"' '.args[1]' say \
		'.args[2] | @json' \
		'"\u001b]0;owned\u0007\u001b[2J\r\n\t\"\\\u007f'$'\xc2\x9b''2J���("' \
		".filename | endswith(\"c\\u001b[31m\\\"\\n�\")" true
	expect_event '.event == "ns-free" and .ns_type == "uts"' 1
	# The creator was unshare: its name is not hostile, nor is it the program's.
	field .creator_comm unshare
}

# no_controls FILE: no control bytes but ends of lines, no C1 controls, nothing that is no UTF-8.
no_controls() {
	LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -aq '[[:cntrl:]]' &&
		fail "control bytes: $(cat -v "$1")"
	LC_ALL=C grep -aq $'\xc2[\x80-\x9f]' "$1" && fail "C1 controls: $(cat -v "$1")"
	LC_ALL=C.UTF-8 grep -qvax '.*' "$1" && fail "no UTF-8: $(cat -v "$1")"
	grep -q owned "$1" || fail "the arguments are not shown: $(cat -v "$1")"
}

t_exec_hostile_pipe() {
	cp "$(helper nsact)" "$T/"$'c\e[31m\n'
	"$NSWATCH" trace -q "${FORCE[@]}" -- unshare -u "$T/"$'c\e[31m\n' exit "$HOSTILE" >"$T/text" 2>"$T/err"
	no_controls "$T/text"
	# An event a line: heading, unshare, exec, exit, ns-create, ns-free.
	[ "$(wc -l <"$T/text")" -eq 6 ] || fail "lines: $(cat -v "$T/text")"
}

t_exec_hostile_tty() {
	need script
	cp "$(helper nsact)" "$T/"$'c\e[31m\n'
	cat >"$T/run" <<-END
		exec "$NSWATCH" trace -q \$HOW ${FORCE[*]} -- unshare -u "\$1" exit "\$2"
	END
	# shellcheck disable=SC2090
	export HOSTILE
	for HOW in "" --nowrap; do
		export HOW
		TERM=xterm NAME="$T/"$'c\e[31m\n' script -qec "bash $T/run \"\$NAME\" \"\$HOSTILE\"" /dev/null \
			>"$T/text" 2>"$T/err" </dev/null
		# Without what nswatch itself colours with, and the terminal's ends of lines.
		LC_ALL=C sed 's/\x1b\[[0-9;]*m//g; s/\r$//' "$T/text" >"$T/plain"
		no_controls "$T/plain"
		LC_ALL=C grep -q $'\e\\[[0-9;]*m' "$T/text" || fail "no colour on a terminal: $(cat -v "$T/text")"
	done
	[ "$(wc -l <"$T/text")" -eq 6 ] || fail "lines: $(cat -v "$T/text")"
}
