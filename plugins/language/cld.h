/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LANGUAGE_CLD_H
#define POSTERN_PLUGINS_LANGUAGE_CLD_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What CLD2 makes of a text. */
struct cld_answer {
	char code[8]; /* "en", "zh-Hant"; "un": unknown */
	bool reliable;
};

/* Guesses the language of plain UTF-8 text; safe from many threads. */
void cld_detect(const char *text, size_t len, struct cld_answer *out);

#ifdef __cplusplus
}
#endif

#endif
