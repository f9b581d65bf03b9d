/* SPDX-License-Identifier: BSD-2-Clause */
/* Records by their place in a stream, in bounded memory: pure. */
#include "export/marks.h"

#include <string.h>

void marks_init(struct marks *marks, int64_t settled)
{
	marks->count = 0;
	marks->sent = 0;
	marks->settled = settled;
}

/* Every second one is enough: a coarser mark is settled later, never too early. */
static void thin(struct marks *marks)
{
	size_t kept = 0;

	for (size_t i = 1; i < marks->count; i += 2)
		marks->list[kept++] = marks->list[i];
	marks->count = kept;
}

void marks_add(struct marks *marks, size_t len, int64_t seq)
{
	marks->sent += (int64_t)len;
	/* What is left out is settled with what was sent before it. */
	if (len == 0 && marks->count > 0) {
		marks->list[marks->count - 1].seq = seq;
		return;
	}
	if (marks->count == MARKS_MAX)
		thin(marks);
	marks->list[marks->count].seq = seq;
	marks->list[marks->count++].end = marks->sent;
	if (len == 0)
		marks_settle(marks, marks->sent);
}

void marks_settle(struct marks *marks, int64_t bytes)
{
	size_t done = 0;

	while (done < marks->count && marks->list[done].end <= bytes)
		done++;
	if (done == 0)
		return;
	marks->settled = marks->list[done - 1].seq;
	memmove(marks->list, marks->list + done, (marks->count - done) * sizeof(marks->list[0]));
	marks->count -= done;
}

bool marks_open(const struct marks *marks)
{
	return marks->count > 0;
}
