/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_HELD_H
#define POSTERN_CLI_HELD_H

#include "cli/desk.h"
#include "core/arena.h"
#include "desk/hold.h"
#include "mail/message.h"

/* ---- held_list.c ---------------------------------------------------------------- */

/*
 * Held outgoing messages that nobody has decided on, as an array of objects: those whose thread is due first come
 * first, those whose clock does not run last. Only what the store knows. New reference; NULL with the reason in d.
 */
json_t *held_list(struct cli_desk *desk, const char *shop, struct diag *d);
/* Seconds until the thread of an entry is due; false when its clock does not run. */
bool held_left(const json_t *entry, int64_t now, int64_t *left_r);
/* Inserts an entry at its place; takes over the reference. */
int held_insert(json_t *list, json_t *entry, int64_t now);

/* Which of them are shown; NULL and 0: all. */
struct held_filter {
	const char *shop, *agent;
	const char *rule;  /* name or id of a rule that found something */
	int64_t older;     /* held for so many seconds at least */
};
/* What there is to decide on. */
struct held_look {
	struct cli_desk *desk;
	json_t *list;      /* as held_list, with what log and queue say of each */
	size_t strangers;  /* messages on hold in the mail server's queue that are not Postern's */
	char queue_error[512]; /* why the queue could not be read; "": it was */
};
/* held_look.c: held_list and what log and queue say, filtered. 0, or -1 with the reason; the caller frees list. */
int held_look(struct cli_desk *desk, const struct held_filter *filter, struct held_look *look_r, struct diag *d);

/* ---- held_message.c --------------------------------------------------------------- */

/* A held message's record, folded from the log. 0, or -1 with the reason. hold_free in either case. */
int held_find(struct cli_desk *desk, const char *id, struct hold *hold, struct diag *d);
/* What two persons have to agree on, as the configuration says. */
struct hold_rules held_rules(const struct config *config);
/* Its bytes, from the archive or the mail server's queue; *source_r: which. -1 with the reasons of both. */
int held_fetch(struct cli_desk *desk, const struct hold *hold, struct buf *message_r, const char **source_r,
    struct diag *d);
/* Decoded as the engine decodes it; raw and the arena have to outlive it. */
int held_decode(const struct cli_desk *desk, struct arena *arena, struct slice raw, struct message *message_r,
    struct diag *d);

/* ---- held_show.c, held_decide.c, held_mail.c ---------------------------------------- */

int held_show(struct cli_desk *desk, const char *id, bool raw);

struct held_decision {
	const char *id, *why;
	bool by_hand; /* done without postern: only record it */
	bool no_mail; /* refuse: don't tell the sender */
};
/* Each: CLI_OK, CLI_NEGATIVE when a second person has to agree first, or CLI_ERROR after cli_fail. */
int held_release(struct cli_desk *desk, const struct held_decision *decision);
int held_refuse(struct cli_desk *desk, const struct held_decision *decision);
int held_approve(struct cli_desk *desk, const struct held_decision *decision);
int held_withdraw(struct cli_desk *desk, const struct held_decision *decision);

/* A mail to the sender of a refused message; the log has to be readable. -1: there is nobody to write to. */
struct held_mail {
	struct buf text;
	char to[321];
};
int held_mail_make(struct cli_desk *desk, const struct held_decision *decision, struct held_mail *mail, struct diag *d);
int held_mail_send(struct cli_desk *desk, const struct held_mail *mail, struct diag *d);
void held_mail_free(struct held_mail *mail);

#endif
