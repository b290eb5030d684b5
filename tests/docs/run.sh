#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh BUILD_DIR - man pages, completion files and README against the binary.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${1:-build}
nswatch=$build/nswatch
passed=0 failed=0 skipped=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8

pass() { passed=$((passed + 1)) && echo "ok   $1"; }
miss() { failed=$((failed + 1)) && echo "FAIL $1${2:+: $2}"; }
skip() { skipped=$((skipped + 1)) && echo "skip $1: $2"; }

# check NAME COMMAND...: it passes without saying anything.
check() {
	local name=$1 out
	shift
	out=$("$@" 2>&1) && [[ -z $out ]] && pass "$name" && return
	miss "$name" "$out"
}

# check_with TOOL NAME COMMAND...: skipped where the tool is missing.
check_with() {
	if command -v "$1" >/dev/null; then
		check "${@:2}"
	else
		skip "$2" "$1 is not installed"
	fi
}

commands() { "$nswatch" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }
kinds() { "$nswatch" trace --list-events | cut -d ' ' -f 1; }

# --- man pages ---

no_placeholder() { ! grep -n '^@.*@$' "$build"/man/*.[578]; }

pages_of_commands() {
	local c status=0
	for c in $(commands); do
		[[ -s $build/man/nswatch-$c.8 ]] || { echo "no page of $c" && status=1; }
		grep -q "^\.It Xr nswatch-$c 8" "$build/man/nswatch.8" ||
			{ echo "nswatch.8 lacks $c" && status=1; }
	done
	return $status
}

# Every long option that a command's help shows stands in its rendered page.
pages_have_options() {
	local c o status=0
	for c in $(commands); do
		mandoc -T ascii "$build/man/nswatch-$c.8" | col -bx >"$tmp/page"
		for o in $("$nswatch" "$c" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*'); do
			grep -q -- "$o" "$tmp/page" || { echo "page of $c lacks $o" && status=1; }
		done
	done
	return $status
}

# A list of statuses or of examples without a heading is read as a part of what stands before it.
pages_have_headings() {
	local c heading
	for c in $(commands); do
		for heading in 'EXIT STATUS' EXAMPLES; do
			grep -qx "\.Sh $heading" "$build/man/nswatch-$c.8" || echo "page of $c has no $heading"
		done
	done
}

unknown_part() {
	printf '.Sh X\n@NOPE@\n' >"$tmp/x.8.in"
	"$build/nswatch-gen" man "$tmp/x.8.in" >"$tmp/x.8" 2>"$tmp/err" && echo "taken for good"
	grep -q 'x.8.in:2: no part' "$tmp/err" || cat "$tmp/err"
}

# Whoever may run nswatch with rights of its file must not have it read a file.
no_generator() {
	local status

	printf '.Sh X\n' >"$tmp/x.8.in"
	"$nswatch" gen man "$tmp/x.8.in" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[[ $status == 2 ]] || echo "nswatch gen man: status $status"
	[[ ! -s $tmp/out ]] || cat "$tmp/out"
	! grep -aFx -e '.Sh OPTIONS' "$nswatch" || echo "its text is in the program"
}

# items PAGE SECTION: the names of its list, a line each with the first line of what is said of them.
items() { awk -v from="$2" '/^\.Sh/ { in_it = $0 == ".Sh " from } in_it && names { print names ": " $0; names = "" }
	in_it && sub(/^\.It Ql /, "") { names = $0 }' "$build/man/$1"; }

# Keys in the JSON of ls and their types: all are in its page, and no others (but that of --diff).
ls_keys() {
	items nswatch-ls.8 JSON | awk -F ': ' '{ n = split($1, key, " , ")
		for (i = 1; i <= n; i++) print key[i], $2 ~ /and string/ ? (i < n ? "number" : "string") : \
			$2 ~ /^integer/ ? "number" : $2 ~ /^string/ ? "string" : $2 }' | sort >"$tmp/documented"
	"$nswatch" ls -H -n -r | awk '{ print tolower($1), $2 == "<integer>" ? "number" : "string" }' |
		sort >"$tmp/columns"
	# What is never null here and there tells its type.
	"$build/tests/golden/ls_system" ls -J -l --all --output-all |
		sed -nE 's/^ *"([a-z0-9]+)": ("|[0-9]).*/\1 \2/p' | sed -E 's/ "$/ string/; s/ [0-9]$/ number/' |
		sort -u >"$tmp/keys"
	diff "$tmp/columns" "$tmp/keys" | sed -n 's/^</column without such a key:/p; s/^>/key without a column:/p'
	grep -v '^change ' "$tmp/documented" | diff - "$tmp/keys" | sed -n 's/^</no such key:/p; s/^>/not documented:/p'
}

