#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deb.sh - the package of `make deb`: lintian, and what becomes of it in a fresh Debian 12, which
# debootstrap makes from the mirror of this machine's apt (kept in ${XDG_CACHE_HOME:-~/.cache} for a
# week). Needs root; what this machine can't do is a skip.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh

readonly SUITE=bookworm
arch=$(dpkg --print-architecture)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nswatch-debian
tarball=$cache/$SUITE-$arch.tar
version=$(sed -n 's/^VERSION := //p' Makefile)
deb=build/deb/nswatch_${version}_$arch.deb

lintian_silent() { lintian --allow-root "build/deb/nswatch_${version}_$arch.changes"; }

# mirror RELEASE: where this machine's apt has it from.
mirror() {
	# shellcheck disable=SC2016 # for apt to expand
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
		awk -v release="$1" '$2 == "Debian" && $3 == release { print $1; exit }'
}

# A system with what shows man pages and completes, as a tarball that is whole or not there.
make_tarball() {
	local uri proxy=''
	exec 8>"$cache/lock" && flock 8
	[[ -z $(find "$tarball" -mtime -7 2>/dev/null) ]] || return 0
	uri=$(mirror "$SUITE")
	[[ -n $uri ]] || { echo "this machine's apt has no $SUITE" && return 77; }
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[[ -z $proxy ]] || export http_proxy=$proxy
	debootstrap --variant=minbase --include=man-db,bash-completion,zsh "$SUITE" "$tmp/new" "$uri" \
		>"$tmp/log" 2>&1 || { tail -n 3 "$tmp/log" && return 77; }
	rm -rf "$tmp/new/var/cache/apt/archives/"*.deb
	tar -cf "$tarball.new" -C "$tmp/new" . && mv "$tarball.new" "$tarball"
	rm -rf "$tmp/new"
}

# fresh_system: in $tmp/root, with the package as /nswatch.deb and this machine's way to the mirror.
fresh_system() {
	local release uri
	mkdir "$tmp/root"
	tar -xf "$tarball" -C "$tmp/root"
	for release in "$SUITE" "$SUITE-updates" "$SUITE-security"; do
		uri=$(mirror "$release")
		[[ -z $uri ]] || echo "deb $uri $release main"
	done >"$tmp/root/etc/apt/sources.list"
	cp -L /etc/resolv.conf /etc/hosts "$tmp/root/etc/"
	apt-config dump | grep -E '^Acquire::(https?|Retries)' >"$tmp/root/etc/apt/apt.conf.d/99host"
	cp "$deb" "$tmp/root/nswatch.deb"
}

# inside COMMANDS: in the fresh system, with a proc of its own; nothing of it outlives that.
inside() {
	# shellcheck disable=SC2016 # for the shell inside
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
		unshare -m -p -f --kill-child --propagation private bash -c '
		mount -t proc proc "$1/proc" && mount -t sysfs sys "$1/sys" && mount --rbind /dev "$1/dev" &&
		exec chroot "$1" bash -c "$2"' bash "$tmp/root" "$1" </dev/null
}

# quietly COMMANDS: inside; what is said matters only if it fails.
quietly() { inside "$1" >"$tmp/log" 2>&1 || { tail -n 20 "$tmp/log" && return 1; }; }

# says WANTED COMMANDS: inside, the commands succeed and say exactly that.
says() {
	local got
	got=$(inside "$2" 2>&1) && [[ $got == "$1" ]] || echo "says '$got', not '$1'"
}

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
	says '' 'ldd /usr/sbin/nswatch | grep "not found" || :'
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
	says /usr/sbin/nswatch "sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /lib/systemd/system/nswatch.service"
	says '' "find /etc/systemd /run/systemd -name 'nswatch*' 2>/dev/null || :"
}

removes() {
	quietly 'apt-get remove -y nswatch' || return
	says '' 'ls /usr/sbin/nswatch 2>/dev/null || :'
	quietly 'apt-get purge -y --autoremove nswatch' || return
	files | diff "$tmp/before" -
}

try_system() {
	local tool why
	for tool in debootstrap jq; do
		command -v "$tool" >/dev/null || { skip "fresh Debian" "$tool is not installed" && return; }
	done
	((EUID == 0)) || { skip "fresh Debian" "only root may make one" && return; }
	mkdir -p "$cache"
	why=$(make_tarball) || { skip "fresh Debian" "$why" && return; }
	fresh_system
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
