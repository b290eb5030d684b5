# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2016 # for other shells
# Mounts, files of nsfs, maps, setgroups and rtnetlink that the kernel refuses, and why. Each with its
# twin, which succeeds and is not told.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

# refused CALL ERRNO CODE TEXT: exactly one such event of that call, with a note that says TEXT.
refused() {
	expect_event ".event == \"refused\" and .call == \"$1\" and .errno == \"$2\"" 1
	field ".notes | map(select(.code == \"$3\")) | length" 1
	field '.notes | map(.text) | join(" ") | contains("'"$4"'")' true
}

none_refused() {
	[ "$RC" = 0 ] || fail "status $RC: $(cat "$T/err")"
	no_event '.event == "refused"'
}

needs_userns() { unshare -Ur true 2>"$T/userns" || skip "no user namespaces: $(cat "$T/userns")"; }

# Without a mount namespace of its own; and in one it works.
t_refused_mount() {
	needs_userns
	mkdir "$T/m"
	trace_cmd -e refused -- unshare -Ur mount -t tmpfs none "$T/m"
	refused mount EPERM mount-refused "lacks CAP_SYS_ADMIN in $(said_user)"
	fields .ns_type mnt .inum "$(inum mnt)" .owner "$(inum user)" .able false .fs_type tmpfs .path "$T/m" \
		.source none .filtered false .comm mount
	trace_cmd -e refused -- unshare -Urm mount -t tmpfs none "$T/m"
	none_refused
}

# What a file system shows is another's; a file system that is the initial user namespace's alone.
t_refused_file_system() {
	local type

	needs_userns
	mkdir "$T/m"
	for type in proc:pid sysfs:net mqueue:ipc; do
		trace_cmd -e refused -- unshare -Urm mount -t "${type%%:*}" none "$T/m"
		[ "$(jq -r 'select(.event == "refused").errno' "$T/out.json")" = ENODEV ] && continue
		refused mount EPERM mount-refused "shows its ${type#*:} namespace, which $(said_user) owns"
		fields .able true .fs_able false .fs_owner "$(inum user)"
	done
	trace_cmd -e refused -- unshare -Urm mount -t devtmpfs none "$T/m"
	refused mount EPERM mount-refused "only the initial user namespace may mount that file system"
	trace_cmd -e refused -- unshare -Urm mount -t ramfs none "$T/m"
	none_refused
}

# A proc that is covered may not be mounted anew where a user namespace owns the mount namespace.
t_refused_covered() {
	needs_userns
	trace_cmd -e refused -- unshare -m sh -c 'mount --bind /dev/null /proc/version && exec unshare -Urmpf mount -t proc proc "$0"' /proc
	refused mount EPERM mount-refused "in sight"
	fields .able true .fs_able true
	trace_cmd -e refused -- unshare -mpf mount -t proc proc /proc
	none_refused
}

# What came with the mount namespace of a user namespace is locked.
t_refused_locked() {
	needs_userns
	mkdir "$T/ro" "$T/up" "$T/up/sub" "$T/b"
	# Mounted in a mount namespace of root's, for this test alone.
	trace_cmd -e refused -- unshare -m sh -c 'cd "$0" && mount --bind ro ro && mount -o remount,bind,ro ro &&
		mount -t tmpfs none up/sub && exec unshare -Urm sh -c "
			mount -o remount,bind,rw ro; umount ro; mount --bind up b; mount --rbind up b && umount -l b"' "$T"
	expect_event '.event == "refused" and .call == "mount" and .errno == "EPERM"' 1
	field '.notes[0].text | contains("a flag would go that is locked")' true
	refused umount EINVAL mount-refused "those are locked"
	refused mount EINVAL mount-refused "mounts below it"
	trace_cmd -e refused -- unshare -m sh -c 'cd "$0" && mount --bind ro ro && mount -o remount,bind,ro ro &&
		mount -o remount,bind,rw ro && umount ro' "$T"
	none_refused
}

# The same by the call that newer mount(8) makes of it.
t_refused_locked_setattr() {
	local make='mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
	needs_userns
	mkdir "$T/ro"
	unshare -m sh -c "$make"' && exec "$1" mount_setattr "$0" rw' "$T/ro" "$(helper refuse)"
	[ $? -ne 38 ] || skip "no mount_setattr(2) here (5.12)"
	trace_cmd -e refused -- unshare -m sh -c "$make"' && exec unshare -Urm "$1" mount_setattr "$0" rw' "$T/ro" "$(helper refuse)"
	refused mount_setattr EPERM mount-refused "a flag would go that is locked"
	trace_cmd -e refused -- unshare -m sh -c "$make"' && exec "$1" mount_setattr "$0" rw' "$T/ro" "$(helper refuse)"
	none_refused
}

