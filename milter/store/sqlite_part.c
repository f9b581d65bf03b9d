/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A family: a thread that is joined as a whole and shown as its parts, one for each item that the customer's address
 * writes about. The parts' rows and members are a projection of the family's entries, as everything that is shown is:
 * written anew with each fold, and gone when nothing belongs to them any more.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "store/event.h"

int sqlite_thread_find(struct sql_conn *conn, struct slice key, int64_t *thread_r, struct diag *d)
{
	struct slice part = store_key_part(&key);
	int64_t family = 0;
	int rc = sqlite_family_find(conn, key, &family, d);

	if (rc != 1)
		return rc;
	rc = sql_first(conn, sql_bind(conn, SQL_PART_FIND, d, "is", family, part), thread_r, d);
	if (rc != 0 || part.len > 0)
		return rc;
	*thread_r = family;
	return 1;
}

/* ---- parts that are no more --------------------------------------------------------------- */

static int drop_part(struct sql_conn *conn, int64_t thread, struct diag *d)
{
	static const enum sql_statement drops[] = {SQL_DROP_MEMBERS, SQL_DROP_INQUIRIES, SQL_PART_REMOVE};
	int rc = sqlite_text_forget(conn, thread, d);

	for (size_t i = 0; i < sizeof(drops) / sizeof(*drops) && rc == 0; i++)
		rc = sql_finish(conn, sql_bind(conn, drops[i], d, "i", thread), d);
	return rc;
}

static bool has_part(const struct placement *placement, const char *part)
{
	for (size_t i = 0; placement != NULL && i < placement->count; i++)
		if (strcmp(placement->parts[i], part) == 0)
			return true;
	return false;
}

/* All but those of the placement; NULL: all. */
static int drop_others(struct sql_conn *conn, int64_t family, const struct placement *placement, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_PARTS, d, "i", family);
	struct id_list gone = {0};
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(conn, stmt, d)) == 1)
		if (!has_part(placement, sql_text(stmt, 1)) && id_list_append(&gone, sqlite3_column_int64(stmt, 0)) == -1)
			rc = diag_add(d, "%s: out of memory", conn->path);
	if (stmt != NULL)
		sql_done(stmt);
	for (size_t i = 0; i < gone.count && rc == 0; i++)
		rc = drop_part(conn, gone.ids[i], d);
	free(gone.ids);
	return rc;
}

int sqlite_family_drop(struct sql_conn *conn, int64_t family, struct diag *d)
{
	return drop_others(conn, family, NULL, d);
}

/* ---- the parts that there are -------------------------------------------------------------- */

/* Adds the part's entries; *written_r: by an alias of the customer's, so that the inbox shows it in any case. */
static int write_members(struct sql_conn *conn, int64_t thread, const struct placement *placement, const char *part,
    bool *written_r, struct diag *d)
{
	const struct entry *entries = placement->list->entries;
	int64_t count = 0, wanted = 0;
	int rc = 0;

	*written_r = false;
	for (size_t i = 0; i < placement->list->count && rc == 0; i++) {
		if (!placement_has(placement, i, part))
			continue;
		wanted++;
		*written_r |= entries[i].type == ENTRY_MESSAGE && (entries[i].keyed == KEYED_ONE || entries[i].keyed == KEYED_MANY);
		rc = sql_finish(conn, sql_bind(conn, SQL_PART_MEMBER, d, "iii", thread, entries[i].seq,
		    entries[i].how + MEMBER_IN_PART), d);
	}
	if (rc == 0 && sql_first(conn, sql_bind(conn, SQL_PART_COUNT, d, "i", thread), &count, d) != 1)
		return -1;
	if (rc != 0 || count == wanted)
		return rc;
	/* Some went to another part; what is left after this is right. */
	if (sql_finish(conn, sql_bind(conn, SQL_DROP_MEMBERS, d, "i", thread), d) == -1)
		return -1;
	return write_members(conn, thread, placement, part, written_r, d);
}

static int fold_part(struct sql_conn *conn, int64_t family, const struct placement *placement, const char *part,
    struct diag *d)
{
	struct slice name = slice_str(part);
	int64_t thread = 0;
	bool written;
	int rc = sql_first(conn, sql_bind(conn, SQL_PART_FIND, d, "is", family, name), &thread, d);

	if (rc == 0)
		rc = sql_add_row(conn, sql_bind(conn, SQL_PART_NEW, d, "is", family, name), &thread, d);
	if (rc == -1 || write_members(conn, thread, placement, part, &written, d) == -1)
		return -1;
	rc = sql_finish(conn, sql_bind(conn, SQL_PART_NAME, d, "iii", family, thread, written ? (int64_t)0 : KEY_MADE), d);
	return rc == 0 ? sqlite_fold_thread(conn, thread, d) : rc;
}

/* The family itself is not shown beside its parts. */
static int hide(struct sql_conn *conn, int64_t family, struct diag *d)
{
	if (sqlite_text_forget(conn, family, d) == -1 ||
	    sql_finish(conn, sql_bind(conn, SQL_DROP_INQUIRIES, d, "i", family), d) == -1)
		return -1;
	return sql_finish(conn, sql_bind(conn, SQL_THREAD_HIDE, d, "i", family), d);
}

static bool is_whole(const struct placement *placement)
{
	return placement->count == 0 || (placement->count == 1 && placement->parts[0][0] == '\0');
}

int sqlite_family_fold(struct sql_conn *conn, int64_t family, struct diag *d)
{
	struct placement placement = {0};
	struct entry_list list;
	int rc;

	if (entry_list_load(conn, family, &list, d) == -1)
		return -1;
	rc = placement_make(conn, family, &list, &placement, d);
	if (rc == 0)
		rc = drop_others(conn, family, is_whole(&placement) ? NULL : &placement, d);
	if (rc == 0)
		rc = is_whole(&placement) ? sqlite_fold_entries(conn, family, &list, d) : hide(conn, family, d);
	for (size_t i = 0; i < placement.count && rc == 0 && !is_whole(&placement); i++)
		rc = fold_part(conn, family, &placement, placement.parts[i], d);
	placement_free(&placement);
	entry_list_free(&list);
	return rc;
}
