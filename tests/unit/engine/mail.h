/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ENGINE_MAIL_H
#define TESTS_ENGINE_MAIL_H

/* Messages for the tests of whole transactions. */
#include "engine/txn.h"
#include "postern/plugin.h"
#include "site.h"

static const struct txn_services offline = {.clock = &clock_system};

static inline struct generation *load(const struct site *site)
{
	struct diag d = {0};
	struct generation *g = generation_load(site->config, 1, &d);

	if (g == NULL)
		fail_msg("%s", d.text);
	return g;
}

/* A transaction that took a whole message in. */
static inline struct txn *take(struct generation *g, const struct txn_services *services, unsigned direction,
    const char *from, const char *const *to, const char *raw)
{
	struct txn *txn = txn_new(g, services);
	struct diag d = {0};

	assert_non_null(txn);
	txn_set_direction(txn, direction);
	assert_int_equal(txn_sender(txn, from, &d), 0);
	for (; *to != NULL; to++)
		assert_int_equal(txn_recipient(txn, *to, &d), 0);
	assert_int_equal(txn_raw(txn, slice_str(raw), &d), 0);
	return txn;
}

#define MAIL(text) "From: Agent <agent@seller.example>\r\nTo: c1@relay.market.example\r\nSubject: Your order\r\n\r\n" text "\r\n"

#endif
