/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment, read once with the phrase list: what each sentence says, where
 * something is said about numbers, and which digits are no telephone numbers.
 */
#include "contact.h"

#include <stdlib.h>
#include <string.h>

/* Sentences of one segment that are told apart; a longer text gets longer ones. */
#define SENTENCES_MAX 1024
/* Marks of one segment; a text with more says nothing by them. */
#define MARKS_MAX 20000
/* Bytes before and after a number in which a phrase speaks of it. */
#define CUE_BEFORE 90
#define CUE_AFTER 30
/* A shorter text is sooner searched for the whole list than for group after group. */
#define SHORT_TEXT 300

static size_t sentence_index(const struct scan *scan, size_t at)
{
	size_t low = 0, high = scan->sentence_count - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (at < scan->sentences[mid].end)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const struct sentence *scan_sentence(const struct scan *scan, size_t at)
{
	return &scan->sentences[sentence_index(scan, at)];
}

static void add_mark(struct scan *scan, size_t start, size_t end, enum cue cue)
{
	if (scan->mark_count == MARKS_MAX)
		return;
	if (scan->mark_count == scan->mark_cap) {
		size_t cap = scan->mark_cap != 0 ? scan->mark_cap * 2 : 64;
		struct mark *grown = reallocarray(scan->marks, cap, sizeof(*grown));

		if (grown == NULL) {
			scan->failed = true;
			return;
		}
		scan->marks = grown;
		scan->mark_cap = cap;
	}
	scan->marks[scan->mark_count++] = (struct mark){start, end, cue};
}

static void note_phrase(struct sentence *s, uint64_t *anywhere, const struct phrase *phrase, size_t start, size_t end)
{
	if (phrase->classes != 0) {
		*anywhere |= phrase->classes;
		s->classes |= phrase->classes;
		s->first = s->last == 0 || start < s->first ? start : s->first;
		s->last = end > s->last ? end : s->last;
	} else if (phrase->weight > s->score) {
		s->score = phrase->weight;
		s->from = start;
		s->to = end;
	}
}

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct scan *scan = arg;
	struct sentence *s = &scan->sentences[sentence_index(scan, start)];
	enum cue cue = scan->cues[pattern];

	if (cue == CUE_WEIGHT)
		note_phrase(s, &scan->anywhere, &scan->phrases->items[pattern], start, end);
	else if (cue == CUE_MASK)
		memset(scan->masked + start, 1, end - start);
	else
		add_mark(scan, start, end, cue);
	s->other |= cue == CUE_OTHER;
	return scan->failed;
}

/* Of two that end together the longer comes last: "phone #" says more than "#". */
static int by_place(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return x->start > y->start ? -1 : x->start < y->start;
}

static void sort_marks(struct scan *scan)
{
	if (scan->mark_count > 1)
		qsort(scan->marks, scan->mark_count, sizeof(*scan->marks), by_place);
}

/* false: out of memory. */
static bool split_sentences(struct scan *scan)
{
	size_t min = scan->text.len / SENTENCES_MAX + 1, room = 0;

	for (size_t pos = 0; pos < scan->text.len && scan->sentence_count < SENTENCES_MAX;) {
		if (scan->sentence_count == room) {
			struct sentence *grown;

			room = room != 0 ? room * 2 : 16;
			grown = reallocarray(scan->sentences, room, sizeof(*grown));
			if (grown == NULL)
				return false;
			scan->sentences = grown;
		}
		pos = sentence_end(scan->text, pos, min);
		scan->sentences[scan->sentence_count++] = (struct sentence){.end = pos};
	}
	return true;
}

static enum postern_status search(void *arg, const struct phrase_group *group)
{
	struct scan *scan = arg;
	enum postern_status status = phrases_match_group(scan->host, scan->ctx, scan->phrases, group, scan->text, note_match, scan);

	return scan->failed ? POSTERN_TEMPFAIL : status;
}

static bool met(void *arg, const struct phrase_rule *rule, size_t count, uint64_t open)
{
	const struct scan *scan = arg;

	if ((rule->parts[count - 1] & (scan->anywhere | (scan->seek.may & open))) == 0)
		return false;
	for (size_t i = 0; i < scan->sentence_count; i++) {
		uint64_t classes = scan->sentences[i].classes | (scan->sentences[i].may & open);
		size_t part = 0;

		while (part < count && (rule->parts[part] & classes) != 0)
			part++;
		if (part == count)
			return true;
	}
	return false;
}

