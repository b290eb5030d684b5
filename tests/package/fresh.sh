#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fresh.sh [--demo] [SUITE...] - the two commands of README, copied from it as printed, on fresh minimal
# Debians (bookworm and trixie): as an ordinary user with sudo, whose home only that user may enter, and at
# the end `make check` without root and network. With --demo only the first one, also as root in /root: the
# second takes as long as `make test`. Needs root and a mirror. The log of each is build/fresh-SUITE-USER.log.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/package/lib.sh
demo_only="" users=(somebody)
if [[ ${1:-} == --demo ]]; then
	demo_only=yes users+=(root)
	shift
fi

# command N: the Nth command of README's section of two.
command_of() {
	sed -n '/^## Two commands/,/^## /p' README.md | grep -E '^    [^ ]' | sed -n "$1s/^ *\(.*[^ ]\)  *#.*/\1/p"
}

# A clone with what is not committed yet, in a home of mode 0700.
settle() {
	local home=/home/$user
	if [[ $user == root ]]; then
		home=/root
	else
		inside "useradd -m -s /bin/bash $user &&
			echo '$user ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$user" || return
	fi
	inside "chmod 700 $home" && git clone -q --depth 1 "file://$PWD" "$tmp/root$home/nswatch" || return
	git ls-files -co --exclude-standard -z | tar --null --files-from=- -cf - |
		tar -xf - -C "$tmp/root$home/nswatch" || return
	inside "chown -R $user: $home/nswatch"
}

# as_user COMMAND [WRAPPER]: in the checkout, with the environment of a login; what is said is added to the log.
# Debian 13 mounts a file system of its own at /tmp, whose programs get no rights of their files.
as_user() {
	inside_host "[[ $SUITE == bookworm ]] || mount -t tmpfs -o nosuid,nodev tmpfs /tmp || exit
		exec ${2-} sudo -u $user -i sh -c 'cd nswatch && $1'" >"$tmp/log" 2>&1
	local rc=$?
	cat "$tmp/log" >>"build/fresh-$SUITE-$user.log"
	return $rc
}

# The main job: the story of the dead pid namespace, to its end.
demo_works() {
	as_user "${first//\'/\'\\\'\'}" || { tail -n 20 "$tmp/log" && return 1; }
	grep -q 'pidns-dead' "$tmp/log" || tail -n 20 "$tmp/log"
}

make_goes_on() { as_user make || tail -n 5 "$tmp/log"; }

tests_pass() {
	as_user "${second//\'/\'\\\'\'}"
	grep -E '^(FAIL|not ok)' "$tmp/log"
	tail -n 1 "$tmp/log" | grep -qE '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' || tail -n 5 "$tmp/log"
}

# An ordinary user's process has no right to BPF, and this one has no network either.
check_passes() {
	as_user "make check" "unshare -n"
	local rc=$?
	grep -E '^(FAIL|not ok)' "$tmp/log"
	((rc == 0)) || tail -n 5 "$tmp/log"
}

# The commands, one after the other, on a system on which nobody has done anything yet.
both_commands() {
	local why
	rm -rf --one-file-system "$tmp/root" "build/fresh-$SUITE-$user.log"
	why=$(fresh_system sudo)
	case $? in
	0) may_apt ;;
	77) skip "fresh $SUITE" "$why" && return ;;
	*) check "fresh $SUITE" echo "can't be unpacked: $why" || return ;;
	esac
	check "$SUITE: a checkout of $user" settle || return
	check "$SUITE, $user: $first" demo_works || return
	check "$SUITE, $user: make, afterwards" make_goes_on
	[[ -z $demo_only ]] || return
	check "$SUITE, $user: $second" tests_pass
	check "$SUITE, $user: make check, without root, network and BPF" check_passes
}

first=$(command_of 1) second=$(command_of 2)
check "README has two commands" test -n "$first" -a -n "$second"
mkdir -p build
[[ $# -gt 0 ]] || set -- bookworm trixie
for SUITE; do
	# shellcheck source-path=SCRIPTDIR source=debian.sh
	. tests/package/debian.sh
	for user in "${users[@]}"; do both_commands; done
done
finish fresh
