# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# fleet_test.sh - events of several hosts, shipped to NATS JetStream, and read there.
# shellcheck source=tests/live/nats_lib.sh
. "$NSWATCH_LIVE/nats_lib.sh"

# fleet OPTION...: reads the stream; its status in $RC, events in $T/fleet, what it says in $T/fleet.err.
fleet() {
	nats_in "$NSWATCH" trace -r "${SERVERS:-nats://127.0.0.1}" "$@" >"$T/fleet" 2>"$T/fleet.err"
	RC=$?
}

# host_ships HOST FROM N: a host with a history of its own.
host_ships() {
	spool "$T/$1.db" "$1" "$2" "$3"
	DB=$T/$1.db STATE=$T/state.$1 ship "${SERVERS:-nats://127.0.0.1}" --once -q
	[ "$RC" = 0 ] || fail "$1 ended with $RC: $(cat "$T/ship.err")"
}

# Past events of all hosts in order of time; chosen by host, kind and time; as JSON what each host's history says.
t_fleet_past() {
	nats_box
	nats_start a 4222
	for h in web1 web2.example db1; do host_ships "$h" 0 300; done
	fleet --since 2026-11-01 --count 900 -J
	[ "$RC" = 0 ] || fail "ended with $RC: $(cat "$T/fleet.err")"
	jq -se 'length == 900 and (map(.time) | . == sort)' "$T/fleet" >/dev/null || fail "not all, or not in order"
	for h in web1 web2.example db1; do
		jq -c "select(.host == \"$h\")" "$T/fleet" >"$T/got"
		"$NSWATCH" history -q --db "$T/$h.db" -J | jq -c . | diff - "$T/got" >"$T/diff" || fail "$h: $(head -n 4 "$T/diff")"
	done
	fleet --since 2026-11-01 --count 60 -J --host 'web*' -e exit
	jq -se 'length == 60 and all(.[]; .event == "exit" and (.host | startswith("web")))' "$T/fleet" >/dev/null ||
		fail "not chosen by pattern and kind: $(head -n 2 "$T/fleet")"
	fleet --since 2026-11-01 --count 300 -J --host web2.example
	jq -se 'length == 300 and all(.[]; .host == "web2.example")' "$T/fleet" >/dev/null || fail "not chosen by host"
	fleet --since 2026-11-29T00:00:00.250Z --duration 4s -J --reorder 100ms
	jq -se 'length == 150 and all(.[]; .time >= "2026-11-29T00:00:00.25")' "$T/fleet" >/dev/null || fail "not chosen by time"
	fleet --since 2026-11-01 --count 3
	head -n 1 "$T/fleet" | grep -q '^TIME  *HOST  *EVENT' || fail "headings: $(head -n 1 "$T/fleet")"
	awk 'NR > 1 { print $2 }' "$T/fleet" | sort | xargs | grep -qx 'db1 web1 web2.example' || fail "hosts: $(cat "$T/fleet")"
}

# What comes later is shown as it comes, also after the server was killed.
t_fleet_live() {
	local pid
	nats_box
	nats_start a 4222
	host_ships web1 0 100
	nsenter --net="/proc/$BOX/ns/net" "$NSWATCH" trace -J -r nats://127.0.0.1 --since 2026-11-01 --reorder 200ms \
		>"$T/fleet" 2>"$T/fleet.err" &
	pid=$!
	BACKGROUND+=("$pid")
	until [ "$(wc -l <"$T/fleet")" = 100 ]; do tick; done
	host_ships web1 100 100
	until [ "$(wc -l <"$T/fleet")" = 200 ]; do tick; done
	nats_kill a
	until grep -q 'connection to the servers is lost' "$T/fleet.err"; do tick; done
	nats_run a 4222
	host_ships web1 200 100
	until [ "$(wc -l <"$T/fleet")" -ge 300 ]; do tick; done
	kill -INT "$pid"
	wait "$pid" || fail "ended with $?: $(cat "$T/fleet.err")"
	jq -se 'map(.pid) | . == [range(1; 301)]' "$T/fleet" >/dev/null || fail "not each once"
}

# What is no event of this version is counted and told, and keeps no other from being shown.
t_fleet_foreign() {
	nats_box
	nats_start a 4222
	host_ships web1 0 10
	for text in 'no JSON' '{"v":99,"event":"exec","time":"2026-11-29T00:00:00.000000000Z","ts_ns":1}' \
		'{"v":1,"event":"new-kind","time":"2026-11-29T00:00:00.000000000Z","ts_ns":1}'; do
		publish 4222 nswatch.v1.x.exec "$text"
	done
	until [ "$(stored 4222)" = 13 ]; do tick; done
	fleet --since 2026-11-01 --duration 3s -J --reorder 100ms
	[ "$RC" = 0 ] || fail "ended with $RC: $(cat "$T/fleet.err")"
	[ "$(wc -l <"$T/fleet")" = 10 ] || fail "not ten events: $(wc -l <"$T/fleet")"
	grep -q '^nswatch: 3 messages were no events of this version of nswatch: ' "$T/fleet.err" || fail "said: $(cat "$T/fleet.err")"
	"$NSWATCH" trace --host web1 2>"$T/fleet.err"
	[ $? = 2 ] || fail "--host without servers is no wrong usage"
	fleet --stream NONE
	[ "$RC" = 1 ] && grep -q 'the servers have no stream NONE' "$T/fleet.err" && return
	fail "$RC: $(cat "$T/fleet.err")"
}

# Three servers, the stream on each. Servers are killed one after another, and the shipper once: each event is
# in the stream once, and read once.
t_fleet_cluster() {
	local n=${NSWATCH_FLEET:-20000} pid i name routes='routes: [nats://127.0.0.1:6222, nats://127.0.0.1:6223, nats://127.0.0.1:6224]'
	local SERVERS=nats://127.0.0.1:4222,127.0.0.1:4223,127.0.0.1:4224
	nats_box
	i=0
	for name in a b c; do
		# The first waits for a second one, so they begin together.
		nats_conf "$name" $((4222 + i)) "cluster { name: fleet, listen: 127.0.0.1:$((6222 + i)), $routes }"
		nats_spawn "$name" $((4222 + i))
		i=$((i + 1))
	done
	for i in 4222 4223 4224; do nats_ready "$i"; done
	spool "$T/h.db" web1 0 "$n"
	ships() {
		nsenter --net="/proc/$BOX/ns/net" "$NSWATCH" ship "$SERVERS" --replicas 3 --db "$T/h.db" --state "$T/state" \
			--max-rate $((n / 8)) 2>>"$T/ship.err" &
		pid=$!
		BACKGROUND+=("$pid")
	}
	ships
	i=0
	for name in a b c; do
		sleep 2
		nats_kill "$name"
		sleep 1
		nats_spawn "$name" $((4222 + i))
		nats_ready $((4222 + i))
		i=$((i + 1))
		[ "$name" = b ] || continue
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null
		ships
	done
	until [ "$(cat "$T"/state/NSWATCH-* 2>/dev/null)" = "$n" ]; do tick 0.2; done
	kill -INT "$pid"
	wait "$pid" || fail "ended with $?: $(cat "$T/ship.err")"
	[ "$(stored 4222)" = "$n" ] || fail "the stream has $(stored 4222), not $n: $(cat "$T/ship.err")"
	fleet --since 2026-11-01 --count "$n" -J
	jq -r .pid "$T/fleet" | sort -n | diff - <(seq "$n") >"$T/diff" || fail "not each once: $(head -n 4 "$T/diff")"
}
