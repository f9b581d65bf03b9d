/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of expressions for plugins. A set is a list of expressions of a pool: its generation's, which it shares
 * with the other rules' sets, or one of its own. Each expression is searched by itself: joining them into one
 * alternation loses PCRE2's fast start for literals and breaks back references, and a limit that one
 * expression passes could not be told from its neighbours'.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/host.h"
#include "engine/patterns.h"

struct postern_patterns {
	char *option; /* that they stand in */
	struct pattern_pool *pool;
	bool own; /* the pool */
	bool run; /* each number is the one before and 1, as where no expression is another rule's, too */
	size_t count;
	size_t numbers[]; /* in the pool */
};

static void report(const struct postern_conf *conf, const char *option, size_t number, const char *reason)
{
	char text[4200];

	snprintf(text, sizeof(text), "expression %zu: %s", number, reason);
	host_conf_error(conf, option, 0, text);
}

static struct postern_patterns *set_new(const char *option, size_t count, struct pattern_pool *pool)
{
	struct postern_patterns *patterns = NULL;

	if (count < SIZE_MAX / sizeof(patterns->numbers[0]) - sizeof(*patterns))
		patterns = calloc(1, sizeof(*patterns) + count * sizeof(patterns->numbers[0]));
	if (patterns == NULL)
		return NULL;
	patterns->own = pool == NULL;
	patterns->pool = pool != NULL ? pool : pattern_pool_new();
	patterns->option = strdup(option != NULL ? option : "expressions");
	if (patterns->option == NULL || patterns->pool == NULL) {
		host_patterns_free(patterns);
		return NULL;
	}
	return patterns;
}

/* Whether each number is the one before and 1. */
static bool is_run(const size_t *numbers, size_t count)
{
	size_t odd = 0;

	for (size_t i = 0; i < count; i++)
		odd |= numbers[i] ^ (numbers[0] + i);
	return odd == 0;
}

struct postern_patterns *host_patterns_compile(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count)
{
	struct pattern_pool *pool = conf != NULL ? conf->patterns : NULL;
	struct postern_patterns *patterns = set_new(option, count, pool);
	struct diag d = {0};

	for (size_t i = 0; patterns != NULL && i < count; i++) {
		if (pattern_pool_add(patterns->pool, expressions[i], &patterns->numbers[i], &d) != 0) {
			report(conf, option, i + 1, d.text);
			host_patterns_free(patterns);
			return NULL;
		}
		patterns_lint(conf, option, i, count, expressions[i]);
		patterns->count++;
	}
	if (patterns != NULL)
		patterns->run = is_run(patterns->numbers, count);
	if (patterns == NULL || (patterns->own && pattern_pool_finish(patterns->pool, &d) != 0)) {
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
	if (patterns->own)
		pattern_pool_free(&patterns->pool);
	else
		for (size_t i = 0; i < patterns->count; i++)
			pattern_pool_drop(patterns->pool, patterns->numbers[i]);
	free(patterns->option);
	free(patterns);
}

/* Which expressions of a set are looked for. */
struct selection {
	const size_t *numbers; /* NULL: a run from first on */
	size_t first, count;
	size_t until; /* for matches that begin before it */
};

static size_t number_at(const struct selection *selection, size_t i)
{
	return selection->numbers != NULL ? selection->numbers[i] : selection->first + i;
}

/* The first of the selection from i on that can match; behind the last: none can. */
static size_t next_candidate(const struct postern_patterns *patterns, const struct selection *selection,
    const struct pattern_text *text, size_t i)
{
	const size_t *numbers = patterns->numbers + selection->first;

	if (selection->numbers == NULL && patterns->run)
		return prefilter_next_of_run(patterns->pool->prefilter, text->scan, numbers[0], selection->count, i);
	return prefilter_next(patterns->pool->prefilter, text->scan, numbers, selection->numbers, selection->count, i);
}

/* Each expression that can match, from first on. *at_r: the one that an error is of. */
static int match_all(struct pattern_finder *finder, const struct postern_patterns *patterns,
    const struct selection *selection, size_t first, postern_match_fn fn, void *arg, size_t *at_r, struct diag *d)
{
	int rc = 0;

	for (size_t i = first; i < selection->count && rc == 0; i = next_candidate(patterns, selection, finder->text, i + 1)) {
		*at_r = number_at(selection, i);
		rc = pattern_finder_match(finder, patterns->numbers[*at_r], *at_r, fn, arg, d);
	}
	return rc;
}

static const char *expression_text(const struct postern_patterns *patterns, size_t number)
{
	return pattern_text(patterns->pool->items[patterns->numbers[number]].pattern);
}

static enum postern_status search_text(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const struct selection *selection, size_t first, const struct pattern_text *text, postern_match_fn fn, void *arg)
{
	struct pattern_finder finder;
	struct diag d;
	size_t at = number_at(selection, first);
	int rc;

