# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# One condition has one reason, whoever asks: create about itself, the note below the event of the
# call, explain about a process there, doctor about what it could do there.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
IN_IT=() # what puts a command into the situation
SW=$NSWATCH

# create_says REASON OPTIONS...: the first reason of --explain.
create_says() {
	local reason=$1
	shift
	"${IN_IT[@]}" "$SW" create --explain "$@" true >/dev/null 2>"$T/err" </dev/null
	[ "$(sed -n 's/.*  why: .*\[\([a-z-]*\)\]$/\1/p' "$T/err" | head -n 1)" = "$reason" ] ||
		fail "create: $(cat "$T/err")"
}

# note_says REASON JQ COMMAND...: below the event for which JQ holds. The command says ready and waits.
note_says() {
	local reason=$1 jq=$2
	shift 2
	partner_open act
	"$NSWATCH" trace -J -q "${FORCE[@]}" -- sh -c 'exec "$@" >"$0"' "$T/act.out" "${IN_IT[@]}" "$@" \
		<"$T/act.in" >"$T/out.json" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	until_said act ready
	wait_event "$jq"
	go_on act
	wait "$TRACER"
	expect_event "$jq"
	field '[.notes[].reason] | join(",")' "$reason"
}

# explain_says REASON WHAT COMMAND...: of a process there, which says ready and waits.
explain_says() {
	local reason=$1 what=$2 pid
	shift 2
	partner held "${IN_IT[@]}" "$@"
	until_said held ready
	pid=${PID[held]}
	while [ -n "$(child "$pid")" ]; do pid=$(child "$pid"); done
	explain "$pid"
	go_on held
	EV=$(jq -c .process "$T/ex.json")
	field "[.may_not[] | select(.what == \"$what\").reason] | join(\",\")" "$reason"
}

doctor_says() {
	"${IN_IT[@]}" "$SW" doctor --json 2>/dev/null </dev/null | grep "^{" >"$T/doctor.json"
	EV=$(jq -c '[.findings[].code]' "$T/doctor.json")
	field "contains([\"$1\"])" true
}

# agree REASON WHAT VERB OPTIONS...: all four; VERB is what nsact unshares.
agree() {
	local reason=$1 what=$2 verb=$3 act
	shift 3
	act=${ACT:-$(public_helper nsact)}
	create_says "$reason" "$@"
	note_says "$reason" '.event == "unshare" and .result < 0' "$act" unshare "$verb" say ready wait
	explain_says "$reason" "$what" "$act" say ready wait
	doctor_says "$reason"
}

t_why_chrooted() {
	mkdir "$T/jail"
	cp "$NSWATCH" "$T/jail/nswatch"
	cp "$(helper nsact)" "$T/jail/nsact"
	partner box unshare -m sh -c 'cd "$0" && for d in usr bin lib lib64 proc sys dev; do
		[ ! -e /$d ] || { mkdir $d && mount --rbind /$d $d; } || exit 1; done; echo ready; read x' "$T/jail"
	until_said box ready
	IN_IT=(nsenter -t "${PID[box]}" -m chroot "$T/jail")
	SW=/nswatch ACT=/nsact
	agree chrooted "make a user namespace" user -U
	go_on box
}

