/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking for threads. A search starts with what narrows it most: a key, a message,
 * an order, a case, a part of a text, else the index of the state that is asked for.
 */
#include "store/sqlite.h"

#include <stdlib.h>

#include "desk/thread.h"
#include "store/fold.h"

/* A part that more threads have is found faster by walking the newest ones than by sorting all of them. */
#define TEXT_MATCHES_MAX 20000

/* A thread that fits, as of a past second. */
struct found {
	int64_t id, last_time;
};

struct search {
	struct sql_conn *conn;
	const struct store_filter *filter;
	struct diag *d;
	struct buf subject, customer; /* folded parts */
	struct buf match;             /* what the text index is asked for; empty: nothing */
	enum sql_statement start;
	int64_t thread;               /* of the key */
	bool past;                    /* as of a second before the newest event */
	int64_t quiet_since;          /* only threads where nothing happened after it */
	int64_t state, limit, offset;
	int64_t wanted;               /* so many are still to be given */
	struct found *found;
	size_t found_count, found_size;
	store_thread_fn fn;
	void *arg;
	int stop;
};

/* ---- where to start --------------------------------------------------------------------- */

static int fold_parts(struct search *search)
{
	const struct store_filter *filter = search->filter;

	if (filter->subject != NULL)
		text_fold(&search->subject, slice_str(filter->subject));
	if (filter->customer != NULL)
		text_fold(&search->customer, slice_str(filter->customer));
	sqlite_match_add(&search->match, "subject", buf_slice(&search->subject));
	sqlite_match_add(&search->match, "customer", buf_slice(&search->customer));
	if (search->subject.failed || search->customer.failed || search->match.failed)
		return diag_add(search->d, "%s: out of memory", search->conn->path);
	return 0;
}

static const enum sql_statement starts_of_states[] = {
	[STORE_ANY] = SQL_THREADS_ANY, [STORE_UNANSWERED] = SQL_THREADS_UNANSWERED, [STORE_OVERDUE] = SQL_THREADS_OVERDUE,
	[STORE_FAILED] = SQL_THREADS_FAILED, [STORE_SPAM] = SQL_THREADS_SPAM, [STORE_RESPONSE_NEEDED] = SQL_THREADS_NEEDED,
	[STORE_CUSTOMER_CARE] = SQL_THREADS_CARE, [STORE_ADJUSTMENT] = SQL_THREADS_ADJUSTMENT, [STORE_ALL] = SQL_THREADS_ALL,
};

/* Whether the text index gives few enough to sort. 1: yes. */
static int is_rare(struct search *search)
{
	int64_t count = 0;
	int rc = sql_first(search->conn, sql_bind(search->conn, SQL_TEXT_COUNT, search->d, "si", buf_slice(&search->match),
	    (int64_t)TEXT_MATCHES_MAX + 1), &count, search->d);

	return rc == -1 ? -1 : count <= TEXT_MATCHES_MAX;
}

/* 1: start and what it needs, 0: nothing can fit. */
static int choose_start(struct search *search)
{
	const struct store_filter *filter = search->filter;
	int rc = 1;

	search->start = starts_of_states[search->state];
	if (filter->key != NULL) {
		search->start = SQL_THREADS_ONE;
		return sqlite_thread_find(search->conn, slice_str(filter->key), &search->thread, search->d);
	}
	if (filter->message != NULL)
		search->start = SQL_THREADS_MESSAGE;
	else if (filter->order != NULL)
		search->start = SQL_THREADS_ORDER;
	else if (filter->case_id != NULL)
		search->start = SQL_THREADS_CASE;
	else if (search->match.len > 0 && (rc = is_rare(search)) == 1)
		search->start = SQL_THREADS_TEXT;
	return rc == -1 ? -1 : 1;
}

static sqlite3_stmt *bind_start(struct search *search)
{
	const struct store_filter *f = search->filter;
	const char *subject = f->subject != NULL && f->subject[0] != '\0' ? search->subject.data : NULL;
	const char *customer = f->customer != NULL && f->customer[0] != '\0' ? search->customer.data : NULL;
	char types[] = "nnnnnnnniiiii\0";
	struct slice text = SLICE_NONE;

#define COMMON f->shop, f->marketplace, f->label, f->order, f->case_id, f->message, subject, customer, search->state, \
    f->now, search->limit, search->offset, search->quiet_since
	switch (search->start) {
	case SQL_THREADS_ONE:
		types[13] = 'i';
		return sql_bind(search->conn, search->start, search->d, types, COMMON, search->thread);
	case SQL_THREADS_CHANGED:
		types[13] = 'i';
		return sql_bind(search->conn, search->start, search->d, types, COMMON, f->now);
	case SQL_THREADS_MESSAGE:
		text = slice_str(f->message);
		break;
	case SQL_THREADS_ORDER:
		text = slice_str(f->order);
		break;
	case SQL_THREADS_CASE:
		text = slice_str(f->case_id);
		break;
	case SQL_THREADS_TEXT:
		text = buf_slice(&search->match);
		break;
	default:
		return sql_bind(search->conn, search->start, search->d, types, COMMON);
	}
	types[13] = 's';
	return sql_bind(search->conn, search->start, search->d, types, COMMON, text);
#undef COMMON
}

