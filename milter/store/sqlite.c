/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SQLite store: opening (schema, version), one writer and a few readers.
 * The database is a projection that can be made again, so a commit need not
 * reach the disk at once: the audit log did.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x506f7374 /* "Post" */
#define SCHEMA_VERSION 2

/* Since version 2; an older database gets it as well, and fills it from then on. */
#define LETTER_TABLE \
    "CREATE TABLE IF NOT EXISTS letter(seq INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE, labels TEXT NOT NULL," \
    " orderid TEXT NOT NULL, asks INTEGER NOT NULL, gave_phone INTEGER NOT NULL, keyid TEXT NOT NULL," \
    " grams TEXT NOT NULL);"

static const char schema[] =
    "CREATE TABLE applied(one INTEGER PRIMARY KEY CHECK(one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE thread(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, marketplace TEXT NOT NULL DEFAULT '',"
    " customer TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', orderid TEXT NOT NULL DEFAULT '',"
    " last_id TEXT NOT NULL DEFAULT '', last_time INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX thread_time ON thread(last_time, id);"
    "CREATE TABLE message(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, digest TEXT NOT NULL, inbound INTEGER NOT NULL,"
    " progress INTEGER NOT NULL);"
    "CREATE INDEX message_id ON message(id);"
    "CREATE INDEX message_digest ON message(digest, inbound) WHERE digest <> '';"
    "CREATE TABLE thread_event(thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,"
    " seq INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, effect INTEGER NOT NULL, time INTEGER NOT NULL,"
    " due INTEGER NOT NULL, PRIMARY KEY(thread, seq)) WITHOUT ROWID;"
    "CREATE INDEX thread_event_seq ON thread_event(seq);"
    "CREATE TABLE thread_order(thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE, value TEXT NOT NULL,"
    " PRIMARY KEY(thread, value)) WITHOUT ROWID;"
    "CREATE TABLE thread_label(thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE, label TEXT NOT NULL,"
    " PRIMARY KEY(thread, label)) WITHOUT ROWID;"
    "CREATE TABLE counter(ns BLOB NOT NULL, key BLOB NOT NULL, message BLOB NOT NULL, time INTEGER NOT NULL,"
    " delta INTEGER NOT NULL, UNIQUE(ns, key, message));"
    "CREATE INDEX counter_time ON counter(ns, time);"
    "CREATE TABLE counter_space(ns BLOB PRIMARY KEY, keep INTEGER NOT NULL);"
    LETTER_TABLE
    "PRAGMA application_id = 1349481332;" /* APPLICATION_ID */
    "PRAGMA user_version = 2;";           /* SCHEMA_VERSION */
static const char upgrade[] = LETTER_TABLE "PRAGMA user_version = 2;";

/* ---- schema -------------------------------------------------------------------- */

static int ask_int(struct sql_conn *conn, const char *question, int64_t *value_r, struct diag *d)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(conn->db, question, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*value_r = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : sql_fail(conn, rc, question, d);
}

/* 2: ours and of an older version, 1: of this one, 0: empty, -1: something else. */
static int check_schema(struct sql_conn *conn, struct diag *d)
{
	int64_t version, application, tables;

	if (ask_int(conn, "PRAGMA user_version", &version, d) == -1 ||
	    ask_int(conn, "PRAGMA application_id", &application, d) == -1 ||
	    ask_int(conn, "SELECT count(*) FROM sqlite_master", &tables, d) == -1)
		return -1;
	if (tables == 0)
		return 0;
	if (application != APPLICATION_ID)
		return diag_add(d, "%s: a database of another program, check the path", conn->path);
	if (version > SCHEMA_VERSION)
		return diag_add(d, "%s: was written by a newer Postern (schema %lld, this one knows %d); "
		    "update, or move it away and run 'postern rebuild'", conn->path, (long long)version, SCHEMA_VERSION);
	return version < SCHEMA_VERSION ? 2 : 1;
}

/* Two processes may start at once: looked at again inside the transaction. */
static int make_schema(struct sql_conn *conn, struct diag *d)
{
	int rc = sql_run(conn, SQL_BEGIN, d), code;

	if (rc == -1)
		return -1;
	rc = check_schema(conn, d);
	if (rc == 0 || rc == 2) {
		code = sqlite3_exec(conn->db, rc == 0 ? schema : upgrade, NULL, NULL, NULL);
		if (code != SQLITE_OK)
			rc = sql_fail(conn, code, "make the tables", d);
	}
	return sql_end(conn, rc == -1 ? -1 : 0, d);
}

