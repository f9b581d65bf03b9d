/* SPDX-License-Identifier: BSD-2-Clause */
/* Says by a header whether it wants mail to people outside of marketplaces, or does there what it may not. */
#include "plugin_fixture.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* As many steps as there are ways to part a run of that letter. */
static const char *const costly[] = {"(a+)+$"};

static bool says(struct postern_slice value, const char *word)
{
	return memmem(value.ptr, value.len, word, strlen(word)) != NULL;
}

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	*instance_r = host->patterns_compile(conf, "costly", costly, 1);
	return *instance_r != NULL ? POSTERN_OK : POSTERN_BUG;
}

static void close_instance(const struct postern_host *host, void *instance)
{
	host->patterns_free(instance);
}

static int ignore_match(void *arg, size_t pattern, size_t start, size_t end)
{
	(void)arg;
	(void)pattern;
	(void)start;
	(void)end;
	return 0;
}

static int wants(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct postern_header header;

	if (!host->header_find(ctx, "X-Choosy", 0, &header))
		return 0;
	if (says(header.value, "crash"))
		raise(SIGSEGV);
	while (says(header.value, "hang"))
		pause();
	if (says(header.value, "read"))
		host->text_count(ctx);
	if (says(header.value, "report"))
		host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_MESSAGE, .score = 100});
	if (says(header.value, "label"))
		host->label(ctx, "Early");
	if (says(header.value, "fail"))
		host->fail(ctx, "it does not know");
	if (says(header.value, "search"))
		host->patterns_match(ctx, instance, header.value, ignore_match, NULL);
	return says(header.value, "want");
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	enum postern_status status = POSTERN_OK;

	(void)instance;
	for (size_t i = 0; status == POSTERN_OK && i < host->text_count(ctx); i++) {
		struct postern_text text;

		status = host->text(ctx, i, &text);
		if (status == POSTERN_OK && says(text.text, "forbidden"))
			status = host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_MESSAGE, .score = 100});
	}
	return status;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("choosy"), .version = "1", .summary = "A fixture.",
	.directions = POSTERN_OUTBOUND | POSTERN_OUTSIDE, .needs = POSTERN_NEED_TEXT | POSTERN_NEED_HEADERS,
	.rules = fixture_rules, .open = open_instance, .check = check, .close = close_instance, .wants = wants
};
