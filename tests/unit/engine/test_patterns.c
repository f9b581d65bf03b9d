/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter in front of PCRE2 must not change a single answer: over the
 * expressions of all shipped lists and the texts of tests/cases, whole, turned
 * to capitals and damaged, the matches of each expression are those that PCRE2
 * finds by itself, without the form for ASCII (core/pattern_ascii.h), no match begins in a piece of the text that was not
 * told, and those of the first half are those that begin there. And what a filter can't do without: that it says no at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/common.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/pattern.h"
#include "core/text.h"
#include "engine/host.h"
#include "engine/patterns.h"

#define SETS_MAX 64
#define TEXT_MAX 3000
/* More matches of one expression are not compared. */
#define MATCHES 64
#define PIECE 40
#define PIECES (3 * TEXT_MAX / PIECE + 2)

/* Expressions, as the plugins give them to the host. */
struct set {
	const char *file;
	size_t count;
	size_t *numbers; /* in the pool */
};

static struct {
	struct set sets[SETS_MAX];
	size_t count;
	struct pattern_pool *pool;
	const char *file;
	struct slice content;
	size_t searched, allowed, matched, wrong, pieces, told;
} all;

/* ---- a host that gathers the sets ---- */

static struct postern_slice give_file(const struct postern_conf *conf, const char *name)
{
	(void)conf;
	(void)name;
	return host_slice(all.content);
}

static void no_error(const struct postern_conf *conf, const char *option, int line, const char *text)
{
	(void)conf;
	(void)option;
	/* Some lists are complete only together with another. */
	print_message("left out: %s:%d: %s\n", all.file, line, text);
}

static struct postern_patterns *gather(const struct postern_conf *conf, const char *option,
    const char *const *expressions, size_t count)
{
	struct set *set = &all.sets[all.count++];

	(void)conf;
	(void)option;
	assert_true(all.count < SETS_MAX);
	*set = (struct set){all.file, count, calloc(count, sizeof(*set->numbers))};
	assert_non_null(set->numbers);
	for (size_t i = 0; i < count; i++) {
		struct diag d = {0};

		assert_int_equal(pattern_pool_add(all.pool, expressions[i], &set->numbers[i], &d), 0);
	}
	return (struct postern_patterns *)set;
}

static void not_yet(struct postern_patterns *patterns)
{
	(void)patterns;
}

static const struct postern_host gathering = {
	.conf_file = give_file, .conf_error = no_error, .patterns_compile = gather, .patterns_free = not_yet,
};

static int load(void **state)
{
	struct file_list list;
	struct diag d = {0};

	(void)state;
	all.pool = pattern_pool_new();
	assert_non_null(all.pool);
	assert_int_equal(file_list_dir(RULES "/lists", ".tsv", &list, &d), 0);
	for (size_t i = 0; i < list.count; i++) {
		struct phrases phrases;
		struct buf content = {0};

		assert_int_equal(file_read(list.paths[i], 1 << 20, &content, &d), 0);
		all.content = buf_slice(&content);
		all.file = list.paths[i];
		if (phrases_open(&gathering, NULL, "list", &phrases) == 0)
			phrases_close(&gathering, &phrases);
		buf_free(&content);
	}
	assert_true(all.count > list.count / 2);
	assert_int_equal(pattern_pool_finish(all.pool, &d), 0);
	file_list_free(&list);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < all.count; i++)
		free(all.sets[i].numbers);
	pattern_pool_free(&all.pool);
	return 0;
}

/* ---- texts ---- */

/* Matches of one expression in one text. */
struct matches {
	size_t count, starts[MATCHES], ends[MATCHES];
};

static int note_match(void *arg, size_t number, size_t start, size_t end)
{
	struct matches *matches = arg;

	(void)number;
	if (matches->count == MATCHES)
		return 1;
	matches->starts[matches->count] = start;
	matches->ends[matches->count++] = end;
	return 0;
}

/* PCRE2 by itself, over all of the text, and with what it makes of the expression for any text. */
static int search_whole(const struct pattern *pattern, struct slice text, struct matches *out)
{
	const struct pattern_subject subject = {.text = text, .ascii = false};
	struct pattern_search *search = pattern_search_new();
	size_t offset = 0, start, end;
	int rc = 0;

	assert_non_null(search);
	while (offset <= text.len) {
		struct diag d = {0};
		unsigned long cp;
		size_t step = 0;

		rc = pattern_search(search, pattern, &subject, offset, text.len, &start, &end, &d);
		if (rc <= 0 || note_match(out, 0, start, end) != 0)
			break;
		if (end == start)
			step = utf8_decode(slice_sub(text, end, text.len), &cp);
		offset = end + (end > start ? 0 : step != 0 ? step : 1);
	}
	pattern_search_free(&search);
	return rc < 0 ? rc : 0;
}

