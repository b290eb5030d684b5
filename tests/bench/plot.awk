# SPDX-License-Identifier: GPL-2.0-or-later
# plot.awk - a chart of lines with logarithmic axes, as SVG. Input: lines "SERIES<TAB>X<TAB>Y", series
# in the order of the legend. -v title= -v note= -v xname= -v yname=

BEGIN {
	FS = "\t"
	W = 760; H = 460; L = 70; R = 210; T = 56; B = 64
	split("#2a78b8 #c8552b #3b8f4e #7a4fb0 #9a7a10", colors, " ")
}

NF == 3 && $2 > 0 && $3 > 0 {
	if (!($1 in index_of)) {
		index_of[$1] = ++series
		names[series] = $1
	}
	s = index_of[$1]
	n[s]++
	xs[s, n[s]] = $2
	ys[s, n[s]] = $3
	if (!points++ || $2 < xmin) xmin = $2
	if (points == 1 || $2 > xmax) xmax = $2
	if (points == 1 || $3 < ymin) ymin = $3
	if (points == 1 || $3 > ymax) ymax = $3
	ticks[$2] = 1
}

function text(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function px(x) { return L + (W - L - R) * (xmax > xmin ? (log(x) - log(xmin)) / (log(xmax) - log(xmin)) : 0.5) }
function py(y) { return H - B - (H - T - B) * (log(y) - log(ylow)) / (log(yhigh) - log(ylow)) }
function power(v, up,   p) {
	p = 1
	while (p > v) p /= 10
	while (p * 10 <= v) p *= 10
	return up && p < v ? p * 10 : p
}

function axes(   y, x, k, last) {
	for (y = ylow; y <= yhigh * 1.001; y *= 10) {
		printf "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n", L, W - R, py(y), py(y)
		printf "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", L - 8, py(y) + 4, y
	}
	for (k = 2; k <= 9; k++)
		for (y = ylow; y < yhigh; y *= 10)
			printf "<line class=\"fine\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n", L, W - R, py(k * y), py(k * y)
	for (x in ticks) {
		printf "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", px(x), px(x), T, H - B
		printf "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", px(x), H - B + 18, x
	}
	printf "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", (L + W - R) / 2, H - B + 38, text(xname)
	printf "<text class=\"name\" transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n", (T + H - B) / 2, text(yname)
}

# Names stand at the end of their lines, moved apart where they would touch.
function legend(   s, i, y, k) {
	for (s = 1; s <= series; s++) {
		at[s] = py(ys[s, n[s]]) + 4
		order[s] = s
	}
	for (s = 1; s <= series; s++)
		for (i = s + 1; i <= series; i++)
			if (at[order[i]] < at[order[s]]) { k = order[s]; order[s] = order[i]; order[i] = k }
	for (s = 1; s <= series; s++) {
		y = at[order[s]]
		if (s > 1 && y < below + 16) y = below + 16
		below = y
		printf "<text class=\"label\" x=\"%d\" y=\"%.1f\" style=\"fill:%s\">%s</text>\n", W - R + 10, y, colors[(order[s] - 1) % 5 + 1], text(names[order[s]])
	}
}

END {
	if (!points) exit 1
	ylow = power(ymin, 0)
	yhigh = power(ymax, 1)
	if (yhigh == ylow) yhigh *= 10
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", W, H, W, H
	printf "<title>%s</title>\n", text(title)
	print "<style>text{font-family:system-ui,sans-serif;fill:#222}.bg{fill:#fff}.title{font-size:16px;font-weight:600}" \
		".name,.label{font-size:13px}.tick{font-size:12px}.note{font-size:11px;opacity:.7}.grid{stroke:#ccc}.fine{stroke:#eee}" \
		".line{fill:none;stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#ddd}.bg{fill:#16181c}.grid{stroke:#444}.fine{stroke:#262a30}}" \
		"</style>"
	printf "<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n", W, H
	printf "<text class=\"title\" x=\"%d\" y=\"26\">%s</text>\n", L, text(title)
	printf "<text class=\"note\" x=\"%d\" y=\"44\">%s</text>\n", L, text(note)
	axes()
	for (s = 1; s <= series; s++) {
		printf "<polyline class=\"line\" stroke=\"%s\" points=\"", colors[(s - 1) % 5 + 1]
		for (i = 1; i <= n[s]; i++)
			printf "%s%.1f,%.1f", (i > 1 ? " " : ""), px(xs[s, i]), py(ys[s, i])
		print "\"/>"
		for (i = 1; i <= n[s]; i++)
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"><title>%s: %d, %g</title></circle>\n", \
				px(xs[s, i]), py(ys[s, i]), colors[(s - 1) % 5 + 1], text(names[s]), xs[s, i], ys[s, i]
	}
	legend()
	print "</svg>"
}
