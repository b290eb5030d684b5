# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# trace as a program: what it writes where, how it ends, and with what status.

# text OPTIONS... -- VERBS...: as act, but what trace shows as text, into $T/text.
text() {
	local opts=()
	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -q --numbers "${FORCE[@]}" "${opts[@]}" -- sh -c 'exec "$@" >"$0"' "$T/cmd.out" \
		"$(helper nsact)" "$@" >"$T/text" 2>"$T/err"
	RC=$?
	facts
}

t_cli_text() {
	text -- ns unshare uts ns exit 0
	expect_rc 0
	[ "$(head -n 1 "$T/text" | xargs)" = "TIME EVENT PID COMM DETAIL" ] || fail "$(cat "$T/text")"
	grep -q "^[0-9:.]* *unshare *${F[getpid]} nsact *uts  uts ${F[1:uts]} -> ${F[2:uts]}\$" \
		"$T/text" || fail "no line for unshare: $(cat "$T/text")"
	LC_ALL=C grep -q $'\e' "$T/text" && fail "colour in a file: $(cat -v "$T/text")"
	# Columns stand under their headings.
	awk 'NR == 1 { at = index($0, "EVENT") } NR > 1 && substr($0, at - 1, 2) !~ /^ [a-z]/ { exit 1 }' \
		"$T/text" || fail "not aligned: $(cat "$T/text")"
}

t_cli_columns() {
	text -o EVENT,pid,TYPE --noheadings -e unshare -- ns unshare uts,ipc
	[ "$(xargs <"$T/text")" = "unshare ${F[getpid]} uts|ipc" ] || fail "$(cat "$T/text")"
	text -o +uid,result -e unshare -- unshare 0x1
	[ "$(head -n 1 "$T/text" | xargs)" = "TIME EVENT PID COMM UID RESULT DETAIL" ] ||
		[ "$(head -n 1 "$T/text" | xargs)" = "TIME EVENT PID COMM DETAIL UID RESULT" ] ||
		fail "$(cat "$T/text")"
	grep -q 'EINVAL' "$T/text" || fail "no errno: $(cat "$T/text")"
}

t_cli_raw() {
	text --raw -o EVENT,PID,COMM,NSPID --noheadings -e unshare,exit -- name 'a b' ns unshare uts
	[ "$(sed -n 1p "$T/text")" = "unshare ${F[getpid]} a\\x20b ${F[getpid]}" ] || fail "$(cat "$T/text")"
	grep -q '  ' "$T/text" && fail "blanks between columns: $(cat "$T/text")"
	[ "$(wc -l <"$T/text")" -eq 2 ] || fail "$(cat "$T/text")"
}

has_colour() { LC_ALL=C grep -q $'\e\\[[0-9;]*m' "$1"; }

t_cli_color() {
	text --color=always -- unshare uts
	has_colour "$T/text" || fail "no colour: $(cat -v "$T/text")"
	NO_COLOR=1 text --color=always -- unshare uts
	has_colour "$T/text" || fail "no colour though it was asked for"
	text --color=never -- unshare uts
	has_colour "$T/text" && fail "colour: $(cat -v "$T/text")"
	text -- unshare uts
	has_colour "$T/text" && fail "colour in a file"
	return 0
}

t_cli_color_tty() {
	need script
	echo "exec \"$NSWATCH\" trace -q ${FORCE[*]} -- \"$(helper nsact)\" unshare uts" >"$T/run"
	TERM=xterm script -qec "sh $T/run" /dev/null >"$T/text" </dev/null
	has_colour "$T/text" || fail "no colour on a terminal: $(cat -v "$T/text")"
	NO_COLOR=1 script -qec "sh $T/run" /dev/null >"$T/text" </dev/null
	grep -q unshare "$T/text" || fail "$(cat -v "$T/text")"
	has_colour "$T/text" && fail "colour in spite of NO_COLOR: $(cat -v "$T/text")"
	return 0
}

# Facts that do not depend on who looked when. The number of a dead init, which keeps its pid
# namespace, is given back by an RCU callback: between two looks at who refers to it.
same_for_all='del(.ts_ns, .time, .lifetime_ns, .init_ended_ns) |
	if .empties then .empties -= ["pid_for_children"] else . end |
	# Notes have times in their words, and each has its own clock readings.
	if .notes then .notes |= map(.code) else . end'

