#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh [--uninstall] [PREFIX] - installs what lies beside it below PREFIX, /usr/local unless told
# otherwise, or removes that again. The program itself needs no installation: bin/nswatch runs as it is.
set -eu
cd "$(dirname "$0")"
usage() {
	echo "usage: install.sh [--uninstall] [PREFIX]" >&2
	exit 2
}
remove=
if [ "${1:-}" = --uninstall ]; then
	remove=yes
	shift
fi
[ $# -le 1 ] || usage
prefix=${1:-/usr/local}
case $prefix in
/*) ;;
*)
	echo "install.sh: PREFIX '$prefix': not an absolute path" >&2
	usage
	;;
esac
files=$(find bin share lib ! -type d)
if [ -n "$remove" ]; then
	for file in $files; do rm -f "$prefix/$file"; done
	echo "removed nswatch from $prefix"
	exit
fi
mkdir -p "$prefix" 2>/dev/null || :
if [ ! -w "$prefix" ]; then
	echo "install.sh: $prefix: not writable; run it with sudo, or name a PREFIX of your own" >&2
	exit 1
fi
for file in $files; do
	mode=644
	[ "${file%/*}" = bin ] && mode=755
	mkdir -p "$prefix/${file%/*}"
	# A program that runs is replaced, not written over.
	rm -f "$prefix/$file"
	cp -P "$file" "$prefix/$file"
	[ -L "$file" ] || chmod $mode "$prefix/$file"
done
# The unit starts the program where it stands.
unit=$prefix/lib/systemd/system/nswatch.service
sed "s,^ExecStart=[^ ]*/nswatch,ExecStart=$prefix/bin/nswatch," lib/systemd/system/nswatch.service >"$unit"
echo "installed $("$prefix/bin/nswatch" --version) below $prefix"
