# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is behind events: notes of nswatch trace, and commands and recordings as stories.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

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
	explain "${FORCE[@]}" -- unshare -p sh -c '/bin/true; /bin/true; exit 7'
	cure shell-not-pid-1 sh -c '/bin/true; /bin/true; exit 7'
	[ "$CURED" = 7 ] || fail "not cured: $(cat "$T/cure.out")"
}

# The twin: its children are born in a namespace whose pid 1 lives, and are not pid 1 there.
t_explain_notes_shell_entered() {
	pose box clone pid ns say ready wait
	trace_cmd -- nsenter --no-fork --pid -t "$(child "${PID[box]}")" sh -c 'true; true; exit 7'
	[ "$RC" = 7 ] || fail "status $RC: $(cat "$T/err")"
	notes '.event == "setns"' children-only
	expect_event '.event == "exec" and (.args[0] // "") == "sh"'
	no_event '[.notes[].code] | any(. == "shell-not-pid-1" or . == "pidns-dead")'
	go_on box
}

t_explain_notes_fork_denied() {
	act ns unshare pid fork ns exit 3 -- tryfork
	notes '.event == "pidns-init"' first-child-is-init
	notes '.event == "fork-denied"' pidns-dead
	EV=$(jq -c '.notes[0]' <<<"$EV")
	field '.text | contains("died with its pid 1, nsact ('"${F[child]}"'), which ended with status 3")' true
	explain "${FORCE[@]}" -- unshare -p sh -c '/bin/true; /bin/true; exit 7'
	cure first-child-is-init sh -c '/bin/true; /bin/true; exit 7'
	[ "$CURED" = 7 ] || fail "not cured: $(cat "$T/cure.out")"
	# clone(CLONE_NEWPID) means its child to be pid 1.
	act clone pid exit 0
	notes '.event == "pidns-init"' ''
}

t_explain_notes_off() {
	trace_cmd --no-notes -- "$(helper nsact)" unshare pid
	expect_event '.event == "unshare"'
	field 'has("notes")' false
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

# Who sent the SIGKILL to an init: this shell; and the same of its end as an event.
t_explain_notes_who_killed() {
	traced -- ns clone pid ns say ready wait
	until_said act ready
	kill -KILL "$(child_of_act)"
	traced_end
	notes '.event == "pidns-death"' init-killed
	fields .killer process .killer_pid "$BASHPID" .killer_comm bash \
		'.notes[0].text | contains("sent by bash ('"$BASHPID"')")' true
	# By its parent's end (PR_SET_PDEATHSIG).
	traced -- fork exec unshare -f -p --kill-child=KILL sh -c 'echo ready; read x' --
	until_said act ready
	local unshare
	unshare=$(child "$(child "$TRACER")")
	kill -KILL "$unshare"
	traced_end
	expect_event '.event == "pidns-death"'
	fields .killer parent .killer_comm unshare .killer_pid "$unshare" \
		'.notes[0].text | contains("its parent unshare ('"$unshare"') ended")' true
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- bash -c 'unshare -f -p --kill-child=KILL sh -c "echo ready; exec sleep 1000" \
		>"$0" & read ready <"$0"; kill -KILL $!' "$T/act.out"
	sane
	found init-killed .evidence.killer_comm unshare '.remedy | contains("SIGTERM in time")' false \
		'.remedy | contains("why unshare (")' true
}

# The ways of a SIGKILL: to a cgroup as a whole, at the end of a tracer.
t_explain_notes_ways_to_kill() {
	local cg
	cg=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$cg" ] || skip "no cgroup of version 2 here"
	cg=$cg/nswatch-kill-$$
	mkdir "$cg" || skip "no cgroup can be made"
	at_end "rmdir $cg"
	[ -e "$cg/cgroup.kill" ] || skip "no cgroup.kill before 5.14"
	traced -- ns clone pid ns say ready wait
	until_said act ready
	child_of_act >"$cg/cgroup.procs"
	echo 1 >"$cg/cgroup.kill"
	traced_end
	notes '.event == "pidns-death"' init-killed
	fields .killer cgroup .killer_pid "$BASHPID" '.notes[0].text | contains("cgroup.kill")' true
}

# What is to be done fits who died: a small init ends with its program, and is no remedy of that.
t_explain_notes_killed_by_init() {
	cp "$(helper nsact)" "$T/tini"
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- sh -c 'exec unshare -f -p "$0" children 2 exit 0 >&2' "$T/tini"
	sane
	found killed-with-init .evidence.killed 2 .evidence.comm tini \
		'.remedy | contains("tini ends when the program ends that it runs")' true
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- sh -c 'exec unshare -f -p "$0" children 2 exit 0 >&2' "$(helper nsact)"
	sane
	found killed-with-init '.remedy | contains("tini") or contains("dumb-init")' false
}

# memory_cgroup: a cgroup of 20 MB in $CG, with both hierarchies; $LIMIT is its limit, kills there are
# counted in $KILLS.
memory_cgroup() {
	local root

	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts) LIMIT=memory.max KILLS=memory.events
	if [ -z "$root" ] || ! grep -qs memory "$root/cgroup.subtree_control"; then
		root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
		LIMIT=memory.limit_in_bytes KILLS=memory.oom_control
	fi
	[ -n "$root" ] || skip "no cgroup limits memory here"
	CG=$root/nswatch-test-$$
	mkdir "$CG" || skip "no cgroup can be made"
	at_end "rmdir $CG"
	echo 20M >"$CG/$LIMIT" || skip "$LIMIT can't be written"
	[ ! -e "$CG/memory.swap.max" ] || echo 0 >"$CG/memory.swap.max"
}

