#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh - from a fresh machine to the main job: a shell in a new pid namespace whose forks fail,
# traced live; then the same with -f, which cures it.
set -u
cd "$(dirname "$0")/.." || exit 1
if [ "$(id -u)" -ne 0 ]; then
	echo "demo.sh: tracing needs root: sudo make demo" >&2
	exit 1
fi
trap tests/give_back.sh EXIT
tests/deps.sh build || exit 1
make -j"$(nproc)" || exit 1
how=()
if ! build/nswatch doctor >/dev/null 2>&1; then
	echo "Live tracing is refused here (build/nswatch doctor says why): differences of /proc"
	echo "are shown instead, every 5 ms; what is shorter than that is not seen."
	how=(--poll 5)
fi
show() {
	printf '\n$ nswatch trace -- '
	printf '%s\n\n' "$1"
	shift
	build/nswatch trace "${how[@]}" -- "$@"
	printf '\n(exit status %s)\n' $?
}
# shellcheck disable=SC2016 # for the shell that is traced
script='date; ls; echo $$'
echo
echo "A shell leaves its pid namespace for its children only. The first one, date, becomes pid 1"
echo "of the new namespace; when it ends the namespace is dead, and ls can't be forked:"
show "unshare -u -p -i /bin/sh -c '$script'" unshare -u -p -i /bin/sh -c "$script"
echo
echo "With -f unshare forks first: the shell itself is pid 1, and nothing is denied:"
show "unshare -f -u -p -i /bin/sh -c '$script'" unshare -f -u -p -i /bin/sh -c "$script"
echo
echo "Next: build/nswatch (everything, live), build/nswatch --help, build/nswatch doctor"
