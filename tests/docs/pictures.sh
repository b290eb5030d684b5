#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pictures.sh BUILD_DIR [check]: the pictures of the README, which `nswatch graph` draws of a made-up laptop, into
# tests/docs; with "check" it says which of them are not what would be drawn today.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT

for kind in net pid; do
	to=tests/docs/graph-$kind.svg
	MADE=story "$1/tests/golden/ls_system" graph "$kind" --format svg >"$tmp" || exit 1
	if [[ ${2:-} == check ]]; then
		cmp -s "$tmp" "$to" || { echo "$to is not current: make pictures" && status=1; }
	else
		cp "$tmp" "$to" && chmod 644 "$to"
	fi
done
exit $status
