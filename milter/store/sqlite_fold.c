/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's projection, written anew from its entries: its line of the inbox, its
 * search entry and its inquiries. Nothing is counted up, so nothing can drift and
 * nothing depends on the order in which events came.
 */
#include "store/sqlite.h"

#include <stdlib.h>

#include "desk/rate.h"
#include "desk/thread.h"
#include "store/event.h"
#include "store/fold.h"

/* ---- inquiries -------------------------------------------------------------------- */

static int find_party(struct sql_conn *conn, const struct thread_view *view, const char *agent, int64_t *party_r,
    struct diag *d)
{
	int rc = sql_first(conn, sql_bind(conn, SQL_PARTY_ID, d, "nnn", view->marketplace, view->shop, agent), party_r, d);

	if (rc == 0)
		return sql_add_row(conn, sql_bind(conn, SQL_PARTY_ADD, d, "nnn", view->marketplace, view->shop, agent), party_r, d);
	return rc == 1 ? 0 : -1;
}

static int write_inquiry(struct sql_conn *conn, int64_t thread, int64_t number, const struct desk_inquiry *inquiry,
    int64_t party, struct diag *d)
{
	int64_t moment;
	/* As of a now that is behind everything. */
	bool counts = desk_rate_moment(inquiry, INT64_MAX, &moment);

	return sql_finish(conn, sql_bind(conn, SQL_INQUIRY_SET, d, "iiiiiiiiiii", thread, number, inquiry->opened, inquiry->due,
	    inquiry->closed, (int64_t)inquiry->outcome, party, moment, sqlite_day(moment),
	    (int64_t)desk_inquiry_in_time(inquiry, INT64_MAX), (int64_t)counts), d);
}

/* In the order of SQL_INQUIRIES, without the number. */
#define INQUIRY_COLUMNS 5

/* How many rows of the table are still right, from the first one. */
static int count_unchanged(struct sql_conn *conn, int64_t thread, int64_t (*rows)[INQUIRY_COLUMNS], size_t count,
    size_t *same_r, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_INQUIRIES, d, "i", thread);
	size_t same = 0;
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && same < count && (rc = sql_step(conn, stmt, d)) == 1) {
		bool equal = true;

		for (int i = 0; i < INQUIRY_COLUMNS; i++)
			equal = equal && sqlite3_column_int64(stmt, i + 1) == rows[same][i];
		if (!equal)
			break;
		same++;
	}
	if (stmt != NULL)
		sql_done(stmt);
	*same_r = same;
	return rc == -1 ? -1 : 0;
}

/* Only what changed is written: a long thread has many, and they stay. */
static int write_rows(struct sql_conn *conn, int64_t thread, const struct desk_inquiry *inquiries,
    int64_t (*rows)[INQUIRY_COLUMNS], size_t count, struct diag *d)
{
	size_t same = 0;
	int rc = count_unchanged(conn, thread, rows, count, &same, d);

	for (size_t i = same; i < count && rc == 0; i++)
		rc = write_inquiry(conn, thread, (int64_t)i, &inquiries[i], rows[i][4], d);
	return rc == 0 ? sql_finish(conn, sql_bind(conn, SQL_INQUIRY_TRIM, d, "ii", thread, (int64_t)count), d) : rc;
}

static int write_inquiries(struct sql_conn *conn, int64_t thread, const struct thread_view *view,
    const struct desk_inquiry *inquiries, size_t count, struct diag *d)
{
	int64_t (*rows)[INQUIRY_COLUMNS] = calloc(count + 1, sizeof(*rows));
	int rc = rows != NULL ? 0 : diag_add(d, "%s: out of memory", conn->path);

	for (size_t i = 0; i < count && rc == 0; i++) {
		rows[i][0] = inquiries[i].opened;
		rows[i][1] = inquiries[i].due;
		rows[i][2] = inquiries[i].closed;
		rows[i][3] = inquiries[i].outcome;
		rc = find_party(conn, view, inquiries[i].agent, &rows[i][4], d);
	}
	if (rc == 0)
		rc = write_rows(conn, thread, inquiries, rows, count, d);
	free(rows);
	return rc;
}

/* ---- the search entry ---------------------------------------------------------------- */

/* The search index holds no copy of the text, so that it is told what to forget. */
int sqlite_text_forget(struct sql_conn *conn, int64_t thread, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_THREAD_OLD, d, "ii", thread, KEY_MADE);
	int rc = stmt != NULL ? sql_step(conn, stmt, d) : -1;

	if (rc == 1 && sqlite3_column_int64(stmt, 0) != 0)
		rc = sql_finish(conn, sql_bind(conn, SQL_TEXT_DELETE, d, "iss", thread, slice_str(sql_text(stmt, 1)),
		    slice_str(sql_text(stmt, 2))), d);
	if (stmt != NULL)
		sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

