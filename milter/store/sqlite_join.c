/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which threads an entry belongs to, and which threads are one. All of it only
 * ever adds: a key, a member, a merge. So the same events end in the same threads
 * in whatever order they come.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "store/event.h"

/* Of References the nearest ones; a mail with thousands may not make thousands of entries. */
#define REFERENCES_MAX 10
#define FAILED_MAX 20

/* ---- names as hashes -------------------------------------------- */

/* All rows of a bound statement: it may be needed again while they are worked on. */
static int collect(struct applying *a, sqlite3_stmt *stmt, struct id_list *list)
{
	int rc;

	if (stmt == NULL)
		return -1;
	while ((rc = sql_step(a->conn, stmt, a->d)) == 1) {
		if (id_list_add(list, sqlite3_column_int64(stmt, 0)) == -1) {
			rc = diag_add(a->d, "%s: out of memory", a->conn->path);
			break;
		}
	}
	sql_done(stmt);
	return rc;
}

static int touch(struct applying *a, int64_t thread)
{
	return id_list_add(&a->touched, thread) == 0 ? 0 : diag_add(a->d, "%s: out of memory", a->conn->path);
}

static unsigned char nibble(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void sqlite_link(struct link *link_r, const struct slice *parts, size_t count)
{
	char hex[HASH_HEX_SIZE];

	hash_hex_parts(hex, parts, count);
	for (size_t i = 0; i < LINK_SIZE; i++)
		link_r->bytes[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

bool sqlite_token_link(struct link *link_r, const struct store_event *e)
{
	struct slice parts[] = {SLICE_LIT("reply id"), e->marketplace, e->reply_id};

	if (e->reply_id.len > 0)
		sqlite_link(link_r, parts, sizeof(parts) / sizeof(*parts));
	return e->reply_id.len > 0;
}

struct slice sqlite_link_slice(const struct link *link)
{
	return (struct slice){(const char *)link->bytes, LINK_SIZE};
}

/* ---- threads by key ------------------------------------------------------------------ */

/* The thread that it became part of, as far as it did. */
static int resolve(struct sql_conn *conn, int64_t *thread, struct diag *d)
{
	int64_t merged = *thread;
	int rc = 1;

	while (merged != 0 && rc == 1) {
		*thread = merged;
		rc = sql_first(conn, sql_bind(conn, SQL_THREAD_MERGED, d, "i", *thread), &merged, d);
	}
	return rc == 0 ? diag_add(d, "%s: damaged (a thread is missing); stop posternd and run 'postern rebuild'", conn->path)
	    : rc;
}

int sqlite_family_find(struct sql_conn *conn, struct slice key, int64_t *thread_r, struct diag *d)
{
	struct link link;
	int rc;

	sqlite_link(&link, &key, 1);
	rc = sql_first(conn, sql_bind(conn, SQL_KEY_FIND, d, "b", sqlite_link_slice(&link)), thread_r, d);
	return rc == 1 ? resolve(conn, thread_r, d) : rc;
}

int sqlite_family_make(struct applying *a, struct slice key, int64_t *thread_r)
{
	int rc = sqlite_family_find(a->conn, key, thread_r, a->d);
	struct link link;

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (sql_add_row(a->conn, sql_bind(a->conn, SQL_THREAD_NEW, a->d, ""), thread_r, a->d) == -1)
		return -1;
	sqlite_link(&link, &key, 1);
	return sql_finish(a->conn, sql_bind(a->conn, SQL_KEY_ADD, a->d, "bi", sqlite_link_slice(&link), *thread_r), a->d);
}

/* The key of the first message is the one that a thread is shown with. */
static int claim(struct applying *a, int64_t thread, struct slice key, const struct store_event *e, bool made)
{
	return sql_finish(a->conn, sql_bind(a->conn, SQL_THREAD_CLAIM, a->d, "isis", thread, key,
	    made ? e->time + KEY_MADE : e->time, e->id), a->d);
}

/* ---- two threads that are one ----------------------------------------------------------- */

static int merge(struct applying *a, int64_t kept, int64_t gone)
{
	static const enum sql_statement moves[] = {SQL_MERGE_MEMBERS, SQL_MERGE_ALERTS, SQL_MERGE_CLAIM, SQL_MERGE_CLEAR};
	static const enum sql_statement drops[] = {SQL_DROP_MEMBERS, SQL_DROP_ALERTS, SQL_DROP_INQUIRIES};
	int rc = sqlite_text_forget(a->conn, gone, a->d);

	if (rc == 0)
		rc = sqlite_family_drop(a->conn, gone, a->d);
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves) && rc == 0; i++)
		rc = sql_finish(a->conn, sql_bind(a->conn, moves[i], a->d, "ii", kept, gone), a->d);
	for (size_t i = 0; i < sizeof(drops) / sizeof(*drops) && rc == 0; i++)
		rc = sql_finish(a->conn, sql_bind(a->conn, drops[i], a->d, "i", gone), a->d);
	if (rc == 0)
		rc = touch(a, kept);
	return rc == 0 ? sqlite_names_of_thread(a, kept) : rc;
}

static int join(struct applying *a, int64_t one, int64_t other)
{
	if (resolve(a->conn, &one, a->d) == -1 || resolve(a->conn, &other, a->d) == -1)
		return -1;
	if (one == other)
		return 0;
	return one < other ? merge(a, one, other) : merge(a, other, one);
}

/* ---- entries that are about others --------------------------------------------------------- */

/* What a reference makes of two entries. */
enum bond {
	BOND_NONE,
	BOND_ADOPT, /* the one that refers belongs to the threads of the other */
	BOND_JOIN   /* their threads are one */
};

static enum bond bond_of(sqlite3_stmt *pair)
{
	int64_t type = sqlite3_column_int64(pair, 0), inbound = sqlite3_column_int64(pair, 1);
	int64_t keyed = sqlite3_column_int64(pair, 2), effect = sqlite3_column_int64(pair, 3);
	bool to_inbound = sqlite3_column_int64(pair, 5) != 0, same_shop = sqlite3_column_int64(pair, 7) != 0;
	int64_t to_keyed = sqlite3_column_int64(pair, 6);

	if (sqlite3_column_int64(pair, 4) != ENTRY_MESSAGE)
		return BOND_NONE;
	if (type != ENTRY_MESSAGE)
		return BOND_ADOPT;
	if (effect == EFFECT_FAILED)
		return to_inbound ? BOND_NONE : BOND_ADOPT;
	if (!same_shop)
		return BOND_NONE;
	/* An agent may start from another customer's mail: that reply answers both, but they stay two. */
	if (!inbound)
		return to_inbound ? BOND_ADOPT : BOND_NONE;
	if (keyed == KEYED_LOOSE || to_keyed == KEYED_LOOSE || keyed == KEYED_MANY || to_keyed == KEYED_MANY)
		return BOND_NONE;
	return BOND_JOIN;
}

static int adopt(struct applying *a, int64_t seq, int64_t target)
{
	struct id_list threads = {0};
	int rc = collect(a, sql_bind(a->conn, SQL_MEMBERS_OF, a->d, "i", target), &threads);

	for (size_t i = 0; i < threads.count && rc == 0; i++)
		rc = sqlite_member_add(a, threads.ids[i], seq, MEMBER_BY_REF);
	free(threads.ids);
	return rc;
}

static int refer(struct applying *a, int64_t seq, int64_t target)
{
	sqlite3_stmt *pair = sql_bind(a->conn, SQL_PAIR, a->d, "ii", seq, target);
	int64_t one = 0, other = 0;
	enum bond bond;
	int rc;

	if (pair == NULL || seq == target)
		return pair == NULL ? -1 : 0;
	rc = sql_step(a->conn, pair, a->d);
	bond = rc == 1 ? bond_of(pair) : BOND_NONE;
	sql_done(pair);
	if (bond == BOND_NONE)
		return rc == -1 ? -1 : 0;
	if (bond == BOND_JOIN) {
		rc = sql_first(a->conn, sql_bind(a->conn, SQL_OWN_THREAD, a->d, "i", seq), &one, a->d);
		if (rc == 1)
			rc = sql_first(a->conn, sql_bind(a->conn, SQL_OWN_THREAD, a->d, "i", target), &other, a->d);
		if (rc != 0)
			return rc == 1 ? join(a, one, other) : -1;
	}
	return adopt(a, seq, target);
}

/* Those that refer to seq by one of its names. */
static int collect_referrers(struct applying *a, int64_t seq, struct id_list *list)
{
	sqlite3_stmt *stmt = sql_bind(a->conn, SQL_NAMES, a->d, "i", seq);
	struct link id, header;
	bool has_header = false;
	int rc = stmt != NULL ? sql_step(a->conn, stmt, a->d) : -1;

	if (rc == 1) {
		struct slice text = slice_str(sql_text(stmt, 0));

		sqlite_link(&id, &text, 1);
		has_header = sqlite3_column_bytes(stmt, 1) == LINK_SIZE;
		if (has_header)
			memcpy(header.bytes, sqlite3_column_blob(stmt, 1), LINK_SIZE);
	}
	if (stmt != NULL)
		sql_done(stmt);
	if (rc != 1)
		return rc;
	rc = collect(a, sql_bind(a->conn, SQL_REFERRERS, a->d, "b", sqlite_link_slice(&id)), list);
	if (rc == 0 && has_header)
		rc = collect(a, sql_bind(a->conn, SQL_REFERRERS, a->d, "b", sqlite_link_slice(&header)), list);
	return rc;
}

int sqlite_member_add(struct applying *a, int64_t thread, int64_t seq, enum membership how)
{
	struct id_list referrers = {0};
	int rc = sql_change(a->conn, sql_bind(a->conn, SQL_MEMBER_ADD, a->d, "iii", thread, seq, (int64_t)how), a->d);

	if (rc != 1)
		return rc;
	rc = touch(a, thread);
	/* What is about this one comes along, as if it had been there before. */
	if (rc == 0 && how != MEMBER_BY_NAME)
		rc = collect_referrers(a, seq, &referrers);
	for (size_t i = 0; i < referrers.count && rc == 0; i++)
		rc = refer(a, referrers.ids[i], seq);
	free(referrers.ids);
	return rc;
}

/* ---- what an event says ---------------------------------------------------------------------- */

/* A key for what has no relay alias: "walmart:shop@example.com:order:123". */
static int make_key(struct applying *a, struct buf *out, const struct store_event *e, const char *kind, struct slice value)
{
	buf_truncate(out, 0);
	buf_add_slice(out, e->marketplace);
	buf_add_char(out, ':');
	buf_add_slice(out, e->shop);
	buf_printf(out, ":%s:", kind);
	buf_add_slice(out, value);
	return out->failed ? diag_add(a->d, "%s: out of memory", a->conn->path) : 0;
}

/* The entry belongs to the thread of a made key; what it belonged to already is the same thread when joins is set. */
static int join_made(struct applying *a, const struct store_event *e, const char *kind, struct slice value, bool joins,
    bool claims)
{
	struct buf key = {0};
	int64_t thread = 0, own = 0;
	int rc = make_key(a, &key, e, kind, value);

	if (rc == 0)
		rc = sqlite_family_make(a, buf_slice(&key), &thread);
	if (rc == 0 && claims)
		rc = claim(a, thread, buf_slice(&key), e, true);
	if (rc == 0)
		rc = sql_first(a->conn, sql_bind(a->conn, SQL_OWN_THREAD, a->d, "i", e->seq), &own, a->d);
	if (rc == 1 && joins)
		rc = join(a, own, thread);
	else if (rc != -1)
		rc = sqlite_member_add(a, thread, e->seq, MEMBER_OWN);
	buf_free(&key);
	return rc;
}

/* As it should be; another one could look like a key with a part. */
static bool is_bracketed(struct slice id)
{
	return id.len > 0 && id.ptr[id.len - 1] == '>';
}

/* Only what a marketplace sent joins by number: an agent's slip of the pen may not. */
static int join_numbers(struct applying *a, const struct store_event *e, size_t keys)
{
	bool alone = keys <= 1;
	int rc = 0;

	if (e->progress != PROGRESS_TAKEN || e->marketplace.len == 0)
		return 0;
	if (e->inbound && alone && e->order.len > 0)
		rc = join_made(a, e, "order", e->order, true, keys == 0);
	if (rc == 0 && alone && e->case_id.len > 0)
		rc = join_made(a, e, "case", e->case_id, e->inbound, keys == 0);
	/* An inquiry that nothing tells where it belongs is still one that waits. */
	if (rc == 0 && e->effect == EFFECT_INQUIRY && keys == 0 && e->order.len == 0 && e->case_id.len == 0)
		rc = join_made(a, e, "message", is_bracketed(e->message_id) ? e->message_id : e->id, true, true);
	return rc;
}

int sqlite_join_keys(struct applying *a, const struct store_event *e)
{
	size_t keys = 0;
	int rc = 0;

	for (size_t i = 0; i < json_array_size(e->threads) && rc == 0; i++) {
		struct slice key = store_event_text(e->threads, i);
		int64_t thread = 0;

		if (key.len == 0)
			continue;
		store_key_part(&key);
		keys++;
		rc = sqlite_family_make(a, key, &thread);
		if (rc == 0 && e->type == EVENT_MESSAGE)
			rc = claim(a, thread, key, e, false);
		if (rc == 0)
			rc = sqlite_member_add(a, thread, e->seq, MEMBER_OWN);
	}
	if (rc == 0 && e->type == EVENT_MESSAGE)
		rc = join_numbers(a, e, keys);
	return rc;
}

/* The entry refers to name: kept, so that it finds what comes later too. */
static int add_reference(struct applying *a, const struct store_event *e, struct slice name, bool is_id)
{
	struct id_list targets = {0};
	struct link link;
	int rc;

	if (name.len == 0)
		return 0;
	sqlite_link(&link, &name, 1);
	rc = sql_finish(a->conn, sql_bind(a->conn, SQL_REFERENCE_ADD, a->d, "bi", sqlite_link_slice(&link), e->seq), a->d);
	if (rc == 0)
		rc = collect(a, is_id ? sql_bind(a->conn, SQL_TARGETS_BY_ID, a->d, "s", name)
		    : sql_bind(a->conn, SQL_TARGETS_BY_HEADER, a->d, "b", sqlite_link_slice(&link)), &targets);
	for (size_t i = 0; i < targets.count && rc == 0; i++)
		rc = refer(a, e->seq, targets.ids[i]);
	free(targets.ids);
	return rc;
}

static int add_references(struct applying *a, const struct store_event *e, const json_t *list, size_t max)
{
	size_t count = json_array_size(list);
	int rc = 0;

	for (size_t i = count > max ? count - max : 0; i < count && rc == 0; i++)
		rc = add_reference(a, e, store_event_text(list, i), false);
	return rc;
}

/* It only tells which part of a family is answered: addresses and Message-IDs say whose it is. */
static int add_token(struct applying *a, const struct store_event *e)
{
	struct link token;

	if (e->inbound || !sqlite_token_link(&token, e))
		return 0;
	return sql_finish(a->conn, sql_bind(a->conn, SQL_REFERENCE_ADD, a->d, "bi", sqlite_link_slice(&token), e->seq), a->d);
}

int sqlite_join_references(struct applying *a, const struct store_event *e)
{
	int rc;

	if (e->type != EVENT_MESSAGE)
		return add_reference(a, e, e->ref, true);
	if (e->effect == EFFECT_FAILED)
		return add_references(a, e, e->failed, FAILED_MAX);
	if (e->progress != PROGRESS_TAKEN || e->marketplace.len == 0)
		return 0;
	rc = add_reference(a, e, e->in_reply_to, false);
	if (rc == 0)
		rc = add_token(a, e);
	return rc == 0 && e->inbound ? add_references(a, e, e->references, REFERENCES_MAX) : rc;
}
