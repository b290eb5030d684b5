// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of rtnetlink, whole and broken; dumps that are torn; what becomes of devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "snapshot/fate.h"
#include "kernel/link.h"
#include "kernel/netlink.h"
#include "kernel/netnsfs.h"
#include "kernel/nsid.h"

/* --- a kernel of our own: what it is to answer, datagram by datagram --- */

static struct {
	char data[16][2048];
	size_t len[16];
	unsigned int n, at, asked;
	uint32_t seq; /* of the newest request */
	bool repeat;  /* the last one again and again */
} fake;

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	fake.seq = ((const struct nlmsghdr *)req)->nlmsg_seq;
	fake.asked++;
	return (ssize_t)size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	struct nlmsghdr *h = buf;
	int left;

	assert_true(fake.at < fake.n);
	memcpy(buf, fake.data[fake.at], fake.len[fake.at]);
	left = (int)fake.len[fake.at];
	/* Only the kernel knows the number of the request when it answers. */
	for (; netlink_whole(h, left); h = mnl_nlmsg_next(h, &left))
		if (!h->nlmsg_seq)
			h->nlmsg_seq = fake.seq;
	return (ssize_t)fake.len[fake.repeat ? fake.at : fake.at++];
}

static struct nlmsghdr *answer_begin(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(fake.data[fake.n]);

	h->nlmsg_type = type;
	h->nlmsg_flags = flags;
	return h;
}

static void answer_end(const struct nlmsghdr *h)
{
	fake.len[fake.n++] = h->nlmsg_len;
}

static void put_link(struct nlmsghdr *h, int index, const char *name)
{
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = index;
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
}

static void answer_link(uint16_t flags, int index, const char *name)
{
	struct nlmsghdr *h = answer_begin(RTM_NEWLINK, NLM_F_MULTI | flags);

	put_link(h, index, name);
	answer_end(h);
}

static void answer_done(uint16_t flags, int code)
{
	struct nlmsghdr *h = answer_begin(NLMSG_DONE, NLM_F_MULTI | flags);

	*(int *)mnl_nlmsg_put_extra_header(h, sizeof(int)) = code;
	answer_end(h);
}

static int fake_open(void **state)
{
	static struct netlink nl;

	memset(&fake, 0, sizeof(fake));
	*state = &nl;
	return netlink_open(&nl, NULL);
}

static int fake_close(void **state)
{
	netlink_close(*state);
	return 0;
}

/* --- one message --- */

struct msg {
	union {
		struct nlmsghdr h;
		char buf[1024];
	};
};

static struct nlmsghdr *msg_begin(struct msg *m, uint16_t type)
{
	memset(m, 0, sizeof(*m));
	mnl_nlmsg_put_header(m->buf);
	m->h.nlmsg_type = type;
	return &m->h;
}

static void test_link(void **state)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 9};
	struct msg m;
	struct nlmsghdr *h = msg_begin(&m, RTM_NEWLINK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));
	auto_buf struct buf b = {0};
	struct nlattr *nest;
	struct net_dev d;

	i->ifi_index = 7;
	i->ifi_flags = IFF_UP;
	mnl_attr_put_strz(h, IFLA_IFNAME, "eth0");
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(h, IFLA_LINK, 12);
	mnl_attr_put_u32(h, IFLA_LINK_NETNSID, 3);
	mnl_attr_put_u32(h, IFLA_MASTER, 5);
	mnl_attr_put_u8(h, IFLA_OPERSTATE, IF_OPER_LOWERLAYERDOWN);
	mnl_attr_put_u8(h, NSW_IFLA_NETNS_IMMUTABLE, 0);
	nest = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(h, nest);
	assert_int_equal(link_parse(h, &d, NULL), 0);
	assert_int_equal(d.index, 7);
	assert_int_equal(d.link, 12);
	assert_int_equal(d.link_nsid, 3);
	assert_int_equal(d.master, 5);
	assert_int_equal(d.immutable, NET_NO);
	assert_string_equal(d.name, "eth0");
	assert_string_equal(dev_kind(&d), "veth");
	assert_string_equal(dev_state(&d), "lower-down");
	dev_mac_format(&d, &b);
	assert_string_equal(b.s, "02:00:00:00:00:09");
}

