#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `ip netns list-id target-nsid N` (iproute2 6.1.0, Debian 12's ip) tells the name of another namespace for one
# that has no id in the caller's.
#
# ip-netns(8) says that it displays the ids that the namespace N uses, with the corresponding name. An id means
# something only in the namespace that gave it. Where the caller has an id for the same namespace
# (current-nsid), ip looks for the name by that. Where it has none, print_nsid() of ip/ipnetns.c looks for the
# name by the target's id, as if it were the caller's: any namespace may be called so here.
#
# Seen: here a is 1 and b is 2, c has no id; a calls c 2
#	nsid 2 current-nsid unassigned (iproute2 netns name: b)
# JSON has no member current-nsid then, so nothing tells it from a right answer: [{"nsid":2,"name":"b"}]
# Root. Exits with 0 while that is so, 1 when it is otherwise, 77 where it can't be tried.
set -u
command -v ip >/dev/null || { echo "no ip here" && exit 77; }
unshare -n -m true 2>/dev/null || { echo "it takes root, and net and mount namespaces of one's own" && exit 77; }
ip -V
said=$(unshare -n -m --propagation private bash -c '
	mount -t tmpfs own /run && ip netns add a && ip netns add b && ip netns add c &&
	ip netns set a 1 && ip netns set b 2 && ip -n a netns set c 2 || exit
	ip netns list-id target-nsid 1
	ip -j netns list-id target-nsid 1' 2>&1)
echo "$said"
want='nsid 2 current-nsid unassigned (iproute2 netns name: b)
[{"nsid":2,"name":"b"}]'
[ "$said" = "$want" ] || { echo "otherwise" && exit 1; }
echo "as described"
