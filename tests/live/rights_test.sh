# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The rights that nswatch needs, keeps and gives up.

# shellcheck source=tests/live/rights_lib.sh
. "$NSWATCH_LIVE/rights_lib.sh"

# status FIELD PID: of /proc/PID/status.
status() { sed -n "s/^$1:\t//p" "/proc/$2/status"; }

# The capabilities, as bits, that doctor says a trace keeps.
kept() {
	local name number mask=0

	"$NSWATCH" doctor -J "${FORCE[@]}" >"$T/forced.json" 2>"$T/err"
	while read -r name number; do
		[ "$(jq ".rights.kept | index(\"$name\") != null" "$T/forced.json")" = true ] &&
			mask=$((mask | 1 << number))
	done <<-EOF2
		CAP_DAC_READ_SEARCH 2
		CAP_KILL 5
		CAP_SYS_PTRACE 19
		CAP_SYS_ADMIN 21
		CAP_BPF 39
	EOF2
	printf %016x "$mask"
}

# has_caps PID WANT: in each set that counts, and no way to more.
has_caps() {
	local set got

	for set in CapPrm CapEff CapBnd; do
		got=$(status "$set" "$1")
		[ "$got" = "$2" ] || fail "$set of the trace is $got, not $2"
	done
	for set in CapInh CapAmb; do
		got=$(status "$set" "$1")
		[ "$got" = 0000000000000000 ] || fail "$set of the trace is $got"
	done
	[ "$(status NoNewPrivs "$1")" = 1 ] || fail "the trace may get new privileges"
}

# A bind mount in a mount namespace of its own, of root's, which lives until it was told.
pin_elsewhere() {
	mkdir "$T/m"
	mkfifo "$T/told"
	# shellcheck disable=SC2016 # for the inner shell
	unshare -u -m sh -c 'mount -t tmpfs none "$0" && : >"$0/pin" &&
		mount --bind /proc/self/ns/uts "$0/pin" && read x <"$1"' "$T/m" "$T/told" &
	BACKGROUND+=($!)
	wait_event '.event == "pin" and (.path | endswith("/pin"))'
	echo >"$T/told"
}

# The first event is a sign that the trace is past its start.
t_rights_given_up() {
	local left notes

	[ "$(alt unshare)" = tracepoint ] && [ "$(doctor .rights.kept)" = null ] &&
		skip "doctor could not start a trace"
	left=$((16#$(kept) & ~(1 << 19) & ~(1 << 12) & ~(1 << 2)))
	# Without notes nobody looks at the caller; with them its root and its descriptors are read.
	for notes in --no-notes "-e unshare"; do
		# shellcheck disable=SC2086 # two words
		trace_start -e unshare $notes
		unshare -u true
		wait_event '.event == "unshare"'
		has_caps "$TRACER" "$(printf %016x $left)"
		trace_stop
		expect_rc 0
		left=$((left | 1 << 19))
	done
}

# With everything, what is kept is what doctor says, and it suffices to hear of a bind mount in another
# mount namespace and of a device in another net namespace.
t_rights_kept_suffice() {
	local pid

	trace_start
	unshare -u true
	wait_event '.event == "unshare"'
	has_caps "$TRACER" "$(kept)"
	pin_elsewhere
	if [ "$(alt netdev)" != null ]; then
		mkfifo "$T/seen" "$T/there"
		# Its other end here, so that rtnetlink has a name for that net namespace.
		# shellcheck disable=SC2016 # for the inner shell
		unshare -n sh -c 'echo $$ >"$1" && read x <"$0"' "$T/seen" "$T/there" &
		BACKGROUND+=($!)
		read -r pid <"$T/there"
		ip link add "nswv$$" type veth peer name nswp netns "$pid" 2>"$T/veth" ||
			skip "no veth: $(cat "$T/veth")"
		wait_event '.event == "netdev-add" and .new_name == "nswp"'
		echo >"$T/seen"
	fi
	trace_stop
	expect_rc 0
}

# The command keeps all that it has.
t_rights_of_the_command() {
	local want got

	want=$(grep -E '^(Cap|NoNew)' /proc/self/status)
	got=$("$NSWATCH" trace -q -w "$T/rec" -- grep -E '^(Cap|NoNew)' /proc/self/status)
	[ "$got" = "$want" ] || fail "the command's rights are $got, not $want"
	got=$("$NSWATCH" trace -q --poll 50 -w "$T/rec" -- grep -E '^(Cap|NoNew)' /proc/self/status)
	[ "$got" = "$want" ] || fail "with --poll the command's rights are $got, not $want"
}

# And is signalled also where it became another user.
t_rights_signal() {
	local mode

	for mode in "" "--poll 50"; do
		rm -f "$T/ready"
		mkfifo "$T/ready"
		chmod 777 "$T" "$T/ready"
		# shellcheck disable=SC2086,SC2016 # options; for the inner shell
		"$NSWATCH" trace -q $mode -w "$T/rec" -- setpriv --reuid 65534 --regid 65534 --clear-groups \
			sh -c 'trap "exit 9" TERM; echo >"$0"; while :; do read -t 1 x <>"$0"; done' "$T/ready" \
			2>"$T/err" &
		TRACER=$!
		BACKGROUND+=("$TRACER")
		read -r _ <"$T/ready"
		kill -TERM "$TRACER"
		wait "$TRACER"
		RC=$?
		expect_rc 9
	done
}

t_rights_poll() {
	trace_start --poll 20
	unshare -u sh -c 'read x' < <(wait_event '.event == "ns-create"'; echo)
	has_caps "$TRACER" 0000000000080000
	trace_stop
	expect_rc 0
}

# as_nobody CMD...: into AS, what runs it. Where tracefs is not mounted only CAP_SYS_ADMIN gets at it:
# there it is mounted for this command alone.
as_nobody() {
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups "$@")
	[ -d /sys/kernel/tracing/events ] || AS=(unshare -m sh -c
		'mount -t tracefs none /sys/kernel/tracing && exec "$@"' - "${AS[@]}")
}

t_rights_paranoid() {
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -gt 2 ] || skip "kernel.perf_event_paranoid is 2 or less"
	other_make $DOCUMENTED
	as_nobody "$OTHER" trace -e unshare --hook unshare=tracepoint -- true
	"${AS[@]}" >"$T/out.json" 2>"$T/err"
	[ $? -eq 3 ] || fail "it was allowed"
	grep -q "unshare=tracepoint: attach: kernel.perf_event_paranoid is 3 (EPERM)" "$T/err" || fail "not said"
	"${AS[@]::${#AS[@]}-7}" doctor >"$T/doctor"
	grep -q "sysctl kernel.perf_event_paranoid=2, or run nswatch with CAP_SYS_ADMIN" <(tr -s ' \n' ' ' <"$T/doctor") ||
		fail "doctor does not say it"
}

# scenario [OPTION...]: the story of a dead pid namespace, as nobody.
scenario() {
	as_nobody "$OTHER" trace -J "${FORCE[@]}" "$@" --linger 10s -- \
		unshare -U -p sh -c '/bin/true; /bin/true; /bin/true'
	"${AS[@]}" >"$T/out.json" 2>"$T/err"
	# shellcheck disable=SC2034 # expect_rc looks at it
	RC=$?
}

# What the page says is enough.
t_rights_documented() {
	other_make $DOCUMENTED
	scenario
	expect_rc 2
	expect_event '.event == "unshare" and .comm == "unshare" and .uid == 65534'
	expect_event '.event == "pidns-init"' 1
	expect_event '.event == "pidns-death"' 1
	expect_event '.event == "fork-denied"'
	[ -s "$T/err" ] && [ "$(cat "$T/err")" != "sh: 1: Cannot fork" ] && fail "more than the shell's word"
	true
}

# Others' namespaces too, of root here.
t_rights_sees_root() {
	local line

	other_make $DOCUMENTED
	mkfifo "$T/err.fifo"
	as_nobody "$OTHER" trace -J "${FORCE[@]}"
	"${AS[@]}" >"$T/out.json" 2>"$T/err.fifo" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	exec 7<"$T/err.fifo"
	: >"$T/err"
	while read -r line <&7; do
		echo "$line" >>"$T/err"
		case $line in *"Ctrl-C ends"*) break ;; esac
	done
	pin_elsewhere
	wait_event '.event == "unshare" and .uid == 0'
	wait_event '.event == "ns-free" and .ns_type == "mnt"'
	trace_stop
	expect_rc 0
}

