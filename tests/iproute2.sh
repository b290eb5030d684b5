#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# iproute2.sh BUILD_DIR - the tests of `ip netns` in iproute2's own testsuite, with ip-netns in the place of
# ip. They come with Debian's source package of the iproute2 that is installed, from the mirror that this
# machine's apt uses, through an apt state of its own; it is kept in ${NSWATCH_VM_CACHE:-~/.cache/nswatch-vm}.
# Each test first runs with ip itself: one that fails then says nothing here. Root.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:-build}")
# shellcheck source-path=SCRIPTDIR source=package/lib.sh
. tests/package/lib.sh
# shellcheck source-path=SCRIPTDIR source=vm/lib.sh
. tests/vm/lib.sh

apt_dir=$vm_cache/iproute2-apt
vm_apt_options amd64

none() {
	skip "iproute2's testsuite" "$*"
	echo "iproute2: $passed passed, $failed failed, $skipped skipped"
	exit 77
}

# source_fetch VERSION: the unpacked source in $source.
source_fetch() {
	local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg release

	source=$vm_cache/iproute2-$1
	[[ ! -d $source/testsuite/tests/ip/netns ]] || return 0
	mirror=$(vm_mirror main)
	[[ -n $mirror ]] || none "no archive of Debian among this machine's apt sources"
	[[ -r $keyring ]] || keyring=
	# shellcheck disable=SC1091 # the system's
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	mkdir -p "$apt_dir"/{lists,cache/archives}/partial
	echo "deb-src ${keyring:+[signed-by=$keyring] }$mirror $release main" >"$apt_dir/sources.list"
	apt-get "${apt_options[@]}" -qq update >"$tmp/log" 2>&1 || none "no sources: $(tail -n 1 "$tmp/log")"
	(cd "$tmp" && apt-get "${apt_options[@]}" -qq source --download-only "iproute2=$1") >"$tmp/log" 2>&1 ||
		none "no source of iproute2 $1: $(tail -n 1 "$tmp/log")"
	rm -rf "$source"
	dpkg-source --no-check -x "$tmp"/iproute2_*.dsc "$source" >"$tmp/log" 2>&1 ||
		none "iproute2 can't be unpacked: $(tail -n 1 "$tmp/log")"
}

# run_test FILE PROGRAM: as iproute2's Makefile does, in namespaces of its own; says what failed.
run_test() {
	local out
	: >"$tmp/errors"
	# shellcheck disable=SC2016 # for the inner shell
	out=$(cd "$source/testsuite" && IP=$2 STD_OUT=$tmp/stdout STD_ERR=$tmp/stderr ERRF=$tmp/errors DEV=lo \
		unshare -n -m --propagation private sh -c 'mount -t tmpfs own /run && exec sh "$0"' "$1" 2>&1) ||
		echo "status $?"
	[[ ! -s $tmp/errors && $out != *FAILED* ]] || printf '%s\n' "$out" "$(cat "$tmp/errors")"
}

[[ $(id -u) == 0 ]] || none "it takes root"
for tool in ip dpkg-source apt-get unshare; do
	command -v "$tool" >/dev/null || none "$tool is not installed"
done
version=$(dpkg-query -W -f '${source:Version}' iproute2 2>/dev/null) || none "iproute2 is no package here"
source_fetch "$version"
ln -s "$build/nswatch" "$tmp/ip-netns"
for file in "$source"/testsuite/tests/ip/netns/*.t; do
	name=$(basename "$file" .t)
	if [[ -n $(run_test "$file" "$(command -v ip)") ]]; then
		skip "$name" "ip $version fails it here, too"
	else
		check "$name" run_test "$file" "$tmp/ip-netns"
	fi
done
finish iproute2
