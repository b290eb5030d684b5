# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch explain: every rule holds where it should, with the right numbers, and not in the healthy
# twin of the situation. What the kernel does itself is the proof.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

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
	cure pidns-dead sh -c '/bin/true; /bin/true; echo fine'
	[ "$CURED,$(cat "$T/cure.out")" = 0,fine ] || fail "not cured: $(cat "$T/cure.out")"
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

# Processes are counted, not their threads, and not the dead.
t_explain_pidns_alive_counts() {
	pose live unshare pid fork threads 4 zombies 2 headless 3 say ready wait
	explain "${PID[live]}"
	found children-only .evidence.living 2 '.text | contains("2 processes live in")' true
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
	cure children-unborn sh -c '/bin/true; /bin/true; exit 7'
	[ "$CURED" = 7 ] || fail "not cured: $(cat "$T/cure.out")"
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
	until grep -qE '^(128|137) ' "/proc/$INIT/syscall"; do tick; done
	grep -q '^SigBlk:.*0000$' "/proc/$INIT/status" || skip "this kernel shows what is waited for"
	explain "$INIT"
	not_found init-ignores-signals
	kill -TERM "$INIT"
	partner_end box
	[ "${F[sigtimedwait]},${F[status]}" = 0,0 ] || fail "sigtimedwait: ${F[sigtimedwait]}, ${F[status]}"
}

# A handler for one time: after the first signal the kernel drops those that follow.
t_explain_init_once() {
	public_helper nsact >/dev/null
	pose box clone pid exec "$T/nsact" on 15 once say ready wait
	INIT=$(child "${PID[box]}")
	explain --source bpf "$INIT"
	[ "$RC" = 4 ] && skip "only the BPF iterator sees it"
	sane
	found init-handles-once .about.pid "$INIT" .weight trouble
	not_found init-ignores-signals
	kill -TERM "$INIT"
	until grep -q '^SigCgt:.*0000$' "/proc/$INIT/status"; do tick; done
	kill -TERM "$INIT"
	[ "$(ps -o stat= -p "$INIT" | cut -c 1)" = S ] || fail "the second SIGTERM did something"
	explain "$INIT"
	not_found init-handles-once
	found init-ignores-signals
	go_on box
	# The twin is in explain_init_handles.
	pose twin clone pid exec "$T/nsact" on 15 handle say ready wait
	explain "$(child "${PID[twin]}")"
	not_found init-handles-once
	go_on twin
}

