# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # what runs is for inner shells
# Nothing that another process can make hang is waited for.

# in_time SECONDS CMD...: it ends by itself in so many, more on a slow machine; its status in $RC.
in_time() {
	local seconds=$1
	shift
	timeout -s KILL "$(scaled "$seconds")" "$@" >"$T/out" 2>"$T/err" </dev/null
	RC=$?
	[ $RC -ne 137 ] || fail "it hangs: ${*#"$NSWATCH"}"
}

# dead_make: a file system that answers no more; who has a file of it open, and namespaces of its own,
# is $HOLDER; whose root directory it is, $ROOTED; whose arguments are on it, $TITLED.
dead_make() {
	mkdir "$T/d"
	partner fs "$(helper deadfs)" "$T/d"
	at_end "umount -l '$T/d'"
	word_or_skip fs "no FUSE here"
	mkfifo "$T/hold"
	exec 8<>"$T/hold"
	unshare -u -n sh -c 'exec 7<"$0/file" && read x' "$T/d" <&8 >/dev/null &
	HOLDER=$!
	partner titled unshare -u "$(helper onfile)" "$T/d/file"
	TITLED=${PID[titled]}
	word_or_skip titled "no memory of a file"
	partner rooted unshare -m "$(helper onfile)" - "$T/d"
	ROOTED=${PID[rooted]}
	word_or_skip rooted "no root directory there"
	until [ -e "/proc/$HOLDER/fd/7" ]; do tick; done
	BACKGROUND+=("$HOLDER")
	echo >&"${IN[fs]}"
	read -r -t "$(scaled 10)" _ <&"${OUT[fs]}" || fail "the file system still answers"
}

t_dead_file_system() {
	local line

	dead_make
	while read -r line; do
		# shellcheck disable=SC2086 # words
		in_time 10 "$NSWATCH" ${line//HOLDER/$HOLDER}
	done <<-EOF2
		ls --source proc
		ls --source proc --hidden
		ls --source proc -t net -o NS,COMMAND,KEPT
		ls
		ls --hidden
		ls -p HOLDER
		explain HOLDER
		explain $ROOTED
		explain $TITLED
		explain --source proc
		enter $(inum uts "$HOLDER") true
		enter no-such-$$
		netdev
		netns list
	EOF2
	# What could be seen is there, and what could not is told.
	in_time 10 "$NSWATCH" ls --source proc -n -r -t uts -o NS,PID
	grep -q "^$(inum uts "$HOLDER") $HOLDER" "$T/out" || fail "$HOLDER is not there"
	in_time 10 "$NSWATCH" ls -n -r -t uts -o PID,COMMAND
	grep -q "^$TITLED onfile$" "$T/out" || fail "$TITLED has no name: $(grep "^$TITLED" "$T/out")"
	in_time 10 "$NSWATCH" explain "$ROOTED"
	grep -q 'got no answer in time' "$T/err" || fail "it is not told: $(cat "$T/err")"
}

# autofs, whose daemon does nothing: what is below a root directory of that is not waited for.
t_dead_autofs() {
	local line

	mkdir "$T/d"
	partner fs "$(helper deadfs)" -a "$T/d"
	at_end "umount -l '$T/d'"
	word_or_skip fs "no autofs here"
	partner rooted unshare -m "$(helper onfile)" - "$T/d"
	word_or_skip rooted "no root directory there"
	for line in "ls --source proc --hidden" "ls --hidden" "explain ${PID[rooted]}" "enter -t ${PID[rooted]} -m true" "netdev"; do
		# shellcheck disable=SC2086 # words
		in_time 10 "$NSWATCH" $line
		[ "${line%% *}" != explain ] || grep -q 'got no answer in time' "$T/err" || fail "it is not told: $(cat "$T/err")"
	done
}

# A name service that gives no answer: users have their numbers, and that is told.
t_dead_name_service() {
	need gcc
	printf '%s\n' '#include <nss.h>' '#include <pwd.h>' '#include <unistd.h>' \
		'enum nss_status _nss_nswdead_getpwuid_r(uid_t u, struct passwd *p, char *b, size_t n, int *e);' \
		'enum nss_status _nss_nswdead_getpwuid_r(uid_t u, struct passwd *p, char *b, size_t n, int *e)' \
		'{ for (;;) pause(); return NSS_STATUS_NOTFOUND; }' >"$T/nss.c"
	gcc -shared -fPIC -o "$T/libnss_nswdead.so.2" "$T/nss.c" 2>"$T/why" || skip "no name service can be made: $(cat "$T/why")"
	echo "passwd: nswdead" >"$T/nsswitch.conf"
	in_time 10 unshare -m sh -c 'mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && shift &&
		exec env LD_LIBRARY_PATH="$0" "$@"' "$T" - "$NSWATCH" ls -n -r -t uts -o USER
	grep -qx 0 "$T/out" || fail "no number of a user: $(head -3 "$T/out")"
	grep -q 'got no answer in time' "$T/err" || fail "it is not told: $(cat "$T/err")"
}
