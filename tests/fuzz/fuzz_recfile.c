// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_recfile.c - any bytes as a recording or as JSON Lines: what `trace -r` does with it, its
 * notes included.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/evfilter.h"
#include "event/pick.h"
#include "event/recfile.h"
#include "why/story.h"
#include "fuzz/render.h"
#include "sink/summary.h"

#define WANTED                                                                                     \
	"ns == 4026531836 || args =~ \"^x\" || type == \"uts\" || errno == \"EPERM\" || "          \
	"signal == \"KILL\" || time > 5 || inferred || comm == \"sh\" || result < 0"

struct reading {
	const uint8_t *file;
	size_t size, at; /* at: of the next record */
	const struct recfile *opened;
	bool lines; /* JSON Lines */
	int64_t wall_offset;
	uint64_t given;
	struct pick pick;
	struct summary sum;
	struct story *story;
	struct finding f;
	struct buf text;
};

static void note(void *ctx, const struct finding *f)
{
	struct reading *r = ctx;

	buf_reset(&r->text);
	finding_say(f, f->rule->note ? f->rule->note : f->rule->text, &r->text);
	MUST(r->text.len && check_line(r->text.s, r->text.len));
}

/* What is given out stands in the file, one behind the other; it may have grown. */
static void taken(struct reading *r, const struct ev_hdr *rec, size_t size)
{
	const size_t len_at = offsetof(struct ev_hdr, size), len_end = len_at + sizeof(rec->size);
	const uint8_t *at = r->file + r->at;
	uint16_t len;

	MUST(r->size - r->at >= sizeof(*rec));
	memcpy(&len, at + len_at, sizeof(len));
	MUST(len >= sizeof(*rec) && len <= r->size - r->at && len <= size && rec->size == size);
	MUST(!memcmp(rec, at, len_at));
	MUST(!memcmp((const char *)rec + len_end, at + len_end, len - len_end));
	r->at += len;
}

static int take(void *ctx, const void *data, size_t size)
{
	struct reading *r = ctx;
	struct event ev;
	struct err err = {0};

	r->given++;
	if (r->lines)
		r->wall_offset = recfile_wall_offset(r->opened);
	else
		taken(r, data, size);
	if (event_decode(data, size, r->wall_offset, &ev, &err)) {
		/* What was made of JSON is whole. */
		MUST(err.code == -EBADMSG && !r->lines);
		check_err(&err);
		return 0;
	}
	story_take(r->story, &ev);
	pick_wants(&r->pick, &ev);
	summary_add(&r->sum, &ev);
	render(&ev);
	story_find(r->story, &ev, &r->f, note, r);
	return 0;
}

static void meta(const struct recfile *f)
{
	const char *text = recfile_meta(f), *value;
	size_t len;

	value = recfile_meta_get(f, "kernel", &len);
	MUST(!value || (value > text && value + len <= text + strlen(text)));
	MUST(!value || !memchr(value, '\n', len));
}

static void reading_end(struct reading *r)
{
	buf_reset(&r->text);
	summary_text(&r->text, &r->sum, "", 0, NULL, 0, false);
	MUST(r->text.len && r->text.s[r->text.len - 1] == '\n');
	pick_free(&r->pick);
	story_free(r->story);
	finding_free(&r->f);
	buf_free(&r->text);
}

static void recording(const char *path, const uint8_t *data, size_t size)
{
	static struct filter *wanted;
	struct reading r = {
		.file = data, .size = size, .pick = {.kinds = UINT64_MAX, .follow = true}};
	struct recfile_head head;
	struct recfile *f = NULL;
	struct err err = {0};
	int ret = recfile_open(path, &f, &err);

	if (ret) {
		MUST((ret == -EBADMSG || ret == -EPROTONOSUPPORT) && !f && err.code == ret);
		check_err(&err);
		return;
	}
	MUST(wanted || !filter_compile(WANTED, &evfilter_names, NULL, &wanted));
	r.pick.filter = wanted;
	r.wall_offset = recfile_wall_offset(f);
	r.story = story_new(false);
	MUST(r.story && !pick_add_pid(&r.pick, 7451));
	meta(f);
	r.opened = f;
	r.lines = data[0] == '{';
	if (!r.lines) {
		memcpy(&head, data, sizeof(head));
		r.at = sizeof(head) + head.meta_len;
	}
	ret = recfile_read(f, take, &r, NULL, &err);
	MUST(!ret || ret == -EBADMSG || ret == -ENODATA);
	MUST(r.given == recfile_count(f));
	if (ret)
		check_err(&err);
	reading_end(&r);
	recfile_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("recording", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	MUST(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	recording(path, data, size);
	return 0;
}
