# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# rotate_test.sh - files of JSON Lines that are renamed when they are long, and opened anew on SIGHUP.

# began: a trace with these options runs and writes JSON Lines into $T/j.
began() {
	"$NSWATCH" trace "${FORCE[@]}" --rotate "$1" --to "json:$T/j" -w "$T/all.nsw" 2>"$T/err" & TRACE=$!
	BACKGROUND+=("$TRACE")
	until grep -q 'tracing namespaces' "$T/err"; do
		kill -0 "$TRACE" 2>/dev/null || fail "the trace ended: $(cat "$T/err")"
		tick
	done
}

ended() {
	kill "$TRACE"
	wait "$TRACE" || fail "the trace ended with $?: $(cat "$T/err")"
}

# is_whole FILE [N]: FILE has the last events of the recording (N: which has N) as they came.
is_whole() {
	local said='[.ts_ns, .event, .cpu, .tid] | @tsv'
	jq -r "$said" "$1" >"$T/is" || fail "not whole"
	"$NSWATCH" trace -r "$T/all.nsw" -J | jq -r "$said" >"$T/was"
	[ "${2:-$(wc -l <"$T/was")}" -eq "$(wc -l <"$T/was")" ] || fail "not all"
	tail -n "$(wc -l <"$1")" "$T/was" | cmp "$T/is" - >&2 || fail "not in order"
}

# Each event is whole, in one of the files, and in their order; and there are not more files than that.
t_rotate_size() {
	local i
	began 20K
	for i in $(seq 60); do unshare -u sh -c "exit $i"; done
	until [ -e "$T/j.5" ]; do
		unshare -u true
		tick
	done
	ended
	[ -e "$T/j.6" ] && fail "a sixth old file"
	for i in 5 4 3 2 1 ''; do cat "$T/j${i:+.$i}"; done >"$T/all"
	is_whole "$T/all"
	for i in 1 2 3 4 5; do
		[ "$(stat -c %s "$T/j.$i")" -ge 20480 ] || fail "j.$i is too short"
		[ "$(stat -c %s "$T/j.$i")" -lt 200000 ] || fail "j.$i is too long"
		[ "$(stat -c %a "$T/j.$i")" = 600 ] || fail "j.$i can be read by others"
	done
}

# As logrotate does it; a second SIGHUP without a move goes on in the same file.
t_rotate_hup() {
	began 0
	unshare -u true
	until [ -s "$T/j" ]; do tick; done
	mv "$T/j" "$T/moved"
	kill -HUP "$TRACE"
	until [ -e "$T/j" ]; do tick; done
	kill -HUP "$TRACE"
	unshare -u true
	until grep -q '"event":"unshare"' "$T/j"; do tick; done
	ended
	grep -q '"event":"unshare"' "$T/moved" || fail "nothing was in the first file"
	cat "$T/moved" "$T/j" >"$T/all"
	is_whole "$T/all" "$(wc -l <"$T/all")"
}

# Without the option it ends a trace, and where the new file can't be made the old one goes on.
t_rotate_not() {
	"$NSWATCH" trace "${FORCE[@]}" -J >"$T/out.json" 2>"$T/err" & P=$!
	BACKGROUND+=("$P")
	until grep -q 'tracing namespaces' "$T/err"; do tick; done
	kill -HUP "$P"
	wait "$P" || fail "SIGHUP: status $?"
	mkdir "$T/d"
	: >"$T/err"
	"$NSWATCH" trace "${FORCE[@]}" --rotate 0 --to "json:$T/d/j" 2>"$T/err" & P=$!
	BACKGROUND+=("$P")
	until grep -q 'tracing namespaces' "$T/err"; do tick; done
	exec 7<"$T/d/j"
	rm -r "$T/d"
	kill -HUP "$P"
	until grep -q "open $T/d/j for writing: No such file" "$T/err"; do tick; done
	unshare -u true
	until grep -q '"event":"unshare"' <&7; do tick; done
	exec 7<&-
	kill "$P"
	wait "$P" || fail "status $?: $(cat "$T/err")"
	nsw_rc=0
	"$NSWATCH" trace --rotate 5X -J 2>"$T/err" || nsw_rc=$?
	[ "$nsw_rc" -eq 2 ] || fail "--rotate 5X: $nsw_rc"
	nsw_rc=0
	"$NSWATCH" trace --rotate 5M -J 2>"$T/err" || nsw_rc=$?
	[ "$nsw_rc" -eq 2 ] || fail "--rotate without a file: $nsw_rc"
	grep -q 'needs a file of JSON Lines' "$T/err" || fail "$(cat "$T/err")"
}
