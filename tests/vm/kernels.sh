#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels.sh: Debian kernels for the VM tests.
#
#   kernels.sh series [all|ci|full]   the series known, one a line
#   kernels.sh list              series, suite and newest release on the mirror
#   kernels.sh get SERIES        fetch it once; prints its directory, which holds
#                                vmlinuz, release, modules.list and modules.cpio
#
# Series that end in -full are Debian's kernels for any machine: they have the
# modules of network devices that the cloud kernels, which are all others, lack.
#
# Packages come from the mirror that this machine's apt uses, through an apt
# state of our own, so that neither sources nor lists of the machine change.
# All files stay in ${NSWATCH_VM_CACHE:-~/.cache/nswatch-vm}.  The index is
# refreshed when it is older than NSWATCH_VM_MAX_AGE minutes (default 1440);
# without a network a kernel fetched before is used again.
# Exit status: 0, 1 failed, 2 usage, 77 the kernel can't be had (reason on stderr).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# series, suite, and whether CI boots it
readonly series_table='
5.10  bullseye-security  ci
6.1   bookworm-security  ci
6.12  trixie-security    ci
6.16  trixie-backports   -
6.17  trixie-backports   -
6.18  trixie-backports   -
6.19  trixie-backports   -
7.0   trixie-backports   -
7.1   trixie-backports   -
7.2   trixie-backports   -
7.3   trixie-backports   ci
6.1-full   bookworm-security  full
6.12-full  trixie-security    full
7.3-full   trixie-backports   full
'
# In the order of loading; what they depend on is found by modinfo.
readonly base_modules='veth dummy bridge tun overlay macvlan sch_netem virtio_pci virtio_net'
# Of the full kernels: each kind of network device that one can make without a card. What is built
# in, or not there, is passed over.
readonly device_modules='e1000 8021q macvtap ipvlan ipvtap bonding team vrf vxlan geneve ip_gre ip6_gre
ipip sit ip6_tunnel ip_vti ip6_vti xfrm_interface wireguard tap l2tp_netlink l2tp_eth ppp_generic
slhc ifb macsec hsr bareudp amt gtp nlmon vcan vxcan slcan vsockmon batman-adv mac80211_hwsim
netdevsim netkit virt_wifi rmnet openvswitch pfcp ovpn dummy_hcd g_ether slip lapbether bpqether
mac802154_hwsim ieee802154_6lowpan lec sch_teql ipmr'
readonly cant=77

apt_dir=$vm_cache/apt
index_error=
vm_apt_options amd64

series_names() {
	awk -v want="${1:-all}" 'NF && ($3 == want || (want == "all" && $3 != "full")) { print $1 }' \
		<<<"$series_table"
}

series_suite() {
	awk -v series="$1" '$1 == series { print $2 }' <<<"$series_table"
}

write_sources() {
	local suite kind mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	[[ ! -r $keyring ]] && keyring=
	while read -r suite; do
		kind=main
		[[ $suite == *-security ]] && kind=security
		mirror=$(vm_mirror "$kind")
		if [[ -z $mirror ]]; then
			vm_note "no $kind archive of Debian among this machine's apt sources: no $suite"
			continue
		fi
		echo "deb ${keyring:+[signed-by=$keyring] }$mirror $suite main"
	done < <(awk 'NF { print $2 }' <<<"$series_table" | sort -u)
}

update_index() {
	local stamp=$apt_dir/updated

	[[ -z $(find "$stamp" -mmin "-${NSWATCH_VM_MAX_AGE:-1440}" 2>/dev/null) ]] || return 0
	mkdir -p "$apt_dir"/{lists,cache/archives}/partial
	write_sources >"$apt_dir/sources.list"
	if apt-get "${apt_options[@]}" -qq update >"$apt_dir/update.log" 2>&1; then
		touch "$stamp"
	else
		index_error=" (apt-get update: $(grep -m 1 '^[EW]:' "$apt_dir/update.log" || echo failed))"
		vm_note "going on with the index that is there$index_error"
	fi
}

# flavour SERIES: what its packages' names end in.
flavour() {
	case $1 in
	*-full) echo amd64 ;;
	*) echo cloud-amd64 ;;
	esac
}

# modules_of SERIES
modules_of() {
	case $1 in
	*-full) xargs <<<"$base_modules $device_modules" ;;
	*) echo "$base_modules" ;;
	esac
}

# suite_packages SUITE: the names of its kernel packages.
suite_packages() {
	local file

	# shellcheck disable=SC2016 # for apt to expand
	file=$(apt-get "${apt_options[@]}" indextargets --format '$(FILENAME)' \
		'Created-By: Packages' "Release: $1" 2>/dev/null)
	[[ -n $file ]] || return 0
	/usr/lib/apt/apt-helper cat-file "$file" 2>/dev/null |
		awk '$1 == "Package:" && $2 ~ /^linux-(image|binary|base|modules)-[0-9].*-amd64(-unsigned)?$/ { print $2 }'
}

# candidates SERIES PACKAGES-FILE: sets of packages that hold its kernel, one a
# line, newest release first, after the release.
candidates() {
	local series=${1%-full} flavour release
	local -A have=()

	flavour=$(flavour "$1")
	while read -r package; do
		have[$package]=1
	done <"$2"
	sed -nE "s/^linux-(image|binary)-(${series//./\\.}\.[0-9][^-]*(-[0-9]+)?-$flavour)(-unsigned)?$/\2/p" "$2" |
		sort -rVu | while read -r release; do
		# linux-image became an empty package in 6.19, and the modules a
		# package of their own, which the archive keeps only for the newest.
		if [[ ${have[linux-binary-$release]:-} ]]; then
			echo "$release linux-binary-$release" \
				"${have[linux-modules-$release]:+linux-modules-$release}" \
				"${have[linux-base-$release]:+linux-base-$release}"
			continue
		fi
		for package in "linux-image-$release" "linux-image-$release-unsigned"; do
			[[ ! ${have[$package]:-} ]] || echo "$release $package"
		done
	done
}

