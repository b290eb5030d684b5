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
# again at once, so that what a look finds may be as it was, or moved, though it came and went.
t_soak_pins() { soaked SOAK_SECONDS=8 SOAK_PINS=40; }
