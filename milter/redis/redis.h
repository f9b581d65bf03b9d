/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_REDIS_H
#define POSTERN_REDIS_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/slice.h"

/*
 * Commands for Redis 6 and later: one server, a primary that Sentinels name, or a Cluster. Connections
 * are made when they are needed, kept in a bounded pool for each server, and shared by all threads.
 * Each call ends by its deadline, whatever the server does.
 *
 * What was sent may run twice: when a connection breaks off before the answer, nobody knows whether
 * the command ran, and it is sent again. So send only what may run twice: reads, and scripts that
 * recognise what they have done before.
 */

enum redis_mode { REDIS_SINGLE, REDIS_SENTINEL, REDIS_CLUSTER };

/* How the servers are reached. Strings belong to the caller and must outlive the client. */
struct redis_config {
	enum redis_mode mode;
	char **servers;          /* "host:6379", "[::1]:6379", "unix:/path"; ends with NULL. REDIS_SINGLE: one;
	                            REDIS_SENTINEL: the Sentinels (port 26379 where none is written);
	                            REDIS_CLUSTER: some of its nodes */
	char *sentinel_name;     /* what the Sentinels call the primary */
	char *user;              /* ACL user; NULL: the one that is called "default" */
	char *password_file;     /* its first line; read for each new connection. NULL: no AUTH */
	char *sentinel_password_file; /* the Sentinels' own, where they ask for one; NULL: no AUTH */
	int64_t connect_timeout_ms; /* for a connection with its AUTH; at most what is left of the call's time */
	int64_t timeout_ms;      /* for a call that names no deadline */
	size_t pool;             /* connections to a server at once, at least 1; more callers wait for one */
};

/*
 * Why there is no answer. The text in the diag is complete; this is for what is done about it, and for
 * counting. REDIS_FINE is 0, so that "if (redis_command(...))" reads as an error.
 */
enum redis_fault {
	REDIS_FINE,
	REDIS_UNREACHABLE,  /* no connection, or it broke off; also while the breaker is open (redis_down) */
	REDIS_TIMEOUT,      /* a connection, but no answer by the deadline: the command may have run, or may yet run */
	REDIS_PASSWORD,     /* NOAUTH, WRONGPASS, NOPERM, or a password file that can't be read */
	REDIS_READONLY,     /* still a replica after the primary was looked for anew; too few replicas; it can't save */
	REDIS_MEMORY,       /* OOM: maxmemory is reached; reading goes on */
	REDIS_LOADING,      /* LOADING, MASTERDOWN, BUSY: up, but not ready */
	REDIS_CLUSTER_DOWN, /* CLUSTERDOWN, no node for the slot, or moves without end */
	REDIS_CROWDED,      /* all connections of the pool stayed in use until the deadline */
	REDIS_REPLY,        /* no Redis reply, or one beyond the limits (64 MiB, 1,000,000 parts, 7 levels) */
	REDIS_COMMAND,      /* the server understood and says no: an error in the command or the script */
	REDIS_INTERNAL,     /* memory is out here, or arguments that can't be sent */
	REDIS_FAULTS        /* how many there are */
};

/* "unreachable", "timeout", "password" ...: for a metric's label and JSON. Never NULL. */
const char *redis_fault_name(enum redis_fault fault);
/*
 * Whether the same call may succeed later without a change to it: everything but REDIS_COMMAND and
 * REDIS_INTERNAL. A store is out then, which is not the same as wrong.
 */
bool redis_fault_passes(enum redis_fault fault);

struct redis; /* a client; thread-safe */

/*
 * A client. Connects to nothing yet and never blocks; the password files are read once, to find what is
 * wrong with them now. NULL with every reason: an address that is none, a file that others can read.
 */
struct redis *redis_open(const struct redis_config *config, struct diag *d);
/* Closes all connections. No call may be running. */
void redis_close(struct redis **redis);

