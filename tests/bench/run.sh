#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [--vm KERNELS] - what tracing and listing cost, as ratios measured in one run; medians of pairs.
# With --vm also in virtual machines, where fentry, kprobe and bpftrace can be had.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
vm=
[ "${1:-}" = --vm ] && vm=${2:?which kernels}
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
make -s -j"$(nproc)" all helpers bench-bins || exit 1

storm() {
	local seconds=$1 file made seen lost
	file=$(mktemp)
	tracer_start -w "$file"
	made=$("$HELPERS/storm" "$seconds" 2)
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$TRACER/status")
	tracer_stop
	seen=$("$NSWATCH" trace -r "$file" -J -e unshare -c storm | wc -l)
	lost=$(grep -o 'no record lost\|[0-9]* records\? lost' <<<"$TRACER_SAID")
	rm -f "$file"
	row "storm of unshare+exit, $seconds s, 2 workers" "$lost" "none" "storm $seconds 2; trace -w FILE"
	row "  events shown : counted by the storm" "$seen:$made" "equal" ""
	row "  memory of nswatch under it" "$((rss / 1024)) MB" "<= 16 MB" "VmRSS"
}

echo "kernel $(uname -r), hooks as nswatch chooses them"
peers
row CLAIM MEASURED GOAL COMMAND
row "fork+exit loop, attached : detached" "$(cost 9 fork 40 100)" "<= 1.03" "loop fork 40 100"
row "getppid loop, attached : detached" "$(cost 9 getppid 40 100000)" "stated" "loop getppid 40 100000"
row "  without unshare, setns and fork-denied" \
	"$(cost 5 getppid 40 100000 -- -e clone,pidns-init,exec,exit --hook clone=tracepoint)" "stated" ""
tests/bench/tracers.sh
storm 10
have unshare && have nsenter && tests/bench/actions.sh
have ip && tests/bench/net.sh
tests/bench/ls.sh
tests/bench/explain.sh
tests/bench/history.sh | tail -n +2
tests/bench/before.sh
[ -z "$vm" ] && exit 0
tests/bench/vm.sh "$vm"