# A program that made its own sandbox has a pid 1 that is the same program: it is said, but not as
# trouble. Another program there is in trouble, and one that is ending already is not.
t_explain_init_by_design() {
	pose box clone pid say ready wait
	INIT=$(child "${PID[box]}")
	explain "$INIT"
	sane
	found init-ignores-signals .weight note .evidence.by_design yes
	explain
	[ -z "$(jq -c ".findings[] | select(.about.pid == $INIT)" "$T/ex.json")" ] || fail "$(cat "$T/ex.json")"
	go_on box
	public_helper nsact >/dev/null
	pose other clone pid exec "$T/nsact" say ready wait
	INIT=$(child "${PID[other]}")
	explain
	found_of init-ignores-signals "$INIT"
	# It waits for a dead process whose parent is outside, and ignores nothing any more.
	pose guest setns "/proc/$INIT/ns/pid" pid children 1 say ready wait
	kill -KILL "$INIT"
	until [ "$(ps -o stat= -p "${F[child]}" | cut -c 1)" = Z ]; do tick; done
	[ -e "/proc/$INIT/stat" ] || fail "it ended all the same"
	explain "$INIT"
	not_found init-ignores-signals
	go_on guest
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
	public_helper nsact >/dev/null
	pose box clone pid exec "$T/nsact" children 4 on 15 handle say ready wait
	init=$(child "${PID[box]}")
	explain "$init"
	not_found init-leaves-zombies
	for c in $(pgrep -P "$init" | head -n 3); do
		kill -KILL "$c"
		until [ "$(ps -o stat= -p "$c" | cut -c 1)" = Z ]; do tick; done
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

# Who sleeps for a short time may be about to reap, as cron daemons do: no trouble yet.
t_explain_zombies_periodic() {
	local init time
	for time in 60 100000; do
		pose "box$time" clone pid zombies 2 say ready exec sleep $time
		init=$(child "${PID[box$time]}")
		until grep -qx sleep "/proc/$init/comm" && ps -o stat= -p "$init" | grep -q S; do tick; done
		until grep -q ' 0x' "/proc/$init/syscall"; do tick; done
		explain "$init"
		sane
		found init-leaves-zombies .evidence.zombies 2 \
			.weight "$([ $time = 60 ] && echo note || echo trouble)" \
			'.text | contains("look again then")' "$([ $time = 60 ] && echo true || echo false)"
		kill -KILL "$init"
		partner_end "box$time"
	done
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
	until [ "$(ps -o stat= -p "$outside" | cut -c 1)" = Z ]; do tick; done
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
	[ "${F[2:getpid]}" = 1 ] || fail "it is ${F[2:getpid]} to itself"
	[ -n "$(readlink "/proc/$init/root/proc/self")" ] || fail "its /proc is not ours"
	# There /proc/self is right, and the text says so.
	field '.text | contains("/proc/self is right, but /proc/$$ is")' true
	[ -n "$(nsenter --pid -t "$init" readlink /proc/self)" ] || fail "/proc/self leads nowhere"
	# shellcheck disable=SC2016 # for the inner shell
	cure proc-of-another-pidns sh -c 'read -r pid rest </proc/self/stat && [ "$pid" = $$ ]'
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	go_on box
}

# /proc of a namespace that the process has no number in: /proc/self leads nowhere.
t_explain_proc_aside() {
	local init
	partner box unshare -fp --mount-proc sh -c 'echo ready; read x; true'
	until_said box ready
	init=$(child "${PID[box]}")
	partner aside nsenter --mount -t "$init" sh -c 'readlink /proc/self; echo ready; read x; true'
	until_said aside ready
	[ "$(cat "$T/aside.facts")" = ready ] || fail "/proc/self is $(cat "$T/aside.facts")"
	explain "${PID[aside]}"
	sane
	found proc-of-another-pidns .evidence.ns "pid:[$(inum pid "$init")]" \
		'.text | contains("/proc/self leads nowhere")' true
	go_on aside
	go_on box
}

# Processes of one mount namespace with different root directories: each is judged by the /proc in its own.
t_explain_proc_roots() {
	local init
	# shellcheck disable=SC2016 # for the inner shells
	partner box unshare -fpm sh -c 'mkdir "$0" && mount --bind / "$0" && mount -t proc proc "$0/proc" || exit 77
		chroot "$0" sh -c "echo ready; read x; exit 0"; exit 0' "$T/root"
	until_said box ready
	init=$(child "${PID[box]}")
	explain
	found_of proc-of-another-pidns "$init"
	# Said once for a namespace, with how many more of its processes see the same.
	jq -e ".findings[] | select(.code == \"proc-of-another-pidns\" and .about.pid == $init) | .evidence.more" \
		"$T/ex.json" && fail "also of the one whose /proc is its own"
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

# --- nothing that is not so -------------------------------------------------------------------

# true_of FINDING: looks itself whether a finding about a process or namespace is so.
true_of() {
	local code pid path ns

	{ read -r code; read -r pid; read -r ns; } < <(
		jq -r '.code, (.evidence.pid // 0), (.evidence.ns // "")' <<<"$1")
	case $code in
	init-ignores-signals)
		local cgt blk
		cgt=$(awk '/^SigCgt/ { print $2 }' "/proc/$pid/status") blk=$(awk '/^SigBlk/ { print $2 }' "/proc/$pid/status")
		(((0x$cgt & 0x4000) == 0 && (0x$blk & 0x4000) == 0)) && [ "$(readlink "/proc/$pid/ns/pid")" = "$ns" ]
		;;
	proc-of-another-pidns)
		# Its own number there is not the one it has to itself.
		[ "$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")" != "$pid" ] &&
			[ -e "/proc/$pid/root/proc/$pid" ]
		;;
	netns-down)
		path=$(find /proc/[0-9]*/ns/net -maxdepth 0 -lname "${ns/[/\\[}" -print -quit 2>/dev/null)
		[ -n "$path" ] && ! nsenter "--net=$path" ip -o link | grep -q '[<,]UP[,>]'
		;;
	setgroups-denied) [ "$(cat "/proc/$pid/setgroups")" = deny ] ;;
	children-only) [ "$(readlink "/proc/$pid/ns/pid_for_children")" = "$ns" ] ;;
	kept-by-fd) [ "$(readlink "/proc/$pid/fd/$(jq .evidence.fd <<<"$1")")" = "$ns" ] ;;
	seccomp-filter) grep -q '^Seccomp:.*2$' "/proc/$pid/status" ;;
	nsid-unassigned) lsns -n -r -t net -o NS,NETNSID | grep -qx "$(tr -dc 0-9 <<<"$ns") unassigned" ;;
	capabilities-elsewhere) [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/1/ns/user)" ] ;;
	mounts-locked | proc-mount-refused) [ "$(readlink "/proc/$pid/ns/mnt")" = "$ns" ] ;;
	holds-namespaces)
		local held fd
		read -r held _ _ fd _ < <(jq -r '.evidence.held | gsub(","; " ")' <<<"$1")
		[ "$(readlink "/proc/$pid/fd/$fd")" = "$held" ] &&
			[ "$(readlink "/proc/$pid/ns/${held%%:*}")" != "$held" ]
		;;
	kept-by-mount) [ -e "$(jq -r .evidence.path <<<"$1")" ] ;;
	*) return 1 ;;
	esac
}

