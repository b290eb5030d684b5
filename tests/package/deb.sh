#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deb.sh [SUITE...] - the package of `make deb`: lintian, and what becomes of it and of the tarball of
# `make dist` in fresh Debians, 12 and 13 unless told otherwise (see debian.sh). Needs root; what this
# machine can't do is a skip.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh
lintian_silent() { lintian --allow-root "build/deb/nswatch_${version}_$arch.changes"; }

# What dpkg and apt write down for themselves is theirs, and the older files of users are systemd-sysusers'.
files() {
	(cd "$tmp/root" && find . -path ./proc -prune -o -path ./sys -prune -o -path ./dev -prune -o \
		-path ./var/lib/dpkg -prune -o -path ./var/lib/apt -prune -o -path ./var/log -prune -o \
		-path ./var/cache -prune -o -path './etc/*-' -prune -o -print) | sort
}

# The dependencies that came are those the package names, and go again.
installs() {
	quietly 'apt-get update && apt-get install -y --no-install-recommends /nswatch.deb' || return
	says 'install ok installed' "dpkg-query -W -f '\${Status}' nswatch"
	says '' 'ldd /usr/bin/nswatch | grep "not found" || :'
}

lists() {
	inside 'nswatch ls --json' >"$tmp/ls.json" 2>&1
	[[ $(jq '[.namespaces[].type] | unique | length' "$tmp/ls.json") -ge 7 ]] || cat "$tmp/ls.json"
}

# Every page is found and renders, the one of the whole with its name. A line that can't be adjusted for want
# of blanks is no fault, which groff 1.23 warns of.
pages() {
	local page
	for page in user/man/*.[578].in; do
		page=$(basename "$page" .in)
		inside "MANROFFOPT=-Wbreak man ${page##*.} ${page%.*} | grep -q '^NAME'" || echo "no page $page"
	done
}

# Of its own accord, as a user's shell loads it.
bash_completes() {
	# shellcheck disable=SC2016 # for the shell inside
	says "nswatch trace" '. /usr/share/bash-completion/bash_completion
		_completion_loader nswatch; [ $? -eq 124 ] && complete -p nswatch >/dev/null || exit 1
		COMP_WORDS=(nswatch tr) COMP_CWORD=1; _nswatch nswatch tr nswatch; echo "nswatch ${COMPREPLY[*]}"'
}

zsh_completes() { says _nswatch "zsh -f -c 'autoload -Uz compinit && compinit -D && print \$_comps[nswatch]'"; }

# It waits until the administrator wants it.
service_waits() {
	says /usr/bin/nswatch "sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /lib/systemd/system/nswatch.service"
	says '' "find /etc/systemd /run/systemd -name 'nswatch*' 2>/dev/null || :"
}

# The user of the service, who is nobody's login, and its group.
service_user() {
	says $'nswatch\nnswatch\n/usr/sbin/nologin' \
		'id -un nswatch && id -Gn nswatch && getent passwd nswatch | cut -d : -f 7'
}

# An older version is replaced: the program and its unit are the new ones, and it is configured.
older_then_upgrade() {
	rm -rf "$tmp/older"
	dpkg-deb -R "$deb" "$tmp/older" || return
	sed -i 's/^Version: .*/Version: 0.0.1/' "$tmp/older/DEBIAN/control"
	printf '#!/bin/sh\necho old\n' >"$tmp/older/usr/bin/nswatch"
	(cd "$tmp/older" && find usr lib -type f -exec md5sum {} +) 2>/dev/null >"$tmp/older/DEBIAN/md5sums"
	dpkg-deb --root-owner-group -b "$tmp/older" "$tmp/root/older.deb" >"$tmp/log" 2>&1 || { cat "$tmp/log" && return 1; }
	quietly 'apt-get update && apt-get install -y --no-install-recommends /older.deb' || return
	says old nswatch
	quietly 'apt-get install -y --no-install-recommends /nswatch.deb && rm /older.deb' || return
	says "install ok installed $version" "dpkg-query -W -f '\${Status} \${Version}' nswatch"
}

# By the script in it, into a prefix of one's own, and away again; nothing else is needed.
tarball_installs() {
	local tarball
	tarball=build/dist/nswatch-$version-$(uname -m).tar.xz
	tar -xJf "$tarball" -C "$tmp/root/tmp" || return
	quietly '/tmp/nswatch-*/install.sh /opt/ns' || return
	says "$(build/nswatch --version)" '/opt/ns/bin/nswatch --version'
	says '' '/opt/ns/bin/nswatch ls -n >/dev/null'
	says '/opt/ns/bin/nswatch' "sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /opt/ns/lib/systemd/system/nswatch.service"
	quietly '/tmp/nswatch-*/install.sh --uninstall /opt/ns' || return
	says '' 'find /opt/ns ! -type d'
	rm -rf "$tmp/root"/tmp/nswatch-* "$tmp/root/opt/ns"
}

# The history stays until the package is purged; the user then, too.
removes() {
	quietly 'mkdir /var/lib/nswatch && : >/var/lib/nswatch/history.db && apt-get remove -y nswatch' || return
	says /var/lib/nswatch/history.db 'ls /usr/bin/nswatch /var/lib/nswatch/* 2>/dev/null || :'
	quietly 'apt-get purge -y --autoremove nswatch' || return
	service_user
	files | diff "$tmp/before" -
}

try_system() {
	local why
	# With what shows man pages and completes.
	why=$(fresh_system man-db,bash-completion,zsh)
	case $? in
	0) may_apt ;;
	77) skip "fresh $SUITE" "$why" && return ;;
	*) check "fresh $SUITE" echo "can't be unpacked: $why" || return ;;
	esac
	# The tools of a user's shell alone: neither compiler nor library.
	check "$SUITE: the tarball installs, runs and goes" tarball_installs
	files >"$tmp/before"
	check "$SUITE: an older version is upgraded" older_then_upgrade || return
	check "$SUITE: apt installs it" installs || return
	check "$SUITE: nswatch --version" says "$(build/nswatch --version)" 'nswatch --version'
	check "$SUITE: nswatch ls" lists
	check "$SUITE: man pages" pages
	check "$SUITE: bash completes" bash_completes
	check "$SUITE: zsh completes" zsh_completes
	check "$SUITE: the service is there and off" service_waits
	check "$SUITE: the service has a user" service_user
	check "$SUITE: remove and purge leave nothing" removes
}

[[ $# -gt 0 ]] || set -- bookworm trixie
for SUITE; do
	rm -rf --one-file-system "$tmp/root"
	# shellcheck source-path=SCRIPTDIR source=debian.sh
	. tests/package/debian.sh
	if [[ ! -e $deb ]]; then
		check "a package" ls "$deb"
		break
	fi
	[[ $SUITE != "$1" ]] || check_with lintian "lintian" lintian_silent
	try_system
done
finish package
