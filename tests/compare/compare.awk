# SPDX-License-Identifier: GPL-2.0-or-later
# compare.awk FACTS EVENTS STRACE... - what nswatch says of the calls of nscalls against what strace
# says of them and what the callers found in /proc.
#
# FACTS is of nscalls, EVENTS a line per event as events.jq makes it, STRACE the files of strace -ff
# (PATH.TID). Every thread is walked through by its calls; each must have the event that it should
# have, or none, in this order. A call that strace saw no end of (the thread was killed) may have
# one or not. -v exact=0: an alternative that does not know the flags of every fork.
# Prints the differences, at last "N events, N calls, N restarted, N unfinished, N differences".

# What follows the first difference of a thread follows from it.
function differ(tid, what) {
	if (!off[tid]++ && ++differences <= 30)
		print "thread " tid ", call " call_no ": " line "\n    " what
}

# The names of the slots where two sets differ; of a slot that is 0 in one of them nothing is
# known but what `sure` says.
function changes(a, b, sure, i, x, y, all) {
	split(a, x, " ")
	split(b, y, " ")
	all = ""
	for (i = 1; i <= 10; i++)
		if ((x[i] && y[i]) ? x[i] != y[i] : index(sure, "," slot[i] ","))
			all = all (all == "" ? "" : ",") slot[i]
	return all
}

function same_set(a, b, i, x, y) {
	if (a == "" || b == "")
		return 1
	split(a, x, " ")
	split(b, y, " ")
	for (i = 1; i <= 10; i++)
		if (x[i] && y[i] && x[i] != y[i])
			return 0
	return 1
}

function has(flags, bit) {
	return int(flags / bit) % 2
}

function new_of(flags, i, all) {
	all = ","
	for (i = 1; i <= 8; i++)
		if (has(flags, bits[i]))
			all = all (i == 5 || i == 8 ? slot[i] "_for_children" : slot[i]) ","
	return all
}

function hex(s, i, v) {
	if (s !~ /^0x/)
		return s + 0
	v = 0
	s = tolower(substr(s, 3))
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return v
}

# The next event of the thread into E[]; 0 where there is none.
function next_event(tid) {
	if (at[tid] >= count[tid])
		return 0
	split(event[tid, ++at[tid]], E, "\t")
	return 1
}

function field(tid, name, got, want) {
	if (want != "" && got != want)
		differ(tid, name " is " got ", not " want)
}

function expect(tid, kind) {
	if (!next_event(tid)) {
		differ(tid, "no event " kind)
		return 0
	}
	if (E[1] != kind) {
		differ(tid, "event " E[1] ", not " kind)
		return 0
	}
	compared++
	return 1
}

function sets(tid, after, changed) {
	if (!same_set(E[13], now))
		differ(tid, "before is " E[13] ", not " now)
	if (!same_set(E[14], after))
		differ(tid, "after is " E[14] ", not " after)
	if (after != "")
		field(tid, "changed", E[12], changed)
}

# What the caller found after its call; "" where it did not live to tell.
function found(tid, what) {
	if (fact_at[tid] < facts[tid] && fact_kind[tid, fact_at[tid] + 1] == what)
		return fact[tid, ++fact_at[tid]]
	if (fact_at[tid] < facts[tid])
		differ(tid, "the caller told " fact_kind[tid, fact_at[tid] + 1] ", not " what)
	return ""
}

function see_unshare(tid, flags, after, new) {
	after = found(tid, "s")
	new = result ? "," : new_of(flags)
	if (!result && new == ",")
		return
	if (!expect(tid, "unshare"))
		return
	field(tid, "ns_flags", E[3], flags)
	field(tid, "result", E[4], result ? errno : "0")
	sets(tid, after, changes(now, after, new))
	now = after
}

function see_setns(tid, args, part, fd, what, after) {
	after = found(tid, "s")
	split(args, part, ", ")
	fd = part[1] + 0
	what = part[1] ~ /</ ? part[1] : "bad"
	sub(/^[0-9]+</, "", what)
	sub(/>$/, "", what)
	if (!expect(tid, "setns"))
		return
	field(tid, "ns_flags", E[3], hex(part[2]))
	field(tid, "result", E[4], result ? errno : "0")
	field(tid, "fd", E[5], fd)
	if (what ~ /^[a-z_]+:\[[0-9]+\]$/ && what !~ /pidfd/) {
		gsub(/[^0-9]/, "", what)
		field(tid, "target_inum", E[7], what)
		what = "nsfs"
	} else if (what ~ /^pid:/) {
		if (E[8]) # kernels before 6.9 don't tell
			field(tid, "target_pid", E[8], substr(what, 5))
		what = "pidfd"
	} else if (what ~ /pidfd/) {
		what = "pidfd"
	} else if (what ~ /^\/proc/) {
		what = "proc"
	} else if (what != "bad") {
		what = "other"
	}
	field(tid, "fd_kind", E[6], what)
	sets(tid, after, result ? "" : E[12] == "pid_for_children" ? E[12] : changes(now, after, "," E[12] ","))
	now = after
}

function flags_of(name, args, s) {
	if (name == "fork")
		return 0
	if (name == "vfork")
		return 16640 # CLONE_VFORK | CLONE_VM
	s = args
	sub(/^.*flags=/, "", s)
	sub(/[,}].*$/, "", s)
	if (name == "clone3")
		return hex(s)
	if (s !~ /\|/)
		return s ~ /^0x/ ? hex(s) : 0
	return hex(substr(s, 1, index(s, "|") - 1))
}

