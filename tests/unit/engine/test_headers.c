/* SPDX-License-Identifier: BSD-2-Clause */
/* Our headers: forged ones are found in every spelling, own ones are one clean line each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/headers.h"
#include "postern/plugin.h"

/* Danger 28 and 61: numbered per name, whatever its case, last first. */
static void forged_headers_are_numbered_last_first(void **state)
{
	static const char *const seen[] = {"X-Postern-Rule", "x-postern-LABEL", "X-POSTERN-RULE", "X-Postern-Rule"};
	static const struct { const char *name; unsigned index; } want[] = {
		{"X-Postern-Rule", 3}, {"X-POSTERN-RULE", 2}, {"x-postern-LABEL", 1}, {"X-Postern-Rule", 1}
	};
	struct strip strip = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(header_is_ours(slice_str(seen[i])));
		assert_int_equal(strip_add(&strip, slice_str(seen[i])), 0);
	}
	assert_int_equal(strip_number(&strip), 0);
	assert_int_equal(strip.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(strip.list[i].name, want[i].name);
		assert_int_equal(strip.list[i].index, want[i].index);
	}
	strip_free(&strip);
}

static void only_our_names_are_ours(void **state)
{
	(void)state;
	assert_false(header_is_ours(SLICE_LIT("X-Posternish")));
	assert_false(header_is_ours(SLICE_LIT("Subject")));
	assert_false(header_is_ours(SLICE_LIT("")));
	assert_true(header_is_ours(SLICE_LIT("X-Postern-")));
	assert_true(header_is_ours(SLICE_LIT("x-postern-anything ")));
}

static const struct verdict_header *find(const struct verdict *v, const char *name)
{
	for (size_t i = 0; i < v->header_count; i++)
		if (strcmp(v->headers[i].name, name) == 0)
			return &v->headers[i];
	return NULL;
}

static void inbound_mail_gets_its_clock_and_labels(void **state)
{
	const char *labels[] = {"response-needed", "customer-care"};
	struct arena *arena = arena_new(1 << 20);
	struct verdict v = {.id = "ID", .direction = POSTERN_INBOUND, .marketplace = "walmart", .kind = "buyer",
	    .labels = labels, .label_count = 2, .sla = SLA_STARTS, .sla_due = 1700000000, .sla_hours = 48};

	(void)state;
	assert_int_equal(headers_render(arena, &v), 0);
	assert_string_equal(find(&v, "X-Postern-Action")->value, "pass");
	assert_string_equal(find(&v, "X-Postern-Label")->value, "response-needed, customer-care");
	assert_string_equal(find(&v, "X-Postern-Marketplace")->value, "walmart");
	assert_string_equal(find(&v, "X-Postern-Kind")->value, "buyer");
	assert_string_equal(find(&v, "X-Postern-SLA-Due")->value, "2023-11-14T22:13:20Z");
	assert_string_equal(find(&v, "X-Postern-SLA-Hours-Left")->value, "48");
	assert_string_equal(find(&v, "X-Postern-Id")->value, "ID");
	assert_null(find(&v, "X-Postern-Rule"));
	arena_free(&arena);
}

/* Danger 27: nothing that came from a stranger or an administrator can end a header. */
static void values_are_one_clean_line(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding findings[2] = {
		{.rule = "a\r\nBcc: x@y", .rule_id = "A", .plugin = "p", .action = ACTION_TAG},
		{.rule = "\xC3\xBC", .rule_id = "B", .plugin = "p", .action = ACTION_TAG}
	};
	struct verdict v = {.id = "ID", .direction = POSTERN_OUTBOUND, .marketplace = "walmart", .action = ACTION_TAG,
	    .findings = findings, .finding_count = 2};

	(void)state;
	assert_int_equal(headers_render(arena, &v), 0);
	assert_int_equal(v.header_count, 1);
	assert_string_equal(v.headers[0].name, "X-Postern-Rule");
	for (const char *p = v.headers[0].value; *p != '\0'; p++)
		assert_in_range(*p, 0x20, 0x7E);
	arena_free(&arena);
}

static void clean_outbound_mail_is_left_alone(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct verdict v = {.id = "ID", .direction = POSTERN_OUTBOUND, .marketplace = "walmart", .sla = SLA_STOPS};

	(void)state;
	assert_int_equal(headers_render(arena, &v), 0);
	assert_int_equal(v.header_count, 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_headers_are_numbered_last_first),
		cmocka_unit_test(only_our_names_are_ours),
		cmocka_unit_test(inbound_mail_gets_its_clock_and_labels),
		cmocka_unit_test(values_are_one_clean_line),
		cmocka_unit_test(clean_outbound_mail_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
