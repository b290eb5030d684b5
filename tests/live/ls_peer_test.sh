# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # RC is what expect_rc looks at
# `nswatch ls`, called as lsns, beside the newest lsns: the same rows and the same
# exit status, for every option, every column, and every way in which a namespace can be there.

# The scene: everything below runs in pid, mount and net namespaces of its own, where nothing moves.
# Says its numbers as variables in the file "scene".
ls_peer_scene() {
	cat <<-'EOF'
		gone() { kill "$1"; wait "$1" 2>/dev/null; }
		ino() { stat -L -c %i "$1"; }
		# until_in PID TYPE: it has left our namespace and runs sleep.
		until_in() {
			until grep -qx sleep "/proc/$1/comm" 2>/dev/null &&
				{ [ -z "$2" ] || [ "$(ino "/proc/$1/ns/$2")" != "$(ino "/proc/self/ns/$2")" ]; }
			do tick; done
		}
		run() { # TYPE COMMAND...
			local type=$1
			shift
			"$@" & last=$! # which a process substitution sets too
			until_in $last "$type"
		}
		nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		mount -t tmpfs run /run
		mkdir -p pins
		touch pins/{uts,ipc,net,user,both,mnt}
		cd pins
		run '' sleep 1001
		run uts unshare -u -i sleep 1002; uts=$last
		run net unshare -n sleep 1003; net=$last
		run cgroup unshare -C -m sleep 1004
		run user unshare -U -r unshare -U -r sleep 1005; user=$last
		run user "${nobody[@]}" unshare -U -r -n -u sleep 1006; foreign=$last
		run '' unshare -T sleep 1007
		unshare -p -f unshare -p -f sleep 1008 & until inner=$(pgrep -x -f 'sleep 1008'); do tick; done
		until_in $inner pid
		"${nobody[@]}" unshare -U -r -p -f -i sleep 1009 &
		until child=$(pgrep -x -f 'sleep 1009'); do tick; done
		until_in $child pid
		# A child in the namespaces of its parent, and one of the parent's in none of them.
		run uts nsenter -t $uts -u sleep 1010
		# No process: open files, of all sorts of owners.
		run uts unshare -u sleep 1; exec 30</proc/$last/ns/uts; gone $last
		run user unshare -U -r sleep 1; exec 31</proc/$last/ns/user; gone $last
		unshare -p -f sleep 1099 & until last=$(pgrep -x -f 'sleep 1099'); do tick; done
		until_in $last pid; exec 34</proc/$last/ns/pid; kill -KILL $last
		while [ -e /proc/$last ]; do tick; done
		run net unshare -n sleep 1; exec 35</proc/$last/ns/net 36</proc/$last/ns/net; gone $last
		# No process: a socket in another net namespace than that of its process.
		mkfifo said
		unshare -n bash -c 'ip link set lo up; exec 9<>/dev/udp/127.0.0.1/9
			exec nsenter --net=/proc/$1/ns/net sleep 1011' - $$ &
		until_in $! ''
		# No process: bind mounts, one of them twice, and one below another.
		unshare --uts=uts true
		unshare --ipc=ipc true
		unshare --net=net true
		run user unshare -U -r sleep 1; mount --bind /proc/$last/ns/user user; gone $last
		mount --bind net both
		mount --bind net both
		ip netns add named && ip netns set named 4242
		# And of one that has processes.
		ip netns attach withproc $net
	EOF
}

