/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a shop writes to the support: cases in a day, urgent marks and reopened cases in a week. Counted in the
 * store, each message once; a scan counts nothing.
 */
#include "case.h"

#include <ctype.h>
#include <stdio.h>

#define DAY 86400
#define KEY_MAX 256

static enum postern_status count(const struct letter *letter, const char *what, int64_t window, int64_t *value_r)
{
	struct postern_slice shop = letter->shop, market = letter->message.marketplace;
	char key[KEY_MAX];
	size_t len = (size_t)snprintf(key, sizeof(key), "%s:%.*s:", what, (int)(market.len < 60 ? market.len : 60), market.ptr);

	for (size_t i = 0; i < shop.len && len < sizeof(key); i++)
		key[len++] = (char)tolower((unsigned char)shop.ptr[i]);
	return letter->host->counter(letter->ctx, (struct postern_slice){key, len}, 1, window, value_r);
}

/* A rule's option, else the profile's value; none is no limit. */
static int64_t limit(const struct letter *letter, int64_t option, const char *value)
{
	int64_t most = option > 0 ? option : letter_value(letter, value, 0);

	return most > 0 ? most : INT64_MAX;
}

static enum postern_status report(const struct letter *letter, int64_t found, const char *what, const char *advice, int score)
{
	char evidence[80];

	snprintf(evidence, sizeof(evidence), "%lld %s", (long long)found, what);
	return letter_report(letter, "MP-CASEQ", view_str(evidence), advice, score);
}

enum postern_status frequency_check(struct letter *letter)
{
	int64_t warn = limit(letter, letter->rule->warn_per_day, "case_warn_per_day");
	int64_t hold = limit(letter, letter->rule->hold_per_day, "case_hold_per_day");
	enum postern_status status;
	int64_t cases;

	if (!letter_is_new(letter) || letter_is_notice(letter))
		return POSTERN_OK;
	status = count(letter, "cases", DAY, &cases);
	if (status != POSTERN_OK || (cases < warn && cases < hold))
		return status;
	return report(letter, cases, "cases in 24 hours",
	    "Too many cases can cost the account: ask only what cannot be found out otherwise, and wait for answers.",
	    cases >= hold ? SCORE_HOLD : SCORE_TAG);
}

static enum postern_status check_reopened(struct letter *letter)
{
	int64_t most = limit(letter, letter->rule->reopen_per_week, "case_reopen_per_week"), reopened;
	enum postern_status status;

	if (!(letter->means & (1U << MEANS_REOPEN)))
		return POSTERN_OK;
	status = count(letter, "reopened", 7 * DAY, &reopened);
	if (status != POSTERN_OK || reopened <= most)
		return status;
	return report(letter, reopened, "cases reopened in 7 days",
	    "Reopening often counts against the account: say what is new, or ask for a transfer to another team.", SCORE_TAG);
}

enum postern_status urgent_check(struct letter *letter)
{
	int64_t most = limit(letter, letter->rule->urgent_per_week, "case_urgent_per_week"), marks;
	enum postern_status status = check_reopened(letter);

	if (status != POSTERN_OK || !letter->urgent)
		return status;
	status = count(letter, "urgent", 7 * DAY, &marks);
	if (status != POSTERN_OK || marks <= most)
		return status;
	return report(letter, marks, "urgent marks in 7 days",
	    "The urgent mark works when it is rare: take it out, unless the account or a shipment is at stake.", SCORE_HOLD);
}
