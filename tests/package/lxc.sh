#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lxc.sh DIR NSWATCH - in a mount and net namespace of its own: a container of LXC with busybox, in
# which bare-work.sh runs. Status 77: this machine can't run one.
set -u
dir=$1 name=inbox

cannot() {
	echo "$*" >&2
	exit 77
}

# LXC wants its control groups below /sys, and /run to be its own.
mkdir "$dir/cgroup"
mount --rbind /sys/fs/cgroup "$dir/cgroup" || cannot "no mounts"
mount -t tmpfs -o mode=755 run /run
mount -t sysfs sys /sys
mount --rbind "$dir/cgroup" /sys/fs/cgroup && umount -l "$dir/cgroup"
mkdir "$dir/lxc"
printf '%s\n' 'lxc.net.0.type = empty' 'lxc.apparmor.profile = unconfined' >"$dir/conf"
lxc-create -P "$dir/lxc" -f "$dir/conf" -n "$name" -t busybox -- \
	--busybox-path="$(command -v busybox)" >"$dir/log.lxc" 2>&1 ||
	cannot "lxc-create: $(tail -n 1 "$dir/log.lxc")"
# No directory of libraries from outside.
sed -i '/^lxc.mount.entry = .*lib/d' "$dir/lxc/$name/config"
cp "$2" "$dir/lxc/$name/rootfs/bin/nswatch"
cp tests/package/bare-work.sh "$dir/lxc/$name/rootfs/work.sh"
trap 'lxc-stop -P "$dir/lxc" -n "$name" -k >/dev/null 2>&1' EXIT
lxc-start -P "$dir/lxc" -n "$name" -l warn -o "$dir/log.lxc" >"$dir/log.start" 2>&1 ||
	cannot "lxc-start: $(grep -m 1 ERROR "$dir/log.lxc" || tail -n 1 "$dir/log.start")"
timeout 200 lxc-attach -P "$dir/lxc" -n "$name" --clear-env --set-var PATH=/bin -- /work.sh </dev/null
