/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_SCRIPT_H
#define POSTERN_TESTS_REPLAY_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/slice.h"

/* A scenario as it was written: steps of words (README.md says which). */

struct step {
	const char *file;
	int line;
	char **words; /* the first one is the verb; without quotes */
	size_t count;
	char *text;   /* the indented lines below it, without their indent; NULL: none */
};

struct script {
	struct step *steps;
	size_t count;
};

/* Reads path into arena. -1: file:line and why in d. */
int script_read(const char *path, struct arena *arena, struct script *script_r, struct diag *d);

/* The words of a step one after the other. */
struct words {
	const struct step *step;
	size_t next;
};

struct words step_words(const struct step *step);
/* The next word, or NULL after the last. */
const char *word_take(struct words *words);
/* Takes the next word when it is this one. */
bool word_is(struct words *words, const char *word);
/* The next word; when there is none, an error that says what should stand there. */
int word_need(struct words *words, const char *what, const char **word_r, struct diag *d);

/* "47h59m59s", "90d", "2h": seconds. -1 when it is none. */
int span_parse(const char *text, int64_t *seconds_r);

#endif
