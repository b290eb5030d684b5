# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Real containers of real runtimes, called by the names that their files say; and without these files,
# by their ids.
# shellcheck source=tests/live/netbox.sh
. "$NSWATCH_LIVE/netbox.sh"

# rootfs_make DIR: what a container sees as its root.
rootfs_make() {
	local word

	[ -x /bin/busybox ] || skip "no busybox here"
	mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp,usr}
	cp /bin/busybox "$1/bin/"
	for word in sh sleep true; do ln -s busybox "$1/bin/$word"; done
	echo ID=test >"$1/etc/os-release"
}

# cgroups_end NAME...: at the end, those that a runtime makes for all of its containers and leaves.
cgroups_end() {
	local name

	for name; do
		[ "$(find /sys/fs/cgroup -type d -name "$name" -print -quit)" ] || at_end "cgroups_rmdir $name"
	done
}

# A monitor may still be in one.
cgroups_rmdir() {
	local left=250 these=(/sys/fs/cgroup -depth -type d '(' -path "*/$1" -o -path "*/$1/*" ')')

	while [ $((left -= 1)) -gt 0 ] && [ "$(find "${these[@]}" -print -quit)" ]; do
		find "${these[@]}" -exec rmdir {} + 2>/dev/null
		tick
	done
}

# runtime_box: a box whose runtimes have no state yet, and where they find a cgroup hierarchy that they can use:
# crun refuses version 1 with version 2 beside it.
runtime_box() {
	rootfs_make "$T/rootfs"
	box_make
	# podman's locks.
	box mount -t tmpfs -o mode=1777 shm /dev/shm || skip "no tmpfs"
	if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
		box umount -l /sys/fs/cgroup/unified 2>/dev/null
	fi
}

# bundle_up RUNTIME NAME OPTIONS...: a container of the runtime by itself, which sleeps; its first process in $INIT.
bundle_up() {
	local runtime=$1 name=$2

	shift 2
	need "$runtime"
	mkdir -p "$T/bundle"
	(cd "$T/bundle" && rm -f config.json && "$runtime" spec) || skip "$runtime has no spec"
	# Without a terminal, and with the limits of this machine.
	jq --arg root "$T/rootfs" '.process.terminal = false | .process.args = ["/bin/sleep", "1000"] |
		del(.process.rlimits) | .root.path = $root' "$T/bundle/config.json" >"$T/config.json" &&
		mv "$T/config.json" "$T/bundle/config.json"
	box "$runtime" "$@" run -d -b "$T/bundle" "$name" </dev/null >"$T/log.run" 2>&1 ||
		skip "$runtime: $(tail -n 1 "$T/log.run")"
	at_end "box $runtime delete -f $name"
	INIT=$(box "$runtime" state "$name" | jq .pid)
}

# podman_box RUNTIME: such a box, with podman and its image box:1.
podman_box() {
	need podman
	need conmon
	need "$1"
	cgroups_end libpod_parent
	runtime_box
	RUNTIME=$1
	# No package has it.
	[ -d /var/lib/containers ] || { mkdir /var/lib/containers && at_end "rmdir /var/lib/containers"; }
	box mount -t tmpfs storage /var/lib/containers || skip "no tmpfs"
	tar -C "$T/rootfs" -c . | podman_run import - box:1 >"$T/log.import" 2>&1 ||
		skip "podman import: $(tail -n 1 "$T/log.import")"
}

# podman_run ARGS...: of root, or of the user.
PODMAN_AS=box
podman_run() { "$PODMAN_AS" podman --runtime="$RUNTIME" --storage-driver=vfs --cgroup-manager=cgroupfs "$@"; }

# podman_up NAME OPTIONS...: a container that sleeps; its first process in $INIT, its id in $ID.
podman_up() {
	local name=$1

	shift
	# The limits that podman takes by itself may be more than this machine gives.
	podman_run run -d --name "$name" --network=none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@" \
		box:1 /bin/sleep 1000 >"$T/id" 2>"$T/log.run" || skip "podman: $(tail -n 1 "$T/log.run")"
	ID=$(cat "$T/id")
	at_end "podman_run rm -f -t 0 $name >/dev/null"
	INIT=$(podman_run inspect -f '{{.State.Pid}}' "$name")
	[ "${INIT:-0}" -gt 0 ] || skip "podman: no process of $name"
}

