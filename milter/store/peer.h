/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_PEER_H
#define POSTERN_STORE_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/slice.h"
#include "store/store.h"

/*
 * What a database knows of other gateways: their events, how far they were read, and how far this gateway's own were
 * published. For a store of type sqlite, redis or memory.
 */

#define PEER_ID_SIZE 64
/* A record of another log stands in the tables as (number of its gateway << 40) + its own number. */
#define PEER_SHIFT 40

/* This gateway as the others know it. */
struct peer_self {
	char id[PEER_ID_SIZE];     /* "": none yet */
	int64_t seq;               /* the last record of its log that was published, */
	char hash[HASH_HEX_SIZE];  /* and its hash, which tells another log from this one */
};

int peer_self_get(struct store *store, struct peer_self *self_r, struct diag *d);
/* Another id means another log: what was published of each stream is forgotten. */
int peer_self_set(struct store *store, const struct peer_self *self, struct diag *d);

/* A shop's stream. Text is valid during the call only. */
struct peer_stream {
	const char *shop;      /* as in events; "-": of no shop */
	const char *position;  /* of the last entry that was read; "": none */
	int64_t published;     /* the last record of this gateway's log in it; 0: none */
};
typedef int (*peer_stream_fn)(void *arg, const struct peer_stream *stream);
/* Every stream that is known. fn as of store_threads. */
int peer_streams(struct store *store, peer_stream_fn fn, void *arg, struct diag *d);

/* How far this gateway's log was published; streams with published 0 are left alone. All or nothing. */
int peer_published(struct store *store, const struct peer_self *self, const struct peer_stream *streams, size_t count,
    struct diag *d);

/* One entry of a stream. */
struct peer_event {
	struct slice gateway;
	int64_t seq;           /* of its log */
	int64_t previous;      /* the record of its log that the stream had before; 0: none */
	const json_t *event;   /* store_event_brief of its record */
};

struct peer_result {
	size_t applied, known; /* known: seen before */
	size_t gaps;           /* how often records are missing before one */
	size_t damaged;        /* entries that are none; they are logged and passed over */
};

/*
 * Applies what a shop's stream gave, and notes position (NULL: leaves it), in one transaction. Idempotent: an event
 * that was applied changes nothing, whichever way it came.
 */
int peer_apply(struct store *store, const char *shop, const struct peer_event *events, size_t count,
    const char *position, struct peer_result *result_r, struct diag *d);

/* The gateways whose events are here, and the newest record of each; with fn as of store_threads. */
typedef int (*peer_fn)(void *arg, const char *gateway, int64_t seq);
int peer_list(struct store *store, peer_fn fn, void *arg, struct diag *d);
/* Records of a gateway's log that a stream did not hold any more: all of the shop between since and until, both not. */
typedef int (*peer_gap_fn)(void *arg, const char *shop, const char *gateway, int64_t since, int64_t until);
int peer_gaps(struct store *store, peer_gap_fn fn, void *arg, struct diag *d);
/* The gateway that recorded a message, into gateway_r: 1; 0: this one, or nobody knows it. */
int peer_of(struct store *store, const char *id, char gateway_r[PEER_ID_SIZE], struct diag *d);

/* A count that only this gateway knows, because the others could not be told. */
struct peer_count {
	int64_t number;        /* for peer_count_drop */
	struct slice ns, key, message;
	int64_t time, delta, window;
};
typedef int (*peer_count_fn)(void *arg, const struct peer_count *count);
int peer_count_add(struct store *store, const struct peer_count *count, struct diag *d);
/* The oldest, up to 100. fn as of store_threads. */
int peer_counts(struct store *store, peer_count_fn fn, void *arg, struct diag *d);
int peer_count_drop(struct store *store, int64_t number, struct diag *d);

/* Every count of the last windows, for a Redis that has none of them. */
int peer_counts_all(struct store *store, struct diag *d);

/*
 * Copies the database of another gateway, which may be running, to a file that is not there yet: a new gateway's start.
 * What that gateway recorded is another's there, as if it had been read from the streams up to where it had published;
 * its archive and its position are left out. *messages_r: entries of threads.
 */
int peer_copy(struct store *from, const char *path, int64_t *messages_r, struct diag *d);

#endif
