# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nswatch explain of namespaces: maps, devices, and what keeps those that nobody lives in.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

# --- user namespaces --------------------------------------------------------------------------

t_explain_user_unmapped() {
	partner box unshare -U sh -c 'id -u; echo ready; read x'
	until_said box ready
	grep -q '^65534' "$T/box.facts" || fail "it is somebody: $(cat "$T/box.facts")"
	explain "user:[$(inum user "${PID[box]}")]"
	sane
	found userns-not-mapped .about.type user .about.inum "$(inum user "${PID[box]}")" \
		.evidence.pid "${PID[box]}" .evidence.both yes .evidence.members 1
	cure userns-not-mapped id -u
	[ "$CURED,$(cat "$T/cure.out")" = 0,0 ] || fail "not cured: $(cat "$T/cure.out")"
	not_found setgroups-denied
	explain "${PID[box]}"
	found userns-not-mapped
	# Mapped from outside, and half.
	echo '0 0 1' >"/proc/${PID[box]}/uid_map"
	explain "${PID[box]}"
	found userns-not-mapped .evidence.map gid_map
	echo '0 0 1' >"/proc/${PID[box]}/gid_map"
	explain "${PID[box]}"
	not_found userns-not-mapped
	not_found setgroups-denied
	go_on box
}

t_explain_setgroups() {
	partner box unshare -r sh -c 'cat /proc/self/setgroups; echo ready; read x'
	until_said box ready
	grep -q deny "$T/box.facts" || skip "unshare did not deny it"
	explain "${PID[box]}"
	sane
	found setgroups-denied .about.inum "$(inum user "${PID[box]}")" .evidence.pid "${PID[box]}" \
		.evidence.members 1
	not_found userns-not-mapped
	# The proof: setgroups(2) fails there.
	if have setpriv; then
		nsenter -U -t "${PID[box]}" --preserve-credentials setpriv --clear-groups true \
			2>"$T/setpriv" && fail "setgroups did not fail"
		grep -q 'Operation not permitted' "$T/setpriv" || fail "$(cat "$T/setpriv")"
	fi
	go_on box
}

# Who has how many in a user namespace, and how many it allows.
t_explain_user_limits() {
	local ns name enter
	partner box unshare -r sh -c 'echo 7 >/proc/sys/user/max_uts_namespaces; echo ready; read x'
	until_said box ready
	enter=(nsenter -t "${PID[box]}" -U --preserve-credentials)
	# One made in it, two in one below it.
	partner direct "${enter[@]}" unshare -u sh -c 'echo ready; read x'
	partner below "${enter[@]}" unshare -r -u sh -c 'echo ready; read x'
	until_said below ready
	partner below2 nsenter -t "${PID[below]}" -U --preserve-credentials unshare -u sh -c 'echo ready; read x'
	until_said direct ready
	until_said below2 ready
	ns=$(inum user "${PID[box]}")
	explain "user:[$ns]"
	EV=$(jq -c '.namespace.limits[] | select(.type == "uts")' "$T/ex.json")
	fields .max 7 .unnamed 1 '.users | map("\(.uid) \(.count)") | join(",")' "0 2"
	EV=$(jq -c '.namespace.limits[] | select(.type == "user")' "$T/ex.json")
	fields '.users | map("\(.uid) \(.count)") | join(",")' "0 1"
	"$NSWATCH" explain "user:[$ns]" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q "uts: user 0 has 2, 1 made in it directly, by whom is not known (at most 7 each)" ||
		fail "$(cat "$T/text")"
	for name in below2 below direct box; do
		go_on $name
	done
}

# --- what another user namespace owns ---------------------------------------------------------

# inside NAME CMD...: with the rights of that partner, in its user and mount namespace.
inside() {
	local pid=$1
	shift
	nsenter -t "$pid" -U -m --preserve-credentials "$@"
}