# named WANT: what ls calls the container whose first process is $INIT; "null": none.
named() {
	nsw_ok ls -t mnt --json -o PID,CONTAINER
	said ".namespaces[] | select(.pid == $INIT) | .container" "$1"
}

# without FILE WANT: what it is called while no such file is there.
without() {
	box mv "$1" "$T/away" || fail "$1 is not there"
	named "$2"
	box mv "$T/away" "$1"
}

podman_named() {
	local state=/var/lib/containers/storage/vfs-containers/containers.json

	podman_box "$1"
	podman_up web
	named podman:web
	without "$state" "podman:${ID:0:12}"
	# A link in its place leads nowhere, and nobody waits for a FIFO.
	box mv "$state" "$state.real"
	box ln -s "$state.real" "$state"
	named "podman:${ID:0:12}"
	box rm "$state"
	box mkfifo "$state"
	named "podman:${ID:0:12}"
	box rm "$state"
	box mv "$state.real" "$state"
	named podman:web
	[ "$(box "$NSWATCH" enter podman:web /bin/sh -c 'echo in' 2>"$T/err")" = in ] || fail "enter: $(cat "$T/err")"
	nsw explain "$INIT"
	grep -q 'podman:web' "$T/said" || fail "explain does not say it: $(cat "$T/said")"
	podman_run rm -f -t 0 web >/dev/null 2>&1
	nsw_fails 1 "no namespace or container is called 'podman:web'" enter podman:web true
}

t_container_podman_crun() { podman_named crun; }
t_container_podman_runc() { podman_named runc; }

# Those of --rm are in a list of their own, and one of a pod is in a directory of the pod.
t_container_podman_more() {
	podman_box runc
	podman_up brief --rm
	named podman:brief
	podman_run pod create --infra=false --name pea >"$T/log.pod" 2>&1 || fail "$(cat "$T/log.pod")"
	podman_up member --pod pea
	grep -q "/libpod-$ID" "/proc/$INIT/cgroup" || fail "$(cat "/proc/$INIT/cgroup")"
	named podman:member
}

is_sleep() { [ "$(cat "/proc/$1/comm")" = sleep ]; }

# Called as their user likes, they are in a cgroup of that name, which says nothing.
bundle_named() {
	local state=$2 type pid

	runtime_box
	bundle_up "$1" "web$$"
	named "$1:web$$"
	[ "$(box "$NSWATCH" enter "$1:web$$" /bin/sh -c 'echo in' 2>"$T/err")" = in ] || fail "enter: $(cat "$T/err")"
	# Whoever comes into its mount namespace, or its pid namespace, is in it too.
	for type in mount pid; do
		box_start nsenter -t "$INIT" "--$type" /bin/sleep 1000
		until pid=$(pgrep -x sleep -P "$P") || { [ $type = mount ] && pid=$P && is_sleep "$P"; }; do tick; done
		nsw explain "$pid"
		grep -q "$1:web$$" "$T/said" || fail "not said of a process that shares its $type namespace: $(cat "$T/said")"
	done
	# Another process has the pid now: it was started at another time.
	box cp "$state" "$T/real"
	sed -E 's/("(process-start-time|init_process_start)": ?)/\11/' "$T/real" >"$T/other"
	! cmp -s "$T/real" "$T/other" || fail "no time in $state"
	box cp "$T/other" "$state"
	named null
	box cp "$T/real" "$state"
	named "$1:web$$"
	without "$state" null
}

t_container_crun() { bundle_named crun "/run/crun/web$$/status"; }
t_container_runc() { bundle_named runc "/run/runc/web$$/state.json"; }

# Without a cgroup of its own only its runtime's files tell.
t_container_no_cgroup() {
	podman_box crun
	podman_up web --cgroups=disabled
	! grep -q "$ID" "/proc/$INIT/cgroup" || fail "it has a cgroup: $(cat "/proc/$INIT/cgroup")"
	named podman:web
	without /var/lib/containers/storage/vfs-containers/containers.json "podman:${ID:0:12}"
	without "/run/crun/$ID/status" null
	bundle_up crun "own$$" --cgroup-manager=disabled
	named "crun:own$$"
}

