# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# `nswatch report`: what is in the page, and what a browser makes of it.

# page_rows FILE: the data of a page.
page_data() {
	need python3
	python3 -c '
import base64, re, sys, zlib
page = open(sys.argv[1], encoding="utf-8").read()
data = re.search(r"id=\"data\">([^<]*)<", page).group(1)
sys.stdout.buffer.write(zlib.decompress(base64.b64decode(data)))' "$1"
}

# samples: a recording with an event of every kind, and hostile names, in $T/all.nsw.
samples() {
	local maker=${NSWATCH_HELPERS%/helpers}/golden/make_records
	[ -x "$maker" ] || skip "make_records is not built"
	"$maker" "$T/all.nsw" || fail "no samples"
}

# many N: so many events of different numbers, seconds apart, as JSON Lines in $T/many.json.
many() {
	"$NSWATCH" trace -r "$T/all.nsw" -J --no-notes | sed -E 's/40265[0-9]+/@/g; s/"time":"2026-11-24T[0-9:]*/"time":"2026-11-24T%/' \
		>"$T/all.json"
	awk -v n="$1" -F @ '
		{
			cut = index($0, "%")
			before[NR] = substr($0, 1, cut - 1)
			fields[NR] = split(substr($0, cut + 1), part)
			for (k = 1; k <= fields[NR]; k++) of[NR, k] = part[k]
		}
		END {
			for (i = 0; i < n; i++) {
				s = int(i / 40) % 86400
				r = i % NR + 1
				printf "%s%02d:%02d:%02d%s", before[r], s / 3600, s / 60 % 60, s % 60, of[r, 1]
				for (k = 2; k <= fields[r]; k++) printf "40265%05d%s", (i * 7 + k) % 90000, of[r, k]
				print ""
			}
		}' "$T/all.json" >"$T/many.json"
}

t_report_data() {
	samples
	"$NSWATCH" report -r "$T/all.nsw" -o "$T/page.html" || fail "status $?"
	page_data "$T/page.html" >"$T/data" || fail "no data"
	[ "$(jq '.rows | length' "$T/data")" = "$("$NSWATCH" trace -r "$T/all.nsw" -J | wc -l)" ] || fail "rows are missing"
	jq -e '.v == 1 and .host == "golden" and (.texts | index("pidns-dead")) != null' "$T/data" >/dev/null ||
		fail "$(head -c 500 "$T/data")"
	# Of a new pid 1, which process it is.
	"$NSWATCH" trace -r "$T/all.nsw" -J | jq -r 'select(.event == "pidns-init") | .init_pid' | sort >"$T/want"
	jq -r '(.kinds | map(.name) | index("pidns-init")) as $kind | .rows[] | select(.[1] == $kind) | .[10][0]' "$T/data" |
		sort | diff - "$T/want" >&2 || fail "another pid 1"
	# From JSON Lines, from a pipe, and live by --to it is a page, too.
	"$NSWATCH" trace -r "$T/all.nsw" -J | "$NSWATCH" report -r - >"$T/pipe.html" || fail "status $?"
	page_data "$T/pipe.html" | jq -e '.rows | length > 50' >/dev/null || fail "from a pipe"
	"$NSWATCH" report -r "$T/all.nsw" -e fork-denied -o "$T/few.html" || fail "status $?"
	page_data "$T/few.html" | jq -e '.rows | length < 10' >/dev/null || fail "not filtered"
	"$NSWATCH" trace -q --to "report:$T/live.html" -- unshare -u true || fail "status $?"
	page_data "$T/live.html" | jq -e '.rows | length >= 1' >/dev/null || fail "live"
	"$NSWATCH" report -o "$T/x.html" 2>"$T/err"
	[ $? = 2 ] || fail "no recording is fine"
	grep -q 'of which recording, or which time' "$T/err" || fail "$(cat "$T/err")"
	[ ! -e "$T/x.html" ] || fail "a file was made"
	! grep -q 'src=\|href=\|http:\|https:' "$T/page.html" || fail "something is loaded"
}

