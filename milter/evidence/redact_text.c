/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One text, three passes: addresses and URLs, then what is known, then what merely looks like a place or a number. A
 * token that one pass made is stepped over by the next ones.
 */
#include "evidence/redact_internal.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "(\\[[a-z-]{2,40}-[0-9a-f]{12}\\])"
/* Phrases of one pattern: PCRE2 takes 64 KB of compiled code. */
#define PHRASES_MAX 200

/* 1 token, 2 host of a URL, 3 what follows it, 4 local part, 5 domain. */
static const char outer[] = TOKEN
	"|(?:https?://|\\bwww\\.)([^\\s/?#<>\"')\\]]++)([/?#][^\\s<>\"')\\]]*+)?"
	"|(?<![^\\s<>()\\[\\]\",;:=])([^\\s@\\x{FF20}\\x{FE6B}<>()\\[\\]\",;:=]++)[@\\x{FF20}\\x{FE6B}]"
	"([\\p{L}\\p{N}](?:[\\p{L}\\p{N}.-]*[\\p{L}\\p{N}])?)";

#define STREET "(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|terrace" \
	"|highway|hwy|parkway|pkwy|circle|square|sq)"
/* 1 token, 2 date with or without time, 3 place, 4 number. */
static const char inner[] = TOKEN
	"|(?<![\\d.])((?:(?:19|20)\\d\\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\\d|3[01])"
	"|(?:0?[1-9]|[12]\\d|3[01])[-./](?:0?[1-9]|[12]\\d|3[01])[-./](?:19|20)\\d\\d)"
	"(?:[T ]\\d\\d:\\d\\d(?::\\d\\d)?(?:Z| ?[+-]\\d\\d:?\\d\\d)?)?(?![\\d-]))"
	"|((?<![\\p{L}\\p{N}])\\d{1,5}[a-z]?(?:[ ,]+[\\p{L}\\d][\\p{L}\\d.'-]{0,30}){1,4}[ ,]+" STREET "\\b\\.?"
	"(?:,? *(?:apt|suite|unit|ste|#)\\.? *[\\p{L}\\d-]{1,8})?"
	"|\\b\\p{L}{3,40}(?:stra(?:\\x{DF}|ss)e|str\\.|weg|platz|allee|gasse) *\\d{1,4}[a-z]?\\b"
	"|\\b(?:rue|calle|via|avenida|rua|plaza|paseo) [\\p{L}' -]{2,40},? \\d{1,4}\\b"
	"|\\b\\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|chemin|place) [\\p{L}' -]{2,40}"
	"|(?:\\p{Han}{2,12}(?:\\x{7701}|\\x{5E02}|\\x{533A}|\\x{53BF}))*\\p{Han}{1,12}"
	"(?:\\x{8DEF}|\\x{8857}|\\x{9053}|\\x{5DF7})\\d{1,5}\\x{53F7}"
	"|(?-i:\\b\\p{Lu}\\p{L}+(?: \\p{Lu}\\p{L}+){0,2},? [A-Z]{2},? \\d{5}(?:-\\d{4})?\\b)"
	"|(?-i:\\b\\d{5} \\p{Lu}\\p{Ll}{2,30}(?: (?:am|an der|\\p{Lu}\\p{Ll}+)){0,2}\\b))"
	"|((?<![A-Za-z0-9])(?=(?:[A-Za-z]{0,12}+\\d){6})[A-Za-z\\d]++"
	"|(?<!\\d)[+(]{0,2}\\d(?:[ .()/\\x{B7}\\x{A0}\\x{2010}-\\x{2013}-]{0,3}+\\d){6,40}+)";

/* ---- patterns ------------------------------------------------------------------------------ */