# machine_cgroup NAME: in the hierarchy that is asked, as systemd-machined calls it; in $CGROUP.
machine_cgroup() {
	local top dir

	for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$(stat -f -c %T "$top" 2>/dev/null)" = cgroup2fs ] && break
	done
	CGROUP=$top/machine.slice/$1
	for dir in "$top/machine.slice" "$CGROUP"; do
		[ -d "$dir" ] && continue
		mkdir "$dir" || skip "no cgroup here"
		at_end "find '$dir' -depth -type d -exec rmdir {} +"
	done
}

# cgroup_gone: nobody is in it any more.
cgroup_gone() {
	end_children "$P"
	until grep -qx 'populated 0' "$CGROUP/cgroup.events"; do tick; done
}

t_container_nspawn() {
	need systemd-nspawn
	rootfs_make "$T/deb.root"
	box_make
	machine_cgroup 'machine-de\x2db.scope'
	# shellcheck disable=SC2016 # for the inner shell
	box_start bash -c 'echo $$ >"$1" && shift && exec "$@" >"$0.up" 2>"$0.log"' "$T/nspawn" "$CGROUP/cgroup.procs" \
		systemd-nspawn -q --register=no --keep-unit --pipe -D "$T/deb.root" /bin/sh -c 'echo up; exec sleep 1000'
	at_end cgroup_gone
	until grep -q up "$T/nspawn.up" 2>/dev/null; do
		kill -0 "$P" 2>/dev/null || skip "systemd-nspawn does not start: $(tail -n 1 "$T/nspawn.log")"
		tick
	done
	INIT=$(pgrep -P "$P" -x sleep) || INIT=$(pgrep -P "$(pgrep -P "$P")" -x sleep)
	[ "$INIT" ] || fail "no first process: $(cat "$T/nspawn.log")"
	named machine:de-b
}

# A sandbox that a program makes for itself has neither cgroup nor file: it is its maker's. A container's mount
# namespace is its own.
t_container_sandbox() {
	local maker
	partner box "$(helper nsact)" clone user,pid,net say ready wait
	until_said box ready
	partner twin "$(helper nsact)" clone user,pid,net,mnt say ready wait
	until_said twin ready
	maker=${PID[box]}
	"$NSWATCH" ls -t pid -n -r -o PID,CONTAINER >"$T/rows"
	grep -Fqx "$(pgrep -P "$maker") sandbox\\x20of\\x20nsact\\x20$maker" "$T/rows" || fail "$(cat "$T/rows")"
	! grep -q "nsact.*${PID[twin]}" "$T/rows" || fail "the twin: $(cat "$T/rows")"
	"$NSWATCH" ls --by container >"$T/by"
	grep -q "^sandbox of nsact $maker " "$T/by" || fail "$(cat "$T/by")"
	"$NSWATCH" ls -t pid -n -r -o PID --container "nsact $maker" | grep -qx "$(pgrep -P "$maker")" || fail "not chosen"
}

# chromium_start: with its sandbox, as an ordinary user; its first process is BROWSER.
chromium_start() {
	need chromium
	need setpriv
	mkdir "$T/home"
	chmod 755 "$T"
	chown 65534 "$T/home"
	(cd "$T/home" && HOME=$T/home exec setpriv --reuid 65534 --regid 65534 --clear-groups chromium --headless \
		--disable-gpu --user-data-dir="$T/home/data" --remote-debugging-port=0 about:blank) >"$T/chromium" 2>&1 &
	BROWSER=$!
	BACKGROUND+=("$BROWSER")
	until pgrep -P "$BROWSER" -f 'type=zygote' >"$T/zygotes" && grep -q 'DevTools listening' "$T/chromium"; do
		kill -0 "$BROWSER" 2>/dev/null || skip "chromium does not start here: $(tail -n 1 "$T/chromium")"
		tick
	done
}

