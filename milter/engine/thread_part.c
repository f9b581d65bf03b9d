/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of a customer's conversations a message belongs to, where the marketplace has one for each item or order and
 * not one for each address (the profile's thread_by). Only the number is found here; mail without one is placed by the store.
 */
#include <string.h>

#include "engine/case.h"
#include "engine/txn_internal.h"
#include "postern/plugin.h"

#define PART_MAX 100

/* Who says a number, the most trusted first. */
enum rank { RANK_SUBJECT, RANK_FRAME, RANK_WORDS, RANK_QUOTE, RANK_NONE };

/* The text that a number stands in, as it was cut in the end. */
static int segment_of(const struct message *m, const struct mail_id *id)
{
	for (size_t i = 0; i < m->segment_count; i++) {
		struct slice text = m->segments[i].text;

		if (text.len > 0 && id->value.ptr >= text.ptr && id->value.ptr < text.ptr + text.len)
			return (int)m->segments[i].kind;
	}
	return id->segment;
}

/*
 * The marketplace names the item in its subject and around the customer's words; those may name another one. An agent's
 * quote is of what he answers, his own words may be about anything.
 */
static enum rank rank_of(const struct judging *j, const struct mail_id *id)
{
	bool out = j->direction == POSTERN_OUTBOUND;

	switch (segment_of(j->message, id)) {
	case SEGMENT_SUBJECT:
		return RANK_SUBJECT;
	case SEGMENT_DISCLAIMER:
		return out ? RANK_QUOTE : RANK_FRAME;
	case SEGMENT_QUOTE:
		return out ? RANK_FRAME : RANK_QUOTE;
	case SEGMENT_NEW:
		return RANK_WORDS;
	default:
		return RANK_NONE;
	}
}

/* The first number of that kind in the best place; none when somebody's own words name several. */
static struct slice find_number(const struct judging *j, struct slice kind)
{
	enum rank best = RANK_NONE;
	struct slice found = SLICE_NONE;
	bool several = false;

	for (size_t i = 0; i < j->message->id_count; i++) {
		const struct mail_id *id = &j->message->ids[i];
		enum rank rank = slice_eq(id->kind, kind) ? rank_of(j, id) : RANK_NONE;

		if (rank < best) {
			best = rank;
			found = id->value;
			several = false;
		} else if (rank == best && rank != RANK_NONE && !slice_eq(id->value, found)) {
			several = true;
		}
	}
	return several && best == RANK_WORDS ? SLICE_NONE : found;
}

/* As a key can end: without blanks and the like. */
static struct slice as_key(struct arena *arena, struct slice number)
{
	char *text = arena_alloc(arena, number.len + 1);
	size_t len = 0;

	for (size_t i = 0; text != NULL && i < number.len; i++) {
		char c = number.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_')
			text[len++] = c;
	}
	return text != NULL ? (struct slice){text, len} : SLICE_NONE;
}

int judge_thread_part(const struct judging *j, const struct marketplace *market, const struct mail_kind *kind,
    struct slice *part_r)
{
	struct slice name, number = SLICE_NONE;

	*part_r = SLICE_NONE;
	/* Case mail is about a case, however many items that names. */
	if (market == NULL || j->message == NULL || case_number(j).len > 0 || (kind != NULL && kind->is_case) ||
	    (j->direction != POSTERN_OUTBOUND && j->direction != POSTERN_INBOUND))
		return 0;
	for (size_t n = 0; number.len == 0 && marketplace_thread_number(market, j->received, n, &name); n++)
		number = find_number(j, name);
	if (number.len == 0)
		return 0;
	*part_r = slice_sub(as_key(j->arena, number), 0, PART_MAX);
	return part_r->ptr != NULL ? 0 : -1;
}

static int reply_id(const struct judging *j, struct slice *id_r)
{
	struct slice name = SLICE_NONE, number = SLICE_NONE;

	*id_r = SLICE_NONE;
	if (j->market != NULL && j->message != NULL)
		name = marketplace_value(j->market, "reply_id", j->received, NULL, NULL);
	if (name.len > 0)
		number = find_number(j, name);
	if (number.len == 0)
		return 0;
	*id_r = as_key(j->arena, number);
	return id_r->ptr != NULL ? 0 : -1;
}

int thread_part_record(const struct judging *j, json_t *event)
{
	struct slice part, id;

	if (judge_thread_part(j, j->market, j->kind, &part) != 0 || reply_id(j, &id) != 0)
		return -1;
	if (part.len > 0 && json_put(event, "thread_part", part) != 0)
		return -1;
	return id.len > 0 ? json_put(event, "reply_id", slice_sub(id, 0, PART_MAX)) : 0;
}