# Two look at the same at once, one into a file: both tell the same.
t_cli_record() {
	local pid
	trace_start
	"$NSWATCH" trace "${FORCE[@]}" -w "$T/rec" 2>"$T/rec.err" &
	local writer=$!
	BACKGROUND+=("$writer")
	until grep -q Ctrl-C "$T/rec.err"; do
		kill -0 "$writer" || fail "the second ended: $(cat "$T/rec.err")"
		tick
	done
	"$(helper nsact)" ns unshare uts,ipc,pid fork name 'c"q' exit 3 -- tryfork threads 1 unshare user \
		exit 4 >"$T/cmd.out"
	facts
	pid=${F[getpid]}
	wait_event ".event == \"ns-free\" and .ns_type == \"ipc\" and .creator_pid == $pid"
	trace_stop
	kill -INT "$writer"
	wait "$writer" || fail "exit status $?: $(cat "$T/rec.err")"
	grep -q 'no record lost' "$T/rec.err" || fail "$(cat "$T/rec.err")"

	"$NSWATCH" trace -r "$T/rec" -J >"$T/read.json" || fail "exit status $? of -r"
	for f in out read; do
		# A third may act at the same time; and pid namespaces end when workers like.
		jq -c "select(.pid == $pid or .ppid == $pid) | $same_for_all" "$T/$f.json" >"$T/$f.part"
	done
	[ "$(wc -l <"$T/out.part")" -ge 8 ] || fail "only $(wc -l <"$T/out.part") events"
	diff "$T/out.part" "$T/read.part" >"$T/diff" || fail "they differ: $(cat "$T/diff")"
	# Times are those of the recording: the text of them, and the same again.
	"$NSWATCH" trace -r "$T/rec" -J | cmp -s - "$T/read.json" || fail "not the same twice"
	# Filters look at recordings, too.
	"$NSWATCH" trace -r "$T/rec" -J -e fork-denied -p "$pid" >"$T/some.json"
	[ "$(jq -r '.errno' "$T/some.json")" = ENOMEM ] || fail "$(cat "$T/some.json")"
}

# Live JSON and a recording of the very same records.
t_cli_record_pipe() {
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace -q "${FORCE[@]}" -w - -- sh -c 'exec "$@" >"$0"' "$T/cmd.out" \
		"$(helper nsact)" unshare uts,net clone pid exit 1 2>"$T/err" >"$T/rec"
	"$NSWATCH" trace -r - -J <"$T/rec" >"$T/out.json" || fail "exit status $?"
	expect_event '.event == "unshare"' 1
	expect_event '.event == "pidns-death"' 1
	head -c 100 "$T/rec" | "$NSWATCH" trace -r - -J >"$T/cut.json" 2>"$T/cut.err"
	[ ! -s "$T/cut.json" ] || fail "events of a cut recording: $(cat "$T/cut.json")"
	echo nonsense | "$NSWATCH" trace -r - >"$T/bad" 2>"$T/bad.err"
	[ $? -eq 1 ] || fail "nonsense is taken for a recording"
	[ "$(wc -l <"$T/bad.err")" -ge 1 ] || fail "and nothing is said of it"
}

# Exactly its tree: another that does the same at the same time does not appear.
t_cli_command_tree() {
	traced -- ns say ready wait unshare uts,ipc fork ns unshare net -- say ready2 wait exit 0
	until_said act ready
	partner stranger "$(helper nsact)" unshare uts,ipc fork unshare net ns -- say ready wait
	until_said stranger ready
	go_on act
	until_said act ready2
	go_on stranger
	partner_end stranger
	go_on act
	traced_end
	expect_rc 0
	expect_event '.event == "unshare"' 2
	expect_event '.event == "ns-create"' 3
	expect_event '.event == "ns-free"' 3
	no_event ".no_actor == false and .pid != ${F[1:getpid]} and .pid != ${F[2:getpid]}"
	no_event ".event == \"ns-free\" and .creator_pid != ${F[1:getpid]} and .creator_pid != ${F[2:getpid]}"
}

# From its first instruction: what it does first is not missed, and what it was started by is not there.
t_cli_command_first() {
	trace_cmd -- unshare -u true
	expect_event '.event == "unshare"' 1
	no_event '.comm == "nswatch"'
}

# The shell lets what it starts in the background ignore SIGINT, and bash can't trap it then.
# shellcheck disable=SC2016 # for the inner shell
t_cli_signals() {
	local sig number
	for sig in TERM INT HUP USR1; do
		number=$(kill -l "$sig")
		rm -f "$T"/act.*
		traced -- block "$number" say ready await "$number" exit 9
		until_said act ready
		kill "-$sig" "$TRACER"
		traced_end
		expect_rc 9
		[ "${F[await]}" = "$number" ] || fail "SIG$sig did not reach the command"
	done
}