# The real one: its zygote and what comes of that are in a sandbox of the browser.
t_container_chromium() {
	local zygote inside=''
	chromium_start
	while read -r zygote; do
		[ "$(inum user "$zygote")" = "$(inum user "$BROWSER")" ] || inside=$zygote
	done <"$T/zygotes"
	[ -n "$inside" ] || skip "chromium makes no sandbox of namespaces here"
	"$NSWATCH" ls -t net -n -r -o PID,CONTAINER >"$T/rows"
	grep -Fqx "$inside sandbox\\x20of\\x20chromium\\x20$BROWSER,user:65534" "$T/rows" || fail "$(cat "$T/rows")"
	"$NSWATCH" explain "$inside" >"$T/out"
	grep -q "sandbox of chromium $BROWSER" "$T/out" || fail "explain: $(cat "$T/out")"
}

# bubblewrap leaves nothing and makes no cgroup: what it was called in counts, a terminal or a service.
t_container_bwrap() {
	need bwrap
	rootfs_make "$T/rootfs"
	box_make
	box_start bwrap --unshare-pid --bind "$T/rootfs" / --proc /proc /bin/sleep 1000
	until INIT=$(pgrep -P "$P" -x bwrap) && [ "$(pgrep -P "$INIT" -x sleep)" ]; do
		kill -0 "$P" 2>/dev/null || skip "bwrap does not start here"
		tick
	done
	nsw_ok ls -t mnt --json -o PID,CONTAINER
	said "[.namespaces[] | select(.pid == $INIT)] | length" 1
	named null
}

# user_box: such a box with a user of no name, whose containers have no cgroup.
RUN=/run/user/4711
user_box() {
	need crun
	runtime_box
	chmod 755 "$T"
	box mkdir -p "$RUN" && box chown 4711:4711 "$RUN"
}

as_user() {
	box setpriv --reuid=4711 --regid=4711 --clear-groups env -C / HOME="$T/home" XDG_RUNTIME_DIR="$RUN" "$@"
}

# Flatpak's program, without a scope of systemd: by what flatpak and bubblewrap leave in the user's directory.
t_container_flatpak() {
	local at=$RUN/.flatpak/2087318236
	need bwrap
	user_box
	# As flatpak makes them: info is what the program sees as .flatpak-info.
	printf '[Application]\nname=org.example.App\nruntime=runtime/org.example.Platform/x86_64/1\n\n[Instance]\ninstance-id=%s\n' \
		"${at##*/}" >"$T/info"
	as_user mkdir -p "$at" &&
		as_user cp "$T/info" "$at/info"
	box test -s "$at/info" || fail "no $at"
	# shellcheck disable=SC2016 # for the inner shell
	as_user sh -c 'exec 5>"$0/bwrapinfo.json" && shift && exec bwrap --info-fd 5 "$@"' "$at" - --unshare-user --unshare-pid \
		--ro-bind / / --proc /proc sleep 1000 >"$T/log.bwrap" 2>&1 &
	P=$!
	BACKGROUND+=("$P")
	until INIT=$(box jq '."child-pid" // empty' "$at/bwrapinfo.json" 2>/dev/null) && [ "$INIT" ] && pgrep -P "$INIT" >/dev/null; do
		kill -0 "$P" 2>/dev/null || skip "bwrap does not start here: $(tail -n 1 "$T/log.bwrap")"
		tick
	done
	[ "$(box jq '."mnt-namespace" // 0' "$at/bwrapinfo.json")" = "$(inum mnt "$INIT")" ] || skip "this bubblewrap tells no namespaces"
	named "flatpak:org.example.App,user:4711"
	without "$at/info" "flatpak:2087318236,user:4711"
	without "$at/bwrapinfo.json" null
	# Another process that got the number: the mount namespace is not that one.
	box sed -i 's/"mnt-namespace": *[0-9]*/"mnt-namespace": 1/' "$at/bwrapinfo.json"
	named null
}

