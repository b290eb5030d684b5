// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "source/netdev_table.h"

#define HERE  100
#define BLUE  200
#define GREEN 300
#define MS    1000000ULL

static struct ev_netdev got[16];
static size_t ngot;
static bool on_its_way;

static int take(void *ctx, const void *data, size_t size)
{
	assert_int_equal(size, sizeof(*got));
	assert_true(ngot < 16);
	memcpy(&got[ngot++], data, size);
	return 0;
}

static bool moving(void *ctx, uint64_t dev, uint32_t ifindex)
{
	return on_its_way;
}

static struct link_said said(uint32_t net, uint32_t ifindex, uint64_t dev, const char *name)
{
	struct link_said s = {.net = net, .ifindex = ifindex, .dev = dev, .kind = "veth"};

	strcpy(s.name, name);
	return s;
}

/* A look at one namespace, ms later. */
static void look(struct link_table *t, uint64_t ms, uint32_t net, const struct link_said *s,
	size_t n, bool heard)
{
	links_look(t);
	t->now_ns += ms * MS;
	assert_int_equal(links_seen(t, net, s, n, heard), 0);
	assert_int_equal(links_settle(t), 0);
	assert_true(links_flush(t, take, NULL) >= 0);
}

/* veth0 (number 5) is here, the other two are empty. */
static void begin(struct link_table *t)
{
	struct link_said s = said(HERE, 5, 0xd0, "veth0");

	*t = (struct link_table){.now_ns = 1000 * MS, .looks = true, .moving = moving};
	ngot = 0;
	on_its_way = false;
	look(t, 0, HERE, &s, 1, true);
	assert_int_equal(ngot, 0);
}

static void expect(size_t i, uint16_t kind, uint32_t from, uint32_t to, uint32_t flags)
{
	assert_true(i < ngot);
	assert_int_equal(got[i].hdr.kind, kind);
	assert_int_equal(got[i].from, from);
	assert_int_equal(got[i].to, to);
	assert_int_equal(got[i].hdr.flags, flags | EVF_NO_ACTOR);
}

static void test_told_move(void **state)
{
	struct link_said s = said(HERE, 5, 0, "veth0"), there = said(BLUE, 7, 0, "dev0");
	struct link_table t;

	begin(&t);
	assert_int_equal(links_moved(&t, &s, BLUE, 7, true), 0);
	/* Its new name is not known yet. */
	assert_int_equal(links_flush(&t, take, NULL), 0);
	assert_int_equal(links_new(&t, &there), 0);
	assert_int_equal(links_flush(&t, take, NULL), 1);
	expect(0, EV_NETDEV, HERE, BLUE, 0);
	assert_string_equal(got[0].old_name, "veth0");
	assert_string_equal(got[0].new_name, "dev0");
	assert_int_equal(got[0].new_ifindex, 7);
	links_free(&t);
}

/* 5.10 tells the departure by the name of the arrival. */
static void test_told_move_renamed(void **state)
{
	struct link_said s = said(HERE, 5, 0, "nswt0"), there = said(BLUE, 3, 0, "nswt0");
	struct link_table t;

	begin(&t);
	assert_int_equal(links_moved(&t, &s, BLUE, 3, true), 0);
	assert_int_equal(links_new(&t, &there), 0);
	assert_int_equal(links_flush(&t, take, NULL), 1);
	expect(0, EV_NETDEV, HERE, BLUE, 0);
	assert_string_equal(got[0].old_name, "veth0");
	assert_string_equal(got[0].new_name, "nswt0");
	links_free(&t);
}

/* What a look found before rtnetlink's word of it was read is old. */
static void test_old_look(void **state)
{
	struct link_said s = said(HERE, 5, 0xd0, "veth0"), there = said(BLUE, 5, 0, "veth0");
	struct link_table t;

	begin(&t);
	links_look(&t);
	assert_int_equal(links_moved(&t, &s, BLUE, 5, true), 0);
	assert_int_equal(links_new(&t, &there), 0);
	assert_int_equal(links_seen(&t, HERE, &s, 1, true), 0);
	assert_int_equal(links_settle(&t), 0);
	assert_int_equal(links_flush(&t, take, NULL), 1);
	expect(0, EV_NETDEV, HERE, BLUE, 0);
	links_free(&t);
}

