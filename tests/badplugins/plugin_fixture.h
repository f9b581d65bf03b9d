/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BADPLUGINS_PLUGIN_FIXTURE_H
#define BADPLUGINS_PLUGIN_FIXTURE_H

#include <postern/plugin.h>

/* A plugin that is right but for what its file changes. */
static const struct postern_rule_id fixture_rules[] = {{"FIXTURE", "a word of the test"}, {0}};

static inline enum postern_status fixture_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)host;
	(void)instance;
	(void)ctx;
	return POSTERN_OK;
}

#define FIXTURE_BODY \
	.version = "1", .summary = "A fixture.", .directions = POSTERN_OUTBOUND, \
	.needs = POSTERN_NEED_TEXT, .rules = fixture_rules

extern const struct postern_plugin postern_plugin;

#endif
