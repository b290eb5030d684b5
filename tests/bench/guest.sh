#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# guest.sh cost|ready - the parts of vm.sh that run in the virtual machine.
set -u
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

# The clock at which a command is started that waits until a tracer is ready, in ns.
stamp() { "$HELPERS/nsact" now | awk '{ print $2 }'; }

# ready COMMAND...: ns until the tracer starts `nsact now`, which says when that is.
ready() {
	local begin end
	begin=$(stamp)
	end=$("$@" 2>/dev/null | awk '$1 == "now" { print $2 }')
	echo $((end - begin))
}

nswatch_ready() { ready "$NSWATCH" trace -J -q -- "$HELPERS/nsact" now; }
bpftrace_ready() { ready bpftrace -c "$HELPERS/nsact now" tests/bench/ready.bt; }

bench_ready() {
	local i a b
	for i in 1 2 3 4 5; do
		a=$(nswatch_ready)
		b=$(bpftrace_ready)
		awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f\n", a / b }'
	done | median
}

# In a machine that counts instructions, so that little repetition is needed.
bench_cost() {
	local alt
	for alt in fentry kprobe tracepoint; do
		row "fork+exit loop, $alt, instructions" "$(cost 3 fork 5 20 -- --hook all=$alt)" \
			"<= 1.03" "loop fork 5 20"
		row "getppid loop, $alt, instructions" "$(cost 3 getppid 5 2000 -- --hook all=$alt)" \
			"<= 1.01" "loop getppid 5 2000"
	done
}

# In MB, when all hooks are attached with fentry, and after what a storm of a second leaves.
bench_memory() {
	tracer_start -w /dev/null --hook all=fentry
	"$HELPERS/storm" 1 2 >/dev/null
	awk '/^VmRSS/ { printf "%d MB\n", $2 / 1024 }' "/proc/$TRACER/status"
	tracer_stop
}

case $1 in
cost) bench_cost ;;
ready)
	row "ready, nswatch : bpftrace" "$(bench_ready)" "<= 0.33" \
		"trace -- nsact now : bpftrace -c 'nsact now' ready.bt"
	row "memory of nswatch under a storm" "$(bench_memory)" "<= 16 MB" "VmRSS"
	;;
esac
