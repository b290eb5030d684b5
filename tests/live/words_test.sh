# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# What is said where something is missing that has nothing to do with namespaces: /proc, memory,
# descriptors; where processes are hidden; and what a hangup does.

# no_proc CMD...: without /proc.
no_proc() {
	unshare -m sh -c 'umount -l /proc && exec "$@"' - "$@" >"$T/out" 2>"$T/err"
	RC=$?
}

t_words_no_proc() {
	local line

	for line in "trace -- true" "trace --poll 50 -- true" ls explain "explain 1" netdev "netns" "enter -t $$ -a true" "create -U -r true"; do
		# shellcheck disable=SC2086 # words
		no_proc "$NSWATCH" $line
		[ $RC -ne 0 ] || continue
		grep -q '^nswatch: /proc is not mounted here' "$T/err" || fail "$line: $(cat "$T/err")"
		! grep -qE 'as root|CAP_' "$T/err" || fail "$line: root is told to be root: $(cat "$T/err")"
	done
	no_proc "$NSWATCH" doctor -J
	[ "$(jq .rights.caps.CAP_SYS_ADMIN "$T/out")" = true ] || fail "root's rights are not known: $(jq -c .rights "$T/out")"
	# And not where it is there.
	"$NSWATCH" enter "no-such-$$" 2>"$T/err"
	! grep -q 'not mounted' "$T/err" || fail "/proc is there"
}

t_words_little_memory() {
	local kib

	for kib in 60000 50000 40000 30000 25000 20000 16000 12000; do
		(ulimit -v $kib && "$NSWATCH" trace -q "${FORCE[@]}" -w "$T/rec" -- true) 2>"$T/err"
		RC=$?
		[ $RC -eq 0 ] || break
	done
	expect_rc 3
	grep -q "takes more address space than the $kib KiB allowed" "$T/err" || fail "not said: $(cat "$T/err")"
	(ulimit -v 400000 && "$NSWATCH" trace -q -w "$T/rec" -- true) 2>"$T/err" || fail "of 400 MB: $(cat "$T/err")"
}

# No hook is given up for want of descriptors: either there are enough, or the trace does not begin.
t_words_few_files() {
	local n

	for n in 12 40 80 100; do
		(ulimit -n $n && "$NSWATCH" trace "${FORCE[@]}" -w "$T/rec" -- true) 2>"$T/err"
		RC=$?
		[ $RC -ne 0 ] || { [ ! -s "$T/err" ] && continue; fail "$n: $(cat "$T/err")"; }
		expect_rc 3
		grep -q 'Too many open files\|open files than the' "$T/err" || fail "$n: $(cat "$T/err")"
		! grep -q 'nothing is used' "$T/err" || fail "$n: a hook vanishes: $(cat "$T/err")"
	done
	(ulimit -n 40 && "$NSWATCH" trace "${FORCE[@]}" -w "$T/rec" -- true) 2>"$T/err"
	grep -q 'open files than the 40 allowed' "$T/err" || fail "not said: $(cat "$T/err")"
	# The soft limit alone is raised; the command keeps its own.
	(ulimit -S -n 40 && "$NSWATCH" trace -q "${FORCE[@]}" -w "$T/rec" -- sh -c 'ulimit -n') >"$T/out" 2>"$T/err" ||
		fail "the soft limit: $(cat "$T/err")"
	[ "$(cat "$T/out")" = 40 ] || fail "the command's limit is $(cat "$T/out")"
}

# Under nohup(1) a trace outlives its terminal; otherwise it ends as it does by other signals.
t_words_hangup() {
	local how

	for how in ignored default; do
		rm -f "$T/err.fifo"
		if [ $how = ignored ]; then
			trap '' HUP
			trace_start -e unshare
			trap - HUP
		else
			trace_start -e unshare
		fi
		kill -HUP "$TRACER"
		if [ $how = ignored ]; then
			unshare -u true
			wait_event '.event == "unshare"'
			trace_stop
		else
			wait "$TRACER"
			RC=$?
		fi
		expect_rc 0
	done
}

# hidden CMD...: as a user to whom processes of others are hidden.
hidden() {
	unshare -m sh -c 'mount -t proc -o "hidepid=$0" proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' \
		"$HOW" "$@" >"$T/out" 2>"$T/err"
	RC=$?
}

t_words_hidden() {
	local line

	cp "$NSWATCH" "$T/nswatch"
	chmod 755 "$T"
	for HOW in 2 ptraceable; do
		[ $HOW = 2 ] || unshare -m mount -t proc -o "hidepid=$HOW" proc /proc 2>/dev/null || continue
		for line in "explain $$" "enter -t $$ -a true" "netns identify $$" "netdev --netns $$" "ls -p $$"; do
			# shellcheck disable=SC2086 # words
			hidden "$T/nswatch" $line
			[ $RC -ne 0 ] || [ "${line%% *}" = ls ] || fail "$line: status 0"
			grep -qE "process $$ is hidden: /proc does not show it \\(hidepid=" "$T/err" || fail "$HOW: $line: $(cat "$T/err")"
			grep -q 'root sees it' "$T/err" || fail "$line: not said who sees it"
		done
		# One that there is not.
		hidden "$T/nswatch" explain 4194303
		grep -q 'no such process' "$T/err" || fail "none is there: $(cat "$T/err")"
	done
}
