/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_SQLITE_H
#define POSTERN_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/buf.h"
#include "store/backend.h"

/* Shared by the store/sqlite*.c files only. */

enum sql_statement {
	SQL_BEGIN, SQL_BEGIN_READ, SQL_COMMIT, SQL_ROLLBACK,
	SQL_APPLIED, SQL_SET_APPLIED, SQL_NEWEST,
	SQL_MESSAGE_ADD, SQL_MESSAGE_WINNER, SQL_MESSAGE_COUNTS,
	SQL_REFERENCE_ADD, SQL_REFERRERS, SQL_TARGETS_BY_ID, SQL_TARGETS_BY_HEADER, SQL_NAMES, SQL_PAIR,
	SQL_PARTS, SQL_PART_FIND, SQL_PART_NEW, SQL_PART_NAME, SQL_PART_MEMBER, SQL_PART_COUNT, SQL_PART_REMOVE,
	SQL_THREAD_HIDE, SQL_FAMILY_REFERENCES,
	SQL_KEY_FIND, SQL_KEY_ADD, SQL_THREAD_NEW, SQL_THREAD_MERGED, SQL_THREAD_CLAIM,
	SQL_MEMBER_ADD, SQL_MEMBER_REMOVE, SQL_MEMBERS_OF, SQL_OWN_THREAD,
	SQL_MERGE_MEMBERS, SQL_MERGE_ALERTS, SQL_MERGE_CLAIM, SQL_MERGE_CLEAR,
	SQL_DROP_MEMBERS, SQL_DROP_ALERTS, SQL_DROP_INQUIRIES,
	SQL_LOOSE_COPIES, SQL_NAME_THREADS, SQL_NAMES_OF,
	SQL_ORDER_ADD, SQL_FACT_ADD, SQL_ALERT_ADD, SQL_ALARM_ADD, SQL_TOLD_ADD, SQL_ALARM_TOLD,
	SQL_ENTRIES, SQL_THREAD_OLD, SQL_THREAD_WRITE, SQL_TEXT_DELETE, SQL_TEXT_ADD,
	SQL_INQUIRIES, SQL_INQUIRY_SET, SQL_INQUIRY_TRIM, SQL_PARTY_ADD, SQL_PARTY_ID,
	SQL_THREADS_ONE, SQL_THREADS_MESSAGE, SQL_THREADS_ORDER, SQL_THREADS_CASE, SQL_THREADS_TEXT,
	SQL_THREADS_ANY, SQL_THREADS_UNANSWERED, SQL_THREADS_OVERDUE, SQL_THREADS_FAILED, SQL_THREADS_SPAM,
	SQL_THREADS_NEEDED, SQL_THREADS_CARE, SQL_THREADS_ADJUSTMENT, SQL_THREADS_ALL, SQL_THREADS_CHANGED,
	SQL_TEXT_COUNT,
	SQL_PARTIES, SQL_RATES, SQL_RATE_DAYS, SQL_REVISED, SQL_DUE, SQL_COUNT_THREADS, SQL_COUNT_OPEN,
	SQL_ALARMS_OPEN, SQL_ALARMS, SQL_TOLD, SQL_SUBJECTS,
	SQL_FACTS_OF, SQL_FACTS_SINCE, SQL_CASES,
	SQL_LETTER_ADD, SQL_LETTER_DROP, SQL_LETTER_COUNT, SQL_LETTER_PRUNE, SQL_LETTERS,
	SQL_ARCHIVED_ADD, SQL_ARCHIVED_NAME_ADD, SQL_ARCHIVED_PURGE, SQL_HOLD_ADD, SQL_HOLD_RELEASE,
	SQL_ARCHIVED_ID, SQL_ARCHIVED_DIGEST, SQL_ARCHIVED_LAST_PURGED, SQL_ARCHIVED_OLDEST, SQL_ARCHIVED_NAMED,
	SQL_ARCHIVED_NEWEST, SQL_ARCHIVED_SUMS, SQL_HOLDS, SQL_HOLD_KEEPS,
	SQL_COUNTER_ADD, SQL_COUNTER_SUM, SQL_SPACE, SQL_COUNTER_PRUNE,
	SQL_SELF, SQL_SELF_SET, SQL_STREAMS, SQL_STREAMS_FORGET, SQL_STREAM_PUBLISHED, SQL_STREAM_CURSOR,
	SQL_PEER_ADD, SQL_PEER_NUMBER, SQL_PEER_SEQ, SQL_PEER_SET, SQL_PEERS, SQL_PEER_OF, SQL_NEWEST_SET,
	SQL_MESSAGE_COUNT, SQL_GAP_ADD, SQL_GAPS, SQL_LATE_ADD, SQL_LATE_ALL, SQL_LATE, SQL_LATE_DROP,
	SQL_STATEMENTS
};

