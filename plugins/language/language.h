/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LANGUAGE_H
#define POSTERN_PLUGINS_LANGUAGE_H

#include "../common/common.h"
#include "../common/dictionary.h"

/* One rule of the plugin "language". */
struct language {
	char required[8];
	char dictionary_language[4];
	struct phrases greetings;
	struct words foreign_words;
	struct dictionary *dictionary;
	size_t min_letters;
	double max_foreign_ratio, min_known_words;
	bool allow_greetings, check_quoted, short_text, otherwise_english;
};

extern const struct postern_option language_options[];

enum postern_status language_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r);
void language_close(const struct postern_host *host, void *instance);

/* Text that is too short for a verdict: other scripts and plain foreign words. */
enum postern_status short_check(const struct postern_host *host, const struct language *language,
    struct postern_ctx *ctx);

/* Whether the language (two-letter code) is written in Latin letters, so that any other script is foreign. */
bool language_is_latin(const char *code);
/* The language demanded of this message, as a code. */
void language_choose(const struct language *language, const struct postern_host *host, struct postern_ctx *ctx,
    char *code, size_t size);

/*
 * Text with what is in no language blanked out, of the same length; {NULL, 0}
 * and POSTERN_OK when it is empty. *greeting_r is set when a greeting in
 * another language was blanked.
 */
enum postern_status language_clean(const struct language *language, const struct postern_host *host,
    struct postern_ctx *ctx, const struct postern_text *text, struct postern_slice *clean_r, bool *greeting_r);

#endif
