#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be said of the sources without building them. A tool that is
# missing makes a skip, never a pass.
set -u
cd "$(dirname "$0")/.." || exit 1

readonly SKIP=77 MAX_LINES=1200 FORMAT_BY=14
passed=0 failed=0 skipped=0
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
readonly SNAPSHOT='user/ns/snapshot\.c'

# includes WHY DIRECTORIES WHAT [EXCEPT_FILES [EXCEPT_WHAT]]: files there must not include that.
includes() {
	local why=$1 dirs=$2 what=$3 except=${4:-^$} but=${5:-^$} list found
	mapfile -t list < <(files 'user/*.c' 'user/*.h' | grep -E "^user/($dirs)(/|\$)" | grep -vE "^$except\$")
	((${#list[@]})) || return 0
	found=$(grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]+$what" "${list[@]}" /dev/null |
		grep -vE "$but")
	[[ -z $found ]] && return
	printf '%s:\n%s\n' "$why" "$found"
	return 1
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
check "includes of lib" includes "lib/ knows no other directory" lib '"(cmd|probe|event|ns|explain|out)/'
check "includes of cmd" includes "commands are above all others" 'lib|probe|event|ns|explain|out' '"cmd/'
check "includes of probe" includes "probe/ drags libbpf in" 'lib|event|ns|out' '"probe/'
check "includes of libbpf" includes "libbpf belongs to probe/" 'lib|event|ns|out' "$LIBBPF" "$SNAPSHOT"
check "includes of skeletons" includes "skeletons belong to probe/" \
	'main\.c|cmd|lib|event|ns|explain|out' "$SKELETON" "$SNAPSHOT"
check "includes of event in out" includes "out/ knows events by schema.h, decode.h and their words" \
	out '"event/' '' '"event/(schema|decode|value|names)\.h"'
check "includes of out and explain" includes "they are above event/ and ns/" 'event|ns' '"(out|explain)/'
check "length of files" check_length
check "licences" check_licences
check "nothing of this machine" check_leaks
check "whitespace" check_whitespace
check "loops of live tests have a bound" check_polls
check "scripts are executable" check_executable

echo "lint: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
