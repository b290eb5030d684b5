#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# guest.sh - the part of vm.sh that runs in the virtual machine.
set -u
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

# Seconds until COMMAND has said its first line that matches, then it is ended.
ready() {
	local begin end
	begin=$(date +%s.%N)
	"$@" >/dev/null 2>&1
	end=$(date +%s.%N)
	awk -v b="$begin" -v e="$end" 'BEGIN { printf "%.3f\n", e - b }'
}

echo "kernel $(uname -r), in a virtual machine"
row CLAIM MEASURED GOAL COMMAND
for alt in fentry kprobe tracepoint; do
	row "fork+exit loop, $alt" "$(cost 5 fork 20 20 -- --hook all=$alt)" "<= 1.03" "loop fork 20 20"
	row "getppid loop, $alt" "$(cost 5 getppid 20 20000 -- --hook all=$alt)" "<= 1.01" "loop getppid 20 20000"
done
nswatch=$(for _ in 1 2 3 4 5; do ready "$NSWATCH" trace -q --duration 0; done | median)
bpftrace=$(for _ in 1 2 3 4 5; do ready bpftrace tests/bench/ready.bt; done | median)
row "ready, nswatch : bpftrace" "$(awk -v a="$nswatch" -v b="$bpftrace" 'BEGIN { printf "%.2f", a / b }')" \
	"<= 0.33" "trace --duration 0 : bpftrace ready.bt"
