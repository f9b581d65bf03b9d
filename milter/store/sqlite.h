/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_SQLITE_H
#define POSTERN_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "store/backend.h"

/* Shared by the store/sqlite*.c files only. */

enum sql_statement {
	SQL_BEGIN, SQL_BEGIN_READ, SQL_COMMIT, SQL_ROLLBACK,
	SQL_APPLIED, SQL_SET_APPLIED,
	SQL_MESSAGE_BY_DIGEST, SQL_MESSAGE_DELETE, SQL_MESSAGE_ADD,
	SQL_THREAD_ADD, SQL_THREAD_ID, SQL_THREAD_UPDATE, SQL_THREADS_OF,
	SQL_EVENT_ADD, SQL_ORDER_ADD, SQL_LABEL_ADD,
	SQL_THREADS, SQL_EVENTS,
	SQL_LETTER_ADD, SQL_LETTER_PRUNE, SQL_LETTERS,
	SQL_COUNTER_ADD, SQL_COUNTER_SUM, SQL_SPACE, SQL_COUNTER_PRUNE,
	SQL_STATEMENTS
};

/* A connection and its prepared statements; one thread at a time. */
struct sql_conn {
	sqlite3 *db;
	const char *path;
	int busy_ms;
	sqlite3_stmt *statements[SQL_STATEMENTS];
	struct sql_conn *next;
};

#define SQL_READERS 8

struct sqlite_store {
	struct store base;
	char *path;
	int busy_ms;
	bool memory, read_only;
	dev_t dev;
	ino_t ino;

	pthread_mutex_t write_lock; /* one writer at a time, so that none waits for itself */
	struct sql_conn *writer;
	unsigned counted;           /* calls of counter, for pruning now and then */

	pthread_mutex_t read_lock;
	pthread_cond_t reader_free;
	struct sql_conn *readers;   /* those nobody uses */
	unsigned reader_count;
};

/* What went wrong with the connection, in an operator's words. Returns -1. */
int sql_fail(struct sql_conn *conn, int code, const char *what, struct diag *d);
/*
 * The statement with its values bound: 'i' an int64_t, 's' a struct slice as text, 'b' as bytes, 'n' a
 * C string or NULL as text or NULL. NULL on error. Texts must stay until sql_done.
 */
sqlite3_stmt *sql_bind(struct sql_conn *conn, enum sql_statement statement, struct diag *d, const char *types, ...);
/* One step: 1: a row, 0: the end, -1: error. */
int sql_step(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d);
/* Makes the statement ready for the next time. */
void sql_done(sqlite3_stmt *stmt);
/* A statement without values and rows. */
int sql_run(struct sql_conn *conn, enum sql_statement statement, struct diag *d);
/* Ends a transaction: commits when rc is 0, else rolls back. Returns the result of both. */
int sql_end(struct sql_conn *conn, int rc, struct diag *d);

struct sql_conn *sqlite_conn_open(const struct sqlite_store *s, int flags, struct diag *d);
void sqlite_conn_close(struct sql_conn **conn);

int sqlite_apply(struct store *store, json_t *const *events, size_t count, struct diag *d);
int sqlite_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d);
int sqlite_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d);
/* sqlite_letter.c: one message of a thread for later comparisons; the oldest ones are dropped. */
struct store_event;
int sqlite_letter_add(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d);
int sqlite_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d);
int sqlite_counter(struct store *store, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d);

/* A connection to read with; in memory it is the writer's. NULL with the reason. */
struct sql_conn *sqlite_read_begin(struct sqlite_store *s, struct diag *d);
int sqlite_read_end(struct sqlite_store *s, struct sql_conn *conn, int rc, struct diag *d);
/* The writer's connection, locked and in a transaction. */
struct sql_conn *sqlite_write_begin(struct sqlite_store *s, struct diag *d);
int sqlite_write_end(struct sqlite_store *s, int rc, struct diag *d);

#endif
