/* SPDX-License-Identifier: BSD-2-Clause */
/* What later messages of a thread are compared with: fingerprints and a few facts, the newest of each thread. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "store/event.h"

/* Takes the oldest away until the newest so many are left. */
static int prune(struct sql_conn *conn, int64_t thread, struct diag *d)
{
	int64_t count = 0;
	int rc = sql_first(conn, sql_bind(conn, SQL_LETTER_COUNT, d, "i", thread), &count, d) == 1 ? 0 : -1;

	for (; count > STORE_LETTERS && rc == 0; count--)
		rc = sql_finish(conn, sql_bind(conn, SQL_LETTER_PRUNE, d, "i", thread), d);
	return rc;
}

int sqlite_letter_add(struct sql_conn *conn, int64_t thread, const struct store_event *e, struct diag *d)
{
	struct buf labels = {0};
	int rc;

	store_event_join(&labels, e->labels);
	rc = labels.failed ? diag_add(d, "%s: out of memory", conn->path)
	    : sql_finish(conn, sql_bind(conn, SQL_LETTER_ADD, d, "issiiss", e->seq, buf_slice(&labels), e->order,
	    (int64_t)e->asks, (int64_t)e->gave_phone, e->key, e->fingerprint), d);
	buf_free(&labels);
	return rc == 0 ? prune(conn, thread, d) : rc;
}

/* ---- reading ---- */

/* A letter with its text behind it. */
struct kept {
	struct store_letter letter;
	const char *id;
	char text[];
};

/* The newest of a thread, the newest first. */
struct newest {
	struct kept *items[STORE_LETTERS];
	size_t count;
};

static const char *copy_text(char **to, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*to, text, size);

	*to += size;
	return copy;
}

/* The row of a statement; NULL: memory is out. */
static struct kept *kept_new(sqlite3_stmt *stmt)
{
	const char *id = sql_text(stmt, 2), *labels = sql_text(stmt, 3), *order = sql_text(stmt, 4);
	const char *key = sql_text(stmt, 7), *fingerprint = sql_text(stmt, 8);
	struct kept *kept = malloc(sizeof(*kept) + strlen(id) + strlen(labels) + strlen(order) + strlen(key) +
	    strlen(fingerprint) + 5);
	char *to;

	if (kept == NULL)
		return NULL;
	to = kept->text;
	kept->id = copy_text(&to, id);
	kept->letter = (struct store_letter){
		.inbound = sqlite3_column_int(stmt, 0), .time = sqlite3_column_int64(stmt, 1),
		.labels = copy_text(&to, labels), .order = copy_text(&to, order), .asks = sqlite3_column_int(stmt, 5),
		.gave_phone = sqlite3_column_int(stmt, 6), .key = copy_text(&to, key),
		.fingerprint = copy_text(&to, fingerprint),
	};
	return kept;
}

static bool is_newer(const struct kept *a, const struct kept *b)
{
	if (a->letter.time != b->letter.time)
		return a->letter.time > b->letter.time;
	return strcmp(a->id, b->id) > 0;
}

/* Takes kept over; of more than are kept the oldest goes. */
static void newest_add(struct newest *newest, struct kept *kept)
{
	size_t at = newest->count;

	if (at == STORE_LETTERS) {
		if (!is_newer(kept, newest->items[--at])) {
			free(kept);
			return;
		}
		free(newest->items[at]);
	} else {
		newest->count++;
	}
	for (; at > 0 && is_newer(kept, newest->items[at - 1]); at--)
		newest->items[at] = newest->items[at - 1];
	newest->items[at] = kept;
}

static int newest_read(struct sql_conn *conn, int64_t thread, struct newest *newest, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_LETTERS, d, "i", thread);
	int rc = -1;

	while (stmt != NULL && (rc = sql_step(conn, stmt, d)) == 1) {
		struct kept *kept = kept_new(stmt);

		if (kept == NULL) {
			rc = diag_add(d, "%s: out of memory", conn->path);
			break;
		}
		newest_add(newest, kept);
	}
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

int sqlite_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	struct newest newest = {.count = 0};
	int64_t id = 0;
	int rc, stop = 0;

	if (conn == NULL)
		return -1;
	store_key_part(&thread);
	rc = sqlite_family_find(conn, thread, &id, d);
	if (rc == 1)
		rc = newest_read(conn, id, &newest, d);
	rc = sqlite_read_end(s, conn, rc == -1 ? -1 : 0, d);
	for (size_t i = 0; i < newest.count; i++) {
		stop = rc == 0 && stop == 0 ? fn(arg, &newest.items[i]->letter) : stop;
		free(newest.items[i]);
	}
	return rc == 0 ? stop : rc;
}