# Memory ran out in its cgroup.
t_explain_notes_oom() {
	memory_cgroup
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- sh -c 'echo 0 >"$0/cgroup.procs"; exec unshare -f -p tail /dev/zero' "$CG"
	[ "$(awk '/^oom_kill / { print $2 }' "$CG/$KILLS")" -gt 0 ] || skip "nobody was killed"
	notes '.event == "pidns-death"' init-killed
	fields .killer oom .killer_pid 0 .comm tail '.notes[0].text | contains("because memory ran out")' true
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- sh -c 'echo 0 >"$0/cgroup.procs"; exec unshare -f -p tail /dev/zero' "$CG"
	sane
	found init-killed ".remedy | contains(\"$LIMIT\") and contains(\"$KILLS\")" true
}

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
	# The twin: the inner one ends by itself, and the outer one lives.
	act clone pid clone pid ns exit 4
	notes ".event == \"pidns-death\" and .inum == ${F[pid]}" ''
	fields .level 2 .exit_code.code 4
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
	# Into another one it may.
	pose other unshare user say ready wait
	act setns "/proc/${PID[other]}/ns/user" user
	[ "${F[setns]}" = 0 ] || fail "the kernel said ${F[setns]}"
	notes '.event == "setns"' ''
	go_on other
}

# The limits of a user namespace of our own are reached.
t_explain_notes_limit() {
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- unshare -r sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces || exit 9
		unshare -u true; echo "rc $?"; unshare -i true'
	[ "$RC" != 9 ] || skip "limits can't be written here"
	grep -q 'No space left' "$T/err" || fail "the kernel said: $(cat "$T/err")"
	expect_event '.event == "unshare" and .result == -28' 1
	# shellcheck disable=SC2016 # for jq
	fields '[.notes[].code] | join(",")' limit-reached \
		'.notes[0].text | contains("unshare of uts failed with ENOSPC") and (contains("deep") | not)' true \
		'.before.user as $ns | .notes[0].text | contains("max_uts_namespaces of user:[\($ns)] is reached, which is 0")' true
	no_event '.event == "unshare" and .result == 0 and any(.notes[]; .code == "limit-reached")'
}

