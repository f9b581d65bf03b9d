/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_ROWS_H
#define POSTERN_TESTS_ROWS_H

#include "fakehost.h"

/* Rows of texts that a rule must find something in, or must not. */

/* Honest replies that no rule may find anything in; up to NULL. */
extern const char *const rows_honest[];

/* How many of the texts (up to NULL) are judged otherwise than wanted; names each. */
int rows_wrong(const struct fake_rule *rule, const char *const *texts, bool wanted);
/* The same with each text in a copy of message, for a rule that acts on findings of min_score and more. */
int rows_wrong_in(const struct fake_rule *rule, const struct fake_message *message, const char *const *texts,
    bool wanted, int min_score);

/* Set-up and tear-down of a group of tests: *state is the plugin's rule with its default options. */
int rows_open(void **state);
int rows_close(void **state);

#endif