# What is asked: a line of arguments each.
ls_peer_args() {
	local cols='NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS' c f
	local all=NS,TYPE,NPROCS,PID,PPID,COMMAND,UID,USER,NETNSID,NSFS,PNS,ONS
	for c in $cols; do
		for f in '' -l -J -r '-n -u' '-l -J' '-l -r'; do echo "$f -o $c"; done
		echo "-o +$c"
	done
	for f in '' -l -J -r -n -u -W -P '-l -J' '-l -r' '-l -n' '-n -r' '-n -J' '-P -J' '-P -l' '-P -r' \
		'-u -W' '-J -u' '-J -W' '-r -W' '-r -u' '-W -l' '-P -n'; do
		echo "$f"
		echo "$f --output-all"
		echo "$f -o $all"
		echo "$f -t net"
		for c in mnt net ipc user pid uts cgroup time; do echo "$f -o NS,TYPE,NPROCS -t $c"; done
		echo "$f -t user -t uts -t net"
	done
	for f in process owner parent; do
		for c in '' -J -r -n -P '-J -P' '-o NS,COMMAND' '-o COMMAND,NS' '-o PID,PNS,ONS' --output-all \
			'-t user' '-t pid' '-t net' '-t pid -t user' '-r -P' '-n -r' '-u' '-J --output-all' \
			'-p 2' '-p 2 -J' '-Q NPROCS>1'; do
			echo "--tree=$f $c"
		done
		echo "-T$f"
		echo "-T=$f"
	done
	echo "-T"
	echo "--tree"
	for f in '' -J -l -r '-T owner' '-t uts' --output-all '-o NS,PID'; do
		for c in 1 2 '@uts' '@foreign' '@inner' '@child' 999999; do echo "$f -p $c"; done
	done
	for f in '' -J -l -r -n '--tree=process' '--tree=owner' '-T' '-o PID,NS,TYPE,NPROCS' --output-all \
		'-o COMMAND' '-P' '-t uts' '-l -J' '-Q PPID==1'; do
		for c in @@uts/uts @@foreign/user @@inner/pid @@child/ipc @@child/user @@1/uts; do
			echo "$f $c"
		done
	done
	for f in 'NS==1' 'TYPE=="uts"' 'NPROCS>1' 'USER!="root"' 'USER=="root"and"TYPE"=="net"' \
		'PID==1' 'PID<3||NPROCS==0' '!(NPROCS>0)' 'COMMAND=~"sleep"' 'COMMAND!~"100[123]"' 'NETNSID=="4242"' \
		'PNS!=0' 'ONS==0' 'UID==65534&&TYPE=="user"' 'NSFS=~"pins"' 'PATH=~"uts"' 'PPID' 'PID' 'NOPE==1' \
		'TYPE==' 'TYPE=="uts"and' 'NS>=1' 'NS>1.5' 'TYPE>"net"'; do
		for c in '' -J '-l -r' '-o NS' '-T owner'; do echo "$c -Q $f"; done
	done
	printf '%s\n' -H '-H -J' '-H -r' '-H -n' '-H -o NS' '-J -r' '-r -J' '-P -p 1' '-p 1 -P' '-l -T' '-T -l' \
		'-t nope' '-o NOPE' '-o NS,' '-o ,NS' '-o +NOPE' '-o ns' '-o Ns,pId' '-o NS,NS' '-T nope' '-Tnope' \
		'--tree=nope' '-p 0' '-p -1' '-p x' '-p 1x' '12x' '1' '-p 1 1' '-t' '-o' '-p' '-Q' --nope \
		--list --json --raw --noheadings --nowrap --notruncate --persistent '--type net' \
		'--output NS' '--task 1' --list-columns '--jso' '--output-a' '--no' '-J -J' '-l -l' '-r -r' \
		'-lJ' '-Jl' '-nr' '-nrl' '-to' '-tuts' '-oNS' '-p1' '-- -l' '-l --' '4026531836 1' '-o NS --output-all' \
		'--output-all -o NS' '--output-all -o +NS' '-t uts -t uts'
}

# Runs each line of the file "args" by both, as process 5000, and says where they differ. What
# differs on purpose, as nswatch-ls(8) has it, is made equal before: blanks at the end of a line;
# the tree in raw output, where we draw none; in JSON the newlines between the mounts of a namespace,
# of which it leaves all but the first out of the string.
ls_peer_run() {
	cat <<-'EOF'
		cd "$T"
		# as PROGRAM NAME ARGS...: the output in NAME, its status in RC. Called lsns by both.
		as() {
			local prog=$1 name=$2
			shift 2
			echo 4999 >/proc/sys/kernel/ns_last_pid
			(exec -a lsns "$prog" "$@") >"$name" 2>"$name.err" &
			wait $!
			RC=$?
		}
		n=0
		while read -r -a args; do
			for i in "${!args[@]}"; do
				case ${args[i]} in
				@@*) args[i]=${args[i]#@@} p=${args[i]%/*}
					[ "$p" = 1 ] || p=${!p}
					args[i]=$(ino "/proc/$p/ns/${args[i]#*/}") ;;
				@*) p=${args[i]#@} args[i]=${!p} ;;
				esac
			done
			as "$NEW_LSNS" want "${args[@]}"; want=$RC
			as "$NSWATCH" got "${args[@]}"; got=$RC
			n=$((n + 1))
			sed -i 's/ *$//' want got
			case " ${args[*]} " in
			*' -J'* | *-lJ* | *--js*) sed -i '/^$/d' want got; sed -i '/"nsfs"/s/\\n[^"]*//g' got ;;
			*' -r'* | *-nr* | *--raw*)
				sed -i -E 's/(\\xe2\\x94\\x82\\x20|\\x20\\x20)*\\xe2\\x94\\x9[4c]\\xe2\\x94\\x80//' want ;;
			esac
			[ $want = $got ] && cmp -s want got && continue
			echo "differs: ${args[*]} ($want, $got)"
			if [ $want != $got ]; then
				head -qn 2 want.err got.err
			else
				diff want got | head -n ${DIFF_LINES:-6}
			fi
		done <args
		echo "compared $n"
		kill $(jobs -p)
	EOF
}

