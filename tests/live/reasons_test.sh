# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Why the kernel, or a helper, refuses a step of `nswatch create` and `nswatch enter`: the reason that is
# said, and that the command in the remedy cures it.

# shellcheck source=tests/live/explain_lib.sh
. "$NSWATCH_LIVE/explain_lib.sh"

AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# refused STATUS TEXT CMD...: it ends so and says that; what it says is left in $T/err.
refused() {
	local status=$1 text=$2
	shift 2
	"$@" >"$T/cmd.out" 2>"$T/err" </dev/null
	# shellcheck disable=SC2034 # for expect_rc
	RC=$?
	expect_rc "$status"
	grep -qF -- "$text" "$T/err" || fail "not said: $text"
}

# cure_step RULE/REASON CMD...: runs the commands in the remedy that is in $T/err as they stand, behind CMD; in
# PROGRAM's place stands $PROGRAM. Of several reasons (--explain) it is that of this one.
cure_step() {
	local key=$1 line n=0
	shift
	mkdir -p "$T/bin"
	ln -sf "$NSWATCH" "$T/bin/nswatch"
	# shellcheck disable=SC2016 # they are characters
	while IFS= read -r line; do
		n=$((n + 1))
		command_of "$key" "$line"
		PATH=$T/bin:$PATH "$@" sh -c "${line//PROGRAM/${PROGRAM:-}}" >"$T/cure.out" 2>&1 </dev/null ||
			fail "$line: $(cat "$T/cure.out")"
	done < <(awk -v reason="[${key#*/}]" '{ last = $0 } hit { said = $0 } { hit = / why: / && index($0, reason) }
		END { print said == "" ? last : said }' "$T/err" | grep -o '`[^`]*`' | tr -d '`')
	[ $n -gt 0 ] || fail "no command in the remedy"
}

# --- newuidmap and newgidmap ------------------------------------------------------------------

# id_box: a mount namespace with an /etc and an newuidmap of its own, in which nobody has ranges.
id_box() {
	[ -u /usr/bin/newuidmap ] || skip "newuidmap is not installed"
	chmod 755 "$T"
	partner box unshare -m sh -c 'echo ready; read x'
	until_said box ready
	cp -a /etc "$T/etc"
	mkdir "$T/nosuid"
	cp /usr/bin/newuidmap "$T/newuidmap"
	chmod 4755 "$T/newuidmap"
	in_box mount --bind "$T/etc" /etc
	in_box mount --bind "$T/newuidmap" /usr/bin/newuidmap
	# The mount has the flags of /tmp, which may be nosuid.
	in_box mount -o remount,bind,suid /usr/bin/newuidmap
	echo 'nobody:100000:65536' >"$T/etc/subuid"
	echo 'nobody:100000:65536' >"$T/etc/subgid"
}

in_box() { nsenter -t "${PID[box]}" -m -- "$@"; }

# mapped OPTIONS...: nobody makes a user namespace with these maps.
mapped() { in_box "${AS_NOBODY[@]}" "$NSWATCH" create "$@" true; }

t_reasons_newidmap() {
	local text options
	id_box
	mapped --map-users 0:100000:5 --map-groups 0:100000:5 || fail "the twin: status $?"
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		refused 1 "$text" mapped $options
		# It is said before the program runs, so that has said nothing.
		! grep -q '^newuidmap:' "$T/err" || fail "it ran: $options"
	done <<-'END'
		--map-users 0:100000:5 --map-users 3:100010:5|the ranges 0:100000:5 and 3:100010:5 (inside:outside:count) have ids inside in common
		--map-users 0:100000:5 --map-users 5:100004:5|the ranges 0:100000:5 and 5:100004:5 (inside:outside:count) have ids outside in common
		--map-users 0:165530:20|/etc/subuid does not give all of the ids 165530-165549 to nobody
		--map-users 0:5:1|/etc/subuid does not give all of the ids 5-5 to nobody
		--map-users 0:100000:1 --map-groups 0:99999:2|/etc/subgid does not give all of the groups 99999-100000 to nobody
	END
	# Its own id needs no line.
	mapped --map-users 0:65534:1 || fail "the own id: status $?"
	# Two lines that touch are one range, as shadow-utils takes them.
	printf 'nobody:100000:5\n65534:100005:5\n' >"$T/etc/subuid"
	mapped --map-users 0:100000:10 || fail "two lines: status $?"
	options=$(for ((i = 0; i < 341; i++)); do echo "--map-users $i:$((100000 + i)):1"; done)
	# shellcheck disable=SC2086
	refused 1 "there are 341 ranges, and the kernel takes 340" mapped $options
}

