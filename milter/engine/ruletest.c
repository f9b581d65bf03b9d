/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs each rule's own tests {}: texts that the rule must find, and must not.
 * They go through the same decoding and the same call of the plugin as mail
 * does, so a rule that passes here works there.
 */
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "engine/judge.h"
#include "engine/ruleset.h"
#include "postern/plugin.h"

#define TEST_MEMORY ((size_t)16 << 20)
#define SHOWN_MAX 60

/* Whether a text is a whole message: it begins with a header and has an empty line. */
static bool has_headers(const char *text)
{
	size_t name = strcspn(text, ": \t\r\n");

	return name > 0 && text[name] == ':' && strstr(text, "\n\n") != NULL;
}

static void compose(struct buf *out, const char *text)
{
	if (!has_headers(text))
		buf_add_str(out, "From: agent@seller.example\r\nTo: customer@relay.example\r\nSubject: Your order\r\n"
		    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
	buf_add_str(out, text);
	buf_add_str(out, "\r\n");
}

static bool applies(const struct rule *rule, const struct marketplace *market)
{
	if (rule->marketplaces == NULL || rule->marketplaces[0] == NULL)
		return true;
	for (char **name = rule->marketplaces; *name != NULL; name++)
		if (strcmp(*name, marketplace_name(market)) == 0)
			return true;
	return false;
}

struct trial {
	struct generation *generation;
	const struct active_rule *active;
	struct slice raw;
	char problem[300]; /* an error on the way */
};

/* Without a marketplace a rule that looks outside of them is tried there. */
static unsigned direction_of_trial(const struct rule *rule, const struct marketplace *market)
{
	if ((rule->direction & POSTERN_OUTSIDE) && market == NULL)
		return POSTERN_OUTSIDE;
	return rule->direction & POSTERN_OUTBOUND ? POSTERN_OUTBOUND : POSTERN_INBOUND;
}

/* How the rule sees the message in one marketplace: 1 found, 0 not, -1 error. */
static int try_market(struct trial *trial, const struct marketplace *market)
{
	const struct txn_services services = {.clock = &clock_system};
	const struct slice recipient = SLICE_LIT("customer@relay.example");
	struct judging j = {
		.arena = arena_new(TEST_MEMORY), .generation = trial->generation, .services = &services,
		.id = "TEST", .digest = "test", .received = clock_now(&clock_system),
		.direction = direction_of_trial(trial->active->rule, market),
		.sender = SLICE_LIT("agent@seller.example"), .account = SLICE_LIT("agent"),
		.recipients = &recipient, .recipient_count = 1, .raw = trial->raw, .market = market,
	};
	int rc = 0;

	if (j.arena == NULL || judge_decode(&j, trial->active->plugin->needs) != 0) {
		snprintf(trial->problem, sizeof(trial->problem), "memory is out");
		arena_free(&j.arena);
		return -1;
	}
	judge_rule(&j, trial->active);
	patterns_forget(&j);
	wording_forget(&j);
	for (size_t i = 0; i < j.finding_count && rc == 0; i++) {
		rc = j.findings[i].error ? -1 : 1;
		if (rc == -1)
			snprintf(trial->problem, sizeof(trial->problem), "%.*s", SLICE_ARG(j.findings[i].evidence));
	}
	rc = j.lost ? -1 : rc;
	arena_free(&j.arena);
	return rc;
}

/*
 * A text that must be found is found in one of the rule's marketplaces at least, and one that must not
 * passes in one: what they allow differs. Mail outside of marketplaces counts as one more. Without any
 * marketplace the rule runs without.
 */
static int run_trial(struct trial *trial, bool want)
{
	const struct profiles *profiles = trial->generation->profiles;
	bool tried = false;
	int rc = want ? 0 : 1;

	for (size_t i = 0; i < profiles_count(profiles); i++) {
		const struct marketplace *market = profiles_get(profiles, i);

		if (trial->active->rule->direction == POSTERN_OUTSIDE || !applies(trial->active->rule, market))
			continue;
		tried = true;
		rc = try_market(trial, market);
		if (rc == -1 || rc == (want ? 1 : 0))
			return rc;
	}
	if (tried && (!(trial->active->rule->direction & POSTERN_OUTSIDE) || trial->active->rule->marketplaces != NULL))
		return rc;
	return try_market(trial, NULL);
}

static void test_text(struct generation *g, const struct active_rule *active, const char *text, bool want, struct diag *d)
{
	const struct postern_conf *conf = &active->rule->conf;
	struct trial trial = {.generation = g, .active = active};
	struct buf raw = {0};
	int rc;

	compose(&raw, text);
	trial.raw = buf_slice(&raw);
	rc = raw.failed ? -1 : run_trial(&trial, want);
	if (rc == -1)
		diag_at(d, conf->file != NULL ? conf->file : "rule", conf->line, "rule '%s': its test '%.*s' could not be judged: %s",
		    active->rule->name, SHOWN_MAX, text, trial.problem);
	else if (rc != (want ? 1 : 0))
		diag_at(d, conf->file != NULL ? conf->file : "rule", conf->line,
		    want ? "rule '%s': its test '%.*s' should fail, but nothing was found" :
		    "rule '%s': its test '%.*s' should be ok, but something was found", active->rule->name, SHOWN_MAX, text);
	buf_free(&raw);
}

int generation_test_rules(struct generation *generation, size_t *run_r, struct diag *d)
{
	unsigned before = d->count;

	*run_r = 0;
	for (size_t i = 0; i < generation->active_count; i++) {
		const struct active_rule *active = &generation->active[i];

		for (char **t = active->rule->test_fail; t != NULL && *t != NULL; t++, (*run_r)++)
			test_text(generation, active, *t, true, d);
		for (char **t = active->rule->test_ok; t != NULL && *t != NULL; t++, (*run_r)++)
			test_text(generation, active, *t, false, d);
	}
	return d->count == before ? 0 : -1;
}
