/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_DELIVERY_H
#define POSTERN_DAEMON_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"
#include "daemon/service.h"
#include "engine/txn.h"
#include "engine/verdict.h"

/*
 * One message on its way through the daemon: admission, transaction, record.
 * Knows nothing of libmilter. Callbacks of one message may come on different
 * threads, one at a time: nothing here belongs to a thread, except what
 * delivery_judge does within itself.
 */
struct delivery;

/* Who is connected; empty strings: unknown. */
struct peer {
	char client[64];
	char helo[256];
	char daemon[128];
	bool local;
	bool can_hold;
};

/* A reply other than a verdict's. */
struct refusal {
	const char *code;
	const char *enhanced;
	const char *text; /* ASCII without '%' */
};

/* A message comes in. NULL with the reply to give. account may be NULL or "". */
struct delivery *delivery_begin(struct service *service, const struct peer *peer, const char *account,
    const char *sender, struct refusal *refusal_r);
/* The end, whatever happened before; aborted: the MTA or the client gave it up. */
void delivery_end(struct delivery **delivery, bool aborted);

/*
 * Parts of the message. On an error they remember that this message has to be refused, log why, and
 * return -1; all that follows is ignored then.
 */
int delivery_recipient(struct delivery *delivery, const char *argument);
int delivery_header(struct delivery *delivery, const char *name, const char *value);
int delivery_body(struct delivery *delivery, const void *data, size_t len);
void delivery_set_queue_id(struct delivery *delivery, const char *queue_id);

/* As txn_scope; a message that failed before is always TXN_CONCERNED. */
enum txn_scope delivery_scope(struct delivery *delivery, bool headers_done);
/* The message is let through without judging it; strip: after its forged headers were removed. */
void delivery_unconcerned(struct delivery *delivery);
/* NULL, or how to refuse it, when something failed before. */
const struct refusal *delivery_failure(const struct delivery *delivery);

/*
 * Judges and records. ctx is what progress is told of. NULL with *refusal_r when it could not be judged
 * or recorded; else the verdict, which belongs to the delivery and is in the audit log.
 */
const struct verdict *delivery_judge(struct delivery *delivery, void *ctx, struct refusal *refusal_r);
size_t delivery_strip_list(struct delivery *delivery, const struct txn_strip **list_r);
/* The MTA did not do what the verdict demands: recorded and logged; the message is to be deferred. */
void delivery_not_applied(struct delivery *delivery, const char *what);
/* The verdict is in force: the operator's line in the log. */
void delivery_applied(struct delivery *delivery, const struct verdict *verdict);

#endif
