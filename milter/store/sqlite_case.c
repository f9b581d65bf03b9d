/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases with a marketplace's support, and milestones: read from their messages, never counted up. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "store/event.h"

#define LABEL_URGENT "Case-Urgent"
#define LABEL_CLOSED "Case-Closed"
#define CASES_BUDGET ((size_t)1 << 40)

/* ---- cases ------------------------------------------------------------------------ */

struct cases {
	const struct store_case_filter *filter;
	struct arena *arena;
	struct store_case *list;
	size_t count, size;
	bool closed;       /* the message before, of the case at hand, closed it */
	struct buf ids;    /* of the case at hand */
	bool failed;
};

static const char *keep(struct cases *cases, const char *text)
{
	const char *copy = arena_strdup(cases->arena, text);

	cases->failed = cases->failed || copy == NULL;
	return copy != NULL ? copy : "";
}

/* The case that the row is of: the one at hand, or a new one. Rows come case by case. */
static struct store_case *case_of(struct cases *cases, sqlite3_stmt *row)
{
	struct store_case *entry = cases->count > 0 ? &cases->list[cases->count - 1] : NULL;

	if (entry != NULL && strcmp(entry->id, sql_text(row, 0)) == 0 && strcmp(entry->marketplace, sql_text(row, 1)) == 0 &&
	    strcmp(entry->shop, sql_text(row, 2)) == 0)
		return entry;
	if (cases->count == cases->size) {
		size_t size = cases->size > 0 ? cases->size * 2 : 32;

		entry = realloc(cases->list, size * sizeof(*entry));
		if (entry == NULL)
			return NULL;
		cases->list = entry;
		cases->size = size;
	}
	entry = &cases->list[cases->count++];
	*entry = (struct store_case){.id = keep(cases, sql_text(row, 0)), .marketplace = keep(cases, sql_text(row, 1)),
	    .shop = keep(cases, sql_text(row, 2)), .channel = "", .subject = keep(cases, sql_text(row, 8)), .ids = "",
	    .last_id = "", .opened = sqlite3_column_int64(row, 6), .open = 1};
	cases->closed = false;
	buf_truncate(&cases->ids, 0);
	return entry;
}

static void add_ids(struct cases *cases, struct store_case *entry, const char *ids)
{
	size_t before = cases->ids.len;

	while (*ids != '\0') {
		size_t n = strcspn(ids, ",");
		char *one = arena_memdup(cases->arena, ids, n);

		if (one != NULL && n > 0 && !store_has_label(cases->ids.len > 0 ? cases->ids.data : "", one))
			buf_printf(&cases->ids, "%s%s", cases->ids.len > 0 ? "," : "", one);
		cases->failed = cases->failed || one == NULL || cases->ids.failed;
		ids += n + (ids[n] == ',');
	}
	if (cases->ids.len > before)
		entry->ids = keep(cases, cases->ids.data);
}

static bool is_in_window(const struct cases *cases, int64_t time)
{
	return time > cases->filter->since && (cases->filter->until == 0 || time <= cases->filter->until);
}

static void count_message(struct cases *cases, struct store_case *entry, sqlite3_stmt *row)
{
	const char *labels = sql_text(row, 9);
	bool inbound = sqlite3_column_int64(row, 3) != 0;
	int64_t effect = sqlite3_column_int64(row, 4);
	bool asked = !inbound && effect != EFFECT_HELD && effect != EFFECT_REFUSED &&
	    !slice_eq_str(slice_str(sql_text(row, 11)), "defer");

	if (is_in_window(cases, sqlite3_column_int64(row, 6))) {
		entry->questions += asked;
		entry->replies += inbound;
		entry->urgent += asked && store_has_label(labels, LABEL_URGENT);
		entry->reopened += asked && cases->closed;
	}
	if (asked || inbound)
		cases->closed = store_has_label(labels, LABEL_CLOSED);
	entry->open = !cases->closed;
}

