/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads, their events and counters in SQLite: applying and asking. */
#include "store/sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/event.h"

/* Ids of one message that can be searched for; a mail of nothing but numbers has no more. */
#define IDS_MAX 256
/* So often old counts are removed. */
#define PRUNE_EVERY 64

/* ---- applying --------------------------------------------------------------------- */

/* Runs a bound statement that gives no row. */
static int finish(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d)
{
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

/* Runs a bound statement that gives one number; 1: there was a row. */
static int first_int(struct sql_conn *conn, sqlite3_stmt *stmt, int64_t *value_r, struct diag *d)
{
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	if (rc == 1)
		*value_r = sqlite3_column_int64(stmt, 0);
	sql_done(stmt);
	return rc;
}

static int read_applied(struct sql_conn *conn, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_APPLIED, d, "");
	int rc;

	*seq_r = 0;
	hash_r[0] = '\0';
	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	if (rc == 1) {
		*seq_r = sqlite3_column_int64(stmt, 0);
		snprintf(hash_r, HASH_HEX_SIZE, "%s", (const char *)sqlite3_column_text(stmt, 1));
	}
	sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

/*
 * A mail that was tried before: 1: this attempt came further and takes the
 * place of the other, 0: it says nothing new, -1: error.
 */
static int supersede(struct sql_conn *conn, const struct store_event *e, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_MESSAGE_BY_DIGEST, d, "si", e->digest, (int64_t)e->inbound);
	int64_t seq, progress;
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	seq = rc == 1 ? sqlite3_column_int64(stmt, 0) : 0;
	progress = rc == 1 ? sqlite3_column_int64(stmt, 1) : 0;
	sql_done(stmt);
	if (rc != 1)
		return rc == -1 ? -1 : 1;
	if (progress >= (int64_t)e->progress)
		return 0;
	return finish(conn, sql_bind(conn, SQL_MESSAGE_DELETE, d, "i", seq), d) == -1 ? -1 : 1;
}

static int add_ids(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d)
{
	int rc = 0;

	if (e->order.len > 0)
		rc = finish(conn, sql_bind(conn, SQL_ORDER_ADD, d, "is", thread, e->order), d);
	for (size_t i = 0; i < json_array_size(e->ids) && i < IDS_MAX && rc == 0; i++) {
		const json_t *value = json_object_get(json_array_get(e->ids, i), "value");
		struct slice s = {json_string_value(value), json_string_length(value)};

		if (s.len > 0)
			rc = finish(conn, sql_bind(conn, SQL_ORDER_ADD, d, "is", thread, s), d);
	}
	return rc;
}

static int add_labels(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(e->labels) && rc == 0; i++) {
		struct slice label = store_event_text(e->labels, i);

		if (label.len > 0)
			rc = finish(conn, sql_bind(conn, SQL_LABEL_ADD, d, "is", thread, label), d);
	}
	return rc;
}

static int find_thread(struct sql_conn *conn, struct slice key, int64_t *thread_r, struct diag *d)
{
	int rc;

	if (finish(conn, sql_bind(conn, SQL_THREAD_ADD, d, "s", key), d) == -1)
		return -1;
	rc = first_int(conn, sql_bind(conn, SQL_THREAD_ID, d, "s", key), thread_r, d);
	return rc == 0 ? diag_add(d, "%s: a thread that was just made is not there", conn->path) : rc;
}

static int apply_to_thread(struct sql_conn *conn, struct slice key, const struct store_event *e, struct diag *d)
{
	bool taken = e->inbound && e->progress == PROGRESS_TAKEN;
	int64_t thread = 0;

	if (find_thread(conn, key, &thread, d) == -1)
		return -1;
	if (finish(conn, sql_bind(conn, SQL_THREAD_UPDATE, d, "isissssi", thread, e->marketplace, (int64_t)taken,
	    e->customer, e->subject, e->order, e->id, e->time), d) == -1)
		return -1;
	if (finish(conn, sql_bind(conn, SQL_EVENT_ADD, d, "iiiii", thread, e->seq, (int64_t)e->effect, e->time, e->due),
	    d) == -1)
		return -1;
	if (e->progress == PROGRESS_TAKEN && add_ids(conn, thread, e, d) == -1)
		return -1;
	if (e->progress == PROGRESS_TAKEN && e->effect != EFFECT_FAILED && sqlite_letter_add(conn, thread, e, d) == -1)
		return -1;
	return taken ? add_labels(conn, thread, e, d) : 0;
}

