#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [SERIES...] - the service of the package of `make deb` where systemd runs it: a fresh Debian 12
# with the package boots with Debian's kernels of these series (default 6.1) in QEMU, and
# guest/check.sh tries the service there. Needs root to make the system; what this machine can't do
# is a skip. Output and console of each VM stay in build/servicetest/SERIES.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=../package/lib.sh
. tests/package/lib.sh
# shellcheck source-path=SCRIPTDIR source=../package/debian.sh
. tests/package/debian.sh

series=("${@:-6.1}")
nsact=build/tests/helpers/nsact

# What the package depends on comes with the system, so that this needs no network of its own. Where there
# is a choice, systemd is it.
packages() {
	echo "systemd,kmod,jq,iproute2,bpftool,$(dpkg-deb -f "$deb" Depends |
		sed 's/ *([^)]*)//g; s/, */,/g; s/[^,]*|[^,]*,//')"
}

# It runs from memory: without what nobody reads there.
slim() {
	(cd "$tmp/root" && rm -rf usr/share/{doc,man,locale,info,zoneinfo} var/lib/apt/lists/* var/cache/apt)
}

# Systemd is its init, and has one job more; no login, as nothing says that the port is there.
furnish() {
	local units=$tmp/root/etc/systemd/system
	ln -s usr/lib/systemd/systemd "$tmp/root/init"
	mkdir -p "$tmp/root/check" "$units/multi-user.target.wants"
	cp tests/service/guest/*.{sh,pl} tests/package/lib.sh "$nsact" "$tmp/root/check/"
	cp tests/service/guest/nswatch-check.service "$units/"
	ln -s ../nswatch-check.service "$units/multi-user.target.wants/"
	ln -s /dev/null "$units/getty.target"
}

makes_system() { quietly 'dpkg -i /nswatch.deb' && slim && furnish; }

# What was said there counts here.
count() {
	local word text
	while read -r word text; do
		case $word in
		ok) passed=$((passed + 1)) && echo "ok   $1: $text" ;;
		FAIL) failed=$((failed + 1)) && echo "FAIL $1: $text" ;;
		skip) skipped=$((skipped + 1)) && echo "skip $1: $text" ;;
		guest:) said_end=1 ;;
		*) echo "$word $text" ;;
		esac
	done <"$tmp/said"
}

try() {
	local said_end=0 rc
	boots "$1" "$tmp/root" --modules --memory 2G --timeout 2400
	rc=$?
	mkdir -p "build/servicetest/$1"
	cp -r "$tmp/vm/." "build/servicetest/$1"
	((rc != 77)) || { skip "$1" "$(sed 's/^unavailable: //' "$tmp/vm/status")" && return; }
	count "$1"
	# A check that failed there is counted already.
	((said_end && rc < 2)) || check "$1: boots, and the checks come to their end" cat "$tmp/log"
}

try_all() {
	local tool why kernel
	for tool in qemu-system-x86_64 cpio; do
		command -v "$tool" >/dev/null || { skip systemd "$tool is not installed" && return; }
	done
	why=$(fresh_system "$(packages)")
	case $? in
	0) ;;
	77) skip systemd "$why" && return ;;
	*) check "fresh Debian" echo "can't be unpacked: $why" || return ;;
	esac
	check "a Debian with the package" makes_system || return
	for kernel in "${series[@]}"; do try "$kernel"; done
}

if [[ -e $deb ]]; then
	try_all
else
	check "a package" ls "$deb"
fi
finish service
