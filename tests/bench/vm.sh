#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm.sh KERNELS - the costs of each alternative, and the time until bpftrace and nswatch are ready,
# in virtual machines.
set -u
cd "$(dirname "$0")/../.." || exit 1
tests/deps.sh vm bench || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh

payload=$(mktemp -d)
trap 'rm -rf "$payload"' EXIT
mkdir -p "$payload"/{build/tests/helpers,tests/bench}
cp build/nswatch "$payload/build/"
cp build/tests/helpers/{loop,storm,nsact} "$payload/build/tests/helpers/"
cp tests/bench/{lib.sh,guest.sh,ready.bt} "$payload/tests/bench/"
for kernel in $1; do
	echo "kernel $kernel, in a virtual machine"
	row CLAIM MEASURED GOAL COMMAND
	tests/vm/boot.sh "$kernel" "$payload" --icount --timeout 1200 \
		--cmd "bash tests/bench/guest.sh cost"
	tests/vm/boot.sh "$kernel" "$payload" --with-bin bpftrace --memory 2G --timeout 600 \
		--cmd "bash tests/bench/guest.sh ready"
done
