# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of installation and packages share: counts, and $tmp, which goes at the end.
# Sourced, never run.

passed=0 failed=0 skipped=0
# Of the file system of /var: packages' tests unpack systems there.
tmp=$(mktemp -d "${TMPDIR:-/var/tmp}/nswatch-package.XXXXXX") || exit 1
at_exit() { rm -rf "$tmp"; }
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
export LC_ALL=C.UTF-8

skip() { skipped=$((skipped + 1)) && echo "skip $1: $2"; }

# check NAME COMMAND...: it passes without saying anything.
check() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1) && [[ -z $out ]]; then
		passed=$((passed + 1))
		echo "ok   $name"
		return
	fi
	[[ -n $out ]] || out="status not 0"
	failed=$((failed + 1))
	printf 'FAIL %s: %s\n' "$name" "$out"
	return 1
}

# check_with TOOL NAME COMMAND...: skipped where the tool is missing.
check_with() {
	if command -v "$1" >/dev/null; then
		check "${@:2}"
	else
		skip "$2" "$1 is not installed"
	fi
}

# boots SERIES ROOT OPTION...: a kernel with that tree and no other, see tests/vm/boot.sh --bare, one VM
# at a time; what was said is in $tmp/said. The status is that of boot.sh.
boots() {
	exec 9>"${NSWATCH_VM_LOCK:-/tmp/nswatch-vm.lock}" && flock 9
	tests/vm/boot.sh "$1" "$2" --bare --out "$tmp/vm" "${@:3}" >"$tmp/said" 2>"$tmp/log" 9>&-
	local rc=$?
	exec 9>&-
	return "$rc"
}

# finish NAME: the closing line, and what is to be the exit status: the last of a script.
finish() {
	echo "$1: $passed passed, $failed failed, $skipped skipped"
	((failed == 0))
}