static void test_seen_move(void **state)
{
	struct link_said there = said(GREEN, 2, 0xd0, "lan");
	struct link_table t;

	begin(&t);
	look(&t, 100, HERE, NULL, 0, true);
	look(&t, 10, GREEN, &there, 1, false);
	assert_int_equal(ngot, 1);
	expect(0, EV_NETDEV, HERE, GREEN, EVF_INFERRED);
	assert_string_equal(got[0].new_name, "lan");
	links_free(&t);
}

/* A NEWLINK of what was elsewhere: it came home. */
static void test_origin(void **state)
{
	struct link_said there = said(GREEN, 2, 0xd0, "lan"), s = said(HERE, 5, 0, "veth0");
	struct link_table t;

	begin(&t);
	look(&t, 0, GREEN, &there, 1, false);
	ngot = 0;
	links_look(&t);
	assert_int_equal(links_new(&t, &s), 0);
	assert_int_equal(links_flush(&t, take, NULL), 0);
	s.dev = 0xd0;
	look(&t, 10, HERE, &s, 1, true);
	assert_int_equal(ngot, 1);
	expect(0, EV_NETDEV, GREEN, HERE, EVF_INFERRED);
	links_free(&t);
}

static void test_missing(void **state)
{
	struct link_table t;

	begin(&t);
	on_its_way = true;
	look(&t, 100, HERE, NULL, 0, true);
	look(&t, 1000, BLUE, NULL, 0, true);
	assert_int_equal(ngot, 0);
	on_its_way = false;
	look(&t, 100, BLUE, NULL, 0, true);
	assert_int_equal(ngot, 1);
	expect(0, EV_NETDEV_DEL, HERE, 0, EVF_INFERRED);
	assert_int_equal(got[0].why, EV_WHY_REQUEST);
	links_free(&t);
}

/* The end of a namespace takes its veth, and that one's peer here. */
static void test_netns_exit(void **state)
{
	struct link_said s = said(HERE, 5, 0, "veth0"), peer = said(BLUE, 6, 0xd1, "veth1");
	struct link_table t;

	begin(&t);
	look(&t, 0, BLUE, &peer, 1, false);
	ngot = 0;
	links_look(&t);
	assert_int_equal(links_removed(&t, &s), 0);
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	assert_int_equal(links_settle(&t), 0);
	assert_int_equal(links_flush(&t, take, NULL), 2);
	expect(0, EV_NETDEV_DEL, HERE, 0, EVF_INFERRED);
	expect(1, EV_NETDEV_DEL, BLUE, 0, EVF_INFERRED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(got[i].why, EV_WHY_NETNS_EXIT);
		assert_int_equal(got[i].cause, BLUE);
	}
	links_free(&t);
}

/* Hardware comes home from a namespace that ended. */
static void test_homecoming(void **state)
{
	struct link_said there = said(BLUE, 2, 0xe0, "eth9"), s = said(HERE, 9, 0xe0, "dev9");
	struct link_table t;

	there.kind[0] = s.kind[0] = '\0';
	begin(&t);
	look(&t, 0, BLUE, &there, 1, false);
	ngot = 0;
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	assert_int_equal(links_new(&t, &s), 0);
	assert_int_equal(links_settle(&t), 0);
	look(&t, 10, HERE, &s, 1, true);
	expect(0, EV_NETDEV, BLUE, HERE, EVF_INFERRED);
	assert_int_equal(got[0].why, EV_WHY_NETNS_EXIT);
	assert_int_equal(got[0].cause, BLUE);
	assert_string_equal(got[0].old_name, "eth9");
	assert_string_equal(got[0].new_name, "dev9");
	links_free(&t);
}

/* A macvlan here on a veth of BLUE, and a vlan on that: the end of BLUE takes all. */
static void test_upper(void **state)
{
	struct link_said low = said(BLUE, 6, 0xd1, "low"), mv = said(HERE, 7, 0, "mv"),
			 vl = said(HERE, 8, 0, "vl"), other = said(HERE, 9, 0, "other");
	struct link_table t;

	strcpy(mv.kind, "macvlan");
	strcpy(vl.kind, "vlan");
	strcpy(other.kind, "macvlan");
	mv.on = (struct link_place){BLUE, 6};
	vl.on = (struct link_place){HERE, 7};
	other.on = (struct link_place){GREEN, 6};
	begin(&t);
	look(&t, 0, BLUE, &low, 1, false);
	assert_int_equal(links_new(&t, &mv), 0);
	assert_int_equal(links_new(&t, &vl), 0);
	assert_int_equal(links_new(&t, &other), 0);
	look(&t, 200, GREEN, NULL, 0, false);
	ngot = 0;
	links_look(&t);
	/* What it stands on goes first; at last it says nothing of that any more. */
	mv.on = vl.on = (struct link_place){0};
	assert_int_equal(links_removed(&t, &mv), 0);
	assert_int_equal(links_removed(&t, &vl), 0);
	/* One that has nothing to do with it was removed by somebody. */
	assert_int_equal(links_removed(&t, &other), 0);
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	links_look(&t);
	assert_int_equal(links_settle(&t), 0);
	assert_int_equal(links_flush(&t, take, NULL), 4);
	for (int i = 0; i < 4; i++) {
		bool caused = strcmp(got[i].old_name, "other") != 0;

		assert_int_equal(got[i].hdr.kind, EV_NETDEV_DEL);
		assert_int_equal(got[i].cause, caused ? BLUE : 0);
		assert_int_equal(got[i].why, caused ? EV_WHY_NETNS_EXIT : EV_WHY_REQUEST);
	}
	links_free(&t);
}