# What KEPT may say is in the page, and all of it in the golden files.
ls_kept() {
	items nswatch-ls.8 DESCRIPTION | cut -d ' ' -f 1 | tr -d : | sort >"$tmp/documented"
	sed -n 's/^ *"kept": "\(.*\)",\{0,1\}$/\1/p' tests/golden/ls/json-list.out | sed 's/, /\n/g' |
		cut -d ' ' -f 1 | sort -u | diff "$tmp/documented" -
}

# --- completion ---

# Completion calls the nswatch that PATH names.
ln -s "$(realpath "$nswatch")" "$tmp/nswatch"
PATH=$tmp:$PATH

# What bash itself offers for the words of a line, the last one being completed.
bash_offers() {
	bash --norc -c 'source "$1" && complete -p nswatch >/dev/null || exit 1
		COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
		_nswatch nswatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}" | sort -u | xargs' bash "$build/completions/bash" "$@"
}

# offers WANTED WORD...
offers() {
	local got
	got=$(bash_offers "${@:2}")
	[[ $got == "$1" ]] || echo "offers '$got', not '$1'"
}

# bash evaluates what it is offered: a device's name that is no plain word is not.
bash_is_plain() {
	local got
	# shellcheck disable=SC2016 # for the inner shell
	got=$(bash --norc -c 'command() { printf "%s\n" lo "x\$(echo bad)"; }
		source "$1" && cur= && _nswatch_pick netdev_do | xargs' bash "$build/completions/bash")
	[[ $got == "list where move lo" ]] || echo "offers '$got'"
}

# ip_netns_offers WANTED WORD: bash, to the first word behind ip-netns.
ip_netns_offers() {
	local got
	# shellcheck disable=SC2016 # for the inner shell
	got=$(bash --norc -c 'command() { printf "%s\n" addis "add\$(echo bad)"; }
		source "$1" && complete -p ip-netns >/dev/null && _ip_netns ip-netns "$2" ip-netns &&
		printf "%s\n" "${COMPREPLY[@]}" | sort -u | xargs' bash "$build/completions/ip-netns-bash" "$2")
	[[ $got == "$1" ]] || echo "offers '$got', not '$1'"
}

ip_netns_fish() {
	local got
	# shellcheck disable=SC2016 # for fish
	got=$(fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$build/completions/ip-netns-fish" \
		'ip-netns moni' | cut -f 1 | head -n 1)
	[[ $got == monitor ]] || echo "offers '$got', not monitor"
}

# fish_offers WANTED LINE: it is the first. (From fish 4 on, words that have the typed letters anywhere follow.)
fish_offers() {
	local got
	# shellcheck disable=SC2016 # for fish
	got=$(fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$build/completions/fish" "$2" |
		cut -f 1 | xargs)
	[[ $got == "$1" || $got == "$1 "* ]] || echo "offers '$got', not '$1' first"
}

# --- README ---

readme_names_kinds() {
	local k
	for k in $(kinds); do
		grep -q "\`$k\`" README.md || echo "README.md lacks the event $k"
	done
}

# Lines of code: fenced or indented.
readme_code() { awk '/^```/ { code = !code; next } code { print } sub(/^    /, "") { print }' README.md; }

# In lines that call nswatch: the options exist, and so do the commands.
readme_commands() {
	local line o c
	for c in trace $(commands); do
		"$nswatch" "$c" --help
	done | grep -oE -- '--[a-z-]+' >"$tmp/options"
	printf '%s\n' --help --version >>"$tmp/options"
	readme_code | grep -E '^(# |\$ |sudo )?(build/)?nswatch ' >"$tmp/lines"
	[[ -s $tmp/lines ]] || echo "README.md calls nswatch nowhere"
	while IFS= read -r line; do
		line=${line%% -- *}
		c=$(grep -oE 'nswatch [a-z]+' <<<"$line" | cut -d ' ' -f 2)
		[[ -z $c ]] || commands | grep -qx "$c" || echo "no command $c: $line"
		grep -oE -- '--[a-z][a-z-]*' <<<"$line" | grep -vxFf "$tmp/options" | sed "s/^/no option: /"
	done <"$tmp/lines"
}

readme_links() {
	local f
	grep -ohE '\]\([^)#:]+\)' README.md tests/README.md | tr -d '])(' | sort -u |
		while IFS= read -r f; do
			[[ -e $f || -e tests/$f ]] || echo "no file $f"
		done
}

# --- rules ---

# Each rule has tests, that are there and look for it.
rules_have_tests() {
	local rule situation twin t
	"$nswatch" explain --list | sed -n 's/^\([a-z][a-z0-9-]*\) .*/\1/p' | sort >"$tmp/rules"
	grep -v '^#' tests/live/explain_rules.txt | awk '{ print $1 }' | sort -u | diff "$tmp/rules" - |
		sed -n 's/^</no tests:/p; s/^>/no such rule:/p'
	while read -r rule situation twin _; do
		[[ $rule != '#' ]] || continue
		for t in "$situation" "$twin"; do
			grep -q "^t_$t() {" tests/live/*_test.sh || echo "no test $t"
		done
		grep -l "^t_$situation() {" tests/live/*_test.sh | xargs grep -q -- "$rule" ||
			echo "the file of $situation does not look for $rule"
	done <tests/live/explain_rules.txt
}

# The tests that README names, of the table of faults.
tests_in_readme() {
	local t
	# shellcheck disable=SC2016 # they are characters
	sed -n '/^| kind of fault /,/^$/p' tests/README.md | cut -d '|' -f 3 | grep -oE '`[a-z0-9_]+`' | tr -d '`' |
		sort -u | while read -r t; do
		grep -q "^t_$t() {" tests/live/*_test.sh || echo "no test $t"
	done
}

# A remedy that is a command is executed by a test, of each rule and of each reason of one; of reasons that
# have one name, each. (cure and cure_step look that the command is that of the table.)
rules_are_cured() {
	local key want got
	"$nswatch" explain --list --json | jq -r '.[] | .code as $rule |
		(select(.remedy // "" | contains("`")) | $rule),
		(.reasons[] | select(.remedy // "" | contains("`")) | $rule + "/" + .code)' | sort | uniq -c |
		while read -r want key; do
			case $key in
			# Of Ubuntu's kernels alone: no kernel of the tests takes capabilities like this.
			map-refused/map-apparmor) continue ;;
			# setgroups(2) comes before and is refused for the same lack, so only a security module can.
			ids-refused/no-setgid) continue ;;
			esac
			got=$(grep -hoE "cure(_step)? $key( |\$)" tests/live/*_test.sh | wc -l)
			((got >= want)) || echo "the remedy of $key is executed by $got tests of $want"
		done
}

# The commands that say what a source file hints at.
speakers() {
	case $1 in
	*/create* | */newns.c | */idmap.c) echo create ;;
	*/enter* | */find.c | */target.c) echo enter ;;
	*/ls*) echo ls ;;
	*/netdev* | */linkmove.c | */netdata.c) echo netdev ;;
	*/netns*) echo netns ;;
	*/history*) echo history ;;
	*/trace* | */session.c) echo trace ;;
	*) echo 'create enter ls trace explain netns netdev doctor' ;;
	esac
}

