/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other gateways' events, in the same tables as our own: a record's number is its gateway's in the upper bits. What
 * was read and what was applied change in one transaction, so that neither a crash nor a second reading counts twice.
 */
#include "store/peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "store/event.h"
#include "store/sqlite.h"
#include "store/sqlite_archive.h"

/* ---- this gateway -------------------------------------------------------------------- */

int peer_self_get(struct store *store, struct peer_self *self_r, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	sqlite3_stmt *stmt;
	int rc;

	*self_r = (struct peer_self){0};
	if (conn == NULL)
		return -1;
	stmt = sql_bind(conn, SQL_SELF, d, "");
	rc = stmt != NULL ? sql_step(conn, stmt, d) : -1;
	if (rc == 1) {
		snprintf(self_r->id, sizeof(self_r->id), "%s", sql_text(stmt, 0));
		self_r->seq = sqlite3_column_int64(stmt, 1);
		snprintf(self_r->hash, sizeof(self_r->hash), "%s", sql_text(stmt, 2));
	}
	if (stmt != NULL)
		sql_done(stmt);
	return sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
}

static int set_self(struct sql_conn *conn, const struct peer_self *self, struct diag *d)
{
	return sql_finish(conn, sql_bind(conn, SQL_SELF_SET, d, "sis", slice_str(self->id), self->seq,
	    slice_str(self->hash)), d);
}

int peer_self_set(struct store *store, const struct peer_self *self, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);
	int rc;

	if (conn == NULL)
		return -1;
	rc = sql_finish(conn, sql_bind(conn, SQL_STREAMS_FORGET, d, ""), d);
	if (rc == 0)
		rc = set_self(conn, self, d);
	return sqlite_write_end(s, rc, d);
}

/* ---- streams --------------------------------------------------------------------------- */

int peer_streams(struct store *store, peer_stream_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_STREAMS, d, "");
	while (stop == 0 && sqlite_rows_next(&rows)) {
		struct peer_stream stream = {sql_text(rows.stmt, 0), sql_text(rows.stmt, 1), sqlite3_column_int64(rows.stmt, 2)};

		stop = fn(arg, &stream);
	}
	return sqlite_rows_end(&rows, stop);
}

int peer_published(struct store *store, const struct peer_self *self, const struct peer_stream *streams, size_t count,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);
	int rc;

	if (conn == NULL)
		return -1;
	rc = set_self(conn, self, d);
	for (size_t i = 0; i < count && rc == 0; i++)
		if (streams[i].published > 0)
			rc = sql_finish(conn, sql_bind(conn, SQL_STREAM_PUBLISHED, d, "si", slice_str(streams[i].shop),
			    streams[i].published), d);
	return sqlite_write_end(s, rc, d);
}

/* ---- applying --------------------------------------------------------------------------- */

struct stream_apply {
	struct applying a;
	struct slice shop;
	struct peer_result *result;
};

static int number_of(struct applying *a, struct slice gateway, int64_t *number_r)
{
	if (sql_finish(a->conn, sql_bind(a->conn, SQL_PEER_ADD, a->d, "s", gateway), a->d) == -1)
		return -1;
	return sql_first(a->conn, sql_bind(a->conn, SQL_PEER_NUMBER, a->d, "s", gateway), number_r, a->d) == 1 ? 0 : -1;
}

/* Records of that gateway were in the stream, and nobody read them here: they were trimmed away. */
static int note_gap(struct stream_apply *s, const struct peer_event *event, int64_t peer, int64_t last)
{
	log_error("store: the stream of shop '%.*s' does not hold what gateway %.*s recorded between %" PRId64 " and %" PRId64
	    " any more; copy its database with 'postern store copy'", SLICE_ARG(s->shop), SLICE_ARG(event->gateway), last,
	    event->seq);
	s->result->gaps++;
	return sql_finish(s->a.conn, sql_bind(s->a.conn, SQL_GAP_ADD, s->a.d, "siii", s->shop, peer, last, event->seq),
	    s->a.d);
}

/* One that can't be read would be read again and again, and nothing behind it. */
static int apply_readable(struct stream_apply *s, const struct peer_event *event, int64_t peer)
{
	struct diag why = {0};
	struct store_event e;
	int rc;

	if (event->event == NULL || store_event_read(event->event, &e, &why) == -1 || e.seq != event->seq) {
		log_error("store: entry %" PRId64 " of gateway %.*s for shop '%.*s' is no event and is passed over%s%s",
		    event->seq, SLICE_ARG(event->gateway), SLICE_ARG(s->shop), why.len > 0 ? ": " : "", why.text);
		s->result->damaged++;
		return 0;
	}
	e.seq |= peer << PEER_SHIFT;
	rc = sqlite_apply_one(&s->a, &e);
	if (rc == 0 && store_event_is_legal(event->event))
		rc = sqlite_archive_apply(&s->a, event->event, &e);
	if (rc == 0)
		rc = sql_finish(s->a.conn, sql_bind(s->a.conn, SQL_NEWEST_SET, s->a.d, "i", e.time), s->a.d);
	s->result->applied++;
	return rc;
}

