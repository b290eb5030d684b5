// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef NSWATCH_STATIC
#include <dlfcn.h>
#include <errno.h>

#include "lib/late.h"

/* dlsym(3) gives a pointer to an object; POSIX lets it be copied to one to a function. */
static bool call_find(void *lib, const struct late_call *c)
{
	*(void **)c->to = dlsym(lib, c->name);
	return *(void **)c->to;
}

int late_load(struct late_library *l, struct err *err)
{
	void *lib = l->loaded ? NULL : dlopen(l->file, RTLD_NOW | RTLD_LOCAL);

	if (l->loaded)
		return 0;
	if (!lib) {
		err_say(err, -ENOPKG, "%s: %s", l->use, dlerror());
		err_hint(err, "install Debian's %s", l->debian);
		return -ENOPKG;
	}
	for (size_t i = 0; i < l->n; i++) {
		if (call_find(lib, &l->calls[i]))
			continue;
		dlclose(lib);
		return err_say(
			err, -ENOPKG, "%s has no %s(): it is too old", l->file, l->calls[i].name);
	}
	l->loaded = true;
	return 0;
}
#endif
