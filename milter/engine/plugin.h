/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_PLUGIN_H
#define POSTERN_ENGINE_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"
#include "policy/config.h"
#include "postern/plugin.h"

/* Internal to the engine: how a plugin's file becomes a checked description. */

/* One entry of the configuration's list of plugins, loaded or not. */
struct loaded_plugin {
	struct postern_plugin desc; /* copy, zeroed past what the plugin knows */
	const struct config_plugin *config;
	char sha256[HASH_HEX_SIZE]; /* of the file's bytes that run; "" when it could not be read */
	bool loaded;
	char *problem;              /* why not; NULL when loaded */
};

/*
 * Checks owner and mode of config->path, reads it whole, compares the pinned digest, maps it from a sealed
 * copy in memory (else a private copy in spool_dir) and checks what it says of itself. The code stays
 * mapped until the process ends; the same bytes are mapped once. 0, or -1 with
 * "file:line: path: reason" in d.
 */
int plugin_load(const struct config_plugin *config, const char *spool_dir, struct loaded_plugin *out, struct diag *d);
/* Checks a description that could be read: syntax of names, duplicates, defaults. expected: its name in the configuration. */
int plugin_check(const struct config_plugin *config, const struct postern_plugin *desc, struct diag *d);
/* How many different files were mapped in this process so far. */
size_t plugin_images(void);

/* The help of a declared rule id, or NULL when it isn't declared. */
const char *plugin_rule_help(const struct postern_plugin *desc, const char *id);
/* The declared rule id that equals id (which may be the plugin's short-lived text), or NULL. */
const char *plugin_rule_id(const struct postern_plugin *desc, const char *id);

#endif
