# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is recorded into a history, and looked back at.

history() { "$NSWATCH" history --db "${DB:-$T/h.db}" "$@" 2>"$T/err.history"; }

# record_start OPTIONS...: records into $T/h.db, or $DB; returns when every hook is attached.
record_start() {
	local line
	rm -f "$T/record.fifo"
	mkfifo "$T/record.fifo"
	"$NSWATCH" record --db "${DB:-$T/h.db}" "${FORCE[@]}" "$@" 2>"$T/record.fifo" &
	RECORDER=$!
	BACKGROUND+=("$RECORDER")
	exec 8<"$T/record.fifo"
	: >"$T/record.err"
	while read -r line <&8; do
		echo "$line" >>"$T/record.err"
		case $line in *"Ctrl-C ends"*) return ;; esac
	done
	fail "the recorder did not start: $(cat "$T/record.err")"
}

record_stop() {
	kill -INT "$RECORDER"
	cat <&8 >>"$T/record.err"
	wait "$RECORDER"
	RC=$?
	exec 8<&-
	[ "$RC" = 0 ] || fail "the recorder ended with $RC: $(cat "$T/record.err")"
}

# history_wait OPTIONS...: until an event that they select is in the history. (Others may make many.)
history_wait() {
	# Losses, of whatever, are shown with every selection.
	until history -J "$@" | grep -qv '"event":"lost"'; do tick 0.1; done
}

sql() { sqlite3 -readonly "${DB:-$T/h.db}" "$@"; }
whole() { [ "$(sql 'PRAGMA integrity_check')" = ok ] || fail "the database is damaged: $(sql 'PRAGMA integrity_check')"; }

# A history and JSON Lines of the same trace say the same; arguments of programs are only in the latter.
t_history_same() {
	trace_start --to "history:$T/h.db"
	unshare -u sh -c ': history-secret-word'
	unshare -n -u true
	wait_event '.event == "ns-free" and .ns_type == "net" and .creator_comm == "unshare"'
	trace_stop
	jq -cS 'del(.time, .notes, .args)' "$T/out.json" >"$T/want"
	history -J | jq -cS 'del(.time, .notes, .args)' >"$T/got"
	diff "$T/want" "$T/got" >"$T/diff" || fail "the history differs: $(head -n 4 "$T/diff" | cut -c 1-300)"
	grep -q history-secret-word "$T/out.json" || fail "no such argument was traced"
	if grep -q history-secret-word "$T"/h.db*; then fail "the history has arguments"; fi
	# Times are those of the trace, within a step of the clock that is none.
	paste <(jq -r .time "$T/out.json") <(history -J | jq -r .time) | awk -F '[.\tZ]' '
		{ d = $2 - $5; if (d < 0) d = -d; if ($1 != $4 && d < 998000000 || $1 == $4 && d > 2000000) exit 1 }' ||
		fail "times differ"
}

# --args keeps them.
t_history_args() {
	record_start --args
	unshare -u sh -c ': history-kept-word'
	history_wait -Q 'args == ": history-kept-word"'
	record_stop
}

# What is wanted is found by namespace, process and time, while it is recorded and after that.
t_history_filters() {
	local ns pid from
	record_start
	from=$(date +%s.%N)
	"$(helper nsact)" unshare uts ns >"$T/cmd.out"
	facts
	ns=${F[1:uts]} pid=${F[getpid]}
	history_wait -e ns-free -n "$ns"
	for again in recorder none; do
		# Others may get the number; who frees it is not the process.
		# Losses are shown with every selection.
		[ "$(history -J -n "$ns" --since "@$from" -Q "pid == $pid" | jq -r '.event | select(. != "ns-free" and . != "lost")' |
			sort | uniq -c | tr -s ' \n' ' ')" = " 1 exit 1 ns-create 1 unshare " ] ||
			fail "of the namespace, $again: $(history -J -n "$ns" --since "@$from" | jq -c '[.event, .pid]')"
		history -J -p "$pid" --since "@$from" | jq -e -s "map(select(.event != \"lost\")) | length > 1 and all(.[]; .pid == $pid)" >/dev/null ||
			fail "of the process, $again: $(history -J -p "$pid" | head -c 1000)"
		[ -z "$(history -J --until "@$from" -n "$ns" -e unshare)" ] || fail "events after --until"
		[ -z "$(history -J --since now)" ] || fail "events of the future"
		[ "$again" = none ] || record_stop
	done
	# The JSON of a recording is what is read back of it.
	history -q -w "$T/back.nsw" -p "$pid"
	"$NSWATCH" trace -r "$T/back.nsw" -J | jq -cS 'del(.notes)' >"$T/got"
	history -J -p "$pid" | jq -cS 'del(.notes)' | diff - "$T/got" >"$T/diff" || fail "-w differs: $(head -n 4 "$T/diff")"
}

