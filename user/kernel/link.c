// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/link.h"
#include "lib/array.h"
#include "lib/fd.h"
#include "lib/util.h"

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif
#ifndef IFLA_PARENT_DEV_NAME
#define IFLA_PARENT_DEV_NAME 56
#endif
#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif
#ifndef IFLA_ALT_IFNAME
#define IFLA_PROP_LIST  52
#define IFLA_ALT_IFNAME 53
#endif

void devs_free(struct net_devs *d)
{
	free(d->rows);
	free(d->addrs);
	buf_free(&d->alts);
	memset(d, 0, sizeof(*d));
}

/* --- messages -------------------------------------------------------------------------------- */

/* The device that a vxlan was told to use (`dev`) is none of IFLA_LINK's: returns 0 for none. */
static uint32_t vxlan_lower(const struct nlattr *data)
{
	uint32_t lower = 0;

	netlink_for_each_in(a, data) if (netlink_type(a) == IFLA_VXLAN_LINK) netlink_u32(a, &lower);
	return lower;
}

static void kind_take(const struct nlattr *info, struct net_dev *d)
{
	const struct nlattr *data = NULL;

	netlink_for_each_in(a, info)
	{
		if (netlink_type(a) == IFLA_INFO_KIND)
			netlink_text(a, d->kind, sizeof(d->kind));
		else if (netlink_type(a) == IFLA_INFO_DATA)
			data = a;
	}
	if (data && !strcmp(d->kind, "vxlan"))
		d->lower = vxlan_lower(data);
}

static void mac_take(const struct nlattr *a, struct net_dev *d)
{
	size_t len = a->nla_len - (size_t)NLA_HDRLEN;

	if (a->nla_len < NLA_HDRLEN || len > sizeof(d->mac))
		return;
	memcpy(d->mac, netlink_inside(a), len);
	d->mac_len = (uint8_t)len;
}

static void alts_take(const struct nlattr *list, struct net_dev *d, struct buf *alts)
{
	char name[NET_ALT_MAX];

	netlink_for_each_in(a, list)
	{
		if (netlink_type(a) != IFLA_ALT_IFNAME || !netlink_text(a, name, sizeof(name)))
			continue;
		buf_add(alts, name, strlen(name) + 1);
		d->nalts++;
	}
}

static void link_attr(const struct nlattr *a, struct net_dev *d, struct buf *alts)
{
	uint8_t flag;

	switch (netlink_type(a)) {
	case IFLA_IFNAME:
		netlink_text(a, d->name, sizeof(d->name));
		break;
	case IFLA_ADDRESS:
		mac_take(a, d);
		break;
	case IFLA_LINK:
		netlink_u32(a, &d->link);
		break;
	case IFLA_LINK_NETNSID:
		netlink_s32(a, &d->link_nsid);
		break;
	case IFLA_MASTER:
		netlink_u32(a, &d->master);
		break;
	case IFLA_MTU:
		netlink_u32(a, &d->mtu);
		break;
	case IFLA_OPERSTATE:
		netlink_u8(a, &d->operstate);
		break;
	case IFLA_LINKINFO:
		kind_take(a, d);
		break;
	case IFLA_PARENT_DEV_NAME:
		d->has_parent = true;
		break;
	case IFLA_PROP_LIST:
		if (alts)
			alts_take(a, d, alts);
		break;
	case NSW_IFLA_NETNS_IMMUTABLE:
		if (netlink_u8(a, &flag))
			d->immutable = flag ? NET_YES : NET_NO;
		break;
	}
}

int link_parse(const struct nlmsghdr *h, struct net_dev *ret, struct buf *alts)
{
	struct net_dev d = {.link_nsid = -1, .alt = alts ? (uint32_t)alts->len : 0};
	const struct ifinfomsg *i = NLMSG_DATA(h);

	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(*i)) ||
		i->ifi_index <= 0)
		return -EBADMSG;
	d.index = (uint32_t)i->ifi_index;
	d.flags = i->ifi_flags;
	d.type = i->ifi_type;
	netlink_for_each(a, h, sizeof(*i)) link_attr(a, &d, alts);
	if (!d.name[0])
		return -EBADMSG;
	if (d.lower)
		d.link = d.lower;
	*ret = d;
	return 0;
}