# How deep namespaces nest, and a sandbox that allows no more of them: told as what they are.
t_explain_notes_limit_nested() {
	local type levels
	for type in user:33 pid:32; do
		levels=${type#*:} type=${type%:*}
		explain "${FORCE[@]}" -- sh -c '"$@" >/dev/null' sh "$(helper nest)" "$type" sleep 0.3
		found limit-reached .evidence.deepest "$levels" ".text | contains(\"$type namespaces nest $levels deep\")" true \
			'.remedy | contains("further up") and (contains("echo") | not)' true
	done
}

t_explain_notes_limit_sandbox() {
	need bwrap
	bwrap --help 2>&1 | grep -q -- --disable-userns || skip "this bubblewrap has no --disable-userns"
	# A shell that makes one child more, so that somebody is there to be asked.
	explain "${FORCE[@]}" -- bwrap --ro-bind / / --dev-bind /dev /dev --unshare-user --disable-userns \
		sh -c 'unshare -U true; sleep 0.3' 2>/dev/null
	EV=$(jq -c '[.findings[] | select(.code == "limit-reached" and .reason == "limit-set")][0]' "$T/ex.json")
	fields .evidence.limit max_user_namespaces .evidence.max 1 .evidence.count 1 \
		'.text | contains("bubblewrap --disable-userns")' true '.remedy | contains("echo") or contains("aise")' false \
		'.commands | length' 0
}

# The limit of the whole system.
t_explain_notes_limit_system() {
	local file=/proc/sys/user/max_uts_namespaces was
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $file)
	at_end "echo $was >$file"
	echo 0 >$file
	explain "${FORCE[@]}" -- sh -c 'unshare -u true; sleep 0.3'
	found limit-reached .evidence.limit max_uts_namespaces .evidence.max 0 .reason limit-system
	cure limit-reached/limit-system
	unshare -u true || fail "not cured"
}

t_explain_notes_no_rights() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	explain "${FORCE[@]}" -- "${nobody[@]}" "$(public_helper nsact)" unshare net
	sed -i /^unshare/d "$T/ex.json" # what nsact says
	CURE_AS=("${nobody[@]}")
	cure no-rights/no-sys-admin "$T/nsact" unshare net
	grep -qx 'unshare 0' "$T/cure.out" || fail "not cured: $(cat "$T/cure.out")"
	trace_cmd -- "${nobody[@]}" "$T/nsact" unshare net setns /proc/1/ns/net net
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

# The same of its group alone.
t_explain_notes_refused_group() {
	traced -- ns unshare user say made wait unshare user say ready wait
	until_said act made
	echo '0 0 1' >"/proc/${F[1:getpid]}/uid_map"
	go_on act
	until_said act ready
	[ "${F[unshare,2]}" = EPERM ] || skip "the kernel said ${F[unshare,2]}"
	wait_event '.event == "unshare" and .result < 0'
	go_on act
	traced_end
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("gid_map is empty")' true
	# Others have a number, the caller has none.
	explain "${FORCE[@]}" -- "$NSWATCH" create --map-users 5:100:5 --map-groups 0:0:10 \
		sh -c 'unshare -U true; sleep 0.3'
	found userns-refused .evidence.map uid_map .evidence.others yes .evidence.own_uid 0
	cure userns-refused/userns-unmapped unshare -U true
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	# With both it works.
	partner both "$(helper nsact)" unshare user say made wait unshare user
	until_said both made
	echo '0 0 1' >"/proc/${PID[both]}/uid_map"
	echo '0 0 1' >"/proc/${PID[both]}/gid_map"
	go_on both
	partner_end both
	[ "${F[unshare,2]}" = 0 ] || fail "the kernel said ${F[unshare,2]}"
}

