# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# As many events as this machine can make: none is lost with the default room, and with too little
# the lost ones are counted.

t_storm_record() {
	local made
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace --strict --linger 10s "${FORCE[@]}" -w "$T/rec" -- sh -c 'exec "$1" 3 2 >"$0"' \
		"$T/cmd.out" "$(helper storm)" 2>"$T/err"
	RC=$?
	# What is not there is told.
	expect_rc $(($(left_out) ? 4 : 0))
	made=$(cat "$T/cmd.out")
	[ "$made" -gt 0 ] || fail "there was no storm"
	"$NSWATCH" trace -r "$T/rec" -o EVENT,RESULT,INFERRED --raw --noheadings |
		sort | uniq -c >"$T/counts" || fail "exit status $? of -r"
	all_there "$(count_of unshare)" "$made" "calls"
	all_there "$(count_of exit)" "$made" "ends"
	all_there "$(count_of ns-create)" "$made" "namespaces made"
	all_there "$(count_of ns-free)" "$made" "namespaces gone"
	[ "$(count_of lost)" -eq 0 ] || [ "$(left_out)" -gt 0 ] || fail "records were lost: $(cat "$T/counts")"
}

# all_there COUNT MADE WHAT: so many are there, but for what the kernel left out.
all_there() {
	local missing=$(($2 - $1))

	[ "$missing" -ge 0 ] || fail "$1 of $2 $3"
	[ "$missing" -le "$(left_out)" ] || fail "$1 of $2 $3: $(cat "$T/err")"
}

count_of() { awk -v kind="$1" '$2 == kind { n += $1 } END { print n + 0 }' "$T/counts"; }

# nswatch sleeps while the storm is on: most does not fit. The storm's shell is its child.
lossy() {
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --ring-size 4K -e unshare "${FORCE[@]}" "$@" -- sh -c \
		'kill -STOP $PPID; "$1" 1 2 >"$0"; kill -CONT $PPID' "$T/cmd.out" "$(helper storm)" \
		>"$T/out.json" 2>"$T/err"
	RC=$?
	MADE=$(cat "$T/cmd.out")
	LOST=$(jq -s 'map(select(.event == "lost" and .why == "record") | .count) | add // 0' "$T/out.json")
	SHOWN=$(grep -c '"event":"unshare"' "$T/out.json")
	[ "$MADE" -gt 100 ] || fail "there was no storm"
	[ "$LOST" -gt 0 ] || fail "nothing was lost of $MADE"
	[ "$SHOWN" -gt 0 ] || fail "nothing was shown of $MADE"
	all_there $((SHOWN + LOST)) "$MADE" "shown and lost"
	expect_event '.event == "lost"'
	fields .no_actor true .pid 0
	grep -q "$LOST records lost" "$T/err" || fail "the summary: $(cat "$T/err")"
}

t_storm_lost() {
	lossy
	expect_rc 0
}

# A trace that is asked not to talk says its losses all the same, and nothing else.
t_storm_lost_strict() {
	lossy --strict -q
	! grep -vE ' (lost|left out|not remembered|not followed)([ :]|$)' "$T/err" || fail "it talks: $(cat "$T/err")"
	expect_rc 4
}

# Awake, with so little room, whatever is lost is counted.
t_storm_small_ring() {
	local made lost shown
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -J --ring-size 8K -e unshare "${FORCE[@]}" -- sh -c 'exec "$1" 1 2 >"$0"' \
		"$T/cmd.out" "$(helper storm)" >"$T/out.json" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 0
	made=$(cat "$T/cmd.out")
	lost=$(jq -s 'map(select(.event == "lost" and .why == "record") | .count) | add // 0' "$T/out.json")
	shown=$(grep -c '"event":"unshare"' "$T/out.json")
	all_there $((shown + lost)) "$made" "shown and lost"
}