static void add_quoted(struct buf *out, const char *phrase)
{
	bool blank = false;

	for (const char *p = phrase; *p != '\0'; p++) {
		if (*p == ' ') {
			blank = true;
			continue;
		}
		if (blank)
			buf_add_str(out, "\\s+");
		blank = false;
		if (strchr("\\^$.|?*+()[]{}-#", *p) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
}

/* Two Latin letters are a name when they are written like one, else a word: "An", "Li". */
static bool is_short(const char *phrase)
{
	return strlen(phrase) <= 2;
}

/* The longest first, so that a whole name goes before its parts. */
static int compare_phrases(const void *a, const void *b)
{
	const char *first = *(const char *const *)a, *second = *(const char *const *)b;
	size_t left = strlen(first), right = strlen(second);

	return left != right ? (left < right) - (left > right) : strcmp(first, second);
}

static int add_known(struct redaction *redaction, const char **phrases, size_t count)
{
	struct pattern **list = realloc(redaction->known, (redaction->known_count + 1) * sizeof(*list));
	struct buf expression = {0};

	if (list == NULL)
		return diag_add(&redaction->reason, "out of memory");
	redaction->known = list;
	/* Chinese is written without blanks: only beside Latin letters and digits a phrase has to end. */
	buf_add_str(&expression, TOKEN "|((?<![\\p{Latin}\\p{Greek}\\p{Cyrillic}\\d])(?:");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&expression, '|');
		if (is_short(phrases[i])) {
			buf_printf(&expression, "(?-i:%c%c)", phrases[i][0] & ~0x20, phrases[i][1]);
			continue;
		}
		add_quoted(&expression, phrases[i]);
	}
	buf_add_str(&expression, ")(?![\\p{Latin}\\p{Greek}\\p{Cyrillic}\\d]))");
	list[redaction->known_count] = expression.failed ? NULL
	    : pattern_compile(expression.data, PATTERN_NO_CASE, &redaction->reason);
	buf_free(&expression);
	return list[redaction->known_count++] != NULL ? 0 : -1;
}

static int compile_known(struct redaction *redaction)
{
	size_t count = 0, size = json_object_size(redaction->phrases);
	const char **phrases = calloc(size + 1, sizeof(*phrases)), *phrase;
	json_t *kind;
	int rc = 0;

	if (phrases == NULL)
		return diag_add(&redaction->reason, "out of memory");
	json_object_foreach(redaction->phrases, phrase, kind)
		phrases[count++] = phrase;
	if (count > 0)
		qsort(phrases, count, sizeof(*phrases), compare_phrases);
	for (size_t i = 0; rc == 0 && i < count; i += PHRASES_MAX)
		rc = add_known(redaction, phrases + i, count - i < PHRASES_MAX ? count - i : PHRASES_MAX);
	free(phrases);
	return rc;
}

int redaction_ready(struct redaction *redaction)
{
	redaction->outer = pattern_compile(outer, PATTERN_NO_CASE, &redaction->reason);
	redaction->inner = pattern_compile(inner, PATTERN_NO_CASE, &redaction->reason);
	if (redaction->outer == NULL || redaction->inner == NULL || compile_known(redaction) == -1)
		redaction->failed = true;
	return redaction->failed ? -1 : 0;
}

/* ---- passes -------------------------------------------------------------------------------- */

typedef void (*replace_fn)(struct redaction *redaction, const struct pattern_match *match, struct buf *out);

static void replace_outer(struct redaction *redaction, const struct pattern_match *match, struct buf *out)
{
	struct slice host = match->groups[2], rest = match->groups[3], local = match->groups[4], domain = match->groups[5];
	struct buf address = {0};

	if (local.ptr != NULL) {
		buf_add_slice(&address, local);
		buf_add_char(&address, '@');
		buf_add_slice(&address, domain);
		redaction_token(redaction, "email", buf_slice(&address), out);
		if (redaction_domain_stays(redaction, domain)) {
			buf_add_char(out, '@');
			buf_add_slice(out, domain);
		}
		redaction->failed |= address.failed;
		buf_free(&address);
	} else if (redaction_domain_stays(redaction, host)) {
		buf_add_slice(out, (struct slice){match->groups[0].ptr, (size_t)(host.ptr + host.len - match->groups[0].ptr)});
		if (rest.len > 1)
			redaction_token(redaction, "link", rest, out);
	} else {
		redaction_token(redaction, "link", match->groups[0], out);
	}
}

static void add_small(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_add_char(out, (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 32 : text.ptr[i]));
}