static bool same_matches(const struct matches *a, const struct matches *b)
{
	return a->count == b->count && memcmp(a->starts, b->starts, a->count * sizeof(a->starts[0])) == 0 &&
	    memcmp(a->ends, b->ends, a->count * sizeof(a->ends[0])) == 0;
}

struct pieces {
	size_t ends[PIECES], count;
	bool told[PIECES];
};

static void note_piece(void *arg, size_t number, size_t piece)
{
	struct pieces *pieces = arg;

	(void)number;
	assert_true(piece < pieces->count);
	pieces->told[piece] = true;
}

static void compare_pieces(struct pattern_finder *finder, size_t number, const struct matches *whole)
{
	struct pieces pieces = {.count = 0};
	struct pattern_pieces asked = {pieces.ends, 0, note_piece, &pieces};
	size_t len = finder->text->subject.text.len;

	for (size_t end = 0; end < len; pieces.ends[pieces.count++] = end)
		end = end + PIECE < len ? end + PIECE : len;
	asked.count = pieces.count;
	if (pattern_live_begin(finder, number))
		pattern_live_pieces(finder, number, &asked);
	for (size_t i = 0; i < whole->count; i++)
		all.wrong += !pieces.told[whole->starts[i] < len ? whole->starts[i] / PIECE : pieces.count - 1];
	for (size_t i = 0; i < pieces.count; i++)
		all.told += pieces.told[i];
	all.pieces += pieces.count;
}

/* Those that begin in the first half of the text. */
static void compare_half(struct pattern_finder *finder, size_t number, const struct matches *whole)
{
	size_t half = finder->text->subject.text.len / 2, wanted = 0;
	struct matches found = {0};
	struct diag d = {0};

	while (wanted < whole->count && whole->starts[wanted] < half)
		wanted++;
	finder->walk.until = half;
	if (pattern_finder_match(finder, number, 0, note_match, &found, &d) >= 0)
		all.wrong += found.count != wanted || memcmp(found.ends, whole->ends, wanted * sizeof(found.ends[0])) != 0;
	finder->walk.until = SIZE_MAX;
}

static void compare_expression(struct pattern_finder *finder, const struct set *set, size_t i)
{
	const struct pattern_text *text = finder->text;
	const struct pattern *pattern = all.pool->items[set->numbers[i]].pattern;
	bool may = prefilter_may(all.pool->prefilter, text->scan, set->numbers[i]);
	struct matches whole = {0}, found = {0};
	struct diag d = {0};
	int rc = search_whole(pattern, text->subject.text, &whole);

	all.searched++;
	all.allowed += may;
	all.matched += whole.count > 0;
	/* A limit may be passed at a place where nothing can match, and which is left out therefore. */
	if (may && pattern_finder_match(finder, set->numbers[i], i, note_match, &found, &d) < 0)
		assert_true(rc < 0);
	if (rc >= 0 && !same_matches(&whole, &found)) {
		print_error("'%s' has %zu matches, %zu of them are found, in: %.*s\n", pattern_text(pattern), whole.count,
		    found.count, SLICE_ARG(text->subject.text));
		all.wrong++;
	}
	if (rc >= 0)
		compare_pieces(finder, set->numbers[i], &whole);
	if (rc >= 0 && may)
		compare_half(finder, set->numbers[i], &whole);
}

static void compare_set(const struct set *set, const struct pattern_text *text, struct judging *j)
{
	struct pattern_finder finder;
	struct diag d = {0};

	assert_int_equal(pattern_finder_begin(&finder, j, text, SIZE_MAX, &d), 0);
	for (size_t i = 0; i < set->count; i++)
		compare_expression(&finder, set, i);
	pattern_finder_end(&finder);
}

static void compare(struct slice text)
{
	struct judging j = {.arena = arena_new(1 << 24)};
	struct pattern_text temporary;
	const struct pattern_text *known = pattern_text_begin(&j, all.pool, text, &temporary);

	assert_non_null(j.arena);
	/* As for a segment: expressions that are in several sets are searched once. */
	temporary.found = arena_array(j.arena, PATTERN_BUCKETS, sizeof(*temporary.found));
	assert_non_null(temporary.found);
	for (size_t i = 0; i < all.count; i++)
		compare_set(&all.sets[i], known, &j);
	pattern_text_end(known, &temporary);
	arena_free(&j.arena);
}