# The life of a namespace: who made it, and until when.
t_history_lives() {
	local row
	need sqlite3
	record_start
	"$(helper nsact)" unshare uts ns >"$T/cmd.out"
	facts
	history_wait -e ns-free -n "${F[1:uts]}"
	record_stop
	row=$(sql "SELECT comm, uid, created < ended, how IS NULL FROM namespace WHERE ns = ${F[1:uts]} AND pid = ${F[getpid]}")
	[ "$row" = 'nsact|0|1|1' ] || fail "not its life: $row"
	[ "$(sql 'SELECT ended IS NOT NULL FROM run')" = 1 ] || fail "no clean end: $(sql 'SELECT * FROM run')"
	whole
}

# actor: nsact by a name that no other test has: its events are found among those of others.
actor() {
	[ -e "$T/histact" ] || cp "$(helper nsact)" "$T/histact"
	"$T/histact" "$@" >/dev/null
}

# The life of a namespace: its maker, whether that lives, pins, devices and its end; a number that was used again
# is asked about; a process and a device by their names.
t_history_life() {
	local ns pid
	record_start
	partner maker "$(helper nsact)" unshare net ns say ready wait
	until_said maker ready
	ns=${F[1:net]} pid=${F[getpid]}
	ip link add histdev0 type veth peer name histdev1 || skip "no veth here"
	at_end "ip link del histdev1 2>/dev/null"
	ip link set histdev0 netns "$pid"
	history_wait -e netdev -n "$ns"
	history "net:[$ns]" >"$T/life"
	grep -q "^  made .* by nsact ($pid), user root.*; this process still lives$" "$T/life" || fail "$(cat "$T/life")"
	grep -q "^  device   histdev0 (veth) in net:\[$ns\], since .*, moved from net" "$T/life" || fail "$(cat "$T/life")"
	grep -q '^  lives  ' "$T/life" || fail "$(cat "$T/life")"
	go_on maker
	wait "$pid"
	history_wait -e ns-free -n "$ns"
	history "net:[$ns]" >"$T/life"
	grep -q "^  made .* by nsact ($pid), user root.*; this process has ended$" "$T/life" || fail "$(cat "$T/life")"
	grep -q "^  device   histdev0 .*; netns-exit$" "$T/life" || fail "$(cat "$T/life")"
	grep -q '^  ended .*, after ' "$T/life" || fail "$(cat "$T/life")"
	grep -q ' ns-create  *'"$pid"' ' "$T/life" || fail "no event: $(cat "$T/life")"
	history histdev0 -J | jq -e -s 'any(.[]; .event == "netdev" and .to == '"$ns"')' >/dev/null || fail "no move of the device"
	history "$pid" | grep -q '^  ended    no process has the number now' || fail "$(history "$pid")"
	history "$pid" -J | jq -e -s 'any(.[]; .event == "unshare" and .pid == '"$pid"')' >/dev/null || fail "nothing of the process"
	record_stop
}

# A net namespace by its name: with what held it, as by its number.
t_history_name() {
	local name=hist$$ ns
	record_start
	ip netns add "$name" || skip "no net namespaces here"
	at_end "ip netns delete $name 2>/dev/null"
	ns=$(stat -c %i "/run/netns/$name")
	history_wait -e pin -n "$ns"
	ip netns delete "$name"
	history_wait -e unpin -n "$ns"
	history_wait -e ns-free -n "$ns"
	history "$name" >"$T/life"
	grep -q "^net:\[$ns\]$" "$T/life" || fail "another one: $(cat "$T/life")"
	grep -q "^  pinned   /run/netns/$name, " "$T/life" || fail "no pin: $(cat "$T/life")"
	history "net:[$ns]" | diff "$T/life" - >"$T/why.diff" || fail "by its number: $(cat "$T/why.diff")"
	record_stop
	# A number that nothing had is no bare heading.
	history "net:[1]" >"$T/life"
	RC=$?
	if [ "$RC" != 1 ] || [ -s "$T/life" ]; then fail "of no namespace: status $RC, $(cat "$T/life")"; fi
	grep -qx 'nswatch: net:\[1\]: no namespace of that number was recorded' "$T/err.history" || fail "$(cat "$T/err.history")"
	history "" >"$T/life"
	grep -qx "nswatch: no namespace, process, device or container '' was recorded" "$T/err.history" || fail "$(cat "$T/err.history")"
}

