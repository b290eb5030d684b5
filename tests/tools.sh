#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools.sh COMMAND... -- LIBRARY... - says which of what builds are missing, and how to install them. The last
# COMMAND is pkg-config, which knows the libraries.
set -u
missing=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	# A command may have arguments: CC="ccache gcc".
	pkg_config=$1
	command -v "${1%% *}" >/dev/null || missing+=("${1%% *}")
	shift
done
shift
if command -v "${pkg_config%% *}" >/dev/null; then
	for library; do
		$pkg_config --exists "$library" || missing+=("$library")
	done
fi
[ ${#missing[@]} -eq 0 ] && exit 0
echo "missing: ${missing[*]}" >&2
echo "on Debian 'sudo make deps' installs what builds nswatch" >&2
exit 1
