# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # tmp and skip are lib.sh's
# debian.sh - a fresh Debian in $tmp/root, 12 unless $SUITE says trixie (13), which debootstrap makes
# from the mirror of this machine's apt (kept in ${XDG_CACHE_HOME:-~/.cache} for a week), and the package
# of `make deb`. Sourced after lib.sh, never run.

SUITE=${SUITE:-bookworm}
arch=$(dpkg --print-architecture)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nswatch-debian
version=$(sed -n 's/^VERSION := //p' Makefile)
deb=build/deb/nswatch_${version}_$arch.deb

# mirror RELEASE: where this machine's apt has it from, or has the like of another release.
mirror() {
	# shellcheck disable=SC2016 # for apt to expand
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
		awk -v release="$1" '
			function security(r) { return r ~ /-security$/ }
			$2 == "Debian" && security($3) == security(release) { print $1; exit }'
}

# make_tarball PACKAGES: a system with these, as $tarball, which is whole or not there.
make_tarball() {
	local uri proxy=''
	exec 8>"$cache/lock" && flock 8
	find "$cache" -maxdepth 1 -name '*.tar' -mtime +6 -delete
	[[ ! -e $tarball ]] || return 0
	uri=$(mirror "$SUITE")
	[[ -n $uri ]] || { echo "this machine's apt has no $SUITE" && return 77; }
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[[ -z $proxy ]] || export http_proxy=$proxy
	debootstrap --variant=minbase ${1:+--include="$1"} "$SUITE" "$tmp/new" "$uri" >"$tmp/log" 2>&1 ||
		{ tail -n 3 "$tmp/log" && return 77; }
	rm -rf "$tmp/new/var/cache/apt/archives/"*.deb
	tar -cf "$tarball.new" -C "$tmp/new" . && mv "$tarball.new" "$tarball"
	rm -rf "$tmp/new"
}

# fresh_system PACKAGES: a system with these (commas between), and the package as /nswatch.deb. Says
# why there is none, with status 77: then that is a skip.
fresh_system() {
	local tool tarball
	tarball=$cache/$SUITE-$arch-$(cksum <<<"$1" | tr -d ' ').tar
	for tool in debootstrap jq; do
		command -v "$tool" >/dev/null || { echo "$tool is not installed" && return 77; }
	done
	((EUID == 0)) || { echo "only root may make one" && return 77; }
	mkdir -p "$cache" "$tmp/root"
	make_tarball "$1" || return
	tar -xf "$tarball" -C "$tmp/root" && { [[ ! -e $deb ]] || cp "$deb" "$tmp/root/nswatch.deb"; }
}

# may_apt: gives the system this machine's way to the mirror.
may_apt() {
	local release uri
	for release in "$SUITE" "$SUITE-updates" "$SUITE-security"; do
		uri=$(mirror "$release")
		[[ -z $uri ]] || echo "deb $uri $release main"
	done >"$tmp/root/etc/apt/sources.list"
	cp -L /etc/resolv.conf /etc/hosts "$tmp/root/etc/"
	apt-config dump | grep -E '^Acquire::(https?|Retries)' >"$tmp/root/etc/apt/apt.conf.d/99host"
}

# inside COMMANDS: in the fresh system, with a proc and pids of its own, of which nothing outlives that.
inside() { enter_fresh -p -f --kill-child -- "$1"; }

# inside_host COMMANDS: likewise with the pids of this machine, as on a host of its own.
inside_host() { enter_fresh -- "$1"; }

# enter_fresh OPTION_OF_UNSHARE... -- COMMANDS: its root is the root of a mount namespace, not a chroot,
# in which the kernel would refuse user namespaces.
enter_fresh() {
	local options=()
	while [[ $1 != -- ]]; do options+=("$1") && shift; done
	# shellcheck disable=SC2016 # for the shell inside
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
		unshare -m "${options[@]}" --propagation private bash -c '
		cd "$1" && mount --bind . . && cd "$1" && mount -t proc proc proc && mount -t sysfs sys sys &&
		mount -t cgroup2 cgroup2 sys/fs/cgroup && mount --rbind /dev dev && mount -t tmpfs run run &&
		{ mount -t tracefs tracefs sys/kernel/tracing; mount -t securityfs securityfs sys/kernel/security; :; } 2>/dev/null &&
		mkdir -p .old && pivot_root . .old && umount -l /.old &&
		exec bash -c "$2"' bash "$tmp/root" "$2" </dev/null
}

# quietly COMMANDS: inside; what is said matters only if it fails.
quietly() { inside "$1" >"$tmp/log" 2>&1 || { tail -n 20 "$tmp/log" && return 1; }; }

# says WANTED COMMANDS: inside, the commands succeed and say exactly that.
says() {
	local got
	got=$(inside "$2" 2>&1) && [[ $got == "$1" ]] || echo "says '$got', not '$1'"
}