/* old: SQL_THREAD_OLD's row. */
static int change_text(struct sql_conn *conn, int64_t thread, sqlite3_stmt *old, const struct buf *subject,
    const struct buf *customer, bool visible, struct diag *d)
{
	struct slice old_subject = slice_str(sql_text(old, 1)), old_customer = slice_str(sql_text(old, 2));
	bool was = sqlite3_column_int64(old, 0) != 0;
	int rc = 0;

	if (was == visible && slice_eq(buf_slice(subject), old_subject) && slice_eq(buf_slice(customer), old_customer))
		return 0;
	if (was)
		rc = sql_finish(conn, sql_bind(conn, SQL_TEXT_DELETE, d, "iss", thread, old_subject, old_customer), d);
	if (rc == 0 && visible)
		rc = sql_finish(conn, sql_bind(conn, SQL_TEXT_ADD, d, "iss", thread, buf_slice(subject), buf_slice(customer)), d);
	return rc;
}

/* *visible_r: whether the inbox shows the thread: a customer has a relay alias, or something waits. */
static int write_text(struct sql_conn *conn, int64_t thread, const struct thread_view *view, bool inquired,
    bool *visible_r, struct diag *d)
{
	sqlite3_stmt *old = sql_bind(conn, SQL_THREAD_OLD, d, "ii", thread, KEY_MADE);
	struct buf subject = {0}, customer = {0};
	int rc = old != NULL ? sql_step(conn, old, d) : -1;

	if (rc == 1) {
		*visible_r = inquired || sqlite3_column_int64(old, 3) != 0;
		text_fold(&subject, slice_str(view->subject));
		text_fold(&customer, slice_str(view->customer));
		rc = subject.failed || customer.failed ? diag_add(d, "%s: out of memory", conn->path)
		    : change_text(conn, thread, old, &subject, &customer, *visible_r, d);
	}
	if (old != NULL)
		sql_done(old);
	buf_free(&subject);
	buf_free(&customer);
	return rc;
}

/* ---- the line of the inbox -------------------------------------------------------------- */

/* The seller wrote first, about an order, and it went out. */
static bool is_adjustment(const struct entry *first)
{
	return first != NULL && !first->inbound && first->progress == PROGRESS_TAKEN && first->effect != EFFECT_HELD &&
	    first->order[0] != '\0';
}

static int write_thread(struct sql_conn *conn, int64_t thread, const struct entry_list *list,
    const struct thread_view *view, const struct desk_inquiry *inquiries, size_t count, struct diag *d)
{
	struct thread_status status = desk_inquiries_status(inquiries, count, list->newest);
	bool waits = status.state == THREAD_OPEN || status.state == THREAD_OVERDUE, visible = false;
	struct slice labels = buf_slice(&view->labels);
	const char *joined = labels.len > 0 ? labels.ptr : "";

	if (write_text(conn, thread, view, count > 0, &visible, d) == -1)
		return -1;
	return sql_finish(conn, sql_bind(conn, SQL_THREAD_WRITE, d, "iinnnnnnsniiiiiiiiii", thread, (int64_t)visible,
	    view->marketplace, view->shop, view->customer, view->subject, view->order, view->case_id, labels, view->last_id,
	    view->last_time, list->failed, waits ? status.opened : 0, waits ? status.due : 0, (int64_t)status.spam,
	    (int64_t)status.done, (int64_t)(waits && store_has_label(joined, LABEL_NEEDED)),
	    (int64_t)store_has_label(joined, LABEL_CARE), (int64_t)is_adjustment(view->first), list->revised), d);
}

int sqlite_fold_entries(struct sql_conn *conn, int64_t thread, const struct entry_list *list, struct diag *d)
{
	struct desk_inquiry *inquiries = NULL;
	struct thread_view view = {0};
	size_t count = 0;
	int rc = desk_inquiries(list->events, list->event_count, list->newest, &inquiries, &count);

	if (rc == 0)
		rc = thread_view_make(list, &view);
	if (rc == -1)
		diag_add(d, "%s: out of memory", conn->path);
	if (rc == 0)
		rc = write_inquiries(conn, thread, &view, inquiries, count, d);
	if (rc == 0)
		rc = write_thread(conn, thread, list, &view, inquiries, count, d);
	thread_view_free(&view);
	free(inquiries);
	return rc;
}

int sqlite_fold_thread(struct sql_conn *conn, int64_t thread, struct diag *d)
{
	struct entry_list list;
	int rc;

	if (entry_list_load(conn, thread, &list, d) == -1)
		return -1;
	rc = sqlite_fold_entries(conn, thread, &list, d);
	entry_list_free(&list);
	return rc;
}
