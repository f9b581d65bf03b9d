/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way mail goes, for each thing that may be known of who delivers. */
#include "tree.h"

#include "policy/cidr.h"
#include "policy/direction.h"
#include "postern/plugin.h"

#define TEXT(s) ((char[]){s})
static char *networks[] = {TEXT("127.0.0.0/8"), TEXT("::1/128"), TEXT("10.1.0.0/16"), TEXT("2001:db8:5::/48"),
	TEXT("192.0.2.7"), TEXT("172.16.0.0/12"), NULL};
static char *outbound[] = {TEXT("submission"), NULL};
static char *inbound[] = {TEXT("mx"), NULL};
static const struct config config = {.authenticated_outbound = true, .trusted_networks = networks,
	.outbound_daemons = outbound, .inbound_daemons = inbound};

#define OUT POSTERN_OUTBOUND
#define IN POSTERN_INBOUND

static const struct {
	struct direction_facts facts;
	unsigned direction;
	const char *why;
} cases[] = {
	{{"anna", "203.0.113.9", NULL, false}, OUT, "authenticated as 'anna'"},
	{{"", "203.0.113.9", NULL, false}, IN, "client 203.0.113.9 is neither authenticated nor in trusted_networks"},
	{{NULL, NULL, NULL, false}, IN, "client unknown is neither authenticated nor in trusted_networks"},
	{{"anna", "127.0.0.1", "mx", true}, IN, "listener 'mx' is in inbound_daemons"},
	{{NULL, "203.0.113.9", "submission", false}, OUT, "listener 'submission' is in outbound_daemons"},
	{{NULL, "203.0.113.9", "smtpd", false}, IN, "client 203.0.113.9 is neither authenticated nor in trusted_networks"},
	{{NULL, "127.5.5.5", NULL, false}, OUT, "client 127.5.5.5 is in trusted network 127.0.0.0/8"},
	{{NULL, "::1", NULL, false}, OUT, "client ::1 is in trusted network ::1/128"},
	{{NULL, "::ffff:10.1.255.255", NULL, false}, OUT, "client ::ffff:10.1.255.255 is in trusted network 10.1.0.0/16"},
	{{NULL, "IPv6:2001:db8:5:ffff::1", NULL, false}, OUT,
	    "client IPv6:2001:db8:5:ffff::1 is in trusted network 2001:db8:5::/48"},
	{{NULL, "10.2.0.0", NULL, false}, IN, "client 10.2.0.0 is neither authenticated nor in trusted_networks"},
	{{NULL, "172.31.255.255", NULL, false}, OUT, "client 172.31.255.255 is in trusted network 172.16.0.0/12"},
	{{NULL, "172.32.0.0", NULL, false}, IN, "client 172.32.0.0 is neither authenticated nor in trusted_networks"},
	{{NULL, "192.0.2.7", NULL, false}, OUT, "client 192.0.2.7 is in trusted network 192.0.2.7"},
	{{NULL, "192.0.2.8", NULL, false}, IN, "client 192.0.2.8 is neither authenticated nor in trusted_networks"},
	{{NULL, "2001:db8:6::1", NULL, false}, IN, "client 2001:db8:6::1 is neither authenticated nor in trusted_networks"},
	{{NULL, "not an address", NULL, false}, IN, "client not an address is neither authenticated nor in trusted_networks"},
	{{NULL, NULL, NULL, true}, OUT, "handed in on this machine"},
};

static void each_fact_decides_in_order(void **state)
{
	char why[200];
	bool firm;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(direction_of(&config, &cases[i].facts, &firm, why, sizeof(why)), cases[i].direction);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(firm, strstr(why, "daemons") != NULL || strstr(why, "authenticated as") != NULL);
		assert_int_equal(direction_of(&config, &cases[i].facts, &firm, NULL, 0), cases[i].direction);
	}
}

static void authentication_can_be_left_out(void **state)
{
	const struct config plain = {.authenticated_outbound = false};
	const struct direction_facts facts = {.account = "anna", .client = "127.0.0.1"};

	bool firm;

	(void)state;
	assert_int_equal(direction_of(&plain, &facts, &firm, NULL, 0), IN);
	assert_false(firm);
}

static void networks_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} texts[] = {{"0.0.0.0/0", 0}, {"::/0", 0}, {"10.0.0.0/8", 0}, {"10.0.0.1", 0}, {"2001:db8::1", 0}, {"10.0.0.1/8", -2},
	    {"2001:db8::1/32", -2}, {"10.0.0.0/33", -1}, {"::/129", -1}, {"10.0.0.0/", -1}, {"10.0.0.0/8x", -1},
	    {"10.0.0.0/-1", -1}, {"10.0.0", -1}, {"010.0.0.0/8", -1}, {"", -1}, {"/8", -1}, {"localhost", -1}};
	struct cidr cidr;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cidr_parse(texts[i].text, &cidr), texts[i].rc);
	/* All of IPv4 is not all of IPv6. */
	assert_int_equal(cidr_parse("0.0.0.0/0", &cidr), 0);
	assert_true(cidr_contains(&cidr, "203.0.113.1"));
	assert_false(cidr_contains(&cidr, "2001:db8::1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_decides_in_order),
		cmocka_unit_test(authentication_can_be_left_out),
		cmocka_unit_test(networks_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
