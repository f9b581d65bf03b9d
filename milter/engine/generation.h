/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_GENERATION_H
#define POSTERN_ENGINE_GENERATION_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "policy/config.h"
#include "policy/profile.h"
#include "policy/rules.h"

/*
 * A generation: configuration, plugins, rules and profiles that belong
 * together, immutable once loaded. A reload builds a whole new one and swaps a
 * pointer; messages in flight keep theirs until they end.
 */
struct generation;

/* Reads everything below the configuration file config_path and runs no rule tests. NULL with all problems in d. */
struct generation *generation_load(const char *config_path, unsigned number, struct diag *d);
/* As generation_load, with another directory for the site's rules (NULL: the configuration's). */
struct generation *generation_load_site(const char *config_path, const char *site, unsigned number, struct diag *d);
struct generation *generation_ref(struct generation *generation);
/* Frees it with the last reference; plugins' code stays mapped. */
void generation_unref(struct generation **generation);

unsigned generation_number(const struct generation *generation);
const struct config *generation_config(const struct generation *generation);
const struct profiles *generation_profiles(const struct generation *generation);
const struct rules *generation_rules(const struct generation *generation);
/* The loaded plugins: [{"name","version","abi","path","sha256","optional","loaded","problem"?,"summary","directions","needs","rules":[],"options":[]}]; new reference. */
json_t *generation_plugins_json(const struct generation *generation);
/* The rules: [{"name","plugin","direction","action","monitor","enabled","on_error","min_score","below","budget_ms","monitor_until","policy","file","line"}]; new reference. */
json_t *generation_rules_json(const struct generation *generation);

/*
 * Exemptions, senders and rules on trial, as of now (seconds UTC): [{"rule"?,"by","entry"?,"until"?,"over",
 * "file","line"}], by being the key that it stands in; new reference.
 */
json_t *generation_exemptions_json(const struct generation *generation, int64_t now);
/* What is sound but most likely not meant, a line each with file:line; "" when there is nothing. */
const char *generation_warnings(const struct generation *generation);

/* Runs each rule's own tests {}; each failure is one line in d with file:line. 0: all hold. */
int generation_test_rules(struct generation *generation, size_t *run_r, struct diag *d);

/* The current generation of a process, swapped under readers. */
struct engine;
struct engine *engine_new(const char *config_path, struct diag *d); /* loads generation 1, with its rule tests */
void engine_free(struct engine **engine);
/* A reference to the current generation. */
struct generation *engine_current(struct engine *engine);
/* Builds the next generation, tests its rules, swaps. -1: the old one stays. *number_r is the current number after it. */
int engine_reload(struct engine *engine, unsigned *number_r, struct diag *d);

#endif
