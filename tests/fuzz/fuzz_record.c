// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_record.c - any bytes as one record: decoded, asked for all it has, shown in all ways. */
#include <stdlib.h>
#include <string.h>

#include "event/decode.h"
#include "fuzz/text.h"
#include "out/json.h"
#include "out/lines.h"

#define COLUMNS "+TID,PPID,UID,CPU,NSPID,PIDNS"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void event_ask(const struct event *ev)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n = event_refs(ev, refs);

	if (n > EVENT_REFS_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		if (refs[i].slot > NS_SLOTS || !event_has_inum(ev, refs[i].inum))
			abort();
	for (size_t i = 0; i < ev->schema->nfields; i++) {
		const struct ev_field *f = &ev->schema->fields[i];
		size_t len = 0, pos = 0, arg_len;
		const char *s = event_str(ev, f, &len), *arg;

		if (s && (s < (const char *)ev->rec || s + len > (const char *)ev->rec + ev->size))
			abort();
		while (s && event_arg_next(s, len, &pos, &arg, &arg_len))
			if (arg < s || arg + arg_len > s + len)
				abort();
		event_num(ev, f);
		event_is_empty(ev, f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines *lines;
	const struct lines_opts opts = {.columns = COLUMNS};
	auto_buf struct buf b = {0};
	struct err err = {0};
	struct event ev;
	void *rec = aligned_alloc(8, size + 8 - size % 8);

	if (!rec || (!lines && lines_open(&opts, &lines, &err)))
		abort();
	memcpy(rec, data, size);
	if (event_decode(rec, size, 0, &ev, &err)) {
		err_is_said(&err);
	} else {
		event_ask(&ev);
		lines_event(lines, &b, &ev);
		text_is_one_line(&b);
		buf_reset(&b);
		event_json(&b, &ev);
		text_is_one_line(&b);
	}
	free(rec);
	return 0;
}
