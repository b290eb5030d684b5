// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "history/sqlite.h"

#define LIBRARY "libsqlite3.so.0"

#ifdef NSWATCH_STATIC
#define SQLITE_LINKED(name) .name = sqlite3_##name,
struct sqlite sq = {SQLITE_CALLS(SQLITE_LINKED)};

int sqlite_load(struct err *err)
{
	(void)err;
	return 0;
}
#else
struct sqlite sq;

/* dlsym(3) gives a pointer to an object; POSIX lets it be copied to one to a function. */
static bool call_find(void *lib, const char *name, void *ret)
{
	*(void **)ret = dlsym(lib, name);
	return *(void **)ret;
}

int sqlite_load(struct err *err)
{
	static void *lib;
	const char *missing = NULL;

	if (lib)
		return 0;
	lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!lib) {
		err_say(err, -ENOPKG, "the history is a database of SQLite: %s", dlerror());
		err_hint(err, "install Debian's libsqlite3-0");
		return -ENOPKG;
	}
#define SQLITE_FIND(name)                                                                          \
	if (!call_find(lib, "sqlite3_" #name, &sq.name))                                           \
		missing = "sqlite3_" #name;
	SQLITE_CALLS(SQLITE_FIND)
#undef SQLITE_FIND
	if (!missing)
		return 0;
	dlclose(lib);
	lib = NULL;
	return err_say(err, -ENOPKG, LIBRARY " has no %s(): it is too old", missing);
}
#endif
