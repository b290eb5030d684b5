# SPDX-License-Identifier: GPL-2.0-or-later
# outcome.awk: the output of guest/run-live as a table.
#
#   awk -v kernel=SERIES -v alternatives='auto fentry …' -v vm='exit 0' -f outcome.awk output.log
#
# Prints one line a test: kernel, alternative, passed|failed|skipped, test, reason,
# seconds of the whole alternative (only in its closing line, whose state is "ran"),
# separated by tabs.  Whatever keeps a test from telling its outcome is a failure.

function row(state, name, why) {
	gsub(/\t/, " ", why)
	print kernel, alternative, state, name, why
	count[state]++
}

function split_name(text, parts,    at) {
	at = index(text, ": ")
	parts["name"] = at ? substr(text, 1, at - 1) : text
	parts["why"] = at ? substr(text, at + 2) : ""
}

function finish(status, seconds,    shown) {
	shown = (count["passed"] + 0) " passed, " (count["failed"] + 0) " failed, " (count["skipped"] + 0) " skipped"
	if (status == 124 || status == 137)
		row("failed", "runner", "killed after its time was over")
	else if (closing == "")
		row("failed", "runner", "ended with status " status " and without its closing line")
	else if (closing != shown)
		row("failed", "runner", "says '" closing "', but its lines say '" shown "'")
	else if (status != 0 && !count["failed"])
		row("failed", "runner", "ended with status " status " though no test failed")
	else if (!count["passed"] && !count["skipped"] && !count["failed"])
		row("failed", "runner", "no test ran")
	print kernel, alternative, "ran", "", seconds
	seen[alternative] = 1
	alternative = ""
}

BEGIN { OFS = "\t" }

/^=== begin / { alternative = $3; closing = ""; delete count; next }
/^=== end / { if (alternative == $3) finish($4, $5); next }
alternative == "" { next }
/^ok / { sub(/ \([0-9]+ s\)$/, ""); split_name(substr($0, 4), test); row("passed", test["name"], ""); next }
/^not ok / { split_name(substr($0, 8), test); row("failed", test["name"], test["why"]); next }
/^skip / { split_name(substr($0, 6), test); row("skipped", test["name"], test["why"]); next }
/^([a-z]+: )?[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { closing = $0; sub(/^[a-z]+: /, "", closing); next }

END {
	n = split(alternatives, wanted, " ")
	for (i = 1; i <= n; i++) {
		if (wanted[i] in seen)
			continue
		alternative = wanted[i]
		row("failed", "vm", "the VM ended (" vm ") before this came to its end")
	}
}
