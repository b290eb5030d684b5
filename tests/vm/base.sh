#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# base.sh: makes the part of the guest's initramfs that all boots share, from
# the programs of this machine, and prints the path of the archive; beside it
# lies a list of the host's files in it, ARCHIVE.list.  It is cached, and made again when one
# of the programs or of these scripts changes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What test scripts may expect of any Debian.
readonly programs='
bash dash
cat chmod chown cp cut date dd dirname basename echo env expr false head id
kill ln ls mkdir mkfifo mknod mktemp mv nice nohup nproc od paste printf pwd
readlink realpath rm rmdir seq sleep sort stat stdbuf stty sync tail tee test
timeout touch tr true tty uname uniq wc whoami yes
awk find xargs grep sed tar gojq
ps pgrep pkill sysctl
unshare nsenter lsns lscpu mount umount findmnt mountpoint setpriv setsid flock
prlimit taskset dmesg hostname getopt
ip tc bridge ss
capsh getcap setcap script bpftool apparmor_parser sqlite3
'
# Not every Debian has these, and tests that use them skip without.
readonly optional=' capsh getcap setcap script bpftool apparmor_parser bridge tc ss dash sqlite3 '

base_programs() {
	local name

	for name in $programs; do
		type -P "$name" && continue
		[[ $optional == *" $name "* ]] || vm_die "$name is missing here (see $vm_dir/packages.list)"
	done
}

base_key() {
	{
		cat "$vm_dir"/{lib.sh,base.sh,guest/init}
		# Any library that is upgraded changes the loader's cache.
		base_programs | xargs stat -L -c '%n %s %Y' /etc/ld.so.cache "$(command -v busybox)"
	} | sha256sum | cut -c 1-16
}

base_tree() {
	local root=$1 name

	mkdir -p "$root"/usr/{bin,sbin,lib,lib64,lib/busybox} \
		"$root"/{proc,sys,dev,run,tmp,etc,root,var/tmp,home/user,mnt,results,payload,.root}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$root/$name"
	done
	ln -s /run "$root/var/run"
	chmod 1777 "$root/tmp" "$root/var/tmp"
	cp "$(command -v busybox)" "$root/usr/bin/busybox"
	for name in $(busybox --list); do
		ln -s /usr/bin/busybox "$root/usr/lib/busybox/$name"
	done
	cp "$vm_dir/guest/init" "$root/init"
	chmod 755 "$root/init"
	printf '%s\n' root:x:0:0:root:/root:/bin/bash user:x:1000:1000:user:/home/user:/bin/bash \
		nobody:x:65534:65534:nobody:/nonexistent:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: user:x:1000: nogroup:x:65534: >"$root/etc/group"
	echo user:100000:65536 | tee "$root/etc/subuid" >"$root/etc/subgid"
	echo 127.0.0.1 localhost vm >"$root/etc/hosts"
	ln -s /proc/self/mounts "$root/etc/mtab"
	# jq 1.6 parses its own library at each start, a third of a second under emulation.
	ln -s gojq "$root/usr/bin/jq"
	cp /etc/os-release "$root/etc/os-release"
}

# make_base ARCHIVE, under the lock: another boot may have made it meanwhile.
make_base() {
	local archive=$1 root name=dash paths

	[[ ! -e $archive ]] || return 0
	root=$(mktemp -d "$vm_cache/base.XXXXXX")
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$root'" EXIT
	base_tree "$root"
	mapfile -t paths < <(base_programs)
	[[ " ${paths[*]} " == */dash\ * ]] || name=bash
	ln -s "$name" "$root/usr/bin/sh"
	# The loader of the C library is among the libraries.
	{
		printf '%s\n' "${paths[@]}"
		vm_libraries "${paths[@]}"
		# Where the C library keeps the one locale that tests ask for.
		find -L /usr/lib/locale/C.utf8 -type f 2>/dev/null || true
	} | vm_canonical >"$archive.list"
	{
		vm_pack "$root"
		vm_pack_host <"$archive.list"
	} >"$archive.new"
	mv "$archive.new" "$archive"
}

main() {
	local archive

	case ${1:-} in
	-h | --help)
		vm_help
		return 0
		;;
	'') vm_need busybox cpio flock gojq ip ldd sha256sum ;;
	*) vm_usage_error "no argument is understood: $1" ;;
	esac
	archive=$vm_cache/base-$(base_key).cpio
	[[ -e $archive ]] || vm_locked base make_base "$archive"
	# Worktrees may differ in these scripts and share the cache.
	touch "$archive" "$archive.list"
	find "$vm_cache" -maxdepth 1 -name 'base-*' -mtime +3 -delete
	echo "$archive"
}

main "$@"