/* sqlite_sql.c: their texts. */
extern const char *const sqlite_sql[SQL_STATEMENTS];

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
/* Runs a bound statement that gives no row; NULL is an error that was said already. */
int sql_finish(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d);
/* The same; 1: it changed a row, 0: it did not. RETURNING would say so, too, but keeps a table of its own for that. */
int sql_change(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d);
/* The same for an INSERT of one row into a table whose key is a number: *id_r. */
int sql_add_row(struct sql_conn *conn, sqlite3_stmt *stmt, int64_t *id_r, struct diag *d);
/* Runs a bound statement that gives one number; 1: there was a row. */
int sql_first(struct sql_conn *conn, sqlite3_stmt *stmt, int64_t *value_r, struct diag *d);
/* Text of a column, "" for NULL. */
const char *sql_text(sqlite3_stmt *stmt, int column);
/* Ends a transaction: commits when rc is 0, else rolls back. Returns the result of both. */
int sql_end(struct sql_conn *conn, int rc, struct diag *d);

struct sql_conn *sqlite_conn_open(const struct sqlite_store *s, int flags, struct diag *d);
void sqlite_conn_close(struct sql_conn **conn);

/* sqlite_schema.c: 2: tables of an older version, 1: of this one, 0: empty, -1: something else. */
int sqlite_schema_check(struct sql_conn *conn, struct diag *d);
/*
 * Makes the tables, or replaces those of an older version: what came from the log goes, so that it is
 * applied anew at the next start; counters stay.
 */
int sqlite_schema_make(struct sql_conn *conn, struct diag *d);
int sqlite_schema_forget(struct sql_conn *conn, struct diag *d);
#define SQLITE_APPLICATION_ID 0x506f7374 /* "Post" */

/* ---- applying ------------------------------------------------------------------- */

struct store_event;

/* Row numbers. */
struct id_list {
	int64_t *ids;
	size_t count, size;
};
/* sqlite_list.c: adds one; add: unless it is there. -1: out of memory. */
int id_list_append(struct id_list *list, int64_t id);
int id_list_add(struct id_list *list, int64_t id);
void id_list_sort(struct id_list *list);
/* In a sorted list. */
bool id_list_has(const struct id_list *list, int64_t id);

/* One call of store_apply. */
struct applying {
	struct sql_conn *conn;
	struct diag *d;
	struct id_list touched; /* threads whose projection must be made anew */
};

/* sqlite_apply.c: what one event does, whatever log it came from; and the threads that events touched. */
int sqlite_apply_one(struct applying *a, const struct store_event *e);
int sqlite_apply_fold(struct applying *a);

/* Names in tables are hashes: whatever the length of a text, an entry is short. */
#define LINK_SIZE 16
struct link {
	unsigned char bytes[LINK_SIZE];
};
/* sqlite_join.c: of what a reply quotes, so that it is not taken for a Message-ID; false: there is none. */
bool sqlite_token_link(struct link *link_r, const struct store_event *e);
void sqlite_link(struct link *link_r, const struct slice *parts, size_t count);
struct slice sqlite_link_slice(const struct link *link);

/*
 * A key that was made because there is no relay alias: its claim sorts behind all times, so that a thread is shown
 * with it only when it has no other.
 */
#define KEY_MADE ((int64_t)1 << 60)

/* How an entry came to a thread. These numbers stand in databases. */
enum membership {
	MEMBER_BY_NAME = 0,  /* a copy without a relay: the customer's name is unique */
	MEMBER_BY_REF = 1,   /* it is about a message of the thread, or answers it */
	MEMBER_OWN = 2,
	MEMBER_IN_PART = -10 /* added to these for a part of the thread: only what is shown looks at those */
};

