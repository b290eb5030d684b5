# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A short one of `make soak`: its checks work, and hold.

t_soak_short() {
	in_vm && skip "too slow in an emulated machine; make soak"
	SOAK_SECONDS=15 "${BASH_SOURCE[0]%/live/*}/soak.sh" >"$T/said" 2>&1 ||
		fail "$(cat "$T/said")"
	cat "$T/said"
}
