#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh BUILD_DIR - what `make install` installs: the files, the service, the completion as
# zsh loads it, and how the program was hardened. No root.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${1:-build}
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh
# In tenths, of what systemd-analyze counts: at most 10.0.
readonly EXPOSURE=25

# A make of its own, which does not share the jobs of the one that runs this.
unset MAKEFLAGS MAKELEVEL MFLAGS
make_install() { make -s "$@" >"$tmp/log" 2>&1 || { tail -n 20 "$tmp/log" && return 1; }; }

expected_files() {
	local page
	echo 755 bin/nswatch
	echo 777 bin/ip-netns
	for page in user/man/*.[578].in; do
		page=$(basename "$page" .in)
		echo "644 share/man/man${page##*.}/$page"
	done
	printf '644 %s\n' share/bash-completion/completions/nswatch share/zsh/site-functions/_nswatch \
		share/fish/vendor_completions.d/nswatch.fish share/bash-completion/completions/ip-netns \
		share/zsh/site-functions/_ip-netns share/fish/vendor_completions.d/ip-netns.fish \
		share/nswatch/nswatch.rules.yml lib/systemd/system/nswatch.service lib/sysusers.d/nswatch.conf
}

# Those, with those modes, none of them empty, and no other.
installs() {
	make_install install DESTDIR="$tmp/root" prefix=/usr || return 1
	(cd "$tmp/root/usr" && find . ! -type d -size +0 -printf '%m %P\n') | sort >"$tmp/got"
	expected_files | sort | diff - "$tmp/got"
	cmp "$build/nswatch" "$tmp/root/usr/bin/nswatch"
	[[ $(readlink "$tmp/root/usr/bin/ip-netns") == nswatch ]] || echo "ip-netns is no link to nswatch"
}

uninstalls() {
	touch "$tmp/root/usr/bin/another"
	make_install uninstall DESTDIR="$tmp/root" prefix=/usr || return 1
	(cd "$tmp/root" && find . ! -type d ! -name another)
	[[ -e $tmp/root/usr/bin/another ]] || echo "another's file is gone"
}

# PREFIX counts as prefix does; the service starts what was installed beside it.
installs_prefix() {
	make_install install PREFIX="$tmp/own" || return 1
	[[ $("$tmp/own/bin/nswatch" --version) == nswatch\ * ]] || echo "does not run"
	grep -qx "ExecStart=$tmp/own/bin/nswatch \$NSWATCH_COMMAND .*" "$unit" || grep Exec "$unit"
}

service_verifies() { systemd-analyze verify --man=no "$unit" 2>&1; }

service_is_closed() {
	systemd-analyze security --offline=true --threshold="$EXPOSURE" --no-pager "$unit" >"$tmp/log" 2>&1 ||
		tail -n 1 "$tmp/log"
}

# zsh_offers WANTED LINE: what the line is after Tab, in a zsh that found the installed file.
zsh_offers() {
	local got
	mkdir -p "$tmp/zsh"
	[[ -p $tmp/zsh/line ]] || mkfifo "$tmp/zsh/line"
	cat >"$tmp/zsh/.zshrc" <<-'END'
		fpath=($SITE $fpath)
		autoload -Uz compinit && compinit -D -u
		tell() { print -r -- "$BUFFER" >$LINE; exit; }
		zle -N tell
		bindkey '^I' complete-word
		bindkey '^X' tell
	END
	# shellcheck disable=SC2016 # for zsh
	got=$(SITE=$tmp/own/share/zsh/site-functions LINE=$tmp/zsh/line ZDOTDIR=$tmp/zsh \
		timeout "${NSWATCH_TEST_TIMEOUT:-240}" zsh -f -c 'zmodload zsh/zpty && zpty shell zsh -d -i &&
		zpty -w -n shell "$1"$'\''\t\x18'\'' && IFS= read -r got <$LINE && print -r -- $got' zsh "$2")
	[[ $got == "$1" ]] || echo "'$2' becomes '$got', not '$1'"
}

# The linker drops the mark of -fcf-protection where Debian's crti.o has none: objects are asked.
hardened() {
	local options=(--nocfprotection)
	# Newer ones also ask for what only arm64 has.
	hardening-check --help 2>&1 | grep -q nobranchprotection && options+=(--nobranchprotection)
	hardening-check "${options[@]}" "$build/nswatch" >"$tmp/log" 2>&1 || cat "$tmp/log"
}

objects_hardened() {
	local o flags
	for o in "$build"/obj/main.o "$build"/obj/act/*.o; do
		if [[ $(uname -m) == x86_64 ]]; then
			readelf -nW "$o" | grep -q 'IBT, SHSTK' || echo "$o: jumps are not protected"
		fi
		flags=$(readelf --debug-dump=info --dwarf-depth=1 "$o" 2>/dev/null |
			grep -m 1 DW_AT_producer)
		[[ -z $flags || $flags == *-fstack-clash-protection* ]] ||
			echo "$o: the stack may clash"
	done
}

# What user/static/mnl.c must have for STATIC=1, which nobody links every day.
stand_in() {
	nm -u "$build/libnswatch.a" 2>/dev/null | grep -oE '\bmnl_[a-z0-9_]+' | sort -u >"$tmp/called"
	[[ -s $tmp/called ]] || echo "nothing of libmnl is called"
	sed -nE 's/^[a-z].*\b(mnl_[a-z0-9_]+)\(.*/\1/p' user/static/mnl.c | sort -u | comm -23 "$tmp/called" -
}