# Of user or group, where the map is empty and where it has others.
t_why_unmapped() {
	local options
	for options in -U "--map-users 0:0:10" "--map-users 5:100:5 --map-groups 0:0:10" \
		"--map-users 0:0:10 --map-groups 0:100:10"; do
		# shellcheck disable=SC2206 # options
		IN_IT=("$NSWATCH" create $options)
		agree userns-unmapped "make a user namespace" user -U
		rm "$T"/*.in "$T"/act.out "$T"/held.out "$T"/*.facts
	done
}

t_why_no_sys_admin() {
	IN_IT=("${AS_NOBODY[@]}")
	agree no-sys-admin "make other namespaces" net -n
}

t_why_limit_set() {
	IN_IT=(unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh)
	agree limit-set "make a user namespace" user -U
}

t_why_too_deep() {
	IN_IT=("$(helper nest)" pid)
	agree too-deep "make other namespaces" pid -p
}

# Who is under a filter may be refused anything, so explain and doctor say only that it is.
t_why_seccomp() {
	local act
	act=$(helper nsact)
	IN_IT=("$act" filter unshare 1 exec)
	create_says seccomp-filter -U
	[ "$(alt unshare)" != tracepoint ] ||
		note_says seccomp-filter '.event == "unshare" and .filtered' "$act" unshare user say ready wait
	pose held filter unshare 1 say ready wait
	explain "${PID[held]}"
	found seccomp-filter
	go_on held
	doctor_says seccomp-filter
}

t_why_mount_covered() {
	IN_IT=(unshare -m sh -c 'mount --bind /dev/null /proc/uptime && exec unshare -Urmpf "$@"' sh)
	create_says mount-covered -m --mount-proc
	note_says mount-covered '.event == "refused" and .call == "mount" and .errno == "EPERM"' \
		sh -c 'mount -t proc none /mnt; echo ready; read -r x'
	explain_says mount-covered "mount a proc" sh -c 'echo ready; read -r x'
	doctor_says mount-covered
}

# The sysctl of Debian and others, which asks for the capability over the initial user namespace.
t_why_userns_sysctl() {
	local file=/proc/sys/kernel/unprivileged_userns_clone was
	[ -e $file ] || skip "this kernel has no unprivileged_userns_clone"
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $file)
	at_end "echo $was >$file"
	IN_IT=(unshare -Ur)
	"${IN_IT[@]}" true || skip "no user namespace"
	# One that is there already: root in it is no root to the sysctl.
	partner box unshare -Ur sh -c 'echo ready; read x'
	until_said box ready
	echo 0 >$file
	IN_IT=(nsenter -t "${PID[box]}" -U)
	agree userns-sysctl "make a user namespace" user -U
	IN_IT=("${AS_NOBODY[@]}")
	rm "$T"/act.* "$T"/held.*
	agree userns-sysctl "make a user namespace" user -U
	# Root is told of the others.
	IN_IT=(env)
	doctor_says userns-sysctl
	go_on box
}

# AppArmor refuses it only with a kernel that reads this setting so (Ubuntu's).
t_why_userns_apparmor() {
	local file=/proc/sys/kernel/apparmor_restrict_unprivileged_userns was
	[ -e $file ] || skip "this kernel has no apparmor_restrict_unprivileged_userns"
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $file)
	at_end "echo $was >$file"
	echo 1 >$file
	! "${AS_NOBODY[@]}" unshare -U true 2>"$T/err" || skip "AppArmor lets it pass all the same"
	IN_IT=("${AS_NOBODY[@]}")
	agree userns-apparmor "make a user namespace" user -U
	explain "${FORCE[@]}" -- "${AS_NOBODY[@]}" unshare -U true
	cure userns-refused/userns-apparmor
	"${AS_NOBODY[@]}" unshare -U true || fail "not cured: $(cat "$T/cure.out")"
}

# By an event alone, when nobody can be asked any more.
t_why_recorded() {
	"$NSWATCH" trace "${FORCE[@]}" -q -w "$T/rec" -- "${AS_NOBODY[@]}" unshare -n true 2>/dev/null
	"$NSWATCH" explain --json -r "$T/rec" >"$T/ex.json"
	found no-rights .reason no-sys-admin
	"$NSWATCH" trace "${FORCE[@]}" -J -r "$T/rec" >"$T/out.json"
	expect_event '.event == "unshare" and .result < 0'
	field '.notes[0].reason' no-sys-admin
	"$NSWATCH" explain no-sys-admin >"$T/text" || fail "the catalogue does not know it"
	grep -q '^no-rights' "$T/text" || fail "$(cat "$T/text")"
}

# What else setns refuses: call-invalid, pid-not-below; their twins.
t_why_setns() {
	partner box unshare -fp sh -c 'echo ready; read x'
	until_said box ready
	trace_cmd -- "$(helper nsact)" setns /proc/self/ns/net uts
	expect_event '.event == "setns" and .result < 0'
	field '[.notes[] | .code, .reason] | join(",")' call-invalid,other-type
	trace_cmd -- unshare -fp "$(helper nsact)" setns "/proc/$$/ns/pid" pid
	expect_event '.event == "setns" and .result < 0'
	field '[.notes[] | .code, .reason] | join(",")' pid-not-below,pid-not-below
	trace_cmd -- "$(helper nsact)" setns "/proc/$(child "${PID[box]}")/ns/pid" pid
	no_event '.event == "setns" and .result < 0'
	go_on box
}

# What only create and enter are told: fork-refused, exec-refused, ids-refused, idhelper-refused.
t_why_own_calls() {
	local code
	for code in fork-refused:process-limit exec-refused:exec-noexec ids-refused:uid-unmapped \
		idhelper-refused:idhelper-no-bit; do
		"$NSWATCH" explain "${code#*:}" | head -n 1 | grep -qx "${code%:*}" || fail "$code"
	done
	"$NSWATCH" create --explain -U -S 5 true 2>"$T/err" && fail "user 5 has a number"
	grep -q '\[uid-unmapped\]$' "$T/err" || fail "$(cat "$T/err")"
	"$NSWATCH" create --explain -u /nowhere/at/all 2>"$T/err" && fail "it ran"
	grep -q '\[exec-not-found\]$' "$T/err" || fail "$(cat "$T/err")"
}