enum postern_status scan_make(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    const enum cue *cues, struct postern_slice text, struct scan *out)
{
	*out = (struct scan){.host = host, .ctx = ctx, .phrases = phrases, .cues = cues, .text = text};
	out->seek = (struct seek){.phrases = phrases, .search = search, .met = met, .arg = out,
	    .anywhere = &out->anywhere};
	out->masked = calloc(1, text.len + 1);
	return out->masked != NULL && split_sentences(out) && seek_begin(&out->seek) == 0 ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static enum postern_status search_whole(struct scan *scan)
{
	enum postern_status status = phrases_match(scan->host, scan->ctx, scan->phrases, scan->text, note_match, scan);

	seek_done(&scan->seek);
	sort_marks(scan);
	return scan->failed ? POSTERN_TEMPFAIL : status;
}

static void note_may(void *arg, size_t piece, uint64_t classes)
{
	struct scan *scan = arg;

	scan->sentences[piece].may |= classes;
}

/* Notes which classes the sentences may have. */
static enum postern_status look(struct scan *scan)
{
	enum postern_status status = look_classes(scan->host, scan->ctx, scan->phrases, scan->text, &scan->seek.may);
	uint64_t wanted = look_wanted(scan->phrases, scan->seek.may | scan->anywhere);
	size_t *ends;

	if (status != POSTERN_OK || wanted == 0)
		return status;
	ends = reallocarray(NULL, scan->sentence_count, sizeof(*ends));
	for (size_t i = 0; ends != NULL && i < scan->sentence_count; i++)
		ends[i] = scan->sentences[i].end;
	status = ends == NULL ? POSTERN_TEMPFAIL : look_pieces(scan->host, scan->ctx, scan->phrases, wanted, scan->text, ends,
	    scan->sentence_count, note_may, scan);
	free(ends);
	return status;
}

enum postern_status scan_wording(struct scan *scan)
{
	bool ruled;
	enum postern_status status;

	if (scan->text.len < SHORT_TEXT)
		return search_whole(scan);
	status = seek_label(&scan->seek, "+");
	if (status == POSTERN_OK)
		status = seek_label(&scan->seek, "mail");
	sort_marks(scan);
	if (status == POSTERN_OK)
		status = look(scan);
	if (status == POSTERN_OK)
		status = seek_rules(&scan->seek, &ruled);
	/* What is shown reaches over all classes. */
	return status == POSTERN_OK && ruled ? seek_classes(&scan->seek, UINT64_MAX) : status;
}

enum postern_status scan_numbers(struct scan *scan)
{
	static const char *const labels[] = {"phone", "id", "other", "mask"};
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]) && status == POSTERN_OK; i++)
		status = seek_label(&scan->seek, labels[i]);
	sort_marks(scan);
	return status;
}

void scan_free(struct scan *scan)
{
	seek_end(&scan->seek);
	free(scan->sentences);
	free(scan->masked);
	free(scan->marks);
}

enum postern_status scan_mask_ids(struct scan *scan)
{
	const struct postern_host *host = scan->host;
	struct postern_ctx *ctx = scan->ctx;
	uintptr_t from = (uintptr_t)scan->text.ptr, to = from + scan->text.len;
	size_t count = host->id_count(ctx);

	for (size_t i = 0; i < count; i++) {
		struct postern_id id;
		uintptr_t at;

		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		at = (uintptr_t)id.value.ptr;
		if (at >= from && at < to && id.value.len <= to - at)
			memset(scan->masked + (at - from), 1, id.value.len);
	}
	return POSTERN_OK;
}

/* The first mark that ends behind at. */
static size_t mark_after(const struct scan *scan, size_t at)
{
	size_t low = 0, high = scan->mark_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (scan->marks[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool speaks_of_numbers(const struct mark *mark)
{
	return mark->cue == CUE_PHONE || mark->cue == CUE_ID;
}

enum cue scan_cue(const struct scan *scan, size_t start, size_t end, size_t *distance_r)
{
	size_t index = mark_after(scan, start), sentence = sentence_index(scan, start);

	for (size_t i = index; i > 0 && i + 8 > index; i--) {
		const struct mark *mark = &scan->marks[i - 1];

		if (start - mark->end > CUE_BEFORE)
			break;
		if (!speaks_of_numbers(mark) || sentence_index(scan, mark->end - 1) + 1 < sentence)
			continue;
		*distance_r = start - mark->end;
		return mark->cue;
	}
	for (size_t i = index; i < scan->mark_count && scan->marks[i].end < end + CUE_AFTER + 40; i++) {
		const struct mark *mark = &scan->marks[i];

		if (!speaks_of_numbers(mark) || mark->start < end || mark->start > end + CUE_AFTER)
			continue;
		*distance_r = mark->start - end;
		return mark->cue;
	}
	*distance_r = 0;
	return CUE_WEIGHT;
}
