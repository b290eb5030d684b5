#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: the live tests on other kernels, in virtual machines.
#
#   run.sh [OPTION...] [TEST...]    TESTs are handed to tests/live/run.sh
#
#   --kernels LIST       series ('kernels.sh series'), all or ci (default ci)
#   --alternatives LIST  default 'auto fentry kprobe tracepoint': how the hooks
#                        are forced, by NSWATCH_FORCE_ALT
#   --once LIST          files (STEM of tests/live/STEM_test.sh) that forcing does not
#                        concern, so that they run with the first alternative only
#                        (default 'cli doctor filter hooks ls'; emulation is slow)
#   --jobs N             VMs at the same time (default 1)
#   --timeout SECONDS    for each alternative (default 1200)
#   --with-bin NAME      one more program of this machine into the guest (repeatable)
#   --verbose            pass on the output of the tests as it comes
#
# BUILD names the build directory (default build).  Writes BUILD/vmtest.md and
# BUILD/vmtest/SERIES/{output,console}.log, and closes with one line
# 'vm: N passed, N failed, N skipped'.  A kernel that can't be had is a skip.
# Exit status: 0, 1 something failed, 2 usage.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=report.sh
. "$vm_dir/report.sh"

root=$(cd "$vm_dir/../.." && pwd)
build=${BUILD:-$root/build}
kernels=ci alternatives='auto fentry kprobe tracepoint' once='cli doctor filter hooks ls lxc netdev netns' jobs=1 timeout=1200 verbose=0
# Tests of what becomes of a real network device have one here.
tests=() boot_options=(--nic) job_pids=()

parse_arguments() {
	while (($#)); do
		case $1 in
		-h | --help)
			vm_help
			exit 0
			;;
		--verbose) verbose=1 ;;
		--kernels | --alternatives | --once | --jobs | --timeout | --with-bin)
			(($# > 1)) || vm_usage_error "$1 needs an argument"
			set_option "$1" "$2"
			shift
			;;
		-*) vm_usage_error "$1: no such option" ;;
		*) tests+=("$1") ;;
		esac
		shift
	done
	case $kernels in
	all | ci) kernels=$("$vm_dir/kernels.sh" series "$kernels" | xargs) ;;
	esac
}

set_option() {
	case $1 in
	--jobs | --timeout)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || vm_usage_error "$1 $2: not a number above 0"
		;;
	esac
	case $1 in
	--kernels) kernels=$2 ;;
	--alternatives) alternatives=$2 ;;
	--once) once=$2 ;;
	--jobs) jobs=$2 ;;
	--timeout) timeout=$2 ;;
	--with-bin) boot_options+=(--with-bin "$2") ;;
	esac
}

# make_payload DIR: laid out as the repository is, so that tests find their files.
make_payload() {
	local file

	[[ -x $build/nswatch ]] || vm_die "$build/nswatch: not built"
	[[ -e $root/tests/live/run.sh ]] || vm_die "tests/live/run.sh is missing"
	mkdir -p "$1"/{build/tests,tests}
	cp "$build/nswatch" "$1/build/"
	[[ ! -d $build/tests/helpers ]] || cp -a "$build/tests/helpers" "$1/build/tests/"
	cp -a "$root/tests/live" "$1/tests/"
	for file in "$root"/tests/lib*.sh; do
		[[ ! -e $file ]] || cp -a "$file" "$1/tests/"
	done
	cp "$vm_dir/guest/run-live" "$1/run"
}

# boot_kernel SERIES: its logs, outcome.tsv and report.txt below $results/SERIES.
boot_kernel() {
	local out=$results/$1 count command

	count=$(wc -w <<<"$alternatives")
	mkdir -p "$out"
	# When run.sh is stopped, so are its VMs.
	command=(setpriv --pdeathsig TERM "$vm_dir/boot.sh" "$1" "$work/payload" --out "$out"
		--timeout $((count * (timeout + 10) + 60))
		--env "VM_ALTERNATIVES=$alternatives" --env "VM_ALTERNATIVE_TIMEOUT=$timeout"
		--env "VM_ONCE=$once" --env "VM_TESTS=${tests[*]-}" ${boot_options[@]+"${boot_options[@]}"})
	# The exit status is of no use: what matters is told by the outcomes.
	if ((verbose)); then
		"${command[@]}" 2>"$out/boot.log" | sed -u "s/^/$1: /" || true
	else
		"${command[@]}" >/dev/null 2>"$out/boot.log" || true
	fi
	tell_outcome "$1" >"$out/report.txt"
	# At once, so that the reports of two kernels do not mix.
	cat "$out/report.txt"
}

tell_outcome() {
	local kernel=$1 out=$results/$1 state alternative line seconds

	state=$(cat "$out/status" 2>/dev/null || echo 'failed: boot.sh ended early')
	if [[ $state == unavailable:* ]]; then
		printf '%s\t%s\tskipped\tkernel\t%s\n' "$kernel" any "${state#unavailable: }" >"$out/outcome.tsv"
		echo "$kernel: skipped: ${state#unavailable: }"
		return 0
	fi
	[[ -e $out/output.log ]] || : >"$out/output.log"
	awk -v kernel="$kernel" -v alternatives="$alternatives" -v vm="$state" \
		-f "$vm_dir/outcome.awk" "$out/output.log" >"$out/outcome.tsv"
	for alternative in $alternatives; do
		line=$(outcome_count "$out/outcome.tsv" "$kernel" "$alternative")
		seconds=$(awk -F '\t' -v a="$alternative" '$2 == a && $3 == "ran" { print $5 }' "$out/outcome.tsv")
		echo "$kernel $alternative: $line (${seconds:-?} s)"
	done
	sed -n "s/^live: run twice: /$kernel: passed only when run again, or failed twice: /p" "$out/output.log"
	show_failures "$out/outcome.tsv" "$out/output.log"
	# Messages of the harness: a panic, a timeout, a warning in the kernel's log.
	cat "$out/boot.log"
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	local pid

	for pid in ${job_pids[@]+"${job_pids[@]}"}; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	rm -rf "$work"
}

boot_all() {
	local kernel pid running=0

	for kernel in $kernels; do
		if ((running >= jobs)); then
			wait -n || true
			running=$((running - 1))
		fi
		boot_kernel "$kernel" &
		job_pids+=("$!")
		running=$((running + 1))
	done
	for pid in "${job_pids[@]}"; do
		wait "$pid" || true
	done
	job_pids=()
}

main() {
	parse_arguments "$@"
	results=$build/vmtest
	work=$(mktemp -d "${TMPDIR:-/tmp}/nswatch-vmtest.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	make_payload "$work/payload"
	for kernel in $kernels; do
		rm -rf "${results:?}/$kernel"
	done
	boot_all
	for kernel in $kernels; do
		cat "$results/$kernel/outcome.tsv"
	done >"$results/outcome.tsv"
	report_markdown "$results/outcome.tsv" "$results" "$kernels" "$alternatives" >"$build/vmtest.md"
	echo "vm: $(outcome_count "$results/outcome.tsv" '' '')"
	! grep -q $'\tfailed\t' "$results/outcome.tsv"
}

main "$@"
