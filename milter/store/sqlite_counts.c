/* SPDX-License-Identifier: BSD-2-Clause */
/* The inbox in four numbers, along indexes. */
#include "store/sqlite.h"

#define DAY 86400

static int count_threads(struct sql_conn *conn, const char *shop, const char *marketplace,
    struct store_counts *counts, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_COUNT_THREADS, d, "nn", shop, marketplace);
	int rc = stmt != NULL ? sql_step(conn, stmt, d) : -1;

	if (rc == 1)
		counts->threads = sqlite3_column_int64(stmt, 0);
	if (stmt != NULL)
		sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

static int count_open(struct sql_conn *conn, const char *shop, const char *marketplace, int64_t now,
    struct store_counts *counts, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_COUNT_OPEN, d, "iinn", now, now + DAY, shop, marketplace);
	int rc = stmt != NULL ? sql_step(conn, stmt, d) : -1;

	if (rc == 1) {
		counts->unanswered = sqlite3_column_int64(stmt, 0);
		counts->due_soon = sqlite3_column_int64(stmt, 1);
		counts->overdue = sqlite3_column_int64(stmt, 2);
	}
	if (stmt != NULL)
		sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

int sqlite_counts(struct store *store, const char *shop, const char *marketplace, int64_t now,
    struct store_counts *counts_r, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	int rc;

	*counts_r = (struct store_counts){0};
	if (conn == NULL)
		return -1;
	rc = count_threads(conn, shop, marketplace, counts_r, d);
	if (rc == 0)
		rc = count_open(conn, shop, marketplace, now, counts_r, d);
	return sqlite_read_end(s, conn, rc, d);
}
