/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to the database: its settings, its prepared statements (no
 * SQL is ever built from data) and its errors in words that tell an operator
 * what to do.
 */
#include "store/sqlite.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "store/fold.h"

static const char *const sql[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_APPLIED] = "SELECT seq, hash FROM applied",
	[SQL_SET_APPLIED] = "INSERT INTO applied(one, seq, hash) VALUES(1, ?1, ?2)"
	    " ON CONFLICT(one) DO UPDATE SET seq = ?1, hash = ?2",
	[SQL_MESSAGE_BY_DIGEST] = "SELECT seq, progress FROM message WHERE digest = ?1 AND inbound = ?2 AND digest <> ''",
	[SQL_MESSAGE_DELETE] = "DELETE FROM message WHERE seq = ?1",
	[SQL_MESSAGE_ADD] = "INSERT INTO message(seq, id, digest, inbound, progress) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_THREAD_ADD] = "INSERT INTO thread(key) VALUES(?1) ON CONFLICT(key) DO NOTHING",
	[SQL_THREAD_ID] = "SELECT id FROM thread WHERE key = ?1",
	/* ?3: inbound and taken, so it may say who the customer is and what it is about. */
	[SQL_THREAD_UPDATE] = "UPDATE thread SET"
	    " marketplace = CASE WHEN ?2 <> '' THEN ?2 ELSE marketplace END,"
	    " customer = CASE WHEN ?3 AND ?4 <> '' THEN ?4 ELSE customer END,"
	    " subject = CASE WHEN ?5 <> '' AND (?3 OR subject = '') THEN ?5 ELSE subject END,"
	    " orderid = CASE WHEN ?6 <> '' AND (?3 OR orderid = '') THEN ?6 ELSE orderid END,"
	    " last_id = ?7, last_time = max(last_time, ?8) WHERE id = ?1",
	[SQL_THREADS_OF] = "SELECT DISTINCT e.thread FROM thread_event e JOIN message m ON m.seq = e.seq WHERE m.id = ?1",
	[SQL_EVENT_ADD] = "INSERT INTO thread_event(thread, seq, effect, time, due) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT DO NOTHING",
	[SQL_ORDER_ADD] = "INSERT INTO thread_order(thread, value) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_LABEL_ADD] = "INSERT INTO thread_label(thread, label) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_THREADS] = "SELECT t.id, t.key, t.marketplace, t.customer, t.subject, t.orderid, t.last_id, t.last_time,"
	    " (SELECT group_concat(label, ',') FROM (SELECT label FROM thread_label WHERE thread = t.id ORDER BY label))"
	    " FROM thread t WHERE"
	    " (?1 IS NULL OR EXISTS (SELECT 1 FROM thread_order o WHERE o.thread = t.id AND o.value = ?1))"
	    " AND (?2 IS NULL OR instr(fold(t.subject), fold(?2)) > 0)"
	    " AND (?3 IS NULL OR instr(fold(t.customer), fold(?3)) > 0)"
	    " AND (?4 IS NULL OR EXISTS (SELECT 1 FROM thread_label l WHERE l.thread = t.id AND l.label = ?4))"
	    " AND (?5 IS NULL OR t.key = ?5)"
	    " AND (?6 IS NULL OR t.id IN (SELECT e.thread FROM thread_event e JOIN message m ON m.seq = e.seq WHERE m.id = ?6))"
	    " ORDER BY t.last_time DESC, t.id DESC",
	[SQL_EVENTS] = "SELECT effect, time, due FROM thread_event WHERE thread = ?1 ORDER BY time, seq",
	[SQL_LETTER_ADD] = "INSERT INTO letter(seq, labels, orderid, asks, gave_phone, keyid, grams)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
	[SQL_LETTER_PRUNE] = "DELETE FROM letter WHERE seq IN (SELECT l.seq FROM thread_event e JOIN letter l ON l.seq = e.seq"
	    " WHERE e.thread = ?1 ORDER BY e.time DESC, l.seq DESC LIMIT -1 OFFSET ?2)",
	[SQL_LETTERS] = "SELECT m.inbound, e.time, l.labels, l.orderid, l.asks, l.gave_phone, l.keyid, l.grams"
	    " FROM thread t JOIN thread_event e ON e.thread = t.id JOIN letter l ON l.seq = e.seq JOIN message m ON m.seq = l.seq"
	    " WHERE t.key = ?1 ORDER BY e.time DESC, l.seq DESC LIMIT ?2",
	[SQL_COUNTER_ADD] = "INSERT INTO counter(ns, key, message, time, delta) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT DO NOTHING",
	[SQL_COUNTER_SUM] = "SELECT coalesce(sum(delta), 0) FROM counter WHERE ns = ?1 AND key = ?2 AND time > ?3 AND time <= ?4",
	[SQL_SPACE] = "INSERT INTO counter_space(ns, keep) VALUES(?1, ?2)"
	    " ON CONFLICT(ns) DO UPDATE SET keep = ?2 WHERE keep < ?2",
	[SQL_COUNTER_PRUNE] = "DELETE FROM counter WHERE rowid IN (SELECT c.rowid FROM counter c, counter_space s"
	    " WHERE s.ns = c.ns AND c.ns = ?1 AND c.time <= ?2 - s.keep LIMIT 10000)",
};

