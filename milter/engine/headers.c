/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our headers: which ones go in, and which ones of that name came in forged.
 * Values hold text of strangers at most as sanitised ASCII, so nothing can add
 * a header of its own.
 */
#include "engine/headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/text.h"
#include "postern/plugin.h"

#define HEADERS_MAX 12
#define VALUE_MAX 900

bool header_is_ours(struct slice name)
{
	return slice_case_prefix(slice_trim(name), "X-Postern-");
}

int strip_add(struct strip *strip, struct slice name)
{
	char *copy;

	if (strip->count == strip->cap) {
		size_t cap = strip->cap != 0 ? 2 * strip->cap : 8;
		struct txn_strip *grown = realloc(strip->list, cap * sizeof(*grown));

		if (grown == NULL)
			return -1;
		strip->list = grown;
		strip->cap = cap;
	}
	copy = strndup(name.ptr, name.len);
	if (copy == NULL)
		return -1;
	/* The order until it is numbered. */
	strip->list[strip->count] = (struct txn_strip){copy, (unsigned)strip->count};
	strip->count++;
	return 0;
}

struct numbered {
	struct txn_strip entry;
	unsigned order;
};

static int by_name(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int rc = strcasecmp(x->entry.name, y->entry.name);

	return rc != 0 ? rc : (x->order > y->order) - (x->order < y->order);
}

static int last_first(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return (x->order < y->order) - (x->order > y->order);
}

/* Sorted rather than searched: a stranger may send thousands of them. */
int strip_number(struct strip *strip)
{
	struct numbered *all = calloc(strip->count + 1, sizeof(*all));

	if (all == NULL)
		return -1;
	for (size_t i = 0; i < strip->count; i++)
		all[i] = (struct numbered){strip->list[i], (unsigned)i};
	qsort(all, strip->count, sizeof(*all), by_name);
	for (size_t i = 0; i < strip->count; i++)
		all[i].entry.index = i > 0 && strcasecmp(all[i - 1].entry.name, all[i].entry.name) == 0 ?
		    all[i - 1].entry.index + 1 : 1;
	qsort(all, strip->count, sizeof(*all), last_first);
	for (size_t i = 0; i < strip->count; i++)
		strip->list[i] = all[i].entry;
	free(all);
	return 0;
}

void strip_free(struct strip *strip)
{
	for (size_t i = 0; i < strip->count; i++)
		free((char *)(size_t)strip->list[i].name);
	free(strip->list);
	*strip = (struct strip){0};
}

struct render {
	struct arena *arena;
	struct verdict_header *list;
	size_t count;
	bool failed;
};

static void add(struct render *r, const char *name, struct slice value)
{
	char clean[VALUE_MAX];
	char *copy;

	if (value.len == 0 || r->count >= HEADERS_MAX)
		return;
	text_sanitize(clean, sizeof(clean), value, TEXT_FOR_HEADER);
	copy = arena_strdup(r->arena, clean);
	if (copy == NULL) {
		r->failed = true;
		return;
	}
	r->list[r->count++] = (struct verdict_header){name, copy};
}

/* Names of the rules that tagged (or would have done more, were the message not one that is never refused). */
static void add_rules(struct render *r, const struct verdict *verdict)
{
	struct buf names = {.max = VALUE_MAX - 1};

	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct finding *f = &verdict->findings[i];
		bool seen = f->monitored || f->action < ACTION_TAG;

		for (size_t k = 0; k < i && !seen; k++)
			seen = !verdict->findings[k].monitored && verdict->findings[k].action >= ACTION_TAG &&
			    strcmp(verdict->findings[k].rule, f->rule) == 0;
		if (seen)
			continue;
		if (names.len > 0)
			buf_add_str(&names, ", ");
		buf_add_str(&names, f->rule);
	}
	add(r, "X-Postern-Rule", buf_slice(&names));
	buf_free(&names);
}

static void add_labels(struct render *r, const struct verdict *verdict)
{
	struct buf labels = {.max = VALUE_MAX - 1};

	for (size_t i = 0; i < verdict->label_count; i++)
		buf_printf(&labels, "%s%s", i > 0 ? ", " : "", verdict->labels[i]);
	add(r, "X-Postern-Label", buf_slice(&labels));
	buf_free(&labels);
}

static void add_clock(struct render *r, const struct verdict *verdict)
{
	char text[CLOCK_TEXT_SIZE + 12];

	if (verdict->sla != SLA_STARTS)
		return;
	clock_format(text, sizeof(text), verdict->sla_due);
	add(r, "X-Postern-SLA-Due", slice_str(text));
	snprintf(text, sizeof(text), "%lld", (long long)verdict->sla_hours);
	add(r, "X-Postern-SLA-Hours-Left", slice_str(text));
}

static void render_inbound(struct render *r, const struct verdict *verdict)
{
	add(r, "X-Postern-Id", slice_str(verdict->id));
	add(r, "X-Postern-Action", slice_str(action_name(verdict->action)));
	add(r, "X-Postern-Marketplace", slice_str(verdict->marketplace));
	add(r, "X-Postern-Kind", slice_str(verdict->kind));
	add_labels(r, verdict);
	add_clock(r, verdict);
	add(r, "X-Postern-Thread", slice_str(verdict->thread));
	add(r, "X-Postern-Order", verdict->order);
	if (verdict->action == ACTION_TAG || verdict->action == ACTION_HOLD)
		add_rules(r, verdict);
}

/* What passes without a label is not touched. */
static void render_outbound(struct render *r, const struct verdict *verdict)
{
	add_labels(r, verdict);
	if (verdict->action == ACTION_TAG)
		add_rules(r, verdict);
}

int headers_render(struct arena *arena, struct verdict *verdict)
{
	struct render r = {.arena = arena};

	if (verdict->action == ACTION_REJECT || verdict->action == ACTION_DEFER ||
	    (verdict->marketplace == NULL && verdict->kind == NULL && !verdict->outside))
		return 0;
	r.list = arena_array(arena, HEADERS_MAX, sizeof(*r.list));
	if (r.list == NULL)
		return -1;
	if (verdict->direction == POSTERN_INBOUND)
		render_inbound(&r, verdict);
	else
		render_outbound(&r, verdict);
	verdict->headers = r.list;
	verdict->header_count = r.count;
	return r.failed ? -1 : 0;
}