static void test_link_defaults(void **state)
{
	struct net_dev d;
	struct msg m;

	put_link(msg_begin(&m, RTM_NEWLINK), 2, "eth1");
	assert_int_equal(link_parse(&m.h, &d, NULL), 0);
	assert_int_equal(d.link_nsid, -1);
	assert_int_equal(d.immutable, NET_UNKNOWN);
	assert_string_equal(dev_kind(&d), "physical");
	assert_string_equal(dev_state(&d), "down");
	d.flags = IFF_LOOPBACK;
	assert_string_equal(dev_kind(&d), "loopback");
}

static void test_link_broken(void **state)
{
	static const char long_name[] = "0123456789abcdef"; /* 16 bytes and the NUL */
	struct net_dev d = {.index = 99};
	struct nlattr *a;
	struct msg m;

	/* Cut before its family header ends. */
	put_link(msg_begin(&m, RTM_NEWLINK), 2, "eth1");
	m.h.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)) - 1;
	assert_int_equal(link_parse(&m.h, &d, NULL), -EBADMSG);
	/* No name; a number that is none. */
	m.h.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	assert_int_equal(link_parse(&m.h, &d, NULL), -EBADMSG);
	put_link(msg_begin(&m, RTM_NEWLINK), -1, "eth1");
	assert_int_equal(link_parse(&m.h, &d, NULL), -EBADMSG);
	/* An attribute that says it is longer than the message, or shorter than itself. */
	for (int len = 0; len < 70000; len += 65535) {
		put_link(msg_begin(&m, RTM_NEWLINK), 2, "eth1");
		a = mnl_nlmsg_get_payload_offset(&m.h, sizeof(struct ifinfomsg));
		a->nla_len = (uint16_t)len;
		assert_int_equal(link_parse(&m.h, &d, NULL), -EBADMSG);
	}
	put_link(msg_begin(&m, RTM_NEWLINK), 2, long_name);
	assert_int_equal(link_parse(&m.h, &d, NULL), -EBADMSG);
	/* What was there is untouched. */
	assert_int_equal(d.index, 99);
	/* Short and long payloads are passed over, not read. */
	put_link(msg_begin(&m, RTM_NEWLINK), 2, "eth1");
	mnl_attr_put(&m.h, IFLA_LINK, 2, "ab");
	mnl_attr_put(&m.h, IFLA_OPERSTATE, 0, "");
	mnl_attr_put(
		&m.h, IFLA_ADDRESS, NET_MAC_MAX + 1, "0123456789012345678901234567890123456789");
	assert_int_equal(link_parse(&m.h, &d, NULL), 0);
	assert_int_equal(d.link, 0);
	assert_int_equal(d.mac_len, 0);
}

