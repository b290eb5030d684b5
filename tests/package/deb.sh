#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deb.sh - the package of `make deb`: lintian, and what becomes of it in a fresh Debian 12 (see
# debian.sh). Needs root; what this machine can't do is a skip.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh
# shellcheck source-path=SCRIPTDIR source=debian.sh
. tests/package/debian.sh

lintian_silent() { lintian --allow-root "build/deb/nswatch_${version}_$arch.changes"; }

# What dpkg and apt write down for themselves is theirs.
files() {
	(cd "$tmp/root" && find . -path ./proc -prune -o -path ./sys -prune -o -path ./dev -prune -o \
		-path ./var/lib/dpkg -prune -o -path ./var/lib/apt -prune -o -path ./var/log -prune -o \
		-path ./var/cache -prune -o -print) | sort
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

# Every page is found and renders, the one of the whole with its name.
pages() {
	local page
	for page in user/man/*.[78].in; do
		page=$(basename "$page" .in)
		inside "man ${page##*.} ${page%.*} | grep -q '^NAME'" || echo "no page $page"
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

removes() {
	quietly 'apt-get remove -y nswatch' || return
	says '' 'ls /usr/bin/nswatch 2>/dev/null || :'
	quietly 'apt-get purge -y --autoremove nswatch' || return
	files | diff "$tmp/before" -
}

try_system() {
	local why
	# With what shows man pages and completes.
	why=$(fresh_system man-db,bash-completion,zsh)
	case $? in
	0) may_apt ;;
	77) skip "fresh Debian" "$why" && return ;;
	*) check "fresh Debian" echo "can't be unpacked: $why" || return ;;
	esac
	files >"$tmp/before"
	check "apt installs it" installs || return
	check "nswatch --version" says "$(build/nswatch --version)" 'nswatch --version'
	check "nswatch ls" lists
	check "man pages" pages
	check "bash completes" bash_completes
	check "zsh completes" zsh_completes
	check "the service is there and off" service_waits
	check "remove and purge leave nothing" removes
}

if [[ -e $deb ]]; then
	check_with lintian "lintian" lintian_silent
	try_system
else
	check "a package" ls "$deb"
fi
finish package
