#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# one.sh FILE NAME DIR - runs one live test; for run.sh.
set -u
# shellcheck source=tests/live/lib.sh
. "$NSWATCH_LIVE/lib.sh"
# shellcheck disable=SC1090
. "$1"
T=$3
cd "$T" || exit 1
trap cleanup EXIT
"t_$2"
