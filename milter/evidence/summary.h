/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_SUMMARY_H
#define POSTERN_EVIDENCE_SUMMARY_H

#include "core/buf.h"
#include "core/json.h"

/* Sections of the summary; only for the files of this folder. Each writes nothing when there is nothing to tell. */

/* summary_story.c: what was said and done, in its order. */
void summary_story(struct buf *out, const json_t *model);
/* summary_tables.c */
void summary_responses(struct buf *out, const json_t *model);
void summary_checklists(struct buf *out, const json_t *model);
void summary_refund(struct buf *out, const json_t *model);
void summary_findings(struct buf *out, const json_t *model);
void summary_values(struct buf *out, const json_t *model);
void summary_absent(struct buf *out, const json_t *model);

/* A second: the marketplace's time, below it UTC. */
void summary_time(struct buf *out, const json_t *object, const char *utc_key, const char *local_key);
/* A second of UTC, "2026-03-01 12:30 UTC". */
void summary_utc(struct buf *out, const json_t *object, const char *key);
/* Seconds as a span. */
void summary_span(struct buf *out, int64_t seconds);
/* A word in a frame; class is "good", "bad", "wait" or "". */
void summary_pill(struct buf *out, const char *class, const char *word);
/* How an action is called, and in which class. */
const char *summary_action(const char *action, const char **class_r);

#endif
