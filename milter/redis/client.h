/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_CLIENT_H
#define POSTERN_REDIS_CLIENT_H

#include <pthread.h>

#include "redis/address.h"
#include "redis/breaker.h"
#include "redis/conn.h"
#include "redis/redis.h"
#include "redis/resolve.h"

/* What the files of this folder share. Nobody else includes it. */

#define CLUSTER_SLOTS 16384
/* Servers known at once; a Cluster is advised to stay below 1,000. */
#define NODES_MAX 2048
#define SHA_SIZE 41

/* A server and its pool. All of it is under the client's lock. */
struct node {
	struct address address;
	struct breaker breaker;
	struct conn **idle;  /* the last one back is the first one out */
	size_t idle_count;
	size_t open;         /* idle, in use, and being made */
	unsigned generation; /* connections of an earlier one are closed when they come back */
	unsigned users;      /* calls that may touch it */
	bool listed;         /* the configured one, the primary, or in the map of slots */
	struct node *next;
};

struct loaded_script {
	const struct redis_script *script;
	char sha[SHA_SIZE];
	struct loaded_script *next;
};

/* The look for the primary or the map of slots: one thread does it, the others wait for what it finds. */
struct look {
	bool running;
	uint64_t count;           /* how many have ended */
	int64_t ended_ms;         /* the last one; 0: none yet */
	enum redis_fault fault;   /* of the last one */
	struct breaker breaker;
	size_t turn;              /* whom it asks first */
};

struct redis {
	struct redis_config config;
	struct address *servers; /* of the configuration */
	size_t server_count;
	struct resolver *resolver;

	pthread_mutex_t mutex;   /* for all below; never held while something is waited for */
	pthread_cond_t changed;  /* a connection is free, or a look has ended */
	struct node *nodes;
	size_t node_count;
	struct node *primary;    /* REDIS_SINGLE, REDIS_SENTINEL; NULL: not known (any more) */
	struct address last_primary;
	struct node **slots;     /* REDIS_CLUSTER: CLUSTER_SLOTS of them, NULL where none serves it; NULL: never read */
	bool stale;              /* the map was seen to be wrong */
	struct look look;
	struct loaded_script *scripts;
	char reason[256];        /* of the last failure */
	struct redis_status counts;
};

/* ---- node.c: servers and their pools. "Locked": the caller has the lock. */

/* The node of that address, a new one when there is none; NULL when memory is out or there are too many. Locked. */
struct node *node_get(struct redis *redis, const struct address *address);
/* Frees what is listed no more and in nobody's use. Locked. */
void node_sweep(struct redis *redis);
void node_free_all(struct redis *redis);
/* Closes the connections of a node, those in use when they come back. Locked. */
void node_drop(struct node *node);
/* A call begins and ends to touch it. Not locked. */
void node_take(struct redis *redis, struct node *node);
void node_release(struct redis *redis, struct node *node);

/* A connection out of a node's pool. */
struct lease {
	struct node *node;
	struct conn *conn;
	unsigned generation;
};

/*
 * A connection to node, made when none is idle. *refused_r: the breaker is open, nothing was tried. After
 * REDIS_FINE the lease must be ended.
 */
enum redis_fault lease_begin(struct redis *redis, struct node *node, int64_t deadline_ms, struct lease *lease_r,
    bool *refused_r, struct diag *d);
/* fault: how the call went, for the breaker; reason is kept for people. */
void lease_end(struct redis *redis, struct lease *lease, enum redis_fault fault, const char *reason);

/* ---- route.c: which server a call goes to */

/* The node for slot (-1: any primary), taken; it looks for it when it is not known. The caller releases it. */
enum redis_fault route_find(struct redis *redis, int slot, int64_t deadline_ms, struct node **node_r, struct diag *d);
/* node failed or is not what it was thought to be: the next call looks anew. drop: its connections are of no use. */
void route_forget(struct redis *redis, struct node *node, bool drop);
/* "redis is down since ...", and why. Locked. */
enum redis_fault route_refuse(const struct redis *redis, const struct breaker *breaker, struct diag *d);

/* ---- sentinel.c, cluster.c: the looks. Not locked. */

enum redis_fault sentinel_look(struct redis *redis, int64_t deadline_ms, struct diag *d);
enum redis_fault cluster_look(struct redis *redis, int64_t deadline_ms, struct diag *d);
/* The slot is at address now; an empty host there is that of from. The node, taken; NULL when memory is out. */
struct node *cluster_moved(struct redis *redis, unsigned slot, const struct address *address, const struct node *from);
/* The same for ASK, which changes nothing. */
struct node *cluster_asked(struct redis *redis, const struct address *address, const struct node *from);
/* A question to a server outside of the pools, over a connection of its own; an error reply is a failure. */
enum redis_fault client_ask(struct redis *redis, const struct conn_target *target, const struct slice *argv,
    size_t argc, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d);

#endif