t_cli_status() {
	trace_cmd -- sh -c 'exit 7'
	expect_rc 7
	# shellcheck disable=SC2016 # for the inner shell
	trace_cmd -- sh -c 'kill -KILL $$'
	expect_rc 137
	"$NSWATCH" trace -q "${FORCE[@]}" -- "$T/not there" >"$T/text" 2>"$T/err"
	RC=$?
	expect_rc 127
	grep -q 'not there' "$T/err" || fail "the reason is missing: $(cat "$T/err")"
	echo 'exit 0' >"$T/not executable"
	"$NSWATCH" trace -q "${FORCE[@]}" -- "$T/not executable" >"$T/text" 2>"$T/err"
	RC=$?
	expect_rc 126
	grep -q 'not executable' "$T/err" || fail "the reason is missing: $(cat "$T/err")"
}

# The status is that of the command wherever events come from, and what is written is whole.
t_cli_status_poll() {
	echo 'exit 0' >"$T/not executable"
	"$NSWATCH" trace -q --poll 100 -- "$T/not executable" >"$T/text" 2>"$T/err"
	RC=$?
	expect_rc 126
	"$NSWATCH" trace -q --poll 100 -w "$T/t.nsw" -- "$T/not there" 2>"$T/err"
	RC=$?
	expect_rc 127
	"$NSWATCH" trace -r "$T/t.nsw" >"$T/text" 2>"$T/err" || fail "a cut recording: $(cat "$T/err")"
	"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/t.nsw" -- "$T/not there" 2>"$T/err"
	RC=$?
	expect_rc 127
	"$NSWATCH" trace -r "$T/t.nsw" >"$T/text" 2>"$T/err" || fail "a cut recording: $(cat "$T/err")"
	# A trace that is whole is so with --strict too; the command's own status passes.
	"$NSWATCH" trace -q --strict --poll 50 -- sh -c 'exit 9' >"$T/text" 2>"$T/err"
	RC=$?
	expect_rc 9
}

# Several outputs of one trace: each has all, and the command's own output is apart from them.
t_cli_to() {
	"$NSWATCH" trace -q "${FORCE[@]}" --to lines:"$T/lines" --to json:fd:3 -w "$T/t.nsw" \
		--to summary:"$T/summary" -- unshare -u echo of the command >"$T/text" 2>"$T/err" 3>"$T/out.json" ||
		fail "status $?: $(cat "$T/err")"
	[ "$(cat "$T/text")" = 'of the command' ] || fail "standard output has $(cat "$T/text")"
	expect_event '.event == "unshare" and .result == 0' 1
	"$NSWATCH" trace -r "$T/t.nsw" -J >"$T/again.json"
	jq -cS 'del(.notes, .time)' "$T/out.json" >"$T/a"
	jq -cS 'del(.notes, .time)' "$T/again.json" >"$T/b"
	cmp -s "$T/a" "$T/b" || fail "another JSON than of the recording: $(diff "$T/a" "$T/b" | head)"
	[ "$(grep -c ' unshare  ' "$T/lines")" -ge 1 ] || fail "no line: $(cat "$T/lines")"
	grep -q "^nswatch: $(wc -l <"$T/out.json") events" "$T/summary" || fail "$(cat "$T/summary")"
	# A recording as another one, less of it, with the head of the first.
	"$NSWATCH" trace -r "$T/t.nsw" -e unshare -w "$T/less.nsw" 2>"$T/err" || fail "$(cat "$T/err")"
	[ "$("$NSWATCH" trace -r "$T/less.nsw" -J --no-notes | jq -r .event)" = unshare ] || fail 'not the unshare alone'
	"$NSWATCH" explain -r "$T/less.nsw" -J | jq -e '.command | contains("of the command")' >/dev/null ||
		fail 'the head is lost'
}

t_cli_to_wrong() {
	local args
	"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/t.nsw" -- true
	while read -r args; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" trace -r "$T/t.nsw" $args >"$T/text" 2>"$T/err"
		RC=$?
		expect_rc 2
		[ "$(grep -c . "$T/err")" -le 2 ] || fail "more than two lines: $(cat "$T/err")"
	done <<-EOF
		--to nope
		--to json:
		--to record
		--to lines --to json
		-J -J --to json
		-w $T/t.nsw
		-w $T/x --to json:$T/x
	EOF
	"$NSWATCH" trace -r "$T/t.nsw" >"$T/text" || fail 'the recording is no more'
	"$NSWATCH" trace -r "$T/t.nsw" --to json:fd:77 2>"$T/err"
	RC=$?
	expect_rc 1
	grep -q 'descriptor 77' "$T/err" || fail "$(cat "$T/err")"
}

