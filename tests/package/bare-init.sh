#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Process 1 of a guest in which there is nothing but busybox and the static nswatch: runs what
# bare-work.sh does, and ends as boot.sh --bare wants it.
export PATH=/bin
for dir in proc sys dev tmp; do /bin/busybox mkdir -p "/$dir"; done
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/null >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw -echo
hostname bare
/work.sh
status=$?
nonce=$(sed -n 's/.*nswatch\.nonce=\([^ ]*\).*/\1/p' /proc/cmdline)
printf '\n%s %d\n' "$nonce" "$status"
sync
poweroff -f
