#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh - what nswatch.service does where systemd runs it. Said on ttyS1, as boot.sh --bare wants
# it, of a machine that is this script's alone.
set -u
cd "${0%/*}" || exit 1
export PATH=/usr/sbin:/usr/bin
stty -F /dev/ttyS1 raw -echo
# shellcheck source-path=SCRIPTDIR source=../../package/lib.sh
. ./lib.sh
# shellcheck source-path=SCRIPTDIR source=acts.sh
. ./acts.sh

readonly CGROUP=/sys/fs/cgroup/system.slice/nswatch.service
readonly READY='nswatch: tracing namespaces' # said when all hooks are attached
events=$tmp/events                           # what the service has said since it started last
root=$tmp/root                               # what a trace of root's says

show() { systemctl show -P "$1" nswatch; }
status() { sed -n "s/^$1:\t//p" "/proc/$(show MainPID)/status"; }

# try NAME COMMAND...: passes if nothing is said.
try() { check "$1" silent "${@:2}"; }
silent() { "$@" || :; }

# until_true COMMAND...: asked again and again, for three minutes at most.
until_true() {
	local end=$((SECONDS + 180))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || { echo "in vain: $*" && return 1; }
		read -r -t 0.2 <> <(:)
	done
	return 0
}

# --- the service and its words -----------------------------------------------------------------

# follow: into $events what it says from here on.
follow() {
	local cursor
	unfollow
	cursor=$(journalctl -n 0 --show-cursor -o cat | sed -n 's/^-- cursor: //p')
	: >"$events"
	journalctl -f -n all -o cat -u nswatch --after-cursor="$cursor" >"$events" &
	follower=$!
}

unfollow() {
	[[ -z ${follower-} ]] || { kill "$follower" && wait "$follower"; } 2>/dev/null
	follower=
}

is_up() { grep -q "$READY" "$events"; }

# starts VERB: systemctl VERB nswatch succeeds, and then it traces.
starts() {
	timeout 90 systemctl "$1" nswatch || echo "systemctl $1: status $?"
	systemctl is-active nswatch | grep -vx active
	until_true is_up
}

# One event of the kernel's word: what unshare(1) became says who it is.
sees() {
	local pid uts was
	was=$(stat -L -c %i /proc/self/ns/uts)
	# shellcheck disable=SC2016 # for the shell inside
	read -r pid uts < <(unshare -u sh -c 'echo $$ $(stat -L -c %i /proc/$$/ns/uts)')
	until_true grep "\"ns-free\".*\"inum\":$uts," "$events" || return
	grep '^{' "$events" | jq -es --argjson pid "$pid" --argjson was "$was" --argjson uts "$uts" '
		map(select(.event == "unshare" and .pid == $pid)) | length == 1 and (.[0] |
		.v == 1 and .comm == "unshare" and .uid == 0 and .result == 0 and .changed == ["uts"] and
		.before.uts == $was and .after.uts == $uts and .notes == [])' >/dev/null ||
		grep "\"pid\":$pid," "$events"
}

# All of its standard output is JSON, one object a line.
all_json() { grep -v '^nswatch: \|systemd\|nswatch.service' "$events" | jq -es 'all(.v == 1 and .event)' | grep -vx true; }

# --- what it may -------------------------------------------------------------------------------

