/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of headers: today's form, the obsolete ones, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "mail/date.h"

static const struct {
	const char *text, *want; /* NULL: none */
} table[] = {
	{"Sun, 22 Nov 2026 09:00:00 +0100", "2026-11-22T08:00:00Z"},
	{"  Sun, 22 Nov 2026 09:00:00 -0830 (PST)", "2026-11-22T17:30:00Z"},
	{"22 Nov 2026 09:00 GMT", "2026-11-22T09:00:00Z"},
	{"Sun, 1 Nov 2026 00:30:00 +0200", "2026-10-31T22:30:00Z"},
	{"Thu, 29 Feb 2024 23:59:60 +0000", "2024-03-01T00:00:00Z"},
	{"Mon, 2 Nov 98 09:00:00 EST", "1998-11-02T14:00:00Z"},
	{"2-November-2026 09:00:01", "2026-11-02T09:00:01Z"},
	{"Sun,\t22\tNov\t2026\t09:00:00\tZ", "2026-11-22T09:00:00Z"},
	{"Thu, 29 Feb 2023 09:00:00 +0000", NULL}, {"yesterday", NULL}, {"", NULL}, {"22 Nov", NULL}, {"22 Nov 2026", NULL},
	{"22 Nov 2026 9", NULL}, {"22 Nov 2026 25:00", NULL}, {"22 Nov 2026 09:61", NULL}, {"99 Nov 2026 09:00", NULL},
	{"22 Nov 99999999999 09:00", NULL}, {"-1 Nov 2026 09:00", NULL}, {",,,", NULL}, {"22 Nix 2026 09:00", NULL},
};

static void dates_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[CLOCK_TEXT_SIZE] = "";
		int64_t seconds;

		print_message("%s\n", table[i].text);
		assert_int_equal(date_parse(slice_str(table[i].text), &seconds), table[i].want != NULL ? 0 : -1);
		if (table[i].want == NULL)
			continue;
		clock_format(text, sizeof(text), seconds);
		assert_string_equal(text, table[i].want);
	}
	assert_int_equal(date_parse(SLICE_NONE, &(int64_t){0}), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dates_are_read)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
