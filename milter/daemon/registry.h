/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_REGISTRY_H
#define POSTERN_DAEMON_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"

/*
 * The live transactions. At shutdown libmilter calls neither abort nor close,
 * so whatever is listed then is what has to be recorded as interrupted.
 */
struct registry;

enum entry_stage { STAGE_MAIL, STAGE_RCPT, STAGE_HEADER, STAGE_BODY, STAGE_EOM };

/* Part of its owner's struct; touched by the functions below only. */
struct registry_entry {
	struct registry_entry *prev, *next;
	char id[ID_TEXT_SIZE];
	char queue_id[64];
	char digest[HASH_HEX_SIZE];
	enum entry_stage stage;
	bool claimed;
	bool lost;
	int64_t since;
};

struct registry *registry_new(void);
void registry_free(struct registry **registry);

void registry_add(struct registry *registry, struct registry_entry *entry, const char *id, int64_t now);
/* Harmless for an entry that is not listed. */
void registry_remove(struct registry *registry, struct registry_entry *entry);
/* queue_id and digest may be NULL: as before. */
void registry_note(struct registry *registry, struct registry_entry *entry, enum entry_stage stage,
    const char *queue_id, const char *digest);
/*
 * Called before a decision is recorded: true when the decision may go on, false when the entry was
 * recorded as interrupted in the meantime. So each message has exactly one end in the log.
 */
bool registry_claim(struct registry *registry, struct registry_entry *entry);

typedef void (*registry_fn)(void *arg, const struct registry_entry *entry);
/* Takes every entry that is not claimed and hands it to fn; their claims fail from then on. */
void registry_interrupt(struct registry *registry, registry_fn fn, void *arg);

/* "mail", "rcpt", "header", "body", "eom". */
const char *entry_stage_name(enum entry_stage stage);

#endif
