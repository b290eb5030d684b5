#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm.sh [--events N] [--alternatives "NAME..."] [SERIES...] - run.sh with these alternatives of the
# hooks (default: every one) on Debian's kernels of these series (default 6.1 and 7.3), in virtual
# machines. N (default 20000) is for each alternative. The files of rounds that fail are in
# build/compare/SERIES afterwards.
# Ends with 'compare: N passed, N failed, N skipped', of alternatives.
set -u
cd "$(dirname "$0")/../.." || exit 1
events=20000 alternatives=(fentry kprobe tracepoint)
while [[ ${1-} == --* ]]; do
	case $1 in
	--events) events=${2:?how many} ;;
	--alternatives) read -ra alternatives <<<"${2:?which}" ;;
	*)
		echo "vm.sh: $1: no such option" >&2
		exit 2
		;;
	esac
	shift 2
done
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
	for alternative in "${alternatives[@]}"; do
		tests/vm/boot.sh "$kernel" "$tmp/payload" --with-bin strace --timeout 3600 --out "$tmp/out" \
			--cmd "NSWATCH_TEST_TIMEOUT=900 tests/compare/run.sh --events $events $alternative
				rc=\$?; [ ! -d build/compare ] || cp -r build/compare /results/; exit \$rc" >"$tmp/said" 2>&1
		case $? in
		0) passed=$((passed + 1)) ;;
		77) skipped=$((skipped + 1)) ;;
		*)
			failed=$((failed + 1))
			mkdir -p "build/compare/$kernel"
			cp -r "$tmp"/out/results/compare/. "build/compare/$kernel/" 2>/dev/null
			;;
		esac
		sed "s/^/$kernel: /" "$tmp/said"
	done
done
echo "compare: $passed passed, $failed failed, $skipped skipped"
exit $((failed > 0))
