#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# corpus.sh BUILD_DIR - every fuzz target over its corpus, with replay.c in place of libFuzzer.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build}
passed=0 failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

for src in tests/fuzz/fuzz_*.c; do
	name=$(basename "$src" .c) name=${name#fuzz_}
	if timeout 120 "$build/tests/fuzz/fuzz_$name" "tests/fuzz/corpus/$name"/* >"$out" 2>&1; then
		passed=$((passed + 1))
		echo "ok   $name: $(cat "$out")"
	else
		failed=$((failed + 1))
		echo "FAIL $name: $(tail -n 20 "$out")"
	fi
done
echo "corpus: $passed passed, $failed failed, 0 skipped"
((failed == 0))
