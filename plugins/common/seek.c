/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searches a list only as far as it matters. Most expressions of a list mean something only beside others: the
 * second part of a rule, what keeps a rule from holding, a weight that counts against others. They are looked for
 * when the others were found, which in an ordinary message is seldom.
 */
#include "list.h"

#include <stdlib.h>
#include <string.h>

/* What a phrase without a class is: one of positive or negative weight, or what its value says. */
static const char *phrase_label(const struct phrase *phrase)
{
	if (phrase->classes != 0)
		return "";
	return phrase->weight > 0 ? "+" : phrase->weight < 0 ? "-" : phrase->value;
}

static bool belongs(const struct phrase *phrase, const struct phrase_group *group)
{
	return phrase->classes == group->classes && (phrase->shouts > 0) == (group->shouts > 0) &&
	    strcmp(phrase_label(phrase), group->label) == 0;
}

/* The number of phrase's group, which is new when no other is. */
static size_t find_group(struct phrases *phrases, const struct phrase *phrase)
{
	size_t i = 0;

	while (i < phrases->group_count && !belongs(phrase, &phrases->groups[i]))
		i++;
	if (i == phrases->group_count)
		phrases->groups[phrases->group_count++] = (struct phrase_group){.classes = phrase->classes,
		    .label = phrase_label(phrase), .shouts = phrase->shouts};
	if (phrase->shouts < phrases->groups[i].shouts)
		phrases->groups[i].shouts = phrase->shouts;
	return i;
}

/* Each group's numbers stand together, in the order of the list. */
static void fill_group(struct phrases *phrases, size_t group, const size_t *group_of, size_t *at)
{
	phrases->groups[group].first = *at;
	for (size_t i = 0; i < phrases->count; i++)
		if (group_of[i] == group)
			phrases->numbers[(*at)++] = i;
	phrases->groups[group].count = *at - phrases->groups[group].first;
}

static void fill_groups(struct phrases *phrases, const size_t *group_of)
{
	size_t at = 0;

	for (size_t g = 0; g < phrases->group_count; g++)
		if (phrases->groups[g].classes != 0)
			fill_group(phrases, g, group_of, &at);
	phrases->classed = at;
	for (size_t g = 0; g < phrases->group_count; g++)
		if (phrases->groups[g].classes == 0)
			fill_group(phrases, g, group_of, &at);
}

/* Whether a group is of the class of that bit; of none: PHRASE_CLASSES. */
static bool has_class(const struct phrase_group *group, size_t bit)
{
	return bit == PHRASE_CLASSES ? group->classes == 0 : (group->classes >> bit & 1) != 0;
}

/* -1: out of memory. */
static int fill_classes(struct phrases *phrases)
{
	size_t at = 0, room = 1;

	for (size_t bit = 0; bit <= PHRASE_CLASSES; bit++)
		for (size_t g = 0; g < phrases->group_count; g++)
			room += has_class(&phrases->groups[g], bit);
	phrases->class_groups = calloc(room, sizeof(*phrases->class_groups));
	if (phrases->class_groups == NULL)
		return -1;
	for (size_t bit = 0; bit <= PHRASE_CLASSES; bit++) {
		phrases->class_first[bit] = at;
		for (size_t g = 0; g < phrases->group_count; g++)
			if (has_class(&phrases->groups[g], bit))
				phrases->class_groups[at++] = g;
	}
	phrases->class_first[PHRASE_CLASSES + 1] = at;
	return 0;
}

int list_group(struct phrases *phrases)
{
	size_t *group_of = calloc(phrases->count + 1, sizeof(*group_of));

	phrases->groups = calloc(phrases->count + 1, sizeof(*phrases->groups));
	phrases->numbers = calloc(phrases->count + 1, sizeof(*phrases->numbers));
	if (group_of == NULL || phrases->groups == NULL || phrases->numbers == NULL) {
		free(group_of);
		return -1;
	}
	for (size_t i = 0; i < phrases->count; i++)
		group_of[i] = find_group(phrases, &phrases->items[i]);
	fill_groups(phrases, group_of);
	free(group_of);
	return fill_classes(phrases);
}

