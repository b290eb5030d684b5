# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# explain_lib.sh - what the tests of `nswatch explain` share.

# explain ARGUMENTS...: the document to $T/ex.json, the status to $RC.
explain() {
	"$NSWATCH" explain --json "$@" >"$T/ex.json" 2>"$T/err"
	# shellcheck disable=SC2034 # for the tests
	RC=$?
}

# found CODE JQ WANT...: exactly one finding of the code, with these values.
found() {
	EV=$(jq -c ".findings[] | select(.code == \"$1\")" "$T/ex.json")
	[ "$(grep -c . <<<"$EV")" = 1 ] ||
		fail "$(grep -c . <<<"$EV") findings of $1: $(cut -c 1-2000 "$T/ex.json")"
	shift
	[ $# -eq 0 ] || fields "$@"
	return 0
}

# sane: the texts of all findings are whole.
sane() {
	local bad
	bad=$(jq -r '.findings[] | .text, .remedy | gsub("[a-z]+:\\[[0-9]+\\]"; "NS") |
		select(test("[{}\\[\\]]|  | [,.]|^$"))' "$T/ex.json")
	[ -z "$bad" ] || fail "a text with holes: $bad"
}

not_found() {
	local got
	got=$(jq -c ".findings[] | select(.code == \"$1\")" "$T/ex.json")
	[ -z "$got" ] || fail "found where it should not be: $got"
}

child() { pgrep -P "$1" | head -n 1; }

# pose NAME VERBS...: nsact until it says ready; its facts in F.
pose() {
	local name=$1
	shift
	partner "$name" "$(helper nsact)" "$@"
	until_said "$name" ready
}

# command_of RULE[/REASON] LINE: this command is in the remedy of the rule, or of that reason of it, as it
# stands in the table, whatever the facts in it are.
command_of() {
	local rule=${1%%/*} reason='' template
	[[ $1 != */* ]] || reason=${1#*/}
	# shellcheck disable=SC2016 # they are characters
	while IFS= read -r template; do
		template=$(sed 's/[][\.*^$()+?|]/\\&/g; s/{[a-z_]*}/.+/g' <<<"$template")
		[[ ! $2 =~ ^$template$ ]] || return 0
	done < <("$NSWATCH" explain --list --json |
		jq -r --arg rule "$rule" --arg reason "$reason" '.[] | select(.code == $rule) |
			if $reason == "" then .remedy else .reasons[] | select(.code == $reason).remedy end // empty' |
		grep -o '`[^`]*`' | tr -d '`')
	fail "no command of $1: $2"
}

# cure RULE[/REASON] [PROGRAM ARG...]: the commands of the remedies of a finding of this rule, by this
# reason, which explain told last, run as they stand, one after the other; the word PROGRAM is the program
# given here. What they say goes to $T/cure.out, the status of the last to $CURED. That the trouble is over
# is for the test to see. CURE_AS is put before the shell: setpriv with a user, or nothing.
CURE_AS=()
cure() {
	local key=$1 rule=${1%%/*} reason='' program line
	[[ $key != */* ]] || reason=${key#*/}
	shift
	program=${*@Q}
	[ -e "$T/bin/nswatch" ] || { mkdir -p "$T/bin" && ln -s "$NSWATCH" "$T/bin/nswatch"; }
	jq -r --arg rule "$rule" --arg reason "$reason" '[.findings[] |
		select(.code == $rule and (.reason // "") == $reason)][0].commands[]' "$T/ex.json" >"$T/commands"
	[ -s "$T/commands" ] || fail "the remedy of $key has no command: $(cut -c 1-2000 "$T/ex.json")"
	: >"$T/cure.out"
	while IFS= read -r line; do
		[[ $line != *PROGRAM* || -n $program ]] || fail "no program to run for: $line"
		command_of "$key" "$line"
		PATH=$T/bin:$PATH "${CURE_AS[@]}" sh -c "${line//PROGRAM/"$program"}" >>"$T/cure.out" 2>&1 </dev/null
		# shellcheck disable=SC2034 # for the tests
		CURED=$?
	done <"$T/commands"
}
