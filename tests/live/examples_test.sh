# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Every example of every help runs and does what it is for. The manual pages have the same ones, and
# those of their own that are here too; those of nswatch-lxc(7) are run by lxc_test.sh.

# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# examples COMMAND: those of its help, a line each, without what is said of them.
examples() {
	COLUMNS=200 "$NSWATCH" "$1" --help | sed -n '/^Examples:/,/^$/s/^  \(nswatch[^ ]* \{0,1\}.*\)/\1/p' | sed 's/  .*//'
}

# there LINE: the example with the names and numbers that there are here.
there() {
	sed -e "s/--net-socket 7/--net-socket $SOCKET/" -e "s/\<4711\>/$HELD/g" -e "s/\<4026532938\>/$HELD_NET/g" \
		-e "s|/tmp/t.nsw|$T/t.nsw|g" -e "s|/tmp/h.db|$T/h.db|g" -e 's/--duration 1m/--duration 1s/' -e "s/--to 1\>/--to $BOX/" \
		-e 's/; \.\.\.;/;/' -e "s/--\(at\|diff-since\) '[^']*'/--\1 now/" -e "s|\\<before\\>|$T/before|g" <<<"$1"
}

# right_status STATUS LINE: the one that the example is to end with.
right_status() {
	case $2 in
	*" -- unshare -u -p -i sh -c "* | *"create --trace "*) [ "$1" = 1 ] || [ "$1" = 2 ] ;;
	"nswatch explain"*) [ "$1" -le 1 ] ;;
	*) [ "$1" = 0 ] ;;
	esac
}

# run_example LINE
run_example() {
	local line until_attached=

	line=$(there "$1")
	case $1 in
	*docker:* | *nats://*) return ;; # there is no such container or server: enter_find_test.sh and fleet_test.sh have others
	"nswatch trace"*" -- "* | "nswatch trace -r"* | *--duration*) ;;
	# What goes on until Ctrl-C is ended when it has begun.
	"nswatch history --follow"*)
		until_attached="& p=\$!
			tail --pid=\$p -n +1 -f '$T/said' | grep -q .
			kill -TERM \$p; wait \$p"
		;;
	"nswatch trace"* | "nswatch record"*)
		until_attached="& p=\$!
			tail --pid=\$p -n +1 -f '$T/err' | grep -q 'Ctrl-C ends'
			kill -TERM \$p; wait \$p"
		;;
	esac
	STATE_DIRECTORY=$T box timeout --preserve-status -s INT "${NSWATCH_PATIENCE:-60}" bash -c \
		"cd '$T'; nswatch() { '$NSWATCH' \"\$@\" $until_attached; }; $line" \
		</dev/null >"$T/said" 2>"$T/err"
	RC=$?
	right_status $RC "$1" || fail "$1: status $RC"
	! grep -E '^nswatch: .*(unknown|unexpected|no such option|takes no|needs an)' "$T/err" || fail "$1"
	N=$((N + 1))
}

t_examples() {
	local command line
	in_vm && skip "the programs that the examples run are not all in the virtual machine"
	need sqlite3
	box_make
	printf 'all:\n' >"$T/Makefile"
	box ip link add eth0 type veth peer name eth1
	partner held "$(helper nsact)" unshare net,uts,ipc ns socket say ready wait
	until_said held ready
	HELD=${F[getpid]} HELD_NET=${F[net]} SOCKET=${F[socket]} N=0
	# What looks back needs a snapshot.
	STATE_DIRECTORY=$T box_start "$NSWATCH" record -q
	until sqlite3 -readonly "$T/history.db" 'SELECT id FROM snapshot' 2>/dev/null | grep -q .; do tick; done
	kill "$P"
	wait "$P"
	# What one makes, the next uses.
	for command in netns create enter netdev explain ls trace record history doctor; do
		[ "$command" = netdev ] && box "$NSWATCH" netns add blue
		[ "$(examples "$command" | wc -l)" -ge 2 ] || fail "no examples of $command"
		while read -r line; do
			run_example "$line"
		done < <(examples "$command")
	done
	[ "$N" -ge 40 ] || fail "only $N examples"
	go_on held
}

# Those that only a manual page has.
t_examples_of_pages() {
	box_make
	box "$NSWATCH" create --uts hostname x || fail "nswatch-create(8)"
	box bash -c "'$NSWATCH' create --uts=/run/lab-uts hostname lab && nsenter --uts=/run/lab-uts uname -n" >"$T/said" ||
		fail "nswatch-create(8)"
	[ "$(cat "$T/said")" = lab ] || fail "$(cat "$T/said")"
	box bash -c 'umount /run/lab-uts && rm /run/lab-uts' || fail "nswatch-create(8)"
	box "$NSWATCH" -- unshare -p -f date >"$T/said" 2>"$T/err" || fail "nswatch(8)"
	grep -q 'pidns-init' "$T/said" || fail "$(cat "$T/said")"
	box "$NSWATCH" trace -o EVENT,PID,DETAIL -- unshare -u -p -i /bin/sh -c 'date; ls; echo $$' >"$T/said" 2>"$T/err"
	grep -q 'fork-denied' "$T/said" || fail "nswatch-trace(8): $(cat "$T/said")"
	box_start "$NSWATCH" create -u -p -f --mount-proc sh -c 'hostname lab; sleep 600'
	until SLEEP=$(pgrep -P "$(pgrep -P "$P" || echo none)" -x sleep); do tick; done
	box "$NSWATCH" enter -t "$SLEEP" -u -m -p ps -ef >"$T/said" || fail "nswatch-enter(8)"
	grep -q 'sleep 600' "$T/said" || fail "$(cat "$T/said")"
}
