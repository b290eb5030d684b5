// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/fd.h"
#include "kernel/netlocal.h"

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
