/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking for threads. A search starts with what narrows it most: a key, a message,
 * an order, a case, a part of a text, else the index of the state that is asked for.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "desk/thread.h"
#include "store/fold.h"

/* A part that more threads have is found faster by walking the newest ones than by sorting all of them. */
#define TEXT_MATCHES_MAX 20000
/* Shorter ones are in no index. */
#define TEXT_PART_MIN 3
/* Of a long part so many groups of three are looked up; the rest is compared. */
#define TEXT_GROUPS_MAX 40

struct search {
	struct sql_conn *conn;
	const struct store_filter *filter;
	struct diag *d;
	struct buf subject, customer; /* folded parts */
	struct buf match;             /* what the text index is asked for; empty: nothing */
	enum sql_statement start;
	int64_t thread;               /* of the key */
	bool past;                    /* as of a second before the newest event */
	int64_t state, limit, offset;
	store_thread_fn fn;
	void *arg;
	int stop;
};

/* ---- parts of texts ------------------------------------------------------------------ */

/* The bytes of the first count characters; fewer when there are fewer. */
static size_t characters(struct slice s, size_t count)
{
	size_t n = 0;

	while (count-- > 0 && n < s.len) {
		unsigned long cp;
		size_t step = utf8_decode(slice_sub(s, n, SIZE_MAX), &cp);

		n += step != 0 ? step : 1;
	}
	return n;
}

static bool is_indexed(struct slice part)
{
	return part.len > characters(part, TEXT_PART_MIN - 1);
}

static void add_group(struct buf *match, struct slice group)
{
	buf_add_char(match, '"');
	for (size_t i = 0; i < group.len; i++) {
		if (group.ptr[i] == '"')
			buf_add_char(match, '"');
		buf_add_char(match, group.ptr[i]);
	}
	buf_add_char(match, '"');
}

/* subject : ("abc" AND "bcd"): the index knows groups of three; that they stand together is compared afterwards. */
static void add_match(struct buf *match, const char *column, struct slice part)
{
	if (!is_indexed(part))
		return;
	buf_printf(match, "%s%s : (", match->len > 0 ? " AND " : "", column);
	for (size_t groups = 0; groups < TEXT_GROUPS_MAX && is_indexed(part); groups++) {
		if (groups > 0)
			buf_add_str(match, " AND ");
		add_group(match, slice_sub(part, 0, characters(part, TEXT_PART_MIN)));
		part = slice_sub(part, characters(part, 1), SIZE_MAX);
	}
	buf_add_char(match, ')');
}

static int fold_parts(struct search *search)
{
	const struct store_filter *filter = search->filter;

	if (filter->subject != NULL)
		text_fold(&search->subject, slice_str(filter->subject));
	if (filter->customer != NULL)
		text_fold(&search->customer, slice_str(filter->customer));
	add_match(&search->match, "subject", buf_slice(&search->subject));
	add_match(&search->match, "customer", buf_slice(&search->customer));
	if (search->subject.failed || search->customer.failed || search->match.failed)
		return diag_add(search->d, "%s: out of memory", search->conn->path);
	return 0;
}

/* ---- where to start --------------------------------------------------------------------- */

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
	char types[] = "nnnnnnnniiii\0";
	struct slice text = SLICE_NONE;

#define COMMON f->shop, f->marketplace, f->label, f->order, f->case_id, f->message, subject, customer, search->state, \
    f->now, search->limit, search->offset
	switch (search->start) {
	case SQL_THREADS_ONE:
		types[12] = 'i';
		return sql_bind(search->conn, search->start, search->d, types, COMMON, search->thread);
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
	types[12] = 's';
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
		return waits && thread_has_label(thread->labels, LABEL_NEEDED);
	case STORE_CUSTOMER_CARE:
		return thread_has_label(thread->labels, LABEL_CARE);
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

/* As of the past the database could not tell which fit: those to be passed over are counted here. */
static bool is_passed_over(struct search *search)
{
	return search->past && search->offset++ < (int64_t)search->filter->offset;
}

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
	if ((!search->past || set_back(search, &list, &thread, sqlite3_column_int64(row, 16) != 0)) &&
	    !is_passed_over(search)) {
		search->stop = search->fn(search->arg, &thread);
		search->limit--;
	}
	entry_list_free(&list);
	return 0;
}

static int walk(struct search *search)
{
	int64_t wanted = search->limit;
	sqlite3_stmt *stmt;
	int rc = 1;

	if (search->past) {
		search->limit = -1;
		search->offset = 0;
	}
	stmt = bind_start(search);
	search->limit = wanted;
	if (stmt == NULL)
		return -1;
	while (search->stop == 0 && search->limit > 0 && rc == 1 && (rc = sql_step(search->conn, stmt, search->d)) == 1)
		rc = give_thread(search, stmt) == 0 ? 1 : -1;
	sql_done(stmt);
	return rc == -1 ? -1 : 0;
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
	if (search->past || (filter->state == STORE_ANY && (filter->key != NULL || filter->message != NULL)))
		search->state = STORE_ALL;
	search->limit = filter->limit > 0 && filter->limit < INT64_MAX ? (int64_t)filter->limit : STORE_LIMIT;
	search->offset = filter->offset < INT64_MAX ? (int64_t)filter->offset : INT64_MAX;
	if (fold_parts(search) == -1)
		return -1;
	rc = choose_start(search);
	return rc == 1 ? walk(search) : rc;
}

int sqlite_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct search search = {.conn = sqlite_read_begin(s, d), .filter = filter, .d = d, .fn = fn, .arg = arg};
	int rc;

	if (search.conn == NULL)
		return -1;
	rc = sqlite_read_end(s, search.conn, search_threads(&search), d);
	buf_free(&search.subject);
	buf_free(&search.customer);
	buf_free(&search.match);
	return rc == 0 ? search.stop : rc;
}
