#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net.sh - `nswatch netdev` and `nswatch netns list` against ip(8), over many named net namespaces
# (NSWATCH_BENCH_NETNS, 1000) with two devices each. They are in a mount namespace of their own and
# go away with it. Prints rows CLAIM MEASURED GOAL COMMAND.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
[ "$(id -u)" -eq 0 ] || { echo "bench: needs root" >&2; exit 1; }
NSWATCH=$(realpath "$NSWATCH")
export NSWATCH NETBENCH_INSIDE=${NETBENCH_INSIDE:-}
if [ -z "$NETBENCH_INSIDE" ]; then
	NETBENCH_INSIDE=1 exec unshare -m -n --propagation private bash "$0" "$@"
fi
n=${NSWATCH_BENCH_NETNS:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mount -t tmpfs netbench /run || exit 1
TIMEFORMAT='%R %U %S'

# times CMD...: "wall cpu" in ms
times() {
	{ time "$@" >"$dir/out" 2>"$dir/err"; } 2>&1 |
		awk '{ printf "%.1f %.1f\n", $1 * 1000, ($2 + $3) * 1000 }'
}
col() { cut -d' ' -f"$2" "$dir/$1" | median; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a > 0) printf "%.2f", b / a; else printf "-" }'; }

seq "$n" | sed 's/.*/netns add b&/' >"$dir/add"
seq "$n" | sed 's/.*/link add d0 netns b& type bridge/' >"$dir/links"
if ! ip -b "$dir/add" || ! ip -b "$dir/links"; then
	echo "bench: $n net namespaces could not be made" >&2
	exit 1
fi

ip_loop() { local i; for ((i = 1; i <= n; i++)); do ip -n "b$i" -j link; done; }

for _ in 1 2 3 4 5; do
	times "$NSWATCH" graph net >>"$dir/graph"
	times "$NSWATCH" graph net --all -f svg >>"$dir/svg"
	times "$NSWATCH" netdev -n >>"$dir/netdev"
	times "$NSWATCH" netns list >>"$dir/list"
	times ip netns list >>"$dir/iplist"
done
"$NSWATCH" netdev -n -r -o NETNS,IFNAME >"$dir/out"
[ "$(awk '$2 == "d0"' "$dir/out" | wc -l)" -eq "$n" ] || { echo "bench: rows are missing" >&2; exit 1; }
times ip_loop >"$dir/iploop"
row "ip -n NAME -j link, $n times : netdev" "$(ratio "$(col netdev 1)" "$(col iploop 1)")" ">= 10" \
	"nswatch netdev: $(col netdev 1) ms"
row "netdev : graph net, the same namespaces" "$(ratio "$(col netdev 1)" "$(col graph 1)")" "<= 3" \
	"nswatch graph net: $(col graph 1) ms"
row "  each of them drawn, as SVG" "$(ratio "$(col netdev 1)" "$(col svg 1)")" "<= 3" \
	"nswatch graph net --all -f svg: $(col svg 1) ms"
row "ip netns list : netns list, $n names" "$(ratio "$(col list 1)" "$(col iplist 1)")" "> 1" \
	"nswatch netns list: $(col list 1) ms"
row "  the same in processor time" "$(ratio "$(col list 2)" "$(col iplist 2)")" "> 1" \
	"$(col list 2) : $(col iplist 2) ms"
