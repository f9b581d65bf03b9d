/* SPDX-License-Identifier: BSD-2-Clause */
/* Redacting text: what has to go, what has to stay, and that the same thing always gets the same token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "evidence/redact_internal.h"
#include "mail/url.h"

static struct profiles *profiles;

static const char model[] = "{\"scope\":{\"order\":\"4342076435326\"},\"records\":["
    "{\"from_name\":\"María Müller-Silva\",\"from\":\"maria.m@home.example\",\"agent\":\"Li An\",\"case\":\"777\","
    "\"ids\":[{\"kind\":\"tracking\",\"value\":\"1Z999AA10123456784\"},{\"kind\":\"order\",\"value\":\"111-2233445-6677889\"}]},"
    "{\"from_name\":\"Walmart Customer Care\",\"from\":\"care@walmart.com\"},{\"from_name\":\"王小明\"}],"
    "\"messages\":[{\"headers\":[{\"header\":\"Cc\",\"value\":\"\\\"O'Brien, Pat\\\" <pat@firm.example>, b@c.example\"}],"
    "\"whole_text\":\"Dear Mrs. Okonkwo,\\n\\nno.\\n\\nBest regards,\\nTomasz Zieliński\\n\"},{\"whole_text\":\"Hallo Jürgen,\\n\\nmein Name ist Uwe Groß.\"}]}";

static struct redaction *learned(const char *key)
{
	struct redaction *redaction = redaction_new(profiles, slice_str(key));
	json_t *object = json_loads(model, 0, NULL);

	assert_non_null(redaction);
	assert_non_null(object);
	redaction_learn(redaction, object);
	json_decref(object);
	assert_int_equal(redaction_hide(redaction, SLICE_LIT("Blue Lamp")), 0);
	if (redaction_ready(redaction) != 0)
		fail_msg("%s", redaction->reason.text);
	return redaction;
}

/* The text with each token's digits left out: "[name]". */
static char *redacted(struct redaction *redaction, const char *text)
{
	struct buf out = {0}, plain = {0};

	redaction_text(redaction, slice_str(text), &out);
	assert_false(redaction->failed);
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] == '-' && i + 13 < out.len && out.data[i + 13] == ']' &&
		    strspn(out.data + i + 1, "0123456789abcdef") == 12)
			i += 12;
		else
			buf_add_char(&plain, out.data[i]);
	}
	buf_free(&out);
	buf_add_char(&plain, '\0');
	return plain.data;
}

static const struct {
	const char *text, *expected;
} table[] = {
	{"", ""},
	{"We are sorry that it is late.", "We are sorry that it is late."},
	/* names: whole, parts, other letters, line ends, no part of another word */
	{"María Müller-Silva", "[name]"},
	{"MARÍA müller-silva!", "[name]!"},
	{"Hello MÜLLER, hello silva's", "Hello [name], hello [name]'s"},
	{"María\nMüller-Silva wrote", "[name] wrote"},
	{"Silvana and Mariana", "Silvana and Mariana"},
	{"an Li of An", "an [name] of [name]"},
	{"王小明您好", "[name]您好"},
	{"Okonkwo and Zieliński, Tomasz", "[name] and [name], [name]"},
	{"Jürgen GROSS Groß Uwe", "[name] GROSS [name] [name]"},
	{"O'Brien, Pat; Pat", "[name]; [name]"},
	{"Walmart Customer Care told the customer", "Walmart Customer Care told the customer"},
	/* addresses */
	{"maria.m@home.example", "[email]"},
	{"<Maria.M@Home.Example>", "<[email]>"},
	{"to:x@relay.walmart.com.", "to:[email]@relay.walmart.com."},
	{"x@relay.walmart.com.evil.example", "[email]"},
	{"x＠y.example", "[email]"},
	{"see home.example", "see [host]"},
	/* numbers */
	{"PO 4342076435326.", "PO [order]."},
	{"PO4342076435326", "PO[order]"},
	{"434-207-6435326", "[order]"},
	{"434 2076 435326", "[order]"},
	{"111-2233445-6677889", "[order]"},
	{"1z999aa10123456784", "[tracking]"},
	{"case 777", "case [case]"},
	{"+1 (415) 555-0134", "[number]"},
	{"0049 171 2345678, please", "[number], please"},
	{"电话13800138000。", "电话[number]。"},
	{"１３８００１３８０００", "[number]"},
	{"AB12CD34EF56", "[number]"},
	{"2 lamps for $49.99, 30 days", "2 lamps for $49.99, 30 days"},
	{"on 2026-03-01 09:00:00 or 2026-03-01T09:00:00Z", "on 2026-03-01 09:00:00 or 2026-03-01T09:00:00Z"},
	{"on 03/01/2026", "on 03/01/2026"},
	{"Sun, 01 Mar 2026 09:00:00 +0000", "Sun, 01 Mar 2026 09:00:00 +0000"},
	/* URLs */
	{"https://www.walmart.com/orders?id=x", "https://www.walmart.com[link]"},
	{"https://walmart.com", "https://walmart.com"},
	{"https://shop.example/a/b", "[link]"},
	{"https://walmart.com@evil.example/", "[link]"},
	/* places */
	{"I live at 12 Ocean View Drive, thanks", "I live at [place], thanks"},
	{"Bahnhofstraße 12a", "[place]"},
	{"Springfield, IL 62704", "[place]"},
	{"10115 Berlin", "[place]"},
	{"中山路100号", "[place]"},
	/* what the caller names */
	{"the blue  LAMP", "the [hidden]"},
};

