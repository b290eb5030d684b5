# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# `nswatch create`, called as unshare, beside unshare itself: the same command line, the same state
# of the program, the same exit status. Options that util-linux 2.38 lacks are compared where
# NSWATCH_NEW_UNSHARE names a newer one; what they do is tested in create_test.sh, too.
# shellcheck source=tests/live/state.sh
. "$NSWATCH_LIVE/state.sh"

PEER=${NSWATCH_PEER_UNSHARE:-unshare}

# Lines: options, '|', and what runs; STATE where nothing is said. @ is a directory of the test.
ROOT='
|
-u|
-i|
-n|
-m|
-C|
-U|
-T|
-u -i -n -C|
-uinm|
--uts --ipc --net --mount --cgroup|
-f|
-p -f|
-p -f --mount-proc|
-fp --mount-proc=/proc -u|
--mount-proc|
-m --propagation private|
-m --propagation shared|
-m --propagation slave|
-m --propagation unchanged|
-u --propagation unchanged|
-p -f --mount-proc --propagation unchanged|
-p -f --mount-proc --propagation slave|
-r|
-c|
-U -m -u -i -n|
-r -m -n -C|
-r -p -f --mount-proc|
--map-user 5|
--map-group 5|
--map-user 5 --map-group 6|
--map-user 5 --map-user 7|
--map-user nobody --map-group nogroup|
--map-user no-such-user|
--map-group no-such-group|
-r --map-user 3|
-U --setgroups deny|
-U --setgroups allow|
-r --setgroups allow|
-U --setgroups maybe|
-S 12 -G 13|
-S 12|
-G 13|
-S x|
-r -G 0|
-r -S 0|
-r -S 5|
-w /|
-w /usr/bin|
-w @/nowhere|
-R /|
-R / -w /usr|
-R @/nowhere|
-m -R /usr|true
-T --boottime 86400000 -f|
-T --monotonic 500 --boottime 86400000 -f|
-T --boottime 86400000|
-T --boottime -99999999 -f|
-T --boottime 5x|
--boottime 5|
--monotonic 5 -u|
-U --keep-caps|
-c --keep-caps|
-u --keep-caps|
-c --keep-caps -f|
--kill-child|
--kill-child=TERM|
--kill-child=SIGUSR1 -p --mount-proc|
--kill-child=NOSUCH|
--uts=@/nowhere|
--propagation odd -m|
--no-such-option|
-Z|
-u|false
-f|false
-u|sh -c "exit 7"
-f|sh -c "exit 7"
-f|sh -c "kill -TERM $$"
-f|sh -c "kill -USR1 $$"
-fp|sh -c "kill -TERM $$; exit 3"
-u|sh -c "kill -HUP $$"
-p|true
-p|sh -c "true; exit 4"
-u|@/no-such-program
-u|no-such-program
-f|no-such-program
-u|/usr
-f|/usr
-u|@/not-executable
-u|@/no-interpreter
-u|@/not-a-program
-fp --mount-proc=@/nowhere|
-u --|
-u -- -x|
'

# For a user without rights.
USER='
|
-u|
-m|
-p -f|
-U|
-r|
-c|
-U -m -u -i -n|
-r -n|
-r -u -i -C|
-r -p -f --mount-proc|
-c -p -f --mount-proc|
-r --mount-proc|
-r -m --propagation shared|
-r -m --propagation unchanged|
--map-user 5|
--map-user 5 --map-group 6|
--map-group 6|
-c --keep-caps|
-r -T --boottime 86400000 -f|
-r -G 0|
-r -S 0|
-r -S 5|
-r -w /usr|
-r -R /|
-R /|
-S 0|
-U --setgroups deny|
-r --kill-child|
-r -f|sh -c "exit 7"
-r -f|sh -c "kill -TERM $$"
-r|no-such-program
'

# What util-linux 2.38 lacks. Not --whitelist-env of variables that are not there, with which
# 2.43-devel clears nothing.
NEWER='
--clear-env|
--clear-env -u|
--clear-env -f|
--whitelist-env FOO|
--whitelist-env FOO,HOME -u|
--clear-env --whitelist-env FOO|
--owner 5:6|
--owner 5:6 -u|
--owner 5|
--owner x:y|
--owner 5:6 -r|
--map-users 0:0:1|
--map-users 0:0:10 --map-groups 0:0:10|
--map-users 0:0:5 --map-users 5:9:5|
--map-users 0:0:5 --map-users 0:9:5|
--map-users 0,0,1|
--map-users 1:0:1 -u|
--map-users x|
--map-groups 0:0|
--forward-signals|
--forward-signals -p|
--forward-signals -u|sh -c "exit 9"
--forward-signals|sh -c "kill -TERM $$"
--kill-child --forward-signals|
-S 5 -r|
-l @/nowhere|
'