static void capitals(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
}

/* A byte that is no UTF-8 here and there. */
static void damage(char *text, size_t len)
{
	for (size_t i = 37; i < len; i += 101)
		text[i] = (char)0xFF;
}

/* s and k as the letters that PCRE2 takes for them. */
static size_t strange_letters(const char *text, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *strange = text[i] == 's' ? "\xC5\xBF" : text[i] == 'k' ? "\xE2\x84\xAA" : NULL;

		if (strange == NULL)
			out[n++] = text[i];
		else
			n += (size_t)snprintf(out + n, 4, "%s", strange);
	}
	return n;
}

static void compare_forms(struct slice body)
{
	char text[TEXT_MAX], strange[3 * TEXT_MAX + 4];
	size_t len = body.len < TEXT_MAX ? body.len : TEXT_MAX;

	memcpy(text, body.ptr, len);
	compare((struct slice){text, len});
	compare((struct slice){strange, strange_letters(text, len, strange)});
	capitals(text, len);
	compare((struct slice){text, len});
	damage(text, len);
	compare((struct slice){text, len});
}

static void test_same_answers(void **state)
{
	struct file_list list;
	struct diag d = {0};

	(void)state;
	all.searched = all.allowed = all.matched = all.wrong = all.pieces = all.told = 0;
	assert_int_equal(file_list_dir(CASES, ".eml", &list, &d), 0);
	for (size_t i = 0; i < list.count; i++) {
		struct buf raw = {0};
		long body;

		assert_int_equal(file_read(list.paths[i], 1 << 24, &raw, &d), 0);
		body = slice_find(buf_slice(&raw), SLICE_LIT("\n\n"));
		if (body >= 0)
			compare_forms(slice_sub(buf_slice(&raw), (size_t)body, raw.len));
		buf_free(&raw);
	}
	file_list_free(&list);
	assert_int_equal(all.wrong, 0);
	assert_true(all.matched > 1000);
	/* A quarter of the texts has letters after which anything may match; of the others few pieces are told. */
	assert_true(all.told < all.pieces / 10 * 3);
	print_message("%zu searches, %zu matches, %zu let through, %zu of %zu pieces told\n", all.searched, all.matched, all.allowed,
	    all.told, all.pieces);
}

static void test_says_no(void **state)
{
	static const char text[] = "Dear Maria,\n\nThank you for your patience. Your lamp was handed to the carrier on "
	    "Monday and should arrive by Friday. I am sorry for the delay and have asked them to look into it.\n\nAnna";

	(void)state;
	all.searched = all.allowed = all.matched = all.wrong = 0;
	compare(SLICE_LIT(text));
	assert_true(all.allowed < all.searched / 10);
	assert_int_equal(all.wrong, 0);
}

/* ---- what an expression needs ---- */

/* "<" and ">" where a word must begin and end. */
static size_t show_literal(const struct literal *literal, const char *before, char *out, size_t size)
{
	return (size_t)snprintf(out, size, "%s%s%.*s%s", before, (literal->edges & LITERAL_STARTS) != 0 ? "<" : "",
	    (int)literal->len, literal->bytes, (literal->edges & LITERAL_ENDS) != 0 ? ">" : "");
}

static void show(const char *expression, char *out, size_t size)
{
	struct literals needs;
	size_t n = 0;

	literals_of(expression, &needs);
	out[0] = '\0';
	for (size_t i = 0; i < needs.count; i++)
		for (size_t k = 0; k < needs.sets[i].count && n < size; k++)
			n += show_literal(&needs.sets[i].items[k], k > 0 ? "|" : i > 0 ? " & " : "", out + n, size - n);
}