/* Small letters, each run of white space one blank: as phrases are kept. */
static void add_phrase(struct buf *out, struct slice text)
{
	bool blank = false;

	for (size_t i = 0; i < text.len; i++) {
		if (strchr(" \t\r\n", text.ptr[i]) != NULL && text.ptr[i] != '\0') {
			blank = true;
			continue;
		}
		if (blank)
			buf_add_char(out, ' ');
		blank = false;
		add_small(out, slice_sub(text, i, 1));
	}
}

static void replace_known(struct redaction *redaction, const struct pattern_match *match, struct buf *out)
{
	struct buf phrase = {0};
	const char *kind;

	add_phrase(&phrase, match->groups[2]);
	kind = phrase.len > 0 ? json_get_str(redaction->phrases, phrase.data) : NULL;
	/* Another case beyond ASCII ("M\xC3\x9CLLER"): a token of its own, but hidden. */
	redaction_token(redaction, kind != NULL ? kind : "name", buf_slice(&phrase), out);
	redaction->failed |= phrase.failed;
	buf_free(&phrase);
}

/* Letters and digits of a number, small. */
static void add_plain(struct buf *out, struct slice number)
{
	for (size_t i = 0; i < number.len; i++)
		if ((number.ptr[i] >= '0' && number.ptr[i] <= '9') || (number.ptr[i] & ~0x20) >= 'A' ||
		    (unsigned char)number.ptr[i] >= 0x80)
			add_small(out, slice_sub(number, i, 1));
}

/* "PO4342076435326": the letters stay where the log knows the number behind them. */
static void replace_number(struct redaction *redaction, struct slice written, struct slice plain, struct buf *out)
{
	size_t letters = 0;
	const char *kind = plain.len > 0 ? json_get_str(redaction->numbers, plain.ptr) : NULL;

	while (kind == NULL && letters < plain.len && plain.ptr[letters] >= 'a' && plain.ptr[letters] <= 'z')
		letters++;
	if (letters > 0 && letters < plain.len && (kind = json_get_str(redaction->numbers, plain.ptr + letters)) != NULL) {
		buf_add_slice(out, slice_sub(written, 0, letters));
		plain = slice_sub(plain, letters, SIZE_MAX);
	}
	redaction_token(redaction, kind != NULL ? kind : "number", plain, out);
}

static void replace_inner(struct redaction *redaction, const struct pattern_match *match, struct buf *out)
{
	struct buf plain = {0};

	if (match->groups[2].ptr != NULL) {
		buf_add_slice(out, match->groups[2]);
	} else if (match->groups[3].ptr != NULL) {
		add_phrase(&plain, match->groups[3]);
		redaction_token(redaction, "place", buf_slice(&plain), out);
	} else {
		add_plain(&plain, match->groups[4]);
		replace_number(redaction, match->groups[4], buf_slice(&plain), out);
	}
	redaction->failed |= plain.failed;
	buf_free(&plain);
}

static void pass(struct redaction *redaction, const struct pattern *pattern, replace_fn replace, struct slice text,
    struct buf *out)
{
	size_t done = 0;
	struct pattern_match match;
	int rc;

	while ((rc = pattern_find(pattern, text, done, &match, &redaction->reason)) == 1) {
		buf_add_slice(out, slice_sub(text, done, match.start - done));
		if (match.groups[1].ptr != NULL)
			buf_add_slice(out, match.groups[0]);
		else
			replace(redaction, &match, out);
		done = match.end > match.start ? match.end : match.start + 1;
	}
	redaction->failed |= rc == -1;
	buf_add_slice(out, slice_sub(text, done, SIZE_MAX));
}

void redaction_text(struct redaction *redaction, struct slice text, struct buf *out)
{
	struct buf last = {0}, next = {0};

	pass(redaction, redaction->outer, replace_outer, text, &last);
	for (size_t i = 0; i < redaction->known_count; i++) {
		pass(redaction, redaction->known[i], replace_known, buf_slice(&last), &next);
		redaction->failed |= last.failed;
		buf_free(&last);
		last = next;
		next = (struct buf){0};
	}
	pass(redaction, redaction->inner, replace_inner, buf_slice(&last), out);
	redaction->failed |= last.failed || out->failed;
	buf_free(&last);
}
