/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "language": replies in another language than the marketplace
 * demands (MP-LANG). What a writer cannot put into the language is left out
 * first (names, titles, numbers, addresses), then each paragraph is judged.
 */
#include "../common/common.h"
#include "cld.h"
#include "dictionary.h"

#include <stdlib.h>
#include <string.h>

struct language {
	char required[8];
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

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("language"),
	.version = "1.0",
	.summary = "Finds text that is not in the language that the marketplace demands.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.close = language_close,
};
