/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_AUDIENCE_H
#define POSTERN_ENGINE_AUDIENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/judge.h"

/* Internal to the engine: whom a message goes to at a marketplace, its customers or its support. */

/* AUDIENCE_CASE for a support's mailbox, else AUDIENCE_CUSTOMER. */
unsigned audience_of(const struct judging *j, size_t recipient);
/* What the rules need that this message may concern; before it is decoded, after audience_sender. */
unsigned audience_needs(const struct judging *j);
/* Of incoming mail: which support wrote it (j->support). Once it is decoded the signature counts as well. */
void audience_sender(struct judging *j, const struct message *head);
/* Sets audience and, of outgoing mail, support for the marketplace whose turn it is. */
void audience_enter(struct judging *j);
/* Whether outgoing mail goes to a support and to people at no marketplace, and to no customer, and rules look at such. */
bool audience_has_others(const struct judging *j);

#endif