t_reasons_newidmap_program() {
	id_box
	chmod u-s "$T/newuidmap"
	refused 1 "has neither the set-user-ID bit of root nor file capabilities" mapped --map-users 0:100000:5
	cure_step idhelper-refused/idhelper-no-bit in_box
	mapped --map-users 0:100000:5 || fail "not cured: status $?"
	chown 1 "$T/newuidmap"
	chmod u+s "$T/newuidmap"
	refused 1 "has neither the set-user-ID bit of root" mapped --map-users 0:100000:5
	chown 0 "$T/newuidmap"
	chmod 4750 "$T/newuidmap"
	refused 1 "you may not execute /usr/bin/newuidmap" mapped --map-users 0:100000:5
	chmod 4755 "$T/newuidmap"
	in_box mount -o remount,bind,nosuid /usr/bin/newuidmap
	refused 1 "is on a mount with nosuid" mapped --map-users 0:100000:5
	in_box mount -o remount,bind,suid /usr/bin/newuidmap
	mapped --map-users 0:100000:5 || fail "the twin: status $?"
	# File capabilities stand in for the bit.
	if have setcap; then
		chmod u-s "$T/newuidmap"
		setcap cap_setuid+ep "$T/newuidmap" || fail "setcap"
		mapped --map-users 0:100000:5 || fail "file capabilities: status $?"
	fi
}

t_reasons_newidmap_user() {
	id_box
	refused 1 "no_new_privs is set" in_box "${AS_NOBODY[@]}" setpriv --no-new-privs "$NSWATCH" create \
		--map-users 0:100000:5 true
	refused 1 "the bounding set of this process lacks" in_box setpriv --bounding-set -setuid --reuid 65534 \
		--regid 65534 --clear-groups "$NSWATCH" create --map-users 0:100000:5 true
	refused 1 "user 61234 has no line in /etc/passwd" in_box setpriv --reuid 61234 --regid 61234 \
		--clear-groups "$NSWATCH" create --map-users 0:100000:5 true
	refused 1 "your group is 1, that of your line in /etc/passwd is 65534" in_box setpriv --reuid 65534 \
		--regid 1 --clear-groups "$NSWATCH" create --map-users 0:100000:5 true
	refused 1 "has no number in this user namespace" in_box "${AS_NOBODY[@]}" unshare --map-user 65534 \
		--map-group 65534 "$NSWATCH" create --map-users 5:65534:1 true
}

# What is seen only by the end of the program.
t_reasons_newidmap_end() {
	id_box
	# A source that is not there: shadow-utils then takes the files.
	echo 'subid: nowhere' >>"$T/etc/nsswitch.conf"
	refused 1 "newuidmap ended with status 1: /etc/nsswitch.conf has the ranges" mapped --map-users 0:5:1
	mapped --map-users 0:100000:5 || fail "the twin: status $?"
	need strace
	refused 1 "newuidmap ended with status 1: this process is traced by process" in_box "${AS_NOBODY[@]}" \
		strace -f -o /dev/null "$NSWATCH" create --map-users 0:100000:5 true
}

# No line in the files, and the remedies one after the other.
t_reasons_subids_none() {
	have usermod || skip "usermod is not installed"
	id_box
	echo 'other:100000:65536' >"$T/etc/subuid"
	: >"$T/etc/subgid"
	refused 1 "/etc/subuid has no line for nobody" mapped --map-users 0:165536:5
	cure_step idhelper-refused/subids-no-line in_box
	grep -qx 'nobody:165536:65536' "$T/etc/subuid" || fail "$(cat "$T/etc/subuid")"
	mapped --map-users 0:165536:5 || fail "not cured: status $?"
	refused 2 "no line of /etc/subgid is for the user nobody" mapped --map-auto
	cure_step idhelper-refused/subids-no-line in_box
	mapped --map-auto || fail "not cured: status $?"
}

# --- user namespaces --------------------------------------------------------------------------

