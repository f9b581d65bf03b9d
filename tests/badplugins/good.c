/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; finds the word its option names, but not in quotes. */
#include "plugin_fixture.h"

#include <string.h>

static const struct postern_option options[] = {
	{"word", POSTERN_OPTION_STRING, "forbidden", 0, 0, "The word to find."}, {0}
};

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct postern_slice word = host->conf_string(conf, "word");
	const char *expressions[] = {word.ptr};

	*instance_r = host->patterns_compile(conf, "word", expressions, 1);
	return *instance_r != NULL ? POSTERN_OK : POSTERN_BUG;
}

struct search {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	struct postern_slice text;
	size_t index;
	enum postern_status status;
};

static int found(void *arg, size_t pattern, size_t start, size_t end)
{
	struct search *s = arg;

	(void)pattern;
	s->status = s->host->finding(s->ctx, &(struct postern_finding){
		.rule_id = "FIXTURE", .where = POSTERN_IN_TEXT, .index = s->index, .score = 100,
		.evidence = {s->text.ptr + start, end - start}});
	return s->status != POSTERN_OK;
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct postern_patterns *patterns = instance;

	for (size_t i = 0; i < host->text_count(ctx); i++) {
		struct postern_text text;
		struct search s = {.host = host, .ctx = ctx, .index = i, .status = POSTERN_OK};
		enum postern_status status = host->text(ctx, i, &text);

		if (status != POSTERN_OK)
			return status;
		if (text.kind == POSTERN_SEGMENT_QUOTE)
			continue;
		s.text = text.text;
		status = host->patterns_match(ctx, patterns, text.text, found, &s);
		if (status != POSTERN_OK || s.status != POSTERN_OK)
			return status != POSTERN_OK ? status : s.status;
	}
	return POSTERN_OK;
}

static void close_instance(const struct postern_host *host, void *instance)
{
	host->patterns_free(instance);
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("good"), FIXTURE_BODY, .options = options,
	.open = open_instance, .check = check, .close = close_instance
};
