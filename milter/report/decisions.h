/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_DECISIONS_H
#define POSTERN_REPORT_DECISIONS_H

#include "report/tally.h"

/* A record may carry a time that is so much before that of its neighbours, and of its id (audit/read.c). */
#define DECISIONS_LATE_SECONDS 86400

/* Held messages and what people decided about them: each release goes against the rules that held the message. */
struct decisions {
	struct counting *counting;
	int64_t begin;      /* messages from before this second are not counted, nor seen */
	struct held {
		struct held *next;
		struct tally *tally;
		char id[21];
	} *held[1024];
	struct report_decision *list;
	size_t count;
};

/* A message that is held. Keeps a reference to its tally until somebody decides. -1: memory is out. */
int decisions_hold(struct decisions *decisions, struct slice id, struct tally *tally);
/* The record of a release or refusal by a person. -1: memory is out. */
int decisions_note(struct decisions *decisions, const json_t *event, const struct store_event *e);
/* The first second of a message that was decided about but not seen; INT64_MAX: there is none. */
int64_t decisions_earliest(const struct decisions *decisions);
/* Whether that message's record is still asked for, and giving what it tells. -1: memory is out. */
bool decisions_want(const struct decisions *decisions, struct slice id);
int decisions_settle(struct decisions *decisions, struct slice id, const struct tally *tally);
/* Moves those that are about messages of the query to the report. */
void decisions_give(struct decisions *decisions, struct report *report);
void decisions_free(struct decisions *decisions);
void decisions_free_list(struct report_decision *list, size_t count);

#endif