enum redis_type { REDIS_NIL, REDIS_INTEGER, REDIS_STRING, REDIS_STATUS, REDIS_ARRAY, REDIS_ERROR };

/* An answer: a value, or an array of values. All of it is freed with its root. */
struct redis_reply {
	enum redis_type type;      /* REDIS_ERROR only within an array: a call that is answered by one has failed */
	int64_t integer;           /* REDIS_INTEGER */
	struct slice text;         /* REDIS_STRING, REDIS_STATUS, REDIS_ERROR: any bytes, with a NUL behind them */
	struct redis_reply **items; /* REDIS_ARRAY; none is NULL */
	size_t count;
	struct arena *arena;       /* the root's own */
};
/* Frees a reply and nulls the pointer; NULL is fine. */
void redis_reply_free(struct redis_reply **reply);
/* The item at index of an array of that type, or NULL: for answers whose shape is known. */
const struct redis_reply *redis_reply_item(const struct redis_reply *array, size_t index, enum redis_type type);

/*
 * Runs one command, argv[0] being its name, on the primary that key belongs to (SLICE_NONE: any primary;
 * only a Cluster makes a difference). deadline_ms is a time of clock_monotonic_ms(); 0: timeout from now.
 * It covers everything: waiting for a connection, names, AUTH, redirections, attempts. A blocking command
 * (XREAD BLOCK) keeps a connection of the pool as long as it blocks, and needs a deadline behind that.
 *
 * REDIS_FINE with *reply_r, which is the caller's (redis_reply_free), or why not, with the reason in d
 * and *reply_r NULL.
 *
 * It follows MOVED and ASK, asks the Sentinels again when the primary is gone or answers READONLY, connects
 * again when a connection broke off, and tries again a few times within the deadline.
 */
enum redis_fault redis_command(struct redis *redis, struct slice key, const struct slice *argv, size_t argc,
    int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d);

/* A Lua script. Constant: the client knows a script by its address, and keeps the digest that the server gave it. */
struct redis_script {
	const char *name; /* for messages */
	const char *text;
};

/* What a script is given. In a Cluster all keys must be of one slot (the same {hash tag}); there is at least one. */
struct redis_script_call {
	const struct slice *keys; /* KEYS */
	size_t key_count;
	const struct slice *args; /* ARGV */
	size_t arg_count;
};

/* As redis_command, for a script: EVALSHA, and EVAL where the server does not know the script (yet, or any more). */
enum redis_fault redis_script(struct redis *redis, const struct redis_script *script,
    const struct redis_script_call *call, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d);

/*
 * The slot of a key, 0 to 16383: of the part between the first '{' and the next '}' where that is not
 * empty, else of the whole key.
 */
unsigned redis_slot(struct slice key);
/* Whether keys of different slots may be on different servers, so that one command can't name both. */
bool redis_sharded(const struct redis *redis);

/*
 * Whether calls fail at once now: a server failed several times in a row, and is tried again by one call
 * each second. In a Cluster: whether that is so of at least one primary.
 */
bool redis_down(struct redis *redis);

/* For status and metrics. */
struct redis_status {
	bool down;
	int64_t down_ms;          /* since how long; 0 when up */
	char reason[256];         /* of the last failure, while down */
	char primary[300];        /* address of the one in use; "" before the first call, and in a Cluster */
	size_t servers;           /* known: 1, or a Cluster's nodes */
	size_t connections;       /* open now, with those in use */
	size_t busy;              /* in use */
	uint64_t calls;           /* since redis_open, each counted once */
	uint64_t faults[REDIS_FAULTS]; /* how they ended; [REDIS_FINE] is how many were answered */
	uint64_t attempts;        /* what was sent, with what was sent again */
	uint64_t connects;        /* connections made */
	uint64_t redirects;       /* MOVED and ASK followed */
	uint64_t switches;        /* times that the primary was another one, or that the map of slots was read anew */
};
void redis_status(struct redis *redis, struct redis_status *status_r);

#endif
