# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2086 # what runs is for inner shells; words are to be split
# What a user named is opened with that user's own rights, whatever the program's file has.

# shellcheck source=tests/live/rights_lib.sh
. "$NSWATCH_LIVE/rights_lib.sh"

# Of root: a namespace and its file, a recording, a snapshot and a program behind a directory of
# mode 700, each of them open to all but for that; and a recording of mode 600 in an open one.
secrets_make() {
	mkdir -m 700 "$T/shut"
	mkdir "$T/shut/dir"
	unshare -n env "SECRET=word$$" sleep 1000 &
	BACKGROUND+=($!)
	HOLDER=$!
	until [ "$(inum net $HOLDER)" != "$(inum net)" ]; do tick; done
	: >"$T/shut/ns"
	mount --bind "/proc/$HOLDER/ns/net" "$T/shut/ns" && at_end "umount '$T/shut/ns'"
	"$NSWATCH" trace -q "${FORCE[@]}" -e exec,unshare -w "$T/shut/rec" -- unshare -u sh -c "exec env secret$$ true" 2>"$T/err"
	"$NSWATCH" ls -J >"$T/shut/json" || fail "no snapshot"
	printf '#!/bin/sh\necho secret%s\n' $$ >"$T/shut/prog"
	chmod 644 "$T/shut/rec" "$T/shut/json"
	chmod 755 "$T/shut/prog"
	cp "$T/shut/rec" "$T/rec600"
	cp "$T/shut/json" "$T/json600"
	chmod 600 "$T/rec600" "$T/json600"
	chmod 755 "$T"
}

# Each command with each kind of path of the user's: as root it does not fail for want of a right, as
# nobody with the program of all capabilities that are documented it does.
OPENS='
trace -r SHUT/rec
trace -r REC600
trace -w SHUT/new.nsw -- true
trace --to lines:SHUT/new.nsw -- true
trace --to json:SHUT/new.nsw -- true
trace --to summary:SHUT/new.nsw -- true
trace -q -- SHUT/prog
trace -q --poll 20 -- SHUT/prog
explain -r SHUT/rec
explain -r REC600
explain -- SHUT/prog
explain SHUT/ns
ls --diff SHUT/json
ls --diff JSON600
netdev --netns SHUT/ns
netdev where lo --netns SHUT/ns
netdev --netns /proc/HOLDER/ns/net
netdev move nsw-no-such --to SHUT/ns
netns attach nsw-filecaps SHUT/ns
netns attach nsw-filecaps HOLDER
create SHUT/prog
create --trace SHUT/prog
create --trace=--to=json:SHUT/new.nsw true
create --wd SHUT/dir true
create --root SHUT/dir true
enter SHUT/ns true
enter --trace --net=SHUT/ns true
enter --net=SHUT/ns true
enter --net=/proc/HOLDER/ns/net true
enter -t HOLDER --env env
enter -t HOLDER --root true
enter -t HOLDER --wd env
enter -t HOLDER --net true
enter -t HOLDER --all true
enter --net=/proc/self/ns/net --wd=SHUT/dir true
enter --net=/proc/self/ns/net --root=SHUT/dir true
enter --uts=/proc/self/ns/uts SHUT/prog
'

DENIED='Permission denied|EACCES|Operation not permitted|EPERM|no file of a namespace|may not be|is not an? '

