# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# ship_test.sh - a history to a stream of NATS JetStream, with servers of the test's own.
# shellcheck source=tests/live/nats_lib.sh
. "$NSWATCH_LIVE/nats_lib.sh"

# Every event is a message with its subject and id, which says what the history says; once.
t_ship_once() {
	local id
	nats_box
	nats_start a 4222
	wire 4222
	spool "$T/h.db" web1.example 0 500
	spool "$T/h.db" "db 1" 500 500
	ship nats://127.0.0.1 --once
	[ "$RC" = 0 ] || fail "ended with $RC: $(cat "$T/ship.err")"
	grep -q '^nswatch: shipped 1000 events$' "$T/ship.err" || fail "said: $(cat "$T/ship.err")"
	[ "$(stored 4222)" = 1000 ] || fail "the stream has $(stored 4222)"
	until [ "$(grep -ac '^HMSG nswatch' "$T/wire")" = 1000 ]; do tick; done
	for want in 'web1%2Eexample.exec 450' 'web1%2Eexample.exit 50' 'db%201.exec 450' 'db%201.exit 50'; do
		[ "$(grep -ac "^HMSG nswatch.v1.${want% *} " "$T/wire")" = "${want#* }" ] || fail "not ${want#* } messages of ${want% *}"
	done
	id=$(sqlite3 "$T/h.db" 'SELECT id FROM identity')
	grep -a '^Nats-Msg-Id: ' "$T/wire" | tr -d '\r' | cut -d ' ' -f 2 >"$T/ids"
	seq -f "$id.%.0f" 1000 | diff - "$T/ids" >"$T/diff" || fail "ids: $(head -n 4 "$T/diff")"
	grep -a '^{"v"' "$T/wire" | tr -d '\r' >"$T/bodies"
	jq -e -s "all(.[]; .db == \"$id\" and has(\"boot_id\")) and ([.[].seq] == [range(1; 1001)])" "$T/bodies" >/dev/null ||
		fail "not numbered: $(head -n 1 "$T/bodies")"
	jq -c 'del(.db, .boot_id, .seq)' "$T/bodies" >"$T/got"
	"$NSWATCH" history -q --db "$T/h.db" -J | jq -c . | diff - "$T/got" >"$T/diff" || fail "JSON differs: $(head -n 4 "$T/diff")"
	ship nats://127.0.0.1 --once
	grep -q '^nswatch: shipped 0 events$' "$T/ship.err" || fail "shipped again: $(cat "$T/ship.err")"
	# Without its cursor all goes once more, and the stream knows it all.
	STATE=$T/other ship nats://127.0.0.1 --once
	grep -q '^nswatch: shipped 1000 events, of which the stream had 1000 already$' "$T/ship.err" || fail "$(cat "$T/ship.err")"
	[ "$(stored 4222)" = 1000 ] || fail "the stream has $(stored 4222) after that"
}

# What is recorded while nobody ships, no server answers or the shipper is killed: nothing is missing, nothing twice.
t_ship_outage() {
	local pid
	nats_box
	spool "$T/h.db" web1 0 2000
	start() {
		nsenter --net="/proc/$BOX/ns/net" "$NSWATCH" ship nats://127.0.0.1:4300,127.0.0.1:4222 --db "$T/h.db" --state "$T/state" 2>>"$T/ship.err" &
		pid=$!
		BACKGROUND+=("$pid")
	}
	start
	until grep -q 'no server answers' "$T/ship.err"; do tick; done
	nats_start a 4222
	until [ "$(stored 4222)" = 2000 ]; do tick 0.1; done
	nats_kill a
	spool "$T/h.db" web1 2000 3000
	until grep -q 'connection to the servers is lost' "$T/ship.err"; do tick; done
	nats_run a 4222
	# Killed on its way: what it sent and did not note is sent again.
	until [ "$(stored 4222)" -gt 2000 ]; do tick; done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	start
	spool "$T/h.db" web1 5000 1000
	until [ "$(stored 4222)" -ge 6000 ]; do tick 0.1; done
	kill -INT "$pid"
	wait "$pid" || fail "ended with $?: $(cat "$T/ship.err")"
	[ "$(stored 4222)" = 6000 ] || fail "the stream has $(stored 4222)"
	[ "$(cat "$T"/state/NSWATCH-*)" = 6000 ] || fail "the cursor is at $(cat "$T"/state/NSWATCH-*)"
}

