/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_REDIS_SHARE_H
#define POSTERN_STORE_REDIS_SHARE_H

#include <pthread.h>
#include <stdatomic.h>

#include "audit/read.h"
#include "core/buf.h"
#include "store/backend.h"
#include "store/peer.h"
#include "store/share.h"

/* Shared by the store/redis_*.c files only. */

/* How one of the two directions fares; under the share's lock. */
struct share_way {
	const char *name;      /* for the log */
	bool failing;
	int64_t since;         /* failing since, seconds UTC */
	int64_t worked_ms;     /* when it last worked, monotonic; 0: never */
	uint64_t failures;
	char error[512];
};

/* The store that rules ask (redis_rules.c). */
struct share_rules {
	struct store base;
	struct share *share;
};

/* What the publisher knows of a stream. */
struct publish_stream {
	char *shop;
	int64_t published;     /* the last record of ours in it, as far as it is known */
	bool listed;           /* the shop was added to the list of shops since the last look */
	bool unsaved;
};

struct publisher {
	struct audit_cursor cursor;
	struct publish_stream *streams;
	size_t count, room;
	char hash[HASH_HEX_SIZE]; /* of the record before cursor.next */
	bool verified;            /* Redis has what it took, as of the connections of switches */
	uint64_t switches;
	int64_t events;           /* published in this turn */
};

/* What the subscriber knows of a stream. */
struct read_stream {
	char *shop;
	char position[48];        /* to read on from */
};

struct subscriber {
	struct read_stream *streams;
	size_t count, room;
	bool started;             /* the positions are those of the database */
	uint64_t switches;
	int64_t events;
};

struct share {
	struct share_config config;
	struct redis *redis;
	struct store *store;
	char *dir;
	struct peer_self self;    /* id: constant; the rest is the publisher's */
	struct share_rules rules;

	struct publisher publisher;
	struct subscriber subscriber;
	pthread_t publish_thread, read_thread;
	bool publishing, reading; /* the threads were started */

	pthread_mutex_t lock;     /* of what follows */
	pthread_cond_t wake, ended;
	bool stop;
	int64_t stop_ms;          /* when everything must have ended, monotonic */
	int running;
	int64_t upto, published;  /* of the log */
	struct share_way out, in;
	uint64_t sent, applied, damaged;
};

/* ---- redis_key.c ---- */

/*
 * "postern:1:{SHOP}:what". What is not a letter, a digit or one of "@._+-" becomes %XX, a long name its hash: any
 * text of a mail makes a key whose hash tag is the shop alone.
 */
void share_key(struct buf *out, const char *shop, const char *what);
/* The set of shops that have a stream. */
#define SHARE_SHOPS "postern:1:shops"
#define SHARE_SHOP_NONE "-"

/* ---- redis_share.c ---- */

void share_failed(struct share *share, struct share_way *way, const struct diag *d);
void share_worked(struct share *share, struct share_way *way);
bool share_stopping(struct share *share);
/* A thread's last word. */
void share_ended(struct share *share);
/* Waits until ms are over, the daemon stops, or (work) there is something to publish beyond seq. */
void share_wait(struct share *share, int ms, bool work, int64_t seq);
/* Whether what others did is known here, but for the last seconds. */
bool share_fresh(struct share *share);
/* redis_fault and what to do about it, as -1. */
int share_fault(enum redis_fault fault, const char *what, struct diag *d);

/* ---- redis_publish.c, redis_read.c ---- */

void *share_publish_run(void *share);
void *share_read_run(void *share);
int share_publisher_begin(struct share *share, struct diag *d);
void share_publisher_free(struct publisher *p);
void share_subscriber_free(struct subscriber *s);

/* ---- redis_rules.c ---- */

void share_rules_init(struct share *share);
/* Tells Redis the counts that it does not have yet. 0, or -1 with the reason. */
int share_counts_late(struct share *share, struct diag *d);

#endif
