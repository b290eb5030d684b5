# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The alternatives of hooks: each that is possible works, each that is not is refused with a
# reason, and what doctor says is what trace does.

# way HOOK ALT: chosen, possible, no, unknown or none, by doctor.
way() { doctor ".hooks[] | select(.name == \"$1\") | .ways.$2.state"; }

# hook_way HOOK ALT EVENTS VERBS...: forced; the events come, each once.
hook_way() {
	local hook=$1 alt=$2 kinds=$3 state kind why

	shift 3
	state=$(way "$hook" "$alt")
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --linger 10s --hook "$hook=$alt" -- sh -c 'exec "$@" >"$0"' "$T/cmd.out" \
		"$(helper nsact)" "$@" >"$T/out.json" 2>"$T/err"
	RC=$?
	case $state in
	chosen | possible)
		expect_rc 0
		for kind in $kinds; do
			expect_event ".event == \"$kind\"" 1
		done
		;;
	no | none)
		expect_rc 3
		[ ! -s "$T/out.json" ] || fail "events of a hook that is refused"
		[ ! -e "$T/cmd.out" ] || fail "the command ran"
		grep -q "^nswatch: --hook $hook=$alt: ." "$T/err" || fail "no reason: $(cat "$T/err")"
		why=$(doctor ".hooks[] | select(.name == \"$hook\") | .ways.$alt.why")
		# The same reason as doctor's, but for a hook that was never built.
		[ "$state" = none ] || grep -qF "$why" "$T/err" || fail "not '$why': $(cat "$T/err")"
		;;
	*) fail "doctor says '$state' of $hook by $alt" ;;
	esac
	rm -f "$T/cmd.out"
}

# hook_ways EVENTS HOOK VERBS...
hook_ways() {
	local kinds=$1 hook=$2 alt

	shift 2
	for alt in fentry kprobe tracepoint; do
		hook_way "$hook" "$alt" "$kinds" "$@"
		case $hook in
		ns-create | ns-free) inferred_by "$hook" "$alt" ;;
		esac
	done
}

inferred_by() {
	[ "$(way "$1" "$2")" = chosen ] || [ "$(way "$1" "$2")" = possible ] || return 0
	expect_event ".event == \"$1\"" 1
	field .inferred "$([ "$2" = tracepoint ] && echo true || echo false)"
}

t_hooks_unshare() { hook_ways unshare unshare unshare uts; }
t_hooks_setns() { hook_ways setns setns setns /proc/self/ns/uts uts; }
t_hooks_clone() { hook_ways clone clone clone uts exit 0 -- ns; }
t_hooks_fork_denied() { hook_ways 'fork-denied pidns-death' fork-denied unshare pid fork exit 0 -- tryfork; }
t_hooks_exec() { hook_ways exec exec unshare uts exec true; }
t_hooks_exit() { hook_ways exit exit unshare uts; }
t_hooks_pidns_death() { hook_ways 'pidns-death pidns-init' pidns-death clone pid exit 0 --; }
t_hooks_ns_create() { hook_ways ns-create ns-create unshare uts; }
t_hooks_ns_free() { hook_ways ns-free ns-free unshare uts; }

# What a hook never has is refused though nothing that was asked for needs the hook.
t_hooks_not_needed() {
	"$NSWATCH" trace -J -e exit --hook clone=fentry -- "$(helper nsact)" say hello \
		>"$T/text" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 3
	grep -q 'clone=fentry' "$T/err" || fail "$(cat "$T/err")"
}

# What doctor chooses, trace uses.
t_hooks_as_doctor_says() {
	local said used
	FORCE=()
	trace_start
	trace_stop
	expect_rc 0
	said=$(doctor '.hooks[] | select(.chosen != null) | "\(.name) by \(.source // .chosen)"' | sort)
	used=$(sed -n 's/^nswatch: hooks: //p' "$T/err" | sed 's/, /\n/g' | sort)
	[ -n "$used" ] || fail "no hooks in the summary: $(cat "$T/err")"
	[ "$said" = "$used" ] || fail "doctor says: $said; trace uses: $used"
}

# All at once by what every kernel has.
t_hooks_all_tracepoint() {
	# shellcheck disable=SC2034 # for trace_start
	FORCE=(--hook all=tracepoint)
	trace_start -e unshare,setns,clone,exec,exit,pidns-init,pidns-death,fork-denied,ns-create,ns-free
	trace_stop
	expect_rc 0
	grep -q '^nswatch: hooks: ' "$T/err" || fail "no hooks: $(cat "$T/err")"
	grep '^nswatch: hooks: ' "$T/err" | grep -q 'fentry\|kprobe' && fail "others: $(cat "$T/err")"
	return 0
}
