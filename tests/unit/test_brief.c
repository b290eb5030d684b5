// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of the brief iterator to rows; hostile ones; then the real one, where it loads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/buf.h"
#include "snapshot/from_brief.h"
#include "kernel/nstype.h"
#include "bpf/wire/brief.h"
#include "unit/feed.h"
#include "snapshot/brief_iter.h"
#include "snapshot/tasks_iter.h"

static void put_task(struct buf *b, uint32_t pid, const char *cmd, size_t len, uint32_t cut)
{
	struct brief_task r = {
		.pid = pid, .tid = pid, .ppid = 1, .uid = 1000, .start_ns = pid, .cmd_cut = cut};

	r.hdr.kind = BRIEF_TASK;
	r.hdr.size = (uint32_t)(BRIEF_TASK_MIN + len + 3) & ~3U;
	r.cmd_len = (uint32_t)len;
	for (int i = 0; i < NS_TYPES; i++)
		r.inum[i] = 100 + (uint32_t)i;
	memcpy(r.comm, "x", 2);
	if (len)
		memcpy(r.cmd, cmd, len);
	buf_add(b, (const char *)&r, r.hdr.size);
}

static void put_end(struct buf *b, uint32_t record, uint32_t n, uint32_t learned)
{
	struct brief_end r = {.hdr = {BRIEF_END, sizeof(r)}, .learned = learned};

	r.counts[7] = (struct brief_count){record, n};
	buf_add(b, (const char *)&r, sizeof(r));
}

static void put_set(struct buf *b, uint32_t record, uint32_t n)
{
	struct brief_set r = {.hdr = {BRIEF_SET, sizeof(r)}, .count = {record, n}};

	buf_add(b, (const char *)&r, sizeof(r));
}

static void put_socket(struct buf *b, uint32_t pid, uint32_t fd, uint32_t inum)
{
	struct brief_fds r = {.pid = pid, .fds = {{fd, inum, 1}}};

	r.hdr.kind = BRIEF_FDS;
	r.hdr.size = BRIEF_FDS_MIN + sizeof(r.fds[0]);
	buf_add(b, (const char *)&r, r.hdr.size);
}

static const int none[NS_TYPES] = {-1, -1, -1, -1, -1, -1, -1, -1};

/* Gives the bytes in pieces of that size to brief_read. */
static int feed(const struct buf *b, size_t piece, struct ns_tasks *t, struct ns_holds *h)
{
	struct feed f = feed_begin(b->s, b->len, piece);
	int ret = brief_read(f.fd, none,
		&(struct brief_into){.types = NS_TYPES_MASK, .tasks = t, .holds = h}, NULL);

	feed_end(&f);
	return ret;
}

static void test_rows(void **state)
{
	static const size_t pieces[] = {1, 7, 96, 4096, 65536};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		auto_tasks struct ns_tasks t = {0};
		auto_holds struct ns_holds h = {0};
		auto_buf struct buf b = {0};

		put_task(&b, 5, "a\0b c\0", 6, 0);
		put_task(&b, 9, "cut", 3, 1);
		put_set(&b, 1, 3);
		put_socket(&b, 9, 4, 4026532000u);
		put_task(&b, 12, NULL, 0, 0);
		put_end(&b, 0, 41, 1);
		assert_int_equal(feed(&b, pieces[i], &t, &h), 0);
		assert_int_equal(t.n, 3);
		assert_int_equal(t.rows[0].others, 40);
		assert_int_equal(t.rows[1].others, 2);
		assert_int_equal(t.rows[2].others, 0);
		assert_int_not_equal(t.rows[0].cmd, 0);
		assert_string_equal(t.text.s + t.rows[0].cmd - 1, "a b c");
		assert_int_equal(t.rows[1].cmd, 0);
		assert_int_equal(t.rows[2].cmd, 0);
		assert_int_equal(t.rows[0].uid, 1000);
		assert_int_equal(t.rows[0].ns.inum[NS_NET], 100 + NS_NET);
		assert_ptr_equal(tasks_find(&t, 9), &t.rows[1]);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.rows[0].pid, 9);
		assert_int_equal(h.rows[0].fd, 4);
		assert_true(h.rows[0].socket);
	}
}

static void put_facts(struct buf *b, uint32_t owner)
{
	struct brief_facts r = {
		.hdr = {BRIEF_FACTS, sizeof(r)}, .pid_parent = 7, .user_owner = 1000};

	for (int i = 0; i < NS_TYPES; i++) {
		r.owner[i] = owner;
		r.id[i] = 50 + (uint64_t)i;
	}
	buf_add(b, (const char *)&r, sizeof(r));
}

