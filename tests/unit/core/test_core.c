/* SPDX-License-Identifier: BSD-2-Clause */
/* The core's promises: budgets, cuts, harmless text, time, patterns, spool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/pattern.h"
#include "core/pattern_ascii.h"
#include "core/pattern_parts.h"
#include "core/spool.h"
#include "core/text.h"

static void arena_keeps_its_budget(void **state)
{
	struct arena *arena = arena_new(100000);
	size_t given = 0;

	(void)state;
	while (arena_alloc(arena, 1000) != NULL)
		given += 1000;
	assert_in_range(given, 90000, 100000);
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_array(arena, SIZE_MAX / 2, 4));
	arena_free(&arena);
	assert_null(arena);
}

static void buf_stays_failed_past_its_limit(void **state)
{
	struct buf buf = {.max = 10};

	(void)state;
	buf_add_str(&buf, "12345");
	buf_add_str(&buf, "678901");
	assert_true(buf.failed);
	assert_int_equal(buf.len, 5);
	buf_add_char(&buf, 'x');
	assert_int_equal(buf.len, 5);
	buf_free(&buf);
}

static void sanitize_is(const char *in, enum text_target target, const char *want)
{
	char out[256];

	text_sanitize(out, sizeof(out), slice_str(in), target);
	assert_string_equal(out, want);
}

static void cell_is(const char *in, size_t width, const char *want)
{
	struct buf out = {0};

	buf_add_str(&out, "|");
	text_append_cell(&out, slice_str(in), width);
	buf_add_str(&out, "|");
	assert_string_equal(out.data, want);
	buf_free(&out);
}

static void cells_have_their_width(void **state)
{
	(void)state;
	cell_is("ab", 4, "|ab  |");
	cell_is("abcd", 4, "|abcd|");
	cell_is("abcde", 4, "|abcd|");
	cell_is("\u00E9\u00E9\u00E9\u00E9\u00E9", 4, "|\u00E9\u00E9\u00E9\u00E9|");
	cell_is("\u00E9", 2, "|\u00E9 |");
	cell_is("a\nb", 0, "|a\\x0Ab|");
	cell_is("", 2, "|  |");
	cell_is(NULL, 0, "||");
}

static void sanitized_text_does_no_harm(void **state)
{
	char tiny[8];

	(void)state;
	sanitize_is("a\r\nb\x1b[31m", TEXT_FOR_LOG, "a\\x0D\\x0Ab\\x1B[31m");
	sanitize_is("a\nb\x1b", TEXT_FOR_TERMINAL, "a\nb\\x1B");
	sanitize_is("100% caf\xc3\xa9\r\n", TEXT_FOR_REPLY, "100%% caf?  ");
	sanitize_is("x\xff\xe2\x80\xae", TEXT_FOR_LOG, "x\\xFF\\u{202E}");
	sanitize_is("caf\xc3\xa9", TEXT_FOR_LOG, "caf\xc3\xa9");
	assert_int_equal(text_sanitize(tiny, sizeof(tiny), SLICE_LIT("0123456789"), TEXT_FOR_LOG), 7);
	assert_string_equal(tiny, "0123...");
}

static void utf8_refuses_what_is_not(void **state)
{
	static const char *const bad[] = {"\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"};
	unsigned long cp;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(utf8_decode(slice_str(bad[i]), &cp), 0);
	assert_int_equal(utf8_decode(SLICE_LIT("\xf0\x9f\x98\x80"), &cp), 4);
	assert_int_equal(cp, 0x1F600);
}

static void suggestions_are_near(void **state)
{
	static const char *const keys[] = {"allow_domains", "action", "scan", NULL};

	(void)state;
	assert_string_equal(diag_suggest("alow_domains", keys), "allow_domains");
	assert_string_equal(diag_suggest("actoin", keys), "action");
	assert_string_equal(diag_suggest("scna", keys), "scan");
	assert_null(diag_suggest("frobnicate", keys));
}

static void diag_stays_in_its_bounds(void **state)
{
	struct diag d = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		diag_at(&d, "file.conf", i, "something is wrong here");
	assert_int_equal(d.count, 1000);
	assert_true(d.len < sizeof(d.text));
	assert_int_equal(strlen(d.text), d.len);
}

static void time_has_one_text_form(void **state)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t t;

	(void)state;
	assert_int_equal(clock_parse("2028-02-29T23:59:59Z", &t), 0);
	clock_format(text, sizeof(text), t + 1);
	assert_string_equal(text, "2028-03-01T00:00:00Z");
	assert_int_equal(clock_parse("2022-03-18", &t), 0);
	assert_int_equal(t, 1647561600);
	assert_int_equal(clock_parse("2026-02-30", &t), -1);
	assert_int_equal(clock_parse("2026-02-03T10:00:00+01:00", &t), -1);
}

/* The first match with either form of an expression. */
static void check_ascii_form(const char *expression, const char *text)
{
	struct diag d = {0};
	struct pattern *pattern = pattern_compile(expression, PATTERN_NO_CASE, &d);
	struct pattern_search *search = pattern_search_new();
	size_t start[2] = {0}, end[2] = {0};
	int rc[2];

	assert_non_null(pattern);
	assert_non_null(search);
	for (int ascii = 0; ascii < 2; ascii++) {
		const struct pattern_subject subject = {slice_str(text), ascii != 0};

		rc[ascii] = pattern_search(search, pattern, &subject, 0, strlen(text), &start[ascii], &end[ascii], &d);
	}
	if (rc[0] != rc[1] || start[0] != start[1] || end[0] != end[1])
		fail_msg("'%s' in '%s': %d, %zu to %zu, for ASCII: %d, %zu to %zu", expression, text, rc[0], start[0],
		    end[0], rc[1], start[1], end[1]);
	pattern_search_free(&search);
	pattern_free(&pattern);
}