# An output that fails is given up with a word, and the others go on.
t_cli_to_full() {
	[ -c /dev/full ] || skip 'no /dev/full'
	"$NSWATCH" trace -q "${FORCE[@]}" --to lines:/dev/full --to json:"$T/out.json" -- unshare -u true 2>"$T/err"
	RC=$?
	expect_rc 1
	expect_event '.event == "unshare" and .result == 0' 1
	grep -q 'output lines is closed; the others go on' "$T/err" || fail "$(cat "$T/err")"
}

t_cli_stdin() {
	# shellcheck disable=SC2016 # for the inner shell
	printf 'one\ntwo' | "$NSWATCH" trace -J -q "${FORCE[@]}" -- sh -c 'cat >"$0"' "$T/copy" >"$T/out.json"
	[ "$(cat "$T/copy")" = $'one\ntwo' ] || fail "it read '$(cat "$T/copy")'"
}

t_cli_interrupt() {
	trace_start
	"$(helper nsact)" ns unshare uts >"$T/cmd.out"
	facts
	wait_event ".event == \"ns-free\" and .creator_pid == ${F[getpid]}"
	trace_stop
	expect_rc 0
	# By kind, against what was written.
	local kind n
	for kind in unshare ns-create ns-free; do
		n=$(jq -r "select(.event == \"$kind\") | .event" "$T/out.json" | wc -l)
		[ "$n" -ge 1 ] || fail "no event $kind"
		grep -q "[:,] $n $kind" "$T/err" || fail "not $n $kind in the summary: $(cat "$T/err")"
	done
	grep -q "^nswatch: $(wc -l <"$T/out.json") events in " "$T/err" || fail "$(cat "$T/err")"
	grep -q '^nswatch: no record lost' "$T/err" || fail "no word of losses: $(cat "$T/err")"
	grep -q '^nswatch: hooks: .*unshare by ' "$T/err" || fail "no hooks: $(cat "$T/err")"
	# SIGTERM as well, and -q says nothing at all.
	"$NSWATCH" trace -J -q "${FORCE[@]}" >"$T/out.json" 2>"$T/err" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	# No word of its start: until it sees something.
	until grep -q '"event":"unshare"' "$T/out.json"; do
		"$(helper nsact)" unshare uts >/dev/null
		kill -0 "$TRACER" || fail "it ended: $(cat "$T/err")"
	done
	kill -TERM "$TRACER"
	wait "$TRACER"
	RC=$?
	expect_rc 0
	# But for what was lost: the machine is not the test's alone.
	! grep -vE ' (lost|left out|not remembered|not followed)([ :]|$)' "$T/err" || fail "it said: $(cat "$T/err")"
}

# One that shows text to a reader that goes after the first line.
t_cli_reader_gone() {
	local status
	mkfifo "$T/lines" "$T/err.fifo"
	# Of what nobody does: the next event does not tell that the reader has gone.
	"$NSWATCH" trace -u 65533 "${FORCE[@]}" >"$T/lines" 2>"$T/err.fifo" &
	TRACER=$!
	BACKGROUND+=("$TRACER")
	exec 8<"$T/lines" 7<"$T/err.fifo"
	# To the end of its talk: its end.
	read -r _ <&7
	read -r line <&8
	exec 8<&-
	[[ $line = TIME* ]] || fail "not the heading: $line"
	cat <&7 >"$T/err"
	wait "$TRACER"
	status=$?
	[ $status -eq 0 ] || fail "exit status $status"
	[ ! -s "$T/err" ] || fail "it said: $(cat "$T/err")"
}

# The command goes on to its end, and its status counts.
t_cli_reader_gone_command() {
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" trace "${FORCE[@]}" -- sh -c '"$0" unshare uts; "$0" unshare ipc; echo done >"$1"; exit 6' \
		"$(helper nsact)" "$T/done" 2>"$T/err" | head -n 1 >"$T/text"
	RC=${PIPESTATUS[0]}
	expect_rc 6
	[ "$(cat "$T/done")" = "done" ] || fail "the command was ended"
	[ ! -s "$T/err" ] || fail "it said: $(cat "$T/err")"
}

