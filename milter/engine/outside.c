/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail to people at no marketplace: whether rules look at such, and whether one of them wants this message. Most of it
 * is nobody's business here, and leaves before its body comes.
 */
#include "engine/txn_internal.h"
#include "postern/plugin.h"

bool txn_is_outside(const struct txn *txn)
{
	const struct generation *g = txn->generation;

	if (txn->direction != POSTERN_OUTBOUND || !(g->directions & POSTERN_OUTSIDE) || !g->config->outside)
		return false;
	for (size_t i = 0; i < txn->recipient_count; i++)
		if (txn->markets[i] != NULL)
			return false;
	return txn->recipient_count > 0;
}

const char *txn_head_digest(struct txn *txn)
{
	if (txn->head_digest[0] == '\0')
		txn_hash(txn, buf_slice(&txn->head), txn->head_digest);
	return txn->head_digest;
}

static bool is_wanted_by_rules(struct judging *j)
{
	const struct generation *g = j->generation;
	bool wanted = false;

	for (size_t i = 0; i < g->active_count && !wanted; i++)
		wanted = judge_applies(j, &g->active[i]) && judge_wants(j, &g->active[i]);
	patterns_forget(j);
	wording_forget(j);
	return wanted || j->lost;
}

/* By a judging of its own: what is found out for the verdict comes later. */
static bool is_wanted(struct txn *txn)
{
	struct judging j = txn_judging(txn);

	/* The archive keeps the whole of it. */
	if (txn->services.archive != NULL && txn->generation->config->archive.outside)
		return true;
	j.message = (struct message *)(uintptr_t)txn_head(txn);
	if (j.message == NULL)
		return true;
	j.digest = txn_head_digest(txn);
	return is_wanted_by_rules(&j);
}

bool txn_wants_outside(struct txn *txn)
{
	if (txn->wanted == WANTED_UNKNOWN)
		txn->wanted = is_wanted(txn) ? WANTED_YES : WANTED_NO;
	return txn->wanted == WANTED_YES;
}

void txn_set_wanted(struct txn *txn)
{
	txn->wanted = WANTED_YES;
}
