/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Order, item and tracking numbers: patterns that are data, searched one after
 * the other where the digits or words that they need stand; where two want the
 * same bytes the longer number has them.
 */
#include "mail/ids.h"

#include <stdlib.h>
#include <string.h>

#include "core/literals.h"
#include "core/pattern.h"
#include "core/pattern_walk.h"
#include "core/prefilter.h"

#define CONTEXT_BYTES 40

struct id_rule {
	char *kind;
	struct pattern *number;
	struct pattern *context; /* NULL: none */
};

struct id_set {
	struct id_rule *rules;
	size_t count;
	struct prefilter *prefilter; /* of each rule's number and, behind all of them, its context */
};

struct id_set *id_set_new(void)
{
	return calloc(1, sizeof(struct id_set));
}

static void rule_clear(struct id_rule *rule)
{
	free(rule->kind);
	pattern_free(&rule->number);
	pattern_free(&rule->context);
}

int id_set_add(struct id_set *set, const struct id_pattern *pattern, struct diag *d)
{
	struct id_rule rule = {0}, *grown;

	if (pattern->kind == NULL || pattern->pattern == NULL)
		return diag_add(d, "an id pattern needs a kind and an expression");
	rule.number = pattern_compile(pattern->pattern, PATTERN_NO_CASE, d);
	if (rule.number == NULL)
		return -1;
	if (pattern->context != NULL && pattern->context[0] != '\0') {
		rule.context = pattern_compile(pattern->context, PATTERN_NO_CASE, d);
		if (rule.context == NULL) {
			rule_clear(&rule);
			return -1;
		}
	}
	rule.kind = strdup(pattern->kind);
	grown = rule.kind != NULL ? realloc(set->rules, (set->count + 1) * sizeof(*grown)) : NULL;
	if (grown == NULL) {
		rule_clear(&rule);
		return diag_add(d, "out of memory");
	}
	set->rules = grown;
	set->rules[set->count++] = rule;
	return 0;
}

/*
 * What a context needs, anywhere in the text. It is looked for in the bytes around a number, where a word may be cut
 * or end at the number: so no string must be a whole word.
 */
static void context_needs(const struct id_rule *rule, struct literals *needs)
{
	needs->count = 0;
	if (rule->context == NULL)
		return;
	literals_of(pattern_text(rule->context), needs);
	for (size_t i = 0; i < needs->count; i++)
		for (size_t n = 0; n < needs->sets[i].count; n++) {
			needs->sets[i].items[n].edges = 0;
			if (needs->sets[i].items[n].len == 0)
				needs->count = 0;
		}
}

int id_set_finish(struct id_set *set, struct diag *d)
{
	struct literals *needs = malloc(sizeof(*needs));
	bool good = needs != NULL && (set->prefilter = prefilter_new(2 * set->count)) != NULL;

	for (size_t i = 0; good && i < set->count; i++) {
		literals_of(pattern_text(set->rules[i].number), needs);
		good = prefilter_add(set->prefilter, i, needs) == 0;
		context_needs(&set->rules[i], needs);
		good = good && prefilter_add(set->prefilter, set->count + i, needs) == 0;
	}
	good = good && prefilter_finish(set->prefilter) == 0;
	free(needs);
	return good ? 0 : diag_add(d, "out of memory");
}

void id_set_free(struct id_set **set)
{
	if (*set == NULL)
		return;
	if ((*set)->prefilter != NULL)
		prefilter_free(&(*set)->prefilter);
	for (size_t i = 0; i < (*set)->count; i++)
		rule_clear(&(*set)->rules[i]);
	free((*set)->rules);
	free(*set);
	*set = NULL;
}

struct hit {
	size_t start, end;
	size_t rule;
};

struct hits {
	struct hit *items;
	size_t count;
	size_t room;
};

static int hits_add(struct hits *hits, struct hit hit, struct diag *d)
{
	if (hits->count == hits->room) {
		size_t room = hits->room != 0 ? hits->room * 2 : 16;
		struct hit *grown = reallocarray(hits->items, room, sizeof(*grown));

		if (grown == NULL)
			return diag_add(d, "out of memory");
		hits->items = grown;
		hits->room = room;
	}
	hits->items[hits->count++] = hit;
	return 0;
}

/* ---- one text ---- */

struct scan {
	const struct id_set *set;
	struct slice text;
	struct prefilter_scan *needs;
	struct pattern_walk walk;
	struct prefilter_places places; /* where a number may begin; no bits: no rule has asked yet */
	struct hits hits;
};

/* Most texts have no number, so what a search takes is made for the first rule that may find one. */
static int scan_prepare(struct scan *scan, struct diag *d)
{
	size_t words = PREFILTER_WORDS(scan->text.len);

	if (scan->places.bits != NULL)
		return 0;
	scan->walk.search = pattern_search_new();
	scan->places.bits = calloc(2 * words, sizeof(*scan->places.bits));
	if (scan->walk.search == NULL || scan->places.bits == NULL)
		return diag_add(d, "out of memory");
	scan->places.spare = scan->places.bits + words;
	return 0;
}

/* 1, 0, or -1 for an error. */
static int near_test(const struct scan *scan, const struct pattern *context, size_t from, size_t len, struct diag *d)
{
	size_t start, end;
	const struct pattern_subject near = {slice_sub(scan->text, from, len), scan->walk.subject.ascii};

	return pattern_search(scan->walk.search, context, &near, 0, len, &start, &end, d);
}