static void test_facts(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	auto_facts struct ns_facts facts = {0};
	auto_buf struct buf b = {0};
	const struct ns_fact *f;
	struct feed in;

	put_task(&b, 5, "a", 2, 0);
	put_facts(&b, 99);
	put_end(&b, 0, 1, 1);
	in = feed_begin(b.s, b.len, 7);
	assert_int_equal(
		brief_read(in.fd, none,
			&(struct brief_into){
				.types = NS_TYPES_MASK, .tasks = &t, .holds = &h, .facts = &facts},
			NULL),
		0);
	feed_end(&in);
	assert_int_equal(facts.n, NS_TYPES);
	f = facts_find(&facts, NS_PID, 100 + NS_PID);
	assert_non_null(f);
	assert_int_equal(f->owner, 99);
	assert_int_equal(f->parent, 7);
	assert_int_equal(f->id, 50 + NS_PID);
	f = facts_find(&facts, NS_USER, 100 + NS_USER);
	assert_non_null(f);
	assert_int_equal(f->parent, 99);
	assert_int_equal(f->owner_uid, 1000);
}

static int read_all(struct buf *b)
{
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	int ret = feed(b, 4096, &t, &h);

	assert_true(!ret || !t.n);
	buf_free(b);
	return ret;
}

static void test_hostile(void **state)
{
	struct brief_hdr odd[] = {{0, 8}, {9, 8}, {BRIEF_TASK, 8}, {BRIEF_TASK, 1 << 20},
		{BRIEF_SET, 12}, {BRIEF_FDS, BRIEF_FDS_MIN + 1}};
	struct buf b = {0};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		buf_add(&b, (const char *)&odd[i], sizeof(odd[i]));
		put_end(&b, 0, 0, 1);
		assert_int_equal(read_all(&b), -EBADMSG);
	}
	/* No end, half a record, a count of no record, a command longer than its record. */
	put_task(&b, 5, "a", 1, 0);
	assert_int_equal(read_all(&b), -EIO);
	put_task(&b, 5, "a", 1, 0);
	put_end(&b, 0, 1, 1);
	b.len -= 4;
	assert_int_equal(read_all(&b), -EIO);
	put_task(&b, 5, "a", 1, 0);
	put_end(&b, 1, 1, 1);
	assert_int_equal(read_all(&b), -EBADMSG);
	put_task(&b, 5, "a", 1, 0);
	((struct brief_task *)b.s)->cmd_len = 100;
	put_end(&b, 0, 1, 1);
	assert_int_equal(read_all(&b), -EBADMSG);
	/* Facts of no task. */
	put_facts(&b, 1);
	put_end(&b, 0, 0, 1);
	assert_int_equal(read_all(&b), -EBADMSG);
	/* Something behind the end; files that were not told apart. */
	put_end(&b, 0, 0, 1);
	put_task(&b, 5, "a", 1, 0);
	assert_int_equal(read_all(&b), -EBADMSG);
	put_end(&b, 0, 0, 0);
	assert_int_equal(read_all(&b), -EPROTO);
}

/* The first process of the set that this one is in has the numbers that /proc says. */
static void own_set_there(const struct ns_tasks *t)
{
	uint32_t own[NS_TYPES] = {0};
	bool there = false;
	char path[64];
	struct stat st;

	for (int i = 0; i < NS_TYPES; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[i].name);
		own[i] = stat(path, &st) ? 0 : (uint32_t)st.st_ino;
	}
	for (size_t i = 0; i < t->n; i++)
		there |= !memcmp(t->rows[i].ns.inum, own, sizeof(own));
	assert_true(there);
}

/* Where the light skeleton of the tasks loads, so does this one, and it tells files apart. */
static void real(enum brief_way way, int refused)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	int fd, ret;

	if (tasks_iter_open_way(TASKS_ITER_LIGHT, false, &fd, NULL))
		skip();
	close(fd);
	ret = brief_iter_open_way(way, &it, NULL);
	if (ret == refused)
		skip();
	assert_int_equal(ret, 0);
	assert_int_equal(
		brief_read(it.fd, it.ns,
			&(struct brief_into){.types = NS_TYPES_MASK, .tasks = &t, .holds = &h},
			NULL),
		0);
	assert_true(t.n > 0);
	for (size_t i = 1; i < t.n; i++)
		assert_true(t.rows[i].pid > t.rows[i - 1].pid);
	for (size_t i = 0; i < h.n; i++)
		assert_true(h.rows[i].pid != (uint32_t)getpid());
	own_set_there(&t);
}

/* Before 6.2 the kernel's BTF names no bpf_rdonly_cast(). */
static void test_real_cast(void **state)
{
	real(BRIEF_CAST, -ENOENT);
}

/* Before 5.18 there is no bpf_copy_from_user_task(). */
static void test_real_plain(void **state)
{
	real(BRIEF_PLAIN, -EINVAL);
}