/* sqlite_join.c: which threads an entry belongs to. */
int sqlite_join_keys(struct applying *a, const struct store_event *e);
int sqlite_join_references(struct applying *a, const struct store_event *e);
/* 1: the thread of a key without its part, resolved; 0: none. */
int sqlite_family_find(struct sql_conn *conn, struct slice key, int64_t *thread_r, struct diag *d);
/* The same, made where there is none. */
int sqlite_family_make(struct applying *a, struct slice key, int64_t *thread_r);
int sqlite_member_add(struct applying *a, int64_t thread, int64_t seq, enum membership how);
/* sqlite_name.c: copies that are matched by a customer's name. */
bool sqlite_name_link(struct link *link_r, const struct store_event *e);
int sqlite_names_settle(struct applying *a, const struct link *name);
int sqlite_names_of_thread(struct applying *a, int64_t thread);
/* sqlite_rate.c: the day of a second, counted from 1970. */
int64_t sqlite_day(int64_t seconds);
/*
 * sqlite_part.c. A thread whose messages name numbers that part them (items) is a family: it joins and is joined as a
 * whole, and is shown as its parts, each a row of table thread of its own. Makes the projection of a family anew.
 */
int sqlite_family_fold(struct sql_conn *conn, int64_t family, struct diag *d);
/* A family that is part of another one has no parts of its own any more. */
int sqlite_family_drop(struct sql_conn *conn, int64_t family, struct diag *d);
/* 1: what a key (with its part, if any) shows: a part, else the whole family; 0: nothing. */
int sqlite_thread_find(struct sql_conn *conn, struct slice key, int64_t *thread_r, struct diag *d);
/* sqlite_fold.c: makes a thread's projection anew, takes its words out of the search index. */
int sqlite_text_forget(struct sql_conn *conn, int64_t thread, struct diag *d);
int sqlite_fold_thread(struct sql_conn *conn, int64_t thread, struct diag *d);
struct entry_list;
/* The same with the thread's entries at hand. */
int sqlite_fold_entries(struct sql_conn *conn, int64_t thread, const struct entry_list *list, struct diag *d);

/* sqlite_alarm.c: notes a message that people are told of at once; that an alert with a key was given. */
int sqlite_alarm_add(struct applying *a, const struct store_event *e);
int sqlite_alarm_told(struct applying *a, const struct store_event *e);

/* ---- a thread's entries ------------------------------------------------------------ */

enum entry_type {
	ENTRY_MESSAGE = 0,
	ENTRY_COMMAND = 1,
	ENTRY_LABEL = 2
};

/* The keys that a message named; these numbers stand in databases. */
enum entry_keyed {
	KEYED_NOT = 0,
	KEYED_ONE = 1,   /* by relay alias */
	KEYED_MANY = 2,  /* to several customers: says nothing about which thread is which */
	KEYED_LOOSE = 3  /* a copy that only a customer's name can match */
};

/* A row of table message, in a thread. */
struct entry {
	int64_t seq, time, type, how, inbound, counts, progress, effect, due, unit, keyed;
	const char *part; /* that it names itself; "" */
	const char *id, *digest, *marketplace, *shop, *agent, *action, *subject, *customer, *order, *case_id, *channel,
	    *labels, *message_id, *ref;
};

struct arena;
/* Everything in a thread, oldest first, and what it means for clocks. */
struct entry_list {
	struct arena *arena;
	struct entry *entries;
	size_t count, size;
	struct desk_event *events;
	size_t event_count, event_size;
	int64_t failed;   /* held, refused, bounced since the last answer */
	int64_t newest;   /* time of the newest */
	int64_t revised;  /* time of the newest that changes what was before it: a bounce, a command */
};

/* sqlite_entry.c */
int entry_list_load(struct sql_conn *conn, int64_t thread, struct entry_list *list_r, struct diag *d);
void entry_list_free(struct entry_list *list);
/* Of a mail that was tried several times the attempt that stands for it; entry where there is none. */
const struct entry *entry_standing(const struct entry_list *list, const struct entry *entry);
/* The message that a bounce or a command is about, as far as it is in the list; NULL: it is not. n: the n-th of a bounce. */
const struct entry *entry_target(const struct entry_list *list, const struct entry *entry, size_t n);

