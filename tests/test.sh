#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh [--packages] [--vm KERNELS [TEST...]] - installs what is missing, builds, and runs every test that this
# kernel can run: lint, unit, golden, the same under the sanitizers, live, the comparison with strace; with --vm also the live
# tests in virtual machines, the alternatives of the hooks spread over the KERNELS, with one CPU each,
# which costs least, and those of races also with two. --packages adds the package and the tarball on
# Debian 12 and 13 and the static program on the KERNELS. With TEST, those whose names begin with it, with
# every alternative on every kernel. NSWATCH_VM_MINUTES ends both: what is left is skipped, and counted
# so. Ends with the sum of all runners' closing lines.
set -u
cd "$(dirname "$0")/.." || exit 1
vm='' packages=''
if [ "${1:-}" = --packages ]; then
	packages=yes
	shift
fi
if [ "${1:-}" = --vm ]; then
	vm=${2:?which kernels}
	shift 2
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "test.sh: the live tests need root; without it: make check" >&2
	exit 1
fi
passed=0 failed=0 skipped=0 broken=0
log=$(mktemp)
trap 'rm -f "$log"; tests/give_back.sh' EXIT

# run TITLE COMMAND...: shows its output and adds what its closing line says.
run() {
	local title=$1 line rc
	shift
	echo "== $title"
	"$@" 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	line=$(grep -E '^([a-z]+: )?[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	if [ -z "$line" ]; then
		echo "== $title: ended with $rc and without its closing line"
		broken=$((broken + 1))
		return
	fi
	read -r p f s < <(sed -E 's/^[a-z]+: //; s/[^0-9 ]//g' <<<"$line")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	[ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && broken=$((broken + 1))
}

groups=(build check live clangs)
[ -n "$vm" ] && groups+=(vm)
[ -n "$packages" ] && groups+=(package metrics fleet)
tests/deps.sh "${groups[@]}" || exit 1
echo "== build"
make -j"$(nproc)" WERROR=1 all helpers unit-bins clangs || exit 1
make -j"$(nproc)" WERROR=1 SAN=address,undefined all unit-bins corpus-bins || exit 1
run lint make -s lint
run unit make -s unit
run golden make -s golden
run corpora make -s corpus
run docs make -s doctest
run install make -s installtest
run "unit under the sanitizers" make -s unit SAN=address,undefined
run "golden under the sanitizers" make -s golden SAN=address,undefined
run "corpora under the sanitizers" make -s corpus SAN=address,undefined
run live tests/live/run.sh
run "compare with strace" tests/compare/run.sh
if [ -n "$packages" ]; then
	run packages make -s debtest
	# shellcheck disable=SC2086 # a list
	run "static program" tests/package/static.sh ${vm:-6.1}
fi
# vms TITLE OPTION... [TEST...]: what both have of NSWATCH_VM_MINUTES is what is left of them.
vms_end=$((EPOCHSECONDS + 60 * ${NSWATCH_VM_MINUTES:-0}))
vms() {
	local title=$1 left=$(((vms_end - EPOCHSECONDS + 59) / 60))
	shift
	run "$title" tests/vm/run.sh --kernels "$vm" \
		${NSWATCH_VM_MINUTES:+--minutes "$((left > 0 ? left : 1))"} "$@"
}

if [ -n "$vm" ]; then
	[ $# -gt 0 ] || vms "virtual machines, two CPUs" --jobs 2 \
		--alternatives "fentry tracepoint" scenario_ storm_record pidns_killed fork_denied_signal faults_cpu
	vms "virtual machines" --spread --jobs 3 --cpus 1 --alternatives "fentry tracepoint kprobe" "$@"
fi
failed=$((failed + broken))
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
