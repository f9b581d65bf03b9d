/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applying events of the log: each becomes an entry that belongs to threads; the
 * threads that were touched are projected anew at the end, once each.
 */
#include "store/sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/event.h"
#include "store/sqlite_archive.h"

/* Ids of one message that can be searched for; a mail of nothing but numbers has no more. */
#define IDS_MAX 256
/* Facts of one event: an imported file is one event for each line. */
#define FACTS_MAX 1000

/* ---- the entry ---------------------------------------------------------------------- */

static enum entry_keyed keyed_of(const struct store_event *e)
{
	size_t count = store_event_keys(e);

	if (count > 0)
		return count > 1 || (!e->inbound && e->case_id.len > 0) ? KEYED_MANY : KEYED_ONE;
	return e->inbound && e->effect == EFFECT_ANSWER && e->order.len == 0 && e->case_id.len == 0 && e->customer.len > 0
	    ? KEYED_LOOSE : KEYED_NOT;
}

/* What a bounce is about, for the eye and for entry_target: its references with spaces between. */
static void join_failed(struct buf *out, const struct store_event *e)
{
	if (e->type != EVENT_MESSAGE) {
		buf_add_slice(out, e->ref);
		return;
	}
	for (size_t i = 0; e->effect == EFFECT_FAILED && i < json_array_size(e->failed); i++) {
		if (out->len > 0)
			buf_add_char(out, ' ');
		buf_add_slice(out, store_event_text(e->failed, i));
	}
}

/* Only of case mail, where a list shows them. */
static void join_ids(struct buf *out, const struct store_event *e)
{
	buf_add_slice(out, e->case_id.len > 0 ? e->order : SLICE_NONE);
	for (size_t i = 0; e->case_id.len > 0 && i < json_array_size(e->ids) && i < IDS_MAX; i++) {
		const char *value = json_get_str(json_array_get(e->ids, i), "value");

		if (value == NULL || slice_eq_str(e->order, value))
			continue;
		if (out->len > 0)
			buf_add_char(out, ',');
		buf_add_str(out, value);
	}
}

static struct slice link_of(struct link *link, struct slice text)
{
	if (text.len == 0)
		return SLICE_NONE;
	sqlite_link(link, &text, 1);
	return sqlite_link_slice(link);
}

/* 1: a new entry, 0: one with this id is there. */
static int insert_entry(struct applying *a, const struct store_event *e, const struct link *name)
{
	struct buf labels = {0}, ref = {0}, ids = {0};
	struct link digest, header, token;
	int64_t type = e->type == EVENT_MESSAGE ? ENTRY_MESSAGE : e->type == EVENT_COMMAND ? ENTRY_COMMAND : ENTRY_LABEL;
	int rc;

	store_event_join(&labels, e->labels);
	join_failed(&ref, e);
	join_ids(&ids, e);
	if (labels.failed || ref.failed || ids.failed)
		rc = diag_add(a->d, "%s: out of memory", a->conn->path);
	else
		rc = sql_change(a->conn, sql_bind(a->conn, SQL_MESSAGE_ADD, a->d, "isiiiiiiiiibbbssssssssssssssb", e->seq, e->id, type,
		    e->time, (int64_t)e->inbound, (int64_t)1, (int64_t)e->progress, (int64_t)e->effect, e->due, (int64_t)e->unit,
		    (int64_t)keyed_of(e), link_of(&digest, e->digest), link_of(&header, e->message_id),
		    name != NULL ? sqlite_link_slice(name) : SLICE_NONE, e->marketplace, e->shop, e->agent, e->action, e->subject,
		    e->customer, e->order, e->case_id, e->case_channel, buf_slice(&labels), e->message_id, buf_slice(&ref),
		    buf_slice(&ids), e->part,
		    e->inbound && sqlite_token_link(&token, e) ? sqlite_link_slice(&token) : SLICE_NONE), a->d);
	buf_free(&labels);
	buf_free(&ref);
	buf_free(&ids);
	return rc;
}

/* ---- attempts of the same mail ----------------------------------------------------------- */

/* Which of the two stands for the mail: the one that came further, of equals the earlier. */
static bool is_better(const struct store_event *e, int64_t progress, int64_t time, const char *id)
{
	int order;

	if ((int64_t)e->progress != progress)
		return (int64_t)e->progress > progress;
	if (e->time != time)
		return e->time < time;
	order = strncmp(e->id.ptr, id, e->id.len);
	return order < 0 || (order == 0 && strlen(id) > e->id.len);
}

