/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_REPLAY_COMPARE_H
#define POSTERN_CLI_REPLAY_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"
#include "engine/verdict.h"

/* Two verdicts on one message. */
struct comparison {
	const char *path;
	size_t number; /* within an mbox; 0: none */
	const struct verdict *before, *after;
};

/* What one rule found in all messages, before and after. */
struct rule_total {
	const char *rule;
	size_t findings[2], messages[2];
};

#define ACTIONS 5
struct replay_totals {
	size_t messages, changed, unconcerned;
	size_t moved[ACTIONS][ACTIONS]; /* messages by action before and after */
	struct rule_total *rules;
	size_t rule_count;
	bool failed; /* memory ran out: the totals are not whole */
};

/* Whether anything differs that people would notice: action, findings, labels, kind, reply clock. */
bool comparison_differs(const struct comparison *c);
/* Counts it; names of rules stay where they are. */
void totals_add(struct replay_totals *totals, const struct comparison *c, bool differs);
void totals_free(struct replay_totals *totals);

/* A message that changes: for people, or as one object on a line. */
void comparison_show(const struct cli *cli, const struct comparison *c);
int comparison_json(const struct comparison *c);
/* What moved, and each rule's findings before and after. */
void totals_show(const struct replay_totals *totals);
json_t *totals_json(const struct replay_totals *totals);

#endif
