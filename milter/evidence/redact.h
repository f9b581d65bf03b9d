/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_REDACT_H
#define POSTERN_EVIDENCE_REDACT_H

#include "evidence/evidence.h"

/*
 * Evidence for somebody who is not to know who it is about. Everything a pack shows goes through one function
 * that puts tokens, "[name-0123456789ab]", in the place of
 *   - names that headers and records tell, whole and word by word, in any letter case,
 *   - e-mail addresses, also with a full-width at sign; domains of marketplaces stay,
 *   - numbers that the log knows as an order's, a parcel's or a case's, in any grouping,
 *   - any other run of seven digits and more (telephones, accounts) in any script, and words with six and more; dates
 *     and times stay,
 *   - what stands behind the host in a URL, and the host where it is no marketplace's,
 *   - what looks like a postal address, and whatever the caller names.
 * A token is a keyed hash: the same key gives the same tokens in each pack, and nobody without it can test guesses. A
 * name that stands in a text only, spelled out digits and hints in the story itself are not found: read before you
 * give it away.
 */
struct redaction;

/* profiles: whose domains stay; key: a secret, not empty. NULL when memory is out. */
struct redaction *redaction_new(const struct profiles *profiles, struct slice key);
void redaction_free(struct redaction **redaction);
/* Also hides a text wherever it stands, ignoring the case of letters. 0, or -1: memory is out. */
int redaction_hide(struct redaction *redaction, struct slice text);

/*
 * Learns what the evidence knows of people and numbers and redacts its model in place; raw messages and lines of the
 * log are thrown away. 0, or -1 with the reason; the evidence is not to be used then.
 */
int redaction_apply(struct redaction *redaction, struct evidence *evidence, struct diag *d);
/* The text with tokens, added to out. */
void redaction_text(struct redaction *redaction, struct slice text, struct buf *out);
/* What stands behind each token that was given: array of {"token","kind","value"} by token. New reference. */
json_t *redaction_tokens(const struct redaction *redaction);

#endif