static int touch_members(struct applying *a, int64_t seq)
{
	sqlite3_stmt *stmt = sql_bind(a->conn, SQL_MEMBERS_OF, a->d, "i", seq);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(a->conn, stmt, a->d)) == 1)
		if (id_list_add(&a->touched, sqlite3_column_int64(stmt, 0)) == -1)
			rc = diag_add(a->d, "%s: out of memory", a->conn->path);
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

static int step_back(struct applying *a, int64_t seq)
{
	if (sql_finish(a->conn, sql_bind(a->conn, SQL_MESSAGE_COUNTS, a->d, "ii", seq, (int64_t)0), a->d) == -1 ||
	    sql_finish(a->conn, sql_bind(a->conn, SQL_LETTER_DROP, a->d, "i", seq), a->d) == -1)
		return -1;
	return touch_members(a, seq);
}

/* 1: e stands for its mail, 0: another attempt does. */
static int elect(struct applying *a, const struct store_event *e)
{
	struct link digest;
	sqlite3_stmt *stmt;
	int64_t other = 0;
	bool better = true;
	int rc;

	if (e->type != EVENT_MESSAGE || e->digest.len == 0)
		return 1;
	sqlite_link(&digest, &e->digest, 1);
	stmt = sql_bind(a->conn, SQL_MESSAGE_WINNER, a->d, "bii", sqlite_link_slice(&digest), (int64_t)e->inbound, e->seq);
	rc = stmt != NULL ? sql_step(a->conn, stmt, a->d) : -1;
	if (rc == 1) {
		other = sqlite3_column_int64(stmt, 0);
		better = is_better(e, sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2), sql_text(stmt, 3));
	}
	if (stmt != NULL)
		sql_done(stmt);
	if (rc == 1 && step_back(a, better ? other : e->seq) == -1)
		return -1;
	return rc == -1 ? -1 : better;
}

/* ---- what else an event brings ------------------------------------------------------------ */

static int add_ids(struct applying *a, const struct store_event *e)
{
	int rc = 0;

	if (e->type != EVENT_MESSAGE || e->progress != PROGRESS_TAKEN)
		return 0;
	if (e->order.len > 0)
		rc = sql_finish(a->conn, sql_bind(a->conn, SQL_ORDER_ADD, a->d, "si", e->order, e->seq), a->d);
	for (size_t i = 0; i < json_array_size(e->ids) && i < IDS_MAX && rc == 0; i++) {
		const json_t *value = json_object_get(json_array_get(e->ids, i), "value");
		struct slice s = {json_string_value(value), json_string_length(value)};

		if (s.len > 0)
			rc = sql_finish(a->conn, sql_bind(a->conn, SQL_ORDER_ADD, a->d, "si", s, e->seq), a->d);
	}
	return rc;
}

static int add_facts(struct applying *a, const struct store_event *e)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(e->milestones) && i < FACTS_MAX && rc == 0; i++) {
		struct store_fact fact;

		if (store_event_fact(e, i, &fact))
			rc = sql_finish(a->conn, sql_bind(a->conn, SQL_FACT_ADD, a->d, "ssiii", fact.subject, fact.name, fact.time,
			    e->seq, fact.term_days), a->d);
	}
	return rc;
}

/* Held and refused replies reached nobody: nothing is compared with them. */
static int add_letters(struct applying *a, const struct store_event *e)
{
	int rc = 0;

	if (e->type != EVENT_MESSAGE || e->progress != PROGRESS_TAKEN || e->effect == EFFECT_HELD)
		return 0;
	for (size_t i = 0; i < json_array_size(e->threads) && rc == 0; i++) {
		struct slice key = store_event_text(e->threads, i);
		int64_t thread = 0;

		store_key_part(&key);
		if (key.len > 0 && (rc = sqlite_family_find(a->conn, key, &thread, a->d)) == 1)
			rc = sqlite_letter_add(a->conn, thread, e, a->d);
	}
	return rc;
}