# Every target that is called by name is in the help.
help_whole() {
	make -s help | awk '{ print $1 }' | sort >"$tmp/helped"
	sed -n 's/^\.PHONY: //p' Makefile | tr ' ' '\n' |
		grep -vxE 'FORCE|give-back|native-gen|\$\(B\)/nswatch.service|#.*|' | grep -E '^[a-z]' |
		sed '/^of$/,$d' | sort >"$tmp/targets"
	[[ -s $tmp/targets ]] || echo "no targets"
	comm -23 "$tmp/targets" "$tmp/helped"
}

# What is missing is named, with the command that brings it.
tools_named() {
	! make -s B="$tmp/tools" CLANG=no-such-clang "$tmp/tools/bpf/pids.bpf.o" >"$tmp/log" 2>&1 || echo "built"
	[[ $(head -n 2 "$tmp/log") == *"missing: no-such-clang"*"sudo make deps"* ]] || cat "$tmp/log"
}

# Other flags build anew, the same ones do not.
flags_count() {
	local want=built o=$tmp/flags/bpf/pids.bpf.o
	for flags in -O2 -O2 -O1; do
		: >"$tmp/log"
		make B="$tmp/flags" CFLAGS="$flags" "$o" >"$tmp/log" 2>&1 || cat "$tmp/log"
		case $want in
		built) grep -q '  BPF  ' "$tmp/log" || echo "$flags: not built" ;;
		*) ! grep -q '  BPF  ' "$tmp/log" || echo "$flags again: built" ;;
		esac
		[[ $want == same ]] && want=built || want=same
	done
}

unit=$tmp/own/lib/systemd/system/nswatch.service

check "make help names every target" help_whole
check "what is missing to build is named" tools_named
check "other flags build anew" flags_count
check "install under DESTDIR" installs
check "uninstall" uninstalls
check "install under a prefix of one's own" installs_prefix
check_with systemd-analyze "service: systemd-analyze verify" service_verifies
check_with systemd-analyze "service: exposure of at most $((EXPOSURE / 10)).$((EXPOSURE % 10))" service_is_closed
check_with zsh "zsh: a command" zsh_offers 'nswatch doctor ' 'nswatch doc'
check_with zsh "zsh: an option" zsh_offers 'nswatch ls --json ' 'nswatch ls --js'
check_with zsh "zsh: an option without command" zsh_offers 'nswatch --duration=' 'nswatch --durat'
check_with zsh "zsh: an argument" zsh_offers 'nswatch trace --color always ' 'nswatch trace --color al'
check_with zsh "zsh: ip-netns" zsh_offers 'ip-netns monitor ' 'ip-netns moni'
check_with zsh "zsh: no hidden command" zsh_offers 'nswatch ge' 'nswatch ge'
if [[ $build == */san ]]; then
	skip "hardening" "sanitizers take its place in this build"
else
	check_with hardening-check "hardening: hardening-check" hardened
	check_with readelf "hardening: of the objects" objects_hardened
fi
check_with nm "static: the stand-in of libmnl has what is called" stand_in
finish install
