/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_INBOUND_H
#define POSTERN_ENGINE_INBOUND_H

#include "core/json.h"
#include "mail/report.h"
#include "policy/profile.h"

/* Internal to the engine: what is known of an incoming message besides findings and clock. */

struct txn;

enum authentic { AUTHENTIC_UNKNOWN, AUTHENTIC_YES, AUTHENTIC_NO };

#define MILESTONES_MAX 50

struct inbound {
	/* From the headers. */
	bool known;                       /* they were looked at */
	bool concerns;                    /* the message is to be read: a marketplace's, one that poses so, a bounce */
	bool arrives;                     /* it comes in wherever it was handed in: a marketplace's address, a bounce */
	const struct marketplace *market; /* it comes from; NULL: none, or somebody who poses as one */
	const char *poses;                /* name of the marketplace that the sender poses as; NULL: of none */
	struct slice pose;                /* the text that does, or why it is not believed */
	enum authentic authentic;
	/* From the whole message. */
	const struct mail_kind *kind;
	bool failed;                      /* it says that mail of ours was not delivered */
	struct delivery_report report;
	struct mail_milestone milestones[MILESTONES_MAX];
	size_t milestone_count;
	const char *channel;              /* who writes about a case */
	struct slice case_id;
	const char *copy_of;              /* key of the thread that a copy answers; NULL: not known */
	const char *spam_by;              /* filter that called it spam although it is a marketplace's */
};

/* What the headers say, worked out once; NULL when memory is out. Usable before the direction is known. */
const struct inbound *inbound_head(struct txn *txn);
/*
 * Reads the decoded message (txn->judging.message): the customer's words are cut out of the marketplace's frame,
 * the kind is found, and what the message tells. Labels go to judging. -1: memory is out.
 */
int inbound_read(struct txn *txn);
/* The members of an audit event, and of what "postern scan --json" prints. -1: memory is out. */
int inbound_put(const struct inbound *inbound, json_t *o);

/* authentic.c: whether the message is the marketplace's own, by the site's Authentication-Results. */
enum authentic authentic_judge(const struct config *config, const struct marketplace *market,
    const struct message *head, struct slice *why_r);
/*
 * frame.c: what stands around the customer's words in mail of the marketplace becomes SEGMENT_DISCLAIMER, what
 * stands between is segmented anew. -1: memory is out, or a search failed.
 */
int frame_cut(struct arena *arena, const struct marketplace *market, struct message *message, struct diag *d);
/*
 * copies.c: key of the one thread that a copy of an answer belongs to, by order or customer's name; *key_r NULL: none
 * or several. -1: the store can't be asked, or memory is out.
 */
struct judging;
int copy_thread(struct judging *j, const struct marketplace *market, const struct mail_kind *kind, const char **key_r,
    struct diag *d);
/* threads.c: keys ("walmart:<address>") of the threads that the message belongs to; -1: memory is out. */
int txn_threads(struct txn *txn, const char *const **list_r, size_t *count_r);
/*
 * thread_part.c: the number (an item's) that parts what one address writes into threads of their own, as a thread's name
 * ends; empty: the message names none, or the marketplace has one thread for each address. -1: memory is out.
 */
int judge_thread_part(const struct judging *j, const struct marketplace *market, const struct mail_kind *kind,
    struct slice *part_r);
/* Its members of an audit event: "thread_part", and "reply_id", which a reply quotes of the mail that it answers. */
int thread_part_record(const struct judging *j, json_t *event);
/* Whether an answer to the message would go to a customer's relay address. */
bool threads_has_relay(struct txn *txn);
/* subject.c: the Subject's raw value with the tag of the configuration before it; NULL: as it is, or memory is out. */
struct verdict;
const char *subject_tagged(struct txn *txn, const struct verdict *verdict);

#endif