function see_child(tid, name, flags, child, after, part, x) {
	if (result && errno == "ENOMEM") {
		if (expect(tid, "fork-denied")) {
			field(tid, "result", E[4], errno)
			if (exact || E[3])
				field(tid, "ns_flags", E[3], flags)
		}
		return
	}
	if (result) {
		if (new_of(flags) == "," || !expect(tid, "clone"))
			return
		field(tid, "result", E[4], errno)
		field(tid, "ns_flags", E[3], flags)
		sets(tid, now, "")
		return
	}
	child = kid[tid, attempt]
	after = child ? birth[child] : ""
	split(now, x, " ")
	parent_set[child] = now
	# kernel/nsproxy.c copy_namespaces(): who shares memory stays in the time namespace.
	if (new_of(flags) == "," && x[5] == x[9] && (x[8] == x[10] || has(flags, 256)))
		return
	if (!expect(tid, "clone"))
		return
	field(tid, "result", E[4], "0")
	field(tid, "ns_flags", E[3], flags)
	field(tid, "child_pid", E[9], child)
	if (x[5] == home_pidns)
		field(tid, "child_pid", E[9], value)
	field(tid, "child_ns_pid", E[10], child ? ns_pid[child] : "")
	sets(tid, after, changes(now, after, "," E[12] ","))
	if (child && first[child] && first[child] < E[16])
		differ(tid, "the child's first event came before it")
	told[child] = 1
	if (E[10] == 1 && expect(tid, "pidns-init"))
		field(tid, "init_pid", E[11], child)
}

function see_exec(tid, args, name) {
	now = found(tid, "x")
	if (!(tid in parent_set)) { # no more is known of a parent after its first difference
		see_unfinished(tid, "execve")
		unfinished--
		return
	}
	if (now == "" || changes(parent_set[tid], now, "") == "")
		return
	if (!expect(tid, "exec"))
		return
	if (!same_set(E[14], now))
		differ(tid, "namespaces are " E[14] ", not " now)
	name = args
	sub(/^"/, "", name)
	sub(/".*$/, "", name)
	field(tid, "filename", E[15], name)
}

# The call did not end before its thread did: whatever of it was told is well told.
function see_unfinished(tid, name) {
	unfinished++
	if (name == "execve")
		name = "exec"
	while (at[tid] < count[tid]) {
		split(event[tid, at[tid] + 1], E, "\t")
		if (E[1] != name && (name !~ /clone|fork/ || E[1] !~ /clone|pidns-init|fork-denied/))
			return
		at[tid]++
	}
}

function see(tid, s, last, name, args, end) {
	line = s
	call_no++
	calls++
	name = s
	sub(/\(.*/, "", name)
	end = s
	sub(/^.*\) += /, "", end)
	args = substr(s, length(name) + 2)
	sub(/\) += [^=]*$/, "", args)
	if (end ~ /^\? ERESTART/) {
		restarted++
		return
	}
	if (name ~ /^(clone3?|v?fork)$/)
		attempt++
	# Of the call in which a thread is killed strace 6.1 reads a result that is not the kernel's:
	# "= 0" of a clone, "(errno 18446744073709551354)".
	if (s ~ /<unfinished/ || end ~ /^\?/ || (last && killed[tid])) {
		see_unfinished(tid, name)
		return
	}
	split(end, part_, " ")
	value = part_[1]
	result = value < 0
	errno = result ? part_[2] : ""
	if (name == "unshare")
		see_unshare(tid, hex(args))
	else if (name == "setns")
		see_setns(tid, args)
	else if (name != "execve")
		see_child(tid, name, flags_of(name, args))
	else if (!result)
		see_exec(tid, args)
}

BEGIN {
	split("mnt uts ipc user pid net cgroup time pid_for_children time_for_children", slot, " ")
	split("131072 67108864 134217728 268435456 536870912 1073741824 33554432 128", bits, " ")
}

FNR == 1 { file++ }

file == 1 {
	tid = $2
	if (!(tid in facts)) {
		order[++threads] = tid
		facts[tid] = fact_at[tid] = at[tid] = count[tid] = 0
	}
	set = $(NF - 9)
	for (i = NF - 8; i <= NF; i++)
		set = set " " $i
	if ($1 == "b") {
		if (tid in birth)
			again[tid] = 1
		birth[tid] = set
		kid[$3, $4] = tid
		ns_pid[tid] = $5
		next
	}
	if (home_pidns == "")
		home_pidns = $7
	fact_kind[tid, ++facts[tid]] = $1
	fact[tid, facts[tid]] = set
	next
}

file == 2 {
	split($0, E, "\t")
	event[E[2], ++count[E[2]]] = $0
	if (!first[E[2]])
		first[E[2]] = E[16]
	next
}

FNR == 1 {
	tid = FILENAME
	sub(/^.*\./, "", tid)
}

/^\+\+\+ killed/ { killed[tid] = 1 }

/^[a-z]/ { trace[tid, ++traces[tid]] = $0 }

END {
	for (n = 1; n <= threads; n++) {
		tid = order[n]
		if (tid in again) {
			reused++
			continue
		}
		now = birth[tid]
		attempt = -1
		call_no = 0
		for (i_ = 1; i_ <= traces[tid] && !off[tid]; i_++)
			see(tid, trace[tid, i_], i_ == traces[tid])
		line = "the end"
		while (!off[tid] && next_event(tid))
			if (E[17] != "true" || E[4] != "ENOSYS") # killed before it entered the kernel
				differ(tid, "event " E[1] " of no call: " event[tid, at[tid]])
	}
	printf "%d events, %d calls, %d restarted, %d unfinished, %d numbers used again, %d differences\n", compared, calls, restarted, unfinished, reused, differences
	# Two threads in one file of strace: nothing can be said of them, nor of their parents.
	exit reused ? 3 : differences > 0
}