# Root of a user namespace, in the net, mount and uts namespaces of outside.
t_explain_caps_elsewhere() {
	local port='use Socket; socket(S, PF_INET, SOCK_STREAM, 0); exit !bind(S, sockaddr_in(81, INADDR_LOOPBACK))'
	need ip
	partner box unshare -Ur sh -c 'echo ready; read x'
	until_said box ready
	explain "${PID[box]}"
	sane
	found capabilities-elsewhere .evidence.net "net:[$(inum net)]" .evidence.mnt "mnt:[$(inum mnt)]" \
		.evidence.uts "uts:[$(inum uts)]" .evidence.own "user:[$(inum user "${PID[box]}")]" \
		.evidence.ns "user:[$(inum user)]" .evidence.letters -nmu .weight note
	nsenter -t "${PID[box]}" -U --preserve-credentials ip link set lo mtu 65536 2>"$T/err" && fail "ip may"
	nsenter -t "${PID[box]}" -U --preserve-credentials mount -t tmpfs none /mnt 2>"$T/err" && fail "mount may"
	if have perl; then
		nsenter -t "${PID[box]}" -U --preserve-credentials perl -e "$port" && fail "port 81 may be bound"
		found capabilities-elsewhere '.text | contains("a port below 1024 CAP_NET_BIND_SERVICE")' true
		cure capabilities-elsewhere perl -e "$port"
		[ "$CURED" = 0 ] || fail "not cured: port 81: $(cat "$T/cure.out")"
	fi
	cure capabilities-elsewhere sh -c 'ip link set lo up && mount -t tmpfs none /mnt && hostname nswatch-test'
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	# Some of them its own; those of a user namespace below it count as its own.
	partner half unshare -Urn sh -c 'echo ready; read x'
	partner own unshare -Urnmu sh -c 'echo ready; read x'
	until_said half ready
	until_said own ready
	explain "${PID[half]}"
	found capabilities-elsewhere .evidence.letters -mu .evidence.net null
	explain "${PID[own]}"
	not_found capabilities-elsewhere
	explain $$
	not_found capabilities-elsewhere
	go_on box
	go_on half
	go_on own
}

t_explain_mounts_locked() {
	partner box unshare -Urm sh -c 'echo ready; read x'
	partner root unshare -m sh -c 'echo ready; read x'
	until_said box ready
	until_said root ready
	explain "${PID[box]}"
	sane
	found mounts-locked .evidence.ns "mnt:[$(inum mnt "${PID[box]}")]" \
		.evidence.owner "user:[$(inum user "${PID[box]}")]" .weight note
	inside "${PID[box]}" umount /proc 2>"$T/err" && fail "it is not locked"
	explain "${PID[root]}"
	not_found mounts-locked
	nsenter -t "${PID[root]}" -m umount -l /proc || fail "the twin: $?"
	go_on box
	go_on root
}

# mounter NAME OUTSIDE OPTIONS: a process in user, mount and other namespaces; its pid in $P.
mounter() {
	partner "$1" unshare -m sh -c "$2; exec unshare -Urm $3 -f sh -c 'echo ready; read x; true'"
	until_said "$1" ready
	P=$(child "${PID[$1]}")
}

t_explain_proc_refused() {
	mounter whole true "-p -n"
	explain "$P"
	sane
	not_found proc-mount-refused
	nsenter -t "$P" -U -m -p -n --preserve-credentials mount -t proc proc /mnt || fail "the twin: $?"
	mounter covered 'mount --bind /dev/null /proc/uptime' "-p -n"
	explain "$P"
	sane
	found proc-mount-refused .evidence.proc_cover /proc/uptime .evidence.both null .weight note
	nsenter -t "$P" -U -m -p -n --preserve-credentials mount -t proc proc /mnt 2>"$T/err" && fail "it may"
	# In its own words, or from 2.41 of util-linux on in the kernel's.
	grep -qiE 'permi|too revealing' "$T/err" || fail "$(cat "$T/err")"
	mounter bare true ""
	explain "$P"
	sane
	found proc-mount-refused .evidence.proc_pid "pid:[$(inum pid)]" .evidence.sys_net "net:[$(inum net)]" \
		.evidence.both yes
	nsenter -t "$P" -U -m --preserve-credentials mount -t proc proc /mnt 2>"$T/err" && fail "it may"
	nsenter -t "$P" -U -m --preserve-credentials mount -t sysfs sysfs /mnt 2>"$T/err" && fail "it may"
	for name in whole covered bare; do
		go_on $name
	done
}

# --- net namespaces ---------------------------------------------------------------------------

