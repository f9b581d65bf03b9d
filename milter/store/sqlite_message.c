/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread's history, and what is due. */
#include "store/sqlite.h"

#include "desk/thread.h"
#include "store/event.h"

static int give_entry(const struct entry_list *list, const struct entry *entry, store_message_fn fn, void *arg)
{
	const struct entry *target = entry_target(list, entry, 0);
	struct store_message message = {
		.id = entry->id, .time = entry->time,
		.direction = entry->type != ENTRY_MESSAGE ? "desk" : entry->inbound ? "in" : "out",
		.action = entry->action, .effect = store_effect_kind(entry->effect), .due = entry->due,
		.ref = target != NULL ? target->id : entry->type == ENTRY_MESSAGE ? "" : entry->ref,
		.subject = entry->subject, .customer = entry->customer, .agent = entry->agent, .order = entry->order,
		.case_id = entry->case_id, .case_channel = entry->channel, .labels = entry->labels,
		.message_id = entry->message_id,
	};

	return fn(arg, &message);
}

static int give_entries(struct sql_conn *conn, int64_t thread, store_message_fn fn, void *arg, int *stop_r, struct diag *d)
{
	struct entry_list list;

	if (entry_list_load(conn, thread, &list, d) == -1)
		return -1;
	for (size_t i = 0; i < list.count && *stop_r == 0; i++)
		if (list.entries[i].counts)
			*stop_r = give_entry(&list, &list.entries[i], fn, arg);
	entry_list_free(&list);
	return 0;
}

int sqlite_messages(struct store *store, struct slice thread, store_message_fn fn, void *arg, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct sql_conn *conn = sqlite_read_begin(s, d);
	int64_t id = 0;
	int rc, stop = 0;

	if (conn == NULL)
		return -1;
	rc = sqlite_thread_find(conn, thread, &id, d);
	if (rc == 1)
		rc = give_entries(conn, id, fn, arg, &stop, d);
	rc = sqlite_read_end(s, conn, rc, d);
	return rc == 0 ? stop : rc;
}

static int give_due(sqlite3_stmt *row, store_due_fn fn, void *arg)
{
	struct store_due due = {
		.key = sql_text(row, 0), .marketplace = sql_text(row, 1), .shop = sql_text(row, 2), .customer = sql_text(row, 3),
		.subject = sql_text(row, 4), .order = sql_text(row, 5), .labels = sql_text(row, 6),
		.opened = sqlite3_column_int64(row, 7), .due = sqlite3_column_int64(row, 8),
		.alerted = sqlite3_column_int(row, 9),
	};

	return fn(arg, &due);
}

int sqlite_due(struct store *store, int64_t until, store_due_fn fn, void *arg, struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = sql_bind(rows.conn, SQL_DUE, d, "i", until);
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = give_due(rows.stmt, fn, arg);
	return sqlite_rows_end(&rows, stop);
}