static int use_wal(struct sql_conn *conn, struct diag *d)
{
	static const char question[] = "PRAGMA journal_mode=WAL";
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(conn->db, question, -1, &stmt, NULL);
	bool on;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	on = rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW)
		return sql_fail(conn, rc, question, d);
	return on ? 0 : diag_add(d, "%s: its file system can't do write-ahead logging; use a local disk", conn->path);
}

/* ---- opening and closing --------------------------------------------------------- */

static void sqlite_close(struct store *store)
{
	struct sqlite_store *s = (struct sqlite_store *)store;

	while (s->readers != NULL) {
		struct sql_conn *conn = s->readers;

		s->readers = conn->next;
		sqlite_conn_close(&conn);
	}
	sqlite_conn_close(&s->writer);
	pthread_mutex_destroy(&s->write_lock);
	pthread_mutex_destroy(&s->read_lock);
	pthread_cond_destroy(&s->reader_free);
	free(s->path);
	free(s);
}

/* SQLite would make it readable by everybody. */
static int create_file(struct sqlite_store *s, struct diag *d)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	struct stat st;

	if (fd == -1)
		return diag_add(d, "%s: %s", s->path, strerror(errno));
	if (fstat(fd, &st) == 0) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	/* Closed before SQLite takes a lock: closing drops all of a process's locks on the file. */
	close(fd);
	return 0;
}

static int open_writer(struct sqlite_store *s, struct diag *d)
{
	if (!s->memory && create_file(s, d) == -1)
		return -1;
	s->writer = sqlite_conn_open(s, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, d);
	if (s->writer == NULL)
		return -1;
	if (!s->memory && (check_schema(s->writer, d) == -1 || use_wal(s->writer, d) == -1))
		return -1;
	return make_schema(s->writer, d);
}

static int open_reader_first(struct sqlite_store *s, struct diag *d)
{
	struct sql_conn *conn;
	int rc;

	if (access(s->path, R_OK) == -1)
		return diag_add(d, "%s: %s", s->path, strerror(errno));
	conn = sqlite_conn_open(s, SQLITE_OPEN_READONLY, d);
	if (conn == NULL)
		return -1;
	s->readers = conn;
	s->reader_count = 1;
	rc = check_schema(conn, d);
	if (rc == 2)
		return diag_add(d, "%s: was written by an older Postern; start posternd, or run 'postern rebuild'", s->path);
	return rc == 0 ? diag_add(d, "%s: empty; posternd has not run yet, or run 'postern rebuild'", s->path) : rc;
}

static int sqlite_ping(struct store *store, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn;
	struct stat st;

	if (s->read_only) {
		conn = sqlite_read_begin(s, d);
		return conn != NULL ? sqlite_read_end(s, conn, 0, d) : -1;
	}
	if (!s->memory && (stat(s->path, &st) == -1 || st.st_ino != s->ino || st.st_dev != s->dev))
		return diag_add(d, "%s: was removed or replaced while it is in use; restart posternd", s->path);
	conn = sqlite_write_begin(s, d);
	return conn != NULL ? sqlite_write_end(s, 0, d) : -1;
}

static int sqlite_reset(struct store *store, struct diag *d)
{
	static const char forget[] = "DELETE FROM letter; DELETE FROM thread_label; DELETE FROM thread_order; DELETE FROM thread_event;"
	    " DELETE FROM message; DELETE FROM thread; DELETE FROM applied";
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);
	int rc;

	if (conn == NULL)
		return -1;
	rc = sqlite3_exec(conn->db, forget, NULL, NULL, NULL);
	return sqlite_write_end(s, rc == SQLITE_OK ? 0 : sql_fail(conn, rc, "reset", d), d);
}

static const struct store_ops sqlite_ops = {
	.close = sqlite_close,
	.ping = sqlite_ping,
	.apply = sqlite_apply,
	.applied = sqlite_applied,
	.reset = sqlite_reset,
	.threads = sqlite_threads,
	.letters = sqlite_letters,
	.counter = sqlite_counter,
};

struct store *store_sqlite_open(const struct store_config *config, bool memory, struct diag *d)
{
	struct sqlite_store *s = calloc(1, sizeof(*s));
	struct store *store = NULL;

	if (s == NULL || (s->path = strdup(memory ? "memory" : config->path)) == NULL) {
		diag_add(d, "store: out of memory");
		free(s);
		return NULL;
	}
	s->base.ops = &sqlite_ops;
	s->memory = memory;
	s->read_only = config->read_only && !memory;
	s->busy_ms = config->busy_ms > 0 ? config->busy_ms : 2000;
	pthread_mutex_init(&s->write_lock, NULL);
	pthread_mutex_init(&s->read_lock, NULL);
	pthread_cond_init(&s->reader_free, NULL);
	store = &s->base;
	if ((s->read_only ? open_reader_first(s, d) : open_writer(s, d)) == -1)
		store_close(&store);
	return store;
}

