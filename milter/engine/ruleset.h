/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_RULESET_H
#define POSTERN_ENGINE_RULESET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/wording.h"
#include "engine/generation.h"
#include "engine/overrun.h"
#include "engine/patterns.h"
#include "engine/plugin.h"
#include "extract/extract.h"
#include "policy/profile.h"
#include "policy/rules.h"

/* Internal to the engine: what a generation is made of. */

/* A rule of the administrator with its plugin's instance. */
struct active_rule {
	const struct rule *rule;
	const struct postern_plugin *plugin;
	void *instance;
	bool opened; /* to be closed */
	struct overrun_log *overruns; /* the one thing that changes: what the log was told */
};

struct generation {
	atomic_uint references;
	unsigned number;
	struct config *config;
	struct extractor *extractor;
	struct profiles *profiles;
	struct loaded_plugin *plugins; /* one for each of config->plugins */
	size_t plugin_count;
	char digest[HASH_HEX_SIZE];    /* over the digests of all plugins */
	struct rules *rules;
	struct pattern_pool *patterns; /* of all rules but these: */
	struct pattern_pool *inbound_patterns; /* of rules of incoming mail alone */
	struct wording *wording;       /* of all rules */
	struct active_rule *active;    /* enabled rules whose plugin is there */
	size_t active_count;
	struct overrun_log *overruns;  /* one for each of active */
	unsigned directions;           /* of all active rules together */
	struct diag warnings;
};

#endif