/* Which part of its family each entry belongs to. */
struct placement {
	const struct entry_list *list;
	const char **of;     /* by place in the list; NULL: to none */
	const char **parts;  /* each part that there is, once; only "" for a family that nothing parts */
	size_t count;
};

/* sqlite_place.c: a function of the entries alone. */
int placement_make(struct sql_conn *conn, int64_t family, const struct entry_list *list, struct placement *placement_r,
    struct diag *d);
void placement_free(struct placement *placement);
/* A bounce belongs to the parts of all answers that it names. */
bool placement_has(const struct placement *placement, size_t n, const char *part);

/* Labels that the inbox has a filter for. */
#define LABEL_NEEDED "Response-Needed"
#define LABEL_CARE "Customer-Care"
/* Of the customer's mail, and of ours that lifts it. */
#define LABEL_OWED "Summary-Owed"
#define LABEL_SUMMARY "Summary-Given"

/* What the inbox shows of a thread; texts are the entries'. */
struct thread_view {
	const char *marketplace, *shop, *customer, *subject, *order, *case_id, *last_id;
	int64_t last_time;
	int shop_rank, customer_rank, subject_rank, order_rank; /* how good the one found is; 0: none */
	const struct entry *first;
	struct buf labels; /* sorted, joined by commas */
};

/* sqlite_view.c. -1: out of memory. Freed in either case. */
int thread_view_make(const struct entry_list *list, struct thread_view *view_r);
void thread_view_free(struct thread_view *view);

/* sqlite_match.c: adds to match what to ask the text index for: a folded part of column; nothing for a short one. */
void sqlite_match_add(struct buf *match, const char *column, struct slice part);

/* ---- the interface ------------------------------------------------------------------- */

int sqlite_apply(struct store *store, json_t *const *events, size_t count, struct diag *d);
int sqlite_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d);
int sqlite_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d);
int sqlite_messages(struct store *store, struct slice thread, store_message_fn fn, void *arg, struct diag *d);
int sqlite_rate(struct store *store, const struct store_rate_filter *filter, store_rate_fn fn, void *arg,
    struct diag *d);
int sqlite_counts(struct store *store, const char *shop, const char *marketplace, int64_t now,
    struct store_counts *counts_r, struct diag *d);
int sqlite_due(struct store *store, int64_t until, store_due_fn fn, void *arg, struct diag *d);
int sqlite_alarms(struct store *store, enum store_alarm_kind kind, int64_t since, int given, store_alarm_fn fn, void *arg,
    struct diag *d);
int sqlite_alerted(struct store *store, struct slice key, int64_t *level_r, struct diag *d);
int sqlite_subjects(struct store *store, const struct store_start *start, store_subject_fn fn, void *arg, struct diag *d);
int sqlite_milestones(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
    struct diag *d);
int sqlite_cases(struct store *store, const struct store_case_filter *filter, store_case_fn fn, void *arg,
    struct diag *d);
/* sqlite_letter.c: one message of a thread for later comparisons; the oldest ones are dropped. */
int sqlite_letter_add(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d);
int sqlite_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d);
int sqlite_counter(struct store *store, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d);

/* A connection to read with; in memory it is the writer's. NULL with the reason. */
struct sql_conn *sqlite_read_begin(struct sqlite_store *s, struct diag *d);
int sqlite_read_end(struct sqlite_store *s, struct sql_conn *conn, int rc, struct diag *d);
/*
 * The rows of one statement that reads: begin, set stmt (sql_bind on conn), take the rows, end. Texts of a row stay until
 * the next one.
 */
struct sqlite_rows {
	struct sqlite_store *store;
	struct sql_conn *conn;
	sqlite3_stmt *stmt; /* NULL: it could not be bound, so there are none and the end is an error */
	struct diag *d;
	int rc;
};

/* -1 with the reason: there is no connection, and nothing to end. */
int sqlite_rows_begin(struct sqlite_rows *rows, struct store *store, struct diag *d);
bool sqlite_rows_next(struct sqlite_rows *rows);
/* stop, which is why no more rows were taken, or -1 with the reason. */
int sqlite_rows_end(struct sqlite_rows *rows, int stop);
/* The writer's connection, locked and in a transaction. */
struct sql_conn *sqlite_write_begin(struct sqlite_store *s, struct diag *d);
int sqlite_write_end(struct sqlite_store *s, int rc, struct diag *d);

#endif