/* Does the context stand near? 1, 0, or -1 for an error. */
static int context_test(const struct scan *scan, const struct id_rule *rule, struct hit hit, struct diag *d)
{
	size_t from = hit.start > CONTEXT_BYTES ? hit.start - CONTEXT_BYTES : 0;
	int rc;

	if (rule->context == NULL)
		return 1;
	rc = near_test(scan, rule->context, from, hit.start - from, d);
	return rc != 0 ? rc : near_test(scan, rule->context, hit.end, CONTEXT_BYTES, d);
}

/* All numbers of a rule that may have one. */
static int rule_scan(struct scan *scan, size_t index, struct diag *d)
{
	const struct id_rule *rule = &scan->set->rules[index];
	size_t at = 0, start, end;
	int rc;

	while ((rc = pattern_walk_next(&scan->walk, rule->number, at, &start, &end, d)) > 0) {
		struct hit hit = {start, end, index};

		pattern_search_group(scan->walk.search, &hit.start, &hit.end);
		/*
		 * On from the number, not from the whole match: what follows it in the
		 * match may be what stands before the next one.
		 */
		at = hit.end > at ? hit.end : end > at ? end : at + 1;
		if (hit.start == hit.end)
			continue;
		rc = context_test(scan, rule, hit, d);
		if (rc < 0 || (rc > 0 && hits_add(&scan->hits, hit, d) != 0))
			return -1;
	}
	return rc;
}

static int rules_scan(struct scan *scan, struct diag *d)
{
	const struct prefilter *prefilter = scan->set->prefilter;

	for (size_t i = 0; i < scan->set->count; i++) {
		/* Of most contexts not a word is in the text. */
		if (!prefilter_may(prefilter, scan->needs, i) || !prefilter_may(prefilter, scan->needs, scan->set->count + i))
			continue;
		if (scan_prepare(scan, d) != 0)
			return -1;
		scan->walk.places = prefilter_starts(prefilter, scan->needs, i, scan->text.len, &scan->places) ?
		    &scan->places : NULL;
		if (rule_scan(scan, i, d) != 0)
			return -1;
	}
	return 0;
}

/* Longer first, then earlier, then by rule. */
static int by_length(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	size_t nx = x->end - x->start, ny = y->end - y->start;

	if (nx != ny)
		return nx > ny ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static int by_place(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Keeps the hits of which no byte belongs to a longer one, in the order of the text. */
static int hits_settle(struct hits *hits, size_t text_len, struct diag *d)
{
	unsigned char *taken = calloc(1, text_len + 1);
	size_t kept = 0;

	if (taken == NULL)
		return diag_add(d, "out of memory");
	qsort(hits->items, hits->count, sizeof(*hits->items), by_length);
	for (size_t i = 0; i < hits->count; i++) {
		struct hit hit = hits->items[i];

		/* a hit that is not longer than those before can only overlap at an end */
		if (taken[hit.start] || taken[hit.end - 1])
			continue;
		memset(taken + hit.start, 1, hit.end - hit.start);
		hits->items[kept++] = hit;
	}
	free(taken);
	hits->count = kept;
	qsort(hits->items, kept, sizeof(*hits->items), by_place);
	return 0;
}

static int hits_deliver(const struct id_set *set, const struct hits *hits, struct arena *arena,
    struct slice text, struct mail_id **ids_r, size_t *count_r, struct diag *d)
{
	struct mail_id *all = arena_array(arena, *count_r + hits->count, sizeof(*all));

	if (all == NULL)
		return diag_add(d, "the memory budget for numbers is used up");
	if (*count_r > 0)
		memcpy(all, *ids_r, *count_r * sizeof(*all));
	for (size_t i = 0; i < hits->count; i++) {
		const struct hit *hit = &hits->items[i];

		/* The set may be replaced while the message lives: the kind is copied. */
		struct slice kind = arena_slice(arena, slice_str(set->rules[hit->rule].kind));

		if (kind.ptr == NULL)
			return diag_add(d, "the memory budget for numbers is used up");
		all[*count_r + i] = (struct mail_id){.kind = kind,
		    .value = slice_sub(text, hit->start, hit->end - hit->start)};
	}
	*ids_r = all;
	*count_r += hits->count;
	return 0;
}

int id_set_scan(const struct id_set *set, struct arena *arena, struct slice text, int64_t deadline,
    struct mail_id **ids_r, size_t *count_r, struct diag *d)
{
	const struct pattern_subject subject = {text, slice_is_ascii(text)};
	struct scan scan = {.set = set, .text = text, .walk = pattern_walk_begin(&subject, NULL, deadline)};
	int rc;

	if (text.len == 0 || set->count == 0)
		return 0;
	scan.needs = prefilter_begin(set->prefilter, text);
	rc = rules_scan(&scan, d);
	if (rc == 0 && scan.hits.count > 0) {
		rc = hits_settle(&scan.hits, text.len, d);
		if (rc == 0)
			rc = hits_deliver(set, &scan.hits, arena, text, ids_r, count_r, d);
	}
	prefilter_end(set->prefilter, &scan.needs);
	pattern_search_free(&scan.walk.search);
	free(scan.places.bits);
	free(scan.hits.items);
	return rc;
}