t_reasons_unmapped() {
	local outer
	while IFS='|' read -r outer text; do
		# shellcheck disable=SC2086
		refused 1 "$text" "$NSWATCH" create $outer "$NSWATCH" create -U true
		PROGRAM="$NSWATCH create -U true" cure_step userns-refused/userns-unmapped env
	done <<-'END'
		-U|its user 65534 has no number in its own user namespace, whose uid_map is empty
		--map-users 0:0:10|its group 65534 has no number in its own user namespace, whose gid_map is empty
		--map-users 5:100:5 --map-groups 0:0:10|its user 65534 has no number in its own user namespace, whose uid_map has none for it
		--map-users 0:0:10 --map-groups 0:100:10|its group 65534 has no number in its own user namespace, whose gid_map has none for it
	END
	"$NSWATCH" create --map-users 0:0:10 --map-groups 0:0:10 "$NSWATCH" create -U true || fail "the twin: $?"
}

# How deep, by the kernel: 33 user namespaces, 32 pid namespaces; and what else ENOSPC is.
t_reasons_nested() {
	refused 1 "or user namespaces are nested 33 deep" "$(helper nest)" user "$NSWATCH" create -U true
	grep -qx 'nest 33 ENOSPC' "$T/cmd.out" || fail "the kernel says $(cat "$T/cmd.out")"
	refused 1 "is at level 32" \
		"$(helper nest)" pid "$NSWATCH" create -p -f true
	grep -qx 'nest 32 ENOSPC' "$T/cmd.out" || fail "the kernel says $(cat "$T/cmd.out")"
	# What does not nest is not said to.
	"$(helper nest)" pid "$NSWATCH" create -u true >/dev/null || fail "the twin: $?"
	# shellcheck disable=SC2016 # for the inner shell
	refused 1 "max_uts_namespaces of user:[" unshare -r sh -c 'echo 1 >/proc/sys/user/max_uts_namespaces
		exec unshare -u "$0" create -u true' "$NSWATCH"
	grep -q 'is reached, which is 1 for each user' "$T/err" || fail "not for sure: $(cat "$T/err")"
	! grep -qE 'deep|raise' "$T/err" || fail "$(cat "$T/err")"
}

t_reasons_disable_userns() {
	need bwrap
	bwrap --help 2>&1 | grep -q -- --disable-userns || skip "this bubblewrap has no --disable-userns"
	refused 1 "bubblewrap --disable-userns" bwrap --ro-bind / / --dev-bind /dev /dev --unshare-user \
		--disable-userns "$NSWATCH" create -U true
	! grep -qE 'echo|sysctl|raise' "$T/err" || fail "it advises to raise the limit"
}

# The sysctl of Debian and others: only where the system is the test's.
t_reasons_userns_sysctl() {
	local file=/proc/sys/kernel/unprivileged_userns_clone was
	[ -e $file ] || skip "this kernel has no unprivileged_userns_clone"
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $file)
	at_end "echo $was >$file"
	echo 0 >$file
	chmod 755 "$T"
	refused 1 "this system forbids user namespaces to users without CAP_SYS_ADMIN" \
		"${AS_NOBODY[@]}" "$NSWATCH" create -U true
	cure_step userns-refused/userns-sysctl env
	"${AS_NOBODY[@]}" "$NSWATCH" create -U true || fail "not cured: $?"
}

# The limit of the whole system: only where that is the test's.
t_reasons_limit_system() {
	local file=/proc/sys/user/max_uts_namespaces was
	in_vm || skip "a setting of the whole machine: only in a virtual machine"
	was=$(cat $file)
	at_end "echo $was >$file"
	echo 0 >$file
	refused 1 "the limit max_uts_namespaces of user:[4026531837] is reached, which is 0" \
		"$NSWATCH" create -u true
	cure_step limit-reached/limit-system env
	"$NSWATCH" create -u true || fail "not cured: $?"
}

# --- entering ---------------------------------------------------------------------------------

