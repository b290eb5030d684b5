#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# arm64.sh: nswatch for arm64, compiled here, on a Debian kernel for arm64 under
# qemu's software emulation.
#
#   arm64.sh build         build/arm64/nswatch and what its tests need
#   arm64.sh run [TEST...] builds it and runs live tests there (default: scenario, hooks)
#
# What it links with and what the guest consists of are Debian's packages for
# arm64, fetched once by this machine's apt from its mirror into a directory of
# their own; nothing is installed. Needs gcc-aarch64-linux-gnu and
# qemu-system-arm. Closes with one line 'arm64: N passed, N failed, N skipped'.
# Exit status: 0, 1 something failed, 2 usage, 77 the packages can't be had.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

root=$(cd "$vm_dir/../.." && pwd)
suite=bookworm
home=$vm_cache/arm64
sysroot=$home/sysroot guest=$home/guest
apt_dir=$home/apt
build=build/arm64
libraries='libc6-dev libbpf-dev libelf-dev zlib1g-dev libmnl-dev libjson-c-dev libsqlite3-dev'
programs='bash libc-bin dash coreutils grep sed gawk findutils util-linux procps iproute2 gojq mount kmod hostname diffutils busybox-static'
vm_apt_options arm64
# Nothing is installed there: all that a package depends on is to be had.
apt_options+=(-o "Dir::State::Status=$apt_dir/status" -o APT::Install-Recommends=false)

unavailable() {
	vm_note "$*"
	echo "arm64: 0 passed, 0 failed, 1 skipped (${*//$'\n'/ })"
	exit 77
}

update_index() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg uri

	uri=$(vm_mirror main)
	[[ -n $uri ]] || unavailable "no archive of Debian among this machine's apt sources"
	[[ -r $keyring ]] || keyring=
	mkdir -p "$apt_dir"/{lists,cache/archives}/partial
	: >>"$apt_dir/status"
	echo "deb ${keyring:+[signed-by=$keyring] }$uri $suite main" >"$apt_dir/sources.list"
	apt-get "${apt_options[@]}" -qq update >"$apt_dir/update.log" 2>&1 ||
		unavailable "the packages for arm64 can't be listed: $(tail -n 1 "$apt_dir/update.log")"
}

# unpack DIR PACKAGE...: with all that they depend on, no script of theirs is run.
unpack() {
	local to=$1 file

	shift
	apt-get "${apt_options[@]}" clean
	apt-get "${apt_options[@]}" -qq --download-only --yes install "$@" >"$apt_dir/get.log" 2>&1 ||
		unavailable "packages for arm64 can't be had: $(tail -n 1 "$apt_dir/get.log")"
	mkdir -p "$to"
	for file in "$apt_dir"/cache/archives/*.deb; do
		# base-files would bring directories where the links of a merged /usr are to be.
		[[ $file == */base-files_* ]] || dpkg -x "$file" "$to"
	done
	merge_usr "$to"
}

# Older packages have /lib and /bin beside /usr.
merge_usr() {
	local name

	for name in bin sbin lib; do
		[[ -d $1/$name && ! -L $1/$name ]] || continue
		mkdir -p "$1/usr/$name"
		cp -a "$1/$name/." "$1/usr/$name/"
		rm -rf "${1:?}/$name"
	done
	for name in bin sbin lib; do
		ln -sfn "usr/$name" "$1/$name"
	done
}

