#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [--events N] [--seed N] [ALTERNATIVE...] - nswatch against strace: both watch the calls of
# nscalls (tests/helpers), and every thread must have the same calls with the same flags, results,
# children, targets and changed namespaces, in the same order.
#
# Rounds of seeds of their own follow each other until N events (default 20000) were compared, with
# each ALTERNATIVE of the hooks (default: auto, what nswatch takes by itself here; fentry, kprobe,
# tracepoint). A round that fails names its seed and keeps its files in build/compare.
# Needs root. Ends with 'compare: N passed, N failed, N skipped', of rounds.
set -u
cd "$(dirname "$0")/../.." || exit 1
nswatch=${NSWATCH:-build/nswatch}
calls=${NSWATCH_HELPERS:-build/tests/helpers}/nscalls
kept=build/compare
want=20000 seed=1 passed=0 failed=0 skipped=0
# Calls of each round: the numbers of processes are not to come round.
round=1000
alternatives=()

usage() {
	echo "run.sh: $*" >&2
	exit 2
}

while (($#)); do
	case $1 in
	--events | --seed)
		[[ ${2-} =~ ^[1-9][0-9]*$ ]] || usage "$1 ${2-}: not a number above 0"
		[[ $1 == --seed ]] && seed=$2 || want=$2
		shift
		;;
	auto | fentry | kprobe | tracepoint) alternatives+=("$1") ;;
	*) usage "$1: neither an option nor an alternative (auto, fentry, kprobe, tracepoint)" ;;
	esac
	shift
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# closing: nothing to run is a skip with its reason.
closing() {
	echo "compare: $passed passed, $failed failed, $skipped skipped"
	exit $((failed > 0))
}
for program in strace jq awk; do
	type -P "$program" >/dev/null && continue
	echo "skipped: no $program here"
	skipped=1
	closing
done

# watch ALTERNATIVE SEED DIR: files of strace, facts and events in DIR. The filter in the kernel lets all
# other calls run without a stop: it makes the round ten times as fast. What nswatch calls lost fails the
# round, too; the events are there to be looked at all the same.
watch() {
	local force=() rc
	[[ $1 == auto ]] || force=(--hook "all=$1")
	timeout -k 5 "${NSWATCH_TEST_TIMEOUT:-120}" "$nswatch" trace ${force[@]+"${force[@]}"} --strict -J --no-notes \
		-e unshare,setns,clone,exec,fork-denied,pidns-init -- \
		strace -ff --seccomp-bpf -X raw --decode-fds=path,pidfd \
		-e trace=unshare,setns,clone,clone3,fork,vfork,execve -e quiet=all \
		-o "$3/strace" "$calls" "$2" "$round" 9>>"$3/facts" >"$3/json" 2>"$3/err"
	rc=$?
	# gojq, which stands in for jq in small systems, knows no numbers of lines.
	jq -r -f tests/compare/events.jq "$3/json" | awk -F '\t' -v OFS='\t' '{ $16 = NR } 1' >"$3/events"
	return $((PIPESTATUS[0] ? PIPESTATUS[0] : rc))
}

# left_out DIR: how many runs of hooks the kernel left out, as the trace itself tells; 0 where it tells of
# another loss, too.
left_out() {
	jq -r 'select(.event == "lost") | [.why, .count] | @tsv' "$1/json" |
		awk '$1 == "program" { n += $2 } $1 != "program" && $1 != "call" { other = 1 } END { print other ? 0 : n + 0 }'
}

# compared ALTERNATIVE SEED: how many events were, in $events. Where the trace tells that the kernel left out
# runs of hooks (status 4), as many threads may differ, and no more.
compared() {
	local dir=$tmp/$1-$2 exact=1 said rc=0 awk_rc out differ
	# Without a hook on kernel_clone() the flags of a plain fork that fails are not known.
	[[ $1 == tracepoint || ($1 == auto && $auto_inferred == 1) ]] && exact=0
	mkdir "$dir"
	watch "$1" "$2" "$dir" || rc=$?
	said=$(awk -v exact="$exact" -f tests/compare/compare.awk "$dir/facts" "$dir/events" \
		"$dir"/strace.* 2>&1)
	awk_rc=$?
	out=$(left_out "$dir")
	differ=${said##*, } differ=${differ% differences}
	if ((rc == 4 && awk_rc < 2 && out > 0)) && [[ $differ =~ ^[0-9]+$ ]] && ((differ <= out)); then
		rc=0 awk_rc=0 said+=", $out runs of hooks left out"
	fi
	((awk_rc == 0)) || rc=1
	if ((awk_rc == 3)); then
		echo "$1, seed $2: not counted: ${said##*$'\n'}"
		rm -rf "$dir"
		events=0
		return
	fi
	read -r events _ <<<"${said##*$'\n'}"
	[[ $events =~ ^[0-9]+$ ]] || events=0
	if ((rc == 0 && events > 0)); then
		rm -rf "$dir"
		echo "$1, seed $2: ${said##*$'\n'}"
		passed=$((passed + 1))
		return
	fi
	rm -rf "${kept:?}/$1-$2"
	mkdir -p "$kept" && mv "$dir" "$kept/"
	echo "FAILED $1, seed $2 (status $rc; files in $kept/$1-$2):"
	cat "$kept/$1-$2/err"
	echo "$said"
	failed=$((failed + 1))
}

for alternative in "${alternatives[@]:-auto}"; do
	auto_inferred=0
	if [[ $alternative == auto ]]; then
		"$nswatch" trace --hook all=fentry -e fork-denied -- true >/dev/null 2>&1 || auto_inferred=1
	elif ! why=$("$nswatch" trace --hook "setns=$alternative" -e setns -- true 2>&1); then
		echo "skipped $alternative: $why"
		skipped=$((skipped + 1))
		continue
	fi
	sum=0 number=$seed
	while ((sum < want && failed < 3)); do
		compared "$alternative" "$number"
		((sum += events, number++))
	done
	echo "$alternative: $sum events"
done
closing
