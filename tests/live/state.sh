# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# state.sh - what a program sees of its namespaces and of what it was started with, in words
# that are the same for two runs of the same kind; for tests that compare two launchers.

# Run by `sh -c "$STATE"`; needs to fork, so in a new pid namespace it must be below --fork.
# shellcheck disable=SC2016,SC2034 # for that shell, and for the tests
STATE='
echo fds /proc/self/fd/*
[ $$ = 1 ] && echo pid 1
echo "cwd $PWD umask $(umask)"
read -r host </proc/sys/kernel/hostname
read -r up rest </proc/uptime
echo "host $host, days up $((${up%%.*} / 86400))"
set -- /proc/[0-9]*
[ $# -lt 10 ] && echo few processes
export -p
stat -L -c "ns %n %d:%i" /proc/self/ns/* /
cd /proc/self && exec grep "" uid_map gid_map setgroups timens_offsets cgroup status stat mountinfo
'

# state_words < what STATE said: namespaces are old (the test's own) or new.
state_words() {
	stat -L -c 'own %n %d:%i' /proc/self/ns/* / | awk '
		$1 == "own" { own[$2] = $3; next }
		$1 == "ns" { print $1, $2, own[$2] == $3 ? "old" : "new"; next }
		sub(/^stat:.*\) . [0-9]+ /, "") { print "pgrp session tty", $1, $2, $3; next }
		# What others mount meanwhile.
		/^mountinfo:.* - nsfs / { next }
		/^mountinfo:/ && $5 ~ "^/(tmp|run)/" && $5 !~ "/shared$" { next }
		/^mountinfo:/ {
			line = "mount " $4 " " $5 " " $6
			for (i = 7; $i != "-"; i++) {
				sub(/:[0-9]+/, "", $i)
				line = line " " $i
			}
			print line, $(i + 1)
			next
		}
		/^status:/ && !/^status:(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig(Blk|Ign|Cgt))/ { next }
		/^export _=/ { next }
		{ gsub(/[ \t]+/, " "); print }
	' - "$1"
}
