/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_ROWS_H
#define POSTERN_TESTS_ROWS_H

#include <stdio.h>

#include "fakehost.h"

/* Rows of texts that a rule must find something in, or must not. */

/* How many of the texts (up to NULL) are judged otherwise than wanted; names each. */
static inline int rows_wrong(const struct fake_rule *rule, const char *const *texts, bool wanted)
{
	int wrong = 0;

	for (size_t i = 0; texts[i] != NULL; i++) {
		struct fake_message message = {.direction = POSTERN_OUTBOUND,
		    .texts = {{POSTERN_SEGMENT_NEW, texts[i]}}};
		struct fake_result result = fake_check(rule, &message);

		if (result.status == POSTERN_OK && (result.findings > 0) == wanted)
			continue;
		wrong++;
		fprintf(stderr, "%s: \"%s\" (%s)\n", wanted ? "not found" : "false alarm", texts[i], result.evidence);
	}
	return wrong;
}

#endif