# What is no use to compare: --output-all and -H have our columns too (all of its columns are asked for
# above); -Q with a namespace works here (it exits with 1); -l and -T exclude each other, as its manual
# has it.
ls_peer_alike() { grep -vE -e '--output-a|-l -T$|-T -l$|-H|list-columns|-Q.* @@'; }

t_ls_peer_all() {
	export NEW_LSNS=${NSWATCH_NEW_LSNS:-} NSWATCH T
	[ -x "$NEW_LSNS" ] || skip "NSWATCH_NEW_LSNS names no lsns of a newer util-linux"
	need ip
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "this kernel has no ns_last_pid"
	{ ls_peer_scene; ls_peer_run; } >"$T/run.sh"
	ls_peer_args | ls_peer_alike >"$T/args"
	unshare -p -f --mount-proc -n bash "$T/run.sh" >"$T/said" 2>"$T/said.err"
	grep -q differs "$T/said" && fail "$(grep -c differs "$T/said") differ: $(cat "$T/said")"
	grep -qx "compared $(wc -l <"$T/args")" "$T/said" || fail "not all were run: $(cat "$T/said.err")"
}

# Whose a namespace without a process is: the same, but where lsns asks a namespace that is no user
# namespace who made it, is refused, and says root.
t_ls_peer_users() {
	local inum type uid user want
	export NEW_LSNS=${NSWATCH_NEW_LSNS:-} NSWATCH T
	[ -x "$NEW_LSNS" ] || skip "NSWATCH_NEW_LSNS names no lsns of a newer util-linux"
	{
		ls_peer_scene
		cat <<-'EOF'
			hold() { # UID TYPE: an open file of the namespace of the process that was last
				exec {fd}<"/proc/$last/ns/$2"
				echo "$(ino "/proc/$last/ns/$2") $2 $1" >>"$T/owners"
			}
			for who in 0 65534; do
				run user setpriv --reuid $who --regid $who --clear-groups unshare -U -r -n -u -i -C sleep 1
				for t in user net uts ipc cgroup; do hold $who $t; done
				gone $last
			done
			cd "$T"
			"$NEW_LSNS" -P -n -r -o NS,TYPE,UID,USER >want
			for how in '' '-t user' '-t net -t uts -t ipc -t cgroup'; do
				"$NSWATCH" ls $how -P -n -r -o NS,TYPE,UID,USER >>"got"
			done
			kill $(jobs -p)
		EOF
	} >"$T/run.sh"
	unshare -p -f --mount-proc -n bash "$T/run.sh" >"$T/said" 2>"$T/said.err"
	[ "$(wc -l <"$T/owners")" -eq 10 ] || fail "the scene is not complete: $(cat "$T/said.err")"
	while read -r inum type uid; do
		user=$(id -nu "$uid")
		[ "$(grep -cx "$inum $type $uid $user" "$T/got")" -eq 2 ] ||
			fail "$type of $user is $(grep "^$inum " "$T/got")"
		want="$inum $type 0 root"
		[ "$type" = user ] && want="$inum $type $uid $user"
		grep -qx "$want" "$T/want" || fail "lsns: $(grep "^$inum " "$T/want"), not $want"
	done <"$T/owners"
	# Of all others in the scene.
	cut -d' ' -f1 "$T/owners" | grep -vwFf - "$T/want" | grep -vwFf "$T/got" >"$T/lack"
	[ ! -s "$T/lack" ] || fail "they differ: $(cat "$T/lack")"
}
