#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be said of the sources without building them. A tool that is
# missing makes a skip, never a pass.
set -u
cd "$(dirname "$0")/.." || exit 1

readonly SKIP=77 MAX_LINES=1200 FORMAT_BY=14
passed=0 failed=0 skipped=0
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
CLANG_FORMAT=${CLANG_FORMAT:-clang-format}

# check NAME COMMAND...: its output is shown unless it passes.
check() {
	local name=$1 out status
	shift
	out=$("$@" 2>&1)
	status=$?
	case $status in
	0) passed=$((passed + 1)) && echo "ok   $name" ;;
	"$SKIP") skipped=$((skipped + 1)) && echo "skip $name: $out" ;;
	*) failed=$((failed + 1)) && printf 'FAIL %s\n%s\n' "$name" "$out" ;;
	esac
}

# Tracked files and new ones that are not ignored, as they stand now.
files() {
	local f
	git ls-files -co --exclude-standard -- "$@" | while IFS= read -r f; do
		[[ -f $f && $f != vmlinux/* ]] && printf '%s\n' "$f"
	done
}

need() {
	command -v "$1" >/dev/null && return
	echo "$1 is not installed"
	return "$SKIP"
}

# none TEXT GREP_ARGUMENTS... FILES: fails with what grep finds.
none() {
	local text=$1 found status
	shift
	found=$(grep -nE "$@" /dev/null)
	status=$?
	((status > 1)) && echo "grep failed: $found" && return 1
	((status == 1)) && return
	printf '%s\n%s\n' "$text" "$found"
	return 1
}

check_format() {
	need "$CLANG_FORMAT" || return
	local out
	# Its releases disagree about the same style: one of them decides.
	"$CLANG_FORMAT" --version | grep -q "version $FORMAT_BY\\." ||
		{ echo "not clang-format $FORMAT_BY (Debian 12's), which the style is that of" && return "$SKIP"; }
	out=$(files '*.c' '*.h' | xargs -d '\n' "$CLANG_FORMAT" --dry-run -Werror 2>&1) && return
	echo "wrong places per file (make format):"
	grep ': error: ' <<<"$out" | cut -d: -f1 | uniq -c || echo "$out"
	return 1
}

scripts() {
	local f
	files '*.sh'
	files | while IFS= read -r f; do
		[[ $f != *.* || $f == .* ]] && head -c 64 "$f" | head -n 1 | tr -d '\0' |
			grep -qE '^#!.*\b(sh|bash)\b' && printf '%s\n' "$f"
	done
}

check_shell() {
	need shellcheck || return
	scripts | sort -u | xargs -d '\n' shellcheck -x -P SCRIPTDIR
}

readonly SKELETON='[<"][^">]*\.l?skel\.h' LIBBPF='[<"]bpf/(libbpf|bpf|btf|skel_internal)[^">]*\.h'
# The floors of user/, the lowest first: a file includes those of its own folder and of lower floors.
readonly FLOORS='lib broker kernel out event snapshot picture history why source stream sink,act cmd gen'

# includes WHY WHAT FILES: of user/ only those files include that.
includes() {
	local list found
	mapfile -t list < <(files 'user/*.c' 'user/*.h' | grep -vE "^user/($3)")
	found=$(grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]+$2" "${list[@]}" /dev/null)
	[[ -z $found ]] && return
	printf '%s:\n%s\n' "$1" "$found"
	return 1
}

# "FILE FILE" of all includes of our own headers in user/, the paths as they stand there.
include_pairs() {
	files 'user/*.c' 'user/*.h' | xargs grep -oE '^#include "[a-z_]+/[a-z_/]+\.h"' |
		sed -nE 's|^user/([^:]+):#include "(.*)"|\1 \2|p'
}

check_floors() {
	include_pairs | awk -v floors="$FLOORS" '
		function floor_of(path, part) { split(path, part, "/"); return part[1] }
		BEGIN {
			n = split(floors, row, " ")
			for (i = 1; i <= n; i++) { m = split(row[i], dir, ","); for (k = 1; k <= m; k++) at[dir[k]] = i }
		}
		{
			from = floor_of($1); to = floor_of($2)
			if (from == "main.c" || from == "static" || to == "bpf" || from == to) next
			if (!(from in at)) print $1 ": no floor of lint.sh is called " from
			else if (!(to in at) || at[to] >= at[from]) print $1 " includes " $2 ", which is not below it"
		}' | sort -u >"$tmp"
	[[ ! -s $tmp ]] || { cat "$tmp" && return 1; }
}

# Headers that include each other: tsort names the files of each circle.
check_circles() {
	include_pairs | grep '\.h .*\.h$' | tsort 2>&1 >/dev/null | sed 's/^tsort: //' >"$tmp"
	[[ ! -s $tmp ]] || { echo "headers include each other:" && cat "$tmp" && return 1; }
}

# A tag that two headers define is two things by one name, and the headers can't meet in one file.
check_tags() {
	files 'user/*.h' 'bpf/wire/*.h' | xargs grep -ohE '^(struct|union|enum) [a-z_0-9]+ \{' | sort | uniq -d >"$tmp"
	[[ ! -s $tmp ]] || { echo "defined by two headers:" && cat "$tmp" && return 1; }
}

check_length() {
	local f lines status=0
	while IFS= read -r f; do
		lines=$(wc -l <"$f")
		((lines > MAX_LINES)) && echo "$f has $lines lines, more than $MAX_LINES" && status=1
	done < <(files '*.c' '*.h' '*.sh')
	return "$status"
}

check_licences() {
	local f want status=0
	while IFS= read -r f; do
		want=GPL-2.0-or-later
		[[ $f == bpf/* ]] && want=GPL-2.0-only
		head -n 2 "$f" | grep -q "SPDX-License-Identifier: $want" ||
			{ echo "$f: no SPDX line with $want" && status=1; }
	done < <(files '*.c' '*.h' '*.sh')
	return "$status"
}

# Paths and hosts of the machine a file was written on.
check_leaks() {
	local list
	mapfile -t list < <(files | grep -vE '^tests/(lint\.sh|fuzz/corpus/)')
	none "of somebody's machine:" -I \
		'(^|[^[:alnum:]_.})*])/(work|root|Users|home/[a-z]+)/|[a-z0-9-]+\.(internal|corp|lan)\b|artifactory|jfrog' \
		"${list[@]}"
}

check_whitespace() {
	local list
	mapfile -t list < <(files '*.c' '*.h' '*.sh' '*.md' Makefile)
	none "blanks at the end of a line:" '[[:blank:]]+$' "${list[@]}"
}

# A loop that polls without a bound hangs the whole suite instead of failing.
check_polls() {
	local list
	mapfile -t list < <(files 'tests/live/*_test.sh')
	none "loops wait by tick (tests/live/lib.sh), which has a bound:" \
		'(until|while) .*sleep [0-9.]+;|read -r -t 0\.[0-9]+ <>' "${list[@]}"
}

check_executable() {
	local f status=0
	while IFS= read -r f; do
		[[ -x $f || $(head -c 2 "$f") != '#!' ]] || { echo "$f is not executable" && status=1; }
	done < <(files '*.sh' .ci/)
	return "$status"
}

if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	echo "skip everything: git does not know the files here"
	echo "lint: 0 passed, 0 failed, 1 skipped"
	exit 0
fi

check "format: clang-format" check_format
check "scripts: shellcheck" check_shell
check "floors" check_floors
check "no circle of includes" check_circles
check "one definition of a tag" check_tags
check "includes of libbpf" includes "libbpf belongs to sources and snapshots" "$LIBBPF" 'source|snapshot|kernel/btf\.c'
check "includes of skeletons" includes "skeletons belong to sources and snapshots" "$SKELETON" 'source|snapshot'
check "length of files" check_length
check "licences" check_licences
check "nothing of this machine" check_leaks
check "whitespace" check_whitespace
check "loops of live tests have a bound" check_polls
check "scripts are executable" check_executable

echo "lint: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