# Sandboxes side by side: everything that is said of them is true, and nothing of who is well.
t_explain_no_false_findings() {
	need bwrap
	local said finding root=(--ro-bind / / --dev /dev)
	partner all bwrap "${root[@]}" --unshare-all --proc /proc sh -c 'echo ready; read x; true'
	partner shared bwrap "${root[@]}" sh -c 'echo ready; read x; true'
	partner foreign bwrap "${root[@]}" --unshare-pid sh -c 'echo ready; read x; true'
	partner first bwrap "${root[@]}" --unshare-pid --as-pid-1 --proc /proc sh -c \
		'trap "exit 0" TERM; echo ready; read x; true'
	partner user bwrap "${root[@]}" --unshare-user --unshare-net --proc /proc sh -c 'echo ready; read x; true'
	partner plain sh -c 'echo ready; read x; true'
	partner rootless unshare -r -f -p --mount-proc sh -c 'echo ready; read x; true'
	for said in all shared foreign first user plain rootless; do
		until_said "$said" ready
	done
	for source in auto proc; do
		explain --all --source $source
		sane
		while read -r finding; do
			true_of "$finding" || still_there "$finding" || fail "said, and not so: $finding"
		done < <(jq -c ".findings[]" "$T/ex.json")
		# Who is well: no process of these is named.
		for said in shared plain first; do
			well "$said"
		done
		[ "$(jq "[.findings[] | select(.code == \"init-ignores-signals\" and
			(.about.pid == $(in_box all) or .about.pid == $(in_box foreign)))] | length" "$T/ex.json")" = 2 ] ||
			fail "bubblewrap's own pid 1 handles SIGTERM?"
	done
	for said in all shared foreign first user plain rootless; do
		go_on "$said"
	done
}

# Findings about other processes of this machine may be over by the time they are looked at.
still_there() {
	local pid
	pid=$(jq -r '.evidence.pid // 0' <<<"$1")
	[ "$pid" != 0 ] && [ ! -e "/proc/$pid/ns" ] && return 0
	# Or they are another test's.
	! descends "$pid"
}

descends() {
	local p=$1
	while [ "${p:-0}" -gt 1 ]; do
		[ "$p" = $$ ] && return 0
		p=$(ps -o ppid= -p "$p" | tr -d ' ')
	done
	return 1
}

# in_box NAME: pid 1 of the namespace that the sandbox made.
in_box() { child "${PID[$1]}"; }

# below PID: it and its descendants, a line each.
below() {
	local p

	echo "$1"
	for p in $(pgrep -P "$1"); do
		below "$p"
	done
}