t_explain_net_down() {
	partner box unshare -n sh -c 'echo ready; read x; ip link set lo up; echo up; read x'
	until_said box ready
	explain "net:[$(inum net "${PID[box]}")]"
	sane
	found netns-down .evidence.members 1 .evidence.devices \
		"$(nsenter -n -t "${PID[box]}" ip -o link | wc -l)"
	cure netns-down
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	explain "net:[$(inum net "${PID[box]}")]"
	not_found netns-down
	nsenter -n -t "${PID[box]}" ip link set lo down
	go_on box
	until_said box up
	explain "net:[$(inum net "${PID[box]}")]"
	not_found netns-down
	go_on box
}

# --- what keeps a namespace -------------------------------------------------------------------

# A net namespace that nobody lives in any more, and the process whose descriptor 9 keeps it.
leaked_by_fd() {
	partner maker unshare -n sh -c 'echo ready; read x'
	until_said maker ready
	NS=$(inum net "${PID[maker]}")
	sleep 1000 9<"/proc/${PID[maker]}/ns/net" &
	HOLDER=$!
	BACKGROUND+=("$HOLDER")
	until [ "$(stat -L -c %i "/proc/$HOLDER/fd/9" 2>/dev/null)" = "$NS" ]; do tick; done
}

t_explain_kept_by_fd() {
	leaked_by_fd
	explain "net:[$NS]"
	not_found kept-by-fd
	go_on maker
	partner_end maker
	explain "net:[$NS]"
	sane
	found kept-by-fd .about.inum "$NS" .about.type net .evidence.pid "$HOLDER" .evidence.fd 9 \
		.evidence.comm sleep .evidence.more null
	explain
	EV=$(jq -c ".findings[] | select(.about.inum == $NS)" "$T/ex.json")
	fields .code kept-by-fd .evidence.pid "$HOLDER"
	# It goes as the remedy says.
	kill "$HOLDER"
	wait "$HOLDER"
	explain "net:[$NS]"
	expect_rc 3
}

t_explain_kept_by_socket() {
	pose inside ns unshare net ns socket say ready wait
	explain "net:[${F[2:net]}]"
	not_found kept-by-socket
	go_on inside
	pose holder ns unshare net ns socket setns "/proc/$$/ns/net" net say ready wait
	[ "${F[setns]}" = 0 ] || skip "setns: ${F[setns]}"
	explain "net:[${F[2:net]}]"
	[ $RC -ne 3 ] || skip "sockets are not seen here"
	sane
	found kept-by-socket .about.inum "${F[2:net]}" .evidence.pid "${PID[holder]}" .evidence.fd "${F[socket]}"
	go_on holder
}

t_explain_kept_by_mount() {
	# A name that a shell would take apart.
	local ns pin="$T/my pin;\`x"
	touch "$pin"
	at_end "umount -l ${pin@Q}"
	unshare "--net=$pin" true
	ns=$(stat -L -c %i "$pin")
	explain "$pin"
	sane
	found kept-by-mount .about.inum "$ns" .evidence.path "$pin" .weight note
	not_found kept-by-foreign-mount
	# Not among what is wrong: somebody gave it a name on purpose.
	explain
	[ -z "$(jq ".findings[] | select(.about.inum == $ns)" "$T/ex.json")" ] || fail "$(cat "$T/ex.json")"
	explain --all
	EV=$(jq -c ".findings[] | select(.about.inum == $ns and .code == \"kept-by-mount\")" "$T/ex.json")
	field .evidence.path "$pin"
	explain "$pin"
	cure kept-by-mount
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	explain "net:[$ns]"
	expect_rc 3
}

