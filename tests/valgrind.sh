#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# valgrind.sh [BUILD_DIR] - unit tests, corpora, renderers and a snapshot from /proc under valgrind:
# a wrong or uninitialised access or a lost block is a failure.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
VALGRIND=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite
	--errors-for-leak-kinds=definite --suppressions=tests/valgrind.supp)

# What valgrind can't run: calls that it does not know fail or leave results that it takes for unset.
declare -A unknown=(
	[test_features]="it does not know fsopen(2)"
	[test_graph]="it does not know the ioctls of nsfs"
	[test_procfs]="/proc/PID/exe is valgrind's own"
	[test_target]="it does not know pidfd_open(2)"
)

try() {
	local name=$1 rc want=${WANT:-0}
	shift
	timeout 600 "${VALGRIND[@]}" "$@" >"$log" 2>&1
	rc=$?
	if [ $rc -eq "$want" ]; then
		passed=$((passed + 1))
		echo "ok   $name"
	else
		failed=$((failed + 1))
		echo "FAIL $name: status $rc"
		grep -A 14 -m 1 '^==' "$log" || tail -n 10 "$log"
	fi
}

tests/deps.sh valgrind || {
	echo "valgrind: 0 passed, 1 failed, 0 skipped"
	exit 1
}
for src in tests/unit/test_*.c; do
	name=$(basename "$src" .c)
	if [ -n "${unknown[$name]-}" ]; then
		skipped=$((skipped + 1))
		echo "skip $name: ${unknown[$name]}"
		continue
	fi
	try "$name" "$build/tests/unit/$name"
done
for src in tests/fuzz/fuzz_*.c; do
	name=$(basename "$src" .c)
	try "$name" "$build/tests/fuzz/$name" "tests/fuzz/corpus/${name#fuzz_}"/*
done
for how in "" "-J" "--raw -o +UID,NSPID,CGROUP" "--color=always" "-e exec,exit -Q pid>0"; do
	# shellcheck disable=SC2086 # options
	try "trace -r $how" "$build/nswatch" trace -r tests/golden/version1.nsw $how
done
WANT=1 try "explain -r" "$build/nswatch" explain -r tests/golden/version1.nsw
for how in "" "-J" "--tree=parent" "--hidden"; do
	# shellcheck disable=SC2086 # options
	try "ls --source=proc $how" "$build/nswatch" ls --source=proc $how
done
try "trace --help" "$build/nswatch" trace --help
echo "valgrind: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
