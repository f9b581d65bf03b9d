/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for one direction and for both search the same message in pools of their own: each finds its own and all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/txn_internal.h"
#include "mail.h"
#include "mail/message.h"
#include "mail/url.h"
#include "site.h"

#define TEXT "\r\nSubject: x\r\n\r\napple and berry, cherry and apple\r\n"

static const char *const to_market[] = {"c1@relay.market.example", NULL};
static const char *const to_us[] = {"agent@seller.example", NULL};

static void make(struct site *site)
{
	site_make(site, SITE_PLUGIN("patterns"),
	    "rule \"in\" { plugin = patterns list = \"lists/in.txt\" score = 90 direction = inbound action = tag }\n"
	    "rule \"both\" { plugin = patterns list = \"lists/both.txt\" score = 90 direction = both action = tag }\n"
	    "rule \"out\" { plugin = patterns list = \"lists/out.txt\" score = 90 direction = outbound action = tag }\n"
	    "rule \"in-too\" { plugin = patterns list = \"lists/in.txt\" score = 90 direction = inbound action = tag }\n");
	site_make_dir(site, "lists");
	/* Only the last expression's score is 100. */
	site_write(site, "lists/in.txt", "apple\ndamson\n");
	site_write(site, "lists/both.txt", "berry\napple\n");
	site_write(site, "lists/out.txt", "cherry\ndamson\n");
}

static size_t count_of(const struct verdict *v, const char *rule, const char *evidence)
{
	size_t count = 0;

	for (size_t i = 0; i < v->finding_count; i++)
		count += strcmp(v->findings[i].rule, rule) == 0 && slice_eq_str(v->findings[i].evidence, evidence);
	return count;
}

static void assert_found(unsigned direction, const char *const *to, const char *raw, size_t in, size_t out)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	make(&site);
	g = load(&site);
	txn = take(g, &offline, direction, "c1@relay.market.example", to, raw);
	v = txn_judge(txn);
	assert_int_equal(count_of(v, "in", "apple"), 2 * in);
	assert_int_equal(count_of(v, "in-too", "apple"), 2 * in);
	assert_int_equal(count_of(v, "both", "apple"), 2);
	assert_int_equal(count_of(v, "both", "berry"), 1);
	assert_int_equal(count_of(v, "out", "cherry"), out);
	assert_int_equal(v->finding_count, 4 * in + 3 + out);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void incoming_mail(void **state)
{
	(void)state;
	assert_found(POSTERN_INBOUND, to_us, "From: c1@relay.market.example\r\nTo: agent@seller.example" TEXT, 1, 0);
}

static void outgoing_mail(void **state)
{
	(void)state;
	assert_found(POSTERN_OUTBOUND, to_market, "From: agent@seller.example\r\nTo: c1@relay.market.example" TEXT, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incoming_mail),
		cmocka_unit_test(outgoing_mail),
	};

	hash_init();
	url_init();
	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