static void ascii_form_is(const char *expression, const char *wanted)
{
	char *form = pattern_ascii_form(expression);

	if (wanted == NULL)
		assert_null(form);
	else
		assert_string_equal(form, wanted);
	free(form);
}

static void patterns_for_ascii_match_the_same(void **state)
{
	static const char *const expressions[] = {
		"don['\\x{2019}\xE2\x80\x98]?t", "\\x{A0}?go", "[^\xE4\xB8\x80-\xE9\xBE\xA5]+", "caf\xC3\xA9?", "(?:\xE8\xAE\xA2\xE5\x8D\x95)*b",
		"[\\s\\x{A0}]{1,6}", "[!-\\x{2019}x]+", "\\p{L}+\\P{L}", "\\b\\w+\\b(?=\\W)", "[\\x{17F}]", "\\x{212A}", "[\\x{100}-\\x{2FF}]",
		"s|\xC5\xBF", "(?<!\\x{2019})t", "\\$[0-9]+\\.", "[]\303\251a]+", "[a\\-\xC3\xA9]+", "^.*$", "(\\w)(?:a|\xC3\xA9)", "[[:punct:]]+",
	};
	static const char *const texts[] = {
		"", "I don't go.", "dont stop", "ask for a KISS, b", "caf caff", "$5.99 off", "a]b-c", "\t two  blanks \r\n", "|x^y=z~",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			check_ascii_form(expressions[i], texts[k]);
	for (size_t i = 0; i < 20; i++) {
		char text[] = "twenty bytes of text";

		assert_true(slice_is_ascii(slice_str(text)));
		text[i] = '\x80';
		assert_false(slice_is_ascii(slice_str(text)));
	}
	ascii_form_is("don['\\x{2019}]t", "don[']t");
	ascii_form_is("[\\s\\x{A0}][\\x{2019}^a][^\\x{2019}b][\\x{2019}]", "[\\s][\\xFF^a][^\\xFFb][\\xFF]");
	ascii_form_is("[b\\x{2019}-]", "[b\\xFF-]");
	ascii_form_is("\xE8\xAE\xA2?[a\\x41\xC3\xA9-\xC3\xBC]", "\\xFF?[a\\x41\\xFF-\\xFF]");
	/* Letters that are s and k in another case, and what is not the same without UTF. */
	ascii_form_is("[\\x{100}-\\x{2FF}]", NULL);
	ascii_form_is("[a-\\x{2019}]", NULL);
	ascii_form_is("\xE2\x84\xAA", NULL);
	ascii_form_is("(a)\\1", NULL);
	ascii_form_is("\\X", NULL);
	ascii_form_is("(*UCP)a", NULL);
}

/* wanted: the parts, with blanks between them. */
static void parts_are(const char *expression, size_t part_bytes, const char *wanted)
{
	struct pattern_parts parts;
	struct buf joined = {0};

	assert_int_equal(pattern_parts_of(expression, 0, part_bytes, &parts), 0);
	buf_add_str(&joined, "");
	for (size_t i = 0; i < parts.count; i++)
		buf_printf(&joined, "%s%s", i > 0 ? " " : "", parts.items[i]);
	assert_string_equal(joined.len > 0 ? joined.data : "", wanted);
	buf_free(&joined);
	pattern_parts_free(&parts);
}

static void long_patterns_have_parts(void **state)
{
	(void)state;
	parts_are("a|b[|]|c\\|(?:d|e)", 1, "(?:a) (?:b[|]) (?:c\\|(?:d|e))");
	parts_are("\\b(?:aa|bb|cc)\\b", 3, "\\b(?:aa|bb)\\b \\b(?:cc)\\b");
	parts_are("\\b(?:(?:a|b)x+)(?!y)", 1, "\\b(?:a)x+(?!y) \\b(?:b)x+(?!y)");
	parts_are("(?<!n)(?:(?=z)(?:a|))", 1, "(?<!n)(?=z)(?:a) (?<!n)(?=z)(?:)");
	/* Nothing to part, or not to be parted in this way. */
	parts_are("abc", 1, "");
	parts_are("(?:a|b)+c", 1, "");
	parts_are("(a)|b", 1, "");
	parts_are("a|(?i)b", 1, "");
	parts_are("x(?:a|b)", 1, "");
	parts_are("a|\\Qb|c\\E", 1, "");
	parts_are("aa|bb", 100, "");
}

/* The match limit's for short runs of 'a', that of JIT's stack for long ones: told apart from other errors. */
static void assert_a_limit(const char *expression, size_t run)
{
	struct diag d = {0};
	struct pattern *p = pattern_compile(expression, 0, &d);
	struct pattern_search *search = pattern_search_new();
	struct buf text = {0};
	size_t start, end;

	assert_true(p != NULL && search != NULL);
	for (size_t i = 0; i < run; i++)
		buf_add_char(&text, 'a');
	buf_add_str(&text, " d");
	for (int ascii = 0; ascii < 2; ascii++) {
		const struct pattern_subject subject = {buf_slice(&text), ascii != 0};

		diag_clear(&d);
		assert_int_equal(pattern_search(search, p, &subject, 0, text.len, &start, &end, &d), PATTERN_LIMIT);
		assert_non_null(strstr(d.text, "pattern search failed: "));
	}
	buf_free(&text);
	pattern_search_free(&search);
	pattern_free(&p);
}

static void patterns_survive_bad_bytes_and_bombs(void **state)
{
	struct diag d = {0};
	struct pattern *p = pattern_compile("evil\\.shop", PATTERN_NO_CASE, &d);
	struct pattern_match m;
	char bomb[5001];

	(void)state;
	assert_non_null(p);
	assert_int_equal(pattern_find(p, SLICE_LIT("\xff\xc3 see EVIL.shop \xed\xa0\x80"), 0, &m, &d), 1);
	assert_int_equal(m.start, 7);
	assert_int_equal(pattern_test(p, SLICE_LIT("evil shop"), &d), 0);
	pattern_free(&p);
	p = pattern_compile("^(a+)+$", 0, &d);
	memset(bomb, 'a', sizeof(bomb) - 1);
	bomb[sizeof(bomb) - 1] = '!';
	assert_int_equal(pattern_test(p, (struct slice){bomb, sizeof(bomb)}, &d), -1);
	pattern_free(&p);
	assert_a_limit("(?:a|a)+[cd]", 200);
	assert_a_limit("(?:a|a)+[cd]", 5000);
	diag_clear(&d);
	assert_null(pattern_compile("a(b", 0, &d));
	assert_non_null(strstr(d.text, "a(b"));
}

static void spool_is_whole_in_memory_and_file(void **state)
{
	struct diag d = {0};
	struct slice view;

	(void)state;
	for (size_t memory = 4; memory <= 100; memory *= 5) {
		struct spool *spool = spool_new("/tmp", memory, 50);

		for (int i = 0; i < 10; i++)
			assert_int_equal(spool_add(spool, "0123456", 7, &d), 0);
		assert_int_equal(spool_size(spool), 70);
		assert_int_equal(spool_view(spool, &view, &d), 0);
		assert_int_equal(view.len, 50);
		assert_memory_equal(view.ptr + 42, "01234560", 8);
		spool_free(&spool);
	}
	struct spool *spool = spool_new("/nonexistent", 4, 50);
	assert_int_equal(spool_add(spool, "0123456", 7, &d), -1);
	assert_int_equal(spool_add(spool, "0123456", 7, &d), -1);
	assert_int_equal(spool_view(spool, &view, &d), -1);
	spool_free(&spool);
}

/* Files are written in blocks: pieces of all sizes must come together, whatever was in memory before. */
static void spool_keeps_pieces_of_all_sizes(void **state)
{
	static const size_t pieces[] = {1, 4096, 65535, 131071, 131072, 131073, 700001};
	static const size_t memories[] = {0, 4096, 131072, 300000, (size_t)1 << 20};
	const size_t size = (size_t)3 << 20;
	unsigned char *data = malloc(size);
	struct diag d = {0};
	struct slice view;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]) * (sizeof(memories) / sizeof(memories[0])); k++) {
		size_t piece = pieces[k / 5], most = piece == 1 ? 600000 : size;
		struct spool *spool = spool_new("/tmp", memories[k % 5], most - 3);

		for (size_t at = 0; at < most; at += piece)
			assert_int_equal(spool_add(spool, data + at, piece < most - at ? piece : most - at, &d), 0);
		assert_int_equal(spool_size(spool), most);
		assert_int_equal(spool_end(spool, &d), 0);
		assert_int_equal(spool_view(spool, &view, &d), 0);
		assert_int_equal(view.len, most - 3);
		assert_int_equal(memcmp(view.ptr, data, view.len), 0);
		assert_int_equal(spool_view(spool, &view, &d), 0);
		assert_int_equal(view.len, most - 3);
		spool_free(&spool);
	}
	free(data);
}

