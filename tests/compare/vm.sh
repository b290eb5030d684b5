#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm.sh [--events N] [SERIES...] - run.sh with every alternative of the hooks on Debian's kernels of
# these series (default 6.1 and 7.3), in virtual machines. N (default 20000) is for each alternative.
# Ends with 'compare: N passed, N failed, N skipped', of alternatives.
set -u
cd "$(dirname "$0")/../.." || exit 1
events=20000
if [[ ${1-} == --events ]]; then
	events=${2:?how many}
	shift 2
fi
series=("$@")
((${#series[@]})) || series=(6.1 7.3)
passed=0 failed=0 skipped=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp"/payload/{build/tests/helpers,tests}
cp build/nswatch "$tmp/payload/build/"
cp build/tests/helpers/nscalls "$tmp/payload/build/tests/helpers/"
cp -a tests/compare "$tmp/payload/tests/"

for kernel in "${series[@]}"; do
	for alternative in fentry kprobe tracepoint; do
		tests/vm/boot.sh "$kernel" "$tmp/payload" --with-bin strace --timeout 3600 --out "$tmp/out" \
			--cmd "tests/compare/run.sh --events $events $alternative" >"$tmp/said" 2>&1
		case $? in
		0) passed=$((passed + 1)) ;;
		77) skipped=$((skipped + 1)) ;;
		*) failed=$((failed + 1)) ;;
		esac
		sed "s/^/$kernel: /" "$tmp/said"
	done
done
echo "compare: $passed passed, $failed failed, $skipped skipped"
exit $((failed > 0))
