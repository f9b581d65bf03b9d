/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log says of the archive: messages with files, what was purged, legal holds. */
#include "store/sqlite_archive.h"

#include <inttypes.h>
#include <string.h>

#include "store/event.h"
#include "store/event_archive.h"

/* ---- applying ------------------------------------------------------------------------- */

struct naming {
	struct applying *a;
	int64_t seq;
};

static int add_name(void *arg, enum store_hold_kind kind, struct slice value)
{
	struct naming *naming = arg;
	struct applying *a = naming->a;

	return sql_finish(a->conn, sql_bind(a->conn, SQL_ARCHIVED_NAME_ADD, a->d, "isi", (int64_t)kind, value, naming->seq), a->d);
}

static int apply_kept(struct applying *a, const json_t *event, const struct store_event *e, const struct archive_event *k)
{
	struct naming naming = {a, e->seq};

	if (sql_finish(a->conn, sql_bind(a->conn, SQL_ARCHIVED_ADD, a->d, "issiiiissss", e->seq, e->id, k->digest,
	    (int64_t)k->class, e->time, k->size, (int64_t)k->inbound, k->marketplace, k->sender, k->subject, k->order), a->d) == -1)
		return -1;
	return archive_event_names(event, add_name, &naming);
}

/* What came after upto is another message, which has the file again. */
static int apply_purge(struct applying *a, const struct store_event *e, const struct archive_event *k)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(k->digests) && rc == 0; i++)
		rc = sql_finish(a->conn, sql_bind(a->conn, SQL_ARCHIVED_PURGE, a->d, "isi", e->seq,
		    store_event_text(k->digests, i), k->upto), a->d);
	return rc;
}

static int apply_hold(struct applying *a, const struct store_event *e, const struct archive_event *k)
{
	struct buf lower = {0};
	int rc;

	if (k->name.kind == HOLD_ADDRESS)
		archive_event_lower(&lower, k->name.value);
	rc = lower.failed ? diag_add(a->d, "%s: out of memory", a->conn->path)
	    : sql_finish(a->conn, sql_bind(a->conn, SQL_HOLD_ADD, a->d, "siiisss", e->id, e->seq, e->time,
	    (int64_t)k->name.kind, k->name.kind == HOLD_ADDRESS ? buf_slice(&lower) : k->name.value, k->why, k->by), a->d);
	buf_free(&lower);
	return rc;
}

int sqlite_archive_apply(struct applying *a, const json_t *event, const struct store_event *e)
{
	struct archive_event k;

	archive_event_read(event, e->seq, &k);
	switch (k.type) {
	case ARCHIVE_EVENT_KEPT:
		return apply_kept(a, event, e, &k);
	case ARCHIVE_EVENT_PURGE:
		return apply_purge(a, e, &k);
	case ARCHIVE_EVENT_HOLD:
		return apply_hold(a, e, &k);
	case ARCHIVE_EVENT_RELEASE:
		return sql_finish(a->conn, sql_bind(a->conn, SQL_HOLD_RELEASE, a->d, "siss", k.ref, e->time, k.why, k.by), a->d);
	default:
		return 0;
	}
}

/* ---- asking for messages ------------------------------------------------------------------ */

static int give_archived(sqlite3_stmt *row, store_archived_fn fn, void *arg)
{
	struct store_archived archived = {
		.seq = sqlite3_column_int64(row, 0), .id = sql_text(row, 1), .digest = sql_text(row, 2),
		.class = (enum archive_class)sqlite3_column_int(row, 3), .time = sqlite3_column_int64(row, 4),
		.size = sqlite3_column_int64(row, 5), .inbound = sqlite3_column_int(row, 6) != 0,
		.marketplace = sql_text(row, 7), .sender = sql_text(row, 8), .subject = sql_text(row, 9),
		.order = sql_text(row, 10), .purged = sqlite3_column_int64(row, 11),
	};

	return fn(arg, &archived);
}

/* The thread that a name means, or 0; its value as it stands in the tables, in small letters for an address. */
static int resolve(struct sql_conn *conn, const struct store_hold_name *name, struct buf *value, int64_t *thread_r,
    struct diag *d)
{
	*thread_r = 0;
	if (name->kind == HOLD_ADDRESS)
		archive_event_lower(value, name->value);
	else
		buf_add_slice(value, name->value);
	if (value->failed)
		return diag_add(d, "%s: out of memory", conn->path);
	return name->kind == HOLD_THREAD && sqlite_thread_find(conn, name->value, thread_r, d) == -1 ? -1 : 0;
}

