#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [NAME...] - runs the live tests (all, or those whose names begin so) on this kernel.
#
# A test is a function t_NAME in a file tests/live/*_test.sh. Each runs in a shell of its own with
# a directory of its own, and says "ok", "not ok NAME: why" or "skip NAME: why".
#
# NSWATCH            the binary; build/nswatch
# NSWATCH_HELPERS    the helper programs; build/tests/helpers
# NSWATCH_AGAIN      1: what fails is run once more, and named at the end; for emulated machines,
#                    whose clocks and scheduler are not those of any real one
# NSWATCH_TIMES      1: says how many seconds each test took
# NSWATCH_PATIENCE   seconds that a test waits for what should come at once; from 60 on, as the machine is slow
# NSWATCH_DEADLINE   seconds since 1970: tests that would begin later are skipped, which they tell
# NSWATCH_FORCE_ALT  fentry, kprobe or tracepoint: every trace is forced to it where a hook has it
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
export NSWATCH=${NSWATCH:-$top/build/nswatch}
export NSWATCH_HELPERS=${NSWATCH_HELPERS:-$top/build/tests/helpers}
export NSWATCH_LIVE=$here
export LC_ALL=C.UTF-8
# What tests of one run share.
NSWATCH_SHARED=$(mktemp -d)
export NSWATCH_SHARED
trap 'rm -rf "$NSWATCH_SHARED"' EXIT
passed=0 failed=0 skipped=0 again=()

# Tests also run the program as other users. Where they can't reach it, below a home of mode 0700, a copy
# stands where they can.
public() { setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$1"; }
publish() {
	local place dir

	public "$NSWATCH" && return
	for place in "$NSWATCH_SHARED" /tmp /var/tmp /run; do
		dir=$(mktemp -d -p "$place" nswatch-live.XXXXXX) || continue
		chmod 711 "$NSWATCH_SHARED" "$dir"
		cp "$NSWATCH" "$dir/nswatch" && cp -a "$NSWATCH_HELPERS" "$dir/helpers" && chmod -R go+rX "$dir"
		if public "$dir/nswatch"; then
			# shellcheck disable=SC2064 # the directory as it is now
			trap "rm -rf '$dir' '$NSWATCH_SHARED'" EXIT
			echo "live: a copy in $dir is tested: other users can't reach $NSWATCH"
			NSWATCH=$dir/nswatch NSWATCH_HELPERS=$dir/helpers
			return
		fi
		rm -rf "$dir"
	done
	echo "live: the tests' other users can't reach $NSWATCH, nor any of /tmp, /var/tmp, /run (modes? noexec?)" >&2
	exit 2
}

wanted() {
	local name=$1 w
	shift
	[ $# -eq 0 ] && return 0
	for w in "$@"; do
		[ "${name#"$w"}" != "$name" ] && return 0
	done
	return 1
}

# The test's own talk stays in its log and is shown only when it fails. Its status in $RC, its reason
# in $WHY.
run_once() {
	local file=$1 name=$2 dir

	dir=$(mktemp -d)
	timeout -k 5 "${NSWATCH_TEST_TIMEOUT:-300}" \
		bash "$here/one.sh" "$file" "$name" "$dir" >"$dir/log" 2>&1 </dev/null
	RC=$?
	WHY=$(head -n 1 "$dir/why" 2>/dev/null)
	[ $RC -eq 124 ] && WHY="took longer than ${NSWATCH_TEST_TIMEOUT:-300} s"
	LOG=$(sed 's/^/    /' "$dir/log" | tail -n 60)
	rm -rf "$dir"
}

run_one() {
	local name=$2 started=$EPOCHSECONDS took=

	if [ -n "${NSWATCH_DEADLINE:-}" ] && [ "$started" -ge "$NSWATCH_DEADLINE" ]; then
		echo "skip $name: the time given for all tests was over"
		skipped=$((skipped + 1))
		return
	fi
	run_once "$@"
	if [ "${NSWATCH_AGAIN:-0}" = 1 ] && [ $RC -ne 0 ] && [ $RC -ne 77 ]; then
		echo "again $name: ${WHY:-exit status $RC}"
		echo "$LOG"
		again+=("$name")
		run_once "$@"
	fi
	[ "${NSWATCH_TIMES:-0}" = 0 ] || took=" ($((EPOCHSECONDS - started)) s)"
	case $RC in
	0)
		echo "ok $name$took"
		passed=$((passed + 1))
		;;
	77)
		echo "skip $name: ${WHY:-no reason given}"
		skipped=$((skipped + 1))
		;;
	*)
		echo "not ok $name: ${WHY:-exit status $RC}"
		echo "$LOG"
		failed=$((failed + 1))
		;;
	esac
}

if [ "$(id -u)" -ne 0 ]; then
	echo "live tests make namespaces and load BPF programs: run them as root" >&2
	exit 2
fi
asked=$EPOCHSECONDS
"$NSWATCH" doctor --json >"$NSWATCH_SHARED/doctor.json" || {
	echo "$NSWATCH doctor failed, and tests want to know what this kernel allows" >&2
	exit 2
}
# How long a test waits for what should come at once: longer where the machine is slow or busy, which
# doctor, a matter of two seconds elsewhere, has shown.
export NSWATCH_PATIENCE=${NSWATCH_PATIENCE:-$((60 + 15 * (EPOCHSECONDS - asked)))}
publish
for file in "$here"/*_test.sh; do
	while read -r name; do
		wanted "$name" "$@" && run_one "$file" "$name"
	done < <(sed -n 's/^t_\([a-z0-9_]*\)().*/\1/p' "$file")
done
[ ${#again[@]} -eq 0 ] || echo "live: run twice: ${again[*]}"
echo "live: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