# --follow shows what is recorded later, each event once.
t_history_follow() {
	record_start
	"$NSWATCH" history --db "$T/h.db" --follow -J -e unshare -c histact >"$T/follow.json" 2>/dev/null &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	for i in 1 2 3; do
		actor unshare uts
		until [ "$(grep -c histact "$T/follow.json")" -ge $i ]; do tick 0.1; done
	done
	# Enough for blocks.
	"$(helper storm)" 1 1 >/dev/null
	actor unshare uts
	until [ "$(grep -c histact "$T/follow.json")" -ge 4 ]; do tick 0.2; done
	kill "$TRACER"
	wait "$TRACER"
	record_stop
	grep histact "$T/follow.json" >"$T/got"
	history -J -e unshare -c histact | grep histact | diff - "$T/got" >"$T/diff" || fail "not each once: $(head -n 4 "$T/diff")"
}

# A recorder that is killed at any moment loses at most its last transaction; NSWATCH_KILLS times.
t_history_killed() {
	local i newest killed storm
	need sqlite3
	for ((i = 1; i <= ${NSWATCH_KILLS:-3}; i++)); do
		record_start
		"$(helper storm)" 30 1 >/dev/null &
		storm=$!
		BACKGROUND+=("$storm")
		tick 2.$((RANDOM % 10))
		killed=$(date +%s%N)
		kill -KILL "$RECORDER"
		wait "$RECORDER" 2>/dev/null
		exec 8<&-
		kill "$storm"
		wait "$storm" 2>/dev/null
		whole
		newest=$(sql 'SELECT max(t) FROM (SELECT max(time) t FROM event UNION ALL SELECT max(last) FROM block)')
		[ $((killed - newest)) -lt $(($(scaled 2) * 1000000000)) ] ||
			fail "round $i: the newest event is $((killed - newest)) ns old"
		[ "$(sql 'SELECT (SELECT count(*) FROM event) + (SELECT coalesce(sum(events), 0) FROM block)
			= max((SELECT coalesce(max(id), 0) FROM event), (SELECT coalesce(max(id), 0) FROM block))')" = 1 ] ||
			fail "round $i: events are missing between others"
	done
	record_start
	record_stop
	[ "$(sql "SELECT count(*) FROM gap WHERE why = 'stopped'")" = "${NSWATCH_KILLS:-3}" ] ||
		fail "not a gap each: $(sql 'SELECT * FROM gaps')"
	history | head -n 1 >/dev/null
	grep -q 'nothing was recorded from .* no recorder ran' "$T/err.history" || fail "no word of the gap: $(cat "$T/err.history")"
	[ "$(history -J -e unshare | wc -l)" = "$(history -J -e unshare | sort -u | wc -l)" ] || fail "an event is there twice"
}

# The second recorder of a database says which one has it, and the first goes on.
t_history_two() {
	record_start
	timeout 60 "$NSWATCH" record --db "$T/h.db" "${FORCE[@]}" 2>"$T/err"
	RC=$?
	[ "$RC" = 1 ] || fail "status $RC"
	grep -qx "nswatch: $T/h.db: process $RECORDER records into it already" "$T/err" || fail "$(cat "$T/err")"
	unshare -u true
	history_wait -e unshare -c unshare
	record_stop
}

# A full disk stops the recording with one message, and not the stream; with room it goes on, and has the gap.
t_history_full() {
	local at=$T/full real=$NSWATCH within
	need sqlite3
	mkdir "$at"
	# shellcheck disable=SC2016 # for the inner shell
	cat >"$T/in_full" <<-'END'
		#!/bin/sh
		mount -t tmpfs -o size=4m none "$FULL" && exec "$REAL" "$@"
	END
	chmod +x "$T/in_full"
	printf '#!/bin/sh\nexec env FULL=%q REAL=%q unshare -m %q "$@"\n' "$at" "$NSWATCH" "$T/in_full" >"$T/nswatch"
	chmod +x "$T/nswatch"
	NSWATCH=$T/nswatch
	DB=$at/h.db record_start --strict
	within=(nsenter -m -t "$RECORDER")
	"${within[@]}" dd if=/dev/zero of="$at/filler" bs=64k 2>/dev/null
	"$(helper storm)" 2 1 >/dev/null
	said 'No space left on device'
	"$(helper storm)" 1 1 >/dev/null
	"${within[@]}" rm "$at/filler"
	said 'recording goes on'
	actor unshare net
	until "${within[@]}" "$real" history --db "$at/h.db" -c histact 2>/dev/null | grep -q histact; do tick 0.1; done
	[ "$(grep -c 'No space left' "$T/record.err")" = 1 ] || fail "said more than once: $(cat "$T/record.err")"
	"${within[@]}" sqlite3 -readonly "$at/h.db" "SELECT count(*) FROM gap WHERE why = 'full' AND events > 0 AND since < until;
		PRAGMA integrity_check" >"$T/got"
	[ "$(paste -sd ' ' "$T/got")" = '1 ok' ] || fail "no gap, or damage: $(cat "$T/got")"
	"${within[@]}" "$real" history --db "$at/h.db" -J -e unpin 2>/dev/null | grep -q '"event":"lost".*"where":"history"' ||
		fail "no event of it"
	NSWATCH=$real
	# The recorder tells it, too.
	kill -INT "$RECORDER"
	cat <&8 >>"$T/record.err"
	wait "$RECORDER"
	RC=$?
	exec 8<&-
	[ "$RC" = 4 ] || fail "status $RC instead of 4: $(cat "$T/record.err")"
	grep -qE 'events? lost: the output could not take them in time' "$T/record.err" || fail "not told at the end: $(cat "$T/record.err")"
}

# said TEXT: until the recorder has said it.
said() {
	local line
	until grep -q "$1" "$T/record.err"; do
		read -r -t "${NSWATCH_PATIENCE:-60}" line <&8 || fail "the recorder did not say $1: $(cat "$T/record.err")"
		echo "$line" >>"$T/record.err"
	done
}

# Who is of the group of the database can read it, while it is recorded and when the recorder has ended; others can't.
t_history_group() {
	local when
	chmod 755 "$T"
	: >"$T/h.db"
	chgrp 65534 "$T/h.db"
	chmod 640 "$T/h.db"
	record_start
	unshare -u true
	history_wait -e unshare -c unshare
	for when in during after; do
		setpriv --reuid=65534 --regid=65534 --clear-groups "$NSWATCH" history --db "$T/h.db" -J >"$T/got" 2>"$T/err" ||
			fail "of the group, $when: $(cat "$T/err")"
		jq -e -s 'any(.[]; .event == "unshare" and .comm == "unshare")' "$T/got" >/dev/null || fail "of the group, $when: no event"
		setpriv --reuid=65533 --regid=65533 --clear-groups "$NSWATCH" history --db "$T/h.db" >"$T/got" 2>"$T/err"
		RC=$?
		if [ "$RC" != 1 ] || ! grep -q 'Permission denied' "$T/err"; then fail "of no group, $when: $RC, $(cat "$T/err")"; fi
		[ "$when" = after ] || record_stop
	done
	record_start
	record_stop
}

# The size is kept, log included, without the loss of an event; what lives stays known.
t_history_bounded() {
	local size oldest begun most=$((2 << 20))
	need sqlite3
	# Room for a busy host, where the recorder has its turn late.
	record_start --keep-size 2M --ring-size 64M
	begun=$(date +%s%N)
	partner holder "$(helper nsact)" unshare uts ns say ready wait
	until_said holder ready
	"$(helper storm)" 6 2 >"$T/storm"
	size=$(cat "$T/h.db" "$T/h.db-wal" | wc -c)
	[ "$size" -le "$most" ] || fail "$size bytes"
	record_stop
	oldest=$(sql 'SELECT min(first) FROM block')
	[ "$oldest" -gt "$begun" ] || skip "this machine does not fill two megabytes in six seconds"
	! grep -qE '[0-9] records? lost|events are missing' "$T/record.err" || fail "$(cat "$T/record.err")"
	[ "$(sql "SELECT comm, ended IS NULL FROM namespace WHERE ns = ${F[1:uts]} AND pid = ${F[getpid]}")" = 'nsact|1' ] ||
		fail "the one that lives is not known any more"
	[ "$(sql "SELECT count(*) FROM namespace WHERE ended < $oldest")" = 0 ] || fail "lives of before the oldest event"
	[ "$(sql 'SELECT count(*) FROM block_process WHERE block NOT IN (SELECT id FROM block)')" = 0 ] || fail "an index row leads to no block"
	[ "$(sql 'SELECT count(*) FROM block_ns WHERE block NOT IN (SELECT id FROM block)')" = 0 ] || fail "an index row leads to no block"
	go_on holder
	whole
	# With less to keep, pages are given back.
	size=$(stat -c %s "$T/h.db")
	record_start --keep-age 1m
	record_stop
}

# A command that reads no history does not load the library.
t_history_lazy() {
	need sqlite3
	LD_DEBUG=libs "$NSWATCH" ls >/dev/null 2>"$T/libs"
	grep -q 'find library=libc' "$T/libs" || skip "this nswatch loads no libraries"
	! grep -q sqlite "$T/libs" || fail "ls loads it"
	LD_DEBUG=libs "$NSWATCH" create -u true 2>"$T/libs"
	! grep -q sqlite "$T/libs" || fail "create loads it"
	LD_DEBUG=libs "$NSWATCH" trace -r /dev/null --to "history:$T/h.db" 2>"$T/libs"
	LD_DEBUG=libs "$NSWATCH" history --db /dev/null 2>"$T/libs"
	grep -q 'find library=libsqlite3' "$T/libs" || fail "history does not load it"
}

# A reader that keeps the log from being emptied does not let it grow without bound: recording pauses, with a gap, and
# goes on when the reader lets go.
t_history_reader() {
	local size
	need sqlite3
	# Room for a busy host, where the recorder has its turn late.
	record_start --keep-size 2M --ring-size 64M
	unshare -u true
	history_wait -e unshare -c unshare
	partner_open reader
	sqlite3 -readonly "$T/h.db" <"$T/reader.in" >"$T/reader.out" &
	BACKGROUND+=($!)
	echo "BEGIN; SELECT count(*) FROM boot; SELECT 'reading';" >&"${IN[reader]}"
	until_said reader reading
	"$(helper storm)" 2 2 >/dev/null
	said 'a reader has kept the log from being emptied'
	size=$(stat -c %s "$T/h.db-wal")
	[ "$size" -le $((1 << 20)) ] || fail "the log has $size bytes"
	echo 'COMMIT;' >&"${IN[reader]}"
	said 'recording goes on'
	actor unshare uts
	history_wait -e unshare -c histact
	echo '.quit' >&"${IN[reader]}"
	record_stop
	[ "$(sql "SELECT count(*) FROM gap WHERE why = 'reader' AND events > 0")" -ge 1 ] || fail "no gap: $(sql 'SELECT * FROM gaps')"
	whole
}

# shot N: until the recorder has taken so many snapshots.
shot() { until [ "$(sql 'SELECT count(*) FROM snapshot')" -ge "$1" ]; do tick 0.2; done; }

# at TIME COMMAND...: of that time, as JSON; what it said is in $T/err.at.
at() {
	local when=$1
	shift
	"$NSWATCH" "$@" --at "$when" --db "$T/h.db" -J 2>"$T/err.at"
}

now() { echo "@$(date +%s.%N)"; }

# ns_at TIME NS: the row of the namespace at that time, "-" where there was none.
ns_at() {
	at "$1" ls -l -o NS,TYPE,NPROCS,PID,UID,KEPT,COMMAND,ID |
		jq -rc --arg ns "$2" '[.namespaces[] | select(.ns == ($ns | tonumber)) | [.type, .nprocs, .pid]] | if . == [] then "-" else .[0] end'
}

# What there was at a time: by the snapshot before it, and by what began and ended since.
t_history_at() {
	local old oldpid new before first second third looker
	need sqlite3
	before=$(now)
	partner old "$(helper nsact)" unshare uts ns say ready wait
	until_said old ready
	old=${F[1:uts]} oldpid=${F[getpid]}
	record_start
	looker=$(pgrep -P "$RECORDER" | head -n 1)
	shot 1
	first=$(now)
	[ "$(ns_at "$first" "$old")" = "[\"uts\",1,$oldpid]" ] || fail "at first: $(ns_at "$first" "$old") $(cat "$T/err.at")"
	grep -q '^nswatch: as of .*; processes, and how many, are those of ' "$T/err.at" || fail "not said of when: $(cat "$T/err.at")"
	at "$first" ls | jq -e '(.at | test("^20.*Z$")) and .snapshot <= .at' >/dev/null || fail "JSON does not say when"
	[ -z "$(ns_at "$before" "$old")" ] || fail "before anything was recorded: $(ns_at "$before" "$old")"
	grep -q 'no snapshot of that time' "$T/err.at" || fail "$(cat "$T/err.at")"
	partner new "$(helper nsact)" unshare ipc ns say ready wait
	until_said new ready
	new=${F[1:ipc]}
	# Others may have had their numbers before.
	history_wait -e ns-create -n "$new" -p "${F[getpid]}" --since "$first"
	second=$(now)
	[ "$(ns_at "$second" "$new")" = '["ipc",null,null]' ] || fail "one that was made since: $(ns_at "$second" "$new")"
	[ "$(ns_at "$first" "$new")" != '["ipc",null,null]' ] || fail "it was not there yet: $(ns_at "$first" "$new")"
	go_on old
	go_on new
	history_wait -e ns-free -n "$old" --since "$second"
	history_wait -e ns-free -n "$new" --since "$second"
	third=$(now)
	# Others may have been given their numbers.
	[ "$(ns_at "$third" "$old")" != "[\"uts\",1,$oldpid]" ] || fail "it had ended: $(ns_at "$third" "$old")"
	if [ "$(ns_at "$third" "$new")" = '["ipc",null,null]' ]; then
		[ "$(sql "SELECT count(*) FROM namespace WHERE ns = $new AND type = 2 AND created > (SELECT min(ended) FROM namespace
			WHERE ns = $new AND type = 2 AND pid = ${F[getpid]})")" -gt 0 ] || fail "the other one had ended"
	fi
	[ "$(ns_at "$second" "$old")" = "[\"uts\",1,$oldpid]" ] || fail "afterwards: $(ns_at "$second" "$old")"
	record_stop
	[ "$(ns_at "$first" "$old")" = "[\"uts\",1,$oldpid]" ] || fail "without a recorder: $(ns_at "$first" "$old")"
	# The look itself is no event.
	[ -z "$(history -J -p "$looker" | jq -c 'select(.pid == '"$looker"')')" ] || fail "the look was recorded: $(history -p "$looker")"
	whole
}

# What was left behind since a time.
t_history_diff() {
	local ns gone since
	need sqlite3
	partner gone "$(helper nsact)" unshare uts ns say ready wait
	until_said gone ready
	gone=${F[1:uts]}
	record_start
	shot 1
	since=$(now)
	partner left "$(helper nsact)" unshare ipc ns say ready wait
	until_said left ready
	ns=${F[1:ipc]}
	go_on gone
	history_wait -e ns-free -n "$gone" --since "$since"
	"$NSWATCH" ls --diff-since "$since" --db "$T/h.db" >"$T/diff" || fail "status $?"
	grep -q "^+ *$ns ipc " "$T/diff" || fail "not left behind: $(cat "$T/diff")"
	# Also where somebody else has been given its number.
	grep -q "^- *$gone uts " "$T/diff" || fail "not gone: $(cat "$T/diff")"
	"$NSWATCH" ls --diff-since "$since" --db "$T/h.db" -o NS,TYPE -J | jq -e --argjson ns "$ns" \
		'any(.namespaces[]; .ns == $ns and .change == "new")' >/dev/null || fail "as JSON"
	go_on left
	record_stop
	for wrong in "--at now --diff-since now" "--at now --by container" "--at now 4026531837" "--db x" "--at tomorrowish" "--at @99999999999"; do
		# shellcheck disable=SC2086 # several words
		"$NSWATCH" ls $wrong >/dev/null 2>"$T/err"
		RC=$?
		[ "$RC" = 2 ] || fail "$wrong: status $RC: $(cat "$T/err")"
	done
}

# Names and devices as of then are those of now, as long as nothing changes; then those of then.
t_history_at_net() {
	local name=histat$$ ns when want row
	need sqlite3
	# How many other mount namespaces have a copy of the mount is not for this test to say.
	# shellcheck disable=SC2016 # for jq
	row='.netns[] | select(.name == $n) | del(.nsid) | .kept |= sub(" [+][0-9]+$"; "")'
	# shellcheck disable=SC2016 # for jq
	want='[.netdevs[] | select(.netns == $ns)]'
	ip netns add "$name" || skip "no net namespaces here"
	at_end "ip netns delete $name 2>/dev/null"
	ns=$(stat -c %i "/run/netns/$name")
	ip -n "$name" link add histat0 type veth peer name histat1 || skip "no veth here"
	ip -n "$name" addr add 192.0.2.9/24 dev histat0
	"$NSWATCH" netdev -J | jq -c --argjson ns "$ns" "$want" >"$T/want"
	"$NSWATCH" netns list -d -J | jq -c --arg n "$name" "$row" >"$T/want.name"
	record_start
	shot 1
	when=$(now)
	at "$when" netdev | jq -c --argjson ns "$ns" "$want" | diff "$T/want" - >"$T/why.diff" || fail "devices: $(cat "$T/why.diff")"
	at "$when" netns list -d | jq -c --arg n "$name" "$row" |
		diff "$T/want.name" - >"$T/why.diff" || fail "names: $(cat "$T/why.diff")"
	at "$when" netdev --netns "$name" | jq -e '.netdevs | length == 3' >/dev/null || fail "by its name: $(cat "$T/err.at")"
	ip -n "$name" link del histat0
	history_wait -e netdev-del -n "$ns" --since "$when"
	at now netdev | jq -e --argjson ns "$ns" 'any(.netdevs[]; .netns == $ns and .ifname == "histat0") | not' >/dev/null ||
		fail "a device that went is there"
	ip netns delete "$name"
	history_wait -e unpin -n "$ns" --since "$when"
	at now netns list | jq -e --arg n "$name" 'any(.netns[]; .name == $n) | not' >/dev/null || fail "a name that went is there"
	at "$when" netdev | jq -c --argjson ns "$ns" "$want" | diff "$T/want" - >"$T/why.diff" || fail "afterwards: $(cat "$T/why.diff")"
	record_stop
}

# What is gone is explained by the history: who ended pid 1, and what became of a device.
t_history_explain() {
	local init ns outside
	record_start
	unshare -p -f sh -c 'echo $$ >/dev/null; exec sleep 300' &
	# tick changes $!.
	outside=$!
	BACKGROUND+=("$outside")
	until init=$(pgrep -P "$outside" sleep); do tick 0.1; done
	kill -KILL "$init"
	wait "$outside" 2>/dev/null
	history_wait -e pidns-death -p "$init"
	ip netns add "histex$$" || skip "no net namespaces here"
	at_end "ip netns delete histex$$ 2>/dev/null"
	ns=$(stat -c %i "/run/netns/histex$$")
	ip -n "histex$$" link add histex0 type veth peer name histex1 || skip "no veth here"
	history_wait -e netdev-add -Q 'new_name == "histex0"'
	ip netns delete "histex$$"
	history_wait -e netdev-del -Q 'old_name == "histex0"'
	record_stop
	"$NSWATCH" explain --db "$T/h.db" --at now "$init" >"$T/out" 2>"$T/err"
	RC=$?
	[ "$RC" = 1 ] || fail "status $RC: $(cat "$T/err")"
	tr -s ' \n' ' ' <"$T/out" | grep -q "pid 1 of pid:\[[0-9]*\], was killed by SIGKILL" || fail "not how it ended: $(cat "$T/out")"
	grep -q '^Not asked' "$T/out" || fail "not said what was not asked"
	# The same without --at, for it is gone.
	"$NSWATCH" explain --db "$T/h.db" "$init" 2>/dev/null | diff "$T/out" - >"$T/why.diff" || fail "without --at: $(cat "$T/why.diff")"
	"$NSWATCH" explain --db "$T/h.db" --at now histex0 | grep -q 'device-destroyed' || fail "nothing of the device"
	"$NSWATCH" explain --db "$T/h.db" --at now -J "net:[$ns]" | jq -e '.life and (.not_asked | length > 0)' >/dev/null || fail "as JSON"
	"$NSWATCH" explain --db "$T/h.db" --at now histnobody >"$T/out" 2>"$T/err"
	RC=$?
	[ "$RC" = 3 ] || fail "of what was never there: status $RC: $(cat "$T/err")"
	"$NSWATCH" explain --at now >"$T/out" 2>"$T/err"
	RC=$?
	[ "$RC" = 2 ] || fail "without an operand: status $RC"
}

# The picture of that time, and what came and went since: namespaces, devices and first processes.
t_history_graph() {
	local name=histpic$$ ns new when
	need sqlite3
	ip netns add "$name" || skip "no net namespaces here"
	at_end "ip netns delete $name 2>/dev/null"
	at_end "ip netns delete ${name}n 2>/dev/null"
	ns=$(stat -c %i "/run/netns/$name")
	ip -n "$name" link add histg0 type veth peer name histg1 || skip "no veth here"
	partner gone "$(helper nsact)" unshare uts ns say ready wait
	until_said gone ready
	record_start
	shot 1
	when=$(now)
	# Another one must not be given its number.
	ip netns add "${name}n"
	new=$(stat -c %i "/run/netns/${name}n")
	go_on gone
	ip netns delete "$name"
	history_wait -e unpin -n "$ns" --since "$when"
	for what in "" "$name" "$ns" histg0; do
		# shellcheck disable=SC2086 # none or one
		at "$when" graph net $what >"$T/picture" || fail "$what: $(cat "$T/err.at")"
		jq -e --argjson ns "$ns" --arg kept "mount /run/netns/$name" '(.boxes[] | select(.inum == $ns)) as $box |
			($box.kept | contains($kept)) and ([.rows[] | select(.box == $box.id and (.name | startswith("histg")))] | length == 2)
			and any(.links[]; .kind == "peer" and .from.box == $box.id)' "$T/picture" >/dev/null || fail "$what: $(cat "$T/picture")"
	done
	at "$when" graph uts "${F[getpid]}" >"$T/picture" || fail "$(cat "$T/err.at")"
	jq -e --argjson pid "${F[getpid]}" --argjson ns "${F[1:uts]}" 'any(.boxes[]; .inum == $ns and .asked)
		and any(.rows[]; .what == "process" and .number == $pid)' "$T/picture" >/dev/null || fail "a process: $(cat "$T/picture")"
	at "$when" graph net histnobody >/dev/null && fail "what nobody is called"
	grep -q "'histnobody': nothing of that time is called so" "$T/err.at" || fail "$(cat "$T/err.at")"
	at now graph net >"$T/picture" || fail "$(cat "$T/err.at")"
	jq -e --arg name "$name" 'any(.boxes[]; .name == $name) | not' "$T/picture" >/dev/null || fail "a name that went is drawn"
	graph_changes "$name" "$ns" "$new" "$when"
	record_stop
	for wrong in "--db x" "--at tomorrowish" "--at @99999999999" "--diff-since tomorrowish" "--at now --diff-since now"; do
		# shellcheck disable=SC2086 # several words
		"$NSWATCH" graph net $wrong >/dev/null 2>"$T/err"
		RC=$?
		[ "$RC" = 2 ] || fail "$wrong: status $RC: $(cat "$T/err")"
	done
}

# graph_changes NAME GONE NEW WHEN: with either in sight, of which words of both times may speak.
graph_changes() {
	local what
	for what in "" "$1 ${1}n" "$2 $3"; do
		# shellcheck disable=SC2086 # none or two
		"$NSWATCH" graph net $what --diff-since "$4" --db "$T/h.db" --all -J >"$T/picture" 2>"$T/err" || fail "$what: $(cat "$T/err")"
		jq -e --argjson gone "$2" 'any(.boxes[]; .inum == $gone and .change == null)' "$T/picture" >/dev/null &&
			skip "another namespace was given the number"
		jq -e --argjson gone "$2" --argjson new "$3" '(.since | test("^20.*Z$")) and ([.boxes[] | select(.inum == $gone or .inum == $new) |
			.inum, .change] == [$new, "new", $gone, "gone"]) and ([.rows[] | select(.name | startswith("histg")) | .change] == ["gone", "gone"])
			and any(.boxes[] | select(.name == "(initial)"); .change != null) == false' "$T/picture" >/dev/null || fail "$what: $(cat "$T/picture")"
	done
	"$NSWATCH" graph net "$1" --diff-since "$4" --db "$T/h.db" >"$T/picture" || fail "status $?"
	grep -qF "net:[$2] (gone) $1" "$T/picture" || fail "$(cat "$T/picture")"
	"$NSWATCH" graph net histnobody --diff-since "$4" --db "$T/h.db" >/dev/null 2>&1
	[ $? = 1 ] || fail "what nobody was called"
}
