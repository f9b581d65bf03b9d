/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; searches the text for the expressions of a list, whatever they cost. */
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 2000

static const struct postern_option options[] = {
	{"list", POSTERN_OPTION_FILE, NULL, 0, 0, "One expression a line; '#' starts a comment."}, {0}
};

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct postern_slice file = host->conf_file(conf, "list");
	char *text = strndup(file.ptr, file.len), *rest = text, *line;
	const char *expressions[LINES_MAX];
	size_t count = 0;

	while (text != NULL && (line = strsep(&rest, "\n")) != NULL && count < LINES_MAX)
		if (line[0] != '\0' && line[0] != '#')
			expressions[count++] = line;
	*instance_r = text != NULL ? host->patterns_compile(conf, "list", expressions, count) : NULL;
	free(text);
	return *instance_r != NULL ? POSTERN_OK : POSTERN_BUG;
}

static int found(void *arg, size_t pattern, size_t start, size_t end)
{
	(void)arg;
	(void)pattern;
	(void)start;
	(void)end;
	return 0;
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; status == POSTERN_OK && i < host->text_count(ctx); i++) {
		struct postern_text text;

		status = host->text(ctx, i, &text);
		if (status == POSTERN_OK)
			status = host->patterns_match(ctx, instance, text.text, found, NULL);
	}
	return status;
}

static void close_instance(const struct postern_host *host, void *instance)
{
	host->patterns_free(instance);
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("patterns"), FIXTURE_BODY, .options = options,
	.open = open_instance, .check = check, .close = close_instance
};
