/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_HELD_H
#define POSTERN_CLI_HELD_H

#include "cli/desk.h"

/*
 * Held outgoing messages that nobody has decided on, as an array of objects: those whose thread is due first come
 * first, those whose clock does not run last. New reference; NULL with the reason in d.
 */
json_t *held_list(struct cli_desk *desk, const char *shop, struct diag *d);
/* Seconds until the thread of an entry is due; false when its clock does not run. */
bool held_left(const json_t *entry, int64_t now, int64_t *left_r);

/* Takes a message off hold and records it. CLI_OK, or CLI_ERROR after cli_fail. */
int held_release(struct cli_desk *desk, const char *id, const char *why, bool by_hand);

#endif
