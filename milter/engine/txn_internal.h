/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_TXN_INTERNAL_H
#define POSTERN_ENGINE_TXN_INTERNAL_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/spool.h"
#include "engine/headers.h"
#include "engine/inbound.h"
#include "engine/judge.h"
#include "engine/txn.h"

/* Internal to the engine: what a transaction holds. */

/* Whether a rule has to see the body of mail to people at no marketplace. */
enum wanted { WANTED_UNKNOWN, WANTED_NO, WANTED_YES };

struct txn {
	struct generation *generation;
	struct txn_services services;
	struct arena *arena;
	char id[ID_TEXT_SIZE];
	int64_t received;

	struct txn_client client; /* copies */
	unsigned client_direction; /* what the client alone says; 0: not asked yet */
	unsigned direction;       /* 0: not decided yet */
	struct slice sender;
	struct slice *recipients;
	const struct marketplace **markets; /* of each recipient; NULL: none */
	const struct support **supports;    /* of each recipient; NULL: a customer, or none */
	size_t recipient_count, recipient_cap;
	const char *queue_id;
	const char *poison;
	struct slice answered_raw;
	bool can_hold;

	struct buf head;          /* header section, as far as limits allow */
	struct spool *spool;      /* the whole message */
	bool body_begun;
	struct strip strip;
	bool numbered;
	char digest[HASH_HEX_SIZE], head_digest[HASH_HEX_SIZE];
	enum wanted wanted;

	struct message head_message; /* headers alone */
	bool head_read;
	bool read_failed;
	struct inbound *inbound;  /* NULL: not worked out yet */
	const char *const *threads; /* likewise */
	size_t thread_count;

	const char *broken;       /* what could not be taken in: the message is deferred */
	struct judging judging;
	struct verdict verdict;
	bool judged;

	char kept[HASH_HEX_SIZE];   /* digest in the archive, "": not kept */
	const char *archive_error;
};

/*
 * outside.c: whether the message goes out to people at no marketplace, and rules look at such mail. Call when the
 * direction is known.
 */
bool txn_is_outside(const struct txn *txn);
/* Whether one of these rules, or the archive, wants it, by its envelope and headers. Asked once. */
bool txn_wants_outside(struct txn *txn);
/* What is known of the message before it is decoded, for rules to judge. */
struct judging txn_judging(struct txn *txn);
/* SHA-256 of envelope and data, in hex, into hex (HASH_HEX_SIZE bytes). */
void txn_hash(struct txn *txn, struct slice data, char *hex);
/* The headers alone, read once; NULL when they can't be read. */
const struct message *txn_head(struct txn *txn);
/* The whole message as far as it is kept; SLICE_NONE when it can't be read. */
struct slice txn_view(struct txn *txn);
/*
 * keep.c: stores the message in the archive when its verdict asks for that. When it can't, and must, the verdict
 * becomes a 451 that says so.
 */
void txn_keep(struct txn *txn);
/* The archive's members of the record. -1: memory is out. */
int txn_keep_record(const struct txn *txn, json_t *o);
/* A deferral in place of the verdict, for a reason that lies with this gateway: reply is its one line. */
void txn_defer(struct txn *txn, const char **reply);
/* Distinct marketplaces of the recipients into list (count entries at most); their number. */
size_t txn_markets(const struct txn *txn, const struct marketplace **list, size_t max);

#endif