t_explain_notes_refused_chroot() {
	mkdir "$T/root"
	cp "$(helper nsact)" "$T/root/"
	partner_open act
	# shellcheck disable=SC2016 # for the inner shell
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

# A limit on user namespaces themselves, of a user namespace of our own.
t_explain_notes_limit_user() {
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- unshare -r sh -c 'echo 1 >/proc/sys/user/max_user_namespaces || exit 9
		unshare -U true || exit 8; echo 0 >/proc/sys/user/max_user_namespaces; unshare -U true'
	[ "$RC" != 9 ] || skip "limits can't be written here"
	[ "$RC" != 8 ] || fail "not even one: $(cat "$T/err")"
	grep -q 'No space left' "$T/err" || fail "the kernel said: $(cat "$T/err")"
	expect_event '.event == "unshare" and .result == -28' 1
	fields '[.notes[].code] | join(",")' limit-reached \
		'.notes[0].text | contains("unshare of user failed with ENOSPC")' true
	# The twin, a moment before, with one allowed.
	no_event '.event == "unshare" and .result == 0 and any(.notes[]; .code == "limit-reached")'
}

# The sysctl of Debian and others. Only where the whole machine is the test's.
t_explain_notes_refused_sysctl() {
	local sysctl=/proc/sys/kernel/unprivileged_userns_clone was nobody=()
	[ -e $sysctl ] || skip "this kernel has no unprivileged_userns_clone"
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $sysctl)
	at_end "echo $was >$sysctl"
	public_helper nsact >/dev/null
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups "$T/nsact" unshare user)
	echo 0 >$sysctl
	trace_cmd -- "${nobody[@]}"
	facts
	[ "${F[unshare]}" = EPERM ] || fail "the kernel said ${F[unshare]}"
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("kernel.unprivileged_userns_clone is 0")' true
	explain "${FORCE[@]}" -- "${nobody[@]}" say ready
	sed -i '/^[a-z]/d' "$T/ex.json" # what nsact says
	cure userns-refused/userns-sysctl
	trace_cmd -- "${nobody[@]}"
	facts
	[ "${F[unshare]}" = 0 ] || fail "the kernel said ${F[unshare]}"
	no_event 'any(.notes[]?; .code == "userns-refused")'
}

# confined RULES...: $T/caged is nsact, under an AppArmor profile of these rules.
confined() {
	[ -d /sys/kernel/security/apparmor ] || skip "no AppArmor here"
	in_vm || skip "loads an AppArmor profile: only in a virtual machine"
	type apparmor_parser >/dev/null 2>&1 || skip "no apparmor_parser here"
	cp "$(helper nsact)" "$T/caged"
	{
		echo "profile nswatch-test $T/caged {"
		echo "file, signal, ptrace, mount,"
		printf '%s\n' "$@" "}"
	} >"$T/profile"
	apparmor_parser -aKq "$T/profile" 2>"$T/err" || skip "no such profile: $(cat "$T/err")"
	at_end "apparmor_parser -R $T/profile"
}

# AppArmor refuses what capabilities allow, and it is not blamed on rights.
t_explain_notes_profile() {
	confined
	traced_caged unshare uts
	[ "${F[unshare]}" = EPERM ] || fail "the kernel said ${F[unshare]}"
	notes '.event == "unshare" and .result < 0' profile-refused
	field '.notes[0].text | contains("AppArmor profile nswatch-test")' true
	# The twin: the same profile with the capability.
	apparmor_parser -R "$T/profile"
	confined "capability sys_admin,"
	traced_caged unshare uts
	[ "${F[unshare]}" = 0 ] || fail "the kernel said ${F[unshare]}"
	notes '.event == "unshare"' ''
}

# A user namespace that AppArmor refuses (6.7), and the twin that it allows.
t_explain_notes_profile_user() {
	grep -qs userns_create /sys/kernel/security/apparmor/features/namespaces/mask ||
		skip "AppArmor does not look at user namespaces here"
	profile_loaded no-userns
	traced_caged unshare user
	[ "${F[unshare]}" = EACCES ] || [ "${F[unshare]}" = EPERM ] || fail "the profile allows it: ${F[unshare]}"
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("AppArmor profile nswatch-test")' true
	profile_loaded userns
	traced_caged unshare user
	[ "${F[unshare]}" = 0 ] || fail "the kernel said ${F[unshare]}"
	notes '.event == "unshare"' ''
}