/* ---- as of a past second -------------------------------------------------------------------- */

static int64_t failed_by(const struct entry_list *list, int64_t now)
{
	int64_t failed = 0;

	for (size_t i = 0; i < list->event_count && list->events[i].time <= now; i++) {
		enum desk_event_kind kind = list->events[i].kind;
		bool by_command = kind == DESK_REFUSED && list->events[i].ref[0] != '\0';

		if (kind == DESK_ANSWER || kind == DESK_RELEASED)
			failed = 0;
		failed += (kind == DESK_HELD || kind == DESK_FAILED || kind == DESK_REFUSED) && !by_command;
	}
	return failed;
}

static bool fits_state(enum store_state state, const struct store_thread *thread, bool adjustment, int64_t now)
{
	bool waits = thread->opened != 0;

	switch (state) {
	case STORE_ANY:
		return !thread->spam;
	case STORE_UNANSWERED:
		return waits;
	case STORE_OVERDUE:
		return waits && thread->due < now;
	case STORE_FAILED:
		return thread->failed > 0;
	case STORE_SPAM:
		return thread->spam;
	case STORE_RESPONSE_NEEDED:
		return waits && store_has_label(thread->labels, LABEL_NEEDED);
	case STORE_CUSTOMER_CARE:
		return store_has_label(thread->labels, LABEL_CARE);
	case STORE_ADJUSTMENT:
		return adjustment;
	case STORE_ALL:
		break;
	}
	return true;
}

/* The columns are as of the newest event; here as of now. False: the thread did not exist, or does not fit. */
static bool set_back(const struct search *search, const struct entry_list *list, struct store_thread *thread,
    bool adjustment)
{
	int64_t now = search->filter->now;
	struct thread_status status = desk_thread_status(list->events, list->event_count, now);
	bool waits = status.state == THREAD_OPEN || status.state == THREAD_OVERDUE;

	if (list->event_count == 0 || list->events[0].time > now)
		return false;
	thread->spam = status.spam;
	thread->done = status.done;
	thread->opened = waits ? status.opened : 0;
	thread->due = waits ? status.due : 0;
	thread->failed = failed_by(list, now);
	if (search->filter->state == STORE_ANY && (search->filter->key != NULL || search->filter->message != NULL))
		return true;
	return fits_state(search->filter->state, thread, adjustment, now);
}

/* ---- the walk ----------------------------------------------------------------------------------- */

static int give_thread(struct search *search, sqlite3_stmt *row)
{
	struct store_thread thread = {
		.key = sql_text(row, 1), .marketplace = sql_text(row, 2), .shop = sql_text(row, 3), .customer = sql_text(row, 4),
		.subject = sql_text(row, 5), .order = sql_text(row, 6), .case_id = sql_text(row, 7), .labels = sql_text(row, 8),
		.last_id = sql_text(row, 9), .last_time = sqlite3_column_int64(row, 10), .failed = sqlite3_column_int64(row, 11),
		.opened = sqlite3_column_int64(row, 12), .due = sqlite3_column_int64(row, 13),
		.spam = sqlite3_column_int(row, 14), .done = sqlite3_column_int(row, 15),
	};
	struct entry_list list;

	if (entry_list_load(search->conn, sqlite3_column_int64(row, 0), &list, search->d) == -1)
		return -1;
	thread.events = list.events;
	thread.event_count = list.event_count;
	if (!search->past || set_back(search, &list, &thread, sqlite3_column_int64(row, 16) != 0))
		search->stop = search->fn(search->arg, &thread);
	entry_list_free(&list);
	return 0;
}