/* rtnetlink told the end of a namespace while a look was on that had met it: its devices went once.
 */
static void test_end_during_look(void **state)
{
	struct link_said s = said(BLUE, 4, 0xd2, "veth1"), peer = said(HERE, 5, 0, "veth0");
	struct link_table t;

	begin(&t);
	look(&t, 0, BLUE, &s, 1, false);
	ngot = 0;
	links_look(&t);
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	assert_int_equal(links_removed(&t, &peer), 0);
	assert_int_equal(links_seen(&t, BLUE, &s, 1, false), 0);
	assert_int_equal(links_settle(&t), 0);
	look(&t, 200, GREEN, NULL, 0, false);
	assert_int_equal(ngot, 2);
	assert_int_equal(got[0].hdr.kind, EV_NETDEV_DEL);
	assert_string_equal(got[0].old_name, "veth1");
	assert_int_equal(got[1].hdr.kind, EV_NETDEV_DEL);
	assert_string_equal(got[1].old_name, "veth0");
	assert_int_equal(got[1].cause, BLUE);
	links_free(&t);
}

/* The number of a namespace that has ended is given again: what goes there later has its own cause.
 */
static void test_end_number_again(void **state)
{
	struct link_said s = said(BLUE, 4, 0xd3, "veth1"), peer = said(HERE, 6, 0xd4, "veth2");
	struct link_table t;

	begin(&t);
	look(&t, 0, BLUE, NULL, 0, true);
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	/* Right afterwards there is another one. */
	look(&t, 10, BLUE, &s, 1, true);
	peer.on = (struct link_place){BLUE, 4};
	assert_int_equal(links_new(&t, &peer), 0);
	look(&t, 200, HERE, &peer, 1, true);
	ngot = 0;
	links_look(&t);
	assert_int_equal(links_removed(&t, &peer), 0);
	look(&t, 200, GREEN, NULL, 0, false);
	look(&t, 200, GREEN, NULL, 0, false);
	for (size_t i = 0; i < ngot; i++)
		if (!strcmp(got[i].old_name, "veth2")) {
			assert_int_equal(got[i].why, EV_WHY_REQUEST);
			links_free(&t);
			return;
		}
	fail();
}

/* rtnetlink alone has told of it, and it is between two places: that is told late on a busy
 * machine. */
static void test_move_unmet(void **state)
{
	struct link_said home = said(HERE, 5, 0xd0, "veth0"), s = said(HERE, 8, 0, "veth8");
	struct link_said there = said(BLUE, 8, 0xd8, "veth8");
	struct link_table t;

	begin(&t);
	assert_int_equal(links_new(&t, &s), 0);
	look(&t, 0, HERE, &home, 1, true);
	look(&t, 200, HERE, &home, 1, true);
	look(&t, 200, HERE, &home, 1, true);
	ngot = 0;
	links_look(&t);
	assert_int_equal(links_moved(&t, &s, BLUE, 8, true), 0);
	assert_int_equal(links_seen(&t, BLUE, &there, 1, true), 0);
	look(&t, 200, HERE, &home, 1, true);
	assert_int_equal(ngot, 1);
	expect(0, EV_NETDEV, HERE, BLUE, 0);
	links_free(&t);
}

/* Both ends are here and are removed while another namespace ends whose veth's other end is not
 * told yet. */
