/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_RULES_H
#define POSTERN_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/diag.h"
#include "policy/action.h"
#include "policy/config.h"
#include "policy/parties.h"
#include "postern/plugin.h"

/* A value of a plugin's option, as written or by default, already checked against its type and range. */
struct option_value {
	const struct postern_option *option;
	char **items;      /* one item for all types but LIST */
	size_t count;
	double number;     /* INT, NUMBER, BOOL (0 or 1) */
	struct buf content; /* FILE: what the file holds */
	char *content_path; /* FILE: where it was found */
	char *file;        /* place where it was set; NULL: the default */
	int line;
};

/* The options of one rule: what plugin.h calls a conf. */
struct pattern_pool;
struct postern_conf {
	const char *rule;
	const struct postern_plugin *plugin; /* NULL: not loaded, the rule is not enabled then */
	struct option_value *values;
	size_t value_count;
	char *file; /* of the rule */
	int line;
	struct diag *warnings; /* likewise, for what is sound but dangerous; may be NULL */
	struct pattern_pool *patterns; /* likewise, the expressions of all rules (engine/patterns.h); may be NULL */
	struct wording *wording; /* likewise, the models of all rules (core/wording.h); may be NULL */
	struct diag *diag; /* where conf_error reports to, while a ruleset is built */
};

/* Whom outgoing mail goes to at a marketplace, as bits; of incoming mail: "case" is what its support writes. */
enum audience { AUDIENCE_CUSTOMER = 1, AUDIENCE_CASE = 2, AUDIENCE_BOTH = 3 };

struct rule {
	char *name;
	char *plugin_name;
	unsigned direction;     /* POSTERN_OUTBOUND, POSTERN_INBOUND, POSTERN_OUTSIDE as bits */
	enum audience audience; /* AUDIENCE_CUSTOMER unless it says so */
	enum action action;
	bool monitor;           /* find and log, do nothing */
	bool enabled;
	enum action on_error;   /* DEFER by default; PASS is the visible opt-out */
	int64_t monitor_end;    /* as if monitor up to that second; 0: not */
	char *monitor_until;    /* the day, as written; NULL: none */
	int64_t budget_ms;      /* wall time of one check; more is told of, and changes nothing */
	int min_score;          /* what a weaker finding does is said by below */
	bool below_acts;        /* false: it is recorded, but does nothing */
	enum action below;
	char *policy;           /* cited in reply and audit; may be NULL */
	char *advice;           /* may be NULL */
	char **marketplaces;    /* NULL: all */
	struct parties exempt_senders;    /* addresses or @domains */
	struct parties exempt_recipients;
	char **test_fail;       /* tests {}: texts that must be found, and not */
	char **test_ok;
	struct postern_conf conf;
};

struct rules {
	struct rule *rules;
	size_t count;
};

/* Finds a loaded plugin's description by name, or NULL. */
typedef const struct postern_plugin *(*rules_plugin_fn)(void *arg, const char *name);

/*
 * Reads outbound/, inbound/ (.conf files) below the shipped and site rules directories, and
 * files of rules.d/ of the site. A site's file replaces the shipped one of the same name; a rule of
 * the site with the name of a shipped rule changes only the keys that it sets.
 * Unknown and duplicate keys are errors with file:line. NULL when there was any.
 */
struct rules *rules_load(const struct config *config, rules_plugin_fn find_plugin, void *arg, struct diag *d);
void rules_free(struct rules **rules);

/* Whether the rule is on trial at that time (seconds UTC): its findings are recorded and do nothing. */
bool rule_is_monitored(const struct rule *rule, int64_t at);

struct profiles;
/* Checks that the marketplaces named by rules have profiles: a misspelt one would switch a rule off. 0, or -1. */
int rules_check_marketplaces(const struct rules *rules, const struct profiles *profiles, struct diag *d);

/* The value of an option, or NULL when the plugin did not declare it. */
const struct option_value *conf_value(const struct postern_conf *conf, const char *name);

#endif