# The calls of the new way to mount.
t_refused_new_calls() {
	needs_userns
	: >"$T/a"
	: >"$T/b"
	trace_cmd -e refused -- unshare -Ur "$(helper treemount)" "$T/a" "$T/b"
	refused open_tree EPERM mount-refused "lacks CAP_SYS_ADMIN"
	field .path "$T/a"
	trace_cmd -e refused -- unshare -Urm "$(helper treemount)" "$T/a" "$T/nowhere"
	expect_event '.event == "refused" and .call == "move_mount" and .errno == "ENOENT"' 1
	fields .path "$T/nowhere" '.notes | length' 0
	trace_cmd -e refused -- unshare -Urm "$(helper treemount)" "$T/a" "$T/b"
	none_refused
	trace_cmd -e refused -- unshare -Ur "$(helper nsact)" mountns fsmount
	refused fsopen EPERM mount-refused "fsopen of tmpfs"
	# A file system context that is no context: fsconfig and fsmount refuse it.
	trace_cmd -e refused -- "$(helper nsact)" mountns fsmount
	[ "$(jq -r 'select(.call == "fsmount").errno' "$T/out.json")" = EINVAL ] || no_event 'true'
}

# A seccomp filter is no refusal of the kernel's.
t_refused_filtered() {
	mkdir "$T/m"
	trace_cmd -e refused -- "$(helper nsact)" filter mount 1 exec mount -t tmpfs none "$T/m"
	expect_event '.event == "refused" and .call == "mount"' 1
	fields .filtered true .errno EPERM .path "$T/m" '.notes | map(.code) | join(",")' call-filtered
	trace_cmd -e refused -- unshare -m "$(helper nsact)" filter setns 1 exec mount -t tmpfs none "$T/m"
	none_refused
}

# Files of nsfs of another user's process.
t_refused_open() {
	partner box unshare -Ur sh -c 'echo ready; read -r x'
	until_said box ready
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups cat "/proc/${PID[box]}/ns/net"
	refused open EACCES nsfs-refused "That one is of user 0."
	fields .path "/proc/${PID[box]}/ns/net" .ns_type net .euid 65534
	field '.notes[0].text | contains("It is in user:['"$(inum user "${PID[box]}")"']")' true
	# The twins: one's own, and a file that is none of nsfs.
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \
		'exec 3</proc/self/ns/net; cat /etc/shadow; exit 0'
	none_refused
	go_on box
}

# The same file by other ways: from a directory of it, from the working directory, by a link.
t_refused_open_relative() {
	local how dir helper

	partner box unshare -Ur sh -c 'echo ready; read -r x'
	until_said box ready
	helper=$(public_helper refuse)
	dir=/proc/${PID[box]}
	for how in "openat $dir/ns net" "openat2 $dir/ns net" "chdir $dir/ns net" "openat $dir ns/net" \
		"openat /proc ${PID[box]}/ns/net"; do
		# shellcheck disable=SC2086 # words
		trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups "$helper" $how
		expect_rc 13
		refused open EACCES nsfs-refused "That one is of user 0."
		fields .path "$dir/ns/net" .ns_type net
	done
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups "$helper" openat "$dir" uid_map
	none_refused
	mkdir -p "$T/x1/ns"
	: >"$T/x1/ns/net"
	chmod 0 "$T/x1/ns/net"
	# A file of that name elsewhere is none, nor one's own.
	for how in "openat $T/x1/ns net" "openat $T/x1 ns/net" "chdir $T/x1 ns/net" "openat / ${T#/}/x1/ns/net" \
		"openat / $T/x1/ns/net"; do
		# shellcheck disable=SC2086 # words
		trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups "$helper" $how
		expect_rc 13
		no_event '.event == "refused"'
	done
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups "$helper" openat /proc/self/ns net
	none_refused
	go_on box
}

