// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "bpf/wire/config.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/inums.h"
#include "source/netdev_table.h"
#include "source/netdev_watch.h"
#include "kernel/link.h"
#include "kernel/netlink.h"
#include "kernel/nsid.h"
#include "lib/array.h"
#include "lib/util.h"

#define ROOM_DEFAULT (4u << 20)
#define MESSAGE_MAX  (64u << 10)
#define OURS         (-1)
#define NOBODYS      (-2)
#define SLACK_MAX_NS 1000000000ULL /* events wait at most so much longer for late looks */

/* An id here and whose it is: asked when it was given, since at its end nobody knows. */
struct id_row {
	int32_t id;
	uint32_t net;
};

struct linkwatch {
	struct linkwatch_opts opts;
	struct link_table table;
	int fd;
	uint32_t own;
	struct id_row *ids;
	size_t nids, ids_cap;
	struct link_said *said; /* of the look that is on, in the order of namespaces */
	size_t nsaid, said_cap;
	struct link_said *related; /* what depends on what, for rows that the next look makes */
	size_t nrelated, related_cap;
	struct nsw_net *nets;
	size_t nnets, nets_cap;
	struct inums
		ids_of; /* of each number the id of who has it, 0: nobody, and of who had it last */
	bool resync, hears_all;
	bool looking;      /* a look began that is not judged yet */
	bool late;         /* and it began later than it should */
	uint64_t left_out; /* looks that were late or cut, not yet told */
	uint32_t drops;    /* the kernel's count for the socket, told until now */
	char *buf;         /* MESSAGE_MAX */
};

/* --- ends ------------------------------------------------------------------------------------ */

/* Its number may be another one's by now, whose id is not this one (0: rtnetlink says it, at once).
 */
static int net_gone(struct linkwatch *w, uint32_t net, uint64_t id)
{
	struct inum_entry *e = inums_find(&w->ids_of, NS_NET, net);

	if (e && id && e->a != id)
		return 0;
	if (e && e->a) {
		e->b = e->a;
		e->a = 0;
	}
	return links_net_gone(&w->table, net);
}

/* A look met it: 1, 0 where it has ended meanwhile, or -ENOMEM. */
static int net_met(struct linkwatch *w, const struct nsw_net *n)
{
	struct inum_entry *e = n->id ? inums_put(&w->ids_of, NS_NET, n->net) : NULL;
	int r = 0;

	if (!n->id)
		return 1;
	if (!e)
		return -ENOMEM;
	if (e->b == n->id)
		return 0;
	if (e->a && e->a != n->id)
		r = net_gone(w, n->net, e->a);
	e->a = n->id;
	return r ? r : 1;
}

/* --- ids ------------------------------------------------------------------------------------- */

static int id_add(struct linkwatch *w, int32_t id)
{
	int r = ARRAY_ROOM(w->ids, w->ids_cap, w->nids);

	if (r)
		return r;
	w->ids[w->nids++] = (struct id_row){id, w->opts.inum_of(w->opts.ctx, OURS, id)};
	return 0;
}

static struct id_row *id_find(struct linkwatch *w, int32_t id)
{
	for (size_t i = 0; i < w->nids; i++)
		if (w->ids[i].id == id)
			return &w->ids[i];
	return NULL;
}

static uint32_t id_net(struct linkwatch *w, int32_t id)
{
	struct id_row *row = id == OURS ? NULL : id_find(w, id);

	if (id == OURS)
		return w->own;
	if (!row && !id_add(w, id))
		row = &w->ids[w->nids - 1];
	if (row && !row->net)
		row->net = w->opts.inum_of(w->opts.ctx, OURS, id);
	return row ? row->net : 0;
}

static bool net_heard(const struct linkwatch *w, uint32_t net)
{
	for (size_t i = 0; i < w->nids; i++)
		if (w->ids[i].net == net)
			return true;
	return net == w->own;
}

static int id_message(struct linkwatch *w, const struct nlmsghdr *h)
{
	struct id_row *row;
	struct nsid id;
	uint32_t net;

	if (nsid_parse(h, &id) || id.id < 0)
		return 0;
	row = id_find(w, id.id);
	if (h->nlmsg_type == RTM_NEWNSID)
		return row ? 0 : id_add(w, id.id);
	if (!row)
		return 0;
	/* Ids go when their namespace does: net/core/net_namespace.c unhash_nsid(). */
	net = row->net;
	*row = w->ids[--w->nids];
	return net ? net_gone(w, net, 0) : 0;
}

