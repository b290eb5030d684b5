#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh WHAT... - installs the Debian packages that are missing for build, check, live, vm, package, bench, ...
# Needs root only if something is missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)

packages() {
	case $1 in
	build) echo make gcc libc6-dev clang llvm bpftool pkg-config libbpf-dev libelf-dev zlib1g-dev libmnl-dev libjson-c-dev libsqlite3-dev libmicrohttpd-dev libnats-dev ;;
	check) echo libcmocka-dev jq sqlite3 clang-format shellcheck git mandoc bsdextrautils zsh fish devscripts systemd libxml2-utils graphviz ;;
	live) echo jq sqlite3 iproute2 util-linux procps coreutils uidmap lxc busybox-static bubblewrap systemd-container strace podman crun runc curl chromium chromium-driver python3 ;;
	# Their daemons start where they are installed, and make a bridge: for a machine of tests only.
	runtimes) echo docker.io containerd ;;
	# Its server starts where it is installed, too.
	metrics) echo prometheus ;;
	fleet) echo nats-server curl jq sqlite3 openssl ;;
	# Those that this release of Debian has: 12 has 14, 16 and 19, 13 has 19.
	clangs) for v in 14 16 19; do apt-cache show clang-$v llvm-$v >/dev/null 2>&1 && echo clang-$v llvm-$v; done ;;
	vm) tr '\n' ' ' <"$here/vm/packages.list" ;;
	arm64) echo gcc-aarch64-linux-gnu qemu-system-arm cpio xz-utils make ;;
	package) echo debhelper dpkg-dev lintian debootstrap file cpio kmod xz-utils zstd qemu-system-x86 busybox-static lxc jq ;;
	bench) echo hyperfine bpftrace strace jq ;;
	valgrind) echo valgrind ;;
	fuzz) echo libclang-rt-14-dev ;;
	*)
		echo "deps.sh: no group '$1' (build, check, live, runtimes, metrics, fleet, clangs, vm, arm64, package, bench, valgrind, fuzz)" >&2
		exit 2
		;;
	esac
}

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$'; }

missing=()
for group in "${@:-build}"; do
	list=$(packages "$group") || exit 2
	for package in $list; do
		installed "$package" || missing+=("$package")
	done
done
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
	echo "deps.sh: not a Debian system; install by hand: ${missing[*]}" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "deps.sh: missing: ${missing[*]}" >&2
	echo "deps.sh: as root: apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
# It takes minutes: on a terminal apt shows how far it is, in a log only what went wrong matters.
if [ -t 1 ]; then
	install
	exit
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	exit 1
fi
