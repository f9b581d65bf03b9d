/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is mail with a marketplace's domain in From the marketplace's? The site's verifying servers looked at
 * DMARC, SPF and DKIM; this reads what they wrote and asks whether anything that passed belongs to the marketplace.
 */
#include <string.h>

#include "engine/inbound.h"
#include "mail/authres.h"

/* Whether DKIM or SPF passed for a domain of the marketplace: a stranger's own good signature proves nothing. */
static bool is_aligned(const struct auth_results *results, const struct marketplace *market)
{
	for (size_t i = 0; i < results->domain_count; i++)
		if (marketplace_owns(market, results->domains[i]))
			return true;
	return false;
}

/* Without DMARC: both methods were tried and neither speaks for the marketplace. */
static bool both_fail(const struct auth_results *results)
{
	bool signed_otherwise = results->dkim == AUTH_FAIL || results->dkim == AUTH_PASS;
	bool sent_otherwise = results->spf == AUTH_FAIL || (results->spf == AUTH_PASS && signed_otherwise);

	return sent_otherwise && (signed_otherwise || results->dkim == AUTH_NONE);
}

static enum authentic weigh(const struct auth_results *results, const struct marketplace *market, struct slice *why_r)
{
	if (results->dmarc == AUTH_FAIL) {
		*why_r = SLICE_LIT("dmarc=fail");
		return AUTHENTIC_NO;
	}
	/* DMARC passes by one of the two: without either somebody else wrote that word. */
	if (results->dmarc == AUTH_PASS &&
	    (results->spf == AUTH_PASS || results->dkim == AUTH_PASS || results->spf == AUTH_ABSENT || results->dkim == AUTH_ABSENT))
		return AUTHENTIC_YES;
	if (is_aligned(results, market))
		return AUTHENTIC_YES;
	if (!both_fail(results))
		return AUTHENTIC_UNKNOWN;
	*why_r = SLICE_LIT("neither SPF nor DKIM passes for its domain");
	return AUTHENTIC_NO;
}

enum authentic authentic_judge(const struct config *config, const struct marketplace *market,
    const struct message *head, struct slice *why_r)
{
	struct auth_results results;
	enum authentic authentic;

	*why_r = SLICE_LIT("");
	if (strcmp(config->authentication, "off") == 0)
		return AUTHENTIC_UNKNOWN;
	auth_results_read(head, config->authserv_ids, &results);
	authentic = results.present ? weigh(&results, market, why_r) : AUTHENTIC_UNKNOWN;
	if (authentic != AUTHENTIC_UNKNOWN || strcmp(config->authentication, "require") != 0)
		return authentic;
	*why_r = results.present ? SLICE_LIT("nothing passed for its domain") : SLICE_LIT("no server of ours checked it");
	return AUTHENTIC_NO;
}