# What a user runs is named by the files of that user, and nothing else is.
t_container_rootless() {
	local name="web$$" ticks

	user_box
	mkdir "$T/bundle"
	(cd "$T/bundle" && crun spec --rootless) || skip "crun has no spec for users"
	jq --arg root "$T/rootfs" '.process.terminal = false | .process.args = ["/bin/sleep", "1000"] |
		del(.process.rlimits) | .root.path = $root | .linux.uidMappings = [{containerID: 0, hostID: 4711, size: 1}] |
		.linux.gidMappings = .linux.uidMappings | .mounts = [.mounts[] | select(.type == "proc" or .destination == "/dev")]' "$T/bundle/config.json" >"$T/config.json" &&
		mv "$T/config.json" "$T/bundle/config.json"
	as_user crun --cgroup-manager=disabled run -d -b "$T/bundle" "$name" </dev/null >"$T/log.run" 2>&1 ||
		skip "crun: $(tail -n 1 "$T/log.run")"
	at_end "as_user crun delete -f $name"
	INIT=$(as_user crun state "$name" | jq .pid)
	named "crun:$name,user:4711"
	without "$RUN/crun/$name/status" null

	# What such a user writes of a process of root's.
	box_start unshare -m sleep 1000
	until is_sleep "$P"; do tick; done
	ticks=$(sed 's/.*) //' "/proc/$P/stat" | cut -d ' ' -f 20)
	as_user mkdir -p "$RUN/crun/evil"
	jq -c ".pid = $P | .\"process-start-time\" = $ticks" < <(box cat "$RUN/crun/$name/status") >"$T/evil"
	as_user sh -c "cat >$RUN/crun/evil/status" <"$T/evil"
	INIT=$P
	named null
	# As root's own file it would be one.
	box mkdir -p /run/crun/evil
	box cp "$T/evil" /run/crun/evil/status
	named crun:evil
}

# podman of a user keeps its lists at that user's home.
t_container_podman_rootless() {
	local file

	for file in podman conmon newuidmap; do need "$file"; done
	user_box
	mkdir "$T/home"
	chown 4711 "$T/home"
	{ cat /etc/passwd && echo "rootless:x:4711:4711::$T/home:/bin/sh"; } >"$T/passwd"
	{ cat /etc/group && echo "rootless:x:4711:"; } >"$T/group"
	echo "rootless:4000000:65536" | tee "$T/subuid" >"$T/subgid"
	for file in passwd group subuid subgid; do
		[ -e "/etc/$file" ] || skip "no /etc/$file"
		box mount --bind "$T/$file" "/etc/$file"
	done
	PODMAN_AS=as_user RUNTIME=crun
	tar -C "$T/rootfs" -cf "$T/box.tar" .
	# What keeps the namespaces of that user for the next command.
	# shellcheck disable=SC2016 # for the end
	at_end 'kill "$(box cat $RUN/libpod/tmp/pause.pid)"'
	podman_run import "$T/box.tar" box:1 >"$T/log.import" 2>&1 || skip "podman import: $(tail -n 1 "$T/log.import")"
	podman_up web
	named podman:web,user:4711
	without "$T/home/.local/share/containers/storage/vfs-containers/containers.json" "podman:${ID:0:12},user:4711"
	# Not from a file system of another: that may be one of the user's own, which never answers.
	box mount --bind "$T/home/.local" "$T/home/.local"
	named podman:web,user:4711
	box mount -t tmpfs -o mode=755 other "$T/home/.local"
	box mkdir -p "$T/home/.local/share/containers/storage/vfs-containers"
	box sh -c "echo '[{\"id\":\"$ID\",\"names\":[\"other\"]}]' >$T/home/.local/share/containers/storage/vfs-containers/containers.json"
	box chown -R 4711 "$T/home/.local"
	named "podman:${ID:0:12},user:4711"
	box umount "$T/home/.local"
	named podman:web,user:4711
}

# daemon_up NAME SOCKET CMD...: one in the box, whose program is of a package that may be missing.
daemon_up() {
	local name=$1 socket=$2

	shift 2
	need "$1"
	# shellcheck disable=SC2016 # for the inner shell
	box_start sh -c 'exec "$@" >"$0" 2>&1' "$T/log.$name" "$@"
	until box test -S "$socket"; do
		kill -0 "$P" 2>/dev/null || skip "$name does not start: $(tail -n 1 "$T/log.$name")"
		tick
	done
	DAEMON=$P
}

# daemon_down: it ends, and what it started with it.
daemon_down() {
	kill "$DAEMON"
	wait "$DAEMON"
}

