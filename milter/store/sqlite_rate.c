/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Response rates: every inquiry whose moment is in the window, along one index; given
 * to desk_rate_add where the second matters. Threads where a bounce or a command changed the past after the
 * window's end are folded anew as of that end.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "desk/rate.h"

#define DAY 86400
#define EXCLUDED (-1)

struct group {
	char *name;    /* NULL: a day */
	int64_t day;
	struct desk_rate rate;
};

struct tally {
	struct sql_conn *conn;
	const struct store_rate_filter *filter;
	struct diag *d;
	int64_t window;
	struct group *groups;
	size_t count, size;
	int64_t *group_of;    /* by party; EXCLUDED, or the place of its group */
	int64_t party_count;
	struct id_list revised; /* sorted */
	size_t last_day;      /* place of the day used last */
};

/* ---- groups -------------------------------------------------------------------------- */

/* The place of a new group, or -1. Takes over name. */
static int64_t add_group(struct tally *tally, char *name, int64_t day)
{
	if (tally->count == tally->size) {
		size_t size = tally->size > 0 ? tally->size * 2 : 64;
		struct group *groups = realloc(tally->groups, size * sizeof(*groups));

		if (groups == NULL) {
			free(name);
			return diag_add(tally->d, "%s: out of memory", tally->conn->path);
		}
		tally->groups = groups;
		tally->size = size;
	}
	tally->groups[tally->count] = (struct group){.name = name, .day = day};
	return (int64_t)tally->count++;
}

static int64_t find_group(struct tally *tally, const char *name)
{
	char *copy;

	for (size_t i = 0; i < tally->count; i++)
		if (strcmp(tally->groups[i].name, name) == 0)
			return (int64_t)i;
	copy = strdup(name);
	return copy != NULL ? add_group(tally, copy, 0) : diag_add(tally->d, "%s: out of memory", tally->conn->path);
}

/* Inquiries come in the order of their moments, so that nearly all are of the day used last. */
static int64_t find_day(struct tally *tally, int64_t day)
{
	if (tally->last_day < tally->count && tally->groups[tally->last_day].day == day)
		return (int64_t)tally->last_day;
	for (size_t i = 0; i < tally->count; i++) {
		if (tally->groups[i].day == day) {
			tally->last_day = i;
			return (int64_t)i;
		}
	}
	tally->last_day = tally->count;
	return add_group(tally, NULL, day);
}

static const char *group_name(enum store_group by, const char *marketplace, const char *shop, const char *agent)
{
	switch (by) {
	case STORE_GROUP_SHOP:
		return shop;
	case STORE_GROUP_MARKETPLACE:
		return marketplace;
	case STORE_GROUP_AGENT:
		return agent;
	case STORE_GROUP_NONE:
	case STORE_GROUP_DAY:
		break;
	}
	return "";
}

int64_t sqlite_day(int64_t seconds)
{
	return seconds / DAY - (seconds % DAY < 0);
}

/* Of an inquiry as of the window's end. */
static int64_t moment_day(const struct tally *tally, const struct desk_inquiry *inquiry)
{
	int64_t moment;

	desk_rate_moment(inquiry, tally->filter->until, &moment);
	return sqlite_day(moment);
}

static int add_inquiry(struct tally *tally, int64_t place, const struct desk_inquiry *inquiry)
{
	if (tally->filter->group_by == STORE_GROUP_DAY)
		place = find_day(tally, moment_day(tally, inquiry));
	if (place < 0)
		return -1;
	desk_rate_add(&tally->groups[place].rate, inquiry, tally->filter->until, tally->window);
	return 0;
}

/* ---- marketplaces, shops and agents --------------------------------------------------------- */

