/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_QUEUE_H
#define POSTERN_CLI_QUEUE_H

#include "core/buf.h"
#include "core/diag.h"
#include "core/json.h"
#include "policy/config.h"

/*
 * The mail server's queue of held messages: Postfix's hold queue, sendmail's quarantine. All of it needs the rights
 * that the mail server's own commands need, mostly root's.
 */
enum queue_kind { QUEUE_POSTFIX, QUEUE_SENDMAIL };

/* Which one config means; "auto": Postfix where its postsuper is. */
enum queue_kind queue_kind(const struct config *config);

/* Adds the message as it waits there, line ends as LF. */
int queue_fetch(const struct config *config, const char *queue_id, struct buf *message_r, struct diag *d);
/* Takes it off hold. -1: it is not sure that this message was on hold and is not any more. */
int queue_release(const struct config *config, const char *queue_id, struct diag *d);
/* Has it delivered now; it goes out with the next queue run otherwise. */
int queue_deliver(const struct config *config, const char *queue_id, struct diag *d);
/* Deletes a message that is on hold, and only that. */
int queue_remove(const struct config *config, const char *queue_id, struct diag *d);

/* What is known of a message from a list. */
enum queue_state { QUEUE_HELD, QUEUE_LEAVING /* in the queue, but not on hold */, QUEUE_GONE };
/* All that is queued: queue id to {"held":bool,"arrived":seconds}; new reference. NULL with the reason. */
json_t *queue_list(const struct config *config, struct diag *d);
enum queue_state queue_state(const json_t *list, const char *queue_id);
/* How a person looks into it: "postqueue -p", "mailq -qQ". */
const char *queue_command(const struct config *config);

/* queue_postfix.c and queue_sendmail.c; the id was checked. */
struct queue_methods {
	int (*fetch)(const struct config *config, const char *queue_id, struct buf *message_r, struct diag *d);
	int (*release)(const struct config *config, const char *queue_id, struct diag *d);
	int (*deliver)(const struct config *config, const char *queue_id, struct diag *d);
	int (*remove)(const struct config *config, const char *queue_id, struct diag *d);
	int (*list)(const struct config *config, json_t *list, struct diag *d);
	const char *command;
};
extern const struct queue_methods queue_postfix, queue_sendmail;

/* list[queue_id] = held and arrived. */
void queue_put(json_t *list, const char *queue_id, bool held, int64_t arrived);

#endif