static int apply_message(struct sql_conn *conn, const struct store_event *e, struct diag *d)
{
	int rc = supersede(conn, e, d);

	if (rc <= 0)
		return rc;
	rc = finish(conn, sql_bind(conn, SQL_MESSAGE_ADD, d, "issii", e->seq, e->id, e->digest, (int64_t)e->inbound,
	    (int64_t)e->progress), d);
	for (size_t i = 0; i < json_array_size(e->threads) && rc == 0; i++) {
		struct slice key = store_event_text(e->threads, i);

		if (key.len > 0)
			rc = apply_to_thread(conn, key, e, d);
	}
	return rc;
}

/* The threads of message ref, and those that are named; one that does not exist is not made. */
static int apply_label(struct sql_conn *conn, const struct store_event *e, struct diag *d)
{
	int64_t thread = 0, threads[64];
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < json_array_size(e->threads) && count < 32 && rc == 0; i++) {
		int found = first_int(conn, sql_bind(conn, SQL_THREAD_ID, d, "s", store_event_text(e->threads, i)), &thread, d);

		if (found == 1)
			threads[count++] = thread;
		rc = found == -1 ? -1 : 0;
	}
	if (rc == 0 && e->ref.len > 0) {
		sqlite3_stmt *stmt = sql_bind(conn, SQL_THREADS_OF, d, "s", e->ref);

		rc = stmt != NULL ? 1 : -1;
		while (rc == 1 && count < 64 && (rc = sql_step(conn, stmt, d)) == 1)
			threads[count++] = sqlite3_column_int64(stmt, 0);
		if (stmt != NULL)
			sql_done(stmt);
	}
	for (size_t i = 0; i < count && rc != -1; i++)
		rc = add_labels(conn, threads[i], e, d);
	return rc == -1 ? -1 : 0;
}

/* Applies one event; those before and at *seq were applied already. */
static int apply_event(struct sql_conn *conn, const json_t *event, int64_t *seq, const char *hash, struct diag *d)
{
	struct store_event e;
	int rc = 0;

	if (store_event_read(event, &e, d) == -1)
		return -1;
	if (e.seq == *seq && e.hash.len > 0 && hash[0] != '\0' && !slice_eq_str(e.hash, hash))
		return diag_add(d, "%s: knows audit record %" PRId64 " with another hash, it belongs to another log; "
		    "run 'postern rebuild'", conn->path, e.seq);
	if (e.seq <= *seq)
		return 0;
	if (*seq > 0 && e.seq != *seq + 1)
		return diag_add(d, "%s: audit record %" PRId64 " came after %" PRId64 ", those between are missing",
		    conn->path, e.seq, *seq);
	if (e.message)
		rc = apply_message(conn, &e, d);
	else if (e.label)
		rc = apply_label(conn, &e, d);
	if (rc == 0)
		rc = finish(conn, sql_bind(conn, SQL_SET_APPLIED, d, "is", e.seq, e.hash), d);
	*seq = e.seq;
	return rc;
}

int sqlite_apply(struct store *store, json_t *const *events, size_t count, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);
	char hash[HASH_HEX_SIZE];
	int64_t seq, before;
	int rc;

	if (conn == NULL)
		return -1;
	rc = read_applied(conn, &seq, hash, d);
	before = seq;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = apply_event(conn, events[i], &seq, seq == before ? hash : "", d);
	return sqlite_write_end(s, rc, d);
}

int sqlite_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);

	if (conn == NULL)
		return -1;
	return sqlite_read_end(s, conn, read_applied(conn, seq_r, hash_r, d), d);
}

/* ---- asking --------------------------------------------------------------------------- */

/* Events of the thread at hand, used again for the next one. */
struct event_list {
	struct desk_event *events;
	size_t count, size;
	int64_t failed;
};