/* An address of the family's length; else it is passed over. */
static bool ip_take(const struct nlattr *a, uint8_t family, uint8_t *ret)
{
	size_t len = family == AF_INET6 ? 16 : 4;

	if (a->nla_len != NLA_HDRLEN + len)
		return false;
	memcpy(ret, netlink_inside(a), len);
	return true;
}

static void addr_attr(const struct nlattr *a, struct net_addr *r, bool *has, bool *has_local)
{
	struct ifa_cacheinfo ci;

	switch (netlink_type(a)) {
	case IFA_ADDRESS:
		*has = ip_take(a, r->family, r->peer);
		break;
	case IFA_LOCAL:
		*has_local = ip_take(a, r->family, r->local);
		break;
	case IFA_BROADCAST:
		if (r->family == AF_INET)
			r->has_broadcast = ip_take(a, r->family, r->broadcast);
		break;
	case IFA_LABEL:
		netlink_text(a, r->label, sizeof(r->label));
		break;
	case IFA_FLAGS:
		netlink_u32(a, &r->flags);
		break;
	case IFA_RT_PRIORITY:
		netlink_u32(a, &r->metric);
		break;
	case IFA_PROTO:
		netlink_u8(a, &r->proto);
		break;
	case IFA_CACHEINFO:
		if (a->nla_len < NLA_HDRLEN + sizeof(ci))
			break;
		memcpy(&ci, netlink_inside(a), sizeof(ci));
		r->valid_s = ci.ifa_valid;
		r->preferred_s = ci.ifa_prefered;
		break;
	}
}

int addr_parse(const struct nlmsghdr *h, struct net_addr *ret)
{
	struct net_addr r = {.valid_s = UINT32_MAX, .preferred_s = UINT32_MAX};
	const struct ifaddrmsg *i = NLMSG_DATA(h);
	bool has = false, has_local = false;
	size_t len;

	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof(*i)) ||
		(i->ifa_family != AF_INET && i->ifa_family != AF_INET6))
		return -EBADMSG;
	r.index = i->ifa_index;
	r.family = i->ifa_family;
	r.prefix = i->ifa_prefixlen;
	r.scope = i->ifa_scope;
	r.flags = i->ifa_flags;
	netlink_for_each(a, h, sizeof(*i)) addr_attr(a, &r, &has, &has_local);
	len = r.family == AF_INET6 ? 16 : 4;
	if ((!has && !has_local) || r.prefix > len * 8)
		return -EBADMSG;
	/* Without a peer both are the same, or the local one alone is missing (IPv6). */
	if (!has_local)
		memcpy(r.local, r.peer, len);
	r.has_peer = has && has_local && memcmp(r.local, r.peer, len) != 0;
	*ret = r;
	return 0;
}

/* --- dumps ----------------------------------------------------------------------------------- */

struct reading {
	struct net_devs *d;
	size_t first, addr_first, alt_first;
};

/* What makes no sense is passed over: it may be of a kind that is not known yet. */
static int link_take(const struct nlmsghdr *h, void *ctx)
{
	struct reading *r = ctx;
	struct net_devs *d = r->d;

	if (!h) {
		d->n = r->first;
		d->alts.len = r->alt_first;
	}
	if (ARRAY_ROOM(d->rows, d->cap, d->n))
		return -ENOMEM;
	if (h && !link_parse(h, &d->rows[d->n], &d->alts))
		d->n++;
	return 0;
}

static int addr_take(const struct nlmsghdr *h, void *ctx)
{
	struct reading *r = ctx;
	struct net_devs *d = r->d;

	if (!h)
		d->naddrs = r->addr_first;
	if (ARRAY_ROOM(d->addrs, d->addr_cap, d->naddrs))
		return -ENOMEM;
	if (h && !addr_parse(h, &d->addrs[d->naddrs])) {
		d->addrs[d->naddrs].at = (uint32_t)d->naddrs;
		d->naddrs++;
	}
	return 0;
}

