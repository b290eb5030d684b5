#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cast.sh - the demo as a recording, from what nswatch really prints: build/demo.cast (asciicast v2)
# and build/demo.svg, where every line comes when it came. Waits of more than a second are cut, lines
# that came at once are set apart a little.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "cast.sh: tracing needs root: sudo make demo-svg" >&2; exit 1; }
build=${1:-build}
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
clock=0 # ms
SHORTEST=90 LONGEST=1000 KEY=35

now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# line KIND TEXT: at the time of the recording; KIND is c for a command, o for output.
line() { printf '%d\t%s\t%s\n' "$clock" "$1" "$2" >>"$lines"; }

# scene COMMAND: shown as typed, and run with colours.
scene() {
	local text last at wait
	line c "$1"
	clock=$((clock + ${#1} * KEY + 400))
	last=$(now)
	while IFS= read -r text; do
		at=$(now)
		wait=$((at - last))
		last=$at
		clock=$((clock + (wait < SHORTEST ? SHORTEST : wait > LONGEST ? LONGEST : wait)))
		line o "$text"
	done < <(script -qec "stty cols $COLS; $1" /dev/null </dev/null | tr -d '\r')
	clock=$((clock + 1500))
	line o ""
}

# As on a terminal of this width, which cast.awk draws.
COLS=110
PATH=$(cd "$build" && pwd):$PATH
export TERM=xterm PATH
unset NO_COLOR
# shellcheck disable=SC2016 # for the shell that is traced
scene "nswatch trace -- unshare -u -p -i /bin/sh -c 'date; ls; echo \$\$'"
scene "nswatch explain -- unshare -p sh -c 'date; ls'"
scene "nswatch ls -t pid -t net -o +KEPT | head -n 6"

tests/docs/cast.awk "$lines" >"$build/demo.svg" || exit 1
{
	printf '{"version": 2, "width": %d, "height": 40, "title": "nswatch"}\n' "$COLS"
	jq -R -c 'split("\t") as [$t, $kind, $text] |
		[($t | tonumber) / 1000, "o",
			(if $kind == "c" then "$ " else "" end) + ($text // "") + "\r\n"]' "$lines"
} >"$build/demo.cast"
echo "$build/demo.svg, $build/demo.cast"