/* --- messages -------------------------------------------------------------------------------- */

struct link_message {
	struct link_said said;
	uint32_t link; /* IFLA_LINK, and where that is by an id of the sender's; OURS: there */
	int32_t link_id;
	bool loopback, moves;
	int32_t to_id;
	uint32_t to_ifindex;
};

static void kind_parse(const struct nlattr *info, char *ret)
{
	netlink_for_each_in(a, info) if (netlink_type(a) == IFLA_INFO_KIND)
		netlink_text(a, ret, EV_DEV_LEN);
}

static int message_parse(const struct nlmsghdr *h, struct link_message *ret)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);

	*ret = (struct link_message){.link_id = OURS};
	if (h->nlmsg_len < NLMSG_SPACE(sizeof(*i)))
		return -EBADMSG;
	ret->said.ifindex = (uint32_t)i->ifi_index;
	ret->loopback = i->ifi_flags & IFF_LOOPBACK;
	netlink_for_each(a, h, sizeof(*i))
	{
		switch (netlink_type(a)) {
		case IFLA_IFNAME:
			netlink_text(a, ret->said.name, sizeof(ret->said.name));
			break;
		case IFLA_LINKINFO:
			kind_parse(a, ret->said.kind);
			break;
		case IFLA_LINK:
			netlink_u32(a, &ret->link);
			break;
		case IFLA_LINK_NETNSID:
			if (netlink_s32(a, &ret->link_id) && ret->link_id < 0)
				ret->link_id = NOBODYS;
			break;
		case IFLA_NEW_NETNSID:
			ret->moves = netlink_s32(a, &ret->to_id);
			break;
		case IFLA_NEW_IFINDEX:
			netlink_u32(a, &ret->to_ifindex);
			break;
		}
	}
	return 0;
}

/* What the device depends on; a tunnel from elsewhere only on a namespace (see netkind.h). */
static void on_find(struct linkwatch *w, struct link_message *m, int32_t from)
{
	const struct net_kind *k = netkind_find(m->said.kind);
	bool is_dev = m->link && (m->link != m->said.ifindex || (k && !k->own_number));

	if (m->link_id == OURS && is_dev && m->link != m->said.ifindex)
		m->said.on = (struct link_place){m->said.net, m->link};
	else if (m->link_id != OURS)
		m->said.on = (struct link_place){
			w->opts.inum_of(w->opts.ctx, from, m->link_id), is_dev ? m->link : 0};
}

static int link_message(struct linkwatch *w, const struct nlmsghdr *h, int32_t from)
{
	struct link_message m;
	uint32_t to;

	if (message_parse(h, &m) || m.loopback)
		return 0;
	/* Of bridge ports there are messages of the bridge's family, too. */
	if (((const struct ifinfomsg *)mnl_nlmsg_get_payload(h))->ifi_family != AF_UNSPEC)
		return 0;
	m.said.net = id_net(w, from);
	if (!m.said.net)
		return 0;
	if (h->nlmsg_type == RTM_NEWLINK) {
		on_find(w, &m, from);
		return links_new(&w->table, &m.said);
	}
	if (!m.moves)
		return links_removed(&w->table, &m.said);
	/* Ours were asked for when they were given: since then it may have ended. */
	to = m.to_id < 0    ? 0
	     : from == OURS ? id_net(w, m.to_id)
			    : w->opts.inum_of(w->opts.ctx, from, m.to_id);
	w->left_out += m.to_id >= 0 && !to;
	return links_moved(&w->table, &m.said, to, m.to_ifindex, net_heard(w, to));
}

static int message_take(struct linkwatch *w, const struct nlmsghdr *h, int32_t from)
{
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_message(w, h, from);
	case RTM_NEWNSID:
	case RTM_DELNSID:
		return from == OURS ? id_message(w, h) : 0;
	}
	return 0;
}

/* The id of the namespace that a datagram is of. */
static int32_t datagram_from(struct msghdr *m)
{
	int32_t id = OURS;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID &&
			c->cmsg_len >= CMSG_LEN(sizeof(id)))
			memcpy(&id, CMSG_DATA(c), sizeof(id));
	return id;
}

