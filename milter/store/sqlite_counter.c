/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of plugins: the only thing here that the log could not give back. */
#include "store/sqlite.h"

/* So often old counts are removed. */
#define PRUNE_EVERY 64

static int count(struct sqlite_store *s, struct sql_conn *conn, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, struct diag *d)
{
	if (delta != 0 && sql_finish(conn, sql_bind(conn, SQL_COUNTER_ADD, d, "bbbii", ns, key, message, now, delta), d) == -1)
		return -1;
	if (sql_finish(conn, sql_bind(conn, SQL_SPACE, d, "bi", ns, window), d) == -1)
		return -1;
	if (s->counted++ % PRUNE_EVERY != 0)
		return 0;
	return sql_finish(conn, sql_bind(conn, SQL_COUNTER_PRUNE, d, "bi", ns, now), d);
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
		rc = sql_first(conn, sql_bind(conn, SQL_COUNTER_SUM, d, "bbii", ns, key, now - window, now), value_r, d) == 1
		    ? 0 : -1;
	return sqlite_write_end(s, rc, d);
}
