# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# journal_test.sh - the output journal, read back from a journald of the test's own.

JOURNALD=/lib/systemd/systemd-journald

# hidden_dirs DIR...: there they are, to be mounted over; those that were not there go at the end.
hidden_dirs() {
	local dir

	for dir; do
		[ -d "$dir" ] || { mkdir "$dir" && at_end "rmdir '$dir'"; } || skip "no $dir"
	done
}

# In a mount namespace whose /run/systemd and /run/log are the test's: a journald, a trace, journalctl.
t_journal_entries() {
	[ -x $JOURNALD ] || skip "there is no systemd-journald"
	need journalctl
	hidden_dirs /run/systemd /run/log
	cat >"$T/run.sh" <<-'EOF'
		mount -t tmpfs run /run/systemd && mkdir /run/systemd/journal || exit 1
		mount -t tmpfs log /run/log && mkdir /run/log/journal || exit 1
		# Where there is one the journal would be kept there.
		[ ! -d /var/log/journal ] || mount -t tmpfs -o size=64k,mode=0 none /var/log/journal || exit 1
		"$JOURNALD" >"$T/journald.log" 2>&1 & J=$!
		until [ -S /run/systemd/journal/socket ]; do tick; done
		"$NSWATCH" trace $FORCED --to journal --to json:"$T/out.json" -- sh -c '
			unshare -u true; setpriv --reuid 65534 --clear-groups unshare -u true' 2>"$T/err"
		until journalctl -D /run/log/journal -o json NSWATCH_KIND=unshare >"$T/unshare" 2>"$T/journalctl" &&
			[ "$(grep -c . "$T/unshare")" -ge 2 ]; do tick 0.2; done
		journalctl -D /run/log/journal -o json SYSLOG_IDENTIFIER=nswatch >"$T/all"
		kill $J; wait $J
		exit 0
	EOF
	# shellcheck disable=SC2153 # of lib.sh
	export T NSWATCH JOURNALD FORCED="${FORCE[*]}"
	unshare -m --propagation private bash "$T/run.sh" >"$T/log" 2>&1 || fail "$(cat "$T/log" "$T/journald.log")"
	jq -se 'map(select(.NSWATCH_RESULT == "0")) | length == 1 and
		(.[0] | .NSWATCH_NS_FLAGS == "uts" and .PRIORITY == "6" and .SYSLOG_IDENTIFIER == "nswatch" and
			(.MESSAGE | startswith("unshare[")))' "$T/unshare" >/dev/null || fail "$(cat "$T/unshare")"
	jq -se 'map(select(.NSWATCH_RESULT == "-1")) | length == 1 and
		(.[0] | .NSWATCH_UID == "65534" and .PRIORITY == "5" and .NSWATCH_NOTE == "no-sys-admin")' \
		"$T/unshare" >/dev/null || fail "$(cat "$T/unshare")"
	# As many entries as events, with the same pids.
	diff <(jq -r '"\(.event) \(.pid)"' "$T/out.json" | sort) \
		<(jq -r '"\(.NSWATCH_KIND) \(.NSWATCH_PID)"' "$T/all" | sort) >"$T/why.diff" ||
		fail "journal and JSON differ: $(head -n 4 "$T/why.diff")"
}

t_journal_none() {
	cat >"$T/run.sh" <<-'EOF'
		mount -t tmpfs run /run/systemd
		"$NSWATCH" trace --to journal -- true 2>"$T/err"
	EOF
	hidden_dirs /run/systemd
	export T NSWATCH
	unshare -m --propagation private bash "$T/run.sh" && fail "status 0 without a journal"
	grep -q 'reach systemd-journald at /run/systemd/journal/socket: No such file' "$T/err" || fail "$(cat "$T/err")"
}