t_cli_kill_leaves_nothing() {
	local ids=() maps=()
	need bpftool
	trace_start
	mapfile -t ids < <(sed -n 's/^prog_id:\t//p' "/proc/$TRACER/fdinfo/"* | sort -u)
	mapfile -t maps < <(sed -n 's/^map_id:\t//p' "/proc/$TRACER/fdinfo/"* | sort -u)
	[ ${#ids[@]} -gt 5 ] || fail "only ${#ids[@]} programs"
	[ ${#maps[@]} -gt 3 ] || fail "only ${#maps[@]} maps"
	[ "$(still prog "${ids[@]}" | wc -l)" = ${#ids[@]} ] || fail "bpftool does not see programs: ${ids[*]}"
	[ "$(still map "${maps[@]}" | wc -l)" = ${#maps[@]} ] || fail "bpftool does not see maps: ${maps[*]}"
	kill -KILL "$TRACER"
	wait "$TRACER"
	# The kernel frees them in a worker.
	while still prog "${ids[@]}" || still map "${maps[@]}"; do tick 0.1; done
}

# still prog|map ID...: says which of them are there.
still() {
	local what=$1
	shift
	bpftool "$what" show | sed -n 's/^\([0-9]*\): .*/\1/p' | grep -Fx -f <(printf '%s\n' "$@")
}

t_cli_unprivileged() {
	local bin
	bin=$(public_helper nsact)
	cp "$NSWATCH" "$T/nswatch"
	setpriv --reuid 65534 --clear-groups --inh-caps -all "$T/nswatch" trace \
		>"$T/text" 2>"$T/err" </dev/null
	RC=$?
	expect_rc 3
	[ ! -s "$T/text" ] || fail "on standard output: $(cat "$T/text")"
	grep -q '^nswatch: .*CAP_' "$T/err" || fail "no right is named: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -le 2 ] || fail "too much talk: $(cat "$T/err")"
	# And the command is not run.
	setpriv --reuid 65534 --clear-groups --inh-caps -all "$T/nswatch" trace -- "$bin" say ran \
		>"$T/text" 2>"$T/err" </dev/null
	RC=$?
	expect_rc 3
	[ ! -s "$T/text" ] || fail "the command ran: $(cat "$T/text")"
}

# Without a word on standard output: one line that says what is wrong, perhaps one what to do.
wrong() {
	local says=$1

	shift
	"$NSWATCH" "$@" >"$T/text" 2>"$T/err" </dev/null
	RC=$?
	expect_rc 2
	[ ! -s "$T/text" ] || fail "$*: on standard output: $(cat "$T/text")"
	head -n 1 "$T/err" | grep -q "^nswatch: .*$says" || fail "$*: it said $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -le 2 ] || fail "$*: too much talk: $(cat "$T/err")"
	grep -vq '^nswatch: ' "$T/err" && fail "$*: not its own words: $(cat "$T/err")"
	return 0
}

t_cli_wrong_arguments() {
	wrong "unknown option '--bogus'" trace --bogus
	wrong "unknown option '-Z'" trace -Z
	wrong "'nope'" trace -e nope
	wrong "'nope'" trace -t nope
	wrong "'12x'" trace -p 12x
	wrong "'uts:'" trace -n uts:
	wrong "'no such user'" trace -u 'no such user'
	wrong 'filter' trace -Q 'pid =='
	wrong "'0'" trace --count 0
	wrong "'3x'" trace --duration 3x
	wrong "'5'" trace --ring-size 5
	wrong "'x'" trace --color=x
	wrong "nope" trace -o nope
	wrong "'nope=fentry'\|'nope'" trace --hook nope=fentry
	wrong "'nope'" trace --hook unshare=nope
	wrong "unexpected 'ls'" trace ls
	wrong "follow" trace --follow
	wrong "'ls'" trace -p 1 -- ls
	wrong "exclu\|together\|not both\|--poll" trace -r "$T/f" --poll 100
	wrong "would both write to" trace -J --to json -w "$T/f"
	wrong "no command 'frob'" frob
	[ ! -e "$T/f" ] || fail "a file was made"
}

t_cli_poll() {
	# The first look is before the command begins.
	traced --poll 20 -- ns unshare uts,ipc ns say ready wait
	until_said act ready
	wait_event ".event == \"unshare\" and .pid == ${F[getpid]}"
	go_on act
	traced_end
	expect_rc 0
	no_event '(.inferred and .from_poll) | not'
	# Others may make and end so many that numbers come again.
	expect_event ".event == \"ns-create\" and .inum == ${F[2:ipc]} and .pid == ${F[getpid]}" 1
	field .ns_type ipc
	expect_event ".event == \"ns-free\" and .inum == ${F[2:uts]} and .creator_pid == ${F[getpid]}" 1
	field .ns_type uts
	expect_event ".event == \"exit\" and .pid == ${F[getpid]}" 1
	field '.empties | contains(["uts", "ipc"])' true
	expect_event ".event == \"unshare\" and .pid == ${F[getpid]}" 1
	fields .result 0 '.changed | join(",")' uts,ipc .before.uts "${F[1:uts]}" .after.uts "${F[2:uts]}"
}

t_cli_poll_command() {
	"$NSWATCH" trace -J -q --poll 20 -- sh -c 'exit 5' >"$T/out.json" 2>"$T/err"
	RC=$?
	expect_rc 5
	"$NSWATCH" trace -q --poll 20 -- "$T/not there" >"$T/text" 2>"$T/err"
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc 127
}

# not_raw FILE: no byte of it is for the terminal itself, and none turns the writing.
not_raw() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xff' "$1" ||
		fail "raw bytes: $2: $(od -c "$1" | head -5)"
}

# Whatever is said on standard error is safe for a terminal: names that others chose, and words that
# were typed, which may have come out of a script.
t_cli_talk_is_escaped() {
	local bad=$'nsw\e]0;x\a\e[31m\u202e\u009b\xff\nline' line
	local -a words

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		read -ra words <<<"$line"
		"$NSWATCH" "${words[@]//BAD/$bad}" >"$T/out" 2>"$T/err" </dev/null
		[ -s "$T/err" ] || fail "nothing is said: $line"
		not_raw "$T/err" "$line"
		[ "$(grep -c . "$T/err")" -le 2 ] || fail "a line is broken: $line: $(cat "$T/err")"
	done <<-'EOF2'
		BAD
		trace -r BAD
		trace -e BAD
		trace -t BAD
		trace -n BAD
		trace -u BAD
		trace -o BAD
		trace -Q BAD
		trace -p BAD
		trace --hook BAD
		trace --BAD
		trace -w /BAD/BAD -- true
		trace -q --poll 50 -- /BAD
		explain BAD
		explain /BAD
		explain -r BAD
		explain 1 BAD
		ls BAD
		ls -o BAD
		ls -t BAD
		ls -Q BAD
		ls --diff BAD
		create --BAD
		create --root BAD
		create /BAD
		create --net=/BAD/BAD true
		enter BAD
		enter /BAD true
		enter -t BAD
		enter --net=BAD true
		netns BAD
		netns exec BAD true
		netns delete BAD
		netns identify BAD
		netns set BAD 1
		netdev BAD
		netdev where BAD
		netdev --netns BAD
		netdev move BAD --to BAD
		graph BAD
		graph net BAD
		graph pid BAD
		graph mnt /BAD
		doctor --hook BAD
	EOF2
}

# Names of others, of which one that is unknown is told: here a net namespace's.
t_cli_talk_of_others() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mkdir -p /run/netns; mount -t tmpfs none /run/netns && : >"/run/netns/$1" && shift && exec "$@"' \
		- $'nsw\e[31m\u202e\xff' "$NSWATCH" enter "no-such-$$" >"$T/out" 2>"$T/err"
	not_raw "$T/err" "enter no-such"
	grep -qF 'nsw\x1b[31m\u202e\xff' "$T/err" || grep -q ', \.\.\.$' "$T/err" || fail "it is not told: $(cat "$T/err")"
}

# JSON says which host it is of: the one of the uts namespace that nswatch is in, or the recorded one.
t_cli_json_host() {
	local name=nsw-$$
	cat >"$T/run" <<-EOF
		echo $name >/proc/sys/kernel/hostname
		for what in ls 'netns list' netdev 'netdev where lo' 'graph net' 'graph pid' 'explain -J self' 'explain -J lo' doctor; do
			echo "\$what"
			[[ \$what == *-J* ]] || what+=' --json'
			"$NSWATCH" \${what/self/\$\$} >"$T/doc" 2>"$T/err"
			jq -e -n 'first(inputs).host == "$name"' "$T/doc" || { cat "$T/doc" "$T/err"; exit 1; }
		done
		"$NSWATCH" ls --json -l -t uts -o NS,TYPE >"$T/before"
		"$NSWATCH" ls --json -l -t uts -o NS,TYPE --diff "$T/before" | jq -e '.host == "$name"' || exit
		ln -s "$NSWATCH" "$T/lsns"
		"$T/lsns" --json | jq -e 'keys == ["namespaces"]' || exit
		"$NSWATCH" trace -J -q ${FORCE[*]} -- unshare -u true >"$T/events"
		"$NSWATCH" trace -w "$T/rec" -q ${FORCE[*]} -- unshare -u true
	EOF
	unshare -u bash "$T/run" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
	"$NSWATCH" trace -r "$T/rec" -J >"$T/read"
	for file in events read; do
		jq -e -n --arg name "$name" '[inputs.host] | length > 0 and all(. == $name)' "$T/$file" >/dev/null ||
			fail "$file: $(head -n 3 "$T/$file")"
	done
	"$NSWATCH" explain -r "$T/rec" -J | jq -e --arg name "$name" '.host == $name' >/dev/null || fail "explain -r"
}

# A namespace that is not there is told, and one that is there is not.
t_cli_trace_ns_missing() {
	"$NSWATCH" trace -n 4294967000 --duration 100ms >"$T/out" 2>"$T/err" || fail "status $?"
	grep -q -- '--ns 4294967000: there is no such namespace' "$T/err" || fail "$(cat "$T/err")"
	"$NSWATCH" trace -n "net:[$(inum net)]" --duration 100ms >"$T/out" 2>"$T/err" || fail "status $?"
	! grep -q 'no such namespace' "$T/err" || fail "$(cat "$T/err")"
}

# Without root most can't be looked at: that is said, and is not "nothing".
t_cli_explain_unread() {
	chmod 755 "$T"
	cp "$NSWATCH" "$T/nswatch"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/nswatch" explain >"$T/out" 2>"$T/err"
	RC=$?
	[ "$RC" -ne 0 ] || fail "status 0: $(cat "$T/out" "$T/err")"
	grep -qE 'namespaces of [0-9]+ of [0-9]+ processes may not be read' "$T/err" || fail "$(cat "$T/err")"
	# Of a namespace the kernel does not know who made it.
	partner made "$(helper nsact)" unshare uts ns say ready wait
	until_said made ready
	"$NSWATCH" explain "uts:[${F[uts]}]" >"$T/out" || [ $? = 1 ] || fail "$(cat "$T/out")"
	grep -q 'made by  *unknown' "$T/out" || fail "$(cat "$T/out")"
	"$NSWATCH" explain "uts:[$(inum uts)]" >"$T/out"
	! grep -q 'made by' "$T/out" || fail "$(cat "$T/out")"
	go_on made
}

# What a trace wrote as JSON is read back as a recording is: the same events, and all that is made of them.
# On a machine whose users have other names, the recorded ones are shown, by recordings and by JSON.
t_cli_read_users() {
	local out
	need jq setpriv
	printf 'root:x:0:0::/:/bin/sh\nhere:x:4711:4711::/:/bin/sh\n' >"$T/here"
	printf 'boss:x:0:0::/:/bin/sh\nthere:x:4711:4711::/:/bin/sh\n' >"$T/there"
	# shellcheck disable=SC2016 # for the inner shell
	with_users() { unshare -m sh -c 'mount --make-rprivate / && mount --bind "$0" /etc/passwd && exec "$@"' "$@"; }
	with_users "$T/here" "$NSWATCH" trace -q "${FORCE[@]}" --to "record:$T/t.nsw" --to "json:$T/t.json" -e unshare -- \
		setpriv --reuid 4711 --regid 4711 --clear-groups unshare -U true 2>"$T/err"
	for out in t.nsw t.json; do
		with_users "$T/there" "$NSWATCH" trace -r "$T/$out" -o USER,UID -Q 'uid == 4711' >"$T/users" 2>&1
		grep -qE '^here +4711$' "$T/users" || fail "$out: $(cat "$T/users")"
		with_users "$T/there" "$NSWATCH" trace -r "$T/$out" -J -Q 'uid == 4711' | jq -e '.user == "here"' >/dev/null ||
			fail "$out: another name in JSON"
		with_users "$T/there" "$NSWATCH" trace -r "$T/$out" -o USER -Q 'user == "here"' | grep -qx 'here *' || fail "$out: not found by name"
		with_users "$T/there" "$NSWATCH" trace -r "$T/$out" -o USER -Q 'user == "there" || user == "boss"' | tail -n +2 >"$T/others"
		[ ! -s "$T/others" ] || fail "$out: by names of this machine: $(cat "$T/others")"
	done
	# What does not say it is of the machine that reads.
	sed -i 's/"user":"[^"]*",//' "$T/t.json"
	with_users "$T/there" "$NSWATCH" trace -r "$T/t.json" -o USER -Q 'uid == 4711' | grep -qx 'there *' || fail "older JSON has no name"
}

t_cli_read_json() {
	need jq
	"$NSWATCH" trace -J -q "${FORCE[@]}" -- sh -c 'unshare -u true; unshare -Upf true; unshare -u -- unshare -n false' \
		>"$T/live.json" 2>"$T/err"
	[ "$(wc -l <"$T/live.json")" -ge 6 ] || fail "few events: $(cat "$T/err" "$T/live.json")"
	"$NSWATCH" trace -r "$T/live.json" -J >"$T/again.json" || fail "can't be read"
	# Notes of a live trace know more: they ask /proc.
	for file in live again; do jq -c 'del(.notes)' "$T/$file.json" >"$T/$file.events"; done
	cmp "$T/live.events" "$T/again.events" >&2 || fail "not the same events"
	"$NSWATCH" trace -r - <"$T/live.json" >"$T/lines" || fail "not from a pipe"
	[ "$(grep -c ' unshare ' "$T/lines")" -ge 4 ] || fail "no lines: $(cat "$T/lines")"
	"$NSWATCH" explain -r "$T/live.json" >"$T/story"
	grep -q 'unshares uts' "$T/story" || fail "no story: $(cat "$T/story")"
	# A line that is damaged is told with its number, and all others are shown.
	sed -i '3s/"ts_ns":/"ts":/' "$T/live.json"
	"$NSWATCH" trace -r "$T/live.json" -J >"$T/damaged.json" 2>"$T/err"
	RC=$?
	expect_rc 1
	grep -q "live.json: line 3: no event" "$T/err" || fail "said: $(cat "$T/err")"
	[ "$(wc -l <"$T/damaged.json")" -eq $(($(wc -l <"$T/live.json") - 1)) ] || fail "lost more than one line"
}

# A named pipe as output is waited for until somebody reads it, or a signal comes; as a history it is none.
t_cli_pipe_unread() {
	local args
	"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/rec" -- unshare -u true
	mkfifo "$T/pipe"
	for args in "report -r $T/rec -o $T/pipe" "trace -r $T/rec -w $T/pipe" "trace -u 65533 --to json:$T/pipe"; do
		# shellcheck disable=SC2086 # words
		"$NSWATCH" $args >"$T/out" 2>"$T/err" &
		P=$!
		BACKGROUND+=("$P")
		# From when SIGTERM (bit 14) is blocked it is up to the program.
		until awk '/^SigBlk:/ { found = substr($2, 13, 1) ~ /[4-7c-f]/ } END { exit !found }' "/proc/$P/status"; do tick; done
		kill -TERM "$P"
		RC=0
		wait "$P" || RC=$?
		grep -q "open $T/pipe for writing: Interrupted" "$T/err" || fail "$args: status $RC, $(cat "$T/err")"
	done
	# Who reads later gets all.
	"$NSWATCH" trace -r "$T/rec" --to "json:$T/pipe" 2>"$T/err" &
	P=$!
	BACKGROUND+=("$P")
	cat "$T/pipe" >"$T/read"
	wait "$P" || fail "$(cat "$T/err")"
	"$NSWATCH" trace -r "$T/rec" -J | cmp - "$T/read" >&2 || fail "not all"
	nsw_rc=0
	timeout -k 1 20 "$NSWATCH" history --db "$T/pipe" 2>"$T/err" || nsw_rc=$?
	grep -q 'is no regular file' "$T/err" || fail "a pipe as a history: $nsw_rc, $(cat "$T/err")"
}

# Where the caller closed standard output no file that is opened gets its number, and is printed into.
t_cli_closed_output() {
	local command

	"$NSWATCH" trace -q "${FORCE[@]}" -w "$T/rec" -- unshare -u true
	cp "$T/rec" "$T/rec.was"
	for command in ls "graph uts" "trace -r $T/rec" "trace -r $T/rec -J" "report -r $T/rec"; do
		# shellcheck disable=SC2086 # words
		timeout -k 1 20 "$NSWATCH" $command >&- 2>"$T/err"
		RC=$?
		expect_rc 1
		grep -q 'write to standard output: Bad file descriptor' "$T/err" || fail "$command says $(cat "$T/err")"
	done
	cmp -s "$T/rec" "$T/rec.was" || fail "the recording was written into"
	# shellcheck disable=SC2016 # for the inner shell
	"$NSWATCH" create sh -c '[ ! -e /proc/$$/fd/1 ]' >&- || fail "a program has what it had not"
}