# profile_loaded NAME: $T/caged is nsact under this one of tests/live/profiles.
profile_loaded() {
	local dir=/sys/kernel/security/apparmor
	in_vm || skip "loads an AppArmor profile: only in a virtual machine"
	[ -e "$T/caged" ] || cp "$(helper nsact)" "$T/caged"
	gzip -dc "$NSWATCH_LIVE/profiles/$1.gz" >"$T/profile.bin"
	if grep -q '^nswatch-test ' $dir/profiles; then
		cat "$T/profile.bin" >$dir/.replace
	else
		cat "$T/profile.bin" >$dir/.load || fail "the profile can't be loaded"
		at_end "printf nswatch-test >$dir/.remove"
	fi
}

# traced_caged VERBS...: it waits until its events were seen.
traced_caged() {
	partner_open act
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J -q "${FORCE[@]}" -- sh -c 'exec "$@" >"$0"' "$T/act.out" \
		"$T/caged" "$@" say ready wait <"$T/act.in" >"$T/out.json" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	until_said act ready
	wait_event '.event == "unshare"'
	go_on act
	traced_end
}

# A seccomp filter: the call never comes to the kernel, and nobody else is blamed for it.
t_explain_seccomp() {
	pose caged filter unshare 1 unshare user say ready wait
	[ "${F[filter]}" = 0 ] || skip "no seccomp: ${F[filter]}"
	[ "${F[unshare]}" = EPERM ] || fail "the filter let it pass: ${F[unshare]}"
	explain "${PID[caged]}"
	sane
	found seccomp-filter .about.pid "${PID[caged]}" .weight note .evidence.comm nsact \
		.evidence.filters "$(awk '/^Seccomp_filters/ { n = $2 } END { print n ? n : 1 }' "/proc/${PID[caged]}/status")"
	# The twin: the same call without a filter.
	pose free unshare user say ready wait
	[ "${F[unshare]}" = 0 ] || skip "the kernel said ${F[unshare]}"
	if grep -q '^Seccomp:.*0$' "/proc/${PID[free]}/status"; then
		explain "${PID[free]}"
		not_found seccomp-filter
	fi
	go_on free
	go_on caged
	# What another layer refuses is not said to be a filter's: here the maps have others' numbers.
	traced -- ns filter setns 1 unshare user say made wait unshare user say ready wait
	until_said act made
	echo '0 1 1' >"/proc/${F[1:getpid]}/uid_map"
	echo '0 1 1' >"/proc/${F[1:getpid]}/gid_map"
	go_on act
	until_said act ready
	[ "${F[unshare,2]}" = EPERM ] || skip "the kernel said ${F[unshare,2]}"
	wait_event '.event == "unshare" and .result < 0'
	go_on act
	traced_end
	notes '.event == "unshare" and .result < 0' userns-refused
	field '.notes[0].text | contains("whose uid_map has none for it") and (contains("seccomp") | not)' true
	# The event has it, so it is said of a caller that nobody can ask any more, too.
	"$NSWATCH" trace "${FORCE[@]}" -q -w "$T/rec" -- unshare -U unshare -U true 2>/dev/null
	"$NSWATCH" explain --json -r "$T/rec" >"$T/ex.json"
	found userns-refused .evidence.map uid_map .evidence.empty yes .evidence.own_uid 0 .reason userns-unmapped
	# How deep it is, likewise.
	"$NSWATCH" trace "${FORCE[@]}" -q -w "$T/rec2" -- "$(helper nest)" user >/dev/null
	"$NSWATCH" explain --json -r "$T/rec2" >"$T/ex.json"
	found limit-reached .evidence.deepest 33 .reason too-deep
}