static int apply_entry(struct stream_apply *s, const struct peer_event *event)
{
	struct applying *a = &s->a;
	int64_t peer, last = 0;

	if (event->gateway.len == 0 || event->gateway.len >= PEER_ID_SIZE || event->seq <= 0 ||
	    event->seq >> PEER_SHIFT != 0) {
		log_error("store: an entry of shop '%.*s' names no gateway and record, and is passed over", SLICE_ARG(s->shop));
		s->result->damaged++;
		return 0;
	}
	if (number_of(a, event->gateway, &peer) == -1 ||
	    sql_first(a->conn, sql_bind(a->conn, SQL_PEER_SEQ, a->d, "si", s->shop, peer), &last, a->d) == -1)
		return -1;
	if (event->seq <= last) {
		s->result->known++;
		return 0;
	}
	if (event->previous > last && note_gap(s, event, peer, last) == -1)
		return -1;
	if (apply_readable(s, event, peer) == -1)
		return -1;
	return sql_finish(a->conn, sql_bind(a->conn, SQL_PEER_SET, a->d, "sii", s->shop, peer, event->seq), a->d);
}

int peer_apply(struct store *store, const char *shop, const struct peer_event *events, size_t count,
    const char *position, struct peer_result *result_r, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct stream_apply apply = {.a = {.conn = sqlite_write_begin(s, d), .d = d}, .shop = slice_str(shop),
	    .result = result_r};
	int rc = 0;

	*result_r = (struct peer_result){0};
	if (apply.a.conn == NULL)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = apply_entry(&apply, &events[i]);
	if (rc == 0)
		rc = sqlite_apply_fold(&apply.a);
	if (rc == 0 && position != NULL)
		rc = sql_finish(apply.a.conn, sql_bind(apply.a.conn, SQL_STREAM_CURSOR, d, "ss", apply.shop,
		    slice_str(position)), d);
	free(apply.a.touched.ids);
	return sqlite_write_end(s, rc, d);
}

/* ---- asking ------------------------------------------------------------------------------- */

int peer_list(struct store *store, peer_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_PEERS, d, "");
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = fn(arg, sql_text(rows.stmt, 0), sqlite3_column_int64(rows.stmt, 1));
	return sqlite_rows_end(&rows, stop);
}

int peer_gaps(struct store *store, peer_gap_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_GAPS, d, "");
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = fn(arg, sql_text(rows.stmt, 0), sql_text(rows.stmt, 1), sqlite3_column_int64(rows.stmt, 2),
		    sqlite3_column_int64(rows.stmt, 3));
	return sqlite_rows_end(&rows, stop);
}

int peer_of(struct store *store, const char *id, char gateway_r[PEER_ID_SIZE], struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	sqlite3_stmt *stmt;
	int rc;

	gateway_r[0] = '\0';
	if (conn == NULL)
		return -1;
	stmt = sql_bind(conn, SQL_PEER_OF, d, "s", slice_str(id));
	rc = stmt != NULL ? sql_step(conn, stmt, d) : -1;
	if (rc == 1)
		snprintf(gateway_r, PEER_ID_SIZE, "%s", sql_text(stmt, 0));
	if (stmt != NULL)
		sql_done(stmt);
	return sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d) == -1 ? -1 : rc;
}

/* ---- counts that were not shared yet -------------------------------------------------------- */

int peer_count_add(struct store *store, const struct peer_count *count, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);

	if (conn == NULL)
		return -1;
	return sqlite_write_end(s, sql_finish(conn, sql_bind(conn, SQL_LATE_ADD, d, "bbbiii", count->ns, count->key,
	    count->message, count->time, count->delta, count->window), d), d);
}

static struct slice column_bytes(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	return bytes != NULL ? (struct slice){bytes, (size_t)sqlite3_column_bytes(stmt, column)} : SLICE_LIT("");
}

int peer_counts(struct store *store, peer_count_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_LATE, d, "");
	while (stop == 0 && sqlite_rows_next(&rows)) {
		struct peer_count count = {sqlite3_column_int64(rows.stmt, 0), column_bytes(rows.stmt, 1), column_bytes(rows.stmt, 2),
		    column_bytes(rows.stmt, 3), sqlite3_column_int64(rows.stmt, 4), sqlite3_column_int64(rows.stmt, 5),
		    sqlite3_column_int64(rows.stmt, 6)};

		stop = fn(arg, &count);
	}
	return sqlite_rows_end(&rows, stop);
}

int peer_count_drop(struct store *store, int64_t number, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);

	if (conn == NULL)
		return -1;
	return sqlite_write_end(s, sql_finish(conn, sql_bind(conn, SQL_LATE_DROP, d, "i", number), d), d);
}

int peer_counts_all(struct store *store, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_write_begin(s, d);

	if (conn == NULL)
		return -1;
	return sqlite_write_end(s, sql_finish(conn, sql_bind(conn, SQL_LATE_ALL, d, ""), d), d);
}