int sql_fail(struct sql_conn *conn, int code, const char *what, struct diag *d)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return diag_add(d, "%s: locked by another process for more than %d ms (%s)", conn->path, conn->busy_ms, what);
	case SQLITE_FULL:
		return diag_add(d, "%s: disk full (%s)", conn->path, what);
	case SQLITE_NOTADB:
		return diag_add(d, "%s: not a database; check the path, or move the file away and run 'postern rebuild'",
		    conn->path);
	case SQLITE_CORRUPT:
		return diag_add(d, "%s: damaged (%s); stop posternd and run 'postern rebuild'", conn->path, what);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return diag_add(d, "%s: read-only, check owner and mode of file and directory (%s)", conn->path, what);
	case SQLITE_CANTOPEN:
		return diag_add(d, "%s: can't be opened, check path, owner and mode of file and directory", conn->path);
	case SQLITE_NOMEM:
		return diag_add(d, "%s: out of memory", conn->path);
	default:
		return diag_add(d, "%s: %s (%s)", conn->path,
		    conn->db != NULL ? sqlite3_errmsg(conn->db) : sqlite3_errstr(code), what);
	}
}

static sqlite3_stmt *statement_of(struct sql_conn *conn, enum sql_statement statement, struct diag *d)
{
	sqlite3_stmt **slot = &conn->statements[statement];

	if (*slot == NULL) {
		int rc = sqlite3_prepare_v3(conn->db, sql[statement], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);

		if (rc != SQLITE_OK)
			sql_fail(conn, rc, sql[statement], d);
	}
	return *slot;
}

/* SQL's text functions are undefined for NUL: it becomes U+FFFD. */
static int bind_text(sqlite3_stmt *stmt, int n, struct slice s)
{
	struct buf clean = {0};
	int rc;

	if (s.ptr == NULL)
		s = SLICE_LIT("");
	if (memchr(s.ptr, '\0', s.len) == NULL)
		return sqlite3_bind_text64(stmt, n, s.ptr, s.len, SQLITE_STATIC, SQLITE_UTF8);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\0')
			buf_add_utf8(&clean, 0xFFFD);
		else
			buf_add_char(&clean, s.ptr[i]);
	}
	rc = clean.failed ? SQLITE_NOMEM
	    : sqlite3_bind_text64(stmt, n, clean.data, clean.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_free(&clean);
	return rc;
}

sqlite3_stmt *sql_bind(struct sql_conn *conn, enum sql_statement statement, struct diag *d, const char *types, ...)
{
	sqlite3_stmt *stmt = statement_of(conn, statement, d);
	int rc = SQLITE_OK;
	va_list ap;

	if (stmt == NULL)
		return NULL;
	va_start(ap, types);
	for (int n = 1; types[n - 1] != '\0' && rc == SQLITE_OK; n++) {
		struct slice s;

		switch (types[n - 1]) {
		case 'i':
			rc = sqlite3_bind_int64(stmt, n, va_arg(ap, int64_t));
			break;
		case 's':
			rc = bind_text(stmt, n, va_arg(ap, struct slice));
			break;
		case 'n':
			s = slice_str(va_arg(ap, const char *));
			rc = s.ptr == NULL ? sqlite3_bind_null(stmt, n) : bind_text(stmt, n, s);
			break;
		default:
			s = va_arg(ap, struct slice);
			rc = sqlite3_bind_blob64(stmt, n, s.ptr != NULL ? s.ptr : "", s.len, SQLITE_STATIC);
		}
	}
	va_end(ap);
	if (rc == SQLITE_OK)
		return stmt;
	sql_fail(conn, rc, sql[statement], d);
	sql_done(stmt);
	return NULL;
}

int sql_step(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc == SQLITE_ROW;
	return sql_fail(conn, rc, sqlite3_sql(stmt), d);
}

void sql_done(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

int sql_run(struct sql_conn *conn, enum sql_statement statement, struct diag *d)
{
	sqlite3_stmt *stmt = statement_of(conn, statement, d);
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	sql_done(stmt);
	return rc;
}

int sql_end(struct sql_conn *conn, int rc, struct diag *d)
{
	struct diag ignored = {0};

	if (rc == 0 && sql_run(conn, SQL_COMMIT, d) == 0)
		return 0;
	/* A full disk may have rolled back already. */
	if (sqlite3_get_autocommit(conn->db) == 0)
		(void)sql_run(conn, SQL_ROLLBACK, &ignored);
	return -1;
}

static void sql_fold(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct buf out = {0};
	const char *text = (const char *)sqlite3_value_text(values[0]);

	(void)count;
	if (text == NULL)
		return;
	text_fold(&out, (struct slice){text, (size_t)sqlite3_value_bytes(values[0])});
	if (out.failed)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_text64(context, out.len > 0 ? out.data : "", out.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_free(&out);
}

struct sql_conn *sqlite_conn_open(const struct sqlite_store *s, int flags, struct diag *d)
{
	struct sql_conn *conn = calloc(1, sizeof(*conn));
	int rc;

	if (conn == NULL) {
		diag_add(d, "%s: out of memory", s->path);
		return NULL;
	}
	conn->path = s->path;
	conn->busy_ms = s->busy_ms;
	rc = sqlite3_open_v2(s->memory ? ":memory:" : s->path, &conn->db,
	    flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(conn->db, s->busy_ms);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(conn->db, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=NORMAL",
		    NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(conn->db, "fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
		    NULL, sql_fold, NULL, NULL, NULL);
	if (rc != SQLITE_OK) {
		sql_fail(conn, rc, "open", d);
		sqlite_conn_close(&conn);
	}
	return conn;
}

void sqlite_conn_close(struct sql_conn **conn)
{
	if (*conn == NULL)
		return;
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize((*conn)->statements[i]);
	sqlite3_close((*conn)->db);
	free(*conn);
	*conn = NULL;
}
