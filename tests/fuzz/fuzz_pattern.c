/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An expression in the first line, a text behind it: where the expression matches, the strings that it needs
 * stand, and the search of the places that they tell finds what a search of the whole text does, also when the text is
 * ASCII and the expression has a form for that (core/pattern_ascii.h), and its parts have the matches of the whole.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/literals.h"
#include "core/pattern.h"
#include "core/pattern_parts.h"
#include "core/text.h"
#include "engine/judge.h"
#include "engine/patterns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside_word(struct slice text, size_t at)
{
	return at < text.len && literal_is_word(text.ptr[at]);
}

/* Whether words begin and end where the literal wants it, when it stands at this place of the text. */
static bool edges_fit(const struct literal *literal, struct slice text, size_t at)
{
	if ((literal->edges & LITERAL_STARTS) != 0 && at > 0 && inside_word(text, at - 1))
		return false;
	return (literal->edges & LITERAL_ENDS) == 0 || !inside_word(text, at + literal->len);
}

static bool bytes_fit(const struct literal *literal, const char *text)
{
	for (size_t i = 0; i < literal->len; i++)
		if (!literal_byte_fits(literal->bytes[i], text[i]))
			return false;
	return true;
}

static bool stands(const struct literal_set *set, struct slice text)
{
	for (size_t i = 0; i < set->count; i++)
		for (size_t at = 0; at + set->items[i].len <= text.len; at++)
			if (bytes_fit(&set->items[i], text.ptr + at) && edges_fit(&set->items[i], text, at))
				return true;
	return false;
}

static bool is_doubtful(struct slice text)
{
	return slice_find(text, SLICE_LIT("\xC5\xBF")) >= 0 || slice_find(text, SLICE_LIT("\xE2\x84\xAA")) >= 0;
}

static void check(const struct literals *needs, struct slice text)
{
	char *folded = malloc(text.len + 1);

	if (folded == NULL)
		return;
	text = (struct slice){folded, literals_fold(text, folded, NULL)};
	for (size_t i = 0; i < needs->count; i++)
		if (!stands(&needs->sets[i], text))
			abort();
	free(folded);
}

/* What was found so far by a search of the whole text. */
struct whole {
	const struct pattern *pattern;
	struct slice text;
	size_t offset;
	bool failed; /* a limit was passed */
};

/* With what PCRE2 makes of the expression for any text. */
static int find_general(const struct pattern *pattern, struct slice text, size_t offset, struct pattern_match *match_r,
    struct diag *d)
{
	const struct pattern_subject subject = {.text = text, .ascii = false};
	struct pattern_search *search = pattern_search_new();
	int rc = search != NULL ?
	    pattern_search(search, pattern, &subject, offset, text.len, &match_r->start, &match_r->end, d) : -1;

	pattern_search_free(&search);
	return rc;
}

static size_t after(struct slice text, const struct pattern_match *match)
{
	unsigned long cp;
	size_t n = match->end > match->start ? 0 : utf8_decode(slice_sub(text, match->end, text.len), &cp);

	return match->end + (match->end > match->start ? 0 : n != 0 ? n : 1);
}

static int is_next(void *arg, size_t number, size_t start, size_t end)
{
	struct whole *whole = arg;
	struct pattern_match match;
	struct diag d = {0};
	int rc = whole->offset <= whole->text.len ?
	    find_general(whole->pattern, whole->text, whole->offset, &match, &d) : 0;

	(void)number;
	whole->failed = rc < 0;
	if (whole->failed)
		return 1;
	if (rc == 0 || match.start != start || match.end != end)
		abort();
	whole->offset = after(whole->text, &match);
	return 0;
}

static void search_both(const struct pattern_pool *pool, struct slice text)
{
	struct judging j = {.deadline = 0};
	struct pattern_text temporary;
	const struct pattern_text *known = pattern_text_begin(&j, pool, text, &temporary);
	struct whole whole = {.pattern = pool->items[0].pattern, .text = text};
	struct pattern_finder finder;
	struct pattern_match match;
	struct diag d = {0};

	if (pattern_finder_begin(&finder, &j, known, SIZE_MAX, &d) == 0) {
		int rc = prefilter_may(pool->prefilter, known->scan, 0) ?
		    pattern_finder_match(&finder, 0, 0, is_next, &whole, &d) : 0;

		if (rc == 0 && finder.cut == NULL && whole.offset <= text.len &&
		    find_general(whole.pattern, text, whole.offset, &match, &d) == 1)
			abort();
		pattern_finder_end(&finder);
	}
	pattern_text_end(known, &temporary);
}

static void compare_searches(const char *expression, struct slice text)
{
	struct pattern_pool *pool = pattern_pool_new();
	struct diag d = {0};
	size_t number;

	if (pool != NULL && pattern_pool_add(pool, expression, &number, &d) == 0 && pattern_pool_finish(pool, &d) == 0)
		search_both(pool, text);
	pattern_pool_free(&pool);
}

/* The match of the parts that is the whole's: the first one's of those that begin first. 0: none, -1: error. */
static int find_in_parts(const struct pattern_parts *parts, struct slice text, struct pattern_match *match_r, struct diag *d)
{
	int found = 0;

	for (size_t i = 0; i < parts->count; i++) {
		struct pattern *part = pattern_compile(parts->items[i], PATTERN_NO_CASE, d);
		struct pattern_match match;
		int rc = 0;

		if (part == NULL)
			abort();
		rc = find_general(part, text, 0, &match, d);
		pattern_free(&part);
		if (rc < 0)
			return -1;
		if (rc > 0 && (found == 0 || match.start < match_r->start))
			*match_r = match;
		found |= rc;
	}
	return found;
}

static void compare_parts(const char *expression, struct slice text)
{
	struct diag d = {0};
	struct pattern *pattern = pattern_compile(expression, PATTERN_NO_CASE, &d);
	struct pattern_parts parts = {0};
	struct pattern_match whole = {0}, first = {0};

	if (pattern != NULL && pattern_parts_of(expression, 0, 1, &parts) == 0 && parts.count > 0) {
		int rc = find_general(pattern, text, 0, &whole, &d), parted = find_in_parts(&parts, text, &first, &d);

		if (rc >= 0 && parted >= 0 &&
		    (rc != parted || (rc > 0 && (whole.start != first.start || whole.end != first.end))))
			abort();
	}
	pattern_parts_free(&parts);
	pattern_free(&pattern);
}

static void compare(const char *expression, struct slice text)
{
	struct literals needs;
	struct diag d = {0};
	struct pattern *pattern = pattern_compile(expression, PATTERN_NO_CASE, &d);

	if (pattern == NULL)
		return;
	literals_of(expression, &needs);
	if (!is_doubtful(text) && pattern_test(pattern, text, &d) == 1)
		check(&needs, text);
	pattern_free(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = end != NULL ? (size_t)(end - data) : 0;
	char expression[500];

	if (end == NULL || len >= sizeof(expression))
		return 0;
	memcpy(expression, data, len);
	expression[len] = '\0';
	compare(expression, (struct slice){(const char *)end + 1, size - len - 1});
	compare_parts(expression, (struct slice){(const char *)end + 1, size - len - 1});
	compare_searches(expression, (struct slice){(const char *)end + 1, size - len - 1});
	return 0;
}
