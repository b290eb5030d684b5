#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [NAME...] - runs every tests/fuzz/fuzz_*.c, or those named, for FUZZ_SECONDS (60) with
# libFuzzer, ASan and UBSan. All that needs no libbpf is linked. New inputs go to build/fuzz/NAME,
# seeds come from tests/fuzz/corpus/NAME.
set -u
cd "$(dirname "$0")/../.." || exit 1

CLANG=${CLANG:-clang}
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0 skipped=0

FLAGS=(-D_GNU_SOURCE '-DNSWATCH_VERSION="fuzz"' -Iuser -I. -Itests -funsigned-char -g -O1 -std=gnu11 -Wall
	"-fsanitize=address,undefined" -fno-sanitize-recover=all)

# Everything outside of cmd/ and probe/, but what includes libbpf or a skeleton.
library() {
	local dir=build/fuzz/obj src
	rm -rf "$dir" && mkdir -p "$dir" || return
	grep -LE 'include.*(bpf/(lib)?bpf\.h|skel)' user/{lib,event,ns,out,explain}/*.c 2>/dev/null |
		while IFS= read -r src; do
			printf '%s\0%s\0' "$dir/$(tr / _ <<<"${src%.c}").o" "$src"
		done | xargs -0 -n 2 -P "$(nproc)" "$CLANG" "${FLAGS[@]}" -fsanitize=fuzzer-no-link -c -o || return
	rm -f build/fuzz/lib.a && ar rcs build/fuzz/lib.a "$dir"/*.o
}

fuzz() {
	local src=$1 name=$2 out=build/fuzz/$2

	mkdir -p "$out"
	"$CLANG" "${FLAGS[@]}" -fsanitize=fuzzer -o "build/fuzz/fuzz_$name" "$src" build/fuzz/lib.a -lmnl || return
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

if ! library; then
	echo "fuzz: 0 passed, 1 failed, 0 skipped"
	exit 1
fi

for src in tests/fuzz/fuzz_*.c; do
	name=$(basename "$src" .c) name=${name#fuzz_}
	(($# == 0)) || [[ " $* " == *" $name "* ]] || continue
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
