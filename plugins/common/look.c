/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host's filter says of a list's classes before anything is searched: an ordinary sentence may have words of
 * some class or other, but seldom those of all parts of a rule.
 */
#include "list.h"

struct looking {
	const struct phrases *phrases;
	look_fn fn;
	void *arg;
};

static void note(void *arg, size_t pattern, size_t piece)
{
	const struct looking *looking = arg;

	looking->fn(looking->arg, piece, looking->phrases->items[pattern].classes);
}

static void add_classes(void *arg, size_t piece, uint64_t classes)
{
	uint64_t *may = arg;

	(void)piece;
	*may |= classes;
}

enum postern_status look_classes(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    struct postern_slice text, uint64_t *may)
{
	struct looking looking = {phrases, add_classes, may};

	if (phrases->patterns == NULL)
		return POSTERN_OK;
	return host->patterns_may(ctx, phrases->patterns, phrases->numbers, phrases->classed, text, &text.len, 1, note, &looking);
}

uint64_t look_wanted(const struct phrases *phrases, uint64_t may)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < phrases->rule_count; i++) {
		const struct phrase_rule *rule = &phrases->rules[i];
		uint64_t classes = 0;
		size_t part = 0;

		for (; part < rule->count && (rule->parts[part] & may) != 0; part++)
			classes |= rule->parts[part];
		if (part == rule->count)
			wanted |= classes;
	}
	return wanted;
}

enum postern_status look_pieces(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    uint64_t wanted, struct postern_slice text, const size_t *ends, size_t pieces, look_fn fn, void *arg)
{
	struct looking looking = {phrases, fn, arg};
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < phrases->group_count && status == POSTERN_OK; i++) {
		const struct phrase_group *group = &phrases->groups[i];

		if ((group->classes & wanted) == 0 || (group->shouts > 0 && !shout_may(text, group->shouts)))
			continue;
		status = host->patterns_may(ctx, phrases->patterns, phrases->numbers + group->first, group->count, text, ends, pieces,
		    note, &looking);
	}
	return status;
}