static sqlite3_stmt *bind_archived(struct sql_conn *conn, const struct store_archived_filter *f, struct slice value,
    int64_t thread, struct diag *d)
{
	int64_t until = f->until != 0 ? f->until : INT64_MAX, limit = f->limit > 0 ? f->limit : -1;

	if (f->id != NULL)
		return sql_bind(conn, SQL_ARCHIVED_ID, d, "n", f->id);
	if (f->digest != NULL)
		return sql_bind(conn, SQL_ARCHIVED_DIGEST, d, "ni", f->digest, (int64_t)f->purged_too);
	if (f->last_purged)
		return sql_bind(conn, SQL_ARCHIVED_LAST_PURGED, d, "");
	if (f->oldest_first)
		return sql_bind(conn, SQL_ARCHIVED_OLDEST, d, "iiiii", (int64_t)f->class, until, f->after_time, f->after_seq,
		    limit);
	if (f->name != NULL)
		return sql_bind(conn, SQL_ARCHIVED_NAMED, d, "iiiiiisi", (int64_t)f->class, f->since, until,
		    (int64_t)f->purged_too, limit, (int64_t)f->name->kind, value, thread);
	return sql_bind(conn, SQL_ARCHIVED_NEWEST, d, "iiiii", (int64_t)f->class, f->since, until, (int64_t)f->purged_too,
	    limit);
}

int sqlite_archived(struct store *store, const struct store_archived_filter *filter, store_archived_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	sqlite3_stmt *stmt = NULL;
	struct buf value = {0};
	int64_t thread = 0;
	int rc = 0, stop = 0;

	if (conn == NULL)
		return -1;
	if (filter->name != NULL)
		rc = resolve(conn, filter->name, &value, &thread, d);
	if (rc == 0)
		stmt = bind_archived(conn, filter, buf_slice(&value), thread, d);
	rc = stmt != NULL ? 1 : -1;
	while (stop == 0 && rc == 1 && (rc = sql_step(conn, stmt, d)) == 1)
		stop = give_archived(stmt, fn, arg);
	if (stmt != NULL)
		sql_done(stmt);
	buf_free(&value);
	rc = sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
	return rc == 0 ? stop : rc;
}

int sqlite_archived_sums(struct store *store, struct store_archived_sum sums_r[ARCHIVE_CLASSES], struct diag *d)
{
	struct sqlite_rows rows;

	memset(sums_r, 0, ARCHIVE_CLASSES * sizeof(*sums_r));
	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_ARCHIVED_SUMS, d, "");
	while (sqlite_rows_next(&rows)) {
		int64_t class = sqlite3_column_int64(rows.stmt, 0);

		if (class < 0 || class >= ARCHIVE_CLASSES)
			continue;
		sums_r[class] = (struct store_archived_sum){sqlite3_column_int64(rows.stmt, 1),
		    sqlite3_column_int64(rows.stmt, 2), sqlite3_column_int64(rows.stmt, 3), sqlite3_column_int64(rows.stmt, 4),
		    sqlite3_column_int64(rows.stmt, 5)};
	}
	return sqlite_rows_end(&rows, 0);
}

/* ---- legal holds ---------------------------------------------------------------------------- */

/* 1: the hold in row keeps the message seq, 0: it does not. */
static int keeps(struct sql_conn *conn, sqlite3_stmt *row, int64_t seq, struct diag *d)
{
	struct slice value = slice_str(sql_text(row, 3));
	int64_t kind = sqlite3_column_int64(row, 2), thread = 0, answer = 0;

	if (kind == HOLD_THREAD && sqlite_thread_find(conn, value, &thread, d) == -1)
		return -1;
	if (sql_first(conn, sql_bind(conn, SQL_HOLD_KEEPS, d, "isii", kind, value, seq, thread), &answer, d) == -1)
		return -1;
	return answer != 0;
}

static int give_hold(sqlite3_stmt *row, store_legal_hold_fn fn, void *arg)
{
	struct store_legal_hold hold = {
		.id = sql_text(row, 0), .time = sqlite3_column_int64(row, 1),
		.kind = (enum store_hold_kind)sqlite3_column_int(row, 2), .value = sql_text(row, 3), .why = sql_text(row, 4),
		.by = sql_text(row, 5), .released = sqlite3_column_int64(row, 6), .released_why = sql_text(row, 7),
		.released_by = sql_text(row, 8),
	};

	return fn(arg, &hold);
}

static int walk_holds(struct sql_conn *conn, const struct store_legal_hold_filter *filter, const struct buf *value,
    store_legal_hold_fn fn, void *arg, int *stop_r, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_HOLDS, d, "nini", filter->id,
	    filter->name != NULL ? (int64_t)filter->name->kind : (int64_t)-1, filter->name != NULL ? value->data : NULL,
	    (int64_t)filter->released_too);
	int rc = stmt != NULL ? 1 : -1, kept = 1;

	while (*stop_r == 0 && rc == 1 && (rc = sql_step(conn, stmt, d)) == 1) {
		if (filter->keeps != 0)
			kept = keeps(conn, stmt, filter->keeps, d);
		if (kept == -1)
			rc = -1;
		else if (kept == 1)
			*stop_r = give_hold(stmt, fn, arg);
	}
	if (stmt != NULL)
		sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

int sqlite_legal_holds(struct store *store, const struct store_legal_hold_filter *filter, store_legal_hold_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	struct buf value = {0};
	int64_t thread;
	int rc = 0, stop = 0;

	if (conn == NULL)
		return -1;
	if (filter->name != NULL)
		rc = resolve(conn, filter->name, &value, &thread, d);
	if (rc == 0)
		rc = walk_holds(conn, filter, &value, fn, arg, &stop, d);
	buf_free(&value);
	rc = sqlite_read_end(s, conn, rc, d);
	return rc == 0 ? stop : rc;
}