static void the_table_holds(void **state)
{
	struct redaction *redaction = learned("a secret key of some length");

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char *text = redacted(redaction, table[i].text);

		if (strcmp(text, table[i].expected) != 0)
			fail_msg("'%s': '%s', not '%s'", table[i].text, text, table[i].expected);
		free(text);
	}
	redaction_free(&redaction);
}

static char *token_of(struct redaction *redaction, const char *text)
{
	struct buf out = {0};

	redaction_text(redaction, slice_str(text), &out);
	return out.data;
}

static void the_same_thing_has_the_same_token(void **state)
{
	static const char *const pairs[][2] = {
		{"María Müller-Silva", "maría müller-silva"}, {"4342076435326", "434-2076-435326"},
		{"Maria.M@Home.Example", "maria.m@home.example"}, {"+1 415 555 0134", "+1 (415) 555-0134"},
		{"1Z999AA10123456784", "1z999aa10123456784"},
	};
	struct redaction *one = learned("a secret key of some length"), *two = learned("another key of some length");

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *first = token_of(one, pairs[i][0]), *second = token_of(one, pairs[i][1]), *other = token_of(two, pairs[i][0]);

		assert_string_equal(first, second);
		assert_string_not_equal(first, other);
		free(first);
		free(second);
		free(other);
	}
	redaction_free(&one);
	redaction_free(&two);
}

static void redacted_text_stays_as_it_is(void **state)
{
	struct redaction *redaction = learned("a secret key of some length");
	char *once = token_of(redaction, "María, PO 4342076435326, x@home.example, 12 Ocean View Drive, +1 415 555 0134");
	char *twice = token_of(redaction, once);

	(void)state;
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	redaction_free(&redaction);
}

/* Long runs of what patterns look for: slow ones would pass the limit of a search, which makes no pack. */
static void long_texts_are_searched_too(void **state)
{
	static const char *const pieces[] = {"a", "1", "1 ", "a@", "www.", "12 a b ", "Dear ", "(((", "路", "x1", "A B, "};
	struct redaction *redaction = learned("a secret key of some length");

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct buf text = {0}, out = {0};

		while (text.len < 200000)
			buf_add_str(&text, pieces[i]);
		redaction_text(redaction, buf_slice(&text), &out);
		if (redaction->failed)
			fail_msg("'%s': %s", pieces[i], redaction->reason.text);
		buf_free(&text);
		buf_free(&out);
	}
	redaction_free(&redaction);
}

static int set_up(void **state)
{
	struct config config = {.rules_shipped = (char *)(uintptr_t)(SRCDIR "/rules"),
	    .rules_site = (char *)(uintptr_t)"/nonexistent"};
	struct diag d = {0};

	(void)state;
	profiles = profiles_load(&config, &d);
	if (profiles == NULL)
		fprintf(stderr, "%s\n", d.text);
	return profiles != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	profiles_free(&profiles);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds),
		cmocka_unit_test(the_same_thing_has_the_same_token),
		cmocka_unit_test(redacted_text_stays_as_it_is),
		cmocka_unit_test(long_texts_are_searched_too),
	};

	return hash_init() == 0 && url_init() == 0 ? cmocka_run_group_tests(tests, set_up, tear_down) : 1;
}
