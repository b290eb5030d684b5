#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# busy.sh COMMAND... - runs the command on a host that others use: 200 namespaces a second are made and
# end, containers come and go, and eight more processes want the processors. The status is the command's.
set -u

# namespaces: some 40 times a second five new namespaces, which end at once.
namespaces() {
	while :; do
		for _ in 1 2 3 4; do unshare -u -i -n -m -p -f true & done
		wait
		read -r -t 0.1 <> <(:)
	done
}

# containers: what runtimes make of one, and take down again: a named net namespace, a veth, a pid
# namespace with a proc of its own.
containers() {
	while :; do
		ip netns add box && ip link add host0 type veth peer name eth0 netns box
		ip netns exec box unshare -m -p -f --mount-proc sleep 0.3
		ip netns del box
		read -r -t 0.2 <> <(:)
	done 2>/dev/null
}

wants_processor() { while :; do :; done; }

burden() {
	mount -t tmpfs run /run && mkdir /run/netns
	namespaces &
	containers &
	for _ in 1 2 3 4 5 6 7 8; do wants_processor & done
	wait
}

# In namespaces of its own, so that no name or device of it is another's, and all of it ends with its init.
export -f namespaces containers wants_processor burden
unshare -n -m -p -f --kill-child --mount-proc bash -c burden &
init=$!
trap 'kill -KILL $init' EXIT
"$@"
