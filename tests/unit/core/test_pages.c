/* SPDX-License-Identifier: BSD-2-Clause */
/* What leaves as a table or a page: strangers' text stays text there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/csv.h"
#include "core/hash.h"
#include "core/html_page.h"

static void field_is(const char *text, const char *want)
{
	struct buf out = {0};
	struct csv_writer csv = {.out = &out};

	csv_str(&csv, text);
	csv_end_row(&csv);
	assert_string_equal(out.data, want);
	buf_free(&out);
}

static void a_field_is_no_formula(void **state)
{
	static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF20a"};

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++) {
		char want[64] = "\"'";

		strncat(want, formulas[i], 40);
		strncat(want, "\"\r\n", 4);
		field_is(formulas[i], want);
	}
	field_is("\t=1", "\"'\\x09=1\"\r\n");
	field_is("1-1", "\"1-1\"\r\n");
}

static void a_field_stays_one_field(void **state)
{
	(void)state;
	field_is("a \"b\", c;\r\nd", "\"a \"\"b\"\", c;\\x0D\\x0Ad\"\r\n");
	field_is("", "\"\"\r\n");
	field_is(NULL, "\r\n");
	field_is("\xE2\x80\xAE" "exe", "\"\\u{202E}exe\"\r\n");
}

static void a_row_has_its_fields(void **state)
{
	struct buf out = {0};
	struct csv_writer csv = {.out = &out};

	(void)state;
	csv_header(&csv, (const char *const []){"name", "count", "rate", NULL});
	csv_str(&csv, NULL);
	csv_int(&csv, -3);
	csv_tenths(&csv, -5);
	csv_end_row(&csv);
	csv_str(&csv, "b");
	csv_int(&csv, 0);
	csv_tenths(&csv, 995);
	csv_end_row(&csv);
	assert_string_equal(out.data, "name,count,rate\r\n,-3,-0.5\r\n\"b\",0,99.5\r\n");
	buf_free(&out);
}

static void text_is_no_markup(void **state)
{
	struct buf out = {0};

	(void)state;
	html_str(&out, "<script>alert('\"&amp;')</script>\n\x1B[1m\xFF");
	assert_string_equal(out.data, "&lt;script&gt;alert(&#39;&quot;&amp;amp;&#39;)&lt;/script&gt;\\x0A\\x1B[1m\\xFF");
	buf_truncate(&out, 0);
	html_lines(&out, SLICE_LIT("a\n\tb\r"));
	assert_string_equal(out.data, "a\n\tb\\x0D");
	buf_free(&out);
}

/* The page's policy names the hash of exactly the style that stands in it: else no browser would use it. */
static void a_page_allows_its_own_style(void **state)
{
	const struct html_page page = {.title = "A <b>", .style = ".x{color:red}"};
	unsigned char hash[HASH_SIZE];
	char hex[HASH_HEX_SIZE], want[HASH_HEX_SIZE] = "";
	struct buf out = {0};
	const char *css, *end, *policy;
	size_t len;

	(void)state;
	html_page_open(&out, &page);
	html_page_close(&out, "it's over");
	assert_non_null(strstr(out.data, "<title>A &lt;b&gt;</title>"));
	assert_non_null(strstr(out.data, "<footer><p>it&#39;s over</p></footer>"));
	css = strstr(out.data, "<style>") + 7;
	end = strstr(css, "</style>");
	assert_memory_equal(end - 13, ".x{color:red}", 13);
	policy = strstr(out.data, "'sha256-") + 8;
	assert_true(policy < css);
	assert_int_equal(base64_read(hash, sizeof(hash), (struct slice){policy, strcspn(policy, "'")}, &len), 0);
	assert_int_equal(len, HASH_SIZE);
	for (size_t i = 0; i < len; i++)
		snprintf(want + 2 * i, 3, "%02x", hash[i]);
	hash_hex(hex, (struct slice){css, (size_t)(end - css)});
	assert_string_equal(hex, want);
	buf_free(&out);
}

static void a_table_closes_its_rows(void **state)
{
	static const struct html_column columns[] = {{"Rule", false}, {"Count", true}};
	struct buf out = {0};
	struct html_table table = html_table_open(&out, "Of \"rules\"", columns, 2);

	(void)state;
	html_cell_str(&table, "<a>");
	html_cell_int(&table, 7);
	html_cell_str(&table, "b");
	html_cell_markup(&table, "<b>8</b>");
	html_table_close(&table);
	assert_string_equal(out.data, "<table>\n<caption>Of &quot;rules&quot;</caption>\n<thead><tr>"
	    "<th scope=\"col\">Rule</th><th scope=\"col\" class=\"n\">Count</th></tr></thead>\n<tbody>\n"
	    "<tr><th scope=\"row\">&lt;a&gt;</th><td class=\"n\">7</td></tr>\n"
	    "<tr><th scope=\"row\">b</th><td class=\"n\"><b>8</b></td></tr>\n</tbody>\n</table>\n");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_no_formula),
		cmocka_unit_test(a_field_stays_one_field),
		cmocka_unit_test(a_row_has_its_fields),
		cmocka_unit_test(text_is_no_markup),
		cmocka_unit_test(a_page_allows_its_own_style),
		cmocka_unit_test(a_table_closes_its_rows),
	};

	if (hash_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
