#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-or-later
# cast.awk - a recording as an SVG whose lines appear one after the other; where nothing is animated
# all of them are there. Input: "MS<TAB>c|o<TAB>TEXT", TEXT with the colours of a terminal.

BEGIN {
	FS = "\t"
	COLS = 110
	ROW = 18
	CHAR = 7.83
	PAD = 16
	KEY = 35
}

function text(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/[\001-\010\013-\037\177]/, "?", s)
	return s
}

# Classes of SGR: 1;31 is bold and red.
function classes(sgr,   parts, n, i, c) {
	n = split(sgr, parts, ";")
	for (i = 1; i <= n; i++) {
		if (parts[i] == "" || parts[i] == 0) style = ""
		else style = style (style == "" ? "" : " ") "s" parts[i]
	}
}

function span(s) {
	if (s == "") return ""
	return style == "" ? text(s) : "<tspan class=\"" style "\">" text(s) "</tspan>"
}

function row(body, ms) {
	rows++
	out = out sprintf("<text class=\"l\" style=\"animation-delay:%.2fs\" y=\"%d\" x=\"%d\" xml:space=\"preserve\">%s</text>\n", \
		ms / 1000, PAD + 44 + (rows - 1) * ROW, PAD, body)
	end = ms
}

# A line of output: wrapped where a terminal would, colours kept.
function output(s, ms,   body, room, part, cut) {
	body = ""
	room = COLS
	while (s != "") {
		if (match(s, /^\033\[[0-9;]*m/)) {
			classes(substr(s, 3, RLENGTH - 3))
			s = substr(s, RLENGTH + 1)
			continue
		}
		cut = index(s, "\033")
		if (cut == 1) { s = "?" substr(s, 2); continue }
		part = cut ? substr(s, 1, cut - 1) : s
		if (length(part) > room) part = substr(part, 1, room)
		body = body span(part)
		s = substr(s, length(part) + 1)
		room -= length(part)
		if (!room && s != "") {
			row(body, ms)
			body = ""
			room = COLS
		}
	}
	row(body, ms)
}

function command(s, ms,   body, i) {
	body = "<tspan class=\"p\"># </tspan>"
	for (i = 1; i <= length(s); i++)
		body = body sprintf("<tspan class=\"k\" style=\"animation-delay:%.2fs\">%s</tspan>", (ms + i * KEY) / 1000, text(substr(s, i, 1)))
	row(body, ms)
}

{
	at = index($0, FS)
	rest = substr($0, at + 1)
	kind = substr(rest, 1, 1)
	if (kind == "c") command(substr(rest, 3), $1)
	else output(substr(rest, 3), $1)
}

END {
	width = COLS * CHAR + 2 * PAD
	height = rows * ROW + 2 * PAD + 36
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", width, height, width, height
	print "<title>nswatch traces a shell whose pid namespace dies, and explains it</title>"
	print "<style>text{font:13px/1.4 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d6d9de}.p{fill:#7fb77e}.k{fill:#fff}" \
		".s1{font-weight:700}.s2{opacity:.65}.s4{text-decoration:underline}.s31{fill:#f07178}.s32{fill:#8ccf7e}.s33{fill:#e5c76b}" \
		".s34{fill:#67b0e8}.s35{fill:#c47fd5}.s36{fill:#6cd0ca}.s90{fill:#8a9099}" \
		"@media(prefers-reduced-motion:no-preference){.l,.k{animation:a .01s both}}@keyframes a{from{opacity:0}to{opacity:1}}</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#15181d\"/>\n", width, height
	print "<circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#f07178\"/><circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#e5c76b\"/><circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#8ccf7e\"/>"
	printf "%s</svg>\n", out
	exit !rows
}
