/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "language": replies in another language than the marketplace
 * demands (MP-LANG). What a writer cannot put into the language is left out
 * first (names, titles, numbers, addresses), then each paragraph is judged.
 */
#include "../common/common.h"
#include "../common/dictionary.h"
#include "clean.h"
#include "cld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct language {
	char required[8];
	char dictionary_language[4];
	struct phrases greetings;
	struct dictionary *dictionary;
	size_t min_letters;
	double max_foreign_ratio, min_known_words;
	bool allow_greetings, check_quoted;
};

static const struct postern_rule_id rules[] = {
	{"MP-LANG", "text that is not in the language that the marketplace demands"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"language", POSTERN_OPTION_STRING, "", 0, 0,
	    "The language demanded, as a two-letter code; empty: the marketplace profile's, else \"en\"."},
	{"min_letters", POSTERN_OPTION_INT, "20", 1, 1000, "Shorter text is not judged."},
	{"max_foreign_ratio", POSTERN_OPTION_NUMBER, "0.2", 0, 1, "Share of the letters that may be in another language."},
	{"min_known_words", POSTERN_OPTION_NUMBER, "0.6", 0, 1, "Share of the words that the dictionary must know."},
	{"allow_greetings", POSTERN_OPTION_BOOL, "yes", 0, 0, "A greeting or closing may be in any language."},
	{"greetings", POSTERN_OPTION_FILE, "lists/greetings.tsv", 0, 0, "Greetings and closings in many languages."},
	{"dictionary", POSTERN_OPTION_STRING, "/usr/share/hunspell/en_US", 0, 0,
	    "Hunspell dictionary of the language, without .aff and .dic; empty: none."},
	{"check_quoted", POSTERN_OPTION_BOOL, "no", 0, 0, "Judge quoted text as well."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void language_close(const struct postern_host *host, void *instance)
{
	struct language *language = instance;

	if (language == NULL)
		return;
	phrases_close(host, &language->greetings);
	dictionary_close(language->dictionary);
	free(language);
}

static int load_dictionary(const struct postern_host *host, const struct postern_conf *conf, struct language *language)
{
	struct postern_slice path = host->conf_string(conf, "dictionary");
	char name[4096];
	const char *base;

	if (path.len == 0)
		return 0;
	if (path.len >= sizeof(name)) {
		host->conf_error(conf, "dictionary", 0, "the path is too long");
		return -1;
	}
	memcpy(name, path.ptr, path.len);
	name[path.len] = '\0';
	language->dictionary = dictionary_open(name);
	if (language->dictionary == NULL) {
		host->conf_error(conf, "dictionary", 0, "cannot read this dictionary's .aff and .dic files: "
		    "install it (Debian: hunspell-en-us) or name another");
		return -1;
	}
	base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	snprintf(language->dictionary_language, sizeof(language->dictionary_language), "%.2s", base);
	return 0;
}

static int check_code(const struct postern_host *host, const struct postern_conf *conf, struct language *language)
{
	struct postern_slice code = view_trim(host->conf_string(conf, "language"));

	if (code.len == 0)
		return 0;
	if (code.len == 1 || code.len >= sizeof(language->required)) {
		host->conf_error(conf, "language", 0, "this is no language code: write two letters, such as \"en\"");
		return -1;
	}
	memcpy(language->required, code.ptr, code.len);
	return 0;
}

static enum postern_status language_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct language *language = calloc(1, sizeof(*language));

	if (language == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (check_code(host, conf, language) != 0 || load_dictionary(host, conf, language) != 0 ||
	    phrases_open(host, conf, "greetings", &language->greetings) != 0) {
		language_close(host, language);
		return POSTERN_TEMPFAIL;
	}
	language->min_letters = (size_t)host->conf_int(conf, "min_letters");
	language->max_foreign_ratio = host->conf_number(conf, "max_foreign_ratio");
	language->min_known_words = host->conf_number(conf, "min_known_words");
	language->allow_greetings = host->conf_bool(conf, "allow_greetings") != 0;
	language->check_quoted = host->conf_bool(conf, "check_quoted") != 0;
	*instance_r = language;
	return POSTERN_OK;
}

/* ---- one message ---- */

/* A CJK character says as much as some three Latin letters. */
#define CJK_WEIGHT 3
/* Foreign script below this is a name or a colour's. */
#define MIN_SCRIPT 12
/* Units of text are gathered until they have so many letters, which CLD2 can judge. */
#define UNIT_LETTERS 40
/* Capitalised words alone are an address or an item's name up to here. */
#define MIN_TITLES 60

struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct language *language;
	char required[8];
	size_t letters;         /* judged, weighted */
	size_t foreign_latin, foreign_script;
	size_t titles;          /* letters of lines that look like product titles, foreign ones */
	size_t title_text;
	struct postern_slice title_evidence;
	size_t text;            /* where the first foreign unit stands */
	struct postern_slice evidence;
};

static bool same_language(const char *code, const char *required)
{
	if (strncmp(code, required, 2) == 0)
		return true;
	/* CLD2 names some languages by older or finer codes. */
	if (strcmp(required, "he") == 0)
		return strcmp(code, "iw") == 0;
	if (strcmp(required, "nb") == 0)
		return strcmp(code, "no") == 0;
	return false;
}

/* Whether the language is written in Latin letters, so that any other script is foreign. */
static bool is_latin(const char *required)
{
	static const char *const other[] = {"zh", "ja", "ko", "ru", "uk", "bg", "sr", "mk", "be", "kk", "ar", "fa",
	    "ur", "he", "iw", "th", "hi", "bn", "ta", "te", "mr", "gu", "el", "ka", "hy", "km", "lo", "my", "am"};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strncmp(required, other[i], 2) == 0)
			return false;
	return true;
}