# Each is complete where its stamp says of what.
get_trees() {
	local kernel

	[[ "$(cat "$home/stamp" 2>/dev/null)" != "$libraries $programs" ]] || return 0
	rm -rf "$sysroot" "$guest" "$home/kernel"
	mkdir -p "$home"
	update_index
	# shellcheck disable=SC2086 # lists
	unpack "$sysroot" $libraries
	# shellcheck disable=SC2086
	unpack "$guest" $programs libbpf1 libelf1 zlib1g libmnl0 libjson-c5 libsqlite3-0
	kernel=$(apt-cache "${apt_options[@]}" search --names-only '^linux-image-6.*-cloud-arm64$' |
		awk '{ print $1 }' | sort -V | tail -n 1)
	[[ -n $kernel ]] || unavailable "no kernel for arm64 in $suite"
	(cd "$home" && apt-get "${apt_options[@]}" -qq download "$kernel") >"$apt_dir/get.log" 2>&1 ||
		unavailable "$kernel can't be had"
	dpkg -x "$home"/linux-image-*.deb "$home/kernel"
	rm "$home"/linux-image-*.deb
	echo "$libraries $programs" >"$home/stamp"
}

build_it() {
	local config

	vm_need aarch64-linux-gnu-gcc make
	config="env PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig pkg-config"
	make -C "$root" --no-print-directory ARCH=arm64 B="$build" CC="aarch64-linux-gnu-gcc --sysroot=$sysroot" \
		PKG_CONFIG="$config" all helpers
}

# What is loaded where the kernel has it as a module.
add_modules() {
	local to=$1 name file

	mkdir -p "$to/usr/lib/vm-modules"
	# In the order of what needs what.
	for name in llc stp bridge veth dummy overlay tun; do
		file=$(find "$home/kernel" -name "$name.ko*" -print -quit)
		case $file in
		'') continue ;;
		*.xz) xz -dc "$file" >"$to/usr/lib/vm-modules/$name.ko" ;;
		*) cp "$file" "$to/usr/lib/vm-modules/$name.ko" ;;
		esac
		echo "$name" >>"$to/usr/lib/vm-modules/order"
	done
}

# initrd TREE TESTS: on stdout.
initrd() {
	local own=$1 tests=$2

	mkdir -p "$own"/{proc,sys,dev,run,tmp,root,etc,payload/build/tests,payload/tests}
	cp "$root/$build/nswatch" "$own/payload/build/"
	cp -a "$root/$build/tests/helpers" "$own/payload/build/tests/"
	cp -a "$root/tests/live" "$own/payload/tests/"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$own/etc/passwd"
	echo 'root:x:0:' >"$own/etc/group"
	add_modules "$own"
	cp "$vm_dir/guest/init-arm64" "$own/init"
	echo "$tests" >"$own/tests.list"
	(
		vm_pack "$guest"
		vm_pack "$own"
	) | gzip -1
}

boot() {
	local vmlinuz

	vmlinuz=$(find "$home/kernel" -name 'vmlinuz*' -print -quit)
	mkdir -p "$root/$build/vm"
	rm -f "$root/$build/vm/console.log"
	initrd "$work/own" "$*" >"$work/initrd"
	timeout "${NSWATCH_ARM64_SECONDS:-2400}" qemu-system-aarch64 -machine virt -cpu max,pauth-impdef=on -smp 2 -m 2G \
		-nographic -no-reboot -nic none -kernel "$vmlinuz" -initrd "$work/initrd" \
		-append 'console=ttyAMA0 quiet panic=-1 nswatch.nonce=arm64' </dev/null |
		stdbuf -oL tr -d '\r' | tee "$root/$build/vm/console.log" | sed -un '/^=== begin/,/^=== end/p' || true
	sed -n 's/^live: \(.*\)$/arm64: \1/p' "$root/$build/vm/console.log" | grep . ||
		{ echo "arm64: 0 passed, 1 failed, 0 skipped (no end was seen)" && return 1; }
	grep -q '^=== end 0$' "$root/$build/vm/console.log"
}

main() {
	local what=${1:-}

	case $what in
	-h | --help) vm_help && exit 0 ;;
	build | run) shift ;;
	*) vm_usage_error "build or run?" ;;
	esac
	work=$(mktemp -d "${TMPDIR:-/tmp}/nswatch-vm.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	vm_locked arm64 get_trees
	build_it
	[[ $what == run ]] || return 0
	vm_need qemu-system-aarch64 cpio xz
	(($#)) || set -- scenario hooks
	boot "$@"
}

main "$@"
