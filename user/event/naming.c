// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "event/naming.h"
#include "lib/users.h"

void namings_forget(struct namings *n)
{
	inums_free(&n->users);
	whoses_free(&n->whoses);
	nsnames_free(&n->nets);
}

void namings_user(struct namings *n, uint32_t uid, const char *name)
{
	const struct naming is = {NAMING_USER, uid, 0, name, name ? strlen(name) : 0};

	if (!is.len || is.len > USER_NAME_LEN || inums_find(&n->users, 0, uid + 1))
		return;
	/* The reader forgets them now, too. */
	if (n->users.n >= USERS_MAX)
		inums_free(&n->users);
	if (inums_put(&n->users, 0, uid + 1))
		n->tell(n->ctx, &is);
}

void namings_whose(struct namings *n, uint64_t cgroup, const struct whose *whose)
{
	const struct whose *was = whose ? whoses_find(&n->whoses, cgroup) : NULL;
	auto_buf struct buf packed = {0};
	struct naming is = {.of = NAMING_WHOSE, .key = cgroup};

	if (!whose || (was && whose_same(was, whose)) || whoses_put(&n->whoses, cgroup, whose))
		return;
	whose_pack(&packed, whose);
	is.text = packed.s;
	is.len = packed.len;
	n->tell(n->ctx, &is);
}

void namings_owner(struct namings *n, uint32_t inum, uint64_t cgroup)
{
	const struct naming is = {.of = NAMING_OWNER, .key = inum, .value = cgroup, .text = ""};

	if (whoses_owner(&n->whoses, inum) == cgroup)
		return;
	whoses_own(&n->whoses, inum, cgroup);
	n->tell(n->ctx, &is);
}

void namings_net(struct namings *n, uint32_t inum, const char *name)
{
	const char *was = nsnames_find(&n->nets, inum);
	const struct naming is = {NAMING_NET, inum, 0, name ? name : "", name ? strlen(name) : 0};

	if (!inum || is.len > NSNAME_MAX || (!was && !is.len) ||
		(was && name && !strcmp(was, name)) || nsnames_put(&n->nets, inum, name, is.len))
		return;
	n->tell(n->ctx, &is);
}

/* A number that another namespace has now is nobody's again. */
uint64_t namings_event(struct namings *n, const struct event *ev, const char *user)
{
	struct event_ref refs[EVENT_REFS_MAX];
	uint32_t nets[RECORD_NETS_MAX];
	size_t nrefs = event_refs(ev, refs), nnets = record_nets(ev->hdr, ev->size, nets);
	uint64_t id = 0;
	const struct whose *of = event_ns_whose(ev, &id, NULL);

	namings_user(n, ev->hdr->uid, user);
	if (of)
		namings_whose(n, id, of);
	for (size_t i = 0; i < nrefs; i++)
		namings_owner(n, refs[i].inum, event_ns_owner(ev, refs[i].inum));
	namings_whose(n, ev->hdr->cgroup_id, event_whose(ev));
	for (size_t i = 0; i < nnets; i++) {
		uint64_t owner = event_ns_owner(ev, nets[i]);

		if (owner)
			namings_whose(n, owner, ev->who->whose(ev->who, owner));
		namings_owner(n, nets[i], owner);
		namings_net(n, nets[i], event_ns_name(ev, nets[i]));
	}
	return of ? id : 0;
}
