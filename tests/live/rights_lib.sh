# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests of rights share: nswatch with the file capabilities that nswatch(8) documents.

TRACING=cap_bpf,cap_perfmon
# shellcheck disable=SC2034 # for those that read this
DOCUMENTED=$TRACING,cap_sys_ptrace,cap_dac_read_search,cap_net_broadcast

# other_make CAPS: a copy of nswatch, $OTHER, whose file has these capabilities.
other_make() {
	need setcap
	OTHER=$T/other/nswatch
	chmod 755 "$T"
	[ -d "$T/other" ] || {
		mkdir "$T/other"
		# Files of a mount with nosuid give nothing.
		if in_vm || findmnt -n -o OPTIONS -T "$T" | grep -qw nosuid; then
			mount -t tmpfs -o mode=755 none "$T/other" && at_end "umount '$T/other'"
		fi
	}
	cp "$NSWATCH" "$OTHER"
	[ "${FUNCNAME[1]}" = t_rights_paranoid ] || not_paranoid
	# Before 5.11 BPF maps count as locked memory.
	ulimit -l unlimited 2>"$T/why"
	setcap "$1=ep" "$OTHER" 2>"$T/why" || skip "this file system has no file capabilities"
}

nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# Debian's perf_event_paranoid of 3 leaves kprobes and tracepoints to CAP_SYS_ADMIN.
not_paranoid() {
	local was

	was=$(cat /proc/sys/kernel/perf_event_paranoid)
	[ "$was" -le 2 ] && return
	[ -z "${NSWATCH_FORCE_ALT:-}" ] || [ "$NSWATCH_FORCE_ALT" = fentry ] && return
	in_vm || skip "kernel.perf_event_paranoid is $was"
	echo 2 >/proc/sys/kernel/perf_event_paranoid
	at_end "echo $was >/proc/sys/kernel/perf_event_paranoid"
}
