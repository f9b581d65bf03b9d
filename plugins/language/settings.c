/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a rule of the plugin "language" is told: its options, lists and
 * dictionary, the language that a message must be in, and what to leave out of
 * a text.
 */
#include "language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"

const struct postern_option language_options[] = {
	{"language", POSTERN_OPTION_STRING, "", 0, 0,
	    "The language demanded, as a two-letter code; empty: the marketplace profile's, else \"en\"."},
	{"min_letters", POSTERN_OPTION_INT, "20", 1, 1000, "Shorter text is not judged."},
	{"max_foreign_ratio", POSTERN_OPTION_NUMBER, "0.2", 0, 1, "Share of the letters that may be in another language."},
	{"min_known_words", POSTERN_OPTION_NUMBER, "0.6", 0, 1, "Share of the words that the dictionary must know."},
	{"allow_greetings", POSTERN_OPTION_BOOL, "yes", 0, 0, "A greeting or closing may be in any language."},
	{"greetings", POSTERN_OPTION_FILE, "lists/greetings.tsv", 0, 0, "Greetings and closings in many languages."},
	{"foreign_words", POSTERN_OPTION_FILE, "lists/foreign-words.txt", 0, 0,
	    "Small words of other languages, whatever the dictionary says of them."},
	{"dictionary", POSTERN_OPTION_STRING, "/usr/share/hunspell/en_US", 0, 0,
	    "Hunspell dictionary of the language, without .aff and .dic; empty: none."},
	{"short_text", POSTERN_OPTION_BOOL, "no", 0, 0,
	    "Judge only what is too short for a verdict: other scripts, plain foreign words. For a rule of its own that tags."},
	{"check_quoted", POSTERN_OPTION_BOOL, "no", 0, 0, "Judge quoted text as well."},
	{"otherwise_english", POSTERN_OPTION_BOOL, "yes", 0, 0,
	    "Where neither the option nor the profile names a language, English is demanded; no: nothing is."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

void language_close(const struct postern_host *host, void *instance)
{
	struct language *language = instance;

	if (language == NULL)
		return;
	phrases_close(host, &language->greetings);
	words_close(&language->foreign_words);
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

enum postern_status language_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct language *language = calloc(1, sizeof(*language));

	if (language == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (check_code(host, conf, language) != 0 || load_dictionary(host, conf, language) != 0 ||
	    phrases_open(host, conf, "greetings", &language->greetings) != 0 ||
	    words_open(host, conf, "foreign_words", &language->foreign_words) != 0) {
		language_close(host, language);
		return POSTERN_TEMPFAIL;
	}
	language->min_letters = (size_t)host->conf_int(conf, "min_letters");
	language->max_foreign_ratio = host->conf_number(conf, "max_foreign_ratio");
	language->min_known_words = host->conf_number(conf, "min_known_words");
	language->allow_greetings = host->conf_bool(conf, "allow_greetings") != 0;
	language->check_quoted = host->conf_bool(conf, "check_quoted") != 0;
	language->otherwise_english = host->conf_bool(conf, "otherwise_english") != 0;
	language->short_text = host->conf_bool(conf, "short_text") != 0;
	*instance_r = language;
	return POSTERN_OK;
}

bool language_is_latin(const char *code)
{
	static const char *const other[] = {"zh", "ja", "ko", "ru", "uk", "bg", "sr", "mk", "be", "kk", "ar", "fa",
	    "ur", "he", "iw", "th", "hi", "bn", "ta", "te", "mr", "gu", "el", "ka", "hy", "km", "lo", "my", "am"};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strncmp(code, other[i], 2) == 0)
			return false;
	return true;
}

void language_choose(const struct language *language, const struct postern_host *host, struct postern_ctx *ctx,
    char *code, size_t size)
{
	struct postern_slice profile = view_trim(host->profile(ctx, "language"));

	snprintf(code, size, "%s", language->required);
	if (code[0] == '\0' && profile.len >= 2)
		snprintf(code, size, "%.*s", profile.len < size ? (int)profile.len : (int)size - 1, profile.ptr);
	if (code[0] == '\0' && language->otherwise_english)
		snprintf(code, size, "en");
}

/* ---- leaving out ---- */

struct blanker {
	const struct phrases *greetings;
	struct postern_slice text;
	char *copy;
	bool foreign; /* a greeting in another language */
};

static int note_greeting(void *arg, size_t pattern, size_t start, size_t end)
{
	struct blanker *blanker = arg;

	if (clean_greeting(blanker->text, blanker->copy, start, end) && *blanker->greetings->items[pattern].value == '\0')
		blanker->foreign = true;
	return 0;
}

/* A word or two before a colon in a subject come from a program: "Abwesenheitsnotiz: Your order". */
static void blank_prefix(char *copy, size_t len)
{
	const char *colon = memchr(copy, ':', len < 30 ? len : 30);

	if (colon != NULL)
		memset(copy, ' ', (size_t)(colon - copy) + 1);
}

enum postern_status language_clean(const struct language *language, const struct postern_host *host,
    struct postern_ctx *ctx, const struct postern_text *text, struct postern_slice *clean_r, bool *greeting_r)
{
	struct blanker blanker = {&language->greetings, text->text, host->alloc(ctx, 2 * text->text.len + 1), false};
	enum postern_status status = POSTERN_OK;

	*clean_r = (struct postern_slice){NULL, 0};
	if (blanker.copy == NULL)
		return POSTERN_TEMPFAIL;
	if (text->text.len == 0)
		return POSTERN_OK;
	memcpy(blanker.copy, text->text.ptr, text->text.len);
	if (text->kind == POSTERN_SEGMENT_SUBJECT)
		blank_prefix(blanker.copy, text->text.len);
	if (language->allow_greetings)
		status = phrases_match(host, ctx, &language->greetings, text->text, note_greeting, &blanker);
	if (status != POSTERN_OK)
		return status;
	*greeting_r = *greeting_r || blanker.foreign;
	clean_text(blanker.copy, text->text.len, blanker.copy + text->text.len);
	clean_closing(blanker.copy, text->text.len);
	*clean_r = (struct postern_slice){blanker.copy, text->text.len};
	return POSTERN_OK;
}
