// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bpf/wire/event.h"
#include "event/jsonevent.h"
#include "event/nsname.h"
#include "event/naming.h"
#include "event/recfile.h"
#include "kernel/nsfd.h"
#include "lib/fd.h"
#include "lib/outlet.h"
#include "lib/users.h"
#include "lib/util.h"

#define WRITE_SIZE (1U << 20)
#define READ_SIZE  (128U << 10) /* a record has at most 64 KiB */

/* Records that were shorter in recordings of before: what is new in them is 0, "not known". */
static const struct {
	uint16_t kind, size;
	size_t grown;
} grown_records[] = {
	{EV_PIDNS_DEATH, offsetof(struct ev_pidns_death, killer), sizeof(struct ev_pidns_death)},
	{EV_SETNS, offsetof(struct ev_setns, target_type), sizeof(struct ev_setns)},
	{EV_UNSHARE, offsetof(struct ev_unshare, threads), sizeof(struct ev_unshare)},
	{EV_CLONE, offsetof(struct ev_clone, threads), sizeof(struct ev_clone)},
	{EV_NS_CREATE, offsetof(struct ev_ns, made_by), sizeof(struct ev_ns)},
	{EV_NS_FREE, offsetof(struct ev_ns, made_by), sizeof(struct ev_ns)},
	{EV_LOST, offsetof(struct ev_lost, why), sizeof(struct ev_lost)},
};

_Static_assert(sizeof(struct recfile_head) == 32, "head of recordings");
_Static_assert(sizeof(RECFILE_MAGIC) == 8, "magic of recordings");

/* --- writing --------------------------------------------------------------------------------- */

struct recfile_writer {
	struct outlet out;
	uint64_t records;
	struct namings namings; /* what is written of users, cgroups and net namespaces */
};

void recfile_meta_add(struct buf *meta, const char *key, const char *value)
{
	buf_puts(meta, key);
	buf_putc(meta, '=');
	for (; *value; value++)
		buf_putc(meta, *value == '\n' ? ' ' : *value);
	buf_putc(meta, '\n');
}

/* "initial=mnt:[4026531841] net:[4026531840]": the others have the same number everywhere. */
static void meta_initials(struct buf *meta)
{
	uint32_t initial[NS_TYPES] = {0};
	auto_buf struct buf b = {0};

	nsfd_initials(initial);
	for (unsigned int type = 0; type < NS_TYPES; type++)
		if (initial[type] && (type == NS_MNT || type == NS_NET))
			buf_printf(&b, "%s%s:[%u]", b.len ? " " : "", ns_types[type].name,
				initial[type]);
	if (b.len)
		recfile_meta_add(meta, "initial", b.s);
}

void recfile_meta_system(struct buf *meta)
{
	struct utsname u;
	char boot[64];

	recfile_meta_add(meta, "nswatch", NSWATCH_VERSION);
	if (!uname(&u)) {
		recfile_meta_add(meta, "hostname", u.nodename);
		recfile_meta_add(meta, "kernel", u.release);
		recfile_meta_add(meta, "machine", u.machine);
	}
	if (fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) > 0) {
		boot[strcspn(boot, "\n")] = '\0';
		recfile_meta_add(meta, "boot_id", boot);
	}
	meta_initials(meta);
}

static int writer_open(struct outlet *out, const char *path, struct err *err)
{
	int r = outlet_open(out, path, err);

	if (r || !outlet_is_terminal(out))
		return r;
	outlet_close(out, NULL);
	err_say(err, -EINVAL, "a recording is binary and not for a terminal");
	err_hint(err, "name a file, or a pipe behind `-`");
	return -EINVAL;
}