static void test_literals(void **state)
{
	static const struct {
		const char *expression, *needs;
	} rows[] = {
		{"free shipping", "free shipping"},
		{"FREE", "free"},
		{"colou?rs", "colours|colors"},
		{"\\bgift\\s+card\\b", "<gift card>"},
		{"\\b(?:us|our|i)\\b", "<us>|<our>|<i>"},
		{"\\b(?:us|i)", "<us|<i"},
		{"(?:us|i)\\b", ""},
		{"\\b(?:we|i|after.?sale)\\b", "<we>|<i>|<after & <we>|<i>|sale>"},
		{"\\b(?:x+ab|(?:y+cd|e-fg))\\b", "ab>|cd>|<e-fg>"},
		{"(?:x+ab)\\b?", "ab"},
		{"\\bus\\b|\\bus", "<us"},
		{"\\bus\\b|sus|us", "us|sus"},
		{"\\b(?:\\w+ly )?us\\b", "us>"},
		{"\\b(?:so |\\s)?us", "<so us| us|<us"},
		{"\\b(?:no\\w*|-go)\\b", "<no|-go>"},
		{"\\b(?:a{2}|b{2}c){2}\\b", "<aaaa>|<aabbc>|<bbcaa>|<bbcbbc>"},
		{"\\b[$]5\\b", "$5>"},
		{"ab\\b?cd", "abcd"},
		{"ab\\B", "ab"},
		{"(?=\\bab)cd\\b(?!ef)", "cd>"},
		{"\\bcaf\xC3\xA9\\b", "<caf"},
		{"[@\\x{FF20}]\\w", "@|\xEF\xBC\xA0"},
		{"gift[\\s\\x{A0}]{1,6} card", "gift card"},
		{"on ?line", "on line|online"},
		{"don['\\x{2019}`]?t go", "don't go|dont go"},
		{"back[- ]to", "back-to|back to"},
		{"(?:big|huge) sale", "big sale|huge sale"},
		{"sale(?: now)?", "sale now|sale"},
		{"ab+cd", "cd"},
		{"abc{2}de", "abccde"},
		{"ab{0,2}cd", "acd|abcd|abbcd"},
		{"(?:xy|z){2,}q", "xyxy|xyz|zxy|zz"},
		{"ab{9}cd", "abbbbbbbbbcd"},
		{"ab{25}cd", "cd"},
		{"ab (?:x+cd|efg)", "ab  & cd|<efg"},
		{"\\b\\d{1,2}\\.\\d", "<\x1A.\x1A|<\x1A\x1A.\x1A"},
		{"gr[ae]y", "gray|grey"},
		{"x[a-z]yz", "yz"},
		{"(?:caf\xC3\xA9|bar)s", "caf|bar"},
		{"caf\xC3\xA9s here", "caf & s here"},
		{"\xE4\xBC\x98\xE6\x83\xA0", "\xE4\xBC\x98\xE6\x83\xA0"},
		{"\\x{4F18}", "\xE4\xBC\x98"},
		{"\\x41\\x42", "ab"},
		{"foo(?!bar)baz", "foobaz"},
		{"(?<!no )refund", "refund"},
		{"(?i)deal(?-i:s)", "deals"},
		{"a|bcd", ""},
		{"[0-9]{1,2} ?% off", "\x1A % off|\x1A% off|\x1A\x1A % off|\x1A\x1A% off"},
		{"(?x) a b c", ""},
		{"(a)\\1bcd", "bcd"},
		{"\\Qab\\E", ""},
		{"(*ACCEPT)abc", ""},
		{"(?1)abc(d)", ""},
		{".*", ""},
		{"", ""},
		{"[]x]abc", "]abc|xabc"},
		{"[[:alpha:]]abc", "abc"},
		{"!{3,}", "!!!"},
		{"ab[0-1]", "ab0|ab1"},
		{"ab[0-2]", "ab\x1A"},
		{"\\b\\d{3}[\\d.]\\d\\b", "<\x1A\x1A\x1A\x1A\x1A>|<\x1A\x1A\x1A.\x1A>"},
		{"\\b[0-9]{14}\\b", "<\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A>"},
		{"\\b(?:[0-9]{9}|[0-9]{11})\\b", "<\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A>|<\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A\x1A>"},
		{"\\b\\x1Aab", "ab"},
		{"[\\s-#]ab", "ab"},
		{"abc{,3}", ""},
		{"((((((((((((((abc))))))))))))))", ""},
		{"abc\\N{U+64}", ""},
		{"\\p{Lu}bcd", "bcd"},
		{"(?<name>abc)d", "abcd"},
	};
	char out[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		show(rows[i].expression, out, sizeof(out));
		if (strcmp(out, rows[i].needs) != 0)
			fail_msg("'%s' needs '%s', not '%s'", rows[i].expression, out, rows[i].needs);
	}
}

