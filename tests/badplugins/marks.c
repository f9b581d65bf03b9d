/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; finds a word with the score, and sets the label, that its options name. */
#include "plugin_fixture.h"

#include <string.h>

static const struct postern_option options[] = {
	{"score", POSTERN_OPTION_INT, "100", 0, 100, "Score of a finding."},
	{"label", POSTERN_OPTION_STRING, "", 0, 0, "Label to set."}, {0}
};

struct instance {
	int score;
	struct postern_slice label;
};

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	static struct instance instances[4];
	static size_t used;
	struct instance *instance = &instances[used++ % 4];

	instance->score = (int)host->conf_int(conf, "score");
	instance->label = host->conf_string(conf, "label");
	*instance_r = instance;
	return POSTERN_OK;
}

static enum postern_status check(const struct postern_host *host, const void *data, struct postern_ctx *ctx)
{
	const struct instance *instance = data;
	enum postern_status status = instance->label.len > 0 ? host->label(ctx, instance->label.ptr) : POSTERN_OK;

	for (size_t i = 0; status == POSTERN_OK && i < host->text_count(ctx); i++) {
		struct postern_text text;

		status = host->text(ctx, i, &text);
		if (status == POSTERN_OK && memmem(text.text.ptr, text.text.len, "forbidden", 9) != NULL)
			status = host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_TEXT,
			    .index = i, .score = instance->score, .evidence = {"forbidden", 9}});
	}
	return status;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("marks"), FIXTURE_BODY, .options = options, .open = open_instance, .check = check
};
