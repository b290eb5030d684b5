#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh - from a fresh machine to the main job: a shell in a new pid namespace whose forks fail,
# traced live; then the same with -f, which cures it. A report of the first one is left in build.
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
report=build/demo-report.html
rm -f "$report"
# show SHOWN COMMAND...: with ${to[@]} into these outputs.
show() {
	printf '\n$ nswatch trace -- '
	printf '%s\n\n' "$1"
	shift
	build/nswatch trace "${how[@]}" "${to[@]}" -- "$@"
	printf '\n(exit status %s)\n' $?
}
# shellcheck disable=SC2016 # for the shell that is traced
script='date; ls; echo $$'
echo
echo "A shell leaves its pid namespace for its children only. The first one, date, becomes pid 1"
echo "of the new namespace; when it ends the namespace is dead, and ls can't be forked:"
to=(--to lines --to "report:$report")
show "unshare -u -p -i /bin/sh -c '$script'" unshare -u -p -i /bin/sh -c "$script"
to=()
echo
echo "With -f unshare forks first: the shell itself is pid 1, and nothing is denied:"
show "unshare -f -u -p -i /bin/sh -c '$script'" unshare -f -u -p -i /bin/sh -c "$script"
echo
[ -s "$report" ] || {
	echo "demo.sh: no report was written to $report" >&2
	exit 1
}
echo "The first of the two as lanes over time, for a browser: $PWD/$report"
echo "Next: build/nswatch (everything, live), build/nswatch --help, build/nswatch doctor"
