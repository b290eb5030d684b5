# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nats_lib.sh - servers of NATS JetStream, and histories of made-up hosts. The tests' network namespace is not
# the host's: its loopback has all ports free.

# nats_box: a network namespace of the test's own, in which nats_in runs commands.
nats_box() {
	need nats-server
	need curl
	unshare -n sleep infinity &
	BOX=$!
	BACKGROUND+=("$BOX")
	until [ "$(inum net "$BOX" 2>/dev/null)" != "$(inum net)" ] && [ "$(cat "/proc/$BOX/comm")" = sleep ]; do tick; done
	nats_in ip link set lo up || skip "no loopback in a network namespace here"
}
nats_in() { nsenter --net="/proc/$BOX/ns/net" "$@"; }

declare -A NATS

# nats_conf NAME PORT [LINE...]: a server's configuration, with more lines; its monitor is at PORT + 1000.
nats_conf() {
	local name=$1 port=$2
	shift 2
	{
		printf 'listen: 127.0.0.1:%s\nhttp: 127.0.0.1:%s\nserver_name: %s\n' "$port" $((port + 1000)) "$name"
		printf 'jetstream { store_dir: "%s", max_file: 1G }\n' "$T/js.$name"
		printf '%s\n' "$@"
	} >"$T/nats.$name.conf"
}
# nats_spawn NAME, nats_ready PORT: begins it, and waits until it is there.
nats_spawn() {
	# Not by a function: its shell would have the number.
	nsenter --net="/proc/$BOX/ns/net" nats-server -c "$T/nats.$1.conf" >>"$T/nats.$1.log" 2>&1 &
	NATS[$1]=$!
	BACKGROUND+=("${NATS[$1]}")
}
nats_ready() {
	until nats_in curl -sf "http://127.0.0.1:$(($1 + 1000))/healthz" >/dev/null 2>&1; do tick 0.05; done
}
nats_run() {
	nats_spawn "$1"
	nats_ready "$2"
}
nats_start() {
	nats_conf "$@"
	nats_run "$1" "$2"
}
nats_kill() {
	kill -KILL "${NATS[$1]}"
	wait "${NATS[$1]}" 2>/dev/null
}

# stored PORT [STREAM]: how many messages a stream has.
stored() {
	nats_in curl -sf "http://127.0.0.1:$(($1 + 1000))/jsz?streams=true" |
		jq "[.account_details[]?.stream_detail[]? | select(.name == \"${2:-NSWATCH}\") | .state.messages] | add // 0"
}

# wire PORT: what is published from here on, as the protocol has it, to $T/wire.
wire() {
	# shellcheck disable=SC2016 # for the inner shell
	nsenter --net="/proc/$BOX/ns/net" bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$1"
		printf "CONNECT {\"headers\":true,\"verbose\":false,\"no_responders\":true}\r\nSUB nswatch.> 1\r\nPING\r\n" >&5
		exec cat <&5' bash "$1" >"$T/wire" &
	BACKGROUND+=($!)
	until grep -q PONG "$T/wire"; do tick; done
}

# ask PORT WHAT TEXT: a request to JetStream ($JS.API.WHAT); its answer.
ask() {
	# shellcheck disable=SC2016 # for the inner shell
	nats_in bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$1"
		printf "CONNECT {\"verbose\":false}\r\nSUB answer.$$ 1\r\nPUB \$JS.API.%s answer.$$ %d\r\n%s\r\n" "$2" "${#3}" "$3" >&5
		while read -r -t 10 line <&5; do case $line in "{"*) echo "$line"; break ;; esac; done' bash "$@"
}

# publish PORT SUBJECT TEXT: a message of anybody.
publish() {
	# shellcheck disable=SC2016 # for the inner shell
	nats_in bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$1"
		printf "CONNECT {\"verbose\":false}\r\nPUB %s %d\r\n%s\r\nPING\r\n" "$2" "${#3}" "$3" >&5
		while read -r -t 10 line <&5; do case $line in PONG*) break ;; esac; done' bash "$@"
}

# events HOST FROM N: JSON Lines of a made-up host, one a millisecond.
events() {
	awk -v host="$1" -v from="$2" -v n="$3" 'BEGIN {
		for (i = from; i < from + n; i++) {
			ns = (i % 1000) * 1000000
			printf "{\"v\":1,\"event\":\"%s\",\"time\":\"2026-11-29T%02d:%02d:%02d.%09dZ\",\"host\":\"%s\",\"ts_ns\":%d000000," \
				"\"user\":\"root\",\"pid\":%d,\"tid\":%d,\"ppid\":1,\"uid\":0,\"comm\":\"made-up\",\"cpu\":1,", \
				i % 10 ? "exec" : "exit", int(i / 3600000) % 24, int(i / 60000) % 60, int(i / 1000) % 60, ns, host, i + 1,
				i + 1, i + 1
			print i % 10 ? "\"filename\":\"/bin/true\"}" : "\"exit_code\":{\"exited\":true,\"code\":0}}"
		}
	}'
}

# spool DB HOST FROM N [OPTION...]: records events of a made-up host.
spool() {
	local db=$1
	events "$2" "$3" "$4" >"$T/events"
	shift 4
	"$NSWATCH" record -q --db "$db" -r "$T/events" "$@" || fail "record ended with $?"
}

# ship URL OPTION...: ships $T/h.db; its status in $RC, what it says in $T/ship.err.
ship() {
	nats_in "$NSWATCH" ship "$1" --db "${DB:-$T/h.db}" --state "${STATE:-$T/state}" "${@:2}" 2>"$T/ship.err"
	# shellcheck disable=SC2034 # for the tests
	RC=$?
}

# refused STATUS TEXT: the ship before ended so, and said this in its first line.
refused() {
	[ "$RC" = "$1" ] || fail "ended with $RC: $(cat "$T/ship.err")"
	head -n 1 "$T/ship.err" | grep -q "$2" || fail "said: $(cat "$T/ship.err")"
}

# shipped N: the ship before was well, and the stream has so many.
shipped() {
	[ "$RC" = 0 ] || fail "ended with $RC: $(cat "$T/ship.err")"
	[ "$(stored 4222)" = "$1" ] || fail "the stream has $(stored 4222): $(cat "$T/ship.err")"
}
