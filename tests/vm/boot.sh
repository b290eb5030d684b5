#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# boot.sh: boots a Debian kernel under qemu's software emulation and runs
# something in it as root.
#
#   boot.sh SERIES PAYLOAD_DIR [OPTION...]       runs PAYLOAD_DIR/run
#   boot.sh SERIES --cmd 'COMMANDS' [OPTION...]  runs the commands in bash
#
# SERIES is one of those that 'kernels.sh series' prints, or a directory with
# vmlinuz and modules.cpio.  The payload lies in /payload of the guest and runs
# there; libraries that its binaries need come along.  Its standard output and
# error are passed on as they come; what it leaves in /results of the guest is
# unpacked in DIR/results of --out.
#
#   --cmd COMMANDS     also possible with a PAYLOAD_DIR, which then needs no run
#   --add FILE         a file or directory into /payload (repeatable)
#   --with-bin NAME    a program of this machine, with its libraries (repeatable)
#   --with-tree DIR    all of a directory of this machine, at the same place
#   --env NAME=VALUE   environment of the payload (repeatable)
#   --out DIR          keep console.log, output.log, qemu.log, status and results/
#   --timeout SECONDS  the VM is killed after it (default 120)
#   --memory SIZE      default 1G
#   --append WORDS     more for the kernel's command line
#   --bare             PAYLOAD_DIR is all there is in the guest, no programs and no modules: its
#                      /init writes to ttyS1 what is to be seen, at last a line of the word behind
#                      nswatch.nonce= in /proc/cmdline and the exit status, and powers off
#   --modules          with --bare: the kernel's modules are there, in /usr/lib/modules/vm
#   --nic              an emulated network card (virtio), connected to nothing
#   --cpus N           emulated CPUs (default 2); one costs least where this machine has few
#   --icount           one CPU whose clocks count instructions, a nanosecond each:
#                      what is timed in the guest does not depend on this machine
#   --console          print the kernel's console when all is over
#
# Exit status: the payload's; 124 timeout; 125 the kernel panicked or the
# payload's end was never seen; 77 the kernel can't be had; 2 usage.  The first
# word of DIR/status tells which it was: exit, timeout, failed or unavailable.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly st_unavailable=77 st_timeout=124 st_failed=125

series='' payload='' commands='' out='' timeout=120 memory=1G append='' console=0 bare=0 modules=0
devices=()
# Of more CPU than this (AVX, five levels of page tables) the emulation only gets slower.
cpus=(-accel "tcg,thread=multi" -cpu qemu64 -smp 2)
added=() binaries=() trees=() environment=()
qemu_pid='' work=''

parse_arguments() {
	local operands=()

	while (($#)); do
		case $1 in
		-h | --help)
			vm_help
			exit 0
			;;
		--console) console=1 ;;
		--bare) bare=1 ;;
		--modules) modules=1 ;;
		--nic)
			devices=(-netdev "user,id=n0,restrict=on" -device "virtio-net-pci,netdev=n0,romfile=")
			append+=' nswatch.nic'
			;;
		--icount) cpus=(-accel "tcg,thread=single" -cpu max -smp 1 -icount "shift=0,sleep=off") ;;
		--cmd | --add | --cpus | --with-bin | --with-tree | --env | --out | --timeout | --memory | --append)
			(($# > 1)) || vm_usage_error "$1 needs an argument"
			set_option "$1" "$2"
			shift
			;;
		-*) vm_usage_error "$1: no such option" ;;
		*) operands+=("$1") ;;
		esac
		shift
	done
	series=${operands[0]:-}
	payload=${operands[1]:-}
	[[ -n $series ]] || vm_usage_error 'which kernel?'
	((${#operands[@]} < 3)) || vm_usage_error "${operands[2]}: one argument too many"
	[[ -n $commands || -n $payload ]] || vm_usage_error 'what to run: a payload directory or --cmd'
	[[ -z $payload || -d $payload ]] || vm_usage_error "$payload: not a directory"
	if ((bare)); then
		[[ -x $payload/init ]] || vm_usage_error "--bare: no executable init in a PAYLOAD_DIR"
		return
	fi
	[[ -n $commands || -x $payload/run ]] || vm_usage_error "$payload/run: not an executable file"
}

set_option() {
	case $1 in
	--cmd) commands=$2 ;;
	--add) added+=("$2") ;;
	--with-bin) binaries+=("$2") ;;
	--with-tree) trees+=("$2") ;;
	--env)
		[[ $2 == [A-Za-z_]*=* ]] || vm_usage_error "--env $2: not NAME=VALUE"
		environment+=("$2")
		;;
	--out) out=$2 ;;
	--timeout)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || vm_usage_error "--timeout $2: not a number of seconds"
		timeout=$2
		;;
	--memory) memory=$2 ;;
	--cpus)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || vm_usage_error "--cpus $2: not a number above 0"
		cpus[5]=$2
		;;
	--append) append+=" $2" ;;
	esac
}