/* Whether a unit of Latin text is in another language than the one demanded. */
static bool is_foreign(const struct judge *judge, const struct unit *unit)
{
	const struct language *language = judge->language;
	struct cld_answer answer;
	double known;

	cld_detect(unit->text, unit->len, &answer);
	if (language->dictionary == NULL || strncmp(language->dictionary_language, judge->required, 2) != 0)
		return answer.reliable && strcmp(answer.code, "un") != 0 && !same_language(answer.code, judge->required);
	known = unit_known(unit, language->dictionary);
	if (answer.reliable && same_language(answer.code, judge->required))
		return known < language->min_known_words - 0.2; /* hurried writers misspell */
	if (answer.reliable && strcmp(answer.code, "un") != 0)
		return known < language->min_known_words + 0.15;
	return known < language->min_known_words - 0.05;
}

static void note_foreign(struct judge *judge, size_t text_index, struct postern_slice where)
{
	if (judge->evidence.len > 0)
		return;
	judge->text = text_index;
	judge->evidence = view_trim(where);
}

static void judge_unit(struct judge *judge, struct unit *unit, struct postern_slice text, size_t text_index)
{
	struct postern_slice where = view_sub(text, unit->start, unit->end);

	if (unit->script > 0 && is_latin(judge->required)) {
		judge->foreign_script += unit->script;
		judge->letters += unit->script;
		note_foreign(judge, text_index, where);
	}
	if (unit->letters < judge->language->min_letters) {
		judge->letters += unit->letters;
	} else if (!is_foreign(judge, unit)) {
		judge->letters += unit->letters;
	} else if (unit->title) {
		judge->titles += unit->letters;
		judge->title_text = text_index;
		judge->title_evidence = view_trim(where);
	} else {
		judge->letters += unit->letters;
		judge->foreign_latin += unit->letters;
		note_foreign(judge, text_index, where);
	}
	unit_reset(unit);
}

/* Whether a sentence is in another language than those before it: the dictionary knows one and not the other. */
static bool is_turn(const struct judge *judge, const struct unit *before, const struct unit *next)
{
	struct dictionary *dictionary = judge->language->dictionary;
	double a, b;

	if (dictionary == NULL || strncmp(judge->language->dictionary_language, judge->required, 2) != 0 ||
	    before->letters < judge->language->min_letters || next->letters < judge->language->min_letters)
		return false;
	a = unit_known(before, dictionary);
	b = unit_known(next, dictionary);
	return a - b > 0.4 || b - a > 0.4;
}

/* Sentence by sentence, small ones together, never over the end of a paragraph. */
static int judge_units(struct judge *judge, struct postern_slice clean, struct postern_slice text, size_t text_index)
{
	struct unit unit, single;
	char *room = judge->host->alloc(judge->ctx, 2 * (clean.len + 2));
	size_t min = clean.len / 2000 + 1;

	if (room == NULL)
		return -1;
	unit_init(&unit, room, CJK_WEIGHT);
	unit_init(&single, room + clean.len + 2, CJK_WEIGHT);
	for (size_t pos = 0; pos < clean.len;) {
		size_t end = sentence_end(clean, pos, min);

		unit_reset(&single);
		unit_add(&single, clean, pos, end);
		if (is_turn(judge, &unit, &single))
			judge_unit(judge, &unit, text, text_index);
		unit_add(&unit, clean, pos, end);
		if (unit.letters >= UNIT_LETTERS || ends_paragraph(clean, end))
			judge_unit(judge, &unit, text, text_index);
		pos = end;
	}
	judge_unit(judge, &unit, text, text_index);
	return 0;
}