enum postern_status phrases_match_group(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, const struct phrase_group *group, struct postern_slice text, postern_match_fn fn,
    void *arg)
{
	if (phrases->patterns == NULL || text.len == 0 || (group->shouts > 0 && !shout_may(text, group->shouts)))
		return POSTERN_OK;
	/* Most lists of one's own are one group, and may be long. */
	if (group->count == phrases->count)
		return host->patterns_match(ctx, phrases->patterns, text, fn, arg);
	return host->patterns_match_some(ctx, phrases->patterns, phrases->numbers + group->first, group->count, text, fn, arg);
}

/* ---- one message ---- */

int seek_begin(struct seek *seek)
{
	seek->done = calloc(seek->phrases->group_count + 1, 1);
	return seek->done != NULL ? 0 : -1;
}

void seek_end(struct seek *seek)
{
	free(seek->done);
	seek->done = NULL;
}

void seek_done(struct seek *seek)
{
	memset(seek->done, 1, seek->phrases->group_count);
	seek->sought = UINT64_MAX;
}

static enum postern_status search(struct seek *seek, size_t group)
{
	if (seek->done[group])
		return POSTERN_OK;
	seek->done[group] = 1;
	return seek->search(seek->arg, &seek->phrases->groups[group]);
}

enum postern_status seek_label(struct seek *seek, const char *label)
{
	const struct phrases *phrases = seek->phrases;
	enum postern_status status = POSTERN_OK;

	for (size_t i = phrases->class_first[PHRASE_CLASSES]; i < phrases->class_first[PHRASE_CLASSES + 1] &&
	    status == POSTERN_OK; i++)
		if (strcmp(phrases->groups[phrases->class_groups[i]].label, label) == 0)
			status = search(seek, phrases->class_groups[i]);
	return status;
}

enum postern_status seek_classes(struct seek *seek, uint64_t classes)
{
	const struct phrases *phrases = seek->phrases;
	enum postern_status status = POSTERN_OK;

	for (uint64_t left = classes & ~seek->sought; left != 0 && status == POSTERN_OK; left &= left - 1) {
		size_t bit = (size_t)__builtin_ctzll(left);

		for (size_t i = phrases->class_first[bit]; i < phrases->class_first[bit + 1] && status == POSTERN_OK; i++)
			status = search(seek, phrases->class_groups[i]);
	}
	if (status == POSTERN_OK)
		seek->sought |= classes;
	return status;
}

/* *met_r: whether all parts of the rule are met somewhere. */
static enum postern_status seek_parts(struct seek *seek, const struct phrase_rule *rule, bool *met_r)
{
	*met_r = true;
	for (size_t i = 0; i < rule->count && *met_r; i++) {
		enum postern_status status = seek_classes(seek, rule->parts[i]);

		if (status != POSTERN_OK)
			return status;
		*met_r = seek->met(seek->arg, rule, i + 1, 0);
	}
	return POSTERN_OK;
}

/* Whether a rule's first part was found, or may be; nearly no rule's is. */
static bool head_may(const struct seek *seek, uint64_t head)
{
	return (head & (*seek->anywhere | (seek->may & ~seek->sought))) != 0;
}

enum postern_status seek_rule(struct seek *seek, size_t number, bool *met_r)
{
	const struct phrase_rule *rule = &seek->phrases->rules[number];
	enum postern_status status;

	*met_r = false;
	if (!head_may(seek, seek->phrases->heads[number]) || !seek->met(seek->arg, rule, rule->count, ~seek->sought))
		return POSTERN_OK;
	status = seek_parts(seek, rule, met_r);
	for (size_t reach = 0; *met_r && reach < PHRASE_REACHES && status == POSTERN_OK; reach++)
		status = seek_classes(seek, rule->without[reach]);
	return status;
}

enum postern_status seek_rules(struct seek *seek, bool *met_r)
{
	enum postern_status status = POSTERN_OK;

	*met_r = false;
	for (size_t i = 0; i < seek->phrases->rule_count && status == POSTERN_OK; i++) {
		bool met;

		status = seek_rule(seek, i, &met);
		*met_r = *met_r || met;
	}
	return status;
}
