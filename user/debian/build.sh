#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh - builds the Debian package of the tree as it stands, in build/deb. No root.
# DEB_BUILD_OPTIONS as Debian knows them (nocheck, parallel=N).
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^VERSION := //p' Makefile)
packaged=$(sed -n '1s/.*(\(.*\)).*/\1/p' user/debian/changelog)
if [ "$version" != "$packaged" ]; then
	echo "build.sh: Makefile says version $version, user/debian/changelog $packaged" >&2
	exit 1
fi
for tool in dpkg-buildpackage dh; do
	command -v "$tool" >/dev/null && continue
	echo "build.sh: $tool is missing: apt-get install debhelper dpkg-dev" >&2
	exit 1
done
tree=build/deb/nswatch-$version
mkdir -p build
exec 9>build/deb.lock
flock 9
rm -rf build/deb
mkdir -p "$tree"
# Not what make made, nor where the history is kept.
find . -mindepth 1 -maxdepth 1 ! -name build ! -name .git -exec cp -a {} "$tree/" \;
mv "$tree/user/debian" "$tree/debian"
rm "$tree/debian/build.sh"
export DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS-parallel=$(nproc)}
if ! (cd "$tree" && dpkg-buildpackage -b -us -uc) >build/deb/log 2>&1; then
	tail -n 30 build/deb/log >&2
	echo "build.sh: the whole log is build/deb/log" >&2
	exit 1
fi
ls build/deb/*.deb build/deb/*.changes
