/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_ANSWERED_H
#define POSTERN_ENGINE_ANSWERED_H

#include "core/diag.h"
#include "core/json.h"
#include "engine/judge.h"

/* Internal to the engine: what an outgoing message answers, and what of it is quoted. */

/*
 * Looks the thread up, once a message: fills inbound and what quotes are compared with. 0, or -1 with the reason
 * when the store could not tell (also at each later call).
 */
int answered_load(struct judging *j, struct diag *d);
/*
 * Compares what an outgoing message quotes, before its rules run; without a quote nothing is looked up. What
 * could not be looked up becomes a finding of the engine, as every error does.
 */
void answered_quotes(struct judging *j);
/* What later messages of the thread need to know of this one: members of its audit event. -1: memory. */
int answered_record(struct judging *j, json_t *event);

#endif
