# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Mount namespaces made without CLONE_NEWNS: empty ones (7.1), and those of open_tree (7.0) and fsmount (7.1).

# UNSHARE_EMPTY_MNTNS; also among the events of its type alone.
t_mountns_empty_unshare() {
	trace_cmd -t mnt -e unshare,ns-create -- "$(helper nsact)" ns unshare 0x100000 ns
	facts
	[ "${F[unshare]}" = EINVAL ] && skip "this kernel makes no empty mount namespace (7.1)"
	expect_event '.event == "unshare"' 1
	fields .result 0 .ns_flags.value $((0x100000)) '.ns_flags.names | join(",")' empty_mntns \
		'.changed | join(",")' mnt .before.mnt "${F[1:mnt]}" .after.mnt "${F[2:mnt]}"
	expect_event '.event == "ns-create" and .ns_type == "mnt"' 1
	fields .inum "${F[2:mnt]}" .made_by call .inferred "$(inferred ns-create)"
	before_event '.event == "ns-create"' '.event == "unshare"'
}

# Refused where the kernel does not know it; told with its name and type all the same.
t_mountns_empty_refused() {
	trace_cmd -t mnt -e unshare -- "$(helper nsact)" ns unshare 0x100001 ns
	facts
	[ "${F[unshare]}" = EINVAL ] || fail "unshare(0x100001): ${F[unshare]}"
	expect_event '.event == "unshare"' 1
	fields .errno EINVAL '.ns_flags.names | join(",")' empty_mntns '.changed | length' 0
}

# CLONE_EMPTY_MNTNS, of clone3 alone.
t_mountns_empty_clone() {
	act ns clone3 0x2000000000 ns --
	[ "${F[clone3]-}" = EINVAL ] && skip "this kernel makes no empty mount namespace (7.1)"
	expect_event '.event == "clone" and .result == 0' 1
	fields .child_pid "${F[child]}" '.changed | join(",")' mnt .before.mnt "${F[1:mnt]}" \
		.after.mnt "${F[2:mnt]}" '.ns_flags.names | index("empty_mntns") != null' true
	expect_event '.event == "ns-create" and .ns_type == "mnt"' 1
	field .inum "${F[2:mnt]}"
}

# flags_named FLAGS NAMES. Before 7.1 clone3 refuses them before it comes to kernel_clone(), which two of the ways hook.
flags_named() {
	act ns clone3 "$1" exit 0 --
	if [ "${F[clone3]-}" = EINVAL ] && [ "$(alt fork-denied)" != tracepoint ] &&
		! printf '7.1\n%s\n' "$(uname -r)" | sort -CV; then
		no_event '.event == "clone"'
		return
	fi
	expect_event '.event == "clone"' 1
	fields '.ns_flags.names | join(",")' "$2"
}

# Flags of 7.1 have names; who refuses them is told by the call's result.
t_mountns_clone_flags() {
	flags_named 0x1404000000 uts,autoreap,pidfd_autokill
	flags_named 0x804000000 uts,nnp
}

made_by() {
	act mountns "$1"
	[ "${F[$1]}" = 0 ] || skip "this kernel makes no namespace by $1: ${F[$1]}"
	expect_event '.event == "ns-create"' 1
	fields .ns_type mnt .inum "${F[made]}" .made_by "$1" .inferred "$(inferred ns-create)"
	expect_event '.event == "ns-free" and .ns_type == "mnt"' 1
	fields .inum "${F[made]}" .made_by "$1"
	no_event '.event == "unshare" or .event == "clone"'
	"$NSWATCH" trace -q "${FORCE[@]}" -e ns-create,ns-free --nowrap -o DETAIL -- "$(helper nsact)" mountns "$1" \
		>"$T/detail" || fail "no table: $(cat "$T/detail")"
	grep -q "owner .*, made by $1\$" "$T/detail" || fail "ns-create does not say who made it: $(cat "$T/detail")"
	grep -q "(made by nsact [0-9]* with $1)\$" "$T/detail" || fail "ns-free does not say who made it: $(cat "$T/detail")"
}

t_mountns_open_tree() { made_by open_tree; }
t_mountns_fsmount() { made_by fsmount; }

# The twin: a mount that is cloned without that flag makes none.
t_mountns_open_tree_plain() {
	trace_cmd -e ns-create -- "$(helper treemount)" /dev/null /nowhere
	no_event '.event == "ns-create"'
}
