// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/filecaps.h"

static bool given;

/* Of a set-user-ID and set-group-ID file; capabilities go with the user id 0. */
static int ids_give_up(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (gid != getegid() && setresgid(gid, gid, gid))
		return -errno;
	if (uid != geteuid() && setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int filecaps_begin(struct err *err)
{
	struct caps c;
	int r;

	if (!getauxval(AT_SECURE))
		return 0;
	r = ids_give_up();
	/* Root's rights are its own: the file gave an id at most. */
	if (!r && !getuid())
		return 0;
	if (!r)
		r = caps_get(&c);
	c.effective = 0;
	if (!r)
		r = caps_set(&c);
	given = !r;
	return r ? err_set(err, r, "take the rights of the program's file out of effect") : 0;
}

int filecaps_limit(uint64_t keep, struct err *err)
{
	struct caps c;
	int r;

	if (!given)
		return 0;
	r = caps_get(&c);
	c.permitted &= keep;
	c.effective = 0;
	c.inheritable &= keep;
	if (!r)
		r = caps_set(&c);
	if (r)
		return err_set(err, r, "give up rights of the program's file");
	if (c.permitted)
		return 0;
	given = false;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
		       ? err_set(err, -errno, "own the files of /proc/self again")
		       : 0;
}

bool filecaps_given(void)
{
	return given;
}

filecaps_was filecaps_use(void)
{
	struct caps c;
	uint64_t was;

	if (!given || caps_get(&c) || c.effective == c.permitted)
		return 0;
	was = c.effective;
	c.effective = c.permitted;
	return caps_set(&c) ? 0 : was + 1;
}

void filecaps_back(filecaps_was *was)
{
	struct caps c;

	if (!*was || caps_get(&c))
		return;
	/* What was given up for good meanwhile is not there to be put back. */
	c.effective = (*was - 1) & c.permitted;
	caps_set(&c);
	*was = 0;
}
