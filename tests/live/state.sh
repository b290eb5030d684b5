# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# state.sh - what a program sees of its namespaces and of what it was started with, in words
# that are the same for two runs of the same kind; for tests that compare two launchers.

# Run by `sh -c "$STATE"`; needs to fork, so in a new pid namespace it must be below --fork.
# shellcheck disable=SC2016,SC2034 # for that shell, and for the tests
STATE='
cd .
echo fds /proc/self/fd/*
echo "pid1 $([ $$ = 1 ] && echo yes || echo no)"
echo "cwd $PWD umask $(umask) root $(stat -c %d:%i /) host $(uname -n)"
read -r up rest </proc/uptime
echo "uptime-days $((${up%%.*} / 86400))"
set -- /proc/[0-9]*
echo "procs $([ $# -lt 10 ] && echo few || echo many)"
stat -L -c "ns %n %i" /proc/self/ns/*
grep -H "" /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/self/timens_offsets \
	/proc/self/cgroup
grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig(Blk|Ign|Cgt))" /proc/self/status
echo "stat $(cat /proc/self/stat)"
env
sed "s/^/mount /" /proc/self/mountinfo
'

# state_words < what STATE said: namespaces are old (the test's own) or new.
state_words() {
	stat -L -c 'own %n %i' /proc/self/ns/* | awk '
		$1 == "own" { own[$2] = $3; next }
		$1 == "ns" { print $1, $2, own[$2] == $3 ? "old" : "new"; next }
		$1 == "stat" { sub(/.*\) . [0-9]+ /, ""); print "pgrp session tty", $1, $2, $3; next }
		# What others mount meanwhile.
		$1 == "mount" && (/ - nsfs / || $6 ~ "^/(tmp|run)/" && $6 !~ "/shared$") { next }
		$1 == "mount" {
			line = "mount " $5 " " $6 " " $7
			for (i = 8; $i != "-"; i++) {
				sub(/:[0-9]+/, "", $i)
				line = line " " $i
			}
			print line, $(i + 1)
			next
		}
		/^_=/ { next }
		{ gsub(/ +/, " "); print }
	' - "$1" | sort
}
