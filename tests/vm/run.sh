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
#                        concern, so that they run only once, with the first alternative,
#                        in a VM of their own (see below for the default; emulation is slow)
#   --spread             each kernel has all tests with one of the alternatives only, which are dealt
#                        out in turn, and some of hooks with each of the others; those that
#                        run only once do so on the first and the last kernel
#   --jobs N             VMs at the same time (default 1); they wait for much of their time
#   --cpus N             of each VM (default 2)
#   --minutes N          for all together: tests that have not begun by then are skipped,
#                        and tell it
#   --timeout SECONDS    for each VM (default 3600)
#   --memory SIZE        of each VM (default 1G)
#   --env NAME=VALUE     for the tests (repeatable)
#   --with-bin NAME      one more program of this machine into the guest (repeatable)
#   --verbose            pass on the output of the tests as it comes
#
# Each alternative has a VM of its own. BUILD names the build directory (default build).  Writes
# BUILD/vmtest.md and BUILD/vmtest/SERIES/VM/{output,console}.log, and closes with one line
# 'vm: N passed, N failed, N skipped'.  A kernel that can't be had is a skip.
# Exit status: 0, 1 something failed, 2 usage.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=report.sh
. "$vm_dir/report.sh"

root=$(cd "$vm_dir/../.." && pwd)
build=${BUILD:-$root/build}
once='cli create create_pairs create_run dead doctor enter enter_find explain explain_dev explain_events explain_ns explain_refused faults filecaps filter headless holds hooks ls ls_peer lxc netdev netdev_kinds netns reasons signals words'
kernels=ci alternatives='auto fentry kprobe tracepoint' jobs=1 timeout=3600 verbose=0 deadline='' spread=0
# What --spread has of the alternatives that are another kernel's.
few='hooks_ scenario_ rights_'
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
		--spread) spread=1 ;;
		--kernels | --alternatives | --once | --jobs | --cpus | --minutes | --timeout | --with-bin | --memory | --env)
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
	--jobs | --cpus | --minutes | --timeout)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || vm_usage_error "$1 $2: not a number above 0"
		;;
	esac
	case $1 in
	--kernels) kernels=$2 ;;
	--alternatives) alternatives=$2 ;;
	--once) once=$2 ;;
	--jobs) jobs=$2 ;;
	--cpus) boot_options+=(--cpus "$2") ;;
	--minutes) deadline=$((EPOCHSECONDS + 60 * $2)) ;;
	--timeout) timeout=$2 ;;
	--memory | --env) boot_options+=("$1" "$2") ;;
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

# vms_of_all: a line for each VM, what this is about first: the kernel, the VM's name, the alternative,
# the part of the tests.
vms_of_all() {
	local alternative kernel part=hooks

	((${#tests[@]} == 0)) || part=named
	for alternative in $alternatives; do
		for kernel in $kernels; do
			echo "$kernel $alternative $alternative $part"
		done
	done
	[[ $part == named ]] && return
	for kernel in $kernels; do
		echo "$kernel once ${alternatives%% *} once"
	done
}

# The same for --spread; the long ones first.
vms_of_spread() {
	local kernel i=0 ways series first last
	read -ra ways <<<"$alternatives"
	read -ra series <<<"$kernels"
	first=${series[0]} last=${series[-1]}

	for kernel in "${series[@]}"; do
		echo "$kernel ${ways[i]} ${ways[i]} hooks"
		i=$(((i + 1) % ${#ways[@]}))
	done
	for kernel in $(printf '%s\n' "$first" "$last" | uniq); do
		echo "$kernel once ${ways[0]} once"
	done
	for ((i = 0; i < ${#series[@]} * ${#ways[@]}; i++)); do
		((i / ${#ways[@]} % ${#ways[@]} == i % ${#ways[@]})) ||
			echo "${series[i / ${#ways[@]}]} ${ways[i % ${#ways[@]}]} ${ways[i % ${#ways[@]}]} few"
	done
}

vms() {
	if ((spread && ${#tests[@]} == 0)); then
		vms_of_spread
	else
		vms_of_all
	fi
}

# boot_vm SERIES NAME ALTERNATIVE PART: its logs, outcome.tsv and report.txt below
# $results/SERIES/NAME.
boot_vm() {
	local out=$results/$1/$2 command named=${tests[*]-}

	[[ $4 != few ]] || named=$few
	mkdir -p "$out"
	# When run.sh is stopped, so are its VMs.
	command=(setpriv --pdeathsig TERM "$vm_dir/boot.sh" "$1" "$work/payload" --out "$out"
		--timeout $((timeout + 70))
		--env "VM_ALTERNATIVES=$3" --env "VM_ALTERNATIVE_TIMEOUT=$timeout"
		--env "VM_PART=$4" --env "VM_ONCE=$once" --env "VM_TESTS=$named"
		${boot_options[@]+"${boot_options[@]}"})
	[[ -z $deadline ]] || command+=(--env "VM_SECONDS_LEFT=$((deadline - EPOCHSECONDS))")
	# The exit status is of no use: what matters is told by the outcomes.
	if ((verbose)); then
		"${command[@]}" 2>"$out/boot.log" | sed -u "s/^/$1 $2: /" || true
	else
		"${command[@]}" >/dev/null 2>"$out/boot.log" || true
	fi
	tell_outcome "$1" "$2" "$3" >"$out/report.txt"
	# At once, so that the reports of two VMs do not mix.
	cat "$out/report.txt"
}

# tell_outcome SERIES NAME ALTERNATIVE
tell_outcome() {
	local kernel=$1 out=$results/$1/$2 alternative=$3 state line seconds

	state=$(cat "$out/status" 2>/dev/null || echo 'failed: boot.sh ended early')
	if [[ $state == unavailable:* ]]; then
		printf '%s\t%s\tskipped\tkernel\t%s\n' "$kernel" "$alternative" "${state#unavailable: }" >"$out/outcome.tsv"
		echo "$kernel $2: skipped: ${state#unavailable: }"
		return 0
	fi
	[[ -e $out/output.log ]] || : >"$out/output.log"
	awk -v kernel="$kernel" -v alternatives="$alternative" -v vm="$state" \
		-f "$vm_dir/outcome.awk" "$out/output.log" >"$out/outcome.tsv"
	line=$(outcome_count "$out/outcome.tsv" "$kernel" "$alternative")
	seconds=$(awk -F '\t' '$3 == "ran" { print $5 }' "$out/outcome.tsv")
	echo "$kernel $2: $line (${seconds:-?} s)"
	sed -n "s/^live: run twice: /$kernel $2: passed only when run again, or failed twice: /p" "$out/output.log"
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
	local vm pid running=0

	while read -ra vm; do
		if ((running >= jobs)); then
			wait -n || true
			running=$((running - 1))
		fi
		boot_vm "${vm[@]}" &
		job_pids+=("$!")
		running=$((running + 1))
	done < <(vms)
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
		cat "$results/$kernel"/*/outcome.tsv
	done >"$results/outcome.tsv"
	report_markdown "$results/outcome.tsv" "$results" "$kernels" "$alternatives" >"$build/vmtest.md"
	echo "vm: $(outcome_count "$results/outcome.tsv" '' '')"
	! grep -q $'\tfailed\t' "$results/outcome.tsv"
}

main "$@"