# Whose namespaces may not be opened: of a process in a sibling user namespace, of another user.
t_reasons_look() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups) ns
	partner root unshare -Urn sh -c 'echo ready; read x'
	partner nobody "${nobody[@]}" unshare -Urn sh -c 'echo ready; read x'
	until_said root ready
	until_said nobody ready
	ns=/proc/${PID[root]}/ns/net
	refused 1 "process ${PID[root]} is in another user namespace, which is neither yours nor below it" \
		unshare -Ur "$NSWATCH" enter "--net=$ns" true
	refused 1 "process ${PID[root]} is in another user namespace, which is neither yours nor below it" \
		unshare -Ur "$NSWATCH" enter --net --target "${PID[root]}" true
	refused 1 "process ${PID[nobody]} is in another user namespace" \
		"${nobody[@]}" unshare -Ur "$NSWATCH" enter "--net=/proc/${PID[nobody]}/ns/net" true
	refused 1 "process ${PID[root]} is another user's, and to look into it takes CAP_SYS_PTRACE" \
		"${nobody[@]}" "$NSWATCH" enter "--net=$ns" true
	# explain says the same of it.
	unshare -Ur "$NSWATCH" explain "${PID[root]}" >"$T/text" 2>&1
	tr -s ' \n' ' ' <"$T/text" | grep -q 'may not be read: it is in a user namespace that is neither this one' ||
		fail "explain: $(cat "$T/text")"
	# The twins: from above, and by the user whose it is.
	"$NSWATCH" enter "--net=$ns" true || fail "from above: $?"
	"${nobody[@]}" "$NSWATCH" enter --user --net --preserve-credentials --target "${PID[nobody]}" true ||
		fail "by its owner: $?"
	go_on root
	go_on nobody
	refused 1 "there is no process 99999999" "$NSWATCH" enter --net=/proc/99999999/ns/net true
}

# Called by the name of util-linux, remedies name its options: none of unshare's.
t_reasons_nsenter_options() {
	local line
	ln -s "$NSWATCH" "$T/nsenter"
	partner box unshare -U sh -c 'echo ready; read x'
	until_said box ready
	refused 1 "has no number in the user namespace" "$T/nsenter" --user --target "${PID[box]}" -S 5 true
	line=$(cat "$T/err")
	grep -q -- --preserve-credentials "$T/err" || fail "no remedy: $line"
	! grep -q -- --map "$T/err" || fail "it names options of unshare: $line"
	"$T/nsenter" --user --target "${PID[box]}" --preserve-credentials true || fail "not cured: $?"
	go_on box
}

t_reasons_dead_pidns() {
	touch "$T/pin"
	at_end "umount $T/pin"
	"$NSWATCH" create --fork "--pid=$T/pin" true || fail "no pin: $?"
	refused 1 "is dead: its pid 1 ended" "$NSWATCH" enter "--pid=$T/pin" true
	PROGRAM=true cure_step fork-refused/pidns-dead env
}

# --- executing and mounting -------------------------------------------------------------------

# To become another user: the rule ids-refused.
t_reasons_ids() {
	refused 1 "to become another user takes CAP_SETUID" "${AS_NOBODY[@]}" "$NSWATCH" create -S 0 true
	PROGRAM="id -u" cure_step ids-refused/no-setuid "${AS_NOBODY[@]}" env
	[ "$(cat "$T/cure.out")" = 0 ] || fail "not cured: $(cat "$T/cure.out")"
	refused 1 "setgroups takes CAP_SETGID there" "${AS_NOBODY[@]}" "$NSWATCH" create -G 0 true
}

t_reasons_exec() {
	mkdir "$T/noexec"
	partner box unshare -m sh -c 'echo ready; read x'
	until_said box ready
	in_box mount -t tmpfs -o noexec none "$T/noexec"
	in_box cp /bin/true "$T/noexec/true"
	refused 126 "it is on a mount with noexec ($T/noexec)" in_box "$NSWATCH" create -u "$T/noexec/true"
	cp /bin/true "$T/true"
	chmod 644 "$T/true"
	refused 126 "you may not execute it (mode 0644)" "$NSWATCH" create -u "$T/true"
	chmod 755 "$T/true"
	"$NSWATCH" create -u "$T/true" || fail "the twin: $?"
	go_on box
}

t_reasons_mount_proc() {
	refused 1 "[mount-no-sys-admin]" unshare -Urm "$NSWATCH" create --explain -m --mount-proc true
	# shellcheck disable=SC2016 # for the shell of the cure
	PROGRAM="sh -c 'read -r pid rest </proc/self/stat; [ \$pid = \$\$ ]'" \
		cure_step mount-refused/mount-no-sys-admin "${AS_NOBODY[@]}" env
	# shellcheck disable=SC2016 # for the inner shell
	refused 1 "a part is covered, as in most containers: /proc/uptime" unshare -m sh -c \
		'mount --bind /dev/null /proc/uptime; exec "$0" create -U -r -p -f --mount-proc true' "$NSWATCH"
	"$NSWATCH" create -U -r -p -f --mount-proc true || fail "the twin: $?"
	# What is mounted on directories that are made for it covers nothing.
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount -t tmpfs none /proc/sys/fs/binfmt_misc || exit 0
		exec "$0" create -U -r -p -f --mount-proc true' "$NSWATCH" || fail "over an empty directory: $?"
}