struct blanker {
	struct postern_slice text;
	char *copy;
};

static int note_greeting(void *arg, size_t pattern, size_t start, size_t end)
{
	struct blanker *blanker = arg;

	(void)pattern;
	clean_greeting(blanker->text, blanker->copy, start, end);
	return 0;
}

/* A word or two before a colon in a subject come from a program: "Abwesenheitsnotiz: Your order". */
static void blank_prefix(char *copy, size_t len)
{
	const char *colon = memchr(copy, ':', len < 30 ? len : 30);

	if (colon != NULL)
		memset(copy, ' ', (size_t)(colon - copy) + 1);
}

static enum postern_status judge_text(struct judge *judge, size_t index, const struct postern_text *text)
{
	struct blanker blanker = {text->text, judge->host->alloc(judge->ctx, text->text.len + 1)};
	enum postern_status status = POSTERN_OK;
	struct postern_slice clean = {blanker.copy, text->text.len};

	if (blanker.copy == NULL)
		return POSTERN_TEMPFAIL;
	if (text->text.len == 0)
		return POSTERN_OK;
	memcpy(blanker.copy, text->text.ptr, text->text.len);
	if (text->kind == POSTERN_SEGMENT_SUBJECT)
		blank_prefix(blanker.copy, text->text.len);
	if (judge->language->allow_greetings)
		status = phrases_match(judge->host, judge->ctx, &judge->language->greetings, text->text, note_greeting,
		    &blanker);
	if (status != POSTERN_OK)
		return status;
	clean_text(blanker.copy, text->text.len);
	clean_closing(blanker.copy, text->text.len);
	return judge_units(judge, clean, text->text, index) == 0 ? POSTERN_OK : POSTERN_TEMPFAIL;
}

/* The subject of a reply is the customer's. */
static bool is_judged(const struct judge *judge, const struct postern_text *text)
{
	struct postern_header header;

	if (text->kind == POSTERN_SEGMENT_NEW)
		return true;
	if (text->kind == POSTERN_SEGMENT_QUOTE)
		return judge->language->check_quoted;
	if (text->kind != POSTERN_SEGMENT_SUBJECT)
		return false;
	return judge->host->header_find(judge->ctx, "In-Reply-To", 0, &header) != 1 && !clean_is_reply(text->text);
}

static enum postern_status report(const struct judge *judge)
{
	struct postern_finding finding = {"MP-LANG", POSTERN_IN_TEXT, judge->text, judge->evidence, NULL, 0};
	size_t foreign = judge->foreign_latin + judge->foreign_script;

	if (judge->foreign_latin < judge->language->min_letters && judge->foreign_script < MIN_SCRIPT)
		return POSTERN_OK;
	if ((double)foreign <= judge->language->max_foreign_ratio * (double)judge->letters)
		return POSTERN_OK;
	finding.score = (int)(foreign * 100 / (judge->letters + 1));
	if (finding.evidence.len > 120)
		finding.evidence.len = 120;
	return judge->host->finding(judge->ctx, &finding);
}

static void choose_language(struct judge *judge)
{
	struct postern_slice profile = view_trim(judge->host->profile(judge->ctx, "language"));

	snprintf(judge->required, sizeof(judge->required), "%s", judge->language->required);
	if (judge->required[0] == '\0' && profile.len >= 2)
		snprintf(judge->required, sizeof(judge->required), "%.*s", profile.len < 7 ? (int)profile.len : 7,
		    profile.ptr);
	if (judge->required[0] == '\0')
		snprintf(judge->required, sizeof(judge->required), "en");
}

static enum postern_status language_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .ctx = ctx, .language = instance};
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct postern_text text;

	choose_language(&judge);
	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (is_judged(&judge, &text))
			status = judge_text(&judge, i, &text);
	}
	if (status != POSTERN_OK)
		return status;
	/* A line of capitalised words is a title only beside other text. */
	if (judge.letters < judge.titles && judge.titles > MIN_TITLES) {
		judge.letters += judge.titles;
		judge.foreign_latin += judge.titles;
		note_foreign(&judge, judge.title_text, judge.title_evidence);
	}
	return report(&judge);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("language"),
	.version = "1.0",
	.summary = "Finds text that is not in the language that the marketplace demands.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_HEADERS,
	.rules = rules,
	.options = options,
	.open = language_open,
	.check = language_check,
	.close = language_close,
};