# Calls that a seccomp filter answers are shown and explained as such; what the kernel answers to a
# process under a filter is not, nor the ENOSYS that filters have for clone3.
t_explain_notes_filtered() {
	local call
	[ "$(alt unshare)$(alt setns)$(alt fork-denied)" = tracepointtracepointtracepoint ] ||
		skip "only tracepoints show calls that filters answer"
	printf '%s\n' 5.15 "$(uname -r)" | sort -C -V || skip "programs can't read registers before 5.15"
	trace_cmd -- "$(helper nsact)" ns filter unshare 1 filter clone 13 filter setns 1 filter clone3 38 \
		unshare user setns /proc/self/ns/net net clone uts -- clone3 uts -- exit 0
	facts
	[ "${F[filter]}" = 0 ] || skip "no seccomp: ${F[filter]}"
	[ "${F[unshare]} ${F[setns]} ${F[clone]} ${F[clone3]}" = "EPERM EPERM EACCES ENOSYS" ] ||
		fail "the filters let it pass: ${F[unshare]} ${F[setns]} ${F[clone]} ${F[clone3]}"
	for call in unshare:EPERM:user setns:EPERM:net clone:EACCES:uts; do
		expect_event ".event == \"${call%%:*}\"" 1
		fields .filtered true .pid "${F[getpid]}" .errno "$(cut -d: -f2 <<<"$call")" \
			'.notes | map(.code) | join(" ")' call-filtered '.ns_flags.names | join(" ")' "${call##*:}"
		field '.notes[0].text | contains("the 4 in force")' true
	done
	# The twin: the kernel's own refusal, under a filter for something else.
	trace_cmd -- "$(helper nsact)" ns filter setns 1 unshare 0x80000000 exit 0
	facts
	expect_event '.event == "unshare"' 1
	fields .filtered false .errno EINVAL
	no_event 'any(.notes[]?; .code == "call-filtered")'
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

# What holds of the processes of a command while they live is found, too; and what holds no more at
# the last look is not.
t_explain_command_states() {
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- sh -c 'exec "$@" >"$0"' "$T/cmd.out" \
		unshare -U --kill-child "$(public_helper nsact)" ns say ready exec sleep 2
	expect_rc 1
	sane
	facts
	found userns-not-mapped .weight trouble .evidence.ns "user:[${F[user]}]" .about.inum "${F[user]}"
	# shellcheck disable=SC2016 # for the inner shell
	explain "${FORCE[@]}" -- sh -c 'exec "$@" >"$0"' "$T/cmd.out" \
		unshare -r -n -f -p --kill-child "$(public_helper nsact)" ns say ready exec sleep 2
	expect_rc 1
	sane
	facts
	not_found userns-not-mapped
	found setgroups-denied .evidence.ns "user:[${F[user]}]"
	found netns-down .evidence.ns "net:[${F[net]}]"
	found proc-of-another-pidns .evidence.own "pid:[${F[pid]}]" .weight trouble
	found init-ignores-signals .evidence.ns "pid:[${F[pid]}]"
	# The healthy twin: mapped after its program began, lo up, a /proc of its own, a shell that ends.
	mkfifo "$T/twin.in" "$T/twin.out"
	# shellcheck disable=SC2016 # for the inner shells
	explain "${FORCE[@]}" -- bash -c 'unshare -U -n -f -p --mount-proc --kill-child \
		sh -c "trap exit TERM; echo ready; read x; ip link set lo up; echo up; read x; exit 0" >"$0.out" <"$0.in" &
		exec 8<>"$0.in" 9<>"$0.out"
		read -r <&9
		p=$(pgrep -P $!)
		echo "0 0 4294967295" >/proc/$p/uid_map; echo "0 0 4294967295" >/proc/$p/gid_map
		echo >&8; read -r <&9; sleep 1; echo >&8; wait' "$T/twin"
	expect_rc 0
	not_found userns-not-mapped
	not_found netns-down
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