static int walk(struct search *search, int (*row_fn)(struct search *search, sqlite3_stmt *row))
{
	sqlite3_stmt *stmt = bind_start(search);
	int rc = stmt != NULL ? 1 : -1;

	while (search->stop == 0 && rc == 1 && (rc = sql_step(search->conn, stmt, search->d)) == 1)
		rc = row_fn(search, stmt) == 0 ? 1 : -1;
	if (stmt != NULL)
		sql_done(stmt);
	return rc == -1 ? -1 : 0;
}

/* ---- the walk as of a past second ---------------------------------------------------------------- */

static int note_thread(struct search *search, sqlite3_stmt *row)
{
	if (search->found_count == search->found_size) {
		size_t size = search->found_size > 0 ? search->found_size * 2 : 256;
		struct found *found = realloc(search->found, size * sizeof(*found));

		if (found == NULL)
			return diag_add(search->d, "%s: out of memory", search->conn->path);
		search->found = found;
		search->found_size = size;
	}
	search->found[search->found_count++] = (struct found){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 10)};
	return 0;
}

static int note_changed(struct search *search, sqlite3_stmt *row)
{
	int64_t now = search->filter->now, last_time = sqlite3_column_int64(row, 10), revised = sqlite3_column_int64(row, 17);
	struct store_thread thread = {.labels = sql_text(row, 8)};
	struct entry_list list;
	bool fits;

	if (last_time <= now && revised <= now)
		return 0;
	if (entry_list_load(search->conn, sqlite3_column_int64(row, 0), &list, search->d) == -1)
		return -1;
	fits = set_back(search, &list, &thread, sqlite3_column_int64(row, 16) != 0);
	entry_list_free(&list);
	return fits ? note_thread(search, row) : 0;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->last_time != y->last_time)
		return x->last_time < y->last_time ? 1 : -1;
	return (x->id < y->id) - (x->id > y->id);
}

/* Those where something happened since are looked at one by one; of all others the columns say how it was. */
static int find_past(struct search *search)
{
	enum sql_statement start = search->start;
	int64_t state = search->state;

	search->quiet_since = search->filter->now;
	if (__builtin_add_overflow(search->wanted, (int64_t)search->filter->offset, &search->limit))
		search->limit = -1;
	if (walk(search, note_thread) == -1)
		return -1;
	search->quiet_since = INT64_MAX;
	search->limit = -1;
	search->state = STORE_ALL;
	/* What starts with an index of a state would miss those that had it then. */
	if (start == starts_of_states[state])
		search->start = SQL_THREADS_CHANGED;
	return walk(search, note_changed);
}

static int walk_past(struct search *search)
{
	int rc;

	search->offset = 0;
	rc = find_past(search);
	if (search->found_count > 0)
		qsort(search->found, search->found_count, sizeof(*search->found), compare_found);
	search->start = SQL_THREADS_ONE;
	search->state = STORE_ALL;
	search->quiet_since = INT64_MAX;
	search->limit = 1;
	for (size_t i = search->filter->offset; rc == 0 && search->stop == 0 && i < search->found_count && search->wanted > 0; i++) {
		search->thread = search->found[i].id;
		search->wanted--;
		rc = walk(search, give_thread);
	}
	return rc;
}

static int search_threads(struct search *search)
{
	const struct store_filter *filter = search->filter;
	int64_t newest = 0;
	int rc = sql_first(search->conn, sql_bind(search->conn, SQL_NEWEST, search->d, ""), &newest, search->d);

	if (rc != 1)
		return rc;
	search->past = filter->now > 0 && filter->now < newest;
	search->state = filter->state;
	if (filter->state == STORE_ANY && (filter->key != NULL || filter->message != NULL))
		search->state = STORE_ALL;
	search->wanted = filter->limit > 0 && filter->limit < INT64_MAX ? (int64_t)filter->limit : STORE_LIMIT;
	search->limit = search->wanted;
	search->offset = filter->offset < INT64_MAX ? (int64_t)filter->offset : INT64_MAX;
	if (fold_parts(search) == -1)
		return -1;
	rc = choose_start(search);
	if (rc != 1)
		return rc;
	return search->past ? walk_past(search) : walk(search, give_thread);
}

int sqlite_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct search search = {.conn = sqlite_read_begin(s, d), .filter = filter, .d = d, .fn = fn, .arg = arg,
	    .quiet_since = INT64_MAX};
	int rc;

	if (search.conn == NULL)
		return -1;
	rc = sqlite_read_end(s, search.conn, search_threads(&search), d);
	buf_free(&search.subject);
	buf_free(&search.customer);
	buf_free(&search.match);
	free(search.found);
	return rc == 0 ? search.stop : rc;
}