	diag_clear(&d);
	rc = pattern_finder_begin(&finder, ctx->judging, text, selection->until, &d);
	if (rc == 0) {
		rc = match_all(&finder, patterns, selection, first, fn, arg, &at, &d);
		pattern_finder_end(&finder);
	}
	if (rc < 0)
		return patterns_failed(ctx, patterns->option, at, patterns->count, expression_text(patterns, at), d.text);
	if (finder.cut != NULL)
		return patterns_cut(ctx, patterns->option, finder.cut_at, patterns->count,
		    expression_text(patterns, finder.cut_at), finder.cut);
	return POSTERN_OK;
}

static enum postern_status match_selection(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const struct selection *selection, struct postern_slice text, postern_match_fn fn, void *arg)
{
	struct slice view = text.ptr != NULL ? host_view(text) : SLICE_LIT("");
	enum postern_status status = POSTERN_OK;
	struct pattern_text temporary;
	const struct pattern_text *known;
	size_t first;

	if (selection->count == 0)
		return POSTERN_OK;
	if (!patterns->pool->finished)
		return host_trouble(ctx, POSTERN_BUG, "patterns_match while rules are still opened");
	known = pattern_text_begin(ctx->judging, patterns->pool, view, &temporary);
	first = next_candidate(patterns, selection, known, 0);
	/* Most sets have none in most texts. */
	if (first < selection->count)
		status = search_text(ctx, patterns, selection, first, known, fn, arg);
	pattern_text_end(known, &temporary);
	return status;
}

enum postern_status host_patterns_match(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    struct postern_slice text, postern_match_fn fn, void *arg)
{
	struct selection all;

	if (patterns == NULL || fn == NULL)
		return host_trouble(ctx, POSTERN_BUG, "patterns_match without a set or a function");
	all = (struct selection){NULL, 0, patterns->count, SIZE_MAX};
	return match_selection(ctx, patterns, &all, text, fn, arg);
}

/* The selection of those numbers. false: the set does not have them all. */
static bool select_some(const struct postern_patterns *patterns, const size_t *numbers, size_t count,
    struct selection *selection_r)
{
	size_t highest = 0, odd = 0;

	for (size_t i = 0; i < count; i++) {
		highest = numbers[i] > highest ? numbers[i] : highest;
		odd |= numbers[i] ^ (numbers[0] + i);
	}
	*selection_r = (struct selection){numbers, 0, count, SIZE_MAX};
	if (count > 0 && odd == 0)
		*selection_r = (struct selection){NULL, numbers[0], count, SIZE_MAX};
	return count == 0 || highest < patterns->count;
}

enum postern_status host_patterns_match_until(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, size_t until, postern_match_fn fn, void *arg)
{
	struct selection some;

	if (patterns == NULL || fn == NULL || (numbers == NULL && count > 0))
		return host_trouble(ctx, POSTERN_BUG, "patterns_match_some or _until without a set, numbers or a function");
	if (!select_some(patterns, numbers, count, &some))
		return host_trouble(ctx, POSTERN_BUG, "patterns_match_some or _until of an expression that the set does not have");
	some.until = until;
	return match_selection(ctx, patterns, &some, text, fn, arg);
}

enum postern_status host_patterns_match_some(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, postern_match_fn fn, void *arg)
{
	return host_patterns_match_until(ctx, patterns, numbers, count, text, SIZE_MAX, fn, arg);
}

/* Tells of each expression that may match in the text at all, from first on. -1: memory is out. */
static int tell_pieces(struct postern_ctx *ctx, const struct postern_patterns *patterns, const struct selection *selection,
    size_t first, const struct pattern_text *text, const struct pattern_pieces *pieces)
{
	struct pattern_finder finder;
	struct diag d;

	diag_clear(&d);
	if (pattern_finder_begin(&finder, ctx->judging, text, SIZE_MAX, &d) != 0)
		return -1;
	for (size_t i = first; i < selection->count; i = next_candidate(patterns, selection, text, i + 1)) {
		size_t number = number_at(selection, i);

		if (pieces->count == 1)
			pieces->fn(pieces->arg, number, 0);
		else if (pattern_live_begin(&finder, patterns->numbers[number]))
			pattern_live_pieces(&finder, number, pieces);
	}
	pattern_finder_end(&finder);
	return 0;
}

enum postern_status host_patterns_may(struct postern_ctx *ctx, const struct postern_patterns *patterns,
    const size_t *numbers, size_t count, struct postern_slice text, const size_t *ends, size_t pieces, postern_may_fn fn,
    void *arg)
{
	const struct pattern_pieces told = {ends, pieces, fn, arg};
	struct selection some;
	struct pattern_text temporary;
	const struct pattern_text *known;
	size_t first;
	int rc = 0;

	if (patterns == NULL || ends == NULL || fn == NULL || (numbers == NULL && count > 0))
		return host_trouble(ctx, POSTERN_BUG, "patterns_may without a set, numbers, pieces or a function");
	if (!patterns->pool->finished || !select_some(patterns, numbers, count, &some))
		return host_trouble(ctx, POSTERN_BUG, "patterns_may while rules are opened, or of an expression that the set does "
		    "not have");
	if (text.ptr == NULL || pieces == 0 || count == 0)
		return POSTERN_OK;
	known = pattern_text_begin(ctx->judging, patterns->pool, host_view(text), &temporary);
	first = next_candidate(patterns, &some, known, 0);
	if (first < count)
		rc = tell_pieces(ctx, patterns, &some, first, known, &told);
	pattern_text_end(known, &temporary);
	return rc == 0 ? POSTERN_OK : host_trouble(ctx, POSTERN_TEMPFAIL, "memory is out");
}
