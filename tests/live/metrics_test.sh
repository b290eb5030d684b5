# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# metrics_test.sh - nswatch metrics, and the output metrics of a trace, as Prometheus reads them.

# sample NAME{LABELS}: its value in standard input; nothing where there is none.
sample() { awk -v name="$1" '{ v = $NF; sub(/ [^ ]*$/, ""); if ($0 == name) print v }'; }

# checked: the text as promtool has it, where that is installed.
checked() {
	have promtool || return 0
	promtool check metrics <"$1" >"$T/promtool" 2>&1 || fail "promtool: $(head -n 3 "$T/promtool")"
}

t_metrics_once() {
	local file="$T/n.prom" before after
	"$NSWATCH" metrics >"$T/before" || fail "metrics ended with $?"
	checked "$T/before"
	unshare -u sleep 100 & P=$!
	BACKGROUND+=("$P")
	until [ "$(inum uts $P)" != "$(inum uts)" ]; do tick; done
	exec 8<"/proc/$P/ns/uts"
	kill $P; wait $P 2>/dev/null
	"$NSWATCH" metrics --output "$file" || fail "metrics --output ended with $?"
	exec 8<&-
	[ "$(stat -c %a "$file")" = 644 ] || fail "the collector may not read it: $(stat -c %a "$file")"
	[ "$(ls "$T"/n.prom*)" = "$file" ] || fail "something was left beside it: $(ls "$T")"
	before=$(sample 'nswatch_namespaces_kept{type="uts",by="fd"}' <"$T/before")
	after=$(sample 'nswatch_namespaces_kept{type="uts",by="fd"}' <"$file")
	[ "${after:-0}" -ge 1 ] || fail "the namespace that a descriptor keeps is not counted: ${before:-0}, ${after:-0}"
	[ "$(sample 'nswatch_namespaces{type="uts"}' <"$file")" -ge 2 ] || fail "not two uts namespaces"
	"$NSWATCH" metrics --openmetrics >"$T/open" || fail "metrics --openmetrics ended with $?"
	[ "$(tail -n 1 "$T/open")" = "# EOF" ] || fail "OpenMetrics has no end"
	"$NSWATCH" metrics --containers >"$T/containers" || fail "metrics --containers ended with $?"
	checked "$T/containers"
	"$NSWATCH" metrics --output "$T/no/such" >"$T/out" 2>"$T/err"
	RC=$?
	expect_rc 1
	setpriv --reuid 65534 --regid 65534 --clear-groups "$NSWATCH" metrics >"$T/nobody" || fail "nobody gets none"
	checked "$T/nobody"
}

# serve AT: a trace that serves metrics there, and what it saw in $T/out.json.
serve() {
	"$NSWATCH" trace "${FORCE[@]}" --to "metrics:$1" --to "json:$T/out.json" 2>"$T/err" & SERVER=$!
	BACKGROUND+=("$SERVER")
	until curl -s -o /dev/null "${ASK[@]}" && grep -q 'tracing namespaces' "$T/err"; do
		kill -0 "$SERVER" 2>/dev/null || fail "the trace ended: $(cat "$T/err")"
		tick
	done
}

# port: one of the loopback that nobody listens at.
port() {
	local p
	for p in $(shuf -i 20000-30000 -n 50); do
		ss -Hltn "sport = :$p" | grep -q . || { echo "$p" && return; }
	done
}

t_metrics_served() {
	local at ok failed
	need curl
	at=$(port)
	ASK=("http://127.0.0.1:$at/metrics")
	serve "$at"
	unshare -u true
	setpriv --reuid 65534 --clear-groups unshare -u true 2>/dev/null
	until curl -s "${ASK[@]}" >"$T/page" &&
		[ "$(sample 'nswatch_events_total{kind="unshare",result="failed"}' <"$T/page")" -ge 1 ] 2>/dev/null; do
		tick 0.2
	done
	checked "$T/page"
	ok=$(sample 'nswatch_events_total{kind="unshare",result="ok"}' <"$T/page")
	[ "$ok" -ge 1 ] || fail "the unshare is not counted: $ok"
	failed=$(sample 'nswatch_findings_total{code="no-sys-admin"}' <"$T/page")
	[ "${failed:-0}" -ge 1 ] || fail "why it was refused is not counted"
	[ "$(sample 'nswatch_namespaces{type="uts"}' <"$T/page")" -ge 1 ] || fail "no state of the namespaces"
	curl -s -H 'Accept: application/openmetrics-text; version=1.0.0' "${ASK[@]}" | tail -n 1 | grep -qx '# EOF' ||
		fail "OpenMetrics is not served"
	curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$at/other" | grep -qx 404 || fail "another path"
	curl -s -o /dev/null -w '%{http_code}\n' -X POST "${ASK[@]}" | grep -qx 405 || fail "another method"
	"$NSWATCH" trace -q --to "metrics:$at" >/dev/null 2>"$T/err"
	RC=$?
	expect_rc 1
	grep -q "listen at $at: Address already in use" "$T/err" || fail "$(cat "$T/err")"
	kill "$SERVER"
	wait "$SERVER" || fail "the trace ended with $?: $(cat "$T/err")"
	curl -s -o /dev/null "${ASK[@]}" && fail "something listens still"
	true
}