/* One datagram: 1; 0 when there is none; -ENOBUFS; -errno. */
static int datagram_take(struct linkwatch *w)
{
	char control[64] __attribute__((aligned(8)));
	struct sockaddr_nl from = {0};
	struct iovec iov = {w->buf, MESSAGE_MAX};
	struct msghdr m = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(w->fd, &m, MSG_DONTWAIT);
	const struct nlmsghdr *h = (const void *)w->buf;
	int left = (int)n, r = 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* Only the kernel's own; anybody may send. */
	if (from.nl_pid)
		return 1;
	for (; !r && netlink_whole(h, left); h = mnl_nlmsg_next(h, &left))
		r = message_take(w, h, datagram_from(&m));
	return r ? r : 1;
}

/* How many notifications found no room until now. */
static uint32_t drops_read(const struct linkwatch *w)
{
	uint32_t mem[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(mem);

	if (getsockopt(w->fd, SOL_SOCKET, SO_MEMINFO, mem, &len) ||
		len < (SK_MEMINFO_DROPS + 1) * sizeof(*mem))
		return w->drops + 1;
	return mem[SK_MEMINFO_DROPS];
}

static int loss_tell(
	const struct linkwatch *w, uint32_t why, uint64_t count, source_sink sink, void *ctx)
{
	struct ev_lost e = {.hdr = {.kind = EV_LOST, .size = sizeof(e), .flags = EVF_NO_ACTOR},
		.why = why,
		.count = count};

	if (!count)
		return 0;
	e.hdr.ts_ns = w->table.now_ns;
	return sink(ctx, &e, sizeof(e));
}

static int drops_tell(struct linkwatch *w, source_sink sink, void *ctx)
{
	uint32_t now = drops_read(w), more = now - w->drops;

	w->drops = now;
	return loss_tell(w, EV_LOST_RECORD, more, sink, ctx);
}

/* All that waits; what was lost among it is told, and makes a look at everything due. */
static int datagrams_take(struct linkwatch *w, source_sink sink, void *ctx)
{
	int r;

	do {
		w->table.now_ns = clock_ns(CLOCK_BOOTTIME);
		r = datagram_take(w);
		if (r == -ENOBUFS) {
			w->resync = true;
			r = drops_tell(w, sink, ctx);
			if (!r)
				r = 1;
		}
	} while (r > 0);
	return r;
}

/* --- looks ----------------------------------------------------------------------------------- */

static int said_add(struct linkwatch *w, const struct link_said *s)
{
	int r = ARRAY_ROOM(w->said, w->said_cap, w->nsaid);

	if (!r)
		w->said[w->nsaid++] = *s;
	return r;
}

static int net_add(struct linkwatch *w, const struct nsw_net *n)
{
	int r = ARRAY_ROOM(w->nets, w->nets_cap, w->nnets);

	if (!r)
		w->nets[w->nnets++] = *n;
	return r;
}

int linkwatch_note(struct linkwatch *w, const void *rec, size_t size)
{
	const struct nsw_dev *d = rec;
	const struct ev_hdr *hdr = rec;
	const struct net_kind *k;
	struct link_said s;

	if (size >= sizeof(*d) && hdr->kind == NSW_DEV) {
		s = (struct link_said){.net = d->net, .ifindex = d->ifindex, .dev = d->dev};
		memcpy(s.name, d->name, sizeof(s.name));
		memcpy(s.kind, d->dev_kind, sizeof(s.kind));
		/* A bridge does not depend on its ports, which are its lower devices, too. */
		k = netkind_find(s.kind);
		if (k && k->link == LINK_LOWER) {
			s.on = (struct link_place){d->lower_net, d->lower_ifindex};
			s.on_dev = d->lower;
		}
		return said_add(w, &s);
	}
	if (size >= sizeof(struct nsw_net) && (hdr->kind == NSW_NET || hdr->kind == NSW_NET_GONE))
		return net_add(w, rec);
	return 0;
}

/* The devices of a namespace: all of them, or what a look that was cut short went through. */
static int net_seen(
	struct linkwatch *w, const struct nsw_net *n, const struct link_said *s, size_t count)
{
	bool heard = net_heard(w, n->net);
	int r = net_met(w, n);

	if (r <= 0)
		return r;
	w->left_out += n->cut || (w->late && !heard);
	return (n->cut ? links_seen_some : links_seen)(&w->table, n->net, s, count, heard);
}

/* One namespace's devices are those of its number right before the end; rows of a look that
 * could not be finished are of no use. */
static int looked_take(struct linkwatch *w)
{
	int r = 0;

	for (size_t i = 0; i < w->nnets && !r; i++) {
		const struct nsw_net *n = &w->nets[i];
		struct link_said *first = NULL;
		size_t have = 0;

		if (n->hdr.kind == NSW_NET_GONE)
			continue;
		for (size_t k = w->nsaid; k-- > 0 && have < n->devs;)
			if (w->said[k].net == n->net) {
				first = &w->said[k];
				have++;
			} else if (have) {
				break;
			}
		if (have == n->devs)
			r = net_seen(w, n, first, have);
	}
	for (size_t i = 0; i < w->nnets && !r; i++)
		if (w->nets[i].hdr.kind == NSW_NET_GONE)
			r = net_gone(w, w->nets[i].net, w->nets[i].id);
	w->nnets = w->nsaid = 0;
	for (size_t i = 0; i < w->nrelated; i++)
		links_relate(&w->table, &w->related[i]);
	w->nrelated = 0;
	return r;
}

struct dump {
	struct linkwatch *w;
	uint32_t net;
	int32_t id;
	size_t from; /* where its rows begin */
};

static int dump_row(const struct nlmsghdr *h, void *ctx)
{
	struct dump *d = ctx;
	struct link_message m;

	if (!h) {
		d->w->nsaid = d->from;
		return 0;
	}
	if (message_parse(h, &m) || m.loopback)
		return 0;
	m.said.net = d->net;
	on_find(d->w, &m, d->id);
	return said_add(d->w, &m.said);
}

/* Asks rtnetlink for the devices of a namespace that has an id here; a failure tells nothing. */
static int net_dump(struct linkwatch *w, struct netlink *nl, int32_t id)
{
	struct dump d = {.w = w, .net = id_net(w, id), .id = id, .from = w->nsaid};
	struct nsw_net n = {.hdr.kind = NSW_NET, .net = d.net};
	struct netlink_req req;
	struct ifinfomsg *i = netlink_req(&req, RTM_GETLINK, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	if (id != OURS)
		mnl_attr_put_u32(&req.hdr, IFLA_TARGET_NETNSID, (uint32_t)id);
	if (!d.net || netlink_dump(nl, &req, dump_row, &d)) {
		w->nsaid = d.from;
		return 0;
	}
	n.devs = (uint32_t)(w->nsaid - d.from);
	return net_add(w, &n);
}

/* Puts what was dumped aside, until the look has made the rows that it is of. */
static int related_keep(struct linkwatch *w)
{
	int r = 0;

	w->nrelated = 0;
	for (size_t i = 0; i < w->nsaid && !r; i++) {
		r = ARRAY_ROOM(w->related, w->related_cap, w->nrelated);
		if (!r && w->said[i].on.net)
			w->related[w->nrelated++] = w->said[i];
	}
	w->nsaid = w->nnets = 0;
	return r;
}

/*
 * The ids there are and the devices behind them: where nobody looks for us they are what is
 * there, else only what they depend on is taken.
 */
static int ids_read(struct linkwatch *w, bool devices, struct err *err)
{
	auto_netlink struct netlink nl = NETLINK_NONE;
	auto_nsids struct nsids ids = {0};
	int r = netlink_open(&nl, err);

	if (r)
		return r;
	r = nsids_read(&nl, NSID_NONE, &ids);
	if (r)
		return netlink_err(&nl, err, r, "list the ids of net namespaces");
	w->nids = 0;
	for (size_t i = 0; i < ids.n && !r; i++)
		r = id_add(w, ids.rows[i].id);
	if (!r)
		r = net_dump(w, &nl, OURS);
	for (size_t i = 0; i < w->nids && !r; i++)
		r = net_dump(w, &nl, w->ids[i].id);
	/* Looks see what there is; only rtnetlink says what depends on what. */
	if (!r && !devices)
		r = related_keep(w);
	return r ? err_set(err, r, "read the network devices") : 0;
}

void linkwatch_late(struct linkwatch *w, uint64_t ns)
{
	w->late = ns;
	w->table.slack_ns = ns < SLACK_MAX_NS ? ns : SLACK_MAX_NS;
}

bool linkwatch_begin(struct linkwatch *w)
{
	bool all = w->resync;

	w->looking = true;
	w->resync = false;
	w->nnets = w->nsaid = 0;
	links_look(&w->table);
	if (all)
		ids_read(w, !w->opts.looks, NULL);
	return all;
}

/* --- events ---------------------------------------------------------------------------------- */

struct filtered {
	const struct linkwatch_opts *opts;
	source_sink sink;
	void *ctx;
};

static int event_filter(void *ctx, const void *data, size_t size)
{
	const struct filtered *f = ctx;
	const struct ev_netdev *e = data;

	if (!(f->opts->kinds & (1ULL << e->hdr.kind)))
		return 0;
	if (f->opts->wanted &&
		!(f->opts->wanted(f->opts->ctx, e->from) || f->opts->wanted(f->opts->ctx, e->to) ||
			f->opts->wanted(f->opts->ctx, e->cause)))
		return 0;
	return f->sink(f->ctx, data, size);
}

int linkwatch_end(struct linkwatch *w, source_sink sink, void *ctx)
{
	struct filtered f = {&w->opts, sink, ctx};
	int r = datagrams_take(w, sink, ctx);

	if (!r && w->looking)
		r = looked_take(w);
	if (!r && w->looking)
		r = links_settle(&w->table);
	w->looking = false;
	if (!r) {
		r = loss_tell(w, EV_LOST_DEVICE, w->left_out, sink, ctx);
		w->left_out = 0;
	}
	return r ? r : links_flush(&w->table, event_filter, &f);
}

bool linkwatch_settled(const struct linkwatch *w)
{
	if (links_waiting(&w->table))
		return false;
	for (size_t i = 0; i < w->table.n && w->opts.wanted; i++)
		if (!w->table.rows[i].gone && w->opts.wanted(w->opts.ctx, w->table.rows[i].net))
			return false;
	return true;
}

int linkwatch_finish(struct linkwatch *w, source_sink sink, void *ctx)
{
	struct filtered f = {&w->opts, sink, ctx};

	w->table.now_ns = UINT64_MAX;
	return links_flush(&w->table, event_filter, &f);
}

/* --- opening --------------------------------------------------------------------------------- */

static int socket_open(struct linkwatch *w, struct err *err)
{
	const int groups[] = {RTNLGRP_LINK, RTNLGRP_NSID};
	struct sockaddr_nl me = {.nl_family = AF_NETLINK};
	int on = 1, room = (int)(w->opts.room ? w->opts.room : ROOM_DEFAULT);

	w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (w->fd < 0)
		return err_set(err, -errno, "open a socket of rtnetlink");
	/* More than the limit of the system where we may. */
	if (setsockopt(w->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	/* CAP_NET_BROADCAST: netlink_setsockopt() in net/netlink/af_netlink.c. */
	w->hears_all = !setsockopt(w->fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on));
	if (!w->hears_all && errno != EPERM)
		return err_set(err, -errno, "hear other net namespaces by rtnetlink");
	if (bind(w->fd, (void *)&me, sizeof(me)))
		return err_set(err, -errno, "listen to rtnetlink");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (setsockopt(w->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			    sizeof(groups[i])))
			return err_set(err, -errno, "listen to rtnetlink");
	return 0;
}

int linkwatch_open(const struct linkwatch_opts *opts, struct linkwatch **ret, struct err *err)
{
	struct linkwatch *w = calloc(1, sizeof(*w));
	struct stat st;
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "watch network devices");
	*w = (struct linkwatch){.opts = *opts, .fd = -1, .resync = true};
	w->table.looks = opts->looks;
	w->table.moving = opts->moving;
	w->table.ctx = opts->ctx;
	w->table.now_ns = clock_ns(CLOCK_BOOTTIME);
	w->buf = malloc(MESSAGE_MAX);
	r = w->buf ? 0 : err_set(err, -ENOMEM, "watch network devices");
	if (!r && stat("/proc/self/ns/net", &st))
		r = err_set(err, -errno, "/proc/self/ns/net");
	if (!r) {
		w->own = (uint32_t)st.st_ino;
		r = socket_open(w, err);
	}
	if (!r)
		r = ids_read(w, false, err);
	if (r) {
		linkwatch_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

void linkwatch_close(struct linkwatch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	links_free(&w->table);
	free(w->ids);
	free(w->said);
	free(w->related);
	free(w->nets);
	inums_free(&w->ids_of);
	free(w->buf);
	free(w);
}

int linkwatch_fd(const struct linkwatch *w)
{
	return w->fd;
}

bool linkwatch_hears_all(const struct linkwatch *w)
{
	return w->hears_all;
}
