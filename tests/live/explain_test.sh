# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch explain: every rule holds where it should, with the right numbers, and not in the healthy
# twin of the situation. What the kernel does itself is the proof.

# explain ARGUMENTS...: the document to $T/ex.json, the status to $RC.
explain() {
	"$NSWATCH" explain --json "$@" >"$T/ex.json" 2>"$T/err"
	RC=$?
}

# found CODE JQ WANT...: exactly one finding of the code, with these values.
found() {
	EV=$(jq -c ".findings[] | select(.code == \"$1\")" "$T/ex.json")
	[ "$(grep -c . <<<"$EV")" = 1 ] ||
		fail "$(grep -c . <<<"$EV") findings of $1: $(cut -c 1-2000 "$T/ex.json")"
	shift
	[ $# -eq 0 ] || fields "$@"
	return 0
}

# sane: the texts of all findings are whole.
sane() {
	local bad
	bad=$(jq -r '.findings[] | .text, .remedy | gsub("[a-z]+:\\[[0-9]+\\]"; "NS") |
		select(test("[{}\\[\\]]|  | [,.]|^$"))' "$T/ex.json")
	[ -z "$bad" ] || fail "a text with holes: $bad"
}

not_found() {
	local got
	got=$(jq -c ".findings[] | select(.code == \"$1\")" "$T/ex.json")
	[ -z "$got" ] || fail "found where it should not be: $got"
}

child() { pgrep -P "$1" | head -n 1; }

# pose NAME VERBS...: nsact until it says ready; its facts in F.
pose() {
	local name=$1
	shift
	partner "$name" "$(helper nsact)" "$@"
	until_said "$name" ready
}

# --- forks that will fail ---------------------------------------------------------------------

# After unshare; the kernel's own word is that the fork really fails.
t_explain_pidns_dead() {
	pose dead ns unshare pid fork ns exit 3 -- say ready wait tryfork say tried wait
	explain "${PID[dead]}"
	sane
	expect_rc 1
	found pidns-dead .about.pid "${PID[dead]}" .evidence.ns "pid:[${F[2:pid]}]" \
		.evidence.own "pid:[${F[1:pid]}]" .evidence.comm nsact .weight trouble
	not_found children-only
	not_found children-unborn
	explain --source proc "${PID[dead]}"
	found pidns-dead .evidence.ns "pid:[${F[2:pid]}]"
	explain
	EV=$(jq -c ".findings[] | select(.code == \"pidns-dead\" and .about.pid == ${PID[dead]})" "$T/ex.json")
	field .evidence.ns "pid:[${F[2:pid]}]"
	go_on dead
	until_said dead tried
	[ "${F[tryfork]}" = ENOMEM ] || fail "the kernel said ${F[tryfork]}"
	go_on dead
}

# The twin: pid 1 lives, and the fork succeeds.
t_explain_pidns_alive() {
	pose live unshare pid children 1 ns say ready wait tryfork say tried wait
	explain "${PID[live]}"
	sane
	not_found pidns-dead
	found children-only .about.pid "${PID[live]}" .evidence.living 1 \
		.evidence.init_pid "${F[child]}" .evidence.ns "pid:[${F[pid_for_children]}]" .weight note
	go_on live
	until_said live tried
	[ "${F[tryfork]}" = 0 ] || fail "the kernel said ${F[tryfork]}"
	go_on live
}

# The twin before the first child: neither dead nor alive.
t_explain_pidns_unborn() {
	pose new unshare pid say ready wait tryfork say tried wait
	[ -e "/proc/${PID[new]}/ns/pid_for_children" ] && skip "this kernel names it before its birth"
	for source in auto proc; do
		explain --source $source "${PID[new]}"
		sane
		not_found pidns-dead
		found children-unborn .about.pid "${PID[new]}" .weight note
	done
	go_on new
	until_said new tried
	[ "${F[tryfork]}" = 0 ] || fail "the kernel said ${F[tryfork]}"
	# That was pid 1, and it is gone.
	explain "${PID[new]}"
	found pidns-dead
	go_on new
}

# By setns, into the dead namespace of another's children.
t_explain_pidns_dead_setns() {
	pose dead unshare pid fork ns exit 4 -- say ready wait
	local ns=${F[pid]}
	pose caller setns "/proc/${PID[dead]}/ns/pid_for_children" pid say ready wait tryfork say tried wait
	[ "${F[setns]}" = 0 ] || skip "setns into a dead pid namespace: ${F[setns]}"
	explain "${PID[caller]}"
	found pidns-dead .about.pid "${PID[caller]}" .evidence.ns "pid:[$ns]"
	go_on caller
	until_said caller tried
	[ "${F[tryfork]}" = ENOMEM ] || fail "the kernel said ${F[tryfork]}"
	go_on caller
	go_on dead
}

# A thread that is not the leader has it; the leader forks happily.
t_explain_pidns_dead_thread() {
	pose dead thread ns unshare pid fork exit 0 -- say ready wait -- wait
	explain "${PID[dead]}"
	found pidns-dead .about.pid "${PID[dead]}" .evidence.tid "${F[tid]}"
	go_on dead
	go_on dead
}

# --- pid 1 and signals ------------------------------------------------------------------------

# ignores WANT VERBS...: whether SIGTERM does something, by nswatch and by the kernel.
ignores() {
	local want=$1
	shift
	pose box clone pid "$@" say ready wait
	INIT=$(child "${PID[box]}")
	explain "$INIT"
	sane
	if [ "$want" = yes ]; then
		found init-ignores-signals .about.pid "$INIT" .evidence.comm nsact \
			.evidence.ns "pid:[$(inum pid "$INIT")]"
	else
		not_found init-ignores-signals
	fi
}

t_explain_init_ignores() {
	ignores yes
	kill -TERM "$INIT"
	# Its pending set is empty, and it lives: it was dropped.
	grep -q '^ShdPnd:.*0000$' "/proc/$INIT/status" || fail "SIGTERM is pending"
	[ "$(ps -o stat= -p "$INIT" | cut -c 1)" = S ] || fail "SIGTERM did something"
	kill -KILL "$INIT"
	partner_end box
	[ "${F[status]}" = 9 ] || fail "wait says ${F[status]}"
}

t_explain_init_ignores_itself() {
	ignores yes on 15 ignore
	field '.evidence.by_itself' yes
	go_on box
}

t_explain_init_handles() {
	ignores no on 15 handle
	go_on box
}

t_explain_init_blocks() {
	ignores no on 15 block
	kill -TERM "$INIT"
	grep -q '^ShdPnd:.*4000$' "/proc/$INIT/status" || fail "SIGTERM was dropped"
	go_on box
}

# In sigtimedwait(2) /proc shows the signal as neither blocked nor caught, but it is taken.
t_explain_init_waits() {
	partner box "$(helper nsact)" clone pid say ready on 15 wait exit 0
	until_said box ready
	INIT=$(child "${PID[box]}")
	until grep -qE '^(128|137) ' "/proc/$INIT/syscall"; do read -r -t 0.02 <> <(:); done
	grep -q '^SigBlk:.*0000$' "/proc/$INIT/status" || skip "this kernel shows what is waited for"
	explain "$INIT"
	not_found init-ignores-signals
	kill -TERM "$INIT"
	partner_end box
	[ "${F[sigtimedwait]},${F[status]}" = 0,0 ] || fail "sigtimedwait: ${F[sigtimedwait]}, ${F[status]}"
}

# Who is no pid 1 is killed by it.
t_explain_no_init() {
	pose plain say ready wait
	explain "${PID[plain]}"
	expect_rc 0
	[ "$(jq '.findings | length' "$T/ex.json")" = 0 ] || fail "$(cat "$T/ex.json")"
	kill -TERM "${PID[plain]}"
	partner_end plain
	[ "$RC" = 143 ] || fail "SIGTERM did nothing: $RC"
}

# A shell script as pid 1, as in many containers; and with a trap.
t_explain_init_shell() {
	local init
	# shellcheck disable=SC2016 # for the inner shell
	partner box unshare -fp --mount-proc sh -c 'echo ready; read x; exit 0'
	until_said box ready
	init=$(child "${PID[box]}")
	explain "$init"
	found init-ignores-signals .about.pid "$init" .evidence.comm sh
	# The one who waits outside is no finding, and neither is its /proc.
	explain "${PID[box]}"
	not_found proc-of-another-pidns
	not_found init-ignores-signals
	go_on box
	partner box2 unshare -fp --mount-proc sh -c 'trap "exit 0" TERM; echo ready; read x'
	until_said box2 ready
	init=$(child "${PID[box2]}")
	explain "$init"
	not_found init-ignores-signals
	kill -TERM "$init"
	partner_end box2
	[ "$RC" = 0 ] || fail "it was not stopped by SIGTERM: $RC"
}

# --- pid 1 and the dead -----------------------------------------------------------------------

t_explain_zombies() {
	local init c
	pose box clone pid children 4 on 15 handle say ready wait
	init=$(child "${PID[box]}")
	explain "$init"
	not_found init-leaves-zombies
	for c in $(pgrep -P "$init" | head -n 3); do
		kill -KILL "$c"
		until [ "$(ps -o stat= -p "$c" | cut -c 1)" = Z ]; do read -r -t 0.02 <> <(:); done
	done
	explain "$init"
	sane
	found init-leaves-zombies .evidence.zombies 3 .evidence.pid "$init" .evidence.oldest_comm nsact \
		.evidence.oldest_pid "$(ps -o pid=,stat= --ppid "$init" | awk '$2 ~ /Z/ { print $1; exit }')"
	not_found init-ignores-signals
	explain
	found init-leaves-zombies .about.pid "$init"
	go_on box
}

# The twin: a shell as pid 1 reaps what dies.
t_explain_zombies_reaped() {
	local init
	partner box unshare -fp --mount-proc sh -c 'sleep 0.1 & sleep 0.1 & wait; echo ready; read x'
	until_said box ready
	init=$(child "${PID[box]}")
	explain "$init"
	not_found init-leaves-zombies
	go_on box
}

# pid 1 waits for a dead process whose parent is outside.
t_explain_init_stuck() {
	local init outside
	pose box clone pid say ready wait
	init=$(child "${PID[box]}")
	pose guest setns "/proc/$init/ns/pid" pid children 1 say ready wait
	outside=${F[child]}
	explain "$init"
	not_found init-stuck
	kill -KILL "$init"
	until [ "$(ps -o stat= -p "$outside" | cut -c 1)" = Z ]; do read -r -t 0.02 <> <(:); done
	[ "$(ps -o stat= -p "$init" | cut -c 1)" != Z ] || fail "it ended all the same"
	explain "$init"
	sane
	found init-stuck .evidence.pid "$init" .evidence.zombies 1 .evidence.zombie_pid "$outside" \
		.evidence.parent_pid "${PID[guest]}" .evidence.parent_comm nsact
	# What the remedy says helps.
	kill -KILL "${PID[guest]}"
	partner_end box
	[ "${F[status]}" = 9 ] || fail "wait says ${F[status]}"
}

# --- /proc ------------------------------------------------------------------------------------

t_explain_proc_other() {
	local init
	pose box ns clone pid ns say ready wait
	init=$(child "${PID[box]}")
	explain "$init"
	sane
	found proc-of-another-pidns .about.pid "$init" .evidence.own "pid:[${F[2:pid]}]" \
		.evidence.ns "pid:[${F[1:pid]}]" .evidence.ns_pid 1
	# To itself it is 1, and /proc/1 is another process.
	[ "${F[2:getpid]}" = 1 ] && [ "$(inum pid "$init")" != "$(stat -L -c %i "/proc/$init/root/proc/1/ns/pid")" ] ||
		fail "it is not so"
	go_on box
}

t_explain_proc_own() {
	partner box unshare -fp --mount-proc sh -c 'echo ready; read x'
	until_said box ready
	explain "$(child "${PID[box]}")"
	not_found proc-of-another-pidns
	explain "${PID[box]}"
	not_found proc-of-another-pidns
	go_on box
}

# --- user namespaces --------------------------------------------------------------------------

t_explain_user_unmapped() {
	partner box unshare -U sh -c 'id -u; echo ready; read x'
	until_said box ready
	grep -q '^65534' "$T/box.facts" || fail "it is somebody: $(cat "$T/box.facts")"
	explain "user:[$(inum user "${PID[box]}")]"
	sane
	found userns-not-mapped .about.type user .about.inum "$(inum user "${PID[box]}")" \
		.evidence.pid "${PID[box]}" .evidence.both yes .evidence.members 1
	not_found setgroups-denied
	explain "${PID[box]}"
	found userns-not-mapped
	# Mapped from outside, and half.
	echo '0 0 1' >"/proc/${PID[box]}/uid_map"
	explain "${PID[box]}"
	found userns-not-mapped .evidence.map gid_map
	echo '0 0 1' >"/proc/${PID[box]}/gid_map"
	explain "${PID[box]}"
	not_found userns-not-mapped
	not_found setgroups-denied
	go_on box
}

t_explain_setgroups() {
	partner box unshare -r sh -c 'cat /proc/self/setgroups; echo ready; read x'
	until_said box ready
	grep -q deny "$T/box.facts" || skip "unshare did not deny it"
	explain "${PID[box]}"
	sane
	found setgroups-denied .about.inum "$(inum user "${PID[box]}")" .evidence.pid "${PID[box]}" \
		.evidence.members 1
	not_found userns-not-mapped
	# The proof: setgroups(2) fails there.
	if have setpriv; then
		nsenter -U -t "${PID[box]}" --preserve-credentials setpriv --clear-groups true \
			2>"$T/setpriv" && fail "setgroups did not fail"
		grep -q 'Operation not permitted' "$T/setpriv" || fail "$(cat "$T/setpriv")"
	fi
	go_on box
}

# --- net namespaces ---------------------------------------------------------------------------

t_explain_net_down() {
	partner box unshare -n sh -c 'echo ready; read x; ip link set lo up; echo up; read x'
	until_said box ready
	explain "net:[$(inum net "${PID[box]}")]"
	sane
	found netns-down .evidence.members 1 .evidence.devices \
		"$(nsenter -n -t "${PID[box]}" ip -o link | wc -l)"
	go_on box
	until_said box up
	explain "net:[$(inum net "${PID[box]}")]"
	not_found netns-down
	go_on box
}

# --- what keeps a namespace -------------------------------------------------------------------

# A net namespace that nobody lives in any more, and the process whose descriptor 9 keeps it.
leaked_by_fd() {
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	NS=$(inum net "${PID[maker]}")
	sleep 1000 9<"/proc/${PID[maker]}/ns/net" &
	HOLDER=$!
	BACKGROUND+=("$HOLDER")
	until [ "$(stat -L -c %i "/proc/$HOLDER/fd/9" 2>/dev/null)" = "$NS" ]; do read -r -t 0.02 <> <(:); done
}

t_explain_kept_by_fd() {
	leaked_by_fd
	explain "net:[$NS]"
	not_found kept-by-fd
	go_on maker
	partner_end maker
	explain "net:[$NS]"
	sane
	found kept-by-fd .about.inum "$NS" .about.type net .evidence.pid "$HOLDER" .evidence.fd 9 \
		.evidence.comm sleep .evidence.more null
	explain
	EV=$(jq -c ".findings[] | select(.about.inum == $NS)" "$T/ex.json")
	fields .code kept-by-fd .evidence.pid "$HOLDER"
	# It goes as the remedy says.
	kill "$HOLDER"
	wait "$HOLDER"
	explain "net:[$NS]"
	expect_rc 3
}

t_explain_kept_by_socket() {
	pose holder ns unshare net ns socket setns "/proc/$$/ns/net" net say ready wait
	[ "${F[setns]}" = 0 ] || skip "setns: ${F[setns]}"
	explain "net:[${F[2:net]}]"
	[ $RC -ne 3 ] || skip "sockets are not seen here"
	sane
	found kept-by-socket .about.inum "${F[2:net]}" .evidence.pid "${PID[holder]}" .evidence.fd "${F[socket]}"
	go_on holder
}

t_explain_kept_by_mount() {
	touch "$T/pin"
	unshare -n sh -c "mount --bind /proc/self/ns/net $T/pin" 2>/dev/null
	at_end "umount -l $T/pin"
	mountpoint -q "$T/pin" || unshare "--net=$T/pin" true
	local ns
	ns=$(stat -L -c %i "$T/pin")
	explain "$T/pin"
	sane
	found kept-by-mount .about.inum "$ns" .evidence.path "$T/pin" .weight note
	not_found kept-by-foreign-mount
	# Not among what is wrong: somebody gave it a name on purpose.
	explain
	[ -z "$(jq ".findings[] | select(.about.inum == $ns)" "$T/ex.json")" ] || fail "$(cat "$T/ex.json")"
	explain --all
	EV=$(jq -c ".findings[] | select(.about.inum == $ns and .code == \"kept-by-mount\")" "$T/ex.json")
	field .evidence.path "$T/pin"
}

t_explain_kept_by_foreign_mount() {
	local ns
	touch "$T/pin"
	partner box unshare -m --propagation private sh -c \
		"unshare --net=$T/pin true && echo ready && read x"
	until_said box ready
	ns=$(stat -L -c %i "/proc/${PID[box]}/root$T/pin")
	explain "net:[$ns]"
	sane
	found kept-by-foreign-mount .about.inum "$ns" .evidence.path "$T/pin" \
		.evidence.mnt "mnt:[$(inum mnt "${PID[box]}")]" .evidence.pid "${PID[box]}" .weight trouble
	not_found kept-by-mount
	go_on box
	partner_end box
	explain "net:[$ns]"
	expect_rc 3
}

t_explain_kept_by_thread() {
	pose box ns thread unshare net ns say ready wait -- wait
	explain "net:[${F[2:net]}]"
	sane
	found kept-by-thread .about.inum "${F[2:net]}" .evidence.pid "${PID[box]}" .evidence.tid "${F[2:tid]}"
	go_on box
	go_on box
}

# --- a namespace in sentences -----------------------------------------------------------------

t_explain_ns_init() {
	pose box ns clone pid ns children 5 say ready wait
	explain "pid:[${F[2:pid]}]"
	EV=$(cat "$T/ex.json")
	fields .namespace.dies_with_init 5 .namespace.init "$(child "${PID[box]}")" \
		.namespace.processes 6 .namespace.parent "${F[1:pid]}" .namespace.pid_namespaces_below 0
	"$NSWATCH" explain "pid:[${F[2:pid]}]" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q "the kernel kills 5 other processes with it: nsact" ||
		fail "$(cat "$T/text")"
	# The kernel does so.
	kill -KILL "$(child "${PID[box]}")"
	partner_end box
	explain "pid:[${F[2:pid]}]"
	expect_rc 3
}

# --- events: notes below them, and the story --------------------------------------------------

# notes JQ CODES: of the first event that it is true for.
notes() {
	expect_event "$1"
	field '[.notes[].code] | join(",")' "$2"
}

t_explain_notes_scenario() {
	trace_cmd -- unshare -p sh -c 'true; true; exit 7'
	notes '.event == "unshare"' children-only
	notes '.event == "exec" and (.args[0] // "") == "sh"' shell-not-pid-1
	trace_cmd -- unshare -f -p sh -c 'true; true; exit 7'
	[ "$RC" = 7 ] || fail "status $RC"
	no_event '[.notes[].code] | any(. == "shell-not-pid-1" or . == "pidns-dead")'
}

t_explain_notes_fork_denied() {
	act ns unshare pid fork ns exit 3 -- tryfork
	notes '.event == "pidns-init"' first-child-is-init
	notes '.event == "fork-denied"' pidns-dead
	EV=$(jq -c '.notes[0]' <<<"$EV")
	field '.text | contains("died with its pid 1, nsact ('"${F[child]}"'), which ended with status 3")' true
	# clone(CLONE_NEWPID) means its child to be pid 1.
	act clone pid exit 0
	notes '.event == "pidns-init"' ''
}

t_explain_notes_off() {
	OPTS=(--no-notes)
	act unshare pid
	expect_event '.event == "unshare"'
	field 'has("notes")' false
	OPTS=()
}

t_explain_notes_killed() {
	traced -- ns clone pid ns children 50 say ready wait
	until_said act ready
	kill -KILL "$(child_of_act)"
	traced_end
	notes '.event == "pidns-death"' killed-with-init,init-killed
	EV=$(jq -c '.notes[0]' <<<"$EV")
	field '.text | contains(" and 50 other processes there were killed with it")' true
	# Of its own will, and nobody else was there.
	act clone pid exit 3
	notes '.event == "pidns-death"' ''
}

child_of_act() { pgrep -P "${F[1:getpid]}"; }

t_explain_notes_parent() {
	local outer
	traced -- ns clone pid ns clone pid ns say ready wait
	until_said act ready
	outer=$(child_of_act)
	kill -KILL "$outer"
	traced_end
	notes ".event == \"pidns-death\" and .inum == ${F[2:pid]}" killed-with-init,init-killed
	notes ".event == \"pidns-death\" and .inum == ${F[3:pid]}" died-with-parent
	EV=$(jq -c '.notes[0]' <<<"$EV")
	field ".text | contains(\"pid:[${F[2:pid]}], died: its pid 1, nsact ($outer), was killed by SIGKILL\")" true
}

t_explain_notes_pid_taken() {
	act ns unshare pid unshare pid
	[ "${F[unshare,2]}" = EINVAL ] || fail "the kernel said ${F[unshare,2]}"
	notes '.event == "unshare" and .result < 0' pid-children-taken
	# After a child it works... in the child.
	act unshare pid fork unshare pid --
	[ "${F[unshare,2]}" = 0 ] || fail "the kernel said ${F[unshare,2]}"
	no_event '[.notes[].code] | any(. == "pid-children-taken")'
}

t_explain_notes_threads() {
	act threads 2 unshare user say ready
	[ "${F[unshare]}" = EINVAL ] || fail "the kernel said ${F[unshare]}"
	expect_event '.event == "unshare" and .result < 0'
	# Whether the process could still be asked is a matter of who was faster.
	field '[.notes[].code] | join(",") | . == "" or . == "single-thread-required"' true
	# Here it waits.
	traced -- threads 2 unshare user say ready wait
	until_said act ready
	wait_event '.event == "unshare" and .result < 0'
	go_on act
	traced_end
	notes '.event == "unshare" and .result < 0' single-thread-required
	field '.notes[0].text | contains("has 3 threads")' true
	act unshare user
	no_event '[.notes[].code] | any(. == "single-thread-required")'
}

t_explain_notes_own_user() {
	act setns /proc/self/ns/user user
	[ "${F[setns]}" = EINVAL ] || fail "the kernel said ${F[setns]}"
	notes '.event == "setns"' own-user-namespace
}

# The limits of a user namespace of our own are reached.
t_explain_notes_limit() {
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- unshare -r sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces || exit 9
		unshare -u true; echo "rc $?"; unshare -i true'
	[ "$RC" != 9 ] || skip "limits can't be written here"
	grep -q 'No space left' "$T/err" || fail "the kernel said: $(cat "$T/err")"
	expect_event '.event == "unshare" and .result == -28' 1
	fields '[.notes[].code] | join(",")' limit-reached \
		'.notes[0].text | contains("unshare of uts failed with ENOSPC")' true
	no_event '.event == "unshare" and .result == 0 and any(.notes[]; .code == "limit-reached")'
}

t_explain_notes_no_rights() {
	trace_cmd -- setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(public_helper nsact)" unshare net setns /proc/1/ns/net net
	facts
	[ "${F[unshare]}" = EPERM ] || fail "the kernel said ${F[unshare]}"
	notes '.event == "unshare" and .result < 0' no-rights
	field '.notes[0].text | contains("user 65534, lacks CAP_SYS_ADMIN")' true
	act unshare net
	no_event '[.notes[].code] | any(. == "no-rights")'
}

# Which layer: a user without number, a chroot.
t_explain_notes_refused_unmapped() {
	traced -- unshare user unshare user say ready wait
	until_said act ready
	[ "${F[unshare,2]}" = EPERM ] || skip "the kernel said ${F[unshare,2]}"
	wait_event '.event == "unshare" and .result < 0'
	go_on act
	traced_end
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("uid_map is empty")' true
}

t_explain_notes_refused_chroot() {
	mkdir "$T/root"
	cp "$(helper nsact)" "$T/root/"
	partner_open act
	"$NSWATCH" trace -J -q "${FORCE[@]}" -- sh -c 'exec "$@" >"$0"' "$T/act.out" \
		chroot "$T/root" /nsact unshare user say ready wait <"$T/act.in" >"$T/out.json" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	until_said act ready
	[ "${F[unshare]}" = EPERM ] || skip "the kernel said ${F[unshare]}"
	wait_event '.event == "unshare" and .result < 0'
	go_on act
	traced_end
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("it is in a chroot")' true
}

# A command as a story, with the corrected command line, which works.
t_explain_command() {
	explain "${FORCE[@]}" -- unshare -u -p -i /bin/sh -c 'true; ls / >/dev/null; ls / >/dev/null'
	sane
	expect_rc 1
	EV=$(cat "$T/ex.json")
	field .better "unshare -f -u -p -i /bin/sh -c 'true; ls / >/dev/null; ls / >/dev/null'"
	field '[.findings[].code] | contains(["children-only", "shell-not-pid-1", "first-child-is-init", "pidns-dead"])' true
	found pidns-dead .evidence.errno ENOMEM
	before_code children-only first-child-is-init
	before_code first-child-is-init pidns-dead
	# The corrected line.
	explain "${FORCE[@]}" -- sh -c "$(jq -r .better "$T/ex.json")"
	expect_rc 0
	EV=$(cat "$T/ex.json")
	field .better null
	not_found pidns-dead
	not_found shell-not-pid-1
}

# before_code CODE CODE: in the order of the story.
before_code() {
	jq -e "[.story[].codes[]] | index(\"$1\") < index(\"$2\")" "$T/ex.json" >/dev/null ||
		fail "$1 is not told before $2"
}

# The same from a recording, without rights; the command line comes with it.
t_explain_recording() {
	"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/t.nsw" -- unshare -p sh -c 'true; ls / >/dev/null; true' 2>"$T/err"
	chmod 755 "$T"
	chmod 644 "$T/t.nsw"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$NSWATCH" explain --json -r "$T/t.nsw" \
		>"$T/ex.json" 2>"$T/err"
	RC=$?
	expect_rc 1
	sane
	found shell-not-pid-1
	EV=$(cat "$T/ex.json")
	field .better "unshare -f -p sh -c 'true; ls / >/dev/null; true'"
}

t_explain_command_fails() {
	"$NSWATCH" explain -- /nonexistent/x >"$T/out" 2>"$T/err"
	RC=$?
	expect_rc 127
	"$NSWATCH" explain -- sh -c 'exit 5' >"$T/out" 2>"$T/err"
	RC=$?
	expect_rc 0
}

# --- usage ------------------------------------------------------------------------------------

t_explain_usage() {
	"$NSWATCH" explain pidns-ded >"$T/out" 2>"$T/err" && fail "taken for good"
	grep -q "did you mean 'pidns-dead'" "$T/err" || fail "$(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "it says something"
	explain /dev/null
	expect_rc 2
	explain 1 2
	expect_rc 2
	explain -r "$T/none"
	expect_rc 4
	explain 'net:[1]'
	expect_rc 3
	explain --list
	expect_rc 0
	[ "$(jq length "$T/ex.json")" -ge 25 ] || fail "a short catalogue"
	[ "$(jq '[.[] | select((.kernel | length) == 0)] | length' "$T/ex.json")" = 0 ] || fail "without reasons"
}

# Names that processes gave themselves do not reach a terminal as they are.
t_explain_escapes() {
	pose evil clone pid name $'\e[31mX' say ready wait
	"$NSWATCH" explain "$(child "${PID[evil]}")" >"$T/text"
	grep -q $'\e' "$T/text" && fail "an escape sequence"
	grep -q 'x1b\[31mX' "$T/text" || fail "$(cat "$T/text")"
	go_on evil
}