/* The dictionary record of a name. */
static void name_write(void *ctx, const struct naming *n)
{
	static const uint16_t kinds[] = {
		[NAMING_USER] = RECFILE_USER,
		[NAMING_WHOSE] = RECFILE_WHOSE,
		[NAMING_OWNER] = RECFILE_OWNER,
		[NAMING_NET] = RECFILE_NSNAME,
	};
	struct recfile_writer *w = ctx;
	struct ev_hdr hdr = {.kind = kinds[n->of], .size = (uint16_t)(sizeof(hdr) + n->len)};

	if (n->of == NAMING_USER)
		hdr.uid = (uint32_t)n->key;
	else if (n->of == NAMING_WHOSE)
		hdr.cgroup_id = n->key;
	else
		hdr.pidns = (uint32_t)n->key;
	if (n->of == NAMING_OWNER)
		hdr.cgroup_id = n->value;
	buf_add(&w->out.buf, (const char *)&hdr, sizeof(hdr));
	buf_add(&w->out.buf, n->text, n->len);
}

int recfile_create(const char *path, int64_t wall_offset, const struct buf *meta,
	struct recfile_writer **ret, struct err *err)
{
	struct recfile_head head = {
		.magic = RECFILE_MAGIC,
		.version = RECFILE_VERSION,
		.byte_order = RECFILE_BYTE_ORDER,
		.wall_offset = wall_offset,
		.meta_len = (uint32_t)meta->len,
	};
	struct recfile_writer *w;
	int rc;