static int add_message(struct cases *cases, sqlite3_stmt *row)
{
	struct store_case *entry = case_of(cases, row);

	if (entry == NULL)
		return -1;
	count_message(cases, entry, row);
	entry->last_time = sqlite3_column_int64(row, 6);
	entry->last_id = keep(cases, sql_text(row, 5));
	if (sql_text(row, 7)[0] != '\0')
		entry->channel = keep(cases, sql_text(row, 7));
	add_ids(cases, entry, sql_text(row, 10));
	return cases->failed ? -1 : 0;
}

static int compare_cases(const void *a, const void *b)
{
	const struct store_case *x = a, *y = b;

	if (x->last_time != y->last_time)
		return x->last_time < y->last_time ? 1 : -1;
	return strcmp(x->id, y->id);
}

static int give_cases(struct cases *cases, store_case_fn fn, void *arg)
{
	const struct store_case_filter *filter = cases->filter;
	size_t left = filter->limit > 0 ? filter->limit : STORE_LIMIT;
	bool windowed = filter->since != 0 || filter->until != 0;
	int stop = 0;

	if (cases->count > 0)
		qsort(cases->list, cases->count, sizeof(*cases->list), compare_cases);
	for (size_t i = 0; i < cases->count && left > 0 && stop == 0; i++) {
		const struct store_case *entry = &cases->list[i];

		if (windowed && entry->questions + entry->replies == 0)
			continue;
		stop = fn(arg, entry);
		left--;
	}
	return stop;
}

static int load_cases(struct sql_conn *conn, struct cases *cases, struct diag *d)
{
	const struct store_case_filter *f = cases->filter;
	sqlite3_stmt *stmt = sql_bind(conn, SQL_CASES, d, "nnnn", f->id, f->shop, f->marketplace, f->order);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(conn, stmt, d)) == 1)
		if (add_message(cases, stmt) == -1)
			rc = diag_add(d, "%s: out of memory", conn->path);
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

int sqlite_cases(struct store *store, const struct store_case_filter *filter, store_case_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct cases cases = {.filter = filter, .arena = arena_new(CASES_BUDGET)};
	struct sql_conn *conn = cases.arena != NULL ? sqlite_read_begin(s, d) : NULL;
	int rc = -1, stop = 0;

	if (cases.arena == NULL)
		return diag_add(d, "%s: out of memory", s->path);
	if (conn != NULL) {
		rc = load_cases(conn, &cases, d);
		if (rc == 0)
			stop = give_cases(&cases, fn, arg);
		rc = sqlite_read_end(s, conn, rc, d);
	}
	arena_free(&cases.arena);
	free(cases.list);
	buf_free(&cases.ids);
	return rc == 0 ? stop : rc;
}

/* ---- milestones ------------------------------------------------------------------------ */

static int give_milestone(sqlite3_stmt *row, store_milestone_fn fn, void *arg)
{
	struct store_milestone milestone = {
		.name = sql_text(row, 0), .subject = sql_text(row, 1), .time = sqlite3_column_int64(row, 2),
		.term_days = sqlite3_column_int64(row, 3), .id = sql_text(row, 4), .marketplace = sql_text(row, 5),
		.shop = sql_text(row, 6), .order = sql_text(row, 7),
	};

	return fn(arg, &milestone);
}

int sqlite_milestones(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
    struct diag *d)
{
	struct sqlite_rows rows;
	int stop = 0;

	if (sqlite_rows_begin(&rows, store, d) == -1)
		return -1;
	rows.stmt = subject.ptr != NULL ? sql_bind(rows.conn, SQL_FACTS_OF, d, "is", since, subject)
	    : sql_bind(rows.conn, SQL_FACTS_SINCE, d, "i", since);
	while (stop == 0 && sqlite_rows_next(&rows))
		stop = give_milestone(rows.stmt, fn, arg);
	return sqlite_rows_end(&rows, stop);
}
