/* SPDX-License-Identifier: BSD-2-Clause */
/* What later messages of a thread are compared with: fingerprints and a few facts, the newest of each thread. */
#include "store/sqlite.h"

#include "core/buf.h"
#include "store/event.h"

/* Takes the oldest away until the newest so many are left. */
static int prune(struct sql_conn *conn, int64_t thread, struct diag *d)
{
	int64_t count = 0;
	int rc = sql_first(conn, sql_bind(conn, SQL_LETTER_COUNT, d, "i", thread), &count, d) == 1 ? 0 : -1;

	for (; count > STORE_LETTERS && rc == 0; count--)
		rc = sql_finish(conn, sql_bind(conn, SQL_LETTER_PRUNE, d, "i", thread), d);
	return rc;
}

int sqlite_letter_add(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d)
{
	struct buf labels = {0};
	int rc;

	store_event_join(&labels, e->labels);
	rc = labels.failed ? diag_add(d, "%s: out of memory", conn->path)
	    : sql_finish(conn, sql_bind(conn, SQL_LETTER_ADD, d, "issiiss", e->seq, buf_slice(&labels), e->order,
	    (int64_t)e->asks, (int64_t)e->gave_phone, e->key, e->fingerprint), d);
	buf_free(&labels);
	return rc == 0 ? prune(conn, thread, d) : rc;
}

int sqlite_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	sqlite3_stmt *stmt = NULL;
	int64_t id = 0;
	int rc, stop = 0;

	if (conn == NULL)
		return -1;
	store_key_part(&thread);
	rc = sqlite_family_find(conn, thread, &id, d);
	if (rc == 1) {
		stmt = sql_bind(conn, SQL_LETTERS, d, "ii", id, (int64_t)STORE_LETTERS);
		rc = stmt != NULL ? 0 : -1;
	}
	while (stmt != NULL && stop == 0 && (rc = sql_step(conn, stmt, d)) == 1) {
		struct store_letter letter = {
			.inbound = sqlite3_column_int(stmt, 0), .time = sqlite3_column_int64(stmt, 1),
			.labels = sql_text(stmt, 2), .order = sql_text(stmt, 3), .asks = sqlite3_column_int(stmt, 4),
			.gave_phone = sqlite3_column_int(stmt, 5), .key = sql_text(stmt, 6), .fingerprint = sql_text(stmt, 7),
		};

		stop = fn(arg, &letter);
	}
	if (stmt != NULL)
		sql_done(stmt);
	rc = sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
	return rc == 0 ? stop : rc;
}