t_filecaps_opens() {
	local line status

	other_make $DOCUMENTED
	secrets_make
	while read -r line; do
		[ -n "$line" ] || continue
		line=${line//SHUT/$T/shut} line=${line//HOLDER/$HOLDER}
		line=${line//REC600/$T/rec600} line=${line//JSON600/$T/json600}
		"$NSWATCH" $line >"$T/out" 2>"$T/err" </dev/null
		! grep -qE 'Permission denied|EACCES' "$T/err" || fail "root may not: $line: $(cat "$T/err")"
		rm -f "$T/shut/new.nsw"
		[ "${line#netns attach}" = "$line" ] || "$NSWATCH" netns delete nsw-filecaps 2>/dev/null
		nobody "$OTHER" $line >"$T/out" 2>"$T/err" </dev/null
		status=$?
		[ $status -ne 0 ] || fail "nobody may: $line"
		[ ! -e "$T/shut/new.nsw" ] || fail "nobody wrote: $line"
		! grep -q "secret$$\|word$$\|$(inum net $HOLDER)" "$T/out" "$T/err" || fail "nobody reads by: $line"
		grep -qE "$DENIED" "$T/err" || fail "not said to be refused: $line: $(cat "$T/err")"
		! grep -qE 'not a recording|no recording|JSON|reassociate|change root|chroot' "$T/err" ||
			fail "it was opened: $line: $(cat "$T/err")"
	done <<<"$OPENS"
}

# The same for its bytes: of a file that is no recording nothing is told but that it may not be read.
t_filecaps_bytes() {
	local line

	other_make $DOCUMENTED
	chmod 755 "$T"
	echo "secret$$" >"$T/secret"
	chmod 600 "$T/secret"
	for line in "trace -r" "explain -r" "ls --diff" explain "netdev --netns" "enter" "gen man"; do
		! nobody "$OTHER" $line "$T/secret" >"$T/out" 2>"$T/err" || fail "nobody may: $line"
		! grep -q "secret$$" "$T/out" "$T/err" || fail "nobody reads by: $line"
		[ "$line" = "gen man" ] || grep -qE 'Permission denied|EACCES|no file of a namespace' "$T/err" ||
			fail "it was opened: $line: $(cat "$T/err")"
	done
}

# held PID: its capabilities, in effect and not.
held() { sed -n 's/^Cap\(Prm\|Eff\):\t0*\([0-9a-f]\)/\2/p' "/proc/$1/status" | xargs; }

# What acts, and what only reads a recording, has given up all for good; what looks keeps what is
# documented, out of effect while it waits for what the user named.
t_filecaps_given_up() {
	local line pid

	other_make $DOCUMENTED
	chmod 755 "$T"
	mkfifo -m 666 "$T/fifo"
	for line in "trace -r" "explain -r" "create --fork cat"; do
		exec 8<>"$T/fifo"
		setpriv --reuid=65534 --regid=65534 --clear-groups "$OTHER" $line "$T/fifo" >"$T/out" 2>"$T/err" 8>&- &
		pid=$!
		BACKGROUND+=("$pid")
		until [ "$(cat "/proc/$pid/comm") $(held $pid)" = "nswatch 0 0" ]; do
			kill -0 $pid || fail "$line ended: $(cat "$T/err")"
			echo "$line: capabilities are $(held $pid)"
			tick
		done
		exec 8>&-
		wait $pid
	done
}

# The maps of a new user namespace are in /proc/self, which is the user's own only where no right is
# left: so it works as with a program without capabilities.
t_filecaps_own_proc() {
	[ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 1 ] ||
		skip "users may make no user namespaces"
	other_make $DOCUMENTED
	[ "$(nobody "$OTHER" create --user --map-root-user id -u 2>"$T/err")" = 0 ] || fail "no root there"
	[ "$(nobody "$OTHER" create --user --map-root-user --fork --pid --mount-proc sh -c 'echo $$' 2>"$T/err")" = 1 ] ||
		fail "no pid 1 there"
}

# A set-user-ID bit gives nothing.
t_filecaps_setuid() {
	local line

	other_make $DOCUMENTED
	secrets_make
	setcap -r "$OTHER"
	chown 0:0 "$OTHER"
	chmod 6755 "$OTHER"
	for line in "trace -r $T/rec600" "create $T/shut/prog" "create id -u"; do
		nobody "$OTHER" $line >"$T/out" 2>"$T/err"
		! grep -q "secret$$\|^0$" "$T/out" "$T/err" || fail "nobody may: $line"
	done
	[ "$(nobody "$OTHER" create id -u 2>"$T/err")" = 65534 ] || fail "it is not the user's"
}
