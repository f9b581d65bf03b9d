/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_HOLD_H
#define POSTERN_DESK_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "desk/command.h"

/*
 * A held outgoing message and what people decided about it, folded from events of the audit log in their order. Pure:
 * the daemon guards with it before it records, the command line shows it.
 */

/* One person's act. */
struct hold_act {
	int64_t time;   /* 0: there was none */
	int64_t person; /* uid that counts where two persons are asked for, see person.h of the daemon */
	char by[64];
	char id[ID_TEXT_SIZE]; /* of its event */
};

/* What a request asks for, and what was decided. */
enum hold_wish { HOLD_WISH_NONE, HOLD_WISH_RELEASE, HOLD_WISH_REFUSE };

struct hold {
	char id[ID_TEXT_SIZE];
	json_t *message;   /* its event; NULL: the log has none */
	json_t *decisions; /* array: the "desk" events about it; NULL: none */
	char queue_id[64]; /* "" when the mail server did not say it */
	struct hold_act request, approval; /* of a second person's, both void after a withdrawal */
	enum hold_wish wish;               /* of request */
	struct hold_act begun;   /* about to be released or refused: not known yet how it ended */
	enum hold_wish begun_wish;
	struct hold_act ended;
	enum hold_wish end;
	bool tell, told;         /* refused: the sender is to get a mail, and got it */
};

/* Where two persons have to agree. */
struct hold_rules {
	bool release, refuse;
	int64_t expire; /* seconds after which a request, or an approval, is void */
};

/* Of the word that stands in postern.conf: "no", "release" or "all". */
struct hold_rules hold_rules_of(const char *four_eyes, int64_t expire);

/* An empty one about the message of that id. */
void hold_init(struct hold *hold, const char *id);
void hold_free(struct hold *hold);
/* The next event of the log; others than those about the message are passed over. */
void hold_note(struct hold *hold, const json_t *event);

/* Still waits for a decision. */
bool hold_waits(const struct hold *hold);
/* A request that waits for a second person, or NULL: none, expired, or approved. */
const struct hold_act *hold_pending(const struct hold *hold, const struct hold_rules *rules, int64_t now);
/* A request that a second person approved and that is not expired. */
bool hold_approved(const struct hold *hold, const struct hold_rules *rules, enum hold_wish wish, int64_t now);
const char *hold_wish_name(enum hold_wish wish); /* "release", "refuse", "" */

enum hold_answer {
	HOLD_MAY,  /* record it */
	HOLD_ASKS, /* a second person has to agree: record a request instead */
	HOLD_TELL, /* refused already, but the sender was not told: nothing to record, go on with that */
	HOLD_NO    /* reason in d */
};
/* Whether a person may do what command says at second now. */
enum hold_answer hold_guard(const struct hold *hold, const struct hold_rules *rules, const struct desk_command *command,
    int64_t person, int64_t now, struct diag *d);

/* Ids of the rules that held or would have refused it, each once; new reference. */
json_t *hold_overridden(const struct hold *hold);

#endif
