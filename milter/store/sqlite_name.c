/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of replies that name the customer and nothing else. Such a copy belongs
 * to a thread when exactly one of its shop had a message from somebody of that name
 * by then; looked at again whenever another one of that name comes or threads merge.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "store/event.h"
#include "store/fold.h"

struct copy {
	int64_t seq, time;
};

struct copies {
	struct copy *list;
	size_t count, size;
};

bool sqlite_name_link(struct link *link_r, const struct store_event *e)
{
	struct buf name = {0};
	struct slice parts[3];

	if (!e->inbound || e->progress != PROGRESS_TAKEN || e->customer.len == 0 || e->marketplace.len == 0)
		return false;
	text_fold(&name, slice_trim(e->customer));
	parts[0] = e->marketplace;
	parts[1] = e->shop;
	parts[2] = buf_slice(&name);
	sqlite_link(link_r, parts, 3);
	buf_free(&name);
	return true;
}

static int add_copy(struct copies *copies, int64_t seq, int64_t time)
{
	if (copies->count == copies->size) {
		size_t size = copies->size > 0 ? copies->size * 2 : 8;
		struct copy *list = realloc(copies->list, size * sizeof(*list));

		if (list == NULL)
			return -1;
		copies->list = list;
		copies->size = size;
	}
	copies->list[copies->count++] = (struct copy){seq, time};
	return 0;
}

static int load_copies(struct applying *a, const struct link *name, struct copies *copies)
{
	sqlite3_stmt *stmt = sql_bind(a->conn, SQL_LOOSE_COPIES, a->d, "b", sqlite_link_slice(name));
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(a->conn, stmt, a->d)) == 1)
		if (add_copy(copies, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1)) == -1)
			rc = diag_add(a->d, "%s: out of memory", a->conn->path);
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

/* 1: the only thread of that name up to time, 0: none or several. */
static int only_thread(struct applying *a, const struct link *name, int64_t time, int64_t *thread_r)
{
	sqlite3_stmt *stmt = sql_bind(a->conn, SQL_NAME_THREADS, a->d, "bi", sqlite_link_slice(name), time);
	int rc = stmt != NULL ? sql_step(a->conn, stmt, a->d) : -1;

	if (rc == 1) {
		*thread_r = sqlite3_column_int64(stmt, 0);
		rc = sql_step(a->conn, stmt, a->d);
		rc = rc == -1 ? -1 : rc == 0;
	}
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

static int settle(struct applying *a, const struct link *name, const struct copy *copy)
{
	int64_t before = 0, thread = 0;
	int had, found = only_thread(a, name, copy->time, &thread);

	if (found == -1)
		return -1;
	had = sql_first(a->conn, sql_bind(a->conn, SQL_MEMBER_REMOVE, a->d, "i", copy->seq), &before, a->d);
	if (had == -1 || (had == 1 && id_list_add(&a->touched, before) == -1))
		return had == -1 ? -1 : diag_add(a->d, "%s: out of memory", a->conn->path);
	return found == 1 ? sqlite_member_add(a, thread, copy->seq, MEMBER_BY_NAME) : 0;
}

int sqlite_names_settle(struct applying *a, const struct link *name)
{
	struct copies copies = {0};
	int rc = load_copies(a, name, &copies);

	for (size_t i = 0; i < copies.count && rc == 0; i++)
		rc = settle(a, name, &copies.list[i]);
	free(copies.list);
	return rc;
}

int sqlite_names_of_thread(struct applying *a, int64_t thread)
{
	sqlite3_stmt *stmt = sql_bind(a->conn, SQL_NAMES_OF, a->d, "i", thread);
	struct buf names = {0};
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(a->conn, stmt, a->d)) == 1)
		if (sqlite3_column_bytes(stmt, 0) == LINK_SIZE)
			buf_add(&names, sqlite3_column_blob(stmt, 0), LINK_SIZE);
	if (stmt != NULL)
		sql_done(stmt);
	if (names.failed)
		rc = diag_add(a->d, "%s: out of memory", a->conn->path);
	for (size_t at = 0; at + LINK_SIZE <= names.len && rc == 0; at += LINK_SIZE) {
		struct link link;

		memcpy(link.bytes, names.data + at, LINK_SIZE);
		rc = sqlite_names_settle(a, &link);
	}
	buf_free(&names);
	return rc;
}
