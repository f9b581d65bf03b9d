/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a message goes to at a marketplace: its customers, its support, or both. Rules say for whom they are; a
 * message to both kinds of recipients meets the rules for each.
 */
#include "engine/audience.h"

#include "mail/address.h"
#include "postern/plugin.h"

unsigned audience_of(const struct judging *j, size_t recipient)
{
	return j->supports != NULL && j->supports[recipient] != NULL ? AUDIENCE_CASE : AUDIENCE_CUSTOMER;
}

/* The support's entry for the first From address; NULL: it is no support's, or can't be told. */
static const struct support *sender_support(const struct judging *j)
{
	const struct mail_header *from = message_header(j->message, "From", 0);
	const struct marketplace *market;
	const struct support *support;
	struct address_mailbox *list;
	struct diag d = {0};
	size_t count;

	if (from == NULL || address_list(j->arena, from->raw, &list, &count) != 0 || count == 0 ||
	    profiles_support(j->generation->profiles, list[0].address, j->received, j->message, &market, &support, &d) != 1)
		return NULL;
	return support;
}

void audience_sender(struct judging *j)
{
	j->support = sender_support(j);
}

unsigned audience_needs(const struct judging *j)
{
	unsigned audience = j->recipient_count == 0 || j->direction == POSTERN_OUTSIDE ? AUDIENCE_CUSTOMER : 0, needs;

	/* Who wrote it is not known yet; few rules look at what a support writes. */
	if (j->direction == POSTERN_INBOUND)
		audience = AUDIENCE_BOTH;
	for (size_t i = 0; i < j->recipient_count; i++)
		audience |= audience_of(j, i);
	needs = judge_needs(j->generation, j->direction, audience);
	/* The audit event names the case. */
	if (audience & AUDIENCE_CASE)
		needs |= POSTERN_NEED_TEXT | POSTERN_NEED_IDS;
	if (audience_has_others(j))
		needs |= judge_needs(j->generation, POSTERN_OUTSIDE, AUDIENCE_BOTH);
	return needs;
}

void audience_enter(struct judging *j)
{
	if (j->direction != POSTERN_OUTBOUND) {
		j->audience = AUDIENCE_CUSTOMER | (j->direction == POSTERN_OUTSIDE || j->support != NULL ? AUDIENCE_CASE : 0);
		return;
	}
	j->audience = 0;
	j->support = NULL;
	for (size_t i = 0; i < j->recipient_count; i++) {
		if (j->markets == NULL || j->markets[i] != j->market)
			continue;
		j->audience |= audience_of(j, i);
		if (j->support == NULL && j->supports != NULL)
			j->support = j->supports[i];
	}
}

bool audience_has_others(const struct judging *j)
{
	bool support = false, others = false;

	if (j->direction != POSTERN_OUTBOUND || j->markets == NULL || !(j->generation->directions & POSTERN_OUTSIDE) ||
	    !j->generation->config->outside)
		return false;
	for (size_t i = 0; i < j->recipient_count; i++) {
		if (j->markets[i] != NULL && audience_of(j, i) == AUDIENCE_CUSTOMER)
			return false;
		support = support || j->markets[i] != NULL;
		others = others || j->markets[i] == NULL;
	}
	return support && others;
}
