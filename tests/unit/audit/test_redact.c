/* SPDX-License-Identifier: BSD-2-Clause */
/* Redaction: no address or text is left where it was asked to go, and tokens still join. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"

static const struct audit_redact both = {true, true, {"secret", 6}};
static const struct audit_redact addresses = {true, false, {"secret", 6}};
static const struct audit_redact text_only = {false, true, {"secret", 6}};

static const char sample[] =
    "{\"event\":\"message\",\"id\":\"0ID@X\",\"message_id\":\"<m@shop.example>\",\"sender\":\"Maria@Relay.Walmart.com\","
    "\"recipients\":[\"agent@shop.example\",\"root\",\"\"],\"from\":\"maria@relay.walmart.com\",\"from_name\":\"Maria Q\","
    "\"subject\":\"where is maria@home.example now\",\"threads\":[\"walmart:maria@relay.walmart.com\",\"ebay:77\",\"walmart:maria@relay.walmart.com#391155\"],"
    "\"findings\":[{\"rule\":\"contact\",\"evidence\":\"write to joe.doe+x@mail.example.\"}],\"size\":12}";

static json_t *redacted(const struct audit_redact *redact, char **dump_r)
{
	json_t *event = json_loads(sample, 0, NULL);

	assert_non_null(event);
	assert_int_equal(audit_redact(redact, event), 0);
	*dump_r = json_dumps(event, JSON_COMPACT);
	return event;
}

static void addresses_become_tokens_that_join(void **state)
{
	char *dump, token[128], thread[160] = "walmart:";
	json_t *event = redacted(&addresses, &dump);

	(void)state;
	assert_null(strstr(dump, "maria@"));
	assert_null(strstr(dump, "Maria@"));
	assert_null(strstr(dump, "joe.doe"));
	assert_null(strstr(dump, "agent@"));
	assert_null(strstr(dump, "root"));
	assert_non_null(strstr(dump, "write to a:"));
	assert_non_null(strstr(dump, "@mail.example.\""));
	assert_non_null(strstr(dump, "ebay:77"));
	assert_string_equal(json_get_str(event, "id"), "0ID@X");
	assert_string_equal(json_get_str(event, "message_id"), "<m@shop.example>");
	assert_string_equal(json_get_str(event, "from_name"), "Maria Q");
	assert_string_equal(json_get_str(event, "sender"), json_get_str(event, "from"));
	assert_int_equal(audit_redact_address(&addresses, SLICE_LIT("MARIA@relay.walmart.com"), token, sizeof(token)), 0);
	assert_string_equal(json_get_str(event, "sender"), token);
	strcat(thread, token);
	assert_string_equal(json_string_value(json_array_get(json_object_get(event, "threads"), 0)), thread);
	/* One item of what the address writes about. */
	strcat(thread, "#391155");
	assert_string_equal(json_string_value(json_array_get(json_object_get(event, "threads"), 2)), thread);
	assert_int_equal(strlen(token), 2 + 16 + strlen("@relay.walmart.com"));
	free(dump);
	json_decref(event);
}

static void text_becomes_tokens(void **state)
{
	char *dump;
	json_t *event = redacted(&text_only, &dump);

	(void)state;
	assert_null(strstr(dump, "where is"));
	assert_null(strstr(dump, "write to"));
	assert_null(strstr(dump, "Maria Q"));
	assert_non_null(strstr(dump, "Maria@Relay.Walmart.com"));
	assert_int_equal(strlen(json_get_str(event, "subject")), 18);
	free(dump);
	json_decref(event);
	event = redacted(&both, &dump);
	assert_null(strstr(dump, "joe.doe"));
	assert_null(strstr(dump, "maria"));
	assert_null(strstr(dump, "Maria"));
	free(dump);
	json_decref(event);
}

static void redacting_twice_changes_nothing_more(void **state)
{
	char *once, *twice;
	json_t *event = redacted(&addresses, &once);

	(void)state;
	assert_int_equal(audit_redact(&addresses, event), 0);
	twice = json_dumps(event, JSON_COMPACT);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	json_decref(event);
}

static void search_is(const char *in, const char *left, bool hidden)
{
	json_t *event = json_object();

	json_put_str(event, "evidence", in);
	assert_int_equal(audit_redact(&addresses, event), 0);
	if ((strstr(json_get_str(event, "evidence"), left) == NULL) != hidden)
		print_error("%s -> %s\n", in, json_get_str(event, "evidence"));
	assert_true((strstr(json_get_str(event, "evidence"), left) == NULL) == hidden);
	json_decref(event);
}

static void addresses_are_found_in_text(void **state)
{
	(void)state;
	search_is("<joe@x.example>", "joe", true);
	search_is("mailto:joe@x.example?x", "joe", true);
	search_is("joe@x.example,ann@y.example", "ann", true);
	search_is("a@b@joe@c", "joe", true);
	search_is("j\xc3\xb6rg@x.example", "rg@", true);
	search_is("joe\xef\xbc\xa0x.example", "joe", true);
	search_is("joe\xef\xb9\xabx.example", "joe", true);
	search_is("o'neil@x.example", "neil", true);
	search_is("at 5 @ noon", "at 5 @ noon", false);
	search_is("@handle", "@handle", false);
	search_is("", "", false);
}

/* What an alert is known again by stays, whatever a notice took for a number. */
static void keys_of_alerts_stay(void **state)
{
	static const char key[] = "window:walmart:joe@x.example:dispute:2026-01-05";
	json_t *event = json_object();

	(void)state;
	json_put_str(event, "key", key);
	assert_int_equal(audit_redact(&both, event), 0);
	assert_string_equal(json_get_str(event, "key"), key);
	json_decref(event);
}

static void a_long_row_of_at_signs_costs_little(void **state)
{
	char *flood = malloc(2000001);
	json_t *event = json_object();

	(void)state;
	for (int i = 0; i < 2000000; i++)
		flood[i] = i % 2 ? '@' : 'a';
	flood[2000000] = '\0';
	json_put_str(event, "evidence", flood);
	assert_int_equal(audit_redact(&addresses, event), 0);
	json_decref(event);
	free(flood);
}

static void a_missing_key_is_an_error(void **state)
{
	const struct audit_redact no_key = {true, true, {"", 0}};
	json_t *event = json_loads(sample, 0, NULL), *deep = json_object();
	char tiny[8];

	(void)state;
	assert_int_equal(audit_redact(&no_key, event), -1);
	assert_int_equal(audit_redact_address(&addresses, SLICE_LIT("a@b.example"), tiny, sizeof(tiny)), -1);
	json_decref(event);
	for (int i = 0; i < 1000; i++) {
		json_t *outer = json_object();

		json_object_set_new(outer, "x", deep);
		deep = outer;
	}
	assert_int_equal(audit_redact(&addresses, deep), -1);
	json_decref(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_become_tokens_that_join),
		cmocka_unit_test(text_becomes_tokens),
		cmocka_unit_test(redacting_twice_changes_nothing_more),
		cmocka_unit_test(keys_of_alerts_stay),
		cmocka_unit_test(addresses_are_found_in_text),
		cmocka_unit_test(a_long_row_of_at_signs_costs_little),
		cmocka_unit_test(a_missing_key_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