t_refused_open_link() {
	local link=/run/netns/nswatch-$$

	partner box unshare -Ur sh -c 'echo ready; read -r x'
	until_said box ready
	mkdir -p /run/netns
	at_end "rm -f $link"
	ln -s "/proc/${PID[box]}/ns/net" "$link"
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups cat "$link"
	refused open EACCES nsfs-refused "That one is of user 0."
	fields .path "$link" .ns_type net
	# A file whose mount is gone is refused for its mode.
	rm "$link"
	: >"$link"
	chmod 0 "$link"
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups cat "$link"
	refused open EACCES nsfs-refused "may not read it"
	chmod 444 "$link"
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups cat "$link"
	none_refused
	go_on box
}

# maps SCRIPT: run by nobody, with mk: a child in a new user namespace, whose pid is in $p; and w FILE TEXT.
maps() {
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups bash -c '
		mk() { [ -z "${p-}" ] || kill "$p"; unshare -U sleep 60 & p=$!
			until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done; }
		w() { printf "$2" >"/proc/$p/$1"; }
		'"$1"'; kill $p; exit 0' bash
}

# wrote TEXT: the event of the map that was to be written so.
wrote() {
	expect_event ".event == \"refused\" and .written == \"$1\" and .call == \"$2\"" 1
	fields .errno "$3" '.notes | map(.code) | join(",")' map-refused
	field '.notes[0].text | contains("'"$4"'")' true
}

t_refused_maps() {
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -U true 2>"$T/userns" ||
		skip "no user namespaces of nobody: $(cat "$T/userns")"
	maps 'mk; w uid_map "0 65534 9"; w uid_map "0 7 1"; w gid_map "0 65534 1"; w uid_map "what"
		w uid_map "0 65534 1"; w uid_map "1 65534 1"; w setgroups deny; w gid_map "0 65534 1\n"; w setgroups allow'
	wrote "0 65534 9" uid_map EPERM "only a single line for one id"
	fields .ns_type user .able true .able_above false .maker true .extents 0
	wrote "0 7 1" uid_map EPERM "own id, 65534, may"
	wrote "0 65534 1" gid_map EPERM "setgroups must be denied before"
	wrote what uid_map EINVAL "is not three numbers"
	wrote "1 65534 1" uid_map EPERM "can be written once"
	field .extents 1
	refused setgroups_file EPERM setgroups-refused "denied there for good"
	no_event '.event == "refused" and (.written | startswith("0 65534 1\n"))'
	# Root may more, but neither overlap, nor write to another user's namespace without its file.
	trace_cmd -e refused -- bash -c 'unshare -U sleep 60 & p=$!
		until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done
		w() { printf "$2" | dd of=/proc/$p/$1 status=none; }
		w uid_map "0 0 10\n5 20 10"; w uid_map "0 0 10\n10 20 10"; w gid_map "0 0 1"; w setgroups deny
		kill $p; exit 0'
	wrote "0 0 10\\n5 20 10" uid_map EINVAL "have ids inside in common"
	refused setgroups_file EPERM setgroups-refused "be denied any more"
	expect_event '.event == "refused"' 2
	# A shell that writes a line at a time: the first is taken.
	trace_cmd -e refused -- bash -c 'unshare -U sleep 60 & p=$!
		until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done
		printf "0 0 10\n10 20 10" >/proc/$p/uid_map; kill $p; exit 0'
	expect_event '.event == "refused" and .errno == "EINVAL"' 1
	field '.notes[0].text | contains("not the first write")' true
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'echo 0 0 1 >/proc/$0/uid_map' "$$"
	expect_event '.event == "refused" and .call == "uid_map" and .errno == "EACCES"' 1
	fields .path "/proc/$$/uid_map" '.notes | map(.code) | join(",")' map-refused
	# An id that has no number above, of root there.
	trace_cmd -e refused -- unshare -Ur bash -c 'unshare -U sleep 60 & p=$!
		until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done
		printf "0 5 1" >/proc/$p/uid_map; kill $p; exit 0'
	wrote "0 5 1" uid_map EPERM "has no number in the user namespace above"
	# The twin: what unshare does for a user without rights.
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Ur true
	none_refused
}

# Texts that other calls than write(2) bring.
t_refused_writes() {
	local how helper

	needs_userns
	helper=$(helper refuse)
	for how in writev:EINVAL pwrite64:ESPIPE pwritev:ESPIPE pwritev2:ESPIPE; do
		# shellcheck disable=SC2016 # for another shell
		trace_cmd -e refused -- bash -c 'unshare -U sleep 60 & p=$!
			until ! cmp -s /proc/$p/uid_map /proc/self/uid_map; do tick; done
			"$0" "$1" /proc/$p/uid_map what; "$0" "$2" /proc/$p/uid_map "0 0 1"; kill $p; exit 0' \
			"$helper" "${how%:*}" "$([ "${how#*:}" = EINVAL ] && echo writev || echo write)"
		case $how in
		*EINVAL) wrote what uid_map EINVAL "is not three numbers" ;;
		*) wrote what uid_map ESPIPE "takes no write at a place" ;;
		esac
		expect_event '.event == "refused"' 1
	done
}