# is_confined KEPT: less than the unit gives, no more than is needed once the hooks are attached (see doctor).
is_confined() {
	local kept=$1 set user gid
	[[ $(show MainPID) != 0 ]] || { echo "it does not run" && return; }
	user=$(status Uid | cut -f 1) gid=$(getent group nswatch | cut -d : -f 3)
	[[ $user == "$(id -u nswatch)" && $user != 0 ]] || echo "user $user is not nswatch"
	[[ $(status Uid) == "$user	$user	$user	$user" ]] || echo "users $(status Uid)"
	[[ $(status Gid | cut -f 1),$(status Groups) == "$gid,$gid " ]] || echo "groups $(status Groups)"
	[[ $(status NoNewPrivs) == 1 && $(status Seccomp) == 2 ]] || echo "no filter, or new privileges"
	# What it may not get back: all of it, with NET_BROADCAST, PERFMON, BPF.
	for set in "Prm:$kept" "Eff:$kept" Inh:0 Amb:0 Bnd:c000080804; do
		((16#$(status "Cap${set%:*}") == 16#${set#*:})) ||
			echo "Cap${set%:*} is $(status "Cap${set%:*}"), not ${set#*:}"
	done
}

# Even root could write nothing there.
is_read_only() {
	local dir
	for dir in / /usr /etc /var /var/lib /run /run/lock /sys /sys/fs/cgroup /sys/fs/bpf \
		/sys/kernel/tracing /dev /proc/sys/kernel; do
		nsenter -m -t "$(show MainPID)" sh -c ": >$dir/written" 2>/dev/null && echo "$dir/written"
	done
	nsenter -m -t "$(show MainPID)" sh -c 'echo written >/proc/sys/kernel/hostname' 2>/dev/null &&
		echo "a setting of the kernel"
	nsenter -m -t "$(show MainPID)" ls /tmp /var/tmp /root /home 2>/dev/null | grep -v '^/\|^$'
}

# The unit with another program in it. MemoryDenyWriteExecute= and SystemCallFilter= answer EPERM.
is_closed() {
	local refused='Operation not permitted' gone='No such file or directory' no='Permission denied'
	sed -e 's,^ExecStart=.*,ExecStart=/check/may.pl,' -e 's/^Restart=.*//' -e 's/^Type=.*//' \
		-e '/^\[Service\]/a Type=oneshot' -e "s,^Standard.*=journal,&:$tmp/said," \
		-e "s,journal:,file:," /lib/systemd/system/nswatch.service >/run/systemd/system/may.service
	systemctl daemon-reload
	systemctl start may || systemctl status may
	sort "$tmp/said" >"$tmp/may"
	rm /run/systemd/system/may.service
	sort >"$tmp/wanted" <<-END
		$(printf "%s: $refused\n" 'unshare user' 'unshare uts' 'clone user' setns mount pivot_root \
			ptrace process_vm_readv process_vm_writev pidfd_getfd open_by_handle_at init_module kexec_load reboot swapon \
			clock_settime sethostname personality syslog 'memory to write and run' 'real time' \
			'a setuid file' chroot)
		$(printf 'socket %s: Address family not supported by protocol\n' unix inet inet6 packet)
	END
	grep -v '^read\|^write\|^files' "$tmp/may" | diff "$tmp/wanted" -
	grep '^read\|^write' "$tmp/may" | grep -v ": \($gone\|$no\|nothing\|Read-only file system\)$"
	[[ $(grep -c '^read\|^write' "$tmp/may") == 10 ]] || echo "not all was tried"
	grep '^files' "$tmp/may" | grep -vx 'files in \(/tmp\|/var/tmp\|/var/lib/nswatch\)'
}

# --- the history ------------------------------------------------------------------------------

# as_reader GROUP COMMAND...: somebody who is only of that group.
as_reader() { setpriv --reuid 4321 --regid "$1" --clear-groups --inh-caps=-all -- "${@:2}"; }

recorded() { as_reader nswatch nswatch history --json | jq -es --argjson uts "$1" \
	'any(.event == "unshare" and .after.uts == $uts)'; }

# What it recorded is there for the group, for nobody else, and no less when it has stopped.
records() {
	local uts at
	uts=$(unshare -u stat -L -c %i /proc/self/ns/uts)
	until_true recorded "$uts" || { as_reader nswatch nswatch history 2>&1 | tail -n 5 && return; }
	at=$(date +%H:%M:%S)
	as_reader nswatch nswatch ls --at "$at" --json 2>/dev/null | jq -e '[.namespaces[].type] | unique | length >= 7' >/dev/null ||
		echo "no snapshot"
	! as_reader nogroup nswatch history >"$tmp/log" 2>&1 || echo "everybody may read it"
	grep -q 'Permission denied' "$tmp/log" || cat "$tmp/log"
	timeout 60 systemctl stop nswatch || echo "systemctl stop: status $?"
	[[ $(show Result),$(show ExecMainStatus) == success,0 ]] || systemctl status nswatch
	recorded "$uts" >/dev/null || echo "not readable any more"
	(cd /var/lib/nswatch && echo *) | grep -vx 'history.db history.db-recorder history.db-shm history.db-wal'
	stat -c '%a %U:%G %n' /var/lib/nswatch /var/lib/nswatch/* | grep -v '^\(750\|640\) nswatch:nswatch /'
}

# --- the same as root --------------------------------------------------------------------------

# root_trace OPTION...: the same program, from a shell; it is up.
root_trace() {
	: >"$root.err"
	nswatch trace --json "$@" >"$root" 2>"$root.err" &
	rooter=$!
	until_true grep "$READY" "$root.err"
}

root_end() {
	kill -INT "$rooter"
	wait "$rooter"
}

# facts FILE: between the marks, what does not depend on when who looked.
facts() {
	sed -n '/^{/p' "$1" | jq -cSs 'map(select(.event)) |
		(map(.event == "exec" and .args[1] == "begin") | index(true)) as $from |
		(map(.event == "exec" and .args[1] == "end") | index(true)) as $to |
		.[$from:$to][] | del(.time, .ts_ns, .lifetime_ns, .cpu, .init_ended_ns) |
		(.notes[].text |= sub("[0-9.]+ [a-z]+ ago"; "before"))' | sort
}

same_facts() {
	facts "$events" >"$tmp/facts"
	facts "$root" | diff "$tmp/facts" - >"$tmp/differ"
}

# The events, with their notes, and in those what is expected at all.
sees_the_same() {
	local want
	until_true same_facts || cat "$tmp/differ"
	for want in $1; do
		grep -q "\"event\":\"${want%%:*}\".*${want#*:}" "$tmp/facts" || echo "no $want"
	done
}

# What it says of its hooks, at the start where one can't do all that it should.
hooks_of() { grep '^nswatch: hook' "$1"; }

same_hooks() {
	until_true grep '^nswatch: hooks: ' "$events"
	diff <(hooks_of "$events") <(hooks_of "$root.err")
	[[ -z $1 ]] || sed -n 's/^nswatch: hooks: //p' "$events" | tr , '\n' | grep -v " by \($1\)$"
}

# --- its end -----------------------------------------------------------------------------------

# What is loaded but by systemd itself. bpftool complains of what goes while it looks.
bpf_loaded() {
	bpftool prog show 2>/dev/null | sed -n 's/^\([0-9]*: [a-z_]*\) .*/prog \1/p' | grep -v ': cgroup_'
	bpftool link show 2>/dev/null | sed -n 's/^\([0-9]*: [a-z_]*\) .*/link \1/p' | grep -v ': cgroup'
	bpftool map show 2>/dev/null | sed -n 's/^\([0-9]*: [a-z_]*\) .*/map \1/p' | grep -vxFf "$tmp/maps"
}

none_loaded() { [[ -z $(bpf_loaded) ]]; }

# The kernel takes programs back a moment later.
nothing_left() {
	pgrep_nswatch
	until_true none_loaded || bpf_loaded
	[[ ! -e $CGROUP ]] || echo "$CGROUP"
	find /run/systemd/transient /etc/systemd /run/systemd/system -name 'nswatch.*' 2>/dev/null
}

pgrep_nswatch() {
	local comm
	for comm in /proc/[0-9]*/comm; do
		[[ $(cat "$comm" 2>/dev/null) != nswatch || ${comm//[!0-9]/} == "${rooter-}" ]] || echo "$comm"
	done
}

# What it says at the end is what it has said: as many events, none lost.
stops() {
	local id want
	id=$(show InvocationID)
	timeout 60 systemctl stop nswatch || echo "systemctl stop: status $?"
	[[ $(show ActiveState),$(show Result),$(show MainPID) == inactive,success,0 ]] ||
		systemctl status nswatch
	journalctl --sync
	journalctl "_SYSTEMD_INVOCATION_ID=$id" -o cat >"$tmp/all"
	want="nswatch: $(grep -c '^{' "$tmp/all") events in "
	grep -q "^$want" "$tmp/all" || echo "not '$want': $(grep -v '^{' "$tmp/all")"
	grep -qx 'nswatch: no record lost' "$tmp/all" || grep -v '^{' "$tmp/all"
}

is_again() { is_up && [[ $(show MainPID) != "$1" ]]; }

# Killed, it comes again by itself, once, and nothing of the old one stays.
comes_again() {
	local pid=$1
	((pid > 1)) || { echo "it does not run" && return; }
	kill -KILL "$pid"
	until_true is_again "$pid" || return
	[[ $(show Restart),$(show NRestarts) == on-failure,1 ]] || echo "restarts: $(show NRestarts)"
	grep -q 'code=killed, status=9/KILL' "$events" || cat "$events"
	until_true old_gone
	sees
}

old_gone() { ! bpf_loaded | grep -xFf "$tmp/old"; }

# fails_for_good STATUS WORDS: where starting again can't help it stays down, and says why.
fails_for_good() {
	timeout 90 systemctl restart nswatch
	until_true systemctl is-failed nswatch || return
	[[ $(show ExecMainStatus),$(show NRestarts),$(show SubState) == "$1,0,failed" ]] ||
		echo "status $(show ExecMainStatus), restarts $(show NRestarts), $(show SubState)"
	journalctl --sync
	until_true grep "$2" "$events" || cat "$events"
}

# --- the package -------------------------------------------------------------------------------

# options OPTION...: of a trace into the journal.
options() { printf '%s\n' 'NSWATCH_COMMAND=trace --json' "NSWATCH_OPTIONS=$*" >/etc/default/nswatch; }

# As at boot: what the target wants is started.
enables() {
	systemctl -q enable nswatch 2>&1
	[[ $(systemctl is-enabled nswatch) == enabled ]] || systemctl is-enabled nswatch
	systemctl start multi-user.target
	until_true is_up
	systemctl -q disable nswatch 2>&1
}

upgrades() {
	dpkg -i /nswatch.deb >"$tmp/log" 2>&1 || cat "$tmp/log"
	until_true is_again "$1" && sees
}

purges() {
	timeout 90 dpkg -P nswatch >"$tmp/log" 2>&1 || cat "$tmp/log"
	nothing_left
	systemctl is-active nswatch | grep -vx inactive
	! systemctl cat nswatch 2>&1 | grep -v '^No files found'
	find /var/lib/nswatch 2>/dev/null
	getent passwd nswatch >/dev/null || echo "the user went, and its number is another's next"
}

# --- all of it ---------------------------------------------------------------------------------

# compare NAME HOOK EXPECTED OPTION...: the service and root, with these options, at the same time.
compare() {
	local name=$1 hook=$2 want=$3
	shift 3
	options "$@"
	systemctl stop nswatch
	follow
	try "$name: starts" starts start || return
	root_trace "$@" >"$tmp/log" || { try "$name: root traces, too" cat "$tmp/log" "$root.err" && return; }
	act_all >"$tmp/acts" 2>&1
	try "$name: both see what is done" grep 'in vain' "$tmp/acts"
	try "$name: says what root's trace says" sees_the_same "$want"
	try "$name: stops, and says how many events" stops
	root_end
	try "$name: has the hooks that root has" same_hooks "$hook"
	try "$name: leaves nothing" nothing_left
}

modules() {
	local name
	while read -r name; do
		case $name in
		virtio* | *failover) ;;
		dummy) insmod "/usr/lib/modules/vm/$name.ko" numdummies=0 ;;
		*) insmod "/usr/lib/modules/vm/$name.ko" ;;
		esac
	done </usr/lib/modules/vm/order
}

main() {
	modules
	touch {/root,/home,/tmp}/secret
	ip link set lo up
	bpftool map show | sed -n 's/^\([0-9]*: [a-z_]*\) .*/map \1/p' >"$tmp/maps"
	follow
	try "records: starts" starts start
	# Another process looks for it, and who reads makes the notes.
	try "records: has few rights" is_confined 0
	try "records: writes nowhere else" is_read_only
	try "records: for its group" records
	try "records: leaves nothing" nothing_left
	options
	follow
	try "starts" starts start
	try "sees a namespace being made" sees
	try "its output is JSON" all_json
	# CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, for the notes.
	try "has few rights" is_confined 80004
	try "writes nowhere" is_read_only
	try "is closed" is_closed
	try "stops, and says how many events" stops
	try "leaves nothing" nothing_left
	try "comes at boot, if enabled" enables
	bpf_loaded >"$tmp/old"
	follow
	try "comes again when killed" comes_again "$(show MainPID)"

	compare "by itself" "" "$EXPECTED"

	follow
	options --no-such-option
	try "wrong options: stays down" fails_for_good 2 "no-such-option"
	options --hook all=tracepoint
	try "no rights: stays down" fails_for_good 3 "perf_event_paranoid is 3"

	echo 2 >/proc/sys/kernel/perf_event_paranoid
	compare "by kprobes" "kprobe\|tracepoint" "$EXPECTED" --hook all=kprobe
	compare "by tracepoints" "tracepoint\|rtnetlink\|mountinfo" "$EXPECTED" --hook all=tracepoint

	options
	follow
	starts start >/dev/null
	follow
	try "an upgrade starts it anew" upgrades "$(show MainPID)"
	try "purged while it runs, leaves nothing" purges
}

main
unfollow
finish guest
status=$?
nonce=$(sed -n 's/.*nswatch\.nonce=\([^ ]*\).*/\1/p' /proc/cmdline)
printf '\n%s %d\n' "$nonce" "$status"
# Waits until all that was written is out.
stty -F /dev/ttyS1 raw
