/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new gateway's start: another one's database, with that gateway's records numbered as another's. Only this file
 * writes a database that is not its store's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/peer.h"
#include "store/sqlite.h"

/* ?1 is what is added to the numbers of the gateway's own records, which are all below 2^40. */
static const char *const renumber[] = {
	"UPDATE message SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE reference SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE message_order SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE thread_event SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE milestone SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE alarm SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE letter SET seq = seq + ?1 WHERE seq < 1 << 40",
	"UPDATE legal_hold SET seq = seq + ?1 WHERE seq < 1 << 40",
	"INSERT INTO peer_stream(shop, peer, seq) SELECT shop, ?1 >> 40, published FROM stream WHERE published > 0",
};

/* Of the other machine: its archive's files, its counts to be told, its place in its log, who it is. */
static const char leave[] = "DELETE FROM archived; DELETE FROM archived_name; DELETE FROM counter_late;"
    "UPDATE stream SET published = 0; UPDATE applied SET seq = 0, hash = ''; DELETE FROM gateway;";

static int run(struct sql_conn *conn, const char *text, int64_t value, struct diag *d)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(conn->db, text, -1, &stmt, NULL);

	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(stmt) > 0)
		rc = sqlite3_bind_int64(stmt, 1, value);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : sql_fail(conn, rc, text, d);
}

static int number_of(struct sql_conn *conn, const char *id, int64_t *number_r, struct diag *d)
{
	if (sql_finish(conn, sql_bind(conn, SQL_PEER_ADD, d, "s", slice_str(id)), d) == -1)
		return -1;
	return sql_first(conn, sql_bind(conn, SQL_PEER_NUMBER, d, "s", slice_str(id)), number_r, d) == 1 ? 0 : -1;
}

static int hand_over(struct sql_conn *conn, const char *id, struct diag *d)
{
	int64_t number = 0;
	int rc = number_of(conn, id, &number, d);

	for (size_t i = 0; i < sizeof(renumber) / sizeof(*renumber) && rc == 0; i++)
		rc = run(conn, renumber[i], number << PEER_SHIFT, d);
	if (rc == 0) {
		int code = sqlite3_exec(conn->db, leave, NULL, NULL, NULL);

		rc = code == SQLITE_OK ? 0 : sql_fail(conn, code, "leave out what is another machine's", d);
	}
	return rc;
}

/* Consistent, also while a daemon writes. */
static int snapshot(struct sqlite_store *from, const char *path, struct diag *d)
{
	struct sql_conn *conn = sqlite_conn_open(from, SQLITE_OPEN_READONLY, d);
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (conn == NULL)
		return -1;
	rc = sqlite3_prepare_v2(conn->db, "VACUUM INTO ?1", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_TRANSIENT);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	rc = rc == SQLITE_DONE ? 0 : sql_fail(conn, rc, "copy the database", d);
	sqlite_conn_close(&conn);
	return rc;
}

/* SQLite would make it readable by everybody, and take one that is there. */
static int make_file(const char *path, struct diag *d)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd == -1)
		return diag_add(d, "%s: %s%s", path, strerror(errno), errno == EEXIST ? "; move it away first" : "");
	close(fd);
	return 0;
}

static int convert(const char *path, const char *id, int64_t *messages_r, struct diag *d)
{
	const struct store_config config = {.type = "sqlite", .path = path};
	struct store *store = store_open(&config, d);
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn;
	int rc = -1;

	conn = store != NULL ? sqlite_write_begin(s, d) : NULL;
	if (conn != NULL) {
		rc = hand_over(conn, id, d);
		if (rc == 0 && sql_first(conn, sql_bind(conn, SQL_MESSAGE_COUNT, d, ""), messages_r, d) != 1)
			rc = -1;
		rc = sqlite_write_end(s, rc, d);
	}
	store_close(&store);
	return rc;
}

int peer_copy(struct store *from, const char *path, int64_t *messages_r, struct diag *d)
{
	struct peer_self self;
	char id[ID_TEXT_SIZE];
	int rc;

	*messages_r = 0;
	if (peer_self_get(from, &self, d) == -1 || make_file(path, d) == -1)
		return -1;
	/* One that never shared has no name yet; what it publishes under its later one is known by the events' own ids. */
	if (self.id[0] == '\0') {
		id_new(id, clock_now(&clock_system));
		snprintf(self.id, sizeof(self.id), "copied-%s", id);
	}
	rc = snapshot((struct sqlite_store *)from, path, d);
	if (rc == 0)
		rc = convert(path, self.id, messages_r, d);
	if (rc == -1)
		(void)unlink(path);
	return rc;
}
