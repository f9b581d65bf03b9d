/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LANGUAGE_CLEAN_H
#define POSTERN_PLUGINS_LANGUAGE_CLEAN_H

#include "../common/common.h"
#include "../common/dictionary.h"

/*
 * What cannot show in which language a reply is written is blanked out in a
 * copy of the text, so that places stay the same.
 */

/* Blanks addresses, numbers, quoted titles and words in brackets that are no prose. room: as many bytes. */
void clean_text(char *copy, size_t len, char *room);
/* Blanks short lines of Han at the end of text, below Latin text: a name, a department, a firm. */
void clean_closing(char *copy, size_t len);
/* Blanks a greeting that was found at [start, end) of text, with the name after it, if it starts a line: true. */
bool clean_greeting(struct postern_slice text, char *copy, size_t start, size_t end);
/* Whether a subject starts with "Re:" or the like. */
bool clean_is_reply(struct postern_slice subject);

/* The words of a unit. */
struct unit_words {
	size_t all;
	size_t foreign; /* small words of other languages */
	double known;   /* share that the dictionary knows and that are not foreign; 1 when there are none */
};

struct unit_count {
	size_t words, foreign, known;
};

/* Some sentences that are judged together. */
struct unit {
	char *text; /* Latin words, names left out; NUL-terminated */
	size_t len;
	size_t letters;    /* Latin ones in text */
	size_t names;      /* letters of names that were left out */
	bool keep_names;   /* leave none out */
	bool after_name;   /* the last word was one */
	size_t script;     /* weighted letters of other scripts, runs only */
	size_t cjk_weight;
	size_t start, end; /* in the text */
	bool title;        /* looks like a product's title */
	struct unit_count count; /* of the words up to counted */
	size_t counted;
};

/* room: as many bytes as the text has, and so many: words are written eight bytes at a time. */
#define UNIT_SPARE 10
void unit_init(struct unit *unit, char *room, size_t cjk_weight);
void unit_reset(struct unit *unit);
void unit_add(struct unit *unit, struct postern_slice clean, size_t start, size_t end);
/* As unit_add of the sentence that next has read by itself, whose words need not be looked up again then. */
void unit_join(struct unit *unit, const struct unit *next, struct postern_slice clean);
/* Looks the words up, each once. */
struct unit_words unit_count(struct unit *unit, struct dictionary *dictionary, const struct words *foreign);

/* Whether an empty line or the end of text is at pos. */
bool ends_paragraph(struct postern_slice clean, size_t pos);

#endif