/* What it says of namespaces is what the iterator of tasks says. */
static void test_real_related(void **state)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	auto_tasks struct ns_tasks t = {0}, all = {0};
	auto_holds struct ns_holds h = {0};
	auto_facts struct ns_facts facts = {0}, other = {0};
	size_t same = 0;
	int fd, ret;

	if (tasks_iter_open_way(TASKS_ITER_LIGHT, false, &fd, NULL))
		skip();
	ret = brief_iter_open_way(BRIEF_RELATED, &it, NULL);
	if (ret) {
		close(fd);
		/* Before 6.2 the kernel's BTF names no bpf_rdonly_cast(). */
		assert_int_equal(ret, -ENOENT);
		skip();
	}
	assert_int_equal(
		brief_read(it.fd, it.ns,
			&(struct brief_into){
				.types = NS_TYPES_MASK, .tasks = &t, .holds = &h, .facts = &facts},
			NULL),
		0);
	assert_int_equal(from_bpf_read(fd, &all, &other, NULL), 0);
	close(fd);
	for (size_t i = 0; i < facts.n; i++) {
		const struct ns_fact *a = &facts.rows[i], *b = facts_find(&other, a->type, a->inum);

		/* It may have ended meanwhile. */
		if (!b || a->id != b->id)
			continue;
		assert_int_equal(a->owner, b->owner);
		assert_int_equal(a->parent, b->parent);
		assert_int_equal(a->level, b->level);
		assert_int_equal(a->owner_uid, b->owner_uid);
		same++;
	}
	assert_true(same >= NS_TYPES - 1);
}

/* A thread in namespaces of its own, and with children to come in others. */
struct aside {
	int there[2], end[2], ret;
	uint32_t tid, uts, child;
};

static void *aside_main(void *ctx)
{
	struct aside *a = ctx;
	struct stat st;
	char c = 0;

	a->tid = (uint32_t)gettid();
	a->ret = unshare(CLONE_NEWUTS | CLONE_NEWPID) ? -errno : 0;
	if (!a->ret)
		a->ret = stat("/proc/thread-self/ns/uts", &st) ? -errno : 0;
	a->uts = (uint32_t)st.st_ino;
	/* A pid namespace without a process yet has no link; its first child makes it one. */
	if (!a->ret && !(a->child = (uint32_t)fork()))
		_exit(0);
	if (!a->ret && waitpid((int)a->child, NULL, 0) < 0)
		a->ret = -errno;
	a->child = stat("/proc/thread-self/ns/pid_for_children", &st) ? 0 : (uint32_t)st.st_ino;
	if (write(a->there[1], &c, 1) != 1 || read(a->end[0], &c, 1) < 0)
		a->ret = -EIO;
	return NULL;
}

static void aside_seen(const struct aside *a, const struct ns_tasks *t, const struct ns_facts *f)
{
	const struct ns_task *row = tasks_find(t, a->tid);
	struct stat st;

	assert_non_null(row);
	assert_int_equal(row->pid, getpid());
	for (int slot = 0; slot < NS_SLOTS; slot++)
		assert_int_equal(row->ns.inum[slot], slot == NS_UTS         ? a->uts
						     : slot == NS_PID_CHILD ? a->child
									    : 0);
	assert_non_null(facts_find(f, NS_UTS, a->uts));
	assert_non_null(facts_find(f, NS_PID, a->child));
	assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
	assert_int_equal(facts_find(f, NS_PID, a->child)->parent, st.st_ino);
	assert_int_equal(facts_find(f, NS_PID, a->child)->level,
		facts_find(f, NS_PID, (uint32_t)st.st_ino)->level + 1);
}

static void test_real_hidden(void **state)
{
	struct aside a = {0};
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	auto_facts struct ns_facts facts = {0};
	auto_inums struct inums mnts = {0};
	bool whole = false;
	struct brief_into into = {NS_TYPES_MASK, &t, &h, &facts, &mnts, &whole};
	pthread_t thread;
	int own[NS_TYPES + 1], fd, ret;
	char c = 0;

	ret = brief_iter_open_way(BRIEF_HIDDEN, &it, NULL);
	if (ret == -ENOENT || ret == -EPERM || ret == -ENOTSUP)
		skip();
	assert_int_equal(ret, 0);
	assert_int_equal(pipe(a.there) | pipe(a.end), 0);
	assert_int_equal(pthread_create(&thread, NULL, aside_main, &a), 0);
	assert_int_equal(read(a.there[0], &c, 1), 1);
	assert_int_equal(a.ret, 0);
	/* The reader itself is passed over, so another process reads. */
	memcpy(own, it.ns, sizeof(it.ns));
	own[NS_TYPES] = it.sock;
	fd = ask_stream(it.fd, own, NS_TYPES + 1);
	ret = fd < 0 ? fd : brief_read(fd, it.ns, &into, NULL);
	close(fd);
	ask_stream_end();
	assert_int_equal(write(a.end[1], &c, 1), 1);
	pthread_join(thread, NULL);
	assert_int_equal(ret, 0);
	aside_seen(&a, &t, &facts);
	assert_true(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_real_cast),
		cmocka_unit_test(test_real_plain),
		cmocka_unit_test(test_real_related),
		cmocka_unit_test(test_real_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
