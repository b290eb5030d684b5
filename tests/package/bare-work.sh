#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# What the static nswatch has to do where there is no library and no other program than busybox's.
# The facts that static.sh compares come before what nswatch says, each part behind '== NAME'.
part() {
	echo "== $1"
	shift
	"$@" 2>&1
	echo "== status $?"
}

part version nswatch --version
# The word of the kernel: one line for each type.
# shellcheck disable=SC2016 # for the shell inside
part facts sh -c 'for l in mnt uts ipc user pid net cgroup time; do readlink /proc/1/ns/$l; done'
part ls nswatch ls --json
# All that happens there, from the line that says that tracing has begun until a uts namespace is made.
watch() {
	mkfifo /tmp/talk
	nswatch trace --json -e unshare --duration 50s 2>/tmp/talk &
	{
		read -r line && echo "$line" && unshare -u true && kill -INT $!
		cat
	} </tmp/talk
	wait $!
}

part trace nswatch trace --json -- unshare -u true
part watch watch
# shellcheck disable=SC2016 # for the shell inside
part create nswatch create --uts --pid --mount-proc --fork sh -c '
	hostname within && hostname && readlink /proc/self/ns/uts && echo "pid $$" &&
	ls -d /proc/[0-9]* | wc -l'
# shellcheck disable=SC2016 # for the shell inside
part user nswatch create --user --map-user 7 --map-group 8 sh -c 'echo "$(id -u):$(id -g)"; readlink /proc/self/ns/user'
part after sh -c 'hostname; readlink /proc/self/ns/uts'