# Of the history, what a recording of the same events gives.
t_report_history() {
	samples
	local first until wrong
	"$NSWATCH" trace -r "$T/all.nsw" --to "history:$T/h.db" || fail "no history"
	"$NSWATCH" history --db "$T/h.db" -q -J >"$T/all.json" || fail "status $?"
	"$NSWATCH" report --db "$T/h.db" -o "$T/page.html" 2>"$T/err" || fail "status $?: $(cat "$T/err")"
	page_data "$T/page.html" >"$T/data" || fail "no data"
	[ "$(jq '.rows | length' "$T/data")" = "$(wc -l <"$T/all.json")" ] || fail "rows are missing: $(jq '.rows | length' "$T/data")"
	jq -e '.host == "golden" and (.texts | index("pidns-dead")) != null' "$T/data" >/dev/null || fail "$(head -c 500 "$T/data")"
	# Since and until, both included.
	first=$(jq -rs '.[10].time' "$T/all.json") until=$(jq -rs '.[20].time' "$T/all.json")
	"$NSWATCH" history --db "$T/h.db" -q -J --since "$first" --until "$until" >"$T/some.json"
	"$NSWATCH" report --db "$T/h.db" --since "$first" --until "$until" >"$T/page.html" 2>"$T/err" || fail "status $?: $(cat "$T/err")"
	page_data "$T/page.html" >"$T/data" || fail "no data"
	[ "$(jq '.rows | length' "$T/data")" = "$(wc -l <"$T/some.json")" ] || fail "other rows: $(jq -c .rows "$T/data" | head -c 500)"
	[ "$(wc -l <"$T/some.json")" -lt "$(wc -l <"$T/all.json")" ] || fail "that time has everything"
	# A time without an event is a page, too; what is no history, or no time, is none.
	"$NSWATCH" report --db "$T/h.db" --until @1 -o "$T/none.html" 2>/dev/null || fail "status $?"
	page_data "$T/none.html" | jq -e '.rows == []' >/dev/null || fail "not empty"
	"$NSWATCH" report --db "$T/nowhere.db" -o "$T/x.html" 2>"$T/err"
	[ $? = 1 ] || fail "there is no such history"
	for wrong in "--since tomorrowish" "-r $T/all.nsw --since now" "-r $T/all.nsw --db $T/h.db"; do
		# shellcheck disable=SC2086 # several words
		"$NSWATCH" report $wrong -o "$T/x.html" 2>"$T/err"
		[ $? = 2 ] || fail "$wrong is fine"
	done
	[ ! -e "$T/x.html" ] || fail "a file was made"
}

# --- a browser -----------------------------------------------------------------------------------

browser_begin() {
	need chromium
	need chromedriver
	need curl
	local line port=''
	chromedriver --port=0 >"$T/driver" 2>&1 &
	BACKGROUND+=($!)
	until port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$T/driver"); [ -n "$port" ]; do tick; done
	DRIVER=http://127.0.0.1:$port
	line=$(curl -s "$DRIVER/session" -d '{"capabilities": {"alwaysMatch": {"goog:loggingPrefs":
		{"browser": "ALL", "performance": "ALL"}, "goog:chromeOptions": {"binary": "/usr/bin/chromium",
		"args": ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900", "--user-data-dir='"$T"'/chromium"]}}}}')
	SESSION=$DRIVER/session/$(jq -r .value.sessionId <<<"$line")
	[[ $SESSION != */null ]] || fail "no session: $line"
	at_end "curl -s -X DELETE $SESSION >/dev/null"
}

# asked SCRIPT: what a function with that body returns in the page.
asked() {
	jq -n --arg script "$1" '{script: $script, args: []}' | curl -s "$SESSION/execute/sync" -d @- | jq -r .value
}

# is SCRIPT WANT
is() {
	local got
	got=$(asked "$1")
	[ "$got" = "$2" ] || fail "$1 is '$got', not '$2'"
}

browser_open() {
	curl -s "$SESSION/url" -d "{\"url\": \"file://$1\"}" >/dev/null
	until [ "$(asked 'return document.body.dataset.ready || document.getElementById("about").textContent')" = yes ]; do
		tick 0.1
	done
}

# pressed KEY...: on the page.
pressed() {
	jq -n '{actions: [{type: "key", id: "k", actions: [$ARGS.positional[] | {type: "keyDown", value: .},
		{type: "keyUp", value: .}]}]}' --args "$@" | curl -s "$SESSION/actions" -d @- >/dev/null
	# Drawn in the next frame.
	curl -s "$SESSION/execute/async" -d '{"script": "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))",
		"args": []}' >/dev/null
}

