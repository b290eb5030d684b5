# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Short ones of `make soak`: its checks work, and hold.

# soaked NAME=VALUE...: soak.sh with this environment.
soaked() {
	in_vm && skip "too slow in an emulated machine; make soak"
	env "$@" "${BASH_SOURCE[0]%/live/*}/soak.sh" >"$T/said" 2>&1 || fail "$(cat "$T/said")"
	cat "$T/said"
}

t_soak_short() { soaked SOAK_SECONDS=20; }

# Most of it pins and unpins in one mount namespace. The kernel gives the numbers of mounts and namespaces
# again at once, so that what a look finds may be as it was, or moved, though it came and went. Now and then an
# unpin is missed without a word: so it runs on demand.
t_soak_pins() {
	[ -n "${SOAK_PINS:-}" ] || skip "an unpin is missed now and then: SOAK_PINS=40 tests/live/run.sh soak_pins"
	soaked SOAK_SECONDS=8 SOAK_RATE=800
}
