# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch doctor, against what /proc, bpftool and plain system calls say.

declare -A DOC # path -> value of the document: a jq for each look would take minutes in a VM

# doctor [CMD...]: its document to $T/doc.json, its status into $RC; CMD runs it with other rights.
doctor() {
	local key value

	"$@" "$NSWATCH" doctor --json >"$T/doc.json" 2>"$T/err"
	RC=$?
	jq -r 'paths(type != "object" and type != "array") as $p |
		"." + ($p | map(tostring) | join(".")) + "\t" + (getpath($p) | tostring)' \
		"$T/doc.json" >flat || fail "no JSON document: $(cat "$T/err")"
	DOC=()
	while IFS=$'\t' read -r key value; do
		DOC[$key]=$value
	done <flat
}

# nobody CMD...: without any right. --clear-groups and the id take all capabilities.
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

doc() { jq -r "$1" "$T/doc.json"; }

# is PATH WANT: a value of the document; what is no path is left to jq.
is() {
	local got=${DOC[$1]-}

	[ -n "${DOC[$1]+there}" ] || got=$(doc "$1")
	[ "$got" = "$2" ] || fail "$1 is '$got', not '$2'"
}

# Capabilities as the kernel tells them of a process with the same rights.
caps_like() {
	local eff number name

	eff=$("$@" sed -n 's/^CapEff:\t//p' /proc/self/status)
	is .rights.caps_effective "$eff"
	while read -r name number; do
		is ".rights.caps.$name" "$( (((16#$eff >> number) & 1)) && echo true || echo false)"
	done <<-EOF
		CAP_DAC_READ_SEARCH 2
		CAP_NET_BROADCAST 11
		CAP_NET_ADMIN 12
		CAP_SYS_PTRACE 19
		CAP_SYS_ADMIN 21
		CAP_SYS_RESOURCE 24
		CAP_SYSLOG 34
		CAP_PERFMON 38
		CAP_BPF 39
	EOF
}

t_doctor_rights() {
	doctor
	caps_like env
	is .rights.uid 0
	doctor nobody
	caps_like nobody
	is .rights.uid 65534
	is .rights.may_trace false
	doctor setpriv --bounding-set=-sys_admin
	caps_like setpriv --bounding-set=-sys_admin
}

# config: what the kernel was built with, where it tells.
config() {
	if [ -r /proc/config.gz ]; then
		zcat /proc/config.gz
	elif [ -r "/boot/config-$(uname -r)" ]; then
		cat "/boot/config-$(uname -r)"
	else
		return 1
	fi
}

