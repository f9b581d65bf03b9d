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
		int rc = sqlite3_prepare_v3(conn->db, sqlite_sql[statement], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);

		if (rc != SQLITE_OK)
			sql_fail(conn, rc, sqlite_sql[statement], d);
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
	sql_fail(conn, rc, sqlite_sql[statement], d);
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

int sql_finish(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d)
{
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

int sql_first(struct sql_conn *conn, sqlite3_stmt *stmt, int64_t *value_r, struct diag *d)
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

int sql_change(struct sql_conn *conn, sqlite3_stmt *stmt, struct diag *d)
{
	return sql_finish(conn, stmt, d) == 0 ? sqlite3_changes(conn->db) > 0 : -1;
}

int sql_add_row(struct sql_conn *conn, sqlite3_stmt *stmt, int64_t *id_r, struct diag *d)
{
	int rc = sql_finish(conn, stmt, d);

	if (rc == 0)
		*id_r = sqlite3_last_insert_rowid(conn->db);
	return rc;
}

const char *sql_text(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text != NULL ? text : "";
}

int sql_end(struct sql_conn *conn, int rc, struct diag *d)
{
	struct diag ignored;

	diag_clear(&ignored);
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
		rc = sqlite3_exec(conn->db, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=NORMAL;"
		    "PRAGMA cache_size=-16000",
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