# well NAME: neither the process nor one below it is in trouble.
well() {
	local got

	got=$(jq -c --argjson pids "$(below "${PID[$1]}" | jq -s .)" '.findings[] |
		select(.weight == "trouble" and (.about.pid | IN($pids[])))' "$T/ex.json") || fail "jq"
	[ -z "$got" ] || fail "$1 is well: $got"
}

# lxc_up: a container; its pid 1 in $LXC.
lxc_up() {
	need lxc-start
	mkdir "$T/lxc"
	chmod 755 "$T" "$T/lxc"
	printf 'lxc.net.0.type = empty\nlxc.apparmor.profile = unconfined\n' >"$T/lxc.conf"
	lxc-create -P "$T/lxc" -n nswtest -f "$T/lxc.conf" -t busybox >"$T/lxc.log" 2>&1 ||
		skip "lxc-create: $(tail -n 1 "$T/lxc.log")"
	at_end "lxc-stop -P '$T/lxc' -n nswtest -k"
	timeout "$(scaled 60)" lxc-start -P "$T/lxc" -n nswtest -d >"$T/lxc.log" 2>&1 || skip "lxc-start: $(tail -n 1 "$T/lxc.log")"
	timeout "$(scaled 60)" lxc-wait -P "$T/lxc" -n nswtest -s RUNNING || skip "the container does not run"
	LXC=$(lxc-info -P "$T/lxc" -n nswtest -p -H)
}

# An LXC container beside them, where one can start.
t_explain_lxc() {
	local init finding
	lxc_up
	init=$LXC
	explain "$init"
	sane
	# busybox's init handles its signals and reaps.
	[ "$(jq -c '[.findings[] | select(.weight == "trouble")]' "$T/ex.json")" = '[]' ] || fail "$(cat "$T/ex.json")"
	while read -r finding; do
		true_of "$finding" || fail "said, and not so: $finding"
	done < <(jq -c ".findings[]" "$T/ex.json")
	explain
	[ -z "$(jq -c ".findings[] | select(.about.pid == $init)" "$T/ex.json")" ] || fail "$(cat "$T/ex.json")"
}

# nspawn_up NAME SCRIPT OPTIONS...: a partner in a container of systemd-nspawn.
nspawn_up() {
	local name=$1 script=$2 busybox word
	shift 2
	need systemd-nspawn
	busybox=$(command -v busybox) || skip "busybox is not installed"
	mkdir -p "$T/$name".root/{bin,etc,usr,proc,sys,dev,run,tmp}
	cp "$busybox" "$T/$name.root/bin/busybox"
	for word in sh sleep; do ln -s busybox "$T/$name.root/bin/$word"; done
	echo ID=test >"$T/$name.root/etc/os-release"
	at_end "rmdir /run/systemd/nspawn/propagate/$name.root"
	partner "$name" systemd-nspawn -q --register=no --keep-unit --pipe --private-network \
		-D "$T/$name.root" "$@" /bin/sh -c "$script"
	until_up "$name" || skip "systemd-nspawn does not start: $(tail -n 1 "$T/log.$name")"
}

# until_up NAME: it said ready; false where it ended before.
until_up() {
	local line

	while kill -0 "${PID[$1]}" 2>/dev/null; do
		read -r -t 1 line <&"${OUT[$1]}" && [ "$line" = ready ] && return 0
	done
	return 1
}

# LXC, systemd-nspawn and bubblewrap side by side: everything that is said is so, of each process
# by itself and of all together.
t_explain_side_by_side() {
	need bwrap
	local pid finding pids=() source
	lxc_up
	# shellcheck disable=SC2016 # for the inner shell
	nspawn_up deaf 'sleep 1000 & echo ready; read x; kill $!'
	nspawn_up polite 'trap "exit 0" TERM; echo ready; read x; true'
	nspawn_up stub 'echo ready; read x; true' --as-pid2
	partner bubble bwrap --ro-bind / / --dev /dev --unshare-all --proc /proc sh -c 'echo ready; read x; true'
	until_said bubble ready
	mapfile -t pids < <(for pid in "$LXC" "${PID[deaf]}" "${PID[polite]}" "${PID[stub]}" "${PID[bubble]}"; do
		below "$pid"
	done)
	[ ${#pids[@]} -ge 11 ] || fail "only ${#pids[@]} processes"
	for pid in "${pids[@]}"; do
		explain "$pid"
		[ "$RC" -le 1 ] || fail "exit status $RC for $pid: $(cat "$T/err")"
		sane
		while read -r finding; do
			true_of "$finding" || fail "said, and not so: $finding"
		done < <(jq -c '.findings[]' "$T/ex.json")
	done
	for source in auto proc; do
		explain --all --source $source
		sane
		while read -r finding; do
			true_of "$finding" || still_there "$finding" || fail "said, and not so: $finding"
		done < <(jq -c '.findings[]' "$T/ex.json")
		for pid in polite stub; do
			well "$pid"
		done
		# What is wrong is found among them: this one has no handler.
		found_of init-ignores-signals "$(in_box deaf)"
	done
	for pid in deaf polite stub bubble; do
		go_on "$pid"
	done
}

# found_of CODE PID
found_of() {
	jq -e ".findings[] | select(.code == \"$1\" and .about.pid == $2)" "$T/ex.json" >/dev/null ||
		fail "no $1 of $2: $(cut -c 1-2000 "$T/ex.json")"
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
	[ "$(jq '[.[] | select((.kernel | length) == 0 and ([.reasons[].function | values] | length) == 0)] | length' "$T/ex.json")" = 0 ] || fail "without reasons"
}

# Names that processes gave themselves do not reach a terminal as they are.
t_explain_escapes() {
	pose evil clone pid name $'\e[31mX' say ready wait
	"$NSWATCH" explain "$(child "${PID[evil]}")" >"$T/text"
	grep -q $'\e' "$T/text" && fail "an escape sequence"
	grep -q 'x1b\[31mX' "$T/text" || fail "$(cat "$T/text")"
	go_on evil
}
