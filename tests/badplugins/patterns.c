/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; searches the text for the expressions of a list, whatever they cost. */
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 2000

static const struct postern_option options[] = {
	{"list", POSTERN_OPTION_FILE, NULL, 0, 0, "One expression a line; '#' starts a comment."},
	{"score", POSTERN_OPTION_INT, "-1", -1, 100, "Of a finding for each match, 100 for each of the last expression; -1: none."}, {0}
};

struct instance {
	struct postern_patterns *patterns;
	size_t count;
	int score;
};

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct postern_slice file = host->conf_file(conf, "list");
	char *text = strndup(file.ptr, file.len), *rest = text, *line;
	struct instance *instance = calloc(1, sizeof(*instance));
	const char *expressions[LINES_MAX];
	size_t count = 0;

	while (text != NULL && (line = strsep(&rest, "\n")) != NULL && count < LINES_MAX)
		if (line[0] != '\0' && line[0] != '#')
			expressions[count++] = line;
	if (text != NULL && instance != NULL)
		instance->patterns = host->patterns_compile(conf, "list", expressions, count);
	free(text);
	if (instance == NULL || instance->patterns == NULL) {
		free(instance);
		return POSTERN_BUG;
	}
	instance->count = count;
	instance->score = (int)host->conf_int(conf, "score");
	*instance_r = instance;
	return POSTERN_OK;
}

struct search {
	const struct postern_host *host;
	const struct instance *instance;
	struct postern_ctx *ctx;
	struct postern_slice text;
	size_t index;
};

static int found(void *arg, size_t pattern, size_t start, size_t end)
{
	const struct search *search = arg;
	const struct instance *in = search->instance;
	const struct postern_finding finding = {.rule_id = "FIXTURE", .where = POSTERN_IN_TEXT, .index = search->index,
	    .evidence = {search->text.ptr + start, end - start},
	    .score = in->count > 1 && pattern + 1 == in->count ? 100 : in->score};

	if (in->score >= 0)
		search->host->finding(search->ctx, &finding);
	return 0;
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct search search = {host, instance, ctx, {NULL, 0}, 0};
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; status == POSTERN_OK && i < host->text_count(ctx); i++) {
		struct postern_text text;

		status = host->text(ctx, i, &text);
		search.text = text.text;
		search.index = i;
		if (status == POSTERN_OK)
			status = host->patterns_match(ctx, search.instance->patterns, text.text, found, &search);
	}
	return status;
}

static void close_instance(const struct postern_host *host, void *instance)
{
	struct instance *in = instance;

	host->patterns_free(in->patterns);
	free(in);
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("patterns"), .version = "1", .summary = "A fixture.", .directions = POSTERN_OUTBOUND | POSTERN_INBOUND,
	.needs = POSTERN_NEED_TEXT, .rules = fixture_rules, .options = options, .open = open_instance, .check = check, .close = close_instance
};