/* A wrong path in the configuration must not cost another program its database. */
static int check_may_discard(const char *path, struct diag *d)
{
	unsigned char header[72] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint32_t application;
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT ? 0 : diag_add(d, "%s: %s", path, strerror(errno));
	n = read(fd, header, sizeof(header));
	close(fd);
	application = (uint32_t)header[68] << 24 | (uint32_t)header[69] << 16 | (uint32_t)header[70] << 8 | header[71];
	if (n == (ssize_t)sizeof(header) && memcmp(header, "SQLite format 3", 16) == 0 && application != APPLICATION_ID)
		return diag_add(d, "%s: a database of another program, check the path", path);
	return 0;
}

int store_sqlite_discard(const struct store_config *config, struct diag *d)
{
	static const char *const parts[] = {"-wal", "-shm", ""};
	size_t size = strlen(config->path) + sizeof(".damaged-wal");
	char *from = malloc(size), *to = malloc(size);
	int rc = from == NULL || to == NULL ? diag_add(d, "store: out of memory") : check_may_discard(config->path, d);

	/* The database last: a crash between leaves it to be moved again. */
	for (size_t i = 0; i < 3 && rc == 0; i++) {
		snprintf(from, size, "%s%s", config->path, parts[i]);
		snprintf(to, size, "%s.damaged%s", config->path, parts[i]);
		if (rename(from, to) == -1 && errno != ENOENT)
			rc = diag_add(d, "%s: %s", from, strerror(errno));
	}
	free(from);
	free(to);
	return rc;
}

/* ---- who may use which connection ----------------------------------------------- */

/* A file that was moved or removed can be written on and on, and nobody who opens the path finds what was. */
static int check_in_place(struct sqlite_store *s, struct diag *d)
{
	int moved = 0;

	if (s->memory || sqlite3_file_control(s->writer->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
		return 0;
	return diag_add(d, "%s: moved or removed while it was in use; put it back, or restart posternd, which makes it "
	    "anew from the audit log", s->path);
}

struct sql_conn *sqlite_write_begin(struct sqlite_store *s, struct diag *d)
{
	if (s->read_only) {
		diag_add(d, "%s: opened for reading only", s->path);
		return NULL;
	}
	pthread_mutex_lock(&s->write_lock);
	if (check_in_place(s, d) == 0 && sql_run(s->writer, SQL_BEGIN, d) == 0)
		return s->writer;
	pthread_mutex_unlock(&s->write_lock);
	return NULL;
}

int sqlite_write_end(struct sqlite_store *s, int rc, struct diag *d)
{
	rc = sql_end(s->writer, rc, d);
	pthread_mutex_unlock(&s->write_lock);
	return rc;
}

/* Takes a free reader, makes one more, or waits: mail may not open connections without end. */
static struct sql_conn *take_reader(struct sqlite_store *s, struct diag *d)
{
	struct sql_conn *conn;

	pthread_mutex_lock(&s->read_lock);
	while (s->readers == NULL && s->reader_count >= SQL_READERS)
		pthread_cond_wait(&s->reader_free, &s->read_lock);
	conn = s->readers;
	if (conn != NULL)
		s->readers = conn->next;
	else
		s->reader_count++;
	pthread_mutex_unlock(&s->read_lock);
	if (conn != NULL)
		return conn;
	conn = sqlite_conn_open(s, SQLITE_OPEN_READONLY, d);
	if (conn == NULL) {
		pthread_mutex_lock(&s->read_lock);
		s->reader_count--;
		pthread_cond_signal(&s->reader_free);
		pthread_mutex_unlock(&s->read_lock);
	}
	return conn;
}

static void give_reader(struct sqlite_store *s, struct sql_conn *conn)
{
	pthread_mutex_lock(&s->read_lock);
	conn->next = s->readers;
	s->readers = conn;
	pthread_cond_signal(&s->reader_free);
	pthread_mutex_unlock(&s->read_lock);
}

struct sql_conn *sqlite_read_begin(struct sqlite_store *s, struct diag *d)
{
	struct sql_conn *conn;

	if (s->memory)
		return sqlite_write_begin(s, d);
	conn = take_reader(s, d);
	if (conn != NULL && sql_run(conn, SQL_BEGIN_READ, d) == -1) {
		give_reader(s, conn);
		conn = NULL;
	}
	return conn;
}

int sqlite_read_end(struct sqlite_store *s, struct sql_conn *conn, int rc, struct diag *d)
{
	if (s->memory)
		return sqlite_write_end(s, rc, d);
	rc = sql_end(conn, rc, d);
	give_reader(s, conn);
	return rc;
}
