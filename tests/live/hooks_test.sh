# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The alternatives of hooks: each that is possible works, each that is not is refused with a
# reason, and what doctor says is what trace does.

# way HOOK ALT: chosen, possible, no, unknown or none, by doctor.
way() { doctor ".hooks[] | select(.name == \"$1\") | .ways.$2.state"; }

# way_told HOOK ALT WHAT: for the table of what works where.
way_told() { [ -z "${NSWATCH_WAYS:-}" ] || echo "$1 $2 $3" >>"$NSWATCH_WAYS"; }

# way_refused HOOK ALT STATE: what was forced was refused, for the reason that doctor gives.
way_refused() {
	local why

	expect_rc 3
	[ ! -s "$T/out.json" ] || fail "events of a hook that is refused"
	[ ! -e "$T/cmd.out" ] || fail "the command ran"
	grep -q "^nswatch: --hook $1=$2: ." "$T/err" || fail "no reason: $(cat "$T/err")"
	why=$(doctor ".hooks[] | select(.name == \"$1\") | .ways.$2.why")
	# The same reason as doctor's, but for a hook that was never built.
	[ "$3" = none ] || grep -qF "$why" "$T/err" || fail "not '$why': $(cat "$T/err")"
	way_told "$1" "$2" "$3"
}

# hook_way HOOK ALT EVENTS VERBS...: forced; the events come, each once.
hook_way() {
	local hook=$1 alt=$2 kinds=$3 state kind

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
		way_told "$hook" "$alt" works
		;;
	no | none) way_refused "$hook" "$alt" "$state" ;;
	*) fail "doctor says '$state' of $hook by $alt" ;;
	esac
	rm -f "$T/cmd.out"
}

# hook_watch HOOK EVENT CMD...: each alternative that is possible shows the event, once, of what CMD
# does while everything is traced.
hook_watch() {
	local hook=$1 kind=$2 alt state

	shift 2
	for alt in fentry kprobe tracepoint; do
		state=$(way "$hook" "$alt")
		FORCE=(--hook "$hook=$alt")
		case $state in
		chosen | possible)
			trace_start -e "$kind"
			"$@"
			wait_event ".event == \"$kind\""
			trace_stop
			expect_rc 0
			expect_event ".event == \"$kind\"" 1
			way_told "$hook" "$alt" works
			;;
		no | none)
			timeout 60 "$NSWATCH" trace -J "${FORCE[@]}" --duration 1 >"$T/out.json" 2>"$T/err"
			RC=$?
			way_refused "$hook" "$alt" "$state"
			;;
		*) fail "doctor says '$state' of $hook by $alt" ;;
		esac
	done
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

# A device made here goes to a net namespace of ours, with which it ends.
move_device() {
	ip link add "nswh$$" type veth peer name "nswp$$" || fail "no veth"
	ip link set "nswh$$" netns "nswh$$" || fail "not moved"
	ip link del "nswp$$" || fail "not deleted"
}

t_hooks_netdev() {
	need ip
	ip link add "nswh$$" type veth peer name "nswp$$" || skip "no veth here"
	ip link del "nswh$$"
	ip netns add "nswh$$" || fail "ip netns add"
	at_end "ip netns del nswh$$"
	# So that rtnetlink lets it be heard.
	ip netns set "nswh$$" auto || fail "ip netns set"
	hook_watch netdev netdev move_device
}

pin_namespace() {
	: >"$T/pin"
	mount --bind /proc/self/ns/uts "$T/pin" || fail "not mounted"
	umount "$T/pin"
}

t_hooks_pin() {
	hook_watch pin pin pin_namespace
}

# What a hook never has is refused though nothing that was asked for needs the hook.
t_hooks_not_needed() {
	"$NSWATCH" trace -J -e exit --hook clone=fentry -- "$(helper nsact)" say hello \
		>"$T/text" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 3
	grep -q 'clone=fentry' "$T/err" || fail "$(cat "$T/err")"
}

# Where refused calls are not asked for, tracepoints of single calls tell what otherwise programs of
# all calls do.
t_hooks_single_calls() {
	local kind

	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --linger 10s --hook all=tracepoint -e unshare,setns,ns-create,fork-denied -- \
		sh -c 'exec "$@" >"$0"' "$T/cmd.out" "$(helper nsact)" unshare uts setns /proc/self/ns/uts uts unshare pid fork exit 0 -- tryfork \
		>"$T/out.json" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 0
	for kind in unshare ns-create; do
		expect_event ".event == \"$kind\"" 2
	done
	for kind in setns fork-denied; do
		expect_event ".event == \"$kind\"" 1
	done
}

# What doctor chooses, trace uses.
t_hooks_as_doctor_says() {
	local said used
	FORCE=()
	trace_start
	trace_stop
	expect_rc 0
	# Of refused a trace of everything does without.
	said=$(doctor '.hooks[] | select(.chosen != null and .name != "refused") | "\(.name) by \(.source // .chosen)"' | sort)
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

# No way to hook makes the kernel complain in its log.
t_hooks_kernel_quiet() {
	local alt bad='WARNING: |BUG: |Oops|rcu: INFO|possible recursive'
	in_vm || skip "the log of a machine is others' too: only in a virtual machine"
	dmesg >"$T/before" || skip "no log"
	for alt in auto fentry kprobe tracepoint; do
		FORCE=()
		[ $alt = auto ] || FORCE=(--hook "all=$alt")
		"$NSWATCH" trace -q "${FORCE[@]}" -- "$(helper nsact)" unshare uts,pid fork exit 0 -- tryfork \
			>"$T/out" 2>"$T/err" || grep -q ": refused \|: none\|not " "$T/err" || fail "$alt: $(cat "$T/err")"
	done
	"$NSWATCH" ls >"$T/out" 2>"$T/err" || fail "ls: $(cat "$T/err")"
	dmesg | tail -n "+$(($(wc -l <"$T/before") + 1))" | grep -E "$bad" >"$T/said"
	# That is told only once: at the first program that does it, in whatever test that was.
	dmesg | grep 'verifier bug' >>"$T/said"
	[ ! -s "$T/said" ] || fail "the kernel said: $(cat "$T/said")"
}

# What doctor says of the ways by which programs load, in a line each.
loads() {
	"$1" doctor --json "${FORCE[@]}" |
		jq -r '(.lists[] | "\(.name) \(.state)"), (.hooks[] | "\(.name) \(.chosen)"),
			(.findings[] | select(.code == "list-refused") | .code)'
}

# Every clang's objects load as those of the program that is tested, and what lists is the fastest
# way that the kernel has.
t_hooks_clangs() {
	local other n=0

	loads "$NSWATCH" >want
	grep -q . want || fail "doctor says nothing"
	! grep -qx list-refused want || fail "the verifier refused the fastest list: $(cat want)"
	for other in "$(helper nswatch-clang-)"*; do
		[ -x "$other" ] || continue
		n=$((n + 1))
		loads "$other" | diff want - || fail "${other##*/} loads otherwise"
	done
	[ $n -gt 0 ] || skip "no program of another clang was built (make clangs)"
}