t_explain_kept_by_foreign_mount() {
	local ns
	touch "$T/pin"
	partner box unshare -m --propagation private sh -c \
		"unshare --net=$T/pin true && echo ready && read x"
	until_said box ready
	ns=$(stat -L -c %i "/proc/${PID[box]}/root$T/pin")
	explain "net:[$ns]"
	sane
	found kept-by-foreign-mount .about.inum "$ns" .evidence.path "$T/pin" \
		.evidence.mnt "mnt:[$(inum mnt "${PID[box]}")]" .evidence.pid "${PID[box]}" .weight trouble
	not_found kept-by-mount
	cure kept-by-foreign-mount
	[ "$CURED" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	explain "net:[$ns]"
	expect_rc 3
	go_on box
}

t_explain_kept_by_thread() {
	pose both ns unshare net ns thread say ready wait -- wait
	explain "net:[${F[2:net]}]"
	not_found kept-by-thread
	go_on both
	go_on both
	pose box ns thread unshare net ns say ready wait -- wait
	explain "net:[${F[2:net]}]"
	sane
	found kept-by-thread .about.inum "${F[2:net]}" .evidence.pid "${PID[box]}" .evidence.tid "${F[2:tid]}"
	go_on box
	go_on box
}

# --- a namespace in sentences -----------------------------------------------------------------

t_explain_ns_init() {
	pose box ns clone pid ns children 5 say ready wait
	explain "pid:[${F[2:pid]}]"
	EV=$(cat "$T/ex.json")
	fields .namespace.dies_with_init 5 .namespace.init "$(child "${PID[box]}")" \
		.namespace.processes 6 .namespace.parent "${F[1:pid]}" .namespace.pid_namespaces_below 0
	"$NSWATCH" explain "pid:[${F[2:pid]}]" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q "the kernel kills 5 other processes with it: nsact" ||
		fail "$(cat "$T/text")"
	# The kernel does so.
	kill -KILL "$(child "${PID[box]}")"
	partner_end box
	explain "pid:[${F[2:pid]}]"
	expect_rc 3
}

# An initial one does not go with its last process, nor do its devices go.
t_explain_ns_initial() {
	local type

	for type in net uts pid user; do
		"$NSWATCH" explain "/proc/2/ns/$type" >"$T/text"
		tr -s ' \n' ' ' <"$T/text" >"$T/line"
		grep -qF "It is the initial one, which never ends." "$T/line" || fail "$type: $(cat "$T/text")"
		! grep -qE "it goes|When it|it stays" "$T/line" || fail "$type: $(cat "$T/text")"
	done
}

# --- devices ----------------------------------------------------------------------------------

# A veth in a namespace that goes is destroyed, and its other end with it.
t_explain_dev() {
	local dev=nswx$((BASHPID % 100000)) peer=nswy$((BASHPID % 100000))
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	ip link add "$dev" type veth peer name "$peer" 2>"$T/err" || skip "no veth: $(cat "$T/err")"
	at_end "ip link del $dev"
	ip link set "$peer" netns "${PID[box]}"
	explain "$peer"
	expect_rc 0
	EV=$(jq -c '.devices[0]' "$T/ex.json")
	fields .ifname "$peer" .kind veth .netns "$(inum net "${PID[box]}")" .on_exit destroyed \
		".text | contains(\"Its other end, $dev (veth), is in net:[$(inum net)].\")" true \
		".text | contains(\"(${PID[box]})\")" true
	"$NSWATCH" explain "net:[$(inum net "${PID[box]}")]" >"$T/text"
	tr -s ' \n' ' ' <"$T/text" | grep -q "When it goes: $peer (veth) is destroyed\." || fail "$(cat "$T/text")"
	# So it is.
	go_on box
	partner_end box
	wait_gone "$dev"
	explain "$dev"
	expect_rc 2
}

wait_gone() {
	while ip link show "$1" >/dev/null 2>&1; do tick; done
}

# The same as an event with its note.
t_explain_notes_dev_destroyed() {
	local dev=nswv$((BASHPID % 100000))
	jq -e '.hooks[] | select(.name == "netdev") | .chosen != "none"' "$NSWATCH_SHARED/doctor.json" >/dev/null ||
		skip "devices are not traced here"
	trace_start -e netdev,netdev-add,netdev-del
	dev_by_request "${dev}r"
	# It lives until it was seen: rtnetlink is asked between two looks.
	# shellcheck disable=SC2016 # for the inner shell
	unshare -n bash -c 'ip link add "$0" type veth peer name "${0}p" || exit 1
		until grep -q "\"event\":\"netdev-add\".*\"new_name\":\"$0\"" "$1"; do
			tick
		done
		:' "$dev" "$T/out.json" || skip "no veth"
	wait_event ".event == \"netdev-del\" and .old_name == \"$dev\""
	trace_stop
	expect_event ".event == \"netdev-del\" and .old_name == \"$dev\""
	fields .why netns-exit '[.notes[].code] | join(",")' device-destroyed
	for event in netdev netdev-del; do
		expect_event ".event == \"$event\" and .old_name == \"${dev}r\" and .to != .from" 1
		fields .why request '[.notes[].code] | join(",")' ''
	done
}

# dev_by_request NAME: it comes, goes to another net namespace and is removed, because somebody wants so.
dev_by_request() {
	partner box unshare -n sh -c 'echo ready; read x'
	until_said box ready
	ip link add "$1" type veth peer name "${1}p" 2>"$T/err" || skip "no veth: $(cat "$T/err")"
	at_end "ip link del $1 2>/dev/null"
	wait_event ".event == \"netdev-add\" and .new_name == \"$1\""
	ip link set "$1" netns "${PID[box]}"
	wait_event ".event == \"netdev\" and .old_name == \"$1\""
	nsenter -t "${PID[box]}" -n ip link del "$1"
	wait_event ".event == \"netdev-del\" and .old_name == \"$1\""
	go_on box
}

# A process that lives where everybody does, and holds namespaces of others by descriptors and sockets.
t_explain_holds() {
	pose box unshare net,uts ns say ready wait
	local net=${F[net]} uts=${F[uts]}
	# shellcheck disable=SC2016 # for the inner shell
	partner holder bash -c 'exec 5<"$0/uts" 6<"$0/net"; echo ready; read -r x' "/proc/${PID[box]}/ns"
	until_said holder ready
	explain "${PID[holder]}"
	sane
	found holds-namespaces .weight note .about.pid "${PID[holder]}" .evidence.namespaces 2 \
		".evidence.held | contains(\"uts:[$uts] by descriptor 5\") and contains(\"net:[$net] by descriptor 6\")" true
	# A socket keeps the namespace that it was made in.
	pose socket unshare net ns socket setns "/proc/$$/ns/net" net say ready wait
	[ "${F[setns]}" = 0 ] || skip "setns: ${F[setns]}"
	explain "${PID[socket]}"
	sane
	found holds-namespaces .evidence.namespaces 1 \
		".evidence.held | test(\"net:.${F[1:net]}. by socket ${F[socket]}\")" true
	# So does an open /dev/net/tun, which is called what it is.
	if [ -c /dev/net/tun ]; then
		# shellcheck disable=SC2016 # for the inner shell
		partner tun nsenter --net="/proc/${PID[box]}/ns/net" bash -c \
			'exec 9<>/dev/net/tun || exit; exec nsenter --net="/proc/$1/ns/net" bash -c "echo pid \$\$; echo ready; read -r x"' _ $$
		until_said tun ready
		explain "${F[pid]}"
		sane
		found holds-namespaces .evidence.namespaces 1 .evidence.held "net:[$net] by open /dev/net/tun 9"
		go_on tun
	fi
	# The twins: of what one is in oneself, and of one who holds nothing.
	partner own bash -c 'exec 5</proc/self/ns/uts; echo ready; read -r x'
	until_said own ready
	explain "${PID[own]}"
	not_found holds-namespaces
	explain "${PID[box]}"
	not_found holds-namespaces
	for x in holder socket own box; do go_on $x; done
}

# Real programs as pid 1 that are well: nothing is said to be wrong with them.
t_explain_healthy_programs() {
	local name init n=0
	local -A line=(
		[tini]="tini -- sleep 1000"
		[dumb-init]="dumb-init sleep 1000"
		[dnsmasq]="dnsmasq -k --conf-file=/dev/null -p 5353 -i lo --no-resolv --user=root"
	)
	for name in "${!line[@]}"; do
		have "$name" || continue
		partner "$name" unshare -n -m -p -f --mount-proc --kill-child sh -c "exec ${line[$name]}"
		# It is up once it handles SIGTERM, or has begun its program.
		until init=$(child "${PID[$name]}") && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = "$name" ] &&
			{ [ -n "$(child "$init")" ] ||
				((0x$(awk '/^SigCgt/ { print $2 }' "/proc/$init/status") & 0x4000)); }; do
			tick
		done
		explain "$init"
		sane
		[ -z "$(jq -c '.findings[] | select(.weight == "trouble")' "$T/ex.json")" ] ||
			fail "$name is well: $(cut -c 1-2000 "$T/ex.json")"
		kill -KILL "$init"
		n=$((n + 1))
	done
	[ $n -gt 0 ] || skip "none of ${!line[*]} is installed"
}