t_refused_setgroups() {
	needs_userns
	trace_cmd -e refused -- unshare -Ur setpriv --clear-groups true
	refused setgroups EPERM setgroups-refused "setgroups is denied there"
	fields .may_setgroups false .extents 1 .able true
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --keep-groups setpriv --clear-groups true
	refused setgroups EPERM setgroups-refused "takes CAP_SETGID there, which it lacks"
	trace_cmd -e refused -- setpriv --clear-groups true
	none_refused
}

# The offsets of a time namespace: fixed, not allowed, out of range, unreadable; and what is taken.
t_refused_offsets() {
	[ -e /proc/self/timens_offsets ] || skip 'this kernel has no time namespaces'
	trace_cmd -e refused -- unshare -T bash -c 'true & wait; printf "monotonic 10 0" >/proc/self/timens_offsets; exit 0'
	refused timens_offsets EACCES offsets-refused "fixed once a process is in the time namespace"
	fields .ns_type time .written "monotonic 10 0" .able true
	field ".inum != $(inum time)" true
	trace_cmd -e refused -- setpriv --reuid 65534 --regid 65534 --clear-groups bash -c \
		'printf "monotonic 10 0" >/proc/self/timens_offsets; exit 0'
	refused timens_offsets EPERM offsets-refused "takes CAP_SYS_TIME in $(said_user)"
	fields .inum "$(inum time)" .able false
	trace_cmd -e refused -- unshare -T -f --monotonic=-99999999 true
	refused timens_offsets ERANGE offsets-refused "less than 0"
	trace_cmd -e refused -- bash -c 'printf "midnight 10 0" >/proc/self/timens_offsets; exit 0'
	refused timens_offsets EINVAL offsets-refused "monotonic or boottime"
	trace_cmd -e refused -- unshare -T -f --monotonic=100 true
	none_refused
}

# The kernel's own sentence is what ip shows; and a right that is missing.
t_refused_rtnetlink() {
	local said

	need ip
	needs_userns
	trace_cmd -e refused -- unshare -n sh -c 'ip link set lo up; ip route add 10.0.0.0/8 via 10.9.9.9 2>&1; exit 0'
	said=$(sed -n 's/^Error: \(.*\)\.$/\1/p' "$T/cmd.out")
	expect_event '.event == "refused" and .call == "rtnetlink" and .request == 24' 1
	fields .message "$said" .able true .ns_type net
	[ -z "$said" ] || field '.notes | map(.code) | join(",")' rtnetlink-refused
	# RTM_NEWLINK: that ip asks first whether the kernel has such requests, and hopes for ENODEV, is none.
	no_event '.event == "refused" and .request == 16'
	trace_cmd -e refused -- unshare -Ur ip link set lo up
	expect_event '.event == "refused" and .call == "rtnetlink" and .errno == "EPERM"'
	fields .inum "$(inum net)" .owner "$(inum user)" .able false '.notes | map(.code) | join(",")' rtnetlink-refused
	trace_cmd -e refused -- unshare -Urn ip link set lo up
	none_refused
}

# Nobody pays for it who does not ask: a trace of the whole system has it with -e alone, one of a process
# has it by itself.
t_refused_on_demand() {
	local how

	for how in "" "-e refused" "--pid $$ --follow"; do
		# shellcheck disable=SC2086 # options
		trace_start $how
		mount -t tmpfs none "$T/nowhere" 2>"$T/log"
		unshare -u true
		[ -z "$how" ] && wait_event '.event == "unshare"'
		[ -z "$how" ] || wait_event '.event == "refused" and (.path | endswith("/nowhere"))'
		trace_stop
		if [ -z "$how" ]; then
			no_event '.event == "refused"'
			grep -q 'refused by' "$T/err" && fail "it is attached: $(cat "$T/err")"
		else
			grep -q 'refused by [ft]' "$T/err" || fail "it is not attached: $(cat "$T/err")"
		fi
		rm -f "$T/out.json"
	done
}