/* A disk that is full when the last block is written, and has room again a moment later. */
static void spool_that_failed_stays_failed(void **state)
{
	struct spool *spool = spool_new("/tmp", 10, SIZE_MAX);
	static const char data[100000];
	struct rlimit was, low;
	struct diag d = {0};
	struct slice view;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	low = (struct rlimit){50000, was.rlim_max};
	assert_int_equal(spool_add(spool, data, sizeof(data), &d), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_int_equal(spool_end(spool, &d), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_non_null(strstr(d.text, "can't write the spooled message"));
	assert_int_equal(spool_end(spool, &d), -1);
	assert_int_equal(spool_view(spool, &view, &d), -1);
	assert_int_equal(spool_add(spool, data, 1, &d), -1);
	spool_free(&spool);
	assert_null(spool);
}

static void json_is_valid_whatever_the_text(void **state)
{
	struct buf buf = {0};
	json_t *o = json_object();

	(void)state;
	json_put(o, "t", SLICE_LIT("a\xff\n\0b"));
	assert_int_equal(json_write(&buf, o), 0);
	assert_string_equal(buf.data, "{\"t\":\"a\xef\xbf\xbd\\n\\u0000b\"}");
	/* terminals, directions and line ends that JSON itself lets through */
	buf_truncate(&buf, 0);
	json_put(o, "t", SLICE_LIT("\x1b[1m\x7f\xc2\x9b" "1m\xe2\x80\xae" "x\xe2\x81\xa9\xe2\x80\xa8\xd8\x9c caf\xc3\xa9 \xe2\x82\xac"));
	assert_int_equal(json_write(&buf, o), 0);
	assert_string_equal(buf.data, "{\"t\":\"\\u001B[1m\\u007F\\u009B1m\\u202Ex\\u2069\\u2028\\u061C caf\xc3\xa9 \xe2\x82\xac\"}");
	buf_free(&buf);
	json_decref(o);
}

/* As the library writes it, but for what it lets through. */
static void json_in_one_line_is_as_the_library_writes_it(void **state)
{
	static const char *const texts[] = {
		"{}", "[]", "\"\"", "null", "true", "false", "0", "-9223372036854775808", "1.5", "-1e300",
		"{\"z\":1,\"a\":[1,[],{},[[{\"k\":null}]],\"x\"],\"m\":{\"b\":true,\"a\":false}}",
		"[\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f /\\\\\\\"'<>\"]",
		"{\"k\\\"\\n\":\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *value = json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		char *expected = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		struct buf buf = {0};

		assert_non_null(expected);
		assert_int_equal(json_write(&buf, value), 0);
		assert_string_equal(buf.data, expected);
		buf_free(&buf);
		free(expected);
		json_decref(value);
	}
}

static void json_without_an_end_is_an_error(void **state)
{
	json_t *outer = json_array(), *inner = outer, *bad = json_string_nocheck("a\xff");
	struct buf buf = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		json_array_append_new(inner, json_array());
		inner = json_array_get(inner, 0);
	}
	assert_int_equal(json_write(&buf, outer), -1);
	assert_int_equal(json_write(&buf, NULL), -1);
	assert_int_equal(json_write(&buf, bad), -1);
	buf_free(&buf);
	json_decref(bad);
	json_decref(outer);
}

/* Each length at which blocks and padding end differently, whole and in pieces, against the library. */
static void sha256_is_the_librarys(void **state)
{
	unsigned char data[300], sum[HASH_SIZE];
	char hex[HASH_HEX_SIZE], expected[HASH_HEX_SIZE];
	struct hash_state pieces;

	(void)state;
	assert_int_equal(hash_init(), 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 131 + 7);
	for (size_t len = 0; len <= sizeof(data); len++) {
		crypto_hash_sha256(sum, data, len);
		sodium_bin2hex(expected, sizeof(expected), sum, sizeof(sum));
		hash_hex(hex, (struct slice){(const char *)data, len});
		assert_string_equal(hex, expected);
		hash_begin(&pieces);
		for (size_t at = 0, n = 1; at < len; at += n, n = n * 3 % 71) {
			n = n < len - at ? n : len - at;
			hash_add(&pieces, (struct slice){(const char *)data + at, n});
		}
		hash_end(&pieces, hex);
		assert_string_equal(hex, expected);
	}
}

static void base64_is_strict(void **state)
{
	static const char *const bad[] = {"A", "AA", "AAA", "AA=A", "A===", "====", "AA==AAAA", "AB==", "AAB=", "AA A", "AA\n=", "AA-_",
		"AAAA====", "=AAA", "A\xff==" };
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char data[60], back[60];
	char text[BASE64_SIZE(sizeof(data))], expected[BASE64_SIZE(sizeof(data))];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(base64_read(back, sizeof(back), slice_str(bad[i]), &len), -1);
	assert_int_equal(base64_read(data, sizeof(data), slice_str(all), &len), 0);
	assert_int_equal(len, 48);
	for (size_t n = 0; n <= len; n++) {
		size_t again;

		base64_write(text, data, n);
		sodium_bin2base64(expected, sizeof(expected), data, n, sodium_base64_VARIANT_ORIGINAL);
		assert_string_equal(text, expected);
		assert_int_equal(base64_read(back, n, slice_str(text), &again), 0);
		assert_int_equal(again, n);
		assert_memory_equal(back, data, n);
		assert_int_equal(base64_read(back, n > 0 ? n - 1 : 0, slice_str(text), &again), n > 0 ? -1 : 0);
	}
}

static void hashes_and_ids(void **state)
{
	const struct slice parts[] = {SLICE_LIT("a"), SLICE_NONE};
	char hex[HASH_HEX_SIZE], other[HASH_HEX_SIZE], a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
	struct hash_state state_of;

	(void)state;
	assert_int_equal(hash_init(), 0);
	hash_hex(hex, SLICE_LIT("abc"));
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash_begin(&state_of);
	hash_add(&state_of, SLICE_LIT("a"));
	hash_add(&state_of, SLICE_NONE);
	hash_add(&state_of, SLICE_LIT("bc"));
	hash_end(&state_of, other);
	assert_string_equal(other, hex);
	/* 8 bytes of length before each piece, as logs of earlier versions have it */
	hash_hex_parts(other, parts, 2);
	hash_hex(hex, (struct slice){"\1\0\0\0\0\0\0\0a\0\0\0\0\0\0\0\0", 17});
	assert_string_equal(other, hex);
	id_new(a, 1000);
	id_new(b, 2000);
	assert_true(strcmp(a, b) < 0);
	assert_int_equal(strlen(a), ID_TEXT_SIZE - 1);
	assert_int_equal(id_time(a), 1000);
	id_new(a, 1772368200);
	assert_int_equal(id_time(a), 1772368200);
	/* Not an id: too short, too long, a letter that the alphabet leaves out. */
	assert_int_equal(id_time(""), -1);
	assert_int_equal(id_time("0000000000000000000"), -1);
	assert_int_equal(id_time("000000000000000000000"), -1);
	assert_int_equal(id_time("0000000I000000000000"), -1);
	assert_int_equal(id_time("0000000a000000000000"), -1);
}

/* Each byte at each place of a text: what has to be escaped is found wherever it stands, and nothing else is. */
static void json_escapes_at_every_place(void **state)
{
	(void)state;
	for (int byte = 0; byte < 0x80; byte++) {
		for (size_t at = 0; at < 24; at++) {
			char text[24];
			struct buf out = {0};
			json_t *value, *back;

			memset(text, 'x', sizeof(text));
			text[at] = (char)byte;
			value = json_text((struct slice){text, sizeof(text)});
			assert_int_equal(json_write(&out, value), 0);
			back = json_loadb(out.data, out.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
			assert_true(json_equal(value, back));
			assert_int_equal(out.len == sizeof(text) + 2, byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F);
			json_decref(value);
			json_decref(back);
			buf_free(&out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_keeps_its_budget),
		cmocka_unit_test(buf_stays_failed_past_its_limit),
		cmocka_unit_test(cells_have_their_width),
		cmocka_unit_test(sanitized_text_does_no_harm),
		cmocka_unit_test(utf8_refuses_what_is_not),
		cmocka_unit_test(suggestions_are_near),
		cmocka_unit_test(diag_stays_in_its_bounds),
		cmocka_unit_test(time_has_one_text_form),
		cmocka_unit_test(patterns_for_ascii_match_the_same),
		cmocka_unit_test(long_patterns_have_parts),
		cmocka_unit_test(patterns_survive_bad_bytes_and_bombs),
		cmocka_unit_test(spool_is_whole_in_memory_and_file),
		cmocka_unit_test(spool_keeps_pieces_of_all_sizes),
		cmocka_unit_test(spool_that_failed_stays_failed),
		cmocka_unit_test(json_is_valid_whatever_the_text),
		cmocka_unit_test(json_in_one_line_is_as_the_library_writes_it),
		cmocka_unit_test(json_without_an_end_is_an_error),
		cmocka_unit_test(json_escapes_at_every_place),
		cmocka_unit_test(sha256_is_the_librarys),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(hashes_and_ids),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