static void test_end_of_strangers(void **state)
{
	struct link_said a = said(HERE, 7, 0, "veth2"), b = said(HERE, 8, 0, "veth3");
	struct link_said green = said(GREEN, 6, 0xd1, "eth0");
	struct link_table t;

	begin(&t);
	look(&t, 0, GREEN, &green, 1, false);
	a.on = (struct link_place){HERE, 8};
	b.on = (struct link_place){HERE, 7};
	assert_int_equal(links_new(&t, &a), 0);
	assert_int_equal(links_new(&t, &b), 0);
	look(&t, 200, GREEN, &green, 1, false);
	ngot = 0;
	assert_int_equal(links_net_gone(&t, GREEN), 0);
	a.on = b.on = (struct link_place){0};
	assert_int_equal(links_removed(&t, &a), 0);
	assert_int_equal(links_removed(&t, &b), 0);
	look(&t, 200, BLUE, NULL, 0, false);
	look(&t, 200, BLUE, NULL, 0, false);
	assert_int_equal(ngot, 3);
	for (size_t i = 0; i < ngot; i++)
		assert_int_equal(got[i].why,
			strcmp(got[i].old_name, "eth0") ? EV_WHY_REQUEST : EV_WHY_NETNS_EXIT);
	links_free(&t);
}

/* The peer of a veth is known: the end of another namespace with veths is not its own. */
static void test_other_end(void **state)
{
	struct link_said s = said(HERE, 5, 0, "veth0"), green = said(GREEN, 6, 0xd1, "veth1");
	struct link_table t;

	begin(&t);
	look(&t, 0, GREEN, &green, 1, false);
	s.on = (struct link_place){BLUE, 4};
	links_relate(&t, &s);
	ngot = 0;
	assert_int_equal(links_net_gone(&t, GREEN), 0);
	s.on = (struct link_place){0};
	assert_int_equal(links_removed(&t, &s), 0);
	links_look(&t);
	assert_int_equal(links_settle(&t), 0);
	assert_int_equal(links_flush(&t, take, NULL), 2);
	assert_int_equal(got[0].cause, GREEN);
	assert_string_equal(got[1].old_name, "veth0");
	assert_int_equal(got[1].cause, 0);
	links_free(&t);
}

/* What it depends on moved: it is the end of where that is now. */
static void test_other_end_moved(void **state)
{
	struct link_said s = said(HERE, 5, 0, "veth0"), peer = said(BLUE, 4, 0, "veth1");
	struct link_table t;

	begin(&t);
	look(&t, 0, BLUE, &peer, 1, false);
	s.on = (struct link_place){BLUE, 4};
	links_relate(&t, &s);
	assert_int_equal(links_moved(&t, &peer, GREEN, 9, false), 0);
	peer.net = GREEN;
	peer.ifindex = 9;
	look(&t, 1, GREEN, &peer, 1, false);
	ngot = 0;
	s.on = (struct link_place){0};
	assert_int_equal(links_removed(&t, &s), 0);
	assert_int_equal(links_net_gone(&t, GREEN), 0);
	assert_int_equal(links_flush(&t, take, NULL), 2);
	assert_int_equal(got[0].cause, GREEN);
	assert_int_equal(got[1].cause, GREEN);
	links_free(&t);
}

/* What has no kind and does not come home was destroyed: an l2tp session's device. */
static void test_homeless(void **state)
{
	struct link_said there = said(BLUE, 2, 0xe0, "l2tpeth0");
	struct link_table t;

	there.kind[0] = '\0';
	begin(&t);
	look(&t, 0, BLUE, &there, 1, false);
	ngot = 0;
	assert_int_equal(links_net_gone(&t, BLUE), 0);
	look(&t, 1000, GREEN, NULL, 0, false);
	assert_int_equal(ngot, 0);
	look(&t, 6000, GREEN, NULL, 0, false);
	assert_int_equal(ngot, 1);
	expect(0, EV_NETDEV_DEL, BLUE, 0, EVF_INFERRED);
	assert_int_equal(got[0].cause, BLUE);
	links_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_move),
		cmocka_unit_test(test_told_move_renamed),
		cmocka_unit_test(test_old_look),
		cmocka_unit_test(test_seen_move),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_netns_exit),
		cmocka_unit_test(test_homecoming),
		cmocka_unit_test(test_upper),
		cmocka_unit_test(test_end_during_look),
		cmocka_unit_test(test_move_unmet),
		cmocka_unit_test(test_end_of_strangers),
		cmocka_unit_test(test_end_number_again),
		cmocka_unit_test(test_other_end),
		cmocka_unit_test(test_other_end_moved),
		cmocka_unit_test(test_homeless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
