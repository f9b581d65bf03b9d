/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_PLACEHOLDER_H
#define POSTERN_PLUGINS_PLACEHOLDER_H

#include "../common/common.h"

/* One rule of the plugin "template". */
struct template {
	struct phrases phrases;
	struct words fields, parts, fillers, openers, controls;
};

/* The surest placeholder of a text; score 0: none. */
struct place {
	size_t start, end;
	int score;
};

void place_note(struct place *place, size_t start, size_t end, int score);

/* Fields between the marks that template languages use. */
void marks_find(const struct template *template, struct postern_slice text, struct place *place);
/* "XXXX" in place of a number or name, a greeting without a name. */
void blanks_find(const struct template *template, struct postern_slice text, struct place *place);

#endif
