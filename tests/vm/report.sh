# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What run.sh says about the outcomes that outcome.awk made: a table in
# Markdown, and the output of failed tests.  Sourced, never run.

# outcome_count FILE KERNEL ALTERNATIVE: "N passed, N failed, N skipped";
# an empty KERNEL or ALTERNATIVE stands for all.
outcome_count() {
	awk -F '\t' -v kernel="$2" -v alternative="$3" '
		(kernel == "" || $1 == kernel) && (alternative == "" || $2 == alternative) { n[$3]++ }
		END { printf "%d passed, %d failed, %d skipped\n", n["passed"], n["failed"], n["skipped"] }' "$1"
}

# outcome_cells FILE KERNEL ALTERNATIVE...: the rest of a row of the table.
outcome_cells() {
	local file=$1 kernel=$2 alternative text

	shift 2
	for alternative in "$@"; do
		text=$(outcome_count "$file" "$kernel" "$alternative")
		printf ' %s |' "$(tr -cd '0-9,' <<<"$text" | sed 's/,/ \/ /g')"
	done
	echo
}

# report_markdown FILE RESULTS-DIR KERNELS ALTERNATIVES
report_markdown() {
	local file=$1 results=$2 kernels=$3 alternatives=$4 kernel why

	printf '# Live tests in virtual machines\n\n'
	printf 'Passed / failed / skipped, by kernel and the way of hooking that was forced.\n\n'
	# shellcheck disable=SC2086 # lists
	{
		printf '| kernel |'
		printf ' %s |' $alternatives
		printf '\n| --- |'
		printf ' --- |%.0s' $alternatives
		echo
		for kernel in $kernels; do
			why=$(sed -n 's/^unavailable: //p' "$results/$kernel"/*/status 2>/dev/null | head -n 1)
			if [[ -n $why ]]; then
				printf '| %s | skipped: %s |\n' "$kernel" "$why"
				continue
			fi
			printf '| %s |' "$(cat "$results/$kernel"/*/release 2>/dev/null | sed -n '1p' | grep . || echo "$kernel")"
			outcome_cells "$file" "$kernel" $alternatives
		done
	}
	report_ways "$results" "$kernels"
	report_reasons "$file" failed Failed
	report_reasons "$file" skipped Skipped
	printf '\n%s\n' "$(outcome_count "$file" '' '')"
}

# report_ways RESULTS-DIR KERNELS: hook by hook and kernel by kernel which alternatives work, where
# the tests of hooks ran.
report_ways() {
	local results=$1 kernels=$2 kernel

	for kernel in $kernels; do
		cat "$results/$kernel"/*/output.log 2>/dev/null | sed -n "s/^=== way /$kernel /p"
	done | awk -v kernels="$kernels" '
		{
			if (!($2 in seen)) {
				seen[$2] = 1
				hook[++n] = $2
			}
			state[$1, $2, $3] = $4
		}
		function cell(kernel, name,    text, i, what) {
			for (i = 1; i <= 3; i++) {
				what = state[kernel, name, alternative[i]]
				if (what == "none")
					continue
				what = what == "works" ? toupper(letter[i]) : what == "" ? "?" : letter[i]
				text = text (text == "" ? "" : " ") what
			}
			return text
		}
		END {
			if (!n)
				exit
			split("fentry kprobe tracepoint", alternative, " ")
			split("f k t", letter, " ")
			columns = split(kernels, series, " ")
			printf "\n## Hooks\n\nF fentry, K kprobe, T tracepoint (or rtnetlink, mountinfo): forced, and the\n"
			printf "events came. In small letters: refused, with the reason.\n\n| hook |"
			for (k = 1; k <= columns; k++)
				printf " %s |", series[k]
			printf "\n| --- |"
			for (k = 1; k <= columns; k++)
				printf " --- |"
			print ""
			for (i = 1; i <= n; i++) {
				printf "| %s |", hook[i]
				for (k = 1; k <= columns; k++)
					printf " %s |", cell(series[k], hook[i])
				print ""
			}
		}'
}

# report_reasons FILE STATE TITLE: test and reason, and where it was so.
report_reasons() {
	awk -F '\t' -v state="$2" -v title="$3" '
		$3 != state { next }
		{
			what = "`" $4 "`" ($5 == "" ? "" : ": " $5)
			if (!(what in where))
				order[++n] = what
			where[what] = where[what] (where[what] == "" ? "" : ", ") $1 " " $2
		}
		END {
			if (!n)
				exit
			printf "\n## %s\n\n", title
			for (i = 1; i <= n; i++)
				printf "- %s (%s)\n", order[i], where[order[i]]
		}' "$1"
}

# show_failures OUTCOME OUTPUT-LOG: each failure with what the runner printed after
# its "not ok" line, which is where the output of a failed test belongs, or, if it
# was not a test that failed, with the last lines of all.
show_failures() {
	awk -F '\t' '
		function show_last(section,    i) {
			for (i = lines[section] > 20 ? lines[section] - 19 : 1; i <= lines[section]; i++)
				print "    " line[section, i]
		}
		FNR == 1 { file++ }
		file == 1 && /^=== begin / { section = substr($0, 11); n = 0; next }
		file == 1 && /^=== end / { section = "" }
		file == 1 && section != "" { line[section, ++lines[section]] = $0 }
		file == 1 && (/^(ok|skip) / || /^([a-z]+: )?[0-9]+ passed, /) { n = 0 }
		file == 1 && /^not ok / { n = ++failed[section]; next }
		file == 1 && n { output[section, n] = output[section, n] "    " $0 "\n" }
		file == 2 && $3 == "failed" {
			print "--- " $1 " " $2 " " $4 ($5 == "" ? "" : ": " $5)
			if ($4 == "vm" || $4 == "runner")
				show_last($2)
			else
				printf "%s", output[$2, ++told[$2]]
		}' "$2" "$1"
}
