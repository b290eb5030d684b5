#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the unit tests: run.sh BUILD_DIR. Every tests/unit/test_*.c must have
# its program there. A program that dies, leaks or runs no test is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${1:-build}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# "OK FAILED SKIPPED" of cmocka's output: what follows a RUN line decides; a
# RUN that nothing follows is a test that died.
count() {
	awk '
		/^\[ RUN / { if (open) failed++; open = 1; next }
		open && /^\[ +OK \]/ { ok++; open = 0 }
		open && /^\[ +SKIPPED \]/ { skipped++; open = 0 }
		open && /^\[ +FAILED +\]/ { failed++; open = 0 }
		END { print ok + 0, failed + open, skipped + 0 }' "$log"
}

for src in tests/unit/test_*.c; do
	name=$(basename "$src" .c)
	echo "== $name"
	if [[ ! -x $build/tests/unit/$name ]]; then
		echo "$build/tests/unit/$name is not built"
		failed=$((failed + 1))
		continue
	fi
	CMOCKA_MESSAGE_OUTPUT=STDOUT timeout 300 "$build/tests/unit/$name" >"$log" 2>&1
	status=$?
	cat "$log"
	read -r ok bad skip < <(count)
	if ((status && !bad)) || ((ok + bad + skip == 0)); then
		echo "$name: exit status $status with $ok passed tests"
		bad=$((bad + 1))
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done

echo "unit: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
