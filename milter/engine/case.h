/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_CASE_H
#define POSTERN_ENGINE_CASE_H

#include "core/json.h"
#include "engine/judge.h"

/* Internal to the engine: mail to and from a marketplace's support. */

/* The case's number as the author names it, in the subject first; SLICE_NONE: none, or it is no case mail. */
struct slice case_number(const struct judging *j);
/*
 * Adds "case" (its number, when one is named) and "case_channel" to the audit event of case mail; nothing to others'.
 * -1: memory is out.
 */
int case_record(const struct judging *j, json_t *event);

#endif
