/* SPDX-License-Identifier: BSD-2-Clause */
/* From findings to an action, as a table: the strictest wins, with its exceptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/verdict.h"
#include "postern/plugin.h"

#define NONE (-1)
#define MONITORED 16 /* added to an action */

static const struct {
	const char *what;
	int findings[3];
	bool monitor, never_refuse, cannot_hold;
	enum action want, would;
} table[] = {
	{"nothing found", {NONE}, false, false, false, ACTION_PASS, ACTION_PASS},
	{"a tag", {ACTION_TAG, NONE}, false, false, false, ACTION_TAG, ACTION_TAG},
	{"the strictest wins", {ACTION_TAG, ACTION_REJECT, ACTION_HOLD}, false, false, false, ACTION_REJECT, ACTION_REJECT},
	{"in any order", {ACTION_REJECT, ACTION_PASS, NONE}, false, false, false, ACTION_REJECT, ACTION_REJECT},
	{"an error beats hold", {ACTION_HOLD, ACTION_DEFER, NONE}, false, false, false, ACTION_DEFER, ACTION_DEFER},
	{"what was found stays found", {ACTION_DEFER, ACTION_REJECT, NONE}, false, false, false, ACTION_REJECT, ACTION_REJECT},
	{"monitored findings do nothing", {ACTION_REJECT + MONITORED, ACTION_TAG, NONE}, false, false, false, ACTION_TAG, ACTION_TAG},
	{"only monitored", {ACTION_REJECT + MONITORED, NONE}, false, false, false, ACTION_PASS, ACTION_PASS},
	{"monitor mode", {ACTION_REJECT, NONE}, true, false, false, ACTION_PASS, ACTION_REJECT},
	{"monitor mode, an error", {ACTION_DEFER, NONE}, true, false, false, ACTION_PASS, ACTION_DEFER},
	{"no quarantine", {ACTION_HOLD, NONE}, false, false, true, ACTION_REJECT, ACTION_REJECT},
	{"no quarantine, a tag", {ACTION_TAG, NONE}, false, false, true, ACTION_TAG, ACTION_TAG},
	{"a bounce is not refused", {ACTION_REJECT, NONE}, false, true, false, ACTION_TAG, ACTION_TAG},
	{"a bounce is not held either", {ACTION_HOLD, NONE}, false, true, true, ACTION_TAG, ACTION_TAG},
	{"a clean bounce", {NONE}, false, true, false, ACTION_PASS, ACTION_PASS},
};

static void strictest_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct finding findings[3];
		struct verdict v = {.findings = findings};
		struct verdict_input input = {.direction = POSTERN_OUTBOUND, .monitor = table[i].monitor,
		    .never_refuse = table[i].never_refuse, .can_hold = !table[i].cannot_hold, .recipients = 1, .id = "ID"};

		for (size_t k = 0; k < 3 && table[i].findings[k] != NONE; k++)
			findings[v.finding_count++] = (struct finding){.rule = "r", .rule_id = "R", .plugin = "p",
			    .action = (enum action)(table[i].findings[k] & 15), .monitored = table[i].findings[k] >= MONITORED};
		print_message("%s\n", table[i].what);
		assert_int_equal(verdict_decide(arena, &input, &v), 0);
		assert_int_equal(v.action, table[i].want);
		assert_int_equal(v.would, table[i].would);
		assert_int_equal(v.code != NULL, v.action >= ACTION_DEFER);
		assert_int_equal(v.hold_reason != NULL, v.action == ACTION_HOLD);
		arena_free(&arena);
	}
}

static void out_of_memory_is_said(void **state)
{
	struct arena *arena = arena_new(64);
	struct finding finding = {.rule = "r", .rule_id = "R", .plugin = "p", .action = ACTION_REJECT};
	struct verdict v = {.findings = &finding, .finding_count = 1};
	struct verdict_input input = {.direction = POSTERN_OUTBOUND, .can_hold = true};

	(void)state;
	assert_int_equal(verdict_decide(arena, &input, &v), -1);
	assert_int_equal(verdict_no_memory.action, ACTION_DEFER);
	assert_string_equal(verdict_no_memory.code, "451");
	arena_free(&arena);
}

static void json_has_the_fixed_keys(void **state)
{
	const char *labels[] = {"customer-care"};
	struct finding finding = {.rule = "external-links", .rule_id = "MP-LINK", .plugin = "links", .action = ACTION_REJECT,
	    .where = SLICE_LIT("link"), .evidence = SLICE_LIT("www.bestgadgets.shop"), .advice = NULL};
	struct verdict_header header = {"X-Postern-Rule", "external-links"};
	struct verdict v = {.id = "ID", .action = ACTION_REJECT, .would = ACTION_REJECT, .direction = POSTERN_OUTBOUND,
	    .marketplace = "walmart", .findings = &finding, .finding_count = 1, .labels = labels, .label_count = 1,
	    .sla = SLA_STARTS, .sla_due = 1700000000, .sla_hours = 48, .headers = &header, .header_count = 1};
	json_t *o = verdict_json(&v), *f = json_array_get(json_object_get(o, "findings"), 0);

	(void)state;
	assert_string_equal(json_get_str(o, "direction"), "out");
	assert_string_equal(json_get_str(o, "marketplace"), "walmart");
	assert_string_equal(json_get_str(o, "action"), "reject");
	assert_string_equal(json_get_str(f, "rule"), "external-links");
	assert_string_equal(json_get_str(f, "plugin"), "links");
	assert_string_equal(json_get_str(f, "action"), "reject");
	assert_string_equal(json_get_str(f, "where"), "link");
	assert_string_equal(json_get_str(f, "evidence"), "www.bestgadgets.shop");
	assert_string_equal(json_get_str(f, "advice"), "");
	assert_string_equal(json_string_value(json_array_get(json_object_get(o, "labels"), 0)), "customer-care");
	assert_string_equal(json_get_str(json_object_get(o, "sla"), "due"), "2023-11-14T22:13:20Z");
	assert_int_equal(json_get_int(json_object_get(o, "sla"), "hours", -1), 48);
	assert_string_equal(json_get_str(json_object_get(o, "sla"), "clock"), "starts");
	assert_string_equal(json_string_value(json_array_get(json_object_get(o, "headers"), 0)), "X-Postern-Rule: external-links");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strictest_wins),
		cmocka_unit_test(out_of_memory_is_said),
		cmocka_unit_test(json_has_the_fixed_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
