/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_ASK_H
#define POSTERN_TESTS_REPLAY_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "play.h"

/*
 * What a scenario may expect something of. Each thing is asked of the store or of the last message and gives rows: JSON
 * objects, times as text. The same rows are compared when the events came in another order (vary.h).
 */

#define PARAMS_MAX 8

struct question {
	struct play *play;
	const struct step *step;
	struct store *store;
	const char *thing;
	const char *names[PARAMS_MAX], *values[PARAMS_MAX]; /* "of maria", "filter spam" */
	size_t count;
	unsigned used; /* bit n: parameter n was asked for */
};

/* The value of a parameter, or fallback. */
const char *question_param(struct question *question, const char *name, const char *fallback);
/* As file:line: why it can't be answered. */
__attribute__((format(printf, 3, 4)))
int question_error(const struct question *question, struct diag *d, const char *fmt, ...);

/* The rows, a new reference. -1: file:line and why. */
int ask(struct question *question, json_t **rows_r, struct diag *d);

typedef int (*ask_fn)(struct question *question, json_t *rows, struct diag *d);

int ask_mail(struct question *question, json_t *rows, struct diag *d);
int ask_finding(struct question *question, json_t *rows, struct diag *d);
int ask_event(struct question *question, json_t *rows, struct diag *d);
int ask_log(struct question *question, json_t *rows, struct diag *d);
int ask_inbox(struct question *question, json_t *rows, struct diag *d);
int ask_counts(struct question *question, json_t *rows, struct diag *d);
int ask_timeline(struct question *question, json_t *rows, struct diag *d);
int ask_alarm(struct question *question, json_t *rows, struct diag *d);
int ask_due(struct question *question, json_t *rows, struct diag *d);
int ask_case(struct question *question, json_t *rows, struct diag *d);
int ask_milestone(struct question *question, json_t *rows, struct diag *d);
int ask_rate(struct question *question, json_t *rows, struct diag *d);
int ask_window(struct question *question, json_t *rows, struct diag *d);
int ask_clock(struct question *question, json_t *rows, struct diag *d);
int ask_refund(struct question *question, json_t *rows, struct diag *d);

/* What is joined by commas, as an array. */
json_t *row_list(const char *joined);
/* object[key] = time as text, "" for 0. */
void row_time(json_t *row, const char *key, int64_t time);

#endif