/* Whatever \\s matches, and those only, are folded to one blank. */
static void test_fold(void **state)
{
	static const char text[] = "a \t\r\n\xC2\xA0\xE3\x80\x80 b\xE2\x80\x99s `x\xE2\x80\x98\xFF\xC2 \xE2\x80";
	char out[sizeof(text)];
	size_t len = literals_fold(SLICE_LIT(text), out, NULL);

	(void)state;
	assert_int_equal(len, strlen("a b's 'x'\xFF\xC2 \xE2\x80"));
	assert_memory_equal(out, "a b's 'x'\xFF\xC2 \xE2\x80", len);
}

/* ASCII letters match no character beyond ASCII but the two that the filter knows; white space is folded. */
static void test_case_folding(void **state)
{
	struct diag d = {0};
	struct pattern *pattern = pattern_compile("[a-z]", PATTERN_NO_CASE, &d);
	struct pattern *digit = pattern_compile("\\d", PATTERN_NO_CASE, &d);
	struct pattern *cyrillic = pattern_compile("[\\x{410}-\\x{44F}]", PATTERN_NO_CASE, &d);
	struct pattern *space = pattern_compile("[\\s\\h\\v]", PATTERN_NO_CASE, &d);
	char folded[4];

	(void)state;
	assert_true(pattern != NULL && digit != NULL && cyrillic != NULL && space != NULL);
	for (unsigned long cp = 0x80; cp < 0x110000; cp++) {
		char text[4] = {(char)(0xF0 | cp >> 18), (char)(0x80 | (cp >> 12 & 0x3F)), (char)(0x80 | (cp >> 6 & 0x3F)),
		    (char)(0x80 | (cp & 0x3F))};
		struct slice one = {text, 4};

		if (cp >= 0xD800 && cp < 0xE000)
			continue;
		if (cp < 0x800) {
			text[2] = (char)(0xC0 | cp >> 6);
			one = (struct slice){text + 2, 2};
		} else if (cp < 0x10000) {
			text[1] = (char)(0xE0 | cp >> 12);
			one = (struct slice){text + 1, 3};
		}
		if (pattern_test(pattern, one, &d) != (cp == 0x17F || cp == 0x212A))
			fail_msg("U+%04lX", cp);
		if (pattern_test(space, one, &d) == 1 && (literals_fold(one, folded, NULL) != 1 || folded[0] != ' '))
			fail_msg("U+%04lX is white space", cp);
		if (pattern_test(digit, one, &d) == 1 && (literals_fold(one, folded, NULL) != 1 || folded[0] != 0x1A))
			fail_msg("U+%04lX is a digit", cp);
		if (pattern_test(cyrillic, one, &d) == 1 && ((unsigned char)one.ptr[0] & 0xFE) != 0xD0 &&
		    memcmp(one.ptr, "\xE1\xB2", 2) != 0)
			fail_msg("U+%04lX is Cyrillic", cp);
	}
	pattern_free(&pattern);
	pattern_free(&space);
	pattern_free(&digit);
	pattern_free(&cyrillic);
}

/* ---- the host's function ---- */

static int count_match(void *arg, size_t number, size_t start, size_t end)
{
	(void)number;
	(void)start;
	(void)end;
	++*(size_t *)arg;
	return 0;
}

/* A message whose time is over is not searched to the end, and the reason names the place. */
static void test_deadline(void **state)
{
	static const char *const expressions[] = {"nothing", "order", "time"};
	struct judging j = {.arena = arena_new(1 << 16), .deadline = 1};
	char name[] = "test";
	const struct rule rule = {.name = name};
	struct postern_ctx ctx = {.judging = &j, .rule = &rule};
	struct postern_patterns *patterns = host_patterns_compile(NULL, "phrases", expressions, 3);
	struct postern_slice text = host_slice(SLICE_LIT("your ORDER is on time"));
	size_t found = 0;

	(void)state;
	assert_non_null(patterns);
	assert_int_equal(host_patterns_match(&ctx, patterns, text, count_match, &found), POSTERN_TEMPFAIL);
	assert_int_equal(found, 0);
	assert_non_null(ctx.reason);
	assert_non_null(strstr(ctx.reason, "phrases"));
	j.deadline = clock_monotonic_ms() + 60000;
	assert_int_equal(host_patterns_match(&ctx, patterns, text, count_match, &found), POSTERN_OK);
	assert_int_equal(found, 2);
	host_patterns_free(patterns);
	arena_free(&j.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_case_folding),
		cmocka_unit_test(test_same_answers),
		cmocka_unit_test(test_says_no),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
