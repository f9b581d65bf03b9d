/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_FACTS_H
#define POSTERN_CLI_FACTS_H

#include "cli/desk.h"
#include "store/facts.h"

/* One subject of milestones with its windows and its refund, and how its inquiries and cases went. */
struct subject {
	struct desk_subject desk;
	bool in_time;            /* every inquiry about the order was answered in time */
	json_t *cases;           /* numbers of the cases that name it */
	json_t *late;            /* those that were not: [{"thread","opened","due","answered"}] */
};

/*
 * The subject that begins at facts->list[*at_r], and moves *at_r past it. Without all, the threads of one whose
 * windows are over are not looked at: late is empty then. 0, or -1 with the reason.
 */
int subject_read(struct cli_desk *desk, const struct facts *facts, size_t *at_r, bool all, struct subject *subject_r,
    struct diag *d);
void subject_free(struct subject *subject);
/* It as an object, new reference; without all, only windows that are not over. */
json_t *subject_json(const struct subject *subject, int64_t now, bool all);

#endif
