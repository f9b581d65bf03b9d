/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What postern-extract wrote, taken apart. The file that it read may have
 * taken the program over, so nothing here is believed before it is checked.
 */
#include "extract/records.h"

#include <string.h>

#include "core/text.h"

#define RECORDS_MAX 20000

struct record {
	struct slice name, data;
};

/* "NAME LENGTH\n", the bytes, "\n". 1: a record, 0: the end, -1: not a record. */
static int record_next(struct slice *rest, struct record *out)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len < 64 ? rest->len : 64) : NULL;
	struct slice line;
	size_t size = 0, i;
	long blank;

	if (rest->len == 0)
		return 0;
	if (end == NULL)
		return -1;
	line = slice_sub(*rest, 0, (size_t)(end - rest->ptr));
	blank = slice_find(line, SLICE_LIT(" "));
	if (blank <= 0)
		return -1;
	for (i = (size_t)blank + 1; i < line.len && i < (size_t)blank + 12; i++) {
		if (line.ptr[i] < '0' || line.ptr[i] > '9')
			return -1;
		size = size * 10 + (size_t)(line.ptr[i] - '0');
	}
	if (i != line.len || i == (size_t)blank + 1 || size >= rest->len - line.len - 1)
		return -1;
	*out = (struct record){slice_sub(line, 0, (size_t)blank), slice_sub(*rest, line.len + 1, size)};
	if (rest->ptr[line.len + 1 + size] != '\n')
		return -1;
	*rest = slice_sub(*rest, line.len + 2 + size, rest->len);
	return 1;
}

static const struct {
	const char *name;
	enum file_piece_kind kind;
	bool bytes; /* need not be UTF-8 */
} known[] = {
	{"text", FILE_PIECE_TEXT, false}, {"html", FILE_PIECE_HTML, true}, {"url", FILE_PIECE_URL, false},
	{"member", FILE_PIECE_FACT, false}, {"code", FILE_PIECE_FACT, false}, {"fact", FILE_PIECE_FACT, false},
	{"limit", FILE_PIECE_FACT, false},
};

/* 1: taken, 0: not a known one or not sound, -1: memory is out. */
static int record_take(struct arena *arena, const struct record *record, struct file_content *out)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct slice copy;

		if (!slice_eq_str(record->name, known[i].name))
			continue;
		if (!known[i].bytes && !utf8_valid(record->data))
			return 0;
		copy = arena_slice(arena, record->data);
		if (copy.ptr == NULL)
			return -1;
		out->pieces[out->count++] = (struct file_piece){known[i].kind, known[i].name, copy};
		if (slice_eq_str(record->name, "limit"))
			out->unread = "it is larger than the limits for attachments allow";
		return 1;
	}
	return 0;
}

int records_take(struct arena *arena, struct slice output, struct file_content *out)
{
	static const char garbled[] = "its content could not be taken over";
	struct slice rest = output;
	struct record record;
	size_t count = 0;
	bool ended = false;
	int rc;

	while ((rc = record_next(&rest, &record)) == 1)
		count++;
	if (rc != 0 || count > RECORDS_MAX) {
		out->unread = garbled;
		count = count < RECORDS_MAX ? count : RECORDS_MAX;
	}
	out->pieces = arena_array(arena, count + 1, sizeof(*out->pieces));
	if (out->pieces == NULL)
		return -1;
	rest = output;
	for (; count > 0 && record_next(&rest, &record) == 1; count--) {
		if (slice_eq_str(record.name, "type"))
			continue;
		ended = slice_eq_str(record.name, "end");
		rc = ended ? 1 : record_take(arena, &record, out);
		if (rc < 0)
			return -1;
		if (rc == 0)
			out->unread = garbled;
	}
	if (!ended && out->unread == NULL)
		out->unread = garbled;
	return 0;
}