add_trees() {
	local root=$1 tree dir

	for tree in ${trees[@]+"${trees[@]}"}; do
		tree=$(realpath "$tree")
		dir=$(dirname "$root$tree")
		mkdir -p "$dir"
		cp -a "$tree" "$dir/"
	done
}

# The commands become the payload's run, unless it has one that they may call.
write_commands() {
	[[ -n $commands ]] || return 0
	printf '#!/usr/bin/bash\n%s\n' "$commands" >"$1/payload/.commands"
	chmod 755 "$1/payload/.commands"
}

# payload_tree ROOT: what the guest gets beyond base and modules.
payload_tree() {
	local root=$1 file

	mkdir -p "$root/payload"
	[[ -z $payload ]] || cp -a "$payload/." "$root/payload/"
	for file in ${added[@]+"${added[@]}"}; do
		cp -aL "$file" "$root/payload/" || vm_die "cannot add $file"
	done
	write_commands "$root"
	add_trees "$root"
	write_environment >"$root/vm.env"
}

# host_files ROOT: the host's programs that were asked for, and the libraries that
# they and the payload need, but for what the base brings.
host_files() {
	local name file programs=() elves=()

	for name in ${binaries[@]+"${binaries[@]}"}; do
		file=$(type -P "$name") || vm_die "--with-bin $name: no such program here"
		programs+=("$file")
	done
	while IFS= read -r -d '' file; do
		! vm_is_elf "$file" || elves+=("$file")
	done < <(find "$1/payload" -type f -perm -u+x -print0)
	set -- ${programs[@]+"${programs[@]}"} ${elves[@]+"${elves[@]}"}
	(($#)) || return 0
	{
		((${#programs[@]} == 0)) || printf '%s\n' "${programs[@]}"
		vm_libraries "$@"
	} | vm_canonical | { grep -Fxvf "$base.list" || true; }
}

write_environment() {
	local run=./run

	[[ -z $commands ]] || run=./.commands
	printf '%s=%q\n' HOME /root USER root TERM dumb LANG C.UTF-8 \
		NSWATCH_VM 1 NSWATCH_VM_KERNEL "$series" NSWATCH_VM_RESULTS /results VM_RUN "$run"
	for name in ${environment[@]+"${environment[@]}"}; do
		printf '%s=%q\n' "${name%%=*}" "${name#*=}"
	done
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	# Only the process that we started; timeout(1) ends its qemu with it.
	[[ -z $qemu_pid ]] || kill "$qemu_pid" 2>/dev/null || true
	[[ -z $work ]] || rm -rf "$work"
}

# pass_on: the payload's output without the line that marks its end, and without
# the empty line that sets that line off from an unfinished one.  In bash, as
# Debian's awk would read a block before it prints a line.
pass_on() {
	local line empty=0

	while IFS= read -r line || [[ -n $line ]]; do
		[[ $line != "$nonce "* ]] || return 0
		((empty == 0)) || echo
		empty=0
		if [[ -z $line ]]; then
			empty=1
		else
			printf '%s\n' "$line"
		fi
	done
}

run_qemu() {
	local reader status=0

	rm -f "$work/output"
	mkfifo "$work/output"
	tee --output-error=warn-nopipe "$out/output.log" <"$work/output" | pass_on &
	reader=$!
	# timeout(1) also ends the VM when this script is killed outright.
	setpriv --pdeathsig TERM timeout --kill-after=5 "$timeout" \
		qemu-system-x86_64 -M pc "${cpus[@]}" -m "$memory" \
		-nodefaults -no-user-config -display none -no-reboot \
		${devices[@]+"${devices[@]}"} -kernel "$kernel/vmlinuz" -initrd "$work/initrd" \
		-append "console=ttyS0 panic=-1 quiet nokaslr tsc=unstable mitigations=off nswatch.nonce=$nonce $append" \
		-serial "file:$out/console.log" -serial "file:$work/output" -serial "file:$work/results.tar" \
		</dev/null >"$out/qemu.log" 2>&1 &
	qemu_pid=$!
	wait "$qemu_pid" || status=$?
	qemu_pid=
	# qemu opens the port's file only if it starts at all.
	((status != 1 && status < 126)) || : >"$work/output"
	wait "$reader"
	return "$status"
}

show_console() {
	vm_note "the end of the kernel's console ($series):"
	tail -n "$1" "$out/console.log" | tr -d '\r' | sed 's/^/    /' >&2
}

fail() {
	vm_note "$series: $*"
	echo "failed: $*" >"$out/status"
	[[ ! -s $out/qemu.log ]] || sed 's/^/    qemu: /' "$out/qemu.log" >&2
	show_console 40
	exit "$st_failed"
}

# conclude QEMU-STATUS: exits with what the payload exited with.
conclude() {
	local status

	mkdir -p "$out/results"
	[[ ! -s $work/results.tar ]] || tar -xf "$work/results.tar" -C "$out/results" 2>/dev/null ||
		vm_note "the results did not come over whole"
	if (($1 == 124 || $1 == 137)); then
		vm_note "$series: killed after $timeout seconds"
		echo timeout >"$out/status"
		show_console 20
		exit "$st_timeout"
	fi
	((console == 0)) || show_console 10000
	if grep -aq 'Kernel panic - not syncing' "$out/console.log"; then
		fail 'the kernel panicked'
	fi
	status=$(awk -v nonce="$nonce" '$1 == nonce && length($2) > length(status) { status = $2 }
		END { print status }' "$out/output.log")
	[[ $status =~ ^[0-9]+$ ]] || fail "no end of the payload seen (qemu ended with $1)"
	echo "exit $status" >"$out/status"
	# Left by init when the kernel's log holds a warning or worse.
	if [[ -e $out/results/dmesg ]]; then
		vm_note "$series: the kernel complained; the end of its log:"
		tail -n 60 "$out/results/dmesg" | sed 's/^/    /' >&2
	fi
	exit "$status"
}

pack_initrd() {
	local base

	base=$("$vm_dir/base.sh")
	mkdir "$work/root"
	payload_tree "$work/root"
	host_files "$work/root" >"$work/host-files"
	cat "$base" "$kernel/modules.cpio"
	vm_pack_host <"$work/host-files"
	vm_pack "$work/root"
}

main() {
	parse_arguments "$@"
	vm_need qemu-system-x86_64 setpriv timeout tar
	work=$(mktemp -d "${TMPDIR:-/tmp}/nswatch-vm.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	[[ -n $out ]] || out=$work/out
	mkdir -p "$out"
	rm -rf "$out"/{status,results,release}
	if [[ -d $series ]]; then
		kernel=$series
	elif ! kernel=$("$vm_dir/kernels.sh" get "$series" 2>"$work/why"); then
		cat "$work/why" >&2
		echo "unavailable: $(sed -n '$s/^kernels.sh: //p' "$work/why")" >"$out/status"
		exit "$st_unavailable"
	fi
	cp "$kernel/release" "$out/release" 2>/dev/null || basename "$kernel" >"$out/release"
	nonce=end-$(od -An -N 8 -t x8 /dev/urandom | tr -d ' ')
	if ((bare)); then
		vm_pack "$payload" >"$work/initrd"
		((modules == 0)) || cat "$kernel/modules.cpio" >>"$work/initrd"
	else
		pack_initrd >"$work/initrd"
	fi
	local status=0
	run_qemu || status=$?
	# An emulated CPU may run into the int3 of a patch under way (CPUs in threads of their own)
	# while the kernel comes up: what was to be run had no part in it.
	if grep -aq 'Kernel panic - not syncing' "$out/console.log" && [[ ! -s $out/output.log ]]; then
		vm_note "$series: the kernel panicked before the payload began; booted once more"
		status=0
		run_qemu || status=$?
	fi
	conclude "$status"
}

main "$@"
