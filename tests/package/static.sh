#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# static.sh [SERIES...] - the program of `make STATIC=1` where there is no library: in an initramfs of
# busybox and nothing else, on Debian's kernels of these series (default 6.1; all, ci), and in a
# container of LXC. Needs root for the container; what this machine can't do is a skip.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh

nswatch=build/static/nswatch
series=("${@:-6.1}")
case ${series[0]} in
all | ci) mapfile -t series < <(tests/vm/kernels.sh series "${series[0]}") ;;
esac

builds() { make -s STATIC=1 "$nswatch" >"$tmp/log" 2>&1 || tail -n 20 "$tmp/log"; }

is_static() {
	local said
	said=$(file -b "$nswatch")
	[[ $said == *'static-pie linked'* ]] || echo "file: $said"
	! ldd "$nswatch" 2>&1 | grep -F '=>'
}

# part NAME: what the guest said there, and in $status how it ended.
part() {
	awk -v name="$1" '/^== / { on = $2 == name || (on && $2 == "status"); if ($2 != name) { if (on) print; on = 0 } next } on' \
		"$tmp/said" >"$tmp/part"
	status=$(sed -n 's/^== status //p' "$tmp/part")
	sed -i '/^== status /d' "$tmp/part"
}

# ended_well NAME: the part ended with 0, else it is shown.
ended_well() {
	part "$1"
	[[ $status == 0 ]] && return
	echo "status '$status':"
	cat "$tmp/part"
	return 1
}

version() {
	ended_well version || return
	[[ $(cat "$tmp/part") == "$("$nswatch" --version)" ]] || echo "said: $(cat "$tmp/part")"
}

# The namespaces of pid 1 are there, as the kernel names them; their user by name.
lists() {
	ended_well facts || return
	tr -d '[]' <"$tmp/part" | tr : ' ' | sort >"$tmp/facts"
	ended_well ls || return
	jq -r '.namespaces[] | select(.user == "root") | "\(.type) \(.ns)"' "$tmp/part" | sort >"$tmp/listed"
	comm -23 "$tmp/facts" "$tmp/listed"
	[[ $(wc -l <"$tmp/facts") -ge 7 ]] || echo "too few namespaces: $(cat "$tmp/facts")"
}

# traces PART: one unshare from the uts namespace there into another, and only that.
traces() {
	local uts
	ended_well facts || return
	uts=$(sed -n 's/^uts:\[\(.*\)\]$/\1/p' "$tmp/part")
	ended_well "$1" || return
	grep '^{' "$tmp/part" >"$tmp/events"
	jq -es --argjson uts "$uts" 'map(select(.event == "unshare" and .before.uts == $uts and
			.result == 0 and .comm == "unshare" and .after.uts != $uts and
			.before.net == .after.net)) | length == 1' \
		"$tmp/events" >/dev/null || { echo "not one such unshare:" && cat "$tmp/part"; }
}

# Another host name, uts namespace, pid 1 and a /proc of its own; outside nothing changed.
creates() {
	local host=$1 inside=()
	ended_well create || return
	mapfile -t inside <"$tmp/part"
	ended_well after || return
	[[ ${inside[0]-} == within && ${inside[2]-} == 'pid 1' ]] ||
		echo "inside: ${inside[*]}"
	[[ ${inside[1]-} =~ ^uts:\[[0-9]+\]$ ]] || echo "uts: ${inside[1]-}"
	((${inside[3]-99} <= 4)) || echo "processes in /proc: ${inside[3]}"
	[[ $(head -n 1 "$tmp/part") == "$host" ]] || echo "the host is called: $(cat "$tmp/part")"
	[[ $(tail -n 1 "$tmp/part") != "${inside[1]-}" ]] || echo "no other uts namespace"
}

maps() {
	ended_well user || return
	[[ $(head -n 1 "$tmp/part") == 7:8 ]] || echo "not 7:8: $(cat "$tmp/part")"
	tail -n 1 "$tmp/part" >"$tmp/userns"
	ended_well facts || return
	! grep -Fxf "$tmp/userns" "$tmp/part"
}

# judge WHERE HOST: what was said there.
judge() {
	check "$1: --version" version
	check "$1: ls" lists
	check "$1: trace of a command" traces trace
	check "$1: trace of all" traces watch
	check "$1: create" creates "$2"
	check "$1: create --user" maps
}

# Its tree: two programs, two scripts.
make_tree() {
	mkdir -p "$tmp/root/bin" "$tmp/root/etc"
	cp "$(command -v busybox)" "$nswatch" "$tmp/root/bin/"
	cp tests/package/bare-init.sh "$tmp/root/init"
	cp tests/package/bare-work.sh "$tmp/root/work.sh"
	echo root:x:0:0:root:/:/bin/sh >"$tmp/root/etc/passwd"
}

try_vm() {
	local tool
	for tool in qemu-system-x86_64 busybox cpio jq; do
		command -v "$tool" >/dev/null || { skip "VM" "$tool is not installed"; return; }
	done
	boots "$1" "$tmp/root" --cpus 1 --memory 512M --timeout 300
	case $? in
	0) judge "VM $1" bare ;;
	77) skip "VM $1" "$(sed 's/^unavailable: //' "$tmp/vm/status")" ;;
	*) check "VM $1: boots and ends" cat "$tmp/log" "$tmp/said" ;;
	esac
}

try_lxc() {
	local tool
	for tool in lxc-create lxc-start lxc-attach lxc-stop busybox jq; do
		command -v "$tool" >/dev/null || { skip LXC "$tool is not installed"; return; }
	done
	((EUID == 0)) || { skip LXC "only root may start it"; return; }
	# A mount and net namespace of its own: nothing of the machine's is touched.
	unshare -n -m --propagation private tests/package/lxc.sh "$tmp" "$nswatch" >"$tmp/said" 2>"$tmp/log"
	case $? in
	0) judge LXC inbox ;;
	77) skip LXC "$(tail -n 1 "$tmp/log")" ;;
	*) check "LXC: runs" cat "$tmp/log" "$tmp/said" ;;
	esac
}

check "builds" builds && {
	check_with file "is static" is_static
	make_tree
	for kernel in "${series[@]}"; do try_vm "$kernel"; done
	try_lxc
}
finish static