static int apply_entry(struct applying *a, const struct store_event *e)
{
	struct link name;
	bool named = e->type == EVENT_MESSAGE && keyed_of(e) != KEYED_NOT && keyed_of(e) != KEYED_MANY &&
	    sqlite_name_link(&name, e);
	int rc = insert_entry(a, e, named ? &name : NULL), stands;

	if (rc != 1)
		return rc;
	stands = elect(a, e);
	if (stands == -1 || sqlite_join_keys(a, e) == -1 || sqlite_join_references(a, e) == -1 ||
	    (named && sqlite_names_settle(a, &name) == -1) || add_ids(a, e) == -1 || add_facts(a, e) == -1 ||
	    sqlite_alarm_add(a, e) == -1)
		return -1;
	return stands == 1 ? add_letters(a, e) : 0;
}

/* Kept with the inquiry's beginning: the same inquiry never gets the same alert again. */
static int apply_alert(struct applying *a, const struct store_event *e)
{
	int64_t thread = 0;

	if (e->alert.len > 0)
		return sqlite_alarm_told(a, e);
	if (sqlite_family_make(a, e->thread, &thread) == -1)
		return -1;
	return sql_finish(a->conn, sql_bind(a->conn, SQL_ALERT_ADD, a->d, "isii", thread, e->part, e->opened, e->level), a->d);
}

/* ---- the group ------------------------------------------------------------------------------ */

static int read_applied(struct sql_conn *conn, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_APPLIED, d, "");
	int rc;

	*seq_r = 0;
	hash_r[0] = '\0';
	if (stmt == NULL)
		return -1;
	rc = sql_step(conn, stmt, d);
	if (rc == 1) {
		*seq_r = sqlite3_column_int64(stmt, 0);
		snprintf(hash_r, HASH_HEX_SIZE, "%s", sql_text(stmt, 1));
	}
	sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

int sqlite_apply_one(struct applying *a, const struct store_event *e)
{
	if (!store_event_matters(e))
		return 0;
	return e->type == EVENT_ALERT ? apply_alert(a, e) : apply_entry(a, e);
}

/* Applies one event; those before and at *seq were applied already. */
static int apply_event(struct applying *a, const json_t *event, int64_t *seq, const char *hash)
{
	const char *path = a->conn->path;
	struct store_event e;
	int rc = 0;

	if (store_event_read(event, &e, a->d) == -1)
		return -1;
	if (e.seq == *seq && e.hash.len > 0 && hash[0] != '\0' && !slice_eq_str(e.hash, hash))
		return diag_add(a->d, "%s: knows audit record %" PRId64 " with another hash, it belongs to another log; "
		    "run 'postern rebuild'", path, e.seq);
	if (e.seq <= *seq)
		return 0;
	if (*seq > 0 && e.seq != *seq + 1)
		return diag_add(a->d, "%s: audit record %" PRId64 " came after %" PRId64 ", those between are missing", path, e.seq,
		    *seq);
	rc = sqlite_apply_one(a, &e);
	if (rc == 0)
		rc = sqlite_archive_apply(a, event, &e);
	if (rc == 0)
		rc = sql_finish(a->conn, sql_bind(a->conn, SQL_SET_APPLIED, a->d, "isi", e.seq, e.hash, e.time), a->d);
	*seq = e.seq;
	return rc;
}

/* A thread that became part of another one has no entries any more; the other one was touched too. */
int sqlite_apply_fold(struct applying *a)
{
	int rc = 0;

	for (size_t i = 0; i < a->touched.count && rc == 0; i++) {
		int64_t merged = 0;

		rc = sql_first(a->conn, sql_bind(a->conn, SQL_THREAD_MERGED, a->d, "i", a->touched.ids[i]), &merged, a->d);
		if (rc == 1)
			rc = merged == 0 ? sqlite_family_fold(a->conn, a->touched.ids[i], a->d) : 0;
	}
	return rc;
}

int sqlite_apply(struct store *store, json_t *const *events, size_t count, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct applying a = {.conn = sqlite_write_begin(s, d), .d = d};
	char hash[HASH_HEX_SIZE];
	int64_t seq, before;
	int rc;

	if (a.conn == NULL)
		return -1;
	rc = read_applied(a.conn, &seq, hash, d);
	before = seq;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = apply_event(&a, events[i], &seq, seq == before ? hash : "");
	if (rc == 0)
		rc = sqlite_apply_fold(&a);
	free(a.touched.ids);
	return sqlite_write_end(s, rc, d);
}

int sqlite_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);

	if (conn == NULL)
		return -1;
	return sqlite_read_end(s, conn, read_applied(conn, seq_r, hash_r, d), d);
}