# What the history had to remove before it was shipped is told by an event, with how many.
t_ship_evicted() {
	local all evicted
	nats_box
	nats_start a 4222
	spool "$T/h.db" web1 0 100
	ship nats://127.0.0.1 --once -q
	[ "$RC" = 0 ] || fail "$(cat "$T/ship.err")"
	spool "$T/h.db" web1 100 60000 --keep-size 2M
	all=$(sqlite3 "$T/h.db" 'SELECT max(id) FROM block')
	wire 4222
	ship nats://127.0.0.1 --once
	[ "$RC" = 0 ] || fail "$(cat "$T/ship.err")"
	evicted=$(grep -a '^{"v"' "$T/wire" | tr -d '\r' | jq 'select(.why == "evicted") | .count')
	[ "${evicted:-0}" -gt 100 ] || fail "no event tells what is missing"
	# The numbers of all that was shipped, of the lost ones and of the event that tells of these.
	[ $((100 + evicted + $(stored 4222) - 101)) = "$(sqlite3 "$T/h.db" 'SELECT max(max(id), (SELECT coalesce(max(id), 0) FROM event)) FROM block')" ] ||
		fail "$evicted missing and $(stored 4222) stored are not $all"
}

# Only what is chosen, and not faster than was asked for.
t_ship_chosen() {
	local began took
	nats_box
	nats_start a 4222
	spool "$T/h.db" web1 0 1000
	began=$(date +%s%N)
	ship nats://127.0.0.1 --once -e exit --max-rate 50
	took=$((($(date +%s%N) - began) / 1000000))
	[ "$RC" = 0 ] || fail "$(cat "$T/ship.err")"
	[ "$(stored 4222)" = 100 ] || fail "the stream has $(stored 4222)"
	[ "$took" -ge 1700 ] || fail "100 events at 50 a second took $took ms"
	grep -q '; --max-rate kept [0-9]* waiting$' "$T/ship.err" || fail "not told: $(cat "$T/ship.err")"
	[ "$(cat "$T"/state/NSWATCH-*)" = 1000 ] || fail "the cursor is at $(cat "$T"/state/NSWATCH-*)"
}

# Refused: one line that says why, status 1, and the cursor only as far as the stream has it.
t_ship_refused() {
	nats_box
	nats_start a 4222 'authorization { user: u, password: right }'
	spool "$T/h.db" web1 0 1000
	printf 'u\nwrong\n' >"$T/wrong"
	printf 'u\nright\n' >"$T/right"
	ship nats://127.0.0.1 --once --user-file "$T/wrong"
	refused 1 'refuses the credentials'
	[ "$(wc -l <"$T/ship.err")" = 1 ] || fail "more than a line: $(cat "$T/ship.err")"
	ship nats://u:right@127.0.0.1 --once
	refused 2 'list of processes'
	ship nats://127.0.0.1:4999 --once
	refused 1 'no server answers'
	ship nats://127.0.0.1 --once --user-file "$T/right" --no-notes
	shipped 1000
}

# A host that may publish under its own name alone, as nswatch-fleet(7) has it, ships its own events and no others.
t_ship_permissions() {
	# shellcheck disable=SC2016 # JetStream's own dollar
	local may='publish: ["nswatch.v1.web1.>", "$JS.API.STREAM.INFO.NSWATCH"], subscribe: ["_INBOX.>"]'
	nats_box
	nats_start a 4222 "accounts { A: { jetstream: enabled, users: [ {user: all, password: all}," \
		"{user: web1, password: web1, permissions: {$may}} ] } }"
	printf 'all\nall\n' >"$T/all"
	printf 'web1\nweb1\n' >"$T/web1"
	spool "$T/web1.db" web1 0 300
	spool "$T/web2.db" web2 0 300
	DB=$T/web2.db ship nats://127.0.0.1 --once --user-file "$T/all"
	[ "$RC" = 0 ] || fail "$(cat "$T/ship.err")"
	DB=$T/web1.db STATE=$T/state1 ship nats://127.0.0.1 --once --user-file "$T/web1"
	[ "$RC" = 0 ] || fail "$(cat "$T/ship.err")"
	DB=$T/web2.db STATE=$T/state2 ship nats://127.0.0.1 --once --user-file "$T/web1"
	refused 1 'has acknowledged nothing'
}

