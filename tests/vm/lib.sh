# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts of tests/vm/ share: the cache, messages, cpio archives and
# the libraries of dynamic binaries.  Sourced, never run.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_cache=${NSWATCH_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nswatch-vm}
vm_name=${0##*/}

vm_note() { printf '%s: %s\n' "$vm_name" "$*" >&2; }

vm_die() {
	vm_note "$*"
	exit 1
}

vm_usage_error() {
	vm_note "$*"
	vm_note "try '$vm_name --help'"
	exit 2
}

# The comment at the head of a script is its help.
vm_help() { awk '/^#!/ || /SPDX/ { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"; }

# vm_need TOOL...: all tools or a message that says how to get them.
vm_need() {
	local tool missing=()

	for tool in "$@"; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	((${#missing[@]} == 0)) ||
		vm_die "missing: ${missing[*]} (apt-get install --no-install-recommends \$(cat $vm_dir/packages.list))"
}

# vm_locked NAME FUNCTION ARG...: two runs that share a cache fill it once.
vm_locked() {
	local lock=$vm_cache/$1.lock

	shift
	mkdir -p "$vm_cache"
	(
		flock 9
		"$@" 9>&-
	) 9>"$lock"
}

# vm_pack DIR >ARCHIVE: newc, owned by root whoever packs it.
vm_pack() {
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --null --create --format=newc --owner=0:0 --quiet)
}

# vm_canonical: of a merged /usr the real directories.  An archive that named a
# directory where the base has a symbolic link would replace the link.
vm_canonical() {
	local merged='s,^/(bin|sbin|lib|lib64)/,/usr/\1/,'

	[[ -L /lib ]] || merged=
	sed -E -e "$merged" | sort -u
}

# vm_pack_host >ARCHIVE: the files listed on stdin, links followed, at the same
# places.  The kernel makes no directory that an archive does not name.
vm_pack_host() {
	awk '{
		sub(/^\//, "")
		n = split($0, part, "/")
		path = ""
		for (i = 1; i < n; i++) {
			path = path (i > 1 ? "/" : "") part[i]
			if (!seen[path]++)
				print path
		}
		if (!seen[$0]++)
			print
	}' | (cd / && cpio --create --dereference --format=newc --owner=0:0 --quiet)
}

# vm_libraries FILE...: the paths of the loader and libraries that they load.
vm_libraries() {
	# Static ones and scripts make ldd fail: they need nothing.
	{ ldd "$@" 2>/dev/null || true; } | awk '
		$2 == "=>" && $3 == "not" { print "vm: library " $1 " is missing here" >"/dev/stderr"; next }
		$2 == "=>" && $3 ~ /^\// { print $3; next }
		$1 ~ /^\// && /\(0x/ { print $1 }' | sort -u
}

vm_is_elf() {
	local magic

	LC_ALL=C read -r -N 4 magic <"$1" 2>/dev/null && [[ $magic == $'\177ELF' ]]
}

# vm_apt_options ARCHITECTURE: apt_options, for an apt of our own whose files are below $apt_dir.
vm_apt_options() {
	# shellcheck disable=SC2034 # for who sources this
	apt_options=(
		-o "Dir::State::Lists=$apt_dir/lists"
		-o "Dir::Cache=$apt_dir/cache"
		-o "Dir::Etc::SourceList=$apt_dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null
		-o Dir::State::Status=/dev/null
		-o Acquire::Languages=none
		-o "APT::Architecture=$1"
		-o "APT::Architectures=$1"
		# The cache lies in a home directory, where user _apt may not write.
		-o APT::Sandbox::User=root
		# By default a suite that can't be reached is but a warning.
		-o APT::Update::Error-Mode=any
	)
}

# vm_mirror security|main: the URI that this machine's apt has for it.
vm_mirror() {
	# shellcheck disable=SC2016 # for apt to expand
	apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
		awk -v kind="$1" '
			$2 == "Debian" && ((kind == "security") == ($3 ~ /-security$/)) { print $1; exit }'
}