static int event_list_add(struct event_list *list, int64_t effect, int64_t time, int64_t due)
{
	if (list->count == list->size) {
		size_t size = list->size > 0 ? list->size * 2 : 32;
		struct desk_event *events = realloc(list->events, size * sizeof(*events));

		if (events == NULL)
			return -1;
		list->events = events;
		list->size = size;
	}
	list->events[list->count++] = (struct desk_event){
		.kind = effect == EFFECT_INQUIRY ? DESK_INQUIRY : effect == EFFECT_ANSWER ? DESK_ANSWER : DESK_OTHER,
		.time = time,
		.due = due,
	};
	if (effect == EFFECT_ANSWER)
		list->failed = 0;
	list->failed += effect == EFFECT_FAILED;
	return 0;
}

static int load_events(struct sql_conn *conn, int64_t thread, struct event_list *list, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_EVENTS, d, "i", thread);
	int rc;

	list->count = 0;
	list->failed = 0;
	if (stmt == NULL)
		return -1;
	while ((rc = sql_step(conn, stmt, d)) == 1) {
		if (event_list_add(list, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
		    sqlite3_column_int64(stmt, 2)) == -1) {
			rc = diag_add(d, "%s: out of memory", conn->path);
			break;
		}
	}
	sql_done(stmt);
	return rc;
}

static const char *column(sqlite3_stmt *stmt, int n)
{
	const char *text = (const char *)sqlite3_column_text(stmt, n);

	return text != NULL ? text : "";
}

static int give_thread(struct sql_conn *conn, sqlite3_stmt *row, struct event_list *list, store_thread_fn fn, void *arg,
    int *stop_r, struct diag *d)
{
	struct store_thread thread = {
		.key = column(row, 1), .marketplace = column(row, 2), .customer = column(row, 3),
		.subject = column(row, 4), .order = column(row, 5), .last_id = column(row, 6),
		.last_time = sqlite3_column_int64(row, 7), .labels = column(row, 8),
	};

	if (load_events(conn, sqlite3_column_int64(row, 0), list, d) == -1)
		return -1;
	thread.events = list->events;
	thread.event_count = list->count;
	thread.failed = list->failed;
	*stop_r = fn(arg, &thread);
	return 0;
}

int sqlite_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	struct event_list list = {0};
	sqlite3_stmt *stmt;
	int rc = -1, stop = 0;

	if (conn == NULL)
		return -1;
	stmt = sql_bind(conn, SQL_THREADS, d, "nnnnnn", filter->order, filter->subject, filter->customer, filter->label,
	    filter->key, filter->message);
	if (stmt != NULL) {
		while (stop == 0 && (rc = sql_step(conn, stmt, d)) == 1)
			if ((rc = give_thread(conn, stmt, &list, fn, arg, &stop, d)) == -1)
				break;
		sql_done(stmt);
	}
	free(list.events);
	rc = sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
	return rc == 0 ? stop : rc;
}

/* ---- counters --------------------------------------------------------------------------- */

static int count(struct sqlite_store *s, struct sql_conn *conn, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, struct diag *d)
{
	if (delta != 0 && finish(conn, sql_bind(conn, SQL_COUNTER_ADD, d, "bbbii", ns, key, message, now, delta), d) == -1)
		return -1;
	if (finish(conn, sql_bind(conn, SQL_SPACE, d, "bi", ns, window), d) == -1)
		return -1;
	if (s->counted++ % PRUNE_EVERY != 0)
		return 0;
	return finish(conn, sql_bind(conn, SQL_COUNTER_PRUNE, d, "bi", ns, now), d);
}

int sqlite_counter(struct store *store, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);
	int rc;

	if (conn == NULL)
		return -1;
	rc = count(s, conn, ns, key, message, delta, now, window, d);
	if (rc == 0)
		rc = first_int(conn, sql_bind(conn, SQL_COUNTER_SUM, d, "bbii", ns, key, now - window, now), value_r, d) == 1
		    ? 0 : -1;
	return sqlite_write_end(s, rc, d);
}