# At a socket of the file system, and with the numbers of what it told as JSON.
t_metrics_socket() {
	local told counted
	need curl
	ASK=(--unix-socket "$T/s" http://n/metrics)
	serve "unix:$T/s"
	for _ in 1 2 3 4 5; do unshare -n true; done
	until curl -s "${ASK[@]}" >"$T/page" &&
		[ "$(sample 'nswatch_events_total{kind="unshare",result="ok"}' <"$T/page")" -ge 5 ]; do tick 0.2; done
	kill "$SERVER"
	wait "$SERVER" || fail "the trace ended with $?: $(cat "$T/err")"
	[ -e "$T/s" ] && fail "the socket is left"
	told=$(grep -c '"event":"unshare"' "$T/out.json")
	counted=$(sample 'nswatch_events_total{kind="unshare",result="ok"}' <"$T/page")
	[ "$told" -ge "$counted" ] || fail "$counted counted, $told told"
	# One that a killed run left is taken over.
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/s" 2>/dev/null ||
		{ socat -u "UNIX-LISTEN:$T/s" /dev/null & kill -9 $!; wait $! 2>/dev/null; }
	serve "unix:$T/s"
	kill "$SERVER"
	wait "$SERVER" || fail "the second one ended with $?: $(cat "$T/err")"
}

t_metrics_wrong() {
	local at
	for at in x 70000 1.2.3:80 :80 host.example:80 ::1:80 unix: '[::1'; do
		"$NSWATCH" trace -q --to "metrics:$at" -- true >/dev/null 2>"$T/err"
		RC=$?
		[ "$RC" -eq 1 ] || [ "$RC" -eq 2 ] || fail "metrics:$at: status $RC"
		[ "$(grep -c . "$T/err")" -le 2 ] || fail "metrics:$at: $(cat "$T/err")"
	done
	"$NSWATCH" trace -q --to metrics >/dev/null 2>"$T/err"
	RC=$?
	expect_rc 2
}

# A scrape by Prometheus itself, and its answer to a query; the alerts load and are tested.
t_metrics_prometheus() {
	local at web
	need prometheus
	need curl
	cp "$NSWATCH_LIVE/../../user/prometheus/nswatch.rules.yml" "$NSWATCH_LIVE/../prometheus/rules.yml" "$T"
	(cd "$T" && promtool check rules nswatch.rules.yml && promtool test rules rules.yml) >"$T/rules" 2>&1 ||
		fail "rules: $(cat "$T/rules")"
	at=$(port)
	ASK=("http://127.0.0.1:$at/metrics")
	serve "$at"
	web=$(port)
	cat >"$T/prometheus.yml" <<-EOF
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [nswatch.rules.yml]
		scrape_configs: [{job_name: nswatch, static_configs: [{targets: ["127.0.0.1:$at"]}]}]
	EOF
	prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
		--web.listen-address="127.0.0.1:$web" >"$T/prometheus.log" 2>&1 & P=$!
	BACKGROUND+=("$P")
	until curl -s "http://127.0.0.1:$web/api/v1/query?query=nswatch_namespaces" |
		jq -e '[.data.result[].metric.type] | sort == ["cgroup","ipc","mnt","net","pid","time","user","uts"]' \
			>/dev/null 2>&1; do
		kill -0 "$P" || fail "prometheus ended: $(tail -n 3 "$T/prometheus.log")"
		tick 0.5
	done
	unshare -u true
	until curl -s "http://127.0.0.1:$web/api/v1/query" --data-urlencode 'query=nswatch_events_total{kind="unshare",result="ok"}' |
		jq -e '.data.result[0].value[1] | tonumber >= 1' >/dev/null 2>&1; do tick 0.5; done
	curl -s "http://127.0.0.1:$web/api/v1/rules" | jq -e '.data.groups[0].rules | length == 5' >/dev/null || fail "no rules"
}
