/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link.h - the network devices of one net namespace and their addresses, as
 * rtnetlink tells them.
 */
#ifndef NSWATCH_KERNEL_LINK_H
#define NSWATCH_KERNEL_LINK_H

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/netlink.h"
#include "lib/buf.h"
#include "lib/err.h"

#define NET_MAC_MAX  32 /* MAX_ADDR_LEN of the kernel */
#define NET_KIND_MAX 32
#define NET_ALT_MAX  128 /* ALTIFNAMSIZ of the kernel */

enum net_flag {
	NET_UNKNOWN = 0, /* this kernel does not say it */
	NET_NO,
	NET_YES,
};

struct net_dev {
	uint32_t index;
	/* The other end (veth), what it stands on, or its own number: see netkind.h. 0: none. */
	uint32_t link;
	uint32_t lower;    /* of a vxlan: the device that it was told to use; 0: none */
	int32_t link_nsid; /* where that is, in the ids of this namespace; -1: here */
	uint32_t master;   /* index, 0: none */
	uint32_t flags;    /* IFF_* */
	uint32_t mtu;
	uint16_t type;     /* ARPHRD_* */
	uint8_t operstate; /* IF_OPER_* */
	uint8_t immutable; /* enum net_flag: IFLA_NETNS_IMMUTABLE, 6.15; else see netlocal.h */
	bool has_parent;   /* IFLA_PARENT_DEV_NAME, 5.14, or devtype.h: hardware is behind it */
	bool software;     /* neither link operations nor hardware: devtype.h has looked */
	uint8_t maker;     /* enum net_flag, of software: what made it lives in this namespace */
	uint8_t mac_len;
	uint8_t mac[NET_MAC_MAX];
	char name[IFNAMSIZ];     /* untrusted */
	char kind[NET_KIND_MAX]; /* of its rtnl_link_ops, "" where it has none (physical, loopback)
				  */
	char devtype[NET_KIND_MAX]; /* of software: its device_type, "" where it has none */
	uint32_t addr, naddrs;      /* its first address, and how many follow */
	uint32_t alt, nalts;        /* its first other name, and how many follow: dev_alt() */
};

struct net_addr {
	uint32_t index; /* of its device */
	uint32_t flags; /* IFA_F_* */
	uint32_t at;    /* in the order in which the kernel told them: primary ones first */
	uint8_t family, prefix, scope;
	bool has_peer, has_broadcast;
	uint8_t local[16], peer[16], broadcast[4];
	char label[IFNAMSIZ];          /* of IPv4, "" where it is none; untrusted */
	uint32_t valid_s, preferred_s; /* lifetimes, UINT32_MAX: for ever */
	uint32_t metric;               /* of its route (IFA_RT_PRIORITY), 0: the default */
	uint8_t proto;                 /* who gave it (IFAPROT_*, 5.18), 0: nobody says */
};

/* Devices of one or more namespaces, each in the order of indices. */
struct net_devs {
	struct net_dev *rows;
	size_t n, cap;
	struct net_addr *addrs;
	size_t naddrs, addr_cap;
	struct buf
		alts; /* other names of the devices (altnames, 5.5), each ended by NUL; untrusted */
};

#define auto_devs __attribute__((cleanup(devs_free)))

void devs_free(struct net_devs *d);

/*
 * Adds the devices of the namespace of nl, all or nothing: 0 or -errno (see
 * netlink_dump), with nothing added then.
 */
int devs_read(struct net_devs *d, struct netlink *nl, struct err *err);

/*
 * One RTM_NEWLINK or RTM_NEWADDR message: 0 or -EBADMSG. Altnames are added to alts, which
 * may be NULL. Here for the tests.
 */
int link_parse(const struct nlmsghdr *h, struct net_dev *ret, struct buf *alts);
int addr_parse(const struct nlmsghdr *h, struct net_addr *ret);

/* Among n rows of one namespace; NULL where there is none. */
const struct net_dev *devs_by_index(const struct net_dev *rows, size_t n, uint32_t index);
const struct net_dev *devs_by_name(const struct net_dev *rows, size_t n, const char *name);
/* The same by name or altname, as the kernel finds them: all names share one space. */
const struct net_dev *devs_by_any(
	const struct net_devs *d, size_t first, size_t n, const char *name);
/* Altname i of a device of d. */
const char *dev_alt(const struct net_devs *d, const struct net_dev *dev, uint32_t i);
/* Whether it is called so, by name or altname. */
bool dev_called(const struct net_devs *d, const struct net_dev *dev, const char *name);

/* "up", "down", "no-carrier", ...: what it does for its user. */
const char *dev_state(const struct net_dev *d);
/* "veth"; "loopback"; where the kernel names no kind "physical", or what software it is. */
const char *dev_kind(const struct net_dev *d);
void dev_mac_format(const struct net_dev *d, struct buf *b);
/* "10.0.0.1/24", "10.0.0.1 peer 10.0.0.2/32". */
void addr_format(const struct net_addr *a, struct buf *b);

/*
 * A name that the kernel takes for a device: 1 to 15 bytes, neither . nor .., no
 * '/', ':', '%' or blank (dev_valid_name of net/core/dev.c; '%' makes a pattern
 * of it). 0 or -EINVAL and the reason.
 */
int dev_name_check(const char *name, struct err *err);

/* --- netlocal ---------------------------------------------------------------------------- */

/*
 * Which devices can't change their net namespace, as kernels before
 * 6.12 tell it: by the feature "netns-local" of ethtool(8). Between 6.12 and 6.15
 * (IFLA_NETNS_IMMUTABLE) no kernel tells.
 */

/* Fills in .immutable of those of the rows, of the namespace of nl, that do not know it. */
void netlocal_ask(struct net_dev *rows, size_t n, const struct netlink *nl);

/* --- netkind ----------------------------------------------------------------------------- */

/*
 * What the kernel's kinds of network devices have in common: what the
 * device that IFLA_LINK names is to them, whether they may change their net
 * namespace, and what becomes of them when a namespace ends.
 *
 * A row says what the driver does; `make kindtest` makes a device of each kind that
 * Debian's full kernels know, ends its namespaces and compares. What no row names is
 * judged by the rules that hold for all (see fate.h).
 */

/* What IFLA_LINK and IFLA_LINK_NETNSID say of a kind. */
enum kind_link {
	LINK_NOTHING,  /* no other device */
	LINK_PEER,     /* the other end of the pair: both go together */
	LINK_LOWER,    /* the device that it stands on: it goes when that goes */
	LINK_UNDERLAY, /* a tunnel: it goes when the namespace of its packets ends */
	LINK_HIDDEN,   /* the same, but the kernel does not tell which namespace that is */
	LINK_LOOSE,    /* a hidden namespace whose end only takes its sockets away */
};

struct net_kind {
	const char
		*kind; /* rtnl_link_ops.kind, or device_type.name where it has no link operations */
	enum kind_link link;
	bool own_number; /* its IFLA_LINK is its own number unless there is an underlying device */
	bool unplaced;   /* the kernel never says in which namespace the device of IFLA_LINK is */
	bool follows;    /* LINK_LOWER: it goes when the lower device changes its namespace, too */
	bool refunded;   /* rtnl_link_ops.netns_refund: hardware, which the kernel takes home */
	const char *immutable; /* why it can't change its net namespace, NULL: it can */
};

/* NULL: no row. */
const struct net_kind *netkind_find(const char *kind);

#endif