span() { asked 'const d = document.getElementById("lanes").dataset; return d.to - d.from'; }

t_report_browser() {
	local all half said
	samples
	"$NSWATCH" report -r "$T/all.nsw" -o "$T/page.html" || fail "status $?"
	browser_begin
	browser_open "$T/page.html"
	is 'return document.getElementById("title").textContent' 'Namespaces of golden'
	is 'return document.querySelectorAll("#rows tr").length' "$(page_data "$T/page.html" | jq '.rows | length')"
	# Zoom and pan by the keyboard, and all of it again.
	asked 'document.getElementById("lanes").focus()' >/dev/null
	all=$(span)
	pressed +
	half=$(span)
	((half < all && half > all / 3)) || fail "zoomed from $all to $half"
	[ "$(asked 'return document.querySelectorAll("#rows tr").length')" -lt 60 ] || fail "the table has all events"
	said=$(asked 'return document.getElementById("lanes").dataset.from')
	pressed $'\ue014'
	[ "$(asked 'return document.getElementById("lanes").dataset.from')" -gt "$said" ] || fail "not panned"
	pressed 0
	[ "$(span)" = "$all" ] || fail "not all again: $(span), not $all"
	# Search: as many as the table has, and a chosen one.
	pressed / d e a d
	said=$(asked 'return document.getElementById("status").textContent')
	[[ $said == *" of "*" events" ]] || fail "status '$said'"
	is 'return [...document.querySelectorAll("#rows tr")].every((r) => r.textContent.toLowerCase().includes("dead"))' true
	pressed $'\ue007'
	[ "$(asked 'return document.getElementById("detail").textContent.length > 20')" = true ] || fail "nothing chosen"
	pressed $'\ue00c'
	# Filters.
	said=$(asked 'return document.getElementById("lanes").dataset.lanes')
	asked 'document.querySelector("#types input[data-name=pid]").click()' >/dev/null
	[ "$(asked 'return document.getElementById("lanes").dataset.lanes')" -lt "$said" ] || fail "lanes of pid stay"
	asked 'document.querySelector("#types input[data-name=pid]").click(); document.getElementById("trouble").click()' >/dev/null
	pressed 0
	is 'return [...document.querySelectorAll("#rows tr")].every((r) => r.className)' true
	# Something is drawn, names of others are text, nothing went wrong, and nothing was asked of a network.
	is 'const c = document.getElementById("canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
		const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
		return seen.size > 20' true
	is 'return document.scripts.length + document.querySelectorAll("img,iframe,object,link").length' 2
	curl -s "$SESSION/se/log" -d '{"type": "browser"}' | jq -e '.value == []' >/dev/null || fail "the console has errors"
	curl -s "$SESSION/se/log" -d '{"type": "performance"}' | jq -r '.value[].message | fromjson.message |
		select(.method == "Network.requestWillBeSent") | .params.request.url' | grep -E '^(https?|wss?|ftp|file):' |
		grep -v "^file://$T/page.html\$" >"$T/asked"
	[ ! -s "$T/asked" ] || fail "it asked for $(cat "$T/asked")"
}

# 100,000 events: below 5 MB, and on the screen within seconds.
t_report_many() {
	local begin=$EPOCHREALTIME took
	samples
	many 100000
	"$NSWATCH" report -r "$T/many.json" -o "$T/page.html" || fail "status $?"
	[ "$(stat -c %s "$T/page.html")" -lt $((5 << 20)) ] || fail "$(stat -c %s "$T/page.html") bytes"
	browser_begin
	begin=${EPOCHREALTIME/./}
	browser_open "$T/page.html"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	echo "$took ms until it is there, $(stat -c %s "$T/page.html") bytes" >&2
	[ $took -lt $(($(scaled 20) * 1000)) ] || fail "$took ms"
	is 'return document.querySelectorAll("#rows tr").length' 200
	asked 'document.getElementById("lanes").focus()' >/dev/null
	took=$(asked 'const t = performance.now(); for (let i = 0; i < 10; i++) draw(); return (performance.now() - t) / 10')
	echo "$took ms to draw" >&2
	pressed +
	curl -s "$SESSION/se/log" -d '{"type": "browser"}' | jq -e '.value == []' >/dev/null || fail "the console has errors"
}
