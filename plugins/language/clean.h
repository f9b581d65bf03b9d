/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LANGUAGE_CLEAN_H
#define POSTERN_PLUGINS_LANGUAGE_CLEAN_H

#include "../common/common.h"
#include "../common/dictionary.h"

/*
 * What cannot show in which language a reply is written is blanked out in a
 * copy of the text, so that places stay the same.
 */

/* Blanks addresses, numbers, quoted titles and words in brackets that are no prose. */
void clean_text(char *copy, size_t len);
/* Blanks short lines of Han at the end of text, below Latin text: a name, a department, a firm. */
void clean_closing(char *copy, size_t len);
/* Blanks a greeting that was found at [start, end) of text, with the name after it, if it starts a line. */
void clean_greeting(struct postern_slice text, char *copy, size_t start, size_t end);
/* Whether a subject starts with "Re:" or the like. */
bool clean_is_reply(struct postern_slice subject);

/* Some sentences that are judged together. */
struct unit {
	char *text; /* Latin words, names left out; NUL-terminated */
	size_t len;
	size_t letters;    /* Latin ones in text */
	size_t script;     /* weighted letters of other scripts, runs only */
	size_t cjk_weight;
	size_t start, end; /* in the text */
	bool title;        /* looks like a product's title */
};

/* room: as many bytes as the text has, and two. */
void unit_init(struct unit *unit, char *room, size_t cjk_weight);
void unit_reset(struct unit *unit);
void unit_add(struct unit *unit, struct postern_slice clean, size_t start, size_t end);
/* Share of the unit's words that the dictionary knows; 1 when it has none. */
double unit_known(const struct unit *unit, struct dictionary *dictionary);

/* Whether an empty line or the end of text is at pos. */
bool ends_paragraph(struct postern_slice clean, size_t pos);

#endif