t_doctor_kernel() {
	local name file value want

	doctor
	is .v 1
	is .kernel.release "$(uname -r)"
	is .kernel.arch "$(uname -m)"
	for name in $(doc '.kernel.sysctls | keys[]'); do
		file=/proc/sys/${name//.//}
		value=null
		[ -e "$file" ] && value=$(cat "$file")
		is ".kernel.sysctls.$name" "$value"
	done
	[ "$(doc '.kernel.sysctls | length')" -ge 16 ] || fail "sysctls are missing"
	if ! config >built; then
		is '[.kernel.options[]] | unique | join(",")' unknown
		is .kernel.options_from null
		return
	fi
	for name in $(doc '.kernel.options | keys[]'); do
		want=no
		grep -q "^CONFIG_$name=[ym]\$" built && want=yes
		is ".kernel.options.$name" "$want"
	done
	[ "$(doc '.kernel.options | length')" -ge 15 ] || fail "options are missing"
}

# With securityfs mounted here for a moment, in a mount namespace of the test's own.
t_doctor_lockdown() {
	local text

	text=$(unshare -m --propagation private sh -c '
		mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
		cat /sys/kernel/security/lsm; echo; cat /sys/kernel/security/lockdown' 2>/dev/null) ||
		skip "securityfs can't be mounted, or has no lockdown"
	doctor
	is '.kernel.lsm | join(",")' "$(head -n 1 <<<"$text")"
	is .kernel.lockdown "$(sed -n 's/.*\[\(.*\)\].*/\1/p' <<<"$text")"
	doctor nobody
	value=$(doc .kernel.lockdown)
	[ "$value" = unknown ] || [ "$value" = "$(sed -n 's/.*\[\(.*\)\].*/\1/p' <<<"$text")" ] ||
		fail "lockdown without rights is '$value'"
}

t_doctor_namespaces() {
	local t ns

	doctor
	for t in mnt uts ipc user pid net cgroup time; do
		ns=false
		[ -e /proc/self/ns/$t ] && ns=true
		is ".namespaces.$t.kernel" $ns
		is ".namespaces.$t.limit" "$(cat /proc/sys/user/max_${t}_namespaces)"
	done
	# kthreadd lives in the initial namespaces, and is pid 2 only there.
	[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] || skip "not in the initial pid namespace"
	for t in mnt uts ipc user pid net cgroup time; do
		ns=no
		[ "$(inum $t)" = "$(inum $t 2)" ] && ns=yes
		is ".namespaces.$t.initial" $ns
	done
	doctor unshare -m -u -i -n
	is '[.namespaces | to_entries[] | select(.value.initial == "no").key] | sort | join(",")' \
		ipc,mnt,net,uts
	doctor unshare -p -f --mount-proc
	is .namespaces.pid.initial no
	is '[.findings[].code] | contains(["foreign-pidns"])' true
}

# bpftool asks the kernel in its own way.
t_doctor_bpftool() {
	local bpftool ring

	bpftool=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool) || skip "bpftool is not installed"
	"$bpftool" -j feature probe kernel >probe.json 2>/dev/null || skip "bpftool can't probe"
	doctor
	ring=$(jq -r '.map_types.have_ringbuf_map_type' probe.json)
	is '.features.ringbuf.answer == "yes"' "$ring"
	is '.features.bpf.answer == "yes"' \
		"$(jq -r '.program_types.have_tracepoint_prog_type' probe.json)"
	is '.features.btf.answer == "yes"' "$([ -r /sys/kernel/btf/vmlinux ] && echo true || echo false)"
	[ -d /sys/bus/event_source/devices/kprobe ] || is .features.kprobe.answer no
	if "$bpftool" btf dump file /sys/kernel/btf/vmlinux 2>/dev/null |
		grep -q "FUNC 'bpf_iter_task' "; then
		is .features.iter_task.attached true
	fi
}

# What doctor promises, trace keeps.
t_doctor_trace() {
	local status name alt forces=()

	doctor
	for name in $(doc '.hooks[] | select(.built and .chosen != null) | .name + "=" + .chosen'); do
		forces+=(--hook "$name")
	done
	is '[.hooks[] | select(.built)] | length' $((${#forces[@]} / 2))
	"$NSWATCH" trace "${forces[@]}" --duration 50ms -q >/dev/null 2>"$T/trace.err"
	status=$?
	[ "$RC" = "$status" ] || fail "doctor ends with $RC, trace with $status: $(cat "$T/trace.err")"
	is '.verdict.trace != "none"' "$([ $status = 0 ] && echo true || echo false)"
	# Of each way that is said not to work one is tried.
	for alt in fentry kprobe tracepoint; do
		name=$(doc "first(.hooks[] | select(.ways.$alt.state == \"no\").name) // empty")
		[ -n "$name" ] || continue
		"$NSWATCH" trace --hook "$name=$alt" --duration 50ms -q >/dev/null 2>"$T/trace.err" &&
			fail "doctor says no to $name=$alt, trace does it"
	done
	return 0
}

# Hooks that attach and never run: what works is chosen, and it does work.
t_doctor_ftrace_off() {
	local switch=/proc/sys/kernel/ftrace_enabled

	[ -n "${NSWATCH_DISPOSABLE:-}" ] || skip "changes a setting of the kernel: only in a VM"
	[ "$(cat $switch)" = 1 ] || skip "ftrace is off already, or not in this kernel"
	at_end "echo 1 >$switch"
	echo 0 2>/dev/null >$switch || skip "this kernel does not let ftrace be switched off"
	doctor
	is .features.trampoline.answer no
	[ "$(doc .features.kprobe.answer)" != yes ] || fail "kprobes are said to work"
	is '.hooks[] | select(.name == "unshare").chosen' tracepoint
	is '[.findings[].code] | contains(["ftrace-off"])' true
	# shellcheck disable=SC2034 # of trace_cmd
	FORCE=()
	trace_cmd -e unshare -- unshare -u true
	expect_event '.event == "unshare"' 1
}

# Nothing without its reason, in whatever document.
reasons() {
	is '[
		([.hooks[] | .ways[] | select((.state == "no" or .state == "unknown") and .why == "")] | length),
		([.hooks[] | select(.built and .chosen != null and .facts == null)] | length),
		([.hooks[] | select([.ways[] | select(.state == "chosen")] | length > 1)] | length),
		([.features[] | select(.answer != "yes" and .why == "")] | length),
		([.features[] | select(.answer == "yes" and .errno != null)] | length),
		([.findings[] | select(.weight == "needed")] | length == 0)
	] | tostring' "[0,0,0,0,0,$([ "$RC" = 0 ] && echo true || echo false)]"
}

# Nothing is said to be impossible only because it could not be tried.
t_doctor_unprivileged() {
	doctor
	reasons
	cp "$T/doc.json" root.json
	doctor nobody
	reasons
	expect_rc 3
	[ ! -s "$T/err" ] || fail "talk on stderr: $(cat "$T/err")"
	is .verdict.trace none
	is '[.findings[] | select(.weight == "needed").code] | join(",")' no-rights
	is .features.trampoline.answer unknown
	is .features.ringbuf.answer unknown
	is .features.tp_btf.answer unknown
	is '[.hooks[].chosen] | unique | tostring' '[null]'
	jq -e --slurpfile root root.json '
		[.features | to_entries[] | select(.value.answer != "unknown") |
			select(.value.answer != $root[0].features[.key].answer)] == []' \
		"$T/doc.json" >/dev/null || fail "sure of what root knows better"
	jq -e '[.hooks[] | .ways[] | select(.state == "chosen" or .state == "possible")] == []' \
		"$T/doc.json" >/dev/null || fail "a way is possible without rights"
}

# Root of a user namespace shows all capabilities, and the kernel takes none of them for BPF.
t_doctor_userns() {
	unshare -Ur true 2>/dev/null || skip "user namespaces can't be created"
	doctor unshare -Ur
	expect_rc 3
	is .rights.caps.CAP_SYS_ADMIN true
	is .rights.may_trace false
	is .namespaces.user.initial no
	is .features.trampoline.answer unknown
	is '[.findings[] | select(.weight == "needed").code] | join(",")' foreign-userns
}

# CAP_BPF and CAP_PERFMON without CAP_SYS_ADMIN are enough to load.
t_doctor_two_caps() {
	doctor setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=+bpf,+perfmon --ambient-caps=+bpf,+perfmon
	is .rights.may_trace true
	is .features.ringbuf.answer yes
	is .features.tp_btf.attached true
	is '[.features[] | select(.why | startswith("not tried"))] | length' 0
}

# Mounts and programs: as before.
t_doctor_nothing_stays() {
	local before after bpftool

	bpftool=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool) || skip "bpftool is not installed"
	cat /proc/self/mountinfo >before
	before=$("$bpftool" prog show 2>/dev/null | grep -c nswatch)
	doctor
	after=$("$bpftool" prog show 2>/dev/null | grep -c nswatch)
	cat /proc/self/mountinfo >after
	cmp -s before after || fail "a mount stayed: $(diff before after)"
	[ "$after" -le "$before" ] || fail "$((after - before)) programs stayed"
}

# A reader that goes away is no trouble.
t_doctor_pipe() {
	"$NSWATCH" doctor 2>"$T/err" | head -n 1 >/dev/null
	[ ! -s "$T/err" ] || fail "talk on stderr: $(cat "$T/err")"
}

t_doctor_text() {
	"$NSWATCH" doctor >"$T/text" 2>"$T/err"
	RC=$?
	doctor
	[ ! -s "$T/err" ] || fail "talk on stderr: $(cat "$T/err")"
	awk 'length > 80 { exit 1 }' "$T/text" || fail "a line of more than 80 columns"
	grep -q $'\e' "$T/text" && fail "colours in a file"
	tail -n 1 "$T/text" | grep -qF "$(doc .verdict.text | cut -c 1-60)" || fail "no verdict"
	"$NSWATCH" doctor --color=always | grep -q $'\e' || fail "no colours though asked for"
	"$NSWATCH" doctor --jsn >/dev/null 2>"$T/err2"
	[ $? = 2 ] || fail "an unknown option is no usage error"
	"$NSWATCH" doctor --hook nohook=fentry >/dev/null 2>"$T/err2"
	[ $? = 2 ] || fail "an unknown hook is no usage error"
	"$NSWATCH" doctor surplus >/dev/null 2>"$T/err2"
	[ $? = 2 ] || fail "an operand is no usage error"
}
