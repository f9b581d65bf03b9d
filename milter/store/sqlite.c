/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SQLite store: opening, one writer and a few readers.
 * The database is a projection that can be made again, so a commit need not
 * reach the disk at once: the audit log did.
 */
#include "store/sqlite_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	if (!s->memory && (sqlite_schema_check(s->writer, d) == -1 || use_wal(s->writer, d) == -1))
		return -1;
	return sqlite_schema_make(s->writer, d);
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
	rc = sqlite_schema_check(conn, d);
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
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);

	return conn != NULL ? sqlite_write_end(s, sqlite_schema_forget(conn, d), d) : -1;
}

static const struct store_ops sqlite_ops = {
	.close = sqlite_close,
	.ping = sqlite_ping,
	.apply = sqlite_apply,
	.applied = sqlite_applied,
	.reset = sqlite_reset,
	.threads = sqlite_threads,
	.messages = sqlite_messages,
	.rate = sqlite_rate,
	.counts = sqlite_counts,
	.due = sqlite_due,
	.alarms = sqlite_alarms,
	.alerted = sqlite_alerted,
	.subjects = sqlite_subjects,
	.milestones = sqlite_milestones,
	.cases = sqlite_cases,
	.letters = sqlite_letters,
	.archived = sqlite_archived,
	.archived_sums = sqlite_archived_sums,
	.legal_holds = sqlite_legal_holds,
	.counter = sqlite_counter,
};

/* While SQLite counts its memory, each allocation of each connection takes a lock that all of them share. */
static void configure(void)
{
	/* Too late when somebody else in the process has used SQLite: then it counts. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct store *store_sqlite_open(const struct store_config *config, bool memory, struct diag *d)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sqlite_store *s = calloc(1, sizeof(*s));
	struct store *store = NULL;

	pthread_once(&once, configure);
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
	if (n == (ssize_t)sizeof(header) && memcmp(header, "SQLite format 3", 16) == 0 && application != SQLITE_APPLICATION_ID)
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

int sqlite_rows_begin(struct sqlite_rows *rows, struct store *store, struct diag *d)
{
	*rows = (struct sqlite_rows){.store = (struct sqlite_store *)store, .d = d, .rc = 1};
	rows->conn = sqlite_read_begin(rows->store, d);
	return rows->conn != NULL ? 0 : -1;
}

bool sqlite_rows_next(struct sqlite_rows *rows)
{
	if (rows->rc == 1)
		rows->rc = rows->stmt != NULL ? sql_step(rows->conn, rows->stmt, rows->d) : -1;
	return rows->rc == 1;
}

int sqlite_rows_end(struct sqlite_rows *rows, int stop)
{
	if (rows->stmt != NULL)
		sql_done(rows->stmt);
	return sqlite_read_end(rows->store, rows->conn, rows->rc == -1 ? -1 : 0, rows->d) == 0 ? stop : -1;
}