static int set_party(struct tally *tally, sqlite3_stmt *row)
{
	int64_t party = sqlite3_column_int64(row, 0), place = 0;

	if (party >= tally->party_count) {
		int64_t count = party + 64;
		int64_t *places = realloc(tally->group_of, (size_t)count * sizeof(*places));

		if (places == NULL)
			return diag_add(tally->d, "%s: out of memory", tally->conn->path);
		for (int64_t i = tally->party_count; i < count; i++)
			places[i] = EXCLUDED;
		tally->group_of = places;
		tally->party_count = count;
	}
	if (tally->filter->group_by != STORE_GROUP_DAY)
		place = find_group(tally, group_name(tally->filter->group_by, sql_text(row, 1), sql_text(row, 2),
		    sql_text(row, 3)));
	if (place < 0)
		return -1;
	tally->group_of[party] = place;
	return 0;
}

static int load_parties(struct tally *tally)
{
	const struct store_rate_filter *f = tally->filter;
	sqlite3_stmt *stmt = sql_bind(tally->conn, SQL_PARTIES, tally->d, "nnn", f->marketplace, f->shop, f->agent);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(tally->conn, stmt, tally->d)) == 1)
		rc = set_party(tally, stmt) == 0 ? 1 : -1;
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

/* ---- threads that were revised after the end ----------------------------------------------------- */

static bool fits(const char *wanted, const char *value)
{
	return wanted == NULL || strcmp(wanted, value) == 0;
}

static int add_revised_inquiry(struct tally *tally, const struct desk_inquiry *inquiry, const char *marketplace,
    const char *shop)
{
	const struct store_rate_filter *f = tally->filter;
	int64_t place = 0;

	if (!fits(f->marketplace, marketplace) || !fits(f->shop, shop) || !fits(f->agent, inquiry->agent))
		return 0;
	if (f->group_by != STORE_GROUP_DAY)
		place = find_group(tally, group_name(f->group_by, marketplace, shop, inquiry->agent));
	return place < 0 ? -1 : add_inquiry(tally, place, inquiry);
}

static int add_revised_thread(struct tally *tally, sqlite3_stmt *row)
{
	struct desk_inquiry *inquiries = NULL;
	struct entry_list list;
	size_t count = 0;
	int rc;

	if (entry_list_load(tally->conn, sqlite3_column_int64(row, 0), &list, tally->d) == -1)
		return -1;
	rc = desk_inquiries(list.events, list.event_count, tally->filter->until, &inquiries, &count);
	if (rc == -1 || id_list_append(&tally->revised, sqlite3_column_int64(row, 0)) == -1)
		rc = diag_add(tally->d, "%s: out of memory", tally->conn->path);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = add_revised_inquiry(tally, &inquiries[i], sql_text(row, 1), sql_text(row, 2));
	free(inquiries);
	entry_list_free(&list);
	return rc;
}

/* In the order of their numbers, which is the order of the index behind equal times only: sorted here. */
static int add_revised(struct tally *tally)
{
	sqlite3_stmt *stmt = sql_bind(tally->conn, SQL_REVISED, tally->d, "i", tally->filter->until);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(tally->conn, stmt, tally->d)) == 1)
		rc = add_revised_thread(tally, stmt) == 0 ? 1 : -1;
	if (stmt != NULL)
		sql_done(stmt);
	id_list_sort(&tally->revised);
	return rc;
}

/* ---- all others -------------------------------------------------------------------------------------- */

/* In the order of SQL_RATES. */
static int add_row(struct tally *tally, sqlite3_stmt *row)
{
	int64_t party = sqlite3_column_int64(row, 0);
	struct desk_inquiry inquiry;

	if (party >= tally->party_count || tally->group_of[party] == EXCLUDED)
		return 0;
	if (tally->revised.count > 0 && id_list_has(&tally->revised, sqlite3_column_int64(row, 5)))
		return 0;
	inquiry = (struct desk_inquiry){
		.opened = sqlite3_column_int64(row, 1), .due = sqlite3_column_int64(row, 2),
		.closed = sqlite3_column_int64(row, 3), .outcome = (enum inquiry_outcome)sqlite3_column_int64(row, 4),
		.id = "", .agent = "",
	};
	return add_inquiry(tally, tally->group_of[party], &inquiry);
}

