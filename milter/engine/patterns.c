/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of expressions for plugins, over core/pattern. Each expression is
 * searched by itself: joining them into one alternation loses PCRE2's fast
 * start for literals and breaks back references, and a limit that one
 * expression passes could not be told from its neighbours'. One scan before
 * (core/prefilter) tells which of them can match at all, so that a set costs
 * little more than its hits; what matches is PCRE2's to say alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/pattern.h"
#include "core/prefilter.h"
#include "core/text.h"
#include "engine/host.h"

/* Matches of one expression in one text: more is a text made to keep us busy. */
#define MATCHES_MAX 10000

struct postern_patterns {
	char *option; /* that they stand in */
	struct prefilter *prefilter;
	size_t count;
	struct pattern *list[];
};

static void report(const struct postern_conf *conf, const char *option, size_t number, const char *reason)
{
	char text[4200];

	snprintf(text, sizeof(text), "expression %zu: %s", number, reason);
	host_conf_error(conf, option, 0, text);
}

static struct postern_patterns *set_new(const char *option, size_t count)
{
	struct postern_patterns *patterns = NULL;

	if (count < SIZE_MAX / sizeof(patterns->list[0]) - sizeof(*patterns))
		patterns = calloc(1, sizeof(*patterns) + count * sizeof(patterns->list[0]));
	if (patterns == NULL)
		return NULL;
	patterns->option = strdup(option != NULL ? option : "expressions");
	patterns->prefilter = prefilter_new(count);
	if (patterns->option == NULL || patterns->prefilter == NULL) {
		host_patterns_free(patterns);
		return NULL;
	}
	return patterns;
}

/* false: memory is out. */
static bool filter(struct postern_patterns *patterns, const char *const *expressions)
{
	struct literals needs;

	for (size_t i = 0; i < patterns->count; i++) {
		literals_of(expressions[i], &needs);
		if (prefilter_add(patterns->prefilter, i, &needs) != 0)
			return false;
	}
	return prefilter_finish(patterns->prefilter) == 0;
}

struct postern_patterns *host_patterns_compile(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count)
{
	struct postern_patterns *patterns = set_new(option, count);

	for (size_t i = 0; patterns != NULL && i < count; i++) {
		struct diag d = {0};

		patterns->list[i] = pattern_compile(expressions[i], PATTERN_NO_CASE, &d);
		if (patterns->list[i] == NULL) {
			report(conf, option, i + 1, d.text);
			host_patterns_free(patterns);
			return NULL;
		}
		patterns_lint(conf, option, i, count, expressions[i]);
		patterns->count++;
	}
	if (patterns == NULL || !filter(patterns, expressions)) {
		host_conf_error(conf, option, 0, "out of memory");
		host_patterns_free(patterns);
		return NULL;
	}
	return patterns;
}

void host_patterns_free(struct postern_patterns *patterns)
{
	if (patterns == NULL)
		return;
	for (size_t i = 0; i < patterns->count; i++)
		pattern_free(&patterns->list[i]);
	if (patterns->prefilter != NULL)
		prefilter_free(&patterns->prefilter);
	free(patterns->option);
	free(patterns);
}

/* Where to go on after a match; past a whole character when it was empty. */
static size_t next_offset(struct slice text, const struct pattern_match *match)
{
	unsigned long cp;
	size_t n;

	if (match->end > match->start)
		return match->end;
	n = utf8_decode(slice_sub(text, match->end, text.len), &cp);
	return match->end + (n != 0 ? n : 1);
}

/* All matches of one expression: 0, 1: fn wants no more, -1: error. */
static int match_one(const struct pattern *pattern, size_t number, struct slice text, int64_t deadline,
    postern_match_fn fn, void *arg, struct diag *d)
{
	size_t offset = 0, found = 0;

	while (offset <= text.len) {
		struct pattern_match match;
		int rc = pattern_find_until(pattern, text, offset, deadline, &match, d);

		if (rc <= 0)
			return rc;
		if (fn(arg, number, match.start, match.end) != 0)
			return 1;
		if (++found >= MATCHES_MAX)
			return diag_add(d, "it matches too often");
		offset = next_offset(text, &match);
	}
	return 0;
}

/* As match_one, for those that can match. *at_r: the expression that an error is of. */
static int match_all(const struct judging *j, const struct postern_patterns *patterns,
    const struct prefilter_scan *scan, struct slice text, postern_match_fn fn, void *arg, size_t *at_r, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; i < patterns->count && rc == 0; i++) {
		if (!prefilter_may(patterns->prefilter, scan, i))
			continue;
		*at_r = i;
		rc = match_one(patterns->list[i], i, text, j->deadline, fn, arg, d);
	}
	return rc;
}

enum postern_status host_patterns_match(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    struct postern_slice text, postern_match_fn fn, void *arg)
{
	struct slice view = host_view(text);
	struct prefilter_scan *scan;
	struct diag d = {0};
	size_t at = 0;
	int rc;

	if (patterns == NULL || fn == NULL)
		return host_trouble(ctx, POSTERN_BUG, "patterns_match without a set or a function");
	if (view.ptr == NULL)
		view = SLICE_LIT("");
	scan = prefilter_begin(patterns->prefilter, view);
	rc = match_all(ctx->judging, patterns, scan, view, fn, arg, &at, &d);
	prefilter_end(patterns->prefilter, &scan);
	if (rc >= 0)
		return POSTERN_OK;
	return patterns_failed(ctx, patterns->option, at, patterns->count, pattern_text(patterns->list[at]), d.text);
}