# own_dir DIR: in the box it is empty, and its own.
own_dir() {
	[ -d "$1" ] || { mkdir "$1" && at_end "rmdir $1"; }
	box mount -t tmpfs own "$1" || skip "no tmpfs"
}

t_container_docker() {
	local state

	need docker
	cgroups_end docker
	runtime_box
	own_dir /var/lib/docker
	daemon_up dockerd /run/docker.sock dockerd --storage-driver vfs --iptables=false --ip6tables=false --bridge=none \
		--group "$(id -gn)"
	at_end daemon_down
	tar -C "$T/rootfs" -c . | box docker import - box:1 >"$T/log.import" 2>&1 || skip "docker import: $(cat "$T/log.import")"
	ID=$(box docker run -d --network=none --name web box:1 /bin/sleep 1000 2>"$T/log.run") || skip "docker: $(tail -n 1 "$T/log.run")"
	at_end "box docker rm -f web >/dev/null"
	INIT=$(box docker inspect -f '{{.State.Pid}}' web)
	state=/var/lib/docker/containers/$ID/config.v2.json
	named docker:web
	without "$state" "docker:${ID:0:12}"
	# A name of any characters is one, which no terminal gets as they are.
	box cp "$state" "$T/real"
	jq -c '.Name = "/we\u001b[31mb\nx"' "$T/real" >"$T/hostile"
	box cp "$T/hostile" "$state"
	named $'docker:we\e[31mb\nx'
	nsw_ok ls -t mnt -o PID,CONTAINER
	grep -qE "^ *$INIT docker:we\\\\x1b\\[31mb\\\\x0ax\$" "$T/said" || fail "$(cat -A "$T/said")"
	nsw_fails 1 'docker:we.x1b.31mb.nx' enter nosuch true
	! grep -q $'\e' "$T/err" || fail "$(cat -A "$T/err")"
	box cp "$T/real" "$state"
	named docker:web
}

# containerd by itself; in a pod the annotations and the cgroup are those that its CRI and the kubelet would give.
t_container_containerd() {
	local id uid=8a9b0c1d-1111-2222-3333-444455556666

	need ctr
	cgroups_end default kubepods
	runtime_box
	own_dir /var/lib/containerd
	daemon_up containerd /run/containerd/containerd.sock containerd
	at_end daemon_down
	id=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	ctr_up default "$id" --annotation nerdctl/name=web
	ctr_named default "$id" containerd:web "containerd:${id:0:12}"
	id=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	ctr_up k8s.io "$id" --cgroup "/kubepods/burstable/pod$uid/$id" --annotation io.kubernetes.cri.container-name=nginx \
		--annotation io.kubernetes.cri.sandbox-name=web-0 --annotation io.kubernetes.cri.sandbox-namespace=prod
	ctr_named k8s.io "$id" container:nginx,pod:prod/web-0 "container:${id:0:12},pod:$uid"
}

# ctr_named NAMESPACE ID WANT TWIN: what it is called, by either file, and without both.
ctr_named() {
	local bundle=/run/containerd/io.containerd.runtime.v2.task/$1/$2/config.json state=/run/containerd/runc/$1/$2/state.json

	named "$3"
	box mv "$state" "$T/state"
	named "$3"
	without "$bundle" "$4"
	box mv "$T/state" "$state"
	without "$bundle" "$3"
}

# ctr_up NAMESPACE ID OPTIONS...: a container that sleeps; its first process in $INIT.
ctr_up() {
	local namespace=$1 id=$2

	shift 2
	box ctr -n "$namespace" run -d --null-io --rootfs "$@" "$T/rootfs" "$id" /bin/sleep 1000 >"$T/log.run" 2>&1 ||
		skip "ctr: $(tail -n 1 "$T/log.run")"
	at_end "ctr_down $namespace $id"
	INIT=$(box ctr -n "$namespace" task ls | awk -v id="$id" '$1 == id { print $2 }')
	[ "$INIT" ] || fail "no task: $(cat "$T/log.run")"
}

ctr_down() {
	kill -KILL "$(box ctr -n "$1" task ls | awk -v id="$2" '$1 == id { print $2 }')"
	until box ctr -n "$1" task rm "$2" >/dev/null 2>&1; do tick; done
	box ctr -n "$1" container rm "$2"
}