static int links_dump(struct netlink *nl, struct reading *r)
{
	struct netlink_req req;
	struct ifinfomsg *i = netlink_req(&req, RTM_GETLINK, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(&req.hdr, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_dump(nl, &req, link_take, r);
}

static int addrs_dump(struct netlink *nl, struct reading *r)
{
	struct netlink_req req;
	struct ifaddrmsg *i = netlink_req(&req, RTM_GETADDR, sizeof(*i));

	i->ifa_family = AF_UNSPEC;
	return netlink_dump(nl, &req, addr_take, r);
}

static int dev_order(const void *a, const void *b)
{
	const struct net_dev *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static int addr_order(const void *a, const void *b)
{
	const struct net_addr *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void addrs_assign(struct net_devs *d, const struct reading *r)
{
	size_t a = r->addr_first;

	qsort(d->rows + r->first, d->n - r->first, sizeof(*d->rows), dev_order);
	qsort(d->addrs + r->addr_first, d->naddrs - r->addr_first, sizeof(*d->addrs), addr_order);
	/* A device that came after the dump of devices has addresses, but no row. */
	for (size_t i = r->first; i < d->n; i++) {
		while (a < d->naddrs && d->addrs[a].index < d->rows[i].index)
			a++;
		d->rows[i].addr = (uint32_t)a;
		while (a < d->naddrs && d->addrs[a].index == d->rows[i].index)
			a++;
		d->rows[i].naddrs = (uint32_t)a - d->rows[i].addr;
	}
}

int devs_read(struct net_devs *d, struct netlink *nl, struct err *err)
{
	struct reading r = {d, d->n, d->naddrs, d->alts.len};
	int ret = links_dump(nl, &r);

	if (ret)
		netlink_err(nl, err, ret, "list network devices");
	if (!ret) {
		ret = addrs_dump(nl, &r);
		if (ret)
			netlink_err(nl, err, ret, "list addresses");
	}
	if (ret) {
		d->n = r.first;
		d->naddrs = r.addr_first;
		d->alts.len = r.alt_first;
		return ret;
	}
	addrs_assign(d, &r);
	netlocal_ask(d->rows + r.first, d->n - r.first, nl);
	return 0;
}

const struct net_dev *devs_by_index(const struct net_dev *rows, size_t n, uint32_t index)
{
	struct net_dev key = {.index = index};

	return index && n ? bsearch(&key, rows, n, sizeof(*rows), dev_order) : NULL;
}

const struct net_dev *devs_by_name(const struct net_dev *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

const char *dev_alt(const struct net_devs *d, const struct net_dev *dev, uint32_t i)
{
	const char *s = d->alts.s + dev->alt;

	for (; i; i--)
		s += strlen(s) + 1;
	return s;
}

bool dev_called(const struct net_devs *d, const struct net_dev *dev, const char *name)
{
	if (!strcmp(dev->name, name))
		return true;
	for (uint32_t i = 0; i < dev->nalts; i++)
		if (!strcmp(dev_alt(d, dev, i), name))
			return true;
	return false;
}

const struct net_dev *devs_by_any(
	const struct net_devs *d, size_t first, size_t n, const char *name)
{
	for (size_t i = first; i < first + n; i++)
		if (dev_called(d, &d->rows[i], name))
			return &d->rows[i];
	return NULL;
}

/* --- words ----------------------------------------------------------------------------------- */

const char *dev_state(const struct net_dev *d)
{
	static const char *const names[] = {
		[IF_OPER_NOTPRESENT] = "absent",
		[IF_OPER_DOWN] = "no-carrier",
		[IF_OPER_LOWERLAYERDOWN] = "lower-down",
		[IF_OPER_TESTING] = "testing",
		[IF_OPER_DORMANT] = "dormant",
		[IF_OPER_UP] = "up",
	};

	if (!(d->flags & IFF_UP))
		return "down";
	/* Drivers that do not keep it (lo, tun) leave it unknown. */
	if (d->operstate == IF_OPER_UNKNOWN || d->operstate > IF_OPER_UP)
		return d->flags & IFF_LOWER_UP ? "up" : "no-carrier";
	return names[d->operstate];
}

const char *dev_kind(const struct net_dev *d)
{
	if (d->kind[0])
		return d->kind;
	if (d->flags & IFF_LOOPBACK)
		return "loopback";
	if (!d->software)
		return "physical";
	return d->devtype[0] ? d->devtype : "software";
}

void dev_mac_format(const struct net_dev *d, struct buf *b)
{
	for (uint8_t i = 0; i < d->mac_len; i++)
		buf_printf(b, "%s%02x", i ? ":" : "", d->mac[i]);
}

void addr_format(const struct net_addr *a, struct buf *b)
{
	char s[INET6_ADDRSTRLEN];

	buf_puts(b, inet_ntop(a->family, a->local, s, sizeof(s)));
	if (a->has_peer)
		buf_printf(b, " peer %s", inet_ntop(a->family, a->peer, s, sizeof(s)));
	buf_printf(b, "/%u", a->prefix);
}

int dev_name_check(const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (!len || len >= IFNAMSIZ)
		return err_say(err, -EINVAL, "a device's name has 1 to %d bytes, this one %zu",
			IFNAMSIZ - 1, len);
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return err_say(err, -EINVAL, "no device can be called '%s'", name);
	for (size_t i = 0; i < len; i++)
		if (strchr("/:%", name[i]) || isspace((unsigned char)name[i]))
			return err_say(err, -EINVAL,
				"a device's name can't hold a blank, '/', ':' or '%%'");
	return 0;
}

/* --- netlocal ---------------------------------------------------------------------------- */

#define FEATURE     "netns-local"
#define STRINGS_MAX 256

/* Any socket will do: it says which net namespace the device is looked for in. */
static int ethtool(const struct netlink *nl, const char *name, void *cmd)
{
	struct ifreq ifr = {.ifr_data = cmd};

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	return ioctl(netlink_fd(nl), SIOCETHTOOL, &ifr);
}

/* How many features this kernel has, and which one it is; -1: none. */
struct feature {
	unsigned int n;
	int at;
};

static unsigned int features_count(const struct netlink *nl, const char *name)
{
	struct {
		struct ethtool_sset_info hdr;
		uint32_t n;
	} info = {.hdr = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};

	if (ethtool(nl, name, &info) || !info.hdr.sset_mask || info.n > STRINGS_MAX)
		return 0;
	return info.n;
}

static struct feature feature_find(const struct netlink *nl, const char *name)
{
	struct feature f = {features_count(nl, name), -1};
	auto_free struct ethtool_gstrings *s = NULL;

	if (!f.n)
		return f;
	/* Longer by one than what was counted: the kernel writes as many as it has. */
	s = calloc(1, sizeof(*s) + (size_t)STRINGS_MAX * ETH_GSTRING_LEN);
	if (!s)
		return f;
	s->cmd = ETHTOOL_GSTRINGS;
	s->string_set = ETH_SS_FEATURES;
	s->len = f.n;
	if (ethtool(nl, name, s) || s->len > f.n)
		return f;
	for (unsigned int i = 0; i < s->len; i++)
		if (!strncmp((const char *)s->data + (size_t)i * ETH_GSTRING_LEN, FEATURE,
			    ETH_GSTRING_LEN))
			f.at = (int)i;
	return f;
}

static enum net_flag feature_get(const struct netlink *nl, const char *name, struct feature f)
{
	struct {
		struct ethtool_gfeatures hdr;
		struct ethtool_get_features_block blocks[STRINGS_MAX / 32];
	} got = {.hdr = {.cmd = ETHTOOL_GFEATURES, .size = STRINGS_MAX / 32}};
	unsigned int block = (unsigned int)f.at / 32;

	if (ethtool(nl, name, &got) || block >= got.hdr.size)
		return NET_UNKNOWN;
	return got.blocks[block].active >> (f.at % 32) & 1 ? NET_YES : NET_NO;
}

void netlocal_ask(struct net_dev *rows, size_t n, const struct netlink *nl)
{
	/* The same for all devices of this kernel. */
	static struct feature f;
	static bool asked;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].immutable != NET_UNKNOWN)
			continue;
		if (!asked)
			f = feature_find(nl, rows[i].name);
		asked = asked || f.n;
		if (f.n && f.at >= 0)
			rows[i].immutable = (uint8_t)feature_get(nl, rows[i].name, f);
	}
}

/* --- netkind ----------------------------------------------------------------------------- */

static const struct net_kind kinds[] = {
	/* Pairs: veth_dellink() in drivers/net/veth.c and its like remove both ends. */
	{.kind = "veth", .link = LINK_PEER},
	{.kind = "netkit", .link = LINK_PEER},
	{.kind = "vxcan", .link = LINK_PEER},

	/* Upper devices: their notifiers hear NETDEV_UNREGISTER of the lower one. */
	{.kind = "macvlan", .link = LINK_LOWER},
	{.kind = "macvtap", .link = LINK_LOWER},
	{.kind = "ipvlan", .link = LINK_LOWER},
	{.kind = "ipvtap", .link = LINK_LOWER, .unplaced = true},
	{.kind = "vlan", .link = LINK_LOWER},
	/* macsec_notify() does not ask whether the device only moves. */
	{.kind = "macsec", .link = LINK_LOWER, .follows = true},
	{.kind = "virt_wifi", .link = LINK_LOWER, .follows = true},
	{.kind = "rmnet", .link = LINK_LOWER, .follows = true},
	{.kind = "lowpan",
		.link = LINK_LOWER,
		.follows = true,
		.immutable = "a 6LoWPAN device belongs to its namespace"},
	{.kind = "dsa", .link = LINK_LOWER, .refunded = true},
	{.kind = "ipoib", .link = LINK_LOWER, .refunded = true},
	{.kind = "can", .refunded = true},

	/* Tunnels: their pernet operations remove those that were made in the namespace. */
	/* vxlan_handle_lowerdev_unregister() asks as little as macsec_notify(). */
	{.kind = "vxlan", .link = LINK_UNDERLAY, .own_number = true, .follows = true},
	{.kind = "ipip", .link = LINK_UNDERLAY},
	{.kind = "sit", .link = LINK_UNDERLAY},
	{.kind = "gre", .link = LINK_UNDERLAY},
	{.kind = "gretap", .link = LINK_UNDERLAY},
	{.kind = "erspan", .link = LINK_UNDERLAY},
	{.kind = "ip6tnl", .link = LINK_UNDERLAY},
	{.kind = "ip6gre", .link = LINK_UNDERLAY},
	{.kind = "ip6gretap", .link = LINK_UNDERLAY},
	{.kind = "ip6erspan", .link = LINK_UNDERLAY},
	{.kind = "vti", .link = LINK_UNDERLAY},
	{.kind = "vti6", .link = LINK_UNDERLAY},
	{.kind = "xfrm", .link = LINK_UNDERLAY},
	{.kind = "geneve", .link = LINK_HIDDEN},
	{.kind = "bareudp", .link = LINK_HIDDEN},
	{.kind = "gtp", .link = LINK_HIDDEN},
	{.kind = "pfcp", .link = LINK_HIDDEN},
	/* wg_netns_pre_exit() in drivers/net/wireguard/device.c closes its sockets. */
	{.kind = "wireguard", .link = LINK_LOOSE},
	/* l2tp_exit_net() in net/l2tp/l2tp_core.c; it has no link operations. */
	{.kind = "l2tpeth", .link = LINK_UNDERLAY},

	/* Bound to their namespace. */
	{.kind = "bond", .immutable = "a bond belongs to its namespace"},
	{.kind = "bridge", .immutable = "a bridge belongs to its namespace"},
	{.kind = "team", .immutable = "a team belongs to its namespace"},
	{.kind = "vrf", .immutable = "a vrf belongs to its namespace"},
	{.kind = "hsr", .immutable = "an hsr device belongs to its namespace"},
	{.kind = "amt", .immutable = "an amt device belongs to its namespace"},
	{.kind = "ppp", .immutable = "a ppp device belongs to its namespace"},
	{.kind = "batadv", .immutable = "a batman-adv mesh belongs to its namespace"},
};

const struct net_kind *netkind_find(const char *kind)
{
	for (size_t i = 0; *kind && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}