/* A name without its NUL at the very end of the message. */
static void test_link_unended(void **state)
{
	struct net_dev d;
	struct msg m;
	struct nlmsghdr *h = msg_begin(&m, RTM_NEWLINK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = 2;
	mnl_attr_put(h, IFLA_IFNAME, 4, "veth");
	memset(m.buf + h->nlmsg_len, 'x', 64);
	assert_int_equal(link_parse(h, &d, NULL), 0);
	assert_string_equal(d.name, "veth");
}

static struct nlmsghdr *msg_addr(struct msg *m, uint8_t family, uint8_t prefix)
{
	struct nlmsghdr *h = msg_begin(m, RTM_NEWADDR);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifa_family = family;
	i->ifa_prefixlen = prefix;
	i->ifa_index = 3;
	return h;
}

static void addr_is(struct nlmsghdr *h, const char *want)
{
	auto_buf struct buf b = {0};
	struct net_addr a;

	assert_int_equal(addr_parse(h, &a), 0);
	addr_format(&a, &b);
	assert_string_equal(b.s, want);
}

static void test_addr(void **state)
{
	uint8_t four[] = {10, 0, 0, 1}, other[] = {10, 0, 0, 2}, six[16] = {0xfd, [15] = 1};
	struct net_addr a;
	struct nlmsghdr *h;
	struct msg m;

	h = msg_addr(&m, AF_INET, 24);
	mnl_attr_put(h, IFA_ADDRESS, 4, four);
	mnl_attr_put(h, IFA_LOCAL, 4, four);
	addr_is(h, "10.0.0.1/24");
	h = msg_addr(&m, AF_INET, 32);
	mnl_attr_put(h, IFA_ADDRESS, 4, other);
	mnl_attr_put(h, IFA_LOCAL, 4, four);
	addr_is(h, "10.0.0.1 peer 10.0.0.2/32");
	h = msg_addr(&m, AF_INET6, 64);
	mnl_attr_put(h, IFA_ADDRESS, 16, six);
	addr_is(h, "fd00::1/64");
	/* Of another length, of no family, with an impossible prefix, without any. */
	h = msg_addr(&m, AF_INET6, 64);
	mnl_attr_put(h, IFA_ADDRESS, 4, four);
	assert_int_equal(addr_parse(h, &a), -EBADMSG);
	h = msg_addr(&m, AF_INET, 33);
	mnl_attr_put(h, IFA_LOCAL, 4, four);
	assert_int_equal(addr_parse(h, &a), -EBADMSG);
	h = msg_addr(&m, AF_UNIX, 0);
	mnl_attr_put(h, IFA_LOCAL, 4, four);
	assert_int_equal(addr_parse(h, &a), -EBADMSG);
	assert_int_equal(addr_parse(msg_addr(&m, AF_INET, 24), &a), -EBADMSG);
}

static void test_nsid(void **state)
{
	struct nsid r = {5, 5};
	struct nlmsghdr *h;
	struct msg m;

	h = msg_begin(&m, RTM_NEWNSID);
	mnl_nlmsg_put_extra_header(h, NLMSG_ALIGN(sizeof(struct rtgenmsg)));
	assert_int_equal(nsid_parse(h, &r), -EBADMSG);
	mnl_attr_put_u32(h, NETNSA_NSID, 12);
	assert_int_equal(nsid_parse(h, &r), 0);
	assert_int_equal(r.id, 12);
	assert_int_equal(r.current, NSID_NONE);
	h->nlmsg_type = RTM_DELNSID;
	assert_int_equal(nsid_parse(h, &r), 0);
	assert_int_equal(r.id, 12);
	h->nlmsg_type = RTM_NEWLINK;
	assert_int_equal(nsid_parse(h, &r), -EBADMSG);
}

/* --- dumps --- */

static int names_take(const struct nlmsghdr *h, void *ctx)
{
	struct buf *b = ctx;
	struct net_dev d;

	if (!h) {
		buf_reset(b);
		buf_puts(b, ">");
	} else if (!link_parse(h, &d, NULL)) {
		buf_printf(b, " %s", d.name);
	}
	return 0;
}

static int dump(struct netlink *nl, struct buf *b)
{
	struct netlink_req r;

	netlink_req(&r, RTM_GETLINK, sizeof(struct ifinfomsg));
	return netlink_dump(nl, &r, names_take, b);
}

static void test_dump(void **state)
{
	auto_buf struct buf b = {0};

	answer_link(0, 1, "lo");
	answer_link(0, 2, "eth0");
	answer_done(0, 0);
	assert_int_equal(dump(*state, &b), 0);
	assert_string_equal(b.s, "> lo eth0");
}

/* What was torn is read again, and nothing of the first reading is left. */
static void test_dump_torn(void **state)
{
	auto_buf struct buf b = {0};

	answer_link(0, 1, "lo");
	answer_link(NLM_F_DUMP_INTR, 2, "old");
	answer_done(NLM_F_DUMP_INTR, 0);
	answer_link(0, 1, "lo");
	answer_done(NLM_F_DUMP_INTR, 0); /* told only at the end */
	answer_link(0, 1, "lo");
	answer_link(0, 2, "new");
	answer_done(0, 0);
	assert_int_equal(dump(*state, &b), 0);
	assert_string_equal(b.s, "> lo new");
	assert_int_equal(fake.asked, 3);
}

static void test_dump_never_whole(void **state)
{
	auto_buf struct buf b = {0};
	struct err err;
	int ret;

	answer_done(NLM_F_DUMP_INTR, 0);
	fake.repeat = true;
	ret = dump(*state, &b);
	assert_int_equal(ret, -EAGAIN);
	assert_int_equal(fake.asked, NETLINK_TRIES);
	netlink_err(*state, &err, ret, "list");
	assert_string_equal(err.what, "list: it changes faster than it can be read");
}

static void test_dump_overrun(void **state)
{
	auto_buf struct buf b = {0};

	answer_link(0, 1, "old");
	answer_end(answer_begin(NLMSG_OVERRUN, 0));
	answer_link(0, 1, "lo");
	answer_done(0, 0);
	assert_int_equal(dump(*state, &b), 0);
	assert_string_equal(b.s, "> lo");
}

/* Longer than what has come, also as a negative number: there is no such message. */
static void test_dump_length(void **state)
{
	static const uint32_t lengths[] = {0, 15, 64, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		auto_buf struct buf b = {0};

		fake.n = fake.at = 0;
		answer_link(0, 1, "lo");
		((struct nlmsghdr *)fake.data[0])->nlmsg_len = lengths[i];
		((struct nlmsghdr *)fake.data[0])->nlmsg_seq = fake.seq + 1;
		answer_done(0, 0);
		assert_int_equal(dump(*state, &b), 0);
		assert_string_equal(b.s, ">");
	}
}

/* The end of a dump may be an error. */
static void test_dump_error(void **state)
{
	auto_buf struct buf b = {0};

	answer_link(0, 1, "lo");
	answer_done(0, -EPERM);
	assert_int_equal(dump(*state, &b), -EPERM);
}

/* Answers to others, or to what was asked before, are not ours. */
static void test_dump_stray(void **state)
{
	auto_buf struct buf b = {0};

	answer_link(0, 5, "stray");
	((struct nlmsghdr *)fake.data[0])->nlmsg_seq = 4711;
	answer_link(0, 1, "lo");
	answer_done(0, 0);
	assert_int_equal(dump(*state, &b), 0);
	assert_string_equal(b.s, "> lo");
}

static void words_are(struct netlink *nl, const char *said, const char *want)
{
	struct nlmsghdr *h = answer_begin(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof(*e));
	struct netlink_req r;
	struct err err;

	e->error = -EINVAL;
	e->msg.nlmsg_len = NLMSG_HDRLEN;
	mnl_attr_put_strz(h, NLMSGERR_ATTR_MSG, said);
	answer_end(h);
	netlink_req(&r, RTM_NEWLINK, sizeof(struct ifinfomsg));
	assert_int_equal(netlink_talk(nl, &r, NULL, NULL), -EINVAL);
	netlink_err(nl, &err, -EINVAL, "move %s", "lo");
	assert_string_equal(err.what, want);
}

static void test_words(void **state)
{
	words_are(*state, "The interface netns is immutable",
		"move lo: The interface netns is immutable");
	words_are(*state, "no \033[2J\n\xff", "move lo: no ?[2J??");
}

/* --- names and fates --- */

static void test_dev_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "a:b", "a b", "a\tb", "dev%d", "0123456789abcdef"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(dev_name_check(bad[i], NULL), -EINVAL);
	assert_int_equal(dev_name_check("0123456789abcde", NULL), 0);
	assert_int_equal(dev_name_check("...", NULL), 0);
}

