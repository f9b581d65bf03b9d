/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people are told of beside inquiries: mail that gives an alarm at once, which
 * alerts were given already, and where to look for windows that close soon.
 */
#include "store/sqlite.h"

#include "store/event.h"

/* ---- applying -------------------------------------------------------------------- */

int sqlite_alarm_add(struct applying *a, const struct store_event *e)
{
	struct buf key = {0};
	int rc = 0;

	for (int kind = 0; kind < STORE_ALARM_KINDS && rc == 0; kind++) {
		buf_truncate(&key, 0);
		if (!store_event_alarm(e, (enum store_alarm_kind)kind, &key))
			continue;
		rc = key.failed ? diag_add(a->d, "%s: out of memory", a->conn->path)
		    : sql_finish(a->conn, sql_bind(a->conn, SQL_ALARM_ADD, a->d, "siiis", buf_slice(&key), (int64_t)kind, e->time,
		    e->seq, e->spam_by), a->d);
	}
	buf_free(&key);
	return rc;
}

int sqlite_alarm_told(struct applying *a, const struct store_event *e)
{
	if (sql_finish(a->conn, sql_bind(a->conn, SQL_TOLD_ADD, a->d, "si", e->alert, e->level), a->d) == -1)
		return -1;
	return sql_finish(a->conn, sql_bind(a->conn, SQL_ALARM_TOLD, a->d, "s", e->alert), a->d);
}

/* ---- asking ----------------------------------------------------------------------- */

static int give_alarm(sqlite3_stmt *row, store_alarm_fn fn, void *arg)
{
	struct store_alarm alarm = {
		.key = sql_text(row, 0), .id = sql_text(row, 1), .time = sqlite3_column_int64(row, 2),
		.marketplace = sql_text(row, 3), .shop = sql_text(row, 4), .customer = sql_text(row, 5),
		.subject = sql_text(row, 6), .order = sql_text(row, 7), .detail = sql_text(row, 8),
		.given = sqlite3_column_int(row, 9),
	};

	return fn(arg, &alarm);
}

int sqlite_alarms(struct store *store, enum store_alarm_kind kind, int64_t since, int given, store_alarm_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, given ? SQL_ALARMS : SQL_ALARMS_OPEN, d, "ii", (int64_t)kind, since);
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = give_alarm(rows.stmt, fn, arg);
	return sqlite_rows_end(&rows, stop);
}

int sqlite_alerted(struct store *store, struct slice key, int64_t *level_r, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	int rc;

	if (conn == NULL)
		return -1;
	rc = sql_first(conn, sql_bind(conn, SQL_TOLD, d, "s", key), level_r, d);
	return sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
}

int sqlite_subjects(struct store *store, const struct store_start *start, store_subject_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_SUBJECTS, d, "niiii", start->name, start->since, start->until, start->ends_since,
	    start->ends_until);
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = fn(arg, sql_text(rows.stmt, 0));
	return sqlite_rows_end(&rows, stop);
}