# certificate NAME DAYS: for localhost, by the authority in $T/ca.crt.
certificate() {
	openssl req -newkey rsa:2048 -nodes -keyout "$T/$1.key" -out "$T/$1.csr" -subj /CN=localhost 2>/dev/null
	openssl x509 -req -in "$T/$1.csr" -CA "$T/ca.crt" -CAkey "$T/ca.key" -CAcreateserial -out "$T/$1.crt" -days "$2" \
		-extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
}

# By TLS with certificates of both sides; neither an unknown authority nor an expired certificate will do.
t_ship_tls() {
	need openssl
	nats_box
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/ca.key" -out "$T/ca.crt" -days 2 -subj /CN=tests 2>/dev/null
	certificate server 2
	certificate host 2
	certificate old 0
	spool "$T/h.db" web1 0 200
	nats_start a 4222 "tls { cert_file: \"$T/server.crt\", key_file: \"$T/server.key\", ca_file: \"$T/ca.crt\", verify: true }"
	ship nats://127.0.0.1 --once
	refused 1 'no agreement on TLS'
	ship tls://127.0.0.1 --once --tls-ca "$T/ca.crt"
	refused 1 'client certificate that is missing, expired'
	until ! openssl x509 -checkend 0 -noout -in "$T/old.crt" >/dev/null; do tick 0.1; done
	ship tls://127.0.0.1 --once --tls-ca "$T/ca.crt" --tls-cert "$T/old.crt" --tls-key "$T/old.key"
	refused 1 'client certificate that is missing, expired'
	ship tls://127.0.0.1 --once --tls-ca "$T/ca.crt" --tls-cert "$T/host.crt" --tls-key "$T/host.key"
	shipped 200
}

# A stream that has no room is told once; what it did not take waits, and is shipped when there is room.
t_ship_full() {
	nats_box
	nats_start a 4222
	spool "$T/h.db" web1 0 1000
	ask 4222 'STREAM.CREATE.NSWATCH' '{"name":"NSWATCH","subjects":["nswatch.v1.>"],"max_msgs":300,"discard":"new","storage":"file","retention":"limits","num_replicas":1,"max_age":0,"max_bytes":-1,"max_consumers":-1}' |
		grep -q '"did_create":true' || fail "no stream was made"
	ship nats://127.0.0.1 --once
	refused 1 'the stream takes no events: maximum messages exceeded'
	[ "$(cat "$T"/state/NSWATCH-* 2>/dev/null || echo 0)" -le 300 ] || fail "the cursor is at $(cat "$T"/state/NSWATCH-*)"
	ask 4222 'STREAM.UPDATE.NSWATCH' '{"name":"NSWATCH","subjects":["nswatch.v1.>"],"max_msgs":5000,"discard":"new","storage":"file","retention":"limits","num_replicas":1,"max_age":0,"max_bytes":-1,"max_consumers":-1}' >/dev/null
	ship nats://127.0.0.1 --once
	shipped 1000
	# One that takes other subjects is not used.
	ask 4222 'STREAM.CREATE.OTHER' '{"name":"OTHER","subjects":["other.>"],"storage":"file","retention":"limits","num_replicas":1,"max_age":0,"max_msgs":-1,"max_bytes":-1,"max_consumers":-1}' >/dev/null
	ship nats://127.0.0.1 --once --stream OTHER
	refused 1 'stream OTHER does not take the subjects'
}