# side LAUNCHER OUTPUT LINE: runs it, adds to OUTPUT what the program sees, the status, and whether
# something was said.
side() {
	local options=${3%%|*} program=${3#*|} argv

	eval "argv=(${options//@/$T})"
	# What runs is for the inner shell to read.
	# shellcheck disable=SC2016
	if [ -n "$program" ]; then
		# shellcheck disable=SC2001 # a pattern with a group
		eval "argv+=($(sed "s/\"\([^\"]*\)\"/'\1'/g" <<<"${program//@/$T}"))"
	else
		argv+=(sh -c "$STATE")
	fi
	{
		echo "=== $3"
		(
			cd "$T/cwd" || exit 99
			umask 027
			exec env -i PATH="$PATH" HOME=/ SHELL=/bin/sh FOO=bar "${AS[@]}" "$1" "${argv[@]}" \
				</dev/null 2>"$T/side.err"
		)
		echo "status $?"
		[ -s "$T/side.err" ] && echo "said something"
	} >>"$2"
	cat "$T/side.err" >>"$2.err"
	return 0
}

# pairs LEAST: the lines of stdin, at least so many, by both; what they show must be the same.
pairs() {
	local line n=0

	mkdir "$T/cwd" "$T/shared"
	chmod 755 "$T" "$T/cwd"
	# So that private and slave differ.
	mount --bind "$T/shared" "$T/shared"
	at_end "umount '$T/shared'"
	mount --make-shared "$T/shared"
	: >"$T/not-executable"
	printf '#!%s/none\n' "$T" >"$T/no-interpreter"
	printf '\177ELFnone' >"$T/not-a-program"
	chmod 755 "$T/no-interpreter" "$T/not-a-program"
	ln -s "$NSWATCH" "$T/unshare"
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		side "$PEER" "$T/want.raw" "$line"
		side "$T/unshare" "$T/got.raw" "$line"
		n=$((n + 1))
	done
	[ "$n" -ge "$1" ] || fail "only $n command lines ran"
	state_words "$T/want.raw" | by_line >"$T/want"
	state_words "$T/got.raw" | by_line >"$T/got"
	[ "$(grep -c 'ns /proc/self/ns/uts' "$T/want")" -ge "$2" ] || fail "the programs did not run"
	diff "$T/want" "$T/got" >"$T/diff" && return
	cat "$T/diff" "$T/want.raw.err" "$T/got.raw.err"
	fail "not as unshare: $(sed -n '2,3p' "$T/diff" | tr '\n' ' ')"
}

# by_line: every line of state begins with the command line that it is of.
by_line() { awk 'sub(/^=== /, "") { line = $0; next } { print "{" line "} " $0 }'; }

t_create_like_unshare_as_root() {
	AS=()
	pairs 80 45 <<<"$ROOT"
}

# One that changes signals, limits and groups first: all that is inherited.
t_create_like_unshare_inherits() {
	env --help 2>/dev/null | grep -q block-signal || skip "env has no --block-signal"
	# shellcheck disable=SC2054 # lists of signals and groups
	AS=(env --block-signal=USR1 --ignore-signal=HUP,CHLD,INT setpriv --groups 7,8 --bounding-set -net_raw)
	pairs 7 6 <<-'EOF'
		|
		-f|
		-u|
		-p -f --mount-proc|
		--kill-child|
		-r|
		-f|sh -c "exit 9"
	EOF
}

t_create_like_unshare_as_user() {
	AS=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${AS[@]}" unshare -U true 2>/dev/null || skip "users may not make user namespaces here"
	pairs 30 16 <<<"$USER"
}

t_create_like_newer_unshare() {
	PEER=${NSWATCH_NEW_UNSHARE:-}
	[ -x "$PEER" ] || skip "NSWATCH_NEW_UNSHARE names no unshare of a newer util-linux"
	AS=()
	pairs 25 10 <<<"$NEWER"
}