static void test_netns_names(void **state)
{
	char name[300];

	assert_int_equal(netns_name_check("", NULL), -EINVAL);
	assert_int_equal(netns_name_check(".", NULL), -EINVAL);
	assert_int_equal(netns_name_check("..", NULL), -EINVAL);
	assert_int_equal(netns_name_check("../x", NULL), -EINVAL);
	assert_int_equal(netns_name_check("a/b", NULL), -EINVAL);
	assert_int_equal(netns_name_check("blue", NULL), 0);
	assert_int_equal(netns_name_check("a b:%", NULL), 0);
	memset(name, 'a', sizeof(name));
	name[256] = '\0';
	assert_int_equal(netns_name_check(name, NULL), -EINVAL);
	name[255] = '\0';
	assert_int_equal(netns_name_check(name, NULL), 0);
}

static void test_fates(void **state)
{
	static const struct {
		const char *kind;
		uint32_t flags;
		enum net_flag immutable;
		enum net_fate elsewhere;
		enum net_flag movable;
	} rows[] = {
		{"", 0, NET_NO, FATE_RETURNS, NET_YES},
		{"", IFF_LOOPBACK, NET_YES, FATE_DESTROYED, NET_NO},
		{"", IFF_LOOPBACK, NET_UNKNOWN, FATE_DESTROYED, NET_NO},
		{"", 0, NET_YES, FATE_RETURNS, NET_NO}, /* wireless: with its phy */
		{"veth", 0, NET_NO, FATE_DESTROYED, NET_YES},
		{"veth", 0, NET_UNKNOWN, FATE_DESTROYED, NET_UNKNOWN},
		{"can", 0, NET_NO, FATE_RETURNS, NET_YES},
		{"dsa", 0, NET_NO, FATE_RETURNS, NET_YES},
		{"ipoib", 0, NET_NO, FATE_RETURNS, NET_YES},
		{"bridge", 0, NET_YES, FATE_DESTROYED, NET_NO},
		{"bridge", 0, NET_UNKNOWN, FATE_DESTROYED, NET_NO},
		/* A newer kernel knows better than our table. */
		{"bridge", 0, NET_NO, FATE_DESTROYED, NET_YES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_dev d = {
			.flags = rows[i].flags, .immutable = (uint8_t)rows[i].immutable};
		const char *why;

		strcpy(d.kind, rows[i].kind);
		assert_int_equal(dev_fate(&d, true), FATE_STAYS);
		assert_int_equal(dev_fate(&d, false), rows[i].elsewhere);
		assert_int_equal(dev_movable(&d, &why), rows[i].movable);
		assert_true(!why == (rows[i].movable == NET_YES));
	}
}

/* What has no link operations and no hardware behind it. */
static void test_fates_software(void **state)
{
	static const struct {
		const char *devtype;
		enum net_flag immutable, maker;
		enum net_fate fate;
		const char *kind;
	} rows[] = {
		{"", NET_NO, NET_UNKNOWN, FATE_RETURNS, "software"},
		{"", NET_YES, NET_UNKNOWN, FATE_DESTROYED, "software"},
		{"l2tpeth", NET_NO, NET_YES, FATE_DESTROYED, "l2tpeth"},
		{"l2tpeth", NET_NO, NET_NO, FATE_RETURNS, "l2tpeth"},
		{"l2tpeth", NET_NO, NET_UNKNOWN, FATE_UNKNOWN, "l2tpeth"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_dev d = {.software = true,
			.immutable = (uint8_t)rows[i].immutable,
			.maker = (uint8_t)rows[i].maker};

		strcpy(d.devtype, rows[i].devtype);
		assert_int_equal(dev_fate(&d, true), FATE_STAYS);
		assert_int_equal(dev_fate(&d, false), rows[i].fate);
		assert_string_equal(dev_kind(&d), rows[i].kind);
		assert_true(strlen(fate_why(&d, false)) > 20);
		assert_null(strstr(fate_why(&d, false), "hardware:"));
	}
}

static void test_altnames(void **state)
{
	struct msg m;
	struct nlmsghdr *h = msg_begin(&m, RTM_NEWLINK);
	struct net_devs devs = {0};
	struct net_dev d[2];
	char long_name[200];

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		struct nlattr *nest;

		h = msg_begin(&m, RTM_NEWLINK);
		put_link(h, 5 + i, i ? "eth1" : "eth0");
		nest = mnl_attr_nest_start(h, 52);
		mnl_attr_put_strz(h, 53, i ? "two" : "one");
		/* Longer than the kernel lets it be: passed over. */
		mnl_attr_put_strz(h, 53, long_name);
		mnl_attr_put_strz(h, 53, i ? "zwei" : "eins");
		mnl_attr_nest_end(h, nest);
		assert_int_equal(link_parse(h, &d[i], &devs.alts), 0);
		assert_int_equal(d[i].nalts, 2);
	}
	devs.rows = d;
	devs.n = 2;
	assert_string_equal(dev_alt(&devs, &d[1], 1), "zwei");
	assert_ptr_equal(devs_by_any(&devs, 0, 2, "eins"), &d[0]);
	assert_ptr_equal(devs_by_any(&devs, 0, 2, "two"), &d[1]);
	assert_ptr_equal(devs_by_any(&devs, 0, 2, "eth1"), &d[1]);
	assert_null(devs_by_any(&devs, 0, 1, "two"));
	assert_null(devs_by_any(&devs, 0, 2, "drei"));
	buf_free(&devs.alts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_link_defaults),
		cmocka_unit_test(test_link_broken),
		cmocka_unit_test(test_link_unended),
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test_setup_teardown(test_dump, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_torn, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_never_whole, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_overrun, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_length, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_error, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_dump_stray, fake_open, fake_close),
		cmocka_unit_test_setup_teardown(test_words, fake_open, fake_close),
		cmocka_unit_test(test_dev_names),
		cmocka_unit_test(test_netns_names),
		cmocka_unit_test(test_fates),
		cmocka_unit_test(test_fates_software),
		cmocka_unit_test(test_altnames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