/* Those with a moment behind from and before to, one by one. */
static int add_moments(struct tally *tally, int64_t from, int64_t to)
{
	sqlite3_stmt *stmt = sql_bind(tally->conn, SQL_RATES, tally->d, "ii", from, to);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(tally->conn, stmt, tally->d)) == 1)
		rc = add_row(tally, stmt) == 0 ? 1 : -1;
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

/* In the order of SQL_RATE_DAYS. */
static int add_day(struct tally *tally, sqlite3_stmt *row)
{
	int64_t party = sqlite3_column_int64(row, 1), place;
	struct desk_rate *rate;

	if (party >= tally->party_count || tally->group_of[party] == EXCLUDED)
		return 0;
	place = tally->group_of[party];
	if (tally->filter->group_by == STORE_GROUP_DAY)
		place = find_day(tally, sqlite3_column_int64(row, 0));
	if (place < 0)
		return -1;
	rate = &tally->groups[place].rate;
	rate->counted += (uint64_t)sqlite3_column_int64(row, 2);
	rate->in_time += (uint64_t)sqlite3_column_int64(row, 3);
	rate->missed = rate->counted - rate->in_time;
	return 0;
}

/* Whole days within the window: all of theirs count, whatever the hour. */
static int add_days(struct tally *tally, int64_t first, int64_t last)
{
	sqlite3_stmt *stmt = sql_bind(tally->conn, SQL_RATE_DAYS, tally->d, "ii", first, last);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(tally->conn, stmt, tally->d)) == 1)
		rc = add_day(tally, stmt) == 0 ? 1 : -1;
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

/* The days of the window's two ends by the second, those between as they are counted in the index. */
static int add_inquiries(struct tally *tally)
{
	int64_t since = tally->filter->since, first = sqlite_day(since), last = sqlite_day(tally->filter->until);

	if (tally->revised.count > 0 || last - first < 2)
		return add_moments(tally, since, INT64_MAX);
	if (add_moments(tally, since, (first + 1) * DAY) == -1 || add_days(tally, first, last) == -1)
		return -1;
	return add_moments(tally, last * DAY - 1, INT64_MAX);
}

/* ---- the answer --------------------------------------------------------------------------------------- */

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->name != NULL ? strcmp(x->name, y->name) : (x->day > y->day) - (x->day < y->day);
}

static int give_groups(struct tally *tally, store_rate_fn fn, void *arg)
{
	static const struct desk_rate none;
	char text[CLOCK_TEXT_SIZE];
	int stop = 0;

	if (tally->filter->group_by == STORE_GROUP_NONE)
		return fn(arg, "", tally->count > 0 ? &tally->groups[0].rate : &none);
	if (tally->count > 0)
		qsort(tally->groups, tally->count, sizeof(*tally->groups), compare_groups);
	for (size_t i = 0; i < tally->count && stop == 0; i++) {
		struct group *group = &tally->groups[i];

		if (group->rate.counted == 0 && group->rate.open == 0)
			continue;
		clock_format(text, sizeof(text), group->day * DAY);
		text[10] = '\0';
		stop = fn(arg, group->name != NULL ? group->name : text, &group->rate);
	}
	return stop;
}

static void free_tally(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		free(tally->groups[i].name);
	free(tally->groups);
	free(tally->group_of);
	free(tally->revised.ids);
}

int sqlite_rate(struct store *store, const struct store_rate_filter *filter, store_rate_fn fn, void *arg, struct diag *d)
{
	struct sqlite_store *s = (struct sqlite_store *)store;
	struct tally tally = {.conn = sqlite_read_begin(s, d), .filter = filter, .d = d};
	int rc, stop = 0;

	if (tally.conn == NULL)
		return -1;
	if (__builtin_sub_overflow(filter->until, filter->since, &tally.window))
		tally.window = INT64_MAX;
	rc = load_parties(&tally);
	if (rc == 0)
		rc = add_revised(&tally);
	if (rc == 0)
		rc = add_inquiries(&tally);
	if (rc == 0)
		stop = give_groups(&tally, fn, arg);
	free_tally(&tally);
	rc = sqlite_read_end(s, tally.conn, rc, d);
	return rc == 0 ? stop : rc;
}
