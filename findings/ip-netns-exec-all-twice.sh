#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `ip -all netns exec CMD` (iproute2 6.1.0, Debian 12's ip) runs CMD twice in every namespace that it comes to
# after a name which it can't enter, for instance the empty file that is left of a name whose mount is gone.
#
# ip-netns(8) says that the command is executed in each named namespace, even if it fails in some. For each name
# ip forks a child that enters the namespace and runs the command. Where the child can't enter, cmd_exec() of
# lib/exec.c returns in the child, which then goes on with the rest of the names as its parent does. The exit
# status is 0 all the same.
#
# Seen (the directory is read with the newest name first): a file `left` between the names `b` and `a`
#	netns: b       ran
#	netns: left    setting the network namespace "left" failed: Invalid argument
#	netns: a       ran
#	netns: a       ran
# Root. Exits with 0 while that is so, 1 when it is otherwise, 77 where it can't be tried.
set -u
command -v ip >/dev/null || { echo "no ip here" && exit 77; }
unshare -n -m true 2>/dev/null || { echo "it takes root, and net and mount namespaces of one's own" && exit 77; }
ip -V
said=$(unshare -n -m --propagation private bash -c '
	mount -t tmpfs own /run && ip netns add a && touch /run/netns/left && ip netns add b || exit
	ip -all netns exec echo ran
	echo "status $?"' 2>&1)
echo "$said"
[ "$(grep -c '^netns: left$' <<<"$said")" -eq 1 ] || { echo "otherwise: the name that can't be entered" && exit 1; }
[ "$(grep -c '^ran$' <<<"$said")" -eq 3 ] || { echo "otherwise: not three times in two namespaces" && exit 1; }
[ "$(tail -n 1 <<<"$said")" = "status 0" ] || { echo "otherwise: the status" && exit 1; }
echo "as described"
