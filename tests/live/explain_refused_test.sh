# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# What `nswatch explain` says of calls that were refused, and whether its remedies cure. What the
# events say is in refused_test.sh.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

needs_userns() { unshare -Ur true 2>"$T/userns" || skip "no user namespaces: $(cat "$T/userns")"; }

# trouble CODE REASON: the finding, by this reason.
trouble() {
	sane
	expect_rc 1
	found "$1" .reason "$2"
}

is_cured() { [ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"; }

t_explain_refused_mount() {
	needs_userns
	mkdir "$T/m"
	explain "${FORCE[@]}" -- unshare -Ur mount -t tmpfs none "$T/m"
	trouble mount-refused mount-no-sys-admin
	cure mount-refused/mount-no-sys-admin mount -t tmpfs none "$T/m"
	is_cured
	jq -e '.story | map(.text) | join(" ") | test("tries to mount tmpfs on .*: refused with EPERM")' "$T/ex.json" \
		>/dev/null || fail "the story does not tell it: $(cat "$T/ex.json")"
	# The twin.
	explain "${FORCE[@]}" -- unshare -Urm mount -t tmpfs none "$T/m"
	not_found mount-refused
}

t_explain_refused_file_system() {
	local type

	needs_userns
	mkdir "$T/m"
	for type in proc:pid sysfs:net mqueue:ipc; do
		explain "${FORCE[@]}" -- unshare -Urm mount -t "${type%:*}" none "$T/m"
		trouble mount-refused mount-shows-other
		cure mount-refused/mount-shows-other mount -t "${type%:*}" none "$T/m"
		# Where a part of the one in sight is covered there is no cure of this kind.
		[ "$CURED" = 0 ] || grep -q 'permission denied' "$T/cure.out" ||
			fail "not cured: $(cat "$T/cure.out")"
	done
}

t_explain_refused_map() {
	local reason map
	CURE_AS=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${CURE_AS[@]}" unshare -U true 2>"$T/userns" || skip "no user namespaces of nobody: $(cat "$T/userns")"
	while read -r reason map; do
		explain "${FORCE[@]}" -- "${CURE_AS[@]}" bash -c '
			unshare -U sleep 60 & p=$!
			until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done
			printf "$0" >/proc/$p/uid_map; kill $p; exit 0' "$map"
		trouble map-refused "$reason"
		case $reason in
		map-range) cure map-refused/map-range sh -c '[ "$(id -u)" = 0 ]' ;;
		map-other-id) cure map-refused/map-other-id sh -c '[ "$(id -u)" = 0 ]' ;;
		esac
		is_cured
	done <<-'END'
		map-range 0 65534 9
		map-other-id 0 65533 1
	END
}

t_explain_refused_offsets() {
	[ -e /proc/self/timens_offsets ] || skip 'this kernel has no time namespaces'
	explain "${FORCE[@]}" -- unshare -T bash -c 'true & wait; printf "boottime 86400 0" >/proc/self/timens_offsets; exit 0'
	trouble offsets-refused offsets-fixed
	cure offsets-refused/offsets-fixed sh -c 'grep -Eq "^boottime +86400 +0$" /proc/self/timens_offsets'
	is_cured
}

t_explain_refused_rtnetlink() {
	need ip
	needs_userns
	explain "${FORCE[@]}" -- unshare -Ur ip link set lo up
	trouble rtnetlink-refused no-net-admin
	cure rtnetlink-refused/no-net-admin ip link set lo up
	is_cured
}
