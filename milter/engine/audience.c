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

void audience_sender(struct judging *j, const struct message *head)
{
	const struct mail_header *from = head != NULL ? message_header(head, "From", 0) : NULL;
	const struct marketplace *market;
	struct address_mailbox *list;
	struct diag d;
	size_t count;

	diag_clear(&d);
	j->support = NULL;
	if (from == NULL || message_mailboxes(head, from, &list, &count) != 0 || count == 0)
		return;
	profiles_support(j->generation->profiles, list[0].address, j->received, j->message, &market, &j->support, &d);
}

unsigned audience_needs(const struct judging *j)
{
	unsigned audience = j->direction == POSTERN_OUTBOUND ? 0 : AUDIENCE_CUSTOMER, needs;

	if (j->direction == POSTERN_INBOUND && j->support != NULL)
		audience = AUDIENCE_BOTH;
	for (size_t i = 0; j->direction == POSTERN_OUTBOUND && i < j->recipient_count; i++)
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