# without CAP...: the documented ones but these.
without() {
	local cap left=$DOCUMENTED

	for cap in "$@"; do
		left=$(sed "s/,\?$cap\b//; s/^,//" <<<"$left")
	done
	other_make "$left"
}

# Each of them is needed: without it something is refused, and said.
t_rights_each_needed() {
	local cap

	for cap in cap_bpf cap_perfmon; do
		without $cap
		scenario
		expect_rc 3
		grep -q "live tracing needs ${cap^^}$" "$T/err" || fail "not said: $(cat "$T/err")"
		[ -s "$T/out.json" ] && fail "there are events without $cap"
	done
	if [ "$(alt unshare)" = tracepoint ]; then
		without cap_dac_read_search
		# Programs of all calls, which tell refused ones, need no tracefs.
		scenario -e unshare,exit
		grep -q "tracepoint:\? attach: tracefs can't be read (EACCES)" "$T/err" ||
			fail "not said: $(cat "$T/err")"
	fi
	if [ "$(alt netdev)" = tracepoint ]; then
		without cap_net_broadcast
		scenario
		expect_rc 2
		grep -q "can't be heard without CAP_NET_BROADCAST" "$T/err" || fail "not said: $(cat "$T/err")"
		expect_event '.event == "fork-denied"'
	fi
}

# The snapshot has the rows that root sees, with what CAP_BPF and CAP_PERFMON give.
t_rights_ls() {
	other_make $DOCUMENTED
	mkfifo "$T/hold"
	unshare -u -i sh -c 'read x' <"$T/hold" &
	BACKGROUND+=($!)
	exec {go}>"$T/hold"
	"$NSWATCH" ls -J -t uts -t ipc -o NS,TYPE,UID >"$T/root.json" || fail "ls failed"
	nobody "$OTHER" ls -J -t uts -t ipc -o NS,TYPE,UID >"$T/nobody.json" || fail "ls of nobody failed"
	exec {go}>&-
	jq '.namespaces | sort' "$T/root.json" >"$T/a"
	jq '.namespaces | sort' "$T/nobody.json" >"$T/b"
	[ "$(wc -l <"$T/a")" -gt 10 ] || fail "root sees nothing"
	cmp -s "$T/a" "$T/b" || fail "they differ: $(diff "$T/a" "$T/b" | head -5)"
}
