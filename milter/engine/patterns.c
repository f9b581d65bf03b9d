/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of expressions for plugins, over core/pattern. Each expression is
 * searched by itself: joining them into one alternation loses PCRE2's fast
 * start for literals and breaks back references, and a limit that one
 * expression passes could not be told from its neighbours'.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pattern.h"
#include "core/text.h"
#include "engine/host.h"

/* Matches of one expression in one text: more is a text made to keep us busy. */
#define MATCHES_MAX 10000

struct postern_patterns {
	size_t count;
	char *option; /* that they stand in */
	struct pattern *list[];
};

static void report(const struct postern_conf *conf, const char *option, size_t number, const char *reason)
{
	char text[4200];

	snprintf(text, sizeof(text), "expression %zu: %s", number, reason);
	host_conf_error(conf, option, 0, text);
}

struct postern_patterns *host_patterns_compile(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count)
{
	struct postern_patterns *patterns = NULL;

	if (count < SIZE_MAX / sizeof(patterns->list[0]) - sizeof(*patterns))
		patterns = calloc(1, sizeof(*patterns) + count * sizeof(patterns->list[0]));
	if (patterns != NULL && (patterns->option = strdup(option != NULL ? option : "")) == NULL)
		host_patterns_free(patterns), patterns = NULL;
	if (patterns == NULL) {
		host_conf_error(conf, option, 0, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
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
	return patterns;
}

void host_patterns_free(struct postern_patterns *patterns)
{
	if (patterns == NULL)
		return;
	for (size_t i = 0; i < patterns->count; i++)
		pattern_free(&patterns->list[i]);
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

enum postern_status host_patterns_match(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    struct postern_slice text, postern_match_fn fn, void *arg)
{
	struct slice view = host_view(text);
	struct diag d = {0};
	size_t i = 0;
	int rc = 0;

	if (patterns == NULL || fn == NULL)
		return host_trouble(ctx, POSTERN_BUG, "patterns_match without a set or a function");
	if (view.ptr == NULL)
		view = SLICE_LIT("");
	for (; i < patterns->count && rc == 0; i++)
		rc = match_one(patterns->list[i], i, view, ctx->judging->deadline, fn, arg, &d);
	if (rc >= 0)
		return POSTERN_OK;
	return patterns_failed(ctx, patterns->option, i - 1, patterns->count, pattern_text(patterns->list[i - 1]), d.text);
}
