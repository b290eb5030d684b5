#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every tests/fuzz/fuzz_*.c for FUZZ_SECONDS (60) with libFuzzer, ASan and
# UBSan. A target names what it is linked with on a line "sources: FILE...".
# New inputs go to build/fuzz/NAME, seeds come from tests/fuzz/corpus/NAME.
set -u
cd "$(dirname "$0")/../.." || exit 1

CLANG=${CLANG:-clang}
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0 skipped=0

fuzz() {
	local src=$1 name=$2 out=build/fuzz/$2 sources
	# The names are patterns.
	# shellcheck disable=SC2207
	sources=($(sed -n 's/.*sources: *\([^*]*\(\*\.c[^*]*\)*\).*/\1/p' "$src"))
	mkdir -p "$out"
	"$CLANG" -D_GNU_SOURCE -Iuser -I. -Itests -g -O1 -std=gnu11 -Wall \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o "build/fuzz/fuzz_$name" "$src" "${sources[@]}" || return
	"build/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="$out-" -print_final_stats=1 \
		"$out" "tests/fuzz/corpus/$name" 2>"$out.log"
}

if ! echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
	"$CLANG" -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null; then
	echo "$CLANG has no libFuzzer"
	echo "fuzz: 0 passed, 0 failed, 1 skipped"
	exit 0
fi

for src in tests/fuzz/fuzz_*.c; do
	name=$(basename "$src" .c) name=${name#fuzz_}
	if fuzz "$src" "$name"; then
		passed=$((passed + 1))
		echo "ok   $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log") inputs"
	else
		failed=$((failed + 1))
		echo "FAIL $name"
		tail -n 40 "build/fuzz/$name.log" 2>/dev/null
	fi
done

echo "fuzz: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