# Each option in an err_hint() is one of the command that it names before, or else of those that say it.
hints_have_options() {
	local f line word c n=0
	while IFS=: read -r f line; do
		while read -r word; do
			n=$((n + 1))
			c=$(grep -oE -- "nswatch [a-z]+[^;,]*$word" <<<"$line" | head -n 1 | cut -d ' ' -f 2)
			for c in ${c:-$(speakers "$f")}; do
				"$nswatch" "$c" --help | grep -q -- "$word\>" || echo "$f: $c has no option $word: $line"
			done
		done < <(grep -v usermod <<<"$line" | grep -oE -- '--[a-z][a-z-]*')
	done < <(for f in user/*/*.c; do
		tr -d '\n' <"$f" | sed 's/"[[:space:]]*"//g' | grep -oE 'err_hint\([^;]*\);' | sed "s|^|$f:|"
	done)
	[[ $n -gt 8 ]] || echo "only $n options in hints"
}

# --- pictures ---

# text_of SVG: what it shows, a line per <text>.
text_of() { sed -n 's/.*<text[^>]*>\(.*\)<\/text>.*/\1/p' "$1" | sed 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'; }

# A recording whose lines are hostile: markup, colours, control characters, more than a line.
cast_shows() {
	local long
	long=$(printf '%0150d' 7)
	printf '0\tc\techo "<&>"\n100\to\t\033[1;31mred\033[0m <b>&amp;\n200\to\ta\tb\033]0;x\007\n300\to\t%s\n' "$long" >"$tmp/cast"
	tests/docs/cast.awk "$tmp/cast" >"$tmp/cast.svg" || echo "cast.awk failed"
	xmllint --noout "$tmp/cast.svg"
	text_of "$tmp/cast.svg" >"$tmp/shown"
	printf '%s\n' '# echo "<&>"' 'red <b>&amp;' $'a\tb?]0;x?' "${long:0:110}" "${long:110}" | diff "$tmp/shown" -
	grep -q '<tspan class="s1 s31">red</tspan>' "$tmp/cast.svg" || echo "red is not red"
	grep -o 'animation-delay:0.30s' "$tmp/cast.svg" | wc -l | grep -vx 2
	true
}

chart_shows() {
	printf 'a <b>\t10\t1\na <b>\t1000\t90\nc\t10\t5\nc\t1000\t5\n' |
		awk -v title='T & t' -v note=n -v xname=x -v yname=y -f tests/bench/plot.awk >"$tmp/chart.svg" ||
		echo "plot.awk failed"
	xmllint --noout "$tmp/chart.svg"
	text_of "$tmp/chart.svg" | grep -cxE 'T & t|a <b>|c|1|10|100|1000' | grep -vx 8
	# The lowest value of the one line is on the axis, the other line is flat.
	grep -q 'points="70.0,396.0 550.0,' "$tmp/chart.svg" || echo "the first line does not begin at the origin"
	grep -qE 'points="70.0,([0-9.]+) 550.0,\1"' "$tmp/chart.svg" || echo "the second line is not flat"
}

for page in "$build"/man/*.[578]; do
	check_with mandoc "lint of $(basename "$page")" mandoc -T lint -W warning "$page"
done
check "no placeholder is left" no_placeholder
check "every command has its page" pages_of_commands
# groff sets the second quoted word of a line into the quotes of the first; mandoc does not.
quotes_apart() { ! grep -nE '^\..*[ .]Ql .* Ql ' "$build"/man/*; }
check "no quotes within quotes" quotes_apart
check_with mandoc "every option is in its page" pages_have_options
check "every page has statuses and examples" pages_have_headings
check "keys in the JSON of ls" ls_keys
check "words of KEPT" ls_kept
check "an unknown placeholder is an error" unknown_part
check "the generator is not in the program" no_generator
check "bash: a command" offers trace nswatch tr
check "bash: an option" offers --event nswatch trace --ev
check "bash: an option without command" offers --event nswatch --ev
check "bash: an argument" offers always nswatch trace --color al
check "bash: the generator is no command" offers '' nswatch ge
check "bash: kinds of events" offers unshare,setns nswatch trace -e unshare,setn
check "bash: a type" offers cgroup nswatch ls -t cg
check "bash: columns" offers +PNS,OWNER nswatch ls -o +PNS,OWNE
check "bash: columns of trace" offers PIDNS nswatch -o PIDN
check "bash: a code" offers pidns-dead nswatch explain pidns-d
check "bash: a device" offers lo nswatch netdev where lo
check "bash: no word that it would evaluate" bash_is_plain
check "bash: what netns does" offers 'list list-id' nswatch netns li
check "bash: a program" offers unshare nswatch trace -- unshar
check "bash: ip-netns" ip_netns_offers 'add addis' ad
check "bash: options of ip-netns" ip_netns_offers '-json' -j
check_with shellcheck "bash: shellcheck" shellcheck "$build/completions/bash" "$build/completions/ip-netns-bash"
check_with zsh "zsh: syntax" zsh -n "$build/completions/zsh"
check_with zsh "zsh: syntax of ip-netns" zsh -n "$build/completions/ip-netns-zsh"
check_with fish "fish: ip-netns" ip_netns_fish
check_with fish "fish: a command" fish_offers trace 'nswatch tr'
check_with fish "fish: an option" fish_offers --event 'nswatch trace --ev'
check_with fish "fish: kinds of events" fish_offers unshare,setns 'nswatch trace -e unshare,setn'
check_with fish "fish: a column" fish_offers OWNER 'nswatch ls -o OWNE'
check_with fish "fish: a code" fish_offers pidns-dead 'nswatch explain pidns-d'
check_with fish "fish: an option without command" fish_offers --event 'nswatch --ev'
check "README names every event" readme_names_kinds
check "README's command lines" readme_commands
check "README's links" readme_links
check "README's pictures are current" tests/docs/pictures.sh "$build" check
check_with xmllint "the recording shows what was said" cast_shows
check_with xmllint "a chart is where its figures are" chart_shows
check "every rule has its tests" rules_have_tests
check "options that hints name" hints_have_options
check "the tests in README's table are there" tests_in_readme
check_with jq "every remedy that is a command is executed" rules_are_cured

echo "docs: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