	if (meta->len > RECFILE_META_MAX)
		return err_set(err, -E2BIG, "text of the recording");
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "write %s", path);
	rc = writer_open(&w->out, path, err);
	if (rc) {
		free(w);
		return rc;
	}
	w->namings.tell = name_write;
	w->namings.ctx = w;
	buf_add(&w->out.buf, (const char *)&head, sizeof(head));
	buf_add(&w->out.buf, meta->s ? meta->s : "", meta->len);
	/* out at once: who reads from a pipe learns what it is, who has no space sees it now */
	rc = outlet_flush(&w->out, err);
	if (rc) {
		outlet_close(&w->out, NULL);
		free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

struct outlet *recfile_outlet(struct recfile_writer *w)
{
	return &w->out;
}

int recfile_write(struct recfile_writer *w, const void *rec, size_t size, struct err *err)
{
	w->records++;
	buf_add(&w->out.buf, rec, size);
	return w->out.buf.len < WRITE_SIZE ? 0 : outlet_flush(&w->out, err);
}

struct namings *recfile_namings(struct recfile_writer *w)
{
	return &w->namings;
}

int recfile_flush(struct recfile_writer *w, struct err *err)
{
	return outlet_flush(&w->out, err);
}

int recfile_finish(struct recfile_writer *w, struct err *err)
{
	struct ev_hdr end = {.kind = EV_NONE, .size = sizeof(end)};
	int rc;

	if (!w)
		return 0;
	end.cgroup_id = w->records;
	buf_add(&w->out.buf, (const char *)&end, sizeof(end));
	rc = outlet_close(&w->out, err);
	namings_forget(&w->namings);
	free(w);
	return rc;
}

/* --- reading --------------------------------------------------------------------------------- */

struct recfile {
	int fd;
	char *path; /* as it is shown */
	int64_t wall_offset;
	char *meta;
	uint32_t version;
	struct users users; /* those that the file has named until here */
	struct whoses whoses;
	struct nsnames names;
	struct jsonevent *json; /* NULL: a recording; else JSON Lines: */
	uint64_t lines;         /* that were read */
	uint64_t bad_lines;     /* of these, those that are no events */
	struct err bad;         /* why the first of them is none */
	bool skipping;          /* the rest of a line that is too long */
	const char *host;       /* of a recording, in meta; NULL: not said */
	size_t host_len;
	uint64_t records, offset; /* what was given out; of the next byte */
	size_t pos, len;          /* of what is in data */
	bool stepping;            /* recfile_take(): */
	bool may_read;            /* one read(2) at most */
	bool ended;               /* the end was taken, what follows was not looked for yet */
	char data[READ_SIZE];
};

/*
 * Has the next `want` bytes at data + pos: 1, or 0 at the end of the file, or a
 * negative errno.
 */
static int reader_want(struct recfile *r, size_t want, const volatile sig_atomic_t *stop)
{
	while (r->len - r->pos < want) {
		ssize_t n;

		if (r->stepping && !r->may_read)
			return -EAGAIN;
		r->may_read = false;

		if (r->pos && (r->pos == r->len || r->pos + want > sizeof(r->data))) {
			memmove(r->data, r->data + r->pos, r->len - r->pos);
			r->len -= r->pos;
			r->pos = 0;
		}
		n = read(r->fd, r->data + r->len, sizeof(r->data) - r->len);
		if (n < 0 && errno == EINTR && !(stop && *stop))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		r->len += (size_t)n;
	}
	return 1;
}

static void reader_take(struct recfile *r, void *to, size_t size)
{
	memcpy(to, r->data + r->pos, size);
	r->pos += size;
	r->offset += size;
}

static int reader_cut(struct recfile *r, struct err *err)
{
	return err_say(err, -ENODATA, "%s: truncated after %llu record%s", r->path,
		(unsigned long long)r->records, r->records == 1 ? "" : "s");
}

static int reader_error(struct recfile *r, int rc, struct err *err)
{
	return rc == -EINTR || rc == -EAGAIN ? rc : err_set(err, rc, "read %s", r->path);
}

static int head_check(struct recfile *r, const struct recfile_head *head, struct err *err)
{
	if (memcmp(head->magic, RECFILE_MAGIC, sizeof(head->magic)))
		return err_say(err, -EBADMSG, "%s: not a recording of nswatch", r->path);
	if (head->byte_order != RECFILE_BYTE_ORDER) {
		err_say(err, -EPROTONOSUPPORT, "%s: recorded in another byte order", r->path);
		err_hint(err, "read it on a machine of the kind that recorded it");
		return -EPROTONOSUPPORT;
	}
	if (!head->version || head->version > RECFILE_VERSION) {
		err_say(err, -EPROTONOSUPPORT, "%s: format version %u; this nswatch reads up to %u",
			r->path, head->version, RECFILE_VERSION);
		err_hint(err, "read it with the nswatch that recorded it");
		return -EPROTONOSUPPORT;
	}
	if (head->meta_len > RECFILE_META_MAX)
		return err_say(err, -EBADMSG, "%s: its head claims %u bytes of text", r->path,
			head->meta_len);
	return 0;
}

static int head_read(struct recfile *r, struct err *err)
{
	struct recfile_head head;
	uint32_t done = 0;
	int rc = reader_want(r, sizeof(head), NULL);

	if (rc < 0)
		return reader_error(r, rc, err);
	if (!rc && (r->len == r->pos || memcmp(r->data, RECFILE_MAGIC, r->len < 8 ? r->len : 8)))
		return err_say(err, -EBADMSG, "%s: not a recording of nswatch%s", r->path,
			r->len ? "" : " (it is empty)");
	if (!rc)
		return err_say(err, -EBADMSG, "%s: truncated in its head", r->path);
	reader_take(r, &head, sizeof(head));
	rc = head_check(r, &head, err);
	if (rc)
		return rc;
	r->wall_offset = head.wall_offset;
	r->version = head.version;
	r->meta = malloc(head.meta_len + 1);
	if (!r->meta)
		return err_set(err, -ENOMEM, "read %s", r->path);
	while (done < head.meta_len) {
		uint32_t n = head.meta_len - done;

		if (n > 4096)
			n = 4096;
		rc = reader_want(r, n, NULL);
		if (rc < 0)
			return reader_error(r, rc, err);
		if (!rc)
			return err_say(err, -EBADMSG, "%s: truncated in its head", r->path);
		reader_take(r, r->meta + done, n);
		done += n;
	}
	r->meta[done] = '\0';
	return 0;
}

/* --- JSON Lines ------------------------------------------------------------------------------ */

/*
 * The next line, its newline included, at data + pos: its length; 0 at the end of the file; -E2BIG
 * where more than a line of nswatch has comes before a newline; or what reader_want() says.
 */
static ssize_t line_want(struct recfile *r, const volatile sig_atomic_t *stop)
{
	size_t seen = 0;

	for (;;) {
		const char *end = memchr(r->data + r->pos + seen, '\n', r->len - r->pos - seen);
		int rc;

		if (end)
			return end - (r->data + r->pos) + 1;
		seen = r->len - r->pos;
		if (seen > JSONEVENT_LINE_MAX)
			return -E2BIG;
		rc = reader_want(r, seen + 1, stop);
		if (rc < 0)
			return rc;
		if (!rc)
			return (ssize_t)seen;
	}
}

static void line_drop(struct recfile *r, size_t len)
{
	r->pos += len;
	r->offset += len;
}

/* Goes behind the newline of a line that is too long; 0 or a negative errno. */
static int line_skip(struct recfile *r, const volatile sig_atomic_t *stop)
{
	for (;;) {
		const char *end = memchr(r->data + r->pos, '\n', r->len - r->pos);
		int rc;

		if (end) {
			line_drop(r, (size_t)(end - (r->data + r->pos)) + 1);
			return 0;
		}
		line_drop(r, r->len - r->pos);
		rc = reader_want(r, 1, stop);
		if (rc <= 0)
			return rc;
	}
}

static bool line_blank(const char *s, size_t len)
{
	while (len && strchr(" \t\r\n", *s) && *s) {
		s++;
		len--;
	}
	return !len;
}

static void line_bad(struct recfile *r, const struct err *why)
{
	if (!r->bad_lines++)
		err_say(&r->bad, why->code, "%.128s: line %llu: %.200s", r->path,
			(unsigned long long)r->lines, why->what);
}

/* All were read: what is to be said of those that were no events. */
static int lines_end(struct recfile *r, struct err *err)
{
	if (!r->bad_lines)
		return 0;
	if (r->bad_lines > 1)
		err_hint(&r->bad, "%llu lines are no events and were left out",
			(unsigned long long)r->bad_lines);
	if (err)
		*err = r->bad;
	return -EBADMSG;
}

/* A whole line, or the last one, which was perhaps cut: 1 where it became r->json->rec. */
static int line_read(struct recfile *r, size_t len, struct err *err)
{
	const char *line = r->data + r->pos;
	struct err why = {0};
	bool whole = line[len - 1] == '\n', blank = line_blank(line, len);
	int rc = blank ? 0 : jsonevent_read(r->json, line, len, &why);

	if (rc && !whole && !r->bad_lines)
		return reader_cut(r, err);
	line_drop(r, len);
	r->lines++;
	if (rc)
		line_bad(r, &why);
	return !rc && !blank;
}

static int lines_read(struct recfile *r, source_sink sink, void *ctx,
	const volatile sig_atomic_t *stop, struct err *err)
{
	static const struct err too_long = {
		.code = -EBADMSG, .what = "longer than any line of nswatch"};

	for (;;) {
		ssize_t len = stop && *stop ? -EINTR : 0;
		int rc;

		if (!len && r->skipping) {
			len = line_skip(r, stop);
			r->skipping = len < 0;
		}
		if (!len)
			len = line_want(r, stop);
		if (!len)
			return lines_end(r, err);
		if (len == -E2BIG) {
			r->lines++;
			line_bad(r, &too_long);
			r->skipping = true;
			continue;
		}
		if (len < 0)
			return reader_error(r, (int)len, err);
		rc = line_read(r, (size_t)len, err);
		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		r->records++;
		r->wall_offset = r->json->wall_offset;
		rc = sink(ctx, &r->json->rec, r->json->rec.hdr.size);
		if (rc)
			return rc;
	}
}

/* The first line says clock and host; it is read once more with the others. */
static int lines_open(struct recfile *r, struct err *err)
{
	ssize_t len;

	r->json = jsonevent_new();
	r->meta = calloc(1, 1);
	if (!r->json || !r->meta)
		return err_set(err, -ENOMEM, "read %s", r->path);
	len = line_want(r, NULL);
	if (len < 0 && len != -E2BIG)
		return reader_error(r, (int)len, err);
	if (len > 0 && !jsonevent_read(r->json, r->data + r->pos, (size_t)len, NULL))
		r->wall_offset = r->json->wall_offset;
	return 0;
}

static int any_open(struct recfile *r, struct err *err)
{
	int rc = reader_want(r, 1, NULL);

	if (rc < 0)
		return reader_error(r, rc, err);
	if (rc && r->data[r->pos] == '{')
		return lines_open(r, err);
	rc = head_read(r, err);
	if (!rc)
		r->host = recfile_meta_get(r, "hostname", &r->host_len);
	return rc;
}

const char *recfile_host(const struct recfile *r, size_t *len)
{
	*len = r->json ? r->json->host.len : r->host_len;
	return r->json ? r->json->host.s : r->host;
}

bool recfile_user(const struct recfile *r, uint32_t uid, const char **ret)
{
	if (r->json) {
		*ret = r->json->user.s;
		return r->json->has_user;
	}
	users_find(&r->users, uid, ret);
	return r->version > 1;
}

const struct whose *recfile_whose(const struct recfile *r, uint64_t cgroup_id)
{
	return whoses_find(r->json ? &r->json->whoses : &r->whoses, cgroup_id);
}

uint64_t recfile_owner(const struct recfile *r, uint32_t inum)
{
	return whoses_owner(r->json ? &r->json->whoses : &r->whoses, inum);
}

const char *recfile_ns_name(const struct recfile *r, uint32_t inum)
{
	return nsnames_find(r->json ? &r->json->names : &r->names, inum);
}

void recfile_known(const struct recfile *r, bool *ret_owners, bool *ret_names)
{
	*ret_owners = (r->json ? &r->json->whoses : &r->whoses)->owners.n;
	*ret_names = (r->json ? &r->json->names : &r->names)->named;
}

void recfile_initials(const struct recfile *r, uint32_t ret[NS_TYPES])
{
	recfile_meta_initials(r->meta, ret);
}

void recfile_meta_initials(const char *meta, uint32_t ret[NS_TYPES])
{
	size_t left;
	const char *s = recfile_meta_find(meta, "initial", &left);

	while (s && left) {
		const char *blank = memchr(s, ' ', left);
		size_t len = blank ? (size_t)(blank - s) : left;
		uint32_t inum;
		int type;

		if (!ns_link_parse(s, len, &type, &inum))
			ret[type] = inum;
		len += !!blank;
		s += len;
		left -= len;
	}
}

int recfile_open(const char *path, struct recfile **ret, struct err *err)
{
	bool in = !strcmp(path, "-");
	struct recfile *r = malloc(sizeof(*r));
	int rc;

	if (!r)
		return err_set(err, -ENOMEM, "open %s", path);
	memset(r, 0, offsetof(struct recfile, data));
	r->path = strdup(in ? "stdin" : path);
	if (!r->path) {
		free(r);
		return err_set(err, -ENOMEM, "open %s", path);
	}
	r->fd = in ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		rc = err_set(err, -errno, "open %s", r->path);
	else if (in && isatty(r->fd))
		rc = err_say(
			err, -EINVAL, "stdin is a terminal: a recording comes from a pipe or file");
	else
		rc = any_open(r, err);
	if (rc) {
		recfile_close(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void recfile_close(struct recfile *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	jsonevent_free(r->json);
	users_free(&r->users);
	whoses_free(&r->whoses);
	nsnames_free(&r->names);
	free(r->meta);
	free(r->path);
	free(r);
}

int64_t recfile_wall_offset(const struct recfile *r)
{
	return r->wall_offset;
}

const char *recfile_meta(const struct recfile *r)
{
	return r->meta;
}

uint64_t recfile_count(const struct recfile *r)
{
	return r->records;
}

const char *recfile_meta_get(const struct recfile *r, const char *key, size_t *len)
{
	return recfile_meta_find(r->meta, key, len);
}

const char *recfile_meta_find(const char *meta, const char *key, size_t *len)
{
	size_t key_len = strlen(key);
	const char *line = meta;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, key, key_len) || line[key_len] != '=')
			continue;
		line += key_len + 1;
		*len = strcspn(line, "\n");
		return line;
	}
	return NULL;
}

/* Nothing may follow the end. */
static int end_check(struct recfile *r, struct err *err)
{
	int rc = reader_want(r, 1, NULL);

	if (rc < 0)
		return reader_error(r, rc, err);
	if (rc)
		return err_say(err, -EBADMSG, "%s: something follows its end", r->path);
	return 0;
}

/* The end was read: nothing may be missing, and nothing may follow. */
static int end_take(struct recfile *r, const struct ev_hdr *end, struct err *err)
{
	r->ended = true;
	if (end->size != sizeof(*end))
		return err_say(err, -EBADMSG, "%s: its end is damaged", r->path);
	if (end->cgroup_id != r->records)
		return err_say(err, -EBADMSG, "%s: %llu records, though %llu were written", r->path,
			(unsigned long long)r->records, (unsigned long long)end->cgroup_id);
	return end_check(r, err);
}

size_t recfile_grow(struct ev_hdr *hdr)
{
	for (size_t i = 0; i < ARRAY_SIZE(grown_records); i++) {
		if (hdr->kind != grown_records[i].kind || hdr->size != grown_records[i].size)
			continue;
		memset((char *)hdr + hdr->size, 0, grown_records[i].grown - hdr->size);
		hdr->size = (uint16_t)grown_records[i].grown;
	}
	return hdr->size;
}

/* What is no event, but says who is meant; its text is behind the header. */
static bool dictionary_take(struct recfile *r, const struct ev_hdr *hdr, const char *text)
{
	size_t len = hdr->size - sizeof(*hdr);
	struct whose whose;

	if (hdr->kind == RECFILE_USER && r->version > 1) {
		users_put(&r->users, hdr->uid, text, strnlen(text, len));
		return true;
	}
	if (hdr->kind == RECFILE_WHOSE && r->version > 2) {
		whose_unpack(text, len, &whose);
		whoses_put(&r->whoses, hdr->cgroup_id, &whose);
		return true;
	}
	if (hdr->kind == RECFILE_OWNER && r->version > 2) {
		whoses_own(&r->whoses, hdr->pidns, hdr->cgroup_id);
		return true;
	}
	if (hdr->kind == RECFILE_NSNAME && r->version > 3) {
		nsnames_put(&r->names, hdr->pidns, text, strnlen(text, len));
		return true;
	}
	return false;
}

int recfile_read(struct recfile *r, source_sink sink, void *ctx, const volatile sig_atomic_t *stop,
	struct err *err)
{
	union {
		struct ev_hdr hdr;
		char bytes[UINT16_MAX];
	} rec;
	int rc;

	if (r->json)
		return lines_read(r, sink, ctx, stop, err);
	if (r->ended)
		return end_check(r, err);
	for (;;) {
		size_t size;

		/* Also where there is always more to read. */
		rc = stop && *stop ? -EINTR : reader_want(r, sizeof(rec.hdr), stop);
		if (rc <= 0)
			break;
		memcpy(&rec.hdr, r->data + r->pos, sizeof(rec.hdr));
		size = rec.hdr.size;
		if (size < sizeof(rec.hdr))
			return err_say(err, -EBADMSG,
				"%s: damaged at byte %llu, after %llu records: a record of %zu "
				"bytes",
				r->path, (unsigned long long)r->offset,
				(unsigned long long)r->records, size);
		rc = reader_want(r, size, stop);
		if (rc <= 0)
			break;
		reader_take(r, &rec, size);
		if (rec.hdr.kind == EV_NONE)
			return end_take(r, &rec.hdr, err);
		if (dictionary_take(r, &rec.hdr, rec.bytes + sizeof(rec.hdr)))
			continue;
		r->records++;
		size = recfile_grow(&rec.hdr);
		rc = sink(ctx, &rec, size);
		if (rc)
			return rc;
	}
	return rc ? reader_error(r, rc, err) : reader_cut(r, err);
}

int recfile_fd(const struct recfile *r)
{
	return r->fd;
}

int recfile_take(struct recfile *r, source_sink sink, void *ctx, struct err *err)
{
	int rc;

	r->stepping = r->may_read = true;
	rc = recfile_read(r, sink, ctx, NULL, err);
	r->stepping = false;
	return rc == -EAGAIN ? 1 : rc;
}
