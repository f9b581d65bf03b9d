/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LIST_H
#define POSTERN_PLUGINS_LIST_H

#include "common.h"

/* What the files that read lists share among themselves (list.c, rule.c, words.c). */

/* Whether a line holds more than a comment, and whether it is a rule over classes. */
static inline bool list_is_data(struct postern_slice line)
{
	return line.len > 0 && line.ptr[0] != '#';
}

static inline bool list_is_rule(struct postern_slice line)
{
	return line.len > 0 && line.ptr[0] == '@';
}

/* Lines with data. */
size_t list_count_lines(struct postern_slice file);
/* The next field of a line; several tabs in a row align columns. */
struct postern_slice list_field(struct postern_slice *line);
/* A string of its own; NULL: out of memory. */
char *list_copy(struct postern_slice s);

/* Makes the groups of a list that was read. -1: out of memory. */
int list_group(struct phrases *phrases);

/* How many words in capitals one after the other an expression wants, as far as its beginning tells; 0: none. */
unsigned shout_words(struct postern_slice expression);
/* Whether a text may have so many: false only when it has not. */
bool shout_may(struct postern_slice text, unsigned words);

/* ---- classes ---- */

#define CLASSES_MAX PHRASE_CLASSES

struct class_names {
	struct postern_slice names[CLASSES_MAX];
	int used_in[CLASSES_MAX];         /* line of a rule; 0: none */
	const char *used_by[CLASSES_MAX]; /* and the option whose file it stands in */
	const char *option;               /* whose file is read now */
	uint64_t defined;
	size_t count;
};

/* The bit of a class, new or known; 0: too many, or no name. used_in: the rule's line, 0 for an expression's. */
uint64_t class_bit(struct class_names *classes, struct postern_slice name, int used_in);
/* The defined class whose name is most like this one; empty: none. */
struct postern_slice class_nearest(const struct class_names *classes, struct postern_slice name);
/* "@a & @b<TAB>weight<TAB>note" into rule, whose line is set. -1: it is no rule, or memory is out. */
int rule_parse(struct postern_slice line, struct class_names *classes, struct phrase_rule *rule);

#endif