# fetch_packages DIR PACKAGE...: into DIR.  Indexes may name what a mirror has
# dropped, so a failure is no more than a reason to try the next.
fetch_packages() {
	local dir=$1

	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get "${apt_options[@]}" -qq download "$@" >download.log 2>&1)
}

module_file() {
	find "$1" -name "$2.ko*" -print -quit
}

# unpack_module TREE NAME OUT: NAME and before it what it depends on, decompressed
# and in the order of loading.
unpack_module() {
	local file dependency

	[[ ! -e $3/lib/modules/vm/$2.ko ]] || return 0
	file=$(module_file "$1" "$2")
	[[ -n $file ]] || return 0
	for dependency in $(modinfo -F depends "$file" | tr , ' '); do
		unpack_module "$1" "$dependency" "$3"
	done
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -qdc "$file" ;;
	*.gz) gzip -dc "$file" ;;
	*) cat "$file" ;;
	esac >"$3/lib/modules/vm/$2.ko"
	echo "$2" >>"$3/lib/modules/vm/order"
}

# install_kernel RELEASE WORK TO MODULES: from the packages in WORK.
install_kernel() {
	local release=$1 work=$2 to=$3 modules=$4 name package vmlinuz
	local tree=$work/tree out=$work/out

	for package in "$work"/*.deb; do
		dpkg -x "$package" "$tree"
	done
	vmlinuz=$(find "$tree" -type f -name 'vmlinuz*' -print -quit)
	[[ -n $vmlinuz ]] || return 1
	# Not below /usr/lib: in the guest /lib/modules is a directory of ours.
	mkdir -p "$out/files/usr/lib/modules/vm"
	ln -s usr/lib "$out/files/lib"
	: >"$out/files/usr/lib/modules/vm/order"
	for name in $modules; do
		unpack_module "$tree" "$name" "$out/files"
	done
	rm "$out/files/lib"
	cp "$vmlinuz" "$out/vmlinuz"
	echo "$release" >"$out/release"
	echo "$modules" >"$out/modules.wanted"
	cp "$out/files/usr/lib/modules/vm/order" "$out/modules.list"
	vm_pack "$out/files" >"$out/modules.cpio"
	rm -rf "$out/files" "$to"
	mv "$out" "$to"
}

# newest_here DIR: the newest kernel fetched before.
newest_here() {
	find "$1" -mindepth 2 -maxdepth 2 -name vmlinuz -printf '%h\n' 2>/dev/null | sort -V | tail -n 1
}

get_kernel() {
	local series=$1 suite home work release packages old modules tries=0

	modules=$(modules_of "$series")
	suite=$(series_suite "$series")
	home=$vm_cache/kernels/$series
	work=$vm_cache/work/$series
	mkdir -p "$home" "$vm_cache/work"
	update_index
	suite_packages "$suite" >"$vm_cache/work/$series.packages"
	while read -r release packages; do
		if [[ -e $home/$release/vmlinuz && $(cat "$home/$release/modules.wanted" 2>/dev/null) == "$modules" ]]; then
			echo "$home/$release"
			return 0
		fi
		((tries++ < 3)) || break
		rm -rf "$work"
		vm_note "fetching $packages"
		# shellcheck disable=SC2086 # a list of names
		if fetch_packages "$work" $packages && install_kernel "$release" "$work" "$home/$release" "$modules"; then
			rm -rf "$work"
			# Those it replaces go, unless another worktree may be booting them.
			find "$home" -mindepth 1 -maxdepth 1 ! -name "$release" -mtime +3 -exec rm -rf {} +
			echo "$home/$release"
			return 0
		fi
		vm_note "$release can't be had: $(tail -n 1 "$work/download.log")"
	done < <(candidates "$series" "$vm_cache/work/$series.packages")
	rm -rf "$work"
	old=$(newest_here "$home")
	if [[ -n $old ]]; then
		vm_note "going on with ${old##*/}, fetched before"
		echo "$old"
		return 0
	fi
	vm_note "no kernel $series: nothing of $suite can be downloaded$index_error"
	return "$cant"
}

list_kernels() {
	local series suite release

	update_index
	while read -r series; do
		suite=$(series_suite "$series")
		suite_packages "$suite" >"$apt_dir/$suite.packages"
		# All are read: closing the pipe early would count as a failure.
		release=$(candidates "$series" "$apt_dir/$suite.packages" | awk 'NR == 1')
		printf '%-6s %-18s %s\n' "$series" "$suite" "${release:--}"
	done < <(series_names all)
}

main() {
	case ${1:-} in
	series)
		series_names "${2:-all}"
		;;
	list)
		vm_need apt-get flock
		vm_locked apt list_kernels
		;;
	get)
		(($# == 2)) || vm_usage_error "get needs one series"
		[[ -n $(series_suite "$2") ]] || vm_usage_error "$2: not a series of the table (see '$vm_name series')"
		vm_need apt-get dpkg flock cpio modinfo xz zstd
		vm_locked apt get_kernel "$2"
		;;
	-h | --help)
		vm_help
		;;
	*)
		vm_usage_error "what to do: series, list or get"
		;;
	esac
}

main "$@"
